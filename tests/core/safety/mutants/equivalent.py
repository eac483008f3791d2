"""Mutants that no test can notice, each with the reason."""

AFTER_START = "a deadline is a while after the start of the run"
NO_GAIN = "no force is no travel, by either stiffness"

EQUIVALENT: dict[str, str] = {
    "interlocks._deadline_ns: state.due_ns >= 0 -> state.due_ns > 0": AFTER_START,
    "interlocks._deadline_ns: 0 -> 1": AFTER_START,
    "interlocks._grid: value >= 0.0 -> value > 0.0": "0 is rounded to 0 from either side",
    "plausibility.creep.follow: change > 0.0 -> change >= 0.0": "no change is neither",
    "plausibility.residual._inward: gained_mpa > 0.0 -> gained_mpa >= 0.0": NO_GAIN,
    "plausibility.residual._outward: gained_mpa > 0.0 -> gained_mpa >= 0.0": NO_GAIN,
    "plausibility.residual._without_crack: 0.0 < grew_um <= SUDDEN * threshold_um -> "
    "0.0 <= grew_um <= SUDDEN * threshold_um": "no growth takes nothing out of the sum",
    "plausibility.press.grace_ns: 1000000000.0 * GRACE_S -> 1000000000.0 / GRACE_S": (
        "GRACE_S is 1"
    ),
    "source._is_current: setpoint_a < 0.0 -> setpoint_a <= 0.0": "0 is not compared",
    "temperature._confirmed: before * newest <= 0.0 -> before * newest < 0.0": (
        "a product of 0 has a factor of 0, which is the smaller"
    ),
    "temperature._confirmed: abs(before) < abs(newest) -> abs(before) <= abs(newest)": (
        "two of one size and sign are the same"
    ),
}

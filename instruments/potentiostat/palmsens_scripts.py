"""The scripts that a PalmSens potentiostat runs: open circuit, current, voltage, spectrum.

Each measures until it is replaced, and gives a package each interval. A current ends at its limit
of voltage, a voltage at its limit of current, and each after `alone_s`: then `on_finished:` opens
the cell, whoever listens. Commands as in PalmSens' own scripts for these loops
(MethodSCRIPT_Examples 009 and 011, its EIS example, and the battery cycling of PyPalmSens); mode 6
is the galvanostat, 3 the potentiostat. A spectrum ends by itself with its last point.
"""

from instruments.codecs.methodscript import literal
from instruments.protocols import Sweep

BANDWIDTH = 0.6  # times the rate of measuring, Hz: as in PalmSens' scripts
FINEST = 1e-4  # of the largest range of current: autoranging goes down to this [A]
REST_INTERVALS = 5  # the potential at rest is measured for so long; the spectrum is about its last


def open_circuit(interval_s: float, voltage_max_v: float, alone_s: float) -> tuple[str, ...]:
    """The cell is off, and its potential measured."""
    return (
        "var e",
        *_device(3, interval_s, voltage_max_v),
        "cell_off",
        f"meas_loop_ocp e {literal(interval_s)} {literal(alone_s)}",
        "pck_start",
        "pck_add e",
        "pck_end",
        *_END,
    )


def current(
    current_a: float, limit_v: float, interval_s: float, voltage_max_v: float, alone_s: float
) -> tuple[str, ...]:
    """Drive a current, A; the cell opens at `limit_v`, from below where it charges."""
    beyond = ">=" if current_a > 0.0 else "<="
    return (
        "var e",
        "var i",
        *_device(6, interval_s, voltage_max_v),
        f"set_range db {literal(abs(current_a))}",
        f"set_i {literal(current_a)}",
        "cell_on",
        f"meas_loop_cp e i {literal(current_a)} {literal(interval_s)} {literal(alone_s)}",
        *_PACKAGE,
        f"if e {beyond} {literal(limit_v)}",
        "breakloop",
        "endif",
        *_END,
    )


def voltage(
    voltage_v: float, limit_a: float, interval_s: float, voltage_max_v: float, alone_s: float
) -> tuple[str, ...]:
    """Drive to a voltage, V; the cell opens where more current than `limit_a` flows."""
    most = literal(abs(limit_a))
    return (
        "var e",
        "var i",
        *_device(3, interval_s, voltage_max_v),
        f"set_range da {literal(voltage_max_v)}",
        f"set_range ba {most}",
        f"set_e {literal(voltage_v)}",
        "cell_on",
        f"meas_loop_ca e i {literal(voltage_v)} {literal(interval_s)} {literal(alone_s)}",
        *_PACKAGE,
        f"if i > {most}",
        "breakloop",
        "endif",
        f"if i < {literal(-abs(limit_a))}",
        "breakloop",
        "endif",
        *_END,
    )


def impedance(
    sweep: Sweep, interval_s: float, voltage_max_v: float, current_range_a: float
) -> tuple[str, ...]:
    """A spectrum about the potential at rest, which is measured before, or about 0 A.

    A package of the potential each interval, then one of frequency and impedance for each point.
    """
    loop = "meas_loop_geis" if sweep.galvanostatic else "meas_loop_eis"
    fastest = literal(max(sweep.start_hz, sweep.end_hz))
    spectrum = f"{literal(sweep.amplitude)} {literal(sweep.start_hz)} {literal(sweep.end_hz)}"
    rest = f"meas_loop_ocp e {literal(interval_s)} {literal(REST_INTERVALS * interval_s)}"
    if sweep.galvanostatic:
        mode, level, about = 6, (f"set_range db {literal(sweep.amplitude)}", "set_i 0"), "0"
    else:
        mode, level, about = 3, _ranges(voltage_max_v, current_range_a), "e"
    return (
        "var e",
        "var f",
        "var r",
        "var j",
        *_device(3, interval_s, voltage_max_v),
        "cell_off",
        rest,
        "pck_start",
        "pck_add e",
        "pck_end",
        "endloop",
        f"set_pgstat_mode {mode}",
        f"set_max_bandwidth {fastest}",
        *level,
        "cell_on",
        f"{loop} f r j {spectrum} {sweep.points}i {about}",
        "pck_start",
        "pck_add f",
        "pck_add r",
        "pck_add j",
        "pck_end",
        *_END,
    )


def _ranges(voltage_max_v: float, current_range_a: float) -> tuple[str, ...]:
    """The range of what is applied, autoranging of the current, and the potential at rest as the
    one to hold."""
    most = literal(current_range_a)
    return (
        f"set_range da {literal(voltage_max_v)}",
        f"set_range ba {most}",
        f"set_autoranging ba {literal(FINEST * current_range_a)} {most}",
        "set_e e",
    )


_PACKAGE = ("pck_start", "pck_add e", "pck_add i", "pck_end")
_END = ("endloop", "on_finished:", "cell_off")


def _device(mode: int, interval_s: float, voltage_max_v: float) -> tuple[str, ...]:
    most = literal(voltage_max_v)
    return (
        "set_pgstat_chan 0",
        f"set_pgstat_mode {mode}",
        f"set_max_bandwidth {literal(BANDWIDTH / interval_s)}",
        f"set_range ab {most}",
        f"set_autoranging ab {most} {most}",
    )

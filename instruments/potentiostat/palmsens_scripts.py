"""The three scripts that a PalmSens potentiostat runs here: open circuit, a current, a voltage.

Each measures until it is replaced, and gives a package each interval. A current ends at its limit
of voltage, a voltage at its limit of current, and each after `alone_s`: then `on_finished:` opens
the cell, whoever listens. Commands as in PalmSens' own scripts for these loops
(MethodSCRIPT_Examples 009 and 011, and the battery cycling of PyPalmSens); mode 6 is the
galvanostat, 3 the potentiostat.
"""

from instruments.codecs.methodscript import literal

BANDWIDTH = 0.6  # times the rate of measuring, Hz: as in PalmSens' scripts


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

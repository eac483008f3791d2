"""What stands at the terminals of an emulated T7, for each role that it has on a rig.

Each role is a whole box with its own wires, so that it can be served alone; on a rig one box has
the wires of all (`LabjackT7Emulator.join`).
"""

from functools import partial

from instruments.codecs import labjack_t7 as t7
from instruments.emulators.labjack_t7 import TERMINALS_K, LabjackT7Emulator
from instruments.loadcell.labjack_t7 import LabjackT7Options
from instruments.loadcell.labjack_t7_thermocouple import LabjackT7ThermocoupleOptions
from instruments.potentiostat.labjack_t7_monitors import LabjackT7MonitorsOptions
from instruments.press.ep_regulator import EpRegulatorOptions
from instruments.protocols import CellPlant, ForcePlant, PressPlant

RAIL_V = 11.0  # of a bridge amplifier whose bridge is broken


class LoadCells(LabjackT7Emulator):
    """Bridge amplifiers over a `ForcePlant`."""

    def __init__(self, plant: ForcePlant, options: LabjackT7Options) -> None:
        super().__init__()
        for cell, channel in enumerate(options.units):
            zero = options.zero_counts[cell] if options.zero_counts else 0.0
            zero_v = zero / options.counts_per_v()[cell]
            self.inputs[channel] = partial(_amplified, plant, cell, options.n_per_v()[cell], zero_v)


class Thermocouple(LabjackT7Emulator):
    """A thermocouple over a `ForcePlant` whose force is degC, and the sensor of its terminals."""

    def __init__(self, plant: ForcePlant, options: LabjackT7ThermocoupleOptions) -> None:
        super().__init__()
        self.thermocouples[options.units[0]] = partial(plant.force_n, 0)
        if options.cold_input is not None:
            cold_v = (TERMINALS_K - options.cold_offset_k) / options.cold_k_per_volt
            self.inputs[options.cold_input] = lambda: cold_v


class Regulator(LabjackT7Emulator):
    """A pressure regulator with its monitor over a `PressPlant`, which it drives as it stands."""

    def __init__(self, plant: PressPlant, options: EpRegulatorOptions) -> None:
        super().__init__()
        self.values[t7.dac(options.dac)] = plant.target() * options.count_v()
        self.outputs[options.dac] = lambda volts: plant.move_to(round(volts / options.count_v()))
        if options.monitor is not None:
            self.inputs[options.monitor] = lambda: (
                options.monitor_zero_v + plant.position() * options.monitor_count_v()
            )


class Monitors(LabjackT7Emulator):
    """The monitors of a potentiostat over a `CellPlant`, and the input that opens its circuit."""

    def __init__(self, plant: CellPlant, options: LabjackT7MonitorsOptions) -> None:
        super().__init__()
        self._plant = plant
        self._open_level = options.level(opened=True)
        self.parted = False
        self.inputs[options.voltage_input] = lambda: (
            options.voltage_zero_v + plant.voltage_v() / options.voltage_gain
        )
        self.inputs[options.current_input] = lambda: (
            options.current_zero_v + self._current_a() / options.amperes_per_v()
        )
        if options.open_output is not None:
            self.lines[options.open_output] = self._open_in

    def _current_a(self) -> float:
        return 0.0 if self.parted else self._plant.current_a()

    def _open_in(self, level: int) -> None:
        self.parted = level == self._open_level
        if self.parted:
            self._plant.open_circuit()


def _amplified(plant: ForcePlant, cell: int, n_per_v: float, zero_v: float) -> float:
    force_n = plant.force_n(cell)
    return zero_v + force_n / n_per_v if force_n == force_n else RAIL_V

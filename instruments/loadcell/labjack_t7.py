"""Load cells behind bridge amplifiers on the analog inputs of a LabJack T7.

Counts are quantised volts: the amplifier gives `output_v` at the full scale of its load cell, and a
count is the rig's `division`. So `counts = V / output_v * full_scale / division`, and the
calibration zero takes the amplifier's offset in as it takes any other.

The other program's file can have the force too: `force_output` is an output of the T7 that shows
what was read last, from 0 V at the calibration zero to 5 V at `shown_force_n`.

Rules: `configure` sets range, reference, resolution and settling of the inputs and reads them back;
reading sets nothing but that output, which is nobody's command: where it fails, the force counts.
An input beyond the range of the T7 shows no force: a fault. One beyond `range_v` has more than can
be shown: the gain of the amplifier must leave room above full scale.

Source and marks: as in `instruments.codecs.labjack_t7`.
"""

from contextlib import suppress
from typing import Annotated

from msgspec import Meta

from instruments.boxes.labjack_t7 import BOX, Box, Channel, InputOptions, Inputs
from instruments.codecs import labjack_t7 as t7
from instruments.loadcell.each import of_each, require_each
from instruments.loadcell.silent import they_only_answer
from instruments.model import Model
from instruments.options import Positive
from instruments.protocols import Clock, ForceReading, Identity, LinkError, Transport

Each = Positive | Annotated[tuple[Positive, ...], Meta(min_length=1, max_length=14)]
Output = float | Annotated[tuple[float, ...], Meta(min_length=1, max_length=14)]


class LabjackT7Options(InputOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of load cells on a T7.

    units: their analog inputs; a probe shows the first four. output_v: what the amplifier gives at
    full scale, V; negative where it is wired the other way round. One for all or one for each unit,
    as `division_n` and `full_scale_n` (N). Of load cells in series all but the last may be beyond
    their range.
    """

    units: Annotated[tuple[Channel, ...], Meta(min_length=1, max_length=14)] = (0, 1, 2, 3)
    division_n: Each = 0.1
    full_scale_n: Each = 4000.0
    output_v: Output = 5.0
    series: bool = False
    zero_counts: tuple[float, ...] = ()  # of the rig
    force_output: Annotated[int, Meta(ge=0, le=1)] | None = None  # a DAC
    shown_force_n: Positive = 10_000.0

    def terminals(self) -> tuple[str, ...]:
        """The amplifiers' inputs, and the output that shows the force."""
        shown = () if self.force_output is None else (f"DAC{self.force_output}",)
        return super().terminals() + shown

    def channels(self) -> tuple[int, ...]:
        """The inputs of the load cells."""
        return self.units

    def __post_init__(self) -> None:
        """Raises ValueError where values and units do not fit, or no signal can be seen."""
        super().__post_init__()
        require_each(self, ("division_n", "full_scale_n", "output_v"), self.units)
        for output_v in of_each(self.output_v, self.units):
            if not 0.0 < abs(output_v) < self.range_v:
                raise ValueError(
                    f"output_v is {output_v:g} V at full scale; it must be within the range of "
                    f"{self.range_v:g} V, with room for more force than that"
                )

    def n_per_v(self) -> tuple[float, ...]:
        """Force of a volt, N, of each unit."""
        columns = (of_each(self.full_scale_n, self.units), of_each(self.output_v, self.units))
        return tuple(full_n / output_v for full_n, output_v in zip(*columns, strict=True))

    def counts_per_v(self) -> tuple[float, ...]:
        """Counts of a volt, of each unit."""
        columns = (self.n_per_v(), of_each(self.division_n, self.units))
        return tuple(n_per_v / division_n for n_per_v, division_n in zip(*columns, strict=True))


class LabjackT7:
    """`LoadCell` for all amplifiers on one T7, in the order of `options.units`."""

    def __init__(self, transport: Transport, clock: Clock, options: LabjackT7Options) -> None:
        self._box = Box(transport, clock, options, "load cells")
        self._inputs = Inputs(self._box, options.units, options)
        self._counts_per_v = options.counts_per_v()
        self._range_v = options.range_v
        self._shown = None if options.force_output is None else t7.dac(options.force_output)
        self._n = of_each(options.division_n, options.units)
        self._zeros = options.zero_counts or (0.0,) * len(options.units)
        self._v_per_n = t7.OUTPUT_V / options.shown_force_n
        self._first = len(options.units) - 1 if options.series else 0  # of those within range

    def identify(self) -> Identity:
        """See `Box.identify`."""
        return self._box.identify()

    def configure(self) -> None:
        """Set the inputs up, and read that back. Raises LinkError."""
        self._inputs.configure()

    def read(self) -> ForceReading:
        """Counts of all inputs. Raises LinkError."""
        volts, span = self._inputs.read()
        counts = tuple(
            [
                round(volt * scale if volt == volt else self._range_v * abs(scale))
                for volt, scale in zip(volts, self._counts_per_v, strict=True)
            ]
        )
        if self._shown is not None:
            self._show(self._shown, counts)
        must = volts[self._first :]
        return ForceReading(
            counts,
            any(volt != volt for volt in must),
            span.t_ns,
            span.uncertainty_ns,
            any(abs(volt) > self._range_v for volt in must),
        )

    def _show(self, output: t7.Register, counts: tuple[int, ...]) -> None:
        """Set the output to the force: the sum, in series that of the last load cell."""
        rows = zip(counts, self._zeros, self._n, strict=True)
        force_n = sum([(raw - zero) * n for raw, zero, n in rows][self._first :])
        with suppress(LinkError):
            self._box.write(output, min(max(force_n * self._v_per_n, 0.0), t7.OUTPUT_V))

    def verify(self) -> None:
        """As `configure`: a box that was without power has lost its settings. Raises LinkError."""
        self._inputs.configure()


MODEL = Model(
    "load_cells",
    "labjack-t7",
    LabjackT7Options,
    LabjackT7,
    "instruments.emulators.labjack_t7_roles:LoadCells",
    they_only_answer,
    kinds=("tcp",),
    box=BOX,
    terminals=LabjackT7Options.terminals,
)

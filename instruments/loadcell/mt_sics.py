"""A weighing terminal or balance that speaks MT-SICS (Mettler Toledo), as one load cell.

Rules: each read is one `SI`, stable or not; a count is `step` of the terminal's unit, and the rig's
division is its force by the gravity of the place of *calibration*. A terminal that shows another
unit than `weighs_in` is refused, since its numbers would be other forces. Overload is beyond the
range, underload a fault; both stand at the rail. Busy is no reading. Nothing zeroes, tares or
resets.

Source: as in `instruments.codecs.mt_sics`. [B] Xon/Xoff, the factory's handshake, needs none here,
since no line is longer than the terminal's buffer.
"""

from typing import Literal

from instruments.codecs import mt_sics as codec
from instruments.codecs.template import counted
from instruments.loadcell.silent import it_only_answers
from instruments.model import Model
from instruments.options import LinkOptions, Positive
from instruments.protocols import Clock, DeviceRefused, ForceReading, Identity, Transport
from instruments.transport.lines import Hello, LineLink
from instruments.transport.link import Link

RAIL = 1.1  # of full scale: what over- and underload read


class MtSicsOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of one terminal."""

    division_n: Positive = 0.980665  # of one count, by the gravity of its calibration
    full_scale_n: Positive = 4000.0  # what is read of an overload
    weighs_in: Literal["kg", "g", "t", "lb", "N"] = "kg"  # unit that the terminal shows
    step: Positive = 0.1  # one count, in that unit

    @property
    def rail(self) -> int:
        """Counts of an overload."""
        return round(RAIL * self.full_scale_n / self.division_n) + 1


class MtSics:
    """`LoadCell` of one terminal."""

    def __init__(self, transport: Transport, clock: Clock, options: MtSicsOptions) -> None:
        self._options = options
        link = Link(transport, clock, options.deadline_ns, options.latency_ns, "load cell (SICS)")
        self._line = LineLink(link, Hello(codec.WHO, codec.is_serial), "load cell")

    def identify(self) -> Identity:
        """Type, serial number and software. Raises LinkError."""
        self._line.ready()
        serial, kind, software = (
            self._quoted(command) for command in (codec.WHO, codec.TYPE, codec.SOFTWARE)
        )
        self.read()
        return Identity(kind, serial, software)

    def read(self) -> ForceReading:
        """The weight, once. Raises LinkError; DeviceRefused where it is busy or shows another
        unit."""
        answer = self._ask(codec.WEIGH)
        with self._line.understanding():
            found = codec.weight(answer)
        link, rail = self._line.link, self._options.rail
        if isinstance(found, codec.Weight):
            return ForceReading((self._counts(found),), False, link.t_ns, link.uncertainty_ns)
        if found == codec.BUSY:
            raise DeviceRefused(
                "load cell: the terminal is busy, or its load cell is not connected"
            )
        over = found == codec.OVER
        counts = rail if over else -rail
        return ForceReading((counts,), not over, link.t_ns, link.uncertainty_ns, over)

    def verify(self) -> None:
        """It answers; there is no setting of ours in it. Raises LinkError."""
        self.read()

    def _counts(self, found: codec.Weight) -> int:
        options = self._options
        if found.unit != options.weighs_in:
            raise DeviceRefused(
                f"load cell: the terminal weighs in {found.unit}, and the rig says "
                f"{options.weighs_in}; set the terminal's unit, or weighs_in, step and division"
            )
        return counted(found.value, options.step, "load cell")

    def _ask(self, command: bytes) -> str:
        self._line.ready()
        answer = self._line.ask(command)
        if answer in codec.ERRORS:
            self._line.link.in_step = False
            what = command.decode().strip()
            raise DeviceRefused(f"load cell refused {what}: {answer}, {codec.ERRORS[answer]}")
        return answer

    def _quoted(self, command: bytes) -> str:
        answer = self._ask(command)
        with self._line.understanding():
            return codec.quoted(answer, command)


MODEL = Model(
    "load_cells",
    "mt-sics",
    MtSicsOptions,
    MtSics,
    "instruments.emulators.mt_sics:MtSicsEmulator",
    it_only_answers,
    kinds=("serial", "tcp"),
)

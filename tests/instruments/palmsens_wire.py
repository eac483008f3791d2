"""A wire between a PalmSens EmStat4's driver and its emulator."""

from collections.abc import Callable

from instruments.emulators.palmsens_emstat4 import PalmsensEmstat4Emulator


class Wire:
    """The emulator behind a wire that changes what the device says unasked."""

    def __init__(self, emulator: PalmsensEmstat4Emulator) -> None:
        self.emulator = emulator
        self.period_ns = emulator.period_ns
        self.damage: Callable[[bytes], bytes] = bytes
        self.cut = False  # nothing is heard or said

    def receive(self, data: bytes, t_ns: int) -> bytes:
        return b"" if self.cut else self.emulator.receive(data, t_ns)

    def unasked(self, t_ns: int) -> bytes:
        return b"" if self.cut else self.damage(self.emulator.unasked(t_ns))

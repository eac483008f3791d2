"""A class shaped as QCoDeS' instruments are: parameters that are called to be read and set."""

from typing import Any, ClassVar


class Parameter:
    """Read by a call without arguments, set by one with a value."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, *new: Any) -> Any:
        if new:
            (self.value,) = new
            return None
        return self.value


class Module:
    def __init__(self) -> None:
        self.force = Parameter(12.5)


class Instrument:
    """Press and load cell in one."""

    opened: ClassVar[list["Instrument"]] = []
    broken = ""  # attribute whose use raises

    def __init__(self, address: str, **keywords: Any) -> None:
        if address == "nobody":
            raise OSError("no such resource")
        self.address, self.keywords = address, keywords
        self.cell = Module()
        self.position = Parameter(0)
        self.busy = Parameter(False)
        self.calls: list[str] = []
        self.closed = False
        Instrument.opened.append(self)

    @property
    def idn(self) -> str:
        return "ACME,Vise,007,1.2"

    @property
    def weight(self) -> float:
        if self.broken:
            raise TimeoutError(self.broken)
        return float("nan") if self.keywords.get("cut") else -3.25

    def halt(self) -> None:
        self.calls.append("halt")

    def close(self) -> None:
        self.closed = True

"""What a driver in a package of its own imports: protocols, helpers and the row of a model.

    from isostack.drivers import Model, require
    require(1)

Rules: this module, and `isostack.testing`, is all that such a package needs; what it imports from
elsewhere may change in any version. `API_VERSION` is raised when a name is added, and a name that
is taken away stays for a version with a warning. docs/how-to/package.md has a whole example.
"""

from instruments.codecs.lines import Lines
from instruments.codecs.mbap import TcpReplies, TcpRequests
from instruments.codecs.modbus import RtuReplies, RtuRequests
from instruments.codecs.template import Template
from instruments.model import DeviceKind, Model, Spectrometer
from instruments.options import LinkOptions, OptionsError, Positive
from instruments.protocols import (
    Accuracy,
    BadReply,
    CellPlant,
    CellReading,
    Clock,
    DeviceRefused,
    Emulator,
    ForcePlant,
    ForceReading,
    Handle,
    Identity,
    ImpedancePlant,
    LinkError,
    LinkGone,
    LoadCell,
    MeasuresImpedance,
    Potentiostat,
    Press,
    PressPlant,
    PressReading,
    ReplyTimeout,
    Sweep,
    SweepPoint,
    Transport,
    Unasked,
    WrongDevice,
)
from instruments.transport.link import Link
from instruments.transport.reopening import Reopening

API_VERSION = 2

__all__ = [
    "API_VERSION", "Accuracy", "BadReply", "CellPlant", "CellReading", "Clock", "DeviceKind",
    "DeviceRefused", "Emulator", "ForcePlant", "ForceReading", "Handle", "Identity",
    "ImpedancePlant", "Lines", "Link", "LinkError", "LinkGone", "LinkOptions", "LoadCell",
    "MeasuresImpedance", "Model", "OptionsError", "Positive", "Potentiostat", "Press",
    "PressPlant", "PressReading", "Reopening", "ReplyTimeout", "RtuReplies", "RtuRequests",
    "Spectrometer", "Sweep", "SweepPoint", "TcpReplies", "TcpRequests", "Template", "Transport",
    "Unasked", "WrongDevice", "require",
]  # fmt: skip


def require(version: int) -> None:
    """Raise OptionsError where this isostack's `API_VERSION` is less than a package's."""
    if version > API_VERSION:
        raise OptionsError(
            f"it needs version {version} of isostack.drivers, and this isostack has {API_VERSION}; "
            "upgrade isostack"
        )

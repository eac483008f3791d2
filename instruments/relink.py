"""A lost link comes back: the port is opened again, and must have the same instrument behind it.

Rules: nothing is commanded before the instrument has said that it is the one of the start (model,
serial number and firmware; '' where its protocol has no such thing) and its settings have been read
back. What answers and is another is closed again. A settings check that finds the instrument reset
is the driver's to report: the link is good.
"""

from typing import Protocol

from instruments.protocols import Identity, LinkError, WrongDevice
from instruments.transport.reopening import Reopening


class Device(Protocol):
    """What every driver can be asked after its link was lost."""

    def identify(self) -> Identity:
        """Ask what it is. Raises WrongDevice, LinkError."""
        ...

    def verify(self) -> None:
        """Read the settings back. Raises LinkError."""
        ...


class Relink:
    """Brings one instrument's link back."""

    def __init__(
        self, transport: Reopening, device: Device, identity: Identity | None, what: str
    ) -> None:
        """`identity`: what it said at the start; None: not known, so that none is taken for it."""
        self._transport = transport
        self._device = device
        self._identity = identity
        self._what = what

    def __call__(self) -> None:
        """Open, identify, read back. Raises WrongDevice; LinkError where it does not come back."""
        self._transport.reopen()
        try:
            found = self._device.identify()
            if self._identity is None:
                raise WrongDevice(
                    f"{self._what}: {_words(found)} answers, and it is not known which instrument "
                    "this run began with; make the rig safe by hand"
                )
            if found != self._identity:
                raise WrongDevice(
                    f"{self._what}: {_words(found)} answers in the place of "
                    f"{_words(self._identity)}; connect the instrument of this run again"
                )
            self._device.verify()
        except LinkError:
            self._transport.later()
            raise
        self._transport.works()


def _words(identity: Identity) -> str:
    model, serial, firmware = identity
    return " ".join([model, *([f"no. {serial}"] if serial else []), firmware]).strip()

"""What a device was commanded to keep, and whether it does: also where an answer was lost.

A command whose answer does not come may have been taken or not. Until another one is confirmed the
device may keep either, and neither of them shows that it was reset or set by somebody else.
"""

MOST = 8  # unanswered commands in a row; after more the run has been made safe [A]
NAN = float("nan")


class Commanded:
    """One value that a device keeps."""

    def __init__(self) -> None:
        self._values: tuple[float, ...] = ()  # that it may keep, the newest last; NaN: any

    @property
    def newest(self) -> float:
        """What it was commanded last; NaN: nothing yet."""
        return NAN if self.is_unknown else self._values[-1]

    @property
    def is_unknown(self) -> bool:
        """Whether it was commanded nothing yet."""
        return not self._values

    def forget(self) -> None:
        """Nothing is known of it."""
        self._values = ()

    def commanding(self, value: float) -> None:
        """It is about to be commanded this."""
        kept = [one for one in self._values or (NAN,) if one != value]
        self._values = (*kept[-MOST:], value)

    def kept(self, value: float) -> None:
        """It has said that it keeps this."""
        self._values = (value,)

    def is_kept(self, found: float, within: float) -> bool:
        """Whether what is found in it is something that it was commanded; anything is where that
        is nothing. What it was commanded before that, it keeps no more."""
        for index, value in enumerate(self._values):
            if value != value or abs(found - value) <= within:
                self._values = self._values[index:]
                return True
        return self.is_unknown

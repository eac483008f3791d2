"""An instrument class of another library (PyMeasure, QCoDeS) as the end of a link.

Rules: the class is named as MODULE:CLASS and imported where it is opened, nowhere else. What is
read is an attribute, dotted through submodules: a property, or something that is called without
arguments (a QCoDeS parameter). What is done is written as `NAME`, which is called, `NAME = WORD`,
which is set (a parameter or method is called with it), or `NAME(WORD)`; a WORD is {value}, {limit},
{voltage_max}, a number, true, false, none, or text. A library's session cannot be brought back into
step from outside, so any error of it is a LinkGone: the session is closed and opened anew.
"""

import contextlib
import inspect
import math
import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import Annotated, Any, NamedTuple, Protocol, cast

from msgspec import Meta

from instruments.codecs.scpi import NOT_A_NUMBER
from instruments.model import named
from instruments.options import OptionError, OptionsError
from instruments.protocols import Clock, Handle, LinkError, LinkGone, Transport
from instruments.transport.reopening import Reopening

FIELDS = ("value", "limit", "voltage_max")
_PATH = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_ACT = re.compile(rf"\s*({_PATH})\s*(?:(\()\s*(.*?)\s*\)|(=)\s*(.*?))?\s*")
_WORDS: dict[str, object] = {"true": True, "false": False, "none": None}
SHOWN = 120
_NAMES = count(1)  # QCoDeS knows no two instruments of one name, nor one that failed to close

Place = Annotated[str, Meta(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
Path = Annotated[str, Meta(pattern=rf"^{_PATH}$")]
MaybePath = Annotated[str, Meta(pattern=rf"^({_PATH})?$")]
Acts = Annotated[tuple[str, ...], Meta(max_length=32)]


class Act(NamedTuple):
    """One thing that is done: `word` None where there is no argument."""

    path: str
    word: str | None
    sets: bool


def act_of(field: str, text: str) -> Act:
    """What a text says to do. Raises OptionError."""
    found = _ACT.fullmatch(text)
    if found is None:
        raise OptionError(field, f"{text!r}: write NAME, NAME = WORD or NAME(WORD)")
    path, bracket, argument, sets, word = found.groups()
    told = word if sets else argument or None if bracket else None
    if sets and not word:
        raise OptionError(field, f"{text!r} has nothing after '='")
    if told is not None and told.startswith("{") and told.strip("{}") not in FIELDS:
        raise OptionError(field, f"{text!r}: there are {', '.join(f'{{{f}}}' for f in FIELDS)}")
    return Act(path, told, bool(sets))


def acts_of(field: str, texts: tuple[str, ...]) -> tuple[Act, ...]:
    """What texts say to do. Raises OptionError."""
    return tuple([act_of(field, text) for text in texts])


def _word(text: str, given: Mapping[str, float]) -> object:
    """The value that a word stands for."""
    if text.startswith("{"):
        return given[text.strip("{}")]
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text.strip("\"'")


class Session:
    """A library's instrument, open."""

    def __init__(self, instrument: Any) -> None:
        self.instrument = instrument

    def get(self, path: str) -> Any:
        """What an attribute is now; one that can be called is called."""
        owner, name = self._owner(path)
        value = getattr(owner, name)
        return value() if callable(value) else value

    def do(self, act: Act, given: Mapping[str, float]) -> None:
        """Set or call an attribute."""
        owner, name = self._owner(act.path)
        if act.word is None:
            getattr(owner, name)()
            return
        value = _word(act.word, given)
        if act.sets and not _is_called(owner, name):
            setattr(owner, name, value)
        else:
            getattr(owner, name)(value)

    def close(self) -> None:
        """Close the connection; the instrument stays as it is. Never fails."""
        owner = getattr(self.instrument, "adapter", None) or self.instrument
        with contextlib.suppress(Exception):
            owner.close()

    def _owner(self, path: str) -> tuple[Any, str]:
        *above, name = path.split(".")
        owner = self.instrument
        for one in above:
            owner = getattr(owner, one)
        return owner, name


def _is_called(owner: Any, name: str) -> bool:
    """Whether setting an attribute means calling it. A property is not read to see this."""
    static = inspect.getattr_static(owner, name, None)
    if isinstance(static, property):
        return False
    return callable(getattr(owner, name))  # AttributeError where there is no such thing


class LibraryOptions(Protocol):
    """The options that say which class it is."""

    @property
    def driver(self) -> str:
        """MODULE:CLASS."""
        ...

    @property
    def keywords(self) -> Mapping[str, Any]:
        """Keyword arguments of the class."""
        ...


def opener(address: str, clock: Clock, options: LibraryOptions) -> Callable[[], Handle]:
    """What opens an instrument of the class at `address`, imported now. Raises OptionsError."""
    del clock
    try:
        kind = named(options.driver)
    except Exception as error:
        raise OptionsError(
            f"adapter: {options.driver} cannot be imported: {error!r}; install its package in the "
            "environment of isostack, or correct 'driver'"
        ) from error
    places = [address]
    if any(base.__module__.partition(".")[0] == "qcodes" for base in inspect.getmro(kind)):
        places.insert(0, "")  # a name comes first there

    def open_it() -> Handle:
        if len(places) > 1:
            places[0] = f"isostack_{next(_NAMES)}"
        try:
            return Session(kind(*places, **options.keywords))
        except Exception as error:  # noqa: BLE001 - each library raises its own
            raise LinkError(
                f"{address}: {options.driver} cannot be opened ({said(error)}); check address, "
                "'keywords', cable and power"
            ) from None

    return open_it


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(map(str, cast("Mapping[Any, Any]", value).values()))
    return str(value)


def said(error: Exception) -> str:
    """What a library's exception says, in one short line."""
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"[:SHOWN] if first else type(error).__name__


class Library:
    """What a driver does through the session of its link, with the time of it."""

    def __init__(self, line: Transport, clock: Clock, latency_ns: int, name: str) -> None:
        """`line`: a Reopening. Raises OptionsError for another transport: it has no session."""
        if not isinstance(line, Reopening):
            raise OptionsError(f"{name}: reached by adapter:ADDRESS only")
        self._line = line
        self._clock = clock
        self._latency_ns = latency_ns
        self._name = name
        self.t_ns = 0  # middle of the last call minus the declared latency
        self.uncertainty_ns = 0

    def number(self, path: str) -> float:
        """What an attribute is, as a number; NaN where SCPI means overflow. Raises LinkGone."""
        value = self._timed(path, lambda session: float(session.get(path)))
        return value if abs(value) < NOT_A_NUMBER else math.nan

    def text(self, path: str) -> str:
        """What an attribute is, as text; of a mapping (QCoDeS' IDN) its values. Raises LinkGone."""
        return self._timed(path, lambda session: _text(session.get(path)))

    def do(self, acts: tuple[Act, ...], **given: float) -> None:
        """Do all, in order. Raises LinkGone."""
        for act in acts:
            self._timed(act.path, lambda session, act=act: session.do(act, given))

    def _timed(self, what: str, call: Callable[[Session], Any]) -> Any:
        session = self._line.port()
        began_ns = self._clock()
        try:
            found = call(session)  # pyright: ignore[reportArgumentType] - what `opener` opened
        except Exception as error:
            raise LinkGone(f"{self._name}: {what}: {said(error)}") from error
        self.uncertainty_ns = (self._clock() - began_ns) >> 1
        self.t_ns = began_ns + self.uncertainty_ns - self._latency_ns
        return found

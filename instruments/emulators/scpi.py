"""Instruments that answer in lines of text, from their own description, over a plant.

Rules: a line that is none of the description's is not answered. A setting of `keeps` is what the
description says once all lines of `set_up` were heard, and `?` before that and after a `reset`. A
force that is no number is answered 9.91E37, as SCPI has it.
"""

from instruments.codecs.template import Template, printed
from instruments.loadcell.scpi import ScpiOptions
from instruments.press.described import FLAGS
from instruments.press.scpi import ScpiPressOptions
from instruments.protocols import ForcePlant, PressPlant
from instruments.transport.asking import Answers, Said

WHO = {"model": "emulated", "serial": "1", "firmware": "1.0"}


class ScpiLoadCellsEmulator:
    """`Emulator` of load cells that answer questions."""

    def __init__(self, plant: ForcePlant, options: ScpiOptions) -> None:
        self._plant = plant
        self._options = options
        identify = [options.identify] if options.identify else []
        self._answers = Answers(options.end, [*options.read, *identify])
        self._cells = {place: cell for cell, place in enumerate(options.chosen(options.values))}

    def line(self) -> "ScpiLoadCellsEmulator":
        """Another connection to the same load cells."""
        return ScpiLoadCellsEmulator(self._plant, self._options)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        del t_ns
        return b"".join([self._reply(said) for said, _ in self._answers.heard(data)])

    def _reply(self, said: Said) -> bytes:
        given = dict(WHO)
        place = 0
        for one in self._options.read:
            names = Template(one.reply).ordered()
            if one == said:
                given |= {name: self._value(place + i) for i, name in enumerate(names)}
            place += len(names)
        return self._answers.reply(said, given)

    def _value(self, place: int) -> str:
        cell = self._cells.get(place)
        if cell is None:
            return printed(0, self._options.count)
        force_n = self._plant.force_n(cell)
        return "9.91E37" if force_n != force_n else self._options.printed(force_n, cell)


class ScpiPressEmulator:
    """`Emulator` of a press that is commanded in lines."""

    def __init__(self, plant: PressPlant, options: ScpiPressOptions) -> None:
        self._plant = plant
        self._options = options
        self._answers = Answers(options.end, _all_of(options))
        self._left = list(options.set_up)  # not heard yet
        self._flags = {"end_low": plant.end_low, "end_high": plant.end_high}

    def reset(self) -> None:
        """As after a loss of supply: it stands, and has no settings."""
        self._plant.stop()
        self._left = ["(reset)", *self._options.set_up]

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        del t_ns
        return b"".join([self._do(said, told) for said, told in self._answers.heard(data)])

    def _do(self, said: Said, told: dict[str, str]) -> bytes:
        options, plant = self._options, self._plant
        if said == options.move:
            plant.move_to(round(float(told["value"]) / options.count))
        elif said == options.stop:
            plant.stop()
        elif said.say in options.set_up:
            self._left = [line for line in self._left if line not in (said.say, "(reset)")]
        elif said in options.keeps and self._left:
            return self._answers.reply(Said(say=said.say, reply="?"), {})
        return self._answers.reply(said, {**WHO, "value": self._value(said)})

    def _value(self, said: Said) -> str:
        options, plant = self._options, self._plant
        if said == options.position:
            return printed(plant.position(), options.count)
        if said == options.moving:
            return str(int(plant.moving()))
        for name, flag in self._flags.items():
            if said == getattr(options, name):
                return str(int(flag()))
        return "0"


def _all_of(options: ScpiPressOptions) -> list[Said]:
    named = [options.position, options.moving, options.identify, options.stop, options.move]
    flags = [getattr(options, name) for name in FLAGS]
    lines = [Said(say=line) for line in options.set_up]
    return [*[one for one in [*named, *flags] if one is not None], *options.keeps, *lines]

"""Load cells and presses that a table describes: text and registers, both sides, byte by byte."""

from typing import Any

import pytest

from instruments.options import OptionsError
from instruments.protocols import BadReply, DeviceRefused, ReplyTimeout
from instruments.registry import LOAD_CELLS, PRESSES
from instruments.transport.loopback import Loopback
from instruments.transport.registers import Block, Number, blocks
from tests.instruments.descriptions import MAP, MAP_PRESS, METER, TEXT_PRESS
from tests.instruments.fakes import FakeClock, FakeForce, FakePress, Transcript

TEXT = LOAD_CELLS["scpi"]
REGISTERS = LOAD_CELLS["modbus-map"]


def meter(line: Any, **told: Any) -> Any:
    return TEXT.driver(line, FakeClock(), METER | told)


def test_a_question_is_asked_and_the_number_of_its_answer_is_the_counts():
    line = Transcript((b"READ?\n", b"-13\r\n"), (b"READ?\n", b"-12.5\r\n"))
    assert meter(line, count=0.5).read().counts == (-25,)
    line.done()


def test_several_questions_are_asked_in_order():
    line = Transcript((b"A?\r", b"0\r"), (b"A?\r", b"1\r"), (b"B?\r", b"2 3\r"))
    read = [{"say": "A?", "reply": "{value}"}, {"say": "B?", "reply": "{value1} {value2}"}]
    assert meter(line, read=read, end="cr", units=[3, 1]).read().counts == (3, 1)
    line.done()


def test_the_identity_is_what_the_answer_says_and_set_up_goes_before():
    told = {"identify": {"say": "*IDN?", "reply": "{any},{model},{serial},{firmware}"}}
    line = Transcript((b"RATE 80\n", b""), *2 * [(b"*IDN?\n", b"ACME,X1,007,2\n")])
    assert tuple(meter(line, set_up=["RATE 80"], **told).identify()) == ("X1", "007", "2")
    line.done()


def test_another_answer_says_what_was_asked_and_what_was_described():
    line = Transcript((b"READ?\n", b"1\n"), (b"READ?\n", b"ERR 5\n"))
    with pytest.raises(BadReply, match=r"'READ\?' was answered 'ERR 5', and not '{value}'"):
        meter(line).read()


def test_overflow_is_a_fault_and_no_force():
    line = Transcript((b"READ?\n", b"1\n"), (b"READ?\n", b"+9.91000000E+37\n"))
    reading = meter(line).read()
    assert (reading.fault, reading.counts) == (True, (0,))


def test_no_answer_is_a_time_out():
    with pytest.raises(ReplyTimeout, match="0 bytes came"):
        meter(Transcript((b"READ?\n", b""))).read()
    with pytest.raises(ReplyTimeout, match="0 bytes came"):
        meter(Transcript((b"READ?\n", b"1\n"), (b"READ?\n", b""))).read()


# ---- presses -----------------------------------------------------------------------------------


def text_press() -> tuple[FakePress, Any, Any]:
    plant, clock, model = FakePress(), FakeClock(), PRESSES["scpi"]
    emulator = model.emulator(plant, TEXT_PRESS)
    return plant, model.driver(Loopback(emulator, clock), clock, TEXT_PRESS), emulator


def map_press() -> tuple[FakePress, Any, Any]:
    plant, clock, model = FakePress(), FakeClock(), PRESSES["modbus-map"]
    emulator = model.emulator(plant, MAP_PRESS)
    return plant, model.driver(Loopback(emulator, clock), clock, MAP_PRESS), emulator


BOTH = pytest.mark.parametrize("made", [text_press, map_press])


@BOTH
def test_a_press_goes_where_it_is_sent_and_stops(made: Any):
    plant, press, _ = made()
    press.configure()
    press.move_to(-3.0)
    assert (plant.at, press.read().position, press.moving()) == (-60, -60, False)
    plant.slow = True
    press.move_to(5.0)
    assert press.moving()
    press.stop()
    assert not press.moving()


def test_the_described_end_switches_are_read():
    plant, press, _ = text_press()
    plant.low = True
    assert press.read().end_low
    plant, press, _ = map_press()
    plant.high = True
    assert press.read().end_high


@BOTH
def test_a_press_that_was_reset_reports_a_fault_and_is_not_moved(made: Any):
    _, press, emulator = made()
    press.configure()
    assert not press.read().fault
    emulator.reset()
    assert any(press.read().fault for _ in range(4))
    with pytest.raises(DeviceRefused, match="was reset"):
        press.move_to(0.0)
    press.stop()
    press.configure()
    press.move_to(1.0)


@BOTH
@pytest.mark.parametrize("um", [float("nan"), 1e9])
def test_a_place_beyond_all_counts_is_never_sent(made: Any, um: float):
    plant, press, _ = made()
    with pytest.raises(ValueError, match="beyond 32 bits"):
        press.move_to(um)
    assert plant.to == 0


@pytest.mark.parametrize(
    ("type_", "kept", "other"),
    [
        ("uint32", 1234567, 1234568),
        ("uint32", 2**32 - 1, 2**32 - 2),
        ("int32", -(2**31), 1 - 2**31),
        ("float32", 0.1, 0.1 + 2**-27),
    ],
)
def test_a_register_that_keeps_nearly_its_value_was_reset(type_: str, kept: float, other: float):
    told = {"register": 30, "value": kept, "type": type_}
    options = MAP_PRESS | {"set_up": [told], "keeps": [told]}
    plant, clock, model = FakePress(), FakeClock(), PRESSES["modbus-map"]
    emulator: Any = model.emulator(plant, options | {"set_up": [told, told | {"value": other}]})
    press = model.driver(Loopback(emulator, clock), clock, options)
    press.configure()
    press.verify()
    assert not press.read().fault
    number = Number(register=30, type=type_)  # pyright: ignore[reportArgumentType] (one of them)
    emulator.write(30, number.words(other))
    press.verify()
    assert press.read().fault


def test_a_setting_that_is_not_taken_is_an_error_of_the_description():
    clock, model = FakeClock(), PRESSES["scpi"]
    told = TEXT_PRESS | {"keeps": [{"say": "HB?", "reply": "300"}]}
    line = Loopback(model.emulator(FakePress(), TEXT_PRESS), clock)
    with pytest.raises(BadReply, match="is 200 after it was set up, and 'keeps' says 300"):
        model.driver(line, clock, told).configure()


# ---- registers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "order", "words", "value"),
    [
        ("int16", "high_first", (0xFFFE,), -2.0),
        ("uint16", "high_first", (0xFFFE,), 65534.0),
        ("int32", "high_first", (0xFFFF, 0xFFFE), -2.0),
        ("int32", "low_first", (0x0001, 0x0002), 131073.0),
        ("uint32", "high_first", (0x8000, 0), 2147483648.0),
        ("float32", "high_first", (0x4348, 0x0000), 200.0),
        ("float32", "low_first", (0x0000, 0x4348), 200.0),
    ],
)
def test_numbers_stand_in_registers(type_: Any, order: Any, words: tuple[int, ...], value: float):
    number = Number(register=0, type=type_, order=order)
    assert number.value(words) == value
    assert number.words(value) == words


def test_registers_are_read_at_once_and_never_across_one_that_is_not_named():
    numbers = [Number(register=7, type="int32"), Number(register=6), Number(register=20)]
    numbers.append(Number(register=6, function=4))
    assert blocks(numbers) == (Block(3, 6, 3), Block(3, 20, 1), Block(4, 6, 1))


def test_a_map_of_the_laumas_reads_its_emulator():
    clock, laumas = FakeClock(), LOAD_CELLS["laumas-tlb"]
    plant, told = FakeForce(-12.0, 55.0), {"units": [4, 5], "sign": "status_bit"}
    line = Loopback(laumas.emulator(plant, told), clock)
    reading = REGISTERS.driver(line, clock, MAP | {"units": [4, 5]}).read()
    assert (reading.counts, reading.fault, reading.over) == ((-120, 550), False, False)
    plant.forces_n[0] = float("nan")
    assert REGISTERS.driver(line, clock, MAP | {"units": [4]}).read().fault


def test_a_register_that_is_not_there_is_refused_with_what_to_check():
    clock = FakeClock()
    line = Loopback(LOAD_CELLS["laumas-tlb"].emulator(FakeForce(0.0), {}), clock)
    told = {"read": [{"register": 900}]}
    with pytest.raises(DeviceRefused, match=r"illegal data address.*registers of the description"):
        REGISTERS.driver(line, clock, told).read()


@pytest.mark.parametrize(
    ("model", "options", "says"),
    [
        (TEXT, METER | {"read": []}, "length >= 1"),
        (TEXT, METER | {"read": [{"say": "R?", "reply": "x"}]}, "reads no number"),
        (TEXT, METER | {"set_up": ["A{"]}, "a brace alone"),
        (TEXT, METER | {"units": [2]}, "gives 1 of the values"),
        (REGISTERS, MAP | {"read": [{"register": 70000}]}, "<= 65535"),
        (REGISTERS, MAP | {"read": [{"register": 1, "type": "int8"}]}, "int8"),
        (PRESSES["scpi"], TEXT_PRESS | {"move": {"say": "MOVE"}}, "has no {value}"),
        (PRESSES["scpi"], TEXT_PRESS | {"position": {"say": "P?"}}, "reads 0 numbers, not 1"),
        (PRESSES["scpi"], TEXT_PRESS | {"when_silent": ""}, "length >= 1"),
        (PRESSES["scpi"], TEXT_PRESS | {"keeps": [{"say": "HB?"}]}, "needs the reply"),
        (PRESSES["modbus-map"], MAP_PRESS | {"stop": [{"register": 2, "value": 70000}]}, "beyond"),
    ],
)
def test_descriptions_that_cannot_work_are_refused(model: Any, options: Any, says: str):
    with pytest.raises(OptionsError, match=says):
        model.check(options)

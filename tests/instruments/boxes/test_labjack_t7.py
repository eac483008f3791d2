"""A T7's registers, its answers on the wire, and its settings."""

import struct
from itertools import count

import pytest

from instruments.boxes.labjack_t7 import Box, InputOptions, Inputs
from instruments.codecs import labjack_t7 as t7
from instruments.emulators.labjack_t7 import CORE_TIMER, FLASH, HARDWARE_VERSION, LabjackT7Emulator
from instruments.options import LinkOptions, OptionsError
from instruments.protocols import (
    BadReply,
    DeviceRefused,
    LinkGone,
    ReplyTimeout,
    Transport,
    WrongDevice,
)
from instruments.registry import LOAD_CELLS
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce, Transcript

# Name, address and type as LabJack gives them (github.com/labjack/ljm_constants, ljm_constants.json
# of January 2026): "#(a:b)" counts from a, and an address grows by the size of the type.
THEIRS = """
AIN#(0:249) 0 FLOAT32
DAC#(0:1) 1000 FLOAT32
DIO#(0:22) 2000 UINT16
DIO_STATE 2800 UINT32
DIO_DIRECTION 2850 UINT32
AIN#(0:249)_RANGE 40000 FLOAT32
AIN#(0:249)_NEGATIVE_CH 41000 UINT16
AIN#(0:249)_RESOLUTION_INDEX 41500 UINT16
AIN#(0:249)_SETTLING_US 42000 FLOAT32
TEST 55100 UINT32
PRODUCT_ID 60000 FLOAT32
HARDWARE_VERSION 60002 FLOAT32
FIRMWARE_VERSION 60004 FLOAT32
SERIAL_NUMBER 60028 UINT32
TEMPERATURE_DEVICE_K 60052 FLOAT32
AIN#(0:149)_EF_READ_A 7000 FLOAT32
AIN#(0:149)_EF_READ_C 7600 FLOAT32
AIN#(0:149)_EF_INDEX 9000 UINT32
AIN#(0:149)_EF_CONFIG_A 9300 UINT32
AIN#(0:149)_EF_CONFIG_B 9600 UINT32
AIN#(0:149)_EF_CONFIG_D 10200 FLOAT32
AIN#(0:149)_EF_CONFIG_E 10500 FLOAT32
CORE_TIMER 61520 UINT32
WATCHDOG_ENABLE_DEFAULT 61600 UINT32
WATCHDOG_ADVANCED_DEFAULT 61602 UINT32
WATCHDOG_TIMEOUT_S_DEFAULT 61604 UINT32
WATCHDOG_STRICT_ENABLE_DEFAULT 61610 UINT32
WATCHDOG_RESET_ENABLE_DEFAULT 61620 UINT32
WATCHDOG_DIO_ENABLE_DEFAULT 61630 UINT32
WATCHDOG_DAC0_ENABLE_DEFAULT 61640 UINT32
WATCHDOG_DAC0_DEFAULT 61642 FLOAT32
WATCHDOG_DAC1_ENABLE_DEFAULT 61650 UINT32
WATCHDOG_DAC1_DEFAULT 61652 FLOAT32
"""


def theirs() -> dict[str, tuple[int, str]]:
    """Address and type by name, with the numbered ones written out."""
    found: dict[str, tuple[int, str]] = {}
    for line in THEIRS.split("\n")[1:-1]:
        name, text, kind = line.split()
        before, numbered, after = name.partition("#(")
        if not numbered:
            found[name] = int(text), kind
            continue
        span, _, after = after.partition(")")
        first, last = map(int, span.split(":"))
        size = 1 if kind == "UINT16" else 2
        for number in range(first, last + 1):
            found[f"{before}{number}{after}"] = int(text) + size * (number - first), kind
    return found


def test_every_register_is_where_labjack_has_it():
    known = theirs()
    ours = [
        *FLASH, CORE_TIMER, HARDWARE_VERSION, t7.TEST, t7.PRODUCT_ID, t7.FIRMWARE_VERSION,
        t7.SERIAL_NUMBER, t7.TEMPERATURE_DEVICE_K, t7.DIO_STATE, t7.DIO_DIRECTION,
        *[t7.dac(number) for number in range(2)],
        *[t7.dio(number) for number in range(23)],
        *[
            make(channel)
            for channel in range(t7.INPUTS)
            for make in (
                t7.ain, t7.ain_range, t7.ain_negative, t7.ain_resolution, t7.ain_settling_us,
                t7.ain_ef_read, t7.ain_ef_read_cold, t7.ain_ef_index, t7.ain_ef_unit,
                t7.ain_ef_cold, t7.ain_ef_cold_slope, t7.ain_ef_cold_offset,
            )
        ],
    ]  # fmt: skip
    assert {r.name: (r.address, r.kind) for r in ours} == {r.name: known[r.name] for r in ours}


def box(transport: Transport) -> Box:
    return Box(transport, FakeClock(), LinkOptions(), "load cells", count(1))


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


def test_three_inputs_are_one_read_of_six_registers():
    line = Transcript(
        (
            hexed("00 01 00 00 00 06 01 03 00 00 00 06"),
            hexed("00 01 00 00 00 0F 01 03 0C") + struct.pack(">3f", 0.5, -1.25, 3.0),
        )
    )
    volts, _ = Inputs(box(line), (0, 1, 2), InputOptionsOf()).read()
    assert volts == (0.5, -1.25, 3.0)
    line.done()


def test_an_output_is_written_with_both_words():
    line = Transcript(
        (
            hexed("00 01 00 00 00 0B 01 10 03 E8 00 02 04 40 20 00 00"),
            hexed("00 01 00 00 00 06 01 10 03 E8 00 02"),
        )
    )
    box(line).write(t7.dac(0), 2.5)
    line.done()


def test_a_t7_says_product_serial_number_and_firmware():
    emulator = LabjackT7Emulator()
    assert box(Loopback(emulator, FakeClock())).identify() == (
        "LabJack T7",
        "470012345",
        "1.0312",
    )


def test_something_else_at_the_address_is_named():
    line = Transcript(
        (
            hexed("00 01 00 00 00 06 01 03 D7 3C 00 02"),
            hexed("00 01 00 00 00 07 01 03 04 22 33 00 11"),
        ),
        (
            hexed("00 02 00 00 00 06 01 03 EA 60 00 02"),
            hexed("00 02 00 00 00 07 01 03 04") + struct.pack(">f", 4.0),
        ),
    )
    with pytest.raises(WrongDevice, match="register 55100 is 0x22330011 and 60000 is 4, not"):
        box(line).identify()


def test_a_modbus_device_without_these_registers_is_no_t7():
    line = Transcript(
        (hexed("00 01 00 00 00 06 01 03 D7 3C 00 02"), hexed("00 01 00 00 00 03 01 83 02"))
    )
    with pytest.raises(WrongDevice, match=r"no LabJack T7: .*illegal data address"):
        box(line).identify()


def test_an_answer_to_another_role_is_stepped_over():
    asked = hexed("00 01 00 00 00 06 01 03 03 E8 00 02")
    late = hexed("00 09 00 00 00 07 01 03 04") + struct.pack(">f", 4.0)
    ours = hexed("00 01 00 00 00 07 01 03 04") + struct.pack(">f", 2.0)
    assert box(Transcript((asked, late + ours))).value(t7.dac(0)) == 2.0


def test_half_an_answer_is_a_link_that_is_gone():
    asked = hexed("00 01 00 00 00 06 01 03 03 E8 00 02")
    with pytest.raises(LinkGone, match="half an answer came: the link is opened anew"):
        box(Transcript((asked, hexed("00 01 00 00 00 07 01 03")))).value(t7.dac(0))


def test_no_answer_is_a_timeout():
    asked = hexed("00 01 00 00 00 06 01 03 03 E8 00 02")
    with pytest.raises(ReplyTimeout):
        box(Transcript((asked, b""))).value(t7.dac(0))


def test_two_roles_of_one_process_never_have_the_same_transaction():
    heard: list[bytes] = []

    class Listening(LabjackT7Emulator):
        def receive(self, data: bytes, t_ns: int) -> bytes:
            heard.append(data[:2])
            return super().receive(data, t_ns)

    line = Loopback(Listening(), FakeClock())
    roles = [Box(line, FakeClock(), LinkOptions(), role) for role in ("press", "load cells")]
    for _ in range(10):
        for role in roles:
            role.value(t7.TEST)
    assert len(set(heard)) == 20


# ---- inputs ---------------------------------------------------------------------------------


class InputOptionsOf(InputOptions, frozen=True, kw_only=True):
    """Options of inputs whose channels do not matter."""

    def channels(self) -> tuple[int, ...]:
        return ()


@pytest.mark.parametrize(
    ("channels", "reads"),
    [
        ((0,), [(0, 2)]),
        ((0, 1, 2), [(0, 6)]),
        ((2, 0, 1), [(0, 6)]),
        ((0, 2, 4), [(0, 10)]),
        ((0, 3), [(0, 2), (6, 2)]),
        ((12, 1, 2), [(2, 4), (24, 2)]),
    ],
)
def test_inputs_near_each_other_are_read_at_once(
    channels: tuple[int, ...], reads: list[tuple[int, int]]
):
    emulator = LabjackT7Emulator()
    emulator.inputs = {channel: (lambda at=channel: at / 8) for channel in range(14)}
    heard: list[tuple[int, int]] = []

    class Spy(Loopback):
        def write(self, data: bytes) -> None:
            heard.append(struct.unpack(">HH", data[8:12]))
            super().write(data)

    inputs = Inputs(box(Spy(emulator, FakeClock())), channels, InputOptionsOf())
    assert inputs.read()[0] == tuple(channel / 8 for channel in channels)
    assert heard == reads


def test_settings_of_inputs_are_written_where_they_differ_and_read_back():
    emulator = LabjackT7Emulator()
    writes: list[bytes] = []

    class Spy(Loopback):
        def write(self, data: bytes) -> None:
            if data[7] == 16:
                writes.append(data)
            super().write(data)

    options = InputOptionsOf(differential=True, range_v=0.1, resolution=8, settling_us=250.0)
    inputs = Inputs(box(Spy(emulator, FakeClock())), (2,), options)
    inputs.configure()
    assert emulator.values[t7.ain_range(2)] == t7.ain_range(2).kept(0.1)
    assert emulator.values[t7.ain_negative(2)] == 3
    assert emulator.values[t7.ain_resolution(2)] == 8
    assert emulator.values[t7.ain_settling_us(2)] == 250.0
    assert len(writes) == 4
    inputs.configure()
    assert len(writes) == 4


def test_a_setting_that_is_not_taken_is_named():
    class Stubborn(LabjackT7Emulator):
        def _set_input(self, register: t7.Register, value: float) -> None:
            pass

    inputs = Inputs(box(Loopback(Stubborn(), FakeClock())), (2,), InputOptionsOf(differential=True))
    with pytest.raises(
        BadReply, match=r"AIN2_NEGATIVE_CH \(register 41002\) is 199 after setting 3"
    ):
        inputs.configure()


def test_a_differential_input_is_measured_against_the_one_after_it():
    emulator = LabjackT7Emulator()
    emulator.inputs = {4: lambda: 1.5, 5: lambda: 0.5}
    inputs = Inputs(
        box(Loopback(emulator, FakeClock())), (4,), InputOptionsOf(differential=True, range_v=1.0)
    )
    inputs.configure()
    assert inputs.read()[0] == (1.0,)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"range_v": 5.0}, "a T7 has 10, 1, 0.1, 0.01 V"),
        ({"units": [0, 1], "differential": True}, "input 1 cannot be differential"),
        ({"units": [14]}, "units"),
        ({"output_v": 10.0}, "room for more force"),
        ({"output_v": [5.0, 5.0, 5.0]}, "output_v takes one value, or one for each"),
    ],
)
def test_options_that_no_t7_can_do_are_refused(options: dict[str, object], says: str):
    with pytest.raises(OptionsError, match=says):
        LOAD_CELLS["labjack-t7"].check(options)


# ---- emulator -------------------------------------------------------------------------------


def test_an_odd_count_of_a_float_is_refused():
    line = box(Loopback(LabjackT7Emulator(), FakeClock()))
    with pytest.raises(DeviceRefused, match="illegal data address"):
        line.ask(line.question(0, 1))


def test_reading_a_digital_line_makes_it_an_input_and_reading_all_does_not():
    emulator = LabjackT7Emulator()
    line = box(Loopback(emulator, FakeClock()))
    line.write(t7.dio(3), 0)
    assert round(line.value(t7.DIO_STATE)) >> 3 & 1 == 0
    assert round(line.value(t7.DIO_DIRECTION)) == 1 << 3
    assert line.value(t7.dio(3)) == 1  # pulled up, now that nothing drives it
    assert line.value(t7.DIO_DIRECTION) == 0


def test_one_box_has_the_wires_of_all_its_roles():
    cells = LOAD_CELLS["labjack-t7"].emulator(FakeForce(400.0), {"units": [5]})
    other = LabjackT7Emulator()
    other.inputs = {6: lambda: 2.0}
    assert isinstance(cells, LabjackT7Emulator)
    cells.join(other)
    volts, _ = Inputs(box(Loopback(cells, FakeClock())), (5, 6), InputOptionsOf()).read()
    assert volts == (0.5, 2.0)

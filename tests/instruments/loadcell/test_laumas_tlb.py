import msgspec
import pytest

from instruments.codecs import modbus
from instruments.loadcell.laumas_tlb import LaumasTlb, LaumasTlbOptions
from instruments.protocols import DeviceRefused, ReplyTimeout
from tests.instruments.fakes import MS, FakeClock, Transcript, ticking

PROBE = (bytes.fromhex("010300060001 640B"), bytes.fromhex("0103020000B844"))
WHO = modbus.read_request(0, 5)


def question(unit: int) -> bytes:
    return modbus.rtu_frame(unit, modbus.read_request(6, 3))


def answer(unit: int, status: int, high: int, low: int) -> bytes:
    return modbus.rtu_frame(unit, modbus.read_reply((status, high, low)))


def driver(line: Transcript, **options: object) -> LaumasTlb:
    return LaumasTlb(line, FakeClock(), LaumasTlbOptions(**options))  # pyright: ignore[reportArgumentType] (a mapping of any option)


def test_every_unit_on_the_bus_is_read_in_order():
    line = Transcript(
        PROBE,
        (question(1), answer(1, 0, 0, 4000)),
        (question(2), answer(2, 0, 0, 4010)),
        (question(3), answer(3, 0, 1, 0)),
    )
    reading = driver(line, units=(1, 2, 3)).read()
    assert reading.counts == (4000, 4010, 65536)
    assert not reading.fault
    line.done()


@pytest.mark.parametrize(
    ("status", "high", "low"), [(0x80, 0, 2), (0, 0xFFFF, 0xFFFE), (0x80, 0xFFFF, 0xFFFE)]
)
def test_negative_counts_come_by_the_status_bit_or_in_twos_complement(
    status: int, high: int, low: int
):
    line = Transcript(PROBE, (question(1), answer(1, status, high, low)))
    reading = driver(line).read()
    assert reading.counts == (-2,)
    assert not reading.fault


def test_where_the_rig_says_twos_complement_the_status_bit_is_no_sign():
    line = Transcript(PROBE, (question(1), answer(1, 0x80, 0, 2)))
    assert driver(line, sign="twos_complement").read().counts == (2,)


def test_each_unit_is_identified_by_its_serial_number_where_it_tells_it():
    line = Transcript(
        PROBE,
        (question(1), answer(1, 0, 0, 1)),
        (question(2), answer(2, 0, 0, 1)),
        (modbus.rtu_frame(1, WHO), modbus.rtu_frame(1, modbus.read_reply((114, 7, 21, 901, 1)))),
        (modbus.rtu_frame(2, WHO), modbus.rtu_frame(2, modbus.refusal(modbus.READ, 2))),
    )
    assert driver(line, units=(1, 2)).identify() == ("laumas-tlb", "901", "114")
    line.done()


@pytest.mark.parametrize("bit", range(5))
def test_no_signal_at_any_unit_is_a_fault_and_too_much_is_over_range(bit: int):
    line = Transcript(
        PROBE,
        (question(1), answer(1, 0, 0, 0)),
        (question(2), answer(2, 1 << bit, 0, 0)),
    )
    reading = driver(line, units=(1, 2)).read()
    assert (reading.fault, reading.over) == (bit < 2, bit >= 2)


@pytest.mark.parametrize("bit", range(5))
@pytest.mark.parametrize("unit", [1, 2])
def test_in_series_all_but_the_last_may_be_beyond_their_range(bit: int, unit: int):
    line = Transcript(
        PROBE,
        (question(1), answer(1, 1 << bit if unit == 1 else 0, 0, 7)),
        (question(2), answer(2, 1 << bit if unit == 2 else 0, 0, 8)),
    )
    reading = driver(line, units=(1, 2), series=True).read()
    assert reading.counts == (7, 8)
    assert (reading.fault, reading.over) == (bit < 2, unit == 2 and bit >= 2)


@pytest.mark.parametrize("name", ["division_n", "full_scale_n"])
def test_there_is_one_value_for_all_or_one_for_each_unit(name: str):
    values: dict[str, object] = {"units": [1, 2], name: [0.1, 0.2, 0.3]}
    with pytest.raises(msgspec.ValidationError, match=f"{name} takes one value, or one for each"):
        msgspec.convert(values, LaumasTlbOptions)
    values[name] = [1.0, 2.0]
    assert getattr(msgspec.convert(values, LaumasTlbOptions), name) == (1.0, 2.0)


def test_an_exception_is_a_refusal_that_names_its_code():
    refused = modbus.rtu_frame(1, modbus.refusal(modbus.READ, 2))
    line = Transcript(PROBE, (question(1), refused))
    with pytest.raises(DeviceRefused, match="unit 1 refused function 3: exception 2"):
        driver(line).read()


def test_after_silence_the_silent_unit_is_probed_before_anything_else():
    probe_2 = (
        modbus.rtu_frame(2, modbus.read_request(6, 1)),
        modbus.rtu_frame(2, modbus.read_reply((0,))),
    )
    line = Transcript(
        PROBE,
        (question(1), answer(1, 0, 0, 1)),
        (question(2), b""),
        probe_2,
        (question(1), answer(1, 0, 0, 2)),
        (question(2), answer(2, 0, 0, 3)),
    )
    cells = driver(line, units=(1, 2))
    with pytest.raises(ReplyTimeout):
        cells.read()
    assert cells.read().counts == (2, 3)
    line.done()


def test_a_late_answer_before_the_probes_is_stepped_over():
    late = answer(1, 0, 0, 777)
    line = Transcript(
        PROBE,
        (question(1), b""),
        (PROBE[0], late + PROBE[1]),
        (question(1), answer(1, 0, 0, 2)),
    )
    cells = driver(line)
    with pytest.raises(ReplyTimeout):
        cells.read()
    assert cells.read().counts == (2,)


def test_reading_never_writes_a_register():
    told = modbus.rtu_frame(1, modbus.read_reply((114, 7, 21, 901, 1)))
    line = Transcript(PROBE, (question(1), answer(1, 0, 0, 4000)), (modbus.rtu_frame(1, WHO), told))
    driver(line).identify()
    line.done()


def test_the_time_of_a_reading_is_the_middle_of_all_its_exchanges():
    clock = FakeClock()
    line = Transcript(PROBE, (question(1), answer(1, 0, 0, 1)), (question(2), answer(2, 0, 0, 1)))
    options = LaumasTlbOptions(units=(1, 2), latency_ms=10.0, silence_ms=0.0)
    cells = LaumasTlb(line, ticking(clock, 1), options)
    reading = cells.read()
    end_ns = clock() - MS  # the clock moved on once after it was asked last
    assert reading.uncertainty_ns == 3 * MS // 2
    assert reading.t_ns == end_ns - reading.uncertainty_ns - 10 * MS

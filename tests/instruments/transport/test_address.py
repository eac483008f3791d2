import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.options import OptionsError
from instruments.transport.address import DEFAULT_BAUD, Address, AddressError, parse


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("/dev/ttyUSB0", Address("serial", "/dev/ttyUSB0", baud=DEFAULT_BAUD)),
        (
            "/dev/ttyUSB0?baud=9600&unit=1&parity=E&stop=2",
            Address("serial", "/dev/ttyUSB0", baud=9600, units=(1,), parity="E", stop=2),
        ),
        ("tcp://10.0.0.7:502", Address("tcp", "10.0.0.7", 502)),
        ("tcp://tlb.lab:502?unit=1,2,3", Address("tcp", "tlb.lab", 502, units=(1, 2, 3))),
        ("tcp://[::1]:5025", Address("tcp", "::1", 5025)),
        ("tcp://moxa:4001?framing=rtu", Address("tcp", "moxa", 4001, framing="rtu")),
        ("TCPIP::10.0.0.7::5025::SOCKET", Address("visa", "TCPIP::10.0.0.7::5025::SOCKET")),
        ("ASRL/dev/ttyUSB0::INSTR", Address("visa", "ASRL/dev/ttyUSB0::INSTR")),
        ("USB0::0x05E6::0x2450::1::INSTR", Address("visa", "USB0::0x05E6::0x2450::1::INSTR")),
    ],
)
def test_an_address_is_read(text: str, address: Address):
    assert parse(text) == address


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no address: write a port's path"),
        ("COM3", "is no address"),
        ("ttyUSB0", "is no address"),
        ("http://x:1", "is no address"),
        ("TCPIP::a b::INSTR", "is no address"),
        ("tcp://host", "no host before the port"),
        ("tcp://:502", "no host before the port"),
        ("tcp://a/b:502", "no host before the port"),
        ("tcp://host:0", "port '0' is not a number from 1 to 65535"),
        ("tcp://host:65536", "port '65536' is not a number"),
        ("tcp://host:http", "port 'http' is not a number"),
        ("tcp://host:502?baud=9600", "no option 'baud' here; there are unit, framing"),
        ("/dev/ttyS0?bud=9600", "no option 'bud' here; there are baud, parity"),
        ("/dev/ttyS0?", "no option ''"),
        ("/dev/ttyS0?baud=9601", "baud=9601: write one of 1200, 2400"),
        ("/dev/ttyS0?baud=fast", "baud=fast: write one of"),
        ("/dev/ttyS0?baud=9600&baud=9600", "baud is given twice"),
        ("/dev/ttyS0?unit=0", "unit=0: write a number from 1 to 255"),
        ("/dev/ttyS0?unit=1,1", "unit=1,1: write each number once"),
        ("/dev/ttyS0?parity=x", "parity=x: write one of N, E, O"),
        ("/dev/ttyS0?stop=3", "stop=3: write a number from 1 to 2"),
    ],
)
def test_a_mistake_in_an_address_is_told_with_what_to_write(text: str, says: str):
    with pytest.raises(AddressError) as caught:
        parse(text)
    assert says in str(caught.value)
    assert isinstance(caught.value, OptionsError)


@given(st.text(max_size=40) | st.text(max_size=40).map("tcp://{}".format))
def test_any_text_is_an_address_or_an_address_error(text: str):
    with contextlib.suppress(AddressError):
        assert parse(text).place


@given(
    baud=st.sampled_from([9600, 115200]),
    units=st.lists(st.integers(1, 255), min_size=1, max_size=5, unique=True),
)
def test_options_may_come_in_any_order(baud: int, units: list[int]):
    unit = ",".join(map(str, units))
    one = parse(f"/dev/ttyACM0?baud={baud}&unit={unit}")
    assert one == parse(f"/dev/ttyACM0?unit={unit}&baud={baud}")
    assert one.units == tuple(units)

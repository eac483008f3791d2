import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from instruments import registry
from instruments.loadcell.laumas_tlb import LaumasTlbOptions
from instruments.options import OptionsError
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce

TABLES = (registry.LOAD_CELLS, registry.PRESSES, registry.POTENTIOSTATS)


def test_each_row_stands_under_its_own_name():
    for table in TABLES:
        assert [model.name for model in table.values()] == list(table)


def test_a_driver_and_its_emulator_are_made_from_the_same_options():
    model = registry.find(registry.LOAD_CELLS, "laumas-tlb")
    options = {"units": [4, 5], "division_n": 0.5, "full_scale_n": 1000.0}
    clock = FakeClock()
    line = Loopback(model.emulator(FakeForce(10.0, 20.0), options), clock)
    assert model.driver(line, clock, options).read().counts == (20, 40)


def test_options_have_defaults_and_are_checked():
    model = registry.LOAD_CELLS["laumas-tlb"]
    assert model.check({}) == LaumasTlbOptions()
    assert model.check({"deadline_ms": 20.0}).deadline_ns == 20_000_000


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"unit": [1]}, "unknown field `unit`"),
        ({"units": []}, "length >= 1"),
        ({"units": [0]}, ">= 1"),
        ({"division_n": 0.0}, "> 0"),
        ({"sign": "none"}, "sign"),
        ({"deadline_ms": "long"}, "deadline_ms"),
    ],
)
def test_options_that_do_not_fit_name_the_field_and_the_choices(
    options: dict[str, object], says: str
):
    with pytest.raises(OptionsError, match=says) as caught:
        registry.LOAD_CELLS["laumas-tlb"].check(options)
    assert "its options are" in str(caught.value)
    assert "division_n" in str(caught.value)


def test_a_model_that_is_not_known_is_answered_with_those_that_are():
    with pytest.raises(OptionsError, match=r"'keithly'; did you mean keithley-2450\? There are"):
        registry.find(registry.POTENTIOSTATS, "keithly")


def test_a_model_of_another_kind_is_not_found_in_a_table():
    with pytest.raises(OptionsError, match="no model is called 'keithley-2450'"):
        registry.find(registry.PRESSES, "keithley-2450")


def test_a_model_that_is_not_asked_for_is_not_imported():
    code = (
        "import sys; from instruments.registry import LOAD_CELLS, find; "
        "find(LOAD_CELLS, 'laumas-tlb'); "
        "print([m for m in sys.modules if m.startswith('instruments.emul')"
        " or m.startswith('instruments.po') or m.startswith('instruments.pre')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Makes an installed package that brings models: a module's code and its entry points."""

    def install(code: str, entries: str) -> None:
        about = tmp_path / "of_others-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Name: of-others\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[isostack.models]\n{entries}\n")
        (tmp_path / "of_others.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "of_others", raising=False)

    return install


OTHERS = """
from instruments.registry import LOAD_CELLS
MODEL = LOAD_CELLS["laumas-tlb"]._replace(name="of-others", emulated_by="")
"""


def test_another_package_brings_a_model_and_is_imported_only_for_it(
    package: Callable[[str, str], None],
):
    package(OTHERS, "of-others = of_others:MODEL")
    assert registry.outside() == {"of-others": "of-others"}
    assert "of_others" not in sys.modules
    table = registry.Models("load_cells", {})
    assert registry.find(table, "of-others").name == "of-others"
    assert registry.Models("press", {}).get("of-others") is None
    with pytest.raises(OptionsError, match="of-others has no emulator"):
        table["of-others"].emulator(FakeForce(), {})


def test_a_model_of_ours_wins_over_one_of_the_same_name(package: Callable[[str, str], None]):
    package("raise RuntimeError", "laumas-tlb = of_others:MODEL")
    assert registry.outside() == {}
    table = registry.Models("load_cells", {"laumas-tlb": "instruments.loadcell.laumas_tlb:MODEL"})
    assert table["laumas-tlb"].options is LaumasTlbOptions


@pytest.mark.parametrize("code", ["raise RuntimeError('no SDK')", "raise SystemExit('no SDK')"])
def test_a_package_that_does_not_import_is_named(package: Callable[[str, str], None], code: str):
    package(code, "of-others = of_others:MODEL")
    with pytest.raises(OptionsError, match=r"model of-others of package .*no SDK"):
        registry.find(registry.Models("load_cells", {}), "of-others")


def test_what_another_package_brings_must_be_a_model(package: Callable[[str, str], None]):
    package("MODEL = 3", "of-others = of_others:MODEL")
    with pytest.raises(OptionsError, match=r"of_others:MODEL is no instruments\.model\.Model"):
        registry.find(registry.Models("load_cells", {}), "of-others")


RTU = {"framing": "rtu", "silence_ms": 1.75}
LAUMAS = registry.LOAD_CELLS["laumas-tlb"]
PRESS = registry.PRESSES["trinamic-tmcl"]
KEITHLEY = registry.POTENTIOSTATS["keithley-2450"]


@pytest.mark.parametrize(
    ("model", "address", "told"),
    [
        (LAUMAS, "/dev/ttyUSB0", RTU),
        (LAUMAS, "/dev/ttyUSB0?unit=4,5", {"units": (4, 5), **RTU}),
        (LAUMAS, "/dev/ttyUSB0?baud=4800", {"framing": "rtu", "silence_ms": 1e3 * 38.5 / 4800}),
        (LAUMAS, "tcp://tlb:502", {"framing": "tcp"}),
        (LAUMAS, "tcp://moxa:4001?framing=rtu&unit=2", {"units": (2,), "framing": "rtu"}),
        (PRESS, "/dev/ttyUSB0?unit=3", {"module": 3}),
        (KEITHLEY, "TCPIP::smu::5025::SOCKET", {}),
    ],
)
def test_an_address_says_unit_and_framing(
    model: registry.Model[object, object], address: str, told: dict[str, object]
):
    assert model.options_at(address, {}) == told


@pytest.mark.parametrize(
    ("model", "address", "options", "says"),
    [
        (LAUMAS, "TCPIP::tlb::502::SOCKET", {}, "laumas-tlb is reached by serial or tcp, not visa"),
        (
            LAUMAS,
            "/dev/ttyUSB0?unit=4",
            {"units": (1,)},
            r"the options say units = \(1,\); say one",
        ),
        (PRESS, "/dev/ttyUSB0?unit=1,2", {}, "one unit a driver"),
        (PRESS, "/dev/ttyUSB0?framing=rtu", {}, "trinamic-tmcl has no framing"),
        (KEITHLEY, "tcp://smu:5025?unit=1", {}, "keithley-2450 has no unit number"),
        (KEITHLEY, "smu", {}, "'smu' is no address"),
    ],
)
def test_an_address_that_does_not_fit_a_model_says_so(
    model: registry.Model[object, object], address: str, options: dict[str, object], says: str
):
    with pytest.raises(OptionsError, match=says):
        model.options_at(address, options)


def test_units_said_twice_and_alike_are_no_mistake():
    told = LAUMAS.options_at("/dev/ttyUSB0?unit=1,2", {"units": [1, 2]})
    assert LAUMAS.check(told) == LaumasTlbOptions(units=(1, 2))

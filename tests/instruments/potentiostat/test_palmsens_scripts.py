"""Our scripts by the vendor's own grammar of MethodSCRIPT, which PyPalmSens brings."""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import distribution
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from instruments.potentiostat import palmsens_scripts as scripts
from instruments.protocols import Sweep

COMMON = (0.05, 5.0, 3600.0)


@pytest.fixture(scope="module")
def validate() -> Callable[[str], None]:
    """The validator alone: the package around it loads a .NET runtime."""
    folder = Path(str(distribution("pypalmsens").locate_file("pypalmsens/_methodscript")))
    name = "vendors_methodscript"
    spec = spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    found: Any = import_module(f"{name}.validate")
    return found.validate


@pytest.mark.parametrize(
    "script",
    [
        scripts.open_circuit(*COMMON),
        scripts.current(0.000785, 4.4, *COMMON),
        scripts.current(-0.000785, 1.0, *COMMON),
        scripts.current(-0.000785, -0.8, *COMMON),
        scripts.voltage(4.2, 0.02, *COMMON),
        scripts.voltage(-0.5, 0.02, *COMMON),
        scripts.impedance(Sweep(1e5, 0.1, 61, 0.01), 0.05, 5.0, 0.02),
        scripts.impedance(Sweep(0.01, 2e5, 74, 0.001), 0.01, 5.0, 0.1),
        scripts.impedance(Sweep(1e4, 1.0, 41, 1e-4, galvanostatic=True), 0.05, 5.0, 0.02),
    ],
)
def test_a_script_is_what_the_vendors_grammar_accepts(
    validate: Callable[[str], None], script: tuple[str, ...]
) -> None:
    validate("\n".join(script) + "\n")


@pytest.mark.parametrize(
    "script",
    [
        scripts.voltage(-4.2, 0.02, *COMMON),
        scripts.impedance(Sweep(1e5, 0.1, 61, 0.01), 0.05, 5.0, 0.02),
    ],
)
def test_a_potential_is_applied_in_a_range_that_has_it(script: tuple[str, ...]) -> None:
    """As in the battery cycling that PyPalmSens brings."""
    level = next(i for i, line in enumerate(script) if line.startswith("set_e "))
    assert "set_range da 5" in script[:level]


def test_the_grammar_refuses_what_is_none(validate: Callable[[str], None]) -> None:
    with pytest.raises(SyntaxError):
        validate("meas_loop_cp e i 1m\n")

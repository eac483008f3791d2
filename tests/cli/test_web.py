"""The page is served where the run is, on a port that is free, and says so where it cannot be."""

import socket
from pathlib import Path

import pytest

from tests.cli.live_runs import isostack


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, out, err = isostack("attach", "--web", "--port", str(port))
    assert (code, out) == (2, "")
    assert f"port {port} of 127.0.0.1 is taken" in err
    assert "--port" in err


def test_a_run_elsewhere_is_shown_through_a_tunnel() -> None:
    code, _, err = isostack("attach", "lab3:cell-7", "--web")
    assert code == 2
    assert "On lab3: isostack attach --web cell-7" in err
    assert "ssh -L 8421:127.0.0.1:8421 lab3" in err


def test_an_unknown_run_opens_no_page() -> None:
    code, out, err = isostack("attach", "nobody", "--web")
    assert (code, out) == (2, "")
    assert "no run is called nobody" in err


def test_a_file_that_is_no_record_opens_no_page(tmp_path: Path) -> None:
    file = tmp_path / "notes.h5"
    file.write_text("no record")
    code, out, err = isostack("replay", str(file), "--web")
    assert (code, out) == (2, "")
    assert "notes.h5" in err

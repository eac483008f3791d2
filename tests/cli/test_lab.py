"""The commands of a laboratory: what is missing or wrong is one line and an exit code."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixture.cli.main import app
from fixture.runtime.registry import Registry, state_home
from tests.cli.live_runs import of_its_own
from tests.lab.brokers import BrokerProcess, free_port, running
from tests.lab.publishing import publishing, quick
from tests.waiting import until

COMMANDS = ("serve", "publish", "ls", "watch", "metrics")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)
    for name in ("NATS_URL", "NATS_TOKEN", "ISOSTACK_LAB"):
        monkeypatch.delenv(name, raising=False)


def isostack(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    done = CliRunner().invoke(app, list(arguments), prog_name="isostack")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str) -> None:
    code, out, _ = isostack("lab", command, "--help")
    assert code == 0
    assert f"Example: isostack lab {command}" in out


@pytest.mark.parametrize(
    "arguments",
    [("publish",), ("ls",), ("watch",), ("metrics", "--port", "0")],
)
def test_without_the_extra_one_line_says_how_to_get_it(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys; sys.modules['nats'] = sys.modules['prometheus_client'] = None;"
        f"sys.argv = ['isostack', 'lab', *{arguments!r}];"
        "from fixture.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "pip install 'isostack[lab]'" in done.stderr


def test_without_the_server_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fixture.lab.serve.PROGRAM", "no-such-server")
    code, _, err = isostack("lab", "serve", "--port", str(free_port()))
    assert code == 2
    assert "pip install 'isostack[lab]'" in err


def test_a_port_that_is_taken_is_said(broker: BrokerProcess) -> None:
    code, _, err = isostack("lab", "serve", "--port", str(broker.port))
    assert code == 2
    assert "cannot be listened at" in err


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    """A broker that runs."""
    with running(tmp_path / "broker") as made:
        yield made


def test_a_broker_that_is_absent_is_exit_code_3() -> None:
    code, out, err = isostack("lab", "ls", "--server", f"127.0.0.1:{free_port()}")
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert "isostack lab serve. No run is affected" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lab", "ls", "--lab", "a b"), "--lab 'a b'"),
        (("lab", "publish", "--machine", "\n"), "--machine"),
        (("lab", "ls", "--server", "http://x"), "no address of a broker"),
        (("lab", "ls", "--token-file", "nowhere"), "nowhere: the token cannot be read"),
        (("lab", "watch", "--silent-after", "1 s"), "10 … 3600 s"),
        (("lab", "watch", "--on-stale", "'"), "No closing quotation"),
        (("attach", "--lab"), "isostack attach --web --lab"),
        (("attach", "--web", "--lab", "cell-7"), "isostack attach --web --lab"),
        (("lab", "serve", "--tls-cert", "x"), "belong together"),
    ],
)
def test_a_users_mistake_is_one_message_and_exit_code_2(
    arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = isostack(*arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_an_empty_laboratory_says_what_to_do(broker: BrokerProcess) -> None:
    code, out, _ = isostack("lab", "ls", "--server", broker.access.url)
    assert code == 3  # the token is not given
    assert out == ""
    token = broker.told.folder / "token"
    code, out, _ = isostack("lab", "ls", "--server", broker.access.url, "--token-file", str(token))
    assert (code, out) == (
        0,
        "nobody publishes to the laboratory lab. On each machine: isostack lab publish\n",
    )


def test_a_second_publisher_of_a_machine_is_refused(
    broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    line = [sys.executable, "-m", "fixture.cli.main", "lab", "publish", "--machine", "m"]
    line += ["--server", broker.access.url, "--token-file", str(broker.told.folder / "token")]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as first:
        assert first.stderr is not None
        assert first.stderr.readline().startswith("publishing m to nats://")
        again = subprocess.run(line, capture_output=True, text=True, check=False)
        assert again.returncode == 2
        assert "a publisher of m runs already" in again.stderr
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
        other = subprocess.run(line, capture_output=True, text=True, check=False)
        assert other.returncode == 2
        assert "publishes now; nothing is published from here" in other.stderr
        first.terminate()
    assert first.returncode == 0


def test_what_is_published_is_listed_as_a_table(
    broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    token = broker.told.folder / "token"
    with publishing(broker.access, Registry(state_home() / "runs")) as made:
        until(lambda: made.said)
        code, out, _ = isostack(
            "lab", "ls", "--json", "--server", broker.access.url, "--token-file", str(token)
        )
    assert code == 0
    assert '"state": "publishing"' in out


def test_a_publisher_ends_in_time_though_it_reads_a_record_that_takes_for_ever() -> None:
    code = (
        "import asyncio, os, signal, time\n"
        "from fixture.cli import lab\n"
        "lab.END_S = 0.1\n"
        "async def reads():\n"
        "    asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGTERM)\n"
        "    await asyncio.to_thread(time.sleep, 1000)\n"
        "with lab.in_time() as begin:\n"
        "    asyncio.run(lab._until_signalled(reads, begin))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")

"""Where the broker is: from options, the variables that `nats` has, or the broker of this user."""

import ssl
from pathlib import Path

import pytest

from fixture.lab import serve
from fixture.lab.access import Access, find
from fixture.lab.errors import LabError
from tests.cli.live_runs import isostack


def test_options_come_before_the_environment_and_that_before_our_own_broker(
    tmp_path: Path,
) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    serve.prepared(serve.Served(tmp_path / "isostack" / "lab", port=4567))
    ours = find(environ=environ)
    assert ours.url == "nats://127.0.0.1:4567"
    assert len(ours.token) == 32
    environ |= {"NATS_URL": "lab1:4222", "NATS_TOKEN": "secret"}
    assert find(environ=environ) == Access("nats://lab1:4222", "secret")
    assert find("tls://lab2", environ=environ).url == "tls://lab2"


def test_without_anything_it_is_the_usual_place(tmp_path: Path) -> None:
    assert find(environ={"XDG_STATE_HOME": str(tmp_path)}) == Access()


@pytest.mark.parametrize("url", ["http://lab1", "nats://", "lab1:port", "nats://lab1:0", "://"])
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no address of a broker"):
        find(url, environ={"XDG_STATE_HOME": str(tmp_path)})


def test_a_token_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("abc\n")
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    assert find("lab1:4222", str(path), environ).token == "abc"
    path.write_text("")
    with pytest.raises(LabError, match="empty"):
        find("lab1:4222", str(path), environ)
    with pytest.raises(LabError, match="cannot be read"):
        find("lab1:4222", str(tmp_path / "none"), environ)


def test_what_is_secret_is_not_in_the_place() -> None:
    assert Access("nats://me:word@lab1:4222").place == "nats://lab1:4222"


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="nowhere"):
        Access(creds=str(tmp_path / "nowhere")).options()
    with pytest.raises(LabError, match="certificates"):
        Access(ca=str(tmp_path / "nowhere")).options()


@pytest.mark.parametrize("what", ["ls", "watch", "metrics"])
def test_a_certificate_that_is_not_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("NATS_CA", str(tmp_path / "nowhere.crt"))
    code, _, error = isostack("lab", what, "--server", "tls://127.0.0.1:1")
    assert code == 2
    assert "nowhere.crt: certificates that cannot be read" in error
    assert len(error.splitlines()) == 1


def test_the_brokers_own_certificate_will_do_as_who_signed_it(tmp_path: Path) -> None:
    assert Access("tls://lab1").options()["tls"].verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN


def test_the_configuration_is_private_and_on_loopback(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    access = serve.prepared(serve.Served(folder))
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in (serve.CONFIG, serve.TOKEN, "broker.json"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    text = (folder / serve.CONFIG).read_text()
    assert 'listen: "127.0.0.1:4222"' in text
    assert access.token in text
    assert serve.prepared(serve.Served(folder)).token == access.token


def test_a_directory_that_others_can_read_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(LabError, match="chmod 700"):
        serve.prepared(serve.Served(tmp_path))


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="belong together"):
        serve.prepared(serve.Served(tmp_path / "lab", cert="cert.pem"))


def test_a_token_that_would_end_its_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text('a"b')
    with pytest.raises(LabError, match="cannot stand"):
        serve.prepared(serve.Served(tmp_path / "lab", token_file=str(path)))

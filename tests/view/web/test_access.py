"""Only this user's browsers get in, and only the page itself changes things."""

from pathlib import Path

import pytest

from fixture.view.web.access import user_key
from tests.view.web.served import ORIGIN, Served


def test_a_token_lets_one_browser_in(served: Served) -> None:
    token = served.access.token
    client = served.stranger()
    answer = client.get("/run/cell-7", params={"token": token, "x": "1"})
    assert answer.status_code == 200
    assert 'content="0; url=/run/cell-7?x=1"' in answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/api/runs").status_code == 200
    assert served.used == 1


def test_a_token_is_good_once(served: Served) -> None:
    token = served.access.token
    served.stranger().get("/", params={"token": token})
    second = served.stranger().get("/", params={"token": token})
    assert second.status_code == 401
    assert "The link was used before" in second.text
    assert "isostack attach --web" in second.text
    assert "set-cookie" not in second.headers


def test_a_used_token_does_not_shut_out_a_browser_that_is_in(served: Served) -> None:
    client = served.browser()
    assert client.get("/", params={"token": "old"}).status_code == 200


def test_without_a_cookie_there_is_a_page_that_says_what_to_do(served: Served) -> None:
    client = served.stranger()
    assert client.get("/").status_code == 401
    assert "text/html" in client.get("/run/cell-7").headers["content-type"]
    answer = client.get("/api/runs/cell-7/rows")
    assert (answer.status_code, "error" in answer.json()) == (401, True)
    assert client.get("/static/style.css").status_code == 200


@pytest.mark.parametrize("cookie", ["", "x", "isostack-8421=", "isostack-8421=é", 'a="'])
def test_another_cookie_is_none(served: Served, cookie: str) -> None:
    answer = served.stranger().get("/api/runs", headers={b"cookie": cookie.encode()})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8421", "127.0.0.1.nip.io", "", "::"]
)
def test_another_name_of_this_machine_is_refused(served: Served, host: str) -> None:
    answer = served.browser().get("/api/runs", headers={"host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1:8421", "[::1]:1", "localhost"])
def test_a_tunnel_may_have_any_port(served: Served, host: str) -> None:
    assert served.browser().get("/api/runs", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", None])
def test_another_page_can_change_nothing(served: Served, origin: str | None) -> None:
    headers = {} if origin is None else {"origin": origin}
    answer = served.browser().post("/api/runs/cell-7/request", json={"do": "stop"}, headers=headers)
    assert answer.status_code == 403
    assert served.catalogue.run.heard == []


def test_a_form_is_no_request(served: Served) -> None:
    answer = served.browser().post(
        "/api/runs/cell-7/request",
        content='{"do": "stop"}',
        headers={"origin": ORIGIN, "content-type": "text/plain"},
    )
    assert answer.status_code == 400
    assert served.catalogue.run.heard == []


def test_another_origin_reads_nothing(served: Served) -> None:
    answer = served.browser().get("/api/runs", headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


def test_every_answer_lets_the_page_load_its_own_files_only(served: Served) -> None:
    for answer in (served.stranger().get("/"), served.browser().get("/api/runs")):
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", '/a"><script>'])
def test_the_token_leads_nowhere_else(served: Served, path: str) -> None:
    answer = served.stranger().get(f"{ORIGIN}{path}", params={"token": served.access.token})
    target = answer.text.split("url=")[1].split('"')[0]
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
    assert "<" not in target


def test_the_key_lasts_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    key = user_key(tmp_path / "state")
    assert user_key(tmp_path / "state") == key
    assert (tmp_path / "state" / "page.key").stat().st_mode & 0o077 == 0


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    user_key(tmp_path)
    (tmp_path / "page.key").chmod(0o644)
    with pytest.raises(PermissionError, match="delete it"):
        user_key(tmp_path)

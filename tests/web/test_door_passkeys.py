"""Passkeys, invitations and sessions of a shared server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from authenticator import Authenticator
from shared_server import ORIGIN, Shared, join, shared, text_of, use_passkey

from exvivo.web.access import ceremonies
from exvivo.web.access.audit import last_rows
from exvivo.web.visitor import Role

COOKIE = "__Host-exvivo"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Shared]:
    with shared(tmp_path) as made:
        yield made


def test_somebody_invited_joins_and_sees_the_study_alone(server: Shared) -> None:
    client = server.joined("Ada", "alpha", Role.ANALYST)
    listed = text_of(client.get("/"))
    assert "Study alpha" in listed and "Study beta" not in listed
    assert "Ada" in listed


def test_looking_at_an_invitation_uses_nothing_up(server: Shared) -> None:
    token = server.invited("Ada", "alpha", Role.VIEWER)
    for _ in range(2):
        page = server.client().get(f"/invitation/{token}")
        assert page.status_code == 200 and "Welcome, Ada" in text_of(page)


def test_an_invitation_is_used_once(server: Shared) -> None:
    token = server.invited("Ada", "alpha", Role.VIEWER)
    join(server.client(), Authenticator(ORIGIN), token)
    assert server.client().get(f"/invitation/{token}").status_code == 404
    assert server.client().post(f"/invitation/{token}/passkey/begin").status_code == 404


def test_two_browsers_cannot_use_one_invitation(server: Shared) -> None:
    """Both have begun; the second ends with nothing."""
    token = server.invited("Ada", "alpha", Role.VIEWER)
    second, device = server.client(), Authenticator(ORIGIN)
    options = second.post(f"/invitation/{token}/passkey/begin").json()
    join(server.client(), Authenticator(ORIGIN), token)
    answer = second.post(f"/invitation/{token}/passkey", json={"credential": device.make(options)})
    assert answer.status_code == 404 and COOKIE not in second.cookies
    with server.database.reading() as transaction:
        assert len(transaction.rows("SELECT id FROM credentials")) == 1


def test_an_old_invitation_opens_nothing(server: Shared) -> None:
    token = server.invited("Ada", "alpha", Role.VIEWER)
    with server.database.writing() as transaction:
        transaction.run("UPDATE invitations SET expires = '2020-01-01T00:00:00+00:00'")
    assert server.client().get(f"/invitation/{token}").status_code == 404


def test_a_failed_join_leaves_the_invitation(server: Shared) -> None:
    token = server.invited("Ada", "alpha", Role.VIEWER)
    client, elsewhere = server.client(), Authenticator("https://other.example.org")
    options = client.post(f"/invitation/{token}/passkey/begin").json()
    sent = {"credential": elsewhere.make(options)}
    assert client.post(f"/invitation/{token}/passkey", json=sent).status_code == 403
    join(client, Authenticator(ORIGIN), token)


def test_signing_in_and_out(server: Shared) -> None:
    device = Authenticator(ORIGIN)
    server.joined("Ada", "alpha", Role.VIEWER, device)
    client = server.client()
    assert client.get("/").headers["location"].startswith("/sign-in?to=")
    assert use_passkey(client, device, "/s/alpha").json() == {"to": "/s/alpha"}
    kept = client.cookies[COOKIE]
    assert client.get("/s/alpha").status_code == 200
    assert client.post("/sign-out").status_code == 303
    assert client.get("/").status_code == 303
    client.cookies.set(COOKIE, kept, domain="lab.example.org")
    assert client.get("/").status_code == 303, "the session ended on the server as well"


def test_the_cookie_is_bound_to_https_this_host_and_no_script(server: Shared) -> None:
    device = Authenticator(ORIGIN)
    server.joined("Ada", "alpha", Role.VIEWER, device)
    header = use_passkey(server.client(), device).headers["set-cookie"].lower()
    assert all(each in header for each in ("httponly", "secure", "samesite=strict", "path=/"))
    assert "domain=" not in header and header.startswith("__host-")


def test_the_database_holds_no_secret(server: Shared) -> None:
    client = server.joined("Ada", "alpha", Role.VIEWER)
    token = server.invited("Bob", "alpha", Role.VIEWER)
    files = [*server.settings.state.iterdir()]
    stored = b"".join(path.read_bytes() for path in files)
    assert b"Bob" in stored
    assert token.encode() not in stored and client.cookies[COOKIE].encode() not in stored


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example.org"},
        {"verified": False},
        {"counter": -1},
        {"id": b"another credential of nobody ...."},
    ],
    ids=["page of another site", "owner not verified", "an old copy", "unknown key"],
)
def test_a_proof_that_proves_nothing_is_refused(server: Shared, lie: dict[str, object]) -> None:
    device = Authenticator(ORIGIN)
    server.joined("Ada", "alpha", Role.VIEWER, device)
    for name, value in lie.items():
        setattr(device, name, value)
    client = server.client()
    answer = use_passkey(client, device)
    assert answer.status_code == 403 and COOKIE not in client.cookies


def test_another_key_does_not_sign_for_a_passkey(server: Shared) -> None:
    device = Authenticator(ORIGIN)
    server.joined("Ada", "alpha", Role.VIEWER, device)
    thief = Authenticator(ORIGIN, id=device.id, counter=50)
    assert use_passkey(server.client(), thief).status_code == 403
    with server.database.reading() as transaction:
        assert last_rows(transaction, 1)[0].kind == "refused"


def test_a_proof_is_taken_once(server: Shared) -> None:
    device = Authenticator(ORIGIN)
    server.joined("Ada", "alpha", Role.VIEWER, device)
    client = server.client()
    options = client.post("/sign-in/passkey/begin").json()
    secret = client.cookies[f"{COOKIE}-sign-in"]
    sent = {"credential": device.use(options)}
    assert client.post("/sign-in/passkey", json=sent).status_code == 200
    other = server.client(cookies={f"{COOKIE}-sign-in": secret})
    assert other.post("/sign-in/passkey", json=sent).status_code == 403


def test_a_challenge_belongs_to_its_browser_and_purpose(server: Shared) -> None:
    device = Authenticator(ORIGIN)
    server.joined("Ada", "alpha", Role.VIEWER, device)
    options = server.client().post("/sign-in/passkey/begin").json()
    sent = {"credential": device.use(options)}
    assert server.client().post("/sign-in/passkey", json=sent).status_code == 403
    client, token = server.client(), server.invited("Bob", "alpha", Role.VIEWER)
    options = client.post(f"/invitation/{token}/passkey/begin").json()
    sent = {"credential": device.use({**options, "rpId": "lab.example.org"})}
    assert client.post("/sign-in/passkey", json=sent).status_code == 403


def test_a_session_ends_with_its_time_and_its_account(server: Shared) -> None:
    client = server.joined("Ada", "alpha", Role.VIEWER)
    with server.database.writing() as transaction:
        transaction.run("UPDATE sessions SET expires = '2020-01-01T00:00:00+00:00'")
    assert client.get("/").status_code == 303


def test_a_second_passkey_and_the_last_one(server: Shared) -> None:
    client, second = server.joined("Ada", "alpha", Role.VIEWER), Authenticator(ORIGIN)
    options: Any = client.post("/account/passkeys/begin").json()
    assert len(options["excludeCredentials"]) == 1
    sent: dict[str, Any] = {"credential": second.make(options), "label": "phone <b>"}
    assert client.post("/account/passkeys", json=sent).json() == {"to": "/account"}
    assert "phone &lt;b&gt;" in client.get("/account").text
    first, other = options["excludeCredentials"][0]["id"], sent["credential"]["id"]
    assert client.post(f"/account/passkeys/{first}/remove").status_code == 303
    assert client.post(f"/account/passkeys/{other}/remove").status_code == 422
    assert use_passkey(server.client(), second).status_code == 200


def test_a_passkey_of_somebody_else_is_not_removed(server: Shared) -> None:
    device = Authenticator(ORIGIN)
    server.joined("Ada", "alpha", Role.VIEWER, device)
    from authenticator import text

    server.joined("Bob", "alpha", Role.VIEWER).post(f"/account/passkeys/{text(device.id)}/remove")
    assert use_passkey(server.client(), device).status_code == 200


def test_signing_out_everywhere_ends_other_browsers(server: Shared) -> None:
    device = Authenticator(ORIGIN)
    first = server.joined("Ada", "alpha", Role.VIEWER, device)
    second = server.client()
    use_passkey(second, device)
    second.post("/account/sign-out-everywhere")
    assert first.get("/").status_code == 303


@pytest.mark.parametrize("to", ["//evil.example.org", "https://evil.example.org", "/\\evil", "x"])
def test_signing_in_leads_to_this_server_only(server: Shared, to: str) -> None:
    device = Authenticator(ORIGIN)
    client = server.joined("Ada", "alpha", Role.VIEWER, device)
    assert use_passkey(server.client(), device, to).json() == {"to": "/"}
    assert client.get("/sign-in", params={"to": to}).headers["location"] == "/"


def test_a_link_in_a_mail_leads_on_once(server: Shared) -> None:
    """The browser keeps a strict cookie back when it comes from elsewhere."""
    client = server.client()
    page = client.get("/sign-in?to=/s/alpha", headers={"sec-fetch-site": "cross-site"})
    assert 'content="0; url=/s/alpha"' in page.text


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"credential": 3}', b"{}", b"[" * 5000, b'{"credential": {"id": 7}}']
)
def test_what_no_browser_sends_is_refused(server: Shared, body: bytes) -> None:
    client = server.client()
    client.post("/sign-in/passkey/begin")
    answer = client.post("/sign-in/passkey", content=body)
    assert answer.status_code in {403, 422}


def test_a_long_body_is_not_read(server: Shared) -> None:
    answer = server.client().post("/sign-in/passkey", content=b"x" * 100_000)
    assert answer.status_code == 413


def test_beginning_many_sign_ins_fills_nothing(
    server: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ceremonies, "MOST", 20)
    for _ in range(50):
        server.client().post("/sign-in/passkey/begin")
    with server.database.reading() as transaction:
        assert len(transaction.rows("SELECT hash FROM ceremonies")) <= 20


def test_a_server_without_passkeys_has_none(tmp_path: Path) -> None:
    with shared(tmp_path, passkeys=False) as server:
        assert server.client().post("/sign-in/passkey/begin").status_code == 404
        assert "passkey" not in server.client().get("/sign-in").text.split("<details>")[0]


def test_a_forged_form_of_another_site_signs_nobody_out(server: Shared) -> None:
    client = server.joined("Ada", "alpha", Role.VIEWER)
    headers = {"origin": "https://evil.example.org", "sec-fetch-site": "cross-site"}
    assert client.post("/sign-out", headers=headers).status_code == 403
    assert client.get("/").status_code == 200

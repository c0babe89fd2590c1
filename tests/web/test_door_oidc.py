"""Sign-in at a provider of OpenID Connect, against a small one of the tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import RSAKey
from oidc_provider import CLIENT, SECRET, Provider, provider
from shared_server import Shared, shared, text_of

from exvivo.web.settings import Provider as Told
from exvivo.web.visitor import Role

if TYPE_CHECKING:
    from starlette.testclient import TestClient

KEY = RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture
def place() -> Iterator[Provider]:
    with provider() as made:
        made.key = KEY
        yield made


@pytest.fixture
def server(tmp_path: Path, place: Provider) -> Iterator[Shared]:
    told = Told(place.address, CLIENT, SECRET, "the university")
    with shared(tmp_path, provider=told, passkeys=False) as made:
        yield made


def there_and_back(client: TestClient, place: Provider, begin: str = "/sign-in/provider") -> Any:
    """The way of a browser to the provider and back."""
    sent = client.get(begin)
    assert sent.status_code == 303, sent.text
    back = place.authorize(sent.headers["location"])
    return client.get(back, headers={"sec-fetch-site": "cross-site"})


def joined(server: Shared, place: Provider) -> None:
    token = server.invited("Ada", "alpha", Role.ANALYST)
    client = server.client()
    assert "Join with the university" in text_of(client.get(f"/invitation/{token}"))
    assert there_and_back(client, place, f"/invitation/{token}/provider").status_code == 200
    assert client.get("/s/alpha").status_code == 200


def test_somebody_invited_joins_and_comes_back(server: Shared, place: Provider) -> None:
    joined(server, place)
    client = server.client()
    answer = there_and_back(client, place, "/sign-in/provider?to=/s/alpha")
    assert 'content="0; url=/s/alpha"' in answer.text, "a page of ours, so that the cookie goes on"
    assert client.get("/s/alpha").status_code == 200


def test_somebody_unknown_gets_no_account(server: Shared, place: Provider) -> None:
    joined(server, place)
    place.subject = "person-2"
    client = server.client()
    answer = there_and_back(client, place)
    assert answer.status_code == 403 and "no account for you" in text_of(answer)
    assert client.get("/").status_code == 303


LIES: dict[str, dict[str, Any]] = {
    "another client": {"aud": "another"},
    "several, not for us": {"aud": [CLIENT, "another"], "azp": "another"},
    "several, for nobody": {"aud": [CLIENT, "another"]},
    "another issuer": {"iss": "https://evil.example.org"},
    "another sign-in": {"nonce": "an old one"},
    "no nonce": {"nonce": None},
    "too old": {"exp": int(time.time()) - 3600},
    "no end": {"exp": None},
    "nobody": {"sub": None},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_token_for_something_else_is_refused(
    server: Shared, place: Provider, lie: dict[str, Any]
) -> None:
    joined(server, place)
    place.lies = lie
    client = server.client()
    assert there_and_back(client, place).status_code == 403
    assert client.get("/").status_code == 303


def test_another_key_signs_nothing(server: Shared, place: Provider) -> None:
    joined(server, place)
    place.signer = RSAKey.generate_key(2048, {"kid": "one"})
    assert there_and_back(server.client(), place).status_code == 403


def test_a_new_key_of_the_provider_is_asked_for(server: Shared, place: Provider) -> None:
    joined(server, place)
    place.key = RSAKey.generate_key(2048, {"kid": "two"})
    assert there_and_back(server.client(), place).status_code == 200


def test_an_answer_comes_back_once_and_to_its_browser(server: Shared, place: Provider) -> None:
    joined(server, place)
    client = server.client()
    back = place.authorize(client.get("/sign-in/provider").headers["location"])
    assert server.client().get(back).status_code == 403, "another browser"
    assert client.get(back.replace("state=", "state=x")).status_code == 403
    assert client.get(back).status_code == 403, "what was begun has ended"


def test_a_provider_that_is_away_is_said(server: Shared, place: Provider) -> None:
    place.about = {"issuer": "https://evil.example.org"}
    answer = server.client().get("/sign-in/provider")
    assert answer.status_code == 422 and "calls itself" in text_of(answer)


def test_no_provider_no_page(tmp_path: Path) -> None:
    with shared(tmp_path) as server:
        assert server.client().get("/sign-in/provider").status_code == 404
        assert server.client().get("/sign-in/return?code=x&state=y").status_code in {403, 404}

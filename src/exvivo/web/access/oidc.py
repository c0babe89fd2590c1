"""Sign-in at a provider (OpenID Connect, authorization code with PKCE): the browser goes there and
comes back with a code, for which the provider tells the door who it is, signed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from exvivo.errors import Mistake, UserMistake
from exvivo.web.access.passkeys import Refused
from exvivo.web.settings import Provider

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client
    from joserfc.jwk import KeySet

RETURN = "/sign-in/return"
"""Where the provider sends the browser back to."""
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""How a provider may sign: with a key whose public half it shows; never with our own secret."""
_SECONDS = 10.0
_LEEWAY = 60
_WELL_KNOWN = "/.well-known/openid-configuration"


class ProviderAway(UserMistake):
    """The provider does not answer, or not as one."""


@dataclass(frozen=True)
class Begun:
    """A sign-in that goes to the provider: where to, and what must come back with it."""

    address: str
    states: dict[str, str]


@dataclass
class Provided:
    """A provider, asked for its addresses and keys once and again when a key is new to us."""

    provider: Provider
    origin: str
    _about: dict[str, Any] = field(default_factory=dict)
    _keys: dict[str, Any] = field(default_factory=dict)

    def begin(self) -> Begun:
        """Where the browser is to go. Raises `ProviderAway`."""
        states = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._address(client, "authorization_endpoint"),
                state=states["state"],
                nonce=states["nonce"],
                code_verifier=states["verifier"],
            )
        return Begun(str(address), states)

    def subject(self, answer: Mapping[str, str], states: Mapping[str, str]) -> str:
        """Who came back, as the provider calls them for ever: its address and their subject.
        Raises `Refused` where the answer is not to what was begun, and `ProviderAway`.
        """
        state = answer.get("state", "")
        if not secrets.compare_digest(state.encode(), states["state"].encode()):
            raise Refused
        if (
            not answer.get("code")
            or answer.get("iss", self.provider.issuer) != self.provider.issuer
        ):
            raise Refused
        with self._client() as client:
            token = self._token(client, answer["code"], states["verifier"])
            claims = self._claims(client, token, states["nonce"])
        return f"{self.provider.issuer} {claims['sub']}"

    def _client(self) -> OAuth2Client:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            self.provider.client,
            self.provider.secret,
            redirect_uri=self.origin + RETURN,
            scope="openid",
            code_challenge_method="S256",
            timeout=_SECONDS,
            trust_env=False,
        )

    def _token(self, client: OAuth2Client, code: str, verifier: str) -> str:
        from authlib.integrations.base_client import OAuthError

        endpoint = self._address(client, "token_endpoint")
        try:
            with _asked(endpoint):
                token = client.fetch_token(endpoint, code=code, code_verifier=verifier)
        except OAuthError as error:
            raise Refused from error
        if not isinstance(token.get("id_token"), str):
            raise Refused
        return str(token["id_token"])

    def _claims(self, client: OAuth2Client, token: str, nonce: str) -> dict[str, Any]:
        """What the provider signed. Raises `Refused` where anybody else did, or for another."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        issuer, ours = self.provider.issuer, self.provider.client
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": ours},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
        )
        try:
            claims = self._decoded(client, token)
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise Refused from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else ours) != ours:
            raise Refused
        return claims

    def _decoded(self, client: OAuth2Client, token: str) -> dict[str, Any]:
        """The claims of a token; the keys are asked for again where it was signed with none of
        them.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            keys = self._key_set(client, again=False)
            return dict(jwt.decode(token, keys, algorithms=_ALGORITHMS).claims)
        except (JoseError, ValueError):
            keys = self._key_set(client, again=True)
            return dict(jwt.decode(token, keys, algorithms=_ALGORITHMS).claims)

    def _key_set(self, client: OAuth2Client, *, again: bool) -> KeySet:
        from joserfc.jwk import KeySet

        if again or not self._keys:
            self._keys = _json(client, self._address(client, "jwks_uri"))
        return KeySet.import_key_set(self._keys)  # type: ignore[arg-type]

    def _address(self, client: OAuth2Client, name: str) -> str:
        """One of the addresses that a provider tells of itself."""
        if not self._about:
            about = _json(client, self.provider.issuer.rstrip("/") + _WELL_KNOWN)
            if about.get("issuer") != self.provider.issuer:
                finding = f"a provider that calls itself {about.get('issuer')!r}"
                raise _away(self.provider.issuer, finding)
            self._about = about
        address = self._about.get(name)
        if not isinstance(address, str):
            raise _away(self.provider.issuer, f"no `{name}` in what it tells of itself")
        return address


@contextmanager
def _asked(address: str) -> Iterator[None]:
    """What goes wrong on the way to a provider, as what a person can act on."""
    import httpx2

    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise _away(address, f"no answer ({type(error).__name__})") from error


def _json(client: OAuth2Client, address: str) -> dict[str, Any]:
    with _asked(address):
        answer = client.request("GET", address, withhold_token=True)
        answer.raise_for_status()
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise _away(address, "an answer that is no JSON object")
    return told


def _away(address: str, finding: str) -> ProviderAway:
    cure = "try again in a minute; if it stays, tell whoever runs this server"
    return ProviderAway(Mistake(address, finding, "a provider of OpenID Connect", cure))

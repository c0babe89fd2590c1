"""What a server is started with, held against what can work and what is safe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from exvivo.errors import Mistake, UserMistake
from exvivo.web.access.audit import Walked, walked
from exvivo.web.access.invitations import invite
from exvivo.web.access.users import SERVER, user_named
from exvivo.web.database import Database
from exvivo.web.settings import UNIX_SOCKET, Provider, Proxy, Settings
from exvivo.web.visitor import Role

STATE = ".door"
"""The folder of the server's own database, hidden among the studies, where none is named."""
BY_COMMAND = "the command line"
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Asked:
    """What the command line asks for. `trusted` are addresses or networks of a proxy, or `unix`."""

    root: Path
    state: Path | None
    database: str
    origin: str
    passkeys: bool = True
    issuer: str = ""
    client: str = ""
    secret: str = ""
    label: str = ""
    header: str = ""
    trusted: Sequence[str] = ()
    hours: float = 12.0


def state_of(root: Path, state: Path | None) -> Path:
    """The folder of a server's own database."""
    return state or root / STATE


def server_settings(asked: Asked) -> Settings:
    """The settings of a server. Raises `UserMistake` with all that cannot work or is not safe."""
    if mistakes := [*_origin(asked), *_ways(asked), *_provider(asked), *_proxy(asked)]:
        raise UserMistake(mistakes)
    provider = Provider(asked.issuer, asked.client, asked.secret, asked.label or "your institution")
    return Settings(
        asked.root.resolve(),
        state_of(asked.root, asked.state).resolve(),
        "server",
        hosts=(urlsplit(asked.origin).netloc,),
        database=asked.database,
        origin=asked.origin.rstrip("/"),
        passkeys=asked.passkeys,
        provider=provider if asked.issuer else None,
        proxy=Proxy(asked.header, tuple(asked.trusted)) if asked.header else None,
        session_hours=asked.hours,
    )


def _is_safe(address: SplitResult) -> bool:
    return address.scheme == "https" or (address.scheme == "http" and address.hostname in _HERE)


def _origin(asked: Asked) -> Iterator[Mistake]:
    address = urlsplit(asked.origin)
    expected = "https:// and a name, as people type it: https://exvivo.example.org"
    bare = not (address.path.strip("/") or address.query or address.fragment or address.username)
    if not address.hostname or not bare or address.netloc != address.netloc.lower():
        yield Mistake("--origin", repr(asked.origin), expected, "leave away all behind the name")
    elif not _is_safe(address):
        cure = "let a proxy in front of it speak https (docs/door/server.md)"
        yield Mistake("--origin", f"{asked.origin!r}, which is not encrypted", expected, cure)
    elif asked.passkeys and _is_number(address.hostname):
        cure = "give the server a name, or use --no-passkeys"
        yield Mistake("--origin", "a number: passkeys are made for names", expected, cure)


def _is_number(host: str) -> bool:
    try:
        return ip_address(host) is not None
    except ValueError:
        return False


def _ways(asked: Asked) -> Iterator[Mistake]:
    if not (asked.passkeys or asked.issuer or asked.header):
        yield Mistake(
            "sign-in",
            "no way to sign in",
            "passkeys, a provider or a proxy",
            "leave --no-passkeys away, or add --provider or --proxy-header",
        )


def _provider(asked: Asked) -> Iterator[Mistake]:
    if not asked.issuer:
        return
    if not _is_safe(urlsplit(asked.issuer)):
        yield Mistake("--provider", repr(asked.issuer), "an address with https://", "correct it")
    if not asked.client or not asked.secret:
        yield Mistake(
            "--provider",
            "no name of this server at the provider (--client), or no secret",
            "both, as the provider gave them",
            "add --client, and the secret as EXVIVO_CLIENT_SECRET or --client-secret-file",
        )


def _proxy(asked: Asked) -> Iterator[Mistake]:
    if bool(asked.header) != bool(asked.trusted):
        yield Mistake(
            "--proxy-header",
            "a header without a proxy that is trusted, or the other way round",
            "both: anybody can send a header",
            "name the address of the proxy with --trust (or `--trust unix`)",
        )
    for each in asked.trusted:
        if not _is_network(each):
            expected = "an address (10.0.0.5), a network (10.0.0.0/24) or unix"
            yield Mistake("--trust", repr(each), expected, "correct it")


def _is_network(text: str) -> bool:
    """Whether a text is one address or network, and not the whole world."""
    if text == UNIX_SOCKET:
        return True
    try:
        return ip_network(text).prefixlen > 0
    except ValueError:
        return False


def steward_link(settings: Settings, database: Database, name: str) -> str:
    """The link by which somebody becomes a steward: whoever may start the server may make one. Who
    has an account keeps it, and makes a new passkey.
    """
    with database.writing() as transaction:
        known = user_named(transaction, name)
        user_id = known.id if known else ""
        token = invite(transaction, name, {SERVER: Role.STEWARD}, BY_COMMAND, user_id)
    return f"{settings.origin}/invitation/{token}"


def audited(database: Database, expect: str = "") -> Walked:
    """The audit of a server, walked from its first row."""
    with database.reading() as transaction:
        return walked(transaction, expect=expect)

"""`serve`, `audit`, `backup` and `restore`: a server that several people share."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from exvivo.cli.door import (
    USERS_MISTAKE,
    as_json_option,
    door,
    echo,
    folder_argument,
    print_json,
    steps,
)
from exvivo.cli.starting import kept_for_good
from exvivo.errors import Mistake, StudyError
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.web.database import Database
    from exvivo.web.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
_EXTRA = "pip install 'exvivo[server]'"


def _database_options(command: Command) -> Command:
    """Where the server keeps its own database."""
    command = click.option(
        "--database",
        metavar="URL",
        default="",
        envvar="EXVIVO_DATABASE",
        help="A Postgres database (postgresql://...), for more than one host.  [SQLite in --state]",
    )(command)
    return click.option(
        "--state",
        metavar="DIR",
        type=click.Path(path_type=Path),
        envvar="EXVIVO_STATE",
        help="Where the server keeps its own database.  [FOLDER/.door]",
    )(command)


def _sign_in_options(command: Command) -> Command:
    """How people sign in."""
    options: tuple[tuple[str, dict[str, Any]], ...] = (
        ("--passkeys/--no-passkeys", {"default": True, "help": "Sign-in with passkeys.  [yes]"}),
        ("--provider", {"metavar": "URL", "help": "Sign-in by OpenID Connect: its issuer."}),
        ("--client", {"metavar": "ID", "help": "The name of this server at the provider."}),
        (
            "--client-secret-file",
            {
                "type": click.Path(path_type=Path, exists=True, dir_okay=False),
                "help": "A file with the secret; else EXVIVO_CLIENT_SECRET holds it.",
            },
        ),
        ("--provider-label", {"metavar": "NAME", "help": "What people call the provider."}),
        (
            "--proxy-header",
            {"metavar": "NAME", "help": "The header in which a proxy names people."},
        ),
        (
            "--trust",
            {"multiple": True, "metavar": "ADDRESS", "help": "The proxy: an address, or unix."},
        ),
        ("--hours", {"type": click.FloatRange(0.1, 24 * 30), "default": 12.0}),
    )
    for name, settings in reversed(options):
        variable = "EXVIVO_" + name.split("/")[0].strip("-").replace("-", "_").upper()
        command = click.option(name, envvar=variable, **settings)(command)
    return command


@click.command(short_help="Share the studies in FOLDER with several people.")
@folder_argument()
@click.option(
    "--origin",
    required=True,
    metavar="URL",
    envvar="EXVIVO_ORIGIN",
    help="How people reach it: https://exvivo.example.org",
)
@click.option(
    "--listen",
    default="127.0.0.1:8000",
    show_default=True,
    metavar="ADDRESS",
    envvar="EXVIVO_LISTEN",
    help="Where the proxy that speaks https reaches it: ADDRESS:PORT or unix:PATH.",
)
@_database_options
@_sign_in_options
@click.option(
    "--invite",
    metavar="NAME",
    help="Print a link by which NAME becomes a steward, and end. Works while the server runs.",
)
def serve(folder: Path, listen: str, invite: str | None, **asked: Any) -> None:
    """Share the studies in FOLDER with several people, each with a role in each study.

    It speaks http to a proxy in front of it, which speaks https to people. Make the first steward
    with --invite. docs/door/server.md says how to run it, back it up, and what it trusts.
    """
    with door(folder, False):
        settings = _settings(folder, asked)
        if invite is not None:
            _print_link(settings, invite)
            return
        _run(settings, listen)


def _settings(folder: Path, asked: dict[str, Any]) -> Settings:
    _refuse_no_folder(folder)
    with _installed():
        from exvivo.web.access.server import Asked, server_settings
    return server_settings(
        Asked(
            folder,
            asked["state"],
            asked["database"],
            asked["origin"],
            passkeys=asked["passkeys"],
            issuer=asked["provider"] or "",
            client=asked["client"] or "",
            secret=_secret(asked["client_secret_file"]),
            label=asked["provider_label"] or "",
            header=asked["proxy_header"] or "",
            trusted=asked["trust"],
            hours=asked["hours"],
        )
    )


def _refuse_no_folder(folder: Path) -> None:
    if not folder.is_dir():
        cure = "name the folder that holds (or is to hold) the studies"
        raise StudyError(Mistake(str(folder), "no such folder", "a folder", cure))


@contextlib.contextmanager
def _installed() -> Iterator[None]:
    """What lacks where the extra is not installed, with its cure."""
    try:
        yield
    except ModuleNotFoundError as lacking:
        finding = f"the package {lacking.name}, which is not installed"
        mistake = Mistake("exvivo", finding, "the extra `server` of exvivo", _EXTRA)
        raise StudyError(mistake) from None


def _secret(file: Path | None) -> str:
    """The secret of the server at the provider: never an argument, which other users could see."""
    if file is not None:
        return file.read_text("utf-8").strip()
    return os.environ.get("EXVIVO_CLIENT_SECRET", "").strip()


def _print_link(settings: Settings, name: str) -> None:
    from exvivo.web.access.server import steward_link

    database = _opened(settings.root, settings.state, settings.database)
    try:
        link = steward_link(settings, database, name)
    finally:
        database.close()
    echo(f"{name} becomes a steward with this link, once, within seven days:\n{link}")


def _run(settings: Settings, listen: str) -> None:
    """Listen until somebody stops it."""
    with kept_for_good(), _installed():
        import uvicorn

        from exvivo.web.app import make_app
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    app, listener = make_app(settings), _listener(listen)
    echo(f"exvivo serves {settings.root} as {settings.origin}, listening on {listen}")
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # addresses of invitations are secrets
        proxy_headers=False,  # the address of a connection is whom it is from, whatever it says
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listener(listen: str) -> socket.socket:
    """A socket that listens; a Unix socket is for the own group only."""
    try:
        return _unix(Path(listen[5:])) if listen.startswith("unix:") else _internet(listen)
    except (OSError, ValueError) as error:
        expected, cure = "ADDRESS:PORT that is free, or unix:PATH", "name another with --listen"
        mistake = Mistake("--listen", f"{listen!r} ({error})", expected, cure)
        raise StudyError(mistake) from None


def _unix(path: Path) -> socket.socket:
    if path.is_socket():
        path.unlink()
    listener, mask = socket.socket(socket.AF_UNIX), os.umask(0o117)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    return listener


def _internet(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host.strip("[]"), int(port)))
    return listener


def _opened(folder: Path, state: Path | None, address: str) -> Database:
    """The database of a server."""
    with _installed():
        from exvivo.web.access.server import state_of
        from exvivo.web.database import DATABASE, open_database
    place = state_of(folder, state)
    if not address:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open_database(address or place / DATABASE)


def _digits(context: click.Context, parameter: click.Parameter, text: str | None) -> str:
    """The hash that is expected: 12 of its digits or more."""
    digits = (text or "").strip().lower()
    if digits and not re.fullmatch("[0-9a-f]{12,64}", digits):
        raise click.BadParameter("12 to 64 of the digits 0-9 and a-f")
    return digits


@click.command(short_help="Say whether the record of who did what on a server stands.")
@folder_argument()
@_database_options
@click.option("--expect", metavar="HASH", callback=_digits, help="A head that you kept elsewhere.")
@as_json_option
def audit(folder: Path, state: Path | None, database: str, expect: str, as_json: bool) -> None:
    """Walk the record of who signed in, got a role or ran a study on the server of FOLDER, from its
    first row. Exits with 2 if a row was changed, moved, put in or taken out.
    """
    with door(folder, as_json):
        _refuse_no_folder(folder)
        with _installed():
            from exvivo.web.access.server import audited
        opened = _opened(folder, state, database)
        try:
            chain = audited(opened, expect)
        finally:
            opened.close()
    if as_json:
        print_json({"stands": not chain.broken, **asdict(chain)})
    elif chain.broken:
        wrong = "\n".join(f"row {each.number}: {each.what}" for each in chain.broken)
        echo(f"The record does not stand:\n{wrong}\nBring the last backup back that stands.")
    else:
        echo(f"All stands: {counted(chain.rows, 'row')} in one chain.\nhead {chain.head}")
    if chain.broken:
        sys.exit(USERS_MISTAKE)


@click.command(short_help="Back up a server: every study, and its own database.")
@folder_argument()
@click.option(
    "--to",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder of backups; each content is in it once.",
)
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(min=1),
    help="Keep the last N backups, and delete what only older ones hold.",
)
@_database_options
@as_json_option
def backup(
    folder: Path, to: Path, keep: int | None, state: Path | None, database: str, as_json: bool
) -> None:
    """Back up the studies in FOLDER and the database of their server into a folder of backups,
    while people work. Only what is new is copied.

    A backup holds what people gave you, names as well: keep it where only you can read it.
    """
    with door(folder, as_json):
        _refuse_no_folder(folder)
        with _installed():
            from exvivo.web.backup import back_up
            from exvivo.web.shelf import Shelf
        opened = _opened(folder, state, database)
        try:
            with steps(as_json) as progress:
                made = back_up(Shelf(folder), opened, to, keep=keep, progress=progress)
        finally:
            opened.close()
    if as_json:
        print_json(asdict(made))
        return
    studies, files = counted(made.studies, "study", "studies"), counted(made.files, "file")
    echo(f"Backup {made.name}: {studies}, {files}.")
    for each in made.skipped:
        echo(f"Not in it, a link or no file: {each}")
    if made.dropped:
        echo(f"Deleted: {counted(len(made.dropped), 'older backup')}.")


@click.command(short_help="Bring a server back from a backup.")
@click.argument("source", metavar="DIR", type=click.Path(path_type=Path))
@folder_argument()
@click.option("--of", "name", metavar="NAME", default="", help="Which backup.  [the last]")
@_database_options
@as_json_option
def restore(
    source: Path, folder: Path, name: str, state: Path | None, database: str, as_json: bool
) -> None:
    """Write the studies of the backup in DIR into FOLDER, which must be empty, and the database of
    the server into an empty one (--state, --database; also from SQLite to Postgres).

    Every file is held against its hash. Nobody is signed in afterwards.
    """
    with door(folder, as_json):
        with _installed():
            from exvivo.web.backup import bring_back
        opened = _opened(folder, state, database)
        try:
            with steps(as_json) as progress:
                made = bring_back(source, folder, opened, name=name, progress=progress)
        finally:
            opened.close()
    files = sum(map(len, made.studies.values()))
    if as_json:
        print_json({"name": made.name, "studies": sorted(made.studies), "files": files})
        return
    studies = counted(len(made.studies), "study", "studies")
    echo(f"Brought back {made.name}: {studies}, {counted(files, 'file')}.")
    echo("Start the server as before: `exvivo serve`, with the same --state or --database.")

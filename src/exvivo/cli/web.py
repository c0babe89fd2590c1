"""`open`: the whole product in a browser, for one person on this computer."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from pathlib import Path
from urllib.parse import quote

import click

from exvivo.cli.door import door, echo, folder_argument
from exvivo.cli.starting import kept_for_good
from exvivo.errors import Mistake, StudyError

_EXTRA = "pip install 'exvivo[web]'"


@click.command(name="open", short_help="Work in the browser: every page, no terminal.")
@folder_argument(default=".")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port to listen on; without it a free one is taken.",
)
@click.option(
    "--browser/--no-browser",
    default=True,
    show_default=True,
    help="Open the address in your browser, or only print it.",
)
def open_(folder: Path, port: int, browser: bool) -> None:
    """Work in the browser with the study in FOLDER, or with all studies that FOLDER holds.

    Listens on 127.0.0.1 only. The address that is printed opens the door once; anybody else on
    this computer is refused. Ctrl-C closes it.
    """
    with door(folder, False):
        root, study = _root_of(folder)
        _serve(root, study, port, browser)


def _root_of(folder: Path) -> tuple[Path, str]:
    """The folder of the studies, and the study that was named."""
    from exvivo.study.files import STUDY_FILE

    whole = folder.resolve()
    if (whole / STUDY_FILE).is_file():
        return whole.parent, whole.name
    if not whole.is_dir():
        cure = "name a study folder, or a folder that holds your studies"
        raise StudyError(Mistake(str(folder), "no such folder", "a folder", cure))
    return whole, ""


def _serve(root: Path, study: str, port: int, browser: bool) -> None:
    """Listen until somebody stops it."""
    with kept_for_good():
        try:
            import uvicorn

            from exvivo.web.app import make_app
            from exvivo.web.settings import Settings
        except ModuleNotFoundError as lacking:
            finding = f"the package {lacking.name}, which is not installed"
            raise StudyError(
                Mistake("exvivo open", finding, "the extra `web` of exvivo", _EXTRA)
            ) from None
        listener = _listener(port)
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        token = secrets.token_urlsafe(24)
        state = state_folder(root)
        app = make_app(
            Settings(root, state, hosts=(host, host.replace("127.0.0.1", "localhost")), token=token)
        )
    to = f"&to={quote(f'/s/{quote(study)}', safe='')}" if study else ""
    address = f"http://{host}/enter?token={token}{to}"
    echo(f"exvivo is open at {address}\nIt opens once. Ctrl-C closes it.")
    if browser:
        click.launch(address)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    uvicorn.Server(config).run(sockets=[listener])


def _listener(port: int) -> socket.socket:
    """A socket of 127.0.0.1."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        cure = "leave --port away, or name another"
        finding = f"port {port}, which another program uses"
        raise StudyError(Mistake("exvivo open", finding, "a free port", cure)) from None
    return listener


def state_folder(root: Path) -> Path:
    """Where a local door keeps its own database: in the folder of the user for such things, one for
    each folder of studies.
    """
    own = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return Path(own) / "exvivo" / f"door-{name}"

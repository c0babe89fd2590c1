"""`fetch`: dictionary, events and records of a REDCap project, through its API."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, door, echo_lines, folder_argument, print_json, steps
from exvivo.errors import Mistake, StudyError, command
from exvivo.words import counted, shortened

if TYPE_CHECKING:
    from exvivo.read.redcap.api import Fetched
    from exvivo.study import Redcap

_PLACE = "redcap"
"""The folder of the files where study.yaml names none."""


@click.command(short_help="Download a REDCap project through its API.")
@folder_argument()
@click.option("--address", default="", help="The address of the API; else that of study.yaml.")
@click.option(
    "--also",
    multiple=True,
    help="A field to ask for though it is marked Identifier, as the day of birth.",
)
@click.option("--replace", is_flag=True, help="Replace files of an earlier download.")
@as_json_option
def fetch(folder: Path, address: str, also: tuple[str, ...], replace: bool, as_json: bool) -> None:
    """Download the data dictionary, the events and the records (raw) of a REDCap project into
    FOLDER, as files that are then read as any export.

    The token is read from the variable EXVIVO_REDCAP_TOKEN, and written nowhere. Fields marked
    Identifier stay in REDCap, but for those that `redcap` in study.yaml or --also names. The files
    are those that study.yaml names, else redcap/dictionary.csv, events.csv and data.csv in FOLDER.

    It needs PyCap: pip install 'exvivo[redcap]'.
    """
    with door(folder, as_json), steps(as_json) as progress:
        redcap = _redcap(folder)
        names = _names(redcap)
        _check_places(folder, names, replace)
        progress("asking REDCap")
        fetched = _download(address, redcap, {*also, *_needed(redcap)})
        progress("")
        written = {names[usual]: raw for usual, raw in fetched.files.items()}
        for name, raw in written.items():
            _write(folder / name, raw)
        _say(folder, written, fetched, redcap, as_json)


def _download(address: str, redcap: Redcap | None, needed: set[str]) -> Fetched:
    from exvivo.read.redcap import api

    address = address or (redcap.address if redcap else "")
    return api.fetch(address, os.environ.get(api.TOKEN, ""), needed=needed)


def _redcap(folder: Path) -> Redcap | None:
    """The block `redcap` of study.yaml; None without one."""
    from exvivo.study.files import STUDY_FILE
    from exvivo.study.load import read_study_file

    if not (folder / STUDY_FILE).exists():
        return None
    study, _ = read_study_file(folder)
    return study.redcap


def _needed(redcap: Redcap | None) -> set[str]:
    """The fields that study.yaml reads even where they are marked Identifier."""
    if redcap is None:
        return set()
    dates = (redcap.born, redcap.seen, redcap.drawn, *(each.date for each in redcap.instances))
    return {redcap.donor, redcap.group, *dates} - {""}


def _names(redcap: Redcap | None) -> dict[str, str]:
    """The name of each file, by its usual name."""
    from exvivo.read.redcap.api import DATA, DICTIONARY, EVENTS

    own = (redcap.dictionary, redcap.events, redcap.data) if redcap else ("", "", "")
    usual = (DICTIONARY, EVENTS, DATA)
    return {name: told or f"{_PLACE}/{name}" for name, told in zip(usual, own, strict=True)}


def _check_places(folder: Path, names: Mapping[str, str], replace: bool) -> None:
    """Raises `StudyError` for a file outside the folder, and for one that is there."""
    mistakes = []
    root = folder.resolve()
    for name in names.values():
        path = (root / name).resolve()
        if PurePosixPath(name).is_absolute() or not path.is_relative_to(root):
            cure = "name a file inside the study folder"
            mistakes.append(Mistake("study.yaml redcap", f"the file {name}", cure, cure))
        elif path.exists() and not replace:
            cure = "--replace puts the new files in their place"
            mistakes.append(Mistake(str(folder / name), "a file", "no file yet", cure))
    if mistakes:
        raise StudyError(mistakes)


def _write(path: Path, raw: bytes) -> None:
    """A file, whole or not at all; readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(raw)
    new.replace(path)


def _say(
    folder: Path,
    written: Mapping[str, bytes],
    fetched: Fetched,
    redcap: Redcap | None,
    as_json: bool,
) -> None:
    missing = dict(fetched.missing)
    if as_json:
        facts = {"files": list(written), "withheld": list(fetched.withheld), "missing": missing}
        print_json(facts)
        return
    lines = [f"Written: {', '.join(written)}"]
    if fetched.withheld:
        names = shortened(list(fetched.withheld))
        number = counted(len(fetched.withheld), "field")
        lines.append(f"Left in REDCap: {number} marked Identifier ({names})")
    if missing and (redcap is None or redcap.missing != missing):
        codes = ", ".join(f"{code}: {label}" for code, label in missing.items())
        lines.append(f"Missing-data codes of the project, for study.yaml: missing: {{{codes}}}")
    if redcap is not None:
        lines.append(f"Next: {command('check', folder)}")
    echo_lines(lines)

"""Studies that are being begun: files and tables that were handed in, before anything is drafted.

Each lies in a hidden folder of the studies, so that a whole study takes its place at once. It is
for the visitor who began it and for nobody else.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exvivo.errors import Mistake, StudyError
from exvivo.web.shelf import NoStudy, Shelf
from exvivo.web.uploads import files_below
from exvivo.web.visitor import Visitor

FOLDER = ".new"
_ID = re.compile(r"[0-9a-f]{24}")
_OWNER, _ABOUT, _RAW, _STUDY = "owner.json", "about.json", "raw", "study"
Table = Literal["donors", "clinic"]
_ENDS = (".csv", ".tsv", ".xlsx", ".txt")
_LONGEST_NAME = 100


def new_id() -> str:
    """A name for a study that is being begun, which nobody can guess."""
    return secrets.token_hex(12)


@dataclass(frozen=True)
class Begun:
    """A study that is being begun: its id and its folder, which is made with the first thing that
    is handed in.
    """

    id: str
    folder: Path

    @property
    def study(self) -> Path:
        """The folder that becomes the study."""
        return self.folder / _STUDY

    @property
    def raw(self) -> Path:
        """The folder of its instrument files."""
        return self.study / _RAW

    @property
    def files(self) -> list[str]:
        """The names of its instrument files."""
        return files_below(self.raw)

    def table(self, kind: Table) -> Path | None:
        """The table of people that was handed in; None where there is none."""
        folder = self.folder / kind
        names = sorted(folder.iterdir()) if folder.is_dir() else []
        return names[0] if names else None

    def keep_table(self, kind: Table, name: str, raw: bytes) -> None:
        """Keep a table of people as it was handed in, in the place of the one before; without
        bytes there is none any more.
        """
        folder = self.folder / kind
        shutil.rmtree(folder, ignore_errors=True)
        if raw:
            folder.mkdir(parents=True)
            end = Path(name).suffix.lower()
            (folder / f"{kind}{end if end in _ENDS else '.csv'}").write_bytes(raw)

    @property
    def about(self) -> dict[str, str]:
        """What was typed: the name."""
        path = self.folder / _ABOUT
        return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}

    def remember(self, **about: str) -> None:
        """Keep what was typed."""
        text = json.dumps({**self.about, **about}, ensure_ascii=False)
        (self.folder / _ABOUT).write_text(text, "utf-8")

    def discard(self) -> None:
        """Take all of it away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def take_place(self, shelf: Shelf, name: str) -> None:
        """Put the drafted study among the studies under a name; all at once."""
        refuse_name(shelf, name)
        self.study.rename(shelf.root / name)
        self.discard()


def begun(shelf: Shelf, visitor: Visitor, identifier: str, *, make: bool = False) -> Begun:
    """A study that a visitor has begun, or with `make` begins now. Raises `NoStudy` where it is
    another's.
    """
    folder = shelf.root / FOLDER / identifier
    if not _ID.fullmatch(identifier):
        raise NoStudy(identifier)
    owner = folder / _OWNER
    if owner.is_file():
        if json.loads(owner.read_text("utf-8")) != visitor.user:
            raise NoStudy(identifier)
    elif make:
        folder.mkdir(parents=True, exist_ok=True)
        owner.write_text(json.dumps(visitor.user), "utf-8")
    return Begun(identifier, folder)


def all_begun(shelf: Shelf, visitor: Visitor) -> list[Begun]:
    """The studies that a visitor has begun and not finished, the latest first."""
    owners = sorted((shelf.root / FOLDER).glob(f"*/{_OWNER}"), key=_changed, reverse=True)
    own = (path for path in owners if json.loads(path.read_text("utf-8")) == visitor.user)
    return [Begun(path.parent.name, path.parent) for path in own]


def _changed(path: Path) -> float:
    return path.parent.stat().st_mtime


def refuse_name(shelf: Shelf, name: str) -> None:
    """Raises `StudyError` for a name that a study cannot have, or that another has."""
    expected = "a short name of letters, digits and spaces (TNF after LPS)"
    cure = "write another name"
    if not name:
        raise StudyError(Mistake("Name of the study", "nothing", expected, cure))
    if not Shelf.is_name(name) or len(name) > _LONGEST_NAME or set(name) & set('<>:"|?*'):
        raise StudyError(Mistake("Name of the study", name[:80], expected, cure))
    taken = {path.name.casefold() for path in shelf.root.iterdir()}
    if name.casefold() in taken:
        finding = f"{name}: a study of this name is here already"
        raise StudyError(Mistake("Name of the study", finding, "a new name", cure))

"""What a backup holds: the studies with their files, the rows of the database, the head of its
audit. A manifest carries its own hash; a damaged one is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exvivo.errors import Mistake, StoreError
from exvivo.web.backup.objects import sync
from exvivo.web.backup.studies import Kept

_FOLDER = "backups"


@dataclass(frozen=True)
class Manifest:
    """One backup: when it was made, by which version; the studies by name; the content that holds
    the rows; the head of the audit.
    """

    made: str
    version: str
    studies: Mapping[str, tuple[Kept, ...]]
    rows: str
    head: str

    @property
    def name(self) -> str:
        """The name by which people ask for it: its time."""
        return self.made.replace(":", "").replace("+0000", "Z")

    @property
    def contents(self) -> set[str]:
        """The contents that it needs."""
        return {self.rows, *(each.sha256 for files in self.studies.values() for each in files)}


def write(folder: Path, manifest: Manifest) -> Path:
    """Put a manifest into the folder of backups, as the last thing of a backup."""
    path = folder / _FOLDER / f"{manifest.name}.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    body = _body(manifest)
    text = json.dumps({"sha256": _hash(body), **body}, ensure_ascii=False, indent=1)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    part.rename(path)
    sync(path.parent)
    return path


def _body(manifest: Manifest) -> dict[str, Any]:
    studies = {
        name: [[each.path, each.sha256, each.bytes, list(each.stamp)] for each in files]
        for name, files in manifest.studies.items()
    }
    facts = {"made": manifest.made, "version": manifest.version, "head": manifest.head}
    return {"exvivo_backup": 1, **facts, "rows": manifest.rows, "studies": studies}


def _hash(body: dict[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def names(folder: Path) -> list[str]:
    """The backups in a folder, the oldest first."""
    return sorted(path.stem for path in (folder / _FOLDER).glob("*.json"))


def read(folder: Path, name: str) -> Manifest:
    """One backup of a folder. Raises `StoreError` where it is not there or damaged."""
    path = folder / _FOLDER / f"{name}.json"
    if name not in names(folder):
        there = ", ".join(names(folder)[-5:]) or "none"
        raise StoreError(
            Mistake(str(folder), f"no backup {name!r}", f"one of: {there}", "name one with --of")
        )
    try:
        body = json.loads(path.read_text("utf-8"))
        if _hash({key: value for key, value in body.items() if key != "sha256"}) != body["sha256"]:
            raise ValueError("another hash")
        studies = {study: _files(listed) for study, listed in body["studies"].items()}
        return Manifest(body["made"], body["version"], studies, body["rows"], body["head"])
    except (ValueError, KeyError, TypeError) as error:
        cure = "restore another backup (`--of`)"
        mistake = Mistake(str(path), "a damaged list of contents", "as it was written", cure)
        raise StoreError(mistake) from error


def _files(listed: list[list[Any]]) -> tuple[Kept, ...]:
    return tuple(Kept(path, sha256, size, tuple(stamp)) for path, sha256, size, stamp in listed)


def drop(folder: Path, name: str) -> None:
    """Take a backup out of the list."""
    (folder / _FOLDER / f"{name}.json").unlink()

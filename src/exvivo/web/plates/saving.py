"""Saving the layout of a plate: the lines that changed; or, the first time that a grid, a workbook
or a plate without a layout is painted, a file of lines beside it, which study.yaml then names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from exvivo.study.files import STUDY_FILE
from exvivo.study.load import Examined
from exvivo.web.edits import Edit, put, save, version
from exvivo.web.plates.layouts import Form, Shown, bytes_after

Changes = Mapping[str, Mapping[str, str]]


class Outdated(Exception):
    """The layout is not any more what the page showed."""


@dataclass(frozen=True)
class Saved:
    """A layout that was saved: its file, the hash of that, and what the visitor should know."""

    file: str
    version: str
    note: str = ""


def save_cells(
    folder: Path, examined: Examined, layout: Shown, changes: Changes, *, expected: str, who: str
) -> Saved:
    """Save changed cells of a layout. Raises `Outdated` where it changed since the page was made,
    `StudyError` where its file cannot be changed.
    """
    if expected != layout.version:
        raise Outdated
    return save_bytes(folder, layout, bytes_after(layout, examined, changes), who=who)


def save_bytes(folder: Path, layout: Shown, raw: bytes, *, who: str) -> Saved:
    """Save a whole layout in place of the one that is shown. Raises `Conflict` where it changed
    since it was read.
    """
    file = layout.target
    expected = layout.version if file == layout.file else version(folder, file)
    put(folder, file, raw, expected=expected, who=who)
    if layout.plate.layout == file:
        return Saved(file, sha256(raw).hexdigest())
    at = ("plates", layout.plate.id, "layout")
    named = Edit(at, layout.plate.layout or None, file)
    save(folder, STUDY_FILE, [named], expected=version(folder, STUDY_FILE), who=who)
    note = f"The layout is now {file}, one line a well; study.yaml names it."
    return Saved(file, sha256(raw).hexdigest(), note)


def on_first_save(layout: Shown) -> str:
    """What the first save does beside saving; empty where nothing."""
    file = layout.target
    if layout.form in (Form.GRID, Form.WORKBOOK):
        drawn = "drawn as a grid" if layout.form is Form.GRID else "a workbook"
        return (
            f"This layout is {drawn}. The first save writes one line a well into `{file}`, and "
            f"`layout` of the plate in study.yaml then names that file. `{layout.file}` stays as "
            "it is; nothing is read from it for this plate any more."
        )
    if layout.form is Form.NAMES:
        return (
            "The instrument file names the wells; they are shown in italics. A well that you paint "
            f"is written into `{file}` and goes before its name in the file; the others stay "
            "as they are named. study.yaml then names that layout."
        )
    if layout.form is Form.NONE:
        names = "" if layout.plate.layout else ", and study.yaml then names that file"
        return (
            f"This plate has no layout yet. The first save writes one line a well into `{file}`"
            f"{names}."
        )
    return ""

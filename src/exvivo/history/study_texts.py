"""The study of an earlier run, read back from the texts that the record keeps of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from exvivo.errors import UserMistake
from exvivo.study import Study
from exvivo.study.files import (
    DONORS_FILE,
    DONORS_OF_REDCAP,
    EXCLUSIONS_FILE,
    STUDY_FILE,
    forms_of,
)
from exvivo.study.load import examine

Texts = Mapping[str, bytes | None]
"""Texts by the path of their file in the study folder; None where one was erased."""


@dataclass(frozen=True)
class Reread:
    """The study that some texts give; `study` is None where study.yaml is not among them or is not
    of a grammar that this version reads. `lines` are those of study.yaml.
    """

    study: Study | None
    lines: tuple[str, ...] | None


def reread(texts: Texts) -> Reread:
    """A study from its texts, with the tables that are among them. Its mistakes are passed over:
    instrument files are never there.
    """
    text = texts.get(STUDY_FILE)
    if text is None:
        return Reread(None, None)
    lines = tuple(text.decode("utf-8-sig", "replace").splitlines())
    with TemporaryDirectory(prefix="exvivo-") as folder:
        root = Path(folder).resolve()
        for name, content in texts.items():
            if content is not None and not name.startswith("results/"):
                _write(root, name, content)
        if (donors := texts.get(DONORS_OF_REDCAP)) is not None:
            _write(root, DONORS_FILE, donors)
        return Reread(_examined(root), lines)


def _write(root: Path, name: str, content: bytes) -> None:
    """Write a text below a folder, and none anywhere else."""
    path = (root / name).resolve()
    if path.is_relative_to(root) and path != root:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _examined(root: Path) -> Study | None:
    try:
        return examine(root).study
    except UserMistake:
        return None


def exclusion_lines(texts: Texts) -> tuple[str, ...]:
    """The lines of the table of exclusions, without its heading; of a workbook its hash alone."""
    lines = lines_of(exclusions_in(texts))
    return lines[1:]


def exclusions_in(texts: Texts) -> bytes | None:
    """The table of exclusions among some texts."""
    forms = (texts.get(name) for name in forms_of(EXCLUSIONS_FILE))
    return next((text for text in forms if text is not None), None)


def lines_of(text: bytes | None) -> tuple[str, ...]:
    """The lines of a small table, without its empty ones; its heading is the first."""
    raw = text or b""
    if b"\0" in raw:
        return "a workbook", f"a workbook, sha256 {hashlib.sha256(raw).hexdigest()}"
    decoded = raw.decode("utf-8-sig", "replace")
    return tuple(line.strip() for line in decoded.splitlines() if line.strip())

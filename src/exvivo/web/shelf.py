"""The studies of a door: every folder of its root that holds study.yaml, by the name of the
folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from exvivo.errors import ExvivoError
from exvivo.study.files import STUDY_FILE, UNTITLED
from exvivo.visible import one_line

_LONGEST_NAME = 255
"""Bytes of the name of a folder, on most disks."""


class NoStudy(ExvivoError):
    """A study that is not there, or not for this visitor: the two look the same from outside."""

    def __init__(self, study: str) -> None:
        super().__init__(f"no study {study!r}")
        self.study = study


@dataclass
class Shelf:
    """The studies below `root`. Titles are kept until their file changes."""

    root: Path
    _titles: dict[str, tuple[tuple[int, int], str]] = field(default_factory=dict)

    def studies(self) -> list[str]:
        """The studies by their names, in order."""
        if not self.root.is_dir():
            return []
        return sorted(self._names(), key=str.casefold)

    def _names(self) -> Iterator[str]:
        with os.scandir(self.root) as entries:
            for entry in entries:
                if self.is_name(entry.name) and (self.root / entry.name / STUDY_FILE).is_file():
                    yield entry.name

    @staticmethod
    def is_name(name: str) -> bool:
        """Whether a text can be the name of a study: one folder, not hidden, signs one can see."""
        is_plain = bool(name) and name[0] != "." and not {*name} & {*"/\\\0"}
        return is_plain and one_line(name) == name and len(name.encode()) <= _LONGEST_NAME

    def folder(self, study: str) -> Path:
        """The folder of a study. Raises `NoStudy` where there is none."""
        if not self.is_name(study) or not (self.root / study / STUDY_FILE).is_file():
            raise NoStudy(study)
        return self.root / study

    def title(self, study: str) -> str:
        """The title of a study as study.yaml has it; its name where it has none yet, or cannot be
        read.
        """
        from exvivo.plan.blinding import seen_title

        path = self.folder(study) / STUDY_FILE
        try:
            about = path.stat()
            stamp = (about.st_mtime_ns, about.st_size)
            if self._titles.get(study, ((0, 0), ""))[0] != stamp:
                self._titles[study] = (stamp, _title_of(path) or study)
            return seen_title(path.parent, self._titles[study][1])
        except (OSError, ExvivoError, UnicodeDecodeError):
            return study


def _title_of(path: Path) -> str:
    """What stands under `title`, a text; nothing where it is none."""
    from ruamel.yaml.nodes import MappingNode, ScalarNode

    from exvivo.study.nodes import compose

    root = compose(path.read_text("utf-8-sig"), file=STUDY_FILE)
    pairs = root.value if isinstance(root, MappingNode) else []
    for key, value in pairs:
        if key.value == "title" and isinstance(value, ScalarNode):
            title = one_line(str(value.value)).strip()
            return "" if title == UNTITLED else title
    return ""

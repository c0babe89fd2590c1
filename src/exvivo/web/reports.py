"""Reports as they are served: from memory, packed once, with the policy that their own style needs.

Reading, hashing and packing a report of a megabyte for each reader would bring a door down; the
same bytes for all cost a fraction of a millisecond each.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from exvivo.bounds import MIB
from exvivo.errors import Mistake, StoreError

if TYPE_CHECKING:
    from exvivo.share import ForTeam

REPORT = "report.html"
_LARGEST = 64 * MIB
"""Bytes of packed pages that are kept."""
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_POLICY = (
    "default-src 'none'; {styles}img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
Stamp = tuple[int, int, int]
"""When a file was changed, how large it is, and which it is."""


class NoReport(StoreError):
    """A report, or a file beside it, that no run made yet."""


@dataclass(frozen=True)
class Served:
    """A page that is served: packed, with the hash of its text and the policy it needs."""

    packed: bytes
    digest: str
    policy: str

    @classmethod
    def of(cls, text: str) -> Served:
        """A page of this text."""
        raw = text.encode()
        styles = [f"'sha256-{_base64(style)}'" for style in _STYLE.findall(text)]
        listed = f"style-src {' '.join(styles)}; " if styles else ""
        digest = hashlib.sha256(raw).hexdigest()
        return cls(gzip.compress(raw, 6, mtime=0), digest, _POLICY.format(styles=listed))

    @property
    def tag(self) -> str:
        """The ETag."""
        return f'"{self.digest[:32]}"'

    @cached_property
    def raw(self) -> bytes:
        """The page unpacked, for readers that cannot."""
        return gzip.decompress(self.packed)


def _base64(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


@dataclass
class Reports:
    """The reports of a door, as the laboratory or a team may see them, kept until their file
    changes.
    """

    _kept: OrderedDict[tuple[Path, bool], tuple[Stamp, Served]] = field(default_factory=OrderedDict)
    _teams: dict[Path, tuple[Stamp, ForTeam]] = field(default_factory=dict)
    _making: Lock = field(default_factory=Lock)

    def at_hand(self, folder: Path, *, lab: bool) -> Served | None:
        """The report of the last run where it is in memory, told by a look at its file."""
        kept = self._kept.get((folder, lab))
        if kept is None or kept[0] != _stamp(results_of(folder) / REPORT, folder):
            return None
        return kept[1]

    def of(self, folder: Path, *, lab: bool) -> Served:
        """The report of the last run. Raises `NoReport` where there is none."""
        if at_hand := self.at_hand(folder, lab=lab):
            return at_hand
        path = results_of(folder) / REPORT
        stamp = _stamp(path, folder)
        with self._making:
            kept = self._kept.get((folder, lab))
            if kept is None or kept[0] != stamp:
                text = path.read_text("utf-8") if lab else self._for_team(folder, stamp, REPORT)
                kept = (stamp, Served.of(text))
                self._keep((folder, lab), kept)
            return kept[1]

    def file(self, folder: Path, name: str, *, lab: bool) -> str:
        """A text beside the report, by its path among the results. Raises `NoReport` for one that
        no run made.
        """
        results = results_of(folder)
        stamp = _stamp(results / REPORT, folder)
        path = (results / name).resolve()
        if not path.is_relative_to(results.resolve()) or not path.is_file():
            raise NoReport(_no_file(name))
        if lab:
            return path.read_text("utf-8", "replace")
        with self._making:
            return self._for_team(folder, stamp, name)

    def planned(self, path: Path) -> Served | None:
        """A page of a plan, read anew where its file changed; None where it was never made."""
        try:
            about = path.stat()
        except OSError:
            return None
        stamp = about.st_mtime_ns, about.st_size, about.st_ino
        with self._making:
            kept = self._kept.get((path, True))
            if kept is None or kept[0] != stamp:
                kept = (stamp, Served.of(path.read_text("utf-8")))
                self._keep((path, True), kept)
        return kept[1]

    def _for_team(self, folder: Path, stamp: Stamp, name: str) -> str:
        """A text as a team may see it. What leads to a person is not named to them either."""
        from exvivo.share import for_team

        try:
            if self._teams.get(folder, (None, None))[0] != stamp:
                self._teams[folder] = (stamp, for_team(folder))
            return self._teams[folder][1].text(name)
        except StoreError:
            raise StoreError(_not_for_team()) from None

    def _keep(self, key: tuple[Path, bool], kept: tuple[Stamp, Served]) -> None:
        """Keep a page, and let the oldest go where they are too many."""
        self._kept.pop(key, None)
        self._kept[key] = kept
        while len(self._kept) > 1 and sum(len(s.packed) for _, s in self._kept.values()) > _LARGEST:
            self._kept.popitem(last=False)


def results_of(folder: Path) -> Path:
    """The folder with the results of the last run; where an exchange was cut short, the one in
    which they wait.
    """
    from exvivo.store import RESULTS, standing
    from exvivo.store.exchange import is_unfinished

    return standing(folder) if is_unfinished(folder) else folder / RESULTS


def _stamp(path: Path, folder: Path) -> Stamp:
    try:
        about = path.stat()
    except FileNotFoundError:
        raise NoReport(_no_report(folder)) from None
    return about.st_mtime_ns, about.st_size, about.st_ino


def _no_report(folder: Path) -> Mistake:
    return Mistake(folder.name, "no report yet", "a study that was run", "run it: Runs and report")


def _no_file(name: str) -> Mistake:
    cure = "open it from the report of the last run"
    return Mistake(name, "no such file", "data behind a figure of the report", cure)


def _not_for_team() -> Mistake:
    return Mistake(
        "the report for the team",
        "a report that cannot be freed of every name of a person or a sample",
        "pseudonyms only",
        "ask the coordinator of the study: `exvivo share --for team` tells them where it stands",
    )

"""Is every item there that a summary must hold: the tables of docs/lay-summary-items.md, walked for
a study that states everything and for one that states nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.article.drawn import drawn
from benchmarks.article.reading import plain
from benchmarks.article.summaries import LANGUAGES, Summary, summary_of
from benchmarks.article.vocabulary import vocabulary
from benchmarks.row import Row
from exvivo.study import Study
from exvivo.study import summary_records as records
from exvivo.tell.share.public import Public

_PAGE = Path(__file__).parents[2] / "docs" / "lay-summary-items.md"
_FROM_RESULTS = "-"
_STUDY = 3
_MARK = "quokka"
"""A word that stands nowhere else: what a study states in one of its parts is found by it."""


@dataclass(frozen=True)
class Item:
    """An item: its number, what it is, the section it stands in, and the part of `summary` in
    study.yaml that states it; empty where it follows from the results.
    """

    id: str
    words: str
    section: str
    stated_by: str


def items() -> Iterator[Item]:
    """The rows of the page's tables."""
    for line in _PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4 and cells[0] != "item":
            name, words, section, stated_by = cells
            yield Item(name, words, section, "" if stated_by == _FROM_RESULTS else stated_by)


def rows() -> Iterator[Row]:
    """Items that are neither there nor said to be not stated, in all languages."""
    missing = [f"{code} {name}" for code in LANGUAGES for name in missing_in(code)]
    print("\n".join(missing))
    number = len(list(items()))
    yield Row(
        what=f"items of {number} that are not there or not said to be missing, 5 languages",
        value=len(missing),
        unit="",
        bar="<= 0",
    )


def missing_in(code: records.LanguageCode) -> Iterator[str]:
    """The items that a language's summary lacks, with and without what the study states."""
    public = drawn(_STUDY).public
    full = summary_of(_with(public, stating(code)), code)
    bare = summary_of(_with(public, records.Summary()), code)
    for item in items():
        yield from (f"{item.id} ({state})" for state in _missing(item, full, bare))


def _missing(item: Item, full: Summary, bare: Summary) -> Iterator[str]:
    """In which of both summaries an item is missing."""
    if not _text(full, item.section) or not _text(bare, item.section):
        yield "no section"
        return
    if not item.stated_by:
        return
    if f"{_MARK} {item.stated_by}" not in _text(full, item.section):
        yield "stated"
    if not vocabulary(bare.code).has("not_stated", _text(bare, item.section)):
        yield "not stated"


def _text(summary: Summary, section: str) -> str:
    found = summary.section(section)
    return "\n".join(map(plain, found.lines())) if found else ""


def stating(code: records.LanguageCode) -> records.Summary:
    """A summary that states every part, each by its own name."""
    parts = {item.stated_by for item in items()} - {""}
    stated: dict[str, Any] = {part: {code: f"{_MARK} {part}."} for part in parts}
    return records.Summary(**stated)


def _with(public: Public, summary: records.Summary) -> Public:
    study: Study = replace(public.study, summary=summary)
    return replace(public, study=study)

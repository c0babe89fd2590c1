"""The columns of clinic.csv that no scale uses yet, and what the catalog takes them for: the items
of a questionnaire, its ready totals, or a scale of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exvivo.catalog.scales import file_stem
from exvivo.study import Study
from exvivo.study.questionnaires import answer_columns
from exvivo.study.scoring import ScoringKey
from exvivo.study.scoring_keys import catalog_keys

_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)", re.ASCII)
_KEYS = ("donor", "visit")


@dataclass(frozen=True)
class Run:
    """Columns that are numbered in a row: their names, and the pattern that stands for them."""

    columns: tuple[str, ...]
    pattern: str
    stem: str


@dataclass(frozen=True)
class Offer:
    """What some columns may be: a questionnaire by its items, or by its ready totals; without a
    key a scale of its own. `sure` where also their name says so.
    """

    columns: tuple[str, ...]
    keys: tuple[ScoringKey, ...] = ()
    items: str = ""
    sure: bool = False


def free_columns(header: Iterable[str], study: Study) -> list[str]:
    """The columns that nothing of study.yaml names, but for donor and visit."""
    used = {column.name for column in answer_columns(study)}
    return [name for name in header if name not in used and name not in _KEYS]


def offers(free: Sequence[str]) -> list[Offer]:
    """What columns may be: runs of items first, then totals, then the rest one by one."""
    keys = list(catalog_keys())
    made: list[Offer] = []
    taken: set[str] = set()
    for run in runs(free):
        if found_keys := _fitting(run, keys):
            named = tuple(key for key in found_keys if file_stem(key.id) in _plain(run.stem))
            made.append(Offer(run.columns, named or found_keys, run.pattern, bool(named)))
            taken |= {*run.columns}
    rest = [name for name in free if name not in taken]
    for key in keys:
        totals = tuple(name for name in rest if _score_named(name, key) and name not in taken)
        if totals:
            made.append(Offer(totals, (key,), sure=True))
            taken |= {*totals}
    return [*made, *(Offer((name,)) for name in rest if name not in taken)]


def _fitting(run: Run, keys: Iterable[ScoringKey]) -> tuple[ScoringKey, ...]:
    """The questionnaires with as many items as a run has columns."""
    return tuple(key for key in keys if len(key.every_item) == len(run.columns) > 1)


def _score_named(column: str, key: ScoringKey) -> bool:
    return any(_plain(column) == _plain(score.id) for score in key.scores)


def score_for(column: str, key: ScoringKey) -> str:
    """The score that a column is called after; empty where it is none."""
    return next((score.id for score in key.scores if _plain(column) == _plain(score.id)), "")


def _plain(name: str) -> str:
    return file_stem(name)


def runs(columns: Sequence[str]) -> Iterator[Run]:
    """Columns whose numbers run on from the first without a gap.

    >>> [run.pattern for run in runs(["vas", "q01", "q02", "q03", "h1", "h3"])]
    ['q{01-03}']
    """
    by_stem: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name in columns:
        if match := _NUMBERED.fullmatch(name):
            by_stem.setdefault((match[1], match[3]), []).append((match[2], name))
    for (before, behind), numbered in by_stem.items():
        numbers = [int(number) for number, _ in numbered]
        if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            first, last = numbered[0][0], numbered[-1][0]
            names = tuple(name for _, name in numbered)
            yield Run(names, f"{before}{{{first}-{last}}}{behind}", before)

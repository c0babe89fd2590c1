"""Findings as rows of the page: their words, their numbers as they are read, and the ways from them
to what they rest on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from exvivo.findings import Count, Finding
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.eyes import NOTHING_RAISED, AtAnswer, Eyes
from exvivo.tell.names import about, briefly_about
from exvivo.tell.put_back import PutBack, PutBacks
from exvivo.tell.tables import Shown
from exvivo.tell.terminal import MARKS, verdict_words
from exvivo.tell.ways import PEOPLE, Way, answer_anchor, evidence_of, numbers_anchor


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as a row of the page: its words and its numbers as they are read."""

    shown: Shown
    about: str
    briefly: str
    mark: str
    verdict: str
    estimate: str
    interval: str
    p: str
    p_adjusted: str
    p_permutation: str
    effect_size: str
    donors: str
    in_it: str
    anchor: str = ""
    numbers: str = ""
    ways: tuple[Way, ...] = ()
    flags: AtAnswer = NOTHING_RAISED
    put_back: PutBack | None = None


def row_of(shown: Shown, study: Study) -> Row:
    """A finding as a row without a place of its own."""
    finding = shown.finding
    return Row(
        shown,
        about=about(finding, study),
        briefly=briefly_about(finding, study),
        mark=MARKS[finding.verdict] if finding.verdict else "",
        verdict=verdict_words(finding),
        estimate=words.sized(finding.estimate, finding.unit),
        interval=words.ends_of(finding.lower, finding.upper, finding.unit),
        p=words.p_value(finding.p),
        p_adjusted=words.p_value(finding.p_adjusted),
        p_permutation=words.p_value(finding.p_permutation),
        effect_size=words.number(finding.effect_size),
        donors=words.group_counts(finding.n),
        in_it=words.group_counts(Count(count.group, count.n) for count in finding.n),
    )


def at_place(row: Row, place: tuple[int, int], figure: str, drawn: Iterable[str]) -> Row:
    """An answer at its place (question and answer, counted from 1), with the ways from it: the
    figure of its donors, its numbers, the curves and plates of its assay as far as they are
    `drawn`, and the people.
    """
    numbers = numbers_anchor(*place)
    evidence = evidence_of(drawn)
    ways = (*_to_figure(figure), Way(numbers, "numbers"), *evidence, Way(PEOPLE, "donors"))
    return replace(row, anchor=answer_anchor(*place), numbers=numbers, ways=ways)


def _to_figure(figure: str) -> list[Way]:
    """The way to the figure of a question, where there is one."""
    return [Way(figure, "figure")] if figure else []


def way_to(row: Row) -> tuple[Finding, Way]:
    """An answer with the way to it: its sign, its question's number and what it is about."""
    question = row.anchor.split("-")[1]
    return row.shown.finding, Way(row.anchor, f"{row.mark} {question}: {row.briefly}")


def with_flags(row: Row, eyes: Eyes) -> Row:
    """An answer with the flags that touch it."""
    return replace(row, flags=eyes.at(row.shown.finding))


def with_put_back(row: Row, backs: PutBacks) -> Row:
    """An answer beside itself with what people left out."""
    return replace(row, put_back=backs.at(row.shown.finding))

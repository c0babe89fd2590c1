"""The record as a page, `results/record.html`: every run and decision with its date and hash, what
changed, and no more than the rows bear. It stands outside the hashed results, as it holds dates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from exvivo.past import History, Line
from exvivo.tell import words
from exvivo.tell.changed import answer_name, answer_words, short_changes
from exvivo.tell.locked import lock_summary, looks_sentence
from exvivo.tell.page import rendered

_KINDS = {
    "run": "run",
    "imported": "run of version 1",
    "exclude": "exclusion",
    "keep": "flag seen and kept",
    "lock": "lock",
    "withdraw": "withdrawal",
    "prune": "pruned",
}
"""The kinds of rows in words."""
_ERASED = "(erased)"
_WHY = ("reason", "who")
"""Texts of a decision that are shown."""
_DECISION = "decision"
"""The text of an exclusion or a kept flag: a JSON object of words."""
_SHOWN = ("does", "by", "looks", "runs")
"""Facts of a decision that are shown where a row states them."""


_FACTS: dict[tuple[str, str], str | dict[str, str]] = {
    ("", "does"): {"takes back": "taken back"},
    ("", "by"): {"hand": "written by hand, first seen by the run that follows"},
    ("lock", "looks"): "looks at donors in all:",
    ("prune", "runs"): "texts erased of the runs in rows",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the record as the page shows it."""

    number: int
    recorded: str
    kind: str
    version: str
    hash: str
    changes: list[str]
    texts: list[tuple[str, str]]


def record_page(history: History, *, version: str) -> str:
    """The page, a function of the record and of the version that writes it."""
    return rendered(
        "record.html",
        history=history,
        version=version,
        headline=headline(history),
        evidence=evidence(history),
        locks=[lock_summary(lock) for lock in history.locks],
        looks=[looks_sentence(looks) for looks in history.looks],
        verdicts=list(_verdicts(history)),
        rows=[_shown(line) for line in reversed(history.lines)],
    )


def headline(history: History) -> str:
    """Which run this is, and what changed since the first: `Run 4; since run 1: ...`."""
    if not history.runs:
        return "No run is on record here."
    if history.since_first is None:
        return "Run 1; no earlier run is on record here."
    changes = "; ".join(short_changes(history.since_first))
    return f"Run {history.runs}; since run 1: {changes}."


def evidence(history: History) -> str:
    """What the record bears of the day on which the questions were declared, and no more."""
    stated = (
        f"The study states that its questions were declared on {history.declared}"
        if history.declared
        else "The study states no date on which its questions were declared"
    )
    earlier = history.runs - 1
    runs = "no earlier run is" if earlier < 1 else f"{words.counted(earlier, 'earlier run')} "
    runs += "" if earlier < 1 else ("is" if earlier == 1 else "are")
    return f"{stated}; {runs} on record here; {_dated(history)}."


def _dated(history: History) -> str:
    """The days that the instrument files state."""
    if not history.days:
        return "no instrument file states a date"
    first, last = history.days[0], history.days[-1]
    days = first if first == last else f"{first} to {last}"
    return f"the instrument files date from {days}, as they state"


def _verdicts(history: History) -> Iterator[tuple[str, str, str]]:
    """The answers whose verdict is not that of the first run, before and now."""
    answers = history.since_first.answers if history.since_first else ()
    for each in answers:
        if each.turned:
            yield answer_name(each), answer_words(each.before), answer_words(each.after)


def _shown(line: Line) -> Shown:
    entry = line.entry
    return Shown(
        number=entry.number,
        recorded=entry.recorded,
        kind=row_kind(line),
        version=str(entry.facts.get("version", "")),
        hash=entry.hash,
        changes=row_changes(line),
        texts=list(row_texts(line)),
    )


def row_kind(line: Line) -> str:
    """What a row is: `run 3`, `lock`."""
    kind = _KINDS.get(line.entry.kind, line.entry.kind)
    return f"{kind} {line.run}" if line.run else kind


def row_changes(line: Line) -> list[str]:
    """What a row changed: against the run before it, or what the decision is about."""
    if line.since is not None:
        return short_changes(line.since)
    if line.run:
        return ["the first run on record"]
    facts = line.entry.facts
    return [text for name in _SHOWN if (text := _fact(line.entry.kind, name, facts.get(name)))]


def _fact(kind: str, name: str, value: object) -> str:
    """A fact of a decision in words; empty where it says nothing to a reader."""
    words = _FACTS.get((kind, name)) or _FACTS.get(("", name))
    if not value or words is None:
        return ""
    listed = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words.get(listed, "") if isinstance(words, dict) else f"{words} {listed}"


def row_texts(line: Line) -> Iterator[tuple[str, str]]:
    """The words of a decision, by what they are; that they were erased, where they were."""
    if line.run:
        return
    for role, text in line.entry.texts.items():
        if text is None and role in (*_WHY, _DECISION):
            yield role, _ERASED
        elif text is not None and role == _DECISION:
            yield from _of_decision(text)
        elif text is not None and role in _WHY:
            yield role, text.decode("utf-8", "replace")


def _of_decision(text: bytes) -> Iterator[tuple[str, str]]:
    """The words of an exclusion or a kept flag, without those that say nothing."""
    words = json.loads(text)
    yield from ((key, str(value)) for key, value in words.items() if value)

"""The record as a page, `results/record.html`: every run and decision with its date and hash, what
changed, and no more than the rows bear. It stands outside the hashed results, as it holds dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exvivo.past import History, Line
from exvivo.tell import words
from exvivo.tell.changed import answer_name, answer_words, short_changes
from exvivo.tell.locked import lock_summary, looks_sentence
from exvivo.tell.page import rendered
from exvivo.tell.record_rows import row_kind, row_words


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the record as the page shows it."""

    number: int
    recorded: str
    kind: str
    version: str
    hash: str
    words: str


def record_page(history: History, *, version: str) -> str:
    """The page, a function of the record and of the version that writes it."""
    return rendered(
        "record.html",
        history=history,
        version=version,
        headline=headlines(history),
        evidence=evidence(history),
        locks=[lock_summary(lock) for lock in history.locks],
        looks=[looks_sentence(looks) for looks in history.looks],
        verdicts=list(_verdicts(history)),
        rows=[_shown(line) for line in reversed(history.lines)],
    )


def headline(history: History) -> str:
    """Which run this is, and what changed since the first: `Run 4; since run 1: ...`."""
    first, *changes = headlines(history)
    return f"{first} {'; '.join(changes)}." if changes else first


def headlines(history: History) -> list[str]:
    """The same in lines: which run this is, and each of several changes."""
    if not history.runs:
        return ["No run is on record here."]
    if history.since_first is None:
        return ["Run 1; no earlier run is on record here."]
    first, changes = f"Run {history.runs}; since run 1:", short_changes(history.since_first)
    return [first, *changes] if len(changes) > 1 else [f"{first} {changes[0]}."]


def evidence(history: History) -> str:
    """What the record bears of the day on which the questions were declared, and no more."""
    if not history.runs:
        return "Nothing can be said here of the day on which questions were declared."
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
        words=row_words(line),
    )

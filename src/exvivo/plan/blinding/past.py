"""The record of a blinded study: history, comparisons and locks under codes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from exvivo.findings import Fact
from exvivo.past import (
    PLANNED_DONORS,
    AnswerChange,
    Answered,
    AnswerKey,
    Change,
    Comparison,
    Entry,
    History,
    Line,
    Locked,
    Looks,
)
from exvivo.plan.blinding.codes import Key

if TYPE_CHECKING:
    from exvivo.tell import Provenance
    from exvivo.tell.planned.needed import Donors, Needed, NextLook

_DECISION = "decision"
_WORDS = ("who", "reason")
_GROUPS = "groups"
HIDDEN_SIZE = "hidden"
"""What stands in the place of the planned donors of a group."""


def coded_history(history: History, key: Key) -> History:
    """A history under codes."""
    since = history.since_first
    return replace(
        history,
        lines=tuple(_line(line, key) for line in history.lines),
        title=key.text(history.title),
        blinded=True,
        since_first=None if since is None else coded_comparison(since, key),
        looks=tuple(_looks(looks, key) for looks in history.looks),
        locks=tuple(coded_lock(lock, key) for lock in history.locks),
    )


def _line(line: Line, key: Key) -> Line:
    since = None if line.since is None else coded_comparison(line.since, key)
    return replace(line, entry=_entry(line.entry, key), since=since)


def _entry(entry: Entry, key: Key) -> Entry:
    """A row with the words that are shown of it under codes, and without its other texts."""
    shown = {role: entry.texts[role] for role in (*_WORDS, _DECISION) if role in entry.texts}
    texts = {role: text and _text(role, text, key) for role, text in shown.items()}
    file = {"file": key.text(str(entry.facts["file"]))} if "file" in entry.facts else {}
    texts = {**dict.fromkeys(entry.gone), **texts}
    return replace(entry, texts=texts, facts={**entry.facts, **file})


def _text(role: str, text: bytes, key: Key) -> bytes:
    plain = text.decode("utf-8", "replace")
    try:
        words = json.loads(plain) if role == _DECISION else None
    except ValueError:
        words = None
    if not isinstance(words, dict):
        return key.text(plain).encode()
    return json.dumps(key.value("", words), ensure_ascii=False).encode()


def coded_comparison(comparison: Comparison, key: Key) -> Comparison:
    """A comparison under codes."""
    groups = ((key.group(group), was, now) for group, was, now in comparison.groups)
    return replace(
        comparison,
        changes=tuple(_change(change, key) for change in comparison.changes),
        answers=tuple(_answer_change(answer, key) for answer in comparison.answers),
        groups=tuple(sorted(groups)),
        unknown=tuple(map(key.text, comparison.unknown)),
        lines=tuple(map(key.text, comparison.lines)),
    )


def _change(change: Change, key: Key) -> Change:
    of_donor = change.what == "donor"
    under = "group" if of_donor else change.key
    before, after = (
        HIDDEN_SIZE if fact is not None and _is_of_group(change) else key.value(under, fact)
        for fact in (change.before, change.after)
    )
    name = key.donor(change.name) if of_donor else key.text(change.name)
    return replace(change, name=name, before=before, after=after)


def _is_of_group(change: Change) -> bool:
    """Whether a change is one of the planned donors of a group."""
    path = f"{change.name}.{change.key}".strip(".").split(".")
    return path[0] == _GROUPS and path[-1] == "n"


def _answer_change(answer: AnswerChange, key: Key) -> AnswerChange:
    before, after = (_answered(each, key) for each in (answer.before, answer.after))
    return AnswerChange(_answer_key(answer.key, key), before, after)


def _answer_key(answer: AnswerKey, key: Key) -> AnswerKey:
    return tuple(map(key.text, answer))


def _answered(answer: Answered | None, key: Key) -> Answered | None:
    if answer is None:
        return None
    return replace(answer, n=tuple((key.group(group), n) for group, n in answer.n))


def _looks(looks: Looks, key: Key) -> Looks:
    return replace(looks, answers=tuple(_answer_key(each, key) for each in looks.answers))


def coded_lock(lock: Locked, key: Key) -> Locked:
    """A lock under codes, with the planned donors of all groups together: which group was planned
    larger is known, and a report counts the donors of each code.
    """
    return replace(
        lock,
        questions=tuple(map(key.text, lock.questions)),
        changed=tuple(map(key.text, lock.changed)),
        changes=tuple(_change(change, key) for change in lock.changes),
        gone=tuple(map(key.text, lock.gone)),
        later=tuple(map(key.text, lock.later)),
        size=tuple(_size(lock.size)),
    )


def _size(size: Sequence[tuple[str, Fact]]) -> Iterator[tuple[str, Fact]]:
    """A planned size without its groups."""
    of_groups = {name: n for name, n in size if name.startswith(f"{_GROUPS}.")}
    donors = [n for n in of_groups.values() if isinstance(n, int)]
    if donors:
        yield PLANNED_DONORS, sum(donors)
    yield from ((name, fact) for name, fact in size if name not in of_groups)


def coded_look(look: NextLook, key: Key) -> NextLook:
    """A look at spreads under codes, with planned and needed donors of all groups together."""
    answers = tuple(_needed(each, look, key) for each in look.answers)
    lock = None if look.lock is None else coded_lock(look.lock, key)
    return replace(look, planned=_together(look.planned), answers=answers, lock=lock)


def _needed(each: Needed, look: NextLook, key: Key) -> Needed:
    """What an answer needs; nothing of one that is about some groups only."""
    coded = replace(each, question=key.text(each.question), planned=())
    if len(each.planned) < len(look.planned):
        return replace(coded, why="hidden", needed=None, measured=0, beyond=0)
    needed = None if each.needed is None else _together(each.needed)
    return replace(coded, planned=_together(each.planned), needed=needed)


def _together(donors: Donors) -> Donors:
    return ((PLANNED_DONORS, sum(n for _, n in donors)),)


def coded_provenance(provenance: Provenance, key: Key) -> Provenance:
    """Where a report comes from, under codes: names of files, what they state, and parameters."""
    inputs = ((key.text(path), sha256, size) for path, sha256, size in provenance.inputs)
    ignored = ((key.text(file), key.text(part), why) for file, part, why in provenance.ignored)
    headers = ((key.text(file), _texts(facts, key)) for file, facts in provenance.headers)
    return replace(
        provenance,
        inputs=tuple(inputs),
        parameters=_texts(provenance.parameters, key),
        ignored=tuple(ignored),
        headers=tuple(headers),
        locks=tuple(coded_lock(lock, key) for lock in provenance.locks),
    )


def _texts(facts: Mapping[str, str], key: Key) -> dict[str, str]:
    return {key.text(name): key.text(value) for name, value in facts.items()}

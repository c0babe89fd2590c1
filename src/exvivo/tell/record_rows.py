"""A row of the record in words: what changed; or what was decided, why and by whom."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from exvivo.past import Line
from exvivo.tell.changed import short_changes

_KINDS = {
    "run": "run",
    "imported": "run of version 1",
    "exclude": "exclusion",
    "keep": "flag seen and kept",
    "lock": "lock",
    "withdraw": "withdrawal",
    "prune": "pruned",
    "edit": "edit",
    "blind": "blinding",
    "unblind": "blinding lifted",
    "next": "donors needed",
}
"""The kinds of rows in words."""
_ERASED = "(erased)"
_WHY = ("reason", "who")
"""Texts of a decision that are shown."""
_DECISION = "decision"
"""The text of an exclusion or a kept flag: a JSON object of words."""
_SHOWN = ("does", "by", "looks", "runs", "file", "blinded", "donors", "needed")
"""Facts of a decision that are shown where a row states them."""

_FACTS: dict[tuple[str, str], str | dict[str, str]] = {
    ("", "does"): {"takes back": "taken back"},
    ("", "by"): {
        "hand": "found in the files by the run that follows",
        "withdrawal": "the line that the withdrawal wrote",
    },
    ("lock", "looks"): "looks at donors in all:",
    ("prune", "runs"): "texts erased of the runs in rows",
    ("edit", "file"): "of",
    ("blind", "runs"): "groups hidden from here on; runs seen before:",
    ("next", "donors"): "spread of donors looked at without groups; measured:",
    ("next", "needed"): "needed in all:",
    ("", "blinded"): {"True": "decided under codes"},
}
_HELD = {
    "plate": "",
    "wells": "",
    "sample": "sample ",
    "donor": "donor ",
    "culture": "culture ",
    "flag": "",
    "code": "",
}
"""The words of a decision that say what it is about, and what stands before each."""
_BY = {"who": "", "when": "", "labels": "groups "}
"""The words that say who decided, when, and what could be seen then."""
_FROZEN = "questions, scoring, layout, planned size, assumptions, parameters and exclusions"
_FROZEN_BEFORE = "questions, parameters and exclusions"
"""What a lock of an earlier version froze: it states no records."""


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
    """The words of a decision, without those that say nothing; as they stand where they are no JSON
    object.
    """
    plain = text.decode("utf-8", "replace")
    try:
        words = json.loads(plain)
    except ValueError:
        words = plain
    named = words if isinstance(words, dict) else {_DECISION: plain}
    yield from ((key, str(value)) for key, value in named.items() if value)


def row_words(line: Line) -> str:
    """What a row says to a reader: what changed; or what was decided, why and by whom."""
    said = dict(row_texts(line))
    return "; ".join([*row_changes(line), *_decided(line, said)])


def _decided(line: Line, said: Mapping[str, str]) -> Iterator[str]:
    """A decision: `Q1 A1-A3: bubbles in the wells (A. Berg, groups hidden)`."""
    about, by = _about(line, said), ", ".join(_by(line, said))
    why = [f"reason: {said['reason']}"] if "reason" in said and not about else []
    what = ": ".join(filter(None, [about, said.get("reason", "")])) if about else "".join(why)
    if what or by:
        yield f"{what} ({by})".lstrip() if by else what
    known = {*_HELD, *_BY, "analyte", "reason"}
    yield from (f"{name}: {text}" for name, text in said.items() if name not in known)


def _about(line: Line, said: Mapping[str, str]) -> str:
    """What a decision is about: `TNF of donor HC04`."""
    if line.entry.kind == "lock":
        return _FROZEN if "records" in line.entry.facts else _FROZEN_BEFORE
    held = " ".join(f"{before}{said[name]}" for name, before in _HELD.items() if name in said)
    return f"{said['analyte']} of {held}" if held and "analyte" in said else held


def _by(line: Line, said: Mapping[str, str]) -> Iterator[str]:
    """Who decided, what could be seen, and the day where it is not that of the row."""
    for name, before in _BY.items():
        text = said.get(name, "")
        if text == _ERASED:
            yield f"{name} {_ERASED.strip('()')}"
        elif text and text != line.entry.recorded[: len("2026-03-01")]:
            yield f"{before}{text}"

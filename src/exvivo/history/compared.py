"""What changed from one run to another: key by key, donor by donor, answer by answer."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from exvivo.findings import Fact
from exvivo.history.runs import PastRun
from exvivo.past import (
    STATED,
    STATED_ANEW,
    AnswerChange,
    Answered,
    Change,
    Comparison,
    What,
)
from exvivo.study import Question, Study
from exvivo.study.summary_checks import PARTS
from exvivo.study.summary_records import LANGUAGES, Summary

_PLAIN = ("title", "simulated", "visits", "missing")
"""What study.yaml states once."""
_LISTED = ("groups", "cell_types", "stimuli", "analytes", "scales", "questionnaires", "plates")
"""Its lists of records beside questions and assays; parameters tell of assays."""


def compared(before: PastRun, after: PastRun) -> Comparison:
    """What changed from a run to a later one, as far as the record knows."""
    return Comparison(
        before=before.name,
        after=after.name,
        changes=tuple(_changes(before, after)),
        answers=tuple(_answers(before, after)),
        donors=(_size(before.donors), _size(after.donors)),
        groups=tuple(_groups(before, after)),
        unknown=tuple(dict.fromkeys([*before.unknown, *after.unknown])),
        lines=tuple(_lines(before, after)),
    )


def _size(donors: Mapping[str, str] | None) -> int | None:
    return None if donors is None else len(donors)


def _changes(before: PastRun, after: PastRun) -> Iterator[Change]:
    yield from _made_of(before.facts, after.facts)
    if before.study.study is not None and after.study.study is not None:
        yield from _of_study(before.study.study, after.study.study)
    if before.donors is not None and after.donors is not None:
        yield from mapped("donor", before.donors, after.donors)
    if before.wells is not None and after.wells is not None:
        was, now = (
            {_well(*each): "left out" for each in sorted(run)}
            for run in (before.wells, after.wells)
        )
        yield from mapped("well", was, now)
    yield from exclusion_changes(before.exclusions, after.exclusions)


def _well(plate: str, well: str) -> str:
    return f"{plate}:{well}"


def _made_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """What the rows themselves state: versions, packages, parameters and files."""
    version = ({"exvivo": before["version"]}, {"exvivo": after["version"]})
    yield from mapped("version", *version)
    yield from mapped("package", before.get("packages", {}), after.get("packages", {}))
    yield from mapped("parameter", before["parameters"], after["parameters"])
    was, now = (_hashes(facts["inputs"]) for facts in (before, after))
    yield from mapped("file", was, now)


def _hashes(files: Sequence[Sequence[Any]]) -> dict[str, str]:
    return {path: sha256 for path, sha256, _ in files}


def mapped(what: What, before: Mapping[str, Fact], after: Mapping[str, Fact]) -> Iterator[Change]:
    """What came, went or is another under the same name."""
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was != now:
            yield Change(what, name, before=was, after=now)


def exclusion_changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """Lines of exclusions.csv that went and that came; a line written twice counts twice."""
    was, now = Counter(before), Counter(after)
    yield from (Change("exclusion", line, before=line) for line in (was - now).elements())
    yield from (Change("exclusion", line, after=line) for line in (now - was).elements())


def _of_study(before: Study, after: Study) -> Iterator[Change]:
    yield from question_changes(before.questions, after.questions)
    accepted = ({each.flag: each.reason for each in study.accept} for study in (before, after))
    yield from mapped("accepted", *accepted)
    yield from _listed(_LISTED, before, after)
    was, now = ({name: _fact(getattr(s, name)) for name in _PLAIN} for s in (before, after))
    yield from mapped("study", was, now)
    yield from _of_summary(before.summary, after.summary)


def _of_summary(before: Summary, after: Summary) -> Iterator[Change]:
    """Which texts of the summary came, went or are others, by part (or word) and language."""
    was, now = _texts(before), _texts(after)
    for name in dict.fromkeys([*was, *now]):
        of_part = was.get(name, {}), now.get(name, {})
        for code in LANGUAGES:
            old, new = (texts.get(code) for texts in of_part)
            if old != new:
                yield Change("summary", name, code, old and STATED, new and STATED_ANEW)
    yield from mapped("summary", {"pictures": before.pictures}, {"pictures": after.pictures})


def _texts(summary: Summary) -> dict[str, dict[str, str]]:
    """The texts of each part of a summary by language; name and meaning of a word as one."""
    parts = {part: {**getattr(summary, part)} for part in PARTS}
    for word in summary.words:
        codes = dict.fromkeys([*word.name, *word.meaning])
        both = {code: f"{word.name.get(code)}\n{word.meaning.get(code)}" for code in codes}
        parts[f"words.{word.id}"] = {str(code): text for code, text in both.items()}
    return parts


def record_changes(
    what: What, before: Mapping[str, Mapping[str, Fact]], after: Mapping[str, Mapping[str, Fact]]
) -> Iterator[Change]:
    """Records by their names, key by key; one that came or went as a whole, with all its keys."""
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            there = [None if each is None else _keys_in_line(each) for each in (was, now)]
            yield Change(what, name, before=there[0], after=there[1])
        else:
            yield from _keys(what, name, was, now)


def _listed(names: Sequence[str], before: Study, after: Study) -> Iterator[Change]:
    """What changed in lists of records of study.yaml."""
    for name in names:
        was, now = ({each.id: each for each in getattr(s, name)} for s in (before, after))
        yield from _records("study", was, now, prefix=f"{name}.")


def question_changes(before: Sequence[Question], after: Sequence[Question]) -> Iterator[Change]:
    """Questions that came and went, and the keys of others that are not as they were."""
    was, now = ({question.id: question for question in each} for each in (before, after))
    yield from _records("question", was, now)


def _records(
    what: What, before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = ""
) -> Iterator[Change]:
    """Records by their ids, key by key."""
    was, now = (
        {prefix + name: set_keys(record) for name, record in records.items()}
        for records in (before, after)
    )
    yield from record_changes(what, was, now)


def _keys_in_line(keys: Mapping[str, Fact]) -> str:
    """A record in one line: its keys with what they are set to."""
    return ", ".join(f"{key}: {_text(value)}" for key, value in keys.items())


def _text(value: Fact) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _keys(
    what: What, name: str, before: Mapping[str, Fact], after: Mapping[str, Fact]
) -> Iterator[Change]:
    for change in mapped(what, before, after):
        yield Change(what, name, change.name, change.before, change.after)


def set_keys(record: object) -> dict[str, Fact]:
    """The keys of a record that differ from their default, so that a key which a later version adds
    changes nothing of an old record.
    """
    assert is_dataclass(record)
    values = ((f, getattr(record, f.name)) for f in fields(record))
    return {f.name: _fact(value) for f, value in values if value != _default(f)}


def _default(key: Field[Any]) -> object:
    if key.default_factory is not MISSING:
        return key.default_factory()
    return key.default


def _fact(value: object) -> Fact:
    """A value as a fact: lists as tuples of words, whatever else as it is or as text."""
    if isinstance(value, tuple):
        return tuple(map(str, value))
    return value if isinstance(value, str | int | float) else str(value)


def _answers(before: PastRun, after: PastRun) -> Iterator[AnswerChange]:
    """The answers that are not as they were, in the order of the later run."""
    if before.answers is None or after.answers is None:
        return
    for key in dict.fromkeys([*after.answers, *before.answers]):
        was, now = before.answers.get(key), after.answers.get(key)
        if _differ(was, now):
            yield AnswerChange(key, was, now)


_ALIKE = 1e-9
"""Numbers that differ by less are equal: processors differ in the last digits."""


def _differ(before: Answered | None, after: Answered | None) -> bool:
    if before is None or after is None:
        return before is not after
    if (before.verdict, before.n, before.unit) != (after.verdict, after.n, after.unit):
        return True
    return any(_apart(getattr(before, name), getattr(after, name)) for name in _NUMBERS)


_NUMBERS = ("estimate", "lower", "upper")


def _apart(before: float | None, after: float | None) -> bool:
    if before is None or after is None or before == after:
        return before != after
    return not abs(before - after) <= _ALIKE * max(1.0, abs(before))


def _groups(before: PastRun, after: PastRun) -> Iterator[tuple[str, int, int]]:
    """How many donors each group had and has."""
    if before.donors is None or after.donors is None:
        return
    was, now = Counter(before.donors.values()), Counter(after.donors.values())
    yield from ((group, was[group], now[group]) for group in dict.fromkeys([*was, *now]))


def _lines(before: PastRun, after: PastRun) -> Iterator[str]:
    """Lines of study.yaml that went and came, where one of both cannot be read as a study."""
    was, now = before.study, after.study
    if was.lines is None or now.lines is None or (was.study and now.study):
        return
    for line in difflib.unified_diff(was.lines, now.lines, n=0, lineterm=""):
        if line[:1] in "+-" and line[:3] not in ("+++", "---"):
            yield line

"""What a lock froze, and what is no longer as it was then: questions, the rules of exclusion,
parameters, and the parts of `frozen`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from exvivo.history.compared import (
    exclusion_changes,
    mapped,
    question_changes,
    record_changes,
    set_keys,
)
from exvivo.history.frozen import Keys, Records, analysed, digest, digests, files_of, part_of
from exvivo.history.study_texts import exclusion_lines, exclusions_in, lines_of, reread
from exvivo.past import PARTS, RULES, Change, Entry, Locked, Part
from exvivo.study import Question, Study
from exvivo.study.files import EXCLUSIONS_FILE, forms_of


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """What a lock freezes of a study: its questions and parts, the text of exclusions.csv, its
    parameters.
    """

    study: Study
    parameters: Mapping[str, str] = field(default_factory=dict)
    exclusions: bytes | None = None
    version: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        """Its questions."""
        return self.study.questions

    @cached_property
    def parts(self) -> Mapping[Part, Records]:
        """The records of each part."""
        return {part: part_of(self.study, part) for part in PARTS}

    @cached_property
    def hashes(self) -> dict[str, Any]:
        """The hash of each question, rule and record of a part, and `locked`, that of all of
        them.
        """
        records = {part: digests(self.parts[part]) for part in PARTS}
        parts = {
            "questions": {each.id: digest(set_keys(each)) for each in self.questions},
            "parameters_hash": digest(dict(self.parameters)),
            "exclusions_hash": digest(list(lines_of(self.exclusions))),
            **{f"{part}_hash": digest(records[part]) for part in PARTS},
            "records": records,
        }
        return {**parts, "locked": digest(parts)}


def frozen(
    study: Study, parameters: Mapping[str, str], texts: Mapping[str, bytes], version: str
) -> Frozen:
    """What a lock freezes of a study as it is now."""
    return Frozen(
        study=study,
        parameters=analysed(parameters),
        exclusions=exclusions_in(texts),
        version=version,
    )


def lock_states(
    now: Frozen,
    *,
    instrument_files: int,
    other_files: int,
    runs: int,
    looks: Sequence[int],
    expression_files: int | None = None,
) -> dict[str, Any]:
    """What the row of a lock states; nothing of tables of expression where no question is answered
    from some.
    """
    of_expression = {} if expression_files is None else {"expression_files": expression_files}
    return {
        **of_expression,
        "version": now.version,
        "parameters": dict(now.parameters),
        "size": {name: dict(keys) for name, keys in now.parts["size"].items()},
        "instrument_files": instrument_files,
        "other_files": other_files,
        "runs": runs,
        "looks": list(looks),
        **now.hashes,
    }


def locked(entries: Iterable[Entry], now: Frozen) -> tuple[Locked, ...]:
    """The locks among the rows of a record, each with what is no longer as it froze it."""
    return tuple(_locked(entry, now) for entry in entries if entry.kind == "lock")


def _locked(entry: Entry, now: Frozen) -> Locked:
    facts, study = entry.facts, reread(entry.texts).study
    asked = {each.id for each in now.questions}
    return Locked(
        row=entry.number,
        recorded=entry.recorded,
        hash=entry.hash,
        instrument_files=facts["instrument_files"],
        expression_files=facts.get("expression_files"),
        other_files=facts["other_files"],
        runs=facts["runs"],
        looks=tuple(facts["looks"]),
        questions=tuple(facts["questions"]),
        changed=tuple(_changed(facts, now)),
        changes=tuple(_changes(entry, study, now)),
        gone=tuple(name for name in facts["questions"] if name not in asked),
        later=tuple(each.id for each in now.questions if each.id not in facts["questions"]),
        rules=tuple(rule for rule in RULES if f"{rule}_hash" in facts),
        size=tuple(_size(facts)),
        known=study is not None,
    )


def _size(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The planned size that a row states: `groups.FM.n` 14, `plan.wells` 3."""
    for record, keys in facts.get("size", {}).items():
        yield from ((f"{record}.{key}", value) for key, value in keys.items())


def _changed(facts: Mapping[str, Any], now: Frozen) -> Iterator[str]:
    """What is not as it was locked, by its hash; a rule that a lock of an earlier version does not
    state was not frozen.
    """
    hashes = now.hashes
    for name, sha256 in facts["questions"].items():
        if hashes["questions"].get(name) != sha256:
            yield name
    same_version = facts["version"] == now.version
    for rule in RULES:
        if facts.get(f"{rule}_hash", "") in ("", hashes[f"{rule}_hash"]):
            continue
        if rule != "parameters" or same_version or any(_of_parameters(facts, now)):
            yield rule


def _changes(entry: Entry, study: Study | None, now: Frozen) -> Iterator[Change]:
    """What changed since; `study` is as it was locked, None where its text is gone."""
    if study is not None:
        yield from question_changes(study.questions, now.questions)
        yield from _of_parts(entry, study, now)
    yield from _of_parameters(entry.facts, now)
    if not any(name in entry.gone for name in forms_of(EXCLUSIONS_FILE)):
        after = lines_of(now.exclusions)[1:]
        yield from exclusion_changes(exclusion_lines(entry.texts), after)


def _of_parts(entry: Entry, study: Study, now: Frozen) -> Iterator[Change]:
    """What changed in the records of parts whose hash is another, where their texts are kept."""
    facts = entry.facts
    for part in PARTS:
        if not {*files_of(study, part)}.isdisjoint(entry.gone):
            continue
        was = part_of(study, part)
        then = facts["records"][part] if "records" in facts else digests(was)
        other = _others(then, now.hashes["records"][part])
        before, after = (
            {n: keys for n, keys in records.items() if n in other and _froze(facts, n, keys)}
            for records in (was, now.parts[part])
        )
        yield from record_changes(part, before, after)


_OF_OLD_LOCKS = ("groups", "cell_types", "stimuli", "analytes", "scales", "questionnaires")
"""What locks kept before they froze records: the study's text, without its layouts and tables."""


def _froze(facts: Mapping[str, Any], name: str, keys: Keys) -> bool:
    """Whether a lock froze a record."""
    is_score = bool(keys.get("questionnaire"))
    return "records" in facts or (name.partition(".")[0] in _OF_OLD_LOCKS and not is_score)


def _others(then: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    """The names under which the hashes differ."""
    return {name for name in {**then, **now} if then.get(name) != now.get(name)}


def _of_parameters(facts: Mapping[str, Any], now: Frozen) -> Iterator[Change]:
    """Parameters that are another; a parameter that only a later version has is no change."""
    shared = facts["version"] == now.version
    before = analysed(facts["parameters"])
    after = {k: v for k, v in now.parameters.items() if shared or k in before}
    yield from mapped("parameter", before, after)

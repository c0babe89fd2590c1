"""What a lock froze, and what is no longer as it was then: questions, the rules of exclusion and
parameters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exvivo.history.compared import (
    exclusion_changes,
    mapped,
    meaning_changes,
    question_changes,
    set_keys,
)
from exvivo.history.study_texts import exclusion_lines, exclusions_in, lines_of, reread
from exvivo.past import RULES, Change, Entry, Locked
from exvivo.study import Question, Study
from exvivo.study.files import EXCLUSIONS_FILE, forms_of


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """What a lock freezes of a study: its questions, the text of exclusions.csv, its parameters."""

    study: Study
    parameters: Mapping[str, str] = field(default_factory=dict)
    exclusions: bytes | None = None
    version: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        """Its questions."""
        return self.study.questions

    @property
    def hashes(self) -> dict[str, Any]:
        """The hash of each part, and `locked`, that of all of them."""
        parts = {
            "questions": {each.id: _digest(set_keys(each)) for each in self.questions},
            "parameters_hash": _digest(dict(self.parameters)),
            "exclusions_hash": _digest(list(lines_of(self.exclusions))),
        }
        return {**parts, "locked": _digest(parts)}


def _digest(value: object) -> str:
    """The sha256 of a value as JSON with its keys in order."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def frozen(
    study: Study, parameters: Mapping[str, str], texts: Mapping[str, bytes], version: str
) -> Frozen:
    """What a lock freezes of a study as it is now."""
    return Frozen(
        study=study,
        parameters=parameters,
        exclusions=exclusions_in(texts),
        version=version,
    )


def lock_states(
    now: Frozen, *, instrument_files: int, other_files: int, runs: int, looks: Sequence[int]
) -> dict[str, Any]:
    """What the row of a lock states."""
    return {
        "version": now.version,
        "parameters": dict(now.parameters),
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
        other_files=facts["other_files"],
        runs=facts["runs"],
        looks=tuple(facts["looks"]),
        questions=tuple(facts["questions"]),
        changed=tuple(_changed(facts, now)),
        changes=tuple(_changes(entry, study, now)),
        gone=tuple(name for name in facts["questions"] if name not in asked),
        known=study is not None,
    )


def _changed(facts: Mapping[str, Any], now: Frozen) -> Iterator[str]:
    """What is not as it was locked, by its hash."""
    hashes = now.hashes
    for name, sha256 in facts["questions"].items():
        if hashes["questions"].get(name) != sha256:
            yield name
    same_version = facts["version"] == now.version
    yield from (
        rule
        for rule in RULES
        if facts[f"{rule}_hash"] != hashes[f"{rule}_hash"]
        and (rule == "exclusions" or same_version or any(_of_parameters(facts, now)))
    )


def _changes(entry: Entry, study: Study | None, now: Frozen) -> Iterator[Change]:
    """What changed since; `study` is as it was locked, None where its text is gone."""
    if study is not None:
        yield from question_changes(study.questions, now.questions)
        yield from meaning_changes(study, now.study)
    yield from _of_parameters(entry.facts, now)
    if not any(name in entry.gone for name in forms_of(EXCLUSIONS_FILE)):
        after = lines_of(now.exclusions)[1:]
        yield from exclusion_changes(exclusion_lines(entry.texts), after)


def _of_parameters(facts: Mapping[str, Any], now: Frozen) -> Iterator[Change]:
    """Parameters that are another; a parameter that only a later version has is no change."""
    shared = facts["version"] == now.version
    after = {k: v for k, v in now.parameters.items() if shared or k in facts["parameters"]}
    yield from mapped("parameter", facts["parameters"], after)

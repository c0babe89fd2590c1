"""A question as a form: its fields with their choices and values, and the edits of study.yaml that
a filled form makes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exvivo import catalog
from exvivo.errors import Mistake, StudyError
from exvivo.study import Assay, Study
from exvivo.study.yaml_text import Tree, flow
from exvivo.web.edits import Edit
from exvivo.web.numbers import decimal
from exvivo.web.questions.evidence import (
    EvidenceRow,
    evidence_questions,
    evidence_rows,
    evidence_tree,
    values_of_evidence,
)
from exvivo.web.questions.kinds import DECLARED, MEASURED, FieldOfKind, Kind

Values = Mapping[str, Sequence[str]]
"""What stands in the fields of a form, or of a record of study.yaml: one text or several each."""
_RESPONSE, _LEVEL = "response:", "level:"
_QUESTIONS = "questions"
_MARGIN = "margin"


@dataclass(frozen=True)
class Shown:
    """A field as a page shows it: `options` are (value, label) pairs, `chosen` what stands in it,
    `rows` the items of a checklist.
    """

    of: FieldOfKind
    options: tuple[tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()
    rows: tuple[EvidenceRow, ...] = ()

    @property
    def first(self) -> str:
        """The first text that stands in it."""
        return self.chosen[0] if self.chosen else ""

    @property
    def is_set(self) -> bool:
        """Whether it is not what it is when nothing is chosen."""
        return self.of.name != "id" and self.chosen not in ((), ("",), (self.of.default,))


@dataclass(frozen=True)
class Around:
    """What a form chooses from beside the study: columns of the donors, and tables among the files
    that were handed in.
    """

    study: Study
    columns: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def shown_fields(kind: Kind, around: Around, values: Values) -> list[Shown]:
    """The fields of a form with what stands in them. A field without anything to choose from is
    left out, unless the question needs it.
    """
    made = [_shown(each, around, values) for each in kind.fields]
    return [each for each in made if each.options or _is_typed(each.of) or each.of.required]


def _is_typed(of: FieldOfKind) -> bool:
    return of.control in ("text", "fold", "words", "check", "file", "evidence")


def _shown(of: FieldOfKind, around: Around, values: Values) -> Shown:
    options = tuple(_options(of, around))
    if of.control == "measured":
        return Shown(of, options, (_measured(values),))
    if of.control == "evidence":
        return Shown(of, options, rows=evidence_rows(values, around.study))
    chosen = tuple(values.get(of.name, ()))
    if of.words and of.default and not chosen:
        chosen = (of.default,)
    known = {value for value, _ in options}
    more = tuple((each, _unknown(each, of)) for each in chosen if each and each not in known)
    is_chosen = options and of.control not in ("text", "file")
    return Shown(of, options + (more if is_chosen else ()), chosen)


def _unknown(value: str, of: FieldOfKind) -> str:
    """A value that is not among those one chooses from, as the list shows it."""
    return f"{value} (not {'there' if of.control == 'panel' else 'declared'})"


def _options(of: FieldOfKind, around: Around) -> Iterator[tuple[str, str]]:
    """What a field chooses from."""
    if of.words:
        yield from ((word, word) for word in of.words)
    elif of.control == "measured":
        yield from _measured_options(around.study)
    elif of.control in _OF_IDENTITY:
        yield from _OF_IDENTITY[of.control](around)
    elif of.name in ("adjust", "exposure"):
        yield from ((name, name) for name in around.columns)
    elif of.name == "visits":
        yield from ((visit, visit) for visit in around.study.visits)
    elif of.name == "assays":
        yield from ((each.id, _measuring(each, around.study)) for each in around.study.assays)
    elif part := DECLARED.get(of.name):
        if of.name == "cell_type" and not of.required and len(around.study.cell_types) < 2:
            return
        yield from ((each.id, _named(each)) for each in getattr(around.study, part))


_TO_BEGIN_WITH = "human myeloid cells"
"""The panel that tells myeloid cells from one another."""


def _panels(around: Around) -> Iterator[tuple[str, str]]:
    """Every gene, the panels of the catalog, the one to begin with first, and tables that may hold
    a list of genes.
    """
    yield "", "all genes of both tables"
    names = sorted(catalog.panels(), key=lambda name: name != _TO_BEGIN_WITH)
    yield from ((name, f"{name}: {catalog.panels()[name].meaning}") for name in names)
    yield from _files(around)


def _files(around: Around) -> Iterator[tuple[str, str]]:
    yield from ((name, name) for name in around.files)


_OF_IDENTITY: Mapping[str, Callable[[Around], Iterator[tuple[str, str]]]] = {
    "file": _files,
    "panel": _panels,
    "evidence": lambda around: evidence_questions(around.study),
}
"""What the fields choose from that only a question of identity has."""


def _named(record: object) -> str:
    """A record in words, with its short name where that says more."""
    own, name = getattr(record, "id", ""), getattr(record, "name", "")
    return f"{name} ({own})" if name and name != own else own


def _measuring(assay: Assay, study: Study) -> str:
    """An assay, with the analyte where it measures one only."""
    own = only_analyte(assay)
    name = next((each.name for each in study.analytes if each.id == own), own)
    return f"{assay.id} ({name or own})" if own else assay.id


def only_analyte(assay: Assay) -> str:
    """The one analyte that an assay measures, such as an ELISA; empty where it may be several."""
    return str(getattr(assay, "analyte", "") or "") if assay.kind == "immunoassay" else ""


def _measured_options(study: Study) -> Iterator[tuple[str, str]]:
    """The response to each stimulus, the level itself, and the level under each."""
    given = [each for each in study.stimuli if not each.control]
    yield from ((f"{_RESPONSE}{each.id}", f"the response to {each.name}") for each in given)
    control = next((each for each in study.stimuli if each.control), None)
    yield "", f"the level, {control.name}" if control else "the level"
    yield from ((f"{_LEVEL}{each.id}", f"the level under {each.name}") for each in given)


def _measured(values: Values) -> str:
    """The choice that stands for a stimulus or a condition."""
    if MEASURED in values:
        return next(iter(values[MEASURED]), "")
    stimulus, condition = (next(iter(values.get(n, ())), "") for n in ("stimulus", "condition"))
    if stimulus:
        return f"{_RESPONSE}{stimulus}"
    return f"{_LEVEL}{condition}" if condition else ""


# Folds.


def fold_of(margin: str) -> str:
    """A margin of study.yaml (log2) in folds; what is no number stays as it is.

    >>> fold_of("1"), fold_of("0.585"), fold_of("x")
    ('2', '1.5', 'x')
    """
    try:
        fold = 2 ** float(margin)
    except (ValueError, OverflowError):
        return margin
    return f"{fold:.4g}"


def margin_of_fold(text: str, before: str = "") -> str:
    """The margin of so many folds; the one before where it has the same folds. Raises `StudyError`
    for folds of 1 or less.
    """
    if before and fold_of(before) == text.strip():
        return before
    fold = decimal(text, "the smallest difference that matters")
    if not 1 < fold < 1e6:
        expected = "a fold above 1, such as 1.5 or 2"
        cure = "type how many times as high a difference must be to matter"
        raise StudyError(Mistake("the smallest difference that matters", text, expected, cure))
    return f"{math.log2(fold):.6g}"


# What a filled form says.


def without_idle_assays(filled: Filled, study: Study) -> tuple[Filled, tuple[str, ...]]:
    """A new question without the assays that measure none of its analytes, and their ids: a form
    opens with every assay chosen. One that measures any must be left, and a question that was
    there stays as it was written.
    """
    asked = {*filled.values.get("analytes", ()), *filled.values.get("against", ())}
    chosen = filled.values.get("assays", ())
    measured = {each.id: only_analyte(each) for each in study.assays}
    idle = tuple(each for each in chosen if measured.get(each) and measured[each] not in asked)
    left = [each for each in chosen if each not in idle]
    if filled.before or not asked or not left:
        return filled, ()
    return replace(filled, values={**filled.values, "assays": left}), idle


@dataclass(frozen=True)
class Filled:
    """A form as it was sent: the question that it changes (`before`, its record as the page had it;
    empty for a new one), and what stands in its fields.
    """

    kind: Kind
    values: Values
    before: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The id that the question had; empty for a new one."""
        return _plain(self.before.get("id", ""))

    @property
    def lacking(self) -> tuple[str, ...]:
        """The labels of fields that a question of this kind needs, and that are empty."""
        record = self.record(())
        needed = [each for each in self.kind.fields if each.required]
        return tuple(each.label for each in needed if each.name not in record)

    def record(self, taken: Sequence[str]) -> dict[str, Tree]:
        """The record of study.yaml; `taken` are the ids of other questions. Raises `StudyError` for
        a number that is none.
        """
        made: dict[str, Tree] = {"id": self._id(taken), "ask": self.kind.ask}
        for each in self.kind.fields:
            if each.name != "id":
                made |= self._of_field(each)
        return {key: value for key, value in made.items() if value}

    def edits(self, taken: Sequence[str]) -> list[Edit]:
        """The edits that make study.yaml ask this question."""
        record = self.record(taken)
        if not self.name:
            pairs: Tree = tuple(record.items())
            return [Edit((_QUESTIONS, str(record["id"])), None, flow(pairs))]
        now = {key: flow(value) for key, value in record.items()}
        keys = [key for key in {**self.before, **now} if key != "id"]
        made = [
            Edit((_QUESTIONS, self.name, key), self.before.get(key), now.get(key))
            for key in (*keys, "id")
        ]
        return [each for each in made if each.was != each.now]

    def _id(self, taken: Sequence[str]) -> str:
        own = next(iter(self.values.get("id", ())), "").strip()
        if own or self.name:
            return own or self.name
        analytes = list(self.values.get("analytes", ()))
        about = analytes[0] if len(analytes) == 1 else ""
        stem = "_".join(filter(None, [self.kind.ask, about])).lower()
        numbered = (f"{stem}_{n}" for n in range(2, len(taken) + 3))
        return next(each for each in (stem, *numbered) if each not in taken)

    def _of_field(self, of: FieldOfKind) -> dict[str, Tree]:
        """The keys of the record that a field fills."""
        texts = [text.strip() for text in self.values.get(of.name, ()) if text.strip()]
        if of.control == "measured":
            choice = _measured(self.values)
            key = "condition" if choice.startswith(_LEVEL) else "stimulus"
            return {key: choice.partition(":")[2]}
        if of.control == "evidence":
            return {of.name: evidence_tree(self.values)}
        if of.control == "words":
            return {of.name: _split(texts)}
        if of.control in ("pair", "several"):
            return {of.name: list(texts)}
        if not texts or (texts[0] == of.default and of.name not in self.before):
            return {}
        if of.control == "fold":
            return {of.name: margin_of_fold(texts[0], _plain(self.before.get(of.name, "")))}
        return {of.name: "true" if of.control == "check" else texts[0]}


def _split(texts: Sequence[str]) -> list[Tree]:
    parts = [part.strip() for text in texts for part in text.split(",")]
    return [part for part in parts if part]


def _plain(yaml: str) -> str:
    """The text of a value that is written in quotes."""
    if not yaml.startswith('"'):
        return yaml
    try:
        return str(json.loads(yaml))
    except ValueError:
        return yaml


def before_of(tree: Tree | None) -> dict[str, str]:
    """A record as the page shows it: the YAML of each key."""
    pairs = tree if isinstance(tree, tuple) else ()
    return {str(key): flow(value) for key, value in pairs}


def values_of(tree: Tree | None) -> dict[str, list[str]]:
    """A record as the values of a form, its margin in folds."""
    pairs = tree if isinstance(tree, tuple) else ()
    values = {str(key): _texts(value) for key, value in pairs if key != "evidence"}
    values |= values_of_evidence(dict(pairs).get("evidence"))
    if _MARGIN in values:
        values[_MARGIN] = [fold_of(text) for text in values[_MARGIN]]
    return values


def _texts(value: Tree) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [each if isinstance(each, str) else flow(each) for each in listed]

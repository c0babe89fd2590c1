"""Fields that branching logic hides, and fields that are calculated: held against the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from exvivo.read.redcap import logic
from exvivo.read.redcap.answers import Shown
from exvivo.read.redcap.checked import Checked, is_answered
from exvivo.read.redcap.dictionary import Field, box_column
from exvivo.read.redcap.forms import Opened
from exvivo.read.redcap.project import Row
from exvivo.read.redcap.slips import Slips
from exvivo.read.redcap.values import is_free_text
from exvivo.read.result import Ignored
from exvivo.words import shortened

Texts = Sequence[str | None]
T = TypeVar("T")


@dataclass
class Inputs:
    """What logic reads of an export: the value of a field at the row, or at another event of its
    record; None where it is not known.
    """

    data: Checked
    rows: Sequence[Row]
    opened: Opened
    slips: Slips
    _base: dict[tuple[str, str], int] = field(default_factory=dict)
    _at: dict[tuple[str, str], list[int | None]] = field(default_factory=dict)
    _own: dict[tuple[str, str], Texts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at, row in enumerate(self.rows):
            if not row.form and not row.instance and at not in self.slips.unplaced:
                self._base[row.record, row.event] = at

    def each(
        self, parsed: logic.Logic, evaluate: Callable[[Mapping[logic.Field, Texts], int], list[T]]
    ) -> list[T]:
        """What a logic gives, row by row; each combination of its inputs is evaluated once."""
        there = {each: texts for each in parsed.fields if (texts := self._of(each)) is not None}
        combined = list(zip(*there.values(), strict=True)) or [()] * len(self.rows)
        distinct = {combination: n for n, combination in enumerate(dict.fromkeys(combined))}
        columns = dict(zip(there, zip(*distinct, strict=True), strict=False))
        results = evaluate(columns, len(distinct))
        return [results[distinct[combination]] for combination in combined]

    def again(self) -> None:
        """Looks at the rows again, as mistakes were added."""
        self._own.clear()

    def _of(self, reference: logic.Field) -> Texts | None:
        """The values of a field, row by row; None where the export has it not."""
        own = self.data.dictionary.by_name.get(reference.name)
        if own is None:
            return None
        column = box_column(own.name, reference.code) if own.kind == "checkbox" else own.name
        if column not in self.data.export.texts:
            return None
        texts = self._own.get((own.name, column))
        if texts is None:
            texts = self._own[own.name, column] = self._texts(own, column)
        places = self._places(own.form, reference.event)
        return [None if at is None else texts[at] for at in places]

    def _texts(self, own: Field, column: str) -> Texts:
        """The values of a column; None for a missing-data code, in an unopened form, and where
        something is wrong.
        """
        texts = self.data.export.texts[column]
        if own.kind == "checkbox":
            known: Mapping[str, str | None] = {"0": "0", "1": "1", "": ""}
            missing = self.data.missing_boxes(own)
            coded = [self.data.export.texts[name] for name in missing]
            unknown = {at for code in coded for at, text in enumerate(code) if text == "1"}
        else:
            codes = self.data.codes_of(own)
            values = self.data.values[own.name]
            known = {"": "", **{text: value for text, value in values.items() if text not in codes}}
            unknown = set()
        unknown |= {at for at, name in self.slips.unsure if name == column}
        opened = self.opened[own.form]
        is_id = own is self.data.dictionary.record
        return [
            known.get(text) if (is_open or is_id) and at not in unknown else None
            for at, (text, is_open) in enumerate(zip(texts, opened, strict=True))
        ]

    def _places(self, form: str, event: str) -> list[int | None]:
        """The row in which each row finds a field of a form."""
        places = self._at.get((form, event))
        if places is None:
            places = [self._place(at, row, form, event) for at, row in enumerate(self.rows)]
            self._at[form, event] = places
        return places

    def _place(self, at: int, row: Row, form: str, event: str) -> int | None:
        if (not event or event == row.event) and row.form in ("", form):
            return at
        return self._base.get((row.record, event or row.event))


def shown_fields(inputs: Inputs, ignored: list[Ignored]) -> Shown:
    """Whether each field with branching logic is shown, row by row. Logic that is not evaluated is
    listed.
    """
    parsed: dict[str, Sequence[bool | None]] = {}
    shown: dict[str, Sequence[bool | None]] = {}
    not_evaluated: dict[str, list[str]] = {}
    for own in inputs.data.dictionary.fields:
        text = own.branching
        if not text:
            continue
        if text not in parsed and text not in not_evaluated:
            outcome = logic.parse(text)
            if isinstance(outcome, logic.Logic):
                parsed[text] = _visible(inputs, outcome)
            else:
                not_evaluated[text] = [_why(outcome)]
        if text in parsed:
            shown[own.name] = parsed[text]
        else:
            not_evaluated[text].append(own.name)
    for why, *names in not_evaluated.values():
        ignored.append(Ignored(f"branching logic of {shortened(names)}", why))
    return shown


def _why(outcome: logic.NotEvaluated) -> str:
    return f"not evaluated: {outcome.reason}"


def _visible(inputs: Inputs, parsed: logic.Logic) -> list[bool | None]:
    return inputs.each(parsed, lambda columns, rows: logic.visible(parsed, columns, rows))


def check_hidden(inputs: Inputs, shown: Shown, skipped: Sequence[str], slips: Slips) -> None:
    """An answer in a field that branching logic hides is a mistake: one for all fields of a row
    that one logic hides.
    """
    hidden: dict[tuple[int, str], list[tuple[Field, list[str]]]] = {}
    for name, visible in shown.items():
        own = inputs.data.dictionary.by_name[name]
        if False not in visible or not is_answered(own) or name in skipped:
            continue
        for at, columns in _answered(own, inputs.data).items():
            if visible[at] is False and at not in slips.unplaced:
                hidden.setdefault((at, own.branching), []).append((own, columns))
    for (at, branching), answered in hidden.items():
        _say_hidden(at, branching, answered, inputs, slips)


def _answered(own: Field, data: Checked) -> dict[int, list[str]]:
    """The rows in which a field is answered, with the columns that are."""
    columns = data.boxes(own) if own.kind == "checkbox" else [own.name]
    blank = ("0", "") if own.kind == "checkbox" else ("", *data.codes_of(own))
    answered: dict[int, list[str]] = {}
    for column in columns:
        for at, text in enumerate(data.export.texts.get(column, ())):
            if text not in blank:
                answered.setdefault(at, []).append(column)
    return answered


def _say_hidden(
    at: int,
    branching: str,
    answered: Sequence[tuple[Field, list[str]]],
    inputs: Inputs,
    slips: Slips,
) -> None:
    own, columns = answered[0]
    text = inputs.data.export.texts[columns[0]][at]
    told = len(answered) == 1 and not own.is_identifier and not is_free_text(own)
    value = f"'{text}'" if told else "an answer" if len(answered) == 1 else "answers"
    names = shortened([field.name for field, _ in answered])
    slips.of_cell(
        at,
        [column for _, columns in answered for column in columns],
        f"{value} in {names}, which branching logic hides here: {branching}",
        "no answer where the field is not shown",
        "remove the answer in REDCap, or correct what the logic asks for",
    )


def check_calculated(
    inputs: Inputs, shown: Shown, ignored: list[Ignored], skipped: Sequence[str], slips: Slips
) -> None:
    """Calculated fields are calculated again: another number is a mistake. Those whose calculation
    is not evaluated are listed.
    """
    for own in inputs.data.dictionary.fields:
        if own.kind != "calc" or own.name not in inputs.data.values or own.name in skipped:
            continue
        outcome = logic.parse(own.calculation)
        if isinstance(outcome, logic.NotEvaluated):
            ignored.append(Ignored(f"calculation of {own.name}", _why(outcome)))
            continue
        visible = shown.get(own.name)
        for at, expected in _disagreements(inputs, own, outcome):
            if at not in slips.unplaced and not (visible and visible[at] is False):
                _say_calculated(at, own, expected, inputs, slips)


def _disagreements(
    inputs: Inputs, own: Field, parsed: logic.Logic
) -> Iterator[tuple[int, logic.Calculated]]:
    """The rows whose stored value is another than the calculation gives."""
    results = inputs.each(parsed, lambda columns, rows: logic.calculated(parsed, columns, rows))
    values = inputs.data.values[own.name]
    texts = inputs.data.export.texts[own.name]
    for at, (text, result) in enumerate(zip(texts, results, strict=True)):
        stored = values.get(text) if text else ""
        if stored is not None and inputs.opened[own.form][at] and result.agrees(stored) is False:
            yield at, result


def _say_calculated(
    at: int, own: Field, result: logic.Calculated, inputs: Inputs, slips: Slips
) -> None:
    text = inputs.data.export.texts[own.name][at]
    number = "blank" if result.number is None else f"{result.number:g}"
    found = f"'{text}', but its calculation gives {number}"
    if own.is_identifier:
        found = "a value that its calculation does not give"
    cure = "calculate again in REDCap (data quality rule H)"
    slips.of_cell(at, own.name, found, f"{own.calculation[:200]}", cure)

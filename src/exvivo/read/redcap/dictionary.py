"""The data dictionary of a REDCap project: its fields, as the web page or the API hands it out.

The web page downloads 18 columns (`Variable / Field Name`, ...), the API gives the same by other
names (`field_name`, ...): columns are told by their headings, in any order, others are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from exvivo.cells.messages import read_error
from exvivo.cells.text import table_text
from exvivo.cells.text_rows import SEPARATORS, TextRow, filled_rows, lines_of, split_rows
from exvivo.errors import Mistake, ReadError
from exvivo.read.result import Ignored
from exvivo.sources import Content
from exvivo.words import shortened

KINDS = (
    *("text", "notes", "calc", "dropdown", "radio", "checkbox", "yesno", "truefalse"),
    *("file", "slider", "descriptive", "sql"),
)
"""The kinds of fields of REDCap."""
CHOSEN = frozenset({"dropdown", "radio", "yesno", "truefalse"})
"""Kinds of fields with one answer among choices."""
_HEADINGS = {
    "name": ("variable / field name", "field_name"),
    "form": ("form name", "form_name"),
    "kind": ("field type", "field_type"),
    "label": ("field label", "field_label"),
    "choices": ("choices, calculations, or slider labels", "select_choices_or_calculations"),
    "validation": (
        "text validation type or show slider number",
        "text_validation_type_or_show_slider_number",
    ),
    "lowest": ("text validation min", "text_validation_min"),
    "highest": ("text validation max", "text_validation_max"),
    "identifier": ("identifier?", "identifier"),
    "branching": ("branching logic (show field only if...)", "branching_logic"),
    "annotation": ("field annotation", "field_annotation"),
}
"""The columns that are read, each as the web page and as the API call it, in small letters."""
_UNUSED = {
    *("section header", "section_header", "field note", "field_note"),
    *("required field?", "required_field", "custom alignment", "custom_alignment"),
    *("question number (surveys only)", "question_number"),
    *("matrix group name", "matrix_group_name", "matrix ranking?", "matrix_ranking"),
}
"""The columns of every dictionary that say how a form looks."""
_NEEDED = ("name", "form", "kind")
_BINARY = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
_NUMBERED = re.compile(r"-?\d+\s*,")
"""What a choice with a number as its code begins with."""
_NAME = re.compile(r"[a-z0-9_]+")
_DOWNLOAD = "download the data dictionary of the project again (csv)"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form. `choices` are the labels by code: of a dropdown, radio, yesno, truefalse
    or checkbox field; no others have any.

    `lowest` and `highest` are the limits as they are written (`2,3`, `2026-01-01`, `today`), empty
    without any. `branching` says when the field is shown (empty: always), `calculation` how a
    calculated field is made. `line` is its line in the dictionary.
    """

    name: str
    form: str
    kind: str
    label: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    validation: str = ""
    lowest: str = ""
    highest: str = ""
    is_identifier: bool = False
    branching: str = ""
    calculation: str = ""
    annotation: str = ""
    line: int = 0

    @property
    def boxes(self) -> Mapping[str, str]:
        """The codes of a checkbox field by the columns of a raw export (`wpi___3`); none of other
        fields.
        """
        if self.kind != "checkbox":
            return {}
        return {box_column(self.name, code): code for code in self.choices}

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in a raw export: one, one for each box, or none of a text that only shows."""
        if self.kind == "descriptive":
            return ()
        return tuple(self.boxes) or (self.name,)


@dataclass(frozen=True)
class Dictionary:
    """The fields of a project in their order, the first of which is the record's id. `ignored` are
    the columns of its file that are not read.
    """

    file: str
    fields: tuple[Field, ...]
    ignored: tuple[Ignored, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their names."""
        return {field.name: field for field in self.fields}

    @cached_property
    def forms(self) -> Mapping[str, tuple[Field, ...]]:
        """The fields of each form, in their order."""
        forms: dict[str, list[Field]] = {}
        for each in self.fields:
            forms.setdefault(each.form, []).append(each)
        return {form: tuple(fields) for form, fields in forms.items()}

    @property
    def record(self) -> Field:
        """The field with the record's id."""
        return self.fields[0]

    @cached_property
    def by_column(self) -> Mapping[str, Field]:
        """The field of each column of a raw export."""
        by_column: dict[str, Field] = {}
        for each in self.fields:
            by_column |= dict.fromkeys(each.columns, each)
        return by_column


def box_column(field_name: str, code: str) -> str:
    """The column of a box in a raw export: small letters, other signs as `_`.

    >>> box_column("wpi", "-99"), box_column("wpi", "UNK")
    ('wpi____99', 'wpi___unk')
    """
    return f"{field_name}___{slug(code)}"


def slug(text: str) -> str:
    """A text as REDCap makes names of it: small letters and digits, each other sign as `_`.

    >>> slug("Pain Diary")
    'pain_diary'
    """
    return re.sub(r"[^a-z0-9]", "_", text.strip().lower())


def read_dictionary(content: Content) -> Dictionary:
    """The dictionary of a project.

    Raises `ReadError` with every mistake: a file that is no dictionary, a field without a name or
    form, one twice, an unknown kind, a field of choices without any, or with a code twice.
    """
    rows = _rows(content)
    header = [heading.lower() for heading in rows[0][1]]
    at = {
        name: header.index(word)
        for name, words in _HEADINGS.items()
        for word in words
        if word in header
    }
    fields: dict[str, Field] = {}
    mistakes: list[Mistake] = []
    for line, cells in rows[1:]:
        texts = {name: cells[place] if place < len(cells) else "" for name, place in at.items()}
        made = _field(texts, line, f"{content.name}:{line}", mistakes)
        before = fields.setdefault(made.name, made)
        if before is not made and not _expanded(before, made):
            mistakes.append(_twice(made, before, content.name))
    if mistakes:
        raise ReadError(mistakes)
    ignored = tuple(_unread(rows[0][1]))
    return Dictionary(content.name, tuple(fields.values()), ignored)


def _rows(content: Content) -> list[TextRow]:
    """The rows of a dictionary, its header first. Raises `ReadError` for another file."""
    lines = lines_of(table_text(content.raw, content.name))
    for separator in reversed(SEPARATORS):
        rows = filled_rows(split_rows(lines, separator, content.name, strict=False))
        if rows and _is_header(rows[0][1]):
            rows = filled_rows(split_rows(lines, separator, content.name))
            if len(rows) > 1:
                return rows
    seen = shortened([cell for row in rows[:1] for cell in row[1]]) or "nothing"
    raise read_error(
        f"{content.name}:1",
        f"no data dictionary of REDCap: its header is {seen}",
        "a header with `Variable / Field Name`, `Form Name` and `Field Type`, and fields under it",
        _DOWNLOAD,
    )


def _is_header(cells: Sequence[str]) -> bool:
    small = {cell.lower() for cell in cells}
    return all(small & set(_HEADINGS[name]) for name in _NEEDED)


def _unread(header: Sequence[str]) -> Iterator[Ignored]:
    """The columns of a dictionary that are not read."""
    read = set(chain.from_iterable(_HEADINGS.values()))
    for heading in header:
        if heading and heading.lower() not in read:
            usual = heading.lower() in _UNUSED
            why = "how a form looks" if usual else "no column of a data dictionary"
            yield Ignored(f"column {heading} of the data dictionary", why)


def _field(texts: Mapping[str, str], line: int, where: str, mistakes: list[Mistake]) -> Field:
    """A field of a row; what is wrong with it is added to the mistakes."""
    known = {name: "" if text == "NA" and name != "label" else text for name, text in texts.items()}
    kind = known["kind"].lower()
    choices = _choices(kind, known.get("choices", ""))
    made = Field(
        name=known["name"],
        form=known["form"],
        kind=kind,
        label=known.get("label", ""),
        choices=dict(choices),
        validation=known.get("validation", "").lower(),
        lowest=known.get("lowest", ""),
        highest=known.get("highest", ""),
        is_identifier=known.get("identifier", "").lower() in ("y", "yes", "1", "true"),
        branching=known.get("branching", ""),
        calculation=known.get("choices", "") if kind == "calc" else "",
        annotation=known.get("annotation", ""),
        line=line,
    )
    mistakes += _field_mistakes(made, [code for code, _ in choices], where)
    return made


def _choices(kind: str, text: str) -> list[tuple[str, str]]:
    """Codes and labels of a field, in their order."""
    if kind in _BINARY:
        return list(_BINARY[kind].items())
    if kind not in ("dropdown", "radio", "checkbox"):
        return []
    return [_choice(part) for part in _parts(text) if part.strip()]


def _parts(text: str) -> Iterator[str]:
    """The choices of a text: parted by `|`; by line ends where a number follows, or without any
    `|`.
    """
    for part in text.split("|"):
        lines = part.strip().split("\n")
        begun = lines[0]
        for line in lines[1:]:
            if "|" not in text or _NUMBERED.match(line.strip()):
                yield begun
                begun = line
            else:
                begun += f" {line}"
        yield begun


def _choice(part: str) -> tuple[str, str]:
    """Code and label; a choice without a comma is its own code."""
    code, comma, label = part.partition(",")
    return code.strip(), " ".join((label if comma else code).split())


def _field_mistakes(made: Field, codes: Sequence[str], where: str) -> Iterator[Mistake]:
    if not _NAME.fullmatch(made.name):
        expected = "small letters, digits and `_`"
        yield Mistake(where, f"a field with the name '{made.name}'", expected, _DOWNLOAD)
    if not made.form:
        yield Mistake(where, f"no form of the field {made.name}", "its form", _DOWNLOAD)
    if made.kind not in KINDS:
        found = f"a field of the kind '{made.kind}'"
        yield Mistake(where, found, f"one of {', '.join(KINDS)}", _DOWNLOAD)
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        found = f"the code {shortened(twice)} of {made.name} twice"
        yield Mistake(where, found, "each code once", "give each choice its own code in REDCap")
    columns = [box_column(made.name, code) for code in made.choices]
    if made.kind == "checkbox" and len(set(columns)) < len(columns):
        found = f"codes of {made.name} whose columns are called the same in an export"
        yield Mistake(where, found, "codes that differ", "give each box its own code in REDCap")


def _expanded(before: Field, made: Field) -> bool:
    """Whether a checkbox field stands once for each of its boxes, as some programs write it."""
    same = ("form", "kind", "choices", "branching")
    alike = all(getattr(before, name) == getattr(made, name) for name in same)
    return made.kind == "checkbox" and alike


def _twice(made: Field, before: Field, file: str) -> Mistake:
    found = f"the field {made.name} again (first in line {before.line})"
    return Mistake(f"{file}:{made.line}", found, "each field once", _DOWNLOAD)

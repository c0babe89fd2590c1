"""Reads a REDCap project: dictionary and export in, every row and column accounted for out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from exvivo.errors import Mistake, ReadError, StudyError, UserMistake
from exvivo.read.redcap import branching, people
from exvivo.read.redcap.answers import Shown, cells_of
from exvivo.read.redcap.checked import Checked, checked
from exvivo.read.redcap.counted import Counting, base_rows, counted_rows, unread_rows
from exvivo.read.redcap.declared import absent_fields, declared_mistakes
from exvivo.read.redcap.dictionary import Dictionary, Field, read_dictionary
from exvivo.read.redcap.events import Events, read_events
from exvivo.read.redcap.forms import Opened, ask_about_boxes, only_boxes, opened_forms
from exvivo.read.redcap.headings import SURVEY_IDENTIFIER, Column, expected_columns
from exvivo.read.redcap.ids import read_links, whole_ids
from exvivo.read.redcap.labels import in_codes
from exvivo.read.redcap.project import Project, Row
from exvivo.read.redcap.rows import rows_of
from exvivo.read.redcap.slips import Slips
from exvivo.read.redcap.table import Export, read_export
from exvivo.read.redcap.two_sources import SecondSource
from exvivo.read.result import Ignored
from exvivo.sources import Content
from exvivo.study.clinic_records import Redcap
from exvivo.words import counted as number_of


@dataclass(frozen=True)
class Asked:
    """What is read of a project, and how: the block `redcap` of study.yaml; the fields that the
    study uses, and the names that its donors have at the bench.
    """

    redcap: Redcap
    used: frozenset[str]
    donors: frozenset[str]

    def uses(self, names: Iterable[str]) -> bool:
        """Whether the study uses one of some fields or columns."""
        return any(name in self.used for name in names if name not in self.redcap.ignored)


def read_project(
    dictionary: Content,
    data: Content,
    redcap: Redcap,
    *,
    events: Content | None = None,
    links: Content | None = None,
    xml: Content | None = None,
    donors: Collection[str] = (),
    used: Collection[str] = (),
) -> Project:
    """A REDCap project as its dictionary and export have it. What is wrong with it stands in its
    `mistakes`.

    `events` is the list of events, `links` the table that names the donors, `xml` the project as
    XML, against which all else is held, `donors` the names that donors have in the layouts, and
    `used` the fields that the study uses beside those of `redcap`: what is doubtful is asked about
    of those only, and of all others listed. Raises `StudyError`, with every mistake, only where a
    file cannot be read as what it is.
    """
    codebook, listed, linked = _opened(dictionary, events, links, redcap)
    second = SecondSource.of(xml)
    expected = expected_columns(codebook, redcap.missing)
    try:
        export, of_form = read_export(data, expected)
    except ReadError as error:
        raise StudyError(error.mistakes) from None
    slips = Slips(export.file, export.lines)
    slips.take(of_form)
    slips.take(second.disagreements(codebook, listed, redcap.missing))
    listed = second.events(listed)
    slips.take(declared_mistakes(redcap, codebook, listed))
    export = in_codes(export, codebook, listed, redcap.missing, slips)
    asked = Asked(redcap, frozenset((*used, *_own_fields(redcap))), frozenset(donors))
    rows, names = _rows(export, codebook, listed, linked, asked, slips)
    slips.take(second.undeclared_repeats(rows, export.file))
    project = _project(export, codebook, rows, names, asked, slips)
    return replace(project, ignored=(*project.ignored, *second.ignored))


def _own_fields(redcap: Redcap) -> Iterator[str]:
    """The fields that the block `redcap` uses itself."""
    yield from filter(None, (redcap.group, redcap.born, redcap.seen, redcap.drawn))
    yield from (instance.date for instance in redcap.instances if instance.date)


def _opened(
    dictionary: Content, events: Content | None, links: Content | None, redcap: Redcap
) -> tuple[Dictionary, Events, dict[str, str]]:
    """Dictionary, events and links. Raises `StudyError` with the mistakes of all three."""
    mistakes: list[Mistake] = []
    codebook, listed, linked = None, Events(), dict[str, str]()
    try:
        codebook = read_dictionary(dictionary)
    except UserMistake as error:
        mistakes += error.mistakes
    try:
        listed = read_events(events, redcap.visits)
    except UserMistake as error:
        mistakes += error.mistakes
    try:
        linked = read_links(links)
    except UserMistake as error:
        mistakes += error.mistakes
    if codebook is None or mistakes:
        raise StudyError(mistakes)
    return codebook, listed, linked


def _rows(
    export: Export,
    codebook: Dictionary,
    events: Events,
    links: Mapping[str, str],
    asked: Asked,
    slips: Slips,
) -> tuple[tuple[Row, ...], dict[str, str]]:
    """The rows of an export, and the donor of each record."""
    own = codebook.record
    known = links or asked.donors
    ids = whole_ids(export.of(own.name), known, own.name, slips)
    coded = {each: f"record {n}" for n, each in enumerate(dict.fromkeys(ids), start=1) if each}
    named = coded if own.is_identifier else {each: each for each in coded}
    rows = rows_of(export, [named.get(each, "") for each in ids], codebook, events, slips)
    if links:
        _say_unlinked(ids, links, own.name, slips)
        return rows, {named[each]: links[each] for each in coded if each in links}
    hidden = own.is_identifier and not set(coded) <= asked.donors
    return rows, {} if hidden else {named[each]: each for each in coded}


def _say_unlinked(ids: Sequence[str], links: Mapping[str, str], column: str, slips: Slips) -> None:
    """Records that the links table lacks."""
    first: dict[str, int] = {}
    for at, each in enumerate(ids):
        if each and each not in links:
            first.setdefault(each, at)
    for at in first.values():
        expected = "each record with its donor"
        found, cure = "a record that is not in the links table", "add it to the links table"
        slips.of_cell(at, column, found, expected, cure)


def _project(
    export: Export,
    codebook: Dictionary,
    rows: tuple[Row, ...],
    donors: dict[str, str],
    asked: Asked,
    slips: Slips,
) -> Project:
    redcap = asked.redcap
    data = checked(export, codebook, redcap.missing, tuple(redcap.ignored), slips)
    opened = opened_forms(data, rows, slips)
    if redcap.group:
        people.check_groups(redcap.group, redcap.groups, data, rows, opened, slips)
    ages = people.ages_of(redcap.born, redcap.seen, redcap.drawn, data, rows, slips)
    ignored = [*codebook.ignored, *export.ignored]
    shown = _logic(data, rows, opened, asked, ignored, slips)
    counting = _counting(data, rows, opened, asked, slips)
    counted = counted_rows(counting)
    unread = unread_rows(counting, counted)
    columns, left = _columns(data, asked)
    slips.take(absent_fields(sorted(asked.used), codebook, export.texts, export.file))
    return Project(
        dictionary=codebook,
        rows=rows,
        columns=cells_of(data, opened, shown, columns),
        donors=_donors(donors, data, rows, asked, slips),
        ages=ages,
        counted=counted,
        unread=unread,
        ignored=(*ignored, *left, *_left_rows(unread, rows, redcap.visits)),
        mistakes=slips.mistakes(),
    )


def _donors(
    donors: dict[str, str], data: Checked, rows: Sequence[Row], asked: Asked, slips: Slips
) -> dict[str, str]:
    """The donors by record; of the field `donor` of study.yaml where it is not the record's id."""
    name = asked.redcap.donor
    field = data.dictionary.by_name.get(name)
    if field is None or field is data.dictionary.record or field.is_identifier:
        return donors
    own: dict[str, str] = {}
    for at, value in enumerate(people.values_of(data, name)):
        if value and own.setdefault(rows[at].record, value) != value:
            slips.of_cell(at, name, "another donor of this record", "one donor", "correct it")
    return own


def _logic(
    data: Checked,
    rows: Sequence[Row],
    opened: Opened,
    asked: Asked,
    ignored: list[Ignored],
    slips: Slips,
) -> Shown:
    """Which fields are shown; hidden answers, other calculations and unopened boxes are said."""
    inputs = branching.Inputs(data, rows, opened, slips)
    shown = branching.shown_fields(inputs, ignored)
    skipped = tuple(asked.redcap.ignored)
    branching.check_hidden(inputs, shown, skipped, slips)
    inputs.again()
    branching.check_calculated(inputs, shown, ignored, skipped, slips)
    for form, fields in data.dictionary.forms.items():
        doubtful = only_boxes(form, data, opened, shown)
        boxes = _names([field for field in fields if field.kind == "checkbox"], data)
        if doubtful and asked.uses(boxes):
            ask_about_boxes(form, doubtful, data, slips)
        elif doubtful:
            why = "whether the form was opened is not known, and nothing of it is used"
            ignored.append(Ignored(f"boxes of {form} in {number_of(len(doubtful), 'row')}", why))
    return shown


def _names(fields: Iterable[Field], data: Checked) -> list[str]:
    """The names of fields and of their columns."""
    return [name for field in fields for name in (field.name, *data.boxes(field))]


def _counting(
    data: Checked, rows: Sequence[Row], opened: Opened, asked: Asked, slips: Slips
) -> Counting:
    redcap = asked.redcap
    forms = data.dictionary.forms.items()
    used = {form for form, fields in forms if asked.uses(_names(fields, data))}
    return Counting(
        rows=rows,
        opened=opened,
        chosen={instance.form: instance for instance in redcap.instances},
        dates={each.date: people.days_of(data, each.date) for each in redcap.instances},
        drawn=people.days_of(data, redcap.drawn),
        used=used,
        slips=slips,
        base=base_rows(rows),
    )


def _columns(data: Checked, asked: Asked) -> tuple[list[Column], list[Ignored]]:
    """The columns whose cells are kept, in the order of the dictionary; and what is not, with the
    reason.
    """
    export, redcap = data.export, asked.redcap
    there = {column.name: column for column in export.columns}
    kept: list[Column] = []
    left: list[Ignored] = []
    for column in expected_columns(data.dictionary, data.missing):
        if column.name not in there:
            continue
        if why := _why_left(column, redcap):
            left.append(Ignored(f"column {column.name}", why))
        elif column.role in ("field", "box", "status", "timestamp"):
            kept.append(column)
    return kept, [*left, *_not_exported(data.dictionary, there)]


def _why_left(column: Column, redcap: Redcap) -> str:
    """Why the cells of a column are not kept; empty where they are."""
    field = column.field
    if column.name == SURVEY_IDENTIFIER:
        return "it identifies people"
    if field is None or column.role == "record":
        return ""
    if field.name in redcap.ignored:
        return redcap.ignored[field.name] or "ignored in study.yaml"
    if field.name == redcap.born:
        return "only the age is taken of it"
    return "marked as Identifier in REDCap" if field.is_identifier else ""


def _not_exported(dictionary: Dictionary, there: Collection[str]) -> Iterator[Ignored]:
    """Fields of the dictionary that the export has not."""
    for field in dictionary.fields:
        if field.kind == "descriptive":
            yield Ignored(f"field {field.name}", "a text that only shows")
        elif not any(name in there for name in field.columns):
            yield Ignored(f"field {field.name}", "not in the export")


def _left_rows(
    unread: Mapping[int, str], rows: Sequence[Row], visits: Mapping[str, str]
) -> Iterator[Ignored]:
    """The rows that are not read, counted by reason; and the events without a visit."""
    for why, count in Counter(unread.values()).items():
        yield Ignored(number_of(count, "row"), why)
    events = Counter(row.event for row in rows if visits and row.event not in visits)
    for event, count in events.items():
        why = "no visit is declared for it under `visits`"
        yield Ignored(f"{number_of(count, 'row')} of the event {event}", why)

"""What an export of a project shows, whatever its codes mean: records, events, what repeats, and
values that may be missing-data codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from exvivo.draft.redcap.columns import limits, number
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.table import read_table
from exvivo.read.redcap import Dictionary, Field
from exvivo.read.redcap.dictionary import CHOSEN, slug
from exvivo.read.redcap.headings import EVENT, INSTANCE, INSTRUMENT, Column, expected_columns
from exvivo.read.redcap.table import Export, read_export
from exvivo.sources import content_of

_CODE = re.compile(r"[A-Z]{2,8}|-\d{1,4}|([789])\1{1,3}")
"""What missing-data codes usually look like: NASK, -99, 999."""
_WORDS = ("TRUE", "FALSE", "YES", "NO")
_BOX = re.compile(r"column (\w+?)___(\w+)")
_EVENT_NAME = "unique_event_name"


@dataclass(frozen=True)
class Seen:
    """An export: its number of rows, its records, its events (in the order of the event list, else
    as they come: `in_order` is then False), what repeats (forms, or whole events), and values that
    look like missing-data codes.
    """

    rows: int = 0
    records: tuple[str, ...] = field(default=(), repr=False)
    events: tuple[str, ...] = ()
    repeating: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    in_order: bool = True


def seen_in(
    data: Path | None,
    events: Path | None,
    dictionary: Dictionary,
    missing: Mapping[str, str] | None,
) -> Seen:
    """What the export of a project shows; without one what its event list does. Raises `ReadError`
    where they are none.
    """
    listed = _event_list(events) if events else ()
    if data is None:
        return Seen(events=listed)
    columns = expected_columns(dictionary, missing or {})
    export = _export(data, columns, is_asked=missing is None)
    there = tuple(dict.fromkeys(filter(None, export.of(EVENT))))
    return Seen(
        rows=len(export.lines),
        records=tuple(dict.fromkeys(filter(None, export.of(dictionary.record.name)))),
        events=listed or there,
        repeating=tuple(dict.fromkeys(_repeating(export))),
        codes=tuple(_codes(export, dictionary)) if missing is None else (),
        in_order=bool(listed),
    )


def _export(data: Path, columns: Sequence[Column], *, is_asked: bool) -> Export:
    """The export. Where it cannot be read and nothing was said of missing-data codes (`is_asked`),
    they may be why: labels are told by their order.
    """
    try:
        return read_export(content_of(data, data.name), columns)[0]
    except ReadError as error:
        if not is_asked:
            raise
        raise ReadError(map(_with_codes, error.mistakes)) from None


def _with_codes(mistake: Mistake) -> Mistake:
    """A mistake of the header, with what else may cure it."""
    also = "; or give the missing-data codes of the project with --missing"
    return replace(mistake, cure=mistake.cure + also * mistake.where.endswith(":1"))


def _event_list(path: Path) -> tuple[str, ...]:
    """The events of an event list, in their order."""
    names = read_table(content_of(path, path.name).raw, path.name).texts(_EVENT_NAME)
    return tuple(dict.fromkeys(filter(None, names)))


def _repeating(export: Export) -> Iterator[str]:
    """The forms of rows that repeat, or their events where a whole event does."""
    rows = zip(export.of(INSTANCE), export.of(INSTRUMENT), export.of(EVENT), strict=True)
    for instance, form, event in rows:
        if instance:
            yield slug(form) if form else event


def _codes(export: Export, dictionary: Dictionary) -> Iterable[str]:
    """Values that look like missing-data codes and are no answer of their field, and boxes of no
    choice; each once.
    """
    values = dict.fromkeys(chain.from_iterable(_odd(each, export) for each in dictionary.fields))
    by_slug = {slug(code): code for code in values}
    for part in export.ignored:
        match = _BOX.fullmatch(part.what)
        if match and dictionary.by_name.get(match[1], dictionary.record).kind == "checkbox":
            values.setdefault(by_slug.get(match[2]) or _code_of(match[2]))
    return values


def _code_of(box: str) -> str:
    """The code of a box by the name of its column: `_99` is -99, `unk` is UNK."""
    return f"-{box[1:]}" if box.startswith("_") else box.upper()


def _odd(each: Field, export: Export) -> Iterator[str]:
    """The values of a field that look like a code and cannot be answers."""
    texts = dict.fromkeys(filter(None, export.of(each.name))) if _is_closed(each) else {}
    for text in texts:
        if _CODE.fullmatch(text) and text not in _WORDS and not _may_be(text, each):
            yield text


def _is_closed(each: Field) -> bool:
    """Whether the dictionary says which answers a field takes."""
    numbers = each.kind == "slider" or each.validation.startswith(("number", "integer", "date"))
    return not each.is_identifier and (each.kind in CHOSEN or numbers)


def _may_be(text: str, each: Field) -> bool:
    """Whether a value may be an answer of a field."""
    if each.kind in CHOSEN:
        return text in each.choices or text in each.choices.values()
    value = number(text)
    return value is not None and _within(value, limits(each))


def _within(value: float, limits: Sequence[float | None]) -> bool:
    """Whether a number lies within limits; where there is none below, it may not be negative."""
    lowest, highest = limits
    above = value >= (lowest if lowest is not None else 0.0)
    return above and (highest is None or value <= highest)

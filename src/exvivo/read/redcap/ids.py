"""Ids of records, and the donors they are: zeros that a spreadsheet cut are told, never filled in
silently.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from exvivo.errors import StudyError
from exvivo.read.redcap.slips import Slips
from exvivo.sources import Content
from exvivo.study.csv_rows import read_rows

_DIGITS = re.compile(r"\d+")
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+")
_RAW = "export the records again (csv, raw data), and save them in no spreadsheet"


def read_links(content: Content | None) -> dict[str, str]:
    """The donor of each record. Raises `StudyError` for a table without the columns record and
    donor, and for a record or donor that is empty or there twice.
    """
    if content is None:
        return {}
    rows = read_rows(content.raw, file=content.name)
    mistakes = list(rows.lacking("record", "donor"))
    links: dict[str, str] = {}
    donors: set[str] = set()
    for row in rows.rows if not mistakes else ():
        record, donor = row["record"], row["donor"]
        if not record or not donor or record in links or donor in donors:
            what = "no record or donor" if not (record and donor) else "a record or donor again"
            expected = "each record with its donor, once"
            mistakes.append(row.mistake(what, expected, "correct the line"))
        links.setdefault(record, donor)
        donors.add(donor)
    if mistakes:
        raise StudyError(mistakes)
    return links


def whole_ids(
    records: Sequence[str], known: Collection[str], column: str, slips: Slips
) -> tuple[str, ...]:
    """The ids of the rows, with the zeros that they lost: each such id is a mistake.

    An id of digits has lost zeros where `known` (the records of the links table, or the donors of
    the layouts) has it with zeros before it and not without, or where it is shorter than all ids
    that begin with a zero, which are of one length.
    """
    cut = dict(_cut_ids(dict.fromkeys(records), frozenset(known)))
    first: set[str] = set()
    for at, record in enumerate(records):
        if record in cut and record not in first:
            first.add(record)
            slips.of_cell(
                at,
                column,
                f"a record id of {len(record)} digits, which has lost zeros at its beginning",
                f"an id of {len(cut[record])} digits, as others have",
                _RAW,
            )
        elif _ROUNDED.fullmatch(record):
            slips.of_cell(at, column, "a record id rounded by a spreadsheet", "the id", _RAW)
    return tuple([cut.get(record, record) for record in records])


def _cut_ids(ids: Iterable[str], known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Ids that have lost zeros, each with the id it was."""
    digits = [each for each in ids if _DIGITS.fullmatch(each)]
    lengths = {len(each) for each in digits if each.startswith("0")}
    length = lengths.pop() if len(lengths) == 1 else 0
    with_zeros = _by_number(known)
    for each in digits:
        if each in known or each.startswith("0"):
            continue
        if whole := with_zeros.get(each):
            yield each, whole
        elif len(each) < length:
            yield each, each.zfill(length)


def _by_number(known: Iterable[str]) -> Mapping[str, str]:
    """The known ids that begin with a zero, by what is left of them without."""
    cut = (each for each in known if each.startswith("0") and _DIGITS.fullmatch(each))
    return {each.lstrip("0") or "0": each for each in cut}

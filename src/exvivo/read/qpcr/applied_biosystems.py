"""Applied Biosystems exports: QuantStudio, ViiA 7, StepOne and 7500, as text, csv or workbook.

Written by the instruments' own software (`* Block Type = ...`, then `[Results]`), by Design &
Analysis and Diomni (`# Block Type: ...`, one csv a table), and by all of them as workbooks with a
sheet a section. Read are `Results` (the instrument's Cq) and `Amplification Data` (Rn); samples,
tasks and amounts of standards they leave out are taken from the other tables of wells.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PureWindowsPath

from exvivo.read.cells.guards import describe
from exvivo.read.cells.table import is_workbook, text_of
from exvivo.read.cells.text import Unreadable, decode, is_blank
from exvivo.read.cells.workbook_cells import Cell
from exvivo.read.qpcr.applied_biosystems_tables import (
    Gathered,
    Known,
    Table,
    as_number,
    counted,
    gather,
    no_well,
    well_of,
)
from exvivo.read.qpcr.applied_biosystems_words import (
    COLUMNS,
    CYCLES_RUN,
    FACTS,
    READ,
    ROLES,
    SECTIONS,
    why_column,
    why_fact,
)
from exvivo.read.qpcr.sections import Export, Row, Section, plain_name, read_export
from exvivo.read.qpcr.shared import Reaction, Reactions
from exvivo.read.result import FileRead, Ignored, Request

_HEAD = 1 << 16
"""How much of a file, or of a part of a workbook, is looked at to tell what it is."""
_CLAIM = re.compile(
    r"""^[ \t"'*#]*(block type\b|\[(sample setup|amplification data|multicomponent data|melt curve raw data)\])""",
    re.IGNORECASE | re.MULTILINE,
)
_HEADERS = (
    {"wellposition", "task"},
    {"wellposition", "omit"},
    {"wellposition", "rn"},
    {"well", "task", "reporter"},
    {"well", "task", "detector"},
    {"well", "rn", "deltarn"},
)
"""Columns that only these programs put together."""


@dataclass(slots=True)
class _Curve:
    """The lines of one well and target in Amplification Data."""

    reaction: Reaction
    points: list[tuple[float, float]] = field(default_factory=list)
    gap: bool = False


def sniff(raw: bytes, suffix: str) -> bool:
    """Whether a file begins like one of these exports, by a fact, a section or a header that only
    they have.
    """
    if is_workbook(raw):
        return _is_ours(_words(raw))
    if describe(raw[:4096]) != "text":
        return False
    head = decode(raw[:_HEAD])
    if _CLAIM.search(head):
        return True
    lines = (re.split(r"[\t;,]", line) for line in head.splitlines()[:200])
    return any(
        _is_header({plain_name(cell) for cell in cells}) for cells in lines if len(cells) > 2
    )


def _is_header(names: set[str]) -> bool:
    values = {name for field in ("cq", "rn") for name in COLUMNS[field]}
    return any(header <= names for header in _HEADERS) and not values.isdisjoint(names)


def _words(raw: bytes) -> str:
    """The first words of a workbook: the beginnings of its texts and of its first sheet, without
    opening it whole.
    """
    if not raw.startswith(b"PK"):
        return raw.replace(b"\0", b"").decode("latin-1")
    words = []
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for part in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
                if part in archive.namelist():
                    with archive.open(part) as opened:
                        words.append(opened.read(_HEAD).decode("utf-8", "replace"))
    except Exception:  # damaged or locked: whoever reads it says so
        return ""
    return "".join(words)


def _is_ours(words: str) -> bool:
    texts = {plain_name(text) for text in re.findall(r">([^<>]{2,40})<", words)}
    return "Block Type" in words or _is_header(texts)


def read(raw: bytes, request: Request) -> FileRead:
    """Vendor Cq (`cq`, from Results) and Rn (`amplification`, from Amplification Data) of every
    well and target.

    `Undetermined` and blank are no Cq: right-censored at the last cycle. Numbers may have either
    decimal mark, but the whole file has one. Raises `ReadError` for a file without either table,
    columns named twice, cells that are no number or no well, lines cut short, a decimal mark that
    cannot be told, and everything `Reactions` guards.
    """
    export = read_export(raw, request.source, READ.keys() | SECTIONS.keys())
    reactions = Reactions(request, mistakes=list(export.mistakes))
    tables, gathered = gather(export, reactions)
    last = [
        _amplification(table, gathered) for table in tables if table.kind == "amplificationdata"
    ]
    gathered.last = max(last, default=0.0) or gathered.last
    for table in tables:
        if table.kind == "results":
            _results(table, gathered)
    reactions.mistakes += gathered.mistakes()
    return reactions.read(ignored=_ignored(export, tables, gathered), header=_header(export))


def _reaction(
    table: Table, cells: Sequence[Cell], well: str, where: str, gathered: Gathered
) -> Reaction:
    """The well and target of a line, with what the file says of it in any table."""
    target = table.text(cells, "target")
    known = gathered.known.get((well, target), Known())
    role = ROLES.get(known.task)
    return Reaction(
        where=f"{where}, well {well} {target}".rstrip(),
        block=table.name,
        well=well,
        channel=target,
        role=role,
        sample=table.text(cells, "sample") or known.sample or gathered.samples.get(well),
        nominal=_amount(known, gathered) if role == "standard" else None,
    )


def _amount(known: Known, gathered: Gathered) -> float | None:
    """The stated amount of a standard."""
    text = text_of(known.quantity)
    try:
        return None if is_blank(text) else as_number(known.quantity, gathered.mark)
    except Unreadable:
        gathered.complain(
            "the amount of a standard that is no number",
            "a number",
            "correct the amounts of the standards and export the run again",
            f"{known.where} ({text})",
        )
        return None


def _results(table: Table, gathered: Gathered) -> None:
    """The Cq of every line that is a reaction."""
    for line, cells in table.section.rows:
        well = well_of(table, cells, gathered)
        if well is None:
            no_well(table, line, gathered)
            continue
        target, blank = table.text(cells, "target"), is_blank(table.text(cells, "cq"))
        named = not gathered.targets and (table.text(cells, "sample") or table.text(cells, "task"))
        if blank and not target and not named:
            gathered.note("empty wells", "no target, and nothing measured", well)
        elif len(cells) <= table.columns["cq"]:
            gathered.complain(
                "a line that ends before its Cq",
                "whole lines, with a Cq or Undetermined",
                "the file was cut short: export or copy it again",
                table.where(line, "cq"),
            )
        else:
            _cq(
                table,
                cells,
                _reaction(table, cells, well, table.where(line, "cq"), gathered),
                gathered,
            )


def _cq(table: Table, cells: Sequence[Cell], reaction: Reaction, gathered: Gathered) -> None:
    """One Cq. An omitted well without one was not analysed: that is no result, and not an
    undetected one.
    """
    cell, text = table.cell(cells, "cq"), table.text(cells, "cq")
    if _omitted(table, cells, reaction, gathered) and is_blank(text):
        gathered.note(
            "Cq of omitted wells",
            "not in the file: the instrument software left them out",
            reaction.name,
        )
        return
    try:
        none = is_blank(text) or text.lower().startswith("undet")
        gathered.reactions.cq(
            reaction, None if none else as_number(cell, gathered.mark), last=gathered.last
        )
    except Unreadable:
        gathered.complain(
            "a Cq that is no number",
            "a number of cycles, or Undetermined",
            "export the run again",
            f"{reaction.where} ({text})",
        )


def _omitted(table: Table, cells: Sequence[Cell], reaction: Reaction, gathered: Gathered) -> bool:
    omitted = table.text(cells, "omit").lower() in ("true", "1", "yes")
    if omitted:
        gathered.note(
            "omission marks",
            "kept although the instrument software omitted them; a person may exclude them in the "
            "study, with a reason",
            reaction.name,
        )
    return omitted


def _amplification(table: Table, gathered: Gathered) -> float:
    """Every curve: the lines of one well and target, in the order of their cycles. The last cycle
    of the run.
    """
    curves: dict[tuple[str, str], _Curve] = {}
    empty: dict[str, None] = {}
    last = 0.0
    for line, cells in table.section.rows:
        well, target = well_of(table, cells, gathered), table.text(cells, "target")
        if well is None:
            no_well(table, line, gathered)
            continue
        last = max(last, counted(table.cell(cells, "cycle")))
        if not target and is_blank(table.text(cells, "rn")):
            empty[well] = None
            continue
        if (well, target) not in curves:
            curves[well, target] = _Curve(
                _reaction(table, cells, well, table.where(line, "rn"), gathered)
            )
        _point(table, (line, cells), curves[well, target], gathered)
    filled = {well for well, _ in curves}
    for well in empty:
        if well not in filled:
            gathered.note("empty wells", "no target, and nothing measured", well)
    for curve in curves.values():
        _curve(curve, gathered)
    return last


def _point(table: Table, row: Row, curve: _Curve, gathered: Gathered) -> None:
    """Add the cycle and Rn of a line to its curve."""
    line, cells = row
    count, rn = counted(table.cell(cells, "cycle")), table.cell(cells, "rn")
    _omitted(table, cells, curve.reaction, gathered)
    if len(cells) <= max(table.columns["rn"], table.columns["cycle"]):
        gathered.complain(
            "a line that ends before its Rn",
            "whole lines, with cycle and Rn",
            "the file was cut short: export or copy it again",
            table.where(line, "rn"),
        )
    elif not count:
        gathered.complain(
            "a cycle that is no whole number",
            "cycles counted from 1",
            "export the run again",
            f"{table.where(line, 'cycle')} ({table.text(cells, 'cycle')})",
        )
    elif is_blank(text_of(rn)):
        curve.gap = True
    else:
        try:
            curve.points.append((count, as_number(rn, gathered.mark)))
        except Unreadable:
            gathered.complain(
                "an Rn that is no number",
                "a number",
                "export the run again",
                f"{table.where(line, 'rn')} ({text_of(rn)})",
            )


def _curve(curve: _Curve, gathered: Gathered) -> None:
    if curve.gap:
        gathered.note("points without Rn", "kept as gaps of the curve", curve.reaction.name)
    if curve.points:
        x, y = zip(*sorted(curve.points), strict=True)
        gathered.reactions.curve(curve.reaction, x, y, unit="Rn")


def _ignored(export: Export, tables: Sequence[Table], gathered: Gathered) -> Iterator[Ignored]:
    """Everything that was not read, or not as it stands."""
    read = {id(table.section): table for table in tables if table.kind}
    for section in export.sections:
        if id(section) in read:
            yield from _unread_columns(read[id(section)])
        else:
            lines = len(section.rows) + section.other
            yield Ignored(
                f"{section.name or 'a table without a name'} ({lines} {'line' if lines == 1 else 'lines'})",
                _why_section(section),
            )
    by_why: dict[str, list[str]] = {}
    for plain, (name, _) in export.facts.items():
        if plain not in FACTS and plain not in CYCLES_RUN:
            by_why.setdefault(why_fact(plain), []).append(name)
    for why, names in by_why.items():
        yield Ignored("facts: " + "; ".join(names), why)
    for (what, why), places in gathered.listed.items():
        yield Ignored(f"{what} ({len(places)})", f"{why}: {', '.join(places)}")


def _why_section(section: Section) -> str:
    name = plain_name(section.name)
    if name not in READ:
        return SECTIONS.get(name, "not known to this reader")
    if not section.header:
        return "it holds no table of wells"
    return (
        "it has no column of Cq (CT, Cq)"
        if name == "results"
        else "it has no columns of cycles and Rn"
    )


def _unread_columns(table: Table) -> Iterator[Ignored]:
    by_why: dict[str, list[str]] = {}
    used = {table.columns[name] for name in READ[table.kind] if name in table.columns}
    for index, name in enumerate(table.section.header):
        if index not in used and name:
            by_why.setdefault(why_column(plain_name(name)), []).append(name)
    for why, names in by_why.items():
        yield Ignored(f"{table.name}: {', '.join(names)}", why)
    if table.section.other:
        yield Ignored(
            f"{table.name}: {table.section.other} lines above the table", "neither facts nor wells"
        )


def _header(export: Export) -> dict[str, str]:
    """What the file says of itself. Of a path only its last part: folders may carry a person's
    name.
    """
    said = {"format": "Applied Biosystems export"}
    for plain, words in FACTS.items():
        value = export.facts.get(plain, ("", ""))[1]
        if not is_blank(value):
            said.setdefault(
                words, PureWindowsPath(value).name if words == "instrument file" else value
            )
    return said

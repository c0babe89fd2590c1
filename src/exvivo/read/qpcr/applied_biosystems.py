"""Applied Biosystems exports: QuantStudio, ViiA 7, StepOne and 7500, as text, csv or workbook.

Written by the instruments' own software (`* Block Type = ...`, then `[Results]`), by Design &
Analysis and Diomni (`# Block Type: ...`, one csv a table), and by all of them as workbooks with a
sheet a section. Read are `Results` (the instrument's Cq), `Amplification Data` (Rn) and `Melt Curve
Raw Data`; samples, tasks and amounts of standards they leave out are taken from the other tables of
wells.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PureWindowsPath

from exvivo.cells.cell import text_of
from exvivo.cells.guards import describe
from exvivo.cells.text import Unreadable, decode, is_blank
from exvivo.cells.workbook import is_workbook
from exvivo.read.qpcr.applied_biosystems_melt import read_melting
from exvivo.read.qpcr.applied_biosystems_tables import (
    Line,
    Plate,
    Stated,
    Table,
    as_number,
    counted,
    gather,
    required_well,
)
from exvivo.read.qpcr.applied_biosystems_words import (
    COLUMNS,
    CYCLES_RUN,
    FACTS,
    OMITTED,
    READ,
    ROLES,
    SAME,
    SECTIONS,
    why_column,
    why_fact,
)
from exvivo.read.qpcr.sections import Export, Section, plain_name, read_export
from exvivo.read.qpcr.shared import Reaction, Reactions
from exvivo.read.result import FileRead, Ignored, Request

_HEAD = 1 << 16
"""How much of a file, or of a part of a workbook, is looked at to tell what it is."""
_SEPARATORS = re.compile(r"[\t;,]")
_PARTS = ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml")
_CLAIM = re.compile(
    r"""^[ \t"'*#]*(block type\b|"""
    r"""\[(sample setup|amplification data|multicomponent data|melt curve raw data)\])""",
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
_VALUES = frozenset((*COLUMNS["cq"], *COLUMNS["rn"]))
_PATHS = ("instrument file",)
_EMPTY_WELLS = ("empty wells", "no target, and nothing measured")
_ITS_COLUMNS = {
    "results": "column of Cq (CT, Cq)",
    "amplificationdata": "columns of cycles and Rn",
    "meltcurverawdata": "columns of temperatures and fluorescence",
}
_CUT_SHORT = "the file was cut short: export or copy it again"
_AGAIN = "export the run again"


def sniff(raw: bytes, suffix: str) -> bool:
    """Whether a file begins like one of these exports, by a fact, a section or a header that only
    they have.
    """
    del suffix
    if is_workbook(raw):
        return _is_claimed(_words(raw))
    return describe(raw[:4096]) == "text" and _is_claimed_text(raw)


def _is_claimed_text(raw: bytes) -> bool:
    """Whether a text begins with a fact, a section or a header of one of these exports."""
    head = decode(raw[:_HEAD])
    rows = map(_SEPARATORS.split, head.splitlines()[:200])
    return any(map(_is_header, rows)) or bool(_CLAIM.search(head))


def _is_header(cells: Collection[str]) -> bool:
    names = set(map(plain_name, cells))
    return (
        len(cells) > 2
        and not _VALUES.isdisjoint(names)
        and any(header <= names for header in _HEADERS)
    )


def _words(raw: bytes) -> str:
    """The first words of a workbook: the beginnings of its texts and of its first sheet, without
    opening it whole.
    """
    if not raw.startswith(b"PK"):
        return raw.replace(b"\0", b"").decode("latin-1")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = [part for part in _PARTS if part in archive.namelist()]
            return "".join(_beginning(archive, part) for part in parts)
    except Exception:  # damaged or locked: whoever reads it says so
        return ""


def _beginning(archive: zipfile.ZipFile, part: str) -> str:
    with archive.open(part) as opened:
        return opened.read(_HEAD).decode("utf-8", "replace")


def _is_claimed(words: str) -> bool:
    """Whether the words of a workbook are of one of these exports."""
    return "Block Type" in words or _is_header(re.findall(r">([^<>]{2,40})<", words))


def read(raw: bytes, request: Request) -> FileRead:
    """Vendor Cq (`cq`, from Results), Rn (`amplification`, from Amplification Data) and melting
    curves (`melt`, from Melt Curve Raw Data) of every well and target.

    `Undetermined` and blank are no Cq: right-censored at the last cycle. Numbers may have either
    decimal mark, but the whole file has one. Raises `ReadError` for a file without either table,
    columns named twice, cells that are no number or no well, lines cut short, a decimal mark that
    cannot be told, and everything `Reactions` guards.
    """
    export = read_export(raw, request.source, READ.keys() | SECTIONS.keys())
    reactions = Reactions(request, mistakes=list(export.mistakes))
    tables, plate = gather(export, reactions)
    curves = [_amplification(table, plate) for table in _of_kind(tables, "amplificationdata")]
    plate.last = max(curves, default=0.0) or plate.last
    for table in _of_kind(tables, "results"):
        for line in table.lines:
            _result(line, plate)
    for table in _of_kind(tables, "meltcurverawdata"):
        read_melting(table, plate)
    plate.note_omitted()
    reactions.mistakes += plate.mistakes()
    return reactions.read(ignored=_ignored(export, tables, plate), header=_header(export))


def _of_kind(tables: Sequence[Table], kind: str) -> list[Table]:
    return [table for table in tables if table.kind == kind]


def _reaction(line: Line, well: str, column: str, plate: Plate) -> Reaction:
    """The well and target of a line, with what the file states of it in any table."""
    target = line.text("target")
    stated = plate.stated.get((well, target), Stated())
    role = ROLES.get(stated.task)
    return Reaction(
        where=f"{line.where(column)}, well {well} {target}".rstrip(),
        block=line.table.name,
        well=well,
        channel=target,
        role=role,
        sample=line.text("sample") or stated.sample or plate.samples.get(well),
        nominal=_amount(stated, plate) if role == "standard" else None,
    )


def _amount(stated: Stated, plate: Plate) -> float | None:
    """The stated amount of a standard."""
    text = text_of(stated.quantity)
    try:
        return None if is_blank(text) else as_number(stated.quantity, plate.mark)
    except Unreadable:
        plate.complain(
            "the amount of a standard that is no number",
            "a number",
            "correct the amounts of the standards and export the run again",
            f"{stated.where} ({text})",
        )
        return None


def _result(line: Line, plate: Plate) -> None:
    """The Cq of a line, where it is a reaction."""
    well = required_well(line, plate)
    if well is None:
        return
    if _is_empty(line, plate):
        plate.note(*_EMPTY_WELLS, well)
    elif line.reaches("cq"):
        _cq(line, _reaction(line, well, "cq", plate), plate)
    else:
        plate.complain(
            "a line that ends before its Cq",
            "whole lines, with a Cq or Undetermined",
            _CUT_SHORT,
            line.where("cq"),
        )


def _is_empty(line: Line, plate: Plate) -> bool:
    """Whether a line has neither Cq nor target; a sample or a task names it where no line has a
    target.
    """
    named = not plate.targets and (line.text("sample") or line.text("task"))
    return is_blank(line.text("cq")) and not line.text("target") and not named


def _cq(line: Line, reaction: Reaction, plate: Plate) -> None:
    """One Cq. An omitted well without one was left out by a person: that is no result, and not an
    undetected one.
    """
    try:
        value = _cq_of(line, plate.mark)
    except Unreadable:
        expected = "a number of cycles, or Undetermined"
        place = f"{reaction.where} ({line.text('cq')})"
        plate.complain("a Cq that is no number", expected, _AGAIN, place)
        return
    if value is None and _is_omitted(line):
        plate.reactions.leave_out(reaction)
        return
    _note_omitted(line, reaction, plate)
    plate.reactions.cq(reaction, value, last=plate.last)


def _cq_of(line: Line, mark: str) -> float | None:
    """The Cq of a line, None for Undetermined and blanks. Raises `Unreadable`."""
    text = line.text("cq")
    is_undetected = is_blank(text) or text.lower().startswith("undet")
    return None if is_undetected else as_number(line.cell("cq"), mark)


def _is_omitted(line: Line) -> bool:
    """Whether a person omitted the well of a line in the instrument software."""
    return line.text("omit").lower() in OMITTED


def _note_omitted(line: Line, reaction: Reaction, plate: Plate) -> None:
    """Note an omitted well that has a reading."""
    if _is_omitted(line):
        plate.omitted[reaction.name] = None


@dataclass(slots=True)
class _Curve:
    """The lines of one well and target in Amplification Data."""

    reaction: Reaction
    points: list[tuple[float, float]] = field(default_factory=list)
    gap: bool = False
    last: float = 0.0
    """The last cycle that has a line."""

    def add(self, line: Line, plate: Plate) -> None:
        """Add the cycle and Rn of a line."""
        cycle = counted(line.cell("cycle"))
        self.last = max(self.last, cycle)
        _note_omitted(line, self.reaction, plate)
        if not line.reaches("rn", "cycle"):
            plate.complain(
                "a line that ends before its Rn",
                "whole lines, with cycle and Rn",
                _CUT_SHORT,
                line.where("rn"),
            )
        elif not cycle:
            finding = "a cycle that is no whole number"
            plate.complain(finding, "cycles counted from 1", _AGAIN, line.quoted("cycle"))
        elif is_blank(line.text("rn")):
            self.gap = True
        else:
            self._point(cycle, line, plate)

    def _point(self, cycle: float, line: Line, plate: Plate) -> None:
        try:
            self.points.append((cycle, as_number(line.cell("rn"), plate.mark)))
        except Unreadable:
            plate.complain("an Rn that is no number", "a number", _AGAIN, line.quoted("rn"))

    def close(self, plate: Plate) -> None:
        """Make the points a reading."""
        if self.gap:
            plate.note("points without Rn", "kept as gaps of the curve", self.reaction.name)
        if self.points:
            plate.reactions.curve(self.reaction, *zip(*sorted(self.points), strict=True), unit="Rn")


def _amplification(table: Table, plate: Plate) -> float:
    """Every curve: the lines of one well and target, in the order of their cycles. The last cycle
    of the run.
    """
    curves: dict[tuple[str, str], _Curve] = {}
    empty: dict[str, None] = {}
    last = 0.0
    for line in table.lines:
        well, target = required_well(line, plate), line.text("target")
        if well is None:
            continue
        last = max(last, counted(line.cell("cycle")))
        if not target and is_blank(line.text("rn")):
            empty[well] = None
            continue
        if (well, target) not in curves:
            curves[well, target] = _Curve(_reaction(line, well, "rn", plate))
        curves[well, target].add(line, plate)
    _close(curves, empty, plate)
    return last


def _close(curves: Mapping[tuple[str, str], _Curve], empty: Iterable[str], plate: Plate) -> None:
    """Note the wells without any curve, and make the curves readings."""
    filled = {well for well, _ in curves}
    for well in empty:
        if well not in filled:
            plate.note(*_EMPTY_WELLS, well)
    last = max((curve.last for curve in curves.values()), default=0.0)
    for curve in curves.values():
        _refuse_short(curve, last, plate)
        curve.close(plate)


def _refuse_short(curve: _Curve, last: float, plate: Plate) -> None:
    """Refuse a curve whose lines end before those of the others: a run has one number of cycles."""
    if 0 < curve.last < last:
        plate.complain(
            f"curves that end at cycle {curve.last:g}",
            f"a line for each of the {last:g} cycles that other wells have",
            _CUT_SHORT,
            curve.reaction.name,
        )


def _ignored(export: Export, tables: Sequence[Table], plate: Plate) -> Iterator[Ignored]:
    """Everything that was not read, or not as it stands."""
    read = {id(table.section): table for table in tables if table.kind}
    for section in export.sections:
        if id(section) in read:
            yield from _unread_columns(read[id(section)])
        else:
            yield _unread_section(section)
    yield from _unread_facts(export)
    for (what, why), places in plate.listed.items():
        yield Ignored(f"{what} ({len(places)})", f"{why}: {', '.join(places)}")


def _unread_facts(export: Export) -> Iterator[Ignored]:
    passed_on = FACTS.keys() | set(CYCLES_RUN)
    facts = [
        (name, why_fact(plain))
        for plain, (name, _) in export.facts.items()
        if plain not in passed_on
    ]
    for why, names in _by_reason(facts):
        yield Ignored("facts: " + "; ".join(names), why)


def _by_reason(named: Iterable[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    """Names with their reasons, as reasons with their names."""
    names: dict[str, list[str]] = {}
    for name, why in named:
        names.setdefault(why, []).append(name)
    return names.items()


def _unread_section(section: Section) -> Ignored:
    lines = len(section.rows) + section.odd
    name = section.name or "a table without a name"
    return Ignored(f"{name} ({lines} line{'s' * (lines != 1)})", _why_section(section))


def _why_section(section: Section) -> str:
    plain = plain_name(section.name)
    name = SAME.get(plain, plain)
    if name not in READ:
        return SECTIONS.get(name, "not known to this reader")
    if not section.header:
        return "it holds no table of wells"
    return f"it has no {_ITS_COLUMNS[name]}"


def _unread_columns(table: Table) -> Iterator[Ignored]:
    used = {table.columns[name] for name in READ[table.kind] if name in table.columns}
    columns = [
        (name, why_column(plain_name(name)))
        for index, name in enumerate(table.section.header)
        if index not in used and name
    ]
    for why, names in _by_reason(columns):
        yield Ignored(f"{table.name}: {', '.join(names)}", why)
    if table.section.odd:
        what = f"{table.name}: {table.section.odd} lines above the table"
        yield Ignored(what, "neither facts nor wells")


def _header(export: Export) -> dict[str, str]:
    """What the file says of itself. Of a path only its last part: folders may carry a person's
    name.
    """
    header = {"format": "Applied Biosystems export"}
    for plain, name in FACTS.items():
        value = export.fact(plain)
        if not is_blank(value):
            header.setdefault(name, PureWindowsPath(value).name if name in _PATHS else value)
    return header

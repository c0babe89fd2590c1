"""Bio-Plex Manager: the report table of a plate as a workbook (.xlsx, .xls).

Known from a synthetic file of its shape and from how others read it: LabKey's documentation of
Luminex files says that `Obs Conc` is of the undiluted sample (standards are held against it times
the dilution), that `*` marks a number extrapolated beyond the standards, `OOR` one further off,
`---` an outlier taken out, and `***` a figure that is not available (labkey.org,
luminexImportFlags). No real workbook was at hand: concentrations are worth a look against the
program's screen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from exvivo.cells.cell import Cell, text_of
from exvivo.cells.guards import OLE
from exvivo.cells.text import Unreadable
from exvivo.cells.workbook import is_workbook, read_sheets, workbook_holds
from exvivo.errors import ReadError
from exvivo.read.cells.values import NO_VALUE, CellValue, above, below, cell_value, mark_of_texts
from exvivo.read.luminex.bioplex_sheets import Sheets, Well, is_header, read_tables
from exvivo.read.luminex.shared import LuminexFile, unit_of_assay
from exvivo.read.result import FileRead, Request
from exvivo.words import shortened

_CONCENTRATION = "obs conc"
_KINDS = {
    "fi": ("mfi", "MFI"),
    "fi - bkgd": ("net_mfi", "MFI"),
    _CONCENTRATION: ("concentration", ""),
}
_COUNTS = ("bead count", "count")
_AMOUNT = "exp conc"
_TYPE = re.compile(r"(B|ES|S|X|C)[0-9]{0,4}$")
_ROLES = {"B": "blank", "S": "standard", "ES": "standard", "X": "sample", "C": "qc"}
_REGION = re.compile(r" *\([0-9]{1,3}\)$")
_OOR = re.compile(r"OOR *([<>])$", re.IGNORECASE)
_PEOPLE = ("user", "operator", "analyst", "author", "reviewer", "computer", "signed")
_FACTS = {
    "file name": "file",
    "acquisition date": "start",
    "reader serial number": "serial number",
    "plate id": "batch",
    "rp1 pmt (volts)": "reporter gain (V)",
    "rp1 target": "reporter target",
    "software version": "software build",
}


def sniff(raw: bytes, suffix: str) -> bool:
    """A workbook with a line that names Type and Well."""
    del suffix
    try:
        sheets = read_sheets(raw, "").values() if _may_hold(raw) else ()
    except ReadError:
        return False
    return any(any(map(is_header, rows)) for rows in sheets)


def _may_hold(raw: bytes) -> bool:
    """Whether a workbook may have such a line, as far as can be told without opening its sheets."""
    names = ("Type", "Well")
    is_old = raw.startswith(OLE)
    return is_workbook(raw) and (is_old or workbook_holds(raw, names, whole_cells=True))


def read(raw: bytes, request: Request) -> FileRead:
    """Readings of every well and analyte: `mfi` of FI, `net_mfi` of FI - Bkgd, `concentration` of
    Obs Conc.

    The channel is the analyte without the region in brackets ("TNF (45)"); the sample is the
    description, else the type. A number is of the undiluted sample. `OOR <` is below the lowest
    standard, `OOR >` above the highest, both times the dilution; so is a number with a star, on the
    side on which it lies. `---`, `***` and blanks are no value, and so is an `OOR` where the file
    has no Exp Conc. The unit is the assay's: the file states none. Raises `ReadError` with every
    mistake.
    """
    sheets = read_tables(read_sheets(raw, request.source), request.source)
    gathered = LuminexFile(request, mistakes=list(sheets.mistakes))
    texts = [cell for _, cell in sheets.cells.values() if isinstance(cell, str)]
    plate = _Plate(sheets, gathered, mark_of_texts(texts, request.source))
    for figure, (kind, unit) in _KINDS.items():
        if figure in sheets.figures:
            plate.add(figure, kind, unit or unit_of_assay(request))
    plate.list_unread()
    _beside(sheets, plate.channels, gathered)
    facts = dict(_facts(sheets))
    return gathered.read({"format": "Bio-Plex Manager", "instrument": "Bio-Plex", **facts})


class _Plate:
    """The readings of a workbook: its cells with the standards, dilutions and roles they are read
    by.
    """

    def __init__(self, sheets: Sheets, gathered: LuminexFile, mark: str) -> None:
        self.sheets, self.gathered, self.mark = sheets, gathered, mark
        self.roles = {name: _role(well.kind) for name, well in sheets.wells.items()}
        self.dilutions = {name: self._dilution(well) for name, well in sheets.wells.items()}
        self.amounts = {pair: self._value(*pair, _AMOUNT).value for pair in sheets.pairs}
        self.channels = _channels([analyte for analyte, _ in sheets.pairs])
        self.standards = self._standards()
        self.counts = {pair: self._count(*pair) for pair in sheets.pairs}
        self.without_range: list[str] = []
        self.within_range: list[str] = []

    def _standards(self) -> dict[str, list[float]]:
        """The amounts of the standards of each analyte."""
        standards: dict[str, list[float]] = {}
        for (analyte, well), amount in self.amounts.items():
            if self.roles[well] == "standard" and amount is not None and amount > 0:
                standards.setdefault(analyte, []).append(amount)
        return standards

    def add(self, figure: str, kind: str, unit: str) -> None:
        """The readings of one figure."""
        pairs = [pair for pair in self.sheets.pairs if (*pair, figure) in self.sheets.cells]
        values = self._values(pairs, figure)
        names = [well for _, well in pairs]
        wells = [self.sheets.wells[name] for name in names]
        self.gathered.note_words(self.sheets.figures[figure], values)
        self.gathered.add(
            values,
            block=[self.sheets.sheet[pair] for pair in pairs],
            kind=kind,
            unit=unit,
            channel=[self.channels[analyte] for analyte, _ in pairs],
            well=names,
            sample=[well.description or well.kind or None for well in wells],
            vendor_role=list(map(self.roles.get, names)),
            vendor_nominal=[self._nominal(*pair) for pair in pairs],
            vendor_dilution=list(map(self.dilutions.get, names)),
            beads=list(map(self.counts.get, pairs)),
        )

    def _values(self, pairs: Iterable[tuple[str, str]], figure: str) -> list[CellValue]:
        if figure == _CONCENTRATION:
            return [self._concentration(*pair) for pair in pairs]
        return [self._value(*pair, figure) for pair in pairs]

    def _value(self, analyte: str, well: str, figure: str) -> CellValue:
        """A figure of an analyte in a well; no value where the workbook has none."""
        return self._read(*self.sheets.cells.get((analyte, well, figure), ("", "")))

    def _read(self, where: str, cell: Cell) -> CellValue:
        try:
            return cell_value(cell, self.mark)
        except Unreadable as why:
            expected = "a number, `---`, `***`, OOR or a blank"
            cure = "correct the cell, or export the report table again"
            self.gathered.complain(where, str(why), expected, cure)
            return NO_VALUE

    def _count(self, analyte: str, well: str) -> float | None:
        """The beads counted, in the first of the columns that the workbook has."""
        name = next((name for name in _COUNTS if name in self.sheets.figures), "")
        return self._value(analyte, well, name).value if name else None

    def _dilution(self, well: Well) -> float | None:
        factor = self._read(well.where, well.dilution).value
        if factor is None or factor > 0:
            return factor
        expected = "how many times the sample was diluted"
        cure = "correct it and export again"
        self.gathered.complain(well.where, f"dilution {factor:g}", expected, cure)
        return None

    def _nominal(self, analyte: str, well: str) -> float | None:
        role = self.roles[well]
        if role == "blank":
            return 0.0
        return self.amounts[analyte, well] if role in ("standard", "qc") else None

    def _concentration(self, analyte: str, well: str) -> CellValue:
        """Obs Conc: a number; a bound where it is out of range or extrapolated."""
        where, cell = self.sheets.cells[analyte, well, _CONCENTRATION]
        text = cell.strip() if isinstance(cell, str) else ""
        starred = text.startswith("*") and text.strip("* ") != ""
        if not starred and not _OOR.match(text):
            return self._read(where, cell)
        if analyte not in self.standards:
            self.without_range.append(f"{well} {self.channels[analyte]}")
            return NO_VALUE
        return self._out_of_range(analyte, well, where, text)

    def _out_of_range(self, analyte: str, well: str, where: str, text: str) -> CellValue:
        """The bound that `OOR <` and `OOR >` stand for, or that a starred number lies beyond."""
        low, high = self._range(analyte, well)
        side = _OOR.match(text)
        if side:
            return below(low) if side[1] == "<" else above(high)
        value = _beyond(self._read(where, text.lstrip("* ")).value, low, high)
        if value is NO_VALUE:
            self.within_range.append(f"{well} {self.channels[analyte]} ({text})")
        return value

    def _range(self, analyte: str, well: str) -> tuple[float, float]:
        """The lowest and the highest standard, times the dilution of the well."""
        amounts, factor = self.standards[analyte], self.dilutions[well] or 1.0
        return min(amounts) * factor, max(amounts) * factor

    def list_unread(self) -> None:
        """List the concentrations that are no value though the file states something."""
        if self.without_range:
            self.gathered.ignore(
                f"OOR and starred Obs Conc of {shortened(self.without_range)}",
                "the file has no Exp Conc of standards to say where its range ends: no value",
            )
        if self.within_range:
            self.gathered.ignore(
                f"Obs Conc of {shortened(self.within_range)}",
                "marked as extrapolated but between the standards (times the dilution): no value",
            )
        self._list_unit()

    def _list_unit(self) -> None:
        """List the unit of the concentrations, where there are any."""
        if _CONCENTRATION in self.sheets.figures:
            why = "not stated in the file; taken from study.yaml"
            self.gathered.ignore("unit of Obs Conc", why)


def _beyond(value: float | None, low: float, high: float) -> CellValue:
    """The end of a range that a number lies beyond; no value where it lies within."""
    if value is None or low <= value <= high:
        return NO_VALUE
    return below(low) if value < low else above(high)


def _role(kind: str) -> str | None:
    """The role that the type of a well states (S1, X3)."""
    match = _TYPE.match(kind.upper())
    return _ROLES[match[1]] if match else None


def _channels(analytes: Sequence[str]) -> dict[str, str]:
    """Every analyte without its region (TNF of "TNF (45)"), where that still tells them apart.

    >>> _channels(["TNF (45)", "IL6"])
    {'TNF (45)': 'TNF', 'IL6': 'IL6'}
    """
    bare = {name: _REGION.sub("", name).strip() or name for name in analytes}
    times = Counter(bare.values())
    return {name: short if times[short] == 1 else name for name, short in bare.items()}


def _beside(sheets: Sheets, channels: Mapping[str, str], gathered: LuminexFile) -> None:
    """Everything that is no reading, as it stands: other figures, means of wells, and the lines
    outside the tables.
    """
    for (analyte, well, figure), (_, cell) in sheets.cells.items():
        is_bound = figure == _CONCENTRATION and isinstance(cell, str)
        if is_bound or figure not in (*_KINDS, *_COUNTS):
            gathered.beside(sheets.figures[figure], well, text_of(cell), channels[analyte])
    for figure, wells, analyte, text in sheets.means:
        gathered.beside(f"mean of wells: {figure}", wells, text, channels.get(analyte, analyte))
    for analyte, channel in channels.items():
        gathered.beside("analyte", analyte, analyte, channel)
    _wells_beside(sheets, gathered)
    _lines_beside(sheets, gathered)


def _wells_beside(sheets: Sheets, gathered: LuminexFile) -> None:
    for name, well in sheets.wells.items():
        gathered.beside("Type", name, well.kind)
        gathered.beside("Dilution", name, text_of(well.dilution))


def _lines_beside(sheets: Sheets, gathered: LuminexFile) -> None:
    """The lines outside the tables, without those that may name a person."""
    for sheet, line, words in sheets.lines:
        label = _label(words)
        if _may_name_a_person(label):
            gathered.ignore(label, "may name a person")
        else:
            gathered.beside(sheet, f"line {line}", ", ".join(words))


def _label(words: Sequence[str]) -> str:
    """What a line begins with, up to its colon."""
    return words[0].partition(":")[0].strip()


def _may_name_a_person(label: str) -> bool:
    """Whether what stands behind a label may be the name of a person."""
    return any(person in label.lower() for person in _PEOPLE)


def _facts(sheets: Sheets) -> Iterator[tuple[str, str]]:
    for _, _, words in sheets.lines:
        label, _, rest = words[0].partition(":")
        name = _FACTS.get(label.strip().lower())
        text = " ".join([rest.strip(), *words[1:]]).strip()
        if name and text:
            yield name, text[:300]

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
from collections.abc import Iterator, Mapping, Sequence

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.guards import unzip
from exvivo.read.cells.table import is_workbook, read_sheets, text_of
from exvivo.read.cells.text import Unreadable
from exvivo.read.cells.workbook_cells import Cell
from exvivo.read.luminex.bioplex_sheets import Sheets, Well, is_header, read_tables
from exvivo.read.luminex.shared import NOTHING, Gathered, Result, mark_of_texts, result_of
from exvivo.read.qpcr.shared import some
from exvivo.read.result import FileRead, Ignored, Request

_KINDS = {"fi": ("mfi", "MFI"), "fi - bkgd": ("net_mfi", "MFI"), "obs conc": ("concentration", "")}
_COUNTS = ("bead count", "count")
_AMOUNT = "exp conc"
_TYPE = re.compile(r"(B|ES|S|X|C)[0-9]{0,4}$")
_ROLES = {"B": "blank", "S": "standard", "ES": "standard", "X": "sample", "C": "qc"}
_REGION = re.compile(r"(.+?) *\([0-9]{1,3}\)$")
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
        if not is_workbook(raw) or not _has_words(raw):
            return False
        return any(is_header(row) for rows in read_sheets(raw, "").values() for row in rows)
    except ReadError:
        return False


def _has_words(raw: bytes) -> bool:
    """Whether it may have such a line, as far as can be told without opening its sheets."""
    if not raw.startswith(b"PK"):
        return True
    missing = {b">Type<", b">Well<"}
    for name, content in unzip(raw, ""):
        if name.endswith(".xml"):
            missing = {word for word in missing if word not in content}
    return not missing


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
    gathered = Gathered(request, mistakes=list(sheets.mistakes))
    texts = [cell for _, cell in sheets.cells.values() if isinstance(cell, str)]
    plate = _Plate(sheets, gathered, mark_of_texts(texts, request.source))
    for figure, (kind, unit) in _KINDS.items():
        if figure in sheets.figures:
            plate.add(figure, kind, unit or str(getattr(request.assay, "unit", "")) or "pg/mL")
    plate.say()
    _beside(sheets, plate.channels, gathered)
    facts = dict(_facts(sheets))
    return gathered.read({"format": "Bio-Plex Manager", "instrument": "Bio-Plex", **facts})


class _Plate:
    """The readings of a workbook: its cells with the standards, dilutions and roles they are read
    by.
    """

    def __init__(self, sheets: Sheets, gathered: Gathered, mark: str) -> None:
        self.sheets, self.gathered, self.mark = sheets, gathered, mark
        types = {well: _TYPE.match(said.kind.upper()) for well, said in sheets.wells.items()}
        self.roles = {well: _ROLES[known[1]] if known else None for well, known in types.items()}
        self.dilutions = {well: self._dilution(said) for well, said in sheets.wells.items()}
        self.amounts = {(a, w): self._number(a, w, _AMOUNT).value for a, w in sheets.pairs}
        self.pairs = list(sheets.pairs)
        self.channels = _channels([analyte for analyte, _ in self.pairs])
        self.standards: dict[str, list[float]] = {}
        for (analyte, well), amount in self.amounts.items():
            if self.roles[well] == "standard" and amount is not None and amount > 0:
                self.standards.setdefault(analyte, []).append(amount)
        self.counts = {(a, w): self._count(a, w) for a, w in self.pairs}
        self.without: list[str] = []
        self.within: list[str] = []

    def add(self, figure: str, kind: str, unit: str) -> None:
        """The readings of one figure."""
        pairs = [(a, w) for a, w in self.pairs if (a, w, figure) in self.sheets.cells]
        read = (
            self._concentration
            if kind == "concentration"
            else lambda a, w: self._number(a, w, figure)
        )
        results = [read(analyte, well) for analyte, well in pairs]
        said = [self.sheets.wells[well] for _, well in pairs]
        self.gathered.words(self.sheets.figures[figure], results)
        self.gathered.add(
            results,
            block=[self.sheets.sheet[pair] for pair in pairs],
            kind=kind,
            unit=unit,
            channel=[self.channels[analyte] for analyte, _ in pairs],
            well=[well for _, well in pairs],
            sample=[well.description or well.kind or None for well in said],
            vendor_role=[self.roles[w] for _, w in pairs],
            vendor_nominal=[self._nominal(analyte, well) for analyte, well in pairs],
            vendor_dilution=[self.dilutions[well] for _, well in pairs],
            beads=[self.counts[pair] for pair in pairs],
        )

    def _number(self, analyte: str, well: str, figure: str) -> Result:
        where, cell = self.sheets.cells.get((analyte, well, figure), ("", ""))
        return self._result(where, cell)

    def _result(self, where: str, cell: Cell) -> Result:
        try:
            return result_of(cell, self.mark)
        except Unreadable as why:
            self.gathered.mistakes.append(
                Mistake(
                    where,
                    str(why),
                    "a number, `---`, `***`, OOR or a blank",
                    "correct the cell, or export the report table again",
                )
            )
            return NOTHING

    def _count(self, analyte: str, well: str) -> float | None:
        name = next((name for name in _COUNTS if name in self.sheets.figures), "")
        return self._number(analyte, well, name).value if name else None

    def _dilution(self, said: Well) -> float | None:
        factor = self._result(said.where, said.dilution).value
        if factor is not None and factor <= 0:
            self.gathered.mistakes.append(
                Mistake(
                    said.where,
                    f"dilution {factor:g}",
                    "how many times the sample was diluted",
                    "correct it and export again",
                )
            )
            return None
        return factor

    def _nominal(self, analyte: str, well: str) -> float | None:
        role = self.roles[well]
        return (
            0.0
            if role == "blank"
            else self.amounts[analyte, well]
            if role in ("standard", "qc")
            else None
        )

    def _concentration(self, analyte: str, well: str) -> Result:
        """Obs Conc: a number; a bound where it is out of range or extrapolated."""
        where, cell = self.sheets.cells[analyte, well, "obs conc"]
        text = cell.strip() if isinstance(cell, str) else ""
        side = _OOR.match(text)
        starred = text.startswith("*") and text.strip("* ") != ""
        if not side and not starred:
            return self._result(where, cell)
        amounts = self.standards.get(analyte)
        factor = self.dilutions[well] or 1.0
        if not amounts:
            self.without.append(f"{well} {self.channels[analyte]}")
            return NOTHING
        low, high = min(amounts) * factor, max(amounts) * factor
        if side:
            return (
                Result(censor="left", upper=low)
                if side[1] == "<"
                else Result(censor="right", lower=high)
            )
        value = self._result(where, text.lstrip("* ")).value
        if value is not None and value < low:
            return Result(censor="left", upper=low)
        if value is not None and value > high:
            return Result(censor="right", lower=high)
        self.within.append(f"{well} {self.channels[analyte]} ({text})")
        return NOTHING

    def say(self) -> None:
        """What of the concentrations is no value though the file says something, and why."""
        if self.without:
            why = "the file has no Exp Conc of standards to say where its range ends: no value"
            self.gathered.ignored.append(
                Ignored(f"OOR and starred Obs Conc of {some(self.without)}", why)
            )
        if self.within:
            why = "marked as extrapolated but between the standards (times the dilution): no value"
            self.gathered.ignored.append(Ignored(f"Obs Conc of {some(self.within)}", why))
        if "obs conc" in self.sheets.figures:
            self.gathered.ignored.append(
                Ignored("unit of Obs Conc", "not stated in the file; taken from study.yaml")
            )


def _channels(analytes: Sequence[str]) -> dict[str, str]:
    """Every analyte without its region (TNF of "TNF (45)"), where that still tells them apart.

    >>> _channels(["TNF (45)", "IL6"])
    {'TNF (45)': 'TNF', 'IL6': 'IL6'}
    """
    bare = {name: known[1].strip() if (known := _REGION.match(name)) else name for name in analytes}
    times = Counter(bare.values())
    return {name: short if times[short] == 1 else name for name, short in bare.items()}


def _beside(sheets: Sheets, channels: Mapping[str, str], gathered: Gathered) -> None:
    """Everything that is no reading, as it stands: other figures, means of wells, and the lines
    outside the tables.
    """
    for (analyte, well, figure), (_, cell) in sheets.cells.items():
        odd = figure == "obs conc" and isinstance(cell, str)
        if (figure not in _KINDS and figure not in _COUNTS) or odd:
            gathered.beside(sheets.figures[figure], well, channels[analyte], text_of(cell))
    for figure, wells, analyte, text in sheets.means:
        gathered.beside(f"mean of wells: {figure}", wells, channels.get(analyte, analyte), text)
    for analyte, channel in channels.items():
        gathered.beside("analyte", analyte, channel, analyte)
    for well, said in sheets.wells.items():
        gathered.beside("Type", well, "", said.kind)
        gathered.beside("Dilution", well, "", text_of(said.dilution))
    for sheet, line, words in sheets.lines:
        label = words[0].partition(":")[0]
        if any(person in label.lower() for person in _PEOPLE):
            gathered.ignored.append(Ignored(label.strip(), "may name a person"))
        else:
            gathered.beside(sheet, f"line {line}", "", ", ".join(words))


def _facts(sheets: Sheets) -> Iterator[tuple[str, str]]:
    for _, _, words in sheets.lines:
        label, _, rest = words[0].partition(":")
        name = _FACTS.get(label.strip().lower())
        text = " ".join([rest.strip(), *words[1:]]).strip()
        if name and text:
            yield name, text[:300]

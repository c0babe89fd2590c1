"""Bio-Plex Manager: the results of a plate as XML.

Known from a public export of version 6.2: `Samples` with Blanks, Controls, Standards and Unknowns,
each with its label, dilution, member wells and their readings (raw, nothing subtracted); `Wells`
with the beads that were counted in every region. Concentrations that the program computed are kept
beside: what stands for a result out of range in this format is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exvivo.cells.cell import column_letters
from exvivo.cells.guards import parse_xml
from exvivo.cells.messages import read_error
from exvivo.cells.text import Unreadable, decode
from exvivo.read.cells.values import NO_VALUE, CellValue, cell_value
from exvivo.read.luminex.shared import LuminexFile
from exvivo.read.result import FileRead, Request
from exvivo.words import shortened

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_START = 2000
_LARGEST = 64 << 20
"""Bytes of a file; 384 wells of 50 analytes take about 40 MB."""
_ROOT = "BioPlexManager"
_ROLES = {"Blank": "blank", "Control": "qc", "Standard": "standard", "Unknown": "sample"}
_WITH_AMOUNT = ("standard", "qc")
_FACTS = {"BioPlexManagerVersion": "software build", "XmlExportDateTime": "exported"}
_PEOPLE = "AuthorName, User, XmlExportUser"
_READ = frozenset(
    [
        *("Samples", "Label", "Description", "Dilution", "Analytes", "Analyte", "AnalyteName"),
        *("ExpectedConc", "MemberWells", "MemberWell", "MWAnalytes", "MWAnalyte", "Reading"),
        *("MWObsConc", "Wells", "Well", "RegionCount", "SerialNumber", "AuthorName", "User"),
        *_ROLES,
    ]
)
"""The elements that are read, and those that name people."""


@dataclass(frozen=True)
class _Member:
    """One analyte of one well of a sample."""

    sample: Element
    well: str
    analyte: Element

    @property
    def role(self) -> str | None:
        """What the sample is."""
        return _ROLES.get(self.sample.tag)

    @property
    def analyte_of_sample(self) -> Element | None:
        """What the sample states of the analyte; none where it states nothing."""
        analytes = self.sample.iterfind("Analytes/Analyte")
        return next((one for one in analytes if one.get("RegionNumber") == self.region), None)

    @property
    def region(self) -> str:
        """The bead region of the analyte."""
        return self.analyte.get("RegionNumber", "")

    @property
    def channel(self) -> str:
        """The analyte's name; its region where it has none."""
        return _text(self.analyte, "AnalyteName") or self.region

    @property
    def where(self) -> str:
        """Its address inside the file."""
        label = _text(self.sample, "Label")
        return f"{self.sample.tag} {label}, {self.well}, {self.channel}"

    @property
    def left_out(self) -> bool:
        """Whether the program, or its user, took the reading out."""
        reading = self.analyte.find("Reading")
        return reading is not None and reading.get("Valid", "true").lower() != "true"


def sniff(raw: bytes, suffix: str) -> bool:
    """XML whose first element is Bio-Plex Manager's."""
    del suffix
    start = decode(raw[:_START]).lstrip("\ufeff \r\n")
    return start.startswith("<") and f"{_ROOT} " in start


def read(raw: bytes, request: Request) -> FileRead:
    """Readings (`mfi`) of every member well and analyte, with the beads that were counted.

    The sample is the description, else the label; standards and controls have their expected
    concentration. A reading that the program took out as invalid is no value, and is listed.
    Concentrations and people are not read. Raises `ReadError`: XML that is damaged, a well or a
    number that cannot be read, a well and analyte twice.
    """
    if len(raw) > _LARGEST:
        most = f"at most {_LARGEST >> 20} MiB: one plate"
        raise read_error(request.source, f"XML of {len(raw) >> 20} MiB", most, "export one plate")
    root = parse_xml(raw, request.source)
    gathered = LuminexFile(request)
    members = list(_members(root, gathered))
    _refuse_twice(members, gathered)
    _add(members, _counts(root), gathered)
    _beside(root, members, gathered)
    facts = {name: root.get(key, "") for key, name in _FACTS.items() if root.get(key)}
    serial = next((e.text or "" for e in root.iter("SerialNumber")), "")
    header = {"format": "Bio-Plex Manager XML", "instrument": "Bio-Plex", **facts}
    return gathered.read({**header, **({"serial number": serial} if serial else {})})


def _text(element: Element, tag: str) -> str:
    """The text of a child; empty where there is none."""
    return (element.findtext(tag) or "").strip()


def _members(root: Element, gathered: LuminexFile) -> Iterator[_Member]:
    """Every analyte of every well of the samples."""
    for sample in _samples(root, gathered):
        for member in sample.iterfind("MemberWells/MemberWell"):
            well = _well(member, gathered)
            for analyte in member.iterfind("MWAnalytes/MWAnalyte"):
                yield _Member(sample, well, analyte)


def _samples(root: Element, gathered: LuminexFile) -> Iterator[Element]:
    """The samples whose kind is known; the others are listed."""
    for sample in root.iterfind("Samples/*/*"):
        if sample.tag in _ROLES:
            yield sample
        else:
            gathered.ignore(f"Samples of the kind {sample.tag}", "no kind that is known")


def _well(element: Element, gathered: LuminexFile) -> str:
    """The well of a row and a column number."""
    row, column = element.get("RowNo", ""), element.get("ColNo", "")
    if row.isdigit() and column.isdigit() and int(row) and int(column):
        return f"{column_letters(int(row) - 1)}{int(column)}"
    gathered.complain(
        gathered.request.source,
        f"a member well with RowNo {row!r} and ColNo {column!r}",
        "whole numbers from 1",
        "export the plate again",
    )
    return ""


def _refuse_twice(members: list[_Member], gathered: LuminexFile) -> None:
    """A well and analyte that an earlier member has too is a mistake."""
    for member, first in _repeated(members):
        gathered.complain(
            f"{gathered.request.source}, {member.where}",
            f"the same well and analyte again (first at {first})",
            "one reading of a well and analyte",
            "export one plate a file",
        )


def _repeated(members: list[_Member]) -> Iterator[tuple[_Member, str]]:
    """Members whose well and analyte stood before, each with the first place of them."""
    first: dict[tuple[str, str], str] = {}
    for member in members:
        key = (member.well, member.channel)
        if key in first:
            yield member, first[key]
        first.setdefault(key, member.where)


def _counts(root: Element) -> dict[tuple[str, str], float]:
    """The beads that were counted, by well and region."""
    counts: dict[tuple[str, str], float] = {}
    for well in root.iterfind("Wells/Well"):
        row, column = well.get("RowNo", ""), well.get("ColNo", "")
        for region in well.iter():
            count = _text(region, "RegionCount")
            if row.isdigit() and count.isdigit():
                name = f"{column_letters(int(row) - 1)}{column}"
                counts[name, region.get("RegionNumber", "")] = float(count)
    return counts


def _add(
    members: list[_Member], counts: dict[tuple[str, str], float], gathered: LuminexFile
) -> None:
    values = [_reading(member, gathered) for member in members]
    left_out = [f"{member.well} {member.channel}" for member in members if member.left_out]
    if left_out:
        why = "taken out in Bio-Plex Manager: no value"
        gathered.ignore(f"{len(left_out)} readings that are not valid: {shortened(left_out)}", why)
    gathered.add(
        values,
        block="Reading",
        kind="mfi",
        unit="MFI",
        channel=[member.channel for member in members],
        well=[member.well for member in members],
        sample=[_sample(member.sample) for member in members],
        vendor_role=[member.role for member in members],
        vendor_nominal=[_nominal(member, gathered) for member in members],
        vendor_dilution=[
            _number(member, member.sample, "Dilution", gathered) for member in members
        ],
        beads=[counts.get((member.well, member.region)) for member in members],
    )


def _reading(member: _Member, gathered: LuminexFile) -> CellValue:
    value = _number(member, member.analyte, "Reading", gathered)
    return NO_VALUE if value is None or member.left_out else CellValue(value)


def _sample(sample: Element) -> str | None:
    return _text(sample, "Description") or _text(sample, "Label") or None


def _nominal(member: _Member, gathered: LuminexFile) -> float | None:
    """The expected concentration of a standard or control; 0 there says that none was stated."""
    if member.role == "blank":
        return 0.0
    analyte = member.analyte_of_sample
    if analyte is None or member.role not in _WITH_AMOUNT:
        return None
    return _number(member, analyte, "ExpectedConc", gathered) or None


def _number(member: _Member, element: Element, tag: str, gathered: LuminexFile) -> float | None:
    """The number of a child; none where there is no such child."""
    try:
        return _value(_text(element, tag))
    except Unreadable as why:
        where = f"{gathered.request.source}, {member.where}, {tag}"
        gathered.complain(where, str(why), "a number", "export the plate again")
        return None


def _value(text: str) -> float | None:
    """The number that a text is, none where it is empty. Raises `Unreadable`: words."""
    number = cell_value(text, ".")
    if number.words:
        raise Unreadable(repr(text))
    return number.value


def _beside(root: Element, members: list[_Member], gathered: LuminexFile) -> None:
    """Concentrations that the program computed, and what is not read."""
    for member in members:
        computed = member.analyte.find("MWObsConc")
        if computed is not None:
            words = " ".join(
                filter(None, [(computed.text or "").strip(), computed.get("ReadError")])
            )
            gathered.beside("MWObsConc", member.well, words, member.channel)
    gathered.ignore(f"elements {_PEOPLE}", "may name a person")
    tags = {tag: None for element in root.iter() for tag in (element.tag,) if tag not in _READ}
    del tags[root.tag]
    gathered.ignore("elements " + ", ".join(tags), "no readings of wells")

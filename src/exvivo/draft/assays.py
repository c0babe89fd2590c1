"""The plates of a draft, put together as assays: what kind each is, which files belong to one
plate, which targets are analytes and which may be references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Literal

import polars as pl

from exvivo.catalog import known_as, usual_reference
from exvivo.draft.recognise import RawPlate, TubeFile, analyte_of
from exvivo.study import Assay, Beads, Immunoassay, Qpcr, Results

_WORD = re.compile(r"[\s_.,;()\[\]]+|-(?=\D{3})")
_NO_ID = re.compile(r"[^\w. -]+")
_ID_EDGES = " "
_LETTER = {"qpcr": "Q", "immunoassay": "E", "beads": "B", "results": "R"}
_CURVES, _CQ, _MELT = {"amplification"}, {"cq"}, {"melt"}
_SHORTEST_PREFIX = 4
_SCATTER = re.compile(r"(FSC|SSC)[-_ ]?A?$", re.IGNORECASE)
_REPORTER = re.compile(r"PE(?![a-z]*[-_ ]?Cy)(?![a-z]*CP)", re.IGNORECASE)
_CLASSIFIER = re.compile(r"APC|Red|NIR|FL4|FL6|R6", re.IGNORECASE)
_AREA = re.compile(r"[-_ ][HW]$|height|width|time", re.IGNORECASE)


@dataclass(frozen=True)
class DraftPlate:
    """One plate of the draft: its id, its assay, and what was read of it. `curves` and `melt` are
    further files of the same wells, `tubes` the files of a bead array.
    """

    id: str
    assay: str
    raw: RawPlate
    curves: str = ""
    melt: str = ""
    tubes: tuple[TubeFile, ...] = ()

    @property
    def readings(self) -> pl.DataFrame:
        """What was read of it."""
        return self.raw.readings


@dataclass
class Assays:
    """The assays of a draft by id, their plates, and the analytes in the order of the files."""

    assays: dict[str, Assay] = field(default_factory=dict)
    plates: list[DraftPlate] = field(default_factory=list)
    analytes: dict[str, None] = field(default_factory=dict)

    def of(self, assay: str) -> list[DraftPlate]:
        """The plates of an assay."""
        return [plate for plate in self.plates if plate.assay == assay]

    def add(
        self,
        raw: RawPlate,
        assay: Assay,
        analytes: Iterable[str] = (),
        *,
        curves: str = "",
        melt: str = "",
    ) -> None:
        """Add a plate, and its assay where it is the first of it."""
        self.assays.setdefault(assay.id, assay)
        self.analytes |= dict.fromkeys(analytes)
        self.plates.append(DraftPlate(self._next_id(assay), assay.id, raw, curves, melt))

    def add_tubes(self, tubes: tuple[TubeFile, ...], assay: Beads) -> None:
        """Add a bead plate of one file a well."""
        self.assays.setdefault(assay.id, assay)
        raw = RawPlate(tubes[0].file, "FCS", assay)
        self.plates.append(DraftPlate(self._next_id(assay), assay.id, raw, tubes=tubes))

    def _next_id(self, assay: Assay) -> str:
        letter = _LETTER[assay.kind]
        return f"{letter}{sum(plate.id[0] == letter for plate in self.plates) + 1}"


def assays_of(plates: Sequence[RawPlate], tubes: Sequence[TubeFile]) -> Assays:
    """The assays of all recognised files."""
    made = Assays()
    for raw, curves, melt in _with_curves([p for p in plates if isinstance(p.assay, Qpcr)]):
        made.add(raw, Qpcr(id="mrna", kind="qpcr", references=()), (), curves=curves, melt=melt)
    if "mrna" in made.assays:
        made.assays["mrna"] = _with_targets(made)
    for raw in plates:
        if isinstance(raw.assay, Immunoassay):
            _add_immunoassay(made, raw)
        elif isinstance(raw.assay, Results):
            _add_results(made, raw, raw.assay)
    for folder in dict.fromkeys(PurePosixPath(each.file).parent for each in tubes):
        own = tuple(each for each in tubes if PurePosixPath(each.file).parent == folder)
        taken = isinstance(made.assays.get("protein"), Immunoassay)
        made.add_tubes(own, _beads(own, "beads" if taken else "protein"))
    return made


def _with_curves(plates: list[RawPlate]) -> Iterator[tuple[RawPlate, str, str]]:
    """Each qPCR plate with the files of its curves and of its melting curves, where the instrument
    writes them apart.
    """
    heads = [raw for raw in plates if _kinds(raw) not in (_CURVES, _MELT)]
    used: set[str] = set()
    for raw in heads:
        if _kinds(raw) != _CQ:
            yield raw, "", ""
            continue
        curves, melt = (_beside(raw, plates, kinds, used) for kinds in (_CURVES, _MELT))
        used |= {curves, melt}
        yield raw, curves, melt
    for raw in plates:
        if raw not in heads and raw.file not in used:
            yield raw, "", ""


def _kinds(raw: RawPlate) -> set[str]:
    return set(raw.readings["kind"])


def _beside(raw: RawPlate, plates: list[RawPlate], kinds: set[str], used: set[str]) -> str:
    """The file with the curves of the same wells and the most of its name in common; empty where
    there is none.
    """
    wells = set(raw.readings["well"])
    fitting = [
        other
        for other in plates
        if _kinds(other) == kinds and other.format == raw.format and other.file not in used
        if wells <= set(other.readings["well"])
    ]
    shared = {other.file: _in_common(raw.file, other.file) for other in fitting}
    best = max(shared, key=lambda file: shared[file], default="")
    return best if best and shared[best] >= _SHORTEST_PREFIX else ""


def _in_common(one: str, other: str) -> int:
    """How many letters two names begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def channels_of(plates: Iterable[DraftPlate]) -> list[str]:
    """The targets or channels that files of some plates name."""
    names: dict[str, None] = {}
    for plate in plates:
        names |= dict.fromkeys(plate.readings["channel"].unique(maintain_order=True))
    return [name for name in names if name]


def plain_id(name: str) -> str:
    """A name as an id of study.yaml may be written."""
    return " ".join(_NO_ID.sub(" ", name).split())[:60].strip(_ID_EDGES) or "unnamed"


def _with_targets(made: Assays) -> Qpcr:
    """The qPCR assay with its targets: usual reference genes by name, the others as analytes."""
    plates = made.of("mrna")
    references: list[str] = []
    targets: dict[str, str] = {}
    for name in channels_of(plates):
        if usual_reference(name):
            references.append(name)
            continue
        analyte = known_as(name) or plain_id(name)
        made.analytes[analyte] = None
        if analyte != name:
            targets[name] = analyte
    kinds = {kind for plate in plates for kind in plate.readings["kind"].unique()}
    cq: Literal["curve", "vendor"] = "vendor" if kinds >= _CQ and not kinds >= _CURVES else "curve"
    return Qpcr(id="mrna", kind="qpcr", references=tuple(references), targets=targets, cq=cq)


def _add_immunoassay(made: Assays, raw: RawPlate) -> None:
    """A plate of named channels (Luminex, MSD), or of one analyte that its file's name may tell."""
    names = [name for name in raw.readings["channel"].unique(maintain_order=True) if name]
    if names:
        ids = {name: known_as(name) or plain_id(name) for name in names}
        channels = {name: own for name, own in ids.items() if own != name and not known_as(name)}
        assay = Immunoassay(id=_family(raw), kind="immunoassay", channels=channels)
        made.add(raw, assay, ids.values())
        return
    analyte = _analyte_in(raw.file)
    name = f"elisa_{analyte.lower()}" if analyte else "elisa"
    made.add(
        raw,
        Immunoassay(id=name, kind="immunoassay", analyte=analyte),
        [analyte] if analyte else [],
    )


def _family(raw: RawPlate) -> str:
    return "luminex" if "Luminex" in raw.format or "Bio-Plex" in raw.format else "protein"


def _analyte_in(file: str) -> str:
    """The one analyte that the name of a file, or of its folder, holds; empty for none or several.

    >>> _analyte_in("ELISA_TNF_Platte1.xlsx"), _analyte_in("plate 1.xlsx")
    ('TNF', '')
    """
    path = PurePosixPath(file)
    for text in (path.stem, path.parent.name):
        known = {symbol for word in _WORD.split(text) if word and (symbol := analyte_of(word))}
        if len(known) == 1:
            return known.pop()
    return ""


def _add_results(made: Assays, raw: RawPlate, read: Results) -> None:
    """A table of results, with the columns it was read by."""
    names = dict.fromkeys(read.channels.values())
    channels = {name: own for name, own in read.channels.items() if name != own}
    used = sum(each.startswith("results") for each in made.assays)
    same = [
        each.id
        for each in made.assays.values()
        if isinstance(each, Results)
        and replace(each, id="draft") == replace(read, channels=channels)
    ]
    name = same[0] if same else f"results{used + 1 if used else ''}"
    made.add(raw, replace(read, id=name, channels=channels), names)


def _beads(tubes: Sequence[TubeFile], name: str) -> Beads:
    """A bead array with the channels that are usually what: scatter, reporter (PE) and classifiers
    (APC, red).
    """
    names = [short for short, _ in tubes[0].tube.channels]
    areas = [name for name in names if not _AREA.search(name)]
    scatter = [name for name in areas if _SCATTER.match(name)]
    reporter = [name for name in areas if _REPORTER.search(name)]
    classifier = [name for name in areas if _CLASSIFIER.search(name) and name not in reporter]
    return Beads(
        id=name,
        kind="beads",
        classifier=tuple(classifier[:2]),
        reporter=reporter[0] if len(reporter) == 1 else "",
        scatter=tuple(scatter[:2]),
    )

"""The records of a study: what study.yaml may say, field by field.

Every field carries its meaning; the reader of study.yaml, its error messages and the JSON Schema
for editors are all made from these records, so this file and `question_records` are the whole
grammar. A field without a default must be given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal

import polars as pl

from exvivo import catalog
from exvivo.bounds import BOUNDS, Bounds
from exvivo.study.assumptions import Assumptions
from exvivo.study.clinic_records import Characteristic, Questionnaire, Redcap, Scale
from exvivo.study.open_records import OpenQuestion
from exvivo.study.question_records import Question
from exvivo.study.result_units import DataScale, under_logarithm
from exvivo.study.say import say
from exvivo.study.score_tables import ScoreTable
from exvivo.study.scoring import ScoringKey
from exvivo.study.summary_records import Summary
from exvivo.tables import EXCLUSIONS


@dataclass(frozen=True, kw_only=True)
class Group:
    """People compared with one another."""

    id: str = say("short name used in donors.csv")
    name: str = say("the group in words, as the report should say it (people with fibromyalgia)")
    n: int | None = say(
        "how many people it should have; another number in donors.csv is told at its answers",
        default=None,
    )
    color: str = say(
        'its colour in every figure, in quotes: "#0072B2"; left out: the next of six that people '
        "tell apart with every kind of colour vision",
        default="",
    )


@dataclass(frozen=True, kw_only=True)
class CellType:
    """What the donors' cells were made into, and how."""

    id: str = say("short name used in the plate layouts (iMG)")
    name: str = say("the cells in words (induced microglia-like cells)")
    protocol: str = say("how they were made, for the methods section", default="")


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """What the cells were given. One stimulus with `control: true` stands for unstimulated."""

    id: str = say("short name used in the plate layouts (ATP, none)")
    name: str = say("the stimulus in words")
    control: bool = say("true for the condition the others are compared with", default=False)
    dose: str = say("dose with its unit, if all wells had the same (1 mM)", default="")
    time: str = say("exposure time with its unit, if all wells had the same (4 h)", default="")


@dataclass(frozen=True, kw_only=True)
class Analyte:
    """What is measured. Known ids bring their names from the catalog."""

    id: str = say("the HGNC gene symbol where there is one (TNF, IL1B, CXCL8)")
    name: str = say("the name the report should use (IL-8)", default="")


@dataclass(frozen=True, kw_only=True)
class Efficiency:
    """The amplification efficiency of a qPCR target: copies after a cycle per copy before it."""

    value: float = say("between 1 (no amplification) and 2 (perfect doubling)")
    sd: float = say("its standard error; all wells of the target share this error")


@dataclass(frozen=True, kw_only=True)
class OneCopy:
    """The Cq at which a single copy of a target is seen, so that undetected wells can be counted
    with.
    """

    cq: float = say("the Cq of a single copy, in cycles")
    sd: float = say("its standard error, in cycles")


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Detection limits of one analyte, in the unit of the assay."""

    lower: float | None = say("results below this are undetected", default=None)
    upper: float | None = say("results above this are off the scale", default=None)


@dataclass(frozen=True, kw_only=True)
class _Assay:
    """What every assay has."""

    id: str = say("short name used by plates and questions (mrna)")
    kind: str
    readout: str = say("what it reads, in the words of the report", default="protein")


CQ_COLUMNS = ("well", "target", "cq", "sample", "role", "quantity", "omit", "cycle")
"""What a plain table of qPCR results or curves may have a column for."""


@dataclass(frozen=True, kw_only=True)
class Qpcr(_Assay):
    """An RT-qPCR assay: amplification curves or the instrument's Cq, relative to reference
    genes.
    """

    kind: Literal["qpcr"] = say("qpcr")
    readout: str = say("what it reads, in the words of the report", default="mRNA")
    references: tuple[str, ...] = say(
        "the reference targets, named as in the instrument file (at least one)"
    )
    cq: Literal["curve", "vendor"] = say(
        "curve: Cq from the second derivative of each curve; vendor: the instrument's own Cq. "
        "Never mixed",
        default="curve",
    )
    cycles: int | None = say(
        "the cycles of the run, where the instrument file does not say (Cq exports of CFX or "
        "LightCycler)",
        default=None,
    )
    targets: dict[str, str] = say(
        "target name in the file: analyte id; only for names that differ", default_factory=dict
    )
    columns: dict[str, str] = say(
        "the columns of a plain table of Cq: well, target, cq, and sample (role, quantity) where "
        "they are named otherwise; cycle for a plain table of curves",
        default_factory=dict,
    )
    reference_margin: float = say(
        "log2 by which a reference gene may move with a stimulus, or stand apart between groups, "
        "before it matters: its 90 % interval must lie inside (0.5 is 1.4-fold)",
        default=0.5,
    )
    standards: Literal["relative", "copies"] = say(
        "what the nominal amounts of standards are: copies in the well, or amounts in any unit "
        "(relative)",
        default="relative",
    )
    one_copy: dict[str, OneCopy] = say(
        "the Cq of a single copy of a target, by its name in the file, where standards in copies "
        "do not tell",
        default_factory=dict,
    )
    efficiency: dict[str, Efficiency] = say(
        "efficiency of each target, by its name in the file", default_factory=dict
    )
    default_efficiency: Efficiency = say(
        "used, with a flag, for targets whose efficiency neither standards, nor the study, nor "
        "curves tell",
        default_factory=lambda: Efficiency(value=1.9, sd=0.1),
    )
    miqe: dict[str, str] = say(
        "what no file says of the work, by the item's name in the report's list of reporting "
        "items (rna extraction: kit and amount)",
        default_factory=dict,
    )


@dataclass(frozen=True, kw_only=True)
class _OffStandards(_Assay):
    """An assay that is read off standards; what all its plates have in common."""

    standards: dict[str, float] = say(
        "the amount of each standard by its name in the file, or in the column `control` of the "
        "layout, where these give none; 0 makes it a blank",
        default_factory=dict,
    )
    dilutions: dict[str, float] = say(
        "how many times samples were diluted, by their stimulus, where the layout does not say",
        default_factory=dict,
    )


@dataclass(frozen=True, kw_only=True)
class Beads(_OffStandards):
    """A bead array read on a flow cytometer, one FCS file a well, with a calibration curve per
    analyte and plate.
    """

    kind: Literal["beads"] = say("beads")
    unit: str = say("unit of the standards", default="pg/mL")
    kit: str = say(
        "a kit of the catalog (LEGENDplex human inflammation panel 1): it brings the beads and "
        "what their letters are",
        default="",
    )
    analytes: tuple[str, ...] = say(
        "the analytes of the kit whose beads are in the mixture; left out: all of them", default=()
    )
    classifier: tuple[str, ...] = say(
        "the one or two channels that tell the beads apart: that of the letters, then that of the "
        "numbers; one where letters are sizes"
    )
    directions: tuple[Literal["rising", "falling"], ...] = say(
        "whether letters, then numbers, become brighter (rising) or dimmer (falling) from one to "
        "the next, one word a classifier: with it the order of the classifiers is binding; left "
        "out: as the kit has it, else two classifiers are read as the beads lie, and one as rising",
        default=(),
    )
    reporter: str = say("the channel of the reporter dye")
    panel: dict[str, str] = say(
        "analyte id: bead position, a letter for the first classifier (or the size) and a number "
        "for the second (B3), as the vial has them; a number alone where there is one classifier. "
        "With a kit: only what differs from it, or the beads chosen from it",
        default_factory=dict,
    )
    letters: Literal["classifier", "scatter"] | None = say(
        "what the letters of the positions are: brightness on the first classifier, or the size "
        "of the beads (scatter); left out: as the kit has it, else classifier",
        default=None,
    )
    scatter: tuple[str, ...] = say(
        "forward, then side scatter, for the gate on single beads and for letters that are sizes; "
        "area and height of one detector (FSC-A, SSC-A, FSC-H) tell doublets",
        default=(),
    )
    result: Literal["curve", "signal"] = say(
        "curve: concentrations read off the standards of the plate; signal: the median "
        "fluorescence itself, without a curve",
        default="curve",
    )

    def __post_init__(self) -> None:
        """What the kit brings, under what the study says itself: a bead named in `panel` goes
        before the kit's.
        """
        kit = catalog.kit_named(self.kit)
        if kit is not None:
            object.__setattr__(self, "panel", {**self._free_beads(kit), **self.panel})
        if self.letters is None:
            object.__setattr__(self, "letters", kit.letters if kit else "classifier")

    def _free_beads(self, kit: catalog.Kit) -> dict[str, str]:
        """The beads of a kit whose positions the study gives to no bead of its own."""
        own = {position.strip().upper() for position in self.panel.values()}
        brought = kit.positions(self.analytes).items()
        return {analyte: position for analyte, position in brought if position not in own}


IMMUNOASSAY_COLUMNS = (
    "well",
    "analyte",
    "signal",
    "sample",
    "role",
    "nominal",
    "dilution",
    "beads",
)
"""What a long table of an immunoassay may have a column for."""


@dataclass(frozen=True, kw_only=True)
class Immunoassay(_OffStandards):
    """A plate assay read off standards: Luminex beads (xPONENT, INTELLIFLEX, Bio-Plex), ELISA,
    MSD.
    """

    kind: Literal["immunoassay"] = say("immunoassay")
    unit: str = say("unit of the standards", default="pg/mL")
    result: Literal["curve", "vendor", "signal"] = say(
        "curve: concentrations read off the standards of the plate; vendor: those of the "
        "instrument's software, with its < and >; signal: the signal itself, without a curve",
        default="curve",
    )
    analyte: str = say(
        "the analyte of the whole plate, where the file names none (ELISA)", default=""
    )
    channels: dict[str, str] = say(
        "name in the file: analyte id; only for names that differ", default_factory=dict
    )
    signal: str = say(
        "which reading of a file with several is the signal (450, Label1); beads: the median, net "
        "of nothing",
        default="",
    )
    minus: str = say(
        "the reading taken off it, well by well (a reference wavelength: 570)", default=""
    )
    columns: dict[str, str] = say(
        "the columns of a long table: well, analyte, signal (sample, role, nominal, dilution, "
        "beads), where they are named otherwise",
        default_factory=dict,
    )
    sheet: str = say("the sheet of a workbook; may be left out when it has one", default="")


@dataclass(frozen=True, kw_only=True)
class Results(_Assay):
    """A table of finished results: one row a sample, one column an analyte (or one row a sample and
    analyte).
    """

    kind: Literal["results"] = say("results")
    value: Literal["concentration", "mfi"] = say("what the numbers are", default="concentration")
    unit: str = say(
        "unit of the numbers; left out: pg/mL for concentrations, MFI for fluorescence", default=""
    )
    scale: DataScale | None = say(
        "what the numbers are: linear (amounts), or their logarithms: log2 (NPX too), log10, ln; "
        "bounds and limits are on the same scale. Left out: linear, and asked about where the unit "
        "or the numbers say otherwise",
        default=None,
    )
    sheet: str = say("the sheet of a workbook; may be left out when it has one", default="")
    sample: str = say(
        "the column that names the well or sample, as the layout does", default="well"
    )
    analyte: str = say("the column that names the analyte, if the table is long", default="")
    result: str = say("the column that holds the result, if the table is long", default="")
    channels: dict[str, str] = say(
        "column (or name) in the file: analyte id; only for names that differ", default_factory=dict
    )
    limits: dict[str, Limit] = say(
        "detection limits by analyte id, where the laboratory states them", default_factory=dict
    )

    def __post_init__(self) -> None:
        """Fluorescence is not in pg/mL, so the unit that goes without saying follows from what the
        numbers are.
        """
        if not self.unit:
            object.__setattr__(self, "unit", "MFI" if self.value == "mfi" else "pg/mL")

    @property
    def logged(self) -> bool:
        """Whether the numbers are declared as logarithms."""
        return self.scale not in (None, "linear")

    @property
    def amount_unit(self) -> str:
        """The unit of the amounts: of the numbers, or of what they are the logarithms of."""
        return under_logarithm(self.unit) if self.logged else self.unit

    @property
    def table_unit(self) -> str:
        """The unit of the numbers as they stand in the table (log10 pg/mL)."""
        if not self.logged or self.unit != self.amount_unit:
            return self.unit
        return f"{self.scale} {self.unit}"


Assay = Qpcr | Beads | Immunoassay | Results

AssayKind = Literal["qpcr", "beads", "immunoassay", "results"]
"""The words of `kind`."""
ASSAYS: Mapping[AssayKind, type[Assay]] = {
    "qpcr": Qpcr,
    "beads": Beads,
    "immunoassay": Immunoassay,
    "results": Results,
}
"""The record of each kind of assay."""


@dataclass(frozen=True, kw_only=True)
class Plate:
    """One plate (or one table of results): its assay, its file and its layout."""

    id: str = say("short name (Q1)")
    assay: str = say("the assay it belongs to")
    layout: str = say(
        "the layout table, relative to the study folder (plates/Q1.csv); left out where `samples` "
        "splits the names in the file",
        default="",
    )
    file: str = say(
        "the instrument file, from the study folder; left out where the layout has a `file` "
        "column, one file a well",
        default="",
    )
    samples: str = say(
        "how the sample names of the file are made, in place of a layout (`{donor} {stimulus}`, "
        "`{donor}_{stimulus}[_{replicate}]`); the fields are donor, stimulus, dose, time, "
        "replicate, culture, visit and cell_type, and a part in brackets may be absent. Wells that "
        "the layout names go by the layout",
        default="",
    )
    run: str = say("the run of an RDML file that holds several, one plate for each", default="")
    analyte: str = say(
        "the analyte of this plate, where its file names none and the assay has a kit a plate "
        "(ELISA); goes before that of the assay",
        default="",
    )
    curves: str = say(
        "the file with the amplification curves of the same wells, where the instrument writes "
        "them apart from the Cq (CFX, LightCycler 480)",
        default="",
    )
    melt: str = say(
        "the file with the melting curves of the same wells, where the instrument writes them "
        "apart (CFX)",
        default="",
    )

    @property
    def place(self) -> str:
        """Where its wells are named: the layout, else the instrument file."""
        return self.layout or self.file


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was decided before the results were seen."""

    declared: str = say("the date the questions were written down (2026-03-01)", default="")
    alpha: float = say("the error rate of a family; intervals have level 1 - alpha", default=0.05)
    wells: int | None = say(
        "technical replicates of each culture and condition that are planned", default=None
    )
    cultures: int | None = say(
        "cultures of each donor and condition that are planned", default=None
    )
    stopping: str = say(
        "when no more donors are taken in, in words (when 14 and 10 are measured, or on "
        "2027-03-01)",
        default="",
    )
    permutations: int = say("Monte-Carlo permutations where all of them are too many", default=9999)
    seed: int = say("seed of every random number of the analysis", default=1)
    joint: bool = say(
        "true: fit the joint model of all analytes, wells and scores beside every answer it can "
        "be asked (takes a minute or two)",
        default=False,
    )
    calibrate: bool = say(
        "true: simulate this study's own design 1,000 times through the method of each answer and "
        "print how often it is wrong here (takes a minute; kept for the next run)",
        default=False,
    )


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A contradiction that a person lets stand: answers that it touches are given, and say so."""

    flag: str = say("the name of the flag, as `exvivo check` and the report print it")
    reason: str = say("why it may stand, in words")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How large a file of the study may be; one that is larger is refused before it is parsed."""

    megabytes: int = say("of a table, text, workbook or archive, in MB", default=BOUNDS.megabytes)
    fcs_megabytes: int = say("of an FCS file, in MB", default=BOUNDS.fcs_megabytes)
    rows: int = say("lines of a text", default=BOUNDS.rows)
    columns: int = say("columns of a text", default=BOUNDS.columns)

    @property
    def bounds(self) -> Bounds:
        """As the bounds of files."""
        return Bounds(
            megabytes=self.megabytes,
            fcs_megabytes=self.fcs_megabytes,
            rows=self.rows,
            columns=self.columns,
        )


@dataclass(frozen=True, kw_only=True)
class Study:
    """A whole study, checked. `donors`, `layout`, `cultures` and `exclusions` are its tables;
    `root` is its folder; `blinded` says that its groups and donors stand under codes.
    """

    exvivo: int = say("the version of this grammar: 1")
    title: str = say("the title of the report")
    simulated: bool = say(
        "true if the data are simulated; every output then says so", default=False
    )
    groups: tuple[Group, ...] = say("the groups of people")
    cell_types: tuple[CellType, ...] = say(
        "the cells; left out for samples without cells (plasma)", default=()
    )
    stimuli: tuple[Stimulus, ...] = say("the stimuli; left out where nothing was given", default=())
    analytes: tuple[Analyte, ...] = say(
        "the analytes; left out before the first plate: a study of people alone", default=()
    )
    assays: tuple[Assay, ...] = say("the assays; left out before the first plate", default=())
    plates: tuple[Plate, ...] = say("the plates; left out before the first one", default=())
    scales: tuple[Scale, ...] = say("the clinical scales of clinic.csv", default=())
    questionnaires: tuple[Questionnaire, ...] = say(
        "questionnaires whose answers or totals are there: their scores are scales too", default=()
    )
    characteristics: tuple[Characteristic, ...] = say(
        "what the first table of the report tells of the people: columns of donors.csv by their "
        "kinds",
        default=(),
    )
    redcap: Redcap | None = say(
        "a REDCap project in the place of donors.csv and clinic.csv", default=None
    )
    visits: tuple[str, ...] = say(
        "the visits in their order (intake, follow_up), where their names do not give it: numbers, "
        "dates (2026-03-01) and month0, month12 do",
        default=(),
    )
    missing: tuple[str, ...] = say(
        "words that say of a cell of donors.csv, cultures.csv or clinic.csv that it is not known "
        "(UNK, -99), beside an empty cell",
        default=(),
    )
    questions: tuple[Question, ...] = say(
        "the questions, declared before the results are seen", default=()
    )
    plan: Plan = say("what was decided beforehand", default_factory=Plan)
    assumptions: Assumptions = say(
        "what is assumed of the people, the cells and the assays, for a plan of the study; no "
        "answer hangs on it",
        default_factory=Assumptions,
    )
    open: tuple[OpenQuestion, ...] = say(
        "what a draft could not know: answer each where it says, then delete its entry", default=()
    )
    accept: tuple[Accepted, ...] = say(
        "contradictions that may stand, each by its name and with the reason", default=()
    )
    raw_roots: tuple[str, ...] = say(
        "folders outside the study folder, by their whole path (a share of the laboratory), below "
        "which files that the study names may lie",
        default=(),
    )
    summary: Summary = say(
        "what the plain-language summary cannot know of itself; no number hangs on it",
        default_factory=Summary,
    )
    limits: Limits = say(
        "how large a file may be, where an honest one is larger than usual", default_factory=Limits
    )
    root: Path = field(default=Path(), metadata={"internal": True})
    blinded: bool = field(default=False, metadata={"internal": True}, compare=False)
    not_asked: frozenset[tuple[str, str]] = field(
        default=frozenset(), metadata={"internal": True}, compare=False
    )
    scoring_keys: tuple[ScoringKey, ...] = field(
        default=(), metadata={"internal": True}, compare=False
    )
    score_tables: Mapping[str, ScoreTable] = field(
        default_factory=dict, metadata={"internal": True}, compare=False
    )
    donors: pl.DataFrame = field(
        default_factory=pl.DataFrame, metadata={"internal": True}, compare=False
    )
    layout: pl.DataFrame = field(
        default_factory=pl.DataFrame, metadata={"internal": True}, compare=False
    )
    cultures: pl.DataFrame = field(
        default_factory=pl.DataFrame, metadata={"internal": True}, compare=False
    )
    exclusions: pl.DataFrame = field(
        default_factory=EXCLUSIONS.frame, metadata={"internal": True}, compare=False
    )

    def assay(self, name: str) -> Assay:
        """The assay of that id."""
        return next(assay for assay in self.assays if assay.id == name)

    def control_stimulus(self) -> str | None:
        """The id of the condition the others are compared with, if the study stimulates at all."""
        return next((stimulus.id for stimulus in self.stimuli if stimulus.control), None)

    def name_of(self, identifier: str) -> str:
        """The words for an id of a group, cell type, stimulus, analyte or scale; the catalog's for
        an analyte without a name; else the id.
        """
        for record in self._named():
            if record.id == identifier and record.name:
                return record.name
        return self._catalog_name(identifier)

    def _catalog_name(self, identifier: str) -> str:
        """The name that the catalog has for an analyte of the study; else the id."""
        own = {analyte.id for analyte in self.analytes}
        entry = catalog.analytes().get(identifier) if identifier in own else None
        return entry.name if entry else identifier

    def _named(self) -> Iterator[Group | CellType | Stimulus | Analyte | Scale]:
        return chain(self.groups, self.cell_types, self.stimuli, self.analytes, self.scales)

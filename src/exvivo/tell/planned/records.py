"""What pages and terminals show of a plan, as records: how often each question would be answered in
each planned size of a study, and the plates as they are laid out. Whoever plans fills them; all
words and figures are made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from exvivo.errors import Mistake
from exvivo.findings import Verdict


@dataclass(frozen=True, slots=True)
class Figured:
    """A number of a plan, with its Monte-Carlo standard error where it was simulated (None: the
    number is exact), and the same number by a formula where there is one beside. NaN: no number.
    """

    value: float
    error: float | None = None
    exact: float | None = None


NOTHING = Figured(float("nan"))
"""Where there is no number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """One size of a study that was looked at. `donors`: of each group, in the study's order.
    `fold`: by how much the assumed effects were replaced (a fold), None where they stand as the
    study states them; `donor_sd`, `well_sd` (log2) likewise. `spread_ratio`: how many times wider
    the second group spreads.
    """

    donors: Mapping[str, int]
    wells: int
    cultures: int = 1
    plates: int = 1
    dropouts: float = 0.0
    fold: float | None = None
    donor_sd: float | None = None
    well_sd: float | None = None
    spread_ratio: float = 1.0
    is_planned: bool = False

    @property
    def total(self) -> int:
        """Donors of all groups."""
        return sum(self.donors.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """What a declared question would find of one analyte (or score, or assay) in a size of a study.

    `size` is the place among the sizes; `truth` the assumed true value in the unit of the finding
    (log2 fold, correlation, ...). `power`: the chance of the verdict that is `hoped` for, of
    either sign; `alone`: the same of the answer by itself, without the correction for the other
    `tests` of its `family`. `half_width` of the interval, in the unit. `wrong_sign`: share of the
    supported; `exaggeration`: mean of |estimate| over |truth| among them. `coverage`: of the
    interval. `at_zero`: chance of each verdict when the truth is zero (`supported` there is the
    type-I error); `stated` is the correlation that the study states of true results, which
    `truth` is of measured ones; `family_error`: any false claim of the family then. `studies`:
    how many were simulated, 0 where all is exact.
    """

    question: str
    assay: str
    analyte: str
    scale: str
    size: int
    unit: str
    truth: float
    power: Figured
    half_width: Figured
    wrong_sign: Figured
    exaggeration: Figured
    verdicts: Mapping[Verdict, Figured]
    at_zero: Mapping[Verdict, Figured]
    alone: Figured = NOTHING
    family: str = ""
    tests: int = 1
    coverage: Figured = NOTHING
    family_error: Figured = NOTHING
    hoped: Verdict = "supported"
    studies: int = 0
    method: str = ""
    margin: float | None = None
    stated: float | None = None
    not_estimable: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """One change to the planned size and what it buys an answer. `change` is a code: `donors`,
    `wells`, `cultures`, `plates`, `error` (half the error of wells). `donors`, `samples` (wells):
    how many more it takes, and `samples_before` what the planned size takes. `gain`: by how much
    the chance is larger, with the error of that difference: smaller than those of both, where the
    same people were drawn. `student_before`, `student_after`: the chance of the answer by itself
    with one spread for both groups, by the exact formula.
    """

    change: str
    question: str
    assay: str
    analyte: str
    scale: str
    before: Figured
    after: Figured
    half_width_before: float
    half_width_after: float
    donors: int = 0
    samples: int = 0
    samples_before: int = 0
    gain: Figured = NOTHING
    student_before: float | None = None
    student_after: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumed:
    """A number that the plan rests on: what (`effect`, or the name of a prior of the catalog), what
    it is `of` (the ids of an effect; of others in words), value with its unit, source, and who says
    it: the study with a source (`stated`) or without (`unsourced`), whoever asks for the plan
    (`typed`), nobody, so that it is of the field (`prior`), or what else is stated (`follows`).
    """

    what: str
    of: str
    value: str
    source: str
    origin: Literal["stated", "unsourced", "typed", "prior", "follows"] = "stated"


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorOutlook:
    """What a standardised difference of the field gives at the planned size, all exact: `smd` with
    its interval and source, power of Student's and of Welch's test, half of the interval (in SD of
    donors), share of wrong signs and exaggeration among the significant, and `needed`: donors a
    group for 80 %.
    """

    analyte: str
    smd: float
    lower: float
    upper: float
    source: str
    student: float
    welch: float
    half_width: float
    wrong_sign: float
    exaggeration: float
    needed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerTable:
    """All that was computed of the power of a study."""

    sizes: tuple[Size, ...]
    outlooks: tuple[Outlook, ...]
    purchases: tuple[Purchase, ...]
    assumed: tuple[Assumed, ...]
    priors: tuple[PriorOutlook, ...] = ()
    warnings: tuple[Mistake, ...] = ()
    seed: int = 0
    studies: int = 0
    alpha: float = 0.05
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class MappedWell:
    """A well of a planned plate. `kind`: `sample`, `standard`, `blank`, `control`, `bridge`,
    `forbidden` or `empty`; `label` is what stands in it where it is no sample (the number of a
    standard, the name of a control); `amount` what a standard holds.
    """

    well: str
    kind: str
    donor: str = ""
    group: str = ""
    stimulus: str = ""
    culture: str = ""
    replicate: int = 0
    label: str = ""
    amount: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MappedPlate:
    """A planned plate (rows x columns; a rack of tubes is a plate), with every well that is used,
    and the day and the file it will be written to.
    """

    plate: str
    rows: int
    columns: int
    wells: tuple[MappedWell, ...]
    day: str = ""
    file: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Balanced:
    """How many wells of a kind lie on a plate, in one plain randomisation (`before`) and as they
    are laid out (`after`): `what` is `group`, `stimulus`, `day`, `edge` (a group and a stimulus in
    wells at the edge) or a column of donors.csv. `assay` where there are several.
    """

    plate: str
    what: str
    value: str
    before: int
    after: int
    assay: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Protected:
    """How much of the variance of an answer is due to places on plates: of plain randomisation (the
    mean of all), as laid out here, and the variance of the answer between donors. `about` is a
    question id, or `response` for that of a single donor; `assay` where there are several.
    Variances in log2 squared.
    """

    about: str
    random: float
    laid_out: float
    donors: float = float("nan")
    assay: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutMaps:
    """All that was laid out. `effects`: the assumed position effects, name -> SD (log2)."""

    plates: tuple[MappedPlate, ...]
    balance: tuple[Balanced, ...]
    protected: tuple[Protected, ...]
    effects: Mapping[str, float]
    pipetting: str = "free"
    seed: int = 0
    randomisations: int = 0

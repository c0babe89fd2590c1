"""Every number of the model study in one place: the design, the effects that are true in it, and
the noise around them.

The study follows Ohgidani et al. 2017, doi:10.1038/s41598-017-11506-4: groups, cells, stimulus,
analytes and scales are theirs. Their effect sizes, doses and noise were not to be had; what stands
here in their place is marked `assumed`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Rng = np.random.Generator

PAPER = "doi:10.1038/s41598-017-11506-4"
ASSUMED = "assumed"
_ROWS, _COLUMNS = 16, 24
_TUBES = 96


def given(meaning: str, default: Any, *, unit: str, source: str) -> Any:
    """A parameter with its meaning, unit and source."""
    return field(default=default, metadata={"meaning": meaning, "unit": unit, "source": source})


@dataclass(frozen=True, kw_only=True)
class AnalyteTruth:
    """What is true of one analyte: where it starts, what ATP does to it, and how much more it does
    in patients.
    """

    id: str = given("the gene symbol", "", unit="", source=PAPER)
    copies: float = given(
        "mean unstimulated cDNA copies in a well", 8.0, unit="log2 copies", source=ASSUMED
    )
    secreted: float = given(
        "mean unstimulated concentration", 5.0, unit="log2 pg/mL", source=ASSUMED
    )
    response_copies: float = given(
        "mean response of the mRNA in controls", 1.5, unit="log2 fold", source=ASSUMED
    )
    response_secreted: float = given(
        "mean response of the protein in controls", 1.2, unit="log2 fold", source=ASSUMED
    )
    difference_copies: float = given(
        "response of the mRNA in patients minus that in controls",
        0.0,
        unit="log2 fold",
        source="direction: " + PAPER + "; size assumed",
    )
    difference_secreted: float = given(
        "response of the protein in patients minus that in controls",
        0.0,
        unit="log2 fold",
        source="direction: " + PAPER + "; size assumed",
    )
    severity_copies: float = given(
        "correlation of a patient's mRNA response with the latent severity",
        0.0,
        unit="",
        source="sign: " + PAPER + "; size assumed",
    )
    severity_secreted: float = given(
        "correlation of a patient's protein response with the latent severity",
        0.0,
        unit="",
        source=ASSUMED,
    )
    bead: str = given(
        "bead position: letter in the near infrared, number in the red",
        "A1",
        unit="",
        source="in the manner of a CBA flex set",
    )
    efficiency: float = given(
        "copies after a cycle per copy before it",
        1.93,
        unit="",
        source="range of 64 assays, Vermeulen 2009 / Ruijter 2013, doi:10.1016/j.ymeth.2012.08.011",
    )


@dataclass(frozen=True, kw_only=True)
class ScaleTruth:
    """What is true of one clinical scale in both groups, and how closely it follows a patient's
    severity.
    """

    id: str = given("the column of clinic.csv", "", unit="", source=PAPER)
    name: str = given("the scale in words", "", unit="", source=PAPER)
    highest: float = given(
        "the highest possible score; the lowest is 0", 100.0, unit="points", source="the scale"
    )
    better: bool = given("true where a higher score is better", False, unit="", source="the scale")
    patients: float = given("mean in patients", 0.0, unit="points", source=ASSUMED)
    patients_sd: float = given("standard deviation in patients", 0.0, unit="points", source=ASSUMED)
    controls: float = given("mean in controls", 0.0, unit="points", source=ASSUMED)
    controls_sd: float = given("standard deviation in controls", 0.0, unit="points", source=ASSUMED)
    severity: float = given(
        "correlation of a patient's score with the latent severity",
        0.0,
        unit="",
        source="sign: " + PAPER + "; size assumed",
    )


ANALYTES = (
    AnalyteTruth(
        id="TNF",
        copies=8.0,
        secreted=5.0,
        response_copies=1.6,
        response_secreted=1.8,
        difference_copies=1.0,
        difference_secreted=1.0,
        severity_copies=0.70,
        severity_secreted=0.65,
        bead="D9",
        efficiency=1.94,
    ),
    AnalyteTruth(
        id="IL1B",
        copies=9.0,
        secreted=4.5,
        response_copies=2.0,
        response_secreted=1.2,
        bead="B4",
        efficiency=1.90,
    ),
    AnalyteTruth(
        id="IL6",
        copies=2.0,
        secreted=3.8,
        response_copies=2.4,
        response_secreted=2.0,
        bead="A7",
        efficiency=1.96,
    ),
    AnalyteTruth(
        id="CXCL8",
        copies=11.0,
        secreted=8.0,
        response_copies=1.5,
        response_secreted=1.2,
        bead="A9",
        efficiency=1.92,
    ),
    AnalyteTruth(
        id="IL10",
        copies=0.8,
        secreted=3.2,
        response_copies=1.2,
        response_secreted=0.8,
        bead="B7",
        efficiency=1.88,
    ),
)
"""TNF answers ATP twice as much in patients, in both readouts; the other four do not differ. IL10
and IL6 start low.
"""

SCALES = (
    ScaleTruth(
        id="VAS",
        name="pain, visual analogue scale",
        patients=62,
        patients_sd=15,
        controls=6,
        controls_sd=5,
        severity=0.80,
    ),
    ScaleTruth(
        id="HADS_A",
        name="anxiety, Hospital Anxiety and Depression Scale",
        highest=21,
        patients=9.5,
        patients_sd=3.5,
        controls=4,
        controls_sd=2.5,
        severity=0.75,
    ),
    ScaleTruth(
        id="HADS_D",
        name="depression, Hospital Anxiety and Depression Scale",
        highest=21,
        patients=9,
        patients_sd=3.5,
        controls=3.5,
        controls_sd=2.5,
        severity=0.75,
    ),
    ScaleTruth(
        id="QOL",
        name="quality of life",
        better=True,
        patients=42,
        patients_sd=14,
        controls=80,
        controls_sd=9,
        severity=-0.75,
    ),
)

_POISSON = (
    "Var(ln N) = 1/N + 0.06^2 over 64 assays of Vermeulen 2009, doi:10.1016/j.ymeth.2012.08.011"
)
_VERMEULEN_CURVE = "by eye from the curves of Vermeulen 2009, doi:10.1016/j.ymeth.2012.08.011"
_REPEAT = (
    "technical 5.4-9.2 % for LPS-stimulated whole blood (not iMG), Jorda 2024, J Inflamm Res "
    "17:4781"
)


@dataclass(frozen=True, kw_only=True)
class ModelStudy:
    """The model study: change a number here and everything simulated follows. `noise=0` leaves only
    people to vary.
    """

    patients: int = given("people with fibromyalgia", 14, unit="donors", source=PAPER)
    controls: int = given("healthy people", 10, unit="donors", source=PAPER)
    plates: int = given(
        "plates of each assay; donors of both groups are spread over them",
        2,
        unit="",
        source=ASSUMED,
    )
    wells: int = given("qPCR wells of each cDNA and target", 2, unit="wells", source=ASSUMED)
    tubes: int = given("bead-array tubes of each supernatant", 2, unit="tubes", source=ASSUMED)
    analytes: tuple[AnalyteTruth, ...] = given("the analytes", ANALYTES, unit="", source=PAPER)
    scales: tuple[ScaleTruth, ...] = given("the clinical scales", SCALES, unit="", source=PAPER)
    age: float = given("mean, the same in both groups", 47.0, unit="years", source=ASSUMED)
    age_sd: float = given("between people", 9.0, unit="years", source=ASSUMED)
    women: float = given("share of women in both groups", 0.85, unit="", source=ASSUMED)
    bmi: float = given(
        "mean body mass index, the same in both groups", 22.5, unit="kg/m2", source=ASSUMED
    )
    bmi_sd: float = given("between people", 2.8, unit="kg/m2", source=ASSUMED)
    response_sd: float = given(
        "between donors of a group, of the true response. With a difference of 1.0 and the noise "
        "below, 14 v 10 finds TNF with a power near 0.9 in either readout; 1.21 SD is what 14 v "
        "10 detects with power 0.8",
        0.65,
        unit="log2 fold",
        source=ASSUMED,
    )
    baseline_sd: float = given(
        "between donors, of the unstimulated level",
        0.8,
        unit="log2",
        source="between 35 % CV of LPS-stimulated whole blood (J Immunol Methods 1998;218:63) and "
        "iMG: assumed",
    )
    response_correlation: float = given(
        "of a donor's mRNA response with the protein response", 0.7, unit="", source=ASSUMED
    )
    baseline_correlation: float = given(
        "of a donor's unstimulated mRNA with the unstimulated protein", 0.5, unit="", source=ASSUMED
    )
    noise: float = given(
        "multiplies every measurement error below; 0 switches them all off, counting included",
        1.0,
        unit="",
        source="1",
    )
    references: tuple[str, ...] = given(
        "the reference genes",
        ("RPLP0", "UBC"),
        unit="",
        source="stable in iPSC microglia (doi:10.1371/journal.pcbi.1009868) and stimulated THP-1",
    )
    reference_copies: tuple[float, ...] = given(
        "mean cDNA copies of each reference gene in a well",
        (14.0, 13.0),
        unit="log2 copies",
        source=ASSUMED,
    )
    reference_efficiency: tuple[float, ...] = given(
        "efficiency of each reference gene", (1.95, 1.91), unit="", source="as the analytes"
    )
    reference_sd: float = given(
        "of one reference gene between cDNAs, which normalising does not take away",
        0.12,
        unit="log2",
        source=ASSUMED,
    )
    loading_sd: float = given(
        "of the cDNA amount in all wells of a cDNA; it cancels against the reference genes",
        0.4,
        unit="log2",
        source=ASSUMED,
    )
    well_sd: float = given(
        "between wells of a cDNA beyond counting", 0.087, unit="log2", source=_POISSON
    )
    plate_sd: float = given(
        "of a target between plates; it cancels within a donor", 0.08, unit="log2", source=ASSUMED
    )
    standards: tuple[float, ...] = given(
        "the dilution series of every target, on every plate",
        (2e5, 2e4, 2e3, 2e2, 2e1),
        unit="copies",
        source=ASSUMED,
    )
    cycles: int = given("cycles of the run", 45, unit="cycles", source="usual on a LightCycler 480")
    plateau_copies: float = given(
        "copies at which the reaction is spent", 1e11, unit="copies", source=_VERMEULEN_CURVE
    )
    slowing: float = given(
        "how much earlier than in Rutledge's linear decline (doi:10.1093/nar/gnh177) efficiency "
        "falls",
        0.3,
        unit="",
        source=_VERMEULEN_CURVE,
    )
    plateau: float = given(
        "fluorescence of the plateau above the baseline",
        22.0,
        unit="fluorescence",
        source=_VERMEULEN_CURVE,
    )
    plateau_cv: float = given(
        "of the plateau between wells", 0.06, unit="", source=_VERMEULEN_CURVE
    )
    baseline: float = given(
        "fluorescence before amplification", 0.55, unit="fluorescence", source=_VERMEULEN_CURVE
    )
    baseline_cv: float = given(
        "of the baseline between wells", 0.08, unit="", source=_VERMEULEN_CURVE
    )
    drift_sd: float = given(
        "of the slope of the baseline between wells",
        0.0007,
        unit="fluorescence a cycle",
        source=_VERMEULEN_CURVE,
    )
    read_sd: float = given(
        "additive noise of a reading", 0.006, unit="fluorescence", source=_VERMEULEN_CURVE
    )
    read_cv: float = given(
        "multiplicative noise of a reading", 0.002, unit="", source=_VERMEULEN_CURVE
    )
    culture_sd: float = given(
        "between culture wells, shared by all analytes of a supernatant (cells a well)",
        0.15,
        unit="log2",
        source=ASSUMED,
    )
    tube_sd: float = given(
        "between tubes of a supernatant, by analyte", 0.1, unit="log2", source=_REPEAT
    )
    dilution: float = given("how many times a supernatant is diluted", 1.0, unit="", source=ASSUMED)
    concentrations: tuple[float, ...] = given(
        "the standards: none, then two-fold",
        (0.0, *(2500 / 2**k for k in range(8, -1, -1))),
        unit="pg/mL",
        source="in the manner of a CBA flex set",
    )
    beads: float = given(
        "beads of one analyte in a tube, on average",
        200.0,
        unit="beads",
        source="213-353 a tube in a real CBA five-plex",
    )
    reporter_floor: float = given(
        "reporter of a bead without analyte", 60.0, unit="intensity", source=ASSUMED
    )
    reporter_top: float = given(
        "reporter of a saturated bead", 90000.0, unit="intensity", source=ASSUMED
    )
    reporter_middle: float = given(
        "concentration of the curve's middle (c of the 5PL)", 2000.0, unit="pg/mL", source=ASSUMED
    )
    reporter_slope: float = given("slope of the 5PL (b)", 1.15, unit="", source=ASSUMED)
    reporter_asymmetry: float = given("asymmetry of the 5PL (g)", 0.9, unit="", source=ASSUMED)
    curve_sd: float = given(
        "of top and middle between plates and analytes", 0.15, unit="ln", source=ASSUMED
    )
    bead_sd: float = given(
        "of the reporter between beads of a tube", 0.25, unit="ln", source=ASSUMED
    )
    electronic_sd: float = given(
        "additive noise of the reporter", 15.0, unit="intensity", source=ASSUMED
    )
    classifier_sd: float = given(
        "of the classifiers between beads of one position", 0.08, unit="ln", source=ASSUMED
    )
    debris: float = given("share of events that are debris", 0.04, unit="", source=ASSUMED)
    doublets: float = given(
        "share of events that are two beads at once", 0.03, unit="", source=ASSUMED
    )

    def __post_init__(self) -> None:
        """Refuse a design that fits no plate, and correlations that no people can have."""
        if min(self.patients, self.controls) < self.plates:
            raise ValueError("every plate must hold donors of both groups")
        self._check_plates()
        self._check_correlations()

    def _check_correlations(self) -> None:
        """Whether 1, r(mRNA, protein) and their loads on severity can be one correlation matrix."""
        for analyte in self.analytes:
            copies, secreted = analyte.severity_copies, analyte.severity_secreted
            largest = np.sqrt((1 - copies**2) * (1 - secreted**2))
            if abs(self.response_correlation - copies * secreted) > largest:
                raise ValueError(
                    "no people can have these correlations with severity and between the readouts "
                    "at once"
                )

    def _check_plates(self) -> None:
        """Whether reactions fit 384 wells (a target a row, a cDNA a column) and tubes 96."""
        cdna = 2 * math.ceil((self.patients + self.controls) / self.plates)
        targets = len(self.analytes) + len(self.references)
        rows_left = _ROWS - targets * self.wells
        controls = targets * (len(self.standards) + 1)
        if cdna > _COLUMNS or rows_left < 0 or controls > _COLUMNS * rows_left:
            raise ValueError(
                f"{cdna} cDNAs of {targets} targets x {self.wells} wells do not fit a 384-well "
                "plate"
            )
        tubes = cdna * self.tubes + len(self.concentrations)
        if tubes > _TUBES:
            raise ValueError(f"{tubes} tubes do not fit a 96-well plate")

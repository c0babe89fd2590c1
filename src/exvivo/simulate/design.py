"""The virtual study as the records and layouts of a study folder."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from exvivo.simulate.parameters import ModelStudy
from exvivo.simulate.people import People
from exvivo.study import (
    Agreement,
    Analyte,
    Assay,
    Association,
    AssumedEffect,
    AssumedScore,
    AssumedSpread,
    Assumptions,
    Beads,
    CellType,
    Difference,
    Group,
    Plan,
    Plate,
    Qpcr,
    Question,
    Scale,
    Stimulus,
    Study,
)
from exvivo.tables import LAYOUT

STIMULI = ("none", "ATP")
NAMES = {"TNF": "TNF", "IL1B": "IL-1β", "IL6": "IL-6", "CXCL8": "IL-8", "IL10": "IL-10"}
CHANNELS = ("FSC-A", "SSC-A", "APC-A", "APC-Cy7-A", "PE-A")
TITLE = "SIMULATED: the model study (people with fibromyalgia, iMG, ATP)"


def records(p: ModelStudy) -> Study:
    """The study without its donors and layouts."""
    return Study(
        exvivo=1,
        title=TITLE,
        simulated=True,
        groups=(
            Group(id="FM", name="people with fibromyalgia", n=p.patients),
            Group(id="HC", name="healthy people", n=p.controls),
        ),
        cell_types=(
            CellType(
                id="iMG",
                name="induced microglia-like cells",
                protocol="monocytes of peripheral blood with GM-CSF and IL-34 for 14 days",
            ),
        ),
        stimuli=(
            Stimulus(id="none", name="unstimulated", control=True),
            Stimulus(id="ATP", name="extracellular ATP", dose="1 mM", time="4 h"),
        ),
        analytes=tuple(Analyte(id=a.id, name=NAMES.get(a.id, "")) for a in p.analytes),
        assays=_assays(p),
        plates=_plates(p),
        scales=_scales(p),
        questions=_questions(p),
        plan=Plan(declared="2026-01-05", wells=p.wells, cultures=1),
        assumptions=_assumptions(p),
    )


def _assumptions(p: ModelStudy) -> Assumptions:
    """What the data are drawn with, as a plan would assume it: so that a plan of the model study is
    one of this very study. What counting molecules and beads adds to the spread of wells is no
    part of it.
    """
    return Assumptions(
        effects=tuple(_effects(p)),
        spreads=tuple(_spreads(p)),
        scores=tuple(_scores_of_groups(p)),
        agreement=_agreement(p),
    )


def _effects(p: ModelStudy) -> Iterator[AssumedEffect]:
    """The differences between the groups, none included; both readouts have one line where they
    agree.
    """
    folds: dict[tuple[float, tuple[str, ...]], list[str]] = {}
    for analyte in p.analytes:
        mrna, protein = 2**analyte.difference_copies, 2**analyte.difference_secreted
        lines: list[tuple[float, tuple[str, ...]]] = [(mrna, ("mrna",)), (protein, ("protein",))]
        if mrna == protein:
            lines = [(mrna, ())]
        for fold, assays in lines:
            folds.setdefault((fold, assays), []).append(analyte.id)
    for (fold, assays), analytes in folds.items():
        yield AssumedEffect(
            fold=fold,
            group="FM",
            stimulus="ATP",
            analytes=tuple(analytes),
            assays=assays,
            source=_TRUTH,
        )


def _spreads(p: ModelStudy) -> Iterator[AssumedSpread]:
    """Donors, then what cultures and wells add in each assay: of a cDNA, what normalising by the
    mean of its reference genes adds.
    """
    yield AssumedSpread(response=p.response_sd, level=p.baseline_sd, source=_TRUTH)
    of_references = round(p.reference_sd / len(p.references) ** 0.5, 4)
    yield AssumedSpread(
        assays=("mrna",),
        culture=of_references,
        well=p.well_sd,
        plate=p.plate_sd,
        source=_TRUTH,
    )
    yield AssumedSpread(
        assays=("protein",), culture=p.culture_sd, well=p.tube_sd, plate=0.0, source=_TRUTH
    )


def _scores_of_groups(p: ModelStudy) -> Iterator[AssumedScore]:
    """The scales of both groups. Within patients a score goes with an mRNA response as both follow
    severity: the product of their correlations with it.
    """
    for scale in p.scales:
        loads = {a.id: round(a.severity_copies * scale.severity, 4) for a in p.analytes}
        yield AssumedScore(
            scale=scale.id,
            group="FM",
            mean=scale.patients,
            sd=scale.patients_sd,
            correlation={name: load for name, load in loads.items() if load},
            source=_TRUTH,
        )
        yield AssumedScore(
            scale=scale.id,
            group="HC",
            mean=scale.controls,
            sd=scale.controls_sd,
            source=_TRUTH,
        )


def _agreement(p: ModelStudy) -> Agreement:
    """How far the numbers of a donor go together: analytes do not, scales as they follow severity
    (the mean over pairs of them).
    """
    pairs = [abs(a.severity * b.severity) for a, b in combinations(p.scales, 2)]
    together = round(sum(pairs) / len(pairs), 4) if pairs else Agreement().scores
    return Agreement(analytes=0.0, readouts=p.response_correlation, scores=together, source=_TRUTH)


_TRUTH = "what the data were drawn with"


def _assays(p: ModelStudy) -> tuple[Assay, ...]:
    return (
        Qpcr(id="mrna", kind="qpcr", references=p.references, standards="copies"),
        Beads(
            id="protein",
            kind="beads",
            classifier=("APC-Cy7-A", "APC-A"),
            directions=("falling", "rising"),
            reporter="PE-A",
            panel={a.id: a.bead for a in p.analytes},
            scatter=("FSC-A", "SSC-A"),
        ),
    )


def _plates(p: ModelStudy) -> tuple[Plate, ...]:
    curves = [
        Plate(id=f"Q{i}", assay="mrna", file=f"raw/Q{i}.rdml", layout=f"plates/Q{i}.csv")
        for i in range(1, p.plates + 1)
    ]
    tubes = [
        Plate(id=f"B{i}", assay="protein", layout=f"plates/B{i}.csv")
        for i in range(1, p.plates + 1)
    ]
    return (*curves, *tubes)


def _scales(p: ModelStudy) -> tuple[Scale, ...]:
    return tuple(
        Scale(
            id=s.id,
            name=s.name,
            lowest=0.0,
            highest=float(s.highest),
            higher_is="better" if s.better else "worse",
        )
        for s in p.scales
    )


def _questions(p: ModelStudy) -> tuple[Question, ...]:
    shared: dict[str, Any] = {"assays": ("mrna", "protein"), "stimulus": "ATP"}
    others = tuple(a.id for a in p.analytes if a.id != "TNF")
    return (
        Difference(
            id="more_tnf", ask="difference", groups=("FM", "HC"), analytes=("TNF",), **shared
        ),
        Difference(
            id="other_cytokines",
            ask="difference",
            groups=("FM", "HC"),
            analytes=others,
            margin=1.0,
            **shared,
        ),
        Association(
            id="tnf_and_symptoms",
            ask="association",
            within="FM",
            analytes=("TNF",),
            scales=tuple(s.id for s in p.scales),
            symptoms="worse",
            **shared,
        ),
    )


def samples(p: ModelStudy, people: People) -> pl.DataFrame:
    """One row a cDNA (and supernatant): donor number, stimulus number, plate, and its place on that
    plate.
    """
    order = np.lexsort((people.turn, people.plate))
    donors = pl.DataFrame({"plate": people.plate[order], "donor": order})
    stimuli = pl.DataFrame({"stimulus": range(len(STIMULI))})
    pairs = donors.join(stimuli, how="cross")
    place = pl.int_range(pl.len()).over("plate")
    return pairs.with_columns(place=place).with_row_index("sample").cast(pl.Int64)


def layout_frame(parts: list[pl.DataFrame], people: People) -> pl.DataFrame:
    """LAYOUT from wells given as plate, well, role, donor, stimulus (numbers), replicate, dilution,
    nominal, file.
    """
    wells = with_names(pl.concat(parts), people.donors)
    is_sample, has_atp = pl.col("role") == "sample", pl.col("stimulus") == "ATP"
    has_file = pl.col("file").is_not_null()
    groups = people.table.select("donor", "group")
    return LAYOUT.complete(
        wells.join(groups, on="donor", how="left", maintain_order="left").with_columns(
            # Two lines stand above the first well: the mark of simulated data, and the header.
            line=pl.format("plates/{}.csv:{}", "plate", pl.int_range(pl.len()).over("plate") + 3),
            visit=pl.when(is_sample).then(pl.lit("1")),
            cell_type=pl.when(is_sample).then(pl.lit("iMG")),
            dose=pl.when(has_atp).then(pl.lit("1 mM")),
            time=pl.when(has_atp).then(pl.lit("4 h")),
            # The column stands beside `file` only.
            dilution=pl.when(has_file).then("dilution"),
            nominals=pl.lit([], dtype=LAYOUT.schema["nominals"]),
        )
    )


def with_names(wells: pl.DataFrame, donors: list[str]) -> pl.DataFrame:
    """Wells with the names of donor and stimulus instead of their numbers."""
    return wells.with_columns(
        donor=pl.Series(donors).gather(wells["donor"]),
        stimulus=pl.Series(STIMULI).gather(wells["stimulus"]),
    )

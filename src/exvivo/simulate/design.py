"""The virtual study as the records and layouts of a study folder."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from exvivo.simulate.parameters import ModelStudy
from exvivo.simulate.people import People
from exvivo.study import (
    Analyte,
    Assay,
    Association,
    AssumedEffect,
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
        plan=Plan(declared="2026-01-05"),
        assumptions=_assumptions(p),
    )


def _assumptions(p: ModelStudy) -> Assumptions:
    """What the data are drawn with, as a plan would assume it: differences between the groups (none
    included), and spreads of donors. Both readouts of an analyte have one line where they agree.
    """
    folds: dict[tuple[float, tuple[str, ...]], list[str]] = {}
    for analyte in p.analytes:
        mrna, protein = 2**analyte.difference_copies, 2**analyte.difference_secreted
        lines = [(mrna, ())] if mrna == protein else [(mrna, ("mrna",)), (protein, ("protein",))]
        for fold, assays in lines:
            folds.setdefault((fold, assays), []).append(analyte.id)
    effects = tuple(
        AssumedEffect(
            fold=fold,
            group="FM",
            stimulus="ATP",
            analytes=tuple(analytes),
            assays=assays,
            source=_TRUTH,
        )
        for (fold, assays), analytes in folds.items()
    )
    spread = AssumedSpread(response=p.response_sd, level=p.baseline_sd, source=_TRUTH)
    return Assumptions(effects=effects, spreads=(spread,))


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

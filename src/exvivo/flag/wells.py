"""Wells: planned, measured, named and repeated as the layout says?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from exvivo.catalog import spelling
from exvivo.flag.look import Flags, Look, by_plate, counted, flag, listed, on_plate
from exvivo.flagged import Flag, Scope, Severity
from exvivo.study import Assay, Beads, Immunoassay, Qpcr
from exvivo.study.exclusions import analytes_left_out, signed

_APART = 1.0
"""Replicates further apart than this (log2: two-fold) are worth a look."""
_ERRORS = 3.0
"""So many standard deviations of their difference may replicates lie apart where copies are
counted.
"""
_FAR = 4.0
"""Replicates further apart than this (log2: 16-fold), and than their errors allow, are worth a look
even if they are one pair; those of Cq may be so near the end of a run.
"""
_BEYOND_ERRORS = 8.0
"""What no error excuses (log2: 256-fold): errors that replicates tell are as wide as one wrong well
makes them.
"""
_EXPECTED = 0.1
"""The share of samples whose replicates may lie so far apart by chance when single molecules are
counted.
"""
_SAMPLE = ["plate", "donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"]
"""What wells of one sample have in common."""
_WELL = ["plate", "well"]


def planned_and_not_measured(look: Look) -> Flags:
    """Wells of the layout that the instrument file does not hold."""
    for plate, rows in by_plate(_not_measured(look)):
        yield flag(
            "wells",
            on_plate(plate, rows["well"]),
            scope=_scope_of(rows),
            what=counted(
                rows.height,
                "well of the layout has no reading",
                "wells of the layout have no reading",
            ),
            why="a well that failed is not a missing sample at random",
            cure=(
                "check the file; if a well was never run, take it out of the layout or give it the "
                "role `empty`"
            ),
        )


_DECISION = ["plate", "analyte", "reason", "who", "when", "labels"]


def excluded_wells(look: Look) -> Flags:
    """Wells that people leave out, or an analyte in them, with the reason and whoever gave it."""
    donors = look.study.layout.select(*_WELL, "donor").unique(_WELL, maintain_order=True)
    excluded = look.study.exclusions.join(donors, on=_WELL, how="left", maintain_order="left")
    for said, rows in excluded.group_by(_DECISION, maintain_order=True):
        yield _decision(dict(zip(_DECISION, said, strict=True)), rows, look)


def _decision(said: dict[str, Any], rows: pl.DataFrame, look: Look) -> Flag:
    """One decision to leave out wells of a plate."""
    wells = rows.unique(_WELL, maintain_order=True)
    analyte = said["analyte"]
    of = f"{look.study.name_of(analyte)} of " if analyte else ""
    out = of + counted(wells.height, "well is left out", "wells are left out")
    by = signed(said["who"], said["when"], said["labels"])
    return flag(
        "wells",
        on_plate(said["plate"], _with_donors(wells)),
        scope=replace(_scope_of(wells), analytes=(analyte,) if analyte else ()),
        severity="note",
        what=f"{out} of every result: {said['reason']}" + f" ({by})" * bool(by),
        why="a choice made after seeing the results can make them: readers must judge it",
        cure=(
            "nothing, if the reason holds whatever the result; else take the line out of "
            "exclusions.csv, or empty the cell `exclude` of the layout"
        ),
    )


def _scope_of(rows: pl.DataFrame) -> Scope:
    """The plates of some wells and, where all of them are donors', their donors."""
    donors = rows["donor"]
    known = () if donors.null_count() else tuple(donors.unique(maintain_order=True))
    return Scope(plates=tuple(rows["plate"].unique(maintain_order=True)), donors=known)


def _with_donors(rows: pl.DataFrame) -> list[str]:
    """Wells with their donor, where they have one."""
    pairs = rows.select("well", "donor").iter_rows()
    return [f"{well} ({donor})" if donor else well for well, donor in pairs]


def _not_measured(look: Look) -> pl.DataFrame:
    planned = look.study.layout.filter(pl.col("role") != "empty")
    return planned.join(look.wells, on=_WELL, how="anti")


def measured_without_a_result(look: Look) -> Flags:
    """Sample wells whose readings gave no quantity at all, not even an undetected one."""
    groups = _without_a_result(look).group_by(["assay", "plate", "analyte"], maintain_order=True)
    for (assay, plate, analyte), rows in groups:
        wells = counted(rows.height, "sample well", "sample wells")
        yield flag(
            "wells",
            f"{assay} {analyte}, {on_plate(str(plate), rows['well'])}",
            scope=replace(_scope_of(rows), assays=(str(assay),), analytes=(str(analyte),)),
            what=f"{wells} gave no result for {look.study.name_of(str(analyte))}",
            why="nothing can be said of them, not even that the analyte was undetected",
            cure="look at these wells in the report and in the instrument's software",
        )


def _without_a_result(look: Look) -> pl.DataFrame:
    """The expected results that no quantity gives: not of the well, nor of another dilution of its
    sample.
    """
    result, sample = ["assay", "analyte", *_WELL], ["assay", "analyte", *_SAMPLE]
    samples = look.wells.select("well", *_SAMPLE).unique(_WELL, maintain_order=True)
    return (
        _expected(look)
        .join(look.amounts.select(result), on=result, how="anti")
        .join(samples, on=_WELL, how="left", maintain_order="left")
        .join(
            look.amounts.select(sample),
            on=sample,
            how="anti",
            nulls_equal=True,
            maintain_order="left",
        )
    )


def _expected(look: Look) -> pl.DataFrame:
    """Every `assay`, `plate`, `well` and `analyte` of the samples: of a tube of beads, all analytes
    of its panel.
    """
    samples = look.wells.filter(role="sample").drop_nulls("donor")
    beads = look.assays_of(Beads)
    in_tubes = pl.col("assay").is_in([assay.id for assay in beads])
    plain = samples.filter(~in_tubes).drop_nulls("analyte")
    expected = [plain.select("assay", *_WELL, "analyte")]
    for assay in beads:
        tubes = samples.filter(assay=assay.id).select("assay", *_WELL).unique(maintain_order=True)
        panel = pl.DataFrame({"analyte": list(assay.panel)}, schema={"analyte": pl.String})
        expected.append(tubes.join(panel, how="cross"))
    every = pl.concat(expected).unique(maintain_order=True)
    out = analytes_left_out(look.study.exclusions)
    return every.join(out, on=[*_WELL, "analyte"], how="anti", maintain_order="left")


def targets_the_study_does_not_name(look: Look) -> Flags:
    """Targets in a qPCR file that are neither an analyte nor a reference."""
    for assay in look.assays_of(Qpcr):
        targets = _unnamed_targets(look, assay)
        if targets:
            yield flag(
                "wells",
                f"{assay.id} {listed(targets)}",
                severity="note",
                what=f"the files of {assay.id} hold targets that the study does not name",
                why="they are measured and not analysed",
                cure=(
                    "declare them under `analytes` (and `targets`, if named otherwise) to include "
                    "them"
                ),
            )


def targets_that_look_alike(look: Look) -> Flags:
    """Targets and channels that the study does not name and that look like one it names. Where
    donors would lose a result by it the study is refused; here they have one beside it.
    """
    for assay in look.study.assays:
        if isinstance(assay, Qpcr | Immunoassay):
            yield from _look_alikes(look, assay)


def _look_alikes(look: Look, assay: Qpcr | Immunoassay) -> Flags:
    named = _named_targets(look, assay)
    unnamed = look.wells.filter(pl.col("analyte").is_null(), assay=assay.id)
    for name in unnamed["channel"].unique(maintain_order=True):
        own = spelling.nearest(name, named)
        if own is not None and name not in named:
            wells = unnamed.filter(channel=name).unique(_WELL).height
            yield _alike(assay, name, own, wells)


def _alike(assay: Qpcr | Immunoassay, name: str, own: str, wells: int) -> Flag:
    field = "targets" if isinstance(assay, Qpcr) else "channels"
    number = counted(wells, "well", "wells")
    return flag(
        "wells",
        f"{assay.id} {spelling.printed(name)}",
        what=f"target {spelling.unlike(name, own)} ({number})",
        why="they are measured and not analysed: one gene written in two ways, or two genes",
        cure=(
            f"write `{field}: {{{spelling.printed(name)}: ...}}` in the assay if they are one; if "
            "not, nothing"
        ),
    )


def _named_targets(look: Look, assay: Qpcr | Immunoassay) -> list[str]:
    """The names that the study gives the targets of an assay."""
    own = (*assay.references, *assay.targets) if isinstance(assay, Qpcr) else assay.channels
    return [*own, *(analyte.id for analyte in look.study.analytes)]


def _unnamed_targets(look: Look, assay: Qpcr) -> list[str]:
    unnamed = look.wells.filter(pl.col("analyte").is_null(), assay=assay.id)
    return sorted(set(unnamed["channel"]) - set(assay.references))


def replicates_apart(look: Look) -> Flags:
    """Technical replicates of one sample that differ more than two-fold, and more than their errors
    allow.

    Where copies are counted the errors contain it: replicates of a few copies may lie far apart.
    """
    replicates = _replicates(look).group_by(["assay", "analyte"], maintain_order=True)
    for (assay, analyte), rows in replicates:
        apart = rows.filter(pl.col("range") > pl.col("allowed"))
        if apart.height:
            wells = pl.format("plate {} {}", "plate", pl.col("well").list.join("/"))
            yield flag(
                "quantities",
                f"{assay} {analyte}: {listed(apart.select(wells).to_series())}",
                scope=replace(_scope_of(apart), assays=(str(assay),), analytes=(str(analyte),)),
                severity=_severity(apart, rows, look.study.assay(str(assay))),
                what=(
                    f"replicates differ more than two-fold in {apart.height} of {rows.height} "
                    "samples"
                ),
                why=(
                    "near the detection limit this may be counting noise, where copies are not "
                    "counted; elsewhere it is a pipetting or reading error"
                ),
                cure="look at the curves or events of these wells; nothing was left out",
            )


def _severity(apart: pl.DataFrame, rows: pl.DataFrame, assay: Assay) -> Severity:
    """Whether replicates that lie apart are worth a look: many of them, or one pair that is far."""
    far = (apart["range"] > apart["far"]).any() and not isinstance(assay, Qpcr)
    return "look" if far or apart.height > _EXPECTED * rows.height else "note"


def _replicates(look: Look) -> pl.DataFrame:
    """Each sample with several detected wells: the `range` of their values (log2), the one
    `allowed`, and the one that is `far` for a single pair.
    """
    value, counts_copies = pl.col("value"), pl.col("one_copy").is_not_null().all()
    error = pl.when(counts_copies).then((pl.col("sd") ** 2).sum().sqrt())
    return (
        look.amounts.drop_nulls(["value", "donor"])
        .group_by(["assay", "analyte", *_SAMPLE], maintain_order=True)
        .agg(
            "well",
            range=value.max() - value.min(),
            allowed=pl.max_horizontal(pl.lit(_APART), _ERRORS * error),
            far=pl.min_horizontal(
                pl.lit(_BEYOND_ERRORS), _FAR + _ERRORS * (pl.col("sd") ** 2).sum().sqrt()
            ),
        )
        .filter(pl.col("well").list.len() > 1)
    )

"""Wells: planned, measured, named and repeated as the layout says?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from exvivo.flag.look import Flag, Look, counted, flag, listed
from exvivo.study import Beads, Qpcr

_APART = 1.0
"""Replicates further apart than this (log2: two-fold) are worth a look."""
_ERRORS = 3.0
"""So many standard deviations of their difference may replicates lie apart where copies are
counted.
"""
_EXPECTED = 0.1
"""The share of samples whose replicates may lie so far apart by chance when single molecules are
counted.
"""


def planned_and_not_measured(look: Look) -> Iterator[Flag]:
    """Wells of the layout that the instrument file does not hold."""
    planned = look.study.layout.filter(pl.col("role") != "empty")
    absent = planned.join(
        look.wells.select("plate", "well").unique(), on=["plate", "well"], how="anti"
    )
    for (plate,), rows in absent.group_by(["plate"], maintain_order=True):
        yield flag(
            "wells",
            f"plate {plate}: {listed(rows['well'])}",
            what=counted(
                rows.height,
                "well of the layout has no reading",
                "wells of the layout have no reading",
            ),
            why="a well that failed is not a missing sample at random",
            cure="check the file; if a well was never run, take it out of the layout or give it the role `empty`",
        )


def measured_without_a_result(look: Look) -> Iterator[Flag]:
    """Sample wells whose readings gave no quantity at all, not even an undetected one."""
    samples = look.wells.filter((pl.col("role") == "sample") & pl.col("donor").is_not_null())
    beads = [assay.id for assay in look.study.assays if isinstance(assay, Beads)]
    keys = ["assay", "plate", "well"]
    plain = samples.filter(~pl.col("assay").is_in(beads) & pl.col("analyte").is_not_null()).select(
        *keys, "analyte"
    )
    tubes = [
        samples.filter(assay=assay.id)
        .select(keys)
        .unique(maintain_order=True)
        .join(
            pl.DataFrame({"analyte": list(assay.panel)}, schema={"analyte": pl.String}), how="cross"
        )
        for assay in look.study.assays
        if isinstance(assay, Beads)
    ]
    expected = pl.concat([plain, *tubes]).unique(maintain_order=True)
    other = ["plate", "donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"]
    lost = expected.join(look.amounts.select(*keys, "analyte"), on=[*keys, "analyte"], how="anti")
    whose = look.wells.select("plate", "well", *other[1:]).unique(
        ["plate", "well"], maintain_order=True
    )
    told = look.amounts.select("assay", "analyte", *other).unique(maintain_order=True)
    lost = lost.join(whose, on=["plate", "well"], how="left", maintain_order="left").join(
        told, on=["assay", "analyte", *other], how="anti", nulls_equal=True, maintain_order="left"
    )  # a sample that another of its dilutions shows has its result
    for (assay, plate, analyte), rows in lost.group_by(
        ["assay", "plate", "analyte"], maintain_order=True
    ):
        yield flag(
            "wells",
            f"{assay} {analyte}, plate {plate}: {listed(rows['well'])}",
            what=f"{counted(rows.height, 'sample well', 'sample wells')} gave no result for {look.study.name_of(str(analyte))}",
            why="nothing can be said of them, not even that the analyte was undetected",
            cure="look at these wells in the report and in the instrument's software",
        )


def roles_that_disagree(look: Look) -> Iterator[Flag]:
    """Wells whose role in the instrument file is not the one in the layout; the layout is
    followed.
    """
    other = look.wells.filter(
        pl.col("vendor_role").is_not_null()
        & (pl.col("vendor_role") != pl.col("role"))
        & (pl.col("role") != "empty")
    ).unique(["plate", "well"], maintain_order=True)
    for (plate, vendor, role), rows in other.group_by(
        ["plate", "vendor_role", "role"], maintain_order=True
    ):
        yield flag(
            "wells",
            f"plate {plate}: {listed(rows['well'])}",
            what=f"the layout says {role}, the instrument file {vendor} ({counted(rows.height, 'well', 'wells')})",
            why="a standard read as a sample, or the reverse, is a wrong number that looks right",
            cure="the layout was followed; correct whichever is wrong",
        )


def samples_of_another_donor(look: Look) -> Iterator[Flag]:
    """Wells whose own name in the instrument file holds one known donor, and not the one of the
    layout.
    """
    known = sorted(set(look.study.donors["donor"]), key=len, reverse=True)
    if not known:
        return
    donor = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, known)) + r")(?!\w)")
    named = look.wells.filter(pl.col("donor").is_not_null() & pl.col("sample").is_not_null())
    found = named.unique(["plate", "well", "sample"], keep="first", maintain_order=True)
    for (plate,), rows in found.group_by(["plate"], maintain_order=True):
        others = []
        for well, sample, mine in rows.select("well", "sample", "donor").iter_rows():
            said = set(donor.findall(sample))
            if len(said) == 1 and said != {mine}:
                others.append(f"{well} ({mine} in the layout, {sample!r} in the file)")
        if others:
            yield flag(
                "wells",
                f"plate {plate}: {listed(others)}",
                what=f"{counted(len(others), 'well', 'wells')} named after another donor than the layout says",
                why="a layout of another plate, or a line too many, gives every number to the wrong person",
                cure="check that layout and file belong together; the layout was followed",
            )


_LAST_PART = r"[_\s.-]+[^_\s.-]+$"
"""What a file's sample names end with where they name a condition (`B_sid_13_HBS`)."""


def samples_named_like_another_donor(look: Look) -> Iterator[Flag]:
    """Wells whose name in the file begins as those of one other donor do: two donors swapped in the
    layout look like this.

    A beginning is a name without its last part; it stands for a donor where most of the donor's
    wells share it and no other donor's wells mostly do.
    """
    named = look.wells.filter(pl.col("role") == "sample").drop_nulls(["sample", "donor"])
    each = named.unique(["plate", "well"], keep="first", maintain_order=True).with_columns(
        stem=pl.col("sample").str.replace(_LAST_PART, "")
    )
    shares = (
        each.group_by("donor", "stem", maintain_order=True)
        .len()
        .with_columns(
            mostly=(pl.col("len") > 1) & (pl.col("len") > 0.5 * pl.col("len").sum().over("donor"))
        )
    )
    own = shares.filter("mostly").filter(pl.len().over("stem") == 1).select("stem", whose="donor")
    strange = each.join(own, on="stem", how="inner", maintain_order="left").filter(
        pl.col("donor") != pl.col("whose")
    )
    for (plate,), rows in strange.group_by(["plate"], maintain_order=True):
        wells = [
            f"{well} ({donor} in the layout, {sample!r} in the file, as the wells of {whose})"
            for well, donor, sample, whose in rows.select(
                "well", "donor", "sample", "whose"
            ).iter_rows()
        ]
        yield flag(
            "wells",
            f"plate {plate}: {listed(wells)}",
            what=f"{counted(len(wells), 'well is', 'wells are')} named as those of another donor",
            why="two donors swapped in the layout look like this, and give each the other's result",
            cure="compare the layout with the sample names of the file; the layout was followed",
        )


def samples_of_two_names(look: Look) -> Iterator[Flag]:
    """Wells that the layout takes for one sample, and the instrument file for two that it also
    finds elsewhere: a swap.
    """
    keys = [
        "plate",
        "donor",
        "visit",
        "cell_type",
        "culture",
        "stimulus",
        "dose",
        "time",
        "dilution",
    ]
    named = look.wells.filter(pl.col("role") == "sample").drop_nulls(["sample", "donor"])
    pairs = named.select(*keys, "sample").unique(maintain_order=True)
    elsewhere = pairs.with_columns((pl.len().over("plate", "sample") > 1).alias("elsewhere"))
    groups = elsewhere.group_by(keys, maintain_order=True).agg("sample", pl.col("elsewhere").any())
    mixed = groups.filter((pl.col("sample").list.len() > 1) & pl.col("elsewhere"))
    for (plate,), rows in mixed.group_by(["plate"], maintain_order=True):
        said = [
            f"{row['donor']} {row['stimulus'] or ''}".strip() + f": {', '.join(row['sample'])}"
            for row in rows.iter_rows(named=True)
        ]
        yield flag(
            "wells",
            f"plate {plate}: {listed(said)}",
            what=f"{rows.height} samples of the layout mix wells that the instrument file gives to different samples",
            why="swapped wells look like this; one of the two is wrong",
            cure="compare the layout with the sample names of the file, and correct whichever is wrong",
        )


def targets_the_study_does_not_name(look: Look) -> Iterator[Flag]:
    """Targets in a qPCR file that are neither an analyte nor a reference."""
    for assay in look.study.assays:
        if isinstance(assay, Qpcr):
            mine = look.wells.filter(pl.col("assay") == assay.id, pl.col("analyte").is_null())
            names = sorted(set(mine["channel"]) - set(assay.references))
            if names:
                yield flag(
                    "wells",
                    f"{assay.id} {listed(names)}",
                    severity="note",
                    what=f"the files of {assay.id} hold targets that the study does not name",
                    why="they are measured and not analysed",
                    cure="declare them under `analytes` (and `targets`, if named otherwise) to include them",
                )


def replicates_apart(look: Look) -> Iterator[Flag]:
    """Technical replicates of one sample that differ more than two-fold, and more than their errors
    allow.

    Where copies are counted the errors contain it: replicates of a few copies may lie far apart.
    """
    keys = [
        "assay",
        "analyte",
        "plate",
        "donor",
        "visit",
        "cell_type",
        "culture",
        "stimulus",
        "dose",
        "time",
    ]
    spread = (
        look.amounts.filter(
            pl.col("value").is_not_null(),
            pl.col("donor").is_not_null(),
        )
        .group_by(keys, maintain_order=True)
        .agg(
            pl.len().alias("n"),
            (pl.col("value").max() - pl.col("value").min()).alias("range"),
            pl.col("well"),
            pl.when(pl.col("one_copy").is_not_null().all())
            .then((pl.col("sd") ** 2).sum().sqrt())
            .alias("error"),
        )
        .filter(pl.col("n") > 1)
    )
    for (assay, analyte), rows in spread.group_by(["assay", "analyte"], maintain_order=True):
        apart = rows.filter(
            pl.col("range")
            > pl.max_horizontal(pl.lit(_APART), _ERRORS * pl.col("error").fill_null(0.0))
        )
        if apart.height:
            wells = [
                f"plate {row['plate']} {'/'.join(row['well'])}"
                for row in apart.iter_rows(named=True)
            ]
            yield flag(
                "quantities",
                f"{assay} {analyte}: {listed(wells)}",
                severity="look" if apart.height > _EXPECTED * rows.height else "note",
                what=f"replicates differ more than two-fold in {apart.height} of {rows.height} samples",
                why="near the detection limit this may be counting noise, where copies are not counted; elsewhere it is a "
                "pipetting or reading error",
                cure="look at the curves or events of these wells; nothing was left out",
            )

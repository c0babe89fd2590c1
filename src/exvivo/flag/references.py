"""RT-qPCR: reference genes that are lacking, alone, unstable, or moved by a stimulus or a
diagnosis.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from exvivo.figures import comparison, figures_named, value_of
from exvivo.flag.look import Flag, Look, flag, listed
from exvivo.study import Study

Shifts = dict[tuple[str, str | None], float]
"""Values of one comparison, by name and gene."""
_INTERVAL = ("shift", "shift_lower", "shift_upper")
_HOMOGENEOUS, _HETEROGENEOUS = 0.5, 1.0
"""The highest M of a stable reference in samples of one kind and of several (Hellemans 2007, doi
10.1186/gb-2007-8-2-r19).
"""
_ENOUGH = 0.15
"""V below which one more reference changes nothing (Vandesompele 2002, doi
10.1186/gb-2002-3-7-research0034).
"""
_BIAS = "what moves the references moves every result the other way"


def samples_without_reference(look: Look) -> Iterator[Flag]:
    """Samples that have no result because a reference gene has none."""
    for row, figures in look.fitted("reference"):
        n = figures["samples_without_reference"]
        if n:
            lacking = sorted({point["well"] for point in row["points"] if not point["used"]})
            yield flag(
                "assays",
                f"{row['assay']}: {listed(lacking)}",
                what=f"{n:.0f} samples lack a reference gene",
                why="without it an amount of cDNA cannot be told from an amount of message",
                cure="check the reference wells of these samples; repeat them if they failed",
            )


def one_reference(look: Look) -> Iterator[Flag]:
    """Assays that rest on a single reference gene."""
    for row, _ in look.fitted("reference"):
        genes = _genes(look.study, row)
        if len(genes) == 1:
            yield flag(
                "assays",
                f"{row['assay']} {genes[0]}",
                what=f"{genes[0]} is the only reference gene",
                why="its own movement cannot be seen, and no error for it is carried; MIQE wants the stability of a single "
                "reference shown",
                cure="measure a second reference gene, or show elsewhere that this one holds still in these cells",
            )


def unstable_references(look: Look) -> Iterator[Flag]:
    """References whose ratios to the others vary more than stable ones do."""
    for row, figures in look.fitted("reference"):
        several = figures.get("cell_types", 1) > 1
        limit, kind = (_HETEROGENEOUS, "several kinds") if several else (_HOMOGENEOUS, "one kind")
        high = [
            (gene, m)
            for gene in _genes(look.study, row)
            if (m := value_of(row["figures"], "genorm_m", of=gene) or 0.0) > limit
        ]
        if high:
            yield flag(
                "assays",
                f"{row['assay']} {listed(gene for gene, _ in high)}",
                what="geNorm M " + listed(f"{m:.2f} ({gene})" for gene, m in high),
                why=f"stable references stay below {limit} in samples of {kind}; what they disagree by is an error of every result",
                cure="look at the figure of the reference genes for single samples; else choose others among more candidates",
            )


def references_that_move(look: Look) -> Iterator[Flag]:
    """References whose interval leaves the margin with a stimulus or between groups."""
    for row, figures in look.fitted("reference"):
        for shifts, words, against in _comparisons(look.study, row):
            for gene in _mirrored(look.study, row):
                if not shifts.get(("shift_moves", gene)):
                    continue
                mean, lower, upper = (shifts[name, gene] for name in _INTERVAL)
                outside = lower > figures["margin"] or upper < -figures["margin"]
                yield flag(
                    "assays",
                    f"{row['assay']} {gene}",
                    severity="stop" if outside else "look",
                    what=f"{gene} stands {mean:+.2f} log2 ({lower:+.2f} to {upper:+.2f}) {words}{against}; the margin is "
                    f"{figures['margin']:g}",
                    why=_BIAS,
                    cure="use references that hold still; until then do not believe effects that are no larger than this",
                )


def references_not_shown_to_hold(look: Look) -> Iterator[Flag]:
    """References of which too few donors, or too scattered ones, leave open whether they move."""
    for row, figures in look.fitted("reference"):
        for shifts, words, against in _comparisons(look.study, row):
            unclear = [
                gene
                for gene in _mirrored(look.study, row)
                if shifts.get(("shift_within", gene)) == 0 and not shifts.get(("shift_moves", gene))
            ]
            if unclear:
                yield flag(
                    "assays",
                    f"{row['assay']} {listed(unclear)}",
                    severity="note",
                    what=f"not shown to hold still {words}{against}: "
                    + listed(f"{gene} {_interval(shifts, gene)}" for gene in unclear),
                    why=f"the interval is wider than the margin of {figures['margin']:g} log2; that no shift is seen shows nothing",
                    cure="more donors narrow it",
                )


def references_that_move_together(look: Look) -> Iterator[Flag]:
    """All references up, or all down, with a stimulus by more than the margin: against one another
    they look still.
    """
    for row, figures in look.fitted("reference"):
        genes = _genes(look.study, row)
        for stimulus in look.study.stimuli if len(genes) > 1 else ():
            shifts, margin = comparison(row["figures"], stimulus.id), figures.get("margin", 0.0)
            ends = [
                (shifts.get(("raw_shift_lower", gene)), shifts.get(("raw_shift_upper", gene)))
                for gene in genes
            ]
            up = all(lower is not None and lower > margin for lower, _ in ends)
            down = all(upper is not None and upper < -margin for _, upper in ends)
            if up or down:
                yield flag(
                    "assays",
                    f"{row['assay']} {listed(genes)}",
                    severity="note",
                    what=f"with {look.study.name_of(stimulus.id)} all references shift together: "
                    + listed(f"{gene} {shifts['raw_shift', gene]:+.2f} log2" for gene in genes),
                    why="more or less cDNA does this, and is taken away; references that all answer to the stimulus do it too",
                    cure="compare with the RNA that went into each reverse transcription",
                )


def steadier_pair(look: Look) -> Iterator[Flag]:
    """Files whose other targets would make a steadier pair of references, or which need one
    more.
    """
    for row, figures in look.fitted("reference"):
        genes = _genes(look.study, row)
        pair = [figure["of"] or "" for figure in figures_named(row["figures"], "best_pair")]
        m, own = figures.get("best_pair_m"), figures.get("references_m")
        if (
            m is not None
            and not set(pair) <= set(genes)
            and (own is None or round(m, 2) < round(own, 2))
        ):
            yield flag(
                "assays",
                f"{row['assay']} {listed(pair)}",
                severity="note",
                what=f"{' and '.join(pair)} would be the steadier pair: M {m:.2f}"
                + (f" against {own:.2f}" if own else ""),
                why="a steadier pair leaves less error in every result; genes controlled together look steady without being so",
                cure="the declared references were used; declare others under `references` before looking at the results",
            )


def one_more_reference(look: Look) -> Iterator[Flag]:
    """Reference sets to which one more measured gene would make a difference."""
    for row, _ in look.fitted("reference"):
        n = len(_genes(look.study, row))
        found = value_of(row["figures"], "genorm_v", of=f"{n}/{n + 1}")
        if found is not None and found >= _ENOUGH:
            yield flag(
                "assays",
                str(row["assay"]),
                severity="note",
                what=f"V{n}/{n + 1} of the measured genes is {found:.2f}",
                why=f"at {_ENOUGH} or more, one more reference gene changes the normalisation (geNorm)",
                cure="declare one of the candidates as a reference as well",
            )


def _genes(study: Study, row: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(getattr(study.assay(row["assay"]), "references", ())))


def _mirrored(study: Study, row: dict[str, Any]) -> list[str]:
    """The genes to speak of: of two the first, since the other is its mirror image."""
    genes = _genes(study, row)
    return genes[:1] if len(genes) == 2 else genes


def _comparisons(study: Study, row: dict[str, Any]) -> Iterator[tuple[Shifts, str, str]]:
    """Each comparison: its figures, its words, and what the gene is compared with."""
    genes = _genes(study, row)
    against = (
        f" against {genes[1]} (which of the two moves cannot be told)"
        if len(genes) == 2
        else " against the other references"
    )
    for stimulus in study.stimuli:
        own = ", the amount of cDNA included" if len(genes) < 2 else against
        shifts = comparison(row["figures"], stimulus.id)
        yield shifts, f"with {study.name_of(stimulus.id)}", own
    for one, other in combinations(study.groups, 2):
        shifts = comparison(row["figures"], one.id, other.id)
        yield shifts, f"in {one.name} compared with {other.name}", against


def _interval(shifts: Shifts, gene: str) -> str:
    lower, upper = shifts.get(("shift_lower", gene)), shifts.get(("shift_upper", gene))
    if lower is None or upper is None:
        return f"{shifts['shift', gene]:+.2f}, too few donors for an interval"
    return f"{lower:+.2f} to {upper:+.2f}"

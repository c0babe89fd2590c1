"""The reference genes in words, gene by gene: how stable, and whether a stimulus or a diagnosis
moves them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from exvivo.figures import Figure, comparison, figures_named, value_of
from exvivo.study import Study
from exvivo.tell import words

Row = dict[str, Any]
Figures = dict[str, float]
Compared = tuple[str, str | None]
"""A stimulus and None, or two groups."""
WITHIN, MOVES, NOT_SHOWN = "within margin", "moves", "not shown"
"""The verdicts on a reference gene: shown to hold still, seen to move, neither."""


def gene_rows(row: Row, figures: Figures, study: Study) -> Iterator[tuple[Row, Figures]]:
    """An ASSAYS row of references as one row a gene (`gene`), the declared ones first, then the
    candidates.
    """
    for gene in references(row, study):
        yield {**row, "gene": gene, "candidate": False}, figures
    for figure in figures_named(row["figures"], "candidate"):
        yield {**row, "gene": figure["of"], "candidate": True}, figures


def references(row: Row, study: Study) -> list[str]:
    """The declared references of the assay of a row."""
    return list(dict.fromkeys(getattr(study.assay(row["assay"]), "references", ())))


def gene(row: Row, figures: Figures, study: Study) -> str:
    """The gene, and whether it is a candidate alone."""
    return f"{row['gene']} (candidate)" if row["candidate"] else str(row["gene"])


def readout(row: Row, figures: Figures, study: Study) -> str:
    """What the assay reads."""
    return str(row["readout"])


def samples(row: Row, figures: Figures, study: Study) -> str:
    """The samples with every reference, and those that lack one."""
    lacking = figures["samples_without_reference"]
    complete = figures.get("panel_samples" if row["candidate"] else "stability_samples")
    said = words.NOTHING if complete is None else f"{complete:.0f}"
    return said + (f" ({lacking:.0f} without)" if lacking and not row["candidate"] else "")


def m(row: Row, figures: Figures, study: Study) -> str:
    """Of a reference M among the references; of a candidate among all genes measured."""
    name = "panel_m" if row["candidate"] else "genorm_m"
    return words.number(value_of(row["figures"], name, of=row["gene"]))


def rho(row: Row, figures: Figures, study: Study) -> str:
    """NormFinder's stability value; it needs three genes."""
    return words.number(value_of(row["figures"], "normfinder", of=row["gene"]))


def with_stimulus(row: Row, figures: Figures, study: Study) -> str:
    """The shift with every stimulus, with its interval."""
    said = _shifts(row, _stimuli(study))
    alone = len(references(row, study)) == 1 and said != words.NOTHING
    return said + (" (amount of cDNA included)" if alone else "")


def between_groups(row: Row, figures: Figures, study: Study) -> str:
    """The unstimulated level of one group minus that of another, with its interval."""
    if len(references(row, study)) == 1 and not row["candidate"]:
        return "cannot be judged: no other reference"
    return _shifts(row, _pairs(study))


def verdict(row: Row, figures: Figures, study: Study) -> str:
    """The worst of the verdicts on a gene, and on what it rests."""
    if row["candidate"]:
        return "not used"
    found = judged(row["figures"], row["gene"], study)
    moved = [words_of for words_of, said in found if said == MOVES]
    if moved:
        return f"{MOVES} ({words.listed(moved)})"
    unclear = [words_of for words_of, said in found if said == NOT_SHOWN]
    if unclear or not found:
        return NOT_SHOWN + (f" ({words.listed(unclear)})" if unclear else "")
    if len(references(row, study)) == 1:
        return "not judged: the only reference"
    return f"{WITHIN} (±{figures['margin']:g} log2)"


def judged(figures: list[Figure], name: str, study: Study) -> list[tuple[str, str]]:
    """Every comparison of a gene that could be made, in words, with its verdict."""
    comparisons = {pair: f"with {label}" for pair, label in _stimuli(study).items()}
    comparisons |= {pair: label.replace(" − ", " and ") for pair, label in _pairs(study).items()}
    return [
        (label, _verdict(shifts, name))
        for pair, label in comparisons.items()
        if ("shift", name) in (shifts := comparison(figures, *pair))
    ]


def _verdict(shifts: dict[tuple[str, str | None], float], name: str) -> str:
    if shifts.get(("shift_within", name)):
        return WITHIN
    return MOVES if shifts.get(("shift_moves", name)) else NOT_SHOWN


def _stimuli(study: Study) -> dict[Compared, str]:
    return {(stimulus.id, None): stimulus.id for stimulus in study.stimuli}


def _pairs(study: Study) -> dict[Compared, str]:
    pairs = combinations((group.id for group in study.groups), 2)
    return {(one, other): f"{one} − {other}" for one, other in pairs}


def _shifts(row: Row, compared: dict[Compared, str]) -> str:
    parts = []
    for pair, label in compared.items():
        shifts = comparison(row["figures"], *pair)
        value = shifts.get(("shift", row["gene"]))
        if value is not None:
            lower, upper = (shifts.get((f"shift_{end}", row["gene"])) for end in ("lower", "upper"))
            around = f" ({words.interval(lower, upper)})" if lower is not None else ""
            parts.append(f"{label} {words.number(value)}{around}")
    return "; ".join(parts) or words.NOTHING

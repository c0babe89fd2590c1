"""Whether a stimulus or a diagnosis moves the reference genes: their shifts, each with an interval
that is held against a margin.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import polars as pl

from exvivo.arrays import Floats
from exvivo.figures import Figure, figure
from exvivo.quantify.qpcr.equivalence import Shift, mean_shift, shift_between
from exvivo.study import Study

_PAIR = ["plate", "donor", "visit", "cell_type"]
"""What a stimulated sample and its unstimulated one have in common."""


@dataclass(frozen=True, slots=True)
class _Moved:
    """The shift of a gene in one condition against a baseline (None: without stimulus)."""

    gene: str
    condition: str
    baseline: str | None
    shift: Shift

    def interval(self, name: str) -> Iterator[Figure]:
        """The mean shift, and its ends where donors are enough for them."""
        yield self._figure(name, self.shift.mean)
        if not math.isnan(self.shift.lower):
            yield self._figure(f"{name}_lower", self.shift.lower)
            yield self._figure(f"{name}_upper", self.shift.upper)

    def verdicts(self, margin: float) -> Iterator[Figure]:
        """The donors behind the shift, and how it stands to the margin."""
        yield self._figure("shift_donors", self.shift.donors)
        yield self._figure("shift_within", self.shift.within(margin))
        yield self._figure("shift_moves", self.shift.moves(margin))

    def _figure(self, name: str, value: float) -> Figure:
        return figure(name, value, of=self.gene, condition=self.condition, baseline=self.baseline)


def movements(
    levels: pl.DataFrame, genes: Sequence[str], study: Study, *, margin: float
) -> list[Figure]:
    """Every shift with a stimulus and between two groups, each held against the margin (log2).

    `levels` are the references' `gene_levels`. Shifts are those against the other references; with
    one reference, of its own level, and with stimuli alone. `raw_shift` are shifts with stimuli
    with the amount of cDNA in them.
    """
    several = len(genes) > 1
    raw = levels.with_columns(level="quantity")
    relative = raw.with_columns(pl.col("level") - pl.col("others").fill_null(0.0))
    shifts = [*_with_stimuli(relative, genes, study)]
    if several:
        shifts += _between_groups(relative, genes, study)
    figures = [figure("margin", margin)]
    for moved in shifts:
        figures += [*moved.interval("shift"), *moved.verdicts(margin)]
    for moved in _with_stimuli(raw, genes, study) if several else ():
        figures += moved.interval("raw_shift")
    return figures


def _with_stimuli(levels: pl.DataFrame, genes: Sequence[str], study: Study) -> Iterator[_Moved]:
    """Stimulated minus unstimulated level of each gene."""
    control = study.control_stimulus()
    if control is not None:
        shifts = _donor_shifts(levels.with_columns(pl.col("stimulus").fill_null(control)), control)
        for stimulus, gene in product(study.stimuli, genes):
            values = _one_a_donor(shifts, stimulus=stimulus.id, target=gene)
            if values.size:
                yield _Moved(gene, stimulus.id, None, mean_shift(values))


def _donor_shifts(levels: pl.DataFrame, control: str) -> pl.DataFrame:
    """Stimulated minus unstimulated `level` of each gene and stimulus, paired within a plate and
    donor's cells; one row a donor.
    """
    means = levels.group_by(*_PAIR, "stimulus", "target", maintain_order=True).agg(
        pl.col("level").mean()
    )
    stimulated = pl.col("stimulus") != control
    base = means.filter(~stimulated).select(*_PAIR, "target", unstimulated="level")
    pairs = means.filter(stimulated).join(base, on=[*_PAIR, "target"], nulls_equal=True)
    shift = pl.col("level") - pl.col("unstimulated")
    donors = pairs.group_by("stimulus", "target", "donor", maintain_order=True)
    return donors.agg(level=shift.mean())


def _between_groups(levels: pl.DataFrame, genes: Sequence[str], study: Study) -> Iterator[_Moved]:
    """The unstimulated level of each gene in one group minus that in another, one value a donor."""
    control = study.control_stimulus()
    unstimulated = pl.col("stimulus").fill_null(control) == control if control else pl.lit(True)
    donors = (
        levels.filter(unstimulated)
        .drop_nulls("donor")
        .group_by("group", "target", "donor", maintain_order=True)
        .agg(pl.col("level").mean())
    )
    groups = combinations([group.id for group in study.groups], 2)
    for (first, second), gene in product(groups, genes):
        sides = [_one_a_donor(donors, group=group, target=gene) for group in (first, second)]
        if sides[0].size and sides[1].size:
            yield _Moved(gene, first, second, shift_between(*sides))


def _one_a_donor(donors: pl.DataFrame, **of: str) -> Floats:
    return donors.filter(**of).sort("donor")["level"].to_numpy()

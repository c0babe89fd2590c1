"""Whether places on a plate matter: replicates of one sample that differ as their wells lie.

Model of the log2 results of one analyte on one plate, in samples with several wells:

::

    y_sw = mu_s + sum_k f_k(w) b_k + e_sw

s is the sample (a donor's cells under one condition), f_k the features of `exvivo.study.positions`.
With y and f taken less their means within samples, b is fitted by least squares; r is the rank of
the features and n - S - r the degrees of freedom of what is left. The share that places explain is
1 - RSS / TSS, and under b = 0

::

    F = (TSS - RSS) / r / (RSS / (n - S - r))   has an F distribution (r, n - S - r).

Every analyte of every plate of an assay is a test; p is multiplied by how many there are
(Bonferroni). Replicates that lie side by side say little: that nothing is raised then says little
too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.flag.look import Flags, Look, by_plate, flag
from exvivo.flagged import Flag, Scope
from exvivo.study.positions import Positions, shape_of

_SAMPLE = ["donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"]
"""What wells of one sample on a plate have in common."""
_P = 0.01
"""How improbable a pattern must be, of all tests of an assay together, before it is raised."""
_FEWEST = 8
"""Degrees of freedom that must be left beside samples and features."""
_EVERY = 6
"""The rank of features where replicates lie apart in every way; drift is rows and columns."""
_RANK = 1e-8
"""Directions of the features that are smaller than this part of the largest are none."""


@dataclass(frozen=True)
class PlaceTest:
    """What the places of a plate explain of one analyte's differences between wells of one sample:
    the share, the F test's p, and how many wells and samples it rests on. `directions` is the rank
    of the features within samples.
    """

    plate: str
    analyte: str
    share: float
    p: float
    wells: int
    samples: int
    directions: int


def positions_that_matter(look: Look) -> Flags:
    """Plates on which the differences between wells of one sample go with the places of these
    wells; and a note where they could have been seen to, and do not.
    """
    for assay in look.study.assays:
        tests = list(place_tests(look, assay.id))
        matter = [test for test in tests if test.p * len(tests) < _P]
        if not matter and any(test.directions >= _EVERY for test in tests):
            yield _no_matter(assay.id, tests)
        for plate in dict.fromkeys(test.plate for test in matter):
            of_plate = [test for test in tests if test.plate == plate]
            analytes = tuple(test.analyte for test in matter if test.plate == plate)
            most = max(of_plate, key=lambda test: test.share)
            yield flag(
                "quantities",
                f"{assay.id}: plate {plate}",
                scope=Scope(assays=(assay.id,), analytes=analytes, plates=(plate,)),
                what=(
                    f"places on plate {plate} matter: edge, rows, columns, bends and drift explain "
                    f"{most.share:.0%} of how wells of one sample differ ({most.analyte})"
                ),
                why=(
                    "results then hang on where a sample lay; where groups or conditions lie apart "
                    "on the plate, a difference between them may be one between places"
                ),
                cure=(
                    "look at the plate (evaporation, a pipette, the reader); lay the next plates "
                    "out with `exvivo plan layout`, which takes places out of the answers"
                ),
                evidence=[_evidence(test, len(tests)) for test in of_plate],
            )


def _no_matter(assay: str, tests: list[PlaceTest]) -> Flag:
    """That places were looked at, and nothing is seen of them."""
    most = min(tests, key=lambda test: test.p)
    return flag(
        "quantities",
        assay,
        severity="note",
        what=(
            f"places on plates do not show: they explain {most.share:.0%} of how wells of one "
            f"sample differ at the most ({most.analyte}, plate {most.plate})"
        ),
        why="edge, rows, columns, bends and drift were held against replicates that lie apart",
        cure="nothing to do",
        evidence=[_evidence(test, len(tests)) for test in tests],
    )


def _evidence(test: PlaceTest, tests: int) -> str:
    return (
        f"{test.analyte}: {test.share:.0%}, p {test.p:.2g} "
        f"({test.wells} wells of {test.samples} samples; one of {tests} tests)"
    )


def place_tests(look: Look, assay: str) -> Iterator[PlaceTest]:
    """The test of every plate and analyte of an assay that has wells enough of the same samples."""
    measured = look.amounts.filter(assay=assay, censor="none").drop_nulls(["value", "donor"])
    for plate, rows in by_plate(measured):
        layout = look.study.layout.filter(plate=plate)["well"]
        shape = shape_of([*layout, *rows["well"]])
        if shape is None:
            continue
        for (analyte,), own in rows.group_by(["analyte"], maintain_order=True):
            numbers = [shape.number(well) or 0 for well in own["well"]]
            features = np.column_stack([*Positions.of(shape, numbers).features().values()])
            sample = own.select(pl.concat_str(pl.col(_SAMPLE).fill_null(""), separator="\t"))
            if (test := _tested(own["value"].to_numpy(), features, sample.to_series())) is not None:
                yield PlaceTest(plate, str(analyte), *test)


def _tested(
    value: Floats, features: Floats, sample: pl.Series
) -> tuple[float, float, int, int, int] | None:
    """Share, p, wells, samples and rank; None where too little is left to tell."""
    _, at, sizes = np.unique(sample.to_numpy(), return_inverse=True, return_counts=True)
    several = sizes[at] > 1
    inside = _within(np.column_stack([value, features])[several], at[several])
    y, f = inside[:, 0], inside[:, 1:]
    basis = _basis(f)
    wells, samples, rank = len(y), int((sizes > 1).sum()), basis.shape[1]
    left = wells - samples - rank
    total = float(y @ y)
    if left < _FEWEST or not rank or total == 0:
        return None
    from scipy.special import fdtrc

    explained = float(((basis.T @ y) ** 2).sum())
    ratio = explained / rank / max((total - explained) / left, 1e-300)
    return explained / total, float(fdtrc(rank, left, ratio)), wells, samples, rank


def _within(columns: Floats, sample: Ints) -> Floats:
    """Columns less their means within samples."""
    sums = np.zeros((int(sample.max(initial=0)) + 1, columns.shape[1]))
    np.add.at(sums, sample, columns)
    sizes = np.bincount(sample, minlength=len(sums))
    return np.asarray(columns - (sums / np.maximum(sizes, 1)[:, None])[sample])


def _basis(features: Floats) -> Floats:
    """An orthonormal basis (wells, rank) of what features span."""
    if not features.size:
        return features[:, :0]
    basis, sizes, _ = np.linalg.svd(features, full_matrices=False)
    return np.asarray(basis[:, sizes > _RANK * max(float(sizes[0]), 1e-300)])

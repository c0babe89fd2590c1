"""Responses that point the other way: one donor's conditions exchanged, and donors who differ."""

from __future__ import annotations

import numpy as np
import pytest

from exvivo.flag import Look
from exvivo.flag.directions import responses_of_the_other_direction
from exvivo.flagged import Flag
from exvivo.study import Study
from exvivo.tables import ASSAYS, QUANTITIES, RESPONSES, WELLS

STUDY = Study(exvivo=1, title="", groups=(), analytes=(), assays=(), plates=())


def flags(folds: np.ndarray[tuple[int, int], np.dtype[np.float64]], sd: float = 0.15) -> list[Flag]:
    """The flags of one assay, of donors (rows) and analytes (columns) in log2 fold."""
    rows: list[dict[str, object]] = [
        dict(
            estimand="response",
            assay="mrna",
            on="amount",
            readout="mRNA",
            analyte=f"A{analyte}",
            stimulus="LPS",
            visit="1",
            donor=f"D{donor}",
            group="G",
            value=float(value),
            sd=sd,
            censor="none",
            shared=[],
            wells=4,
            undetected_wells=0,
            plates=["Q1"],
        )
        for (donor, analyte), value in np.ndenumerate(folds)
    ]
    look = Look(
        study=STUDY,
        wells=WELLS.frame(),
        quantities=QUANTITIES.frame(),
        assays=ASSAYS.frame(),
        responses=RESPONSES.frame(rows),
    )
    return list(responses_of_the_other_direction(look))


def answers(
    rng: np.random.Generator, donors: int, mean: float, analytes: int = 3
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    person = rng.normal(0, 0.4, (donors, 1))
    return mean + person + rng.normal(0, 0.5, (donors, analytes))


@pytest.mark.parametrize("sign", [1, -1])
def test_one_donor_with_exchanged_conditions_is_told(sign: int) -> None:
    """A stimulus that raises, and one that lowers."""
    folds = sign * answers(np.random.default_rng(1), 24, 4.0)
    folds[5] *= -1
    (flag,) = flags(folds)
    assert flag.severity == "look"
    assert flag.scope is not None and flag.scope.donors == ("D5",)
    assert "D5 answers LPS the other way than nearly all" in flag.what


def test_who_does_not_answer_is_no_exchange() -> None:
    folds = answers(np.random.default_rng(2), 24, 4.0)
    folds[5] = 0.0
    folds[6] = -0.4
    assert flags(folds) == []


def test_one_analyte_of_several_is_no_exchange() -> None:
    folds = answers(np.random.default_rng(3), 24, 4.0, analytes=4)
    folds[5, 0] *= -1
    assert flags(folds) == []


def test_a_direction_that_only_some_have_is_none() -> None:
    folds = answers(np.random.default_rng(4), 24, 4.0)
    folds[:8] *= -1
    assert flags(folds) == []


def test_what_lies_within_its_error_is_not_told() -> None:
    folds = answers(np.random.default_rng(1), 24, 4.0)
    folds[5] *= -1
    assert flags(folds, sd=3.0) == []


@pytest.mark.parametrize("mean", [0.5, 1.5, 3.0])
def test_honest_donors_raise_none(mean: float) -> None:
    told = [flags(answers(np.random.default_rng(seed), 16, mean)) for seed in range(40)]
    assert sum(map(bool, told)) <= 1

"""The joint model's numbers beside the answers: one fit for questions of the same wells, reasons
where a gate fails.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, RELATED, clinic, in_words, quantities, quantity, study

from exvivo.compare import compare
from exvivo.compare import responses as responses_of
from exvivo.compare.joint.fit import joint
from exvivo.study import Plan, Specificity


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    rows, scores = [], {}
    for letters, n, shift in (("FM", 9, 1.2), ("HC", 8, 0.0)):
        for i in range(n):
            person = rng.normal(0, 0.4)
            for analyte, more in (("TNF", shift), ("IL6", 0.0)):
                base, own = rng.normal(0, 0.5), rng.normal(1 + more, 0.4) + person
                for stimulus, mean in (("none", base), ("ATP", base + own)):
                    for _ in range(2):
                        value = mean + rng.normal(0, 0.2)
                        rows.append(
                            quantity(
                                f"{letters}{i:02}",
                                stimulus,
                                value,
                                analyte=analyte,
                                plate=f"P{i % 2}",
                                sd=0.05,
                            )
                        )
            scores[f"{letters}{i:02}"] = 50 + 10 * person + rng.normal(0, 5)
    questions = (
        replace(MORE, analytes=("TNF",)),
        replace(MORE, id="others", analytes=("IL6",)),
        Specificity(
            id="only",
            ask="specificity",
            groups=("FM", "HC"),
            assays=("p",),
            analytes=("TNF",),
            against=("IL6",),
            stimulus="ATP",
        ),
        RELATED,
    )
    of = study(*questions, plan=Plan(permutations=99, joint=True))
    wells = quantities(*rows)
    calls = []

    def counted(*args: Any, **named: Any) -> Any:
        calls.append(named["question"])
        return joint(*args, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exvivo.compare.joint.findings.joint", counted)
        made = compare(
            responses_of(wells, study=of),
            clinic({d: float(s) for d, s in scores.items()}),
            study=of,
            rng=np.random.default_rng(1),
            quantities=wells,
        )
    assert len(calls) == 4  # both differences share a fit and its sceptical variant
    return in_words(made, of).filter(pl.col("estimand").str.contains("joint model"))


def test_its_numbers_stand_beside_and_have_no_verdict(found: pl.DataFrame) -> None:
    assert set(found["part"]) == {"beside"}
    assert found["verdict"].null_count() == found.height
    tnf = found.filter(
        pl.col("question") == "more", pl.col("estimand").str.starts_with("joint model, difference")
    )
    assert tnf.height == 1
    assert tnf["reason"].null_count() == 1
    assert 0.3 < tnf["estimate"][0] < 2.1
    assert "R-hat" in tnf["method"][0]
    assert "probability" in tnf["estimand"][0]


def test_every_question_it_can_be_asked_has_its_row(found: pl.DataFrame) -> None:
    assert set(found["question"]) == {"more", "others", "only", "related"}
    assert (
        found.filter(question="only")["estimand"].str.contains("less the mean of the others").any()
    )
    sceptical = found.filter(pl.col("estimand").str.starts_with("sceptical"))
    assert set(sceptical["question"]) == {"more", "others"}


def test_no_plan_no_joint_model() -> None:
    of = study(MORE)
    wells = quantities(
        *(
            quantity(f"{g}{i}", s, float(i), sd=0.1)
            for g in ("FM", "HC")
            for i in range(4)
            for s in ("none", "ATP")
        )
    )
    made = compare(
        responses_of(wells, study=of),
        clinic({}),
        study=of,
        rng=np.random.default_rng(1),
        quantities=wells,
    )
    assert not in_words(made, of)["estimand"].str.contains("joint").any()

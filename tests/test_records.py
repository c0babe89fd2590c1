"""Records, not words: with every sentence, name and wording replaced by nonsense, every number,
verdict, method, code and flag is the same; and every code has exactly one wording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import polars as pl
import pytest
from compare_tables import (
    MORE,
    RELATED,
    clinic,
    group,
    quantities,
    quantity,
    responses,
    study,
    undetected,
)

from exvivo import tell
from exvivo.compare import ASKS, compare
from exvivo.compare import responses as responses_of
from exvivo.findings import CaveatCode, EstimandCode
from exvivo.flag import Look, flags
from exvivo.gather import gather
from exvivo.methods import METHODS
from exvivo.quantify import quantify
from exvivo.simulate import model_study, write
from exvivo.study import Change, Plan, Question, Specificity, Study, Treatment
from exvivo.tables import ASSAYS, CLINIC, FINDINGS, LAYOUT, QUANTITIES, WELLS, WORDED
from exvivo.tell import phrases
from exvivo.tell.asks import ASKS as TOLD
from exvivo.units import UNITS

NONSENSE = "blorp"
WORDS = tuple(column.name for column in WORDED.columns if column not in FINDINGS.columns)
"""The columns of WORDED that are words."""


@dataclass(frozen=True)
class Case:
    """A study with its tables up to the responses."""

    study: Study
    responses: pl.DataFrame
    clinic: pl.DataFrame
    quantities: pl.DataFrame
    wells: pl.DataFrame
    assays: pl.DataFrame
    profiles: pl.DataFrame | None = None


def answered(case: Case) -> tuple[pl.DataFrame, pl.DataFrame]:
    """WORDED and FLAGS of a study."""
    findings = compare(
        case.responses,
        case.clinic,
        study=case.study,
        rng=np.random.default_rng(case.study.plan.seed),
        quantities=case.quantities,
        profiles=case.profiles,
    )
    worded = tell.worded(findings, case.study)
    look = Look(
        study=case.study,
        wells=case.wells,
        quantities=case.quantities,
        assays=case.assays,
        responses=case.responses,
        findings=worded,
    )
    return worded, flags(look)


def of_folder(folder: Path) -> Case:
    """A study from its files."""
    gathered = gather(folder)
    amounts, assays = quantify(gathered.wells, study=gathered.study)
    return Case(
        gathered.study,
        responses_of(amounts, study=gathered.study),
        gathered.clinic,
        amounts,
        gathered.wells,
        assays,
        gathered.profiles,
    )


def of_rows(
    rows: list[dict[str, Any]], scores: pl.DataFrame, *questions: Question, **changes: Any
) -> Case:
    """A study of responses only."""
    made = responses(rows)
    changes = {"donors": made.select("donor", "group").unique(maintain_order=True)} | changes
    return Case(
        study(*questions, plan=Plan(permutations=199), layout=LAYOUT.frame(), **changes),
        made,
        scores,
        QUANTITIES.frame(),
        WELLS.frame(),
        ASSAYS.frame(),
    )


def demo(folder: Path) -> Case:
    """The model study: 14 patients and 10 controls, qPCR and bead arrays."""
    write(model_study(rng=np.random.default_rng(1)), folder)
    return of_folder(folder)


def uneven_wells(_: Path) -> Case:
    """Donors with one well or three, on plates that hold the groups unevenly: the mixed model of
    the wells answers, as the layout and not a warning's words decides.
    """
    rng = np.random.default_rng(2)
    rows = []
    for i in range(16):
        donor = f"{'FM' if i % 2 else 'HC'}{i:02}"
        plate = "P1" if i % 2 == (i < 12) else "P2"
        for stimulus, mean in (("none", 0.0), ("ATP", 1.0)):
            for _well in range(1 + 2 * (i % 3 == 0)):
                value = float(mean + rng.normal(0, 0.6))
                rows.append(quantity(donor, stimulus, value, plate=plate, sd=0.1))
    wells = quantities(*rows)
    made = responses_of(wells, study=study())
    case = of_rows(made.to_dicts(), CLINIC.frame(), replace(MORE, margin=0.5))
    return replace(case, quantities=wells)


def undetected_levels(_: Path) -> Case:
    """Levels most of which are undetected in one group, and some in another analyte."""
    rng = np.random.default_rng(3)
    level = {"estimand": "level", "stimulus": None}
    rows = group("FM", rng.normal(2, 1, 9), **level)
    rows += [undetected(f"HC{i:02}", 1.0, **level) for i in range(5)]
    rows += [
        row | {"donor": f"HC{i + 5:02}"} for i, row in enumerate(group("HC", [1.5, 2.5], **level))
    ]
    rows += [row | {"analyte": "IL6"} for row in rows if row["censor"] == "none"]
    asked = replace(MORE, stimulus="", analytes=("TNF", "IL6"))
    return of_rows(rows, CLINIC.frame(), asked)


def scores_and_signals(_: Path) -> Case:
    """Associations on amounts and on their signal, one donor undetected, one direction against
    what was expected.
    """
    rng = np.random.default_rng(4)
    values = rng.normal(0, 1, 12)
    rows = group("FM", values) + group("HC", rng.normal(0, 1, 9))
    rows += [undetected("FM12", -2.0)]
    rows += [row | {"on": "signal"} for row in rows]
    given: dict[str, float | None] = {
        f"FM{i:02}": float(50 - 20 * value) for i, value in enumerate(values)
    }
    scores = clinic(given | {"FM12": 99.0})
    related = replace(RELATED, symptoms="worse", method="pearson")
    return of_rows(rows, scores, MORE, related)


def specific_and_treated(_: Path) -> Case:
    """A specific difference, and donors with an exposure, adjusted for age."""
    rng = np.random.default_rng(5)
    rows = group("FM", rng.normal(3, 0.5, 14)) + group("HC", rng.normal(0, 0.5, 12))
    rows += [row | {"analyte": "IL6", "value": float(rng.normal(0, 0.5))} for row in list(rows)]
    names = [row["donor"] for row in rows if row["analyte"] == "TNF"]
    donors = pl.DataFrame(
        {
            "donor": names,
            "group": [name[:2] for name in names],
            "drug": ["yes" if i % 2 else "no" for i in range(len(names))],
            "age": [str(40 + 3 * i % 17) for i in range(len(names))],
        }
    )
    whole: dict[str, Any] = {"assays": ("p",), "analytes": ("TNF",), "stimulus": "ATP"}
    only = Specificity(id="only", ask="specificity", groups=("FM", "HC"), against=("IL6",), **whole)
    drug = Treatment(
        id="drug",
        ask="treatment",
        within="FM",
        exposure="drug",
        exposed="yes",
        adjust=("age",),
        **whole,
    )
    return of_rows(rows, CLINIC.frame(), replace(MORE, adjust=("age",)), only, drug, donors=donors)


def two_visits(_: Path) -> Case:
    """A change from visit to visit, and whether a scale changes with it."""
    rng = np.random.default_rng(6)
    rows = group("FM", rng.normal(0, 1, 10), visit="1")
    rows += group("FM", rng.normal(1, 1, 8), visit="2")
    given = [
        clinic(
            {f"FM{i:02}": float(score) for i, score in enumerate(rng.normal(50, 9, 10))}, visit=v
        )
        for v in ("1", "2")
    ]
    asked: dict[str, Any] = {"ask": "change", "within": "FM", "assays": ("p",)}
    asked |= {"analytes": ("TNF",), "visits": ("1", "2"), "stimulus": "ATP"}
    questions = (Change(id="rise", **asked), Change(id="together", scales=("VAS",), **asked))
    return of_rows(rows, pl.concat(given), *questions)


CASES: tuple[Callable[[Path], Case], ...] = (
    demo,
    uneven_wells,
    undetected_levels,
    scores_and_signals,
    specific_and_treated,
    two_visits,
)


@pytest.fixture
def nonsense(request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    """Replaces every wording by nonsense when it is called; all is as before after the test."""
    patch = pytest.MonkeyPatch()
    named = [(record, "name") for record in METHODS.values()]
    worded = [*named, *((unit, "words") for unit in UNITS.values())]
    before = [(record, name, getattr(record, name)) for record, name in worded]

    def replaced() -> None:
        for record, name in worded:
            object.__setattr__(record, name, NONSENSE)
        for estimand in phrases.ESTIMANDS:
            patch.setitem(phrases.ESTIMANDS, estimand, lambda said: NONSENSE)
        for caveat in phrases.CAVEATS:
            patch.setitem(phrases.CAVEATS, caveat, lambda said: NONSENSE)
        for method in phrases.METHOD_FACTS:
            patch.setitem(phrases.METHOD_FACTS, method, lambda facts: NONSENSE)
        patch.setattr(import_module("exvivo.tell.worded"), "sentence", lambda *_, **__: NONSENSE)

    yield replaced
    patch.undo()
    for record, name, text in before:
        object.__setattr__(record, name, text)


@pytest.mark.parametrize("made", CASES, ids=lambda made: made.__name__)
def test_no_number_verdict_or_flag_hangs_on_a_word(
    made: Callable[[Path], Case], nonsense: Callable[[], None], tmp_path: Path
) -> None:
    case = made(tmp_path / "study")
    findings, flagged = answered(case)
    assert findings.height > 1
    nonsense()
    again, flagged_again = answered(case)
    assert again.drop(WORDS).equals(findings.drop(WORDS))
    assert flagged_again.equals(flagged)
    assert set(again["sentence"]) == {NONSENSE}
    assert not set(findings["sentence"]) & {NONSENSE}
    words = [*again["estimand_words"], *again["reason_words"].drop_nulls()]
    words += again["warning_words"].explode().drop_nulls().to_list()
    assert all(NONSENSE in word or " · " in word for word in words)


def test_the_cases_answer_by_many_methods(tmp_path: Path) -> None:
    """The test above proves little of methods that answer nothing."""
    findings = pl.concat([answered(made(tmp_path))[0] for made in CASES[1:]])
    assert {"mixed_wells", "bounded_wells", "brunner_munzel", "welch", "spearman"} <= set(
        findings["method"]
    )
    codes = findings["warnings"].explode().struct.field("code").drop_nulls()
    assert {"ranks_instead", "against_expectation"} <= set(codes)
    assert findings["larger"].any()


def test_the_records_of_a_table_are_what_was_written(tmp_path: Path) -> None:
    from exvivo.findings import findings_of, rows_of

    worded, _ = answered(specific_and_treated(tmp_path))
    written = worded.select(FINDINGS.schema.names())
    assert FINDINGS.frame(rows_of(findings_of(written))).equals(written)


def test_every_code_has_one_wording() -> None:
    assert set(phrases.ESTIMANDS) == set(get_args(EstimandCode))
    assert set(phrases.CAVEATS) == set(get_args(CaveatCode))
    assert set(phrases.METHOD_FACTS) <= set(METHODS)


def test_every_method_has_an_id_a_name_and_says_when_not() -> None:
    from exvivo import methods

    records = [value for value in vars(methods).values() if isinstance(value, methods.Method)]
    assert {record.id for record in records} == set(METHODS)
    assert len({record.name for record in records}) == len(records)
    assert [r.id for r in records if not r.when_not] == ["none", "genes_counted"]


def test_every_kind_of_question_is_answered_and_told() -> None:
    kinds = {get_args(get_type_hints(record)["ask"])[0] for record in get_args(Question)}
    assert set(ASKS) == set(TOLD) == kinds

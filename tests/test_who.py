"""Who is in each answer: everybody asked about is in it or left out with a reason, and no way to
lower an n goes without a line.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import numpy as np
import polars as pl
import pytest
from every_question import EveryQuestion, every_question
from lengths import LONG
from roll_call import KEY, held, rows_of

import exvivo
from exvivo.account import account
from exvivo.compare import compare, responses
from exvivo.errors import UserMistake
from exvivo.findings import LeftOut, LeftOutCode
from exvivo.gather import gather
from exvivo.quantify import quantify
from exvivo.tell import Roll, terminal
from exvivo.tell.phrases.left_out import LEFT_OUT, left_out_words

DAMAGED = 200 if LONG else 4
"""Studies that are damaged at random."""
DAMAGES = 6
"""Places at which each of them is."""


class Answers:
    """What a run gives as far as it is needed here, without figures."""

    def __init__(self, folder: Path) -> None:
        gathered = gather(folder)
        self.study, self.wells = gathered.study, gathered.wells
        quantities, _ = quantify(gathered.wells, study=gathered.study)
        answers = responses(quantities, study=gathered.study)
        self.findings = compare(
            answers,
            gathered.clinic,
            study=gathered.study,
            rng=np.random.default_rng(1),
            quantities=quantities,
            profiles=gathered.profiles,
        )
        self.answered, self.left_out = account(
            self.findings,
            study=gathered.study,
            wells=gathered.wells,
            quantities=quantities,
            responses=answers,
            clinic=gathered.clinic,
        )


def quick(seed: int = 5) -> EveryQuestion:
    """The study that asks every kind of question, of fewer analytes."""
    study = every_question(seed)
    study.questions = study.questions.replace("[TNF, IL6, IL10]", "[TNF, IL6]")
    return study


def only(study: EveryQuestion, question: str) -> EveryQuestion:
    """The study with one of its questions."""
    lines = [line for line in study.questions.split("\n  - ") if f"id: {question}," in line]
    study.questions = f"\n  - {lines[0].strip()}\n"
    return study


@pytest.fixture(scope="module")
def undamaged(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return Answers(quick().write(tmp_path_factory.mktemp("undamaged") / "study"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> exvivo.Result:
    study = only(quick(), "more")
    return exvivo.run(study.write(tmp_path_factory.mktemp("who") / "study"))


def test_everybody_and_every_well_is_in_or_left_out(undamaged: Answers) -> None:
    held(undamaged)
    asked = {question.id for question in undamaged.study.questions}
    assert set(undamaged.answered["question"]) == asked


def test_the_counts_of_every_finding_are_its_names(undamaged: Answers) -> None:
    """Beside answers as well; only references are counted without being donors."""
    group_of = dict(undamaged.study.donors.select("donor", "group").iter_rows())
    for row in undamaged.findings.iter_rows(named=True):
        if row["estimand"]["code"] == "plain_correlation_of_references":
            continue
        groups = [group_of[donor] for donor in row["donors"]]
        assert {c["group"]: c["n"] for c in row["n"] if c["n"]} == {
            group: groups.count(group) for group in groups
        }, (row["question"], row["estimand"])


def test_a_donor_whose_result_says_nothing_is_named_at_the_answer(whole: exvivo.Result) -> None:
    """FM01's IL-6 is undetected with and without ATP: it is in no response, and every place says
    so.
    """
    page = whole.report.read_text("utf-8")
    line = "7 of 8 people with fibromyalgia and 7 of 7 healthy people"
    assert re.search(rf"{line}.*Left out:</strong> FM01 \(its wells lie beyond limits", page)
    assert 'href="#donor-FM01"' in page and 'id="donor-FM01"' in page
    told = terminal_of(whole)
    assert f"{line}; left out: FM01 (its wells lie beyond limits" in told
    assert told.count("left out:") == 1


def terminal_of(result: exvivo.Result) -> str:
    """What a terminal shows of a run, on one line."""
    from rich.console import Console

    console = Console(width=400, record=True, file=StringIO())
    roll = Roll(result.study, result.answered, result.left_out)
    console.print(terminal(result.study, findings=result.findings, flags=result.flags, roll=roll))
    return console.export_text()


def test_every_reason_has_words() -> None:
    assert set(LEFT_OUT) == set(get_args(LeftOutCode))


# One damage, one reason.

Damage = Callable[[EveryQuestion], None]


def wells(study: EveryQuestion, donor: str, **columns: str) -> list[dict[str, str]]:
    """The lines of the layouts of a donor with these words."""
    rows = [row for rows in study.layouts.values() for row in rows if row["donor"] == donor]
    return [row for row in rows if all(row[name] == word for name, word in columns.items())]


FIRST = {"visit": "1", "cell_type": "iMG"}


def set_empty(row: dict[str, str]) -> None:
    """A well as people make it `empty`: nothing else stands there."""
    row.update(dict.fromkeys(("donor", "visit", "cell_type", "stimulus"), ""), role="empty")


def lost(study: EveryQuestion, well: str, analyte: str = "") -> None:
    """A sample that the tables do not hold, or hold without one analyte."""
    for rows in study.tables.values():
        for row in [row for row in rows if row["sample"] == well]:
            if analyte:
                row[analyte] = ""
            else:
                rows.remove(row)


def empty_stimulated(study: EveryQuestion) -> None:
    for row in wells(study, "FM02", stimulus="ATP", **FIRST):
        set_empty(row)


def excluded(study: EveryQuestion) -> None:
    for rows in study.layouts.values():
        for row in rows:
            row["exclude"] = ""
    for row in wells(study, "FM02", stimulus="none", **FIRST):
        row["exclude"] = "a bubble in the well"


def not_read(study: EveryQuestion) -> None:
    for row in wells(study, "FM02", stimulus="ATP", **FIRST):
        lost(study, row["well"])


def without_result(study: EveryQuestion) -> None:
    for row in wells(study, "FM02", stimulus="ATP", **FIRST):
        lost(study, row["well"], "TNF")


def other_condition(study: EveryQuestion) -> None:
    for row in wells(study, "FM02", stimulus="ATP", **FIRST):
        row["stimulus"] = "ATP_A438079"


def other_visit(study: EveryQuestion) -> None:
    for row in wells(study, "FM02", **FIRST):
        row["visit"] = "2"


def other_cells(study: EveryQuestion) -> None:
    for row in wells(study, "FM02", cell_type="iMG"):
        row["cell_type"] = "MDM"


def no_score(study: EveryQuestion) -> None:
    for row in study.clinic:
        if (row["donor"], row["visit"]) == ("FM02", "1"):
            row["VAS"] = ""


def no_exposure(study: EveryQuestion) -> None:
    for row in study.donors:
        if row["donor"] == "FM02":
            row["pregabalin"] = ""


def no_profile(study: EveryQuestion) -> None:
    for row in study.profiles:
        row.pop("FM02")


def not_on_plates(study: EveryQuestion) -> None:
    for name, rows in study.layouts.items():
        names = {row["well"] for row in rows if row["donor"] == "FM02"}
        study.layouts[name] = [row for row in rows if row["well"] not in names]
        study.tables[name] = [r for r in study.tables[name] if r["sample"] not in names]


REASONS: dict[Damage, tuple[str, LeftOutCode, str]] = {
    empty_stimulated: ("more", "wells_set_empty", "its only well of extracellular ATP is set to"),
    excluded: ("more", "wells_excluded", "its only well of unstimulated is left out by hand"),
    not_read: ("more", "wells_not_read", "its only well of extracellular ATP has no reading"),
    without_result: ("more", "wells_not_read", "its only well of extracellular ATP has no reading"),
    other_condition: ("more", "no_well_of_condition", "no well of extracellular ATP"),
    other_visit: ("more", "other_visit", "measured at visit 2 only"),
    other_cells: ("more", "no_well_of_cells", "no well of induced microglia-like cells"),
    no_score: ("pain", "no_score", "no score of pain, visual analogue scale at visit 1"),
    no_exposure: ("on_pregabalin", "unknown_exposure", "does not say its pregabalin"),
    no_profile: ("which_cells", "no_profile", "no profile of its cells"),
    not_on_plates: ("more", "not_on_plates", "no layout of this assay names this donor"),
}
"""The question, the code and the words of what became of FM02."""


@pytest.mark.parametrize("damage", REASONS, ids=lambda damage: damage.__name__)
def test_what_became_of_a_donor_is_said(damage: Damage, tmp_path: Path) -> None:
    question, code, words = REASONS[damage]
    study = only(quick(), question)
    damage(study)
    answers = Answers(study.write(tmp_path / "study"))
    held(answers)
    out = answers.left_out.filter(donor="FM02", question=question).filter(pl.col("well").is_null())
    tnf = out.filter(pl.col("analyte").is_in(["TNF", "monocyte"])).row(0, named=True)
    assert tnf["code"] == code
    assert words in left_out_words(LeftOut.of_row(tnf), answers.study)
    assert "FM02" not in set(answers.answered.filter(analyte=tnf["analyte"])["donor"])


def of_targets(study: EveryQuestion) -> None:
    """Each sample as two, one for TNF and one for the rest, as qPCR wells are."""
    for name in study.layouts:
        doubled, halves = [], []
        for row, numbers in zip(study.layouts[name], study.tables[name], strict=True):
            for part, blank in (("a", ("IL6", "IL10")), ("b", ("TNF",))):
                well = f"{row['well']} {part}"
                doubled.append(row | {"well": well})
                halves.append(numbers | {"sample": well} | dict.fromkeys(blank, ""))
        study.layouts[name], study.tables[name] = doubled, halves


def test_wells_of_other_targets_are_not_asked_for(tmp_path: Path) -> None:
    """But a well that its file lacks may be of any."""
    study = only(quick(), "more")
    of_targets(study)
    lost(study, "FM02 1 iMG ATP a")
    answers = Answers(study.write(tmp_path / "study"))
    held(answers)
    unread = answers.left_out.filter(code="not_read")
    assert unread.select("analyte", "well").rows() == [
        ("TNF", "FM02 1 iMG ATP a"),
        ("IL6", "FM02 1 iMG ATP a"),
    ]
    out = answers.left_out.filter(code="wells_not_read").select("analyte", "donor").rows()
    assert out == [("TNF", "FM02")]


# No way to lower an n without a line.


def places(study: EveryQuestion) -> list[tuple[str, int]]:
    """Every line of every layout."""
    return [(plate, i) for plate, rows in study.layouts.items() for i in range(len(rows))]


def damaged(study: EveryQuestion, rng: random.Random) -> None:
    """One damage at a place drawn at random."""
    rng.choice(EVERYWHERE)(study, rng)


def some_well(study: EveryQuestion, rng: random.Random) -> dict[str, str]:
    plate, i = rng.choice(places(study))
    return study.layouts[plate][i]


def well_becomes_empty(study: EveryQuestion, rng: random.Random) -> None:
    set_empty(some_well(study, rng))


def well_becomes_empty_with_its_donor(study: EveryQuestion, rng: random.Random) -> None:
    some_well(study, rng)["role"] = "empty"


def well_is_excluded(study: EveryQuestion, rng: random.Random) -> None:
    for rows in study.layouts.values():
        for row in rows:
            row.setdefault("exclude", "")
    some_well(study, rng)["exclude"] = "a bubble"


def well_is_of_another_condition(study: EveryQuestion, rng: random.Random) -> None:
    well = some_well(study, rng)
    well["stimulus"] = rng.choice(["none", "ATP"]) if well["stimulus"] else ""


def well_is_of_another_visit(study: EveryQuestion, rng: random.Random) -> None:
    well = some_well(study, rng)
    well["visit"] = "2" if well["visit"] == "1" else ""


def line_is_gone(study: EveryQuestion, rng: random.Random) -> None:
    plate, i = rng.choice(places(study))
    del study.layouts[plate][i]


def sample_is_gone(study: EveryQuestion, rng: random.Random) -> None:
    lost(study, some_well(study, rng)["well"])


def sample_lacks_an_analyte(study: EveryQuestion, rng: random.Random) -> None:
    lost(study, some_well(study, rng)["well"], rng.choice(["TNF", "IL6"]))


def sample_is_undetected(study: EveryQuestion, rng: random.Random) -> None:
    well = some_well(study, rng)["well"]
    for rows in study.tables.values():
        for row in rows:
            if row["sample"] == well:
                row[rng.choice(["TNF", "IL6"])] = "<2.5"


def donor_becomes_empty(study: EveryQuestion, rng: random.Random) -> None:
    for row in wells(study, rng.choice(study.donors)["donor"]):
        set_empty(row)


def donor_is_gone(study: EveryQuestion, rng: random.Random) -> None:
    study.donors.remove(rng.choice(study.donors))


def exposure_is_blank(study: EveryQuestion, rng: random.Random) -> None:
    rng.choice(study.donors)["pregabalin"] = ""


def score_is_blank(study: EveryQuestion, rng: random.Random) -> None:
    rng.choice(study.clinic)["VAS"] = ""


def score_is_gone(study: EveryQuestion, rng: random.Random) -> None:
    study.clinic.remove(rng.choice(study.clinic))


def profile_is_gone(study: EveryQuestion, rng: random.Random) -> None:
    donor = rng.choice([name for name in study.profiles[0] if name != "gene"])
    for row in study.profiles:
        del row[donor]


REFUSED = (line_is_gone, donor_is_gone)
"""What a study is refused for: the file holds a well, or the layout a donor, of which nothing is
said.
"""
EVERYWHERE: tuple[Callable[[EveryQuestion, random.Random], None], ...] = (
    *(well_becomes_empty, well_becomes_empty_with_its_donor, well_is_excluded),
    *(well_is_of_another_condition, well_is_of_another_visit, sample_is_gone),
    *(sample_lacks_an_analyte, sample_is_undetected, donor_becomes_empty),
    *(exposure_is_blank, score_is_blank, score_is_gone, profile_is_gone),
)


@pytest.mark.calibration
@pytest.mark.filterwarnings("ignore:overflow encountered in exp:RuntimeWarning")
@pytest.mark.parametrize("seed", range(4))
def test_no_way_to_lower_an_n_without_a_line(seed: int, undamaged: Answers, tmp_path: Path) -> None:
    for each in range(seed, DAMAGED, 4):
        nobody_vanishes(each, undamaged, tmp_path / str(each))


def nobody_vanishes(seed: int, undamaged: Answers, folder: Path) -> None:
    """Whoever, and whatever well, a damaged study has lost in an answer stands there as left out."""
    study, rng = quick(), random.Random(seed)
    for _ in range(DAMAGES):
        damaged(study, rng)
    try:
        answers = Answers(study.write(folder))
    except UserMistake:
        return
    held(answers)
    before, after = rows_of(undamaged.answered), rows_of(answers.answered)
    out = rows_of(answers.left_out)
    roll = Roll(answers.study, answers.answered, answers.left_out)
    for finding in answers.findings.filter(part="answer").iter_rows(named=True):
        key = tuple(finding[name] for name in KEY)
        names = {row["donor"] for row in before.get(key, [])}
        gone = names - {row["donor"] for row in after.get(key, [])}
        absent = [row for row in out.get(key, []) if row["well"] is None]
        assert gone <= {row["donor"] for row in absent}, (seed, key)
        line = roll.answers[key].absent if absent else ""
        assert all(donor in line or "more" in line for donor in gone), (seed, key, line)


@pytest.mark.parametrize("damage", REFUSED, ids=lambda damage: damage.__name__)
def test_what_leaves_no_trace_is_refused(damage: Any, tmp_path: Path) -> None:
    study = quick()
    damage(study, random.Random(1))
    with pytest.raises(UserMistake):
        gather(study.write(tmp_path / "study"))

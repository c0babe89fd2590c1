"""Words of donors.csv that questions use: what can be read in two ways is asked about, all at once,
and what is plain is not.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from every_question import EveryQuestion, every_question

from exvivo.errors import StudyError
from exvivo.study import Treatment, load
from exvivo.study.donor_columns import unclear_exposures
from exvivo.study.unknown import is_missing

ADJUSTED = """
  - {id: more, ask: difference, groups: [FM, HC], assays: [secreted], analytes: [TNF],
     stimulus: ATP, cell_type: iMG, adjust: [age]}
"""


def treatment(exposed: str, *not_exposed: str) -> Treatment:
    return Treatment(
        id="q",
        ask="treatment",
        within="FM",
        assays=("a",),
        analytes=("TNF",),
        exposure="drug",
        exposed=exposed,
        not_exposed=not_exposed,
    )


@pytest.mark.parametrize(
    ("exposed", "words"),
    [
        ("yes", ["yes", "no"]),
        ("yes", ["yes", "none", "no"]),
        ("Yes", ["Yes", "None"]),
        ("1", ["0", "1"]),
        ("no", ["no", "yes"]),
        ("yes", ["yes", "stopped"]),
        ("pregabalin", ["pregabalin", "none", "duloxetine"]),
        ("current", ["current", "former", "never"]),
        ("arm A", ["arm A", "arm B"]),
    ],
)
def test_plain_words_of_an_exposure_are_no_question(exposed: str, words: list[str]) -> None:
    assert list(unclear_exposures(treatment(exposed), words)) == []


@pytest.mark.parametrize(
    ("exposed", "words", "unclear"),
    [
        ("yes", ["yes", "Yes", "no"], ["Yes"]),
        ("yes", ["yes", "ja", "no"], ["ja"]),
        ("yes", ["yes", "?"], ["?"]),
        ("yes", ["yes", "Yes"], ["Yes"]),
        ("yes", ["yes", "ja"], ["ja"]),
        ("yes", ["yes", "no", "n.a.", "unknown"], ["n.a.", "unknown"]),
        ("yes", ["yes", "no", "stopped"], ["stopped"]),
        ("pregabalin", ["pregabalin", "none", "Pregabalin"], ["Pregabalin"]),
        ("pregabalin", ["pregabalin", "none", "pregabalin 75 mg"], ["pregabalin 75 mg"]),
        ("pregabalin", ["pregabalin", "none", "pregabaline"], ["pregabaline"]),
        ("pregabalin", ["pregabalin", "yes", "none"], ["yes"]),
    ],
)
def test_words_that_may_mean_exposed_or_unknown_are_asked_about(
    exposed: str, words: list[str], unclear: list[str]
) -> None:
    assert list(unclear_exposures(treatment(exposed), words)) == unclear


def test_declared_words_are_the_only_ones_beside_exposed_and_a_plain_no() -> None:
    question = treatment("yes", "stopped", "nie")
    assert list(unclear_exposures(question, ["yes", "stopped", "nie", "no"])) == []
    assert list(unclear_exposures(question, ["yes", "stopped", "paused"])) == ["paused"]


def exposures(study: EveryQuestion, *words: str) -> None:
    """The first patients with these words in the place of their own."""
    for row, word in zip(study.donors, words, strict=False):
        row["pregabalin"] = word


def test_all_unclear_exposures_come_at_once_with_their_donors_and_cures(tmp_path: Path) -> None:
    study = every_question()
    exposures(study, "Yes", "ja", "yes", "unknown", "?")
    with pytest.raises(StudyError) as raised:
        load(study.write(tmp_path))
    (mistake,) = raised.value.mistakes
    assert "Yes (FM01), ja (FM02), unknown (FM04), ? (FM05)" in mistake.found
    assert "did you mean `yes` for `Yes` and `ja`?" in mistake.cure
    assert '`missing: ["unknown", "?"]`' in mistake.cure


def test_declared_words_for_missing_and_not_exposed_settle_it(tmp_path: Path) -> None:
    study = every_question()
    exposures(study, "UNK", "stopped", "nein", "yes")
    study.donors[1]["age"] = "-99.0"
    study.questions = study.questions.replace(
        "exposed: yes", "exposed: yes, not_exposed: [stopped, nein]"
    )
    folder = study.write(tmp_path)
    yaml = (folder / "study.yaml").read_text(encoding="utf-8")
    (folder / "study.yaml").write_text(f"{yaml}missing: [UNK, -99]\n", encoding="utf-8")
    donors = load(folder).donors
    assert donors["pregabalin"].to_list()[:4] == ["", "stopped", "nein", "yes"]
    assert donors["age"].to_list()[:3] == ["33", "", "39"]


def test_missing_words_never_touch_the_names_of_people() -> None:
    assert is_missing("-99", ["-99"])
    assert is_missing("-99.0", ["-99"])
    assert not is_missing("none", ["-99", "UNK"])
    assert not is_missing("", [])


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["33", "36.5", "39"], ""),
        (["33", "36,5", "39"], ""),
        (["33", "", "39"], ""),
        (["33", "36,5", "39.5"], "36,5"),
        (["33", "56 J.", "39"], "56 J. (FM02)"),
        (["33", "NA", "39"], "NA (FM02)"),
        (["33", "-99", "39"], "-99 (FM02)"),
    ],
)
def test_numbers_that_are_adjusted_for(tmp_path: Path, words: list[str], asked: str) -> None:
    study = every_question()
    study.questions = ADJUSTED
    for row, word in zip(study.donors, words, strict=False):
        row["age"] = word
    assert_asked(study.write(tmp_path), asked)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["female", "male"], ""),
        (["never", "former", "none"], ""),
        (["female", "Female", "male"], "female"),
        (["f", "male", "female"], "f ("),
        (["w", "m", "female"], "w ("),
        (["female", "male", "unknown"], "unknown"),
        (["56 years", "40 years", "38 years", "72 years"], "56 years"),
        (["site 1", "site 2", "site 3", "site 4"], ""),
    ],
)
def test_kinds_that_are_adjusted_for(tmp_path: Path, words: list[str], asked: str) -> None:
    study = every_question()
    study.questions = ADJUSTED.replace("age", "sex")
    for i, row in enumerate(study.donors):
        row["sex"] = words[i % len(words)]
    assert_asked(study.write(tmp_path), asked)


def assert_asked(folder: Path, asked: str) -> None:
    """One mistake that shows these words; none where they are empty."""
    if not asked:
        load(folder)
        return
    with pytest.raises(StudyError) as raised:
        load(folder)
    (mistake,) = raised.value.mistakes
    assert asked in mistake.found


def test_columns_that_no_question_uses_may_hold_anything(tmp_path: Path) -> None:
    study = every_question()
    study.questions = ADJUSTED
    for row in study.donors:
        row["note"] = "?"
        row["pregabalin"] = "Yes" if row["donor"] == "FM01" else "yes"
    assert load(study.write(tmp_path)).donors["note"].unique().to_list() == ["?"]


def test_the_exposures_of_the_intake_study(shared_data: Path, tmp_path: Path) -> None:
    import runpy
    import sys

    module = runpy.run_path(str(shared_data / "faults" / "intake" / "mistakes.py"))
    sys.modules.pop("mistakes", None)
    folder = tmp_path / "study"
    import shutil

    shutil.copytree(shared_data / "faults" / "intake" / "study", folder, copy_function=shutil.copy)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    load(folder)
    module["MISTAKES"]["exposure_words"](folder)
    with pytest.raises(StudyError, match=r"Yes \(RA01\), ja \(RA02\), unknown \(RA06\)"):
        load(folder)


def test_none_is_a_medication_and_not_unknown(shared_data: Path) -> None:
    """The fault `statistics/med`: all 24 donors of the group take part, and nothing is resolved."""
    donors = load(shared_data / "faults" / "statistics" / "med").donors
    assert donors.filter(pl.col("group") == "A", pl.col("med") == "none").height == 16

"""The plain-language summary says whom an answer rests on, why it is open or missing, what its
words allow, and calls groups, cells and controls what they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from article_cases import QUESTIONS, finding, public_of, study_of

from exvivo.findings import Caveat, Count, Finding
from exvivo.study import CellType, Difference, Group, Stimulus, Study
from exvivo.study.summary_records import PlainWord, Summary
from exvivo.tell.article import Article, article_of
from exvivo.tell.language import language
from exvivo.units import COEFFICIENT, LOG2_FOLD, SIMILARITY

MORE, PAIN, LIKE = QUESTIONS[0], QUESTIONS[4], QUESTIONS[-1]
HIGHER = (1.2, 0.3, 2.1)
NONE = (None, None, None)


def told(article: Article, section: str) -> str:
    (found,) = (each for each in article.sections if each.id == section)
    return " ".join(found.lines())


def of(study: Study, *findings: Finding, code: Any = "en", **people: int) -> Article:
    return article_of(public_of(study, findings, **people), language=language(code))


def answer(**changes: Any) -> Finding:
    return replace(finding(MORE, "supported", HIGHER, LOG2_FOLD), **changes)


def test_a_question_within_a_group_says_its_own_people() -> None:
    pain = finding(PAIN, "not resolved", (0.2, -0.4, 0.6), COEFFICIENT)
    text = told(of(study_of(MORE, PAIN), answer(), pain), "found")
    assert text.count("14 people with fibromyalgia and 10 healthy people") == 1
    assert text.count("Asked of 14 people with fibromyalgia.") == 1


FEW = Caveat("few_informative_donors", {"group": "HC", "n": 0, "needed": 3})
NO_SCORE = Caveat("no_scored_donor", {"group": "FM"})
PEOPLE = "too few people to be told"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (None, PEOPLE),
        (FEW, "there was too little or too much to measure"),
        (NO_SCORE, "too few people had a result"),
    ],
)
def test_why_an_answer_is_missing_is_told_apart(reason: Caveat | None, said: str) -> None:
    few = answer(n=(Count("FM", 14), Count("HC", 0)), reason=reason)
    text = told(of(study_of(MORE), few), "found")
    assert said in text and (PEOPLE in text) == (said == PEOPLE)


def test_no_answer_is_counted_apart_from_what_cannot_be_told() -> None:
    none = finding(MORE, "not estimable", NONE, LOG2_FOLD, analyte="IL6")
    open_ = finding(MORE, "not resolved", (0.1, -1.0, 1.2), LOG2_FOLD, analyte="IL10")
    text = told(of(study_of(MORE), answer(), none, open_), "key")
    assert "found in 1, we cannot tell in 1, and 1 gave no answer" in text
    text = told(of(study_of(MORE), none), "key")
    assert "There is no answer to any of them." in text and "in the lab" not in text


def test_much_the_same_says_within_what() -> None:
    same = finding(MORE, "equivalent", (0.1, -0.3, 0.5), LOG2_FOLD)
    text = told(of(study_of(MORE), same), "sure")
    assert "“Much the same” here lies between half as high and twice as high." in text
    assert "lies between" not in told(of(study_of(MORE), answer()), "sure")


def test_nothing_was_seen_where_data_are_made_up() -> None:
    text = " ".join(
        told(of(study_of(MORE, simulated=simulated), answer()), section)
        for simulated in (True,)
        for section in ("key", "done")
    )
    assert "seen in the lab" not in text and "In the lab, cells" not in text
    assert "In this made-up study, cells of these people were made into" in text


def test_an_open_answer_has_its_own_reason() -> None:
    hidden = Caveat("gate_not_possible", {"why": "few_genes", "lineage": "", "table": 40})
    open_ = finding(
        LIKE, "not resolved", (0.4, 0.2, 0.6), SIMILARITY, p_adjusted=0.001, warnings=(hidden,)
    )
    text = told(of(study_of(LIKE), open_), "found")
    assert "Too few genes were measured" in text and "asked at once" not in text
    chance = replace(open_, warnings=(), p_adjusted=0.2)
    assert "asked at once" in told(of(study_of(LIKE), chance), "found")


@pytest.mark.parametrize(
    ("name", "given"), [("vehicle (DMSO)", True), ("unstimulated", False), ("medium", False)]
)
def test_a_control_is_called_by_its_name(name: str, given: bool) -> None:
    stimuli = (Stimulus(id="none", name=name, control=True), Stimulus(id="ATP", name="ATP"))
    assert isinstance(MORE, Difference)
    level = replace(MORE, stimulus="")
    article = of(study_of(level, stimuli=stimuli), answer(stimulus=None))
    text = f"{told(article, 'done')} {told(article, 'found')}"
    assert ("given nothing" not in text and "nothing added" not in text) == given
    assert (f"with {name}" in text and f"given {name}" in text) == given


def test_cells_that_people_have_are_not_made() -> None:
    kinds = (
        CellType(id="iMG", name="induced microglia-like cells"),
        CellType(id="mono", name="monocytes", protocol="CD14 beads"),
    )
    text = told(of(study_of(MORE, cell_types=kinds), answer()), "done")
    assert "made into microglia-like cells made from blood." in text
    assert "these cells of the people were examined: monocytes." in text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "14 people in the group “fibromyalgia” and 10 controls"),
        ("de", "14 Menschen der Gruppe „fibromyalgia“"),
        ("fr", "14 personnes du groupe «\u00a0fibromyalgia\u00a0»"),
        ("es", "14 personas del grupo «fibromyalgia»"),
        ("ja", "グループ「fibromyalgia」（14人）"),
    ],
)
def test_an_illness_is_no_name_of_people(code: str, said: str) -> None:
    groups = (Group(id="FM", name="fibromyalgia"), Group(id="HC", name="controls"))
    assert said in told(of(study_of(MORE, groups=groups), answer(), code=code), "who")


def test_a_plain_word_of_the_study_stands_as_it_is() -> None:
    words = (PlainWord(id="FM", name={"en": "fibromyalgics"}),)
    text = told(of(study_of(MORE, summary=Summary(words=words)), answer()), "who")
    assert "14 fibromyalgics" in text


def test_a_summary_of_nobody_has_a_title() -> None:
    article = of(study_of(MORE), answer(n=(Count("FM", 3), Count("HC", 3))), FM=3, HC=3)
    assert article.title.endswith("What this study found cannot be told here")
    assert "2 groups are too small" in told(article, "who")


@pytest.mark.parametrize("code", ["smaller_than_margin", "not_across_families", "heavy_tails"])
def test_a_caution_has_a_reason_on_this_page(code: Any) -> None:
    facts = {"margin": 1.0, "families": 3, "p": 0.04}
    text = told(of(study_of(MORE), answer(warnings=(Caveat(code, facts),))), "found")
    assert "Take this with care" in text and "full report" not in text

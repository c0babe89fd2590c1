"""Sentences held against the answers of two studies: labelled ones, and laws that hold whatever
the words are.

`labelled/first.yaml` was written and labelled by another hand before the rules; `own.yaml` by the
writer of the rules, to keep them from falling back.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from every_question import every_question
from ruamel.yaml import YAML

import exvivo
from exvivo.claims import CheckedText, SpinKind, check, is_english, kinds, rules
from exvivo.claims.rules import word_lists
from exvivo.findings import Finding, findings_of
from exvivo.study import Study
from exvivo.tell.sentences import sentence

HERE = Path(__file__).parent
Against = Mapping[str, tuple[Study, list[Finding]]]
"""Studies by their names in the labelled sets, each with its findings."""


@pytest.fixture(scope="module")
def against(demo: exvivo.Result, tmp_path_factory: pytest.TempPathFactory) -> Against:
    """Both studies that the sentences are about."""
    folder = every_question().write(tmp_path_factory.mktemp("every question") / "study")
    results = {"demo": demo, "every_question": exvivo.run(folder)}
    return {name: (each.study, findings_of(each.findings)) for name, each in results.items()}


def labelled(name: str) -> list[dict[str, Any]]:
    """The sentences of a set with their labels."""
    listed: list[dict[str, Any]] = YAML(typ="safe").load(HERE / name)
    return listed


def checked(text: str, against: Against, study: str = "demo", *, name: str = "t.md") -> CheckedText:
    return check(text, *against[study], name=name)


def judgements(text: str, against: Against, study: str = "demo") -> list[str]:
    return [each.judgement for each in checked(text, against, study).sentences]


def accused(entry: Mapping[str, Any], against: Against) -> bool:
    return bool(checked(entry["text"], against, entry["study"]).stronger)


OWN = labelled("own.yaml")
SPUN = "TNF release drives the pain of people with fibromyalgia."
TRUE = (
    "On average, TNF mRNA responses were 2.05-fold higher in people with fibromyalgia than in "
    "healthy people."
)


def test_sentences_of_another_hand(against: Against) -> None:
    entries = labelled("labelled/first.yaml")
    spun = [accused(each, against) for each in entries if each["label"] == "spun"]
    true = [accused(each, against) for each in entries if each["label"] == "true"]
    assert sum(spun) >= 0.85 * len(spun)
    assert sum(true) <= 0.05 * len(true)


@pytest.mark.parametrize("entry", OWN, ids=[each["id"] for each in OWN])
def test_own_sentences(entry: Mapping[str, Any], against: Against) -> None:
    assert accused(entry, against) == (entry["label"] == "spun")


def test_every_kind_and_rule_has_a_sentence_that_it_finds(against: Against) -> None:
    entries = [each for each in OWN if each["label"] == "spun"]
    texts = [checked(each["text"], against, each["study"]) for each in entries]
    spins = [spin for text in texts for each in text.stronger for spin in each.spins]
    assert {spin.kind for spin in spins} == {*get_args(SpinKind)} == {*kinds()}
    assert {spin.rule for spin in spins} == {*rules()}
    assert all(rules()[spin.rule].kind == spin.kind for spin in spins)


NOT_READ_WHOLE = {"mediation", "identity", "treatment"}
"""Kinds of questions whose sentences have numbers or names that are not held against an answer."""


@pytest.mark.parametrize("study", ["demo", "every_question"])
def test_what_the_report_says_is_borne_out(study: str, against: Against) -> None:
    """The report's own sentence of every answer, whatever its kind and verdict."""
    declared, findings = against[study]
    questions = {each.id: each for each in declared.questions}
    verdicts: Counter[str | None] = Counter()
    for finding in (each for each in findings if each.part == "answer"):
        text = sentence(finding, questions[finding.question], study=declared)
        judged = judgements(text, against, study)
        assert "stronger" not in judged, text
        assert "borne_out" in judged or (finding.ask in NOT_READ_WHOLE and "not_judged" in judged)
        verdicts[finding.verdict] += 1
    assert {"supported", "equivalent", "not resolved"} <= {*verdicts}


def test_a_verdict_that_turns_turns_the_judgement(against: Against) -> None:
    study, findings = against["demo"]
    open_ones = [replace(each, verdict="not resolved") for each in findings]
    opposite = [_turned(each) for each in findings]
    assert not check(TRUE, study, findings, name="t.md").stronger
    for changed in (open_ones, opposite):
        (each,) = check(TRUE, study, changed, name="t.md").stronger
        assert "direction" in {spin.kind for spin in each.spins}


def _turned(finding: Finding) -> Finding:
    """The same answer the other way round."""
    if finding.estimate is None or finding.lower is None or finding.upper is None:
        return finding
    lower, upper = -finding.upper, -finding.lower
    return replace(finding, estimate=-finding.estimate, lower=lower, upper=upper)


NEGATED = [
    ("TNF is a biomarker of fibromyalgia.", "TNF is not a biomarker of fibromyalgia."),
    ("TNF causes their pain.", "TNF does not cause their pain."),
    (SPUN, f"It is not true that {SPUN}"),
    ("The brains of patients release more TNF.", "It is not true that brains of patients do so."),
    (
        "Every patient's cells made more TNF after ATP.",
        "Not every patient's cells made more TNF after ATP.",
    ),
]


@pytest.mark.parametrize(("spun", "negated"), NEGATED)
def test_one_more_negation_turns_it(spun: str, negated: str, against: Against) -> None:
    assert checked(spun, against).stronger
    assert not checked(negated, against).stronger


@pytest.mark.parametrize(
    ("said", "spun"),
    [
        ("The TNF mRNA response correlated with pain.", False),
        ("The TNF mRNA response correlated positively with pain.", False),
        ("The TNF mRNA response correlated inversely with pain.", True),
        ("TNF mRNA responses were negatively associated with pain.", True),
        ("The higher the TNF mRNA response, the less pain there was.", True),
        ("The higher the TNF mRNA response, the more pain there was.", False),
        ("The TNF mRNA response correlated negatively with quality of life.", False),
        ("The TNF mRNA response was positively related to quality of life.", True),
    ],
)
def test_the_sign_of_a_relation(said: str, spun: bool, against: Against) -> None:
    study, findings = against["demo"]
    shown = [replace(each, verdict="supported") for each in findings]
    rules = [s.rule for e in check(said, study, shown, name="t.md").stronger for s in e.spins]
    assert rules == ["direction_opposite"] * spun


def test_a_direction_without_a_side_is_not_borne_out(against: Against) -> None:
    assert judgements("The mean TNF mRNA response to ATP was higher.", against) == ["not_judged"]


@pytest.mark.parametrize(
    "beyond",
    [
        "Macrophages of patients made more TNF on average.",
        "Fibroblasts of patients made more TNF.",
        "T cells of patients made more TNF mRNA on average.",
        "Men had higher TNF mRNA responses on average.",
        "Older patients had higher TNF mRNA responses on average.",
        "Patients on pregabalin had higher TNF mRNA responses on average.",
        "TNF mRNA responses were higher in people with long COVID on average.",
        "TNF mRNA responses to histamine were higher in patients on average.",
        "TNF mRNA and TNF protein responses were 2.53-fold and 2.05-fold higher on average.",
        "TNF mRNA responses were higher on average in patients (n = 140 vs 100).",
        "TNF mRNA was an order of magnitude higher in patients on average.",
        "There is no doubt that TNF causes pain.",
        "Healthy people had higher TNF mRNA responses than people with fibromyalgia.",
    ],
)
def test_what_was_not_read_whole_is_not_borne_out(beyond: str, against: Against) -> None:
    assert judgements(TRUE, against) == ["borne_out"]
    assert "borne_out" not in judgements(beyond, against)


def test_a_reversed_contrast_is_not_borne_out(against: Against) -> None:
    said = "The group difference was larger for {} than for {}."
    assert judgements(said.format("TNF", "IL-10"), against, "every_question") == ["borne_out"]
    assert judgements(said.format("IL-10", "TNF"), against, "every_question") != ["borne_out"]


@pytest.mark.parametrize("name", ["t.md", "t.html", "t.txt"])
def test_a_limit_in_angle_brackets_is_no_tag(name: str, against: Against) -> None:
    text = f"Values <LOD were dropped. {SPUN} Values >LOD stayed."
    assert [each.text for each in checked(text, against, name=name).stronger] == [SPUN]


def test_lists_of_words_hold_no_word_twice_and_no_stray_sign() -> None:
    for name, words in word_lists().items():
        assert not [word for word, count in Counter(words).items() if count > 1], name
        assert all(re.fullmatch(r"[\w|*#.%' -]+", word) for word in words), name


@pytest.mark.parametrize(
    "hostile",
    [
        "TNF " + "9" * 20_000,
        "(" * 20_000,
        "TNF [(" * 20_000,
        "a" * 1_000_000,
        "9," * 50_000,
        "\n" * 500_000,
    ],
)
def test_hostile_texts_end_soon(hostile: str, against: Against) -> None:
    start = time.process_time()
    checked(f"{hostile} higher in patients, 2-fold.", against)
    assert time.process_time() - start < 10


def test_a_denied_sameness_is_a_difference(against: Against) -> None:
    """Not the same says that there is a difference: more than an open answer bears."""
    for denied in (
        "IL-6 mRNA responses were not identical in patients and controls.",
        "IL-6 mRNA was not the same in both groups.",
    ):
        assert checked(denied, against).stronger
        assert not checked(denied.replace("IL-6", "TNF"), against).stronger


def test_a_negated_direction_is_held_against_the_answer(against: Against) -> None:
    said = "Mean TNF mRNA responses were {}higher in patients than in controls."
    assert not checked(said.format(""), against).stronger
    assert checked(said.format("not "), against).stronger


SAME_TO_READERS: list[Callable[[str], str]] = [
    str.upper,
    str.lower,
    lambda text: text.replace("TNF", "TNF-α"),
    lambda text: text.replace("TNF", "tumour necrosis factor alpha"),
    lambda text: text.replace("TNF", "**TNF**").replace("higher", "*higher*"),
    lambda text: text.replace(" ", "\n", 3),
    lambda text: text.replace("TNF", "[TNF](https://example.org/TNF)"),
    lambda text: f"# A heading\n\n- {text}\n\n```\nTNF causes pain.\n```\n",
    lambda text: text.replace("-fold", " fold").replace("people with", "people\u00a0with"),
]


@pytest.mark.parametrize("text", [TRUE, SPUN])
@pytest.mark.parametrize("written", SAME_TO_READERS)
def test_spelling_and_marks_do_not_matter(
    text: str, written: Callable[[str], str], against: Against
) -> None:
    assert bool(checked(written(text), against).stronger) == (text == SPUN)


def test_html_is_read_as_its_words(against: Against) -> None:
    page = f"<html><body><script>TNF causes pain.</script><p>{SPUN}</p><p>{TRUE}</p></body></html>"
    stronger = checked(page, against, name="page.html").stronger
    assert [each.text for each in stronger] == [SPUN]


def test_the_order_of_sentences_does_not_matter(against: Against) -> None:
    texts = [each["text"] for each in labelled("labelled/first.yaml") if each["study"] == "demo"]
    forwards = checked("\n\n".join(texts), against).sentences
    backwards = checked("\n\n".join(reversed(texts)), against).sentences
    assert {e.text: e.judgement for e in forwards} == {e.text: e.judgement for e in backwards}


def test_a_pronoun_takes_the_sentence_before(against: Against) -> None:
    first = "Mean TNF protein responses to ATP were higher in patients."
    assert judgements(f"{first} They were 2.53-fold.", against) == ["borne_out", "borne_out"] or (
        not checked(f"{first} The difference was 2.53-fold.", against).stronger
    )
    assert checked(f"{first} The difference was 7.5-fold.", against).stronger
    assert not checked("The difference was 7.5-fold.", against).stronger


def test_a_place_is_where_the_sentence_stands(against: Against) -> None:
    text = f"# Title\n\nBackground, i.e. words.\n{SPUN} More words."
    (each,) = checked(text, against).stronger
    assert text[each.place.start : each.place.end] == each.text == SPUN
    assert each.place.line == 4
    start, end = each.spins[0].words
    assert each.text[start:end] == "drives"


def test_what_a_number_is_held_against(against: Against) -> None:
    (each,) = checked(
        "Mean TNF mRNA responses were 3.40-fold higher in patients.", against
    ).stronger
    (spin,) = each.spins
    assert (spin.rule, spin.stated) == ("fold_differs", 3.4)
    assert spin.expected == pytest.approx((2.05,), abs=0.005)
    assert spin.against is not None and spin.against.question == "more_tnf"


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("2.05-fold higher", True),
        ("2.1 times as high", True),
        ("about twice as high", True),
        ("105 % higher", True),
        ("roughly 100 % higher", True),
        ("2.15-fold higher", False),
        ("50 % higher", False),
        ("three times as high", False),
        ("more than doubled", True),
        ("more than three times as high", False),
    ],
)
def test_rounding(number: str, fits: bool, against: Against) -> None:
    text = f"On average, the TNF mRNA response was {number} in patients."
    assert bool(checked(text, against).stronger) != fits


def test_other_languages_are_seen() -> None:
    others = [
        "TNF ist in den Zellen der Kranken höher als in denen der Gesunden, und das ist nicht neu.",
        "La réponse du TNF est plus forte dans les cellules des patients que dans celles des témoins.",
        "La respuesta de TNF es mayor en las células de los pacientes que en las de los sanos.",
        "線維筋痛症の人の細胞では、健康な人の細胞よりもTNFの反応が大きい。",
    ]
    short = ["TNF verursacht Schmerzen.", "Le TNF cause la douleur.", "El TNF causa el dolor."]
    assert not any(map(is_english, [*others, *short]))
    assert not any(is_english(f"{TRUE} {each}") for each in short)
    assert all(map(is_english, ["TNF", "De novo TNF synthesis.", "El Paso, Los Angeles, 2019"]))
    assert not any(is_english(f"{TRUE}\n\n{other}") for other in others)
    assert all(is_english(each["text"]) for each in [*OWN, *labelled("labelled/first.yaml")])


def test_long_texts_end_soon(against: Against) -> None:
    texts = [each["text"] for each in labelled("labelled/first.yaml")]
    start = time.process_time()
    assert len(checked("\n\n".join((texts * 17)[:2000]), against).sentences) >= 2000
    assert time.process_time() - start < 4
    for hostile in ("[a](" * 20000, "as much " * 20000, "TNF not " * 20000, "<p " * 20000):
        checked(hostile, against)
    assert time.process_time() - start < 12

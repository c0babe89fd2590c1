"""`python -m benchmarks article` in small: summaries of random answers read back in five languages,
and every untruth put into one is noticed by the reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from benchmarks.article.drawn import drawn
from benchmarks.article.forbidden import forbidden
from benchmarks.article.found import of_set
from benchmarks.article.items import items, missing_in
from benchmarks.article.readable import of_demo
from benchmarks.article.readback import Reader
from benchmarks.article.reading import lengths, lix, sentences_of
from benchmarks.article.summaries import LANGUAGES, LanguageCode, Summary, summary_of
from benchmarks.article.unexplained import unexplained
from benchmarks.article.vocabulary import vocabulary
from exvivo.tell.article.records import PlainAnswer

SETS = 20
FEW = 24
EASY = 40.0
"""LIX up to which a text reads like fiction (Björnsson 1968)."""


@pytest.mark.parametrize("first", range(0, SETS, 10))
def test_summaries_say_what_was_found_and_nothing_more(first: int) -> None:
    for number in range(first, first + 10):
        for code, (_, wrong) in of_set(number).items():
            assert not wrong, (number, code, wrong[:3])


def test_the_sets_hold_every_kind_of_answer() -> None:
    findings = [finding for number in range(200) for finding in drawn(number).findings]
    kinds = {(finding.ask, finding.verdict) for finding in findings}
    assert len({ask for ask, _ in kinds}) == 8
    assert {
        ("difference", "equivalent"),
        ("effect", "supported"),
        ("mediation", "not resolved"),
    } < kinds
    assert any(finding.like_none for finding in findings)
    assert any(finding.caps for finding in findings)
    assert any(finding.lower == float("-inf") for finding in findings)
    assert any(finding.excludes_null and finding.verdict == "not resolved" for finding in findings)
    sizes = {len(drawn(number).findings) for number in range(200)}
    assert min(sizes) == 1 and max(sizes) > 30


Change = Callable[[str], str]
UNTRUE: dict[str, tuple[str, Change]] = {
    "the other direction": ("claim", lambda text: text.replace("higher", "lower")),
    "no direction was found": (
        "claim",
        lambda text: text.replace("we cannot tell", "it was higher"),
    ),
    "the same": ("claim", lambda text: text.replace("e cannot tell", "e saw much the same")),
    "other people": ("people", lambda text: re.sub(r"rests on \d+", "rests on 99", text)),
    "another size": ("size", lambda text: text.replace("times as high", "% lower")),
    "another end": ("size", lambda text: text.replace("half as high", "four times as high")),
}


def told_otherwise(summary: Summary, change: Change) -> Summary:
    """The same summary with every answer in other words."""
    sections = tuple(
        replace(
            section,
            asked=tuple(
                replace(a, answers=tuple(map(changed(change), a.answers))) for a in section.asked
            ),
        )
        for section in summary.article.sections
    )
    return replace(summary, article=replace(summary.article, sections=sections))


def changed(change: Change) -> Callable[[PlainAnswer], PlainAnswer]:
    return lambda each: replace(each, sentence=change(each.sentence), size=change(each.size))


@pytest.mark.parametrize("name", UNTRUE)
def test_an_untruth_is_noticed(name: str) -> None:
    kind, change = UNTRUE[name]
    noticed = 0
    for number in range(FEW):
        summary = in_english(number)
        other = told_otherwise(summary, change)
        if other != summary:
            noticed += kind in {wrong.kind for wrong in Reader(other).wrong()}
    assert noticed > 2


@cache
def in_english(number: int) -> Summary:
    return summary_of(drawn(number).public, "en")


@pytest.mark.parametrize("code", LANGUAGES)
def test_groups_that_change_places_are_noticed(code: LanguageCode) -> None:
    """The first group in the place of the second turns a direction round, in each language."""
    noticed = turned = 0
    for number in range(2 * FEW):
        summary = summary_of(drawn(number).public, code)
        names = Reader(summary).names
        for question in summary.public.study.questions:
            if question.ask != "difference":
                continue
            first, second = map(names.name_of, question.groups)
            other = told_otherwise(summary, swapped(first, second))
            if has_direction(other, question.id):
                turned += 1
                noticed += "claim" in {wrong.kind for wrong in Reader(other).wrong()}
    assert turned >= 2
    assert noticed == turned


def swapped(first: str, second: str) -> Change:
    return lambda text: text.replace(first, "\0").replace(second, first).replace("\0", second)


def has_direction(summary: Summary, question: str) -> bool:
    """Whether an answer of a question that names its groups has a direction."""
    names = Reader(summary).names
    groups = [names.name_of(group.id) for group in summary.public.study.groups]
    return any(
        each.findings[0].question == question
        and each.certainty in ("higher", "lower")
        and sum(group in each.sentence for group in groups) > 1
        for each in summary.answers
    )


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("TNF causes the pain.", "forbidden"),
        ("There was no difference between the groups.", "forbidden"),
        ("TNF was raised in the brain.", "forbidden"),
        ("This is a biomarker.", "never"),
        ("The difference was significant.", "never"),
        ("You should take less of it.", "never"),
    ],
)
def test_a_forbidden_word_is_noticed(line: str, kind: str) -> None:
    summary = summary_of(drawn(1).public, "en")
    first, *rest = summary.article.sections
    worse = replace(first, points=(*first.points, line))
    other = replace(summary, article=replace(summary.article, sections=(worse, *rest)))
    assert kind in {wrong.kind for wrong in forbidden(other)}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_item_of_a_lay_summary_is_there_or_said_to_be_missing(code: LanguageCode) -> None:
    assert not list(missing_in(code))


def test_the_page_lists_the_ten_elements() -> None:
    assert {item.id[:4] for item in items() if item.id.startswith("V.")} >= {"V.1", "V.10"}
    assert len({item.id.rstrip("ab") for item in items() if item.id.startswith("V.")}) == 10


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_summary_of_the_demo_is_easy_to_read(code: LanguageCode) -> None:
    """Lengths of sentences, an index that needs no library, and no term that nothing explains."""
    summary = summary_of(of_demo(), code)
    of = lengths([line for line in summary.lines if line not in summary.article.notes], code)
    mean, longest, words = (40, 70, (700, 2600)) if code == "ja" else (15, 25, (350, 850))
    assert of.mean <= mean
    assert of.longest <= longest, of.longest_sentence
    assert words[0] <= lengths(summary.told, code).whole <= words[1]
    assert code == "ja" or lix(summary.lines) <= EASY + 10 * (code != "en")
    assert not list(unexplained(summary))


def test_sentences_and_sizes_are_read_as_a_reader_does() -> None:
    assert list(sentences_of(["- TNF was 2.5 times higher. It was **not** lower."])) == [
        "TNF was 2.5 times higher.",
        "It was not lower.",
    ]
    english, german = vocabulary("en"), vocabulary("de")
    assert list(english.read(english.sizes, "about 2.5 times as high, half as high again")) == [
        2.5,
        1.5,
    ]
    assert german.numbers("1.400 von 2,5") == [1400, 2.5]

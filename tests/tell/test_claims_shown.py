"""The words of a checked text, on records made by hand: no rule is needed to test them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import get_args

import pytest
from hand_checked import CAUSE, SPUN, hand_checked, one_of, sentence, spin
from rich.console import Console

import exvivo
from exvivo.claim_records import CheckedText, Judgement, Place, Sentence, Spin, SpinKind
from exvivo.errors import Bug
from exvivo.findings import Verdict
from exvivo.tell import Shown, shown_of
from exvivo.tell.claims import (
    PAGE_MARK,
    ShownText,
    claims_json,
    claims_page,
    claims_terminal,
    shown_text,
)
from exvivo.tell.claims.words import JUDGEMENTS, KINDS

RUN = "2026-11-30T01:20:54+00:00"


@pytest.fixture(scope="module")
def findings(demo: exvivo.Result) -> tuple[Shown, ...]:
    return shown_of(demo.findings)


@pytest.fixture(scope="module")
def text(demo: exvivo.Result, findings: tuple[Shown, ...]) -> ShownText:
    return shown_text(hand_checked(findings), demo.study, findings)


def of_one(demo: exvivo.Result, findings: Sequence[Shown], each: Sentence) -> ShownText:
    return shown_text(CheckedText("one.txt", (each,)), demo.study, findings)


def printed(text: ShownText, *, width: int = 2000) -> str:
    console = Console(width=width, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as capture:
        console.print(claims_terminal(text))
    return capture.get()


def test_every_judgement_and_every_kind_has_words() -> None:
    assert set(JUDGEMENTS) == set(get_args(Judgement))
    assert set(KINDS) == set(get_args(SpinKind))
    signs = [words.sign for words in JUDGEMENTS.values()]
    assert len(set(signs)) == len(signs), "colour never stands alone"


@pytest.mark.parametrize("kind", get_args(SpinKind))
@pytest.mark.parametrize("verdict", [None, *get_args(Verdict)])
def test_every_kind_says_what_is_more_for_every_verdict(
    kind: SpinKind, verdict: Verdict | None, findings: tuple[Shown, ...]
) -> None:
    finding = replace(findings[0].finding, verdict=verdict)
    said = {
        KINDS[kind].says(Spin(kind, "r", (0, 1), against, stated, expected))
        for against in (finding, None)
        for stated, expected in ((None, ()), (2.0, (1.5, 1.7)))
    }
    for words in said:
        assert words[0].isupper() and words.endswith(".") and "None" not in words
        assert not re.search(r"\b(should|write|instead|better)\b", words), "never a rewrite"
    if kind in ("direction", "no_difference") and verdict == "not resolved":
        assert any("not resolved" in words for words in said)


def test_numbers_say_both(demo: exvivo.Result, findings: tuple[Shown, ...]) -> None:
    words = "They made 9 times as much."
    each = Spin("numbers", "r", (10, 17), findings[0].finding, 9.0, (2.05, 1.9))
    shown = of_one(demo, findings, sentence(words, "stronger", each))
    assert shown.sentences[0].spins[0].says == "It states 9. The answer has 2.05 or 1.9."


def test_the_pieces_are_the_sentence_and_the_noticed_words_stand_out(text: ShownText) -> None:
    for each in text.sentences:
        assert "".join(piece for piece, _ in each.pieces) == each.sentence.text
        for shown in each.spins:
            assert shown.noticed in each.sentence.text
    (cause,) = [each for each in text.sentences if each.sentence.text == CAUSE]
    assert [piece for piece, noticed in cause.pieces if noticed] == ["causes", "worsens"]


@pytest.mark.parametrize(
    ("places", "noticed"),
    [
        ([(0, 3), (2, 5)], ["abcde"]),
        ([(0, 99)], ["abcdefgh"]),
        ([(3, 3)], []),
        ([(7, 8), (0, 1)], ["a", "h"]),
    ],
)
def test_noticed_words_may_overlap_or_end_anywhere(
    places: list[tuple[int, int]],
    noticed: list[str],
    demo: exvivo.Result,
    findings: tuple[Shown, ...],
) -> None:
    spins = [Spin("use", f"r{at}", place) for at, place in enumerate(places)]
    shown = of_one(demo, findings, sentence("abcdefgh", "stronger", *spins)).sentences[0]
    assert "".join(piece for piece, _ in shown.pieces) == "abcdefgh"
    assert [piece for piece, is_noticed in shown.pieces if is_noticed] == noticed


def test_spins_that_read_the_same_are_one_with_all_their_answers(
    demo: exvivo.Result, findings: tuple[Shown, ...]
) -> None:
    related = [
        each.finding
        for each in findings
        if (each.finding.ask, each.finding.part) == ("association", "answer")
    ]
    assert len(related) > 2
    words = "TNF causes pain."
    spins = [spin(words, "cause", "causes", finding) for finding in related]
    shown = of_one(demo, findings, sentence(words, "stronger", *spins)).sentences[0]
    (one,) = shown.spins
    assert [each.finding for each in one.against] == related
    assert [each.finding for each in shown.answers] == related
    assert len(one.spins) == len(related)


def test_a_finding_of_another_run_is_a_fault(
    demo: exvivo.Result, findings: tuple[Shown, ...]
) -> None:
    other = replace(findings[0].finding, estimate=99.0)
    with pytest.raises(Bug):
        of_one(demo, findings, sentence("TNF.", "borne_out", answers=[other]))


def test_answers_that_the_text_does_not_speak_of_are_counted(text: ShownText) -> None:
    assert text.answers == 18
    spoken = {id(each.finding) for shown in text.sentences for each in shown.answers}
    assert not spoken & {id(each.finding) for each in text.unmentioned}
    assert len(text.unmentioned) == 16
    assert text.spoken_of == "The text speaks of 2 of the study's 18 answers."
    assert text.tally == "12 sentences: 8 stronger, 1 not judged, 2 borne out, 1 no claim."


def test_the_terminal_has_each_spun_sentence_with_the_words_of_the_study(text: ShownText) -> None:
    out = printed(text)
    for words, noticed in SPUN.values():
        assert f"▲ stronger  line 2: {words}" in out
        assert f"“{noticed}”. " in out
    supported = next(each for each in text.sentences if each.judgement == "borne_out").answers[0]
    assert f"the study: ● supported: {supported.sentence}" in out
    assert "and 3 more answers" in out
    assert "Blood was drawn" not in out
    assert "simulated" in out


def test_no_name_does_anything_to_a_terminal(
    demo: exvivo.Result, findings: tuple[Shown, ...]
) -> None:
    words = "TNF \x1b[2J causes\r\npain\u202e\tthere."
    each = sentence(words, "stronger", spin(words, "cause", "causes"))
    text = of_one(demo, findings, each)
    out, page = printed(text), unescape(claims_page(text, run=RUN, version="0"))
    for shown in (out, re.sub("<[^>]*>", "", page)):
        assert not set("\x1b\u202e\t\r") & set(shown)
        assert "causes  pain� there." in shown


class Parts(HTMLParser):
    """What a page marks, quotes and links to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.inside: list[str] = []
        self.marked: list[str] = []
        self.quoted: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        self.inside.append(tag)
        if tag == "blockquote":
            self.quoted.append("")

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "mark" in self.inside:
            self.marked.append(data)
        if "blockquote" in self.inside:
            self.quoted[-1] += data


def test_the_page_stands_alone_and_shows_both_sides(text: ShownText) -> None:
    page = claims_page(text, run=RUN, version="0")
    parts = Parts(page)
    assert not parts.addresses and "script" not in parts.tags and "url(" not in page
    spun = [words for words, _ in SPUN.values()]
    assert parts.quoted[: len(spun)] == spun
    noticed = [words for _, words in SPUN.values()]
    noticed.insert(noticed.index("causes") + 1, "worsens")
    assert parts.marked == noticed
    assert "<b>anxiety</b>" not in page and "&lt;b&gt;anxiety" in page
    for each in text.sentences:
        for answer in each.answers:
            assert answer.sentence in unescape(page)
    assert "2026-11-30 01:20:54 UTC" in page
    assert PAGE_MARK in page[:1000]
    assert parts.tags.count("h1") == 1


def test_a_page_without_sentences_says_so(demo: exvivo.Result, findings: tuple[Shown, ...]) -> None:
    empty = shown_text(CheckedText("x.md", ()), replace(demo.study, simulated=False), findings)
    page = claims_page(empty, run=RUN, version="0")
    assert "No sentence was met." in page
    assert "is simulated" not in page
    assert "No sentence was met." in printed(empty)


def test_the_same_text_gives_the_same_bytes(text: ShownText) -> None:
    assert claims_page(text, run=RUN, version="0") == claims_page(text, run=RUN, version="0")


def test_json_has_every_place_and_every_side(text: ShownText) -> None:
    content = claims_json(text)
    assert content["counts"] == {"stronger": 8, "borne_out": 2, "not_judged": 1, "nothing": 1}
    assert content["stronger"] == 8
    spun = [each for each in content["sentences"] if each["judgement"] == "stronger"]
    for each, (words, noticed) in zip(spun, SPUN.values(), strict=True):
        assert each["text"] == words
        (start, end) = each["spins"][0]["words"][0]
        assert each["text"][start:end] == noticed == each["spins"][0]["noticed"]
    number = spun[-1]["spins"][0]
    assert (number["stated"], number["expected"]) == (9.0, [1.77])
    assert number["against"][0]["verdict"] == "supported"
    assert len(content["unmentioned"]) == 16


def test_an_answer_of_a_borne_out_sentence_is_its_own(
    demo: exvivo.Result, findings: tuple[Shown, ...]
) -> None:
    finding = one_of(findings, ask="difference", verdict="supported")
    copied = replace(finding)
    each = Sentence("TNF.", Place(1, 0, 4), "borne_out", (copied, finding))
    shown = of_one(demo, findings, each)
    assert [answer.finding for answer in shown.sentences[0].answers] == [finding]

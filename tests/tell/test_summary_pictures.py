"""The pictures of a summary: what they are drawn from, and that none says more than its answer."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from every_question import every_question
from numpy.random import default_rng

import exvivo
from exvivo.share import last_run
from exvivo.study import Group
from exvivo.study.summary_records import LANGUAGES
from exvivo.tell import Tables
from exvivo.tell.article import article_of
from exvivo.tell.article.pictures import illustrated
from exvivo.tell.article.pictures.answers import picture_of
from exvivo.tell.article.pictures.bars import pair_of
from exvivo.tell.article.pictures.paint import wrapped
from exvivo.tell.article.pictures.sides import Behind, Side, Sides, sides_of
from exvivo.tell.article.pictures.spread import spread_of
from exvivo.tell.article.records import PlainAnswer
from exvivo.tell.article.telling import Detail, Telling
from exvivo.tell.figures.donors import Result
from exvivo.tell.language import language
from exvivo.tell.share.public import Public


def results(
    values: list[float], *, below: tuple[float, ...] = (), group: str = "FM"
) -> list[Result]:
    """Results of people of a group, and bounds of those that were too small to measure."""
    one = Result(
        readout="protein",
        analyte="TNF",
        cell_type=None,
        stimulus="ATP",
        visit="1",
        donor="",
        group=group,
        estimand="response",
        value=0.0,
        sd=None,
        censor="none",
        lower=None,
        upper=None,
        wells=1,
        undetected_wells=0,
    )
    known = [replace(one, value=value, donor=f"{group}{at}") for at, value in enumerate(values)]
    hidden = [
        replace(one, value=None, censor="left", upper=bound, donor=f"{group}b{at}")
        for at, bound in enumerate(below)
    ]
    return [*known, *hidden]


def sides(against: list[Result], asked: list[Result]) -> Sides:
    """Two groups with their results."""
    return Sides(
        Side("healthy people", "#0072B2", "diamond", against),
        Side("people with fibromyalgia", "#D55E00", "circle", asked),
    )


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Public:
    folder = every_question().write(tmp_path_factory.mktemp("every") / "study")
    exvivo.run(folder)
    return _public(folder)


def _public(folder: Path) -> Public:
    last = last_run(folder)
    tables = Tables.of(last.tables)
    return Public(last.study, tables, last.run.version, last.run.study_hash, 5)


def behind(public: Public) -> Behind:
    """What stands behind pictures in English."""
    telling = Telling(public.study, language("en"), Detail(names=6, claims=1), {})
    return Behind(public, telling)


def test_a_bar_holds_two_thirds_of_a_group() -> None:
    values = list(default_rng(1).normal(2.0, 0.7, 4000))
    bar = spread_of(results(values))
    assert bar is not None
    inside = sum(bar.low <= value <= bar.high for value in values) / len(values)
    assert abs(inside - 2 / 3) < 0.02 and abs(bar.mean - 2.0) < 0.05


def test_a_bar_of_results_too_small_to_measure_is_that_of_all() -> None:
    """Mean and spread of a thousand, of whom the lowest quarter is known only to be below."""
    values = sorted(default_rng(2).normal(1.0, 1.0, 1000))
    limit = values[250]
    bar = spread_of(results(values[250:], below=(limit,) * 250))
    assert bar is not None and bar.fades_low and not bar.fades_high
    assert abs(bar.mean - 1.0) < 0.1 and abs((bar.high - bar.low) / 2 / 0.967 - 1.0) < 0.1


@pytest.mark.parametrize(("known", "below"), [(4, 0), (4, 4), (3, 2), (0, 9)], ids=lambda n: f"{n}")
def test_few_people_and_groups_of_bounds_have_no_bar(known: int, below: int) -> None:
    values = [float(at) for at in range(known)]
    given = results(values, below=(0.0,) * below)
    assert (spread_of(given) is None) is (known + below < 5 or known <= below)


def test_a_group_of_one_value_has_no_bar() -> None:
    assert spread_of(results([1.0] * 6)) is None


def test_no_end_of_a_bar_is_a_persons_result() -> None:
    values = [float(value) for value in default_rng(3).normal(0, 1, 8)]
    bar = spread_of(results(values))
    assert bar is not None
    assert not {round(bar.low, 3), round(bar.high, 3)} & {round(value, 3) for value in values}


@pytest.mark.parametrize("certainty", ["higher", "lower"])
def test_bars_never_say_the_contrary_of_their_answer(certainty: str) -> None:
    low = results([0.0, 0.5, 1.0, 1.5, 2.0], group="HC")
    high = results([3.0, 3.5, 4.0, 4.5, 5.0])
    up, down = sides(low, high), sides(high, low)
    assert (pair_of(up, "", "higher") is None, pair_of(down, "", "higher") is None) == (False, True)
    assert (pair_of(up, "", "lower") is None, pair_of(down, "", "lower") is None) == (True, False)


def test_bars_overlap_as_their_groups_do() -> None:
    values = [0.0, 0.5, 1.0, 1.5, 2.0]
    shares = []
    for shift in (0.0, 0.7, 9.0):
        pair = pair_of(
            sides(results(values), results([each + shift for each in values])), "", "same"
        )
        assert pair is not None
        shares.append(pair.overlap)
    assert shares[0] == 1.0 and 0 < shares[1] < 1 and shares[2] == 0.0


def answers_of(public: Public) -> list[PlainAnswer]:
    """Each answer of the study by itself, with how sure it is."""
    from exvivo.tell.article.certainty import certainty_of

    told = [each.finding for each in public.answers.told]
    return [PlainAnswer((each,), certainty_of(each), "") for each in told]


def test_what_cannot_be_told_has_a_question_mark_and_no_bars(public: Public) -> None:
    open_ = [each for each in answers_of(public) if each.certainty == "cannot_tell"]
    kinds = {each.findings[0].ask for each in open_}
    assert kinds >= {"difference", "association", "change", "mediation", "identity"}
    for answer in open_:
        picture = picture_of(answer, behind(public))
        assert picture is not None and picture.name != "bars"
        assert ">?<" in picture.svg and "we cannot tell" in picture.svg
        assert "question mark" in picture.alt


def test_a_claim_has_no_question_mark(public: Public) -> None:
    claims = [
        each for each in answers_of(public) if each.certainty not in ("cannot_tell", "no_answer")
    ]
    assert len(claims) >= 4
    for answer in claims:
        picture = picture_of(answer, behind(public))
        assert picture is not None and ">?<" not in picture.svg


def test_no_answer_has_no_picture(public: Public) -> None:
    answer = replace(answers_of(public)[0], certainty="no_answer")
    assert picture_of(answer, behind(public)) is None


def test_answers_of_several_questions_have_no_picture(public: Public) -> None:
    first = answers_of(public)
    mixed = PlainAnswer(tuple(each.findings[0] for each in first), "cannot_tell", "")
    assert picture_of(mixed, behind(public)) is None


def test_people_are_dots_only_where_they_agreed_and_never_in_the_public(public: Public) -> None:
    study = public.study
    agreed = replace(
        public, study=replace(study, summary=replace(study.summary, pictures="people"))
    )
    article = article_of(agreed)
    alts = {}
    for name, made in {
        "bands": illustrated(article_of(public), public),
        "people": illustrated(article, agreed),
        "public": illustrated(article, agreed, handed_on=True),
    }.items():
        found = next(section for section in made.sections if section.id == "found")
        alts[name] = [a.picture.alt for asked in found.asked for a in asked.answers if a.picture]
    assert any("a dot for each person" in alt for alt in alts["people"])
    assert alts["public"] == alts["bands"]
    assert not any("dot" in alt for alt in alts["bands"])


def test_a_group_has_its_declared_colour(public: Public) -> None:
    coloured = tuple(
        Group(id=each.id, name=each.name, color=colour)
        for each, colour in zip(public.study.groups, ("#7a1fa2", "#00695c"), strict=True)
    )
    own = replace(public, study=replace(public.study, groups=coloured))
    claim = next(each for each in answers_of(public) if each.certainty == "higher")
    picture = picture_of(claim, behind(own))
    assert picture is not None
    assert "#7A1FA2" in picture.svg and "#00695C" in picture.svg


def test_both_sides_of_an_answer_have_the_people_of_that_answer(public: Public) -> None:
    for each in public.answers.told:
        found = sides_of(each.finding, behind(public))
        held = ("difference", "change", "effect", "treatment")
        if each.finding.ask in held and each.finding.scale is None:
            whole = behind(public).whole(each.finding)
            assert whole is not None
            people = {r.donor for side in found.read for r in side.results}
            assert people == set(whole.donors)


@pytest.mark.parametrize(("r", "rises"), [(0.9, True), (0.5, True), (-0.8, False)])
def test_a_cloud_tilts_and_narrows_with_its_coefficient(
    public: Public, r: float, rises: bool
) -> None:
    finding = next(
        each.finding for each in public.answers.told if each.finding.ask == "association"
    )
    supported = replace(finding, estimate=r, verdict="supported")
    claim = PlainAnswer((supported,), "together" if r > 0 else "opposite", "")
    picture = picture_of(claim, behind(public))
    assert picture is not None and ("rises" if rises else "falls") in picture.alt
    svg = picture.svg
    path = re.findall(r'<path d="M([\d.,L-]+)z"', svg)[0]
    points = [tuple(map(float, each.split(","))) for each in path.split("L")]
    x, y = [p[0] for p in points], [-p[1] for p in points]
    mx, my = math.fsum(x) / len(x), math.fsum(y) / len(y)
    both = math.fsum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    size = math.sqrt(math.fsum((a - mx) ** 2 for a in x) * math.fsum((b - my) ** 2 for b in y))
    assert (both > 0) is rises and both / size == pytest.approx(r, abs=0.02)


def test_steps_are_those_that_the_study_declares(public: Public) -> None:
    def steps(study: Public) -> str:
        done = next(s for s in illustrated(article_of(study), study).sections if s.id == "done")
        return done.pictures[0].alt if done.pictures else ""

    assert "Cells made in the lab" in steps(public) and "Added: " in steps(public)
    without = replace(public.study, cell_types=(), stimuli=())
    told = steps(replace(public, study=without))
    assert "Cells made" not in told and "Added" not in told and "Measured" in told


@pytest.mark.parametrize("code", LANGUAGES)
def test_words_are_wrapped_in_every_language(code: str) -> None:
    texts = {"ja": "線維筋痛症の人、健康な人。痛み", "de": "Menschen mit Fibromyalgie"}
    text = texts.get(code, "people with fibromyalgia")
    for room, size in product((40.0, 120.0), (12.0, 13.0)):
        lines = wrapped(text, room, size)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert not any(line[:1] in "、。" for line in lines)

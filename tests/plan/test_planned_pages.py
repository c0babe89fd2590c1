"""The power of a plan as a page and on the terminal: every number stands where it belongs, with its
error, and what is not known is not printed as if it were.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from planned_records import planned_study, power_table
from rich.console import Console

from exvivo.findings import Verdict
from exvivo.study import Study
from exvivo.tell.planned import bought, curves, verdicts
from exvivo.tell.planned.grids import grid_of, varying
from exvivo.tell.planned.names import (
    chance,
    equivalent,
    if_nothing,
    size_words,
    supported,
    truth_words,
)
from exvivo.tell.planned.power_page import power_page, write_power_page
from exvivo.tell.planned.records import NOTHING, Figured, Outlook, PowerTable, Size
from exvivo.tell.planned.sentences import outlook_sentences, stated_words
from exvivo.tell.planned.terminal import power_lines
from exvivo.tell.written import Written


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return planned_study(tmp_path_factory.mktemp("planned"))


@pytest.fixture(scope="module")
def page(study: Study) -> str:
    return power_page(power_table(), study, version="0.0.0")[0]


def outlook(table: PowerTable, question: str, size: int = 0) -> Outlook:
    return next(o for o in table.outlooks if (o.question, o.size) == (question, size))


def test_the_page_stands_by_itself(page: str) -> None:
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="https?:', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_every_figure_has_words_and_its_data(study: Study, tmp_path: Path) -> None:
    write_power_page(power_table(), study, Written(tmp_path), version="0.0.0")
    text = (tmp_path / "report.html").read_text("utf-8")
    linked = set(re.findall(r'href="(report_data/[^"]+)"', text))
    assert linked == {f"report_data/{f.name}" for f in (tmp_path / "report_data").iterdir()}
    images = re.findall(r'<svg role="img" aria-label="([^"]*)"', text)
    assert len(images) == 3 * 4
    assert all(len(words) > 30 for words in images)


def test_numbers_stand_with_their_errors_and_formulas(page: str) -> None:
    assert "13.6 ± 0.3 %" in page
    assert "by the exact formula 13.7 %" in page
    assert "2.8 times the true value" in page
    assert "3 studies not estimable: too few donors 3" in page


def test_the_same_records_give_the_same_bytes(study: Study, page: str) -> None:
    assert power_page(power_table(), study, version="0.0.0")[0] == page


def test_assumptions_say_who_states_them(page: str) -> None:
    assert page.count("nobody: of the field, or guessed") == 1
    assert page.count("study.yaml, without a source") == 1
    assert "effect: people with fibromyalgia, TNF, extracellular ATP" in page
    assert "SD between wells of a culture: IL-6, mRNA" in page
    assert "SD between donors, response to a stimulus<" in page
    assert "pilot of 2025" in page
    assert "none given" in page


def test_names_add_no_markup(study: Study) -> None:
    wrong = replace(study, title="<b>x</b>")
    text, _ = power_page(power_table(), wrong, version="0.0.0")
    assert "<b>x" not in text


def test_a_null_that_is_assumed_is_said_as_one(study: Study) -> None:
    null = outlook(power_table(), "others")
    text = " ".join(outlook_sentences(null))
    assert "can say that it is equivalent" in text
    assert "wrong sign" not in text
    assert "type" not in text.split()
    plain = replace(null, hoped="supported", margin=None)
    assert "support it nevertheless" in " ".join(outlook_sentences(plain))


def test_what_hardly_ever_can_be_said_is_said() -> None:
    table = power_table()
    zero: dict[Verdict, Figured] = {"supported": Figured(0.05), "equivalent": Figured(0.0001)}
    tight = replace(outlook(table, "more_tnf"), margin=0.2, at_zero=zero)
    assert "could hardly ever be said" in " ".join(outlook_sentences(tight))
    wide = replace(tight, at_zero={**zero, "equivalent": Figured(0.4, 0.01)})
    assert "40.0 ± 1.0 % can say so" in " ".join(outlook_sentences(wide))


def test_the_correction_of_a_family_is_told_apart() -> None:
    alone = replace(outlook(power_table(), "more_tnf"), tests=5, alone=Figured(0.2, 0.004, 0.198))
    assert "without the correction for 5 tests" in " ".join(outlook_sentences(alone))
    by_itself = replace(alone, tests=1)
    assert "correction" not in " ".join(outlook_sentences(by_itself))


def test_a_chance_is_never_printed_as_certain() -> None:
    assert chance(Figured(0.99999, 0.0001)) == "over 99.9 %"
    assert chance(Figured(math.nan)) == "–"


def test_bars_reach_from_nothing_to_all(study: Study) -> None:
    planned = [o for o in power_table().outlooks if o.size == 0]
    figure = verdicts.figure(planned, study=study, name="v")
    assert figure is not None
    shares = figure.data.drop("answer").sum_horizontal()
    assert shares.to_list() == pytest.approx([1.0] * figure.data.height)
    assert "nothing there" not in figure.panels[0].alt


def test_panels_of_what_is_bought_have_one_axis(study: Study, page: str) -> None:
    """A chance of 2 % beside one of 90 % is drawn as small as it is, and a ring has room at 0."""
    first, second = power_table().purchases[:2]
    low = replace(first, before=Figured(0.0, 0.01), after=Figured(0.02, 0.01))
    high = replace(second, analyte="IL6", before=Figured(0.5), after=Figured(0.8))
    assert bought.top_of([low]) < bought.top_of([low, high]) == pytest.approx(0.84)
    figure = bought.figure([low, high], study=study, name="b")
    assert figure is not None
    ends = set(re.findall(r"'domain': (\[-0\.\d+, [\d.]+\])", str(figure.panels)))
    assert len(figure.panels) == 2 and len(ends) == 1, ends


def test_a_margin_shows_both_chances(study: Study) -> None:
    """Of a true difference inside a margin as of one outside; nothing has no chance of support."""
    both = replace(outlook(power_table(), "more_tnf"), margin=1.0)
    assert [supported(both), equivalent(both)] == [both.power, both.verdicts["equivalent"]]
    null = outlook(power_table(), "others")
    assert math.isnan(supported(null).value) and equivalent(null) == null.power
    assert math.isnan(supported(replace(null, hoped="supported")).value)
    assert if_nothing(null) == null.verdicts
    text = " ".join(outlook_sentences(both))
    assert "smaller than its margin (equivalent)" in text


def test_a_stated_correlation_that_is_not_the_true_one_is_explained() -> None:
    one = replace(outlook(power_table(), "symptoms"), stated=0.72, truth=0.68)
    assert "0.72 with a donor's true result is stated" in stated_words(one)
    assert not stated_words(replace(one, truth=0.7199))


def test_a_truth_that_nobody_can_assume_is_said_so() -> None:
    one = replace(outlook(power_table(), "symptoms"), truth=math.nan)
    assert truth_words(one) == "not assumed" and math.isnan(supported(one).value)
    assert "Nothing can be assumed of it" in " ".join(outlook_sentences(one))


def test_contents_name_questions_in_words(page: str) -> None:
    assert "1. Difference under extracellular ATP: TNF mRNA</a>" in page
    assert "more tnf" not in page


def test_tables_that_are_cut_say_that_they_go_on(page: str) -> None:
    assert page.count("Scroll the table sideways") == page.count('class="scroll"')
    assert page.count("Scroll the figure sideways") == page.count("The verdicts to expect<")


def test_a_size_is_a_sentence(study: Study) -> None:
    size = Size(donors={"FM": 14, "HC": 10}, wells=3, plates=2, dropouts=0.1)
    assert size_words(size, study) == (
        "14 people with fibromyalgia and 10 healthy people (3 wells for each donor and condition, "
        "on 2 plates; 10 % of donors drop out)"
    )


def test_what_buys_most_comes_first(study: Study) -> None:
    own = [p for p in power_table().purchases if p.question == "more_tnf"]
    assert [p.change for p in own] == ["wells", "donors"]
    assert [p.change for p in bought.by_gain(own)] == ["donors", "wells"]
    assert bought.change_words(own[1]) == "twice the donors (24 more donors, 144 more wells)"


def test_what_is_bought_is_exact_where_a_formula_is() -> None:
    chance_ = replace(
        power_table().purchases[1], before=Figured(0.2, 0.01), after=Figured(0.19, 0.01)
    )
    assert bought.gain_of(chance_).value < 0
    known = replace(chance_, before=Figured(0.2, 0.01, 0.195), after=Figured(0.19, 0.01, 0.199))
    assert bought.gain_words(known) == "from 19.5 % to 19.9 %"
    both = replace(known, student_before=0.127, student_after=0.215)
    assert bought.student_words(both) == "12.7 to 21.5 %"


def test_only_what_chance_cannot_have_done_is_marked() -> None:
    """Less than as planned, or more by less than two errors of the difference, is no gain."""
    plain = replace(power_table().purchases[0], before=Figured(0.9, 0.02))
    worse = replace(plain, change="wells", after=Figured(0.86, 0.02), gain=Figured(-0.04, 0.01))
    noise = replace(plain, change="plates", after=Figured(0.92, 0.02), gain=Figured(0.02, 0.011))
    more = replace(plain, change="error", after=Figured(0.91, 0.02), gain=Figured(0.01, 0.004))
    assert bought.best_of([worse, noise]) is None
    assert bought.best_of([worse, noise, more]) == more
    assert bought.gain_of(replace(noise, gain=NOTHING)).error == pytest.approx(0.02 * 2**0.5)


def test_what_wells_cost_is_told_with_what_there_are() -> None:
    costs = replace(power_table().purchases[0], donors=0, samples=144, samples_before=144)
    assert bought.cost_words(costs) == "144 more wells (288 in place of 144, of all assays)"


def test_one_size_has_no_curve(study: Study) -> None:
    table = power_table()
    alone = replace(table, sizes=table.sizes[:1], outlooks=(outlook(table, "more_tnf"),))
    assert curves.figure(alone.outlooks, alone, study=study, name="c") is None
    assert power_page(alone, study, version="0")[0].count("Other sizes") == 0


def test_the_grid_goes_through_the_planned_size() -> None:
    sizes = [
        Size(
            donors={"FM": n, "HC": n}, wells=wells, dropouts=drop, is_planned=n == 20 and wells == 3
        )
        for n in (10, 20)
        for wells in (3, 6)
        for drop in (0.0, 0.1)
    ]
    sizes[-3] = replace(sizes[-3], is_planned=False)
    grid = grid_of(sizes)
    assert grid is not None
    assert [axis.short for axis in varying(sizes)] == ["donors", "wells", "drop out"]
    assert [name for name, _ in grid.lines] == ["3 wells", "6 wells"]
    assert all(sizes[place].dropouts == 0.0 for _, places in grid.lines for place in places)
    assert grid.held == ("0 % drop out",)


def test_the_terminal_says_the_same(study: Study) -> None:
    console = Console(width=140, record=True, file=StringIO())
    console.print(power_lines(power_table(), study))
    text = console.export_text()
    for part in (
        "13.6 ± 0.3 %",
        "2 × donors",
        "! question others",
        "1 number stated in study.yaml without a source",
        "1 number not stated, taken from the field",
    ):
        assert part in text

"""Planned plates as maps, on paper and on the terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import pytest
from planned_records import layout_maps, planned_study
from rich.console import Console

from exvivo.errors import Bug
from exvivo.study import Stimulus, Study
from exvivo.tell.drawing.text import width_of
from exvivo.tell.planned.balance import balance_rows, protected_lines
from exvivo.tell.planned.maps import Legend, place_of, plate_svg
from exvivo.tell.planned.pdf import joined, pages_pdf
from exvivo.tell.planned.records import LayoutMaps, MappedWell, Protected
from exvivo.tell.planned.sheets import layout_sheets
from exvivo.tell.planned.terminal import layout_lines

_DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200" font-family="Arial">'
    '<text x="10" y="20">{0}</text><text x="10" y="60" font-weight="600">{0}</text></svg>'
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return planned_study(tmp_path_factory.mktemp("planned"))


@pytest.fixture(scope="module")
def maps() -> LayoutMaps:
    return layout_maps()


def texts(svg: str) -> list[str]:
    return re.findall(r">([^<>]+)</text>", svg)


def test_every_well_is_told_without_its_colour(study: Study, maps: LayoutMaps) -> None:
    plate = maps.plates[0]
    drawn = texts(plate_svg(plate, study))
    samples = [well for well in plate.wells if well.kind == "sample"]
    assert drawn.count("FM01") == 6
    assert drawn.count("ATP 2") == len({well.donor for well in samples})
    for label in ("S1", "blank", "pool", "NTC"):
        assert drawn.count(label) == 1


def test_groups_have_signs_of_their_own(study: Study, maps: LayoutMaps) -> None:
    svg = plate_svg(maps.plates[0], study)
    assert svg.count("<circle") == 7 * 6
    assert svg.count('<path d="M7 2 11 7') == 5 * 6


def test_small_wells_keep_their_words(study: Study) -> None:
    plate = layout_maps(rows=32, columns=48).plates[0]
    drawn = texts(plate_svg(plate, study))
    assert sum(text.startswith(("FM0", "F…", "FM…")) for text in drawn) > 0


def test_words_stay_in_their_wells(study: Study) -> None:
    plate = layout_maps(rows=16, columns=24).plates[0]
    svg = plate_svg(plate, study)
    left = {round(22 + column * (980 - 24) / 24, 1) for column in range(25)}
    words = re.findall(r'<text x="([\d.]+)" y="[\d.]+" font-size="([\d.]+)">(none \d)<', svg)
    assert words
    for x, size, text in words:
        wall = min(each for each in left if each > float(x))
        assert float(x) + width_of(text, float(size)) <= wall


def test_long_stimuli_have_letters_that_no_row_has(study: Study, maps: LayoutMaps) -> None:
    more = (*study.stimuli, Stimulus(id="ATP_with_blocker", name="ATP with a blocker"))
    longer = replace(study, stimuli=more)
    wells = maps.plates[0].wells
    plate = replace(maps.plates[0], wells=(*wells, replace(wells[5], stimulus="ATP_with_blocker")))
    legend = Legend.of([plate], longer)
    assert dict(legend.stimuli) == {"none": "a", "ATP": "b", "ATP_with_blocker": "c"}
    assert len(set(legend.fills.values())) == 3


def test_each_plate_has_a_map_and_a_list(study: Study, maps: LayoutMaps) -> None:
    sheets = layout_sheets(maps, study)
    titles = [re.search("<title>(.*?)</title>", sheet) for sheet in sheets]
    assert list(dict.fromkeys(title and title[1] for title in titles)) == [
        "Plate P1",
        "Plate P1, what goes where",
        "Plate P2",
        "Plate P2, what goes where",
        "Balance",
        "What the layout protects from",
    ]
    assert "A2, A3, A4" in texts(sheets[1])
    assert all('width="842" height="595"' in sheet for sheet in sheets)


def test_a_long_list_goes_on_on_a_further_page(study: Study, maps: LayoutMaps) -> None:
    wells = [replace(well, donor=f"D{n:03}") for n, well in enumerate(maps.plates[0].wells)]
    plate = replace(maps.plates[0], wells=tuple(wells))
    sheets = layout_sheets(replace(maps, plates=(plate,)), study)
    listed = "".join(sheets)
    assert len(sheets) > 4
    assert all(well.donor in listed for well in wells if well.kind == "sample")


def test_no_well_of_a_standard_is_left_out_on_paper(study: Study, maps: LayoutMaps) -> None:
    names = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    wells = tuple(
        MappedWell(well=name, kind="standard", label="1", amount="2500") for name in names
    )
    (_, listed, *_) = layout_sheets(
        replace(maps, plates=(replace(maps.plates[0], wells=wells),)), study
    )
    on_paper = {name for text in texts(listed) for name in text.split(", ")}
    assert {name.strip(",") for text in on_paper for name in text.split()} >= set(names)
    assert "amount 2500" in texts(listed)


def test_names_add_no_markup(study: Study, maps: LayoutMaps) -> None:
    wells = (replace(maps.plates[0].wells[4], donor="<b>&"),)
    svg = plate_svg(replace(maps.plates[0], wells=wells), study)
    assert "<b>" not in svg
    assert "&lt;b&gt;&amp;" in svg


def test_a_pdf_has_a_page_for_each_drawing_and_the_same_bytes_twice() -> None:
    drawings = [_DRAWING.format(text) for text in ("first", "second")]
    made = pages_pdf(drawings)
    assert made == pages_pdf(drawings)
    assert made.count(b"/Type /Page\n") == 2
    assert b"/Count 2" in made
    table = int(made.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    rows = made[table:].split(b"\n")
    for number in range(1, int(rows[1].split()[1])):
        at = int(rows[number + 2][:10])
        assert made[at:].startswith(b"%d 0 obj" % number)


def test_objects_in_another_order_make_the_same_pdf() -> None:
    """Fonts are written in an order of chance: where they stand says nothing."""
    one = (
        b"%PDF-1.7\n3 0 obj\n<<\n  /Type /Page\n  /Font <<\n    /fo1 2 0 R\n    /fo0 1 0 R\n  >>\n"
        b"  /Parent 4 0 R\n>>\nendobj\n1 0 obj\n<<\n  /A\n>>\nendobj\n2 0 obj\n<<\n  /B\n>>\nendobj\n"
    )
    other = (
        b"%PDF-1.7\n3 0 obj\n<<\n  /Type /Page\n  /Font <<\n    /fo0 2 0 R\n    /fo1 1 0 R\n  >>\n"
        b"  /Parent 4 0 R\n>>\nendobj\n2 0 obj\n<<\n  /A\n>>\nendobj\n1 0 obj\n<<\n  /B\n>>\nendobj\n"
    )
    assert joined([_with_table(one)]) == joined([_with_table(other)])


def _with_table(body: bytes) -> bytes:
    places = sorted(match.start() for match in re.finditer(rb"^\d+ 0 obj", body, re.MULTILINE))
    rows = b"".join(b"%010d 00000 n \n" % at for at in places)
    return body + b"xref\n0 9\n" + rows + b"startxref\n%d\n%%%%EOF\n" % len(body)


def test_what_is_no_pdf_of_ours_is_a_bug() -> None:
    with pytest.raises(Bug):
        joined([b"%PDF-1.7 nothing"])


def test_what_a_layout_cannot_do_is_said(study: Study, maps: LayoutMaps) -> None:
    lines = list(protected_lines(maps, study))
    assert "308 times less" in lines[0]
    assert "the whole falls by 10.0 %" in lines[0]
    assert "It does not replace donors" in lines[-1]
    nothing = replace(maps, protected=(Protected(about="response", random=0.03, laid_out=0.0),))
    assert "over 1000 times less" in next(protected_lines(nothing, study))


def test_answers_of_several_assays_are_told_apart(study: Study, maps: LayoutMaps) -> None:
    twice = tuple(replace(maps.protected[0], assay=assay) for assay in ("mrna", "protein"))
    lines = list(protected_lines(replace(maps, protected=twice), study))
    assert ": TNF (mRNA): the variance" in lines[0] and ": TNF (protein): the" in lines[1]
    console = Console(width=120, record=True, file=StringIO())
    console.print(layout_lines(replace(maps, protected=twice), study))
    assert re.search(r"mRNA +308", console.export_text())


def test_wells_at_the_edge_have_the_words_of_the_study(study: Study, maps: LayoutMaps) -> None:
    edge = replace(maps.balance[0], what="edge", value="FM ATP")
    rows = balance_rows(replace(maps, balance=(edge,)), study)
    assert rows[0][1:3] == ("wells at the edge", "people with fibromyalgia, extracellular ATP")


def test_the_terminal_has_the_balance(study: Study, maps: LayoutMaps) -> None:
    console = Console(width=120, record=True, file=StringIO())
    console.print(layout_lines(maps, study))
    text = console.export_text()
    assert "have no line of their own" in text and "one random order of all wells" in text
    assert "144 sample wells on 2 plates. Pipetting: replicates side by side. Seed 7." in text
    assert re.search(r"P1 +wells of a group +people with fibromyalgia +9 +7", text)


def test_places() -> None:
    assert [place_of(well) for well in ("A1", "H12", "AF48")] == [(0, 0), (7, 11), (31, 47)]

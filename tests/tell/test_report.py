from __future__ import annotations

import io
import itertools
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console

import exvivo
from exvivo.compare import compare, responses
from exvivo.findings import Finding
from exvivo.flag import Look, flags
from exvivo.quantify import quantify
from exvivo.simulate import clinic, model_study, wells
from exvivo.study import Study
from exvivo.tell import (
    Provenance,
    Tables,
    findings_html,
    report,
    terminal,
    words,
)
from exvivo.tell.asks import ASKS
from exvivo.tell.reading import OF_MARKS
from exvivo.tell.worded import worded

PROVENANCE = Provenance(
    version="0",
    study_hash="ab" * 32,
    inputs=(("raw/Q1.rdml", "cd" * 32, 12345),),
    parameters={"plan.alpha": "0.05"},
    ignored=(("clinic.csv", "column <notes>", "no scale of this name"),),
)
BANNED = (
    "significan",
    "prove",
    "because of",
    "causes",
    "caused by",
    "trend",
    "confirm",
    "biomarker",
    "predict",
    "no effect",
    "breakthrough",
)
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """What a browser would see: the tags in order, and whether every one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def study() -> Study:
    return model_study(rng=np.random.default_rng(3)).study


@pytest.fixture(scope="module")
def tables(study: Study) -> dict[str, pl.DataFrame]:
    virtual = model_study(rng=np.random.default_rng(3))
    measured = wells(virtual)
    quantities, assays = quantify(measured, study=study)
    answers = responses(quantities, study=study)
    findings = compare(answers, clinic(virtual), study=study, rng=np.random.default_rng(1))
    look = Look(
        study=study, wells=measured, quantities=quantities, assays=assays, responses=answers
    )
    return {
        "wells": measured,
        "quantities": quantities,
        "assays": assays,
        "clinic": clinic(virtual),
        "responses": answers,
        "findings": worded(findings, study),
        "flags": flags(look),
    }


@pytest.fixture(scope="module")
def folder(
    study: Study, tables: dict[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    made = tmp_path_factory.mktemp("report")
    page = report(study, tables=Tables.of(tables), provenance=PROVENANCE, folder=made)
    assert page == made / "report.html"
    return made


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_stands_alone(text: str) -> None:
    page = Page(text)
    assert page.open == []
    tags = [tag for tag, _ in page.tags]
    assert "script" not in tags
    assert not {"link", "iframe", "img", "object"} & set(tags)
    loads = [
        value
        for _, attrs in page.tags
        for key, value in attrs.items()
        if key in ("src", "href", "xlink:href")
    ]
    assert all(
        (value and value.startswith(("#", "report_data/", "summary."))) or value == "record.html"
        for value in loads
    )
    assert "url(http" not in text
    assert len(text) < 2_000_000


def test_every_drawing_has_words_and_headings_go_down_one_step_at_a_time(text: str) -> None:
    page = Page(text)
    drawings = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(drawings) > 20
    for attrs in drawings:
        assert attrs.get("aria-hidden") == "true" or (
            attrs["role"] == "img" and len(attrs["aria-label"] or "") > 20
        )
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    assert dict(page.tags)["html"]["lang"] == "en"
    assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_anchor_has_its_target_and_every_answer_its_way_there_and_back(text: str) -> None:
    page = Page(text)
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    links = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
    within = [link.removeprefix("#") for link in links if link.startswith("#")]
    assert set(within) <= ids
    answers = {name for name in ids if name and name.startswith("answer-")}
    assert len(answers) == 18
    for answer in answers:
        assert within.count(answer) >= 3, "from the overview, the numbers and the assay"
    curves = {"assay_mrna_amplification", "assay_protein_beads", "assay_mrna_cq_map"}
    assert curves | {"people", "numbers-3-8", "figure-question-2"} <= set(within)


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(text: str) -> None:
    scrolling = [attrs for _, attrs in Page(text).tags if attrs.get("class") == "scroll"]
    assert len(scrolling) > 10
    for attrs in scrolling:
        assert attrs["tabindex"] == "0" and attrs["role"] == "group"
        assert len(attrs["aria-label"] or "") > 3
    tables = [tag for tag, _ in Page(text).tags if tag == "table"]
    assert len(tables) == len(scrolling)


def test_captions_are_short_and_what_explains_marks_is_said_once(text: str, folder: Path) -> None:
    answers = text[text.index('id="answers"') : text.index('id="people"')]
    captions = re.findall(r"<figcaption>(.*?) Data:", answers, re.DOTALL)
    assert len(captions) == 7
    assert max(len(caption.split()) for caption in captions) <= 85
    assert sum(len(caption.split()) for caption in captions) / len(captions) < 45
    (reading,) = re.findall(r'<details id="reading">.*?</details>', answers, re.DOTALL)
    for sentence in ("A filled dot below", "Small dots are a donor", "Grey: the range declared"):
        assert answers.count(sentence) == 1 and sentence in reading
    whole = json.loads((folder / "report_data" / "question_more_tnf.vl.json").read_text("utf-8"))
    assert "A filled dot below" in whole["description"], "a figure that is taken away keeps it"


def test_every_beginning_that_explains_marks_is_in_a_figure() -> None:
    package = Path(exvivo.__file__).parent / "tell" / "figures"
    sources = "".join(path.read_text("utf-8") for path in sorted(package.glob("*.py")))
    sources = re.sub(r'"\n\s*f?"', "", sources)
    assert not [start for start in OF_MARKS if start not in sources]


def test_paper_opens_what_is_folded_and_hides_the_contents(text: str) -> None:
    style = text[text.index("<style>") : text.index("</style>")]
    paper = style[style.index("@media print") :]
    assert "details::details-content { content-visibility: visible;" in paper
    assert ".scroll { overflow: visible; }" in paper
    assert ".contents, .ways { display: none; }" in paper


def test_the_overview_has_every_answer_with_its_numbers(
    text: str, tables: dict[str, pl.DataFrame], study: Study
) -> None:
    first = text[text.index('id="overview"') : text.index('id="answers"')]
    said = " ".join(Page(first[: first.index("</section>")]).words)
    for question in study.questions:
        assert ASKS[question.ask].words(question, study) in said
    for row in tables["findings"].filter(part="answer").iter_rows(named=True):
        answer = Finding.of_row(row)
        assert words.ends_of(answer.lower, answer.upper, answer.unit) in said
        assert str(answer.verdict) in said
        assert all(f"{count.group} {count.n}" in said for count in answer.n)
    assert said.count("FM 14, HC 10") >= 8
    assert "18 answers: " in said


def test_every_answer_flag_input_and_parameter_is_on_the_page(
    text: str, tables: dict[str, pl.DataFrame]
) -> None:
    said = "".join(Page(text).words)
    assert "`" not in said, "what stands in backticks is shown as code"
    for sentence in tables["findings"].filter(part="answer")["sentence"]:
        assert sentence.replace("`", "") in said
    for what in tables["flags"]["cure"]:
        assert what.replace("`", "") in said
    for part in ("raw/Q1.rdml", "cd" * 32, "12 345", "plan.alpha", "column <notes>"):
        assert part in said
    assert "numpy" not in said, "packages stand on record: the page is the same with others"


def test_answers_come_first_and_simulated_data_say_so(text: str, study: Study) -> None:
    parts = (
        "plain", "overview", "answers", "people", "eyes", "quality", "methods", "provenance"
    )  # fmt: skip
    order = [text.index(f'id="{part}"') for part in parts]
    assert order == sorted(order)
    assert "Simulated data" in text
    real = report_text(replace(study, simulated=False, title="Real"))
    assert "Simulated" not in real.replace("SIMULATED", "")


def report_text(study: Study) -> str:
    with tempfile.TemporaryDirectory() as place:
        page = report(study, tables=Tables.of({}), provenance=PROVENANCE, folder=Path(place))
        return page.read_text(encoding="utf-8")


def test_nothing_of_the_study_becomes_markup(study: Study) -> None:
    nasty = '<script>alert("x")</script>'
    text = report_text(replace(study, title=nasty, questions=()))
    assert nasty not in text
    assert "&lt;script&gt;" in text
    assert "No question was declared" in text
    assert Page(text).open == []


def test_the_same_tables_give_the_same_bytes(
    study: Study, tables: dict[str, pl.DataFrame], folder: Path, tmp_path: Path
) -> None:
    report(study, tables=Tables.of(tables), provenance=PROVENANCE, folder=tmp_path)
    first, second = (
        {p.relative_to(place): p.read_bytes() for p in place.rglob("*") if p.is_file()}
        for place in (folder, tmp_path)
    )
    assert first == second


def specs(folder: Path) -> Iterator[tuple[Path, dict[str, object]]]:
    for path in sorted((folder / "report_data").glob("*.vl.json")):
        yield path, json.loads(path.read_text(encoding="utf-8"))


def test_every_figure_has_its_data_and_a_specification_that_draws(folder: Path) -> None:
    import vl_convert

    found = list(specs(folder))
    assert len(found) >= 8
    for path, spec in found:
        data = pl.read_csv(
            path.with_name(path.name.replace(".vl.json", ".csv")), infer_schema=False
        )
        assert data.height > 0
        assert str(spec["$schema"]).endswith("v6.json")
        assert vl_convert.vegalite_to_svg(spec).startswith("<svg")
        assert f"report_data/{path.name}" in (folder / "report.html").read_text(encoding="utf-8")


def test_every_donor_stands_in_the_data_of_the_figure(folder: Path, study: Study) -> None:
    data = pl.read_csv(folder / "report_data" / "question_more_tnf.csv", infer_schema=False)
    for _, mine in data.group_by("readout", "analyte", maintain_order=True):
        assert sorted(mine["donor"]) == sorted(study.donors["donor"])


def test_undetected_donors_are_drawn_as_triangles_not_as_values(folder: Path) -> None:
    spec = (folder / "report_data" / "question_other_cytokines.vl.json").read_text(encoding="utf-8")
    data = pl.read_csv(folder / "report_data" / "question_other_cytokines.csv")
    bounds = data.filter(pl.col("censor") == "right")
    assert bounds.height > 0
    assert bounds["value"].null_count() == bounds.height
    assert "triangle-up" in spec


def test_terminal_and_notebook_show_every_answer(
    study: Study, tables: dict[str, pl.DataFrame]
) -> None:
    console = Console(width=20_000, record=True, file=io.StringIO())
    console.print(terminal(study, findings=tables["findings"], flags=tables["flags"]))
    shown = console.export_text()
    html = findings_html(tables["findings"])
    assert Page(html).open == []
    for row in tables["findings"].filter(part="answer").iter_rows(named=True):
        assert row["sentence"] in shown
        assert f"<td>{row['verdict']}</td>" in html
    assert html.count("<tr>") == 1 + tables["findings"].filter(part="answer").height
    assert "Needs your eyes" in shown

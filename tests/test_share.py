"""Results that are handed on: nobody is named, drawn or counted among few in what is for the
public, and a team meets no name that somebody typed at an instrument.

What is searched here is searched apart from the package: every byte of every file, unpacked.
"""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from count_attack import ranges

import exvivo
from exvivo import share as door
from exvivo.cli import main
from exvivo.errors import StoreError
from exvivo.findings import Count
from exvivo.share import LastRun, share
from exvivo.study import Study
from exvivo.study.clinic_records import Characteristic
from exvivo.study.summary_records import LANGUAGES
from exvivo.tables import WELLS
from exvivo.tell import Tables
from exvivo.tell.article.files import file_of
from exvivo.tell.share.answers import CAUTION, Answers, Between
from exvivo.tell.share.people import HIDDEN, People, people_table, singled_out
from exvivo.tell.share.public import Public, write_public
from exvivo.tell.share.search import Persons, leaks, persons_of, words_of
from exvivo.tell.share.team import Codes, codes_of, write_team
from exvivo.tell.tables import answers_of

SMALLEST = 5


@pytest.fixture(scope="module")
def last(demo: exvivo.Result) -> LastRun:
    """The last run of the demo."""
    return door.last_run(demo.report.parents[1])


@pytest.fixture(scope="module")
def public(last: LastRun, demo: exvivo.Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo as it is handed to anybody."""
    out = tmp_path_factory.mktemp("public") / "out"
    made = share(demo.report.parents[1], "public", out=out)
    assert made.folder == out
    return out


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every text of a folder by its name, packed ones unpacked, and the names themselves."""
    for path in sorted(folder.rglob("*")):
        yield "names", path.relative_to(folder).as_posix()
        if path.is_file():
            yield from unpacked(path.name, path.read_bytes())


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    if content[:4] == b"PAR1":
        yield name, str(pl.read_parquet(io.BytesIO(content)).to_dicts())
    elif content[:2] == b"\x1f\x8b":
        yield from unpacked(name, gzip.decompress(content))
    elif content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for each in archive.namelist():
                yield from unpacked(each, archive.read(each))
    else:
        yield name, html.unescape(content.decode("utf-8"))


def renamed(last: LastRun, names: Mapping[str, str]) -> LastRun:
    """The same run with other names of its donors, everywhere."""
    codes = Codes(names, {})
    study = replace(
        last.study, donors=codes.table(last.study.donors), layout=codes.table(last.study.layout)
    )
    return replace(last, study=study, tables={k: codes.table(v) for k, v in last.tables.items()})


@pytest.fixture(scope="module")
def page(last: LastRun) -> str:
    """The page of the demo."""
    return as_public(last).page()


def as_public(last: LastRun, study: Study | None = None) -> Public:
    return Public(study or last.study, Tables.of(last.tables), "0", "ab" * 32, SMALLEST)


def test_no_donor_and_no_sample_stands_in_any_byte(public: Path, last: LastRun) -> None:
    donors = last.study.donors["donor"].to_list()
    pattern = re.compile(rf"(?<![^\W_])({'|'.join(donors)})(?![^\W_])", re.IGNORECASE)
    for name, text in texts(public):
        assert not pattern.search(text), name
        assert "raw/" not in text, name
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b", text), name


def test_the_search_of_this_test_sees_donors(demo: exvivo.Result) -> None:
    """FM01 stands in many files of what a run writes for the laboratory."""
    places = (path for path in demo.report.parent.rglob("*") if path.suffix != ".parquet")
    read = {path for path in places if path.is_file() and "FM01" in path.read_text("utf-8")}
    assert len(read) >= 14


def test_the_page_is_the_same_whatever_donors_are_called(last: LastRun, page: str) -> None:
    """No id is printed, so that nothing depends on one: donors may be called 1, 2, 3."""
    numbers = {name: str(at) for at, name in enumerate(last.study.donors["donor"], 1)}
    assert as_public(renamed(last, numbers)).page() == page


def test_the_page_depends_on_people_through_printed_counts_alone(last: LastRun, page: str) -> None:
    """Ages move within their ten years, sexes within a group: nobody can be told apart by it."""
    donors = last.study.donors
    moved = donors.with_columns(
        age=(pl.col("age").cast(pl.Int64) // 10 * 10 + 7).cast(pl.String),
        sex=pl.col("sex").reverse().over("group"),
    )
    other = as_public(last, replace(last.study, donors=moved))
    assert other.page() == page


def test_every_printed_count_is_zero_or_large_and_no_other_can_be_worked_out(public: Path) -> None:
    rows = list(csv.reader((public / "tables" / "people.csv").read_text().splitlines()))
    heads, (name, *wholes), *levels = [row[:-1] for row in rows]
    assert (heads, name, wholes) == (
        ["people", "people with fibromyalgia", "healthy people"],
        "in all",
        ["14", "10"],
    )
    blocks: dict[str, list[list[int | None]]] = {}
    for name, *cells in levels:
        numbers = [None if cell == HIDDEN else int(cell) for cell in cells]
        assert all(number is None or not 0 < number < SMALLEST for number in numbers)
        blocks.setdefault(name.split(":")[0], []).append(numbers)
    assert set(blocks) == {"age", "sex"}
    hidden = 0
    for block in blocks.values():
        for low, high in ranges(block, [14, 10]).values():
            hidden += 1
            assert high - low >= SMALLEST - 1
    assert hidden == 10


def test_k_is_what_the_issue_counts_by_hand(last: LastRun) -> None:
    """18 of 24 unique by group, sex and age; 5 in ten-year bands; 5 in cells under 5 by sex."""
    exact, bands, _, by_sex, printed = singled_out(People(last.study, SMALLEST))
    assert (exact.only_one, exact.people, bands.only_one, by_sex.small) == (18, 24, 5, 5)
    assert (exact.k, printed.only_one, printed.small) == (1, 0, 0)
    assert printed.k >= SMALLEST


def test_no_figure_draws_a_person(public: Path) -> None:
    """Every mark of every specification is an estimate: no more of them than answers."""
    for path in (public / "report_data").glob("*.vl.json"):
        answers = (path.parent / path.name.replace(".vl.json", ".csv")).read_text().count("\n") - 1
        for cell in json.loads(path.read_text("utf-8"))["concat"]:
            points = [each for each in cell["layer"] if each["mark"]["type"] == "point"]
            assert sum(len(each["data"]["values"]) for each in points) <= answers
            assert not any("tooltip" in each["encoding"] for each in cell["layer"])


def test_numbers_are_those_of_the_run(public: Path, demo: exvivo.Result) -> None:
    answers = pl.read_csv(public / "tables" / "answers.csv")
    own = demo.findings.filter(part="answer")
    assert answers["verdict"].to_list() == own["verdict"].to_list()
    page = html.unescape((public / "report.html").read_text("utf-8"))
    whole = own.filter(pl.col("n").list.eval(pl.element().struct.field("n")).list.sum() == 24)
    for sentence in whole.filter(
        pl.col("n").list.eval(pl.element().struct.field("undetected")).list.sum() == 0
    )["sentence"]:
        assert sentence in page


def test_an_answer_that_lacks_few_people_prints_a_range(last: LastRun, public: Path) -> None:
    """12 of 14 and 9 of 10 are in one of IL-10: 2 and 1 are not."""
    text = (public / "tables" / "answers.csv").read_text("utf-8")
    assert "FM 10 to 13, HC 6 to 9" in text
    assert not re.search(r"\b(FM 12|HC 9|(?<!to )(12 people|9 healthy))\b", text)


def test_what_is_left_out_is_listed_with_a_reason(public: Path) -> None:
    rows = list(csv.reader((public / "tables" / "not_here.csv").read_text().splitlines()))[1:]
    assert all(what and why for what, why, _ in rows)
    assert [
        "donors.csv, bmi",
        "not declared as a characteristic, so that it may be a name; or a day",
    ] in [row[:2] for row in rows]
    page = html.unescape((public / "report.html").read_text("utf-8"))
    assert all(what in page for what, _, _ in rows)


def answers_of_findings(last: LastRun, **changed: Any) -> Answers:
    """The answers of the run, the first of them changed."""
    first, *rest = answers_of(Tables.of(last.tables).findings)
    first = replace(first, finding=replace(first.finding, **changed))
    return Answers(last.study, People(last.study, SMALLEST), [first, *rest])


def reasons(answers: Answers) -> list[str]:
    return [each.why for each in answers.not_told()]


def test_an_answer_of_few_people_is_not_told(last: LastRun) -> None:
    assert reasons(answers_of_findings(last)) == []
    few = (Count("FM", 4), Count("HC", 10))
    assert reasons(answers_of_findings(last, n=few)) == [
        "it rests on fewer than 5 people of a group"
    ]


def test_two_answers_that_differ_by_one_person_are_not_both_told(last: LastRun) -> None:
    first, *rest = answers_of(Tables.of(last.tables).findings)
    donors = first.finding.donors
    for without, told in ((1, False), (4, False), (5, True), (0, True)):
        again = replace(first, finding=replace(first.finding, donors=donors[without:]))
        answers = Answers(last.study, People(last.study, SMALLEST), [first, *rest, again])
        assert (len(answers.told) == len(rest) + 2) is told, without


def test_a_caution_of_few_people_is_told_as_one(last: LastRun) -> None:
    from exvivo.findings import Caveat

    few, many = (
        Caveat("unknown_in_donors", {"n": 2}),
        Caveat("not_across_families", {"families": 3}),
    )
    answer = answers_of_findings(last, warnings=(few, many)).told[0]
    assert answer.cautions[-1] == CAUTION and len(answer.cautions) == 2
    assert "3 families" in " ".join(answer.cautions) + answer.sentence
    told = answers_of_findings(last, warnings=(Caveat("unknown_in_donors", {"n": 7}),)).told[0]
    assert CAUTION not in told.cautions and len(told.cautions) == 1


def test_a_number_between_two_ends_counts_and_prints_as_a_range() -> None:
    number = Between(12, 10, 13)
    assert (f"{number} people", number + 3, str(sum([number, 1])), number < 14) == (
        "10 to 13 people",
        15,
        "11 to 14",
        True,
    )


def declared(study: Study, *kinds: tuple[str, str, list[str]]) -> Study:
    """The study with further columns of donors.csv, and their kinds."""
    columns = {name: pl.Series(name, cells) for name, _, cells in kinds}
    return replace(
        study,
        donors=study.donors.with_columns(**columns),
        characteristics=tuple(Characteristic(id=name, kind=kind) for name, kind, _ in kinds),  # type: ignore[arg-type]
    )


def table_rows(study: Study) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in people_table(People(study, SMALLEST)).rows}


def test_people_who_withdrew_are_counted_nowhere(last: LastRun) -> None:
    donors = last.study.donors.with_columns(
        donor=pl.col("donor").replace("FM01", "withdrawn-1"),
    )
    sizes = People(replace(last.study, donors=donors), SMALLEST).sizes
    assert sizes == {"FM": 13, "HC": 10}


def test_levels_of_few_people_have_no_name_and_a_number_of_few_values_no_mean(
    last: LastRun,
) -> None:
    site = ["Kyoto"] * 11 + ["Nara", "Uji", "Ise"] + ["Kyoto"] * 5 + ["Kobe"] * 5
    smokes = ["1", "0", "0", "0"] + ["0"] * 20
    bmi = [f"{20 + at / 7:.2f}" for at in range(24)]
    drugs = ["N06AX21; N02BF02"] * 6 + ["None"] * 7 + [""] + ["None"] * 10
    study = declared(
        last.study,
        ("site", "category", site),
        ("smokes", "number", smokes),
        ("weight", "number", bmi),
        ("drugs", "medication", drugs),
        ("drawn", "date", ["2026-03-01"] * 24),
    )
    rows = table_rows(study)
    assert not {"Nara", "Uji", "Ise"} & {word for name in rows for word in name.split()}
    assert not any(name.startswith("smokes: mean") or "drawn" in name for name in rows)
    assert rows["weight: mean (sd)"] == ("20.9 (0.6)", "22.6 (0.43)")
    assert rows["drugs, N06: yes"] == (HIDDEN, "0")
    assert rows["drugs, N06: not known"] == (HIDDEN, "0")


def test_a_group_that_is_too_small_is_not_told_of(last: LastRun) -> None:
    donors = last.study.donors.filter(
        (pl.col("group") == "FM") | pl.col("donor").is_in(["HC01", "HC02"])
    )
    made = as_public(last, replace(last.study, donors=donors))
    assert list(made.people.groups) == ["FM"]
    assert {each.finding.question for each in made.answers.told} == {"tnf_and_symptoms"}
    assert "the group healthy people" in [each.what for each in made.not_here]
    assert "2 healthy people" not in made.page()


@pytest.fixture
def persons(last: LastRun) -> Persons:
    return persons_of(last.study, last.tables, told=("group", "age", "sex"), days=("2026-03-01",))


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("page.html", "<svg><title>fm01, 3.2</title></svg>", "FM01"),
        ("page.html", "<p alt='&#70;M01'>", "FM01"),
        ("spec.json", '{"t": "\\u0046M01"}', "FM01"),
        ("page.html", '<a href="%46M01.csv">', "FM01"),
        ("table.csv", "x\nFM01_ATP_2\n", "FM01"),
        ("HC07.csv", "x\n", "HC07"),
        ("table.csv", "drawn on 1 March 2026", "2026-03-01"),
        ("table.csv", "01.03.2026", "2026-03-01"),
        ("table.csv", "03/01/2026", "2026-03-01"),
        ("table.csv", "20260301", "2026-03-01"),
        ("FM.csv", "FM011, FM1, XFM01, 2026, 2026-03-02", None),
    ],
)
def test_the_last_look_meets_names_and_days_however_they_are_written(
    tmp_path: Path, persons: Persons, name: str, text: str, what: str | None
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    assert what in [*(leak.what for leak in leaks(tmp_path, persons)), None]
    assert bool(leaks(tmp_path, persons)) is (what is not None)


def test_the_last_look_reads_tables_and_refuses_what_it_cannot_read(
    tmp_path: Path, persons: Persons
) -> None:
    pl.DataFrame({"a": [["x", "HC03"]]}).write_parquet(tmp_path / "t.parquet")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("a", "FM01")
    assert [leak.what for leak in leaks(tmp_path, persons)] == [
        "HC03",
        "a packed file, whose text is not searched",
    ]


def test_names_that_cannot_be_searched_are_counted(last: LastRun) -> None:
    numbers = {name: str(at) for at, name in enumerate(last.study.donors["donor"], 1)}
    other = renamed(replace(last, tables={}), numbers)
    met = persons_of(other.study, {}, told=("group", "age", "sex"), days=())
    assert len(met.unsearchable) == 24 and not met.names


def test_a_name_that_stands_in_the_title_leaves_nothing_in_place(
    last: LastRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titled = replace(last, study=replace(last.study, title="Of FM01 and others"))
    monkeypatch.setattr(door, "last_run", lambda folder: titled)
    with pytest.raises(StoreError) as refused:
        share(tmp_path, "public", out=tmp_path / "a" / "out")
    summaries = {file_of(code, kind) for code in LANGUAGES for kind in ("html", "md")}
    assert {mistake.where for mistake in refused.value.mistakes} == {"report.html", *summaries}
    assert "FM01" in str(refused.value)
    assert list((tmp_path / "a").iterdir()) == []


def test_only_a_folder_of_ours_is_written_over(
    last: LastRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "last_run", lambda folder: last)
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(StoreError, match="something else stands there"):
        share(tmp_path, "public", out=out)
    with pytest.raises(StoreError, match="among the results"):
        share(tmp_path, "public", out=tmp_path / "results" / "out")
    assert (out / "thesis.txt").read_text() == "mine"


def test_results_that_were_changed_are_not_handed_on(
    demo: exvivo.Result, last: LastRun, tmp_path: Path
) -> None:
    (tmp_path / "tables").mkdir()
    for path in (demo.report.parent / "tables").glob("*.parquet"):
        (tmp_path / "tables" / path.name).write_bytes(path.read_bytes())
    door._refuse_changed(tmp_path, tmp_path, last.run)
    with (tmp_path / "tables" / "clinic.parquet").open("ab") as handle:
        handle.write(b"x")
    with pytest.raises(StoreError, match=r"clinic\.parquet"):
        door._refuse_changed(tmp_path, tmp_path, last.run)


def test_a_team_meets_no_name_that_somebody_typed(last: LastRun, tmp_path: Path) -> None:
    wells = (
        last.tables["wells"]
        .head(4)
        .with_columns(sample=pl.Series(["Maria ATP", "FM10 ATP", "0071", "Maria ATP"]))
    )
    results, out = tmp_path / "results", tmp_path / "out"
    (results / "tables").mkdir(parents=True)
    out.mkdir()
    wells.write_parquet(results / "tables" / "wells.parquet")
    page = "<p>Maria ATP in raw/Q1.rdml, of FM10 ATP: 0.0071; Q1.rdml</p>"
    (results / "report.html").write_text(page, "utf-8")
    codes = codes_of(last.study, wells, ["raw/Q1.rdml", "donors.csv"])
    write_team(results, codes, out, simulated=True)
    assert (out / "report.html").read_text("utf-8") == (
        "<p>sample-002 in file-001.rdml, of FM10 ATP: 0.0071; file-001.rdml</p>"
    )
    coded = pl.read_parquet(out / "tables" / "wells.parquet")
    assert coded["sample"].to_list() == ["sample-002", "FM10 ATP", "sample-001", "sample-002"]
    assert coded["source"].unique().to_list() == ["file-001.rdml"]
    assert coded.drop("sample", "source").equals(wells.drop("sample", "source"))
    assert leaks(out, codes.persons()) == []
    assert not any("Maria" in text for _, text in texts(out))
    assert coded.schema == WELLS.schema


def test_a_code_that_was_forgotten_is_met(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("Maria ATP")
    codes = Codes({"Maria ATP": "sample-001"}, {})
    assert [leak.what for leak in leaks(tmp_path, codes.persons())] == ["Maria ATP"]
    assert words_of("Maria_ATP") in codes.persons().names


def test_the_command_says_where_the_folder_is_and_who_could_be_singled_out(
    demo: exvivo.Result, tmp_path: Path
) -> None:
    study, out = str(demo.report.parents[1]), str(tmp_path / "out")
    told = CliRunner().invoke(main, ["share", study, "--for", "public", "--out", out])
    assert told.exit_code == 0, told.output
    assert "by group, age and sex: 18 the only one of a kind (k = 1)" in told.output
    again = CliRunner().invoke(main, ["share", study, "--for", "lab", "--json"])
    assert json.loads(again.output) == {"folder": str(demo.report.parent), "for": "lab"}


def test_a_folder_without_a_run_has_nothing_to_hand_on(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("exvivo: 1\n")
    told = CliRunner().invoke(main, ["share", str(tmp_path), "--for", "public"])
    assert told.exit_code == 2 and "no results of a complete run" in told.output
    assert write_public.__doc__

"""RDML: what a file says is what the readings say; nothing is dropped in silence."""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rdml_files import FORMAT, curve, document, react, run, zipped

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Qpcr

QPCR = Qpcr(id="mrna", kind="qpcr", references=("ACTB",))


def reading(tmp_path: Path, raw: bytes, name: str = "q.rdml", assay: Qpcr = QPCR) -> FileRead:
    path = tmp_path / name
    path.write_bytes(raw)
    return read_plate(path, source=f"raw/{name}", plate="Q1", assay=assay)


def mistakes(tmp_path: Path, raw: bytes, name: str = "q.rdml", assay: Qpcr = QPCR) -> str:
    with pytest.raises(ReadError) as caught:
        reading(tmp_path, raw, name, assay)
    return str(caught.value)


def test_a_curve_and_its_cq_are_two_rows_with_the_file_s_numbers(tmp_path: Path) -> None:
    raw = zipped(document(run(react("14", "<cq>2.5</cq>" + curve()))))
    read = reading(tmp_path, raw)
    amplification, cq = read.readings.rows(named=True)
    assert amplification["x"] == [1, 2, 3] and amplification["y"] == [0.5, 0.625, 1.25]
    assert (amplification["kind"], amplification["unit"], amplification["value"]) == (
        "amplification",
        "fluorescence",
        None,
    )
    assert (cq["kind"], cq["value"], cq["censor"], cq["unit"]) == ("cq", 2.5, "none", "cycles")
    for row in (amplification, cq):
        assert (row["well"], row["sample"], row["channel"], row["block"]) == (
            "B2",
            "s1",
            "TNF",
            "r1",
        )
        assert (row["source"], row["plate"], row["vendor_role"]) == ("raw/q.rdml", "Q1", "sample")
        assert row["sha256"] == hashlib.sha256(raw).hexdigest()
    assert read.header["format"] == "RDML 1.3"


@pytest.mark.parametrize("text", ["-1", "-1.0", "0", "NaN", "3", "3.0", "100", "INF"])
def test_no_cq_is_censored_at_the_last_cycle(tmp_path: Path, text: str) -> None:
    read = reading(tmp_path, zipped(document(run(react("1", f"<cq>{text}</cq>" + curve())))))
    row = read.readings.filter(pl.col("kind") == "cq").row(0, named=True)
    assert (row["censor"], row["lower"], row["upper"], row["value"]) == ("right", 3.0, None, None)


def test_no_cq_without_a_curve_takes_the_cycles_of_its_run_or_is_refused(tmp_path: Path) -> None:
    beside = react("1", curve()) + react("2", "<cq>-1</cq>")
    row = (
        reading(tmp_path, zipped(document(run(beside))))
        .readings.filter(kind="cq")
        .row(0, named=True)
    )
    assert (row["censor"], row["lower"]) == ("right", 3.0)
    assert "how many cycles" in mistakes(tmp_path, zipped(document(run(react("2", "<cq>-1</cq>")))))
    alone = reading(tmp_path, zipped(document(run(react("2", "<cq>21.5</cq>")))))
    assert alone.readings["value"].to_list() == [21.5]


@pytest.mark.parametrize(
    ("labels", "name", "well"),
    [
        (("ABC", "123"), "1", "A1"),
        (("ABC", "123"), "12", "A12"),
        (("ABC", "123"), "13", "B1"),
        (("ABC", "123"), "96", "H12"),
        (("123", "ABC"), "13", "A2"),
        (("123", "123"), "13", "13"),
        (("ABC", "123"), "c07", "C7"),
        (None, "96", "H12"),
        (None, "H12", "H12"),
    ],
)
def test_wells(tmp_path: Path, labels: tuple[str, str] | None, name: str, well: str) -> None:
    read = reading(tmp_path, zipped(document(run(react(name, curve()), labels=labels))))
    assert read.readings["well"].to_list() == [well]


def test_a_plate_of_1536_wells_has_rows_of_two_letters(tmp_path: Path) -> None:
    plate = FORMAT.format("ABC", "123").replace(">8<", ">32<").replace(">12<", ">48<")
    xml = document(f'<run id="r">{plate}{react("1536", curve())}</run>')
    assert reading(tmp_path, zipped(xml)).readings["well"].to_list() == ["AF48"]


@pytest.mark.parametrize("name", ["97", "0", "", "99999999999"])
def test_a_well_outside_the_plate_is_refused(tmp_path: Path, name: str) -> None:
    assert "plate of 8 x 12" in mistakes(tmp_path, zipped(document(run(react(name, curve())))))


@pytest.mark.parametrize(
    ("types", "role"),
    [
        ("<type>unkn</type>", "sample"),
        ("<type>std</type>", "standard"),
        ("<type>ntc</type>", "ntc"),
        ("<type>nrt</type>", "no_rt"),
        ("<type>pos</type>", "positive"),
        ("<type>ntp</type>", None),
        ("<type>opt</type>", None),
        ("", None),
        ("<type>std</type><type>ntc</type>", None),
        ('<type targetId="TNF">ntc</type><type>unkn</type>', "ntc"),
        ('<type targetId="IL6">ntc</type><type>unkn</type>', "sample"),
    ],
)
def test_vendor_roles_only_where_beyond_doubt(tmp_path: Path, types: str, role: str | None) -> None:
    xml = document(run(react("1", curve())), samples=f'<sample id="s1">{types}</sample>')
    assert reading(tmp_path, zipped(xml)).readings["vendor_role"].to_list() == [role]


def test_any_member_name_any_prefix_and_bare_xml_say_the_same(tmp_path: Path) -> None:
    plain = document(run(react("1", curve())))
    root = '<rdml:rdml xmlns:rdml="http://www.rdml.org" version="1.3">'
    prefixed = re.sub(
        r"<(/?)(?!/|rdml:)", r"<\1rdml:", document(run(react("1", curve())), root=root)
    )
    bare = document(run(react("1", curve())), root="<rdml>")
    files = [
        zipped(plain),
        zipped(plain, "BioRad_qPCR_melt.xml", aaa="<other/>"),
        plain.encode(),
        b"\xef\xbb\xbf" + plain.encode(),
        prefixed.encode(),
        bare.encode(),
        ('<?xml version="1.0" encoding="UTF-16"?>' + plain).encode("utf-16"),
    ]
    wanted = reading(tmp_path, files[0]).readings.drop("sha256")
    for raw in files[1:]:
        assert reading(tmp_path, raw).readings.drop("sha256").equals(wanted)


def test_gaps_stay_gaps_and_cycles_rise(tmp_path: Path) -> None:
    points = [(5.0, 2.0), (1.0, 1.0), (3.0, float("nan"))]
    read = reading(tmp_path, zipped(document(run(react("1", curve(points))))))
    assert read.readings["x"].to_list() == [[1, 5]] and read.readings["y"].to_list() == [[1, 2]]
    assert any("without fluorescence" in ignored.what for ignored in read.ignored)


@pytest.mark.parametrize(
    "points", [[(1.0, 1.0), (1.0, 2.0)], [(1.0, float("inf"))], [(-1.0, 1.0)], [(1e9, 1.0)]]
)
def test_impossible_curves_are_refused(tmp_path: Path, points: list[tuple[float, float]]) -> None:
    assert "curve" in mistakes(tmp_path, zipped(document(run(react("1", curve(points))))))


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    wrong = (
        react("1", curve().replace("0.5", "high"))
        + react("2", "<cq>late</cq>" + curve())
        + react("97", curve())
    )
    text = mistakes(tmp_path, zipped(document(run(wrong + react("3", curve(), target="")))))
    for part in ("'high'", "'late'", "'97'", "without a target"):
        assert part in text


def test_a_well_and_target_in_two_runs_is_refused_with_both_named(tmp_path: Path) -> None:
    two = run(react("1", curve()), name="before lunch") + run(
        react("1", curve()), name="after lunch"
    )
    text = mistakes(tmp_path, zipped(document(two)))
    assert "before lunch" in text and "after lunch" in text and "A1 TNF" in text
    other = run(react("1", curve()), name="a") + run(
        react("1", curve(), target="IL6") + react("2", curve()), name="b"
    )
    assert reading(tmp_path, zipped(document(other))).readings["block"].to_list() == ["a", "b", "b"]
    same = run(react("1", curve()) + react("1", curve()))
    assert "A1 TNF" in mistakes(tmp_path, zipped(document(same)))


def test_everything_unread_is_listed(tmp_path: Path) -> None:
    inside = curve() + "<mdp><tmp>70</tmp><fluor>1</fluor></mdp><excl>bubble</excl><news/>"
    xml = document(run(react("1", inside) + react("2", "<endPt>3</endPt>") + "<odd/>"))
    read = reading(tmp_path, zipped(xml, app="<app/>"))
    listed = {ignored.what: ignored.why for ignored in read.ignored}
    assert {"data/excl (1)", "data/news (1)", "data/endPt (1)", "run/odd (1)"} <= set(listed)
    assert listed["data/news (1)"] == "not known to this reader"
    assert "archive member app.xml" in listed
    assert "A2 TNF" in listed["1 reactions"]


def test_curves_whose_cq_is_left_out_are_listed(tmp_path: Path) -> None:
    read = reading(
        tmp_path, zipped(document(run(react("1", "<cq>2</cq>" + curve()) + react("2", curve()))))
    )
    assert any(
        ignored.what == "the Cq of 1 curves" and "A2 TNF" in ignored.why for ignored in read.ignored
    )


def test_files_that_are_no_rdml_say_what_they_are(tmp_path: Path) -> None:
    assert "a JPEG image" in mistakes(tmp_path, b"\xff\xd8\xff\xe0" + bytes(500), "photo.rdml")
    assert "an empty file" in mistakes(tmp_path, b"")
    assert "holding notes.xml" in mistakes(tmp_path, zipped("<notes/>", "notes.xml"))
    assert "holding a.txt" in mistakes(tmp_path, zipped("text", "a.txt"))
    assert "neither" not in mistakes(
        tmp_path, zipped(document(run(react("1", "<endPt>1</endPt>"))))
    )
    assert "begins: 'Well, Dose A1,20'" in mistakes(tmp_path, b"Well, Dose A1,20\n", "cq.csv")
    assert "a workbook that cannot be read" in mistakes(
        tmp_path, zipped("<a/>", "xl/workbook.xml"), "q.xlsx"
    )
    assert "damaged zip" in mistakes(tmp_path, zipped(document(run(react("1", curve()))))[:-40])


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, found in ((tmp_path / "none.rdml", "no such file"), (tmp_path, "a folder")):
        with pytest.raises(ReadError, match=found):
            read_plate(path, source="raw/x.rdml", plate="Q1", assay=QPCR)


def test_curves_melting_curves_and_some_cq_in_one_file(tmp_path: Path) -> None:
    """Sixty reactions as Bio-Rad writes them: 26 with a Cq, all with both kinds of curve; every
    number of the file arrives.
    """
    rng = np.random.default_rng(2)
    reactions = []
    for n in range(60):
        cycles = [(float(x), round(float(y), 3)) for x, y in enumerate(rng.normal(9, 2, 40), 1)]
        melting = "".join(
            f"<mdp><tmp>{35 + t}</tmp><fluor>{rng.normal(90, 9):.3f}</fluor></mdp>"
            for t in range(61)
        )
        cq = f"<cq>{rng.uniform(15, 35):.4f}</cq>" if n < 26 else ""
        reactions.append(react(str(n + 1), cq + curve(cycles) + melting))
    xml = document(run("".join(reactions)))
    read = reading(tmp_path, zipped(xml, "BioRad_qPCR_melt.xml"))
    assert dict(read.readings["kind"].value_counts().rows()) == {
        "amplification": 60,
        "cq": 26,
        "melt": 60,
    }
    assert any(ignored.what == "the Cq of 34 curves" for ignored in read.ignored)
    points = read.readings.drop_nulls("y")
    assert points["y"].list.len().sum() == 60 * (40 + 61)
    assert points["y"].list.sum().sum() == pytest.approx(
        sum(map(float, re.findall(r"<fluor>([^<]+)<", xml))), rel=1e-12
    )
    assert read.readings.filter(kind="cq")["value"].to_list() == [
        float(text) for text in re.findall(r"<cq>([^<]+)<", xml)
    ]
    melted = read.readings.filter(kind="melt")
    assert melted["x"].to_list() == [[float(35 + t) for t in range(61)]] * 60


def test_vermeulen(shared_data: Path) -> None:
    path = shared_data / "qpcr" / "vermeulen" / "standards_150000_to_15.rdml"
    read = read_plate(path, source="v.rdml", plate="V", assay=QPCR)
    frame = read.readings
    assert frame.height == 960 and set(frame["kind"]) == {"amplification"}
    assert frame["channel"].n_unique() == frame["block"].n_unique() == 64
    lengths = (
        frame.select("channel", n=pl.col("x").list.len())
        .group_by("channel")
        .agg(pl.col("n").unique())
    )
    short = lengths.filter(pl.col("n") != [50])
    assert short["channel"].str.starts_with("ALU").all() and short.height == 1
    xml = zipfile.ZipFile(path).read("rdml_data.xml").decode()
    assert frame["y"].list.sum().sum() == pytest.approx(
        sum(map(float, re.findall(r"<fluor>([^<]+)<", xml))), rel=1e-12
    )
    first = frame.row(0, named=True)
    assert (first["well"], first["sample"], first["y"][:3]) == (
        "N14",
        "STD_150000",
        [0.4853, 0.5788, 0.5691],
    )


def test_three_vendors(shared_data: Path) -> None:
    folder = shared_data / "qpcr" / "rdml_vendors"
    stepone = read_plate(folder / "stepone_std.rdml", source="s", plate="Q", assay=QPCR).readings
    undetected = stepone.filter(pl.col("censor") == "right")
    assert undetected["well"].to_list() == ["A1", "A2", "A3"] and set(
        undetected["vendor_role"]
    ) == {"ntc"}
    assert undetected["lower"].to_list() == [40.0] * 3
    biorad = read_plate(folder / "BioRad_qPCR_melt.rdml", source="b", plate="Q", assay=QPCR)
    assert biorad.readings["kind"].value_counts().sort("kind").rows() == [
        ("amplification", 60),
        ("cq", 26),
        ("melt", 60),
    ]
    melted = biorad.readings.filter(kind="melt")
    assert melted["y"].list.len().sum() == 3660 and melted["x"].list.first().unique().to_list() == [
        35.0
    ]
    assert any(ignored.what == "the Cq of 34 curves" for ignored in biorad.ignored)
    lc96 = read_plate(folder / "lc96_bACTXY.rdml", source="l", plate="Q", assay=QPCR).readings
    assert lc96.height == 768 and lc96["well"].n_unique() == 96
    assert lc96.filter(kind="cq", censor="none")["value"].max() < 50  # type: ignore[operator]


def test_damaged_curves_keep_their_gaps(shared_data: Path) -> None:
    frame = read_plate(
        shared_data / "qpcr/damaged/matrix_gaps.rdml", source="g", plate="Q", assay=QPCR
    ).readings
    assert frame.height == 71 and frame["x"].list.len().sum() == 3010
    assert frame.row(0, named=True)["x"] and frame["x"].list.len().n_unique() > 1


def test_three_machines_in_one_file_are_refused(shared_data: Path) -> None:
    with pytest.raises(ReadError, match="AMC Amsterdam NL - 384 Wells") as caught:
        read_plate(
            shared_data / "qpcr/untergasser/volume_machine.rdml", source="u", plate="Q", assay=QPCR
        )
    assert "EMBL Heidelberg DE - 96 Wells" in str(caught.value)


def test_one_run_of_a_file_with_several(tmp_path: Path) -> None:
    raw = zipped(
        document(
            run(react("1", curve()), name="p1") + run(react("1", curve(), target="IL6"), name="p2")
        )
    )
    path = tmp_path / "q.rdml"
    path.write_bytes(raw)
    read = read_plate(path, source="raw/q.rdml", plate="Q1", assay=QPCR, run="p2")
    assert read.readings["channel"].to_list() == ["IL6"] and read.readings["block"].to_list() == [
        "p2"
    ]
    assert [ignored.what for ignored in read.ignored if ignored.what.startswith("run")] == [
        "run p1"
    ]
    with pytest.raises(ReadError, match=r"no run 'p3'[^$]*one of its runs: p1, p2"):
        read_plate(path, source="raw/q.rdml", plate="Q1", assay=QPCR, run="p3")
    twice = zipped(
        document(run(react("1", curve()), name="p1") + run(react("1", curve()), name="p2"))
    )
    assert "name the run of each plate" in mistakes(tmp_path, twice)


def test_an_excluded_reaction_without_cq_is_left_out(tmp_path: Path) -> None:
    """A person's exclusion is no undetected result; the program's own `no amplification` is one."""
    for excl, without, kept in (
        ("<excl>bubble</excl>", "<cq>-1</cq>", False),
        ("<excl/>", "<cq>NaN</cq>", False),
        ("<excl>bubble</excl>", "", False),
        ("<excl>No amplification;</excl>", "<cq>-1</cq>", True),
        ("<excl>bubble</excl>", "<cq>2</cq>", True),
    ):
        read = reading(
            tmp_path,
            zipped(document(run(react("1", without + excl + curve()) + react("2", curve())))),
        )
        assert ("A1" in read.readings["well"].to_list()) == kept
        omitted = [one.why for one in read.ignored if "omitted wells" in one.what]
        assert [why.endswith("A1 TNF") for why in omitted] == [True] * (not kept)


def test_a_file_in_which_nothing_was_computed_is_refused(tmp_path: Path) -> None:
    """CFX Maestro writes NaN and no curves: no number of cycles makes these wells undetected."""
    empty = document(run(react("1", "<cq>NaN</cq>") + react("2", "<cq>NaN</cq>")))
    for cycles in (None, 40):
        text = mistakes(tmp_path, zipped(empty), assay=replace(QPCR, cycles=cycles))
        assert "nothing measured" in text and "Quantification Cq Results" in text
        assert "write `cycles" not in text
    some = document(run(react("1", "<cq>NaN</cq>") + react("2", "<cq>25.5</cq>")))
    forty = replace(QPCR, cycles=40)
    read = reading(tmp_path, zipped(some), assay=forty)
    assert read.readings["censor"].to_list() == ["right", "none"]
    late = document(run(react("1", "<cq>-1</cq>")))
    read = reading(tmp_path, zipped(late), assay=forty)
    assert read.readings["censor"].to_list() == ["right"]

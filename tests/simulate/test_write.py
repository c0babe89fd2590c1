"""The study folder of a virtual study is a real one: it loads, its files open elsewhere, and its
bytes do not vary.
"""

from __future__ import annotations

import dataclasses
import json
import re
import warnings
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import flowio
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.errors import StudyError
from exvivo.read import read_plate
from exvivo.simulate import ModelStudy, VirtualStudy, model_study, template, wells, write
from exvivo.simulate.study_file import study_yaml
from exvivo.simulate.write import written
from exvivo.study import Group, Study, json_schema, load
from exvivo.study.load import declarations, read_study_file
from exvivo.study.summary_checks import PARTS
from exvivo.study.summary_coverage import coverage
from exvivo.study.summary_records import LANGUAGES, LanguageCode, Summary

NS = "{http://www.rdml.org}"


@pytest.fixture(scope="module")
def virtual() -> VirtualStudy:
    return model_study(rng=np.random.default_rng(7))


@pytest.fixture(scope="module")
def folder(virtual: VirtualStudy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("model") / "study"
    write(virtual, root)
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_the_folder_loads_as_the_study_in_memory(virtual: VirtualStudy, folder: Path) -> None:
    study = load(folder)
    assert dataclasses.replace(study, root=Path()) == virtual.study
    assert study.donors.equals(virtual.study.donors)
    assert study.layout.equals(virtual.study.layout)


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write(model_study(rng=np.random.default_rng(7)), tmp_path / "again")
    write(model_study(rng=np.random.default_rng(8)), tmp_path / "other")
    first, again, other = (
        contents(folder),
        contents(tmp_path / "again"),
        contents(tmp_path / "other"),
    )
    assert first == again
    assert first.keys() == other.keys() and first["raw/Q1.rdml"] != other["raw/Q1.rdml"]
    assert sum(map(len, first.values())) < 4e6


def test_rdml_holds_the_curves(virtual: VirtualStudy, folder: Path) -> None:
    with zipfile.ZipFile(folder / "raw" / "Q2.rdml") as archive:
        assert archive.namelist() == ["rdml_data.xml"] and archive.testzip() is None
        root = ElementTree.fromstring(archive.read("rdml_data.xml"))
    assert root.tag == f"{NS}rdml" and root.get("version") == "1.2"
    order = [child.tag.removeprefix(NS) for child in root]
    assert list(dict.fromkeys(order)) == [
        "dateMade",
        "documentation",
        "dye",
        "sample",
        "target",
        "experiment",
    ]
    types = {s.get("id"): s.findtext(f"{NS}type") for s in root.findall(f"{NS}sample")}
    assert (
        types["NTC"] == "ntc"
        and types["STD 200000"] == "std"
        and set(types.values()) == {"ntc", "std", "unkn"}
    )
    reacts = root.findall(f"{NS}experiment/{NS}run/{NS}react")
    mine = virtual.reactions.wells["plate"] == "Q2"
    assert len(reacts) == 378 and len({react.get("id") for react in reacts}) == 378
    fluor = np.array([[float(e.text or "") for e in react.iter(f"{NS}fluor")] for react in reacts])
    np.testing.assert_array_equal(fluor, virtual.reactions.curves[mine.to_numpy()])
    assert [e.text for e in reacts[0].iter(f"{NS}cyc")] == [str(c) for c in range(1, 46)]
    held = {s.get("id") for react in reacts for s in react.findall(f"{NS}sample")}
    assert held == set(types)


def test_a_reaction_stands_in_its_well(virtual: VirtualStudy, folder: Path) -> None:
    """Well names from the layout, places from the RDML ids: both must mean the same reaction."""
    layout = pl.read_csv(folder / "plates" / "Q1.csv", infer_schema=False, comment_prefix="#")
    with zipfile.ZipFile(folder / "raw" / "Q1.rdml") as archive:
        root = ElementTree.fromstring(archive.read("rdml_data.xml"))
    samples = {}
    for react in root.iter(f"{NS}react"):
        row, column = divmod(int(react.get("id", "0")) - 1, 24)
        held = react.find(f"{NS}sample")
        assert held is not None
        samples[f"{'ABCDEFGHIJKLMNOP'[row]}{column + 1}"] = held.get("id")
    for line in layout.iter_rows(named=True):
        if line["role"] == "sample":
            assert samples[line["well"]] == f"{line['donor']} {line['stimulus']}"
        else:
            assert (samples[line["well"]] or "").startswith(
                {"standard": "STD ", "ntc": "NTC"}[line["role"]]
            )


def test_fcs_holds_the_events(virtual: VirtualStudy, folder: Path) -> None:
    for row, events in list(
        zip(virtual.tubes.wells.iter_rows(named=True), virtual.tubes.events, strict=True)
    )[::13]:
        tube = flowio.FlowData(str(folder / row["file"]))
        assert tube.pnn_labels == ["FSC-A", "SSC-A", "APC-A", "APC-Cy7-A", "PE-A"]
        np.testing.assert_array_equal(tube.as_array(preprocess=True), events.astype(float))
        assert "SIMULATED" in tube.text["com"] and tube.text["wellid"] == row["well"]


def test_everything_says_that_it_is_simulated(virtual: VirtualStudy, folder: Path) -> None:
    files = contents(folder)
    assert virtual.study.simulated and "SIMULATED" in virtual.study.title
    assert b"simulated: true" in files["study.yaml"] and b"SIMULATED" in files["README.md"]
    with zipfile.ZipFile(folder / "raw" / "Q1.rdml") as archive:
        assert archive.read("rdml_data.xml").count(b"SIMULATED") >= 3
    assert all(b"SIMULATED" in raw[:2000] for name, raw in files.items() if name.endswith(".fcs"))
    assert sum(name.endswith(".fcs") for name in files) == 116


def test_the_truth_is_kept_beside_the_data(virtual: VirtualStudy, folder: Path) -> None:
    for name, table in virtual.truth.tables().items():
        assert pl.read_csv(
            folder / "truth" / f"{name}.csv", schema_overrides=table.schema, comment_prefix="#"
        ).equals(table), name
    scores = pl.read_csv(folder / "clinic.csv", comment_prefix="#")
    assert scores.columns == ["donor", "VAS", "HADS_A", "HADS_D", "QOL"]
    np.testing.assert_array_equal(scores.drop("donor").to_numpy(), virtual.people.scores)


def test_a_smaller_study_is_written_too(tmp_path: Path) -> None:
    p = ModelStudy(patients=4, controls=3, plates=1, wells=1, tubes=2, beads=50, dilution=2)
    small = model_study(p, rng=np.random.default_rng(3))
    write(small, tmp_path)
    study = load(tmp_path)
    assert study.layout.equals(small.study.layout)
    assert study.layout.filter(role="sample", plate="B1")["dilution"].unique().to_list() == [2.0]


def test_the_template_lacks_only_its_instrument_files(tmp_path: Path) -> None:
    template(tmp_path / "new")
    with pytest.raises(StudyError) as caught:
        load(tmp_path / "new")
    (mistake,) = caught.value.mistakes
    assert mistake.found.startswith("none of the 19 that plates name is there yet")
    schema = json.loads((tmp_path / "new" / "study.schema.json").read_text(encoding="utf-8"))
    assert schema == json_schema()
    assert (
        (tmp_path / "new" / "study.yaml")
        .read_text()
        .startswith("# yaml-language-server: $schema=study.schema.json")
    )
    (tmp_path / "new" / "raw" / "Q1.rdml").write_bytes(b"")
    layout = pl.read_csv(tmp_path / "new" / "plates" / "B1.csv", comment_prefix="#")
    for name in layout["file"]:
        path = tmp_path / "new" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    study = load(tmp_path / "new")
    assert not study.simulated and not study.plan.declared and study.donors.height == 4


def test_a_template_is_not_written_over_a_study(tmp_path: Path) -> None:
    template(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(StudyError, match=r"written over: study\.yaml"):
        template(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["donors.csv", "raw/B1/A1.fcs", "truth/curves.csv"])
def test_a_virtual_study_is_not_written_over_anything(
    virtual: VirtualStudy, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("precious")
    before = contents(tmp_path)
    with pytest.raises(StudyError, match=f"written over: {name}"):
        write(virtual, tmp_path)
    assert contents(tmp_path) == before


def test_a_template_is_not_written_over_a_table(tmp_path: Path) -> None:
    (tmp_path / "donors.csv").write_text("precious")
    with pytest.raises(StudyError, match=r"written over: donors\.csv"):
        template(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["donors.csv"]


def test_every_file_that_is_written_is_known_beforehand(
    virtual: VirtualStudy, folder: Path
) -> None:
    assert sorted(written(virtual)) == sorted(contents(folder))


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30
).filter(
    lambda text: (
        text == text.strip()
        and "\ufeff" not in text
        and "\ufffe" not in text
        and "\uffff" not in text
    )
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=2, max_size=2, unique=True), WORDS)
def test_study_yaml_reads_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], title: str
) -> None:
    base = model_study(
        ModelStudy(patients=2, controls=2, plates=1, tubes=1, beads=2), rng=np.random.default_rng(0)
    )
    blank = Study(
        **{
            f.name: getattr(base.study, f.name)
            for f in dataclasses.fields(Study)
            if f.name not in ("donors", "layout")
        }
    )
    study = dataclasses.replace(
        blank, title=title, groups=tuple(Group(id=f"g{i}", name=n) for i, n in enumerate(names))
    )
    root = tmp_path_factory.mktemp("yaml")
    (root / "study.yaml").write_text(study_yaml(study, heading="x"), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_study_file(root)[0] == study


def test_reading_the_files_gives_the_wells_in_memory(virtual: VirtualStudy, folder: Path) -> None:
    study = load(folder)
    frames = []
    for plate in study.plates:
        files = (
            [(plate.file, None)]
            if plate.file
            else study.layout.filter(plate=plate.id).select("file", "well").rows()
        )
        for file, well in files:
            path, assay = folder / file, study.assay(plate.assay)
            frames.append(
                read_plate(path, source=file, plate=plate.id, assay=assay, well=well).readings
            )
    read = pl.concat(frames).drop("sha256")
    assert read.equals(wells(virtual).select(read.columns))


def test_a_template_shows_how_a_study_is_planned(tmp_path: Path) -> None:
    """Whoever takes the marks away from the lines of the plan has one that is read."""
    template(tmp_path)
    path = tmp_path / "study.yaml"
    text = path.read_text(encoding="utf-8")
    head, plan = text.split("# plan:\n")
    lines = [line.removeprefix("# ") for line in f"# plan:\n{plan}".splitlines()]
    path.write_text(head + "\n".join(lines), encoding="utf-8")
    study, mistakes = declarations(tmp_path)
    assert not mistakes
    assert [group.n for group in study.groups] == [14, 10]
    assert study.plan.wells == 3 and study.assumptions.effects[1].fold == 1.5


def test_a_template_shows_what_a_summary_says(tmp_path: Path) -> None:
    """Whoever takes the marks away has a summary that is read; nobody's is there before."""
    template(tmp_path)
    assert declarations(tmp_path)[0].summary == Summary()
    path = tmp_path / "study.yaml"
    head, rest = path.read_text(encoding="utf-8").split("# summary:\n")
    lines, after = rest.split("\n\n", 1)
    marked = [line.removeprefix("# ") for line in ("# summary:\n" + lines).splitlines()]
    path.write_text(head + "\n".join(marked) + "\n\n" + after, encoding="utf-8")
    study, mistakes = declarations(tmp_path)
    assert not mistakes
    assert study.summary.words[0].name["de"] == "Menschen mit Fibromyalgie"
    assert study.summary.registration["en"].startswith("where the study is registered")


def test_the_model_study_says_in_every_language_that_it_is_invented(virtual: VirtualStudy) -> None:
    summary = virtual.study.summary
    for part in STATED:
        assert set(getattr(summary, part)) == set(LANGUAGES), part
    for code, invented in INVENTED.items():
        assert all(invented in getattr(summary, part)[code] for part in ("why", "next", "paid_by"))


STATED = tuple(part for part in PARTS if part != "more")
"""What the demo states: where more can be read is the report, which the page says by itself."""
INVENTED: dict[LanguageCode, str] = {
    "en": "invented",
    "de": "erfunden",
    "fr": "inventée",
    "es": "inventado",
    "ja": "架空",
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_model_study_lacks_no_word(virtual: VirtualStudy, code: LanguageCode) -> None:
    words = coverage(virtual.study, code)
    own = {term.id for term in words.terms if term.is_own(code)}
    assert own == {"FM", "HC", "iMG", "ATP", "VAS", "HADS_A", "HADS_D", "QOL"}
    assert (words.without_word, words.unexplained, words.not_stated) == ((), (), ())


def test_the_model_study_is_told_in_short_sentences(virtual: VirtualStudy) -> None:
    texts = [getattr(virtual.study.summary, part)["en"] for part in STATED]
    texts += [word.meaning["en"] for word in virtual.study.summary.words if word.meaning]
    sentences = [each for text in texts for each in re.split(r"(?<=[.?]) ", text)]
    assert len(sentences) > 15
    assert max(len(sentence.split()) for sentence in sentences) <= 25


def test_words_stand_only_for_what_a_study_names() -> None:
    small = ModelStudy(patients=2, controls=2, plates=1, tubes=1, scales=())
    study = model_study(small, rng=np.random.default_rng(1)).study
    assert [word.id for word in study.summary.words] == ["FM", "HC", "iMG", "ATP"]

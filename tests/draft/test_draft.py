"""A study drafted from its files: what they tell, and nothing that they do not."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from examples import EXAMPLES
from plate_exports import matrix, text

from benchmarks.intake.drafted import changed_lines
from exvivo.cli import main
from exvivo.draft import draft
from exvivo.draft.matrices import propose
from exvivo.draft.recognise import recognise
from exvivo.errors import StudyError, UserMistake
from exvivo.gather import gather
from exvivo.read import READERS
from exvivo.study import Study
from exvivo.study.load import examine, read_study_file
from exvivo.study.name_patterns import pattern_trouble
from exvivo.study.nodes import Caster, compose

DONORS = ("K01", "K02", "G01", "G02")
STIMULI = ("medium", "R848")
ANSWERED = """\
cell_types:
  - {id: MDM, name: macrophages}
questions:
  - {id: more, ask: difference, groups: [K, G], assays: [mrna], analytes: [TNF], stimulus: R848}
"""


def cq_table(donors: tuple[str, ...] = DONORS, stimuli: tuple[str, ...] = STIMULI) -> str:
    """A plain table of Cq whose names say everything."""
    lines = ["Well,Sample,Target,Cq,Task"]
    names = [f"{donor} {stimulus}" for donor in donors for stimulus in stimuli]
    for row, (target, cq) in enumerate((("TNFa", 24.0), ("HPRT", 20.0), ("ActB", 18.0))):
        for column, name in enumerate(names, start=1):
            shift = 0.1 * (column % 3) * (row + 1)
            lines.append(f"{'ABC'[row]}{column},{name},{target},{cq + shift},UNKNOWN")
        lines.append(f"{'ABC'[row]}12,NTC,{target},,NTC")
    return "\n".join(lines) + "\n"


def elisa(donors: tuple[str, ...] = DONORS, times: int = 2, down: bool = True) -> dict[str, float]:
    """The wells of an ELISA: standards in columns 1 and 2, then each sample so many times."""
    rng = random.Random(1)
    values = {}
    for row, letter in enumerate("ABCDEFGH"):
        for column in (1, 2):
            values[f"{letter}{column}"] = 2.4 / 1.7**row * (1 + 0.02 * rng.random())
    wells = [f"{letter}{column}" for column in range(3, 13) for letter in "ABCDEFGH"]
    if not down:
        wells = [f"{letter}{column}" for letter in "ABCDEFGH" for column in range(3, 13)]
    samples = [level for _ in donors for level in (0.2, 1.1)]
    readings = [level * (1 + 0.4 * rng.random()) for level in samples]
    repeated = [level * (1 + 0.02 * rng.random()) for level in readings for _ in range(times)]
    filled = dict(zip(wells, repeated, strict=False))
    return values | filled | {well: 0.045 for well in wells if well not in filled}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "run 1.csv").write_text(cq_table())
    (folder / "ELISA IL-6.csv").write_text(text(matrix(elisa())))
    (folder / "notes.txt").write_text("Thawed the cells on Monday.\n")
    return folder


def asked(folder: Path) -> str:
    """The open questions of a draft, one a line."""
    study, _ = read_study_file(folder)
    return "\n".join(question.ask for question in study.open)


def answer(folder: Path, changes: Mapping[str, str], more: str = "") -> None:
    """Answer every question: change these lines, and delete the questions."""
    path = folder / "study.yaml"
    written = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert written.count(old) == 1, old
        written = written.replace(old, new)
    head, _, tail = written.partition("\nopen:\n")
    path.write_text(head + "\n" + "".join(tail.partition("\n\n")[1:]) + more, encoding="utf-8")


def test_a_draft_holds_what_files_tell_and_asks_the_rest(raw: Path, tmp_path: Path) -> None:
    drafted = draft(tmp_path / "study", raw)
    study = drafted.study
    assert [group.id for group in study.groups] == ["K", "G"]
    assert [(each.id, each.control) for each in study.stimuli] == [
        ("medium", True),
        ("R848", False),
    ]
    assert [analyte.id for analyte in study.analytes] == ["TNF", "IL6"]
    qpcr, elisa_il6 = study.assays
    assert qpcr.cq == "vendor"  # type: ignore[union-attr]  # its file holds no curve
    assert (qpcr.references, qpcr.targets) == (("HPRT", "ActB"), {"TNFa": "TNF"})  # type: ignore[union-attr]
    assert elisa_il6.standards == {}  # type: ignore[union-attr]
    assert study.plates[0].samples == "{donor} {stimulus}"
    assert [file for file, _ in drafted.unread] == ["notes.txt"]
    assert "notes.txt" in (tmp_path / "study" / "study.yaml").read_text()
    questions = asked(tmp_path / "study")
    for words in (
        "Are K and G the groups",
        'Is "medium" the control?',
        "HPRT (geNorm M",
        "Are the samples of run 1.csv on E1",
        "What amounts have the standards Std1 to Std8",
        "diluted?",
        "What were the cells?",
    ):
        assert words in questions
    assert len(study.open) == 8


def test_check_repeats_the_questions_until_they_are_answered(raw: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    draft(folder, raw)
    with pytest.raises(UserMistake) as refused:
        gather(folder)
    said = [mistake.found for mistake in refused.value.mistakes]
    assert said[:8] == asked(folder).splitlines()
    assert "how many cycles" in said[8]
    assert len(said) == 9
    answer(
        folder,
        {
            "analyte: IL6}": "analyte: IL6, standards: {Std1: 500, Std2: 250, Std3: 125, Std4: 60, "
            "Std5: 30, Std6: 15, Std7: 7, Std8: 0}, dilutions: {medium: 1, R848: 4}}",
            "kind: qpcr, ": "kind: qpcr, cycles: 40, ",
        },
        ANSWERED,
    )
    wells = gather(folder).wells
    of_elisa = wells.filter(plate="E1")
    assert of_elisa.filter(well="A1")["nominal"].to_list() == [500]
    assert of_elisa.filter(well="H1").select("role", "nominal").row(0) == ("blank", 0)
    assert of_elisa.filter(stimulus="R848")["dilution"].unique().to_list() == [4]
    assert of_elisa.filter(stimulus="medium")["dilution"].unique().to_list() == [1]
    of_cq = wells.filter(plate="Q1", well="B3").select("donor", "group", "stimulus")
    assert of_cq.row(0) == ("K02", "K", "medium")
    assert wells.filter(plate="Q1", role="ntc").height == 3


def test_nothing_is_stated_that_nothing_told(tmp_path: Path) -> None:
    raw, folder = tmp_path / "files", tmp_path / "study"
    raw.mkdir()
    (raw / "q.csv").write_text(cq_table(("P1", "P2", "P3", "P4"), ("R848", "CpG")))
    study = draft(folder, raw).study
    assert study.groups == ()
    assert not any(stimulus.control for stimulus in study.stimuli)
    groups = pl.read_csv(folder / "donors.csv", comment_prefix="#")["group"]
    assert groups.null_count() == 4
    assert "Which group is P1? And the 3 others?" in asked(folder)
    assert "Which is the control: R848 or CpG?" in asked(folder)
    said = CliRunner().invoke(main, ["check", str(folder)])
    assert said.exit_code == 2
    assert "traceback" not in said.output.lower()


def test_words_that_are_no_ids_keep_their_name(tmp_path: Path) -> None:
    raw, folder = tmp_path / "files", tmp_path / "study"
    raw.mkdir()
    (raw / "q.csv").write_text(cq_table(stimuli=("medium", "LPS+tofa")))
    (raw / "IL-6.csv").write_text(text(matrix(elisa())))
    study = draft(folder, raw).study
    assert [(each.id, each.name) for each in study.stimuli] == [
        ("medium", "medium"),
        ("LPS tofa", "LPS+tofa"),
    ]
    examined = examine(folder)
    assert set(examined.study.layout["stimulus"].drop_nulls()) == {"medium", "LPS tofa"}
    with pytest.raises(UserMistake) as refused:
        gather(folder)
    assert "made in another way" not in str(refused.value)


def test_a_table_of_donors_tells_the_groups(raw: Path, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text(
        "Patient ID;Diagnosis;Age\nK01;gout;50\nK02;gout;61\nG01;none;47\nG07;none;52\n"
    )
    folder = tmp_path / "study"
    draft(folder, raw, donors=table)
    rows = pl.read_csv(folder / "donors.csv", comment_prefix="#").rows()
    assert rows == [
        ("K01", "gout", 50),
        ("K02", "gout", 61),
        ("G01", "none", 47),
        ("G07", "none", 52),
        ("G02", None, None),
    ]
    questions = asked(folder)
    assert "Is the column `Diagnosis` of people.csv the group?" in questions
    assert "Who are G02? Measured, and not in people.csv." in questions
    assert "Were G07 measured?" in questions


def test_a_table_of_donors_may_have_a_title_and_ids_with_signs(tmp_path: Path) -> None:
    """As patients.xlsx of a clinic: a line of words above the header, and `GO-01` for an id."""
    donors = ("GO-01", "GO-02", "HC-01")
    files = tmp_path / "raw"
    files.mkdir()
    (files / "run.csv").write_text(cq_table(donors, ("medium 4h", "R848 1 µM 4h", "R848 5 µM 4h")))
    table = tmp_path / "patients.csv"
    lines = ["Gout and healthy;", "Patient;Diagnosis", *(f"{each};{each[:2]}" for each in donors)]
    table.write_text("\n".join(lines) + "\n")
    study = draft(tmp_path / "study", files, donors=table).study
    assert study.plates[0].samples == "{donor} {stimulus}"
    assert [each.name for each in study.stimuli] == ["medium 4h", "R848 1 µM 4h", "R848 5 µM 4h"]
    questions = asked(tmp_path / "study")
    assert "Who are" not in questions
    assert "measured?" not in questions


def test_the_next_plates_are_nearly_free(raw: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    draft(first, raw)
    amounts = ", ".join(f"Std{number}: {512 / 2**number}" for number in range(1, 9))
    changes = {
        "analyte: IL6}": f"analyte: IL6, standards: {{{amounts}}}}}",
        "kind: qpcr, ": "kind: qpcr, cycles: 40, ",
    }
    answer(first, changes, ANSWERED)
    more = tmp_path / "more"
    more.mkdir()
    donors = ("K03", "K04", "G03", "G04")
    (more / "run 2.csv").write_text(cq_table(donors))
    (more / "IL-6 second.csv").write_text(text(matrix(elisa(donors))))
    study = draft(second, more, like=first).study
    before, _ = read_study_file(first)
    assert study.assays == before.assays
    assert study.questions == before.questions
    questions = asked(second).splitlines()
    assert len(questions) == 2
    assert questions[0].startswith("Are K and G the groups")
    assert "Are the samples of run 2.csv on E1" in questions[1]
    answer(second, {})
    assert gather(second).wells.filter(plate="E1", well="A1")["nominal"].to_list() == [256]


@pytest.mark.parametrize("down", [True, False])
def test_a_matrix_takes_the_samples_of_its_sister(down: bool) -> None:
    sister = [(donor, stimulus) for donor in DONORS for stimulus in STIMULI]
    proposal = propose(elisa(down=down), {"run 1.csv": sister})
    assert proposal.standards[0] == ("A1", "A2")
    assert proposal.direction == ("down" if down else "across")
    assert [sample for _, sample, _ in proposal.samples[::2]] == sister
    assert len(proposal.empty) == 80 - 16


def test_a_matrix_is_not_guessed() -> None:
    sister = [(donor, stimulus) for donor in DONORS for stimulus in STIMULI]
    once = propose(elisa(times=1), {"run 1.csv": sister})
    assert not once.samples
    assert len(once.unknown) == 80
    fewer = propose(elisa(), {"run 1.csv": sister[:-1]})
    assert not fewer.samples
    two = propose(elisa(), {"run 1.csv": sister, "run 2.csv": sister[::-1]})
    assert not two.samples
    values = elisa()
    wells = [well for well in values if well[1:] not in ("1", "2") and values[well] > 0.1]
    mixed = [values[well] for well in wells]
    random.Random(3).shuffle(mixed)
    shuffled = values | dict(zip(wells, mixed, strict=True))
    assert not propose(shuffled, {"run 1.csv": sister}).samples
    no_standards = dict.fromkeys(values, 0.5)
    assert not propose(no_standards, {"run 1.csv": sister}).standards


def test_names_of_standards_give_amounts_only_where_they_are_amounts(tmp_path: Path) -> None:
    def nominals(*names: str) -> list[float]:
        raw, folder = (tmp_path / f"{what}{len(names)}{names[0][:5]}" for what in ("raw", "study"))
        raw.mkdir()
        lines = ["well,sample,analyte,signal"]
        lines += [f"A{n},{name},IL6,{n * 10}" for n, name in enumerate(names, start=1)]
        lines += [f"B{n},{d} medium,IL6,{n}" for n, d in enumerate(DONORS, start=1)]
        lines += [f"C{n},{d} R848,IL6,{n}" for n, d in enumerate(DONORS, start=1)]
        (raw / "plate.csv").write_text("\n".join(lines) + "\n")
        draft(folder, raw)
        layout = folder / "plates/E1.csv"
        return pl.read_csv(layout)["nominal"].to_list() if layout.exists() else []

    assert nominals("Std 1000", "Std 250", "Std 62.5") == [1000, 250, 62.5]
    assert nominals("Std 2 ng/mL", "Std 1 ng/mL") == [2, 1]
    assert nominals("Std 1", "Std 2", "Std 3", "Std 5") == []
    assert (
        nominals("Std 2 ng/mL", "Std 500 pg/mL", "Std 1 ng/mL", "Std 9 pg/mL", "Std 3 ng/mL") == []
    )


def test_nothing_is_written_over_and_mistakes_have_a_cure(raw: Path, tmp_path: Path) -> None:
    def refusal(folder: Path, files: Path, donors: Path | None = None) -> str:
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(StudyError) as refused:
            draft(folder, files, donors=donors)
        assert sorted(tmp_path.rglob("*")) == before
        return str(refused.value)

    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.docx").write_text("x")
    assert "thesis.docx" in refusal(full, raw)
    assert "no such folder" in refusal(tmp_path / "new", tmp_path / "absent")
    assert "within" in refusal(raw / "study", raw)
    only = tmp_path / "only"
    only.mkdir()
    (only / "notes.txt").write_text("nothing\n")
    assert "no instrument file (notes.txt: a text or table" in refusal(tmp_path / "new", only)
    assert "no such file" in refusal(tmp_path / "new", raw, tmp_path / "nobody.csv")
    own = tmp_path / "own"
    shutil.copytree(raw, own / "raw")
    (own / "donors.csv").write_text("donor,group\nK01,K\n")
    assert "donors.csv" in refusal(own, own / "raw", own / "donors.csv")


def test_raw_files_stay_where_they_lie_in_the_study(raw: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(raw, folder / "machines/2026")
    study = draft(folder, folder / "machines/2026").study
    assert study.plates[0].file == "machines/2026/run 1.csv"
    assert not (folder / "raw").exists()


def test_the_command_says_what_each_file_is(raw: Path, tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["new", str(tmp_path / "s"), "--from", str(raw)])
    assert said.exit_code == 0, said.output
    assert "Q1 (mrna): run 1.csv" in said.output
    assert "Not read: notes.txt" in said.output
    assert "8 questions that the files do not answer" in said.output
    as_json = ["new", str(tmp_path / "t"), "--from", str(raw), "--json"]
    facts = json.loads(CliRunner().invoke(main, as_json).output)
    assert len(facts["open"]) == 8
    alone = CliRunner().invoke(main, ["new", str(tmp_path / "u"), "--like", str(tmp_path)])
    assert alone.exit_code == 2


def test_every_format_is_recognised_by_its_content(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    for number, example in enumerate(EXAMPLES.values()):
        (raw / str(number)).mkdir(parents=True)
        (raw / str(number) / f"export{example.suffix}").write_bytes(example.content)
    recognised = recognise(raw, lambda step: None)
    formats = {plate.file.split("/")[0]: plate.format for plate in recognised.plates}
    names = {reader.id: reader.name for reader in READERS}
    one_well = {reader.id for reader in READERS if reader.one_well}
    for number, example in enumerate(EXAMPLES.values()):
        if example.reader not in one_well:
            assert formats[str(number)] == names[example.reader]
    assert len(recognised.tubes) == 1
    assert [file.split("/")[1] for file, _ in recognised.unread] == ["export.csv"]
    drafted = draft(tmp_path / "study", raw)
    assert len(drafted.study.plates) == len(recognised.plates) + 1
    ids = [assay.id for assay in drafted.study.assays]
    assert len(set(ids)) == len(ids)


def test_lines_are_counted_as_a_person_types_them() -> None:
    assert changed_lines("a\nb\nc\n", "a\nB2\nc\nd\n") == (2, 0)
    assert changed_lines("a\nb\nc\n", "a\n") == (0, 2)


def test_the_study_of_two_plates_is_drafted_as_it_was_written(
    shared_data: Path, tmp_path: Path
) -> None:
    by_hand = shared_data / "faults/intake/study"
    drafted = draft(tmp_path / "s", by_hand / "raw", donors=by_hand / "donors.csv")
    files = {plate.id: plate.file for plate in drafted.study.plates}
    ours = examine(tmp_path / "s").study.layout
    theirs = examine(by_hand).study
    for plate in theirs.plates:
        own = next(name for name, file in files.items() if file == plate.file)
        if own.startswith("Q"):
            continue
        columns = ["well", "donor", "stimulus", "replicate"]
        expected = theirs.layout.filter(plate=plate.id, role="sample").select(columns)
        got = ours.filter(plate=own, role="sample").select(columns)
        assert got.sort("well").equals(expected.sort("well"))


@pytest.mark.parametrize(
    "files",
    [
        "qpcr/quantstudio_txt/example02.txt",
        "qpcr/cfx/htqpcr_cfx_sample.txt",
        "qpcr/rdml_vendors/stepone_std.rdml",
        "luminex/xponent_2014_missing_value.csv",
        "beads/legendplex/K2-C07-A7.fcs",
        "plate_reader/softmax_absorbance.txt",
    ],
)
def test_real_files_are_drafted_without_a_fault(
    files: str, shared_data: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    shutil.copy(shared_data / files, raw)
    study = draft(tmp_path / "s", raw).study
    assert study.plates
    assert not any(stimulus.control for stimulus in study.stimuli)
    with pytest.raises(UserMistake):
        gather(tmp_path / "s")


def test_the_examples_of_the_page_are_read() -> None:
    page = (Path(__file__).parents[2] / "docs/howto/from-your-files.md").read_text("utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
    given = "exvivo: 1\ntitle: A study\ngroups: []\nanalytes: []\n" + "".join(blocks)
    caster = Caster("page")
    study = caster.cast(compose(given, file="page"), Study)
    assert not caster.mistakes
    assert study is not None
    assert [pattern_trouble(plate.samples) for plate in study.plates] == ["", ""]

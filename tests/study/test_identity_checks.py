"""What a question of identity may say: evidence by the checklist of its cells, a condition in its
own words; and a study of expression alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jsonschema
import polars as pl
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from exvivo import record
from exvivo.cli import main
from exvivo.errors import StudyError
from exvivo.flagged import Scope
from exvivo.gather import gather
from exvivo.history.compared import question_changes
from exvivo.run import run
from exvivo.study import Identity, load
from exvivo.study.instrument_files import files_of_study
from exvivo.study.load import examine
from exvivo.study.schema import json_schema

ALONE = """\
exvivo: 1
title: Cells alone
groups: [{id: A, name: people}]
cell_types: [{id: iMG, name: microglia-like cells}]
questions:
  - id: who
    ask: identity
    cell_type: iMG
    like: microglia
    profiles: raw/profiles.csv
    references: raw/references.csv
    scale: log2
"""
MEASURED = """\
  - {id: eats, ask: difference, groups: [A, B], assays: [uptake], analytes: [TNF], cell_type: iMG}
  - {id: others, ask: difference, groups: [A, B], assays: [uptake], analytes: [TNF], cell_type: MDM}
"""
WITH_PLATES = (
    ALONE.replace("[{id: A, name: people}]", "[{id: A, name: people}, {id: B, name: others}]")
    .replace("microglia-like cells}]", "microglia-like cells}, {id: MDM, name: macrophages}]")
    .replace(
        "questions:\n",
        "stimuli: [{id: none, name: nothing given, control: true}, {id: ATP, name: ATP}]\n"
        "analytes: [{id: TNF}]\n"
        "assays: [{id: uptake, kind: results, sample: sample}]\n"
        "questions:\n",
    )
)
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes study.yaml beside three donors and tables of twelve genes."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "donors.csv").write_text("donor,group\nP1,A\nP2,A\nP3,A\n")
    genes = range(12)
    own = "".join(f"G{n},{n},{n + 0.1},{n - 0.1}\n" for n in genes)
    cells = "".join(f"G{n},{n},{n + 0.2},{2 * n},{2 * n + 0.3}\n" for n in genes)
    (tmp_path / "raw/profiles.csv").write_text("gene,P1,P2,P3\n" + own)
    header = "gene,microglia:1,microglia:2,monocyte:1,monocyte:2\n"
    (tmp_path / "raw/references.csv").write_text(header + cells)

    def written(text: str) -> Path:
        (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return written


def found(folder: Path) -> list[str]:
    return [each.found for each in examine(folder).mistakes]


def test_a_study_of_expression_alone_needs_no_plates(write: Write) -> None:
    study = load(write(ALONE))
    assert (study.analytes, study.assays, study.plates) == ((), (), ())
    jsonschema.validate(YAML(typ="safe").load(ALONE), json_schema())


def test_a_measured_question_still_needs_its_assay(write: Write) -> None:
    asked = (
        ALONE + "  - {id: more, ask: difference, groups: [A, A], assays: [q], analytes: [TNF]}\n"
    )
    assert [each for each in found(write(asked)) if "assay `q`" in each or "analyte `TNF`" in each]


def test_every_command_works_on_it(write: Write) -> None:
    folder = write(ALONE)
    for command in ("lock", "run", "history", "verify"):
        ran = CliRunner().invoke(main, [command, str(folder)])
        assert ran.exit_code == 0, ran.output
    report = (folder / "results/report.html").read_text(encoding="utf-8")
    assert "No plate was measured" not in report
    assert "genes" in report and "0 wells" not in report


def test_tables_of_expression_are_data_that_a_lock_comes_after(
    write: Write, tmp_path: Path
) -> None:
    (tmp_path / "raw/whose.csv").write_text("sample,batch\nP1,b\n")
    folder = write(ALONE.replace("scale:", "samples: raw/whose.csv\n    scale:"))
    late = record.lock(folder)
    assert late.expression_files == 3 and late.other_files == 0 and not late.before_data
    for name in ("raw/profiles.csv", "raw/references.csv", "raw/whose.csv"):
        (folder / name).unlink()
    early = record.lock(folder)
    assert early.expression_files == 0 and early.before_data


@pytest.mark.parametrize("field", ["profiles", "references"])
def test_a_table_elsewhere_on_this_computer_is_let_in_by_raw_roots_alone(
    write: Write, field: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("share")
    text = ALONE.replace(f"raw/{field}.csv", f"{elsewhere}/{field}.csv")
    folder = write(text)
    (folder / f"raw/{field}.csv").rename(elsewhere / f"{field}.csv")
    with pytest.raises(StudyError) as caught:
        load(folder)
    (mistake,) = caught.value.mistakes
    assert "a path from the root of this computer" in mistake.found
    assert f"write `{field}: raw/{field}.csv`" in mistake.cure
    load(write(f"{text}raw_roots: [{elsewhere}]\n"))
    run(folder)


def test_what_needs_wells_says_what_to_do_in_their_place(write: Write) -> None:
    folder = write(ALONE)
    out = CliRunner().invoke(main, ["exclude", str(folder), "--donor", "P1", "--reason", "moved"])
    assert out.exit_code == 2 and "columns, which you take out of it" in out.output
    gone = CliRunner().invoke(main, ["withdraw", str(folder), "P2", "--preview"])
    assert gone.exit_code == 2 and "samples of P2: P2" in gone.output


def test_people_too_few_to_be_handed_on_are_named_as_such(write: Write) -> None:
    folder = write(ALONE)
    run(folder)
    told = CliRunner().invoke(main, ["share", str(folder), "--for", "public"])
    assert told.exit_code == 0, told.output
    assert "Nothing is told of people: fewer than 5 people" in told.output
    assert "of 0 people" not in told.output
    page = (folder / "shared-public/report.html").read_text(encoding="utf-8")
    assert "There is no answer that can be told here." in page
    assert "There are ." not in page and "No plate was measured" not in page
    assert "(k = 0)" not in page


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("power", "questions of identity alone"),
        ("layout", "questions of identity alone, which tables of expression answer"),
    ],
)
def test_a_plan_says_that_likeness_has_none(write: Write, command: str, found: str) -> None:
    told = CliRunner().invoke(main, ["plan", command, str(write(ALONE))])
    assert told.exit_code == 2 and found in told.output
    assert "write the question" in told.output or "no plate is needed" in told.output


@pytest.mark.parametrize("like", ["microglia", '"microglia, LPS"'])
def test_like_may_name_a_condition(write: Write, like: str) -> None:
    assert found(write(ALONE.replace("like: microglia", f"like: {like}"))) == []


def test_a_condition_is_a_word_of_ones_own(write: Write) -> None:
    study = load(write(ALONE + "    condition: LPS 24 h\n"))
    (question,) = study.questions
    assert isinstance(question, Identity) and question.condition == "LPS 24 h"


@pytest.mark.parametrize("word", ["none", "nothing given", "Nothing Given"])
def test_the_control_is_no_condition(write: Write, word: str) -> None:
    folder = write(WITH_PLATES + f"    condition: {word}\n")
    assert found(folder) == [f"`{word}`, the control condition"]
    assert found(write(WITH_PLATES + "    condition: ATP\n")) == []


def with_evidence(*entries: str, like: str = "microglia") -> str:
    listed = "".join(f"      - {entry}\n" for entry in entries)
    text = WITH_PLATES.replace("like: microglia", f"like: {like}")
    return f"{text}    evidence:\n{listed}{MEASURED}"


SOUND = ("{item: phagocytosis, question: eats}", "{item: phagocytosis, note: notebook 12}")


def test_evidence_names_items_of_the_checklist(write: Write) -> None:
    text = with_evidence(*SOUND)
    assert found(write(text)) == []
    jsonschema.validate(YAML(typ="safe").load(text), json_schema())


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{item: phagocitosis, note: x}", "(did you mean `phagocytosis`?), not in the checklist"),
        ("{item: phagocytosis}", "with neither `question` nor `note`"),
        ('{item: phagocytosis, note: " "}', "with neither `question` nor `note`"),
        ("{item: phagocytosis, question: eat}", "question `eat` (did you mean `eats`?)"),
        ("{item: phagocytosis, question: who}", "another question of identity"),
        ("{item: phagocytosis, question: others}", "`others`, a question about MDM"),
    ],
)
def test_evidence_that_shows_nothing_is_refused(write: Write, entry: str, expected: str) -> None:
    (mistake,) = examine(write(with_evidence(entry))).mistakes
    assert expected in mistake.found
    assert mistake.where.startswith("study.yaml:")


def test_the_same_evidence_twice_is_refused(write: Write) -> None:
    (mistake,) = examine(write(with_evidence(SOUND[0], SOUND[0]))).mistakes
    assert mistake.found == "`phagocytosis` again"


def test_a_change_of_evidence_is_told_in_words(write: Write) -> None:
    before = examine(write(with_evidence(*SOUND))).study.questions
    later = write(with_evidence("{item: phagocytosis, note: notebook 13}"))
    after = examine(later).study.questions
    (change,) = question_changes(before, after)
    assert change.before == ("phagocytosis (eats)", "phagocytosis (notebook 12)")
    assert change.after == ("phagocytosis (notebook 13)",)


def test_cells_without_a_checklist_have_no_evidence(write: Write) -> None:
    """Neither the cells they are said to be like nor their own name is one that the catalog has."""
    text = with_evidence(SOUND[0], like="my_cells")
    text = text.replace("microglia-like cells", "my own cells").replace("iMG", "mine")
    (mistake,) = examine(write(text)).mistakes
    assert "without a checklist" in mistake.found and "microglia" in mistake.expected


def test_further_files_are_walled_and_on_record(write: Write) -> None:
    more = "    samples: raw/samples.csv\n    gene_names: raw/hgnc.txt\n"
    folder = write(ALONE + more)
    study = examine(folder).study
    assert {"raw/samples.csv", "raw/hgnc.txt"} <= {*files_of_study(study, examine(folder).sources)}
    for name, said in {"/etc/passwd": "/etc/passwd", "../s.csv": "../s.csv"}.items():
        mistakes = found(write(ALONE + f"    samples: {name}\n"))
        assert any(said in each for each in mistakes), mistakes
    again = found(write(ALONE + "    samples: raw/profiles.csv\n"))
    assert again == ["raw/profiles.csv again"]


def test_a_study_with_a_slip_is_not_loaded(write: Write) -> None:
    with pytest.raises(StudyError, match="checklist"):
        load(write(with_evidence("{item: nothing, note: x}")))


@pytest.mark.parametrize(
    ("named", "meant"),
    [("human myeloid", "human myeloid cells"), ("microglia", "human microglia"), ("x", "")],
)
def test_a_panel_that_is_none_is_one_mistake(write: Write, named: str, meant: str) -> None:
    """Names of cells are no panels; and no file of that name is looked for."""
    hint = f" (did you mean `{meant}`?)" if meant else ""
    folder = write(f"{ALONE}    markers: {named}\n")
    with pytest.raises(StudyError) as told:
        gather(folder)
    assert [each.found for each in told.value.mistakes] == [f"panel `{named}`{hint}"]


def with_dates(folder: Path) -> Path:
    """The study, two genes of whose cultured cells are dates; with a column of annotation."""
    own = folder / "raw/profiles.csv"
    lines = own.read_text().splitlines()
    rows = [*lines[1:], "1-Mar,1,2,3", "2-Sep,3,2,1"]
    text = [f"{lines[0]},length", *(f"{row},100" for row in rows)]
    own.write_text("\n".join(text) + "\n")
    return folder


def test_genes_lost_to_dates_are_told_by_check(write: Write) -> None:
    """As something to look at, by the questions that rest on them; the rest as a note."""
    folder = with_dates(write(ALONE))
    told = {flag.severity: flag for flag in gather(folder).flags}
    assert {"look", "note"} <= set(told)
    assert told["look"].what == "not read: rows 1-Mar, 2-Sep"
    assert told["look"].scope == Scope(questions=("who",)) and told["note"].scope is None
    assert told["look"].row == told["note"].row == "raw/profiles.csv"
    out = CliRunner().invoke(main, ["check", str(folder)])
    assert out.exit_code == 0
    assert "not read: rows 1-Mar, 2-Sep" in out.output and "not read: column length" in out.output
    assert "export the table again without a spreadsheet" in out.output


def test_a_run_tells_them_once(write: Write) -> None:
    folder = with_dates(write(ALONE))
    out = CliRunner().invoke(main, ["run", str(folder)])
    assert "look: raw/profiles.csv: not read: rows 1-Mar, 2-Sep" in " ".join(out.output.split())
    flags = pl.read_parquet(folder / "results/tables/flags.parquet")
    assert flags["what"].str.contains("1-Mar").sum() == 1

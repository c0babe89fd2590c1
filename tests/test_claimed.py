"""The door for texts that people write: what it reads, what it refuses, and what the command does
with it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hand_checked import SPUN, hand_checked

import exvivo
from exvivo import claimed, share
from exvivo.claim_records import CheckedText
from exvivo.claimed import LARGEST_TEXT, check_bytes, check_file, check_text
from exvivo.cli import main
from exvivo.errors import StoreError, StudyError
from exvivo.findings import Finding
from exvivo.store import blind
from exvivo.study import Study
from exvivo.tell import shown_of

BORNE_OUT = "After ATP, the cells of people with fibromyalgia had more TNF mRNA on average.\n"
SPIN = "TNF from microglia causes the pain of fibromyalgia.\n"


@pytest.fixture(scope="module")
def folder(demo: exvivo.Result) -> Path:
    return demo.report.parents[1]


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch, demo: exvivo.Result) -> None:
    """The check of the package replaced by records made by hand."""

    def check(text: str, study: Study, findings: list[Finding], *, name: str) -> CheckedText:
        del text, study, findings
        made = hand_checked(shown_of(demo.findings))
        return CheckedText(name, made.sentences)

    monkeypatch.setattr("exvivo.claims.check", check)


def exvivo_claims(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["claims", *map(str, arguments)])


def written(folder: Path, text: str, name: str = "press.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_borne_out_text_exits_with_0_and_a_stronger_one_with_1(
    folder: Path, tmp_path: Path
) -> None:
    said = exvivo_claims(written(tmp_path, BORNE_OUT), "--study", folder)
    assert said.exit_code == 0, said.output
    assert "● borne out" in said.stdout and "▲" not in said.stdout
    said = exvivo_claims(written(tmp_path, SPIN), "--study", folder)
    assert said.exit_code == 1, said.output
    assert "▲ stronger" in said.stdout and "“causes”" in said.stdout


def test_the_page_of_the_docs_shows_what_is_printed(folder: Path, tmp_path: Path) -> None:
    page = Path(__file__).parents[1] / "docs" / "howto" / "check-a-text.md"
    text = page.read_text(encoding="utf-8")
    (example,) = re.findall(r"```markdown\n(.*?)```", text, flags=re.DOTALL)
    shown = re.findall(r"```text\n(▲.*?)\n\n(●.*?)```", text, flags=re.DOTALL)
    said = exvivo_claims(written(tmp_path, example), "--study", folder)
    printed = " ".join(said.stdout.split())
    for part in shown[0]:
        assert " ".join(part.split()) in printed


def test_the_study_may_be_the_folder_one_is_in(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = written(tmp_path, SPIN)
    monkeypatch.chdir(folder)
    assert exvivo_claims(text).exit_code == 1


@pytest.mark.usefixtures("by_hand")
def test_json_is_for_programs_and_has_the_same_exit_codes(folder: Path, tmp_path: Path) -> None:
    said = exvivo_claims(written(tmp_path, "TNF."), "--study", folder, "--json")
    assert said.exit_code == 1
    content = json.loads(said.stdout)
    assert (content["text"], content["stronger"]) == ("press.md", len(SPUN))
    assert content["simulated"] is True and content["run"] and content["version"]


@pytest.mark.usefixtures("by_hand")
def test_the_page_is_written_where_it_is_asked_for_and_over_its_own(
    folder: Path, tmp_path: Path
) -> None:
    text, page = written(tmp_path, "TNF."), tmp_path / "check.html"
    for _ in range(2):
        said = exvivo_claims(text, "--study", folder, "--html", page)
        assert said.exit_code == 1 and f"Page: {page}" in said.stdout
    assert "Check of press.md" in page.read_text(encoding="utf-8")
    assert b"\r" not in page.read_bytes()


@pytest.mark.usefixtures("by_hand")
def test_the_page_is_never_written_over_something_else(folder: Path, tmp_path: Path) -> None:
    text = written(tmp_path, "TNF.", "press.html")
    other = written(tmp_path, "<p>mine</p>", "other.html")
    for place in (text, other, tmp_path, folder / "results" / "check.html"):
        said = exvivo_claims(text, "--study", folder, "--html", place)
        assert said.exit_code == 2, place
        assert "--html" in said.stderr
    assert text.read_text() == "TNF." and other.read_text() == "<p>mine</p>"
    assert not (folder / "results" / "check.html").exists()


def test_nothing_of_the_study_is_changed(folder: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    exvivo_claims(written(tmp_path, SPIN), "--study", folder)
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


NO_TEXT: dict[str, tuple[str, bytes, str]] = {
    "Word": ("press.docx", b"PK\x03\x04" + bytes(60), "Plain text in Word"),
    "Word, called text": ("press.txt", b"PK\x03\x04" + bytes(60), "Plain text in Word"),
    "old Word": ("press.doc", b"\xd0\xcf\x11\xe0" + bytes(60), "Plain text in Word"),
    "PDF": ("press.pdf", b"%PDF-1.7\n", "copy its text"),
    "RTF": ("press.rtf", b"{\\rtf1 TNF}", "plain text"),
    "UTF-16": ("press.txt", "TNF.".encode("utf-16"), "UTF-8"),
    "Latin": ("press.txt", "TNF.\nFibromyalgie in Köln.".encode("latin-1"), "press.txt:2"),
    "another ending": ("press.odt", b"TNF.", ".md"),
    "no ending": ("press", b"TNF.", "of no kind"),
    "nothing": ("press.txt", b"\xef\xbb\xbf \n\t\n", "nothing"),
    "NUL": ("press.txt", b"TNF\0 is.", "NUL"),
    "too large": ("press.txt", "é".encode() * (LARGEST_TEXT // 2 + 1), "more than 1 MB"),
}


@pytest.mark.parametrize("case", NO_TEXT)
def test_what_is_no_text_is_refused_with_what_to_do(
    case: str, folder: Path, tmp_path: Path
) -> None:
    name, content, words = NO_TEXT[case]
    (tmp_path / name).write_bytes(content)
    said = exvivo_claims(tmp_path / name, "--study", folder)
    assert said.exit_code == 2, said.output
    assert words in said.stderr
    found = exvivo_claims(tmp_path / name, "--study", folder, "--json")
    (mistake,) = json.loads(found.stdout)["mistakes"]
    assert all(mistake[part].strip() for part in ("where", "found", "expected", "cure"))


def test_a_pasted_text_is_bounded_too(folder: Path) -> None:
    with pytest.raises(StudyError, match="more than 1 MB"):
        check_text("é" * (LARGEST_TEXT // 2 + 1), folder, name="pasted.txt")


def test_a_missing_file_and_a_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    said = exvivo_claims(tmp_path / "none.md", "--study", folder)
    assert said.exit_code == 2 and "none.md" in said.stderr
    assert "a folder" in exvivo_claims(tmp_path, "--study", folder).stderr


OTHER_LANGUAGES = {
    "German": "Bei Menschen mit Fibromyalgie war TNF nach ATP im Mittel höher als bei Gesunden. "
    "Ob TNF mit den Schmerzen zusammenhängt, ist offen.",
    "French": "Chez les personnes atteintes de fibromyalgie, le TNF était plus élevé après ATP. "
    "On ne sait pas si le TNF est lié à la douleur.",
    "Spanish": "En las personas con fibromialgia, el TNF era más alto después de ATP. "
    "No se sabe si el TNF está relacionado con el dolor.",
    "Japanese": "線維筋痛症の人では、ATPを加えた後のTNFが健康な人より高かった。",
}


@pytest.mark.parametrize("name", OTHER_LANGUAGES)
def test_another_language_is_refused_and_never_called_clean(name: str, folder: Path) -> None:
    with pytest.raises(StudyError, match="another language"):
        check_text(OTHER_LANGUAGES[name], folder, name="press.txt")


def test_a_study_without_a_run_is_refused(tmp_path: Path) -> None:
    text = written(tmp_path, SPIN)
    said = exvivo_claims(text, "--study", tmp_path / "nowhere")
    assert said.exit_code == 2 and "exvivo run" in said.stderr
    assert not (tmp_path / "nowhere").exists()


def changed_findings(folder: Path) -> None:
    path = folder / "results" / "tables" / "findings.parquet"
    path.write_bytes(path.read_bytes() + b"\0")


def test_results_that_are_not_as_they_were_written_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "study")
    changed_findings(tmp_path / "study")
    with pytest.raises(StoreError, match=r"findings\.parquet"):
        check_text(SPIN, tmp_path / "study", name="press.txt")


def test_a_blinded_study_is_refused_with_what_to_do(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its results stand under codes, or are of a run before it was blinded."""
    shutil.copytree(folder, tmp_path / "study")
    blind(tmp_path / "study", salt=bytes(32))
    text = written(tmp_path, SPIN)
    said = exvivo_claims(text, "--study", tmp_path / "study")
    assert said.exit_code == 2 and "of a run before that" in said.stderr
    last = replace(share.last_run(folder).run, blinded=True)
    monkeypatch.setattr("exvivo.store.last_run", lambda _: last)
    said = exvivo_claims(text, "--study", folder)
    assert said.exit_code == 2 and "exvivo unblind" in said.stderr


@pytest.mark.parametrize("check", [check_file, check_bytes])
def test_the_ways_in_say_the_same(check: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    path = written(tmp_path, f"{BORNE_OUT}\n{SPIN}")
    of_text = check_text(path.read_text(encoding="utf-8"), folder, name=path.name)
    other = (
        check_file(path, folder)
        if check is check_file
        else check_bytes(path.read_bytes(), folder, name=path.name)
    )
    assert isinstance(other, claimed.Claimed)
    assert other.checked == of_text.checked and other.is_stronger

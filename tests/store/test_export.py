"""The record handed to a third party: whole, signed, and held against the folder later."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from weather import a_run, writer

from exvivo.cli import main
from exvivo.store import keep, record_decision

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen here")


def exvivo(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["record", *map(str, arguments)])


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    keep(folder, run=a_run(), write=writer("one"), texts={"donors.csv": b"donor\nAda L.\n"})
    record_decision(folder, "exclude", {"wells": 3}, {"reason": b"clotted, says Ada"})
    return folder


@pytest.fixture
def file(study: Path, tmp_path: Path) -> Path:
    done = exvivo("export", study, "--to", tmp_path / "record.jsonl")
    assert done.exit_code == 0, done.output
    return tmp_path / "record.jsonl"


def key_of(folder: Path, name: str) -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
    subprocess.run(command, check=True)
    return folder / name


def test_the_hashes_can_be_computed_by_hand_from_the_file_alone(file: Path, study: Path) -> None:
    first, *lines = [json.loads(line) for line in file.read_text().splitlines()]
    before = ""
    for line in lines:
        said = [line["number"], line["kind"], line["recorded"], before, line["states"]]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        assert line["hash"] == hashlib.sha256(text.encode()).hexdigest()
        before = line["hash"]
    assert (first["head"], first["rows"]) == (before, 2)
    assert "Ada" not in file.read_text(), "no text that names a person"
    assert exvivo("export", study).stdout == file.read_text(), "the same bytes, printed or written"


def test_texts_go_along_only_where_they_are_asked_for(study: Path, tmp_path: Path) -> None:
    done = exvivo("export", study, "--to", tmp_path / "all", "--with-texts")
    assert done.exit_code == 0
    told = json.loads(exvivo("check", tmp_path / "all", "--json").stdout)
    assert told["texts"] == 3 and told["rows"] == 2
    lines = (tmp_path / "all").read_text().splitlines()
    (tmp_path / "all").write_text("\n".join([*lines[:-1], lines[-1].replace('4":"', '4":"AA')]))
    assert exvivo("check", tmp_path / "all").exit_code == 2


def _state(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace('\\"version\\":\\"0\\"', '\\"version\\":\\"9\\"'), lines[2]]


@pytest.mark.parametrize(
    "edit",
    [
        _state,
        lambda lines: lines[:2],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[0], lines[2], lines[1]],
        lambda lines: [*lines, lines[2]],
        lambda lines: [*lines, '{"sha256": "00", "base64": ""}'],
        lambda lines: [lines[0].replace('"rows":2', '"rows":3'), *lines[1:]],
        lambda lines: [lines[0].replace('"format":1', '"format":2'), *lines[1:]],
        lambda lines: [lines[0], lines[1].replace('"number":1', '"number":"1"'), lines[2]],
        lambda lines: [lines[0], "[" * 3000, *lines[1:]],
        lambda lines: ["", *lines],
    ],
)
def test_an_edited_file_is_refused(file: Path, edit: Callable[[list[str]], list[str]]) -> None:
    assert exvivo("check", file).exit_code == 0
    lines = file.read_text().splitlines()
    assert edit(lines) != lines
    file.write_text("\n".join(edit(lines)) + "\n")
    done = exvivo("check", file)
    assert done.exit_code == 2 and f"{file}:" in done.stderr, done.output


def test_the_folder_is_held_against_the_file(study: Path, file: Path, tmp_path: Path) -> None:
    assert "none followed since" in exvivo("check", file, study).stdout
    earlier = tmp_path / "earlier"
    shutil.copytree(study, earlier)
    keep(study, run=a_run(), write=writer("two"))
    assert "1 row followed since" in exvivo("check", file, study).stdout
    done = exvivo("export", study, "--to", tmp_path / "later")
    set_back = exvivo("check", tmp_path / "later", earlier)
    assert set_back.exit_code == 2 and "lacks the last 1 row" in set_back.stdout
    keep(earlier, run=a_run(), write=writer("another"))
    rewritten = exvivo("check", tmp_path / "later", earlier)
    assert rewritten.exit_code == 2 and "differs from row 3 on" in rewritten.stdout
    assert done.exit_code == 0 and exvivo("check", file, earlier).exit_code == 0


def test_nothing_is_written_over_and_a_folder_without_a_record_is_refused(
    study: Path, file: Path, tmp_path: Path
) -> None:
    before = file.read_bytes()
    refused = exvivo("export", study, "--to", file)
    assert refused.exit_code == 2 and "evidence" in refused.stderr and file.read_bytes() == before
    assert exvivo("export", tmp_path).exit_code == 2
    assert exvivo("export", study, "--sign", "key").exit_code == 2
    (tmp_path / "other").write_bytes(b"\xff\xfe")
    assert exvivo("check", tmp_path / "other").exit_code == 2
    assert "not signed" in exvivo("check", file).stdout


@needs_ssh
def test_a_signature_is_checked_with_and_without_a_list_of_signers(
    study: Path, tmp_path: Path
) -> None:
    key, other, file = key_of(tmp_path, "ada"), key_of(tmp_path, "eve"), tmp_path / "signed"
    done = exvivo("export", study, "--to", file, "--sign", key)
    assert done.exit_code == 0 and (tmp_path / "signed.sig").exists(), done.output
    said = exvivo("check", file)
    assert said.exit_code == 0 and "Whose key that is nothing here tells" in said.stdout
    signers = tmp_path / "signers"
    for name, one in (("ada@lab.org", key), ("eve@lab.org", other)):
        signers.write_text(f"{name} {one.with_suffix('.pub').read_text()}")
        told = exvivo("check", file, study, "--signers", signers)
        assert told.exit_code == (0 if one == key else 2), told.output
        assert ("Signed by ada@lab.org" in told.stdout) == (one == key)
    text = file.read_text()
    file.write_text(text.replace("{", "{ ", 1))
    broken = exvivo("check", file)
    assert broken.exit_code == 2 and "not that of this file" in broken.stderr
    file.write_text(text)
    (tmp_path / "signed.sig").write_text("no signature")
    assert exvivo("check", file).exit_code == 2
    (tmp_path / "signed.sig").unlink()
    unsigned = exvivo("check", file, "--signers", signers)
    assert unsigned.exit_code == 2, "who asks for a signer is not content with none"


@needs_ssh
def test_a_key_that_cannot_sign_leaves_no_file(study: Path, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("no key")
    for key in (tmp_path / "letter", tmp_path / "gone"):
        done = exvivo("export", study, "--to", tmp_path / "file", "--sign", key)
        assert done.exit_code == 2 and "Nothing was written" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter", "study"]


def test_without_ssh_keygen_it_is_said(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    done = exvivo("export", study, "--to", tmp_path / "file", "--sign", tmp_path / "key")
    assert done.exit_code == 2 and "install OpenSSH" in done.stderr
    assert not (tmp_path / "file").exists()

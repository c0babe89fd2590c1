"""Files of a study are opened in one place: what is recorded is what was read, and nothing outside
the study is.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from twin_plates import cqs, study, table

import exvivo
from exvivo import store
from exvivo.errors import ReadError, UserMistake
from exvivo.gather import gather
from exvivo.sources import Sources

OTHER = {
    "donors.csv": lambda text: (
        text.replace(",G1", ",G3").replace(",G2", ",G1").replace(",G3", ",G2")
    ),
    "study.yaml": lambda text: text.replace("title: ", "title: another "),
    "raw/a.csv": lambda text: text.replace("26.", "27."),
}
"""Other contents of a study's files, as plausible as the first."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return study(tmp_path / "study", {"a.csv": table(cqs()), "b.csv": table(cqs(0.3))})


def swap(path: Path, change: Callable[[str], str]) -> None:
    """Put another file in the place of one, as programs do that save."""
    text = path.read_text(encoding="utf-8")
    assert change(text) != text
    other = path.with_suffix(".new")
    other.write_text(change(text), encoding="utf-8")
    other.replace(path)


def inputs_changed(folder: Path) -> list[tuple[str, str]]:
    """What `verify` says of the inputs."""
    changes = exvivo.verify(folder)
    return [(change.path, change.what) for change in changes if change.side == "input"]


@pytest.mark.parametrize("name", OTHER)
def test_a_file_that_changes_while_the_study_is_read_is_refused(folder: Path, name: str) -> None:
    """Read with the first bytes and recorded with the second, it would say of numbers that they
    come from a file which gives others.
    """

    def progress(step: str) -> None:
        if step == "reading plate Q2":
            swap(folder / name, OTHER[name])

    with pytest.raises(UserMistake, match="changed while it was read") as caught:
        exvivo.run(folder, progress=progress)
    assert [mistake.where for mistake in caught.value.mistakes] == [name]
    assert not (folder / "results").exists() and not (folder / store.DATABASE).exists()


def test_files_that_change_later_are_recorded_as_they_were_parsed(folder: Path) -> None:
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in OTHER}
    text = (folder / "study.yaml").read_bytes()

    def progress(step: str) -> None:
        if step == "quantifying":
            for name, change in OTHER.items():
                swap(folder / name, change)

    exvivo.run(folder, progress=progress)
    run = store.last_run(folder)
    assert run is not None
    recorded = {file.path: file.sha256 for file in run.inputs}
    assert {name: recorded[name] for name in OTHER} == hashes
    assert (folder / "results" / "study.yaml").read_bytes() == text
    assert sorted(inputs_changed(folder)) == sorted((name, "changed") for name in OTHER)


def test_a_file_that_is_only_touched_may_be_read(folder: Path) -> None:
    def progress(step: str) -> None:
        if step == "reading plate Q2":
            os.utime(folder / "raw" / "a.csv", (1, 1))

    gather(folder, progress=progress)


def test_every_input_is_recorded_by_the_hash_of_its_bytes(folder: Path) -> None:
    gathered = gather(folder)
    paths = ["donors.csv", "plates/Q1.csv", "plates/Q2.csv", "raw/a.csv", "raw/b.csv", "study.yaml"]
    assert [file.path for file in gathered.inputs] == paths
    for file in gathered.inputs:
        raw = (folder / file.path).read_bytes()
        assert (file.sha256, file.bytes) == (hashlib.sha256(raw).hexdigest(), len(raw))
    assert {name: (folder / name).read_bytes() for name in gathered.texts} == gathered.texts
    assert sorted(gathered.texts) == [name for name in paths if not name.startswith("raw")]


def test_a_second_reading_gives_the_same_bytes_or_none(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"first")
    sources = Sources(tmp_path)
    assert sources.read("x.csv").raw == sources.read("./x.csv").raw == b"first"
    assert sources.part("x.csv", 1, 3) == b"ir"
    path.write_bytes(b"other")
    with pytest.raises(ReadError, match=r"x\.csv\n.*changed while it was read"):
        sources.read("x.csv")
    with pytest.raises(ReadError, match="changed while it was read"):
        sources.part("x.csv", 1, 3)
    assert [file.sha256 for file in sources.inputs] == [hashlib.sha256(b"first").hexdigest()]


def test_a_part_that_was_read_first_stands_in_the_whole(tmp_path: Path) -> None:
    """The well that all tubes of a plate state is read from their heads before they are."""
    path = tmp_path / "x.fcs"
    path.write_bytes(b"FCS3.0 head and events")
    sources = Sources(tmp_path)
    assert sources.part("x.fcs", 0, 6) == b"FCS3.0"
    sources.read("x.fcs")
    again = Sources(tmp_path)
    again.part("x.fcs", 0, 6)
    path.write_bytes(b"FCS3.1 head and events")
    with pytest.raises(ReadError, match="changed while it was read"):
        again.read("x.fcs")


def test_a_file_that_grows_as_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1,2\n")
    whole = os.fstat

    def grow(handle: int) -> os.stat_result:
        status = whole(handle)
        with path.open("ab") as writer:
            writer.write(b"3,4\n")
        return status

    monkeypatch.setattr(os, "fstat", grow)
    with pytest.raises(ReadError, match="changed while it was read"):
        Sources(tmp_path).read("x.csv")


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(UserMistake) as caught:
        exvivo.run(folder)
    assert not (folder / "results").exists()
    return [str(mistake) for mistake in caught.value.mistakes]


def name_file(folder: Path, name: str, *, field: str = "file") -> None:
    """Have plate Q1 name another file in study.yaml."""
    path = folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    old = {"file": "file: raw/a.csv", "layout": "layout: plates/Q1.csv"}[field]
    path.write_text(text.replace(old, f"{field}: {name}"), encoding="utf-8")


def roots(folder: Path, *paths: object) -> None:
    """Declare folders beside the study."""
    path = folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    listed = ", ".join(f'"{each}"' for each in paths)
    path.write_text(f"{text}raw_roots: [{listed}]\n", encoding="utf-8")


SECRET = "secret,of,another\nperson,1,2\n"
LINE = "study.yaml:7"


@pytest.mark.parametrize("field", ["file", "layout"])
@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("../outside.csv", "a path that leads out of the study folder: ../outside.csv"),
        ("raw/../../outside.csv", "a path that leads out of the study folder"),
        ("../absent.csv", "a path that leads out of the study folder"),
        ("../../../../../../../etc/passwd", "a path that leads out of the study folder"),
        ("../../../../../../../dev/zero", "a path that leads out of the study folder"),
        ("../../../../../../../proc/kmsg", "a path that leads out of the study folder"),
        ("/etc/passwd", "a path from the root of this computer, which no other has: /etc/passwd"),
        ("/dev/stdin", "a path from the root of this computer"),
        ("raw/link.csv", "a link that leads out of the study folder: raw/link.csv"),
        ("raw/folder/outside.csv", "a link that leads out of the study folder"),
        ("raw/chain.csv", "a link that leads out of the study folder"),
        ('"raw/a\\nb.csv"', r"cannot be printed: raw/a\nb.csv"),
        ('"raw/a\\0b.csv"', r"cannot be printed: raw/a\x00b.csv"),
        ('"raw/a\\eb.csv"', r"cannot be printed: raw/a\x1bb.csv"),
    ],
)
def test_no_name_leads_out_of_the_study(
    folder: Path, tmp_path: Path, field: str, name: str, finding: str
) -> None:
    """A study got by mail would else print, or take into its results, files of a neighbour."""
    (tmp_path / "outside.csv").write_text(SECRET, encoding="utf-8")
    (folder / "raw" / "link.csv").symlink_to(tmp_path / "outside.csv")
    (folder / "raw" / "chain.csv").symlink_to("link.csv")
    (folder / "raw" / "folder").symlink_to(tmp_path)
    (folder / "raw" / "a\nb.csv").write_text(table(cqs()), encoding="utf-8")
    name_file(folder, name, field=field)
    (told,) = [each for each in mistakes(folder) if each.startswith(LINE)]
    assert finding in told and "to fix" in told
    assert "`raw_roots`" in told or "rename the file" in told
    assert "secret" not in told and "root:" not in told and "\x1b" not in told


def test_the_files_of_wells_and_the_own_tables_stay_inside_too(
    folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "donors.csv"
    (folder / "donors.csv").rename(outside)
    (folder / "donors.csv").symlink_to(outside)
    (told,) = mistakes(folder)
    assert told.startswith("donors.csv\n") and "a link that leads out" in told
    (folder / "donors.csv").unlink()
    outside.rename(folder / "donors.csv")
    (folder / "study.yaml").rename(tmp_path / "study.yaml")
    (folder / "study.yaml").symlink_to(tmp_path / "study.yaml")
    (told,) = mistakes(folder)
    assert "a link that leads out" in told and "put the file itself into the folder" in told


def test_a_file_of_a_well_that_leads_out_has_its_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text(SECRET, encoding="utf-8")
    path = folder / "plates" / "Q1.csv"
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    lines = [f"{first},file", *(f"{line},../outside.csv" for line in rest)]
    path.write_text("\n".join(lines), encoding="utf-8")
    name_file(folder, '""')
    assert any(
        each.startswith("plates/Q1.csv:2\n") and "a path that leads out" in each
        for each in mistakes(folder)
    )


def test_links_that_stay_inside_are_read(folder: Path) -> None:
    (folder / "raw" / "a.csv").rename(folder / "raw" / "first.csv")
    (folder / "raw" / "a.csv").symlink_to("first.csv")
    (folder / "mine").symlink_to(folder / "raw")
    name_file(folder, "mine/a.csv")
    assert "mine/a.csv" in [file.path for file in gather(folder).inputs]


def test_a_study_that_is_itself_reached_by_a_link_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "short").symlink_to(folder)
    assert gather(tmp_path / "short").inputs == gather(folder).inputs


@pytest.mark.parametrize("how", ["whole path", "path", "link"])
def test_files_below_a_declared_root_are_read_and_recorded(
    folder: Path, tmp_path: Path, how: str
) -> None:
    share = tmp_path / "share" / "runs"
    share.mkdir(parents=True)
    (folder / "raw" / "a.csv").rename(share / "a.csv")
    name = {"whole path": f"{share}/a.csv", "path": "../share/runs/a.csv", "link": "raw/a.csv"}[how]
    if how == "link":
        (folder / "raw" / "a.csv").symlink_to(share / "a.csv")
    name_file(folder, name)
    assert len(mistakes(folder)) == 1
    roots(folder, tmp_path / "share")
    assert name in [file.path for file in gather(folder).inputs]
    if how != "link":
        return
    exvivo.run(folder)
    run = store.last_run(folder)
    assert run is not None and name in [file.path for file in run.inputs]
    assert run.parameters["raw_roots.1"] == str(tmp_path / "share")
    assert inputs_changed(folder) == []
    (share / "a.csv").write_text("other", encoding="utf-8")
    assert inputs_changed(folder) == [(name, "changed")]


def test_a_root_that_is_not_there_today_is_said(folder: Path, tmp_path: Path) -> None:
    roots(folder, tmp_path / "share")
    name_file(folder, f"{tmp_path}/share/a.csv")
    (told,) = mistakes(folder)
    assert f"the folder {tmp_path}/share of `raw_roots` is not there today" in told
    assert "connect the share" in told


@pytest.mark.parametrize(
    ("root", "finding"),
    [("share", "'share', no whole path"), ("/", "holds everything"), ("/..", "holds everything")],
)
def test_what_is_no_root(folder: Path, root: str, finding: str) -> None:
    roots(folder, root)
    name_file(folder, "/etc/passwd")
    told = mistakes(folder)
    assert len(told) == 2 and any(finding in each and "study.yaml:" in each for each in told)


def test_pipes_and_devices_within_the_study_are_not_waited_for(folder: Path) -> None:
    (folder / "raw" / "a.csv").unlink()
    os.mkfifo(folder / "raw" / "a.csv")
    (told,) = mistakes(folder)
    assert "something that is not a plain file" in told


def test_a_raw_file_replaced_by_a_link_outside_is_changed(folder: Path, tmp_path: Path) -> None:
    """With the same bytes, today: tomorrow they are someone else's."""
    exvivo.run(folder)
    (folder / "raw" / "a.csv").rename(tmp_path / "a.csv")
    (folder / "raw" / "a.csv").symlink_to(tmp_path / "a.csv")
    assert inputs_changed(folder) == [("raw/a.csv", "outside")]
    with pytest.raises(UserMistake, match="a link that leads out"):
        exvivo.run(folder)


def test_a_link_swapped_while_the_file_is_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = tmp_path / "study", tmp_path / "outside.csv"
    inside.mkdir()
    outside.write_text(SECRET, encoding="utf-8")
    (inside / "x.csv").write_text("a,b\n", encoding="utf-8")
    whole = os.open

    def late(path: Path, flags: int) -> int:
        (inside / "x.csv").unlink(missing_ok=True)
        (inside / "x.csv").symlink_to(outside)
        return whole(path, flags)

    monkeypatch.setattr(os, "open", late)
    with pytest.raises(ReadError):
        Sources(inside).read("x.csv")


def limits(folder: Path, **most: int) -> None:
    path = folder / "study.yaml"
    listed = ", ".join(f"{name}: {value}" for name, value in most.items())
    path.write_text(f"{path.read_text(encoding='utf-8')}limits: {{{listed}}}\n", encoding="utf-8")


def wide(path: Path, columns: int) -> None:
    """A table with so many columns in all."""
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    more = columns - 1 - first.count(",")
    names = "".join(f",note {number}" for number in range(more))
    lines = [first + names, *(line + "," * more for line in rest)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def long(path: Path, lines: int) -> None:
    """A table with so many lines in all, the last of them comments."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "# \n" * (lines - text.count("\n")), encoding="utf-8")


TABLES = ["donors.csv", "plates/Q1.csv", "raw/a.csv"]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("make", "bound"), [(wide, "columns"), (long, "rows")])
def test_a_table_over_a_limit_is_refused_with_the_limit_by_its_name(
    folder: Path, name: str, make: Callable[[Path, int], None], bound: str
) -> None:
    """One more than the limit is refused; as many as it, or one more with another limit, not."""
    limits(folder, **{bound: 40})
    make(folder / name, 41)
    (told,) = [each for each in mistakes(folder) if each.startswith(name)]
    assert "41 " in told and "over the limit of 40" in told
    assert f"`limits: {{{bound}: 41}}` in study.yaml" in told
    path = folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"{bound}: 40", f"{bound}: 41"), encoding="utf-8")
    try:
        gather(folder)
    except UserMistake as error:
        assert name == "plates/Q1.csv" or bound == "rows"
        assert "limit" not in str(error)


def test_bytes_over_a_limit_are_not_read(folder: Path) -> None:
    with (folder / "raw" / "a.csv").open("ab") as handle:
        handle.truncate((64 << 20) + 1)  # takes no room on the disk
    (told,) = mistakes(folder)
    assert told.startswith("raw/a.csv\n") and "65 MB, over the limit of 64" in told
    assert "`limits: {megabytes: 65}`" in told


def test_the_study_file_cannot_raise_its_own_limit(folder: Path) -> None:
    limits(folder, megabytes=500)
    with (folder / "study.yaml").open("ab") as handle:
        handle.write(b"# a comment\n" * 400_000)
    (told,) = mistakes(folder)
    assert "4.6 MB, over the limit of 4 for this file" in told and "limits:" not in told


def test_a_limit_of_nothing_is_a_mistake(folder: Path) -> None:
    limits(folder, rows=0)
    assert any("1 or more" in each and "study.yaml:" in each for each in mistakes(folder))


def test_limits_and_roots_that_are_not_the_usual_are_parameters(folder: Path) -> None:
    from exvivo.store import parameters_of

    assert not any(name.startswith("limits") for name in parameters_of(gather(folder).study))
    limits(folder, rows=600_000)
    assert parameters_of(gather(folder).study)["limits.rows"] == "600000"


@pytest.mark.parametrize("sign", ["[", "{a: ", "[\n  "])
def test_brackets_without_end_are_given_up_at_once(folder: Path, sign: str) -> None:
    """The scanner took time that grew with the square of their number: 37 s."""
    path = folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}visits: {sign * 20_000}\n", encoding="utf-8")
    start = time.process_time()
    (told,) = mistakes(folder)
    assert "lists inside lists" in told and time.process_time() - start < 5


def test_a_title_is_no_book(folder: Path) -> None:
    path = folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Two plates", "T" * 301), encoding="utf-8")
    (told,) = mistakes(folder)
    assert told.startswith("study.yaml:2") and "a title of 301 signs" in told and "TT" not in told
    path.write_text(text.replace("Two plates", "T" * 100_000), encoding="utf-8")
    (told,) = mistakes(folder)
    assert "a value of 100,000 signs" in told and "TT" not in told
    path.write_text(text.replace("Two plates", "T" * 300), encoding="utf-8")
    gather(folder)


@pytest.mark.parametrize("cell", ["x" * 100_000, "many words " * 10_000])
def test_a_message_shows_eighty_signs_of_a_cell(folder: Path, cell: str) -> None:
    path = folder / "donors.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("G1", cell, 1), encoding="utf-8")
    told = "".join(mistakes(folder))
    assert len(told) < 2_500 and cell[:70] in told and cell[:82] not in told


def test_what_is_packed_keeps_the_limits_too(tmp_path: Path) -> None:
    from exvivo.bounds import Bounds
    from exvivo.read import read_plate
    from exvivo.sources import Content
    from exvivo.study import Qpcr

    raw = gzip.compress(b"Experiment: E  Selected Filter: F\n" + b"a\tb\n" * 50)
    assay = Qpcr(id="mrna", kind="qpcr", references=("REF",), cycles=40)
    content = Content.of(raw, "a.txt.gz", Bounds(rows=50))
    with pytest.raises(ReadError, match="51 lines, over the limit of 50"):
        read_plate(content, source="a.txt.gz", plate="P", assay=assay)


def test_keywords_without_end_are_refused(tmp_path: Path) -> None:
    from exvivo.bounds import LONGEST_TEXT_SEGMENT
    from exvivo.read import read_plate
    from exvivo.read.cytometer.facts import constant_well
    from exvivo.study import Beads

    path, end = tmp_path / "x.fcs", 58 + LONGEST_TEXT_SEGMENT + 1
    path.write_bytes(b"FCS3.1    %8d%8d%8d%8d%8d%8d" % (58, end, end + 1, end + 4, 0, 0))
    with path.open("ab") as handle:
        handle.truncate(end + 5)
    assay = Beads(id="b", kind="beads", classifier=("A",), reporter="B", panel={"TNF": "A1"})
    with pytest.raises(ReadError, match=r"keywords \(the TEXT segment\) of 4 MB"):
        read_plate(path, source="x.fcs", plate="P", assay=assay, well="A1")
    assert constant_well([path, path]) == ""

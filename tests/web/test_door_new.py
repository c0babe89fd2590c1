"""A study from own files: dropped, people pasted, drafted, its open questions answered, as the
browser sends it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from door_fixtures import FixedKeeper, client_of
from fastapi import Request
from starlette.testclient import TestClient

from exvivo.study import Study
from exvivo.study.load import examine, read_study_file
from exvivo.web.visitor import Role, Visitor

DONORS = "Patient ID\tVorname\tgroup\tage\nK01\tAnna\tK\t50\nK02\tBen\tK\t51\nG01\tCleo\tG\t40\nG02\tDina\tG\t41\n"
CLINIC = (
    "Patient ID\tvisit\tVAS\tmood\nK01\t1\t62,5\t3\nK02\t1\t40\t7\nG01\t1\t5\t8\nG02\t1\t3\t9\n"
)
OWN = "0123456789abcdef01234567"


def cq_table(stimuli: tuple[str, ...] = ("medium", "R848")) -> bytes:
    """A plain table of Cq whose names say everything."""
    lines = ["Well,Sample,Target,Cq,Task"]
    names = [f"{donor} {each}" for donor in ("K01", "K02", "G01", "G02") for each in stimuli]
    for row, (target, cq) in enumerate((("TNFa", 24.0), ("HPRT", 20.0), ("ActB", 18.0))):
        for column, name in enumerate(names, start=1):
            shift = 0.1 * (column % 3) * (row + 1)
            lines.append(f"{'ABC'[row]}{column},{name},{target},{cq + shift},UNKNOWN")
    return "\n".join(lines).encode()


def elisa() -> bytes:
    """A matrix of signals: standards in columns 1 and 2, each sample twice, then the background."""
    samples = [0.3, 0.31, 1.2, 1.22] * 4
    columns = [[2.4 / 1.7**row for row in range(8)]] * 2
    values = samples + [0.045] * (80 - len(samples))
    columns += [values[at : at + 8] for at in range(0, 80, 8)]
    lines = [",".join(["", *map(str, range(1, 13))])]
    for row, letter in enumerate("ABCDEFGH"):
        lines.append(",".join([letter, *(f"{column[row]:.4f}" for column in columns)]))
    return "\n".join(lines).encode()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "studies").mkdir()
    yield from _opened(tmp_path / "studies")


def _opened(root: Path) -> Iterator[TestClient]:
    """A client in a door on a folder of studies."""
    with client_of(root) as client:
        assert client.get("/enter?token=once").status_code == 303
        yield client


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "studies"


@pytest.fixture(scope="module")
def draft_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study as the door drafts it; not to be changed."""
    root = tmp_path_factory.mktemp("drafted") / "studies"
    root.mkdir()
    for door in _opened(root):
        _draft(door)
    return root / "mine"


@pytest.fixture
def drafted(door: TestClient, root: Path, draft_folder: Path) -> TestClient:
    """A door that holds the study `mine`, which was drafted in it."""
    shutil.copytree(draft_folder, root / "mine")
    return door


def _draft(door: TestClient) -> None:
    """Hand in files and people, and draft a study of them."""
    door.put(f"/new/{OWN}/files/run 1.csv", content=cq_table())
    door.put(f"/new/{OWN}/files/ELISA IL-6.csv", content=elisa())
    door.post(f"/new/{OWN}/donors", data={"pasted": DONORS}, headers={"hx-request": "true"})
    door.post(f"/new/{OWN}/clinic", data={"pasted": CLINIC}, headers={"hx-request": "true"})
    answer = door.post(f"/new/{OWN}", data={"name": "mine"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/s/mine/open")


def _study(root: Path) -> Study:
    return read_study_file(root / "mine")[0]


def _ask(root: Path, key: str) -> str:
    return next(each.ask for each in _study(root).open if each.key == key)


def _send(door: TestClient, root: Path, key: str, **fields: str | list[str]) -> str:
    """Answer the question of a kind as htmx does; the text of what comes back."""
    data = {"ask": _ask(root, key), "number": "1", **fields}
    answer = door.post("/s/mine/open", data=data, headers={"hx-request": "true"})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_new_study_has_an_address_of_its_own(door: TestClient) -> None:
    to = door.get("/new").headers["location"]
    assert re.fullmatch(r"/new/[0-9a-f]{24}", to)
    assert "Drop files or folders here" in door.get(to).text


def test_what_each_file_is(door: TestClient) -> None:
    answer = door.put(f"/new/{OWN}/files/run 1.csv", content=cq_table())
    assert answer.status_code == 201
    door.put(f"/new/{OWN}/files/<b>notes.txt", content=b"On Monday.")
    text = door.get(f"/new/{OWN}/files").text
    assert "TNF" in text and "not read" in text
    assert "<b>notes" not in text and "&lt;b&gt;notes" in text


def test_a_file_that_is_too_large_is_413(door: TestClient) -> None:
    headers = {"content-length": str(4 << 30), "accept": "application/json"}
    answer = door.put(f"/new/{OWN}/files/x", content=b"", headers=headers)
    assert (answer.status_code, "at most" in answer.text) == (413, True)


def test_a_replaced_file_asks(door: TestClient) -> None:
    to = f"/new/{OWN}/files/x.csv"
    door.put(to, content=b"1")
    asked = door.put(to, content=b"2")
    assert asked.status_code == 409
    assert door.put(to, params={"replace": asked.json()["sha256"]}, content=b"2").status_code == 200


def test_files_of_a_form_without_a_script(door: TestClient) -> None:
    files = [("files", ("a.csv", cq_table())), ("files", ("b.txt", b"note"))]
    assert door.post(f"/new/{OWN}/files", files=files).status_code == 303
    assert "2 files, 1 plate" in door.get(f"/new/{OWN}").text
    door.post(f"/new/{OWN}/files/remove", data={"name": "b.txt"})
    assert "1 file, 1 plate" in door.get(f"/new/{OWN}").text


def test_what_may_name_a_person_is_never_kept(door: TestClient, root: Path) -> None:
    to, data = f"/new/{OWN}/donors", {"pasted": DONORS}
    text = door.post(to, data=data, headers={"hx-request": "true"}).text
    assert "4 people" in text and "Vorname" in text
    kept = next((root / ".new" / OWN / "donors").iterdir())
    assert "Anna" not in kept.read_text() and "K01" in kept.read_text()
    door.post(to, data={**data, "keep": "Vorname"}, headers={"hx-request": "true"})
    assert "Anna" in next((root / ".new" / OWN / "donors").iterdir()).read_text()


def test_a_table_that_is_none_says_so(door: TestClient) -> None:
    headers = {"hx-request": "true"}
    text = door.post(f"/new/{OWN}/donors", data={"pasted": "one line"}, headers=headers).text
    assert "to fix" in text


def test_what_another_began_is_not_there(door: TestClient) -> None:
    door.put(f"/new/{OWN}/files/x.csv", content=b"1")
    site = door.app.state.site  # type: ignore[attr-defined]
    site.keeper = FixedKeeper(Role.ANALYST)
    assert door.get(f"/new/{OWN}").status_code == 404
    assert door.put(f"/new/{OWN}/files/y.csv", content=b"1").status_code == 404
    assert door.get("/new/not-an-id").status_code == 404
    site.keeper = _Viewer(None)
    assert [door.get("/new").status_code, door.post("/example").status_code] == [403, 403]


class _Viewer(FixedKeeper):
    def visitor(self, request: Request) -> Visitor | None:
        return Visitor("u9", "viewer", roles={"demo": Role.VIEWER})


@pytest.mark.parametrize("name", ["", "../x", ".x", "a/b", "a<b", "taken"])
def test_a_name_that_cannot_be_one(door: TestClient, root: Path, name: str) -> None:
    (root / "Taken").mkdir()
    door.put(f"/new/{OWN}/files/run.csv", content=cq_table())
    answer = door.post(f"/new/{OWN}", data={"name": name})
    assert (answer.status_code, "Name of the study" in answer.text) == (422, True)
    assert sorted(path.name for path in root.iterdir()) == [".new", "Taken"]


def test_without_a_file_nothing_is_drafted(door: TestClient, root: Path) -> None:
    assert "at least one instrument file" in door.post(f"/new/{OWN}", data={"name": "x"}).text
    door.put(f"/new/{OWN}/files/notes.txt", content=b"On Monday.")
    assert door.post(f"/new/{OWN}", data={"name": "x"}).status_code == 422
    assert not (root / "x").exists()
    assert "Not finished" in door.get("/").text
    door.post(f"/new/{OWN}/all/discard")
    assert "Not finished" not in door.get("/").text


def test_what_was_pasted_stays_where_something_is_to_fix(door: TestClient) -> None:
    door.put(f"/new/{OWN}/files/run.csv", content=cq_table())
    answer = door.post(f"/new/{OWN}", data={"name": "mine", "donors": "no table at all"})
    assert answer.status_code == 422 and ">no table at all</textarea>" in answer.text


def test_people_pasted_without_headings_are_not_taken(door: TestClient, root: Path) -> None:
    door.put(f"/new/{OWN}/files/run.csv", content=cq_table())
    people = "K1\tK\t64\tfemale\nK2\tK\t58\tmale\n"
    answer = door.post(f"/new/{OWN}", data={"name": "mine", "donors": people})
    assert answer.status_code == 422 and "a line of headings" in answer.text
    assert not (root / "mine").exists()


def test_people_that_were_just_pasted_are_in_the_draft(door: TestClient, root: Path) -> None:
    door.put(f"/new/{OWN}/files/run.csv", content=cq_table())
    door.post(f"/new/{OWN}", data={"name": "mine", "donors": DONORS})
    text = (root / "mine" / "donors.csv").read_text()
    assert "age" in text and "Anna" not in text


def test_every_open_question_has_its_form(drafted: TestClient, root: Path) -> None:
    text = unescape(drafted.get("/s/mine/open").text)
    keys = {each.key for each in _study(root).open}
    assert keys == {"title", "cells", "control", "references", "layout", "amounts"} | {
        "dilutions",
        "scales",
    }
    for each in _study(root).open:
        assert each.ask in text
    assert "Amount by amount" in text and "A high score is" in text


def test_answers_lead_to_a_sound_study(drafted: TestClient, root: Path) -> None:
    _send(drafted, root, "title", title="Is R848 answered?", **{"name:K": "patients"})
    _send(drafted, root, "cells", name="monocyte-derived macrophages")
    _send(drafted, root, "control", control="medium", **{"dose:R848": "1 µg/mL"})
    _send(drafted, root, "references", **{"gene:mrna": ["HPRT", "ActB"]})
    _send(drafted, root, "layout")
    assay = next(each.id for each in _study(root).assays if each.kind == "immunoassay")
    fields = {f"top:{assay}": "1.000,5", f"step:{assay}": "2", f"blank:{assay}": "yes"}
    fields[f"unit:{assay}"] = "pg/mL"
    assert "0" in _send(drafted, root, "amounts", same="yes", **fields)
    times = {f"times:{assay}:medium": "1", f"times:{assay}:R848": "2,5"}
    _send(drafted, root, "dilutions", **times)
    ends = {"lowest:VAS": "0", "highest:VAS": "100", "higher:VAS": "worse"}
    left = _send(drafted, root, "scales", **ends)
    assert "No question is left open" in left
    page = drafted.get("/s/mine/open").text
    asked = re.findall(r'name="question" value="([^"]+)"', page)
    assert {"differs_tnf", "differs_il6", "scores_tnf"} <= set(asked)
    drafted.post("/s/mine/open/questions", data={"question": ["differs_tnf", "scores_tnf"]})
    study = _study(root)
    assert (study.title, study.groups[0].name, study.open) == ("Is R848 answered?", "patients", ())
    elisa_il6 = study.assay(assay)
    amounts = [*elisa_il6.standards.values()]  # type: ignore[union-attr]
    assert (amounts[0], amounts[1], amounts[-1]) == (1000.5, 500.25, 0)
    assert elisa_il6.dilutions["R848"] == 2.5  # type: ignore[union-attr]
    assert [each.id for each in study.scales] == ["VAS"]
    assert [each.id for each in study.questions] == ["differs_tnf", "scores_tnf"]
    assert examine(root / "mine").mistakes == ()
    assert "Run" in drafted.get("/s/mine/open").text


@pytest.mark.parametrize(
    ("key", "fields", "says"),
    [
        ("title", {}, "what the study asks"),
        ("cells", {}, "what the cells were"),
        ("references", {}, "at least one"),
        ("amounts", {}, "no amount"),
        ("amounts", {"top:IL6": "1000"}, "is the blank"),
        ("amounts", {"top:IL6": "1000", "step:IL6": "", "blank:IL6": "yes"}, "divided by"),
        ("amounts", {"top:IL6": "-1000", "blank:IL6": "no"}, "an amount above 0"),
        ("amounts", {"top:IL6": "0", "blank:IL6": "no"}, "step by step"),
        (
            "amounts",
            {"top:IL6": "1000", "blank:IL6": "yes", "amount:IL6:Std3": "250000"},
            "in another unit",
        ),
        ("dilutions", {"times:IL6:medium": "1", "times:IL6:R848": " "}, "one part in two"),
        ("dilutions", {"times:IL6:medium": "1", "times:IL6:R848": "0,5"}, "one part in two"),
        ("control", {"control": "nobody"}, "one of the conditions"),
        ("scales", {"higher:VAS": "worse"}, "a number"),
        ("scales", {"lowest:VAS": "0", "highest:VAS": "90"}, "worse or better"),
        ("scales", {"higher:VAS": "worse", "lowest:VAS": "0", "highest:VAS": "10"}, "a range"),
        ("scales", {"higher:VAS": "worse", "lowest:VAS": "100", "highest:VAS": "0"}, "a range"),
    ],
)
def test_an_answer_that_is_none_is_asked_again(
    drafted: TestClient, root: Path, key: str, fields: dict[str, str], says: str
) -> None:
    before = (root / "mine" / "study.yaml").read_bytes()
    assay = next(each.id for each in _study(root).assays if each.kind == "immunoassay")
    fields = {name.replace("IL6", assay): text for name, text in fields.items()}
    data = {"ask": _ask(root, key), "number": "3", "unit:" + assay: "pg/mL"}
    data |= {f"step:{assay}": "2", **fields}
    answer = drafted.post("/s/mine/open", data=data, headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-retarget"]) == (422, "#wrong-3")
    assert says in answer.text
    assert drafted.post("/s/mine/open", data=data).status_code == 422
    assert (root / "mine" / "study.yaml").read_bytes() == before


def test_a_question_that_somebody_else_answered(drafted: TestClient, root: Path) -> None:
    version = re.search(
        r'id="version" name="version" value="(\w+)"', drafted.get("/s/mine/open").text
    )
    assert version is not None
    ask = _ask(root, "layout")
    _send(drafted, root, "layout")
    again = {"ask": ask, "number": "1"}
    answer = drafted.post("/s/mine/open", data=again, headers={"hx-request": "true"})
    assert "Answered already" in answer.text
    late = {"ask": _ask(root, "title"), "title": "Late", "version": version[1]}
    assert drafted.post("/s/mine/open", data=late).status_code == 412
    assert _study(root).title != "Late"


def test_without_a_script_the_page_comes_again(drafted: TestClient, root: Path) -> None:
    data = {"ask": _ask(root, "cells"), "cells": "none"}
    answer = drafted.post("/s/mine/open", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/s/mine/open#left")
    assert "cells" not in {each.key for each in _study(root).open}


def test_the_files_of_a_study(drafted: TestClient, root: Path) -> None:
    assert "looking into them" in drafted.get("/s/mine/files").text
    text = drafted.get("/s/mine/files?looked=yes").text
    assert "2 files, 2 plates" in text and "not in use" not in text
    assert drafted.put("/s/mine/files/run 2.csv", content=cq_table(("medium",))).status_code == 201
    text = drafted.get("/s/mine/files-looked-into").text
    version = re.search(r'name="if_match" value="(\w+)"', text)
    assert "not in use" in text and version is not None
    plate = {"name": "run 2.csv", "assay": "mrna", "plate": "Q2", "if_match": version[1]}
    assert drafted.post("/s/mine/files-as-plate", data=plate).status_code == 303
    made = _study(root).plates[-1]
    assert (made.id, made.file, made.samples) == ("Q2", "raw/run 2.csv", "{donor} {stimulus}")
    for wrong in ({"plate": "Q2"}, {"plate": "a/b"}, {"plate": "Q3", "name": "../study.yaml"}):
        assert drafted.post("/s/mine/files-as-plate", data={**plate, **wrong}).status_code == 422


def test_who_handed_in_what_is_on_record(drafted: TestClient, root: Path) -> None:
    from exvivo import store

    handed = drafted.put("/s/mine/files/run 2.csv", content=b"1").json()
    again = drafted.put("/s/mine/files/run 2.csv", content=b"1").json()
    assert again["is_same"]
    rows = store.entries(root / "mine")
    assert [(row.kind, row.facts["file"], row.facts["to"]) for row in rows] == [
        ("edit", "raw/run 2.csv", handed["sha256"])
    ]


def test_the_overview_says_what_is_next(drafted: TestClient, root: Path) -> None:
    text = drafted.get("/s/mine").text
    assert "8 open questions" in text and "Answer them" in text
    assert "draft: 8 open" in drafted.get("/").text
    (root / "mine" / "study.yaml").write_text("title: [")
    assert "cannot be read" in drafted.get("/s/mine").text
    assert "cannot be read" in drafted.get("/").text


def test_a_door_without_a_study_offers_an_example(door: TestClient, root: Path) -> None:
    assert "Make an example study" in door.get("/").text
    assert door.post("/example").headers["location"] == "/s/example"
    assert door.get("/s/example").status_code == 200

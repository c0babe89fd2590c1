"""What somebody may try who is in a study without the right to see its people, and what a form may
be sent that it was not made for: nothing is shown that is not theirs, and no file is written that
does not hold just what was meant.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from door_fixtures import client_as, client_of
from small_study import write_small_study

from exvivo.web.visitor import Role

if TYPE_CHECKING:
    from starlette.testclient import TestClient

PLANTED = re.compile("Planta|1961-03|43664777|calls")
SCORE = re.compile(r"4[1-9]\.37|5[0-9]\.37")
PEOPLE = ("donors.csv", "clinic.csv")
API = "/api/v1/studies/demo"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study whose people have names, days and telephones, and scores; not to be changed."""
    folder = write_small_study(tmp_path_factory.mktemp("planted") / "study")
    first, *rows = (folder / "donors.csv").read_text("utf-8").splitlines()
    more = (f"Planta N{n},1961-03-{n + 1:02d},+43664777{n:04d}" for n in range(len(rows)))
    lines = [
        f"{first},name,born,phone",
        *(f"{row},{own}" for row, own in zip(rows, more, strict=True)),
    ]
    (folder / "donors.csv").write_text("\n".join([*lines, ""]), "utf-8")
    names = [row.partition(",")[0] for row in rows]
    scores = [f"{name},{41.37 + n:.2f},calls Planta" for n, name in enumerate(names)]
    (folder / "clinic.csv").write_text("\n".join(["donor,fiq,remark", *scores, ""]), "utf-8")
    study = folder / "study.yaml"
    scale = "scales: [{id: fiq, name: FIQ, lowest: 0, highest: 100, higher_is: worse}]\nplates:"
    study.write_text(study.read_text("utf-8").replace("plates:", scale), "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path, planted: Path) -> Path:
    """A copy of it as `demo`."""
    return Path(shutil.copytree(planted, tmp_path / "studies" / "demo"))


@pytest.fixture
def analyst(folder: Path) -> Iterator[TestClient]:
    with client_as(Role.ANALYST, folder.parent) as client:
        yield client


def version(folder: Path, file: str) -> str:
    return hashlib.sha256((folder / file).read_bytes()).hexdigest()


def edited(client: TestClient, folder: Path, where: list[str], now: str, file: str = "") -> Any:
    """The answer to a change of a value."""
    file = file or "study.yaml"
    sent = {"edits": [{"where": where, "was": None, "now": now}]}
    headers = {"if-match": version(folder, file)}
    return client.post(f"{API}/edits/{file}", json=sent, headers=headers)


def merged(client: TestClient, folder: Path, file: str, where: list[str], *, show: bool) -> Any:
    """The answer to a form of the merge page."""
    one = {"where": where, "was": "?", "now": "9"}
    sent = {"file": file, "if_match": version(folder, file)}
    more = {"edits": json.dumps([one])} if show else {"edit-0": json.dumps(one), "keep-0": "mine"}
    return client.post("/s/demo/merge", data={**sent, **more})


# Who the people are.


@pytest.mark.parametrize("show", [True, False], ids=["shown", "saved"])
@pytest.mark.parametrize(("file", "column"), [("donors.csv", "phone"), ("clinic.csv", "fiq")])
def test_the_merge_page_is_no_way_to_the_people(
    analyst: TestClient, folder: Path, file: str, column: str, show: bool
) -> None:
    before = (folder / file).read_bytes()
    answer = merged(analyst, folder, file, ["FM1", column], show=show)
    assert answer.status_code == 403
    assert not PLANTED.search(answer.text) and not SCORE.search(answer.text)
    assert (folder / file).read_bytes() == before


def test_the_merge_page_changes_no_file_of_an_instrument(analyst: TestClient, folder: Path) -> None:
    before = (folder / "raw" / "P1.csv").read_bytes()
    assert merged(analyst, folder, "raw/P1.csv", ["A1", "TNF"], show=False).status_code == 422
    assert (folder / "raw" / "P1.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("layout", "./Clinic.csv"),
        ("file", "donors.csv"),
        ("curves", "raw/../donors.csv"),
        ("melt", "../demo/donors.csv"),
        ("layout", "results/tables/clinic.csv"),
        ("file", "exvivo.sqlite"),
        ("layout", "redcap/data.csv"),
    ],
)
def test_no_plate_comes_to_name_a_table_of_people(
    analyst: TestClient, folder: Path, field: str, name: str
) -> None:
    before = (folder / "study.yaml").read_bytes()
    answer = edited(analyst, folder, ["plates", "P1", field], name)
    assert answer.status_code == 422 and "as a file of a plate" in answer.text
    assert (folder / "study.yaml").read_bytes() == before


@pytest.mark.parametrize("name", PEOPLE)
def test_a_plate_that_names_people_shows_none(analyst: TestClient, folder: Path, name: str) -> None:
    """Also where study.yaml was written by hand."""
    study = folder / "study.yaml"
    text = study.read_text("utf-8").replace("layout: plates/P1.csv", f"layout: {name}")
    study.write_text(text.replace("file: raw/P1.csv", f"file: {name}"), "utf-8")
    base = "/s/demo/plates/P1"
    ends = ("", "/lines", "/signal", "/check", "/files/lines.csv")
    more = (f"{API}/files/{name}", f"{API}/check?whole=true", "/s/demo/check", "/s/demo/wells/P1")
    for address in (*(base + end for end in ends), *more):
        answer = analyst.get(address)
        assert answer.status_code < 500, address
        assert not PLANTED.search(answer.text) and not SCORE.search(answer.text), address


def test_where_the_files_of_redcap_lie_is_not_an_analysts_to_say(
    analyst: TestClient, folder: Path
) -> None:
    assert edited(analyst, folder, ["redcap", "data"], "x.csv").status_code == 403


def test_mistakes_in_the_people_quote_nobody_on_any_page(analyst: TestClient, folder: Path) -> None:
    donors = folder / "donors.csv"
    text = donors.read_text("utf-8").replace("FM2,FM", "FM2,Planta Falsa")
    donors.write_text(text.replace("FM3,", "FM1,"), "utf-8")
    clinic = folder / "clinic.csv"
    clinic.write_text(clinic.read_text("utf-8").replace("43.37", "Planta 43.37"), "utf-8")
    (folder / "cultures.csv").write_text("culture,donor,note\nPlanta,Planta,Planta\n", "utf-8")
    exclude = "/s/demo/exclude/preview?plate=P1&wells=A1&reason=x"
    checks = ("/s/demo/check", "/s/demo/check/full", f"{API}/check?whole=true")
    for address in (*checks, "/s/demo", exclude):
        answer = analyst.get(address)
        assert not PLANTED.search(answer.text) and not SCORE.search(answer.text), address


def test_a_run_that_fails_leaves_no_cell_of_a_person_in_the_log(
    analyst: TestClient, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    donors = folder / "donors.csv"
    donors.write_text(donors.read_text("utf-8").replace("FM2,FM", "FM2,Planta Falsa"), "utf-8")
    site = analyst.app.state.site  # type: ignore[attr-defined]
    analyst.post("/s/demo/runs")
    for _ in range(200):
        if site.jobs.jobs("demo", 1)[0].state == "failed":
            break
        time.sleep(0.05)
    assert site.jobs.jobs("demo", 1)[0].mistakes
    assert caplog.text and not PLANTED.search(caplog.text)


@pytest.mark.parametrize(
    ("to", "leads"),
    [
        ("/s/demo", "/s/demo"),
        ("/\t/else.example", "/"),
        ("/\n/x", "/"),
        ("/\\x", "/"),
        ("//x", "/"),
    ],
)
def test_the_entrance_leads_to_no_other_site(folder: Path, to: str, leads: str) -> None:
    with client_of(folder.parent) as client:
        answer = client.get("/enter", params={"token": "once", "to": to})
        assert answer.headers["location"] == leads


# One file, changed by values.


@pytest.fixture
def coordinator(folder: Path) -> Iterator[TestClient]:
    with client_as(Role.COORDINATOR, folder.parent) as client:
        yield client


def test_a_well_in_two_rows_is_nobodys_guess(coordinator: TestClient, folder: Path) -> None:
    """A layout of two plates: a change of A1 went into the plate that stands first."""
    layout = folder / "plates" / "P1.csv"
    head, *lines = layout.read_text("utf-8").splitlines()
    rows = [f"plate,{head}", *(f"P2,{line}" for line in lines), *(f"P1,{line}" for line in lines)]
    layout.write_text("\n".join([*rows, ""]), "utf-8")
    before = layout.read_bytes()
    answer = edited(coordinator, folder, ["A1", "donor"], "FM2", "plates/P1.csv")
    assert answer.status_code == 422 and "in more than one row" in answer.text
    assert layout.read_bytes() == before


def test_a_donor_in_two_rows_is_nobodys_guess(coordinator: TestClient, folder: Path) -> None:
    donors = folder / "donors.csv"
    donors.write_bytes(donors.read_bytes() + b"FM1,HC,33,a,b,c\n")
    before = donors.read_bytes()
    assert edited(coordinator, folder, ["FM1", "age"], "34", "donors.csv").status_code == 422
    assert donors.read_bytes() == before


# Names that are no names.


def test_names_too_long_for_a_disk_are_refused_like_others(
    coordinator: TestClient, folder: Path
) -> None:
    assert coordinator.get(f"/s/{'x' * 300}").status_code == 404
    sent = {"plate": "x" * 300, "assay": "protein"}
    answer = coordinator.post("/s/demo/plates", data=sent)
    assert answer.status_code in (303, 422)


@pytest.mark.parametrize("end", ["lines.csv", "grids.csv", "cfx.csv", "quantstudio.txt"])
def test_a_layout_that_is_taken_away_runs_nothing_in_a_spreadsheet(
    coordinator: TestClient, folder: Path, end: str
) -> None:
    layout = folder / "plates" / "P1.csv"
    text = layout.read_text("utf-8").replace("A1,sample,FM1", "A1,sample,=cmd()", 1)
    layout.write_text(text, "utf-8")
    answer = coordinator.get(f"/s/demo/plates/P1/files/{end}")
    assert "'=cmd()" in answer.text
    assert not re.search(r"[,\t\n\"]=cmd", answer.text)

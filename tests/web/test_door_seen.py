"""Who may not see who the people are does not see it in a mistake either."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from shared_server import Shared, shared

from exvivo.errors import Mistake
from exvivo.web.access.seen import HIDDEN, files_of_work, without_people
from exvivo.web.visitor import Role

NAME = "Maria Gruber"


@pytest.fixture
def server(tmp_path: Path, unrun_folder: Path) -> Iterator[Shared]:
    with shared(tmp_path) as made:
        study = made.settings.root / "clinic study"
        shutil.copytree(unrun_folder, study)
        donors = study / "donors.csv"
        text = donors.read_text()
        assert ",FM," in text
        donors.write_text(text.replace(",FM,", f",{NAME},", 1))
        yield made


@pytest.mark.parametrize(
    ("role", "sees"),
    [(Role.COORDINATOR, True), (Role.ANALYST, False)],
    ids=["coordinator", "analyst"],
)
def test_a_mistake_in_the_donors_names_nobody(server: Shared, role: Role, sees: bool) -> None:
    client = server.joined("Ada", "clinic study", role)
    answer = client.get("/api/v1/studies/clinic study/check")
    assert answer.status_code == 200, answer.text
    mistakes = answer.json()["mistakes"]
    assert mistakes and all("donors.csv" in each["where"] for each in mistakes)
    assert (NAME in answer.text) is sees
    assert (HIDDEN in answer.text) is not sees


def test_what_is_hidden_goes_by_the_file(server: Shared) -> None:
    folder = server.settings.root / "clinic study"
    layout = next(iter(files_of_work(folder) - {"study.yaml", "exclusions.csv"}))
    shown = [
        "study.yaml:3",
        f"{layout}:7",
        f"{folder}/{layout}",
        "margin",
        "Name",
    ]
    hidden = [
        "donors.csv:4",
        "donors.csv, column `age`",
        f"{folder}/clinic.csv:9",
        "cultures.xlsx, sheet 1",
        "redcap/export.csv:12",
        "raw/nobody-knows.csv:3",
        f"clinic.csv:3 and {layout}:2",
    ]
    listed = [Mistake(where, NAME, "x", "y") for where in (*shown, *hidden)]
    seen = [each.where for each in without_people(listed, folder) if each.found == NAME]
    assert seen == shown


def test_a_study_that_cannot_be_read_shows_study_yaml_alone(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("[")
    assert files_of_work(tmp_path) == {"study.yaml", "exclusions.csv"}

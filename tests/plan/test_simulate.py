"""`exvivo plan simulate`: the planned study, done once in advance."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from planned_study import PLANNED

from exvivo.cli import main
from exvivo.study import load


def simulate(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["plan", "simulate", str(folder), *options])


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "study.yaml").write_text(PLANNED, encoding="utf-8")
    return folder


def test_it_writes_a_folder_that_loads_and_says_what_to_do_with_it(plan: Path) -> None:
    to = plan.parent / "once"
    done = simulate(plan, "--to", str(to), "--protein", "xponent", "--qpcr", "quantstudio")
    assert done.exit_code == 0, done.output
    assert f"exvivo run {to}" in done.output
    assert "3 FM, 3 HC" in done.output
    study = load(to)
    assert study.simulated
    assert study.donors.height == 6
    assert [path.name for path in plan.iterdir()] == ["study.yaml"]


def test_json_names_every_number_it_was_drawn_from(plan: Path) -> None:
    to = plan.parent / "once"
    options = ("--donors", "2v4", "--wells", "1", "--seed", "3", "--protein", "xponent", "--json")
    made = json.loads(simulate(plan, "--to", str(to), *options).output)
    assert made["donors"] == {"FM": 2, "HC": 4}
    assert {"raw/mrna_1.rdml", "raw/protein_1.csv", "study.yaml"} <= set(made["files"])
    assert any(source["what"] == "wells" for source in made["drawn_from"])


def test_it_takes_the_fewest_plates_that_hold_all_wells(plan: Path) -> None:
    options = ("--donors", "14v10", "--protein", "xponent", "--json")
    made = json.loads(simulate(plan, "--to", str(plan.parent / "a"), *options).output)
    plates = [file for file in made["files"] if file.startswith("plates/mrna")]
    assert plates == ["plates/mrna_1.csv", "plates/mrna_2.csv"]
    refused = simulate(plan, "--to", str(plan.parent / "b"), *options, "--plates", "1")
    assert refused.exit_code == 2
    assert "--plates 2" in json.loads(refused.output)["mistakes"][0]["cure"]


@pytest.mark.parametrize("donors", ["14", "14v10v3", "many"])
def test_donors_that_do_not_match_the_groups_are_refused(plan: Path, donors: str) -> None:
    refused = simulate(plan, "--to", str(plan.parent / "once"), "--donors", donors)
    assert refused.exit_code == 2
    assert "a number for each of FM, HC" in refused.output
    assert not (plan.parent / "once").exists()


def test_a_mistake_in_the_plan_is_named_and_nothing_is_written(plan: Path) -> None:
    wrong = PLANNED.replace("exposure: pregabalin", "exposur: pregabalin")
    (plan / "study.yaml").write_text(wrong, encoding="utf-8")
    refused = simulate(plan, "--to", str(plan.parent / "once"))
    assert refused.exit_code == 2
    assert "exposur" in refused.output
    assert not (plan.parent / "once").exists()


@pytest.mark.parametrize("inside", ["raw/x", "simulated"])
def test_no_simulated_file_comes_into_the_folder_of_a_study(plan: Path, inside: str) -> None:
    refused = simulate(plan, "--to", str(plan / inside))
    assert refused.exit_code == 2 and "inside the study" in refused.output
    assert [path.name for path in plan.iterdir()] == ["study.yaml"]
    demo = CliRunner().invoke(main, ["demo", str(plan / inside)])
    assert demo.exit_code == 2 and "inside the study" in demo.output

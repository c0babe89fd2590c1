"""The plan in the door: size and assumptions as a form, power as a job, layouts proposed and taken."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from door_fixtures import client_of

from exvivo.plan.power import Wishes
from exvivo.web.jobs import child
from exvivo.web.planned.wishes import power_text, power_wishes, sent_wishes

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from exvivo.web.site import Site

STUDY = """\
exvivo: 1
title: INVENTED, before the blood is drawn
groups:  # who is compared
  - {id: FM, name: people with fibromyalgia, n: 4}
  - {id: HC, name: healthy people, n: 4}
stimuli: [{id: none, name: no stimulus, control: true}, {id: LPS, name: lipopolysaccharide}]
analytes: [{id: TNF}, {id: IL6}]
assays: [{id: protein, kind: results, unit: pg/mL}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
questions:
  - {id: more, ask: difference, groups: [FM, HC], assays: [protein], analytes: [TNF], stimulus: LPS}
  - ask: association
    id: pain
    within: FM
    assays: [protein]
    analytes: [TNF]
    scales: [VAS]
    stimulus: LPS
    symptoms: worse
plan: {declared: 2026-01-05}
"""
ASSUMED = """\
assumptions:
  effects:  # of the pilot
    - {fold: 3, stimulus: LPS}
    - {fold: 0.5, column: pregabalin, value: yes, source: a guess}
  spreads:
    - {analytes: [IL6], response: 0.9}
    - {response: 0.7, well: 0.2}
  scores:
    - {scale: VAS, group: HC, mean: 10, sd: 5}
"""
WORKER = """
import json, pathlib, sys
folder, head, kind, wishes = sys.argv[1:]
assert kind == "power"
print(json.dumps({"step": "100 of 200 studies", "steps": 1, "of": 2}), flush=True)
at = pathlib.Path(folder) / "planned" / "power"
(at / "report_data").mkdir(parents=True)
(at / "report.html").write_text("<!doctype html><style>p {}</style><p>" + wishes)
(at / "report_data" / "q1.svg").write_text("<svg/>")
(at / "parts").mkdir()
(at / "parts" / "secret.csv").write_text("x")
print(json.dumps({"end": "done"}), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "studies" / "plan"
    made.mkdir(parents=True)
    (made / "study.yaml").write_text(STUDY, encoding="utf-8")
    return made


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with client_of(folder.parent) as client:
        assert client.get("/enter?token=once").status_code == 303
        yield client


def site(client: TestClient) -> Site:
    made: Site = client.app.state.site  # type: ignore[attr-defined]
    return made


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the first form of a page."""
    form = re.search(r'<form method="post".*?</form>', page, re.DOTALL)
    assert form is not None
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name, value = (re.search(rf'\b{each}="([^"]*)"', tag) for each in ("name", "value"))
        if name and 'type="checkbox"' not in tag:
            fields[name[1]] = unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form[0]):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def sent(client: TestClient, changes: Mapping[str, str]) -> int:
    """Change fields of the form of assumptions and send it; gives the status."""
    fields = form_of(client.get("/s/plan/plan").text) | dict(changes)
    return client.post("/s/plan/plan", data=fields).status_code


# ---- size and assumptions


def test_the_form_says_what_is_assumed(client: TestClient, folder: Path) -> None:
    page = client.get("/s/plan/plan").text
    assert 'name="n-FM" type="text" value="4"' in page
    assert "The field: 0.65" in page
    fields = form_of(page)
    assert fields["effect-0-fold"] == "" and fields["score-0-r-TNF"] == ""


def test_only_what_was_changed_is_written(client: TestClient, folder: Path) -> None:
    changes = {
        "n-FM": "14",
        "wells": "3",
        "effect-0-fold": "1,5",
        "effect-0-analytes": "TNF",
        "effect-0-group": "FM",
        "effect-0-stimulus": "LPS",
        "sd-response": "0.7",
        "dropouts": "10",
        "score-0-mean": "60",
        "score-0-sd": "20",
        "score-0-r-TNF": "0.5",
    }
    assert sent(client, changes) == 303
    after = (folder / "study.yaml").read_text("utf-8")
    plain = after.replace("n: 14", "n: 4").replace("2026-01-05, wells: 3}", "2026-01-05}")
    assert plain.startswith(STUDY)
    assert "{analytes: [TNF], fold: 1.5, group: FM, stimulus: LPS}" in after
    assert "spreads: [{response: 0.7}]" in after
    assert "{scale: VAS, group: FM, mean: 60, sd: 20, correlation: {TNF: 0.5}}" in after
    assert "dropouts: 0.1" in after


def test_a_form_that_is_sent_back_changes_nothing(client: TestClient, folder: Path) -> None:
    (folder / "study.yaml").write_text(STUDY + ASSUMED, encoding="utf-8")
    assert sent(client, {}) == 303
    assert (folder / "study.yaml").read_text("utf-8") == STUDY + ASSUMED


def test_what_has_no_field_stays(client: TestClient, folder: Path) -> None:
    (folder / "study.yaml").write_text(STUDY + ASSUMED, encoding="utf-8")
    assert "only column pregabalin, value yes" in client.get("/s/plan/plan").text
    assert sent(client, {"effect-0-fold": "4", "sd-well": "0.3"}) == 303
    after = (folder / "study.yaml").read_text("utf-8")
    assert re.search(r"fold: 0\.5.*column: pregabalin.*value: [\"']?yes", after)
    assert "fold: 4" in after
    first, second = after.index("response: 0.9"), after.index("response: 0.7")
    assert first < second  # the last line that names a result says its spread
    assert "{scale: VAS, group: HC, mean: 10, sd: 5}" in after


def test_an_emptied_line_goes(client: TestClient, folder: Path) -> None:
    (folder / "study.yaml").write_text(STUDY + ASSUMED, encoding="utf-8")
    empty = {"effect-0-fold": "", "effect-0-stimulus": "", "sd-response": "", "sd-well": ""}
    assert sent(client, empty) == 303
    after = (folder / "study.yaml").read_text("utf-8")
    assert "fold: 3" not in after and "response: 0.7" not in after
    assert "response: 0.9" in after


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"n-FM": "4.5"}, "a whole number from 1 on"),
        ({"sd-well": "wide"}, "the SD `well`"),
        ({"sd-well": "20 %"}, "type 0.26 (20 % in log2)"),
        ({"effect-0-fold": "300 %"}, "type 3 (300 % of it), or 4 (300 % more)"),
        ({"effect-0-group": "FM"}, "the fold of effect 1"),
        ({"effect-0-fold": "2", "effect-0-analytes": "TFN"}, "TFN"),
        ({"score-0-r-TNF": "0.5"}, "the mean of VAS of FM"),
        ({"effect-0-fold": "-1"}, "study.yaml"),
        ({"before": "[1]"}, "what the page sends"),
    ],
)
def test_a_mistake_changes_nothing(
    changes: dict[str, str], told: str, client: TestClient, folder: Path
) -> None:
    fields = form_of(client.get("/s/plan/plan").text) | changes
    answer = client.post("/s/plan/plan", data=fields)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text and told in unescape(answer.text).replace(
        "<code>", "`"
    ).replace("</code>", "`")
    assert (folder / "study.yaml").read_text("utf-8") == STUDY


def test_donors_that_drop_out_are_typed_with_their_sign_or_without(
    client: TestClient, folder: Path
) -> None:
    assert sent(client, {"dropouts": "10 %"}) == 303
    assert "dropouts: 0.1" in (folder / "study.yaml").read_text("utf-8")


def test_correlations_that_cannot_be_true_together_are_not_saved(
    client: TestClient, folder: Path
) -> None:
    scores = [
        f"{{scale: VAS, group: {group}, mean: 50, sd: 9, correlation: {{TNF: 0.95, IL6: -0.95}}}}"
        for group in ("FM", "HC")
    ]
    asked = STUDY.replace("analytes: [TNF]", "analytes: [TNF, IL6]")
    text = f"{asked}assumptions: {{scores: [{', '.join(scores)}]}}\n"
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    assert sent(client, {"wells": "6"}) == 422
    assert (folder / "study.yaml").read_text("utf-8") == text


def test_two_people_lose_nothing(client: TestClient, folder: Path) -> None:
    mine = form_of(client.get("/s/plan/plan").text) | {"wells": "6"}
    assert sent(client, {"wells": "3"}) == 303
    theirs = (folder / "study.yaml").read_text("utf-8")
    assert client.post("/s/plan/plan", data=mine).status_code == 412
    assert (folder / "study.yaml").read_text("utf-8") == theirs


# ---- power


def test_wishes_come_back_as_they_were_told() -> None:
    wishes = sent_wishes({"donors": "14v10,28v20", "studies": "500", "ranks": "1"})
    assert power_wishes(json.loads(power_text(wishes))) == wishes
    assert sent_wishes({}).studies == Wishes().studies


def test_sizes_that_no_study_has_ask_for_no_job(client: TestClient) -> None:
    answer = client.post("/s/plan/plan/power", data={"donors": "14v10,28", "studies": "500"})
    assert answer.status_code == 422
    assert "Donors of each group" in answer.text and "--donors" not in answer.text
    assert 'value="14v10,28"' in answer.text
    long = client.post("/s/plan/plan/power", data={"studies": "000000100999999999"})
    assert long.status_code == 422 and "from 100 to 100,000" in long.text
    many = client.post("/s/plan/plan/power", data={"studies": "1e9"})
    assert many.status_code == 422 and "a whole number from 100" in many.text
    small = client.post("/s/plan/plan/power", data={"donors": "3v3"})
    assert small.status_code == 422 and "of fewer nothing is estimated" in small.text
    assert site(client).jobs.jobs("plan", kind="power") == []


def test_a_simulation_is_followed_to_its_report(client: TestClient) -> None:
    site(client).workers.program = (sys.executable, "-c", WORKER)
    asked = client.post("/s/plan/plan/power", data={"donors": "14v10", "studies": "500"})
    assert asked.headers["location"] == "/s/plan/plan/power"
    stream = client.get("/s/plan/plan/power/progress").text
    assert stream.endswith("event: over\ndata: The simulation is done.\n\n")
    page = client.get("/s/plan/plan/power").text
    assert "Open the report of power" in page and 'value="14v10"' in page
    report = client.get("/s/plan/plan/report/")
    assert '"donors": "14v10"' in report.text
    policy = report.headers["content-security-policy"]
    assert "style-src 'sha256-" in policy and "unsafe" not in policy
    assert client.get("/s/plan/plan/report/report_data/q1.svg").text == "<svg/>"
    for elsewhere in ("../../study.yaml", "parts/secret.csv", "report.html", "%2e%2e/study.yaml"):
        assert client.get(f"/s/plan/plan/report/{elsewhere}").status_code == 404


def test_runs_and_simulations_do_not_mix(client: TestClient) -> None:
    site(client).workers.stop()
    queue = site(client).jobs
    run = queue.ask("plan", "a")
    first = queue.ask("plan", "a", kind="power", wishes='{"studies": 1}')
    again = queue.ask("plan", "b", kind="power", wishes='{"studies": 2}')
    assert again.id == first.id and again.wishes == '{"studies": 2}' and run.id != first.id
    assert queue.jobs("plan") == [run]
    assert [job.wishes for job in queue.jobs("plan", kind="power")] == [again.wishes]
    assert "A simulation waits for its turn" in client.get("/s/plan/plan/power").text
    client.post(f"/s/plan/plan/power/{first.id}/cancel")
    assert "was cancelled" in client.get("/s/plan/plan/power").text
    assert queue.jobs("plan")[0].state == "waiting"


def test_a_simulation_that_is_refused_says_why(client: TestClient) -> None:
    fails = """
import json
slip = {"where": "--donors", "found": "3 v 3", "expected": "more", "cure": "--donors 6v6"}
print(json.dumps({"end": "failed", "mistakes": [slip]}), flush=True)
"""
    site(client).workers.program = (sys.executable, "-c", fails)
    client.post("/s/plan/plan/power", data={"donors": "14v10"})
    client.get("/s/plan/plan/power/progress")
    page = client.get("/s/plan/plan/power").text
    assert "could not be made" in page and "3 v 3" in page and "type 6v6" in page


def test_the_process_tells_how_far_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from exvivo.plan import power
    from exvivo.plan.parts import Progress, Standing

    def planned(folder: Path, wishes: Wishes, *, progress: Progress) -> None:
        assert wishes.axes.wells == "3,6"
        progress(Standing(1, 2, 100, 200, kept=0, seconds=3.0, workers=1))
        progress(Standing(2, 2, 200, 200, kept=0, seconds=6.0, workers=1))

    monkeypatch.setattr(power, "planned_power", planned)
    child.simulate_plan(folder, power_text(sent_wishes({"wells": "3,6"})))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == {"step": "100 of 200 studies, about 4 seconds left", "steps": 1, "of": 2}
    assert lines[2]["step"] == "putting the report together"
    assert lines[-1] == {"end": "done"}


# ---- layouts


def test_a_layout_is_proposed_and_taken(client: TestClient, folder: Path) -> None:
    empty = client.get("/s/plan/plan/layout")
    assert "Lay out" in empty.text and "Take into" not in empty.text
    page = client.get("/s/plan/plan/layout?plate=96&wells=2&seed=3").text
    assert page.count('role="img"') == 1 and "It does not replace donors" in page
    fields = form_of(page)
    assert fields["seed"] == "3" and "seed=4" in page
    assert client.post("/s/plan/plan/layout", data=fields).headers["location"] == "/s/plan/plates"
    text = (folder / "study.yaml").read_text("utf-8")
    assert text.startswith(STUDY) and "layout: plates/" in text
    written = sorted((folder / "plates").iterdir())
    assert len(written) == 1 and written[0].read_text("utf-8").count("sample") == 4 * 2 * 2 * 2
    assert "a line for each is added" in page
    assert (folder / "donors.csv").read_text("utf-8").count("FM0") == 4
    again = client.post("/s/plan/plan/layout", data=form_of_layout(client))
    assert again.status_code == 422 and "may have been pipetted" in again.text
    assert sorted((folder / "plates").iterdir()) == written


def form_of_layout(client: TestClient) -> dict[str, str]:
    return form_of(client.get("/s/plan/plan/layout?plate=96&wells=2&seed=9").text)


def test_a_study_that_changed_meanwhile_takes_no_layout(client: TestClient, folder: Path) -> None:
    fields = form_of_layout(client)
    (folder / "study.yaml").write_text(STUDY + "# theirs\n", encoding="utf-8")
    assert client.post("/s/plan/plan/layout", data=fields).status_code == 412
    assert not (folder / "plates").exists()


def test_wishes_that_cannot_be_are_refused_by_their_labels(client: TestClient) -> None:
    page = client.get("/s/plan/plan/layout?wells=many&seed=-1&controls=low=x")
    assert page.status_code == 422
    for told in ("Wells of a donor and condition", "Seed", "the amount of low"):
        assert told in page.text
    full = client.get("/s/plan/plan/layout?plates=1&wells=24")
    assert full.status_code == 422 and "Nothing is laid out" in full.text


def test_maps_are_printed(client: TestClient) -> None:
    answer = client.get("/s/plan/plan/layout/maps.pdf?wells=2")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.7")
    assert "plan-plates.pdf" in answer.headers["content-disposition"]

"""No day of a visit stands in what is handed out, also where a question names visits by days."""

from __future__ import annotations

import json
from pathlib import Path

from every_question import every_question

import exvivo
from exvivo.share import share

DAYS = {"1": "2031-03-01", "2": "2032-03-08"}


def by_days(folder: Path) -> None:
    """The study with every kind of question, its visits named by days everywhere."""
    study = every_question()
    for row in (*study.clinic, *study.layouts["t1"], *study.layouts["t2"]):
        row["visit"] = DAYS[row["visit"]]
    assert study.questions.count("visits: [1, 2]") == 2
    days = json.dumps([*DAYS.values()])
    study.questions = study.questions.replace("visits: [1, 2]", f"visits: {days}")
    path = study.write(folder) / "study.yaml"
    path.write_text(path.read_text("utf-8") + f"visits: {days}\n", "utf-8")


def test_no_day_of_a_visit_stands_in_the_public_folder(tmp_path: Path) -> None:
    by_days(tmp_path / "study")
    results = exvivo.run(tmp_path / "study").report.parent
    out = share(tmp_path / "study", "public", out=tmp_path / "out").folder
    texts = {path.name: path.read_text("utf-8") for path in out.rglob("*") if path.is_file()}
    assert [name for name, text in texts.items() if any(day in text for day in DAYS.values())] == []
    assert "change from visit 1 to visit 2?" in texts["report.html"]
    summaries = [path.read_text("utf-8") for path in results.glob("summary*")]
    assert len(summaries) == 10
    assert not any(day in text for text in summaries for day in DAYS.values())

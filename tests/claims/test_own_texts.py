"""What this project writes about its own demo says no more than the demo found."""

from __future__ import annotations

from pathlib import Path

import pytest

import exvivo
from exvivo.claim_records import CheckedText
from exvivo.claims import check
from exvivo.tell import shown_of

PROJECT = Path(__file__).parents[2]
ABOUT_SPIN = {PROJECT / "docs" / "howto" / "check-a-text.md", PROJECT / "docs" / "claims-rules.md"}
"""Pages that quote spun sentences and lists of words to explain them."""
PAGES = [
    page
    for page in (PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md")))
    if page not in ABOUT_SPIN
]


def checked(text: str, demo: exvivo.Result, name: str) -> CheckedText:
    findings = [each.finding for each in shown_of(demo.findings)]
    return check(text, demo.study, findings, name=name)


def stronger(text: CheckedText) -> list[str]:
    return [
        f"{text.name}:{each.place.line} {[spin.rule for spin in each.spins]} {each.text}"
        for each in text.stronger
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_no_page_says_more_than_the_demo_found(page: Path, demo: exvivo.Result) -> None:
    name = page.relative_to(PROJECT).as_posix()
    assert stronger(checked(page.read_text(encoding="utf-8"), demo, name)) == []


@pytest.mark.parametrize("name", ["report.html", "summary.html", "summary.md"])
def test_what_a_run_writes_says_no_more_than_it_found(name: str, demo: exvivo.Result) -> None:
    page = demo.report.with_name(name)
    text = checked(page.read_text(encoding="utf-8"), demo, name)
    assert stronger(text) == []
    assert any(each.judgement == "borne_out" for each in text.sentences)


def test_a_spun_sentence_in_a_report_would_be_seen(demo: exvivo.Result) -> None:
    page = demo.report.read_text(encoding="utf-8")
    spun = "<p>TNF from microglia causes the pain of fibromyalgia.</p></main>"
    assert page.count("</main>") == 1
    (each,) = checked(page.replace("</main>", spun), demo, "report.html").stronger
    assert each.text == "TNF from microglia causes the pain of fibromyalgia."

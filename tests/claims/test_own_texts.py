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

OTHER_STUDIES = {
    "docs/index.md": ("A real cohort, step by step: 219 patients",),
    "docs/methods/association.md": ("Within people with fibromyalgia, a higher TNF mRNA response",),
    "docs/immunoassay.md": ("From the demo, beside 2.53-fold",),
    "docs/methods/change.md": (
        "Within people with fibromyalgia, the TNF protein response",
        "Within donors of people with fibromyalgia, a higher TNF protein response",
    ),
    "docs/methods/effect.md": ("In cultures of people with fibromyalgia, ATP with the P2X7",),
    "docs/methods/families.md": ("For the TNF, IL-1β and IL-8 mRNA responses of the demo",),
    "docs/methods/identity.md": ("Induced microglia-like cells resemble microglia more",),
    "docs/methods/joint-model.md": ("From a run, beside the difference in TNF mRNA",),
    "docs/methods/mediation.md": ("Hypothesis only: part of the difference in pain",),
    "docs/methods/specificity.md": (
        "The difference between people with fibromyalgia and healthy people in the TNF",
        "Ratio of the two folds 1.",
    ),
    "docs/methods/treatment.md": (
        "Within people with fibromyalgia, whether the TNF mRNA response",
        "It may be from 0.55-fold to 1.50-fold that of donors without.",
        "In the demo, the difference in the TNF mRNA response adjusted for age",
    ),
    "docs/methods/undetected.md": ("The level of people with fibromyalgia may be from 0.75-fold",),
}
"""By page, how sentences begin that tell answers of other studies, or of questions that the demo
does not ask.
"""


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
    name, text = page.relative_to(PROJECT).as_posix(), page.read_text(encoding="utf-8")
    others = OTHER_STUDIES.get(name, ())
    plain = " ".join(text.replace("\n> ", "\n").replace("](", "] (").split())
    assert all(begin.split(":")[0] in plain for begin in others), "no longer on the page"
    found = checked(text, demo, name).stronger
    own = [each for each in found if not " ".join(each.text.split()).startswith(others)]
    assert stronger(CheckedText(name, tuple(own))) == []


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

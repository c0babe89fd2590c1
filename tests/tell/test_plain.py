"""The plain summary can be read at school-leaving level, and explains the words that it uses."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from compare_tables import LEVELS, MORE, study
from readability import assert_plain, lix

import exvivo
from exvivo.study import Analyte, Stimulus, Study
from exvivo.tell import shown_of, summary
from exvivo.tell.glossary import glossary


def test_the_formula_is_that_of_the_book() -> None:
    """Nine words, one sentence, three long words: 9 + 33.3."""
    assert round(lix("The cheerful elephant walked under a wonderful old tree."), 1) == 42.3


def test_the_study_of_intake_is_told_plainly(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = shared_data / "faults" / "intake" / "study"
    if not source.is_dir():
        pytest.skip(f"no study to read: {source}")
    shutil.copytree(source, tmp_path / "study")
    monkeypatch.setattr("exvivo.tell.report", lambda *given, **named: None)
    result = exvivo.run(tmp_path / "study")
    assert_plain(result.study, result.findings)
    text = " ".join(summary(result.study, findings=shown_of(result.findings)))
    assert "cells had less TNF mRNA: about a third as much (9 donors; anything from 26" in text


def names(of: Study, text: str) -> set[str]:
    return {term.name for term in glossary(of, text)}


def test_only_words_that_occur_are_explained_and_unknown_ones_are_not_guessed_at() -> None:
    of = study(MORE, stimuli=(Stimulus(id="X", name="tofacitinib"), Stimulus(id="L", name="LPS")))
    assert names(of, "The response of TNF mRNA to LPS") == {
        "TNF",
        "mRNA",
        "protein",
        "inflammation",
        "LPS",
        "response",
    }
    assert names(of, "donors had tofacitinib and LPSX, XATP") == {"donor"}
    assert names(of, "nothing of the kind") == set()


def test_receptors_are_no_cytokines() -> None:
    analytes = tuple(Analyte(id=name) for name in ("IL6", "TNFRSF1A", "IL1RN", "CXCL8", "ZZZ"))
    of = study(LEVELS, analytes=analytes)
    text = " ".join(of.name_of(analyte.id) for analyte in of.analytes)
    (first, *_) = glossary(of, text)
    assert first.name == "IL-6 and IL-8"


def test_the_range_has_the_level_of_the_plan() -> None:
    of = study(MORE)
    of = replace(of, plan=replace(of.plan, alpha=0.01))
    (term,) = glossary(of, "anything fits the data")
    assert "99 of 100 studies" in term.meaning

"""No sentence of identity says what the cells are."""

from __future__ import annotations

import itertools

import numpy as np
from likeness_worlds import (
    MIXED,
    WHO,
    World,
    ask,
    broken,
    cultured,
    findings_of,
    of_donors,
    references,
    whole,
)

from exvivo.compare.evidence import UNSTATED
from exvivo.findings import Count, Finding
from exvivo.methods import SIMILARITY_CONTRAST
from exvivo.tell import Tables, worded
from exvivo.tell.asks import ASKS
from exvivo.tell.sentences import sentence
from exvivo.tell.tables import answers_of
from exvivo.units import SIMILARITY

NOT_SAID = (
    "no effect",
    "no difference",
    "significan",
    "prove",
    "proof",
    "cause",
    "because",
    "due to",
    "leads to",
    "trend",
    "confirm",
    "biomarker",
    "predict",
    "influence",
    "nan",
    "none",
    "inf ",
    "null",
    "are microglia",
    "identical",
    "same as",
)


def test_no_sentence_says_what_the_cells_are() -> None:
    said: list[str] = []
    for seed, weights in (
        (12, (0.9, 0.05, 0.05)),
        (13, (0.05, 0.9, 0.05)),
        (14, (0.34, 0.33, 0.33)),
    ):
        world = World(seed)
        donors = world.donors(6, np.array(weights))
        own = {f"monocyte:{name}": world.donor(np.array([0.1, 0.8, 0.1])) for name in donors}
        rows = cultured(donors, world.genes) + references(
            world.samples | own, world.genes, donors=tuple(donors)
        )
        rows = whole(rows)
        found = ask(rows, list(donors))
        said += [
            *found["sentence"],
            *itertools.chain(*found["warnings"]),
            *found["method"],
            *found["estimand"],
        ]
        of = of_donors(list(donors))
        text = ASKS["identity"]
        tables = Tables.of({"findings": worded(findings_of(rows, of), of)})
        shown = answers_of(tables.findings)
        said += [
            text.words(WHO, of),
            *text.notes(WHO, of),
        ]
        assert text.figure(WHO, shown, tables, of, "f") is not None
    said += [f["sentence"] for f in broken(n=2)]
    assert len(set(said)) > 60
    for text_ in said:
        assert not any(word in text_.lower() for word in NOT_SAID), text_
        assert "  " not in text_, text_
    for part in (
        "resemble microglia more than monocyte",
        "resemble monocyte more than microglia",
        "is not resolved",
        "cannot be estimated",
    ):
        assert any(part in text_ for text_ in said), part


def test_the_sentence_of_an_answer_only_the_family_takes_away() -> None:
    world = World(15)
    donors = world.donors(6, MIXED)
    of = of_donors(list(donors))
    found = Finding(
        question="who",
        ask="identity",
        family="who",
        assay="expression",
        readout="expression",
        analyte="monocyte",
        estimand=UNSTATED,
        method=SIMILARITY_CONTRAST,
        level=0.95,
        unit=SIMILARITY,
        n=(Count("FM", 6),),
        estimate=0.2,
        lower=0.01,
        upper=0.39,
        verdict="not resolved",
    )
    assert sentence(found, WHO, study=of).endswith(
        "not after correction for all that was asked together."
    )

"""Scores: how fast, held against other programs, and whether reverse items are noticed that nobody
reversed, or that were reversed twice.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time

import numpy as np
import polars as pl

from benchmarks.row import Row
from exvivo.arrays import Floats
from exvivo.quantify.scores import score_forms
from exvivo.reconcile.reverse_items import fit_of
from exvivo.study import Questionnaire
from exvivo.study.answered_forms import AnsweredForms
from exvivo.study.scoring import ScoringKey
from exvivo.study.scoring_keys import catalog_key

ORACLES = Path(__file__).parents[2] / "tests" / "quantify" / "scores"
FORMS = 1_000_000
PEER_FORMS = 20_000
STUDIES = 2_000
REVERSE = np.array([2, 4, 6, 7, 12, 14]) - 1
Rng = np.random.Generator
Generator = Callable[[int, Rng], Floats]


def rows() -> Iterator[Row]:
    """The figures of the scores."""
    yield from _speed()
    yield from _oracles()
    for name, generator in GENERATORS.items():
        yield from _reversal(name, generator)


def _speed() -> Iterator[Row]:
    """A million FIQR forms, a tenth of the answers missing; the peer goes form by form."""
    key, rng = _key("FIQR"), np.random.default_rng(1)
    answers = rng.integers(0, 11, (FORMS, 21)).astype(float)
    complete = _seconds(lambda: score_forms(key, answers))
    answers[rng.random(answers.shape) < 0.1] = np.nan
    gaps = _seconds(lambda: score_forms(key, answers))
    few = answers[:PEER_FORMS]
    peer = _seconds(lambda: [_fiqr(form) for form in few]) * FORMS / PEER_FORMS
    what = "1,000,000 FIQR forms"
    yield Row(what=what, value=complete, unit="s", bar="<= 1")
    with_gaps = f"{what} with gaps and their bounds (peer: one after the other, no bounds)"
    yield Row(what=with_gaps, value=gaps, unit="s", bar="<= 1", peer=peer)


def _fiqr(form: Floats) -> float:
    """The FIQR of one form, without bounds."""
    total = 0.0
    for first, last, factor in ((0, 9, 1 / 3), (9, 11, 1.0), (11, 21, 0.5)):
        answered = [x for x in form[first:last] if x == x]
        total += sum(answered) * (last - first) / len(answered) * factor if answered else np.nan
    return total


def _seconds(work: Callable[[], object]) -> float:
    """CPU seconds, the least of three."""
    times = []
    for _ in range(3):
        start = process_time()
        work()
        times.append(process_time() - start)
    return min(times)


def _oracles() -> Iterator[Row]:
    """Random forms that other programs scored."""
    for name, key, coding in (("hads", "HADS", "agreement"), ("phq9", "PHQ-9", "")):
        with gzip.open(ORACLES / f"{name}.csv.gz", "rt") as file:
            head, *forms = list(csv.reader(io.StringIO(file.read())))
        items = len(_key(key).every_item)
        answers = np.array([form[:items] for form in forms], dtype=float)
        theirs = np.array([form[items:] for form in forms], dtype=float)
        made = score_forms(_key(key), answers, coding=coding).scores
        differing = int((made != theirs[:, : made.shape[1]]).sum())
        what = f"{key}: forms of {len(forms)} unlike BioPsyKit ({', '.join(head[items:])})"
        yield Row(what=what, value=differing, unit="scores", bar="<= 0")


def _reversal(name: str, generator: Generator) -> Iterator[Row]:
    """Studies of 14 with HADS items that nobody reversed, and those where all is right."""
    key, rng = _key("HADS"), np.random.default_rng(2)
    alarms = missed = 0
    for _ in range(STUDIES):
        right = generator(14, rng)
        wrong = right.copy()
        wrong[:, REVERSE] = 3 - wrong[:, REVERSE]
        alarms += _is_flagged(key, right)
        missed += not _is_flagged(key, wrong)
    noticed, false = (100 * (STUDIES - missed) / STUDIES, 100 * alarms / STUDIES)
    yield Row(what=f"{name}: unreversed, flagged", value=noticed, unit="%", bar=">= 95")
    yield Row(what=f"{name}: false alarms", value=false, unit="%", bar="<= 5")


def _is_flagged(key: ScoringKey, answers: Floats) -> bool:
    n = len(answers)
    people = pl.DataFrame({"donor": [f"P{i}" for i in range(n)]})
    form = Questionnaire(id="HADS", coding="points")
    asked = np.ones(answers.shape, dtype=np.bool_)
    fit = fit_of(AnsweredForms(key, form, people, answers, asked, pl.DataFrame()))
    return fit is not None and fit.evidence < 0


def _one_factor(load: float) -> Generator:
    """One factor, items about the middle of their range."""

    def draw(n: int, rng: Rng) -> Floats:
        factor = rng.normal(size=(n, 1))
        latent = load * factor + np.sqrt(1 - load**2) * rng.normal(size=(n, 14))
        return np.asarray(np.clip(np.round(1.1 + 0.8 * latent), 0, 3))

    return draw


def _two_factors(n: int, rng: Rng) -> Floats:
    """Anxiety and depression, correlated .6; loadings from .4 to .8 and thresholds of each item its
    own, skewed towards 0.
    """
    common = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=n)
    loads = rng.uniform(0.4, 0.8, 14)
    latent = common[:, np.arange(14) % 2] * loads
    latent = latent + np.sqrt(1 - loads**2) * rng.normal(size=(n, 14))
    cuts = np.sort(rng.uniform(-0.6, 1.9, (14, 3)), axis=1)
    return np.asarray((latent[:, :, None] > cuts).sum(axis=2), dtype=float)


def _floor(n: int, rng: Rng) -> Floats:
    """Half patients, half healthy people most of whom answer 0 or 1."""
    ill = np.arange(n) < n // 2
    latent = 0.5 * rng.normal(size=(n, 1)) + 0.8 * rng.normal(size=(n, 14))
    latent += np.where(ill, 1.4, 0.3)[:, None]
    return np.asarray(np.clip(np.round(latent), 0, 3))


GENERATORS: dict[str, Generator] = {
    "one factor, loading .4": _one_factor(0.4),
    "one factor, loading .6": _one_factor(0.6),
    "two factors, skewed items": _two_factors,
    "patients and healthy people": _floor,
}


def _key(name: str) -> ScoringKey:
    key = catalog_key(name)
    assert key is not None
    return key

"""Whether numbers are what the study says: log2 or counts, both tables alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from expression_tables import read, refused

from exvivo.arrays import Floats

GENES = 600


def tpm(seed: int, samples: int, *, noise: float = 0.4) -> Floats:
    """TPM of made-up tables of one kind of tissue: many genes silent, a few high."""
    level = np.random.default_rng(1).normal(2.0, 4.0, GENES)
    own = np.random.default_rng(seed).normal(0, noise, (GENES, samples))
    raw = np.maximum(2 ** (level[:, None] + own) - 1, 0)
    return np.asarray(1e6 * raw / raw.sum(axis=0))


CULTURED, REFERENCES = np.log2(tpm(2, 3) + 1), np.log2(tpm(3, 6, noise=0.8) + 1)
COUNTS = np.rint(tpm(2, 3) * np.array([3.1, 5.4, 4.2])), np.rint(tpm(3, 6) * 2.7)


def text(values: Floats, names: list[str]) -> str:
    rows = (
        ",".join([f"GENE{at}", *(f"{v:.8g}" for v in row)])
        for at, row in enumerate(values.tolist())
    )
    return "\n".join([",".join(["gene", *names]), *rows]) + "\n"


def tables(cultured: Floats, references: Floats) -> tuple[str, str]:
    mine = ["D1", "D2", "007"]
    theirs = [f"{cell}:{at}" for cell in ("microglia", "monocyte") for at in range(3)]
    return text(cultured, mine), text(references, theirs)


def z(values: Floats) -> Floats:
    spread = values.std(axis=1, keepdims=True)
    return np.asarray((values - values.mean(axis=1, keepdims=True)) / np.where(spread, spread, 1))


def array(values: Floats) -> Floats:
    """As an array measures the same: a background, and an end of its range."""
    return np.asarray(np.log2(60 + np.minimum(3 * 2**values, 65000)))


def logarithms_of_one_table() -> list[tuple[Floats, Floats]]:
    """Honest pairs: the same table, shifted, of an array, of log2 CPM with numbers below 0."""
    small = np.log2(tpm(2, 3) + 0.1)
    return [
        (CULTURED, REFERENCES),
        (CULTURED + 3, REFERENCES),
        (CULTURED, REFERENCES - 4),
        (array(CULTURED), REFERENCES),
        (CULTURED, array(REFERENCES)),
        (array(CULTURED), array(REFERENCES)),
        (small, REFERENCES),
        (small - 3, REFERENCES),
        (array(CULTURED) - array(CULTURED).mean(axis=0), REFERENCES),
    ]


@pytest.mark.parametrize("at", range(9))
def test_log2_of_any_platform_is_read(tmp_path: Path, at: int) -> None:
    frame, _ = read(tmp_path, *tables(*logarithms_of_one_table()[at]))
    assert frame.height == 9


def test_counts_are_read(tmp_path: Path) -> None:
    frame, _ = read(tmp_path, *tables(*COUNTS), scale="counts")
    assert frame.height == 9


LN, LOG10 = float(np.log(2)), float(np.log10(2))
WITH_OTHER_SUMS = np.log2(tpm(2, 3) * np.array([0.7, 0.8, 0.9]) + 1)


@pytest.mark.parametrize(
    ("cultured", "references", "part"),
    [
        (CULTURED * LN, REFERENCES, "natural logarithms: without them every sample adds up"),
        (CULTURED * LOG10, REFERENCES, "decimal logarithms: without them every sample adds up"),
        (CULTURED * LN, REFERENCES * LN, "natural logarithms: without them every sample adds up"),
        (WITH_OTHER_SUMS * LN, REFERENCES, "these look like natural logarithms"),
        (WITH_OTHER_SUMS * LOG10, REFERENCES, "these look like decimal logarithms"),
        (WITH_OTHER_SUMS, (REFERENCES + 1) * LN, "these look like natural logarithms"),
        (CULTURED, z(REFERENCES), "a mean of 0 over the samples in"),
        (z(CULTURED), z(REFERENCES), "a mean of 0 over the samples in"),
        (CULTURED, REFERENCES - REFERENCES.mean(axis=1, keepdims=True), "a mean of 0"),
        (CULTURED, z(np.hstack([REFERENCES, CULTURED]))[:, :6], "z-scores, or centred genes"),
        (np.rint(CULTURED), REFERENCES, "of which 100.0% are whole"),
        (tpm(2, 3) / 1e6, REFERENCES, "all add up to 1: shares"),
    ],
)
def test_what_is_no_log2_is_refused(
    tmp_path: Path, cultured: Floats, references: Floats, part: str
) -> None:
    told = refused(tmp_path, *tables(cultured, references))
    assert part in told


@pytest.mark.parametrize(
    ("cultured", "part"),
    [
        (np.rint(CULTURED), "numbers of which the largest is 1"),
        (np.rint(tpm(2, 3)), "samples whose numbers all add up to 1e+06"),
        (tpm(2, 3), "are whole"),
    ],
)
def test_what_are_no_counts_is_refused(tmp_path: Path, cultured: Floats, part: str) -> None:
    told = refused(tmp_path, *tables(cultured, COUNTS[1]), scale="counts")
    assert part in told
    told = refused(tmp_path, *tables(COUNTS[0], REFERENCES), scale="log2")
    assert "as a log2" in told

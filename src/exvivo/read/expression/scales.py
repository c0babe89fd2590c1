"""Numbers that cannot be, or hardly are, what the study says they are: log2 or counts.

Bounds between tables were set on 27 pairs of public tables of RNA sequencing; figures stand in
docs/howto/identity.md.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.errors import Mistake
from exvivo.read.expression.forms import Sheet

HIGHEST_LOG2 = 50.0
"""No expression has a log2 above this: 2^50 is 10^15."""
FEWEST_WHOLE = 0.01
"""The share of the numbers above 0 that are whole below which they are no counts; estimated counts
keep many whole ones.
"""
MOST_WHOLE = 0.99
"""The share of the numbers above 0 that are whole above which they are no log2."""
LOWEST_TOP_COUNT = 30.0
"""The largest number of a table below which it holds no counts: a log2 never is as large."""
SAME_SUMS = 0.005
"""How far sums of samples may lie from one million, 100 or 1 to be taken for made so."""
FEWEST = 20
"""Genes from which a whole table is judged."""
MANY = 200
"""Genes from which quantiles are."""
CENTRED_BY = 0.95
"""The share of genes with a mean of 0 over the samples from which a table is centred."""
_ZERO = 0.01
"""A mean this small beside the spread of a gene is 0, as far as decimals were cut."""
_AS_LOG2 = "write `scale: log2` if these are logarithms"
_NOT_STANDARDISED = (
    "hand in the log2 expression as it was before each gene was centred or divided by its "
    "standard deviation; what a gene's level is, every comparison here needs"
)

_BASES = {"natural": math.e, "decimal": 10.0}
"""The bases of other logarithms."""


@dataclass(frozen=True)
class Measured:
    """The numbers of a table (genes, samples), NaN where there is none; `rows` are the genes' rows
    in its sheet.
    """

    sheet: Sheet
    rows: tuple[int, ...]
    values: Floats


def not_of_scale(table: Measured, scale: str) -> Iterator[Mistake]:
    """Numbers of one table that cannot be what the study says they are."""
    wrong: list[Mistake] = []
    for sample in range(table.values.shape[1]):
        wrong += _of_sample(table, sample, scale)
    yield from wrong
    positive = table.values[table.values > 0]
    if not wrong and positive.size:
        whole = float((positive == np.rint(positive)).mean())
        judge = _no_counts_at_all if scale == "counts" else _no_log2_at_all
        yield from judge(table, positive, whole)


def _of_sample(table: Measured, sample: int, scale: str) -> Iterator[Mistake]:
    """What keeps a sample's numbers from being of the scale."""
    values = table.values[:, sample]
    if np.isnan(values).all():
        yield Mistake(
            f"{table.sheet.top()} column {table.sheet.samples[sample]}",
            "a sample without a number",
            "the expression of every gene",
            "remove the column, or fill it",
        )
        return
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    lowest = _Number(float(values[low]), table.sheet.where(table.rows[low], sample))
    highest = _Number(float(values[high]), table.sheet.where(table.rows[high], sample))
    yield from _no_log2(highest) if scale == "log2" else _no_counts(lowest, highest)


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of a table, and its address."""

    value: float
    where: str


def _no_log2(highest: _Number) -> Iterator[Mistake]:
    if highest.value > HIGHEST_LOG2:
        yield Mistake(
            highest.where,
            f"{highest.value:g} as a log2",
            f"log2 of expression, at most {HIGHEST_LOG2:g}",
            "write `scale: counts` if these are counts; take log2 of other numbers first",
        )


def _no_counts(lowest: _Number, highest: _Number) -> Iterator[Mistake]:
    """What keeps a sample's numbers from being counts."""
    if lowest.value < 0:
        below_0 = f"{lowest.value:g} as a count"
        yield Mistake(lowest.where, below_0, "counts, 0 or above", _AS_LOG2)
    elif highest.value == 0:
        yield Mistake(
            highest.where,
            "a sample without a single count",
            "counts of reads",
            "remove the sample, or export it again",
        )


def _no_counts_at_all(table: Measured, positive: Floats, whole: float) -> Iterator[Mistake]:
    """Too few whole numbers for counts, numbers too small, or sums that were made so."""
    found = ""
    if whole < FEWEST_WHOLE:
        found = f"numbers of which {whole:.1%} are whole"
    elif positive.max() < LOWEST_TOP_COUNT and len(table.rows) >= FEWEST:
        found = f"numbers of which the largest is {positive.max():g}"
    elif total := _made_sums(table.values, (1e6,)):
        found = f"samples whose numbers all add up to {total:,g}"
    if found:
        yield Mistake(
            table.sheet.top(),
            found,
            "counts of reads, not normalised and not rounded from other numbers",
            f"{_AS_LOG2}, not rounded; TPM and FPKM are no counts: take log2 of (TPM + 1) and "
            "write `scale: log2`",
        )


def _no_log2_at_all(table: Measured, positive: Floats, whole: float) -> Iterator[Mistake]:
    """Whole numbers only, sums of 1 or 100, or genes that were centred."""
    found, cure = "", "write `scale: counts` if these are counts; else hand in log2 with decimals"
    if whole > MOST_WHOLE and positive.size >= MANY:
        found = f"numbers of which {whole:.1%} are whole"
    elif kind := _other_base(table.values):
        found = f"{kind} logarithms: without them every sample adds up to a million or 10,000"
        cure = f"multiply the numbers by {1 / np.log2(_BASES[kind]):.3f}, or export log2"
    elif total := _made_sums(table.values, (1.0, 100.0)):
        found = f"samples whose numbers all add up to {total:g}: shares of a whole"
        cure = "take log2 of (1,000,000 x share + 1) first, or of (10,000 x percentage + 1)"
    elif words := _centred(table.values):
        found, cure = words, _NOT_STANDARDISED
    if found:
        yield Mistake(table.sheet.top(), found, "log2 of expression", cure)


def _made_sums(values: Floats, totals: tuple[float, ...]) -> float:
    """The total to which every sample adds up; 0 where they do not."""
    sums = np.nansum(values, axis=0)
    near = (one for one in totals if (np.abs(sums / one - 1) < SAME_SUMS).all())
    return next(near, 0.0) if len(values) >= FEWEST else 0.0


def _other_base(values: Floats) -> str:
    """Of which other logarithm the numbers are: the numbers it was taken of add up to a million, or
    to 10,000 as single cells are scaled to, in every sample; empty for none.
    """
    for kind, base in _BASES.items():
        if _made_sums(np.power(base, values) - 1, (1e6, 1e4)):
            return kind
    return ""


def _centred(values: Floats) -> str:
    """What shows that each gene was centred or standardised, in words; empty where nothing does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # genes without a number
        means, spreads = np.nanmean(values, axis=1), np.nanstd(values, axis=1)
    told: Bools = spreads > 0
    if values.shape[1] > 1 and told.sum() >= FEWEST:
        zero = float((np.abs(means[told]) < _ZERO * np.maximum(spreads[told], 0.1)).mean())
        if zero >= CENTRED_BY:
            return f"a mean of 0 over the samples in {zero:.0%} of the genes: centred or z-scored"
    if len(values) < MANY:
        return ""
    middle, high = np.nanquantile(values, [0.5, 0.999])
    below, spread = float((values < 0).mean()), float(np.nanstd(values))
    if below > _HALF_BELOW and high - middle < _Z_HIGH and spread < _Z_SPREAD:
        return f"{below:.0%} of the numbers below 0 and none high: z-scores, or centred genes"
    return ""


_HALF_BELOW, _Z_HIGH, _Z_SPREAD = 0.25, 5.5, 1.7
"""Log2 expression with so many numbers below 0 (log2 CPM, shifted arrays) has its highest numbers
more than 6 above its middle, and a standard deviation of 2 and more.
"""

_LOW, _HIGH = (0.01, 0.05, 0.5, 0.75, 0.25), (0.99, 0.995, 0.99, 0.99, 0.95)
"""The quantiles between which spans are taken."""
LN, LOG10 = float(np.log(2)), float(np.log10(2))
"""What a log2 becomes as a natural or a decimal logarithm, times itself."""
_BETWEEN = float(np.sqrt(LN * LOG10))
_SURELY = 0.77
"""The largest ratio of spans below which no two honest tables were (the lowest seen is 0.80, two
tissues of low correlation).
"""
_LN_TOP = 13.0
"""The number above which a table is no natural logarithm of anything that was sequenced."""
_FLOOR = 0.01
"""The share of its numbers that stand at the lowest one, from which a table has a floor."""
_ENOUGH = 200_000
"""Numbers from which quantiles are taken: every so many of more."""


def not_of_one_scale(one: Measured, other: Measured, shared: tuple[Bools, Bools]) -> list[Mistake]:
    """Two tables called log2 of which one is a natural or a decimal logarithm: over the genes that
    both have (`shared` marks them), all its spans are so much shorter.
    """
    a, b = one.values[shared[0]], other.values[shared[1]]
    few = min(len(a), len(b)) < FEWEST or not (np.isfinite(a).any() and np.isfinite(b).any())
    if few:
        return []
    ratio = _ratio(a, b)
    if ratio <= 1:
        return list(_as_logarithm(one, a, ratio, other.sheet.source))
    ratio = _ratio(b, a)
    return list(_as_logarithm(other, b, ratio, one.sheet.source))


def _ratio(values: Floats, others: Floats) -> float:
    """The largest ratio of the spans of two tables: quantiles, and standard deviations."""
    spans = [_spans(values), _spans(others)]
    return max(a / b if b > 0 else np.inf for a, b in zip(*spans, strict=True))


def _spans(values: Floats) -> list[float]:
    numbers = values[np.isfinite(values)]
    numbers = numbers[:: 1 + len(numbers) // _ENOUGH]
    low, high = np.quantile(numbers, _LOW), np.quantile(numbers, _HIGH)
    return [*(high - low).tolist(), float(numbers.std())]


def _as_logarithm(table: Measured, values: Floats, ratio: float, other: str) -> Iterator[Mistake]:
    base = "natural" if ratio > _BETWEEN else "decimal"
    if not _is_refused(values, ratio, base):
        return
    factor = 1 / (LN if base == "natural" else LOG10)
    yield Mistake(
        table.sheet.top(),
        f"numbers whose spread is at most {ratio:.2f} times that of the same genes in {other}, "
        f"the highest {np.nanmax(values):.1f}",
        "log2 in both tables",
        f"these look like {base} logarithms: multiply them by {factor:.3f}, or export log2; "
        "write both tables with one pipeline if they are log2",
    )


def _is_refused(values: Floats, ratio: float, base: str) -> bool:
    """Whether a ratio of spans is beyond what honest tables have. A floor that many numbers stand
    at is the 0 of log(x + 1), wherever it was shifted.
    """
    if base == "decimal":
        return len(values) >= MANY or ratio < LOG10 * 1.2
    lowest = float(np.nanmin(values))
    floor = lowest if (values == lowest).mean() >= _FLOOR else 0.0
    return len(values) >= MANY and ratio < _SURELY and float(np.nanmax(values)) - floor <= _LN_TOP

"""What the answers of drawn studies come to, method by method: stored as a table, from which the
page of the docs is made.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from calibration.band import RARE, Share
from exvivo.arrays import Bools, Ints
from exvivo.methods import METHODS

STORED = Path(__file__).parent / "stored" / "methods.csv"
LEVEL, ALPHA = 0.95, 0.05
FEWEST = 40
"""Answers by one method below which nothing is said of it in a setting."""
NOT_DRAWN = ("similarity_contrast",)
"""Methods that answer, of questions whose results no plan assumes (profiles of expression)."""
_SILENT = "none"
Row = dict[str, object]


def can_answer() -> tuple[str, ...]:
    """The methods by which `compare` may answer a question."""
    return (
        *("welch", "least_squares", "mixed_wells", "bounded_wells", "counted_wells"),
        *("gehan_shift", "brunner_munzel", "welch_contrasts", "student_contrasts"),
        *("bounded_contrasts", "spearman", "pearson", "partial_spearman", "partial_pearson"),
        *("group_adjusted_spearman", "group_adjusted_pearson", "two_way", "two_way_ranks"),
        *("product_of_slopes", *NOT_DRAWN),
    )


def summary(answers: pl.DataFrame) -> pl.DataFrame:
    """One row a setting, truth and method: answers, how many intervals hold the truth and how many
    claims are false, each with what related answers of one study add to its scatter, and the bias
    of the estimates with its standard error and the spread of the estimates.
    """
    rows = [
        _summed(setting, truth, method, own)
        for (setting, truth, method), own in answers.group_by(
            "setting", "truth", "method", maintain_order=True
        )
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _summed(setting: object, truth: object, method: object, own: pl.DataFrame) -> Row:
    """The row of one method in one setting."""
    known = own.filter(pl.col("true").is_not_null(), pl.col("estimate").is_not_null())
    inside = known.select(
        (pl.col("lower").fill_null(-math.inf) <= pl.col("true"))
        & (pl.col("upper").fill_null(math.inf) >= pl.col("true"))
    ).to_series()
    null = known.filter(pl.col("true") == _null_of(own), pl.col("p").is_not_null())
    false = (null["p"] <= ALPHA).to_numpy()
    error = (known["estimate"] - known["true"]).to_numpy()
    return {
        "setting": setting,
        "truth": truth,
        "method": method,
        "unit": own["unit"][0],
        "answers": own.height,
        "known": known.height,
        "inside": int(inside.sum()),
        "inside_effect": _effect(inside.to_numpy(), known["study"].to_numpy()),
        "null": null.height,
        "false": int(false.sum()),
        "false_effect": _effect(false, null["study"].to_numpy()),
        "bias": float(error.mean()) if len(error) else None,
        "bias_error": _error_of_mean(error, known["study"].to_numpy()),
        "spread": float(error.std(ddof=1)) if len(error) > 1 else None,
    }


def _null_of(own: pl.DataFrame) -> float:
    """The estimate that says that nothing differs."""
    return 0.5 if own["unit"][0] == "probability" else 0.0


def _effect(hit: Bools, study: Ints) -> float:
    """How much more a count over related answers of one study varies than independent ones would;
    never below 1.
    """
    if len(hit) < FEWEST or hit.all() or not hit.any():
        return 1.0
    residual = hit - hit.mean()
    by_study = np.bincount(study, residual)
    share = float(hit.mean())
    return max(float(by_study @ by_study) / (len(hit) * share * (1 - share)), 1.0)


def _error_of_mean(error: np.ndarray, study: Ints) -> float | None:
    """The standard error of a mean over related answers of some studies."""
    if len(error) < FEWEST:
        return None
    by_study = np.bincount(study, error - error.mean())
    return float(np.sqrt(by_study @ by_study) / len(error))


def coverage(row: Row) -> Share:
    """The share of intervals that hold the truth, with its band."""
    return _share(row, "inside", "known", least=LEVEL, most=1.0)


def false_claims(row: Row) -> Share:
    """The share of answers that claim what is not there, with its band."""
    return _share(row, "false", "null", least=0.0, most=ALPHA)


def _share(row: Row, hits: str, trials: str, *, least: float, most: float) -> Share:
    numbers = {name: float(str(row[name])) for name in (hits, trials, f"{hits}_effect")}
    return Share(
        what=f"{row['method']}: {row['setting']}",
        hits=round(numbers[hits]),
        trials=round(numbers[trials]),
        least=least,
        most=most,
        design_effect=numbers[f"{hits}_effect"],
    )


def is_biased(row: Row) -> bool:
    """Whether the 99 % band of the bias leaves zero out."""
    if row["bias_error"] is None:
        return False
    from scipy.special import ndtri

    bias, error = float(str(row["bias"])), float(str(row["bias_error"]))
    return abs(bias) > float(ndtri(1 - RARE / 2)) * error


def rows_of(stored: pl.DataFrame) -> list[Row]:
    """The rows of which enough is known to say something."""
    return stored.filter(pl.col("known") >= FEWEST, pl.col("method") != _SILENT).to_dicts()


def holds(row: Row) -> bool:
    """Whether coverage and false claims lie in their bands."""
    claims = false_claims(row)
    return coverage(row).holds and (claims.trials < FEWEST or claims.holds)


def page(stored: pl.DataFrame, source: str) -> str:
    """The page of the docs."""
    rows = rows_of(stored)
    outside = [row for row in rows if not holds(row)]
    lines = [
        "# Every method on drawn studies",
        "",
        *_introduction(stored, source),
        "",
        f"## What lies outside ({len(outside)} of {len(rows)} rows)",
        "",
        *_outside(outside, len(rows)),
        "",
        "## Every method",
        "",
        _line(_HEADER),
        _line(["---"] * len(_HEADER)),
        *(_line(_cells(row)) for row in _by_method(rows)),
        "",
        "## Without an answer",
        "",
        *_silent(stored),
        "",
        "Methods that stand beside answers only (`check` and the joint model in "
        "[Methods](methods/README.md)) are not in this table. "
        + ", ".join(f"`{name}`" for name in NOT_DRAWN)
        + " answers questions of identity: no plan assumes profiles of expression, so none are "
        "drawn.",
    ]
    return "\n".join(lines) + "\n"


_HEADER = (
    *("method", "setting", "drawn with", "answers", "intervals that hold the truth"),
    *("at least", "false claims", "at most", "bias (99 % band)", "bias in SD", "holds"),
)


def _introduction(stored: pl.DataFrame, source: str) -> Iterator[str]:
    answers, settings = int(stored["answers"].sum()), stored["setting"].n_unique()
    yield (
        f"{answers:,} answers to studies of {settings} kinds, drawn from the data model of plans "
        "(`exvivo plan power` draws from the same) and answered by `compare`. Made by "
        "`scripts/calibrate --only methods` on the source with hash"
    )
    yield f"`{source}`; the counts behind it are `calibration/stored/methods.csv`."
    yield ""
    yield (
        "Every kind of study is drawn with effects and with nothing that is asked being true. "
        "*At least* is the lower end of the band that holds 99 of 100 shares of intervals that "
        "keep 95 %, *at most* the upper end for claims at 5 % (p of 0.05 or less, before any "
        "correction, where the truth is none). Answers of one study count as related. A method "
        "may lie above: it is then cautious. The bias is the mean of the estimates less the "
        "truth; a bias whose 99 % band leaves zero out is in bold. Of one kind of study several "
        "methods may answer, each of those that suit it: a study is not given to a method at "
        "random, which can itself show as a bias. A coefficient of correlation lies nearer to zero "
        "than the truth by about r (1 - r²) / 2n on average (Fisher 1915, doi:10.2307/2331838)."
    )


def _outside(outside: Sequence[Row], rows: int) -> Iterator[str]:
    """What lies outside its band, said plainly."""
    yield (f"Of {rows} rows, chance alone puts about {rows * RARE:.1f} outside one of their bands.")
    yield ""
    for row in outside:
        covered, claims = coverage(row), false_claims(row)
        parts = []
        if not covered.holds:
            parts.append(f"{covered.value:.2%} of intervals hold the truth")
        if claims.trials >= FEWEST and not claims.holds:
            parts.append(f"{claims.value:.2%} of answers claim what is not there")
        yield f"- `{row['method']}`, {row['setting']} ({row['truth']}): {'; '.join(parts)}."


def _by_method(rows: Sequence[Row]) -> list[Row]:
    """The rows sorted by method, in the order of the methods."""
    order = list(METHODS)
    return sorted(rows, key=lambda row: order.index(str(row["method"])))


def _cells(row: Row) -> tuple[str, ...]:
    """One line of the table."""
    covered, claims = coverage(row), false_claims(row)
    low, _ = covered.band
    has_null = claims.trials >= FEWEST
    return (
        f"`{row['method']}`",
        str(row["setting"]),
        str(row["truth"]),
        f"{row['answers']:,}",
        f"{covered.value:.2%}",
        f"{low:.2%}",
        f"{claims.value:.2%}" if has_null else "",
        f"{claims.band[1]:.2%}" if has_null else "",
        _bias(row),
        _in_sd(row),
        "yes" if holds(row) else "**no**",
    )


def _bias(row: Row) -> str:
    """The bias with its 99 % band."""
    from scipy.special import ndtri

    if row["bias_error"] is None:
        return ""
    bias, half = float(str(row["bias"])), float(str(row["bias_error"]))
    text = f"{bias:+.3g} ± {float(ndtri(1 - RARE / 2)) * half:.2g}"
    return f"**{text}**" if is_biased(row) else text


def _in_sd(row: Row) -> str:
    """The bias in standard deviations of the estimates."""
    spread = float(str(row["spread"] or 0.0))
    return f"{float(str(row['bias'])) / spread:+.2f}" if spread else ""


def _silent(stored: pl.DataFrame) -> Iterator[str]:
    """How many studies had no answer."""
    silent = stored.filter(method=_SILENT)
    if silent.is_empty():
        yield "Every study had an answer."
        return
    for setting, own in silent.group_by("setting", maintain_order=True):
        every = int(stored.filter(setting=setting[0])["answers"].sum())
        share = int(own["answers"].sum()) / every
        yield f"- {setting[0]}: {share:.1%} of {every:,} are not estimable, and say so."


def _line(words: Sequence[str]) -> str:
    return "| " + " | ".join(words) + " |"

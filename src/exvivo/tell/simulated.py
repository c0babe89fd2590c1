"""What is true in simulated data, said wherever they are shown: how large the difference is in
spreads of donors, and how that stands to what the field knows.

A virtual study states what it was drawn with under `assumptions`. Nothing is said while groups are
hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2

from exvivo import catalog
from exvivo.study import AssumedEffect, AssumedSpread, Study
from exvivo.tell import words

_NOTHING = "No difference between groups is true in these data."


@dataclass(frozen=True)
class TrueDifference:
    """A difference between groups that data were drawn with: log2 `size`, the `spread` between
    donors that it stands in, and the field's standardised difference where one is known.
    """

    effect: AssumedEffect
    analyte: str
    size: float
    spread: float
    prior: float | None

    @property
    def standardised(self) -> float:
        """The difference in spreads of donors."""
        return self.size / self.spread

    @property
    def times_prior(self) -> float | None:
        """How many times as large it is as what the field knows."""
        return None if self.prior is None else abs(self.standardised / self.prior)


def true_differences(study: Study) -> tuple[TrueDifference, ...]:
    """The differences between groups that the data of a simulated study were drawn with."""
    lines = study.assumptions.effects if study.simulated and not study.blinded else ()
    return tuple(each for line in lines if line.group for each in _differences(line, study))


def _differences(line: AssumedEffect, study: Study) -> Iterator[TrueDifference]:
    priors, size = catalog.prior_differences(), log2(line.fold)
    for analyte in line.analytes or tuple(each.id for each in study.analytes):
        prior = priors[analyte].smd if analyte in priors else None
        spread = _spread(line, analyte, study)
        if size and spread:
            yield TrueDifference(line, analyte, size, spread, prior)


def _spread(line: AssumedEffect, analyte: str, study: Study) -> float:
    """The spread between donors of what an effect is of: the last line that names it, else what
    plans assume.
    """
    name = "response" if line.stimulus else "level"
    spread: float = catalog.prior_numbers()[name].value
    for each in study.assumptions.spreads:
        value = getattr(each, name)
        if value is not None and _is_about(each, line, analyte):
            spread = value
    return spread


def _is_about(spread: AssumedSpread, line: AssumedEffect, analyte: str) -> bool:
    """Whether a spread is that of the results of an effect."""
    return (
        analyte in (spread.analytes or (analyte,))
        and line.group in (spread.groups or (line.group,))
        and (not spread.assays or set(line.assays) <= set(spread.assays))
    )


def truth_words(study: Study) -> str:
    """What is true in simulated data, in a sentence or two; empty where it is not known."""
    stated = study.simulated and not study.blinded and study.assumptions.effects
    if not stated:
        return ""
    differences = true_differences(study)
    return " ".join(_difference(each, study) for each in differences) or _NOTHING


def _difference(each: TrueDifference, study: Study) -> str:
    """A difference, in the lab's words and in spreads of donors."""
    line = each.effect
    what = f"response to {study.name_of(line.stimulus)}" if line.stimulus else "level"
    target = " ".join([study.name_of(each.analyte), *_readouts(line, study), what])
    size = f"{each.size:.1f} log2 where donors differ by SD {each.spread:g}"
    return (
        f"True in these data: the {target} is {line.fold:g} times as large in "
        f"{study.name_of(line.group)} ({size}: {abs(each.standardised):.1f} SD)"
        f"{_against_prior(each)}."
    )


def _readouts(line: AssumedEffect, study: Study) -> list[str]:
    """The readouts of an effect that is not of all."""
    return [words.listed(study.assay(name).readout for name in line.assays)] * bool(line.assays)


def _against_prior(each: TrueDifference) -> str:
    """`, 4.3 times the prior of the field (0.36 SD, O'Mahony 2021): a real study will see less`."""
    if each.prior is None or each.times_prior is None:
        return ""
    source = catalog.prior_differences()[each.analyte].source.partition(", doi")[0]
    times = words.number(each.times_prior, digits=1)
    smaller = ": expect less of real people" if each.times_prior > 1 else ""
    return f", {times} times the field's prior ({each.prior:g} SD, {source}){smaller}"

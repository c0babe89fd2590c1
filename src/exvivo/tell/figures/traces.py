"""The chains of the joint model's worst parameter: its draws one after another, and how often each
chain has each rank.

Chains that have met look alike in both: traces without trend or plateau, and as many ranks of one
class in each chain (Vehtari et al. 2021, doi 10.1214/20-BA1221).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

import polars as pl

from exvivo.findings import Facts
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    MUTED,
    Figure,
    Key,
    Layers,
    Panel,
    Spec,
    cell,
    in_rows,
)
from exvivo.tell.figures.shapes import Plane, line
from exvivo.tell.phrases.statement import number_of
from exvivo.tell.tables import Shown

Chains = list[list[float]]
"""Numbers of each chain."""
_WIDTH, _HEIGHT, _RANKS = 300, 110, 190
_ROOM = 0.04
"""The share of an axis that stays free above and below."""
_BAND = 2.576
"""Standard errors of a count of independent draws on each side: 99 % of them lie within."""
_CAPTION = (
    "The parameter of the joint model whose chains are worth the fewest independent draws: its "
    "draws (thinned), and the ranks of all draws counted in each chain. Chains that have met cross "
    "all the time and have about as many draws in every class of ranks; the band would hold 99 % "
    "of the counts if draws were independent, which they are not quite."
)
_PARAMETERS = {
    "mean": "mean",
    "spread": "SD of donors",
    "response_spread": "SD of donors' responses",
    "well": "SD of wells",
    "plate": "SD of plates",
    "plate_response": "SD of plates in the response",
    "culture": "SD of cultures",
}


def figure(findings: Sequence[Shown], *, study: Study, name: str) -> Figure | None:
    """Two panels for each fit of which a finding has the draws; nothing where none has."""
    shown = [each for each in findings if "trace" in each.finding.method_facts]
    if not shown:
        return None
    data = pl.concat([_data(each, study) for each in shown])
    chains = range(data["chain"].n_unique())
    keys = tuple(Key("square", COLOURS[chain], f"chain {chain + 1}") for chain in chains)
    panels = ((title, panel) for each in shown for title, panel in _panels(each, study))
    return Figure(name, _CAPTION, in_rows(panels), data, keys)


def _numbers(facts: Facts, name: str) -> Chains:
    """Numbers of each chain."""
    texts = facts[name]
    assert isinstance(texts, tuple)
    return [[float(number) for number in text.split(",")] for text in texts]


def _title(shown: Shown, study: Study) -> str:
    """Which parameter of which series it is."""
    finding, facts = shown.finding, shown.finding.method_facts
    what = facts["trace_of"]
    assert isinstance(what, tuple)
    places = ", ".join(study.name_of(each) for each in what[1:])
    series = f"{study.name_of(finding.analyte)} ({finding.assay})"
    sceptical = ", sceptical" if finding.estimand.facts["sceptical"] else ""
    return f"{series}: {_PARAMETERS[what[0]]}{f' ({places})' if places else ''}{sceptical}"


def _data(shown: Shown, study: Study) -> pl.DataFrame:
    """Draws and counts of ranks, a row each."""
    facts, rows = shown.finding.method_facts, []
    for what, name in (("draw", "trace"), ("rank", "trace_ranks")):
        for chain, numbers in enumerate(_numbers(facts, name), 1):
            rows += [
                {"parameter": _title(shown, study), "what": what, "chain": chain, "x": x, "y": y}
                for x, y in enumerate(numbers)
            ]
    return pl.DataFrame(rows)


def _panels(shown: Shown, study: Study) -> Iterator[tuple[str, Panel]]:
    facts, title = shown.finding.method_facts, _title(shown, study)
    rhat, size = number_of(facts["trace_rhat"]), number_of(facts["trace_size"])
    worth = f"R-hat {words.number(rhat, digits=4)}, worth {size:.0f} independent draws"
    draws, ranks = _numbers(facts, "trace"), _numbers(facts, "trace_ranks")
    chains = words.counted(len(draws), "chain")
    alt = f"Trace of {chains} of {title}: {worth}."
    every = int(number_of(facts["trace_every"]))
    yield title, Panel("Trace", alt, _trace(draws, every), subtitle=worth)
    low, high = (end(end(chain) for chain in ranks) for end in (min, max))
    alt = (
        f"Ranks of the draws of {chains} of {title}: {low:.0f} to {high:.0f} draws of a chain in "
        f"each class, {sum(ranks[0]) / len(ranks[0]):.0f} expected."
    )
    yield title, Panel("Ranks", alt, _rank_plot(ranks))


def _trace(draws: Chains, every: int) -> Spec:
    across = quantitative("x", [0, every * len(draws[0])], {"title": "draw", "tickCount": 4})
    plane = Plane(across, quantitative("y", _ends(draws), {"title": "log2"}))
    layers = (
        plane.layer(line(COLOURS[chain], 0.7, opacity=0.75), _steps(numbers, every))
        for chain, numbers in enumerate(draws)
    )
    return cell(_WIDTH, _HEIGHT, layers)


def _ends(lists: Chains) -> list[float]:
    """The range of all numbers with some room."""
    low, high = min(map(min, lists)), max(map(max, lists))
    room = _ROOM * (high - low)
    return [low - room, high + room]


def _steps(numbers: list[float], every: int = 1) -> list[dict[str, float]]:
    """The points of a line over 0, `every`, twice that, and so on."""
    return [{"x": every * x, "y": y} for x, y in enumerate(numbers)]


def _rank_plot(ranks: Chains) -> Spec:
    classes = len(ranks[0])
    low, high = band = _band(ranks)
    bottom, top = _ends([*ranks, band])
    across = quantitative("x", [0, classes], {"title": "rank, in classes", "tickCount": 4})
    plane = Plane(across, quantitative("y", [max(bottom, 0), top], {"title": "draws"}))
    rows = [{"x": x, "a": low, "b": high} for x in (0, classes)]
    ground = plane.whiskers({"type": "area", "color": MUTED, "opacity": 0.14}, rows)
    layers = [ground, plane.even((low + high) / 2), *_counts(ranks, plane)]
    return cell(_RANKS, _HEIGHT, layers)


def _band(ranks: Chains) -> list[float]:
    """The counts between which those of independent draws would mostly lie."""
    expected = fmean(ranks[0])
    half = _BAND * math.sqrt(expected - expected / len(ranks[0]))
    return [expected - half, expected + half]


def _counts(ranks: Chains, plane: Plane) -> Layers:
    """The counts of each chain as steps: the last one ends at the end of the axis."""
    for colour, counts in zip(COLOURS, ranks, strict=False):
        steps = _steps([*counts, counts[-1]])
        yield plane.layer(line(colour, 1.2, interpolate="step-after"), steps)

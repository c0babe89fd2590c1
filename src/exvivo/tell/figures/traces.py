"""The chains of the joint model's worst parameter: its draws one after another, and how often each
chain has each rank.

Chains that have met look alike in both: traces without trend or plateau, and as many ranks of one
class in each chain (Vehtari et al. 2021, doi 10.1214/20-BA1221).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import polars as pl

from exvivo.findings import Facts
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import quantitative
from exvivo.tell.figures.chart import COLOURS, Figure, Key, Layers, Panel, cell, extent, in_rows
from exvivo.tell.figures.shapes import Plane, line
from exvivo.tell.phrases.statement import number_of
from exvivo.tell.tables import Shown

_WIDTH, _HEIGHT, _RANKS = 300, 110, 190
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


def _numbers(facts: Facts, name: str) -> list[list[float]]:
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


def _trace(draws: list[list[float]], every: int) -> dict[str, object]:
    values = [value for chain in draws for value in chain]
    room = 0.04 * (max(values) - min(values))
    plane = Plane(
        quantitative("x", [0, every * len(draws[0])], {"title": "draw", "tickCount": 4}),
        quantitative("y", [min(values) - room, max(values) + room], {"title": "log2"}),
    )

    def layers() -> Layers:
        for chain, numbers in enumerate(draws):
            rows = [{"x": every * x, "y": y} for x, y in enumerate(numbers)]
            yield plane.layer(line(COLOURS[chain], 0.7) | {"opacity": 0.75}, rows)

    return cell(_WIDTH, _HEIGHT, layers())


def _rank_plot(ranks: list[list[float]]) -> dict[str, object]:
    classes = len(ranks[0])
    expected = sum(ranks[0]) / classes
    half = _BAND * math.sqrt(expected * (1 - 1 / classes))
    ends = [expected - half, expected + half, *(count for chain in ranks for count in chain)]
    plane = Plane(
        quantitative("x", [0, classes], {"title": "rank, in classes", "tickCount": 4}),
        quantitative("y", [max(extent(ends)[0], 0), extent(ends)[1]], {"title": "draws"}),
    )

    def layers() -> Layers:
        band = [{"x": x, "a": expected - half, "b": expected + half} for x in (0, classes)]
        yield plane.whiskers({"type": "area", "color": "#5b6570", "opacity": 0.14}, band)
        yield plane.even(expected)
        for chain, counts in enumerate(ranks):
            # A step ends where the next begins, and the last at the end of the axis.
            rows = [{"x": x, "y": count} for x, count in enumerate([*counts, counts[-1]])]
            mark = line(COLOURS[chain], 1.2) | {"interpolate": "step-after"}
            yield plane.layer(mark, rows)

    return cell(_RANKS, _HEIGHT, layers())

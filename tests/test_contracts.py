"""What every method, every coded statement and every figure owes its readers, tested by walking the
registries.

Kinds of questions have theirs in `tests/tell/test_asks.py` (record, answer, words, pages) and
`tests/tell/test_sentences.py` (a sentence for every verdict), readers in
`tests/read/test_contract.py`; that every code has one wording stands in `tests/test_records.py`.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pytest
import vl_convert
from every_question import every_question
from immunoassay_tables import luminex
from joint_chains import chains_of
from vega_places import missing, of_exvivo, of_vega

import exvivo
from exvivo import methods
from exvivo.arrays import Floats
from exvivo.findings import CaveatCode, EstimandCode
from exvivo.methods import METHODS, Method
from exvivo.simulate import model_study, write
from exvivo.tell import Tables, figures
from exvivo.tell.drawing import Drawing, drawing_of
from exvivo.tell.drawing.sheet import WIDTH
from exvivo.tell.figures.chart import (
    COLOURS,
    CONFIG,
    FAINT,
    HAIR,
    INK,
    MUTED,
    SCHEMA,
    SHAPES,
    Figure,
    Panel,
    drawing,
    svg,
)
from exvivo.tell.figures.fit import fitted
from exvivo.tell.quality_figures import quality_figures

ROOT = Path(__file__).parents[1]
SOURCES = {path: path.read_text("utf-8") for path in sorted((ROOT / "src").rglob("*.py"))}
COMPARE = "\n".join(text for path, text in SOURCES.items() if "compare" in path.parts)
"""The source of every answer."""
PAGES = " ".join(
    " ".join(path.read_text("utf-8").split()) for path in (ROOT / "docs/methods").glob("*.md")
)
"""The pages about methods, on one line."""

# Methods and codes.

NO_SOURCE = {
    "none": "no method",
    "plain_correlation": "Pearson's r as it is, shown because it is what others publish",
    "plain_correlation_pooled": "Pearson's r as it is, shown because it is what others publish",
    "correlation_across_donors": "a mean of Pearson's r over genes, with no interval or test",
    "own_pairs": "a permutation test written for this question; its page states it",
    "own_pairs_beyond": "the same of two kinds, exchanged within donors; its page states it",
    "gate": "a median of ranks; its page states it",
    "pair_axis": "the answer with another centre",
    "all_genes": "the answer over other genes",
    "without_class": "a range of answers, not an estimator",
    "without_batch": "a range of answers, not an estimator",
    "without_programme": "the answer with a direction taken out; its page states it",
    "genes_counted": "a count",
    "joint_sceptical": "the joint model with another prior; its page states it",
    "leave_one_out": "a range of answers, not an estimator",
    "without_reference": "a range of answers, not an estimator",
    "van_elteren": "van Elteren 1960 (Bull. Inst. Int. Stat. 37) has no DOI",
}
"""Why a method has no source."""


def names_of_methods() -> dict[str, str]:
    """The name of each method's record in `exvivo.methods`, by id."""
    return {record.id: name for name, record in vars(methods).items() if isinstance(record, Method)}


def line_of(method: Method) -> str:
    """What a page of docs/methods says of a method."""
    sources = ", ".join(f"doi:{doi}" for doi in method.doi)
    return f"- `{method.id}`: {method.name}{sources and f' ({sources})'}. Not {method.when_not}."


@pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))
def test_a_method_answers_something_has_a_source_and_stands_on_a_page(method: Method) -> None:
    name = names_of_methods()[method.id]
    assert re.search(rf"\b{name}\b", COMPARE), f"no answer in exvivo.compare is made by {name}"
    assert bool(method.doi) != (method.id in NO_SOURCE), (
        f"give {name} the DOI of its source, or say in NO_SOURCE of this file why it has none"
    )
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", doi) for doi in method.doi)
    if method.when_not:
        line = line_of(method)
        assert line in PAGES, f"add this line to the right page of docs/methods:\n{line}"


@pytest.mark.parametrize("code", [*get_args(EstimandCode), *get_args(CaveatCode)])
def test_a_code_is_one_that_some_answer_gives(code: str) -> None:
    assert f'"{code}"' in COMPARE, f"no answer gives {code}: remove it, with its wording"


# Figures.

MODULES = {
    name: import_module(f"{figures.__name__}.{name}")
    for _, name, _ in pkgutil.iter_modules(figures.__path__)
}
DRAWING = {name: module for name, module in MODULES.items() if hasattr(module, "figure")}
LARGEST = 60_000
"""Bytes of one panel; a report holds dozens."""
SMALLEST = 11
"""The font size in pixels below which words on a page are hard to read."""
GREYS = (INK, MUTED, FAINT, HAIR)
BACKGROUND = 85
"""Colours at least this light, of 100, lie behind marks and tell nothing apart."""
LEAST = 15
"""The distance of two colours, in CIELAB, that is seen at a glance between marks of two shapes."""


@dataclass
class Drawn:
    """Every figure that was made, by the module that made it, and every panel that was drawn."""

    figures: dict[str, list[Figure]] = field(default_factory=dict)
    panels: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    specs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def watching(self, name: str, module: ModuleType) -> Callable[..., Figure | None]:
        """The module's `figure`, whose results are kept."""
        make = module.figure

        def figure(*args: Any, **named: Any) -> Figure | None:
            made: Figure | None = make(*args, **named)
            if made is not None:
                self.figures.setdefault(name, []).append(made)
            return made

        return figure

    def drawing(self, panel: Panel, *, name: str) -> Drawing:
        """The panel drawn, which is kept by its words."""
        words = (panel.title, panel.alt)
        self.panels.setdefault(words, []).append(svg(panel, name=name))
        self.specs[words] = panel.spec
        return drawing(panel, name=name)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """The figures of two reports, of the model study and of one that asks every kind of question,
    and those of an immunoassay on two plates, with chains of the joint model.
    """
    made = Drawn()
    folder = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as patch:
        for name, module in DRAWING.items():
            patch.setattr(module, "figure", made.watching(name, module))
        patch.setattr(import_module("exvivo.tell.drawn"), "drawing", made.drawing)
        write(model_study(rng=np.random.default_rng(1)), folder / "model")
        exvivo.run(folder / "model")
        exvivo.run(every_question().write(folder / "every"))
        study, tables = luminex(3)
        chains = (chains_of(study.assays[0].id, study.analytes[0].id),)
        for _, shelf in quality_figures(replace(Tables.of(tables), findings=chains), study):
            for panel in (panel for _, figure in shelf for panel in fitted(figure).panels):
                made.drawing(panel, name="x")
    return made


@pytest.mark.parametrize("name", DRAWING)
def test_a_figure_is_drawn_described_and_small(name: str, drawn: Drawn) -> None:
    assert name in drawn.figures, (
        f"no report of this test draws exvivo.tell.figures.{name}: add what it needs to a study of "
        "the fixture `drawn`"
    )
    for figure in drawn.figures[name]:
        assert figure.data.height > 0, f"{figure.name} has no data behind it"
        assert len(figure.caption) > 60, f"say in the caption of {figure.name} how to read it"
        assert figure.panels
        for panel in figure.panels:
            assert len(panel.alt) > 40, f"say in `alt` what {figure.name} {panel.title} shows"
            for text in drawn.panels[panel.title, panel.alt]:
                assert text.startswith('<svg role="img" aria-label="')
                assert len(text) < LARGEST, f"{figure.name} {panel.title} has {len(text)} bytes"
                assert min(map(float, re.findall('font-size="([0-9.]+)"', text))) >= SMALLEST
                assert float(re.findall(' width="([0-9.]+)"', text)[0]) <= WIDTH + 4


@pytest.mark.parametrize("name", DRAWING)
def test_vega_draws_the_same_marks_in_the_same_places(name: str, drawn: Drawn) -> None:
    """The specification that is handed on and the drawing on the page are one figure."""
    panel = drawn.figures[name][0].panels[0]
    for plot in plots_of(drawn.specs[panel.title, panel.alt]):
        spec = {"$schema": SCHEMA, "config": CONFIG, **plot}
        theirs, labels = of_vega(vl_convert.vegalite_to_svg(spec))
        ours, words = of_exvivo(drawing_of(plot, CONFIG["axis"], name="x").svg)
        assert not missing(theirs, ours), name
        assert len(theirs["points"]) == len(ours["points"])
        assert set(labels) <= set(words)


def plots_of(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The single plots of a panel."""
    parts = spec.get("vconcat", spec.get("hconcat"))
    if parts is None:
        yield spec
    for part in parts or []:
        yield from plots_of(part)


def test_a_module_of_figures_draws_one_or_is_a_part_of_others() -> None:
    parts = {
        name
        for name in MODULES
        if any(
            re.search(rf"figures\.{name} import|figures import .*\b{name}\b", source)
            for source in SOURCES.values()
        )
    }
    assert set(MODULES) - set(DRAWING) <= parts


def colours_of(value: object) -> set[str]:
    """Every colour written in a specification, a key or a module's constant."""
    return {colour.upper() for colour in re.findall("#[0-9A-Fa-f]{6}", json.dumps(value))}


def linear(colour: str) -> Floats:
    """Red, green and blue of a colour as amounts of light, 0 to 1 (sRGB, IEC 61966-2-1)."""
    shown = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


def cielab(light: Floats) -> Floats:
    """Lightness, green to red, and blue to yellow of an amount of light (CIE 1976, D65)."""
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    x, y, z = np.cbrt(np.array(to_xyz) @ light.clip(0, 1) / [0.95047, 1, 1.08883])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


DICHROMATS = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""What people without one kind of cone see of red, green and blue (doi:10.1109/TVCG.2009.113)."""


@pytest.mark.parametrize("sight", DICHROMATS)
def test_the_colours_of_groups_are_told_apart_without_one_kind_of_cone(sight: str) -> None:
    seen = {colour: cielab(np.array(DICHROMATS[sight]) @ linear(colour)) for colour in COLOURS}
    for first, second in combinations(COLOURS, 2):
        assert np.linalg.norm(seen[first] - seen[second]) > LEAST, (first, second)
    assert len(set(SHAPES)) == len(SHAPES) >= len(COLOURS)


def scales_of(module: ModuleType) -> Iterator[tuple[str, ...]]:
    """The scales of colours among a module's constants."""
    for name, value in vars(module).items():
        if name.startswith("_") and isinstance(value, tuple) and len(value) > 2:
            colours = [text for text in value if isinstance(text, str) and text.startswith("#")]
            if len(colours) == len(value):
                yield tuple(colours)


@pytest.mark.parametrize("name", DRAWING)
def test_a_figure_uses_colours_that_everybody_tells_apart(name: str, drawn: Drawn) -> None:
    """Groups have the colours and shapes of the house; a scale goes one way in lightness, or two
    ways from its middle; anything else is a light ground behind the marks.
    """
    scales = list(scales_of(DRAWING[name]))
    for scale in scales:
        steps = np.sign(np.diff([cielab(linear(colour))[0] for colour in scale]))
        assert np.count_nonzero(np.diff(steps)) <= 1 and np.all(steps), f"{name}: {scale}"
    usual = colours_of([COLOURS, GREYS, scales])
    for figure in drawn.figures[name]:
        keys = [key.colour for key in figure.key]
        other = colours_of([panel.spec for panel in figure.panels] + [keys]) - usual
        dark = {colour for colour in other if cielab(linear(colour))[0] < BACKGROUND}
        assert not dark, f"{name} uses {dark}: take COLOURS of chart.py, or a scale of lightness"

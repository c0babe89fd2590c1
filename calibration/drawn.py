"""Every method that can answer, on studies that are drawn from the data model of plans: how often
its interval holds the truth, how often it finds what is not there, and how far its estimates lie
from the truth on average.

A setting is a plan as study.yaml writes it, once with effects (coverage, bias) and once without
(type-I error). Its analytes are independent of one another, so each is a study of its own; answers
are those of `compare` on the tables that the files of a drawn study would give: study by study
where wells are undetected or lost, else of all studies at once by the same kernels
(`compare.many`).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from unittest import mock

import numpy as np
import polars as pl

from exvivo.compare import compare, responses
from exvivo.compare.many import answers_of_many
from exvivo.plan.power.answering import many_studies
from exvivo.simulate.population import Changes, DataModel, Drawn, data_model, draw, truths
from exvivo.simulate.population.tables import Tables
from exvivo.study import Study
from exvivo.study.nodes import Caster, compose

SEED = 20261130
STUDIES, AT_ONCE = 30, 2000
"""Studies of a setting: answered one by one, and all at once."""
ANALYTES = 8
Rng = np.random.Generator
Seen = Callable[[pl.DataFrame, Rng], pl.DataFrame]
"""What becomes of the wells of a study before they are answered."""
KEPT = {
    "setting": pl.String,
    "truth": pl.String,
    "study": pl.Int64,
    "method": pl.String,
    "unit": pl.String,
    "estimate": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "p": pl.Float64,
    "true": pl.Float64,
}
_HEAD = """
exvivo: 1
title: {name}
groups: [{{id: P, name: patients, n: {first}}}, {{id: H, name: healthy people, n: {second}}}]
cell_types: [{{id: M, name: microglia-like cells}}{cells}]
stimuli: [{{id: none, name: unstimulated, control: true}}, {{id: S, name: stimulus}}{stimuli}]
analytes: [{analytes}]
assays: [{{id: assay, kind: immunoassay}}]
scales: [{{id: pain, name: pain, lowest: -1000000, highest: 1000000, higher_is: worse}}]
plan: {{permutations: 99}}
"""
_SCORES = """
  scores:
    - {scale: pain, group: P, mean: 0, sd: 10000, correlation: CORRELATION}
    - {scale: pain, group: H, mean: 0, sd: 10000, correlation: CORRELATION}
"""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A kind of study. `question` is its question without id, assay and analytes, `effect` what is
    true in it beside the response to the stimulus, `more` further lines of `assumptions`; `seen`
    changes its wells; `correlation` is that of every analyte with the score; `share` is how many
    of the studies are drawn, where one takes long.
    """

    name: str
    question: str
    effect: str = "{group: P, stimulus: S, fold: 1.5}"
    more: str = ""
    cells: str = ""
    stimuli: str = ""
    donors: tuple[int, int] = (14, 10)
    analytes: int = ANALYTES
    asked: int = 0
    plates: int = 1
    wells: int = 3
    correlation: float = 0.0
    scored: bool = False
    seen: Seen | None = None
    share: float = 1.0

    @property
    def names(self) -> list[str]:
        """The analytes."""
        return [f"A{number}" for number in range(1, self.analytes + 1)]

    def study(self) -> Study:
        """The plan."""
        caster = Caster(self.name)
        study = caster.cast(compose(self._text(), file=self.name), Study)
        assert isinstance(study, Study), caster.mistakes
        return study

    def _text(self) -> str:
        analytes = ", ".join(f"{{id: {name}}}" for name in self.names)
        head = _HEAD.format(
            name=self.name,
            first=self.donors[0],
            second=self.donors[1],
            cells=self.cells,
            stimuli=self.stimuli,
            analytes=analytes,
        )
        asked = self.names[: self.asked or len(self.names)]
        shared = f"id: q, assays: [assay], analytes: [{', '.join(asked)}]"
        correlations = ", ".join(f"{name}: {self.correlation}" for name in self.names)
        scores = _SCORES.replace("CORRELATION", f"{{{correlations}}}") if self.scored else ""
        return (
            f"{head}questions:\n  - {{{shared}, {self.question}}}\nassumptions:\n"
            f"  effects: [{{stimulus: S, fold: 3}}, {self.effect}]\n"
            f"  agreement: {{analytes: 0, readouts: 0, stimuli: 0.5}}\n{scores}{self.more}\n"
        )

    def model(self, *, null: bool) -> DataModel:
        """What its studies are drawn from, with what is asked, or without."""
        return data_model(
            self.study(), plates=self.plates, wells=self.wells, changes=Changes(null=null)
        )


_GROUPS = "groups: [P, H]"
_LIMIT = "  levels: [{{amount: 64, lower: {lower}}}]"


def _uneven(wells: pl.DataFrame, rng: Rng) -> pl.DataFrame:
    """Wells of which a third is lost, never all of a donor and condition."""
    lost = rng.random(wells.height) < 1 / 3
    keeps = (pl.col("replicate") == "1") | ~pl.Series(lost)
    return wells.filter(keeps)


def _counted(wells: pl.DataFrame, rng: Rng) -> pl.DataFrame:
    """Wells in which copies are counted (Poisson): a copy is 2^5, and none reads as undetected."""
    one, error = 5.0, 0.1
    log2 = wells["value"].to_numpy()
    copies = rng.poisson(2.0 ** (log2 - one))
    with np.errstate(divide="ignore"):
        read = one + np.log2(copies) + error * rng.standard_normal(len(log2))
    seen = pl.Series(copies > 0)
    return wells.with_columns(
        value=pl.when(seen).then(pl.Series(read)),
        censor=pl.when(seen).then(pl.lit("none")).otherwise(pl.lit("left")),
        upper=pl.when(~seen).then(pl.lit(one)),
        one_copy=pl.lit(one),
        one_copy_sd=pl.lit(0.05),
        run_end=pl.lit(one - 1.0),
        sd=pl.lit(error),
    )


SETTINGS = (
    Setting(name="two groups", question=f"ask: difference, {_GROUPS}, stimulus: S"),
    Setting(
        name="two groups, three times the spread in the smaller",
        question=f"ask: difference, {_GROUPS}, stimulus: S",
        more="  spreads: [{groups: [P], response: 0.3}, {groups: [H], response: 0.9}]",
    ),
    Setting(
        name="two groups, skewed donors",
        question=f"ask: difference, {_GROUPS}, stimulus: S",
        more="  donors: skewed",
    ),
    Setting(
        name="two groups on four plates that differ in the response",
        question=f"ask: difference, {_GROUPS}, stimulus: S",
        more="  spreads: [{plate_response: 0.5}]",
        plates=4,
    ),
    Setting(
        name="two groups, age held",
        question=f"ask: difference, {_GROUPS}, stimulus: S, adjust: [age], answer: adjusted",
    ),
    Setting(
        name="two groups, a third of the wells lost",
        question=f"ask: difference, {_GROUPS}, stimulus: S",
        more="  spreads: [{well: 0.5}]",
        seen=_uneven,
    ),
    Setting(
        name="two groups, unstimulated wells in part undetected",
        question=f"ask: difference, {_GROUPS}, stimulus: S",
        more=_LIMIT.format(lower=32),
    ),
    Setting(
        name="two groups, few copies in a well",
        question=f"ask: difference, {_GROUPS}, stimulus: S",
        more="  levels: [{amount: 64}]",
        seen=_counted,
        share=0.5,
    ),
    Setting(
        name="levels of two groups, some undetected",
        question=f"ask: difference, {_GROUPS}",
        effect="{group: P, fold: 1.5}",
        more=_LIMIT.format(lower=40),
    ),
    Setting(
        name="levels of two groups, most undetected",
        question=f"ask: difference, {_GROUPS}",
        effect="{group: P, fold: 1.5}",
        more=_LIMIT.format(lower=90),
    ),
    Setting(
        name="levels of two small groups, a third undetected",
        question=f"ask: difference, {_GROUPS}",
        effect="{group: P, fold: 1.5}",
        more=_LIMIT.format(lower=50),
        donors=(4, 4),
        share=2.0,
    ),
    Setting(
        name="a score within a group",
        question="ask: association, within: P, scales: [pain], stimulus: S",
        correlation=0.3,
        scored=True,
    ),
    Setting(
        name="a score within a group, Pearson",
        question="ask: association, within: P, scales: [pain], stimulus: S, method: pearson",
        correlation=0.3,
        scored=True,
    ),
    Setting(
        name="a score within a group, age held",
        question="ask: association, within: P, scales: [pain], stimulus: S, adjust: [age], "
        "answer: adjusted",
        correlation=0.3,
        scored=True,
    ),
    Setting(
        name="a score within a group, age held, Pearson",
        question="ask: association, within: P, scales: [pain], stimulus: S, adjust: [age], "
        "answer: adjusted, method: pearson",
        correlation=0.3,
        scored=True,
    ),
    Setting(
        name="a score across groups",
        question="ask: association, within: P, scales: [pain], stimulus: S, answer: across groups",
        correlation=0.3,
        scored=True,
    ),
    Setting(
        name="a score across groups, Pearson",
        question="ask: association, within: P, scales: [pain], stimulus: S, "
        "answer: across groups, method: pearson",
        correlation=0.3,
        scored=True,
    ),
    Setting(
        name="a score within a group, some undetected",
        question="ask: association, within: P, scales: [pain]",
        effect="{group: P, fold: 1.5}",
        more=_LIMIT.format(lower=50),
        correlation=0.3,
        scored=True,
    ),
    Setting(
        name="one analyte against others",
        question=f"ask: specificity, {_GROUPS}, stimulus: S, against: [A5, A6, A7, A8]",
        effect="{group: P, stimulus: S, fold: 1.5, analytes: [A1, A2, A3, A4]}",
        asked=1,
    ),
    Setting(
        name="one kind of cells against another",
        question=f"ask: specificity, {_GROUPS}, stimulus: S, cell_type: M, against_cell_type: O",
        effect="{group: P, stimulus: S, fold: 1.5, cell_type: M}",
        cells=", {id: O, name: monocytes}",
    ),
    Setting(
        name="an antagonist",
        question="ask: effect, within: P, stimulus: S, blocked: B",
        effect="{stimulus: B, fold: 0.7}",
        stimuli=", {id: B, name: stimulus and antagonist}",
    ),
    Setting(
        name="an antagonist, some undetected",
        question="ask: effect, within: P, stimulus: S, blocked: B",
        effect="{stimulus: B, fold: 0.7}",
        stimuli=", {id: B, name: stimulus and antagonist}",
        more=_LIMIT.format(lower=90),
    ),
    Setting(
        name="a change over two visits",
        question='ask: change, within: P, stimulus: S, visits: ["1", "2"]',
        effect='{visit: "2", stimulus: S, fold: 1.5}',
    ),
    Setting(
        name="a change over two visits with that of a score",
        question='ask: change, within: P, stimulus: S, visits: ["1", "2"], scales: [pain]',
        effect='{visit: "2", stimulus: S, fold: 1.5}',
        scored=True,
        share=0.1,
    ),
    Setting(
        name="a change over four visits with that of a score",
        question='ask: change, within: P, stimulus: S, visits: ["1", "2", "3", "4"], '
        "scales: [pain]",
        effect='{visit: "2", stimulus: S, fold: 1.5}',
        scored=True,
        share=0.1,
    ),
    Setting(
        name="a change over four visits with that of a score, some undetected",
        question='ask: change, within: P, visits: ["1", "2", "3", "4"], scales: [pain]',
        effect='{visit: "2", fold: 1.5}',
        more=_LIMIT.format(lower=40),
        scored=True,
    ),
    Setting(
        name="a medication",
        question="ask: treatment, within: P, stimulus: S, exposure: drug, exposed: taken",
        effect="{column: drug, value: taken, stimulus: S, fold: 0.7}",
        more="  shares: [{column: drug, value: taken, shares: {P: 0.5, H: 0}}]",
    ),
    Setting(
        name="a score by way of a response that differs and does not matter",
        question=f"ask: mediation, {_GROUPS}, stimulus: S, scales: [pain]",
        share=0.05,
        scored=True,
    ),
    Setting(
        name="a score by way of a response",
        question=f"ask: mediation, {_GROUPS}, stimulus: S, scales: [pain]",
        share=0.05,
        correlation=0.3,
        scored=True,
    ),
)
"""Every setting, in the order of the page."""


def drawn_answers(setting: Setting, *, null: bool, studies: int, at_once: int) -> pl.DataFrame:
    """The answers to so many studies of a setting (KEPT), with the truth of each; `at_once` where
    all of them can be answered together.
    """
    model, kind = setting.model(null=null), "nothing" if null else "effects"
    rng = np.random.default_rng([SEED, zlib.crc32(f"{setting.name} {kind}".encode())])
    if setting.seen is None and model.detects_all:
        made = _together(model, max(1, round(at_once * setting.share)), rng)
    else:
        made = _one_by_one(setting, model, max(1, round(studies * setting.share)), rng)
    # A change with that of a score is drawn without any relation.
    value = pl.col("value").fill_nan(0.0)
    true = pl.DataFrame([vars(each) for each in truths(model)]).select("analyte", true=value)
    named = _with_even(made.join(true, on="analyte", how="left", maintain_order="left"), null=null)
    named = named.with_columns(setting=pl.lit(setting.name), truth=pl.lit(kind))
    return named.select(list(KEPT)).cast(KEPT)  # type: ignore[arg-type]


def _with_even(made: pl.DataFrame, *, null: bool) -> pl.DataFrame:
    """The answers with the truth of those that give a probability: one half where nothing differs,
    else not known.
    """
    even = pl.lit(0.5 if null else None, dtype=pl.Float64)
    is_probability = pl.col("unit") == "probability"
    return made.with_columns(true=pl.when(is_probability).then(even).otherwise("true"))


def _one_by_one(setting: Setting, model: DataModel, studies: int, rng: Rng) -> pl.DataFrame:
    """The answers of `compare` to each of some studies."""
    drawn, tables = draw(model, studies, rng=rng), Tables.of(model)
    rows = [_answered(setting, drawn, tables, number, rng) for number in range(studies)]
    return pl.concat(rows)


def _answered(
    setting: Setting, drawn: Drawn, tables: Tables, number: int, rng: Rng
) -> pl.DataFrame:
    """The answers of `compare` to one study."""
    wells = tables.quantities(drawn, number)
    if setting.seen is not None:
        wells = setting.seen(wells, rng)
    study = tables.study(drawn, number)
    findings = compare(
        responses(wells, study=study),
        tables.clinic(drawn, number),
        study=study,
        rng=rng,
        quantities=wells,
        brief=True,
    )
    answers = findings.filter(part="answer").with_columns(study=pl.lit(number))
    return answers.select("study", "analyte", "method", "unit", "estimate", "lower", "upper", "p")


def _together(model: DataModel, studies: int, rng: Rng) -> pl.DataFrame:
    """The answers to studies of one design at once, under the method by which `compare` answers
    one of them.
    """
    (method,) = set(_one_by_one(Setting(name="", question=""), model, 1, rng)["method"])
    drawn = draw(model, studies, rng=rng, wells=False)
    answers = answers_of_many(many_studies(drawn), corrected="deciding")
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "study": np.arange(studies),
                    "analyte": one.analyte,
                    "method": method,
                    "unit": one.unit.id,
                    "estimate": one.estimate,
                    "lower": one.lower,
                    "upper": one.upper,
                    "p": one.p,
                }
            ).with_columns(pl.selectors.float().fill_nan(None))
            for one in answers
        ]
    )


def _one(task: tuple[str, bool], studies: int, at_once: int) -> pl.DataFrame:
    """The answers of a setting by its name."""
    name, null = task
    setting = next(each for each in SETTINGS if each.name == name)
    return drawn_answers(setting, null=null, studies=studies, at_once=at_once)


def all_answers(
    studies: int = STUDIES,
    at_once: int = AT_ONCE,
    *,
    processes: int = 2,
    settings: Iterable[Setting] = SETTINGS,
) -> pl.DataFrame:
    """The answers of every setting, with effects and without."""
    tasks = [(setting.name, null) for setting in settings for null in (False, True)]
    work = partial(_one, studies=studies, at_once=at_once)
    if processes == 1:
        return pl.concat([work(task) for task in tasks])
    alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    spawned = get_context("spawn")
    with (
        mock.patch.dict(os.environ, alone),
        ProcessPoolExecutor(processes, mp_context=spawned) as pool,
    ):
        return pl.concat(list(pool.map(work, tasks)))

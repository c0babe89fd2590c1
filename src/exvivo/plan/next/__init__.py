"""How many more donors are needed, once some are measured: from their spread alone.

What was planned (power for the assumed effect, or the half width of the interval) is held against
what the planned donors give with the spread that is seen, and the number that reaches it is
counted. Groups are never told apart (`spread`), and the look stands on the record.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo import __version__
from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError
from exvivo.gather import Progress, gather, unwatched
from exvivo.plan.next.sizes import MOST, Planned, Sizes
from exvivo.plan.next.spread import blinded_spread
from exvivo.plan.power.expected import Numbers, numbers_of
from exvivo.record import locks_of, renew_page
from exvivo.simulate.population import DataModel, data_model
from exvivo.study import (
    Change,
    Difference,
    Effect,
    Question,
    Specificity,
    Study,
    groups_of,
)
from exvivo.study.files import STUDY_FILE
from exvivo.tell.planned.needed import Donors, Needed, NextLook, Target, in_all

if TYPE_CHECKING:
    import polars as pl

    from exvivo.compare.sample import Key, Sample
    from exvivo.gather import Gathered
    from exvivo.past import Locked

FEWEST = 6
"""Donors below which a spread says nothing."""
_MOST_BEYOND = 0.2
"""The share of donors known only by bounds above which a spread is not told from the others."""
_Compared = Difference | Specificity
_Within = Change | Effect


@dataclass(frozen=True)
class Wanted:
    """What is to be reached: left out, the power or half width that the plan gives. `half_width` is
    log2, `power` a share; `questions` are those that count, left out: all.
    """

    questions: tuple[str, ...] = ()
    target: Target | None = None
    power: float | None = None
    half_width: float | None = None

    def target_for(self, effect: float) -> Target:
        """Power where something is assumed that it is for, unless a person asks otherwise."""
        asked = self.target or ("power" if self.power else "width" if self.half_width else None)
        return asked or ("power" if effect else "width")


def next_donors(
    folder: Path | str,
    wanted: Wanted | None = None,
    *,
    who: str = "",
    progress: Progress | None = None,
) -> NextLook:
    """Look at the spread of the donors measured so far, and count those that are needed in all. The
    look is put on the record.

    Raises `StudyError` where no number of donors is planned, and `UserMistake` as a run does.
    """
    from exvivo import store
    from exvivo.cache import Cache
    from exvivo.compare import responses
    from exvivo.quantify import quantify

    root, step = Path(folder), progress or unwatched
    cache = Cache.of(root)
    gathered = gather(root, progress=step, cache=cache)
    study = gathered.study
    wanted = wanted or Wanted()
    _refuse_unplanned(study, wanted)
    step("quantifying")
    quantities, _ = quantify(gathered.wells, study=study, cache=cache)
    numbers = responses(quantities, study=study)
    cache.tidy()
    answers = needed_of(study, numbers, wanted)
    planned = tuple((group.id, group.n or 0) for group in study.groups)
    look = NextLook(
        measured=numbers["donor"].n_unique(),
        planned=planned,
        answers=answers,
        in_all=in_all(planned, answers),
        row=0,
        hash="",
        lock=_last_lock(root, gathered),
    )
    texts = {"who": who.encode()} if who else {}
    entry = store.record_decision(root, "next", _states(look), texts)
    renew_page(root)
    return replace(look, row=entry.number, hash=entry.hash)


def _refuse_unplanned(study: Study, wanted: Wanted) -> None:
    """Raise `StudyError` where a group has no planned number of donors, and for questions that are
    not asked.
    """
    asked = [question.id for question in study.questions]
    mistakes = [_unplanned(group.id) for group in study.groups if group.n is None]
    mistakes += [_unasked(name, asked) for name in wanted.questions if name not in asked]
    if mistakes:
        raise StudyError(mistakes)


def _unplanned(group: str) -> Mistake:
    """A group without a planned number of donors."""
    return Mistake(
        f"{STUDY_FILE}: groups: {group}",
        "no planned number of donors",
        "how many donors the group was to have",
        "write `n: 14` beside the group, as it was planned",
    )


def _unasked(name: str, asked: list[str]) -> Mistake:
    """A question that the study does not ask."""
    return Mistake(
        f"{STUDY_FILE}: questions",
        f"no question {name}{spelling.did_you_mean(name, asked)}",
        spelling.one_of(asked, name),
        "name a question of study.yaml",
    )


def _last_lock(root: Path, gathered: Gathered) -> Locked | None:
    locks = locks_of(root, gathered.study, gathered.texts)
    return locks[-1] if locks else None


def _states(look: NextLook) -> dict[str, object]:
    """What the row of a look states: no mean of a group is in it."""
    return {
        "version": __version__,
        "donors": look.measured,
        "needed": look.in_all or f"more than {MOST}",
        "planned": dict(look.planned),
        "answers": [_stated(each) for each in look.told],
    }


def _stated(each: Needed) -> dict[str, object]:
    """What the row of a look states of one answer."""
    return {
        "question": each.question,
        "assay": each.assay,
        "analyte": each.analyte,
        "target": each.target,
        "sd": round(each.sd, 6),
        "wanted": round(each.wanted, 6),
        "needed": each.in_all,
    }


def needed_of(study: Study, numbers: pl.DataFrame, wanted: Wanted) -> tuple[Needed, ...]:
    """What each answer needs, of RESPONSES of the donors measured so far."""
    from exvivo.compare.sample import samples

    looked = _Looked(study, data_model(study), samples(numbers), wanted)
    counted = (q for q in study.questions if q.id in (wanted.questions or (q.id,)))
    return tuple(each for question in counted for each in _of_question(question, looked))


@dataclass(frozen=True)
class _Looked:
    """A study with its model and the numbers of its donors."""

    study: Study
    model: DataModel
    frames: Mapping[Key, pl.DataFrame]
    wanted: Wanted


def _of_question(question: Question, looked: _Looked) -> Iterator[Needed]:
    """What the answers of a question need."""
    blank = _blank(question, looked.study)
    if not isinstance(question, _Compared | _Within) or _is_of_scales(question):
        yield replace(blank, why="kind")
        return
    for assay, analyte in product(question.assays, question.analytes):
        yield _of_answer(replace(blank, assay=assay, analyte=analyte), question, looked)


def _blank(question: Question, study: Study) -> Needed:
    """A need of which nothing is known but the planned donors of the question."""
    of = groups_of(question)
    planned = [(group.id, group.n or 0) for group in study.groups if not of or group.id in of]
    return Needed(
        question=question.id,
        assay="",
        analyte="",
        target="width",
        planned=tuple(planned),
        most=MOST,
    )


def _is_of_scales(question: _Compared | _Within) -> bool:
    """Whether a change is asked together with that of a scale."""
    return isinstance(question, Change) and bool(question.scales)


def _of_answer(blank: Needed, question: _Compared | _Within, looked: _Looked) -> Needed:
    """What one answer needs."""
    donors = _numbers(question, blank.assay, blank.analyte, looked)
    known = ~donors.undetected
    groups = [
        numbers_of(looked.model, question, blank.assay, blank.analyte, group)
        for group in groups_of(question)
    ]
    plan = _planned(groups, looked.study.plan.alpha)
    target = looked.wanted.target_for(plan.effect)
    one = replace(
        blank,
        planned=tuple(zip(groups_of(question), plan.donors, strict=True)),
        target=target,
        measured=int(known.sum()),
        beyond=int((~known).sum()),
        effect=plan.effect,
        sd_planned=_pooled(groups),
    )
    if one.measured < FEWEST:
        return replace(one, why="few")
    if one.beyond > _MOST_BEYOND * (one.measured + one.beyond):
        return replace(one, why="bounds")
    if target == "power" and not plan.effect:
        return replace(one, why="no_effect")
    return _counted(one, plan, donors.only(known), looked.wanted)


def _counted(one: Needed, plan: Planned, donors: Sample, wanted: Wanted) -> Needed:
    """The same with the spread of the donors, and the numbers that are needed."""
    two = len(plan.donors) == 2
    plates = ["+".join(sorted(each)) for each in donors.plates]
    spread = blinded_spread(
        donors.lower,
        plates,
        difference=plan.effect if two else 0.0,
        share=plan.donors[0] / sum(plan.donors) if two else 0.0,
    )
    if math.isnan(spread.sd):
        return replace(one, why="spread")
    asked = wanted.power if one.target == "power" else wanted.half_width
    goal = asked or plan.reached(one.target, plan.donors, one.sd_planned)
    sizes, least, largest = (
        plan.enough(one.target, goal, sd) for sd in (spread.sd, spread.lower, spread.upper)
    )
    return replace(
        one,
        sd=spread.sd,
        sd_lower=spread.lower,
        sd_upper=spread.upper,
        wanted=goal,
        asked=asked is not None,
        as_planned=plan.reached(one.target, plan.donors, spread.sd),
        needed=_named(one.planned, sizes),
        least=_total(least),
        largest=_total(largest),
    )


def _named(planned: Donors, sizes: Sizes | None) -> Donors | None:
    """Numbers of donors with their groups."""
    if sizes is None:
        return None
    return tuple((name, n) for (name, _), n in zip(planned, sizes, strict=True))


def _total(sizes: Sizes | None) -> int | None:
    return None if sizes is None else sum(sizes)


def _planned(groups: list[Numbers], alpha: float) -> Planned:
    """The planned donors and the assumed effect."""
    return Planned(tuple(each.planned for each in groups), _effect(groups), alpha)


def _effect(groups: list[Numbers]) -> float:
    """The assumed effect: between two groups, or of one."""
    effect = groups[0].mean - (groups[1].mean if len(groups) == 2 else 0.0)
    return 0.0 if abs(effect) < _NOTHING else effect


_NOTHING = 1e-12


def _pooled(groups: list[Numbers]) -> float:
    """The assumed spread within the groups, pooled."""
    squares = sum((each.planned - 1) * each.sd**2 for each in groups)
    return math.sqrt(squares / sum(each.planned - 1 for each in groups))


def _numbers(question: _Compared | _Within, assay: str, analyte: str, looked: _Looked) -> Sample:
    """The number of each donor that answers a question. Of two groups their donors, whoever is of
    which; of one, all donors who have it: their spread about one mean.
    """
    from exvivo.compare.asks import contrast
    from exvivo.compare.sample import sample_of

    def sample(analyte: str, *, cell_type: str = "", visit: str = "") -> Sample:
        return sample_of(
            dict(looked.frames),
            question,
            assay=assay,
            analyte=analyte,
            study=looked.study,
            on="amount",
            cell_type=cell_type or None,
            visit=visit or None,
        )

    if isinstance(question, Change):
        first, last = question.visits[0], question.visits[-1]
        return contrast.later_minus_earlier(
            sample(analyte, visit=last), sample(analyte, visit=first)
        )
    own = sample(analyte)
    if not isinstance(question, Specificity):
        return own.of(*groups_of(question)) if isinstance(question, Difference) else own
    others = [name for name in question.against if name != analyte] or [analyte]
    beside = [sample(name, cell_type=question.against_cell_type) for name in others]
    return contrast.minus(own, contrast.mean_of(beside)).of(*question.groups)

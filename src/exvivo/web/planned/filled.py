"""The planned size of a study and what is assumed of it, as a form: what stands in its fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from exvivo.catalog.priors import prior_numbers
from exvivo.study import Study
from exvivo.study.assumptions import (
    AssumedEffect,
    AssumedSpread,
    Assumptions,
)
from exvivo.study.question_records import groups_of

Sent = Mapping[str, str]
"""The fields of a form, each a text on one line."""
Where = tuple[str, ...]
SPREADS = ("response", "level", "culture", "well", "plate", "plate_response")
"""The spreads of a study that have a field, each for all results alike."""
_OF_EFFECT = ("cell_type", "visit", "column", "value")
"""What an effect may say beside what has a field."""
_BLANK = 2
"""Empty lines below the effects that stand."""


@dataclass(frozen=True)
class EffectLine:
    """An effect as texts; `kept` is the JSON of what has no field, `more` the same for people."""

    fold: str = ""
    analytes: str = ""
    assays: str = ""
    group: str = ""
    stimulus: str = ""
    source: str = ""
    kept: str = "{}"

    @classmethod
    def of(cls, effect: AssumedEffect) -> EffectLine:
        """The line of a record."""
        others = {name: getattr(effect, name) for name in _OF_EFFECT if getattr(effect, name)}
        return cls(
            fold=f"{effect.fold:g}",
            analytes=", ".join(effect.analytes),
            assays=", ".join(effect.assays),
            group=effect.group,
            stimulus=effect.stimulus,
            source=effect.source,
            kept=json.dumps(others),
        )

    @property
    def more(self) -> str:
        """What it is true of beside what has a field."""
        return ", ".join(f"{name} {text}" for name, text in json.loads(self.kept).items())


@dataclass(frozen=True)
class ScoreLine:
    """A scale in a group as texts: mean, SD, and the correlation with each analyte."""

    scale: str
    group: str
    mean: str = ""
    sd: str = ""
    correlation: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said of it."""
        return not (self.mean or self.sd or any(self.correlation.values()))


@dataclass(frozen=True)
class Filled:
    """All fields of the form. `numbers` are donors by group (`n-FM`), wells, cultures and the
    stopping rule; `spreads` those of all results alike.
    """

    numbers: Mapping[str, str]
    effects: tuple[EffectLine, ...]
    spreads: Mapping[str, str]
    scores: tuple[ScoreLine, ...]
    dropouts: str = ""
    donors: str = "normal"


def filled_of(study: Study) -> Filled:
    """The form of a study as it stands, with empty lines for further effects."""
    assumed, plan = study.assumptions, study.plan
    numbers = {f"n-{group.id}": _text(group.n) for group in study.groups}
    numbers |= {"wells": _text(plan.wells), "cultures": _text(plan.cultures)}
    general = _general(assumed)
    spreads = {name: _text(getattr(general, name)) for name in SPREADS}
    return Filled(
        numbers={**numbers, "stopping": plan.stopping},
        effects=(*map(EffectLine.of, assumed.effects), *[EffectLine()] * _BLANK),
        spreads={**spreads, "spread_source": general.source},
        scores=tuple(_score_lines(study)),
        dropouts=f"{100 * assumed.dropouts:g}" if assumed.dropouts else "",
        donors=assumed.donors,
    )


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _general(assumed: Assumptions) -> AssumedSpread:
    """The spread that names nothing: that of all results."""
    return next((each for each in assumed.spreads if is_general(each)), AssumedSpread())


def is_general(spread: AssumedSpread) -> bool:
    """Whether it names nothing."""
    return not (spread.analytes or spread.assays or spread.groups)


def asked_scores(study: Study) -> dict[tuple[str, str], tuple[str, ...]]:
    """The scales that questions relate to analytes, each in each of its groups, with these
    analytes.
    """
    asked: dict[tuple[str, str], dict[str, None]] = {}
    for question in study.questions:
        for scale in getattr(question, "scales", ()):
            for group in groups_of(question) or tuple(each.id for each in study.groups):
                analytes = dict.fromkeys(getattr(question, "analytes", ()))
                asked.setdefault((scale, group), {}).update(analytes)
    return {key: tuple(analytes) for key, analytes in asked.items()}


def _score_lines(study: Study) -> Iterator[ScoreLine]:
    stated = {(each.scale, each.group): each for each in study.assumptions.scores if not each.visit}
    for (scale, group), analytes in asked_scores(study).items():
        known = stated.get((scale, group))
        of = known.correlation if known else {}
        yield ScoreLine(
            scale,
            group,
            mean=_text(known.mean) if known else "",
            sd=_text(known.sd) if known else "",
            correlation={each: _text(of.get(each)) for each in analytes},
            source=known.source if known else "",
        )


def usual() -> dict[str, str]:
    """What the field says of each number that has a field, as the form shows it beside."""
    return {name: f"{number.value:g}" for name, number in prior_numbers().items()}


def sent_form(sent: Sent, study: Study) -> Filled:
    """The form that was sent."""
    numbers = [f"n-{group.id}" for group in study.groups] + ["wells", "cultures", "stopping"]
    return Filled(
        numbers={name: sent.get(name, "") for name in numbers},
        effects=tuple(_sent_effects(sent)),
        spreads={name: sent.get(f"sd-{name}", "") for name in SPREADS}
        | {"spread_source": sent.get("spread_source", "")},
        scores=tuple(_sent_scores(sent, study)),
        dropouts=sent.get("dropouts", ""),
        donors=sent.get("donors", "normal"),
    )


def _sent_effects(sent: Sent) -> Iterator[EffectLine]:
    names = [name for name in asdict(EffectLine()) if name != "kept"]
    for count in range(_most(sent)):
        texts = {name: sent.get(f"effect-{count}-{name}", "") for name in names}
        yield EffectLine(**texts, kept=_kept(sent.get(f"effect-{count}-kept", "")))


def _most(sent: Sent) -> int:
    """How many lines of effects were sent."""
    counts = (name.split("-")[1] for name in sent if name.startswith("effect-"))
    return max((int(each) + 1 for each in counts if each.isdecimal() and len(each) < 4), default=0)


def _kept(text: str) -> str:
    """What the page keeps of an effect; nothing where it is no such text."""
    try:
        kept: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return "{}"
    if not isinstance(kept, dict):
        return "{}"
    return json.dumps({name: str(kept[name]) for name in _OF_EFFECT if name in kept})


def _sent_scores(sent: Sent, study: Study) -> Iterator[ScoreLine]:
    for count, ((scale, group), analytes) in enumerate(asked_scores(study).items()):
        name = f"score-{count}"
        yield ScoreLine(
            scale,
            group,
            mean=sent.get(f"{name}-mean", ""),
            sd=sent.get(f"{name}-sd", ""),
            correlation={each: sent.get(f"{name}-r-{each}", "") for each in analytes},
            source=sent.get(f"{name}-source", ""),
        )

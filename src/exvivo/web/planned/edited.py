"""The edits of study.yaml that a filled form of a plan makes. What the form has no field for stays
as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exvivo.errors import Mistake, StudyError
from exvivo.study import Study
from exvivo.study.assumptions import (
    AssumedEffect,
    AssumedScore,
    AssumedSpread,
    Assumptions,
)
from exvivo.study.files import STUDY_FILE
from exvivo.study.record_text import flow
from exvivo.study.splice import same
from exvivo.study.typed_numbers import SCALES, cure_of
from exvivo.study.unknown import number_of
from exvivo.web.edits import Edit, current
from exvivo.web.numbers import decimal
from exvivo.web.planned.filled import SPREADS, EffectLine, Filled, ScoreLine, is_general

Where = tuple[str, ...]


def before_of(raw: bytes, study: Study) -> dict[str, str | None]:
    """What stands in study.yaml at each place that the form changes, by the place as a text."""
    return {_key(where): current(raw, STUDY_FILE, where) for where in _places(study)}


def _places(study: Study) -> Iterator[Where]:
    for group in study.groups:
        yield "groups", group.id, "n"
    for name in ("wells", "cultures", "stopping"):
        yield "plan", name
    for name in ("effects", "spreads", "scores", "dropouts", "donors"):
        yield "assumptions", name


def _key(where: Where) -> str:
    return " ".join(where)


def edits_of(form: Filled, study: Study, before: Mapping[str, str | None]) -> list[Edit]:
    """The edits that a form makes of what the page showed `before`. Raises `StudyError` with all
    that is to fix in its numbers.
    """
    reader = _Reader()
    values = dict(_values(form, study, reader))
    if reader.mistakes:
        raise StudyError(reader.mistakes)
    pairs = ((where, before.get(_key(where)), now) for where, now in values.items())
    return [Edit(where, was, now) for where, was, now in pairs if not same(was, now)]


def _values(form: Filled, study: Study, reader: _Reader) -> Iterator[tuple[Where, str | None]]:
    """Every value of the form as study.yaml has it, with its place."""
    for group in study.groups:
        text = form.numbers[f"n-{group.id}"]
        yield ("groups", group.id, "n"), reader.whole(text, f"the donors of {group.id}")
    for name in ("wells", "cultures"):
        yield ("plan", name), reader.whole(form.numbers[name], f"the {name}")
    stopping = form.numbers["stopping"]
    yield ("plan", "stopping"), flow(stopping) if stopping else None
    for name, value in _assumed(form, study, reader):
        yield ("assumptions", name), value


@dataclass
class _Reader:
    """Numbers of a form as they are read, with every mistake in them."""

    mistakes: list[Mistake] = field(default_factory=list)

    def number(self, text: str, where: str, scale: str = "") -> float | None:
        """A number of a scale; None where nothing is typed, or nothing that is one."""
        if not text:
            return None
        try:
            return decimal(text, where)
        except StudyError as error:
            self.mistakes += [_on_scale(each, text, scale) for each in error.mistakes]
            return None

    def needed(self, text: str, where: str, scale: str = "") -> float:
        """A number that must be there."""
        if not text:
            expected, cure = "a number", "type it, or empty the whole line"
            self.mistakes.append(Mistake(where, "nothing", expected, cure))
        return self.number(text, where, scale) or 0.0

    def whole(self, text: str, where: str) -> str | None:
        """A whole number as study.yaml has it; None where nothing is typed."""
        value = self.number(text, where)
        if value is None:
            return None
        if value != int(value) or value < 1:
            cure = "type 14, or leave the field empty"
            self.mistakes.append(Mistake(where, f"`{text}`", "a whole number from 1 on", cure))
        return f"{value:.0f}"


def _on_scale(mistake: Mistake, text: str, scale: str) -> Mistake:
    """A mistake with what its number is on its scale, where it is per cent or a fold: whoever is
    told to leave the sign out types 300 for 3.
    """
    cure = cure_of(text, scale) if scale and number_of(text) is None else ""
    if not cure:
        return mistake
    return replace(mistake, expected=SCALES[scale], cure=cure.replace("write", "type", 1))


def _assumed(form: Filled, study: Study, reader: _Reader) -> Iterator[tuple[str, str | None]]:
    """Each part of the section as study.yaml has it; None where nothing stands in it."""
    effects = [_effect(each, n, reader) for n, each in enumerate(form.effects, 1) if each.fold]
    for count, each in enumerate(form.effects, 1):
        if not each.fold and (each.analytes or each.group or each.stimulus):
            reader.needed("", f"the fold of effect {count}")
    yield "effects", _listed(effects)
    yield "spreads", _listed(_spreads(form, study.assumptions, reader))
    yield "scores", _listed(_scores(form, study.assumptions, reader))
    share = reader.number(form.dropouts.rstrip("% "), "the donors that drop out")
    yield "dropouts", flow(share / 100) if share else None
    yield "donors", form.donors if form.donors != Assumptions().donors else None


def _listed(records: Sequence[object]) -> str | None:
    return flow(tuple(records)) if records else None


def _effect(line: EffectLine, count: int, reader: _Reader) -> AssumedEffect:
    return AssumedEffect(
        fold=reader.needed(line.fold, f"the fold of effect {count}", "times"),
        analytes=_names(line.analytes),
        assays=_names(line.assays),
        group=line.group,
        stimulus=line.stimulus,
        source=line.source,
        **json.loads(line.kept),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.replace(";", ",").split(","))))


def _spreads(form: Filled, assumed: Assumptions, reader: _Reader) -> list[AssumedSpread]:
    """The spreads: that of all results as the form has it in its place, all others as they are."""
    texts = {name: form.spreads[name] for name in SPREADS}
    typed = {name: reader.number(text, f"the SD `{name}`", "sd") for name, text in texts.items()}
    is_empty = not any(form.spreads[name] for name in SPREADS)
    made = AssumedSpread(
        level=typed["level"],
        response=typed["response"],
        culture=typed["culture"],
        well=typed["well"],
        plate=typed["plate"],
        plate_response=typed["plate_response"],
        source=form.spreads["spread_source"],
    )
    own = [] if is_empty else [made]
    others = list(assumed.spreads)
    place = next((n for n, each in enumerate(others) if is_general(each)), None)
    if place is not None:
        return [*others[:place], *own, *others[place + 1 :]]
    return [*own, *others]


def _scores(form: Filled, assumed: Assumptions, reader: _Reader) -> list[AssumedScore]:
    """The scores that the form has a line for, behind those that it has none for."""
    shown = {(each.scale, each.group) for each in form.scores}
    others = [
        each for each in assumed.scores if each.visit or (each.scale, each.group) not in shown
    ]
    return [*others, *(_score(each, reader) for each in form.scores if not each.is_empty)]


def _score(line: ScoreLine, reader: _Reader) -> AssumedScore:
    about = f"{line.scale} of {line.group}"
    pairs = {
        analyte: reader.number(
            text, f"the correlation of {line.scale} with {analyte}", "correlation"
        )
        for analyte, text in line.correlation.items()
    }
    return AssumedScore(
        scale=line.scale,
        group=line.group,
        mean=reader.needed(line.mean, f"the mean of {about}"),
        sd=reader.needed(line.sd, f"the SD of {about}"),
        correlation={analyte: r for analyte, r in pairs.items() if r is not None},
        source=line.source,
    )

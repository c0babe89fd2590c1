"""Questions that a study may ask, made of what it has: to be chosen by a person, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exvivo.study import Study
from exvivo.study.record_text import flow
from exvivo.words import listed

_MOST = 24


@dataclass(frozen=True)
class Proposed:
    """A question to choose: its id, the sentence it asks, and its record as YAML."""

    id: str
    sentence: str
    record: str


def proposed(study: Study) -> list[Proposed]:
    """The questions that a study may ask and does not yet, at most some of each kind."""
    kinds = (_differences(study), _effects(study), _associations(study))
    own = {question.id for question in study.questions}
    return [each for kind in kinds for each in list(kind)[:_MOST] if each.id not in own]


def _stimuli(study: Study) -> list[str]:
    """The stimuli that are no control; one without a name for a study that stimulates nothing."""
    return [each.id for each in study.stimuli if not each.control] or [""]


def _assays(study: Study, analyte: str) -> tuple[str, ...]:
    """The assays that measure an analyte: those of one other analyte do not."""
    return tuple(each.id for each in study.assays if getattr(each, "analyte", "") in ("", analyte))


def _differences(study: Study) -> Iterator[Proposed]:
    """Does a result differ between the first two groups?"""
    groups = [group.id for group in study.groups][:2]
    if len(groups) < 2:
        return
    first, second = (study.name_of(group) for group in groups)
    for analyte, stimulus in _measured(study):
        what = _what(study, analyte, stimulus)
        sentence = f"Do {first} and {second} differ in {what}?"
        about = {"ask": "difference", "groups": tuple(groups)}
        yield _question(study, (analyte, stimulus), "differs", about, sentence)


def _effects(study: Study) -> Iterator[Proposed]:
    """Does a second stimulus change the response to the first, in a group?"""
    stimuli = _stimuli(study)
    for group in study.groups[:1] if len(stimuli) > 1 else ():
        for analyte in [each.id for each in study.analytes]:
            for blocked in stimuli[1:3]:
                name, first = study.name_of(analyte), study.name_of(stimuli[0])
                with_drug = study.name_of(blocked)
                sentence = (
                    f"In {group.name}: does {name} answer {with_drug} otherwise than {first}?"
                )
                about = {"ask": "effect", "within": group.id, "blocked": blocked}
                key = f"effect_{blocked}".lower()
                yield _question(study, (analyte, stimuli[0]), key, about, sentence)


def _associations(study: Study) -> Iterator[Proposed]:
    """Does a result go along with the scores, in a group?"""
    scales = tuple(scale.id for scale in study.scales)
    for group in study.groups[:1] if scales else ():
        for analyte, stimulus in _measured(study):
            what = _what(study, analyte, stimulus)
            names = listed(study.name_of(scale) for scale in scales)
            sentence = f"In {group.name}: does {what} go along with {names}?"
            about = {"ask": "association", "within": group.id, "scales": scales}
            yield _question(study, (analyte, stimulus), "scores", about, sentence)


def _measured(study: Study) -> Iterator[tuple[str, str]]:
    """Each analyte with the first stimulus, then with the others."""
    for stimulus in _stimuli(study):
        for analyte in study.analytes:
            if _assays(study, analyte.id):
                yield analyte.id, stimulus


def _what(study: Study, analyte: str, stimulus: str) -> str:
    """A result in words."""
    name = study.name_of(analyte)
    return (
        f"the {name} response to {study.name_of(stimulus)}" if stimulus else f"the level of {name}"
    )


def _question(
    study: Study,
    about: tuple[str, str],
    key: str,
    asked: Mapping[str, object],
    sentence: str,
) -> Proposed:
    analyte, stimulus = about
    parts = [key, analyte.lower(), stimulus.lower() if stimulus != _stimuli(study)[0] else ""]
    name = "_".join(filter(None, parts))
    record = {"id": name, **asked, "assays": _assays(study, analyte), "analytes": (analyte,)}
    more = {"stimulus": stimulus} if stimulus else {}
    return Proposed(name, sentence, flow({**record, **more}))

"""Visits and repeats of a project: the events in their order, and which row of a form counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from exvivo.draft.redcap.proposal import Proposal
from exvivo.study.clinic_records import Instance

_ARM = re.compile(r"_arm_\d+\Z")


def visits_of(made: Proposal) -> dict[str, str]:
    """The events, each with the number of its visit: events of the same name in several arms are
    one visit. Nothing for a project without events.
    """
    names = list(dict.fromkeys(map(without_arm, made.seen.events)))
    return {event: f"{names.index(without_arm(event)) + 1}" for event in made.seen.events}


def without_arm(event: str) -> str:
    """The name of an event without its arm.

    >>> without_arm("enrolment_arm_1")
    'enrolment'
    """
    return _ARM.sub("", event)


def several_arms(made: Proposal) -> bool:
    """Whether the events belong to more than one arm."""
    return len({event.rpartition("_")[2] for event in made.seen.events}) > 1


def instances_of(made: Proposal) -> tuple[Instance, ...]:
    """Which row counts of everything that repeats and is used: the mean of single numbers, else
    the last; a proposal.
    """
    return tuple(_instances(made))


def _instances(made: Proposal) -> Iterator[Instance]:
    single = {scale.id for scale in made.scales}.union(*(each.items for each in made.numbers))
    for form in made.seen.repeating:
        of_form = {each.name for each in made.dictionary.forms.get(form, ())}
        used = of_form & made.used - {made.dictionary.record.name}
        if used or not of_form:
            yield Instance(form=form, use="mean" if used and used <= single else "last")

"""The part of study.yaml that a REDCap project makes: its records, and what they leave open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from exvivo.draft.redcap.events import instances_of, several_arms, visits_of
from exvivo.draft.redcap.left_out import left_out
from exvivo.draft.redcap.proposal import Proposal
from exvivo.study import OpenQuestion
from exvivo.study.clinic_records import Characteristic, Redcap
from exvivo.words import listed, shortened

_NO_LABEL = "?"
_AGE = Characteristic(id="age", kind="number", unit="years")
Questions = Iterator[OpenQuestion]


@dataclass(frozen=True)
class Files:
    """The files of a project, from the study folder; empty where there is none. `missing` are the
    missing-data codes that were given, None where nothing was said of them; `unnamed` are donors of
    the bench whose records the link table has yet to say.
    """

    dictionary: str
    data: str
    events: str = ""
    links: str = ""
    missing: Mapping[str, str] | None = None
    unnamed: tuple[str, ...] = ()


def redcap_of(made: Proposal, files: Files) -> Redcap:
    """The block `redcap`."""
    codes = made.seen.codes if files.missing is None else ()
    chosen = made.dictionary.by_name.get(made.group.field)
    names = zip(chosen.choices, made.groups, strict=True) if chosen else ()
    return Redcap(
        dictionary=files.dictionary,
        data=files.data,
        events=files.events,
        donor=made.donor.name,
        links=files.links,
        group=made.group.field,
        groups={code: group.id for code, group in names},
        visits=visits_of(made),
        missing=dict(files.missing or {}) | dict.fromkeys(codes, _NO_LABEL),
        born=made.born.field if made.day.field else "",
        seen=made.day.field,
        drawn=made.drawn.field,
        instances=instances_of(made),
        ignored=left_out(made),
    )


def characteristics_of(made: Proposal) -> tuple[Characteristic, ...]:
    """What is known of each donor: the age first, where it can be made."""
    own = made.characteristics
    age = (_AGE,) if made.born.field and made.day.field else ()
    return (*age, *(_with_field(each) for each in own))


def _with_field(each: Characteristic) -> Characteristic:
    return Characteristic(**{**vars(each), "field": each.id})


def questions_of(
    made: Proposal, files: Files, *, of_group: bool = True
) -> tuple[OpenQuestion, ...]:
    """What the dictionary and the export leave open; without what is asked `of_group` where a
    person chose the groups already.
    """
    kinds = (
        _of_names(files),
        _of_group(made) if of_group else iter(()),
        _of_days(made),
        _of_visits(made),
        _of_codes(made, files),
        _of_codings(made),
        _of_orders(made),
        _of_partly(made),
        _of_alike(made),
        _of_scales(made),
        _of_repeats(made),
    )
    return tuple(chain.from_iterable(kinds))


def _ask(text: str, where: str) -> OpenQuestion:
    return OpenQuestion(ask=text, where=where, key="redcap")


def _of_names(files: Files) -> Questions:
    if files.unnamed:
        ask = f"Which record is which of the donors {shortened(files.unnamed)}?"
        yield _ask(ask, f"{files.links}, column donor")


def _of_group(made: Proposal) -> Questions:
    if not made.group.field:
        ask = f"Is everybody of the one group `{made.groups[0].id}`? No field is called a group."
        yield _ask(ask, "`groups`; `redcap`: group, groups")
        return
    names = [f"{group.id} = {group.name}" for group in made.groups if group.id != group.name]
    short = f" ({'; '.join(names)})" if names else ""
    others = f", or is {_or(made.group.others)}" if made.group.others else ""
    yield _ask(f"Is `{made.group.field}` the group{short}{others}?", "`redcap`: group; `groups`")


def _or(names: tuple[str, ...]) -> str:
    return listed([f"`{name}`" for name in names[:5]], last="or")


def _of_days(made: Proposal) -> Questions:
    """Days that several fields may be, and a day of birth without the day of a visit."""
    for name, day, what in (
        ("born", made.born, "the day of birth"),
        ("seen", made.day, "the day of the visit"),
        ("drawn", made.drawn, "the day of the blood draw"),
    ):
        if day.others:
            ask = f"Is `{day.field}` {what}, or is {_or(day.others)}?"
            yield _ask(ask, f"`redcap`: {name}")
    if made.born.field and not made.day.field:
        ask = f"Which field is the day of the visit? The age is taken of it and `{made.born.field}`"
        yield _ask(f"{ask}.", "`redcap`: born and seen; else delete this line")


def _of_visits(made: Proposal) -> Questions:
    visits = visits_of(made)
    unsure = several_arms(made) or not made.seen.in_order
    if len(visits) > 1 and unsure:
        told = shortened([f"{event}: {visit}" for event, visit in visits.items()])
        yield _ask(f"Are these the visits, in their order ({told})?", "`redcap`: visits")


def _of_codes(made: Proposal, files: Files) -> Questions:
    if files.missing is not None:
        return
    if made.seen.codes:
        ask = f"Are {listed(made.seen.codes)} missing-data codes of the project, and all of them?"
    else:
        ask = "Has the project missing-data codes (-99, UNK)?"
    where = (
        "`redcap`: missing, with their labels; REDCap lists them under Additional customizations"
    )
    yield _ask(ask, where)


def _of_codings(made: Proposal) -> Questions:
    for each in made.recognised:
        if each.codings:
            fits = [coding for coding in each.key.codings if coding.id in each.codings]
            ways = "; ".join(f"{coding.id}: {coding.meaning}" for coding in fits)
            named = listed(each.codings, last="or")
            ask = f"Are the answers of {each.key.id} written as {named}?"
            yield _ask(ask, f"`questionnaires`: coding of {each.key.id} ({ways})")


def _of_orders(made: Proposal) -> Questions:
    for each in made.recognised:
        if each.order:
            yield _ask(f"Is this right of {each.key.id}: {each.order}?", "`questionnaires`: items")


def _of_partly(made: Proposal) -> Questions:
    for each in made.partly:
        names = shortened([column.name for column in each.columns], 3)
        ask = f"{names}: are they {each.key.id}? They are not read, for {each.why}."
        yield _ask(ask, "`questionnaires`; else delete this line")


def _of_alike(made: Proposal) -> Questions:
    for own, keys in made.alike:
        names = f"{own[0].name} to {own[-1].name}"
        ask = f"Are {names} {listed([key.id for key in keys], last='or')}? Their answers would fit."
        yield _ask(ask, "`questionnaires`: id and items; else delete this line")


def _of_scales(made: Proposal) -> Questions:
    if made.scales:
        names = [
            f"{s.id} ({s.lowest:g} to {s.highest:g}, high: {s.higher_is})" for s in made.scales
        ]
        yield _ask(f"Are these scales: {shortened(names)}?", "`scales`")


def _of_repeats(made: Proposal) -> Questions:
    for each in instances_of(made):
        ask = f"{each.form} repeats: does the {each.use} of its rows count?"
        if each.use == "last":
            ask = f"{each.form} repeats: does its last row count?"
        yield _ask(ask, "`redcap`: instances (first, last, mean, nearest to the blood draw)")

"""Questions within one group: what goes together, what changes, what a substance does to cells, and
whether those who take something differ.
"""

from __future__ import annotations

from exvivo.study import Association, Change, Effect, Treatment
from exvivo.study.days import days_of
from exvivo.study.question_records import groups_of
from exvivo.tell.article.asks.plain_ask import PlainAsk
from exvivo.tell.article.asks.subject import subject_of
from exvivo.tell.article.telling import Alike, Telling
from exvivo.tell.asks.numbers import points_up
from exvivo.tell.asks.parts import points_to_worse
from exvivo.tell.language import Language
from exvivo.visible import one_line

_YES = frozenset({"yes", "y", "ja", "oui", "sí", "si", "1", "true", "はい"})
"""Words of donors.csv that say no more than that a person is exposed."""


def _who(alike: Alike) -> str:
    """The group that an answer is about; all those it was taken from, where these are several."""
    groups = [count.group for count in alike.first.n]
    if len(groups) > 1:
        return alike.language.listed(map(alike.names.group, groups))
    return alike.names.group(groups_of(alike.question)[0])


def _asked_association(question: Association, telling: Telling) -> str:
    return telling.language.tell(
        "Among {who}, does {what} go together with {scales}?",
        who=telling.names.group(question.within),
        what=subject_of(question, telling),
        scales=telling.scales(question.scales, last="or"),
    )


def _association(alike: Alike) -> str:
    gaps = {"who": _who(alike), "scale": alike.scales, "what": alike.what}
    if points_to_worse(alike.first, alike.telling.study):
        # Translators: {scale} is what a score asks, such as "pain" or "quality of life".
        return alike.language.tell(
            "Among {who}, {scale} tended to be worse where {what} was higher.", **gaps
        )
    if _is_complaint(alike):
        # Translators: {scale} is something one has less of when it is better, such as "pain".
        return alike.language.tell(
            "Among {who}, {scale} tended to be milder where {what} was higher.", **gaps
        )
    return alike.language.tell(
        "Among {who}, {scale} tended to be better where {what} was higher.", **gaps
    )


def _is_complaint(alike: Alike) -> bool:
    """Whether a higher score is worse, as of pain; of quality of life it is better."""
    scales = alike.telling.study.scales
    return any(each.id == alike.first.scale and each.higher_is == "worse" for each in scales)


def _open_association(alike: Alike) -> str:
    return alike.language.tell(
        "Among {who}, we cannot tell whether {what} goes together with {scale}.",
        who=_who(alike),
        what=alike.what,
        scale=alike.scales,
    )


def _not_which_first(language: Language) -> str:
    return language.tell("Two things that go together need not bring about one another.")


ASSOCIATION = PlainAsk(
    asked=_asked_association,
    claim=_association,
    open_=_open_association,
    limit=_not_which_first,
)


def _asked_change(question: Change, telling: Telling) -> str:
    gaps = {
        "who": telling.names.group(question.within),
        "what": subject_of(question, telling),
        "first": visit_of(question, 0, telling),
        "last": visit_of(question, -1, telling),
    }
    if not question.scales:
        return telling.language.tell(
            "Among {who}, does {what} change from visit {first} to visit {last}?", **gaps
        )
    scales = telling.scales(question.scales, last="or")
    return telling.language.tell(
        "Among {who}, does {what} change together with {scales} over the visits?",
        who=gaps["who"],
        what=gaps["what"],
        scales=scales,
    )


def visit_of(question: Change, at: int, telling: Telling) -> str:
    """The name of a visit; its number where it is called by a day."""
    name = one_line(telling.visit(question.visits[at]))
    return str(1 + at % len(question.visits)) if days_of(name) else name


def _visits(alike: Alike) -> dict[str, str]:
    """The gaps of a sentence about a change."""
    question = alike.question
    assert isinstance(question, Change)
    first, last = (visit_of(question, at, alike.telling) for at in (0, -1))
    return {"who": _who(alike), "what": alike.what, "first": first, "last": last}


def _change(alike: Alike) -> str:
    if alike.first.scale:
        return _change_together(alike)
    if alike.under_question:
        return _change_of_those(alike)
    if points_up(alike.first):
        return alike.language.tell(
            "Among {who}, {what} was on average higher at visit {last} than at visit {first}.",
            **_visits(alike),
        )
    return alike.language.tell(
        "Among {who}, {what} was on average lower at visit {last} than at visit {first}.",
        **_visits(alike),
    )


def _change_of_those(alike: Alike) -> str:
    """A change of the people whom the question above it names."""
    if points_up(alike.first):
        return alike.language.tell(
            "On average, {what} was higher at visit {last} than at visit {first}.", **_visits(alike)
        )
    return alike.language.tell(
        "On average, {what} was lower at visit {last} than at visit {first}.", **_visits(alike)
    )


def _change_together(alike: Alike) -> str:
    gaps = {"who": _who(alike), "scale": alike.scales, "what": alike.what}
    if points_to_worse(alike.first, alike.telling.study):
        return alike.language.tell(
            "Among {who}, {scale} tended to worsen over the visits as {what} rose.", **gaps
        )
    return alike.language.tell(
        "Among {who}, {scale} tended to improve over the visits as {what} rose.", **gaps
    )


def _same_change(alike: Alike) -> str:
    if alike.under_question:
        return alike.language.tell(
            "On average, {what} was probably much the same at visits {first} and {last}.",
            **_visits(alike),
        )
    return alike.language.tell(
        "Among {who}, {what} was on average probably much the same at visits {first} and {last}.",
        **_visits(alike),
    )


def _open_change(alike: Alike) -> str:
    if alike.first.scale:
        return alike.language.tell(
            "Among {who}, we cannot tell whether {what} changes together with {scale}.",
            who=_who(alike),
            what=alike.what,
            scale=alike.scales,
        )
    return alike.language.tell(
        "Among {who}, we cannot tell whether {what} changes from visit {first} to visit {last}.",
        **_visits(alike),
    )


CHANGE = PlainAsk(
    asked=_asked_change,
    claim=_change,
    same=_same_change,
    open_=_open_change,
    limit=lambda language: language.tell(
        "What changes over time may change with age, season or the test itself."
    ),
)


def _asked_effect(question: Effect, telling: Telling) -> str:
    return telling.language.tell(
        "In cells of {who} in the lab, does {what} differ between {blocked} and {stimulus}?",
        who=telling.names.group(question.within),
        what=subject_of(question, telling),
        blocked=telling.names.stimulus(question.blocked),
        stimulus=telling.names.stimulus(question.stimulus),
    )


def _arms(alike: Alike) -> dict[str, str]:
    """The gaps of a sentence about what a substance does."""
    question = alike.question
    assert isinstance(question, Effect)
    return {
        "what": alike.what,
        "blocked": alike.names.stimulus(question.blocked),
        "stimulus": alike.names.stimulus(question.stimulus),
    }


def _effect(alike: Alike) -> str:
    if alike.under_question:
        return _effect_in_those(alike)
    if points_up(alike.first):
        return alike.language.tell(
            "In cells of {who}, {what} was on average higher with {blocked} than with {stimulus}.",
            who=_who(alike),
            **_arms(alike),
        )
    return alike.language.tell(
        "In cells of {who}, {what} was on average lower with {blocked} than with {stimulus}.",
        who=_who(alike),
        **_arms(alike),
    )


def _effect_in_those(alike: Alike) -> str:
    """The same in cells of the people whom the question above it names."""
    if points_up(alike.first):
        return alike.language.tell(
            "In the lab, {what} was on average higher with {blocked} than with {stimulus}.",
            **_arms(alike),
        )
    return alike.language.tell(
        "In the lab, {what} was on average lower with {blocked} than with {stimulus}.",
        **_arms(alike),
    )


EFFECT = PlainAsk(
    asked=_asked_effect,
    claim=_effect,
    same=lambda alike: alike.language.tell(
        "In the lab, {what} was on average probably much the same with {blocked} and {stimulus}.",
        **_arms(alike),
    ),
    open_=lambda alike: alike.language.tell(
        "We cannot tell whether {what} differs between {blocked} and {stimulus} in the lab.",
        **_arms(alike),
    ),
    limit=lambda language: language.tell(
        "What a substance does to cells in a dish, it need not do in a person."
    ),
)


def _asked_treatment(question: Treatment, telling: Telling) -> str:
    return telling.language.tell(
        "Among {who}, does {what} differ between those with {exposure} and those without?",
        who=telling.names.group(question.within),
        what=subject_of(question, telling),
        exposure=_exposure(question, telling),
    )


def _exposure(question: Treatment, telling: Telling) -> str:
    """What people take or have: the column, with its word where that says more than yes."""
    name = telling.names.exposure(question.exposure)
    if question.exposed.strip().casefold() in _YES:
        return name
    return telling.language.tell("{name} ({detail})", name=name, detail=one_line(question.exposed))


def _sides(alike: Alike) -> dict[str, str]:
    """The gaps of a sentence about an exposure."""
    question = alike.question
    assert isinstance(question, Treatment)
    exposure = _exposure(question, alike.telling)
    return {"who": _who(alike), "what": alike.what, "exposure": exposure}


def _treatment(alike: Alike) -> str:
    if alike.under_question:
        return _treatment_of_those(alike)
    if points_up(alike.first):
        return alike.language.tell(
            "Among {who}, {what} was on average higher with {exposure} than without.",
            **_sides(alike),
        )
    return alike.language.tell(
        "Among {who}, {what} was on average lower with {exposure} than without.", **_sides(alike)
    )


def _treatment_of_those(alike: Alike) -> str:
    """The same of the people whom the question above it names."""
    if points_up(alike.first):
        return alike.language.tell(
            "On average, {what} was higher with {exposure} than without.", **_sides(alike)
        )
    return alike.language.tell(
        "On average, {what} was lower with {exposure} than without.", **_sides(alike)
    )


TREATMENT = PlainAsk(
    asked=_asked_treatment,
    claim=_treatment,
    open_=lambda alike: alike.language.tell(
        "Among {who}, we cannot tell whether {what} differs with and without {exposure}.",
        **_sides(alike),
    ),
    added=lambda alike: alike.language.tell(
        "This was not decided by chance. The difference may come from something else about these "
        "people."
    ),
    limit=lambda language: language.tell(
        "Comparing people with and without something does not show what it does."
    ),
)

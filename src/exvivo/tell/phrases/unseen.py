"""What nobody saw, in words: in which condition no well has a value, and where such wells lie."""

from __future__ import annotations

from exvivo.tell.phrases.statement import Statement
from exvivo.words import counted, listed

_PLACES = {
    "below": "below a limit",
    "above": "above the range that can be read",
    "between": "between two bounds",
    "several": "beyond one bound or another",
    "open": "where nothing bounds them",
}
_CONDITIONS = ("unstimulated", "stimulated")
_DILUTE = "; dilute the samples and measure them again"


def no_result_known(facts: Statement) -> str:
    """Every result is known only by bounds: of which kind, and what can be asked instead."""
    return f"{_nothing_known(facts)}{_instead(facts)}"


def _nothing_known(facts: Statement) -> str:
    """Of which kind the bounds are."""
    kinds, donors = _kinds(facts), facts.integer("donors")
    if set(kinds.values()) == {donors}:
        match list(kinds):
            case [("result", kind)]:
                return f"every result of both groups lies {_PLACES[kind]}"
            case [("response", _)]:
                return "every response of both groups is known only by a bound"
            case [(condition, kind)]:
                wells = f"the {condition} wells of every donor"
                return f"{wells} lie {_PLACES[kind]}, so no response has a size"
            case [(_, kind), (_, other)] if kind == other:
                return f"the wells of every donor lie {_PLACES[kind]} in both conditions"
    return f"no donor's result is known but by a bound: {unseen_words(facts)}"


def unseen_words(facts: Statement) -> str:
    """Where the wells lie of the donors who have no value in a condition, and how many they are."""
    donors = counted(facts.integer("donors"), "donor")
    parts = []
    for (condition, kind), n in _kinds(facts).items():
        what = f"the {condition} wells" if condition in _CONDITIONS else f"the {condition}"
        lie = "lie" if condition in _CONDITIONS else "lies"
        parts.append(f"{what} {lie} {_PLACES[kind]} in {n} of {donors}")
    return listed(parts)


def _kinds(facts: Statement) -> dict[tuple[str, str], int]:
    """The donors without a value, by condition and kind of bound."""
    kinds = {}
    for condition in (*_CONDITIONS, "result", "response"):
        for kind in _PLACES:
            if f"{condition}_{kind}" in facts:
                kinds[condition, kind] = facts.integer(f"{condition}_{kind}")
    return kinds


def _instead(facts: Statement) -> str:
    """What can be asked or done instead."""
    kinds = set(_kinds(facts))
    if kinds == {("unstimulated", "below")}:
        stimulus = facts.text("stimulus")
        return f"; ask for the level under {stimulus} instead (`condition: {stimulus}`)"
    return _DILUTE if any(kind == "above" for _, kind in kinds) else ""


def mostly_unseen(facts: Statement) -> str:
    """Too many donors have no value in one of the conditions."""
    return (
        "more than half of the donors of a group have no well with a value in one of the "
        f"conditions ({unseen_words(facts)}), so a response would rest on the assumed shape of "
        f"what nobody saw{_instead(facts)}"
    )

"""What nobody saw, in words: in which condition no well has a value, and where such wells lie."""

from __future__ import annotations

from collections.abc import Mapping

from exvivo.tell.phrases.statement import Statement
from exvivo.words import counted, listed

_PLACES = {
    "below": "below a limit",
    "between": "between two bounds",
    "low": "below a limit or between two bounds",
    "above": "above the range that can be read",
    "several": "below one bound or above another",
    "open": "where nothing bounds them",
}
"""Where wells lie, by the kind of their bounds."""
_RESPONSES = {
    "below": "by an upper bound",
    "between": "by two bounds",
    "above": "by a lower bound",
    "open": "by none",
}
"""What is known of a response whose wells are not kept, by the kind of its bounds."""
_LOW = ("below", "between", "low")
_WELLS = ("unstimulated", "stimulated")
_DILUTE = "; dilute the samples and measure them again"
_Seen = dict[str, dict[str, int]]
"""Donors without a value, by condition and kind of bound."""


def no_result_known(facts: Statement) -> str:
    """Every result is known only by bounds: of which kind, and what can be asked instead."""
    return f"{_nothing_known(facts)}{_instead(facts)}"


def _nothing_known(facts: Statement) -> str:
    """Of which kind the bounds are."""
    without, donors = _without(facts), facts.integer("donors")
    everybody = all(sum(kinds.values()) == donors for kinds in without.values())
    if len(without) == 1 and everybody:
        (condition,) = without
        return _in_one(condition, without[condition])
    kinds = _kinds_of(without)
    if everybody and len(kinds) == 1:
        return f"the wells of every donor lie {_PLACES[kinds.pop()]} in both conditions"
    return f"no result is known but by a bound ({unseen_words(facts)})"


def no_result_of_group(facts: Statement) -> str:
    """Every result of one group is known only by bounds: of which kind, and what can be done."""
    without = _without(facts)
    kinds = _kinds_of(without)
    dilute = _DILUTE if "above" in kinds else ""
    if set(without) == {"result"} and len(kinds) == 1:
        return f"every result lies {_PLACES[kinds.pop()]}{dilute}"
    where = f" ({unseen_words(facts)})" if without else ""
    return f"every result is known only by a bound{where}{dilute}"


def _in_one(condition: str, kinds: dict[str, int]) -> str:
    """No donor has a value in one condition."""
    if len(kinds) == 1:
        places = _PLACES[next(iter(kinds))]
    else:
        places = _PLACES["low"] if set(kinds) <= set(_LOW) else f"beyond bounds ({_split(kinds)})"
    if condition in _WELLS:
        return f"the {condition} wells of every donor lie {places}, so no response has a size"
    if condition == "response":
        return (
            f"every response of both groups is known only by a bound ({_split(kinds, _RESPONSES)})"
        )
    return f"every {condition} of both groups lies {places}"


def _split(kinds: dict[str, int], words: Mapping[str, str] = _PLACES) -> str:
    """How many donors there are of each kind."""
    return listed(f"{counted(n, 'donor')} {words[kind]}" for kind, n in kinds.items())


def unseen_words(facts: Statement) -> str:
    """Where the wells lie of the donors who have no value in a condition, and how many they are."""
    parts = []
    for condition, kinds in _without(facts).items():
        what = f"{condition} wells" if condition in _WELLS else f"{condition}s"
        split = _split(kinds, _RESPONSES if condition == "response" else _PLACES)
        parts.append(f"{what}: {split}")
    return f"{'; '.join(parts)}; of {counted(facts.integer('donors'), 'donor')}"


def _without(facts: Statement) -> _Seen:
    """The donors without a value in each condition in which some have none."""
    without: _Seen = {}
    for condition in (*_WELLS, "result", "response"):
        for kind in _PLACES:
            if f"{condition}_{kind}" in facts:
                of_kind = facts.integer(f"{condition}_{kind}")
                without.setdefault(condition, {})[kind] = of_kind
    return without


def _instead(facts: Statement) -> str:
    """What can be asked or done instead: the level under the stimulus, where only the unstimulated
    wells are too low; a dilution, where some are too high.
    """
    without = _without(facts)
    kinds = _kinds_of(without)
    if set(without) == {"unstimulated"} and kinds <= set(_LOW):
        return f"; {_level_under(facts.text('stimulus'))}"
    if "response" in without:
        level = _level_under(facts.text("stimulus"))
        return f"; where only the unstimulated wells are below a limit, {level}"
    return _DILUTE if "above" in kinds else ""


def _kinds_of(without: _Seen) -> set[str]:
    """The kinds of bounds in any condition."""
    return {kind for kinds in without.values() for kind in kinds}


def _level_under(stimulus: str) -> str:
    """The question that needs no unstimulated well."""
    return f"ask for the level under {stimulus} instead (`condition: {stimulus}`)"


def mostly_unseen(facts: Statement) -> str:
    """Too many donors have no value in one of the conditions."""
    return (
        "more than half of the donors of a group have no well with a value in one of the "
        f"conditions ({unseen_words(facts)}), so a response would rest on the assumed shape of "
        f"what nobody saw{_instead(facts)}"
    )

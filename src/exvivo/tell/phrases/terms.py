"""The terms of the design in words: what results share beside what is asked, and what is held."""

from __future__ import annotations

from collections.abc import Iterable

from exvivo.words import listed

_WITH_STIMULUS = " x stimulus"
"""How the id of a term with the stimulus ends."""
TERMS = {
    "plate": "plate",
    "batch": "batch",
    "operator": "operator",
    "drawn": "day of drawing",
    "stimulated": "day of stimulation",
    "site": "site",
}
"""The plain name of each term, by its id."""


def places(terms: Iterable[str]) -> str:
    """What terms are called, each once: those with the stimulus by their own name.

    >>> places(["plate", "plate x stimulus", "drawn"])
    'plate and day of drawing'
    """
    return " and ".join(dict.fromkeys(TERMS[term.removesuffix(_WITH_STIMULUS)] for term in terms))


def held_words(terms: Iterable[str]) -> str:
    """The terms that an answer holds; empty where it holds none.

    >>> held_words(["batch", "plate"]), held_words(["operator x stimulus"])
    ('batch and plate held', 'what an operator does to stimulated wells held')
    >>> held_words(["batch", "batch x stimulus", "plate x stimulus"])
    'batch and what a batch or a plate does to stimulated wells held'
    """
    ids = tuple(terms)
    names = [TERMS[term] for term in ids if not term.endswith(_WITH_STIMULUS)]
    paired = [TERMS[term.removesuffix(_WITH_STIMULUS)] for term in ids if term not in TERMS]
    if paired:
        names.append(f"what {listed(map(_one, paired), last='or')} does to stimulated wells")
    return f"{listed(names)} held" if names else ""


def _one(name: str) -> str:
    """A name with its article."""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"

"""The numbers that a plan rests on, in words."""

from __future__ import annotations

from exvivo.catalog.priors import prior_numbers
from exvivo.study import Study
from exvivo.tell.planned.records import Assumed

EFFECT = "effect"
_WORDS = {
    "level": "SD between donors, unstimulated level",
    "response": "SD between donors, response to a stimulus",
    "culture": "SD between cultures of a donor",
    "well": "SD between wells of a culture",
    "plate": "SD between plates",
    "plate_response": "SD between plates, of what they do to stimulated wells alone",
    "wells": "wells of each culture and condition",
    "cultures": "cultures of each donor and condition",
    "plates": "plates of each assay",
}
"""What a number is of, by its name."""
_ALL = "all"


def number_words(assumed: Assumed, study: Study) -> str:
    """What a number is of."""
    if assumed.what == EFFECT:
        return f"effect: {_names(assumed.of, study)}" if assumed.of else "effect"
    words = _WORDS.get(assumed.what, assumed.what)
    prior = prior_numbers().get(assumed.what)
    is_of_all = assumed.of in ("", _ALL) or (prior is not None and assumed.of == prior.meaning)
    return words if is_of_all else f"{words}: {_names(assumed.of, study)}"


def _names(ids: str, study: Study) -> str:
    """Ids with commas between them, by their names."""
    return ", ".join(study.name_of(part) for part in ids.split(", "))

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
    "amount": "amount at rest",
    "lower": "limit of detection",
    "score_mean": "mean score",
    "score_sd": "SD of the score between people",
    "correlation": "correlation of the score with a donor's true result",
    "share": "share of people",
    "agreement": "correlation within a donor",
    "dropouts": "donors that drop out",
    "shape": "how donors are spread",
}
"""What a number is of, by its name."""
_AGREEMENT = {
    "analytes": "of one analyte with another",
    "readouts": "of one assay with another",
    "cell_types": "of one cell type with another",
    "visits": "of one visit with another",
    "stimuli": "of the response to one stimulus with that to another",
    "scores": "of one scale with another",
    "level_and_response": "of the level with the response",
}
STATED_BY = {
    "stated": "study.yaml",
    "unsourced": "study.yaml, without a source",
    "typed": "whoever asked for this plan",
    "prior": "nobody: taken from the field",
    "follows": "nobody: it follows from the rest",
}
"""Who says a number, by its origin."""
LISTS = {
    "unsourced": "stated in study.yaml without a source",
    "prior": "not stated, taken from the field",
}
"""The numbers that a reader should doubt, by their origin."""
_ALL = "all"


def number_words(assumed: Assumed, study: Study) -> str:
    """What a number is of."""
    if assumed.what == EFFECT:
        return f"effect: {_names(assumed.of, study)}" if assumed.of else "effect"
    words = _WORDS.get(assumed.what, assumed.what)
    if assumed.what == "agreement":
        return f"{words}, {_AGREEMENT.get(assumed.of, assumed.of)}"
    prior = prior_numbers().get(assumed.what)
    is_of_all = assumed.of in ("", _ALL) or (prior is not None and assumed.of == prior.meaning)
    return words if is_of_all else f"{words}: {_names(assumed.of, study)}"


def _names(ids: str, study: Study) -> str:
    """Ids with commas between them, by their names."""
    readouts = {assay.id: assay.readout for assay in study.assays}
    return ", ".join(readouts.get(part) or study.name_of(part) for part in ids.split(", "))

"""Why an answer is worth less than its numbers say, in a sentence."""

from __future__ import annotations

from collections.abc import Collection

from exvivo.findings import CaveatCode
from exvivo.tell.language import Language


def care(codes: Collection[CaveatCode], language: Language) -> str:
    """What a reader must know of an answer with these warnings: the gravest of them; where it has
    no plain words, whom to ask.
    """
    if "smaller_than_margin" in codes:
        return language.tell(
            "Take this with care: it is smaller than what this study counts as important."
        )
    if "not_across_families" in codes:
        return language.tell(
            "Take this with care: counting everything that was asked, chance alone could do this."
        )
    if "one_donor_decides" in codes:
        return language.tell("Take this with care: without one single person it would not stand.")
    if "exclusions_decide" in codes:
        return language.tell("Take this with care: it hangs on results that people left out.")
    if "against_expectation" in codes:
        return language.tell("Take this with care: the opposite was expected beforehand.")
    return language.tell("Take this with care. Whoever gave you this page can tell you why.")

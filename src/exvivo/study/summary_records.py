"""What study.yaml may say for the plain-language summary: why the study was done, what happens
next, who pays, and the study's own plain words. Nothing of it touches a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exvivo.study.say import say

LanguageCode = Literal["en", "de", "fr", "es", "ja"]
"""The languages of a summary (ISO 639-1): English, German, French, Spanish, Japanese."""
LANGUAGES: tuple[LanguageCode, ...] = ("en", "de", "fr", "es", "ja")
Texts = dict[LanguageCode, str]
"""The same text by language: `{en: ..., ja: ...}`."""


@dataclass(frozen=True, kw_only=True)
class PlainWord:
    """The study's own plain words for something that it declares."""

    id: str = say(
        "what they are for: the id of a group, cell type, stimulus, analyte, scale or "
        "characteristic, or a readout (FM, iMG, ATP, VAS, mRNA)"
    )
    name: Texts = say(
        "what to call it, by language: {en: people with fibromyalgia, de: Menschen mit "
        "Fibromyalgie}",
        default_factory=dict,
    )
    meaning: Texts = say(
        "one sentence that explains it, by language; left out: that of the catalog",
        default_factory=dict,
    )


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the plain-language summary cannot know of itself; all that is left out is printed as not
    stated.
    """

    why: Texts = say("why the study was done, in plain words, by language", default_factory=dict)
    chosen: Texts = say("how people were chosen, and who could not take part", default_factory=dict)
    part_by_people: Texts = say(
        "what patients or members of the public had a part in, by language", default_factory=dict
    )
    next: Texts = say("what happens next", default_factory=dict)
    contact: Texts = say("who to ask, and how", default_factory=dict)
    place_and_time: Texts = say("where and when it was done", default_factory=dict)
    harm: Texts = say("what harm came to people who took part, if any", default_factory=dict)
    more: Texts = say("where more can be read; left out: the full report", default_factory=dict)
    paid_by: Texts = say("who paid for the study", default_factory=dict)
    interests: Texts = say("interests that could have a bearing on it", default_factory=dict)
    ethics: Texts = say(
        "which committee agreed to it, and under which number", default_factory=dict
    )
    registration: Texts = say(
        "where it is registered, and under which number", default_factory=dict
    )
    pictures: Literal["bands", "people"] = say(
        "bands: no person is drawn; people: a dot for each person, where they have agreed to be "
        "drawn so and each group has at least five",
        default="bands",
    )
    words: tuple[PlainWord, ...] = say("the study's own plain words", default=())

"""Names that people take for one another: they differ in case, in letters that look alike or stand
for one another (Greek, Cyrillic, full width), in signs that do not print, or in hyphens and spaces.

Digits and the letters beside them are never taken for one another: CXCL1 and CXCL10, IL-1A and
IL-1B, miR-17-5p and miR-175p stay apart. Compatible forms are those of Unicode (NFKC, Standard
Annex 15), look-alikes follow its confusables (Technical Standard 39) for Greek and Cyrillic.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from exvivo.words import MOST_LISTED, listed, shortened

_GREEK = str.maketrans(
    "ΑΒΓΔΕΖΗΙΚΛΜΝΟΡΣΤΥΦΧΩαβγδεζηικλμνορςστυφχωß",
    "ABGDEZHIKLMNOPSTYFXWabgdezniklmvopsstufxwb",
)
_CYRILLIC = str.maketrans(
    "АВЕКМНОРСТУХІЈЅабвекмнорстухіјѕԁһԛԝӏ",
    "ABEKMHOPCTYXIJSabbekmhopctyxijsdhqwl",
)
_LATIN = str.maketrans({"ɑ": "a", "⍺": "a", "ɡ": "g", "ɣ": "g", "ı": "i", "ȷ": "j", "ẞ": "B"})
_SPELLED = re.compile(r"(?<=.)(alpha|beta|gamma|delta|epsilon|kappa|lambda)(?![a-z])", re.I)
_UNPRINTED = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")
_DASHES = str.maketrans(dict.fromkeys("\u2212\u30fc\u00b7\u2027", "-"))
_SEPARATORS = re.compile(r"[\s_-]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s_-]+(?=\d)")

_DIGITS = re.compile(r"\d+")
_NEXT_TO_DIGIT = re.compile(r"(?<=\d)[OoIl]|[OoIl](?=\d)")
_AS_DIGIT = {"O": "0", "o": "0", "I": "1", "l": "1"}
_SUGGESTED = re.compile(r" \(did you mean `[^`]*`\?\)")
_CLOSE = 0.7
"""How much of a word must be right (difflib's ratio) for another to be asked about."""

Step = Callable[[str], str]


def key(name: str) -> str:
    """A name without all that people do not tell apart: two names with one key are look-alikes.

    >>> key("IL-1ϐ") == key("IL-1ß") == key("il 1β") == key("IL1B") == key("IL-1beta")
    True
    >>> key("IL-1A") == key("IL-1B"), key("miR-17-5p") == key("miR-175p")
    (False, False)
    """
    return _key(name)


def printed(name: str) -> str:
    """A name with the signs that do not print written out.

    >>> printed("TNF" + chr(0x200B))
    'TNF<U+200B>'
    """
    return "".join(sign if _prints(sign) else f"<U+{ord(sign):04X}>" for sign in name)


def alike(name: str, other: str) -> bool:
    """Whether two names are different and taken for one another.

    >>> alike("Tnf", "TNF"), alike("TNF", "TNF"), alike("CCL3", "CCL4")
    (True, False, False)
    """
    return name != other and key(name) == key(other)


def difference(name: str, other: str) -> str:
    """What two look-alikes differ in.

    >>> difference("Tnf", "TNF")
    'only in case'
    >>> difference("IL-1ß", "IL-1β")[:31]
    'only in letters that look alike'
    """
    return f"only in {listed(_needed(name, other) or ['signs'])}{_signs(name, other)}"


def nearest(name: str, others: Iterable[str]) -> str | None:
    """Of the look-alikes of a name the one that differs in the fewest ways; None without any.

    >>> nearest("tnf-a", ["IL6", "TNF-α", "TNF-A"]), nearest("TNF", ["TNF", "IL6"])
    ('TNF-A', None)
    """
    similar = [other for other in others if alike(name, other)]
    return min(similar, key=lambda other: len(_needed(name, other)), default=None)


def unlike(name: str, other: str) -> str:
    """A name, and how it differs from its look-alike, as a message says it.

    >>> unlike("Tnf", "TNF")
    'Tnf, unlike TNF only in case'
    """
    return f"{printed(name)}, unlike {printed(other)} {difference(name, other)}"


@lru_cache(maxsize=65536)
def plain(name: str) -> str:
    """A name as people may write it: in one case, without signs that do not print, hyphens and
    spaces. Greek letters stay what they are.

    >>> plain("IL 1b") == plain("il-1B"), plain("IL-1β") == plain("IL-1b")
    (True, False)
    """
    return _joined(_compatible(_printing(name)).casefold())


def meant(
    word: str, choices: Iterable[str], known_as: Callable[[str], str | None] | None = None
) -> str | None:
    """The one of the choices that a word nobody knows may be meant for; None where none is near.

    A look-alike first, then another spelling of the same thing (`known_as`), then the nearest that
    holds the same numbers: RA03 is never taken for a slip of RA02.

    >>> meant("lps", ["none", "LPS"]), meant("RA1", ["RA01", "RA02"]), meant("RA03", ["RA02"])
    ('LPS', 'RA01', None)
    """
    others = [choice for choice in dict.fromkeys(choices) if choice]
    if same := nearest(word, others):
        return same
    if known_as and (known := known_as(word)):
        same_thing = (other for other in others if known_as(other) == known)
        if other := next(same_thing, None):
            return other
    return _nearest_in_letters(word, others)


def did_you_mean(
    word: str, choices: Iterable[str], known_as: Callable[[str], str | None] | None = None
) -> str:
    """What a message adds behind a word that nobody knows; nothing where nothing is near.

    >>> did_you_mean("ra01", ["RA01", "RA02"]), did_you_mean("xyz", ["RA01"])
    (' (did you mean `RA01`?)', '')
    """
    near = meant(word, choices, known_as)
    return f" (did you mean `{near}`?)" if near else ""


def without_suggestion(text: str) -> str:
    """A message without what a word may be meant for.

    >>> without_suggestion("group FMX" + did_you_mean("fm", ["FM"]) + " of donor FM01")
    'group FMX of donor FM01'
    """
    return _SUGGESTED.sub("", text)


def one_of(choices: Iterable[str], word: str = "", *, most: int = MOST_LISTED) -> str:
    """What a word may be, so many of the choices, the likest to it first.

    >>> one_of(["a", "b", "c", "d", "e", "f", "g"], "g")
    'one of: g, a, b, c, d and 2 more'
    """
    others = list(dict.fromkeys(choices))
    near = meant(word, others) if word else None
    ordered = sorted(others, key=lambda other: other != near)
    return "one of: " + shortened(ordered, most)


def _nearest_in_letters(word: str, others: list[str]) -> str | None:
    """The word with the most letters in the same order, among those with the same numbers."""
    folded = {other.casefold(): other for other in others if _numbers(other) == _numbers(word)}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=_CLOSE)
    return folded[near[0]] if near else None


def _numbers(word: str) -> list[int]:
    """The numbers of a word; letters that stand for a digit beside one (O, I, l) count as it."""
    digits = _NEXT_TO_DIGIT.sub(lambda match: _AS_DIGIT[match[0]], word)
    return [int(number) for number in _DIGITS.findall(digits)]


def _key(name: str, without: str = "") -> str:
    for words, step in _STEPS.items():
        name = name if words == without else step(name)
    return name


def _needed(name: str, other: str) -> list[str]:
    """The steps without which two names would not be one."""
    return [words for words in _STEPS if _key(name, words) != _key(other, words)]


def _signs(name: str, other: str) -> str:
    """The signs beyond ASCII that one of two names has and the other has not, as Unicode calls
    them.
    """
    signs = [_sign_words(sign) for sign in sorted({*name} ^ {*other}) if not sign.isascii()]
    return f" ({'; '.join(signs)})" if signs else ""


def _sign_words(sign: str) -> str:
    """A sign, where it can be printed, with the name that Unicode has for it."""
    name = unicodedata.name(sign, "unnamed").lower()
    return f"{sign if _prints(sign) else ''} {name}".strip()


def _prints(sign: str) -> bool:
    return unicodedata.category(sign)[0] != "C" and not _UNPRINTED.match(sign)


def _printing(name: str) -> str:
    return "".join(filter(_prints, name))


def _compatible(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _latin(name: str) -> str:
    return name.translate(_GREEK).translate(_CYRILLIC).translate(_LATIN)


def _one_letter(name: str) -> str:
    return _SPELLED.sub(lambda match: match[1][0], name)


def _joined(name: str) -> str:
    """Without hyphens and spaces; between two digits they tell numbers apart, and one hyphen
    stays.
    """
    plain = "".join("-" if unicodedata.category(s) == "Pd" else s for s in name)
    marked = _BETWEEN_DIGITS.sub("\0", plain.translate(_DASHES).strip())
    return _SEPARATORS.sub("", marked).replace("\0", "-")


_STEPS: dict[str, Step] = {
    "signs that do not print": _printing,
    "the form of letters": _compatible,
    "letters that look alike": _latin,
    "a Greek letter spelled out": _one_letter,
    "case": str.casefold,
    "hyphens or spaces": _joined,
}
"""What names may differ in, and how each is taken away, in this order."""

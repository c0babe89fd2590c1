"""What people call wells that hold no donor's cells: the words of a sample name that say a role."""

from __future__ import annotations

import re

_ROLES = {
    "ntc": r"ntc|n\.t\.c\.|no[ _-]?template(?:[ _-]?control)?|h2o|water|wasser|aqua(?:[ _-]?dest)?",
    "no_rt": r"nrt|no[ _-]?rt|minus[ _-]?rt|-rt|rt-|rt[ _-]?minus",
    "blank": r"blank|blk|bl|background|leerwert|zero[ _-]?standard",
    "standard": r"(?:std|stds|standard|standards|cal|calibrator|kalibrator|s)(?=[\W\d_]|$)"
    r"[ _.:-]?\d*(?:[.,]\d+)?(?:\s*[fpnuµm]?g/m?l)?",
    "positive": r"pos(?:itive)?[ _-]?(?:ctrl|control|kontrolle)|pk",
    "empty": r"empty|leer|n/?a",
}
_OF_ROLE = {role: re.compile(words, re.IGNORECASE) for role, words in _ROLES.items()}
_NUMBERED = re.compile(r"[ _.-]*\(?\d{0,2}\)?\s*$")


def role_of_name(name: str) -> str:
    """The role that a sample name says by itself; empty where it says none.

    >>> role_of_name("NTC 2"), role_of_name("H2O"), role_of_name("Std 1000"), role_of_name("RA01")
    ('ntc', 'ntc', 'standard', '')
    """
    plain = " ".join(name.split())
    for role, words in _OF_ROLE.items():
        match = words.match(plain)
        if match and _NUMBERED.fullmatch(plain, match.end()):
            return role
    return ""

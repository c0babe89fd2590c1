"""Missing-data codes as REDCap lists them, from the command line or a file."""

from __future__ import annotations

import re
from pathlib import Path

from exvivo.errors import Mistake, StudyError

_NONE = "none"


def missing_codes(text: str) -> dict[str, str]:
    """The codes of a text, each with its label: `-99, Refused | NASK, Not asked`, or a line each.
    `none` says that the project has none.

    Raises `StudyError` for a code without a label.

    >>> missing_codes("-99, Refused | UNK, Unknown"), missing_codes("none")
    ({'-99': 'Refused', 'UNK': 'Unknown'}, {})
    """
    if text.strip().casefold() == _NONE:
        return {}
    codes: dict[str, str] = {}
    for part in filter(str.strip, re.split(r"[|\n]", text)):
        code, _, label = map(str.strip, part.partition(","))
        if not code or not label or code in codes:
            finding = f"'{part.strip()}' among the missing-data codes"
            expected = (
                "each code once with its label, as REDCap lists them: -99, Refused | UNK, Unknown"
            )
            raise StudyError(Mistake("--missing", finding, expected, "write it so, or `none`"))
        codes[code] = label
    return codes


def codes_of(given: str) -> dict[str, str]:
    """The codes of a text, or of the file that it names."""
    path = Path(given)
    is_file = "," not in given and path.is_file()
    return missing_codes(path.read_text(encoding="utf-8-sig") if is_file else given)

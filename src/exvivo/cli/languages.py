"""The option that names a language of the plain-language summary. Its codes are written out here,
so that a command is listed without reading what a study may say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

ENGLISH_NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "ja": "Japanese",
}
"""The languages by their codes (ISO 639-1), as the terminal calls them."""


def language_option(meaning: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option --language, in small letters or capitals; None where it is left out."""
    codes = click.Choice(tuple(ENGLISH_NAMES), case_sensitive=False)
    return click.option("--language", type=codes, help=meaning)

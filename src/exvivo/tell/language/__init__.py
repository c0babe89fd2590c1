"""A language of the product: its sentences by message catalogs, its plurals, numbers, lists and
days by CLDR (Babel).

    german = language("de")
    german.tell("The study had {people}.", people=german.count("{n} person", "{n} people", 24))

A message is the English text itself, with named gaps. `scripts/languages.py` collects the messages
of `tell/article` and the plain words of the catalog into `tell/languages/*.pot`, renews each
language's `.po` and compiles it; nothing else in the package holds words of another language.
"""

from exvivo.tell.language.one_language import ENGLISH, Language, language, message

__all__ = ["ENGLISH", "Language", "language", "message"]

"""What `summary` of study.yaml must keep to: words for what the study names, each once, and texts
that a page can print.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from exvivo.catalog.lay import lay_terms
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.ids import ids
from exvivo.study.plain_terms import cells_likened, readouts
from exvivo.study.questions import columns_asked
from exvivo.study.records import Study
from exvivo.study.summary_records import LANGUAGES, Summary, Texts
from exvivo.visible import one_line

_LONGEST = {"name": 80, "meaning": 200}
"""Signs of a plain word, and of the sentence that explains it."""
_LONGEST_TEXT = 500
"""Signs of any other text: some eighty words, of the 850 that a whole summary has at most."""
_NAMED = ("groups", "cell_types", "stimuli", "analytes", "scales", "characteristics")
"""Parts of study.yaml whose records may have plain words."""
PARTS = tuple(f.name for f in fields(Summary) if f.name not in ("pictures", "words"))
"""The fields of a summary that are texts: a part that is left out is printed as not stated, but
`more`, in whose place the full report stands.
"""


def summary_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Everything to fix in the summary itself; `unknown_words` hold it against the study."""
    at = entry.at("summary")
    for part in PARTS:
        yield from _text_mistakes(getattr(study.summary, part), at, part)
    yield from _word_mistakes(study, at)


def _word_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Words for the same thing twice, or without any text."""
    names = ids(study.summary.words)
    for i, word in enumerate(study.summary.words):
        at = entry.at("words", i)
        if word.id in names[:i]:
            finding = f"words for `{word.id}` a second time"
            yield at.mistake(finding, "each id once", "put both into one entry", field="id")
        if not word.name and not word.meaning:
            cure = f"add `name: {{{LANGUAGES[0]}: ...}}`, or remove the entry"
            yield at.mistake(f"no words for `{word.id}`", "`name`, `meaning` or both", cure)
        yield from _text_mistakes(word.name, at, "name")
        yield from _text_mistakes(word.meaning, at, "meaning")


def unknown_words(study: Study, entry: Entry, columns: Iterable[str]) -> Mistakes:
    """Words for what neither study.yaml nor the columns of donors.csv name; kinds of cells of the
    catalog may be among the references of a question.
    """
    known = list(dict.fromkeys((*nameable(study), *columns)))
    for i, word in enumerate(study.summary.words):
        if word.id not in lay_terms("cells"):
            at = entry.at("summary", "words", i)
            yield from at.undeclared("id", (word.id,), known, "term")


def nameable(study: Study) -> list[str]:
    """Everything that may have a plain word: what study.yaml declares, the readouts, the columns
    and the cells that questions name.
    """
    return list(dict.fromkeys(_nameable(study)))


def _nameable(study: Study) -> Iterator[str]:
    for part in _NAMED:
        yield from ids(getattr(study, part))
    yield from readouts(study)
    yield from cells_likened(study)
    for question in study.questions:
        yield from columns_asked(question)


def _text_mistakes(texts: Texts, entry: Entry, field: str) -> Mistakes:
    """Texts that are empty, too long for a page of plain words, or hold what no page prints."""
    at, most = entry.at(field), _LONGEST.get(field, _LONGEST_TEXT)
    for code, text in texts.items():
        if not text:
            cure = "write it, or remove this language"
            yield at.mistake("an empty text", "some words", cure, field=code)
        if len(text) > most:
            finding, expected = f"a text of {len(text):,} signs", f"at most {most}"
            yield at.mistake(finding, expected, "say it in fewer words", field=code)
        if one_line(text) != text:
            yield at.mistake(
                f"a line end or a control character: {text!r}",
                "one paragraph of letters that are seen",
                "write it on one line in quotes, or below `>`; take out what is not seen",
                field=code,
            )

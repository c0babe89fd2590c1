"""What `summary` of study.yaml says in one language, as a form: its texts, the words of each term,
and the edits that a filled form makes. Other languages stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exvivo.errors import Mistake, StudyError
from exvivo.study import Study
from exvivo.study.entry import Entry
from exvivo.study.files import STUDY_FILE
from exvivo.study.nodes import compose
from exvivo.study.plain_terms import Term, terms_of
from exvivo.study.summary_checks import PARTS, summary_mistakes
from exvivo.study.summary_records import LanguageCode, PlainWord
from exvivo.study.yaml_text import Tree, tree_of, yaml_text
from exvivo.web.edits import Edit, current

PICTURES = "pictures"
NAME, MEANING = "name:", "meaning:"
"""Before the id of a term: the fields with its plain word, and with what explains it."""
_WORDS = ("summary", "words")
_BEFORE = "records"
Values = Mapping[str, str]
"""What stands in the fields of the form: `why`, `name:FM`, `meaning:FM`, `pictures`."""


@dataclass(frozen=True)
class WordOf:
    """A term with what the catalog would say of it in the language; `kind` is empty for something
    that the summary does not name (any more).
    """

    id: str
    kind: str
    name: str
    catalog_name: str = ""
    catalog_meaning: str = ""


def words_of(study: Study, code: LanguageCode) -> list[WordOf]:
    """Every term of a study, each id once, and what else has words in it."""
    terms = {term.id: _word_of(term, code) for term in reversed(terms_of(study))}
    known = dict(reversed(terms.items()))
    others = (each.id for each in study.summary.words if each.id not in known)
    return [*known.values(), *(WordOf(each, "", each) for each in dict.fromkeys(others))]


def _word_of(term: Term, code: LanguageCode) -> WordOf:
    from exvivo.tell.language import language

    if term.lay is None:
        return WordOf(term.id, term.kind, term.name)
    told = language(code)
    name, meaning = told.name_of(term.lay), told.meaning_of(term.lay)
    return WordOf(term.id, term.kind, term.name, name, meaning)


def values_of(study: Study, code: LanguageCode) -> dict[str, str]:
    """What the fields hold of what study.yaml says."""
    summary = study.summary
    own = {word.id: word for word in reversed(summary.words)}
    values = {part: getattr(summary, part).get(code, "") for part in PARTS}
    values[PICTURES] = summary.pictures
    for word in words_of(study, code):
        declared = own.get(word.id, PlainWord(id=word.id))
        values[NAME + word.id] = declared.name.get(code, "")
        values[MEANING + word.id] = declared.meaning.get(code, "")
    return values


def shown_before(raw: bytes, values: Values) -> str:
    """What a page shows, with the record of each word, as JSON that comes back with the form."""
    ids = [name.removeprefix(NAME) for name in values if name.startswith(NAME)]
    records = {each: current(raw, STUDY_FILE, (*_WORDS, each)) or "" for each in ids}
    return json.dumps({**values, _BEFORE: records})


@dataclass(frozen=True)
class FilledWords:
    """A form that was filled in: the texts as they are to be, as the page showed them, and the YAML
    of the record of each word then.
    """

    code: LanguageCode
    values: Values
    was: Values
    records: Values

    @classmethod
    def of(cls, code: LanguageCode, sent: Mapping[str, Any]) -> FilledWords:
        """The form as it was sent. Raises `StudyError` where it is none of the page's."""
        try:
            was = json.loads(str(sent.get("before", "")))
            records = was.pop(_BEFORE)
            texts = [*was.values(), *records.values()]
        except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
            raise StudyError(_no_form()) from None
        if not all(isinstance(text, str) for text in texts):
            raise StudyError(_no_form())
        values = {name: one_paragraph(sent.get(name, "")) for name in was}
        return cls(code, values, was, records)

    def edits(self) -> list[Edit]:
        """The edits of study.yaml that it makes: only of what is not as it was."""
        return [*self._of_parts(), *self._of_pictures(), *self._of_words()]

    def _of_parts(self) -> Iterator[Edit]:
        for part in PARTS:
            was, now = self.was.get(part, ""), self.values.get(part, "")
            if was != now:
                yield Edit(("summary", part, self.code), _yaml(was), _yaml(now))

    def _of_pictures(self) -> Iterator[Edit]:
        was, now = self.was.get(PICTURES, ""), self.values.get(PICTURES, "")
        if was != now and now in ("bands", "people"):
            yield Edit(("summary", PICTURES), _pictures(was), _pictures(now))

    def _of_words(self) -> Iterator[Edit]:
        for name, record in self.records.items():
            if any(self.values.get(f + name) != self.was.get(f + name) for f in (NAME, MEANING)):
                yield from self._of_word(name, record)

    def _of_word(self, name: str, record: str) -> Iterator[Edit]:
        """A record of its own where there is none, none where it would say nothing, else what of it
        is not as it was.
        """
        place = (*_WORDS, name)
        now = {f: self.values.get(f"{f}:{name}", "") for f in ("name", "meaning")}
        if not record:
            texts = {field: {self.code: text} for field, text in now.items() if text}
            yield Edit(place, None, yaml_text({"id": name, **texts}))
        elif not any(now.values()) and not _has_more(record, self.code):
            yield Edit(place, record, None)
        else:
            fields = ((f, self.was.get(f"{f}:{name}", ""), text) for f, text in now.items())
            changed = ((f, was, text) for f, was, text in fields if was != text)
            yield from (Edit((*place, f, self.code), _yaml(w), _yaml(t)) for f, w, t in changed)


def one_paragraph(text: object) -> str:
    """A text of a form on one line.

    >>> one_paragraph(" Two  lines of a text ")
    'Two lines of a text'
    """
    return " ".join(text.split()) if isinstance(text, str) else ""


def _yaml(text: str) -> str | None:
    return yaml_text(text) if text else None


def _pictures(choice: str) -> str | None:
    """The choice as study.yaml has it: nothing where it is what is meant without one."""
    return choice if choice == "people" else None


def _has_more(record: str, code: LanguageCode) -> bool:
    """Whether a record of a word says something in another language."""
    tree = tree_of(compose(record, file=STUDY_FILE))
    texts = [each for key, each in _pairs(tree) if key in ("name", "meaning")]
    return any(language != code for each in texts for language, _ in _pairs(each))


def _pairs(tree: Tree) -> tuple[tuple[Tree, Tree], ...]:
    return tree if isinstance(tree, tuple) else ()


def _no_form() -> Mistake:
    return Mistake("the form", "not as the page sent it", "the form", "load the page again")


def field_mistakes(study: Study, code: LanguageCode) -> dict[str, list[Mistake]]:
    """What is to fix in the texts of a language, by the field that holds them."""
    found: dict[str, list[Mistake]] = {}
    for mistake in summary_mistakes(study, Entry(_place, ())):
        field = _field(study, json.loads(mistake.where), code)
        if field:
            found.setdefault(field, []).append(mistake)
    return found


def _place(path: tuple[str | int, ...]) -> str:
    return json.dumps(path)


def _field(study: Study, path: list[Any], code: LanguageCode) -> str:
    """The field of a place in study.yaml; empty for that of another language."""
    match path:
        case ["summary", "words", int(at), str(field), str(language)] if language == code:
            return f"{field}:{study.summary.words[at].id}"
        case ["summary", str(part), str(language)] if language == code:
            return part
        case _:
            return ""

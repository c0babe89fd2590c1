"""The catalogs of messages: what `tell` says, in five languages.

Messages stand in the code of `tell/article` (the first text of `tell`, `count` and `message`) and
in the plain words of `catalog/lay`. This writes the two templates, renews each language's `.po`
(what is translated stays; what has changed is marked `fuzzy` for a person to look at), compiles
it into `.mo`, and says what is missing and what is wrong. The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from catalog_faults import (
    FUZZY,
    MISSING,
    MISTAKE,
    STALE,
    Fault,
    english_of,
    faults_of,
    forms_of,
    texts_of,
)

from exvivo.catalog.lay import LAY_KINDS, lay_terms
from exvivo.study.summary_records import LANGUAGES
from exvivo.tell.language.one_language import ARTICLE, ENGLISH, WORDS

PACKAGE = Path(__file__).parents[1] / "src" / "exvivo"
CATALOGS = PACKAGE / "tell" / "languages"
TRANSLATED = tuple(code for code in LANGUAGES if code != ENGLISH)
DOMAINS = (ARTICLE, WORDS)
_NOTE = "Translators:"
"""How a comment begins that a translator reads."""
_BEFORE = "before: "
"""How a comment begins that gives the English text for which a fuzzy translation was made."""
_REVIEWED = "X-Reviewed-By"
"""The header that names the native reader who reviewed a catalog; nobody has where it is empty."""


class Messages(Catalog):
    """A catalog whose header holds nothing that changes from day to day."""

    reviewer = ""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The language, its plural forms, and who reviewed it."""
        translated = [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            (_REVIEWED, self.reviewer),
        ]
        fixed = [
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]
        return [*(translated if self.locale else []), *fixed]

    @mime_headers.setter
    def mime_headers(self, value: object) -> None:
        """A header is made, never taken."""


# --- what there is to translate --------------------------------------------------------------


def template(domain: str) -> Messages:
    """Every message of a catalog, in the order of the source."""
    head = f"# The English {domain}; made by scripts/languages."
    made = Messages(header_comment=head, fuzzy=False)
    added = _of_code if domain == ARTICLE else _of_words
    for message in added():
        made[message.id] = message
    return made


def _of_code() -> Iterator[Message]:
    """The messages in the code of the article, module by module."""
    for path in sorted((PACKAGE / "tell" / "article").rglob("*.py")):
        yield from messages_of(path.read_text("utf-8"), path.relative_to(PACKAGE).as_posix())


def _of_words() -> Iterator[Message]:
    """The plain words of the catalog, each with its sentence."""
    for kind in LAY_KINDS:
        place = _at(f"catalog/lay/{kind}.yaml")
        for term in lay_terms(kind).values():
            about = [f"Source: {term.source}"]
            context = f"{kind} {term.id}"
            yield Message(term.name, locations=place, context=f"{context} name")
            yield Message(
                term.meaning, locations=place, context=f"{context} meaning", auto_comments=about
            )


def messages_of(code: str, place: str) -> Iterator[Message]:
    """The messages in a module, with the translators' comments above them.

    Raises `SystemExit` for a text that no translator could be shown as it is printed.
    """
    notes = _notes(code)
    calls = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        for line, text in _texts(name, call.args, place):
            about = notes.get(line - 1) or notes.get(call.lineno - 1) or []
            yield Message(text, locations=_at(place), auto_comments=about)


def _texts(
    name: str, given: Sequence[ast.expr], place: str
) -> Iterator[tuple[int, str | tuple[str, str]]]:
    """The texts that a call tells, with their lines."""
    match name, given:
        case "tell" | "message", [first, *_]:
            yield from _written(first, place)
        case "count", [ast.Constant(str(one)), ast.Constant(str(many)), _, *_]:
            yield given[0].lineno, (one, many)


def _written(text: ast.expr, place: str) -> Iterator[tuple[int, str]]:
    """A text that stands there, or either text of a choice; a name is a message of elsewhere."""
    match text:
        case ast.Constant(str(words)) if words:
            yield text.lineno, words
        case ast.IfExp():
            yield from _written(text.body, place)
            yield from _written(text.orelse, place)
        case ast.Name() | ast.Attribute() | ast.Subscript() | ast.Call():
            return
        case _:
            raise SystemExit(f"{place}:{text.lineno}: a message must stand there whole, as a text")


def _at(file: str) -> list[Any]:
    """A place without its line, which would change with every other edit."""
    return [(file, None)]


def _notes(code: str) -> dict[int, list[str]]:
    """The translators' comments by the line on which each ends."""
    notes: dict[int, list[str]] = {}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type != tokenize.COMMENT or token.line[: token.start[1]].strip():
            continue
        words, line = token.string.lstrip("# ").strip(), token.start[0]
        if words.startswith(_NOTE):
            notes[line] = [words.removeprefix(_NOTE).strip()]
        elif before := notes.pop(line - 1, None):
            notes[line] = [*before, words]
    return notes


# --- renewing and writing --------------------------------------------------------------------


def renewed(made: Catalog, before: Catalog, code: str, *, reviewer: str = "") -> Messages:
    """The messages of a template with the translations of before.

    A message that is new takes the translation of the one that it was, marked `fuzzy`: in the
    words that of its own place, else the nearest whose English message is gone.
    """
    language = Messages(locale=code, fuzzy=False)
    language.header_comment, language.reviewer = _header(language), reviewer
    gone = [each for each in before if each.id and each.string and not _same(made, each)]
    for message in made:
        if message.id:
            old = before.get(message.id, message.context)
            language[message.id] = _kept(message, old) or _near(message, gone) or message
    return language


def _same(made: Catalog, message: Message) -> Message | None:
    """The message of a template that a translation is of."""
    return made.get(message.id, message.context)


def _kept(message: Message, old: Message | None) -> Message | None:
    """A message with its translation, where it has the same form as before."""
    if old is None or old.pluralizable != message.pluralizable:
        return None
    kept = message.clone()
    kept.string, kept.flags = old.string, message.flags | (old.flags & {"fuzzy"})
    notes = old.user_comments
    kept.user_comments = [note for note in notes if old.fuzzy or not note.startswith(_BEFORE)]
    return kept


def _near(message: Message, gone: Sequence[Message]) -> Message | None:
    """A new message with the translation of the one that it seems to have been."""
    alike = [each for each in gone if each.pluralizable == message.pluralizable]
    if message.context:
        texts = {english_of(each): each for each in alike if each.context == message.context}
        nearest = list(texts)[:1]
    else:
        texts = {english_of(each): each for each in alike}
        nearest = difflib.get_close_matches(english_of(message), texts, 1, 0.7)
    if not nearest:
        return None
    old, near = texts[nearest[0]], message.clone()
    near.string, near.flags = old.string, message.flags | {"fuzzy"}
    near.user_comments = [_BEFORE + english_of(old)]
    return near


def _header(language: Messages) -> str:
    """What a translator reads first: the name of the language and which plural form is for what."""
    name = language.locale.get_display_name("en") if language.locale else ""
    forms = forms_of(language)
    meant = "; ".join(f"msgstr[{form}]: {', '.join(map(str, n))}" for form, n in forms.items())
    return f"# {name}; docs/howto/add-a-language.md\n# Plural forms: {meant}"


def as_po(catalog: Messages) -> bytes:
    """A catalog as translators edit it."""
    file = io.BytesIO()
    write_po(file, catalog, width=0, ignore_obsolete=True, include_lineno=False)
    return file.getvalue().rstrip(b"\n") + b"\n"


def as_mo(catalog: Messages) -> bytes:
    """A catalog as the package reads it, without what is fuzzy or missing."""
    complete = Messages(locale=catalog.locale, fuzzy=False)
    complete.reviewer = catalog.reviewer
    for message in catalog:
        if message.id and all(texts_of(message)):
            complete[message.id] = message
    file = io.BytesIO()
    write_mo(file, complete)
    return file.getvalue()


def read(path: Path, code: str) -> tuple[Catalog, str]:
    """A catalog of before and who reviewed it; empty where there is none yet."""
    if not path.exists():
        return Catalog(locale=code), ""
    raw = path.read_bytes()
    reviewed = re.search(rf'^"{_REVIEWED}: *(.*?)\\n"$', raw.decode("utf-8"), re.MULTILINE)
    try:
        before = read_po(io.BytesIO(raw), locale=code, abort_invalid=True)
    except PoFileError as error:
        raise SystemExit(f"{_shown(path)}:{error.lineno + 1}: {error}") from error
    return before, reviewed[1] if reviewed else ""


# --- the command -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Renewal:
    """The catalogs as they should be: each file with its bytes, and what there is to say."""

    files: dict[Path, bytes]
    faults: list[Fault]
    sizes: dict[str, int]

    def stale(self) -> list[Fault]:
        """The files that are not as they should be."""
        return [
            Fault(STALE, _shown(path), "run scripts/languages", "")
            for path, raw in self.files.items()
            if not path.exists() or path.read_bytes() != raw
        ]


def renewal(codes: Iterable[str]) -> Renewal:
    """The templates and the catalogs of these languages, renewed from the code."""
    all_of = Renewal({}, [], {})
    for domain in DOMAINS:
        made = template(domain)
        all_of.files[CATALOGS / f"{domain}.pot"] = as_po(made)
        for code in codes:
            _renew(all_of, made, code, domain)
    return all_of


def _renew(all_of: Renewal, made: Messages, code: str, domain: str) -> None:
    """Add the files and faults of one catalog."""
    path = CATALOGS / code / f"{domain}.po"
    before, reviewer = read(path, code)
    language = renewed(made, before, code, reviewer=reviewer)
    raw = as_po(language)
    all_of.files.update({path: raw, path.with_suffix(".mo"): as_mo(language)})
    numbered = read_po(io.BytesIO(raw), locale=code)
    all_of.faults.extend(faults_of(numbered, code, _shown(path)))
    all_of.sizes[_shown(path)] = len(made)


def _shown(path: Path) -> str:
    """A file as it is named from the root of the repository."""
    root = PACKAGE.parents[1]
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _say(all_of: Renewal, listed: Sequence[str]) -> None:
    """Print the faults of these kinds, and a line for each catalog."""
    for fault in all_of.faults:
        if fault.kind in listed:
            print(fault)
    for catalog, size in all_of.sizes.items():
        kinds = [each.kind for each in all_of.faults if each.place.startswith(catalog)]
        counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in (MISSING, FUZZY, MISTAKE))
        print(f"{catalog}: {size} messages, {counted}")


def main() -> int:
    """Renew the catalogs; exit code 1 where a translation is wrong."""
    parser = argparse.ArgumentParser(prog="scripts/languages", description=__doc__)
    parser.add_argument("codes", nargs="*", metavar="CODE", help="only these: de fr es ja")
    parser.add_argument("--missing", action="store_true", help="list what is not translated, too")
    check = "write nothing; exit code 1 where anything is missing, wrong or not renewed"
    parser.add_argument("--check", action="store_true", help=check)
    asked = parser.parse_args()
    if unknown := set(asked.codes) - set(TRANSLATED):
        parser.error(f"{', '.join(sorted(unknown))}: the languages are {', '.join(TRANSLATED)}")
    all_of = renewal(asked.codes or TRANSLATED)
    stale = all_of.stale()
    if asked.check:
        all_of.faults[:0] = stale
    else:
        write(all_of.files)
    every = asked.check or asked.missing
    _say(all_of, (STALE, MISSING, FUZZY, MISTAKE) if every else (MISTAKE,))
    wrong = [each for each in all_of.faults if asked.check or each.kind == MISTAKE]
    return 1 if wrong else 0


def write(files: dict[Path, bytes]) -> None:
    """Write the catalogs."""
    for path, raw in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


if __name__ == "__main__":
    sys.exit(main())

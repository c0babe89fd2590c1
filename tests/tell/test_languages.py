"""The catalogs of messages: nothing stale, missing or broken, and the marks of each language."""

from __future__ import annotations

import gettext
import importlib
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import catalog_faults
import languages
import pytest
from article_cases import public_of, study_of
from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po
from catalog_faults import FUZZY, MISSING, MISTAKE, faults_of
from every_question import every_question

import exvivo
from exvivo.catalog.lay import lay_terms
from exvivo.study.summary_records import LANGUAGES, LanguageCode
from exvivo.tell.article import article_of
from exvivo.tell.article.files import page_of
from exvivo.tell.article.pictures import illustrated
from exvivo.tell.language import language
from exvivo.tell.share.public import Public
from exvivo.tell.tables import Tables

TRANSLATED = languages.TRANSLATED
language_module = importlib.import_module("exvivo.tell.language.one_language")


@pytest.fixture(scope="module")
def renewal() -> languages.Renewal:
    return languages.renewal(TRANSLATED)


def test_the_catalogs_are_as_the_code_says(renewal: languages.Renewal) -> None:
    """`scripts/languages` writes them again."""
    assert [str(fault) for fault in renewal.stale()] == []


def test_the_same_messages_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(languages, "CATALOGS", tmp_path)
    first = languages.renewal(TRANSLATED)
    languages.write(first.files)
    assert languages.renewal(TRANSLATED).stale() == []


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("kind", [MISSING, FUZZY, MISTAKE])
def test_every_message_is_translated(renewal: languages.Renewal, code: str, kind: str) -> None:
    faults = [each for each in renewal.faults if f"/{code}/" in each.place and each.kind == kind]
    assert not faults, f"{len(faults)}, the first: {faults[0]}"


def test_there_is_a_catalog_for_each_language() -> None:
    folders = {path.name for path in languages.CATALOGS.iterdir() if path.is_dir()}
    assert folders == set(LANGUAGES) - {"en"}


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("domain", languages.DOMAINS)
def test_what_is_compiled_says_what_is_written(code: str, domain: str) -> None:
    written, _ = languages.read(languages.CATALOGS / code / f"{domain}.po", code)
    with (languages.CATALOGS / code / f"{domain}.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for each in written:
        if isinstance(each.id, str) and each.id and each.string and not each.fuzzy:
            said = (
                compiled.pgettext(each.context, each.id)
                if each.context
                else compiled.gettext(each.id)
            )
            assert said == each.string


@pytest.mark.parametrize("code", TRANSLATED)
def test_plural_forms_part_the_numbers_as_cldr_does(code: str) -> None:
    form_of = gettext.c2py(Catalog(locale=code).plural_expr)
    of_cldr = Locale.parse(code).plural_form
    numbers = [*range(1200), 1_000_000, 1_000_001, 2_000_000]
    pairs = {(int(form_of(n)), of_cldr(n)) for n in numbers}
    assert len({form for form, _ in pairs}) == len({name for _, name in pairs}) == len(pairs)


# --- what a translator can do wrong ----------------------------------------------------------


def _faults(entry: str, code: str) -> list[str]:
    """The faults of a catalog of this entry."""
    catalog = read_po(io.BytesIO(entry.encode()), locale=code)
    return [f"{fault.kind}: {fault.text}" for fault in faults_of(catalog, code, "x.po")]


def _entry(english: str, text: str) -> str:
    return f'msgid "{english}"\nmsgstr "{text}"\n'


BROKEN = [
    ("de", "{n} of {all}.", "{n} von allen.", "the gap {all} is missing"),
    ("de", "{n} of {all}.", "{n} von {alle}.", "the English message has no gap {alle}"),
    ("de", "{n} people.", "{} Menschen.", "a brace that is no gap ({})"),
    ("de", "{n} people.", "{n:.1f} {n} Menschen.", "a brace that is no gap ({n})"),
    ("de", "{n} people.", "{n Menschen.", "a brace that is no gap"),
    ("de", "We cannot tell.", "Wir wissen es nicht", "ends with"),
    ("de", "We cannot tell.", " Wir wissen es nicht.", "begins or ends with a space"),
    ("de", "We cannot tell.", "Wir  wissen es nicht.", "two spaces"),
    ("de", "The “{group}”.", "Die ”{group}“.", "quotation marks are „ and “"),
    ("de", "The “{group}”.", "Die „{group}.", "„ and “ do not pair"),
    ("fr", "The “{group}”.", "Le “{group}”.", "quotation marks are « and »"),
    ("fr", "The “{group}”.", "Le «\u202f{group} ».", "a no-break space is missing"),
    ("fr", "Why?", "Pourquoi ?", "a no-break space is missing"),
    ("fr", "The group.", "L'un des groupes.", "’ for '"),
    ("es", "Why?", "Por qué?", "¿ and ? do not pair"),
    ("ja", "We cannot tell.", "わかりません.", "a mark of half width"),
    ("ja", "The “{group}”.", "“{group}”です。", "quotation marks are 「 and 」"),
    ("ja", "The {group} was.", "{group} でした。", "a space beside a Japanese letter"),
    ("es", "We really cannot tell.", "We really cannot tell.", "this is the English text"),
]


@pytest.mark.parametrize(("code", "english", "text", "fault"), BROKEN)
def test_a_broken_translation_is_named(code: str, english: str, text: str, fault: str) -> None:
    assert any(fault in each for each in _faults(_entry(english, text), code))


GOOD = [
    ("de", "The “{group}”: {n} people.", "Die „{group}“: {n} Menschen."),
    ("fr", "Why “{group}”?", "Pourquoi «\u202f{group}\u202f»\u202f?"),
    ("es", "Why “{group}”?", "¿Por qué «{group}»?"),
    ("ja", "{n} people (“{group}”).", "{n}人（「{group}」）。"),
    ("ja", "TNF and {a}.", "TNF and {a}。"),
]


@pytest.mark.parametrize(("code", "english", "text"), GOOD)
def test_a_good_translation_is_left_alone(code: str, english: str, text: str) -> None:
    assert _faults(_entry(english, text), code) == []


def test_a_plural_form_needs_its_number_unless_it_is_for_one_alone() -> None:
    entry = 'msgid "One person"\nmsgid_plural "{n} people"\n'
    two = 'msgstr[0] "Ein Mensch"\nmsgstr[1] "{n} Menschen"\n'
    assert _faults(entry + two, "de") == []
    french = 'msgstr[0] "Une personne"\nmsgstr[1] "{n} de personnes"\nmsgstr[2] "{n} personnes"\n'
    assert _faults(entry + french, "fr") == [f"{MISTAKE}: the gap {{n}} is missing"]
    assert _faults(entry + 'msgstr[0] "人"\n', "ja") == [f"{MISTAKE}: the gap {{n}} is missing"]
    missing = 'msgstr[0] "Ein Mensch"\nmsgstr[1] ""\n'
    assert _faults(entry + missing, "de") == [f"{MISSING}: a message"]


def test_a_fault_names_the_line_of_the_catalog() -> None:
    entries = _entry("A.", "Ah.") + "\n" + _entry("Of {n}.", "Von.")
    catalog = read_po(io.BytesIO(entries.encode()), locale="de")
    assert [fault.place for fault in faults_of(catalog, "de", "de/article.po")] == [
        "de/article.po:4"
    ]


def test_a_catalog_that_is_no_catalog_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "article.po"
    path.write_text('msgid "A."\n<<<<<<< HEAD\nmsgstr "Ah."\n', "utf-8")
    with pytest.raises(SystemExit, match=r"article\.po:2"):
        languages.read(path, "de")


PAGE = Path(__file__).parents[2] / "docs" / "howto" / "add-a-language.md"


def test_the_example_of_the_page_is_a_catalog_without_a_fault() -> None:
    blocks = re.findall(r"```po\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 1 and blocks[0].count("msgid ") == 2
    assert _faults(blocks[0], "de") == []


def test_the_page_quotes_mistakes_as_they_are_said() -> None:
    said = {each for *entry, _ in BROKEN for each in _faults(_entry(*entry[1:]), entry[0])}
    rows = re.findall(r"^\| (`.*`(?:, \.\.\.)?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    quoted = [text for row in rows for text in re.findall("`(.*?)`", row)]
    quoted = [text for text in quoted if " " in text]
    assert len(quoted) == 7
    kinds = {re.sub(r"\{.*\}|'.*?'", "", each.removeprefix(f"{MISTAKE}: ")) for each in said}
    for text in quoted:
        assert re.sub(r"\{.*\}|'.*?'", "", text) in kinds


def test_a_new_language_begins_with_every_message_and_its_plural_forms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(languages, "CATALOGS", tmp_path)
    polish = languages.renewal(["pl"])
    assert {fault.kind for fault in polish.faults} == {MISSING}
    catalog = read_po(io.BytesIO(polish.files[tmp_path / "pl" / "article.po"]), locale="pl")
    assert len(catalog) == len(languages.template("article"))
    assert catalog.num_plurals == 3


# --- extraction and renewal ------------------------------------------------------------------

CODE = """
def heading(language, n, text):
    # Translators: who took part
    # in the study
    title = language.tell("Who " "took part", people=language.count("{n} person", "{n} people", n))
    # no note
    plain = language.tell(text) + language.tell("Yes" if n else "No") + "a b".count("a")
    return title, plain, {"higher": message("higher in {group}")}
"""


def test_messages_are_taken_from_the_code_with_their_notes() -> None:
    taken = [(each.id, each.auto_comments) for each in languages.messages_of(CODE, "x.py")]
    note = ["who took part", "in the study"]
    assert taken == [
        ("Who took part", note),
        (("{n} person", "{n} people"), note),
        ("Yes", []),
        ("No", []),
        ("higher in {group}", []),
    ]


@pytest.mark.parametrize("text", ['f"of {n}"', '"of " + n', '""'])
def test_a_message_in_pieces_is_refused(text: str) -> None:
    with pytest.raises(SystemExit, match=r"x\.py:1: a message must stand there whole"):
        list(languages.messages_of(f"language.tell({text})", "x.py"))


def _catalog(*messages: Message) -> Catalog:
    made = Catalog(locale="de")
    for each in messages:
        made[each.id] = each
    return made


def test_a_changed_message_keeps_its_translation_for_a_person_to_look_at() -> None:
    before = _catalog(Message("We cannot tell whether.", "Wir wissen nicht, ob."))
    made = _catalog(Message("We cannot yet tell whether."), Message("Why it was done"))
    after = languages.renewed(made, before, "de", reviewer="A. Reader")
    changed = after["We cannot yet tell whether."]
    assert changed.fuzzy and changed.string == "Wir wissen nicht, ob."
    assert changed.user_comments == ["before: We cannot tell whether."]
    assert not after["Why it was done"].string
    assert ("X-Reviewed-By", "A. Reader") in after.mime_headers


def test_what_is_fuzzy_stays_so_until_a_person_takes_the_word_away() -> None:
    before = _catalog(Message("Old text here.", "Text."))
    made = _catalog(Message("Old texts here."))
    once = languages.renewed(made, before, "de")
    twice = languages.renewed(made, _read(once), "de")
    assert languages.as_po(once) == languages.as_po(twice)
    confirmed = _read(once, lambda po: po.replace(b"#, fuzzy\n", b""))
    after = languages.renewed(made, confirmed, "de")["Old texts here."]
    assert (after.string, after.fuzzy, after.user_comments) == ("Text.", False, [])


def _read(catalog: languages.Messages, edit: Callable[[bytes], bytes] = lambda po: po) -> Catalog:
    return read_po(io.BytesIO(edit(languages.as_po(catalog))), locale="de")


def test_a_word_never_takes_the_translation_of_another() -> None:
    def meaning(of: str, text: str, said: str = "") -> Message:
        return Message(text, said, context=f"analytes {of} meaning")

    before = Catalog(locale="de")
    old = meaning("TNF", "TNF is a small protein.", "TNF ist ein kleines Eiweiß.")
    before[old.id] = old
    made = Catalog(locale="de")
    for each in (meaning("TNF", "TNF is a protein."), meaning("TNFX", "TNFX is a small protein.")):
        made[each.id] = each
    after = {each.context: each for each in languages.renewed(made, before, "de")}
    assert after["analytes TNF meaning"].fuzzy
    assert not after["analytes TNFX meaning"].string


def test_a_word_keeps_the_translation_of_its_own_place() -> None:
    def pain(place: str, said: str = "") -> Message:
        return Message("pain", said, context=place)

    before, made = Catalog(locale="de"), Catalog(locale="de")
    for place, said in (("scales VAS name", "Schmerz"), ("scales BPI name", "Schmerzen")):
        before["pain"], made["pain"] = pain(place, said), pain(place)
    after = {each.context: each.string for each in languages.renewed(made, before, "de")}
    assert after["scales VAS name"] == "Schmerz" and after["scales BPI name"] == "Schmerzen"


def test_what_is_fuzzy_or_missing_is_said_in_english() -> None:
    made = languages.Messages(locale="de")
    plural = Message(("{n} day", "{n} days"), ("{n} Tag", ""))
    fuzzy, missing = Message("A.", "Ah.", flags={"fuzzy"}), Message("B.", "")
    for each in (fuzzy, missing, Message("C.", "Zeh."), plural):
        made[each.id] = each
    compiled = gettext.GNUTranslations(io.BytesIO(languages.as_mo(made)))
    assert [compiled.gettext(text) for text in ("A.", "B.", "C.")] == ["A.", "B.", "Zeh."]
    assert compiled.ngettext("{n} day", "{n} days", 1) == "{n} day"


def test_a_changed_translation_is_a_fault() -> None:
    catalog = Catalog(locale="de")
    catalog["A."] = Message("A.", "Ah.", flags={"fuzzy"})
    (fault,) = catalog_faults.faults_of(catalog, "de", "article.po")
    assert (fault.kind, fault.message) == (FUZZY, "A.")


def test_a_catalog_that_differs_by_a_byte_is_stale(tmp_path: Path) -> None:
    file = tmp_path / "article.po"
    file.write_bytes(b"old")
    assert languages.Renewal({file: b"new"}, [], {}).stale()
    assert not languages.Renewal({file: b"old"}, [], {}).stale()


def test_the_check_fails_where_a_catalog_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(languages, "CATALOGS", tmp_path)
    monkeypatch.setattr("sys.argv", ["languages", "--check", "de"])
    assert languages.main() == 1
    assert "words.po: not renewed: run scripts/languages" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


# --- a language tells its own words ----------------------------------------------------------


@pytest.mark.parametrize("code", TRANSLATED)
def test_each_language_tells_its_own_words(code: LanguageCode) -> None:
    spoken, term = language(code), lay_terms("readouts")["protein"]
    for english in ("Key messages", "We cannot tell.", "What was found"):
        assert spoken.tell(english) != english
    assert spoken.meaning_of(term) != term.meaning
    assert spoken.own({"en": "We asked."}) == ""
    assert spoken.own({code: "a", "en": "b"}) == "a"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_translation_that_nobody_reviewed_says_so(code: LanguageCode) -> None:
    article = article_of(public_of(study_of(), []), language=language(code))
    note = "No native reader has checked the wording of this translation yet."
    told = language_module.language(code).tell(note) in article.notes
    assert told is (code != "en")


# --- the marks of a language -----------------------------------------------------------------

MARKS: list[tuple[LanguageCode, str, str, str, str, str, str]] = [
    ("en", "1,400", "2.5", "A, B and C", "A or B", "November 3, 2026", "English"),
    ("de", "1.400", "2,5", "A, B und C", "A oder B", "3. November 2026", "Deutsch"),
    ("fr", "1\u202f400", "2,5", "A, B et C", "A ou B", "3 novembre 2026", "Français"),
    ("es", "1.400", "2,5", "A, B y C", "A o B", "3 de noviembre de 2026", "Español"),
    ("ja", "1,400", "2.5", "A、B、C", "AまたはB", "2026年11月3日", "日本語"),
]


@pytest.mark.parametrize("marks", MARKS, ids=[row[0] for row in MARKS])
def test_numbers_lists_and_days_are_written_as_the_language_does(
    marks: tuple[LanguageCode, str, str, str, str, str, str],
) -> None:
    code, thousand, decimal, all_of, one_of, day, name = marks
    spoken = language(code)
    assert spoken.number(1400) == thousand
    assert spoken.number(2.5, digits=1) == spoken.number(2.46, digits=1) == decimal
    assert spoken.listed("ABC") == all_of
    assert spoken.listed("AB", last="or") == one_of
    assert spoken.day(date(2026, 11, 3)) == day
    assert spoken.own_name == name
    assert spoken.reviewer == ""


def test_spanish_lists_mind_the_sound_that_follows() -> None:
    spanish = language("es")
    assert spanish.listed(["TNF", "IL-6"]) == "TNF e IL-6"
    assert spanish.listed(["TNF", "hielo"]) == "TNF y hielo"
    assert spanish.listed(["siete", "ocho"], last="or") == "siete u ocho"


# --- what is told is in the catalogs ---------------------------------------------------------


class Recorder(gettext.NullTranslations):
    """A catalog that keeps what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add(msgid1)
        return super().ngettext(msgid1, msgid2, n)


def test_every_message_that_is_told_stands_in_the_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study with each kind of question asks only for messages that translators have seen."""
    result = exvivo.run(every_question().write(tmp_path / "study"))
    public = Public(result.study, Tables.of(result.tables), "0", "ab" * 32, 5)
    recorder = Recorder()
    monkeypatch.setattr(language_module, "_catalog", lambda code, domain: recorder)
    article = article_of(public, language=language("de"), day=date(2026, 11, 3))
    page_of(illustrated(article, public))
    known = {catalog_faults.english_of(each) for each in languages.template("article") if each.id}
    assert len(recorder.asked) > 50
    assert recorder.asked <= known

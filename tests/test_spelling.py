"""Names that people take for one another, and honest names that they do not."""

from __future__ import annotations

import unicodedata
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exvivo.catalog import analytes, known_as, spelling
from exvivo.catalog.spelling import alike, difference, key, plain, printed, unlike

ALIKE = [
    ("Tnf", "TNF", "only in case"),
    ("IL-1ϐ", "IL-1β", "only in the form of letters"),
    ("IL-1ß", "IL-1β", "only in letters that look alike"),
    ("IL-1β", "IL-1B", "only in letters that look alike and case"),
    ("IL-1beta", "IL-1B", "only in a Greek letter spelled out and case"),
    ("\u0422NF", "TNF", "only in letters that look alike"),
    ("G\u0410PDH", "GAPDH", "only in letters that look alike"),
    ("\uff34\uff2e\uff26", "TNF", "only in the form of letters"),
    ("TNF\u200b", "TNF", "only in signs that do not print"),
    ("T\u00adNF", "TNF", "only in signs that do not print"),
    ("\ufeffTNF", "TNF", "only in signs that do not print"),
    ("IL\u20116", "IL-6", "only in hyphens or spaces"),
    ("IL\u22126", "IL 6", "only in hyphens or spaces"),
    ("NFκB1", "NFKB1", "only in letters that look alike and case"),
    ("ΝFKB1", "NFKB1", "only in letters that look alike"),
]
APART = [
    ("IL-1A", "IL-1B"),
    ("IL-1α", "IL-1β"),
    ("CCL3", "CCL4"),
    ("CXCL1", "CXCL10"),
    ("CXCL1", "CXCLl"),
    ("IL-1 1", "IL-11"),
    ("miR-17-5p", "miR-175p"),
    ("TNF", "TNFR"),
    ("IFNA1", "IFNG1"),
    ("HLA-DRA", "HLA-DRB"),
    ("18S", "28S"),
    ("β-actin", "γ-actin"),
    ("O1", "01"),
    ("alpha", "A"),
]
PRINTED = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
UNPRINTED = st.sampled_from(["\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\ufeff", "\ufe0f"])
CYRILLIC = dict(zip("ABEKMHOPCTX", "АВЕКМНОРСТХ", strict=True))
GREEK = dict(zip("ABEZHIKMNOPTX", "ΑΒΕΖΗΙΚΜΝΟΡΤΧ", strict=True))


@pytest.mark.parametrize(("name", "other", "words"), ALIKE)
def test_look_alikes_and_what_they_differ_in(name: str, other: str, words: str) -> None:
    assert alike(name, other) and alike(other, name)
    assert difference(name, other).startswith(words)


@pytest.mark.parametrize(("name", "other"), APART)
def test_honest_names_stay_apart(name: str, other: str) -> None:
    assert not alike(name, other)


def test_signs_that_do_not_print_are_written_out() -> None:
    assert printed("T\u00adNF\u200b") == "T<U+00AD>NF<U+200B>"
    assert unlike("TNF\u200b", "TNF") == (
        "TNF<U+200B>, unlike TNF only in signs that do not print (zero width space)"
    )
    assert "cyrillic capital letter te" in unlike("\u0422NF", "TNF")


@given(PRINTED, UNPRINTED, st.data())
def test_no_hidden_sign_makes_a_name_another(name: str, sign: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name)))
    assert alike(name[:place] + sign + name[place:], name)


@given(PRINTED)
def test_forms_of_a_letter_are_one(name: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in name)
    assert alike(wide, name) and key(name.swapcase()) == key(name)
    assert key(key(name)) == key(name)


@given(st.text(st.sampled_from("ABEKMHOPCTX123-"), min_size=1, max_size=10))
def test_letters_of_another_script_are_one_with_those_they_look_like(name: str) -> None:
    """The pairs are written here from their shapes, apart from the table under test."""
    for script in (CYRILLIC, GREEK):
        other = "".join(script.get(sign, sign) for sign in name)
        assert key(other) == key(name)


@given(PRINTED, PRINTED)
def test_other_letters_or_digits_stay_apart(name: str, other: str) -> None:
    """Plain names are one only where case or a Greek letter spelled out is all they differ in."""
    spelled = ("alpha", "beta", "gamma", "delta", "epsilon", "kappa", "lambda")
    if any(word in each.lower() for word in spelled for each in (name, other)):
        return
    assert (key(name) == key(other)) == (name.lower() == other.lower())


def test_no_two_analytes_of_the_catalog_look_alike() -> None:
    """Nor any of their usual spellings: real names of the field, written by people."""
    words = [
        (word, entry.id)
        for entry in analytes().values()
        for word in (*entry.also, entry.name, entry.id)
    ]
    assert len(words) > 200
    for (word, owner), (other, owner_of_other) in combinations(words, 2):
        assert owner == owner_of_other or key(word) != key(other)
    assert all(known_as(word) == owner for word, owner in words)


def test_the_catalog_takes_no_greek_letter_for_a_latin_one() -> None:
    """IL-1Ra (the antagonist) and IL-1Rα (the receptor) look alike: that is asked, never taken."""
    assert alike("IL-1Ra", "IL-1Rα") and known_as("IL-1Ra") != known_as("IL-1Rα")
    assert plain("TNF\u200b") == plain("tnf") and known_as("T\u00adNF") == "TNF"
    assert unicodedata.normalize("NFKC", "\uff34") == "T" and known_as("\uff34NF") == "TNF"


@pytest.mark.parametrize(
    ("word", "choices", "meant"),
    [
        ("lps", ["none", "LPS"], "LPS"),
        ("ra01", ["RA01", "RA02"], "RA01"),
        ("RA1", ["RA01", "RA02"], "RA01"),
        ("RAO1", ["RA01", "RA02"], "RA01"),
        ("AR01", ["RA01", "RA02"], "RA01"),
        ("TNF-alpha", ["IL6", "TNF"], "TNF"),
        ("stimulant", ["stimulus", "role"], "stimulus"),
        ("xyz", ["RA01"], None),
        ("", ["RA01"], None),
    ],
)
def test_a_word_that_is_meant_is_offered(word: str, choices: list[str], meant: str | None) -> None:
    assert spelling.meant(word, choices, known_as) == meant


def test_a_word_with_other_numbers_is_never_offered() -> None:
    """RA03 is another person than RA02, and CXCL1 another gene than CXCL10."""
    assert spelling.meant("RA03", ["RA02", "RA13"]) is None
    assert spelling.meant("CXCL1", ["CXCL10"]) is None


def test_the_word_that_is_meant_stands_first_of_five() -> None:
    names = ["a", "b", "c", "d", "e", "LPS"]
    assert spelling.one_of(names, "lps") == "one of: LPS, a, b, c, d and 1 more"

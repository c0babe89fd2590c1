"""The plain words of the catalog: each thing of the catalog has them, each is one short sentence
that a reader of twelve can follow, and none is a claim or the wording of a licensed form.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pytest

from exvivo.catalog import analytes
from exvivo.catalog.cells import cells
from exvivo.catalog.lay import LAY_KINDS, LayKind, LayTerm, lay_term, lay_terms
from exvivo.catalog.load import entries
from exvivo.catalog.spelling import plain
from exvivo.study.scoring_keys import catalog_keys

TERMS = [term for kind in LAY_KINDS for term in lay_terms(kind).values()]
OF_NO_KIND = {"PBMC", "whole blood"}
"""Cells that are a mixture, and so no kind of the catalog."""
BY_WHOLE_NAME = {"VAS": "pain_VAS", "NRS": "pain_NRS"}
"""Scores whose id alone says nothing of what is asked: a line can stand for anything."""

MOST_WORDS, MOST_LETTERS = 20, 60
HARDEST = 9.0
"""The grade of Flesch and Kincaid that no meaning exceeds when its names are left out; the mean of
all stays below `HARDEST_MEAN`."""
HARDEST_MEAN = 5.0

SOURCES = {
    "DOI": r"10\.\d{4,9}/\S+",
    "UniProt": r"UniProt [A-Z][0-9][A-Z0-9]{3}[0-9](, [A-Z][0-9][A-Z0-9]{3}[0-9])*",
    "ChEBI": r"CHEBI:\d+(, CHEBI:\d+)*",
    "Cell Ontology": r"CL:\d{7}",
    "Gene Ontology": r"GO:\d{7}",
    "Uberon": r"UBERON:\d{7}",
    "NCBI taxonomy": r"NCBITaxon:\d+",
    "PubMed": r"PMID \d+",
}

CLAIMS = re.compile(
    r"\b(caus\w+|cure\w*|heals?|treats?|treatment|therap\w+|prevent\w*|predict\w*|biomarker\w*|"
    r"risk\w*|disease\w*|disorder\w*|syndrome\w*|patients?|dangerous|leads? to|because|helps?|"
    r"drives?|linked to|associated|regulat(es|ed)|should|must|best|new study)\b",
    re.IGNORECASE,
)
"""Words by which an explanation becomes a claim, advice or a word of disease."""

JARGON = re.compile(
    r"\b(cytokine|chemokine|interleukin|receptor|ligand|antigen|in vitro|ex vivo|phenotype|pathway|"
    r"inflamm\w+|immun\w+|leu[ck]ocyte|lymphocyte|stimul\w+|secret\w+|differentiat\w+|proliferat\w+|"
    r"apopto\w+|phagocyt\w+|agonist|antagonist|inhibit\w*|modulat\w*|mediat\w*|subscale|item|score|"
    r"questionnaire|somatic|cognit\w+|psychometric|upregulat\w+|transcript\w*|plasma|serum)s?\b",
    re.IGNORECASE,
)

FORMS = {
    "HADS": (
        "7c472f2b1094 6e52addede3b 616c18054e7d cacfef7ad3c7 f34f86e0c828 3e9888845e84 "
        "2255d288a6c2 980baf2c9a8d"
    ),
    "BDI-II": "3ea43b24671b 30ffc0cb38dd 0e50a049655b 6ce95d83f207 7f82d2a60061 61ad634e9925",
    "STAI": "d4f37ec74b7a 1d86c8f82c6d 5ca28495ceb7 568b84e187cb 1519feb80a8e b408114d3dd4",
    "EQ-5D": "8701833e7ac9 ac1d2f01260b efed6c4bafd1 2195148508da d3c99f2f21ca a69c9f811b7e",
    "PCS": (
        "59d4737ec875 9d626c9daf69 7ee08875f205 a1f502a5d4ee 82b9af496442 c8d4477a30ac 7e59e51b5802"
    ),
    "SF-36v2": (
        "e657873c3320 5521088bc728 d429639039aa c1a66aadd107 ff43bbb38a78 c534e6cec59a "
        "ae65a7f60272 4b53aa50effe eb9e0846e373 ef3b84b8da0c 12bb353a35f3"
    ),
}
"""Pieces of two to six words by which a licensed form is known, as the first 12 digits of their
SHA-256: the wording itself may not stand here either. Capitals and signs are left out."""


def _named(term: LayTerm) -> str:
    return f"{term.kind} {term.id}"


@pytest.mark.parametrize("kind", LAY_KINDS)
def test_an_entry_has_the_four_fields_and_no_other(kind: LayKind) -> None:
    """A comma in an unquoted text would become a field of its own."""
    for id_, fact in entries(f"lay/{kind}.yaml").items():
        assert {"name", "meaning", "source"} <= set(fact) <= {"name", "meaning", "source", "also"}
        assert all(isinstance(fact[key], str) for key in ("name", "meaning", "source")), id_


def test_each_analyte_has_plain_words_under_the_name_that_a_report_prints() -> None:
    named = {id_: entry.name for id_, entry in analytes().items()}
    assert {id_: term.name for id_, term in lay_terms("analytes").items()} == named


def test_each_kind_of_cells_has_plain_words() -> None:
    assert set(lay_terms("cells")) == set(cells()) | OF_NO_KIND


def test_each_score_has_plain_words() -> None:
    scores = {score.id: score for key in catalog_keys() for score in key.scores}
    expected = {BY_WHOLE_NAME.get(id_, id_) for id_ in scores}
    assert set(lay_terms("scales")) == expected
    found = {
        id_: lay_term("scales", id_) or lay_term("scales", s.name) for id_, s in scores.items()
    }
    assert {id_: term.id for id_, term in found.items() if term} == {
        id_: BY_WHOLE_NAME.get(id_, id_) for id_ in scores
    }


@pytest.mark.parametrize("id_", BY_WHOLE_NAME)
def test_a_line_or_a_number_alone_is_not_taken_for_pain(id_: str) -> None:
    assert lay_term("scales", id_) is None


@pytest.mark.parametrize(
    ("kind", "spelling", "id_"),
    [
        ("analytes", "TNF-alpha", "TNF"),
        ("analytes", "MCP-1", "CCL2"),
        ("cells", "iMG", "induced microglia-like cell"),
        ("cells", "CD14+ cells", "monocyte"),
        ("cells", "PBMCs", "PBMC"),
        ("stimuli", "unstimulated", "none"),
        ("stimuli", "IFN-gamma", "IFN-γ"),
        ("readouts", "MRNA", "mRNA"),
    ],
)
def test_a_term_is_found_by_its_other_spellings(kind: LayKind, spelling: str, id_: str) -> None:
    term = lay_term(kind, spelling)
    assert term is not None and term.id == id_


@pytest.mark.parametrize("kind", LAY_KINDS)
def test_no_two_terms_of_a_kind_share_a_spelling(kind: LayKind) -> None:
    spelled = Counter(
        word
        for term in lay_terms(kind).values()
        for word in {plain(each) for each in (term.id, term.name, *term.also)}
    )
    assert [word for word, n in spelled.items() if n > 1] == []


@pytest.mark.parametrize("term", TERMS, ids=_named)
def test_a_meaning_is_one_short_sentence_about_its_word(term: LayTerm) -> None:
    words = term.meaning.split()
    assert len(words) <= MOST_WORDS
    assert len(term.name) <= MOST_LETTERS
    assert term.meaning.endswith(".")
    assert not re.search(r"[.!?]\s+[A-Z]", term.meaning.replace("E. coli", ""))
    name = term.name.casefold()
    assert term.meaning.casefold().startswith((name, f"the {name}", f"a {name}"))
    assert not re.search(r"[{}%\n]", term.meaning + term.name)


@pytest.mark.parametrize("term", TERMS, ids=_named)
def test_a_meaning_claims_nothing_and_has_no_jargon(term: LayTerm) -> None:
    said = term.meaning.casefold().replace(term.name.casefold(), "", 1)
    assert CLAIMS.findall(said) == []
    assert JARGON.findall(said) == []


def test_a_claim_and_jargon_are_noticed() -> None:
    assert CLAIMS.search("TNF is a protein that causes pain in patients.")
    assert JARGON.search("TNF is a cytokine.")


@pytest.mark.parametrize("term", TERMS, ids=_named)
def test_a_source_is_a_doi_or_an_entry_of_a_database(term: LayTerm) -> None:
    assert any(re.fullmatch(pattern, term.source) for pattern in SOURCES.values()), term.source


def test_a_protein_has_its_own_entry_and_no_two_share_one() -> None:
    """But parts that several proteins have in common, and names of the same gene as a stimulus."""
    known = Counter(term.source for term in lay_terms("analytes").values())
    assert [source for source, n in known.items() if n > 1] == []
    assert all(source.startswith("UniProt ") for source in known)


def test_a_protein_given_to_cells_is_explained_as_when_it_is_measured() -> None:
    measured = {term.name: term for term in lay_terms("analytes").values()}
    both = [term for term in lay_terms("stimuli").values() if term.name in measured]
    assert len(both) >= 8
    for term in both:
        assert (term.meaning, term.source) == (
            measured[term.name].meaning,
            measured[term.name].source,
        )


@pytest.mark.parametrize("form", FORMS)
def test_no_words_of_a_licensed_form(form: str) -> None:
    told = (each for t in lay_terms("scales").values() for each in (t.name, t.meaning))
    assert set(FORMS[form].split()).isdisjoint(piece for text in told for piece in _pieces(text))


def test_a_piece_of_a_form_is_noticed_within_a_text() -> None:
    piece = hashlib.sha256(b"how far you can walk").hexdigest()[:12]
    assert piece in _pieces("It asks How far you can walk, without a rest.")
    assert piece not in _pieces("It asks how far people can walk.")


def _pieces(text: str) -> set[str]:
    """The digits of each run of two to six words of a text."""
    words = re.findall(r"[a-z]+", text.casefold().replace("'", ""))
    runs = (words[i : i + n] for n in range(2, 7) for i in range(len(words) - n + 1))
    return {hashlib.sha256(" ".join(run).encode()).hexdigest()[:12] for run in runs}


def test_no_score_is_told_as_a_form_asks_it() -> None:
    """A form speaks to one person and asks; plain words tell what many people said."""
    for term in lay_terms("scales").values():
        assert not re.search(r"\b(I|my|me|you|your)\b|\?", term.meaning), term.id


@pytest.mark.parametrize("term", TERMS, ids=_named)
def test_a_meaning_is_readable(term: LayTerm) -> None:
    assert _grade(term) <= HARDEST, (term.meaning, _grade(term))


def test_the_meanings_are_easy_on_the_whole() -> None:
    grades = [_grade(term) for term in TERMS]
    assert sum(grades) / len(grades) <= HARDEST_MEAN


def test_a_hard_sentence_is_noticed() -> None:
    hard = "It is a pleiotropic cytokine orchestrating inflammatory differentiation of leucocytes."
    assert _grade(LayTerm("analytes", "X", "X", hard, "")) > HARDEST


def _grade(term: LayTerm) -> float:
    """The grade of Flesch and Kincaid of a meaning; the name itself, which is being explained,
    counts as one word of one syllable.
    """
    said = re.sub(re.escape(term.name), "it", term.meaning, count=1, flags=re.IGNORECASE)
    words = re.findall(r"[^\W\d_][\w'-]*", said)
    syllables = sum(map(_syllables, words))
    return 0.39 * len(words) + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    """About how many syllables an English word has: its groups of vowels, without a silent e."""
    letters = re.sub(r"[^a-z]", "", word.casefold())
    groups = len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[^aeiouyl])e(s|d)?$", "", letters)))
    return max(groups, 1)

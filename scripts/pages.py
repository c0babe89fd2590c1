"""The pages of the docs that the code itself writes: the public names, the tables, the catalog."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import polars as pl

import exvivo
from exvivo import tables
from exvivo.catalog.cells import CellKind, cells
from exvivo.catalog.lay import LAY_KINDS, LayKind, LayTerm, lay_terms
from exvivo.catalog.markers import Marker, MarkerPanel, left_out, panels, papers, together
from exvivo.claims.rules import Kind, Rule, kinds, rules, word_lists
from exvivo.study.scoring import ScoringKey
from exvivo.tell.claims.words import KINDS
from exvivo.tell.scales import score_ranges
from exvivo.web.app import make_app
from exvivo.web.routes import RouteOf, routes_of
from exvivo.web.settings import Settings
from exvivo.web.visitor import PERMISSIONS, Needs, Role
from exvivo.words import listed

DOCS = Path(__file__).parents[1] / "docs"
MADE = "<!-- made by scripts/docs: edit the docstrings, not this page -->"


def api() -> str:
    """Every public name with its signature and docstring."""
    parts = ["# The public names", MADE, inspect.cleandoc(_fenced(exvivo.__doc__ or ""))]
    for name in exvivo.__all__:
        parts += [f"## `exvivo.{name}`", *_entry(getattr(exvivo, name))]
    return "\n\n".join(parts) + "\n"


def _entry(thing: object) -> list[str]:
    doc = inspect.cleandoc(inspect.getdoc(thing) or "")
    if inspect.isfunction(thing):
        signature = f"{thing.__name__}{inspect.signature(thing)}"
        return [f"```text\n{signature}\n```", doc]
    if isinstance(thing, type) and is_dataclass(thing):
        rows = [f"| `{f.name}` | `{f.type}` |" for f in fields(thing)]
        return [doc, "| field | type |\n|---|---|\n" + "\n".join(rows)]
    return [doc]


def _fenced(doc: str) -> str:
    """The indented examples of a module's docstring as blocks of code."""
    paragraphs = inspect.cleandoc(doc).split("\n\n")
    return "\n\n".join(
        f"```text\n{textwrap.dedent(text)}\n```" if text.startswith("    ") else text
        for text in paragraphs
    )


def tables_page() -> str:
    """Every table: what one row is, and its columns with type, unit and meaning."""
    parts = [
        "# The tables",
        MADE,
        "What the rooms hand to one another, and what `results/tables/` holds. Columns marked * "
        "may be "
        "empty. [How they follow from one another](architecture.md).",
    ]
    for table in tables.ALL:
        parts += [f"## {table.name}", f"One row: {table.row}.", _columns(table)]
    return "\n\n".join(parts) + "\n"


def _columns(table: tables.Table) -> str:
    rows = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for column in table.columns:
        star = "*" if column.optional else ""
        allowed = f" ({', '.join(column.allowed)})" if column.allowed else ""
        kind = str(column.dtype).split("(")[0]
        meaning = f"{column.meaning}{allowed}".replace("|", "\\|")
        rows.append(f"| `{column.name}`{star} | {kind} | {column.unit} | {meaning} |")
    return "\n".join(rows)


_HEAD = (
    "| questionnaire | items | scores | coding | licence | sources |",
    "|---|---|---|---|---|---|",
)


def scales_page() -> str:
    """Every questionnaire whose scoring is known, and what its scores are."""
    from exvivo.study.scoring_keys import catalog_keys

    keys = list(catalog_keys())
    parts = [
        "# Questionnaires whose scoring is known",
        MADE,
        f"{len(keys)} questionnaires; `exvivo scales HADS` shows one in full, with the lines for "
        "study.yaml. Only numbers and rules are kept, never the wording of an item: the licence "
        "of the form itself is yours to ask for. [Add one of your own](howto/add-a-scale.md).",
        "The *coding* says which number your database stores for an answer: `points` the points "
        "themselves, `position` 1 for the first box, 2 for the second, ...; `exvivo scales NAME` "
        "says what each coding of a questionnaire means.",
        "\n".join([*_HEAD, *(_questionnaire(key) for key in keys)]),
        *(_notes(key) for key in keys if key.notes),
    ]
    return "\n\n".join(parts) + "\n"


def _questionnaire(key: ScoringKey) -> str:
    """A questionnaire as a row of the table."""
    cells = [
        f"**{key.id}** {key.name}",
        str(len(key.every_item) or "totals only"),
        "<br>".join(score_ranges(key.scores)),
        ", ".join(coding.id for coding in key.codings),
        key.licence,
        "; ".join(key.sources),
    ]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _notes(key: ScoringKey) -> str:
    """What to know before a questionnaire is used."""
    return "\n".join([f"**{key.id}**", "", *(f"- {note}" for note in key.notes)])


def markers_page() -> str:
    """Every marker panel gene by gene with its verdict, and every kind of cell."""
    parts = [
        "# Marker panels and kinds of cells",
        MADE,
        "What the catalog knows for [questions of identity](howto/identity.md). Numbers are "
        "log2(TPM + 1) of one profile a kind; platforms differ, so only large gaps count. "
        "*Doubtful* says against which cells a gene does not tell: it stays because it tells "
        "others. [How they are chosen, and how to add one](howto/add-a-panel-or-cell.md).",
        *(_panel(panel) for panel in panels().values()),
        "## In no panel",
        "\n".join(f"- **{gene}**: {reason}" for gene, reason in left_out().items()),
        "## Sources",
        "\n".join(f"- **{p.id}** doi {p.doi}: {p.read}" for p in papers().values()),
        "## Kinds of cells",
        "The names of references and of cultured cells that are recognised, whatever their "
        "capitals, spaces, hyphens and plurals; `human` and `primary` may stand before them.",
        "\n".join(["| kind | also | lineage |", "|---|---|---|", *map(_kind, cells().values())]),
        "## Checklists",
        "What beside expression speaks of what cells are. The report says of each entry whether "
        "the study has it; they are never added up.",
        *map(_checklist, filter(_own_checklist, cells().values())),
    ]
    return "\n\n".join(parts) + "\n"


def _panel(panel: MarkerPanel) -> str:
    """A panel: what it is for, what it may meet, and its genes."""
    names = f" (also {listed(panel.names)})" if panel.names else ""
    meets = listed(together(panel.meets), last="or") or "any cells"
    rows = map(_gene, panel.markers)
    table = "\n".join(["| gene | verdict | sources |", "|---|---|---|", *rows])
    about = f"{panel.meaning[0].upper()}{panel.meaning[1:]}. May be held against: {meets}."
    return f"## {panel.name}\n\n{len(panel.genes)} genes{names}. {about}\n\n{table}"


def _gene(marker: Marker) -> str:
    against = f"doubtful against {listed(together(marker.against), last='or')}: {marker.doubt}"
    verdict = against if marker.doubt else f"supported{f'; {marker.note}' if marker.note else ''}"
    return f"| {marker.gene} | {verdict} | {', '.join(p.id for p in marker.papers)} |"


def _kind(kind: CellKind) -> str:
    return f"| {kind.name} | {', '.join(kind.names)} | {kind.lineage or '-'} |"


def _own_checklist(kind: CellKind) -> bool:
    """Whether a kind has a checklist that no kind before it has."""
    before = [each.checklist for each in cells().values()]
    return bool(kind.checklist) and kind is list(cells().values())[before.index(kind.checklist)]


def _checklist(kind: CellKind) -> str:
    """A checklist, with the kinds that have it."""
    kinds = [each.name for each in cells().values() if each.checklist == kind.checklist]
    rows = (
        f"| `{item.id}` | {item.shows} | {item.control} | "
        f"{', '.join(f'doi {doi}' for doi in item.sources)} |"
        for item in kind.checklist
    )
    head = ["| item | shows | to be held against | sources |", "|---|---|---|---|"]
    return f"### {listed(kinds)}\n\n" + "\n".join([*head, *rows])


_LAY_TITLES: dict[LayKind, str] = {
    "analytes": "What is measured",
    "readouts": "How it is measured",
    "cells": "Cells",
    "stimuli": "What is given to cells",
    "scales": "Scores",
}
_DATABASES = {
    "UniProt ": "https://www.uniprot.org/uniprotkb/",
    "CHEBI:": "https://www.ebi.ac.uk/chebi/searchId.do?chebiId=CHEBI:",
    "CL:": "http://purl.obolibrary.org/obo/CL_",
    "GO:": "http://purl.obolibrary.org/obo/GO_",
    "UBERON:": "http://purl.obolibrary.org/obo/UBERON_",
    "NCBITaxon:": "http://purl.obolibrary.org/obo/NCBITaxon_",
    "PMID ": "https://pubmed.ncbi.nlm.nih.gov/",
    "10.": "https://doi.org/10.",
}
"""Where a source is read, by how it begins."""


def lay_words_page() -> str:
    """The plain words of the catalog, kind by kind, with their sources."""
    number = sum(len(lay_terms(kind)) for kind in LAY_KINDS)
    parts = [
        "# Plain words",
        MADE,
        f"{number} terms, each with what the plain-language summary calls it and the sentence that "
        "explains it to a reader of about twelve years. A study may declare words of its own in "
        "their place. These are the English ones; the other languages translate them. "
        "[How to add one](howto/add-a-plain-word.md).",
        *(f"## {title}\n\n{_lay_table(kind)}" for kind, title in _LAY_TITLES.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _lay_table(kind: LayKind) -> str:
    head = ["| id | plain name | meaning | source |", "|---|---|---|---|"]
    return "\n".join([*head, *map(_lay_row, lay_terms(kind).values())])


def _lay_row(term: LayTerm) -> str:
    return f"| {term.id} | {term.name} | {term.meaning} | {_lay_source(term.source)} |"


def _lay_source(source: str) -> str:
    """A source as a link to its first entry."""
    start = next(each for each in _DATABASES if source.startswith(each))
    entry = source.removeprefix(start).split(",")[0]
    return f"[{source}]({_DATABASES[start]}{entry})"


def claims_page() -> str:
    """The rules by which a text is held against a study: kinds of spin, rules, lists of words."""
    parts = [
        "# The rules that check a text",
        MADE,
        "What `exvivo claims` knows of spin: nothing else decides ([how it is used, and what it "
        "cannot see](howto/check-a-text.md)). Kinds, rules and lists stand in "
        "`src/exvivo/claims/rules.yaml`.",
        *(_kind_of_spin(kind) for kind in kinds().values()),
        "## Lists of words",
        "`word*` is any word that begins so, `a|b` one of two words, `#` a number; `...` stands "
        "for up to four words. Capitals, hyphens and spaces do not matter. Lists that no rule "
        "begins from tell claims from what is none: a denial, a question, a method, a plan.",
        *(_word_list(name, phrases) for name, phrases in word_lists().items()),
    ]
    return "\n\n".join(parts) + "\n"


def _kind_of_spin(kind: Kind) -> str:
    """A kind of spin: what such a sentence does, its rules, and where it is described."""
    own = [rule for rule in rules().values() if rule.kind == kind.id]
    lines = [f"- `{rule.id}`: {rule.meaning}{_lists_of(rule)}" for rule in own]
    sources = [f"- {source}" for source in kind.sources]
    head = f"## {KINDS[kind.id].name.capitalize()}\n\n{kind.meaning}"
    return "\n".join([head, "", "Rules:", "", *lines, "", "Sources:", "", *sources])


def _lists_of(rule: Rule) -> str:
    """The lists that a rule begins from, each with its place on the page."""
    links = [f"[{name}](#words-for-{name.replace('_', '-')})" for name in rule.lists]
    return f" Words: {listed(links)}." if links else ""


def _word_list(name: str, phrases: Sequence[str]) -> str:
    """A list of words under its name."""
    phrases = [f"`{phrase}`" for phrase in phrases]
    return f"### Words for {name.replace('_', ' ')}\n\n{', '.join(phrases)}"


def roles_page() -> str:
    """What every address of the door needs, and which roles have it."""
    with tempfile.TemporaryDirectory() as room:
        routes = routes_of(make_app(Settings(Path(room), Path(room), hosts=("localhost",))))
    parts = [
        "# Every address of the door, and who may use it",
        MADE,
        "A study in which somebody has no part looks to them as if it were not there (404). "
        "Whoever has a part, and not the permission, is refused (403). A test asks every "
        "address as every "
        "role. [What the roles are for](coordinator.md).",
        "\n".join([*_HEAD_OF_ROLES, *map(_route, routes)]),
    ]
    return "\n\n".join(parts) + "\n"


_HEAD_OF_ROLES = (
    f"| address | needs | {' | '.join(role.value for role in Role)} |",
    f"|---|---|{'---|' * len(Role)}",
)


def _route(route: RouteOf) -> str:
    """A route as a row of the table."""
    address = f"`{route.method} {route.path}`"
    if not isinstance(route.guard, Needs):
        return f"| {address} | nothing |{' yes |' * len(Role)}"
    permission = route.guard.permission
    if permission is None:
        return f"| {address} | to be signed in |{' yes |' * len(Role)}"
    may = (" yes |" if permission in PERMISSIONS[role] else " |" for role in Role)
    return f"| {address} | {permission.value} |{''.join(may)}"


PAGES = {
    "api.md": api,
    "tables.md": tables_page,
    "scales.md": scales_page,
    "markers.md": markers_page,
    "lay-words.md": lay_words_page,
    "door/roles.md": roles_page,
    "claims-rules.md": claims_page,
}
WAY = re.compile(r"(<!-- way: [^\n]*-->\n).*?(<!-- /way -->)", re.DOTALL)
"""Where the way of a well stands in architecture.md."""


def with_way(page: str, result: exvivo.Result) -> str:
    """The page with the way of a well of this run."""
    return WAY.sub(lambda match: f"{match[1]}{way_of_a_well(result)}\n{match[2]}", page)


def way_of_a_well(result: exvivo.Result) -> str:
    """What each table of a run says of one stimulated well of a patient, as a table."""
    of_tnf = pl.col("analyte") == "TNF"
    wells = result.wells.filter(of_tnf, readout="mRNA", stimulus="ATP", replicate="1")
    well = wells.row(0, named=True)
    at = {"plate": well["plate"], "well": well["well"]}
    quantity = result.quantities.filter(of_tnf, **at).row(0, named=True)
    response = result.responses.filter(
        of_tnf, readout="mRNA", donor=well["donor"], estimand="response"
    ).row(0, named=True)
    finding = result.findings.filter(of_tnf, readout="mRNA", part="answer", ask="difference")
    rows = [
        ("READINGS", f"{_cycles(well)} of well {well['well']}, channel {well['channel']}"),
        ("WELLS", f"{well['donor']} ({well['group']}), {well['cell_type']}, {well['stimulus']}"),
        ("QUANTITIES", f"{_with_sd(quantity)}; {_shared(quantity)}; {quantity['unit']}"),
        ("RESPONSES", f"{_with_sd(response)} from {response['wells']} wells"),
        ("FINDINGS", _found(finding.row(0, named=True))),
    ]
    lines = [f"| {table} | {text} |" for table, text in rows]
    return "\n".join(["| table | what it says |", "|---|---|", *lines])


def _cycles(well: dict[str, Any]) -> str:
    light = f"{well['y'][0]:.3g} to {well['y'][-1]:.3g}"
    return f"`{well['source']}`: fluorescence of {len(well['x'])} cycles ({light})"


def _with_sd(row: dict[str, Any]) -> str:
    return f"log2 {row['value']:.3f}, standard deviation {row['sd']:.3f}"


def _shared(row: dict[str, Any]) -> str:
    keys = [f"`{shared['key']}` {shared['loading']:+.3f}" for shared in row["shared"][:2]]
    return f"shared errors {', '.join(keys)} and {len(row['shared']) - 2} more"


def _found(row: dict[str, Any]) -> str:
    numbers = f"{row['estimate']:.3f} ({row['lower']:.3f} to {row['upper']:.3f})"
    return f"{row['method']}: {numbers}, {row['verdict']}. {row['sentence']}"


def _demo() -> exvivo.Result:
    """The demo, run in a folder that is thrown away."""
    from numpy.random import default_rng

    from exvivo.simulate import model_study, write

    with tempfile.TemporaryDirectory() as folder:
        write(model_study(rng=default_rng(1)), Path(folder) / "demo")
        return exvivo.run(Path(folder) / "demo")


def main() -> int:
    """Write the pages; with `--check`, exit code 1 where one is not as the code says."""
    parser = argparse.ArgumentParser(prog="scripts/docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    asked = parser.parse_args()
    old = []
    if not asked.check:
        page = DOCS / "architecture.md"
        page.write_text(with_way(page.read_text(encoding="utf-8"), _demo()), encoding="utf-8")
    for name, made in PAGES.items():
        path, text = DOCS / name, made()
        if asked.check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            old.append(name)
        if not asked.check:
            path.write_text(text, encoding="utf-8")
    if old:
        print(f"not as the code says: {', '.join(old)}; run scripts/docs")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())

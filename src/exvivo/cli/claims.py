"""`claims`: does a text say more than the study found?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, display, door, echo, print_json
from exvivo.errors import Mistake, StoreError
from exvivo.visible import one_line

if TYPE_CHECKING:
    from exvivo.claimed import Claimed

STRONGER = 1
"""The exit code where a sentence says more than its answer."""


@click.command(short_help="Hold a text against the answers; show what it says more.")
@click.argument("text", metavar="TEXT", type=click.Path(path_type=Path))
@click.option(
    "--study",
    "folder",
    metavar="STUDY",
    type=click.Path(path_type=Path),
    default=".",
    help="The study folder whose last run the text is held against.  [this folder]",
)
@click.option(
    "--html",
    "page",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the check as one page to read, print or hand on.",
)
@as_json_option
def claims(text: Path, folder: Path, page: Path | None, as_json: bool) -> None:
    """Hold TEXT (an abstract, a press release, a web page; .md, .txt or .html, in English) against
    the answers of the last run of a study.

    For example: exvivo claims press-release.md --study my-study --html check.html

    It finds the sentences that speak of what the study measured, and says which are borne out and
    which say more: a direction where the answer is not resolved, "no difference" where nothing was
    settled, a cause, a use, everyone, the brain for cells in a dish, what was not asked, another
    number. The study's own sentence stands beside each. It never writes yours.

    Rules and lists of words decide, which docs/claims-rules.md lists; docs/howto/check-a-text.md
    says what they cannot see. A sentence that is not marked is not thereby right.

    Exits with 1 if a sentence is stronger than its answer, with 2 if the text or the study cannot
    be read; otherwise with 0.
    """
    with door(folder, as_json):
        from exvivo.claimed import check_file

        if page is not None:
            _refuse_place(page, text, folder)
        claimed = check_file(text, folder)
        if page is not None:
            _write(claimed, page)
    _print(claimed, page, as_json)
    if claimed.is_stronger:
        sys.exit(STRONGER)


def _refuse_place(page: Path, text: Path, folder: Path) -> None:
    """Raise `StoreError` for a place that holds something else, or belongs to a run."""
    from exvivo.store import RESULTS
    from exvivo.tell.claims import PAGE_MARK

    cure = "name another file with --html"
    if page.resolve().is_relative_to((folder / RESULTS).resolve()):
        inside = Mistake(str(page), "a place among the results of a run", "another file", cure)
        raise StoreError(inside)
    if page.resolve() == text.resolve() or (page.exists() and not _is_ours(page, PAGE_MARK)):
        expected = "a new file, or a page that `exvivo claims` wrote"
        raise StoreError(Mistake(str(page), "something else stands there", expected, cure))


def _is_ours(page: Path, mark: str) -> bool:
    """Whether a file is a page that was made here."""
    if not page.is_file():
        return False
    with page.open("rb") as handle:
        return mark.encode() in handle.read(1000)


def _write(claimed: Claimed, page: Path) -> None:
    from exvivo.tell.claims import claims_page

    html = claims_page(claimed.shown, run=claimed.recorded, version=claimed.version)
    page.write_text(html, encoding="utf-8", newline="\n")


def _print(claimed: Claimed, page: Path | None, as_json: bool) -> None:
    from exvivo.tell.claims import claims_json, claims_terminal

    if as_json:
        run = {"run": claimed.recorded, "version": claimed.version}
        print_json({**claims_json(claimed.shown), **run, **({"html": str(page)} if page else {})})
        return
    display(claims_terminal(claimed.shown))
    if page is not None:
        echo(f"Page: {one_line(str(page))}")

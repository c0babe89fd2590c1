"""`report --language`: the plain-language summary of the last run, as that run wrote it.

In: the results of a run and a language. Out: the summary in the terminal and where its page is, or
both as JSON.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.cli.door import echo, print_json
from exvivo.errors import Mistake, StoreError, command
from exvivo.visible import one_line

if TYPE_CHECKING:
    from exvivo.store import Run
    from exvivo.study import Study
    from exvivo.study.summary_records import LanguageCode


def summary_page(folder: Path, results: Path, run: Run, code: LanguageCode) -> Path:
    """The page of the summary in a language. Raises `StoreError` where the run wrote none."""
    from exvivo.tell.article.files import file_of

    page = results / file_of(code)
    if page.is_file() and _text_of(page).is_file():
        return page
    expected, again = "a summary in each language", command("run", folder)
    finding, cure = "results of a version before the summaries", again
    if run.blinded:
        finding = "results under the codes of a blinded study, which have no summary"
        cure = f"`{command('unblind', folder)}`, then `{again}`"
    raise StoreError(Mistake(str(folder), finding, expected, cure))


def show_summary(study: Study, folder: Path, page: Path, code: LanguageCode, as_json: bool) -> None:
    """Print the summary, and where its page is and how to open it."""
    text = _text_of(page).read_text("utf-8")
    if as_json:
        print_json(_facts(study, page, code, text))
        return
    echo(text)
    echo(f"Summary: {one_line(str(page))}")
    echo(f"Open it: {one_line(command(f'report --language {code} --open', folder))}")


def _facts(study: Study, page: Path, code: LanguageCode, text: str) -> dict[str, object]:
    """The summary for programs: its text and files, and whether a native reader reviewed the
    catalog of its language (`""`: nobody has; in English there is none to review).
    """
    from exvivo.tell.language import language

    files = {"page": str(page), "markdown": str(_text_of(page))}
    spoken = {"language": code, "reviewed_by": language(code).reviewer}
    told = {"title": study.title, "simulated": study.simulated}
    return {**told, "summary": {**spoken, **files, "text": text}}


def _text_of(page: Path) -> Path:
    """The same summary as Markdown."""
    return page.with_suffix(".md")

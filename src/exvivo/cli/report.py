"""`report`: the last run again, and its figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, door, echo, folder_argument, steps
from exvivo.cli.languages import language_option
from exvivo.cli.show import FIGURES, SHOWN, show
from exvivo.cli.summary_report import show_summary, summary_page
from exvivo.cli.tidy import say_what_remains, to_tidy
from exvivo.errors import Mistake, StoreError, command

if TYPE_CHECKING:
    from exvivo.gather import Progress
    from exvivo.store import Run
    from exvivo.study.summary_records import LanguageCode

_FORMATS = ("svg", "png", "pdf")


def _formats(context: click.Context, option: click.Parameter, words: str | None) -> list[str]:
    """The formats of `--figures`, each once."""
    del context, option
    chosen = list(dict.fromkeys((words or "").lower().replace(" ", "").split(",")))
    if unknown := [word for word in chosen if word and word not in _FORMATS]:
        raise click.BadParameter(f"{unknown[0]} is none of {', '.join(_FORMATS)}.")
    return [word for word in chosen if word]


@click.command(short_help="Show again what the last run found; write its figures.")
@folder_argument(default=".")
@click.option("--open", "opened", is_flag=True, help="Open the report in your browser.")
@language_option("Show the plain-language summary in this language instead.")
@click.option(
    "--figures",
    "formats",
    metavar="FORMATS",
    callback=_formats,
    help="Write every figure into FOLDER/figures as svg, png (300 dpi) or pdf: png,pdf for both.",
)
@as_json_option
def report(
    folder: Path, opened: bool, language: LanguageCode | None, formats: list[str], as_json: bool
) -> None:
    """Show again what the last run of FOLDER found, where its report is, and when it was run.

    The study is shown as it was at the run, whatever study.yaml says by now. With --figures the
    figures of that run are written as files for a paper or a talk, without another run. With
    --language it is the plain-language summary of that run, in English, German, French, Spanish or
    Japanese: what may be handed to the people who took part.
    """
    if language and formats:
        raise click.UsageError("--figures goes without --language.")
    with door(folder, as_json), steps(as_json) as progress:
        from exvivo import store
        from exvivo.plan.blinding import study_of_results
        from exvivo.record import ensure_page
        from exvivo.study.load import read_study_file

        last = _last_run(folder)
        results = store.standing(folder)
        ensure_page(folder)
        tables = {name: store.read_table(name, folder=results / "tables") for name in SHOWN}
        study = study_of_results(folder) or read_study_file(results)[0]
        figures = _write_figures(folder, formats, progress) if formats else None
        progress("")
        page = results / "report.html"
        when = f"Run of {last.recorded} (exvivo {last.version})."
        if language:
            _say(when, as_json)
            page = summary_page(folder, results, last, language)
            show_summary(study, folder, page, language, as_json)
        else:
            show(study, tables, page, as_json, figures, to_tidy=to_tidy(folder))
        say_what_remains(folder, as_json)
        _warn_of_changes(folder, last)
        if not language:
            _say(when, as_json)
        if opened:
            _open(page)


def _say(line: str, as_json: bool) -> None:
    """Print a line for people."""
    if not as_json:
        echo(line)


def _open(page: Path) -> None:
    """Show a page in the browser, or say that there is none."""
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        echo(f"No browser can be opened from here. Open this file in one: {page}", err=True)


def _write_figures(folder: Path, formats: list[str], progress: Progress) -> list[Path]:
    """Write the figures of the last run beside its results."""
    from exvivo import store
    from exvivo.tell.figure_files import FORMATS, write_figures

    chosen = [kind for kind in FORMATS if kind in formats]
    return write_figures(store.standing(folder), chosen, folder / FIGURES, progress=progress)


def _last_run(folder: Path) -> Run:
    """The last run of a folder whose results stand there."""
    from exvivo import store
    from exvivo.plan.blinding import results_name_groups
    from exvivo.study.files import STUDY_FILE

    store.recover(folder)
    results, last = store.standing(folder), store.last_run(folder)
    if results_name_groups(folder):
        raise StoreError(_of_a_run_before(folder))
    names = last is not None and (last.blinded or (results / STUDY_FILE).is_file())
    if last is not None and names and (results / "tables").is_dir():
        return last
    cure = command("run", folder)
    mistake = Mistake(str(folder), "no results of a complete run", "results to show", cure)
    raise StoreError(mistake)


def _of_a_run_before(folder: Path) -> Mistake:
    finding = "a blinded study whose results are of a run before that"
    cure = command("run", folder)
    return Mistake(str(folder), finding, "results under codes", cure)


def _warn_of_changes(folder: Path, last: Run) -> None:
    """Say where study.yaml is no longer what was run."""
    from exvivo.store import hashed
    from exvivo.study.files import STUDY_FILE

    path = folder / STUDY_FILE
    if path.is_file() and hashed(path, root=folder) not in last.inputs:
        changed = f"{STUDY_FILE} has changed since: this is the study as it was run."
        echo(f"{changed} `{command('run', folder)}` runs it anew.", err=True)

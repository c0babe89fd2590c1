"""The command line: a thin door. Mistakes in the user's files exit with 2, our own with 70."""

from __future__ import annotations

import errno
import io
import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from exvivo import __version__
from exvivo.errors import Bug, Mistake, StoreError, StudyError, UserMistake, command, condensed
from exvivo.words import counted, shortened

if TYPE_CHECKING:
    import polars as pl

    from exvivo.draft import Drafted
    from exvivo.flagged import Flag
    from exvivo.gather import Gathered, Progress
    from exvivo.store import Change, Run
    from exvivo.study import Study

_OUR_FAULT = 70
_USERS_MISTAKE = 2
_DEMO = "exvivo-demo"
FIGURES = "figures"
"""Where the files of figures go, beside the results: they are no part of a run."""
_FORMATS = ("svg", "png", "pdf")
_RIGHTS = "check the rights of the folder and the space on the disk"
_CURES = {
    errno.ENOSPC: "free some space on the disk, then run it again",
    errno.EACCES: "give yourself the right to read and write here, or work on a copy of the study",
    errno.EROFS: "work on a copy of the study: this disk may not be written",
}
_HELP = """From the raw instrument files of a study of patient-derived cells to claims that can be
defended.

\b
See it work first:      exvivo demo
Start your own study:   exvivo new my-study --from raw   (a draft of your files)
Or from a template:     exvivo new my-study     (with explanations)
Fill it in, then ask:   exvivo check my-study   (every mistake at once, with its cure)
Make the report:        exvivo run my-study     (my-study/results/report.html)
Read it again:          exvivo report my-study  (--open in your browser; --figures png,pdf)
Years later:            exvivo verify my-study  (does it still stand?)

Without a folder, check, run, report and verify take the one you are in.

Exit codes: 0 done, 2 something in your files must be fixed, 70 a fault of exvivo.
"""
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_Command = TypeVar("_Command", bound=Callable[..., Any])

_seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Another number makes another virtual study.",
)
_as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs instead of text for people."
)


def _folder(**default: Any) -> Callable[[_Command], _Command]:
    """The argument FOLDER; it must be given where there is no default."""
    return click.argument("folder", type=click.Path(path_type=Path), **default)


@click.group(help=_HELP, context_settings=_SETTINGS)
@click.version_option(__version__)
def main() -> None:
    """The command `exvivo`: its help, and what holds for every command."""
    # The matrices here are small: a second thread of the linear algebra only waits, at a fifth of
    # the CPU time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A terminal of few letters shows `?`, and nothing fails for it.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@main.command()
@_folder(default=_DEMO)
@_seed
@_as_json
def demo(folder: Path, seed: int, as_json: bool) -> None:
    """Simulate the model study into FOLDER (exvivo-demo), run it and show what was found.

    14 virtual patients and 10 controls; TNF, IL-1b, IL-6, IL-8 and IL-10 of stimulated cells as
    qPCR curves (RDML) and bead events (FCS), with a known truth. Every output says that it is
    simulated.
    """
    with _door(folder, as_json), _steps(as_json) as progress:
        _write_demo(folder, seed, progress)
        _run(folder, as_json, progress)


@main.command()
@_folder()
@click.option(
    "--from",
    "raw",
    type=click.Path(path_type=Path),
    help="Draft the study from the instrument files in this folder.",
)
@click.option(
    "--donors",
    type=click.Path(path_type=Path),
    help="With --from: a table of the donors (csv, xlsx), one line each.",
)
@click.option(
    "--clinic",
    type=click.Path(path_type=Path),
    help="With --from: a table of their scores (csv, xlsx), one line a donor and visit.",
)
@click.option(
    "--like",
    type=click.Path(path_type=Path),
    help="With --from: another study folder; its words, references, scales and questions stay.",
)
@_as_json
def new(
    folder: Path,
    raw: Path | None,
    donors: Path | None,
    clinic: Path | None,
    like: Path | None,
    as_json: bool,
) -> None:
    """Write a study into FOLDER: a template with explanations or, with --from, a draft of your own
    files.

    The template is the model study: two groups, one cell type, one stimulus, a qPCR and a bead
    assay, three questions. Put your own in its place; `exvivo check FOLDER` says what is still
    missing.

    The draft holds what your files tell: plates, targets, donors, conditions. What they do not tell
    stands in study.yaml as questions, which `exvivo check FOLDER` repeats until they are answered.
    """
    if raw is not None:
        _draft(folder, raw, (donors, clinic, like), as_json)
        return
    if donors or clinic or like:
        raise click.UsageError("--donors, --clinic and --like go with --from RAW.")
    with _door(folder, as_json):
        from exvivo.simulate import template

        template(folder)
    if as_json:
        _print_json({"folder": str(folder)})
    else:
        _print_where_to_begin(folder)


def _draft(
    folder: Path, raw: Path, tables: tuple[Path | None, Path | None, Path | None], as_json: bool
) -> None:
    """Draft a study from its files, and say what they are and what they leave open."""
    donors, clinic, like = tables
    with _door(folder, as_json), _steps(as_json) as progress:
        from exvivo.draft import draft

        drafted = draft(folder, raw, donors=donors, clinic=clinic, like=like, progress=progress)
    if as_json:
        _print_json(_draft_as_json(folder, drafted))
    else:
        _print_draft(folder, drafted)


def _draft_as_json(folder: Path, drafted: Drafted) -> dict[str, Any]:
    unread = [{"file": file, "why": why} for file, why in drafted.unread]
    asked = [asdict(question) for question in drafted.study.open]
    return {"folder": str(folder), "files": drafted.files, "unread": unread, "open": asked}


def _print_draft(folder: Path, drafted: Drafted) -> None:
    """What each file is, those that were not read, and the questions that are left."""
    unread = [f"Not read: {file}: {why}" for file, why in drafted.unread]
    questions = [f"? {question.ask}" for question in drafted.study.open]
    count = f"{counted(len(questions), 'question')} that the files do not answer:"
    begin = f"Answer them in {folder / 'study.yaml'} (`open`), then: {command('check', folder)}"
    click.echo("\n".join([*drafted.files, *unread, "", count, *questions, begin]))


def _print_where_to_begin(folder: Path) -> None:
    begin = f"Begin with {folder / 'study.yaml'}, then: {command('check', folder)}"
    click.echo(f"A template is in {folder}. {begin}")


@main.command()
@_folder(default=".")
@_as_json
def check(folder: Path, as_json: bool) -> None:
    """Read everything in FOLDER and list every mistake at once, without analysing or writing
    anything.

    Each mistake names the file and line, what was found, what was expected, and how to fix it.
    Contradictions withhold the answers that they touch until they are fixed, or accepted by name
    with a reason (`accept` in study.yaml). Exits with 2 while anything is to fix.
    """
    with _door(folder, as_json), _steps(as_json) as progress:
        from exvivo.gather import gather

        gathered = gather(folder, progress=progress)
    _print_checked(gathered, folder, as_json)
    if _withholding(gathered):
        sys.exit(_USERS_MISTAKE)


def _withholding(gathered: Gathered) -> list[Flag]:
    """The contradictions that withhold answers."""
    return [flag for flag in gathered.flags if flag.withholds]


def _print_checked(gathered: Gathered, folder: Path, as_json: bool) -> None:
    """Say whether there is anything to fix, what to look at all the same, and what comes next."""
    title, counts, notes = gathered.study.title, _counts(gathered), _notes(gathered)
    if as_json:
        flags = [flag.row_of_table() for flag in gathered.flags]
        sound = not _withholding(gathered)
        _print_json({"sound": sound, "title": title, **counts, "notes": notes, "flags": flags})
        return
    listed = ", ".join(counted(n, name.removesuffix("s"), name) for name, n in counts.items())
    looks = [str(flag) for flag in gathered.flags if not flag.withholds]
    lines = [
        title,
        *_to_settle(gathered, listed),
        *looks,
        *notes,
        f"Next: {command('run', folder)}",
    ]
    click.echo("\n".join(lines))


def _to_settle(gathered: Gathered, listed: str) -> list[str]:
    """The contradictions of a study, or that there is nothing to fix in all that it holds."""
    stops = _withholding(gathered)
    if not stops:
        return [f"Nothing to fix: {listed}."]
    withheld = "withholds" if len(stops) == 1 else "withhold"
    contradictions = counted(len(stops), "contradiction")
    return [f"{contradictions} {withheld} the answers touched, in {listed}.", *map(str, stops)]


def _notes(gathered: Gathered) -> list[str]:
    """Sheets that were not read, and what a sound study will not be able to claim."""
    from exvivo.study.questions import margins_without_reason

    return _unread_sheets(gathered) + [
        f"Look: `{question}` has a margin of {2**margin:.3g}-fold without `margin_reason`; "
        "equivalence within it will not be claimed."
        for question, margin in margins_without_reason(gathered.study).items()
    ]


def _unread_sheets(gathered: Gathered) -> list[str]:
    """The sheets of the study's own tables that were not read and that a person may have meant,
    those of one name in one line.
    """
    files: dict[str, list[str]] = {}
    for file, what, _ in gathered.hidden:
        files.setdefault(what, []).append(file)
    return [f"Look: the {what} was not read ({shortened(names)})." for what, names in files.items()]


def _counts(gathered: Gathered) -> dict[str, int]:
    """How much of each a study holds."""
    study = gathered.study
    return {
        "donors": study.donors.height,
        "plates": len(study.plates),
        "wells": gathered.wells.select("plate", "well").n_unique(),
        "scales": len(study.scales),
        "questions": len(study.questions),
        "files": len(gathered.inputs),
    }


@main.command()
@_folder(default=".")
@_as_json
def run(folder: Path, as_json: bool) -> None:
    """Take the study in FOLDER from its files to FOLDER/results/report.html, and keep the run on
    record.

    Beside the report stand the data of every figure (results/report_data) and every table
    (results/tables, csv and parquet). The same files give the same bytes. A run that fails leaves
    the last results as they were.
    """
    with _door(folder, as_json), _steps(as_json) as progress:
        _run(folder, as_json, progress)


def _formats(context: click.Context, option: click.Parameter, words: str | None) -> list[str]:
    """The formats of `--figures`, each once."""
    del context, option
    chosen = list(dict.fromkeys((words or "").lower().replace(" ", "").split(",")))
    if unknown := [word for word in chosen if word and word not in _FORMATS]:
        raise click.BadParameter(f"{unknown[0]} is none of {', '.join(_FORMATS)}.")
    return [word for word in chosen if word]


@main.command()
@_folder(default=".")
@click.option("--open", "opened", is_flag=True, help="Open the report in your browser.")
@click.option(
    "--figures",
    "formats",
    metavar="FORMATS",
    callback=_formats,
    help="Write every figure into FOLDER/figures as svg, png (300 dpi) or pdf: png,pdf for both.",
)
@_as_json
def report(folder: Path, opened: bool, formats: list[str], as_json: bool) -> None:
    """Show again what the last run of FOLDER found, where its report is, and when it was run.

    The study is shown as it was at the run, whatever study.yaml says by now. With --figures the
    figures of that run are written as files for a paper or a talk, without another run.
    """
    with _door(folder, as_json), _steps(as_json) as progress:
        from exvivo import store
        from exvivo.study.load import read_study_file

        last, results = _last_run(folder), folder / store.RESULTS
        tables = {name: store.read_table(name, folder=results / "tables") for name in _SHOWN}
        study, _ = read_study_file(results)
        figures = _write_figures(folder, formats, progress) if formats else None
        progress("")
        _show(study, tables, results / "report.html", as_json, figures)
        _warn_of_changes(folder, last)
        if not as_json:
            click.echo(f"Run of {last.recorded} (exvivo {last.version}).")
        if opened:
            _open(results / "report.html")


def _open(page: Path) -> None:
    """Show a page in the browser, or say that there is none."""
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        click.echo(f"No browser can be opened from here. Open this file in one: {page}", err=True)


def _write_figures(folder: Path, formats: list[str], progress: Progress) -> list[Path]:
    """Write the figures of the last run beside its results."""
    from exvivo import store
    from exvivo.tell.figure_files import FORMATS, write_figures

    chosen = [kind for kind in FORMATS if kind in formats]
    return write_figures(folder / store.RESULTS, chosen, folder / FIGURES, progress=progress)


def _last_run(folder: Path) -> Run:
    """The last run of a folder whose results stand there."""
    from exvivo import store
    from exvivo.study.files import STUDY_FILE

    store.recover(folder)
    results, last = folder / store.RESULTS, store.last_run(folder)
    if last is not None and (results / "tables").is_dir() and (results / STUDY_FILE).is_file():
        return last
    cure = command("run", folder)
    mistake = Mistake(str(folder), "no results of a complete run", "results to show", cure)
    raise StoreError(mistake)


def _warn_of_changes(folder: Path, last: Run) -> None:
    """Say where study.yaml is no longer what was run."""
    from exvivo.store import hashed
    from exvivo.study.files import STUDY_FILE

    path = folder / STUDY_FILE
    if path.is_file() and hashed(path, root=folder) not in last.inputs:
        changed = f"{STUDY_FILE} has changed since: this is the study as it was run."
        click.echo(f"{changed} `{command('run', folder)}` runs it anew.", err=True)


@main.command()
@_folder(default=".")
@_as_json
def verify(folder: Path, as_json: bool) -> None:
    """Hash every input and output of the last run of FOLDER again and say what changed.

    Exits with 2 if anything is changed, missing or new.
    """
    with _door(folder, as_json):
        from exvivo import store

        last, changes = store.complete_run(folder), store.verify(folder)
    if as_json:
        _print_changes_as_json(changes, last)
    else:
        _print_changes(changes, last, folder)
    if changes:
        sys.exit(_USERS_MISTAKE)


def _print_changes(changes: tuple[Change, ...], last: Run, folder: Path) -> None:
    if not changes:
        made = f"the run of {last.recorded} (exvivo {last.version})"
        click.echo(f"All stands: {last.files} files are as {made} left them.")
        return
    for change in changes:
        click.echo(f"{change.what:8}{change.side:8}{change.path}")
    anew = f"`{command('run', folder)}` makes them anew."
    click.echo(f"The results of {last.recorded} no longer match these files. {anew}")


def _print_changes_as_json(changes: tuple[Change, ...], last: Run) -> None:
    _print_json(
        {
            "stands": not changes,
            "files": last.files,
            "version": last.version,
            "run": last.recorded,
            "changes": [asdict(change) for change in changes],
        }
    )


def _write_demo(folder: Path, seed: int, progress: Progress) -> None:
    """The model study, where there is none yet."""
    from numpy.random import default_rng

    from exvivo.simulate import model_study, write

    if not _holds_a_demo(folder):
        progress("simulating 14 patients and 10 controls")
        write(model_study(rng=default_rng(seed)), folder)


def _holds_a_demo(folder: Path) -> bool:
    """Whether an earlier demo is in the folder. Raises `StudyError` for a study of someone."""
    from exvivo.study.files import STUDY_FILE
    from exvivo.study.load import read_study_file

    if not (folder / STUDY_FILE).exists():
        return False
    study, _ = read_study_file(folder)
    if study.simulated:
        return True
    finding, expected = "a study that is not simulated", "an empty folder, or an earlier demo"
    raise StudyError(Mistake(str(folder), finding, expected, "name another folder"))


def _run(folder: Path, as_json: bool, progress: Progress) -> None:
    from exvivo.run import run as run_study

    result = run_study(folder, progress=progress)
    progress("")
    _show(result.study, result.tables, result.report, as_json)


_SHOWN = ("findings", "answered", "left_out", "flags")
"""The tables of a run that are shown."""


def _show(
    study: Study,
    tables: Mapping[str, pl.DataFrame],
    page: Path,
    as_json: bool,
    figures: list[Path] | None = None,
) -> None:
    """Print what a run found, where its report is, and the files of figures where they were asked
    for.
    """
    from exvivo.tell import findings_rows

    if as_json:
        rows = {name: tables[name].to_dicts() for name in _SHOWN}
        facts = {"title": study.title, "simulated": study.simulated, "report": str(page)}
        files = {} if figures is None else {"figures": list(map(str, figures))}
        _print_json({**facts, **files, **rows, "findings": findings_rows(tables["findings"])})
        return
    _print_findings(study, tables, page)
    if figures is not None:
        count = counted(len(figures), "file")
        click.echo(f"Figures: {count} in {page.parent.parent / FIGURES}")


def _print_findings(study: Study, tables: Mapping[str, pl.DataFrame], page: Path) -> None:
    """The findings as a terminal shows them, and where the report is."""
    from rich.console import Console

    from exvivo.tell import Roll, terminal

    console = Console()
    who = Roll(study, tables["answered"], tables["left_out"])
    console.print(terminal(study, findings=tables["findings"], flags=tables["flags"], roll=who))
    console.print(f"Report: {page}", soft_wrap=True, highlight=False, markup=False)
    how = command("report --open", page.parent.parent)
    console.print(f"Open it: {how}", soft_wrap=True, highlight=False, markup=False)


def _print_json(content: dict[str, Any]) -> None:
    """Standard JSON: an open end of an interval is the word "open", since JSON has no infinity."""
    click.echo(json.dumps(_plain(content), ensure_ascii=False, indent=2, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return "open" if isinstance(value, float) and math.isinf(value) else value


@contextmanager
def _steps(as_json: bool) -> Iterator[Progress]:
    """Say each step on the terminal's error stream while it lasts; silent where nobody watches."""
    if as_json or not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting", spinner="dots") as status:
        yield lambda step: status.update(step) if step else status.stop()


@contextmanager
def _door(folder: Path, as_json: bool) -> Iterator[None]:
    """Turn errors into what a person can act on, and the right exit code."""
    try:
        _refuse_a_file(folder)
        yield
    except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
        raise
    except UserMistake as error:
        _exit_with_mistakes(error.mistakes, as_json, error.flags)
    except OSError as error:
        _exit_with_mistakes((_refused(error),), as_json)
    except Exception as error:
        if not isinstance(error, Bug):
            traceback.print_exc()
        _exit_with_fault(error, as_json)


def _refuse_a_file(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        cure = "name the folder that holds (or is to hold) study.yaml"
        raise StudyError(Mistake(str(folder), "a file", "a study folder", cure))


def _refused(error: OSError) -> Mistake:
    """What the operating system refused, with its cure."""
    return Mistake(
        str(error.filename or "this folder"),
        error.strerror or str(error),
        "a file that can be read or written",
        _CURES.get(error.errno or 0, _RIGHTS),
    )


def _exit_with_fault(error: Exception, as_json: bool) -> NoReturn:
    if as_json:
        _print_json({"fault": str(error), "kind": type(error).__name__, "version": __version__})
    click.echo(
        f"This is a fault of exvivo {__version__}, not of your files: {error}\n"
        "Please report it with the command and, if you may share it, the study folder.",
        err=True,
    )
    raise SystemExit(_OUR_FAULT)


def _exit_with_mistakes(
    mistakes: tuple[Mistake, ...], as_json: bool, flags: tuple[Flag, ...] = ()
) -> NoReturn:
    """Print what is to fix, and the contradictions beside it."""
    if as_json:
        rows = [flag.row_of_table() for flag in flags]
        _print_json({"mistakes": [asdict(mistake) for mistake in mistakes], "flags": rows})
    else:
        printed = [*condensed(mistakes), *flags]
        text, count = "\n".join(map(str, printed)), counted(len(printed), "thing")
        click.echo(f"{text}\n\n{count} to fix. Nothing was written.", err=True)
    sys.exit(_USERS_MISTAKE)

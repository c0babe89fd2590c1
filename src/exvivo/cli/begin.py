"""`demo` and `new`: a study to begin with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exvivo.cli.door import (
    as_json_option,
    door,
    echo,
    echo_lines,
    folder_argument,
    print_json,
    steps,
)
from exvivo.cli.run import run_and_show
from exvivo.errors import Mistake, StudyError, command
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.draft import Drafted
    from exvivo.gather import Progress

_DEMO = "exvivo-demo"

_file = click.Path(path_type=Path)

_seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Another number makes another virtual study.",
)


@click.command(short_help="Simulate the model study and take it all the way.")
@folder_argument(default=_DEMO)
@_seed
@as_json_option
def demo(folder: Path, seed: int, as_json: bool) -> None:
    """Simulate the model study into FOLDER (exvivo-demo), run it and show what was found.

    14 virtual patients and 10 controls; TNF, IL-1b, IL-6, IL-8 and IL-10 of stimulated cells as
    qPCR curves (RDML) and bead events (FCS), with a known truth. Every output says that it is
    simulated.
    """
    with door(folder, as_json), steps(as_json) as progress:
        _write_demo(folder, seed, progress)
        run_and_show(folder, as_json, progress)


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


@click.command(short_help="Begin a study: a draft of your files, or a template.")
@folder_argument()
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
@click.option(
    "--redcap",
    type=_file,
    help="Draft the people from the data dictionary (csv) of a REDCap project; --from RAW may "
    "stand beside it.",
)
@click.option("--data", type=_file, help="With --redcap: the export of its records (csv).")
@click.option("--events", type=_file, help="With --redcap: its list of events (csv).")
@click.option(
    "--missing",
    help='With --redcap: its missing-data codes as REDCap lists them ("-99, Refused | UNK, '
    'Unknown"), a file of them, or `none`.',
)
@as_json_option
def new(
    folder: Path,
    raw: Path | None,
    donors: Path | None,
    clinic: Path | None,
    like: Path | None,
    redcap: Path | None,
    data: Path | None,
    events: Path | None,
    missing: str | None,
    as_json: bool,
) -> None:
    """Write a study into FOLDER: a template with explanations or, with --from or --redcap, a draft
    of your own files.

    The template is the model study: two groups, one cell type, one stimulus, a qPCR and a bead
    assay, three questions. Put your own in its place; `exvivo check FOLDER` says what is still
    missing.

    The draft holds what your files tell: plates, targets, donors, conditions. What they do not tell
    stands in study.yaml as questions, which `exvivo check FOLDER` repeats until they are answered.
    """
    _refuse_odd_options(raw, (donors, clinic, like), redcap, (data, events, missing))
    if raw is not None or redcap is not None:
        project = (redcap, data, events, missing) if redcap else None
        _draft(folder, raw, (donors, clinic, like), project, as_json)
        return
    with door(folder, as_json):
        from exvivo.simulate import template

        template(folder)
    if as_json:
        print_json({"folder": str(folder)})
    else:
        _print_where_to_begin(folder)


def _refuse_odd_options(
    raw: Path | None,
    tables: tuple[Path | None, ...],
    redcap: Path | None,
    project: tuple[Path | str | None, ...],
) -> None:
    """Options that say nothing without another."""
    donors, clinic, _ = tables
    if raw is None and any(tables):
        raise click.UsageError("--donors, --clinic and --like go with --from RAW.")
    if redcap is None and any(each is not None for each in project):
        raise click.UsageError("--data, --events and --missing go with --redcap DICTIONARY.")
    if redcap is not None and (donors or clinic):
        raise click.UsageError("--redcap stands in the place of --donors and --clinic.")


_Project = tuple[Path, Path | None, Path | None, str | None]
"""The files of a REDCap project (dictionary, data, events), and its missing-data codes."""


def _draft(
    folder: Path,
    raw: Path | None,
    tables: tuple[Path | None, Path | None, Path | None],
    project: _Project | None,
    as_json: bool,
) -> None:
    """Draft a study from its files, and say what they are and what they leave open."""
    with door(folder, as_json), steps(as_json) as progress:
        drafted = _drafted(folder, raw, tables, project, progress)
    if as_json:
        print_json(_draft_as_json(folder, drafted))
    else:
        _print_draft(folder, drafted)


def _drafted(
    folder: Path,
    raw: Path | None,
    tables: tuple[Path | None, Path | None, Path | None],
    project: _Project | None,
    progress: Progress,
) -> Drafted:
    """The draft of instrument files, of a REDCap project, or of both."""
    from exvivo.draft import Handed, draft, draft_people

    redcap = Handed(*project) if project else None
    if raw is None and redcap is not None:
        return draft_people(folder, redcap)
    assert raw is not None
    donors, clinic, like = tables
    people = {"donors": donors, "clinic": clinic, "like": like}
    return draft(folder, raw, **people, redcap=redcap, progress=progress)


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
    lines = [*drafted.files, *unread, "", count, *questions, begin]
    echo_lines(lines)


def _print_where_to_begin(folder: Path) -> None:
    begin = f"Begin with {folder / 'study.yaml'}, then: {command('check', folder)}"
    echo(f"A template is in {folder}. {begin}")

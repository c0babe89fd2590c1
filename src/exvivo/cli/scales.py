"""`scales`: the questionnaires whose scoring is known, and a scale of one's own."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exvivo.cli.door import as_json_option, door, echo, echo_lines, print_json
from exvivo.errors import Mistake, StudyError
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.study.scoring import ScoringKey


@click.command(short_help="List the questionnaires that can be scored; check one of your own.")
@click.argument("questionnaire", default="")
@click.option(
    "--check",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A scoring key of your own (YAML): every mistake in it, each with its cure.",
)
@as_json_option
def scales(questionnaire: str, file: Path | None, as_json: bool) -> None:
    """List every questionnaire whose scoring is known: its scores, their range and direction, the
    number of its items, how answers may be written down, its licence and its sources.

    With the name of one (`exvivo scales HADS`) show it in full, with the block that declares it in
    study.yaml. Only numbers and rules are kept, never the wording of a questionnaire.

    With --check FILE read a scoring key of your own: every mistake in it is listed, and its worked
    examples are scored. How to write one: docs/howto/add-a-scale.md.
    """
    with door(Path(), as_json):
        if file is not None:
            _print_keys([_own_key(file)], as_json, file=file.as_posix())
        else:
            _print_keys(_named(questionnaire), as_json, full=bool(questionnaire))


def _named(questionnaire: str) -> list[ScoringKey]:
    """The key of one questionnaire, or all."""
    from exvivo.catalog import spelling
    from exvivo.study.scoring_keys import catalog_key, catalog_keys

    if not questionnaire:
        return list(catalog_keys())
    key = catalog_key(questionnaire)
    if key is None:
        known = [each.id for each in catalog_keys()]
        finding = f"`{questionnaire}`{spelling.did_you_mean(questionnaire, known)}"
        expected = spelling.one_of(known, questionnaire)
        cure = "`exvivo scales` lists them; docs/howto/add-a-scale.md adds one of your own"
        raise StudyError(Mistake("exvivo scales", finding, expected, cure))
    return [key]


def _own_key(file: Path) -> ScoringKey:
    """The scoring key of a file. Raises `StudyError` with all that is to fix in it."""
    from exvivo.quantify.scores.examples import examples_that_differ
    from exvivo.study.scoring_keys import read_key

    read = read_key(_text(file), file=file.as_posix())
    if read.key is None or read.mistakes:
        raise StudyError(read.mistakes)
    if wrong := list(examples_that_differ(read.key, read.entry)):
        raise StudyError(wrong)
    return read.key


def _text(file: Path) -> str:
    if not file.is_file():
        mistake = Mistake(str(file), "no such file", "a scoring key (YAML)", "correct its name")
        raise StudyError(mistake)
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        mistake = Mistake(str(file), "a byte that is not UTF-8 text", "UTF-8", "save it as UTF-8")
        raise StudyError(mistake) from None


def _print_keys(
    keys: list[ScoringKey], as_json: bool, *, full: bool = False, file: str = ""
) -> None:
    from exvivo.tell.scales import key_lines, whole_key

    if as_json:
        print_json({"questionnaires": [_as_json(key) for key in keys]})
    elif full or file:
        echo_lines(whole_key(keys[0], file=file))
        if file:
            echo(f"\nNothing to fix: {counted(len(keys[0].examples), 'example')} came out.")
    else:
        echo_lines([line for key in keys for line in [*key_lines(key), ""]])
        echo(f"{counted(len(keys), 'questionnaire')}. One in full: exvivo scales HADS")


def _as_json(key: ScoringKey) -> dict[str, Any]:
    """A key as it is, its items one by one."""
    items = [dataclasses.asdict(item) for item in key.every_item]
    return {**dataclasses.asdict(key), "items": items}

"""What every command shares: its folder, progress, JSON, and errors turned into what a person can
act on. Mistakes in the user's files exit with 2, our own with 70.
"""

from __future__ import annotations

import errno
import json
import math
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from exvivo import __version__
from exvivo.errors import Bug, Mistake, StudyError, UserMistake, condensed
from exvivo.visible import escaped, one_line, visible
from exvivo.words import counted

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    from exvivo.flagged import Flag
    from exvivo.gather import Progress

OUR_FAULT = 70
USERS_MISTAKE = 2
_RIGHTS = "check the rights of the folder and the space on the disk"
_CURES = {
    errno.ENOSPC: "free some space on the disk, then run it again",
    errno.EDQUOT: "free some of your space on the disk (its quota is used up), then run it again",
    errno.EFBIG: "raise the limit on the size of files (`ulimit -f`), then run it again",
    errno.EACCES: "give yourself the right to read and write here, or work on a copy of the study",
    errno.EROFS: "work on a copy of the study: this disk may not be written",
}

Command = TypeVar("Command", bound=Callable[..., Any])

as_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs instead of text for people."
)


def folder_argument(**default: Any) -> Callable[[Command], Command]:
    """The argument FOLDER; it must be given where there is no default."""
    return click.argument("folder", type=click.Path(path_type=Path), **default)


def echo(text: str, *, err: bool = False) -> None:
    """Print lines for people: no name in them does anything to a terminal. Every command prints
    with this, `display` or `print_json`.
    """
    click.echo(visible(text), err=err)


def echo_lines(lines: Iterable[str]) -> None:
    """Print lines for people, each of which stays one line."""
    echo("\n".join(map(one_line, lines)))


def display(renderable: RenderableType) -> None:
    """Print what rich lays out, in its colours; no name in it does anything to a terminal."""
    from rich.console import Console

    Console().print(_Harmless(renderable))


@dataclass(frozen=True)
class _Harmless:
    """What rich lays out, with every control character of its texts seen."""

    renderable: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for each in console.render(self.renderable, options):
            yield each if each.control else each._replace(text=visible(each.text))


def print_json(content: dict[str, Any]) -> None:
    """Standard JSON: an open end of an interval is the word "open", since JSON has no infinity."""
    text = json.dumps(_plain(content), ensure_ascii=False, indent=2, allow_nan=False)
    click.echo(escaped(text))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return "open" if isinstance(value, float) and math.isinf(value) else value


_NOTHING = "Nothing was written."


@contextmanager
def steps(as_json: bool) -> Iterator[Progress]:
    """Say each step on the terminal's error stream while it lasts; silent where nobody watches."""
    if as_json or not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.text import Text

    with error_stream().status("starting", spinner="dots") as status:
        yield lambda step: status.update(Text(one_line(step))) if step else status.stop()


def error_stream() -> Console:
    """The terminal's error stream, for what is shown while a command works; whoever shows there has
    only words of exvivo, or `one_line`.
    """
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def door(folder: Path, as_json: bool, *, written: str = _NOTHING) -> Iterator[None]:
    """Turn errors into what a person can act on, and the right exit code; `written` says what was
    written before a mistake is met.
    """
    try:
        _refuse_a_file(folder)
        yield
    except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
        raise
    except UserMistake as error:
        _exit_with_mistakes(*_seen(folder, error), as_json, written)
    except OSError as error:
        _exit_with_mistakes((_refused(error),), (), as_json, written)
    except Exception as error:
        if not isinstance(error, Bug):
            echo(traceback.format_exc(), err=True)
        _exit_with_fault(error, as_json)


def _seen(folder: Path, error: UserMistake) -> tuple[tuple[Mistake, ...], tuple[Flag, ...]]:
    """What is to fix as it may be shown: under codes, while the study is blinded."""
    from exvivo.plan.blinding import seen_flags, seen_mistakes

    try:
        return seen_mistakes(folder, error.mistakes), seen_flags(folder, error.flags)
    except (UserMistake, OSError):  # The record itself cannot be read: its own mistake says so.
        return error.mistakes, error.flags


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
        print_json({"fault": str(error), "kind": type(error).__name__, "version": __version__})
    echo(
        f"This is a fault of exvivo {__version__}, not of your files: {error}\n"
        "Please report it with the command and, if you may share it, the study folder.",
        err=True,
    )
    raise SystemExit(OUR_FAULT)


def _exit_with_mistakes(
    mistakes: tuple[Mistake, ...], flags: tuple[Flag, ...], as_json: bool, written: str
) -> NoReturn:
    """Print what is to fix, and the contradictions beside it."""
    if as_json:
        rows = [flag.row_of_table() for flag in flags]
        print_json({"mistakes": [asdict(mistake) for mistake in mistakes], "flags": rows})
    else:
        printed = [*condensed(mistakes), *flags]
        text, count = "\n".join(map(str, printed)), counted(len(printed), "thing")
        echo(f"{text}\n\n{count} to fix. {written}", err=True)
    sys.exit(USERS_MISTAKE)

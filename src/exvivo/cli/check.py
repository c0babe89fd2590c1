"""`check`: every mistake at once."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import (
    USERS_MISTAKE,
    as_json_option,
    door,
    echo,
    folder_argument,
    print_json,
    steps,
)
from exvivo.cli.languages import language_option
from exvivo.errors import command
from exvivo.visible import one_line
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.flagged import Flag
    from exvivo.gather import Gathered
    from exvivo.study import Study
    from exvivo.study.summary_coverage import Coverage
    from exvivo.study.summary_records import LanguageCode, Summary


@click.command(short_help="List every mistake at once, each with its cure.")
@folder_argument(default=".")
@click.option(
    "--summary", is_flag=True, help="Tell also which plain words the plain-language summary lacks."
)
@language_option("With --summary: one language of it; left out: all.")
@as_json_option
def check(folder: Path, summary: bool, language: LanguageCode | None, as_json: bool) -> None:
    """Read everything in FOLDER and list every mistake at once, without analysing anything.

    What was read is kept in FOLDER/.exvivo-cache, so that the next check is quick; nothing else is
    written, and that folder may be deleted at any time.

    Each mistake names the file and line, what was found, what was expected, and how to fix it.
    Contradictions withhold the answers that they touch until they are fixed, or accepted by name
    with a reason (`accept` in study.yaml). Exits with 2 while anything is to fix.

    With --summary it also lists what the plain-language summary calls by the study's own names for
    want of a plain word, what it cannot explain, and what it prints as not stated. None of it has
    to be fixed.
    """
    if language and not summary:
        raise click.UsageError("--language goes with --summary.")
    with door(folder, as_json), steps(as_json) as progress:
        from exvivo.cache import Cache
        from exvivo.gather import gather
        from exvivo.plan.blinding import seen

        cache = Cache.of(folder)
        gathered = gather(folder, progress=progress, cache=cache)
        cache.tidy()
        declared = gathered.study.summary
        gathered = seen(folder, gathered)
        every = _coverages(gathered.study, declared, language) if summary else []
    _print_checked(gathered, every, folder, as_json)
    if _withholding(gathered):
        sys.exit(USERS_MISTAKE)


def _coverages(study: Study, declared: Summary, code: LanguageCode | None) -> list[Coverage]:
    """The words of the summary as the study declares it, of a study as it may be shown."""
    from exvivo.cli.summary_words import coverages

    return coverages(replace(study, summary=declared), code, hidden=study.blinded)


def _withholding(gathered: Gathered) -> list[Flag]:
    """The contradictions that withhold answers."""
    return [flag for flag in gathered.flags if flag.withholds]


def _print_checked(gathered: Gathered, every: list[Coverage], folder: Path, as_json: bool) -> None:
    """Say whether there is anything to fix, what to look at all the same, which words the summary
    has where that is asked, and what comes next.
    """
    from exvivo.checking import counts_of, notes_of
    from exvivo.cli.summary_words import summary_json, summary_lines

    title, counts = gathered.study.title, counts_of(gathered)
    notes = [f"Look: {note}" for note in notes_of(gathered)]
    if as_json:
        flags = [flag.row_of_table() for flag in gathered.flags]
        sound = not _withholding(gathered)
        words = {"summary": summary_json(every)} if every else {}
        content = {"sound": sound, "title": title, **counts, "notes": notes, "flags": flags}
        print_json(content | words)
        return
    listed = ", ".join(counted(n, name.removesuffix("s"), name) for name, n in counts.items())
    looks = [_look(flag) for flag in gathered.flags if not flag.withholds]
    lines = [
        one_line(title),
        *_to_settle(gathered, listed),
        *looks,
        *map(one_line, notes),
        *map(one_line, summary_lines(every) if every else ()),
        f"Next: {one_line(command('run', folder))}",
    ]
    echo("\n".join(lines))


def _look(flag: Flag) -> str:
    """A flag that withholds nothing, and the name that `exvivo keep` takes where it asks."""
    asks = flag.severity == "look" and flag.accepted is None
    return f"{flag}\n  its name  {one_line(flag.name)}" if asks else str(flag)


def _to_settle(gathered: Gathered, listed: str) -> list[str]:
    """The contradictions of a study, or that there is nothing to fix in all that it holds."""
    stops = _withholding(gathered)
    if not stops:
        return [f"Nothing to fix: {listed}."]
    withheld = "withholds" if len(stops) == 1 else "withhold"
    contradictions = counted(len(stops), "contradiction")
    return [f"{contradictions} {withheld} the answers touched, in {listed}.", *map(str, stops)]

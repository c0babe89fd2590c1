"""What a run that stands left to tidy: said on the error stream, and never a failure."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.cli.door import echo
from exvivo.errors import UserMistake, command
from exvivo.visible import one_line

if TYPE_CHECKING:
    from exvivo.store import Leftover


def to_tidy(folder: Path) -> list[dict[str, str]]:
    """What remains to tidy in a study folder, for JSON."""
    return [{"path": str(each.path), "what": each.what} for each in _leftovers(folder)]


def say_what_remains(folder: Path, as_json: bool) -> None:
    """Say what remains to tidy; nothing where nothing does, and nothing beside JSON, which has
    it.
    """
    if not as_json:
        for each in _leftovers(folder):
            echo(one_line(_note(each, folder)), err=True)


def _leftovers(folder: Path) -> tuple[Leftover, ...]:
    """What remains to tidy; nothing where nobody can look: no run fails for that."""
    from exvivo import store

    with suppress(UserMistake, OSError):
        return store.leftovers(folder)
    return ()


def _note(left: Leftover, folder: Path) -> str:
    """What is left, why nothing is lost by it, and what to do."""
    if left.what == "old":
        return (
            f"To tidy: {left.path} holds older results that could not be deleted (rights, or a "
            "file that is open). The run stands, and nothing needs them: delete that folder when "
            "you can."
        )
    return (
        f"To tidy: the run stands, and its results are in {left.path}, for `results` could not "
        f"make room (rights, or a file that is open). Close what is open there, then "
        f"`{command('verify', folder)}` puts them in their place."
    )

"""What a person asks to be decided: the fields of a form or an address, tidied, and the draft that
they make.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from exvivo.errors import Mistake

if TYPE_CHECKING:
    from exvivo.decide.decisions import Draft


def _tidied(text: str) -> str:
    """One line without spaces at its ends, and without signs that cannot be seen."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


Word = Annotated[str, Field(max_length=2000), AfterValidator(_tidied)]
"""A field of one line."""


class Asked(BaseModel, ABC):
    """A decision as it is asked for, by whom; `if_match` is the version of the file with which its
    outlook was made.
    """

    model_config = ConfigDict(frozen=True)
    who: Word = ""
    if_match: Word = ""

    @abstractmethod
    def draft(self, folder: Path) -> Draft:
        """The decision in its file, not yet written. Raises `StudyError` where it cannot be."""


class Exclusion(Asked):
    """A line of exclusions."""

    plate: Word = ""
    wells: Word = ""
    sample: Word = ""
    donor: Word = ""
    culture: Word = ""
    analyte: Word = ""
    reason: Word = ""
    labels: Word = ""

    @property
    def line(self) -> dict[str, str]:
        """The fields of the line."""
        return self.model_dump(exclude={"if_match"})

    def draft(self, folder: Path) -> Draft:
        """The line in the table, not yet written. Raises `StudyError` where it cannot be."""
        from exvivo.decide.decisions import drafted_exclusion, today
        from exvivo.decide.leave_out import line_of

        return drafted_exclusion(folder, line_of(self.line, folder), today())


class PuttingBack(Asked):
    """A line of exclusions that is to go, by its place (`exclusions.csv:2`)."""

    line: Word = ""

    def draft(self, folder: Path) -> Draft:
        """The table without the line, not yet written. Raises `StudyError` where it has to stay."""
        from exvivo.decide.putting_back import drafted

        return drafted(folder, self.line)


class Keeping(Asked):
    """A flag that shall stand, with the reason."""

    flag: Word = ""
    reason: Word = ""

    def draft(self, folder: Path) -> Draft:
        """The flag accepted, not yet written. Raises `StudyError` where it cannot be kept."""
        from exvivo.decide.decisions import today
        from exvivo.decide.keeping import drafted

        return drafted(folder, self.flag, self.reason, who=self.who, today=today())


def version_of(draft: Draft) -> str:
    """The file of a draft as it was when its outlook was made."""
    return hashlib.sha256(draft.before or b"").hexdigest()


def changed_since(draft: Draft, if_match: str) -> Iterable[Mistake]:
    """That the file of a draft is not the one that its outlook was made with."""
    if if_match != version_of(draft):
        yield Mistake(
            draft.name,
            "a file that changed since this page was made" if if_match else "no preview of it",
            "the file that the preview was made with",
            "look at what changes once more, then confirm",
        )

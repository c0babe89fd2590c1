"""What a project became, in a few lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.draft.redcap.events import visits_of
from exvivo.draft.redcap.left_out import compared
from exvivo.draft.redcap.proposal import Proposal
from exvivo.draft.redcap.study_part import Files, characteristics_of
from exvivo.words import counted, shortened

_WIDTH = 16


def summary(made: Proposal, files: Files) -> Iterator[str]:
    """The lines: a word, then what the project has of it."""
    yield _size(made)
    for word, told in _parts(made, files):
        if told:
            yield f"  {word:{_WIDTH}}{told}"


def _size(made: Proposal) -> str:
    fields = counted(len(made.dictionary.fields), "field")
    size = f"{fields} in {counted(len(made.dictionary.forms), 'form')}"
    seen = made.seen
    rows = f"; {counted(len(seen.records), 'record')} in {counted(seen.rows, 'row')}"
    return f"REDCap: {size}{rows if seen.rows else ''}"


def _parts(made: Proposal, files: Files) -> Iterator[tuple[str, str]]:
    groups = [group.id for group in made.groups]
    yield "donor", made.donor.name + (f", named by {files.links}" if files.links else "")
    yield "group", made.group.field and f"{made.group.field}: {shortened(groups)}"
    yield "visits", shortened([f"{event} {visit}" for event, visit in visits_of(made).items()])
    yield "questionnaires", shortened([each.id for each in made.questionnaires], 12)
    yield "scales", shortened([scale.id for scale in made.scales])
    yield "characteristics", shortened([each.id for each in characteristics_of(made)], 12)
    yield "only the age of", made.born.field if made.day.field else ""
    yield from _not_read(made)


def _not_read(made: Proposal) -> Iterator[tuple[str, str]]:
    """The fields that are not read: identifiers apart."""
    calculated = compared(made)
    unused = [each for each in made.dictionary.fields if each.name not in made.used]
    others = [e.name for e in unused if not e.is_identifier and e.name not in calculated]
    yield "computed again", shortened(calculated)
    yield "never read", shortened([each.name for each in unused if each.is_identifier])
    yield "not read", shortened(others)

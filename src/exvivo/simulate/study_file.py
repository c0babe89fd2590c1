"""study.yaml from the records of a study: what a default already says is left out, and every
section is explained.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from exvivo.study import Study
from exvivo.study.record_text import flow, stated
from exvivo.study.summary_records import PlainWord

_WIDTH = 112

COMMENTS = {
    "groups": (
        "The people compared. `id` is the word used in donors.csv, `name` the words of the report."
    ),
    "cell_types": (
        "What the donors' cells were made into, and how. Leave out for plasma or serum."
    ),
    "stimuli": (
        "What the cells were given. Exactly one has `control: true`: the condition the others "
        "are compared with.\n"
        "Dose and time are examples (those of the model paper were not to be had): write your "
        "own, they go into the report."
    ),
    "analytes": ("What is measured: HGNC gene symbols, so that mRNA and protein of one gene meet."),
    "assays": (
        "How it is measured. `references` are targets named as in the instrument file. "
        "`panel` gives each analyte its\n"
        "bead: letters run along the first classifier channel, numbers along the second; "
        "`directions` says how."
    ),
    "plates": (
        "Each plate: its assay, its layout (which well held whose cells) and its instrument "
        "file. A bead array has one\n"
        "file a tube: its layout names them in the column `file`."
    ),
    "scales": (
        "Clinical scales: columns of clinic.csv. `higher_is` says what a high score means for "
        "the person. Scores only:\n"
        "the wording of a questionnaire stays with its owner."
    ),
    "questions": (
        "The questions, declared before the results are seen: only these are answered, and "
        "the tests of a family are\n"
        "corrected together. `margin` is the log2 fold below which a difference would not "
        "matter (1 is two-fold)."
    ),
    "plan": (
        "What else was decided beforehand. `declared` is the day the questions were written down."
    ),
    "assumptions": (
        "What a plan assumes (`exvivo plan power`); no answer hangs on it. Effects are folds, "
        "spreads SDs on the log2 scale.\n"
        "In simulated data it is what they were drawn with."
    ),
    "summary": (
        "What the plain-language summary says of the study, by language (en, de, fr, es, ja), and "
        "plain words for what it names.\n"
        "`exvivo check --summary` tells what is lacking."
    ),
}

SUMMARY = """
# For the plain-language summary, which people without training can read: take the `# ` away from
# what you know. What is left out is printed as not stated. Languages: en, de, fr, es, ja. Put each
# text in quotes. `exvivo check --summary .` tells which words are lacking.
# summary:
#   why: {en: "Why the study was done, in three short sentences."}
#   chosen: {en: "How people were chosen, and who could not take part."}
#   next: {en: "What happens next."}
#   contact: {en: "Who to ask, with an address or a telephone number."}
#   paid_by: {en: "the fund that paid"}
#   ethics: {en: "the committee that agreed, and its number"}
#   registration: {en: "where the study is registered, and its number"}
#   words:
#     - {id: FM, name: {en: people with fibromyalgia, de: Menschen mit Fibromyalgie}}
"""
"""Lines for a study that somebody writes, to take the # away from."""


def study_yaml(study: Study, *, heading: str, comments: Mapping[str, str] = COMMENTS) -> str:
    """The text of study.yaml: `heading` and `comments` (by section) become # lines above what they
    explain.

    Reading it back gives the same records.
    """
    parts = [_comment(heading)]
    for name, value in stated(study):
        if name in comments:
            parts.append("\n" + _comment(comments[name]))
        parts.append(_section(name, value))
    return "".join(parts)


def _comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _section(name: str, value: object) -> str:
    if isinstance(value, tuple) and not value:
        return f"{name}: []\n"
    if isinstance(value, tuple):
        return f"{name}:\n" + "".join(_item(record) for record in value)
    if dataclasses.is_dataclass(value):
        return _entry(name, value, "")
    return f"{name}: {flow(value)}\n"


def _entry(name: str, value: object, indent: str) -> str:
    """A field of a block: on one line where it fits, else one line an entry."""
    line = f"{indent}{name}: {flow(value)}\n"
    parts = _parts(value, indent + "  ") if len(line) > _WIDTH else []
    return f"{indent}{name}:\n" + "".join(parts) if parts else line


def _parts(value: object, indent: str) -> list[str]:
    """The lines of a block, a mapping or a list; none of a single value."""
    if isinstance(value, dict):
        return [f"{indent}{flow(key)}: {flow(part)}\n" for key, part in value.items()]
    if isinstance(value, tuple):
        return [_listed(part, indent) for part in value]
    pairs = stated(value) if dataclasses.is_dataclass(value) else ()
    return [_entry(*pair, indent) for pair in pairs]


def _listed(value: object, indent: str) -> str:
    """An entry of a list below a block: plain words are too long for a line, and have one for each
    of their texts.
    """
    line = f"{indent}- {flow(value)}\n"
    if len(line) <= _WIDTH or not isinstance(value, PlainWord):
        return line
    return f"{indent}- " + "".join(_parts(value, indent + "  ")).lstrip()


def _item(record: Any) -> str:
    """One record of a list: on one line where it fits, else one line a field."""
    line = f"  - {flow(record)}\n"
    if len(line) <= _WIDTH:
        return line
    lines = [f"{name}: {flow(value)}\n" for name, value in stated(record)]
    return "  - " + "    ".join(lines)

"""Mistakes of a command as a form tells them: by the label of a field, not by an option."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from exvivo.errors import Mistake

_OPTION = re.compile(r"--([a-z][a-z-]*)")


def of_form(mistakes: Iterable[Mistake], labels: Mapping[str, str]) -> list[Mistake]:
    """Mistakes with options replaced by the labels of the fields of their names.

    >>> slip = Mistake("--donor-sd", "'x'", "a number", "--donor-sd 0.5,0.8")
    >>> [each] = of_form([slip], {"donor_sd": "SD between donors"})
    >>> each.where, each.cure
    ('SD between donors', 'type 0.5,0.8')
    """
    return [_told(each, labels) for each in mistakes]


def _told(mistake: Mistake, labels: Mapping[str, str]) -> Mistake:
    def label(match: re.Match[str]) -> str:
        return labels.get(match[1].replace("-", "_"), match[0])

    cure = mistake.cure
    option = _OPTION.match(cure)
    if option and option[1].replace("-", "_") in labels:
        cure = f"type {cure[option.end() :].strip()}"
    return replace(mistake, where=_OPTION.sub(label, mistake.where), cure=_OPTION.sub(label, cure))

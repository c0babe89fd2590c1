"""What the model study says for its plain-language summary, in five languages: that it is invented,
and plain words for what it names.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import cast

from exvivo.study import Study
from exvivo.study.nodes import Caster, compose
from exvivo.study.summary_checks import nameable
from exvivo.study.summary_records import Summary

_FILE = "summary.yaml"


def with_summary(study: Study) -> Study:
    """The model study with its summary, and plain words for what it names."""
    known, summary = nameable(study), _whole()
    words = tuple(word for word in summary.words if word.id in known)
    return replace(study, summary=replace(summary, words=words))


@cache
def _whole() -> Summary:
    """Everything that the file says."""
    text = files("exvivo.simulate").joinpath(_FILE).read_text(encoding="utf-8")
    return cast(Summary, Caster(_FILE).cast(compose(text, file=_FILE), Summary))

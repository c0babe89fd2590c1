"""What a draft could not know: every open question is asked again until its entry is deleted."""

from __future__ import annotations

from exvivo.study.entry import Entry, Mistakes
from exvivo.study.records import Study


def open_mistakes(study: Study, entry: Entry) -> Mistakes:
    """A mistake for every question of `open`."""
    for i, question in enumerate(study.open):
        where = question.where or "where it belongs in study.yaml"
        yield entry.at("open", i).mistake(
            question.ask,
            f"its answer: {where}",
            "write the answer there, or leave what is proposed if it is right; then delete this "
            "entry of `open`",
        )

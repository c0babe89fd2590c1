"""Text of a branching logic or a calculation -> its steps."""

from __future__ import annotations

from exvivo.read.redcap.logic.steps import Logic, NotEvaluated


def parse(text: str) -> Logic | NotEvaluated:
    """The steps of a logic, or what of it is not evaluated. Never raises."""
    raise NotImplementedError

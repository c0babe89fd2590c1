"""What the API answers where it does not do what was asked, as its schema says it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Plain(BaseModel):
    """Base of what is answered: fields that are not declared are a fault of ours."""

    model_config = ConfigDict(extra="forbid")


class Error(Plain):
    """One sentence about what was not done."""

    error: str


class ToFix(Plain):
    """One thing to fix: where it stands, what was found, what was expected, and the cure."""

    where: str
    found: str
    expected: str
    cure: str


class Mistakes(Plain):
    """Everything to fix, all at once. Nothing was changed."""

    mistakes: list[ToFix]


def _says(model: Any, description: str) -> dict[str, Any]:
    return {"model": model, "description": description}


REFUSED: dict[int | str, dict[str, Any]] = {
    400: _says(Error, "A request that cannot be read"),
    401: _says(Error, "Nobody is signed in"),
    403: _says(Error, "The role of the visitor does not allow it"),
    404: _says(Error, "No such study, or not for this visitor; or no such thing in it"),
    422: _says(Mistakes, "Something to fix, in the request or in the files of the study"),
    503: _says(Mistakes, "The database does not answer"),
    507: _says(Mistakes, "The disk is full"),
}
"""What any operation may answer instead of its result."""


def conflict(description: str) -> dict[int | str, dict[str, Any]]:
    """The answer of an operation that does not go with what is there (409)."""
    return {409: _says(Error, description)}

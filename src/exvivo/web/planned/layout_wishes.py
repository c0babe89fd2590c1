"""The layout that a form asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from exvivo.errors import Mistake, StudyError
from exvivo.planned_sizes import whole_number
from exvivo.web.numbers import decimal

if TYPE_CHECKING:
    from exvivo.plan.layout import Wishes

FIELDS = (
    "assays",
    "plate",
    "plates",
    "wells",
    "pipetting",
    "forbidden",
    "standards",
    "amounts",
    "blanks",
    "bridge",
    "controls",
    "days",
    "balance",
    "seed",
)
"""The fields of the form."""
DEFAULTS = {"plate": "96", "pipetting": "triplicates", "standards": "2", "blanks": "2", "seed": "1"}
_MOST = 10_000
_COUNTS = ("plates", "wells", "days")
"""Counts that the study or a prior gives where nothing is typed."""
_SURE = {"standards": 2, "blanks": 2, "seed": 1}
"""Counts with a value of their own where nothing is typed."""


def layout_values(sent: Mapping[str, str]) -> dict[str, str]:
    """The fields of a form, and no others."""
    return {name: sent.get(name, DEFAULTS.get(name, "")) for name in FIELDS}


def address_of(values: Mapping[str, str]) -> str:
    """The fields as part of an address."""
    return urlencode({name: text for name, text in values.items() if text})


def layout_wishes(values: Mapping[str, str]) -> Wishes:
    """What is wished. Raises `StudyError` with everything that cannot be."""
    from exvivo.plan.layout import Wishes

    mistakes: list[Mistake] = []
    counts = {name: _count(name, values.get(name, ""), mistakes) for name in (*_COUNTS, *_SURE)}
    amounts = _amounts(values.get("amounts", ""), mistakes)
    controls = dict(_controls(values.get("controls", ""), mistakes))
    if mistakes:
        raise StudyError(mistakes)
    sure = {name: _SURE[name] if counts[name] is None else counts[name] for name in _SURE}
    return Wishes(
        assays=_names(values.get("assays", "")),
        plate=values.get("plate") or "96",  # type: ignore[arg-type]
        plates=counts["plates"],
        wells=counts["wells"],
        pipetting=values.get("pipetting") or "triplicates",  # type: ignore[arg-type]
        forbidden=_names(values.get("forbidden", "")),
        standards=sure["standards"] or 0,
        amounts=amounts,
        blanks=sure["blanks"] or 0,
        bridge=bool(values.get("bridge")),
        controls=controls,
        days=counts["days"],
        balance=_names(values.get("balance", "")),
        seed=sure["seed"] or 0,
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.replace(";", ",").split(","))))


def _count(name: str, text: str, mistakes: list[Mistake]) -> int | None:
    """A whole number; None where nothing is typed."""
    if not text:
        return None
    if (count := whole_number(text, _MOST, least=0)) is not None:
        return count
    cure = "type a number, or leave the field empty"
    mistakes.append(Mistake(f"--{name}", f"`{text}`", f"a whole number up to {_MOST:,}", cure))
    return None


def _amounts(text: str, mistakes: list[Mistake]) -> dict[str, tuple[float, ...]]:
    """Amounts by assay, as `protein=10000, 2500; mrna=1000000`; without a name those of the one
    assay that needs them.
    """
    amounts: dict[str, tuple[float, ...]] = {}
    assay = ""
    for part in _names(text):
        name, stated, amount = part.rpartition("=")
        assay = name.strip() if stated else assay
        amounts[assay] = (*amounts.get(assay, ()), _number(amount, "--amounts", mistakes))
    return amounts


def _controls(text: str, mistakes: list[Mistake]) -> Iterator[tuple[str, float | None]]:
    for part in _names(text):
        name, stated, amount = part.partition("=")
        about = f"the amount of {name.strip()}"
        yield name.strip(), _number(amount, about, mistakes) if stated else None


def _number(text: str, where: str, mistakes: list[Mistake]) -> float:
    try:
        return decimal(text, where)
    except StudyError as error:
        mistakes += error.mistakes
        return 0.0

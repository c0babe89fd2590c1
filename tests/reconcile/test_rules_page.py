"""The page of what is held against what names every rule, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from exvivo.flag.directions import responses_of_the_other_direction
from exvivo.reconcile import RULES

PAGE = Path(__file__).parents[2] / "docs" / "handed-in.md"


def test_the_page_names_every_rule_and_no_other() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    named = [name for line in lines for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    rules = [*RULES, responses_of_the_other_direction]
    assert sorted(named) == sorted(rule.__name__ for rule in rules)

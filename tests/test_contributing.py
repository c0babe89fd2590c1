"""CONTRIBUTING.md is followed, step by step, in a copy of the project: what it says holds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from exvivo.simulate import model_study, write

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
STEP = re.compile(
    r"^(?P<how>New file|At the end of|In|Then this holds)(?: `(?P<path>[^`]+)`)?"
    r"(?:, (?P<where>before|instead of) the line `(?P<line>[^`]+)`)?[^\n]*:\n\n"
    r"```(?:python|yaml)\n(?P<text>.*?)```",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Step:
    """One block of the page: what to write where, or what then holds."""

    how: str
    path: str
    where: str
    line: str
    text: str

    def follow(self, copy: Path) -> None:
        """Do what the step says. A line that is not there exactly once fails."""
        if self.how == "Then this holds":
            return self._run(copy)
        path = copy / self.path
        if self.how == "New file":
            assert not path.exists()
            path.write_text(self.text, encoding="utf-8")
            return None
        before = path.read_text(encoding="utf-8")
        path.write_text(self._changed(before), encoding="utf-8")
        return None

    def _changed(self, text: str) -> str:
        if self.how == "At the end of":
            return text + self.text
        lines = text.splitlines(keepends=True)
        assert lines.count(f"{self.line}\n") == 1, f"{self.path}: {self.line}"
        at = lines.index(f"{self.line}\n")
        kept = lines[at : at + 1] if self.where == "before" else []
        return "".join([*lines[:at], self.text, *kept, *lines[at + 1 :]])

    def _run(self, copy: Path) -> None:
        paths = os.pathsep.join([str(copy / "src"), str(ROOT / "tests")])
        ran = subprocess.run(
            [sys.executable, "-c", self.text],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr


STEPS = [
    Step(*(match[name] or "" for name in ("how", "path", "where", "line", "text")))
    for match in STEP.finditer(PAGE)
]


def test_every_block_of_code_is_a_step() -> None:
    assert len(STEPS) == PAGE.count("```python\n") + PAGE.count("```yaml\n")
    assert sum(step.how == "Then this holds" for step in STEPS) == PAGE.count("## Add a") == 8


def test_following_the_page_gives_what_it_says(tmp_path: Path) -> None:
    """Justified seconds: eight additions to a copy, each tried in a Python of its own."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    write(model_study(rng=np.random.default_rng(1)), tmp_path / "my-study")
    for step in STEPS:
        step.follow(tmp_path)
    if shutil.which("ruff"):
        subprocess.run(["ruff", "check", "-q", "--select", "E9,F", "src"], cwd=tmp_path, check=True)


@pytest.mark.parametrize("line", ["METHODS = {", "    nothing of the kind"])
def test_a_line_must_stand_once(line: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("METHODS = {\nMETHODS = {\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        Step("In", "a.py", "before", line, "x\n").follow(tmp_path)

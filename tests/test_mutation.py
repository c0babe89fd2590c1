"""Every named fault still fits the source, so that `scripts/mutate` plants what it says."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mutation.fault import ROOT, Fault
from mutation.faults import FAULTS


def fault_of(right: str, name: str = "a fault") -> Fault:
    return Fault(name=name, file="a.py", right=right, fault="", tests=())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_fits_its_file_once_and_stays_readable(fault: Fault) -> None:
    source = (ROOT / fault.file).read_text(encoding="utf-8")
    faulty = fault.planted(source)
    assert _meaning(fault, faulty) != _meaning(fault, source)


def _meaning(fault: Fault, text: str) -> object:
    """What a text says, whatever its spaces: Python, or data of the catalog."""
    if fault.file.endswith(".yaml"):
        return YAML(typ="safe", pure=True).load(text)
    return ast.dump(ast.parse(text))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_tests_that_must_notice_are_there(fault: Fault) -> None:
    assert fault.tests
    for test in fault.tests:
        file, _, name = test.partition("::")
        path = ROOT / "tests" / file
        assert path.exists()
        assert not name or f"def {name.partition('[')[0]}(" in path.read_text(encoding="utf-8")


def test_names_are_unique() -> None:
    assert [name for name, times in Counter(f.name for f in FAULTS).items() if times > 1] == []


def test_a_fault_that_does_not_fit_is_refused() -> None:
    for right in ("absent", "twice"):
        with pytest.raises(ValueError, match=r"stands [02] times in a\.py, once is needed"):
            fault_of(right).planted("twice, twice")


def test_a_fault_is_planted_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = y + 1\n")
    assert fault_of(" + 1").plant(tmp_path) == "x = y + 1\n"
    assert (tmp_path / "a.py").read_text() == "x = y\n"

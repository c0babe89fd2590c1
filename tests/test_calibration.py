"""A thin slice of the long calibration (`scripts/calibrate`), with the same exact bands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calibration.band import Share
from calibration.model_study import shares, studies

PAGE = Path(__file__).parents[1] / "docs" / "calibration.md"
STUDIES = 3


def test_a_few_studies_lie_in_their_bands() -> None:
    """Justified seconds: the only test that holds intervals against readings drawn anew."""
    made = studies(STUDIES, processes=1)
    rows = list(shares(made))
    assert made.folds.height > 8 * STUDIES
    assert len(rows) >= 10
    assert [row.what for row in rows if not row.holds] == []


def test_the_page_shows_every_share_in_its_band() -> None:
    rows = re.findall(r"^\| (.+) \| ([0-9.]+) \| (\d+) \| ", PAGE.read_text("utf-8"), re.M)
    assert len(rows) >= 10
    assert "**no**" not in PAGE.read_text("utf-8")


@pytest.mark.parametrize(("hits", "holds"), [(95, True), (89, True), (88, False), (100, True)])
def test_a_band_is_the_binomial_one(hits: int, holds: bool) -> None:
    """SciPy's binomial: 89 to 100 of 100 hold 99 % of counts where the share is 0.95."""
    row = Share(what="coverage", hits=hits, trials=100, least=0.95, most=0.95)
    assert row.band == (0.89, 1.0)
    assert row.holds is holds

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exvivo.compare.family import holm


def test_holm_is_that_of_r() -> None:
    """R: p.adjust(c(.012, .2, .35, .6, .04), "holm")."""
    assert holm([0.012, 0.2, 0.35, 0.6, 0.04]) == pytest.approx([0.06, 0.6, 0.7, 0.7, 0.16])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p: list[float]) -> None:
    adjusted = holm(p)
    for one, other in zip(p, adjusted, strict=True):
        assert one <= other <= min(1.0, one * len(p)) + 1e-12
    ranked = sorted(zip(p, adjusted, strict=True))
    assert [a for _, a in ranked] == sorted(adjusted)

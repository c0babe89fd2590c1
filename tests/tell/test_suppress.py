"""Small counts are hidden so that nobody works them out: held against an attacker of its own."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from count_attack import ranges, tables_like

from exvivo.tell.share.suppress import (
    Cells,
    Counted,
    _hidden_levels,
    at_least,
    column_printed,
    hidden,
    possible,
    printed,
)

SMALLEST = 5


def random_table(rng: np.random.Generator, *, total: bool) -> Counted:
    """A table of 2 to 6 levels by 1 to 3 groups, some of them rare, with or without all groups."""
    levels, groups = rng.integers(2, 7), rng.integers(1, 4)
    rows = rng.poisson(rng.choice([0.5, 2, 5, 12], size=(levels, groups)))
    if total:
        rows = np.column_stack([rows, rows.sum(axis=1)])
    wholes = rows.sum(axis=0)
    return Counted(tuple(map(tuple, rows.tolist())), tuple(wholes.tolist()), total)


def check(table: Counted) -> None:
    """No small count is printed, none can be worked out, and what is printed is true."""
    shown = printed(table, SMALLEST)
    for row, cells in zip(table.rows, shown, strict=True):
        for count, cell in zip(row, cells, strict=True):
            assert cell in (None, count)
            assert cell is None or not 0 < cell < SMALLEST
    total = table.total and any(row[-1] is not None for row in shown)
    rows = shown if total else [row[:-1] if table.total else row for row in shown]
    wholes = table.wholes if total or not table.total else table.wholes[:-1]
    large = [j for j, whole in enumerate(wholes) if whole >= 2 * SMALLEST]
    rows = [tuple(row[j] for j in large) for row in rows]
    for low, high in ranges(rows, [wholes[j] for j in large], total=total).values():
        assert high - low >= SMALLEST - 1 - 1e-6, (table, shown)


def test_no_hidden_count_of_random_tables_can_be_worked_out() -> None:
    rng = np.random.default_rng(8)
    for number in range(24):
        check(random_table(rng, total=number % 3 == 0))


def test_a_lone_small_count_is_hidden_with_another_one() -> None:
    """The table of gtsummary #1691: 2 of 14 hidden alone is 14 - 12."""
    assert printed(Counted(((12, 9), (2, 1)), (14, 10))) == ((None, None), (None, None))
    assert printed(Counted(((12,), (2,), (6,)), (20,))) == ((12,), (None,), (None,))
    assert ranges(((12,), (None,), (6,)), (20,)) == {(1, 0): (2.0, 2.0)}


def test_two_small_counts_whose_sum_is_small_are_hidden_with_a_third() -> None:
    """1 + 4 leaves 1 to 4 for each: four values, one too few."""
    assert printed(Counted(((9,), (1,), (4,)), (14,))) == ((None,), (None,), (None,))
    assert printed(Counted(((9,), (2,), (4,)), (15,))) == ((9,), (None,), (None,))


def test_the_column_of_all_tells_nothing_of_the_groups() -> None:
    table = Counted(((20, 30, 50), (2, 30, 32), (7, 7, 14)), (29, 67, 96), total=True)
    shown = printed(table)
    assert shown[1][0] is None
    for low, high in ranges(shown, table.wholes, total=True).values():
        assert high - low >= 4


def test_zeros_are_printed_and_large_counts_stay() -> None:
    assert printed(Counted(((10, 0), (0, 12)), (10, 12))) == ((10, 0), (0, 12))
    assert printed(Counted(((7, 6), (7, 6)), (14, 12))) == ((7, 6), (7, 6))


def test_a_small_group_has_no_counts_whatever_they_are() -> None:
    """Else that something is hidden would tell of it."""
    for female in range(10):
        assert printed(Counted(((female,), (9 - female,)), (9,))) == ((None,), (None,))


def test_where_every_level_has_one_person_zeros_are_hidden_too() -> None:
    ones = Counted(tuple((count,) for count in [1] * 10 + [0, 0]), (10,))
    assert printed(ones) == ((None,),) * 12


def test_nothing_of_a_table_whose_margin_is_small_may_be_printed() -> None:
    assert hidden(Cells((3, 1, 2), ((0, (1, 2)),), frozenset({0}))) is None


@pytest.mark.parametrize(("whole", "levels"), [(10, 3), (12, 3), (14, 2), (11, 4)])
def test_one_who_knows_the_rule_and_tries_every_column_is_left_with_four_values(
    whole: int, levels: int
) -> None:
    """Else (5, hidden, hidden) of 12 could only be 3 and 4: with (5, 2, 5) the first 5 is hidden."""
    alike: dict[tuple[int | None, ...], list[tuple[int, ...]]] = {}
    for parts in product(range(whole + 1), repeat=levels - 1):
        if sum(parts) <= whole:
            column = (*parts, whole - sum(parts))
            alike.setdefault(column_printed(column, SMALLEST), []).append(column)
    assert len(alike) > 3
    for shown, columns in alike.items():
        for place, cell in enumerate(shown):
            values = {column[place] for column in columns}
            assert len(values) >= (SMALLEST - 1 if cell is None else 1)


def test_levels_without_a_linear_program_are_hidden_as_with_one() -> None:
    rng = np.random.default_rng(3)
    for _ in range(12):
        counts = tuple(rng.poisson(rng.choice([0.5, 2, 5, 12], size=rng.integers(2, 6))).tolist())
        whole = sum(counts)
        if whole >= 2 * SMALLEST:
            cells = Counted(tuple((count,) for count in counts), (whole,)).cells
            assert _hidden_levels(counts, SMALLEST) - {len(counts)} == hidden(cells, SMALLEST)


@pytest.mark.parametrize("column", [(12, 2), (9, 1, 4), (9, 2, 4, 0), (6, 3, 1, 2, 2), (5, 5, 3)])
def test_the_ranges_are_those_of_all_tables_tried_one_by_one(column: tuple[int, ...]) -> None:
    whole = sum(column)
    table = Counted(tuple((count,) for count in column), (whole,))
    places = hidden(table.cells)
    assert places
    shown = [None if place in places else count for place, count in enumerate(column)]
    tables = list(tables_like(shown, whole, 1))
    assert column in tables
    for place, (low, high) in possible(table.cells, places).items():
        values = {each[place] for each in tables}
        assert (min(values), max(values)) == (round(low), round(high))
        assert len(values) >= SMALLEST


def test_the_number_in_an_answer_never_tells_a_small_number_of_others() -> None:
    for whole in range(5, 40):
        printed_as: dict[tuple[int, int], set[int]] = {}
        for n in range(5, whole + 1):
            low, high = at_least(n, whole)
            assert low <= n <= high
            printed_as.setdefault((low, high), set()).add(whole - n)
        for out in printed_as.values():
            small = out & set(range(1, SMALLEST))
            assert not small or len(out) >= min(SMALLEST - 1, whole - 4)

"""Plates of one assay that do not fit together, and donors whom a file does not name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from named_study import ELISA, MRNA, Well, called, donors, held, laid, samples

from exvivo.flagged import Flag, coded
from exvivo.reconcile import RULES, Held
from exvivo.reconcile.held import Rule
from exvivo.study import Results

NAMES = {
    "donors_named_nowhere",
    "doses_named_otherwise",
    "targets_of_other_plates",
    "results_of_plates_apart",
    "results_sorted_alone",
    "visits_drawn_out_of_order",
    "lots_by_group",
}


def raised(study: Held) -> list[Flag]:
    """What the rules of this file raise."""
    rules = [rule for rule in RULES if rule.__name__ in NAMES and _has_its_tables(rule, study)]
    return [flag for rule in rules for flag in coded(rule(study), rule.__name__)]


def _has_its_tables(rule: Rule, study: Held) -> bool:
    of_cultures = rule.__name__ in ("visits_drawn_out_of_order", "lots_by_group")
    return not of_cultures or not study.study.cultures.is_empty()


TABLE = Results(id="r", kind="results", readout="protein", unit="pg/mL")
PEOPLE = donors({"RA": 6, "HD": 6})
PLATES: dict[str, dict[str, Well]] = {
    "P1": laid(samples([*PEOPLE[:3], *PEOPLE[6:9]], ("none", "LPS"))),
    "P2": laid(samples([*PEOPLE[3:6], *PEOPLE[9:]], ("none", "LPS"))),
}
Values = Callable[[str, np.ndarray], np.ndarray]


def table(change: Values) -> Held:
    """Two plates of results, about 30 pg/mL, and tenfold with LPS."""
    rng = np.random.default_rng(4)
    reading: dict[tuple[str, str], dict[str, object]] = {}
    for plate, layout in PLATES.items():
        with_lps = np.array([each["stimulus"] == "LPS" for each in layout.values()])
        values = 2 ** (5 + 3.3 * with_lps + rng.normal(0, 0.7, with_lps.size))
        for well, value in zip(layout, change(plate, values), strict=True):
            reading[plate, well] = {"value": float(value), "kind": "concentration", "unit": "pg/mL"}
    names = {plate: called(layout) for plate, layout in PLATES.items()}
    return held(PLATES, names, assays=(TABLE,), reading=reading)


def on_the_second(of: Callable[[np.ndarray], np.ndarray]) -> Values:
    return lambda plate, values: of(values) if plate == "P2" else values


CHANGES: dict[str, tuple[Values, str]] = {
    "nanograms": (on_the_second(lambda values: values / 1000), "results_of_plates_apart"),
    "octaves": (on_the_second(np.log2), "results_of_plates_apart"),
    "natural": (on_the_second(np.log), "results_of_plates_apart"),
    "sorted": (on_the_second(np.sort), "results_sorted_alone"),
    "sorted down": (on_the_second(lambda values: np.sort(values)[::-1]), "results_sorted_alone"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_results_that_do_not_fit_are_looked_at(change: str) -> None:
    values, code = CHANGES[change]
    flags = [flag for flag in raised(table(values)) if flag.code == code]
    assert [flag.severity for flag in flags] == ["look"]


@pytest.mark.parametrize("factor", [1.0, 5.0, 0.05])
def test_plates_that_differ_as_plates_do_are_quiet(factor: float) -> None:
    codes = {flag.code for flag in raised(table(on_the_second(lambda values: values * factor)))}
    assert not codes & {"results_of_plates_apart", "results_sorted_alone"}


# Targets and names.


def qpcr(target: str, names: dict[str, str] | None = None) -> Held:
    """The second plate has a target by another name, which stands for no analyte."""
    reading: dict[tuple[str, str], dict[str, object]] = {
        ("P2", well): {"channel": target, "analyte": target if target == "TNF" else None}
        for well in PLATES["P2"]
    }
    own = {plate: called(layout) for plate, layout in PLATES.items()}
    return held(PLATES, own | ({"P2": names} if names else {}), assays=(MRNA,), reading=reading)


def test_a_target_named_otherwise_on_one_plate_is_looked_at() -> None:
    (flag,) = (f for f in raised(qpcr("TNF assay 2")) if f.code == "targets_of_other_plates")
    assert "RA04" in flag.what
    assert "TNF assay 2" in flag.what
    assert flag.scope is not None
    assert (flag.scope.assays, flag.scope.analytes) == (("mrna",), ("TNF",))


@pytest.mark.parametrize("target", ["TNF", "UBC"])
def test_a_known_target_is_quiet(target: str) -> None:
    codes = {flag.code for flag in raised(qpcr(target))}
    assert "targets_of_other_plates" not in codes


def renamed(*people: str) -> dict[str, str]:
    """The names of the second plate, some people under other names."""
    names = called(PLATES["P2"])
    number = {donor: f"XX{i}" for i, donor in enumerate(people)}
    return {
        well: " ".join(number.get(part, part) for part in name.split())
        for well, name in names.items()
    }


def test_donors_named_nowhere_are_looked_at() -> None:
    flags = [f for f in raised(qpcr("TNF", renamed("HD05", "HD06"))) if f.scope]
    (flag,) = (f for f in flags if f.code == "donors_named_nowhere")
    assert flag.scope is not None
    assert flag.scope.donors == ("HD05", "HD06")


def test_a_file_with_other_names_for_everybody_is_quiet() -> None:
    everybody = [str(each["donor"]) for each in PLATES["P2"].values()]
    names = renamed(*dict.fromkeys(everybody))
    assert {f.code for f in raised(qpcr("TNF", names))} == set()


@pytest.mark.parametrize(
    ("dose", "odd"), [("10 ng/mL", True), ("0.1 µg/mL", False), ("1 µM", False)]
)
def test_another_dose_in_a_name_is_looked_at(dose: str, odd: bool) -> None:
    names = {well: f"{name} {dose}" for well, name in called(PLATES["P2"]).items() if "LPS" in name}
    codes = {f.code for f in raised(qpcr("TNF", called(PLATES["P2"]) | names))}
    assert ("doses_named_otherwise" in codes) is odd


# Cultures.


@pytest.mark.parametrize(("second", "odd"), [("2026-05-01", False), ("2026-01-01", True)])
def test_visits_follow_one_another_as_their_days(second: str, odd: bool) -> None:
    columns = {
        "culture": ["a", "b"],
        "donor": ["RA01", "RA01"],
        "visit": ["1", "2"],
        "drawn": ["2026-02-01", second],
    }
    cultures = pl.DataFrame(columns).with_columns(
        stimulated=pl.lit(""), viability=pl.lit(""), cell_type=pl.lit("")
    )
    layout = {"E1": PLATES["P1"]}
    study = held(layout, {"E1": {}}, assays=(ELISA,), cultures=cultures)
    assert ("visits_drawn_out_of_order" in {f.code for f in raised(study)}) is odd


@pytest.mark.parametrize(("last", "odd"), [("L2", True), ("L1", False)])
def test_lots_that_go_with_the_group_are_looked_at(last: str, odd: bool) -> None:
    columns = {
        "culture": PEOPLE,
        "donor": PEOPLE,
        "lot_lps": [*["L1"] * 6, *["L2"] * 5, last],
    }
    cultures = pl.DataFrame(columns).with_columns(
        visit=pl.lit("1"), drawn=pl.lit(""), stimulated=pl.lit("")
    )
    study = held(PLATES, {"P1": {}}, assays=(ELISA,), cultures=cultures)
    assert ("lots_by_group" in {f.code for f in raised(study)}) is odd

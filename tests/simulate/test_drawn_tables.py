"""Drawn studies as the tables that compare takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from planned_study import PLANNED, planned

from exvivo.simulate.population import DataModel, Drawn, data_model, draw
from exvivo.simulate.population.donor_table import donor_names, donor_table
from exvivo.simulate.population.tables import Tables, plate_names
from exvivo.study import Characteristic, Plate

LIMITED = PLANNED.replace("amount: 64}", "amount: 64, lower: 64}")


def drawn(text: str = PLANNED, **sizes: int) -> tuple[DataModel, Drawn]:
    model = data_model(planned(text), **sizes)  # type: ignore[arg-type]
    return model, draw(model, 2, rng=np.random.default_rng(3))


def test_every_well_that_was_drawn_is_a_quantity() -> None:
    model, made = drawn(plates=2, cultures=2)
    frame = Tables.of(model).quantities(made, 1)
    assert frame.height == model.n * len(model.series) * 2 * 2
    series = model.series[5]
    own = frame.filter(
        assay=series.assay, analyte=series.analyte, stimulus=series.stimulus, donor="HC02"
    )
    assert own["value"].to_list() == made.values[1, 4, 5].ravel().tolist()
    assert own["culture"].n_unique() == 2
    assert set(own["plate"]) == {plate_names(model, series.assay)[model.plate[4]]}
    assert own["sd"].unique().to_list() == [model.well_sd[5]]


def test_wells_of_one_culture_name_none_and_measure_all_analytes() -> None:
    model, made = drawn()
    frame = Tables.of(model).quantities(made, 0).filter(assay="protein", donor="FM01")
    assert frame["culture"].null_count() == frame.height
    assert frame["well"].n_unique() == frame.height / 2


def test_what_is_below_the_limit_is_left_censored_there() -> None:
    model, made = drawn(LIMITED)
    frame = Tables.of(model).quantities(made, 0)
    below = frame.filter(censor="left")
    assert set(below["assay"]) == {"protein"}
    assert below["upper"].unique().to_list() == [6.0]
    assert frame.filter(assay="protein", censor="none")["value"].min() >= 6.0  # type: ignore[operator]
    assert below.height == int((made.values[0] < model.lower[:, None, None]).sum())


def test_donors_who_were_lost_are_in_no_table() -> None:
    model, made = drawn(PLANNED.replace("levels:", "dropouts: 0.5\n  levels:"))
    tables, present = Tables.of(model), made.present[0]
    left = [name for name, stays in zip(donor_names(model), present, strict=True) if stays]
    assert 0 < len(left) < model.n
    assert tables.study(made, 0).donors["donor"].to_list() == left
    assert set(tables.quantities(made, 0)["donor"]) == set(left)
    clinic = tables.clinic(made, 0)
    assert clinic["donor"].to_list() == left
    assert clinic["score"].to_list() == made.scores[0, present, 0].tolist()


def test_what_donors_take_stands_in_the_words_of_the_question() -> None:
    model, made = drawn()
    table = Tables.of(model).donors(made, 0)
    who = made.exposed[0, :, 0]
    assert table["pregabalin"].to_list() == ["yes" if has else "never" for has in who]


def test_columns_of_which_nothing_is_assumed_are_dealt_alike_in_each_group() -> None:
    kinds = (
        Characteristic(id="sex", kind="category", levels=("female", "male")),
        Characteristic(id="smoker", kind="yes or no"),
        Characteristic(id="drug", kind="medication"),
        Characteristic(id="drawn_on", kind="date"),
    )
    model = data_model(replace(planned(), characteristics=kinds))
    table = donor_table(model, np.zeros((model.n, 1), np.bool_))
    assert [*table.columns] == ["donor", "group", "pregabalin", "age", *(k.id for k in kinds)]
    for name in ("age", "sex", "smoker"):
        first, second = (table.filter(group=group)[name].to_list() for group in model.groups)
        assert first == second
        assert len(set(first)) > 1
    assert set(table["drug"]) == {"none"}
    assert pl.Series(table["drawn_on"]).str.to_date().null_count() == 0


def test_plates_keep_the_names_of_the_study_where_it_has_as_many() -> None:
    study = replace(planned(), plates=(Plate(id="Q7", assay="mrna"),))
    model = data_model(study, plates=1)
    assert plate_names(model, "mrna") == ["Q7"]
    assert plate_names(data_model(study, plates=2), "mrna") == ["mrna_1", "mrna_2"]

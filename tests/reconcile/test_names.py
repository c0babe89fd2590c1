"""Names in instrument files against layouts: what contradicts stops, and what is right is quiet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from named_study import Well, called, donors, held, laid, raised, samples, wells

from exvivo.reconcile import Held
from exvivo.reconcile.names.places import Place, place_of
from exvivo.study import Stimulus

PEOPLE = donors({"RA": 6, "HD": 6})
NTC: Well = {"role": "ntc"}
CONTENTS = [*samples(PEOPLE), *[NTC] * 6]
RIGHT = laid(CONTENTS)


def one_plate(layout: dict[str, Well], names: dict[str, str]) -> Held:
    return held({"Q1": layout}, {"Q1": names}, people=PEOPLE)


def exchanged(layout: dict[str, Well], first: str, second: str) -> dict[str, Well]:
    return {**layout, first: layout[second], second: layout[first]}


PATTERNS = [
    "{donor} {stimulus}",
    "{stimulus} {donor}",
    "{donor}_{stimulus}_{replicate}",
    "cDNA-{stimulus}-{donor}",
    "{donor}{stimulus}",
    "{donor} {stimulus} 6h 100 ng/ml rep{replicate}",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_right_layout_is_quiet(pattern: str) -> None:
    assert raised(one_plate(RIGHT, called(RIGHT, pattern))) == []


def plain(name: str) -> str:
    return name.replace("RA0", "RA-").replace("LPS_tofa", "LPS+tofacitinib")


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda name: name.replace("RA", "RA-").replace("HD", "hd "),
        plain,
        lambda name: name.replace("LPS_tofa", "LPS+tofacitinib").replace("none", "unstim."),
        lambda name: name.replace("LPS_tofa", "LPS/Tofa").replace(" none", ""),
        lambda name: name.split()[0],
        lambda name: name.split()[-1],
        lambda name: name.replace("none", "U").replace("LPS_tofa", "T").replace("LPS", "L"),
        lambda name: name.replace("RA", "R").replace("HD", "H"),
    ],
)
def test_names_as_people_write_them_are_quiet(write: Callable[[str], str]) -> None:
    names = {well: write(name) for well, name in called(RIGHT).items()}
    assert raised(one_plate(RIGHT, names)) == []


@pytest.mark.parametrize("pattern", ["Sample {number}", "S{number}", "{number}", "Unknown{number}"])
def test_numbers_of_samples_say_nothing(pattern: str) -> None:
    names = {well: pattern.format(number=i) for i, well in enumerate(RIGHT, 1)}
    assert raised(one_plate(RIGHT, names)) == []
    by_number = [{**each, "donor": str(i // 6 + 1)} for i, each in enumerate(samples(PEOPLE))]
    layout = laid(by_number)
    people = [str(i + 1) for i in range(12)]
    names = {well: pattern.format(number=i) for i, well in enumerate(layout, 1)}
    assert raised(held({"Q1": layout}, {"Q1": names}, people=people)) == []


def test_one_swapped_stimulus_of_one_donor_stops_and_says_whose() -> None:
    swap = {"none": "LPS", "LPS": "none"}
    layout = {
        well: {**each, "stimulus": swap.get(str(each["stimulus"]), each["stimulus"])}
        if each.get("donor") == "RA02"
        else each
        for well, each in RIGHT.items()
    }
    (flag,) = raised(one_plate(layout, called(RIGHT)))
    assert flag.severity == "stop" and flag.name.startswith("names_against_layout/Q1/")
    assert "4 wells" in flag.what and "RA02 none is LPS in the file in 2 wells" in flag.what
    assert flag.scope is not None
    assert flag.scope.donors == ("RA02",) and set(flag.scope.stimuli) == {"none", "LPS"}
    assert flag.scope.plates == ("Q1",) and flag.scope.assays == ("mrna",)


def test_two_exchanged_donors_are_both_named() -> None:
    swap = {"RA02": "HD03", "HD03": "RA02"}
    layout = {
        well: {**each, "donor": swap.get(str(each["donor"]), each["donor"])}
        if "donor" in each
        else each
        for well, each in RIGHT.items()
    }
    (flag,) = raised(one_plate(layout, called(RIGHT)))
    assert flag.severity == "stop" and flag.scope is not None
    assert set(flag.scope.donors) == {"RA02", "HD03"}
    assert "RA02 is HD03 in the file in 6 wells" in flag.what


@settings(max_examples=10)
@given(st.data())
def test_any_exchange_of_wells_stops_where_their_names_contradict_and_only_there(
    data: st.DataObject,
) -> None:
    order = list(RIGHT)
    some = data.draw(st.lists(st.sampled_from(order), min_size=2, max_size=8, unique=True))
    turned = data.draw(st.permutations(some))
    layout = {**RIGHT, **{well: RIGHT[other] for well, other in zip(some, turned, strict=True)}}
    differ = {w for w in some if called(RIGHT)[w] != called(layout)[w]}
    flags = raised(one_plate(layout, called(RIGHT)))
    assert bool(flags) == bool(differ)
    assert all(flag.severity == "stop" for flag in flags)
    named = {fact.split("|")[0] for flag in flags for fact in flag.evidence}
    assert named == differ


def mapped(layout: dict[str, Well], move: Callable[[Place], Place]) -> dict[str, Well]:
    turned = {}
    for well, each in layout.items():
        row, column = move(place_of(well) or (0, 0))
        if 0 <= row < 16 and 0 <= column < 24:
            turned["ABCDEFGHIJKLMNOP"[row] + str(column + 1)] = each
    return turned


BLOCK = laid(CONTENTS, [f"{'CDEFGHIJKLMN'[row]}{c + 5}" for row in range(12) for c in range(8)])


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (lambda p: (15 - p[0], 23 - p[1]), "turned by 180 degrees"),
        (lambda p: (p[0], 23 - p[1]), "mirrored left to right"),
        (lambda p: (15 - p[0], p[1]), "mirrored top to bottom"),
        (lambda p: (p[0] + 1, p[1]), "moved by 1 row up"),
        (lambda p: (p[0], p[1] - 1), "moved by 1 column to the right"),
        (lambda p: (p[0] - 2, p[1] + 3), "moved by 2 rows down and 3 columns to the left"),
        (lambda p: (2 + p[1] - 4, 4 + p[0] - 2), "with rows and columns exchanged"),
    ],
)
def test_a_moved_layout_gives_one_message_that_says_by_what(
    move: Callable[[Place], Place], words: str
) -> None:
    layout = mapped(BLOCK, move)
    everywhere = dict.fromkeys(wells(16, 24), "") | called(BLOCK)
    names = {well: name for well, name in everywhere.items() if well in layout or name}
    whole: dict[str, Well] = {**{well: {"role": "empty"} for well in names}, **layout}
    flags = raised(held({"Q1": whole}, {"Q1": names}, people=PEOPLE), "stop")
    assert [flag.place for flag in flags] == ["Q1"]
    assert words in flags[0].what


def test_a_layout_filled_down_the_columns_is_said_to_be() -> None:
    places = wells()
    by_column = sorted(places, key=lambda well: (int(well[1:]), well[0]))
    right, wrong = laid(CONTENTS, places), laid(CONTENTS, by_column)
    whole: dict[str, Well] = {**{well: {"role": "empty"} for well in right}, **wrong}
    (flag,) = raised(one_plate(whole, called(right)), "stop")
    assert "filled along the rows" in flag.what


def test_one_well_further_along_the_rows_is_said_to_be() -> None:
    contents = CONTENTS[1:] + CONTENTS[:1]
    (flag,) = raised(one_plate(laid(contents), called(RIGHT)), "stop")
    assert "moved 1 well on along the rows" in flag.what


def two_plates() -> tuple[dict[str, Well], dict[str, Well]]:
    return laid(samples(PEOPLE[:6])), laid(samples(PEOPLE[6:]))


def test_two_exchanged_layouts_are_one_message() -> None:
    first, second = two_plates()
    names = {"Q1": called(first), "Q2": called(second)}
    assert raised(held({"Q1": first, "Q2": second}, names, people=PEOPLE)) == []
    (flag,) = raised(held({"Q1": second, "Q2": first}, names, people=PEOPLE))
    assert (
        "the file of Q1 with the layout of Q2 and the file of Q2 with the layout of Q1" in flag.what
    )
    assert flag.scope is not None and flag.scope.plates == ("Q1", "Q2")


def test_a_donor_that_donors_csv_does_not_list_is_another_one() -> None:
    names = {w: n.replace("RA03", "RA13") for w, n in called(RIGHT).items()}
    (flag,) = raised(one_plate(RIGHT, names))
    assert flag.severity == "stop" and "RA03 is RA13 in the file" in flag.what


def test_prefixes_of_one_another_are_told_apart() -> None:
    people = ["RA1", "RA10", "RA11", "HD1", "HD10"]
    layout = laid(samples(people))
    for pattern in ("{donor} {stimulus}", "{donor} {replicate} {stimulus}"):
        names = called(layout, pattern)
        assert raised(held({"Q1": layout}, {"Q1": names}, people=people)) == []
    swap = {"RA1": "RA10", "RA10": "RA1"}
    wrong = {
        w: {**each, "donor": swap.get(str(each["donor"]), each["donor"])}
        for w, each in layout.items()
    }
    (flag,) = raised(held({"Q1": wrong}, {"Q1": called(layout)}, people=people))
    assert flag.scope is not None and set(flag.scope.donors) == {"RA1", "RA10"}


def test_a_role_on_one_side_only_stops() -> None:
    names = called(RIGHT)
    layout = exchanged(RIGHT, "A1", next(w for w, e in RIGHT.items() if e is NTC))
    (flag,) = raised(one_plate(layout, names))
    assert flag.severity == "stop" and flag.scope is not None and flag.scope.donors == ()
    read = {("Q1", "A1"): {"vendor_role": "standard"}}
    (flag,) = raised(held({"Q1": RIGHT}, {"Q1": dict.fromkeys(RIGHT, "x")}, reading=read))
    assert flag.severity == "stop" and "A1" in flag.row


LETTERS = {"none": "a", "LPS": "b", "LPS_tofa": "c"}


def by_letter(layout: dict[str, Well], letters: dict[str, str]) -> dict[str, str]:
    return {
        well: f"{each['donor']} {letters[str(each['stimulus'])]}" if "donor" in each else "NTC"
        for well, each in layout.items()
    }


@pytest.mark.parametrize(
    ("letters", "severity"),
    [(LETTERS, "stop"), ({"none": "1", "LPS": "2", "LPS_tofa": "3"}, "look")],
)
def test_words_that_the_study_does_not_know_are_understood_by_habit(
    letters: dict[str, str], severity: str
) -> None:
    assert raised(one_plate(RIGHT, by_letter(RIGHT, letters))) == []
    swap = {"none": "LPS", "LPS": "none"}
    layout = {
        well: {**each, "stimulus": swap.get(str(each["stimulus"]), each["stimulus"])}
        if each.get("donor") == "RA02"
        else each
        for well, each in RIGHT.items()
    }
    (flag,) = raised(one_plate(layout, by_letter(RIGHT, letters)))
    assert flag.severity == severity and "RA02" in flag.what
    assert flag.name.startswith("names_out_of_habit/Q1/")


def test_a_well_with_the_name_of_another_sample_stops() -> None:
    codes = {donor: f"code{i}x" for i, donor in enumerate(PEOPLE)}
    names = {w: f"{codes[str(e['donor'])]}" if "donor" in e else "NTC" for w, e in RIGHT.items()}
    assert raised(one_plate(RIGHT, names)) == []
    (flag,) = raised(one_plate(exchanged(RIGHT, "A1", "C1"), names))
    assert flag.severity == "stop" and {"A1", "C1"} == {f.split("|")[0] for f in flag.evidence}


def doses() -> list[Well]:
    return [
        {"role": "sample", "donor": donor, "stimulus": "LPS", "dose": dose}
        for donor in PEOPLE
        for dose in ("10 ng/mL", "100 ng/mL", "1000 ng/mL")
        for _ in range(2)
    ]


@pytest.mark.parametrize(
    "write",
    [
        lambda dose: dose,
        lambda dose: dose.split()[0],
        lambda dose: f"{float(dose.split()[0]) / 1000:g} µg/ml",
    ],
)
def test_exchanged_doses_stop(write: Callable[[str], str]) -> None:
    layout = laid(doses())
    names = {w: f"{e['donor']} LPS {write(str(e['dose']))}" for w, e in layout.items()}
    assert raised(held({"Q1": layout}, {"Q1": names})) == []
    wrong = exchanged(exchanged(layout, "A1", "A3"), "A2", "A4")
    (flag,) = raised(held({"Q1": wrong}, {"Q1": names}))
    assert flag.severity == "stop" and "10 ng/mL" in flag.what


def test_stimuli_as_words_of_one_another() -> None:
    stimuli: Sequence[Stimulus] = (
        Stimulus(id="unst", name="medium alone", control=True),
        Stimulus(id="LPS10", name="LPS 10 ng/mL"),
        Stimulus(id="LPS100", name="LPS 100 ng/mL"),
        Stimulus(id="IFNg", name="IFN-γ"),
        Stimulus(id="LPS100_IFNg", name="LPS 100 ng/mL and IFN-γ"),
    )
    layout = laid(samples(PEOPLE[:4], [each.id for each in stimuli]))
    written = {"unst": "medium", "LPS10": "LPS 10", "LPS100": "LPS 100", "IFNg": "IFN-gamma"}
    names = {
        w: f"{e['donor']} {written.get(str(e['stimulus']), 'LPS100+IFNγ')}"
        for w, e in layout.items()
    }
    assert raised(held({"Q1": layout}, {"Q1": names}, stimuli=stimuli)) == []
    (flag,) = raised(held({"Q1": exchanged(layout, "A2", "A3")}, {"Q1": names}, stimuli=stimuli))
    assert "LPS10" in flag.what and "LPS100" in flag.what
    (flag,) = raised(held({"Q1": exchanged(layout, "A3", "A5")}, {"Q1": names}, stimuli=stimuli))
    assert flag.severity == "stop"


def test_names_that_stand_for_several_doses_or_visits_of_a_few_donors_are_quiet() -> None:
    several: list[Well] = []
    for i, each in enumerate(samples(PEOPLE, replicates=4)):
        second = each["donor"] in PEOPLE[:2] and i % 2
        several.append({**each, "visit": "2" if second else "1"})
    layout = laid(several)
    assert raised(held({"Q1": layout}, {"Q1": called(layout)}, people=PEOPLE)) == []
    dosed: list[Well] = [
        {**each, "dose": "10 ng/mL" if each["visit"] == "2" else None} for each in several
    ]
    layout = laid([{**each, "visit": "1"} for each in dosed])
    assert raised(held({"Q1": layout}, {"Q1": called(layout)}, people=PEOPLE)) == []


def test_control_may_be_a_person_or_a_condition() -> None:
    people = ["P3", "P4", "K3", "K4"]
    layout = laid(samples(people, ("none", "LPS")))
    groups = {"P3": "patient", "P4": "patient", "K3": "control", "K4": "control"}
    write = {"none": "control", "LPS": "LPS"}
    names = {w: f"Pat{str(e['donor'])[1:]} {write[str(e['stimulus'])]}" for w, e in layout.items()}
    assert raised(held({"Q1": layout}, {"Q1": names}, people=people, groups=groups)) == []


def test_amounts_of_rna_are_no_doses() -> None:
    layout = laid(doses())
    names = {well: f"{each['donor']} 100ng cDNA" for well, each in layout.items()}
    assert raised(held({"Q1": layout}, {"Q1": names})) == []


def test_another_replicate_is_a_note() -> None:
    names = called(RIGHT, "{donor} {stimulus} {replicate}")
    assert raised(one_plate(RIGHT, names)) == []
    layout = exchanged(RIGHT, "A1", "A4")
    (flag,) = raised(one_plate(layout, names))
    assert flag.severity == "note" and flag.scope is None and "A1" in flag.what

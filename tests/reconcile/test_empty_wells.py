"""Wells that the layout leaves empty although the file measured them."""

from __future__ import annotations

from named_study import ELISA, Well, called, donors, held, laid, raised, samples, wells

from exvivo.flagged import Flag

PEOPLE = donors({"RA": 3, "HD": 3})
FULL = laid(samples(PEOPLE))
EMPTY: Well = {"role": "empty"}


def without(layout: dict[str, Well], donor: str, stimulus: str = "") -> dict[str, Well]:
    def left(each: Well) -> bool:
        return each.get("donor") == donor and stimulus in ("", each["stimulus"])

    return {well: EMPTY if left(each) else each for well, each in layout.items()}


def test_a_donor_left_out_is_named_by_the_file() -> None:
    study = held({"Q1": without(FULL, "HD02")}, {"Q1": called(FULL)}, people=PEOPLE)
    (flag,) = raised(study)
    assert flag.severity == "look" and flag.scope is not None
    assert flag.scope.donors == ("HD02",) and flag.scope.plates == ("Q1",)
    assert "6 wells are empty" in flag.what and "HD02 LPS (2 wells)" in flag.what


def test_a_reason_or_nothing_measured_is_quiet() -> None:
    reason = {w: e | {"exclude": "spilt"} if e["donor"] == "HD02" else e for w, e in FULL.items()}
    assert raised(held({"Q1": reason}, {"Q1": called(FULL)}, people=PEOPLE)) == []
    layout = without(FULL, "HD02")
    names = {well: name for well, name in called(FULL).items() if layout[well] is not EMPTY}
    assert raised(held({"Q1": layout}, {"Q1": names}, people=PEOPLE)) == []


def elisa(od: dict[str, float], layout: dict[str, Well]) -> list[Flag]:
    reading: dict[tuple[str, str], dict[str, object]] = {
        ("E1", well): {"kind": "signal", "unit": "OD", "value": value} for well, value in od.items()
    }
    study = held(
        {"E1": layout},
        {"E1": dict.fromkeys(layout)},
        people=PEOPLE,
        assays=(ELISA,),
        reading=reading,
    )
    return raised(study)


BLANKS = {"H10": 0.051, "H11": 0.049, "H12": 0.055}


def test_a_signal_above_the_blanks_is_seen_and_whose_it_may_be() -> None:
    plate = dict.fromkeys(wells(), EMPTY) | laid(samples(PEOPLE))
    plate |= {well: {"role": "blank"} for well in BLANKS}
    background = {well: 0.05 + 0.002 * (i % 5) for i, well in enumerate(wells())}
    od = background | dict.fromkeys(FULL, 0.8) | BLANKS
    assert elisa(od, plate) == []
    (flag,) = elisa(od, without(plate, "RA03", "LPS"))
    assert flag.severity == "look" and flag.scope is not None
    assert flag.scope.donors == ("RA03",) and "2 wells are empty" in flag.what
    no_blanks = {well: EMPTY if well in BLANKS else each for well, each in plate.items()}
    assert elisa(od, no_blanks) == []
    assert len(elisa(od, without(no_blanks, "RA03"))) == 1


def test_an_amplification_is_a_signal() -> None:
    flat, risen = (
        [0.1 + 0.001 * (i % 3) for i in range(40)],
        [0.1] * 25 + [1.0, 2.0, 4.0] + [5.0] * 12,
    )

    def curve(y: list[float]) -> dict[str, object]:
        cycles = [float(i + 1) for i in range(40)]
        return {"kind": "amplification", "value": None, "x": cycles, "y": y, "unit": "RFU"}

    layout = without(FULL, "HD02")
    for y, seen in ((flat, 0), (risen, 1)):
        reading = {
            ("Q1", well): curve(y if each is EMPTY else risen) for well, each in layout.items()
        }
        names = dict.fromkeys(layout, "x")
        flags = raised(held({"Q1": layout}, {"Q1": names}, people=PEOPLE, reading=reading))
        assert len(flags) == seen

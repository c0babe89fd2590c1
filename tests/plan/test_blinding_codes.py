"""Codes of a blinded study: stable, not alike, met as words, and never in the way of a number."""

from __future__ import annotations

from collections import Counter

import pytest

from exvivo.plan.blinding import Key, Named
from exvivo.plan.blinding.codes import HIDDEN

SALT = b"a salt of the tests"
GROUPS = {"FM": "people with fibromyalgia", "HC": "healthy people"}
DONORS = tuple(f"{group}{n:02}" for group in GROUPS for n in range(1, 13))


def key(*others: str, salt: bytes = SALT, **held: str) -> Key:
    return Key.of(salt, Named(GROUPS, DONORS, others, held))


def test_a_salt_gives_the_same_codes_again_and_another_gives_others() -> None:
    assert key() == key()
    assert key().donors != key(salt=b"another").donors


def test_donors_who_join_change_no_code() -> None:
    more = Key.of(SALT, Named(GROUPS, (*DONORS, "FM13", "HC13")))
    assert {name: more.donors[name] for name in DONORS} == key().donors
    assert more.groups == key().groups


def test_no_two_codes_are_alike() -> None:
    donors = tuple(f"P{n}" for n in range(3_000))
    codes = Key.of(SALT, Named({f"g{n}": f"group {n}" for n in range(40)}, donors))
    assert len({*codes.donors.values()}) == len(donors)
    assert len({*codes.groups.values()}) == 40


def test_the_order_of_codes_tells_nothing_of_that_of_groups() -> None:
    """Of 200 salts, each of two groups comes first in 68 to 132: 1 in 100,000 tests would fail."""
    first = Counter(
        min(key.groups, key=key.group)
        for key in (Key.of(bytes([n]), Named(GROUPS)) for n in range(200))
    )
    assert 68 <= first["FM"] <= 132


def test_a_donor_is_met_in_a_text_whatever_stands_around_it() -> None:
    code = key().donors["FM01"]
    met = key().text("raw/FM01_ATP.fcs and (fm01)")
    assert met == f"raw/{code}_ATP.fcs and ({code})"
    assert key().text("FM010 XFM01") == "FM010 XFM01"


def test_a_group_is_hidden_in_the_text_of_a_person_and_coded_in_our_own() -> None:
    """In a title the code would tell: who knows the study knows which group it is about."""
    codes = key()
    title = "Healthy people, people with  fibromyalgia (FM v HC); Fibromyalgia score"
    assert codes.text(title) == f"{HIDDEN}, {HIDDEN} ({HIDDEN} v {HIDDEN}); {HIDDEN} score"
    flag = "9 of 10 HC; healthy people have no file"
    hc = codes.groups["HC"]
    assert codes.own_text(flag) == f"9 of 10 {hc}; {hc} have no file"


def test_other_names_that_tell_a_group_have_a_code_of_their_own() -> None:
    codes = key("fm_vs_hc", "FM pool", "more_tnf")
    assert codes.text("fm_vs_hc") == codes.names["fm_vs_hc"]
    assert codes.text("`FM pool` on Q1") == f"`{codes.names['FM pool']}` on Q1"
    assert codes.text("more_tnf") == "more_tnf"


def test_every_code_leads_back() -> None:
    codes = key("fm_vs_hc")
    for name, code in {**codes.donors, **codes.groups, **codes.names}.items():
        assert codes.meant(code) == name
    assert codes.meant("Q1") == "Q1"


NUMBERED = Named({"control": "controls", "case": "cases"}, ("1", "2"), (), {"1 ATP": "1"})


def test_what_stands_for_other_things_is_coded_where_a_donor_or_group_is_meant() -> None:
    codes = Key.of(SALT, NUMBERED)
    assert codes.value("visit", "1") == "1" and codes.value("role", "control") == "control"
    assert codes.value("donor", "1") == codes.donors["1"] != "1"
    assert codes.value("group", "control") == codes.groups["control"] != "control"
    assert codes.text("the positive control of plate 1") == "the positive control of plate 1"


def test_a_sample_of_a_donor_with_a_number_has_a_code() -> None:
    codes = Key.of(SALT, NUMBERED)
    assert codes.value("sample", "1 ATP") == codes.names["1 ATP"]


@pytest.mark.parametrize("value", [3.5, None, True, b"FM"])
def test_what_is_no_text_stays_as_it_is(value: object) -> None:
    assert key().value("donor", value) is value


def test_nested_values_are_coded_by_the_names_of_their_fields() -> None:
    codes = key()
    nested = {"facts": [{"donor": "FM01", "of": "HC"}], "donors": ("FM02",)}
    assert codes.value("", nested) == {
        "facts": [{"donor": codes.donors["FM01"], "of": codes.groups["HC"]}],
        "donors": (codes.donors["FM02"],),
    }

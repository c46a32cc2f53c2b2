"""Mandates: nobody gives a right to look at what is not his, and a scope means what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.audience import FIRST_MANDATE, NOBODY, PUBLIC, SECTOR
from filiere_platform.domain.mandate import (
    DAY,
    LONGEST_LIFE_DAYS,
    LONGEST_REASON,
    MOST_IN_FORCE,
    MOST_MEMBERS,
    MOST_OBJECTS,
    MOST_PRODUCTS,
    Giver,
    Mandate,
    MandateFact,
    MandatePurpose,
    MandateRequest,
    MandateScope,
    MandateState,
    audience_of,
    covers,
    decide_mandate,
    is_mandate,
    new_mandate_id,
    product_of,
    read_product,
)
from filiere_schemas.problems import Refusal

NOW = 1_772_600_000_000_000
GTIN = "https://id.gs1.org/01/03012345678902"
OTHER = "https://id.gs1.org/01/03012345678911"
OWN = "urn:filiere:lot:siret:73282932000074:FLOUR"
KEYS = [GTIN, f"{GTIN}/10/L1", f"{GTIN}/21/9", OTHER, f"{OTHER}/10/L1", f"{OWN}:L1", f"{OWN}%3A:L1", "urn:x:1"]
KEYS += ["urn:filiere:item:siret:73282932000074:FLOUR:7", "https://id.gs1.org/00/030123456789012346"]
OWNER, BODY, AUDITOR = 5, 6, 7
MINE = MandateScope(members=frozenset({OWNER}))


def a_request(scope: MandateScope = MINE, **changes: Any) -> MandateRequest:
    values: dict[str, Any] = {
        "purpose": MandatePurpose.AUDIT,
        "reason": "yearly audit",
        "scope": scope,
        "holder_id": AUDITOR,
        "ends_at": NOW + 30 * DAY,
    }
    return MandateRequest(**(values | changes))


def decide(request: MandateRequest, giver: Giver | None = None, in_force: int = 0) -> MandateRequest:
    return decide_mandate(request, giver or Giver(member_id=OWNER), in_force=in_force, now=NOW)


def refused(request: MandateRequest, giver: Giver | None = None, in_force: int = 0) -> set[str]:
    with pytest.raises(Refusal) as refusal:
        decide(request, giver, in_force)
    return {problem.code for problem in refusal.value.problems}


def test_an_owner_gives_a_mandate_over_its_own_records() -> None:
    assert decide(a_request()).scope.members == {OWNER}
    by_product = decide(a_request(MandateScope(products=frozenset({GTIN}))))
    assert by_product.scope == MandateScope(members=frozenset({OWNER}), products=frozenset({GTIN}))


@given(named=st.frozensets(st.integers(1, 9), min_size=1), over=st.frozensets(st.integers(1, 9)))
def test_nobody_gives_a_mandate_over_records_of_others_but_the_sector_body_over_who_accepted_it(
    named: frozenset[int], over: frozenset[int]
) -> None:
    request, giver = a_request(MandateScope(members=named)), Giver(member_id=BODY, over=over)
    if named <= over | {BODY}:
        assert decide(request, giver).scope.members == named
    else:
        assert refused(request, giver) == {"mandate-not-yours"}


def test_a_mandate_without_members_is_over_the_givers_own_records_whoever_gives_it() -> None:
    scope = MandateScope(products=frozenset({GTIN}))
    assert decide(a_request(scope), Giver(member_id=BODY, over=frozenset({1, 2, 3}))).scope.members == {BODY}


def test_a_period_alone_is_no_scope() -> None:
    assert refused(a_request(MandateScope(event_from=1, event_before=2))) == {"mandate-scope-empty"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "  "}, "mandate-reason"),
        ({"reason": "x" * (LONGEST_REASON + 1)}, "mandate-reason"),
        ({"reason": "a\nb"}, "mandate-reason"),
        ({"holder_id": OWNER}, "mandate-to-oneself"),
        ({"holder_id": None, "person_id": "p"}, "mandate-person"),
        ({"ends_at": NOW}, "mandate-life"),
        ({"ends_at": NOW + LONGEST_LIFE_DAYS * DAY + 1}, "mandate-life"),
        ({"starts_at": NOW + 31 * DAY}, "mandate-life"),
        ({"starts_at": NOW + 9_999 * DAY, "ends_at": NOW + 10_000 * DAY}, "mandate-life"),
        ({"scope": replace(MINE, event_from=2, event_before=2)}, "mandate-period"),
        ({"scope": MandateScope(members=frozenset(range(MOST_MEMBERS + 1)))}, "mandate-scope-size"),
        ({"scope": replace(MINE, products=frozenset(map(str, range(MOST_PRODUCTS + 1))))}, "mandate-scope-size"),
        ({"scope": replace(MINE, objects=frozenset(map(str, range(MOST_OBJECTS + 1))))}, "mandate-scope-size"),
    ],
)
def test_each_limit_of_a_mandate_is_said_by_its_code(changes: dict[str, Any], code: str) -> None:
    assert code in refused(a_request(**changes))


def test_a_giver_has_so_many_mandates_in_force_and_no_more() -> None:
    assert decide(a_request(), in_force=MOST_IN_FORCE - 1)
    assert refused(a_request(), in_force=MOST_IN_FORCE) == {"too-many-mandates"}


def test_a_mandate_does_not_begin_before_it_is_given() -> None:
    assert decide(a_request(starts_at=NOW - DAY)).starts_at == NOW
    assert decide(a_request(starts_at=NOW + DAY)).starts_at == NOW + DAY


def test_audiences_of_mandates_are_nobody_elses() -> None:
    audiences = [audience_of(number) for number in range(1, 2_000)]
    assert audiences[0] == FIRST_MANDATE == -1_000
    assert len(set(audiences)) == len(audiences)
    assert all(is_mandate(audience) for audience in audiences)
    assert not any(is_mandate(other) for other in (PUBLIC, SECTOR, 1, 0, -999, NOBODY, NOBODY - 1))


@pytest.mark.parametrize(
    ("state", "changes", "now"),
    [
        (MandateState.COMING, {}, NOW - 1),
        (MandateState.IN_FORCE, {}, NOW),
        (MandateState.IN_FORCE, {}, NOW + DAY - 1),
        (MandateState.ENDED, {}, NOW + DAY),
        (MandateState.REVOKED, {"revoked_at": NOW + 1}, NOW),
        (MandateState.REVOKED, {"revoked_at": NOW + 1}, NOW + 2 * DAY),
    ],
)
def test_a_mandate_is_in_force_from_its_beginning_to_its_end_or_revocation(
    state: MandateState, changes: dict[str, Any], now: int
) -> None:
    mandate = Mandate(
        number=1,
        id="m",
        giver_id=OWNER,
        holder_id=AUDITOR,
        person_id=None,
        purpose=MandatePurpose.AUDIT,
        reason="x",
        scope=MINE,
        given_at=NOW,
        starts_at=NOW,
        ends_at=NOW + DAY,
        **changes,
    )
    assert mandate.state(now) is state


@pytest.mark.parametrize(
    ("key", "product"),
    [
        (GTIN, GTIN),
        (f"{GTIN}/10/L1", GTIN),
        (f"{GTIN}/21/9", GTIN),
        (f"{OWN}:L1", OWN),
        ("urn:filiere:item:siret:73282932000074:FLOUR:7", OWN),
        ("https://id.gs1.org/00/030123456789012346", None),
        ("urn:filiere:party:siret:73282932000074", None),
        ("urn:x:1", None),
    ],
)
def test_a_lot_and_an_item_are_of_the_product_that_their_name_begins_with(key: str, product: str | None) -> None:
    assert product_of(key) == product


def test_a_product_is_named_in_any_form_or_by_one_of_its_lots() -> None:
    assert read_product("urn:epc:idpat:sgtin:3012345.067890.*") == GTIN
    assert read_product(f"{GTIN}/10/L1") == GTIN
    assert read_product(OWN) == read_product(f"{OWN}:L1") == OWN
    for text in ("", "urn:x:1", "https://id.gs1.org/00/030123456789012346", "https://id.gs1.org/01/1"):
        with pytest.raises(Refusal) as refusal:
            read_product(text)
        assert refusal.value.problems[0].code == "mandate-product"


scopes = st.builds(
    MandateScope,
    members=st.frozensets(st.integers(1, 3), max_size=2),
    products=st.frozensets(st.sampled_from([GTIN, OTHER, OWN]), max_size=2),
    objects=st.frozensets(st.sampled_from(KEYS), max_size=2),
    event_from=st.none() | st.integers(0, 5),
    event_before=st.none() | st.integers(3, 9),
)
facts = st.builds(
    MandateFact,
    st.just(0),
    st.integers(1, 3),
    st.integers(0, 4),
    st.integers(4, 9),
    st.frozensets(st.sampled_from(KEYS), max_size=3),
)


@given(scope=scopes, fact=facts)
def test_a_scope_covers_what_meets_every_dimension_that_it_limits(scope: MandateScope, fact: MandateFact) -> None:
    instants = range(fact.earliest, fact.latest + 1)
    expected = (
        (not scope.members or fact.member_id in scope.members)
        and (scope.event_from is None or all(t >= scope.event_from for t in instants))
        and (scope.event_before is None or all(t < scope.event_before for t in instants))
        and (not scope.objects or any(key in scope.objects for key in fact.objects))
        and (not scope.products or any(p == product_of(k) for p in scope.products for k in fact.objects))
    )
    assert covers(scope, fact) is expected


@given(scope=scopes, fact=facts, more=st.frozensets(st.sampled_from(KEYS), min_size=1))
def test_a_narrower_scope_never_covers_more(scope: MandateScope, fact: MandateFact, more: frozenset[str]) -> None:
    narrower = replace(scope, objects=more if not scope.objects else scope.objects & more or scope.objects)
    assert covers(scope, fact) or not covers(narrower, fact)


def test_no_id_of_a_mandate_can_be_taken_for_an_option_of_a_command() -> None:
    assert not [made for made in (new_mandate_id() for _ in range(1_000)) if made.startswith("-")]

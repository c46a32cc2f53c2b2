"""An entitlement comes only from the owner's own record."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.audience import PUBLIC, SECTOR, GrantCause, SharingMode
from filiere_platform.domain.record import End, NodeKind, Role
from filiere_platform.domain.visibility import DISCLOSING_CAUSES, NAMING_ROLES, PARTNER_ROLES, audiences_of

PARTIES = {"urn:party:11": 11, "urn:party:12": 12}
ends = st.lists(
    st.builds(End, st.sampled_from(Role), st.sampled_from([*PARTIES, "urn:party:stranger"]), st.just(NodeKind.PARTY)),
    max_size=6,
)


def granted(found: list[End], mode: SharingMode) -> dict[int, GrantCause]:
    return dict(audiences_of(found, owner=10, mode=mode, parties=PARTIES))


@given(ends, st.sampled_from(SharingMode))
def test_the_owner_always_sees_its_own(found: list[End], mode: SharingMode) -> None:
    assert granted(found, mode)[10] is GrantCause.OWNER


@given(ends)
def test_a_private_event_is_the_owners_alone(found: list[End]) -> None:
    assert set(granted(found, SharingMode.PRIVATE)) == {10}


@given(ends, st.sampled_from([SharingMode.PARTNERS, SharingMode.SECTOR, SharingMode.PUBLIC]))
def test_exactly_the_named_parties_are_partners(found: list[End], mode: SharingMode) -> None:
    named = {PARTIES[end.key] for end in found if end.role in NAMING_ROLES and end.key in PARTIES}
    assert {a for a in granted(found, mode) if a > 0} == {10} | named


@given(ends)
def test_whom_the_owner_only_lists_is_not_shown_what_is_sealed(found: list[End]) -> None:
    partners = {PARTIES[end.key] for end in found if end.role in PARTNER_ROLES and end.key in PARTIES}
    named = {a for a, cause in granted(found, SharingMode.PARTNERS).items() if cause is GrantCause.NAMED_PARTNER}
    assert named == partners
    assert GrantCause.NAMED_BY_OWNER not in DISCLOSING_CAUSES


@given(ends, st.sampled_from(SharingMode))
def test_sector_and_public_are_reached_only_by_their_modes(found: list[End], mode: SharingMode) -> None:
    audiences = granted(found, mode)
    assert (SECTOR in audiences) == (mode is SharingMode.SECTOR)
    assert (PUBLIC in audiences) == (mode is SharingMode.PUBLIC)


def test_a_place_where_something_happened_entitles_nobody() -> None:
    places = [
        End(Role.READ_POINT, "urn:party:11", NodeKind.LOCATION),
        End(Role.BIZ_LOCATION, "urn:party:12", NodeKind.LOCATION),
    ]
    assert set(granted(places, SharingMode.PARTNERS)) == {10}

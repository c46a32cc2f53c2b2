"""Registers of partners: each member's own, every version kept, read as they stood."""

from __future__ import annotations

import pytest

from builders.partners import a_partner
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.domain.supplier import KeptPartner, Partner, Step, Version
from filiere_platform.store.database import Database

SHA = bytes(range(32))


def a_version(partner_id: str, number: int, at: int, partner: Partner | None, step: Step = Step.CHANGED) -> Version:
    return Version(
        partner_id=partner_id,
        number=number,
        at=at,
        author="person:1",
        step=Step.ADDED if number == 1 else step,
        partner=None if partner is None else partner.without_contacts,
        sha256=SHA,
        act=number + 100,
    )


def write(database: Database, member_id: int, version: Version, partner: Partner | None) -> None:
    with database.unit_of_work() as uow:
        register = uow.suppliers.of(member_id)
        register.lock()
        register.write([version], {} if partner is None else {version.partner_id: partner})


@pytest.fixture
def members(database: Database) -> tuple[int, int]:
    with database.unit_of_work() as uow:
        one, two = (uow.members.add(f"urn:member:{n}", str(n), None, []) for n in (1, 2))
    return one.id, two.id


def test_a_register_is_read_as_it_is_and_as_it_stood(database: Database, members: tuple[int, int]) -> None:
    mine, _ = members
    first, second = a_partner(), a_partner(name="Fromagerie", certificates=[], contacts=[])
    write(database, mine, a_version("p", 1, 100, first), first)
    write(database, mine, a_version("p", 2, 200, second), second)
    with database.unit_of_work() as uow:
        register = uow.suppliers.of(mine)
        assert register.partners() == [KeptPartner(id="p", version=2, changed_at=200, partner=second)]
        for as_of, number, partner in ((100, 1, first), (199, 1, first), (200, 2, second), (2**53, 2, second)):
            expected = KeptPartner(id="p", version=number, changed_at=100 * number, partner=partner.without_contacts)
            assert register.partner("p", as_of=as_of) == expected
        assert register.partner("p", as_of=99) is None
        assert register.partners(as_of=99) == []


def test_contacts_are_kept_as_they_are_now_and_go_with_their_partner(
    database: Database, members: tuple[int, int]
) -> None:
    mine, _ = members
    partner = a_partner()
    write(database, mine, a_version("p", 1, 100, partner), partner)
    with database.unit_of_work() as uow:
        assert uow.suppliers.of(mine).partner("p").partner.contacts == partner.contacts  # type: ignore[union-attr]
        assert [each.partner for each in uow.suppliers.of(mine).versions("p")] == [partner.without_contacts]
    write(database, mine, a_version("p", 2, 200, None, Step.REMOVED), None)
    with database.unit_of_work() as uow:
        register = uow.suppliers.of(mine)
        assert register.partners() == []
        assert register.partner("p", as_of=150) is not None
        assert [each.step for each in register.versions("p")] == [Step.REMOVED, Step.ADDED]
        assert register.revision() == (1, 2)


def test_nobody_reaches_the_register_of_another_member(database: Database, members: tuple[int, int]) -> None:
    mine, theirs = members
    partner = a_partner()
    write(database, mine, a_version("p", 1, 100, partner), partner)
    with database.unit_of_work() as uow:
        register = uow.suppliers.of(theirs)
        assert register.partners() == register.partners(as_of=100) == []
        assert register.partner("p") is None
        assert register.versions("p") == []
        assert register.revision() == (0, 0)
        assert (register.count_versions(0), register.size()) == (0, 0)
        assert (uow.suppliers.of(mine).count_versions(100), uow.suppliers.of(mine).count_versions(101)) == (1, 0)
        assert uow.suppliers.of(mine).size() > 500


def test_a_version_is_written_once(database: Database, members: tuple[int, int]) -> None:
    mine, theirs = members
    partner = a_partner()
    write(database, mine, a_version("p", 1, 100, partner), partner)
    write(database, mine, a_version("p", 2, 200, partner), partner)
    for member, number in ((mine, 2), (theirs, 1), (mine, 1)):
        with pytest.raises(RowsRefused):
            write(database, member, a_version("p", number, 300, partner), partner)


def test_thousands_are_written_and_read_at_once(database: Database, members: tuple[int, int]) -> None:
    mine, _ = members
    partners = {f"p{n:04d}": a_partner(code=f"F{n:04d}") for n in range(5_000)}
    with database.unit_of_work() as uow:
        versions = [a_version(partner_id, 1, 100, partner) for partner_id, partner in partners.items()]
        uow.suppliers.of(mine).write(versions, partners)
    with database.unit_of_work() as uow:
        assert [kept.partner for kept in uow.suppliers.of(mine).partners()] == list(partners.values())
        assert uow.suppliers.of(mine).revision() == (5_000, 5_000)

"""Members, keys and credentials: each change moves the directory's version in its own commit, or did not happen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contracts.store.conftest import Backend
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.instance import Instance
from filiere_platform.domain.member import ApiToken, Member, MemberStatus, Scope
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.store.database import Database
from filiere_schemas.provenance.keys import Algorithm, InvalidKey, SigningKey

URI, SITE = "urn:member:1", "urn:site:1"
TOKEN = ApiToken(
    prefix="flr_abc",
    sha256=bytes(range(32)),
    member_id=1,
    scopes=frozenset({Scope.CAPTURE, Scope.READ}),
    expires_at=2**53,
)


@pytest.fixture
def member(database: Database) -> Member:
    with database.unit_of_work() as uow:
        return uow.members.add(URI, "One", SharingMode.PARTNERS, [SITE, URI])


def version(database: Database) -> int:
    with database.unit_of_work() as uow:
        return uow.directory_version()


def test_the_instance_is_written_once(database: Database) -> None:
    with database.unit_of_work() as uow:
        assert uow.instance.read() is None
        uow.instance.create("log.example/one", "sector", "One", 5)

    def write_again() -> None:
        with database.unit_of_work() as uow:
            uow.instance.create("log.example/two", "sector", "Two", 6)

    with pytest.raises(RowsRefused):
        write_again()
    with database.unit_of_work() as uow:
        assert uow.instance.read() == Instance(origin="log.example/one", sector="sector", name="One", created_at=5)


def test_a_directory_says_everything_that_was_admitted(database: Database, member: Member) -> None:
    public = [SigningKey.generate(alg).public for alg in Algorithm]
    with database.unit_of_work() as uow:
        keys = [uow.keys.add(member.id, key.thumbprint, key.jwk, n) for n, key in enumerate(public)]
        uow.tokens.add(TOKEN)
    with database.unit_of_work() as uow:
        directory = uow.directory()
        assert uow.keys.by_kid(keys[0].kid) == keys[0]
        assert uow.members.by_uri("urn:member:9") is None
    assert directory.members == {member.id: member}
    assert directory.members_by_uri == {URI: member.id}
    assert directory.parties == {URI: member.id, SITE: member.id}
    assert directory.keys == {key.kid: key for key in keys}
    assert directory.tokens == {TOKEN.prefix: TOKEN}
    assert directory.version == version(database) == 4


def test_every_change_of_the_directory_moves_its_version(database: Database, member: Member) -> None:
    public = SigningKey.generate().public
    versions = [version(database)]
    for change in (
        lambda uow: uow.members.set_status(member.id, MemberStatus.SUSPENDED),
        lambda uow: uow.members.set_sharing(member.id, None),
        lambda uow: uow.members.add_identifiers(member.id, ["urn:site:2"]),
        lambda uow: uow.keys.add(member.id, "kid", public.jwk, 3),
        lambda uow: uow.keys.revoke("kid", 7),
        lambda uow: uow.tokens.add(TOKEN),
        lambda uow: uow.tokens.revoke(TOKEN.prefix),
    ):
        with database.unit_of_work() as uow:
            assert change(uow) is not False
        versions.append(version(database))
    assert versions == list(range(versions[0], versions[0] + 8))
    with database.unit_of_work() as uow:
        directory = uow.directory()
    changed = directory.members[member.id]
    assert (changed.status, changed.sharing) == (MemberStatus.SUSPENDED, None)
    assert changed.identifiers == (URI, SITE, "urn:site:2")
    assert directory.keys["kid"].revoked_at == 7
    assert directory.tokens == {}


def test_what_is_not_there_cannot_be_changed(database: Database, member: Member) -> None:
    with database.unit_of_work() as uow:
        uow.keys.add(member.id, "kid", SigningKey.generate().public.jwk, 3)
        assert uow.keys.revoke("kid", 7)
        assert not uow.keys.revoke("kid", 9)
        assert not uow.keys.revoke("unknown", 9)
        assert not uow.members.set_status(99, MemberStatus.SUSPENDED)
        assert not uow.tokens.revoke("unknown")
    with database.unit_of_work() as uow:
        assert [key.revoked_at for key in uow.keys.all()] == [7]


@pytest.mark.parametrize(
    ("uri", "identifiers", "constraint"),
    [(URI, [], "uq_member_uri"), ("urn:member:2", [SITE], None), (SITE, [], None)],
)
def test_an_identifier_has_one_owner(
    database: Database, member: Member, uri: str, identifiers: list[str], constraint: str | None
) -> None:
    before = version(database)

    def admit() -> None:
        with database.unit_of_work() as uow:
            uow.members.add(uri, "Two", None, identifiers)

    with pytest.raises(RowsRefused) as refused:
        admit()
    assert constraint in {None, refused.value.constraint}
    assert version(database) == before
    with database.unit_of_work() as uow:
        assert uow.members.all() == [member]


def test_a_unit_that_caught_a_refusal_stores_nothing_and_says_so(database: Database, member: Member) -> None:
    def admit() -> None:
        with database.unit_of_work() as uow:
            uow.members.add("urn:member:2", "Two", None, [])
            with pytest.raises(RowsRefused, match="uq_member_uri"):
                uow.members.add(member.uri, "Three", None, [])

    with pytest.raises(RowsRefused, match="earlier write"):
        admit()
    with database.unit_of_work() as uow:
        assert uow.members.all() == [member]


def test_a_key_belongs_to_an_admitted_member_and_is_registered_once(database: Database, member: Member) -> None:
    public = SigningKey.generate().public

    def register(member_id: int, jwk: dict[str, str]) -> None:
        with database.unit_of_work() as uow:
            uow.keys.add(member_id, public.thumbprint, jwk, 1)

    register(member.id, public.jwk)
    for stranger_or_again in (99, member.id):
        with pytest.raises(RowsRefused):
            register(stranger_or_again, public.jwk)
    with pytest.raises(InvalidKey):
        register(member.id, {"kty": "oct", "k": "AA"})


def test_an_enrolment_token_is_used_once_and_in_time(database: Database, member: Member) -> None:
    with database.unit_of_work() as uow:
        uow.tokens.add_enrolment(bytes(32), member.id, expires_at=100)
    with database.unit_of_work() as uow:
        assert uow.tokens.take_enrolment(bytes(31) + b"x", now=50) is None
        assert uow.tokens.take_enrolment(bytes(32), now=100) is None
        assert uow.tokens.take_enrolment(bytes(32), now=99) == member.id
        assert uow.tokens.take_enrolment(bytes(32), now=99) is None


def test_an_enrolment_that_is_rolled_back_leaves_its_token(database: Database, member: Member) -> None:
    def take(raising: Exception | None) -> int | None:
        with database.unit_of_work() as uow:
            taken = uow.tokens.take_enrolment(bytes(32), now=1)
            if raising is not None:
                raise raising
        return taken

    with database.unit_of_work() as uow:
        uow.tokens.add_enrolment(bytes(32), member.id, expires_at=100)
    with pytest.raises(KeyError):
        take(KeyError())
    assert take(None) == member.id


def test_of_many_who_come_with_one_token_one_gets_it(backend: Backend) -> None:
    url = backend.create()
    doors = [backend.open(url) for _ in range(3)]
    with doors[0].unit_of_work() as uow:
        member = uow.members.add(URI, "One", None, [])
        uow.tokens.add_enrolment(bytes(32), member.id, expires_at=100)

    def take(door: Database) -> int | None:
        with door.unit_of_work() as uow:
            return uow.tokens.take_enrolment(bytes(32), now=1)

    with ThreadPoolExecutor(3) as pool:
        assert sorted(map(str, pool.map(take, doors))) == ["1", "None", "None"]
    for door in doors:
        door.close()

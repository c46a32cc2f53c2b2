"""Members, keys and credentials: each change moves the directory's version in its own commit, or did not happen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from contracts.store.conftest import Backend
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.instance import Instance
from filiere_platform.domain.key_request import KeyRequest
from filiere_platform.domain.member import ApiToken, Member, MemberStatus, Scope
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.store.database import Database
from filiere_schemas.provenance.key_history import KeyLife
from filiere_schemas.provenance.key_statements import RevocationReason
from filiere_schemas.provenance.keys import Algorithm, PublicKey, SigningKey

URI, SITE = "urn:member:1", "urn:site:1"
OTHERS = ("urn:member:3", "urn:member:4")
TOKEN = ApiToken(
    prefix="flr_abc",
    sha256=bytes(range(32)),
    member_id=1,
    scopes=frozenset({Scope.CAPTURE, Scope.READ}),
    expires_at=2**53,
)


def a_life(public: PublicKey, *, issuer: str = URI, registered_at: int = 3) -> KeyLife:
    return KeyLife(public=public, issuer=issuer, registered_at=registered_at)


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
        lives = [a_life(key, registered_at=number) for number, key in enumerate(public)]
        uow.keys.write(member.id, {life.kid: life for life in lives}, label="line 1")
        uow.tokens.add(TOKEN)
    with database.unit_of_work() as uow:
        directory = uow.directory()
        keys = uow.keys.all()
        assert [(key.life, key.label, key.member_id) for key in keys] == [(life, "line 1", member.id) for life in lives]
        assert uow.keys.by_kid(keys[0].kid) == keys[0]
        assert uow.keys.by_kid("unknown") is None
        assert uow.members.by_uri("urn:member:9") is None
    assert directory.members == {member.id: member}
    assert directory.members_by_uri == {URI: member.id}
    assert directory.parties == {URI: member.id, SITE: member.id}
    assert directory.keys == {key.kid: key for key in keys}
    assert directory.tokens == {TOKEN.prefix: TOKEN}
    assert directory.version == version(database) == 3


def test_every_change_of_the_directory_moves_its_version(database: Database, member: Member) -> None:
    life = a_life(SigningKey.generate().public)
    revoked = replace(life, revoked_at=7, suspect_from=5, reason=RevocationReason.KEY_COMPROMISE)
    versions = [version(database)]
    for change in (
        lambda uow: uow.members.set_status(member.id, MemberStatus.SUSPENDED),
        lambda uow: uow.members.set_sharing(member.id, None),
        lambda uow: uow.members.add_identifiers(member.id, ["urn:site:2"]),
        lambda uow: uow.keys.write(member.id, {life.kid: life}),
        lambda uow: uow.keys.write(member.id, {life.kid: revoked}),
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
    assert [key.life for key in directory.keys.values()] == [revoked]
    assert directory.tokens == {}


def test_what_is_not_there_cannot_be_changed(database: Database, member: Member) -> None:
    with database.unit_of_work() as uow:
        assert not uow.members.set_status(99, MemberStatus.SUSPENDED)
        assert not uow.tokens.revoke("unknown")


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
    life = a_life(SigningKey.generate().public)

    def register(member_id: int) -> None:
        with database.unit_of_work() as uow:
            uow.keys.write(member_id, {life.kid: life})

    with database.unit_of_work() as uow:
        other = uow.members.add("urn:member:2", "Two", None, [])
    register(member.id)
    for stranger in (99, other.id):
        with pytest.raises(RowsRefused):
            register(stranger)
    with database.unit_of_work() as uow:
        assert [key.member_id for key in uow.keys.all()] == [member.id]


def test_what_a_change_may_touch_is_read_alone(database: Database, member: Member) -> None:
    mine, named, strange = (a_life(SigningKey.generate().public, issuer=uri) for uri in (URI, *OTHERS))
    with database.unit_of_work() as uow:
        for number, uri in enumerate(OTHERS):
            other = uow.members.add(uri, uri, None, [])
            life = (named, strange)[number]
            uow.keys.write(other.id, {life.kid: life})
        uow.keys.write(member.id, {mine.kid: mine})
    with database.unit_of_work() as uow:
        assert {kid: key.life for kid, key in uow.keys.concerning(URI, {named.kid, "unknown"}).items()} == {
            mine.kid: mine,
            named.kid: named,
        }
        assert list(uow.keys.concerning(URI, ())) == [mine.kid]


def test_what_waits_for_the_registrar_is_kept_once_and_forgotten_when_it_was_admitted(
    database: Database, member: Member
) -> None:
    asked = [
        KeyRequest(operation=operation, kid=kid, issuer=URI, body=bytes(range(256)), asked_at=2**53, label="line 1")
        for operation, kid in (("revoke", "b"), ("register", "a"), ("register", "b"))
    ]

    def ask(request: KeyRequest) -> None:
        with database.unit_of_work() as uow:
            uow.key_requests.add(member.id, request)

    for each in asked:
        ask(each)
    with pytest.raises(RowsRefused):
        ask(asked[0])
    with database.unit_of_work() as uow:
        assert uow.key_requests.all() == asked
        assert uow.key_requests.find("b", "register") == asked[2]
        uow.key_requests.remove("b", "register")
        uow.key_requests.remove("unknown", "register")
    with database.unit_of_work() as uow:
        assert uow.key_requests.all() == asked[:2]
        assert uow.key_requests.find("b", "register") is None


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

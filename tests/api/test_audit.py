"""Acts of administration are entries of the log, in the commit of the act, shown to whom they concern."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from builders.instance import Instance
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.members import member_by_uri
from filiere_schemas.provenance.audit import read_act
from filiere_schemas.provenance.fields import InvalidStatement


def signer_of(instance: Instance) -> ActSigner:
    return ActSigner(key=instance.platform.key(Duty.RECEIPT), origin=instance.platform.instance.origin)


def act(instance: Instance, verb: str, *, about: str | None = None, target: str | None = None) -> int:
    with instance.platform.database.unit_of_work() as uow:
        member_id = member_by_uri(uow, about).id if about else None
        said = Act(act=verb, author=Author(actor="person:6f1c"), member_id=member_id, object=target)
        return record_act(uow, said, signer=signer_of(instance), now=instance.platform.clock())


def test_an_act_is_read_by_the_member_concerned_alone_as_it_was_signed(instance: Instance) -> None:
    dairy, other = instance.admit("dairy"), instance.admit("other")
    index = act(instance, "token.revoke", about=dairy.uri, target="0a1b2c3d4e5f")
    act(instance, "instance.set")
    (told,) = dairy.get("/api/v1/audit").json()["acts"]
    assert (told["index"], told["act"], told["actor"], told["member"], told["object"]) == (
        *(index, "token.revoke", "person:6f1c"),
        *(dairy.uri, "0a1b2c3d4e5f"),
    )
    public = instance.platform.key(Duty.RECEIPT).public
    assert read_act(told["jws"].encode(), public, origin=instance.platform.instance.origin).index == index
    assert other.get("/api/v1/audit").json() == {"acts": [], "nextAfter": None}
    assert instance.client.get("/api/v1/audit").status_code == 401


def test_acts_are_paged_in_the_order_of_the_log(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    indexes = [act(instance, "member.change", about=dairy.uri) for _ in range(5)]
    found, after = [], -1
    while after is not None:
        page = dairy.get("/api/v1/audit", limit=2, after=after).json()
        found += [each["index"] for each in page["acts"]]
        after = page["nextAfter"]
    assert found == indexes


def test_an_act_is_in_the_log_as_any_entry_and_the_log_still_holds(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    index = act(instance, "member.change", about=dairy.uri)
    with instance.platform.database.unit_of_work() as uow:
        (record,) = uow.log.records(index, index + 1)
    proof = dairy.get_published(f"/api/v1/records/{index}/proof")
    assert proof.status_code == 404  # only events have an address; the entry is proved by the tiles
    assert record.body is not None
    assert instance.fsck().holds


def test_several_acts_of_one_commit_follow_each_other_and_none_is_left_without_the_commit(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    before = instance.log_size()

    def several(*verbs: str) -> list[int]:
        with instance.platform.database.unit_of_work() as uow:
            member_id = member_by_uri(uow, dairy.uri).id
            author = Author(actor="console")
            return [
                record_act(uow, Act(act=verb, author=author, member_id=member_id), signer=signer_of(instance), now=1)
                for verb in verbs
            ]

    def act_beside_what_is_refused() -> None:
        with instance.platform.database.unit_of_work() as uow:
            record_act(uow, Act(act="a.b", author=Author(actor="console")), signer=signer_of(instance), now=1)
            uow.members.add(uri=dairy.uri, name="twice", sharing=None, identifiers=())

    assert several("member.change", "member.change") == [before, before + 1]
    with pytest.raises(InvalidStatement):
        several("member.change", "no verb")
    with pytest.raises(RowsRefused):
        act_beside_what_is_refused()
    assert instance.log_size() == before + 2
    assert instance.fsck().holds


def test_the_operator_reads_all_acts_by_command(
    instance: Instance, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    dairy = instance.admit("dairy")
    first, second = act(instance, "member.change", about=dairy.uri, target="x"), act(instance, "instance.set")
    monkeypatch.setenv("FILIERE_DATA_DIR", str(instance.platform.settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    listed = CliRunner().invoke(filiere, ["audit", "list"], catch_exceptions=False).output.splitlines()
    assert [line.split()[0] for line in listed] == [str(first), str(second)]
    assert listed[0].endswith(f"{dairy.uri}  x")
    lines = CliRunner().invoke(filiere, ["audit", "list", "--json", "--member", dairy.uri]).output.splitlines()
    assert [json.loads(line)["index"] for line in lines] == [first]

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from builders.envelopes import ORIGIN
from filiere_schemas.provenance.audit import (
    AUDIT_TYP,
    LONGEST_DETAIL,
    LONGEST_OBJECT,
    MOST_DETAILS,
    AuditAct,
    parse_act,
    read_act,
    sign_act,
)
from filiere_schemas.provenance.fields import InvalidStatement
from filiere_schemas.provenance.jws import InvalidJws, WrongKey, parse_jws
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.statements import REFUSAL_TYP, sign_statement

PLATFORM, OTHER = (SigningKey.from_seed(bytes([number]) * 32) for number in (10, 11))
ACT = AuditAct(
    index=7,
    at=1_772_353_800_123_456,
    act="member.suspend",
    actor="person:6f1c9a",
    on_behalf_of="urn:filiere:party:siret:73282932000074",
    member="urn:filiere:party:duns:123456789",
    object="token 0a1b2c3d4e5f",
    details={"reason": "charte non signée"},
)
AT_CONSOLE = AuditAct(index=0, at=0, act="key.revoke.all", actor="console")


def signed(said: AuditAct = ACT, **changes: Any) -> bytes:
    """Sign an act as `sign_act` does, or with fields that it would not write; None removes one."""
    payload = json.loads(parse_jws(sign_act(said, key=PLATFORM, origin=ORIGIN), typ=AUDIT_TYP).payload)
    changed = {name: value for name, value in {**payload, **changes}.items() if value is not None}
    return sign_statement(changed, key=PLATFORM, typ=AUDIT_TYP, issuer=ORIGIN)


@pytest.mark.parametrize("act", [ACT, AT_CONSOLE])
def test_what_was_signed_is_read_back_and_the_same_act_gives_the_same_bytes(act: AuditAct) -> None:
    compact = sign_act(act, key=PLATFORM, origin=ORIGIN)
    assert read_act(compact, PLATFORM.public, origin=ORIGIN) == act == parse_act(compact, origin=ORIGIN)
    assert sign_act(act, key=PLATFORM, origin=ORIGIN) == compact == signed(act)


def test_another_key_another_log_and_another_statement_are_refused() -> None:
    with pytest.raises(WrongKey):
        read_act(signed(), OTHER.public, origin=ORIGIN)
    with pytest.raises(InvalidStatement):
        parse_act(signed(log="elsewhere.example/log"), origin=ORIGIN)
    refusal = sign_statement({}, key=PLATFORM, typ=REFUSAL_TYP, issuer=ORIGIN)
    with pytest.raises(InvalidJws):
        parse_act(refusal, origin=ORIGIN)


@pytest.mark.parametrize(
    ("pointer", "changes"),
    [
        ("/act", {"act": "suspend"}),
        ("/act", {"act": "Member.suspend"}),
        ("/act", {"act": "a." + "b" * 63}),
        ("/actor", {"actor": "person:Jeanne Martin"}),
        ("/actor", {"actor": "jeanne@laiterie.example"}),
        ("/actor", {"actor": ""}),
        ("/at", {"at": "yesterday"}),
        ("/index", {"index": -1}),
        ("/member", {"member": 3}),
        ("/object", {"object": "x" * (LONGEST_OBJECT + 1)}),
        ("/details", {"details": []}),
        ("/details", {"details": {f"d{number}": "" for number in range(MOST_DETAILS + 1)}}),
        ("/details", {"details": {"no name": ""}}),
        ("/details/why", {"details": {"why": "x" * (LONGEST_DETAIL + 1)}}),
        ("/details/why", {"details": {"why": 1}}),
    ],
)
def test_a_field_of_another_form_is_refused_with_its_place(pointer: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidStatement) as refused:
        read_act(signed(**changes), PLATFORM.public, origin=ORIGIN)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_what_could_not_be_read_is_not_signed() -> None:
    with pytest.raises(InvalidStatement):
        sign_act(replace(ACT, actor="Jeanne Martin"), key=PLATFORM, origin=ORIGIN)

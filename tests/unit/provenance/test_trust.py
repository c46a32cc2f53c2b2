"""A trust file is a policy that others read, with a section of our own that says each thing once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.bundles import LOG, ORIGIN, TRUST, a_key
from filiere_schemas.provenance.note import NoteKeyType, VerifierKey
from filiere_schemas.provenance.policy import Group, KnownLog, KnownWitness, Policy, parse_policy
from filiere_schemas.provenance.trust import InvalidTrust, read_trust, write_trust

WITNESSES = tuple(
    KnownWitness(name=name, key=VerifierKey(f"{name}.example", a_key(name).public, NoteKeyType.COSIGNATURE))
    for name in ("w1", "w2", "w3")
)
WITNESSED = replace(
    TRUST,
    policy=replace(
        TRUST.policy,
        witnesses=WITNESSES,
        groups=(Group(name="all-of-us", threshold=2, members=("w1", "w2", "w3")),),
        quorum="all-of-us",
    ),
)
GOOD = write_trust(TRUST)


def test_a_trust_file_is_read_as_it_was_written() -> None:
    assert read_trust(write_trust(TRUST)) == TRUST
    assert read_trust(write_trust(WITNESSED)) == WITNESSED
    assert (TRUST.origin, TRUST.log.public) == (ORIGIN, LOG.public)


def test_every_other_reader_of_policies_finds_the_policy_in_it() -> None:
    assert parse_policy(write_trust(WITNESSED)) == WITNESSED.policy


def test_who_hands_it_out_may_write_comments() -> None:
    assert read_trust(b"# handed out on 4 March, by the sector body\n\n" + GOOD + b"# end\n") == TRUST


def test_two_keys_of_one_log_may_overlap() -> None:
    new = KnownLog(key=VerifierKey(ORIGIN, a_key("new log").public))
    both = replace(TRUST, policy=replace(TRUST.policy, logs=(*TRUST.policy.logs, new)))
    assert read_trust(write_trust(both)).policy.logs[1] == new


def with_another_log() -> bytes:
    other = KnownLog(key=VerifierKey("other.example/log", a_key("other").public))
    return write_trust(replace(TRUST, policy=replace(TRUST.policy, logs=(*TRUST.policy.logs, other))))


OTHERS = {
    "nothing": b"",
    "JSON": b'{"format":"filiere-trust-1"}\n',
    "no text": b"\xff\n",
    "no end": GOOD[:-1],
    "no section of ours": GOOD.replace(b"#filiere", b"# filiere"),
    "another version": GOOD.replace(b"trust 2", b"trust 3"),
    "a line twice": GOOD + GOOD[GOOD.index(b"#filiere receipt") :],
    "a line of ours that nobody knows": GOOD + b"#filiere more 1\n",
    "no registrar": GOOD.replace(b"#filiere registrar", b"# registrar"),
    "no key": GOOD.replace(b'#filiere registrar {"crv"', b'#filiere registrar {"crx"'),
    "two logs": with_another_log(),
    "no log": write_trust(replace(TRUST, policy=Policy(logs=TRUST.policy.logs))).split(b"\n", 1)[1],
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_says_less_more_or_otherwise_is_no_trust_file(what: str) -> None:
    with pytest.raises(InvalidTrust):
        read_trust(OTHERS[what])

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.provenance.checkpoint import sign_checkpoint
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import (
    BadNoteSignature,
    NoteKeyType,
    NoteUnsigned,
    VerifierKey,
    cosign_note,
    parse_note,
)
from filiere_schemas.provenance.policy import (
    Group,
    InvalidPolicy,
    KnownLog,
    KnownWitness,
    Policy,
    QuorumMissing,
    format_policy,
    parse_policy,
    verify_note,
)

ORIGIN = "log.example.org/sector"
ROOT = hashlib.sha256(b"root").digest()
LOG_KEY = SigningKey.from_seed(b"l" * 32)
KEYS = [SigningKey.from_seed(bytes([number]) * 32) for number in range(1, 9)]
LOG = VerifierKey(ORIGIN, LOG_KEY.public)
WITNESSES = [
    VerifierKey(f"w{number}.example.net", key.public, NoteKeyType.COSIGNATURE) for number, key in enumerate(KEYS)
]
X1, X2, X3, Y1, Y2 = map(str, WITNESSES[:5])
# The example of the standard, shortened by one witness.
TWO_LEVELS = f"""
# two organisations
log {LOG}
\t witness X1 {X1}
witness X2 \t{X2} https://x2.example.net/
witness X3 {X3}
group X-witnesses 2 X1 X2 X3
witness Y1 {Y1}
witness Y2 {Y2}
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
NAMES = ("X1", "X2", "X3", "Y1", "Y2")


def a_note(*cosigners: int, size: int = 7, at: int = 1_700_000_000) -> bytes:
    note = sign_checkpoint(ORIGIN, size, ROOT, LOG_KEY)
    for number in cosigners:
        note = cosign_note(note, name=WITNESSES[number].name, key=KEYS[number], seen_at=at + number)
    return note


def read(text: str) -> Policy:
    return parse_policy(text.encode())


def test_the_standards_example_reads_as_two_levels_of_groups() -> None:
    policy = read(TWO_LEVELS)
    assert [str(log.key) for log in policy.logs] == [str(LOG)]
    assert [witness.name for witness in policy.witnesses] == list(NAMES)
    assert [witness.url for witness in policy.witnesses] == [None, "https://x2.example.net/", None, None, None]
    assert [(group.name, group.threshold, len(group.members)) for group in policy.groups] == [
        ("X-witnesses", 2, 3),
        ("Y-witnesses", 1, 2),
        ("X-and-Y", 2, 2),
    ]


@given(st.sets(st.sampled_from(NAMES)))
def test_a_quorum_of_two_levels_is_met_exactly_when_both_organisations_have_seen_the_head(names: set[str]) -> None:
    expected = len(names & {"X1", "X2", "X3"}) >= 2 and bool(names & {"Y1", "Y2"})
    assert read(TWO_LEVELS).is_met_by(names) is expected


@given(st.sets(st.integers(0, 4)))
def test_a_note_holds_exactly_when_its_cosigners_are_a_quorum(cosigners: set[int]) -> None:
    policy, note = read(TWO_LEVELS), a_note(*sorted(cosigners))
    names = {NAMES[number] for number in cosigners}
    if policy.is_met_by(names):
        witnessed = verify_note(note, policy)
        assert (witnessed.checkpoint.size, witnessed.log) == (7, LOG)
        assert witnessed.seen_at == {NAMES[number]: 1_700_000_000 + number for number in cosigners}
    else:
        with pytest.raises(QuorumMissing):
            verify_note(note, policy)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    count = draw(st.integers(0, len(KEYS)))
    words = st.text(
        st.characters(min_codepoint=0x21, exclude_characters="\x7f", exclude_categories=["Cs"]), min_size=1, max_size=9
    ).filter(lambda word: word != "none")
    names = draw(st.lists(words, min_size=2 * count, max_size=2 * count, unique=True))
    urls = st.none() | words
    witnesses = [
        KnownWitness(name=name, key=key, url=draw(urls))
        for name, key in zip(names[:count], WITNESSES[:count], strict=True)
    ]
    free, groups = list(names[:count]), []
    for name in names[count:]:
        if not free:
            break
        size = draw(st.integers(1, len(free)))
        members, free = free[:size], [*free[size:], name]
        groups.append(Group(name=name, threshold=draw(st.integers(1, size)), members=tuple(members)))
    defined = [witness.name for witness in witnesses] + [group.name for group in groups]
    return Policy(
        logs=tuple(KnownLog(key=LOG, url=draw(urls)) for _ in range(draw(st.integers(0, 1)))),
        witnesses=tuple(witnesses),
        groups=tuple(groups),
        quorum=draw(st.sampled_from(["none", *defined])),
    )


@given(policies())
def test_a_policy_written_and_read_again_is_the_same(policy: Policy) -> None:
    assert parse_policy(format_policy(policy)) == policy


@given(policies(), st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)))
def test_one_more_witness_never_undoes_a_quorum(policy: Policy, some: set[int], more: set[int]) -> None:
    names = [witness.name for witness in policy.witnesses]
    few = {names[number] for number in some if number < len(names)}
    many = few | {names[number] for number in more if number < len(names)}
    assert policy.is_met_by(many) or not policy.is_met_by(few)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        policy = parse_policy(raw)
    except InvalidPolicy:
        return
    assert parse_policy(format_policy(policy)) == policy


WITNESS = f"witness a {X1}\n"
REFUSED = {
    "no quorum": WITNESS,
    "two quorums": WITNESS + "quorum a\nquorum a\n",
    "no last line end": WITNESS + "quorum a",
    "a carriage return": WITNESS + "quorum a\r\n",
    "a quorum defined below": "quorum a\n" + WITNESS,
    "an unknown quorum": WITNESS + "quorum b\n",
    "an unknown word": WITNESS + "witnesses 1\nquorum a\n",
    "no verifier key": "witness a\nquorum none\n",
    "a word too many": f"witness a {X1} https://a https://b\nquorum a\n",
    "a damaged key": WITNESS.replace("+", "+0", 1) + "quorum a\n",
    "a log's key for a witness": f"witness a {LOG}\nquorum a\n",
    "a witness's key for a log": f"log {X1}\nquorum none\n",
    "a log twice": f"log {LOG}\nlog {LOG}\nquorum none\n",
    "a witness twice": f"{WITNESS}witness b {X1}\nquorum a\n",
    "a name twice": f"{WITNESS}witness a {X2}\nquorum a\n",
    "a witness called none": f"witness none {X1}\nquorum none\n",
    "a group called none": f"{WITNESS}group none 1 a\nquorum none\n",
    "none as a member": f"{WITNESS}group g any a none\nquorum g\n",
    "a group without members": f"{WITNESS}group g any\nquorum a\n",
    "a group of itself": f"{WITNESS}group g any a g\nquorum g\n",
    "a group of what stands below": f"group g any a\n{WITNESS}quorum g\n",
    "a member twice": f"{WITNESS}group g 2 a a\nquorum g\n",
    "a member of two groups": f"{WITNESS}group g 1 a\ngroup h 1 a\nquorum h\n",
    "a threshold of nought": f"{WITNESS}group g 0 a\nquorum g\n",
    "a threshold above the count": f"{WITNESS}group g 2 a\nquorum g\n",
    "a threshold with a leading nought": f"{WITNESS}group g 01 a\nquorum g\n",
    "a threshold in other digits": f"{WITNESS}group g \u0661 a\nquorum g\n",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_a_policy_that_breaks_one_rule_is_refused(text: str) -> None:
    assert read(WITNESS + "group g 1 a\nquorum g\n").quorum == "g"
    with pytest.raises(InvalidPolicy):
        read(text)


def test_names_are_octets_and_look_alikes_are_two() -> None:
    raw = b"witness K %b\nwitness \xe2\x84\xaa %b\nwitness \xff %b\nquorum \xff\n"
    policy = parse_policy(raw % (X1.encode(), X2.encode(), X3.encode()))
    assert len({witness.name for witness in policy.witnesses}) == 3
    assert format_policy(policy) == raw % (X1.encode(), X2.encode(), X3.encode())


def test_two_names_for_one_key_do_not_make_two_witnesses() -> None:
    alias = VerifierKey("other.example.net", KEYS[0].public, NoteKeyType.COSIGNATURE)
    with pytest.raises(InvalidPolicy):
        read(f"witness a {X1}\nwitness b {alias}\ngroup g all a b\nquorum g\n")


def test_a_head_of_a_log_that_the_policy_does_not_name_is_refused() -> None:
    other = SigningKey.from_seed(b"o" * 32)
    for note in (sign_checkpoint(ORIGIN, 7, ROOT, other), sign_checkpoint("other.example", 7, ROOT, LOG_KEY)):
        with pytest.raises(NoteUnsigned):
            verify_note(note, read(f"log {LOG}\nquorum none\n"))


def test_a_log_that_changes_its_key_is_believed_under_either() -> None:
    new = SigningKey.from_seed(b"n" * 32)
    policy = read(f"log {LOG}\nlog {VerifierKey(ORIGIN, new.public)}\nquorum none\n")
    old_line, new_line = (sign_checkpoint(ORIGIN, 7, ROOT, key).split(b"\n\n")[1] for key in (LOG_KEY, new))
    text = parse_note(a_note()).text
    for lines in (old_line, new_line, old_line + new_line):
        assert verify_note(text + b"\n" + lines, policy).checkpoint.size == 7
    forged = sign_checkpoint(ORIGIN, 8, ROOT, new).split(b"\n\n")[1]
    with pytest.raises(BadNoteSignature):
        verify_note(text + b"\n" + old_line + forged, policy)


def test_a_cosignature_of_another_head_refuses_the_note_even_beside_a_quorum() -> None:
    forged = a_note(1, size=8).split(b"\n\n")[1].split(b"\n")[1] + b"\n"
    with pytest.raises(BadNoteSignature):
        verify_note(a_note(0) + forged, read(f"log {LOG}\nwitness a {X1}\nwitness b {X2}\nquorum a\n"))


def test_strangers_cosignatures_are_ignored_and_count_for_nothing() -> None:
    policy = read(f"log {LOG}\nwitness a {X1}\nwitness b {X2}\ngroup g all a b\nquorum g\n")
    with pytest.raises(QuorumMissing):
        verify_note(a_note(0, 2, 3, 4), policy)
    assert set(verify_note(a_note(0, 1, 2), policy).seen_at) == {"a", "b"}

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.checkpoint import (
    InvalidCheckpoint,
    WrongOrigin,
    parse_checkpoint_text,
    sign_checkpoint,
    verify_checkpoint,
)
from filiere_schemas.provenance.keys import Algorithm, SigningKey
from filiere_schemas.provenance.merkle import EMPTY_ROOT
from filiere_schemas.provenance.note import (
    BadNoteSignature,
    InvalidNote,
    InvalidVerifierKey,
    NoteKeyType,
    NoteUnsigned,
    VerifierKey,
    cosign_note,
    cosigned_at,
    parse_note,
    sign_note,
)

ORIGIN = "log.example.org/sector"
KEY, WITNESS, STRANGER = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2, 3))
LOG = VerifierKey(ORIGIN, KEY.public)
WITNESS_KEY = VerifierKey("witness.example.net", WITNESS.public, NoteKeyType.COSIGNATURE)
ROOT = hashlib.sha256(b"root").digest()
# The public verifier key of Go's checksum database, as every Go installation has it.
GO_CHECKSUM_DATABASE = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


def a_checkpoint(size: int = 1234, root: bytes = ROOT) -> bytes:
    return sign_checkpoint(ORIGIN, size, root, KEY)


def test_a_checkpoint_reads_line_by_line_as_the_standard_says() -> None:
    text, signature = a_checkpoint().decode().split("\n\n")
    assert text.split("\n") == [ORIGIN, "1234", base64.b64encode(ROOT).decode()]
    dash, name, encoded = signature.removesuffix("\n").split(" ")
    assert (dash, name) == ("—", ORIGIN)
    blob = base64.b64decode(encoded)
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + KEY.public.raw).digest()[:4]
    assert blob[:4] == key_id
    Ed25519PublicKey.from_public_bytes(KEY.public.raw).verify(blob[4:], (text + "\n").encode())


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_signed_head_comes_back(size: int, root: bytes) -> None:
    head = verify_checkpoint(sign_checkpoint(ORIGIN, size, root, KEY), LOG)
    assert (head.origin, head.size, head.root) == (ORIGIN, size, root)
    assert sign_checkpoint(ORIGIN, size, root, KEY) == sign_checkpoint(ORIGIN, size, root, KEY)


def test_any_changed_byte_is_refused() -> None:
    note = a_checkpoint()
    for place in range(len(note)):
        for spoilt in (note[:place] + bytes([note[place] ^ 1]) + note[place + 1 :], note[:place]):
            with pytest.raises(Refusal):
                verify_checkpoint(spoilt, LOG)


def test_signatures_of_strangers_are_ignored() -> None:
    cosigned = cosign_note(a_checkpoint(), name="stranger.example", key=STRANGER, seen_at=1)
    same_name = sign_note(parse_note(a_checkpoint()).text, name=ORIGIN, key=STRANGER).split(b"\n\n")[1]
    assert verify_checkpoint(cosigned + same_name, LOG).size == 1234


def test_a_known_key_that_fails_refuses_the_note_even_beside_a_good_signature() -> None:
    forged = sign_checkpoint(ORIGIN, 999, ROOT, KEY).split(b"\n\n")[1]
    with pytest.raises(BadNoteSignature):
        verify_checkpoint(a_checkpoint() + forged, LOG)


def test_a_checkpoint_needs_the_logs_own_signature() -> None:
    with pytest.raises(NoteUnsigned):
        verify_checkpoint(sign_checkpoint(ORIGIN, 1, ROOT, STRANGER), LOG)
    with pytest.raises(NoteUnsigned):
        verify_checkpoint(a_checkpoint(), VerifierKey("another.example", KEY.public))


def test_a_key_cannot_sign_the_head_of_another_log() -> None:
    note = sign_note(parse_note(a_checkpoint()).text, name="another.example", key=KEY)
    with pytest.raises(WrongOrigin):
        verify_checkpoint(note, VerifierKey("another.example", KEY.public))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"origin\n1\n",
        b"origin\n01\n" + base64.b64encode(ROOT) + b"\n",
        b"origin\n-1\n" + base64.b64encode(ROOT) + b"\n",
        b"origin\n+1\n" + base64.b64encode(ROOT) + b"\n",
        b"origin\n9223372036854775808\n" + base64.b64encode(ROOT) + b"\n",
        b"origin\n1\n" + base64.b64encode(ROOT)[:-1] + b"\n",
        b"origin\n1\n" + base64.b64encode(ROOT[:31]) + b"\n",
        b"origin\n1\n" + base64.b64encode(ROOT) + b"\nextension\n",
        b"origin\n0\n" + base64.b64encode(ROOT) + b"\n",
        b"\n1\n" + base64.b64encode(ROOT) + b"\n",
        b"origin\n1\n" + base64.b64encode(ROOT),
        b"\xff\n1\n" + base64.b64encode(ROOT) + b"\n",
    ],
)
def test_nothing_else_is_a_checkpoint(text: bytes) -> None:
    with pytest.raises(InvalidCheckpoint):
        parse_checkpoint_text(text)


def test_the_empty_tree_has_a_checkpoint() -> None:
    assert verify_checkpoint(a_checkpoint(0, EMPTY_ROOT), LOG).size == 0


def test_what_could_not_be_read_is_not_signed() -> None:
    for size, root in ((-1, ROOT), (2**63, ROOT), (1, ROOT[:31]), (0, ROOT)):
        with pytest.raises(InvalidCheckpoint):
            a_checkpoint(size, root)
    with pytest.raises(InvalidVerifierKey):
        sign_checkpoint("an origin with spaces", 1, ROOT, KEY)
    with pytest.raises(TypeError):
        sign_checkpoint(ORIGIN, 1, ROOT, SigningKey.generate(Algorithm.ES256))


def test_a_witness_adds_its_time() -> None:
    note = parse_note(cosign_note(a_checkpoint(), name=WITNESS_KEY.name, key=WITNESS, seen_at=1_700_000_000))
    assert cosigned_at(note, WITNESS_KEY) == 1_700_000_000
    blob = note.signatures[1].blob
    message = b"cosignature/v1\ntime 1700000000\n" + note.text
    Ed25519PublicKey.from_public_bytes(WITNESS.public.raw).verify(blob[8:], message)


def test_a_witness_that_did_not_sign_is_not_counted() -> None:
    with pytest.raises(NoteUnsigned):
        cosigned_at(parse_note(a_checkpoint()), WITNESS_KEY)
    # A note key and a cosignature key of one name and one public key have different ids.
    plain = sign_note(parse_note(a_checkpoint()).text, name=WITNESS_KEY.name, key=WITNESS)
    with pytest.raises(NoteUnsigned):
        cosigned_at(parse_note(plain), WITNESS_KEY)
    with pytest.raises(TypeError):
        cosigned_at(parse_note(a_checkpoint()), LOG)


def test_the_time_of_a_witness_cannot_be_changed() -> None:
    note = cosign_note(a_checkpoint(), name=WITNESS_KEY.name, key=WITNESS, seen_at=1_700_000_000)
    body, _, line = note.removesuffix(b"\n").rpartition(b"\n")
    head, _, encoded = line.rpartition(b" ")
    blob = bytearray(base64.b64decode(encoded))
    blob[11] ^= 1
    forged = body + b"\n" + head + b" " + base64.b64encode(bytes(blob)) + b"\n"
    with pytest.raises(BadNoteSignature):
        cosigned_at(parse_note(forged), WITNESS_KEY)


def test_a_verifier_key_made_elsewhere_is_read() -> None:
    key = VerifierKey.parse(GO_CHECKSUM_DATABASE)
    assert (key.name, key.key_id.hex(), key.type) == ("sum.golang.org", "033de0ae", NoteKeyType.ED25519)
    assert str(key) == GO_CHECKSUM_DATABASE


@given(st.sampled_from([LOG, WITNESS_KEY]), st.data())
def test_a_mistyped_verifier_key_is_refused(key: VerifierKey, data: st.DataObject) -> None:
    text = str(key)
    assert VerifierKey.parse(text) == key
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("abcXYZ019+/=. ").filter(lambda letter: letter != text[place]))
    with pytest.raises(InvalidVerifierKey):
        VerifierKey.parse(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("text", ["", "name", "name+00000000", "name+00000000+", "a b+00000000+AQ=="])
def test_nothing_else_is_a_verifier_key(text: str) -> None:
    with pytest.raises(InvalidVerifierKey):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\nno signature\n",
        b"text\n\n- name AAAAAAAA\n",  # a hyphen is no em dash
        "text\n\n— name AAAAAAAA".encode(),
        "text\n\n— name AAAA\n".encode(),  # a key id and nothing else
        "text\n\n— name AAAAAAA\n".encode(),
        "text\n\n— na+me AAAAAAAA\n".encode(),
        "te\x00xt\n\n— name AAAAAAAA\n".encode(),
        "te\rxt\n\n— name AAAAAAAA\n".encode(),
        b"\xff\n\n\xe2\x80\x94 name AAAAAAAA\n",
        ("text\n\n" + "— name AAAAAAAA\n" * 101).encode(),
        b"x" * 70_000,
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_nothing_else_is_a_note(raw: bytes) -> None:
    with pytest.raises(InvalidNote):
        parse_note(raw)


def test_a_text_may_hold_empty_lines() -> None:
    text = b"first\n\nlast\n"
    assert parse_note(sign_note(text, name="name", key=KEY)).text == text


@pytest.mark.parametrize("text", [b"", b"no end", b"end\r\n", b"\xff\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: bytes) -> None:
    with pytest.raises(ValueError, match="expected a text"):
        sign_note(text, name="name", key=KEY)

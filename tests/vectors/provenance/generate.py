"""Write the vectors of `filiere-verify`: a folder per case, with keys made from their names, so that bytes repeat.

    .venv/bin/python tests/vectors/provenance/generate.py

The committed folders are what is tested (tests/unit/provenance/test_vectors.py); a case by other hands needs no code.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from builders.bundles import DAIRY, LOG, NOW, ORIGIN, SHOP, TRUST, SmallLog, a_key  # noqa: E402 - see above
from filiere_schemas.provenance import base64url  # noqa: E402
from filiere_schemas.provenance.bundle import Bundle, read_bundle, write_bundle  # noqa: E402
from filiere_schemas.provenance.canonical import canonicalize  # noqa: E402
from filiere_schemas.provenance.chain import ChainLink  # noqa: E402
from filiere_schemas.provenance.entry import EntryKind  # noqa: E402
from filiere_schemas.provenance.envelope import digest_of  # noqa: E402
from filiere_schemas.provenance.note import NoteKeyType, VerifierKey  # noqa: E402
from filiere_schemas.provenance.policy import Group, KnownLog, KnownWitness, Policy  # noqa: E402
from filiere_schemas.provenance.trust import Trust, write_trust  # noqa: E402
from filiere_schemas.provenance.verify_cli import verify  # noqa: E402

DAIRY_KEY, NEXT_KEY, SHOP_KEY = a_key("dairy"), a_key("the dairy's next"), a_key("shop")
NAMES = ("w1", "w2", "w3")
WITNESSES = tuple(
    KnownWitness(name=name, key=VerifierKey(f"{name}.example", a_key(name).public, NoteKeyType.COSIGNATURE))
    for name in NAMES
)
TWO_OF_THREE = replace(
    TRUST,
    policy=replace(
        TRUST.policy, witnesses=WITNESSES, groups=(Group(name="two", threshold=2, members=NAMES),), quorum="two"
    ),
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A folder: its files, how the verifier is called, what it must find, and why."""

    name: str
    why: str
    lot: bytes | None = None
    record: bytes | None = None
    proof: bytes | None = None
    trust: Trust = TRUST
    arguments: tuple[str, ...] = ()
    step: int | None = None  # that fails
    codes: tuple[str, ...] = ()  # of what fails, or of the remarks
    twin: str | None = None  # the passing case from which a failing one differs in one thing


def a_log() -> tuple[SmallLog, int]:
    """A log with a record of every kind, and the index of one that is of another lot."""
    log = SmallLog()
    log.register(DAIRY, DAIRY_KEY)
    log.send(DAIRY, DAIRY_KEY)
    log.register(SHOP, SHOP_KEY)
    other = log.send(SHOP, SHOP_KEY)
    log.send(SHOP, SHOP_KEY, sealed=("/quantityList/0/quantity",))
    log.attest(SHOP)
    log.erase(log.send(DAIRY, DAIRY_KEY))
    return log, other


def honest() -> Bundle:
    log, other = a_log()
    return log.bundle(without=[other])


def of(tell: Callable[[SmallLog], object]) -> bytes:
    """The bundle of a log in which a key of the dairy is registered, and then something is told."""
    log = SmallLog()
    log.register(DAIRY, DAIRY_KEY)
    tell(log)
    return write_bundle(log.bundle())


def craft(log: SmallLog, *, padding: bytes = b"", **header: object) -> None:
    """Log an event whose header says something else, signed by its key as it stands."""
    index = log.send(DAIRY, DAIRY_KEY)
    entry, link = log.entries.pop(), log.links.pop()
    protected, payload, _ = (entry.body or b"").split(b".")
    changed = base64url.encode(canonicalize({**json.loads(base64url.decode(protected)), **header}))
    signing_input = changed + b"." + payload
    compact = signing_input + b"." + base64url.encode(DAIRY_KEY.sign(signing_input)) + padding
    log.add(EntryKind.EVENT, compact)
    log.links.append(
        ChainLink(
            kid=link.kid, seq=link.seq, prev=link.prev, sha256=digest_of(compact), index=index, kind=EntryKind.EVENT
        )
    )


def send(log: SmallLog, *seqs: int) -> None:
    for seq in seqs:
        log.send(DAIRY, DAIRY_KEY, seq=seq)


def flipped(raw: bytes, part: bytes) -> bytes:
    """Flip one bit in the middle of a part of the file."""
    at = raw.index(part) + len(part) // 2
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def believing(key: VerifierKey) -> Trust:
    return replace(TRUST, policy=Policy(logs=(KnownLog(key=key),)))


def bundles() -> list[Case]:
    bundle, raw = honest(), write_bundle(honest())
    bodies = {entry.kind: entry.body for entry in bundle.entries if entry.body is not None}
    parts = {
        "manifest": raw[raw.index(b'{"chains"') :][:2000],
        "checkpoint": bundle.checkpoint,
        "proof": b"".join(bundle.proof),
        "policy": bundle.policy,
        "key": bodies[EntryKind.KEY] or b"",
        "erasure": bodies[EntryKind.ERASURE] or b"",
        "record": bodies[EntryKind.EVENT] or b"",
    }
    cases = [
        Case(name="honest", why="Every kind of record: it holds, with an erased content.", lot=raw,
             codes=("head-age-unknown", "content-erased")),
        Case(name="wrong_trust_key_fail", why="The trust file has a stranger's key under the log's name.", lot=raw,
             trust=believing(VerifierKey(ORIGIN, a_key("stranger").public)), step=2, codes=("policy-log-unknown",),
             twin="honest"),
        Case(name="other_log_fail", why="The trust file is of another log.", lot=raw,
             trust=believing(VerifierKey("other.example/log", LOG.public)), step=2, codes=("bundle-other-log",),
             twin="honest"),
        Case(name="wrong_registrar_fail", why="The trust file has another registrar: no key was registered by it.",
             lot=raw, trust=replace(TRUST, registrar=a_key("stranger").public), step=5, codes=("key-entry-refused",),
             twin="honest"),
    ]  # fmt: skip
    cases += [
        Case(name=f"flipped_byte_in_{name}_fail", why=f"One bit is flipped in the {name}.", lot=flipped(raw, part),
             step=1, codes=("bundle-form",), twin="honest")
        for name, part in parts.items()
    ]  # fmt: skip
    first = next(entry for entry in bundle.entries if entry.kind is EntryKind.EVENT)
    forged = replace(first, body=(first.body or b"")[:-1] + (b"A" if (first.body or b"")[-1:] != b"A" else b"B"))
    entries = tuple(forged if entry is first else entry for entry in bundle.entries)
    erased = tuple(entry for entry in bundle.entries if entry.kind is not EntryKind.ERASURE)
    log, other = a_log()
    index = next(entry.index for entry in log.entries if entry.kind is EntryKind.ERASURE)
    withheld = tuple(replace(each, body=each.body and each.body.partition(b"~")[0]) for each in bundle.entries)
    stray = next(each for each in bundle.entries if b"~" in (each.body or b""))
    strange = replace(stray, body=(stray.body or b"").partition(b"~")[0] + b"~" + base64url.encode(
        b'["c2FsdHNhbHRzYWx0c2FsdA","uom","KGM"]') + b"~")  # fmt: skip
    with_strange = tuple(strange if each is stray else each for each in bundle.entries)
    assert erased
    cases += [
        Case(name="rewritten_record_fail", why="A record is altered, and the zip written anew around it.",
             lot=write_bundle(replace(bundle, entries=entries)), step=4, codes=("bundle-digest",), twin="honest"),
        Case(name="rewritten_proof_fail", why="A hash of the proof is another, and the zip written anew around it.",
             lot=write_bundle(replace(bundle, proof=(bytes(32), *bundle.proof[1:]))), step=4,
             codes=("bundle-not-included",), twin="honest"),
        Case(name="content_missing_fail", why="A content is absent, and the entry that erased it is left out.",
             lot=write_bundle(log.bundle(without=[other, index])), step=7, codes=("content-missing",), twin="honest"),
        Case(name="withheld_field", why="A sealed field is not shown: the signature holds, and it is said.",
             lot=write_bundle(replace(bundle, entries=withheld)),
             codes=("head-age-unknown", "content-erased", "fields-withheld")),
        Case(name="strange_disclosure_fail", why="A disclosure is shown that was never sealed.",
             lot=write_bundle(replace(bundle, entries=with_strange)), step=8, codes=("bundle-record",),
             twin="withheld_field"),
    ]  # fmt: skip
    return cases


def revocations() -> list[Case]:
    def revoked_before(log: SmallLog) -> None:
        log.revoke(DAIRY, DAIRY_KEY)
        log.send(DAIRY, DAIRY_KEY)

    def revoked_after(log: SmallLog) -> None:
        log.send(DAIRY, DAIRY_KEY)
        log.revoke(DAIRY, DAIRY_KEY)

    def suspect(log: SmallLog) -> None:
        send(log, 1, 2)
        log.revoke(DAIRY, DAIRY_KEY, suspect_from=2)

    def revoked_by_itself(log: SmallLog) -> None:
        log.send(DAIRY, DAIRY_KEY)
        log.revoke(DAIRY, DAIRY_KEY, signer=DAIRY_KEY, suspect_from=1)

    def revoked_by_a_stranger(log: SmallLog) -> None:
        log.send(DAIRY, DAIRY_KEY)
        log.revoke(DAIRY, DAIRY_KEY, signer=SHOP_KEY, suspect_from=1)

    return [
        Case(name="revoked_afterwards", why="The key was revoked after the record: it holds.", lot=of(revoked_after),
             codes=("head-age-unknown",)),
        Case(name="revoked_key_fail", why="The key was revoked before the record.", lot=of(revoked_before), step=6,
             codes=("bundle-key-ended",), twin="revoked_afterwards"),
        Case(name="suspect_window", why="One of two records lies between suspicion and revocation: disputed.",
             lot=of(suspect), codes=("head-age-unknown", "records-disputed")),
        Case(name="revoked_by_itself", why="A key revoked itself, and says since when it is suspect: disputed.",
             lot=of(revoked_by_itself), codes=("head-age-unknown", "records-disputed")),
        Case(name="revoked_by_a_stranger_fail", why="A key was revoked by another member's.",
             lot=of(revoked_by_a_stranger), step=5, codes=("key-entry-refused",), twin="revoked_by_itself"),
    ]  # fmt: skip


def rotations() -> list[Case]:
    def rotation(log: SmallLog) -> None:
        log.send(DAIRY, DAIRY_KEY)
        log.rotate(DAIRY, DAIRY_KEY, NEXT_KEY)
        log.send(DAIRY, NEXT_KEY)

    def rotated_before(log: SmallLog) -> None:
        log.rotate(DAIRY, DAIRY_KEY, NEXT_KEY)
        log.send(DAIRY, DAIRY_KEY)
        log.send(DAIRY, NEXT_KEY)

    def not_followed_yet(log: SmallLog) -> None:
        log.send(DAIRY, NEXT_KEY)
        log.rotate(DAIRY, DAIRY_KEY, NEXT_KEY)

    def thief(log: SmallLog) -> None:
        log.send(DAIRY, DAIRY_KEY)
        log.rotate(DAIRY, DAIRY_KEY, NEXT_KEY)
        log.send(DAIRY, NEXT_KEY)
        log.revoke(DAIRY, DAIRY_KEY, suspect_from=2)

    def thief_afterwards(log: SmallLog) -> None:
        thief(log)
        log.send(DAIRY, NEXT_KEY)

    return [
        Case(name="rotation", why="A key was followed by another of its member: what each signed in its time holds.",
             lot=of(rotation), codes=("head-age-unknown",)),
        Case(name="rotated_key_fail", why="A key signed after another one had followed it.", lot=of(rotated_before),
             step=6, codes=("bundle-key-ended",), twin="rotation"),
        Case(name="key_before_its_rotation_fail", why="A key signed before the entry from which on it signs.",
             lot=of(not_followed_yet), step=6, codes=("bundle-key-absent",), twin="rotation"),
        Case(name="thiefs_rotation", why="Who stole a key rotated it to one of his own; revoking the stolen one as "
             "suspect since then disputes what his own signed.", lot=of(thief),
             codes=("head-age-unknown", "records-disputed")),
        Case(name="thiefs_key_afterwards_fail", why="The key that the thief rotated to has ended with the stolen one.",
             lot=of(thief_afterwards), step=6, codes=("bundle-key-ended",), twin="thiefs_rotation"),
    ]  # fmt: skip


def chains() -> list[Case]:
    def fork(log: SmallLog) -> None:
        send(log, 1, 2, 2)

    contradicted = read_bundle(of(lambda log: send(log, 1, 2, 3)))
    (run,) = contradicted.chains
    hidden = replace(contradicted, chains=(replace(run, last_seq=2),))
    return [
        Case(name="chain_whole", why="Three records of an unbroken chain.", lot=of(lambda log: send(log, 1, 2, 3)),
             codes=("head-age-unknown",)),
        Case(name="chain_gap", why="Records 2 and 3 of the key are nowhere in the log.",
             lot=of(lambda log: send(log, 1, 4)), codes=("head-age-unknown", "chain-records-missing")),
        Case(name="chain_fork", why="Two records have number 2: named, and both are there.", lot=of(fork),
             codes=("head-age-unknown", "chain-place-taken-twice")),
        Case(name="chain_contradicted_fail", why="The chain that is stated ends before a record that is there.",
             lot=write_bundle(hidden), step=9, codes=("chain-contradicted", "chain-contradicted"), twin="chain_whole"),
        Case(name="algorithm_swap_fail", why="The header says ES256, the registered key is Ed25519.",
             lot=of(lambda log: craft(log, alg="ES256")), step=6, codes=("bundle-record",), twin="chain_whole"),
        Case(name="embedded_jwk_fail", why="The header brings a key of its own.",
             lot=of(lambda log: craft(log, jwk=DAIRY_KEY.public.jwk)), step=6, codes=("bundle-record",),
             twin="chain_whole"),
        Case(name="padded_base64_fail", why="The signature is padded, as lenient decoders accept it.",
             lot=of(lambda log: craft(log, padding=b"==")), step=6, codes=("bundle-record",), twin="chain_whole"),
    ]  # fmt: skip


def heads() -> list[Case]:
    log = SmallLog()
    log.register(DAIRY, DAIRY_KEY)
    log.send(DAIRY, DAIRY_KEY)

    def seen(*names: str) -> bytes:
        head = log.head(witnesses={f"{name}.example": (a_key(name), NOW - 60) for name in names})
        return write_bundle(log.bundle(head=head))

    at = ("--at", "2026-03-04T00:00:00+00:00", "--max-age")
    return [
        Case(name="quorum", why="Two of three witnesses have seen the head.", lot=seen("w1", "w3"), trust=TWO_OF_THREE),
        Case(name="missing_quorum_fail", why="One of three witnesses has seen the head, two are asked for.",
             lot=seen("w1"), trust=TWO_OF_THREE, step=3, codes=("quorum-missing",), twin="quorum"),
        Case(name="fresh_checkpoint", why="The quorum saw the head a minute before, and a minute is allowed.",
             lot=seen("w1", "w3"), trust=TWO_OF_THREE, arguments=(*at, "60s")),
        Case(name="stale_checkpoint_fail", why="The quorum saw the head a minute before, and 59 seconds are allowed.",
             lot=seen("w1", "w3"), trust=TWO_OF_THREE, arguments=(*at, "59s"), step=3, codes=("head-stale",),
             twin="fresh_checkpoint"),
        Case(name="age_unknown_fail", why="An age is asked for, and no witness is known.", lot=seen("w1", "w3"),
             arguments=(*at, "60s"), step=3, codes=("head-age-unknown",), twin="fresh_checkpoint"),
    ]  # fmt: skip


def records() -> list[Case]:
    log = SmallLog()
    key = log.register(DAIRY, DAIRY_KEY)
    first, second = log.send(DAIRY, DAIRY_KEY), log.send(DAIRY, DAIRY_KEY)
    body = log.entries[first].body or b""
    return [
        Case(name="record_and_proof", why="One record with its proof.", record=body, proof=log.proof(first, keys=[key]),
             codes=("head-age-unknown",)),
        Case(name="swapped_proof_fail", why="The proof is the neighbour's.", record=body,
             proof=log.proof(second, keys=[key]), step=4, codes=("record-not-included",), twin="record_and_proof"),
        Case(name="proof_without_the_signers_key_fail", why="The proof says nothing of the key that signed.",
             record=body, proof=log.proof(first), step=6, codes=("bundle-key-absent",), twin="record_and_proof"),
    ]  # fmt: skip


def write(case: Case) -> None:
    folder = HERE / case.name
    folder.mkdir(exist_ok=True)
    files = {"lot.zip": case.lot, "record.jws": case.record, "record.tlog-proof": case.proof}
    for name, content in files.items():
        if content is not None:
            (folder / name).write_bytes(content)
    (folder / "trust.txt").write_bytes(write_trust(case.trust))
    expected = {
        "arguments": list(case.arguments),
        "codes": list(case.codes),
        "status": 0 if case.step is None else 1,
        "step": case.step,
        "twin": case.twin,
    }
    (folder / "case.json").write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")
    what = ["lot.zip"] if case.lot is not None else ["record.jws", "--proof", "record.tlog-proof"]
    with contextlib.chdir(folder):
        for language in ("en", "fr"):
            with contextlib.redirect_stdout(io.StringIO()) as said:
                verify([*what, "--trust", "trust.txt", *case.arguments, "--lang", language])
            Path(f"expected.{language}.txt").write_text(said.getvalue(), encoding="utf-8")
    title = case.name.replace("_", " ")
    (folder / "README.md").write_text(f"# {title}\n\n{case.why}\n", encoding="utf-8")


if __name__ == "__main__":
    for each in (*bundles(), *revocations(), *rotations(), *chains(), *heads(), *records()):
        write(each)

"""What the pages say of proofs, in words and by an icon: each check in sum, and of each record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from filiere_platform.domain.instant import iso_instant
from filiere_platform.usecases.trace_verification import Head, Verdict, VerifiedTrace
from filiere_platform.web.words import Words
from filiere_schemas.provenance.key_history import KeyStanding
from filiere_schemas.provenance.policy import NO_QUORUM
from filiere_schemas.provenance.record_check import Assurance

ICONS = {"holds": "✓", "fails": "✗", "warning": "!", "note": "○"}
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line: what was looked at, how it stands (`holds`, `fails`, `warning`, `note`), and a sentence of `words`."""

    name: str
    stands: str
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def icon(self) -> str:
        """The sign that says the same without words."""
        return ICONS[self.stands]

    def say(self, words: Words) -> str:
        """The sentence in the reader's language."""
        return words(self.sentence, **self.values)


def checks_of(verified: VerifiedTrace, words: Words, *, erased: int = 0) -> list[Check]:
    """Sum up a trace's proofs: signature, signer, state, checkpoint, witnesses, withheld fields."""
    verdicts = list(verified.verdicts.values())
    return [
        _signatures(verdicts),
        _signers(verdicts),
        _states(verdicts, erased),
        _checkpoint(verified.head),
        _witnesses(verified.head, words),
        _withheld(verdicts),
    ]


def checks_of_record(verified: VerifiedTrace, index: int, words: Words) -> Iterator[Check]:
    """Say the same of one record alone; nothing where it could not be looked at."""
    verdict = verified.verdicts.get(index)
    if verdict is None:
        return
    yield _signature(verdict, words)
    yield signer(verdict)
    yield Check(name="state", stands="holds" if verdict.state == "published" else "note", sentence=verdict.state)
    yield _checkpoint(verified.head if verdict.state == "published" else None)
    yield _witnesses(verified.head, words)
    yield _withheld([verdict])


def signer(verdict: Verdict) -> Check:
    """Say whose key a record was signed by, and what the log says of that key there."""
    if verdict.problem is not None:
        return Check(name="signer-known", stands="fails", sentence="unknown")
    if verdict.assurance is Assurance.ERASED:
        return Check(name="signer-known", stands="note", sentence="signer-erased")
    if verdict.standing is None:
        return Check(name="signer-known", stands="note", sentence="signer-platform")
    if verdict.standing is KeyStanding.DISPUTED:
        return Check(name="signer-known", stands="warning", sentence="signer-disputed")
    return Check(name="signer-known", stands="holds", sentence="signer-registered")


def _signature(verdict: Verdict, words: Words) -> Check:
    if verdict.problem is not None:
        reason = verdict.problem.message(words.language)
        return Check(name="signature", stands="fails", sentence="signature-fails", values={"reason": reason})
    return Check(name="signature", stands="holds", sentence=verdict.assurance or "unknown")


def _signatures(verdicts: list[Verdict]) -> Check:
    failed = sum(verdict.problem is not None for verdict in verdicts)
    values = {"holding": len(verdicts) - failed, "count": len(verdicts)}
    return Check(name="signature", stands="fails" if failed else "holds", sentence="signatures-hold", values=values)


def _signers(verdicts: list[Verdict]) -> Check:
    keys = len({verdict.kid for verdict in verdicts if verdict.kid is not None})
    disputed = sum(verdict.standing is KeyStanding.DISPUTED for verdict in verdicts)
    values = {"keys": keys, "disputed": disputed}
    if disputed:
        return Check(name="signer-known", stands="warning", sentence="signers-disputed", values=values)
    return Check(name="signer-known", stands="holds", sentence="signers-known", values=values)


def _states(verdicts: list[Verdict], erased: int) -> Check:
    stored = sum(verdict.state == "stored" for verdict in verdicts)
    values = {"published": len(verdicts) - stored, "stored": stored, "erased": erased}
    sentence = "states-erased" if erased else "states"
    return Check(name="state", stands="note" if stored else "holds", sentence=sentence, values=values)


def _checkpoint(head: Head | None) -> Check:
    if head is None:
        return Check(name="checkpoint", stands="note", sentence="checkpoint-none")
    return Check(name="checkpoint", stands="holds", sentence="checkpoint-signed", values={"size": head.size})


def _witnesses(head: Head | None, words: Words) -> Check:
    if head is not None and head.problem is not None:
        reason = head.problem.message(words.language)
        return Check(name="witnesses", stands="fails", sentence="witnesses-missing", values={"reason": reason})
    if head is None or head.quorum == NO_QUORUM or not head.seen_at:
        return Check(name="witnesses", stands="note", sentence="witnesses-none")
    seen = ", ".join(
        f"{name} ({words.instant(iso_instant(at * _MICROSECONDS))})" for name, at in sorted(head.seen_at.items())
    )
    return Check(name="witnesses", stands="holds", sentence="witnesses-seen", values={"seen": seen})


def _withheld(verdicts: Iterable[Verdict]) -> Check:
    sealing = [verdict.withheld for verdict in verdicts if verdict.withheld]
    if not sealing:
        return Check(name="withheld", stands="holds", sentence="withheld-none")
    values = {"fields": sum(sealing), "count": len(sealing)}
    return Check(name="withheld", stands="note", sentence="withheld-some", values=values)

"""The trust file: the public keys that a verifier believes, and of which log. It comes from the sector body, once.

A verifier takes nothing about trust from what it verifies: neither from a bundle, nor from the instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import bundle_sentences as sentences
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.strict_json import strict_loads

FORMAT: Final = "filiere-trust-1"


class InvalidTrust(Refusal):
    """A trust file that cannot be used: nothing can be verified against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose signatures count: the log's, the registrar's of keys, the platform's on what came unsigned."""

    log: VerifierKey
    registrar: PublicKey
    receipt: PublicKey

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.log.name


def write_trust(trust: Trust) -> bytes:
    """Write a trust file: canonical JSON."""
    return canonicalize(
        {
            "format": FORMAT,
            "log": str(trust.log),
            "receipt": trust.receipt.jwk,
            "registrar": trust.registrar.jwk,
        }
    )


def read_trust(raw: bytes) -> Trust:
    """Read a trust file.

    Raises:
        InvalidTrust: it is none, or a key in it is unusable.
    """
    try:
        found: Any = strict_loads(raw)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise _invalid("format")
        return Trust(
            log=VerifierKey.parse(_text(found, "log")),
            registrar=PublicKey.from_jwk(found["registrar"]),
            receipt=PublicKey.from_jwk(found["receipt"]),
        )
    except InvalidTrust:
        raise
    except Refusal as refused:
        raise _invalid(refused.problems[0]) from refused
    except (KeyError, TypeError, AttributeError) as error:
        raise _invalid(error) from error


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise _invalid(name)
    return value


def _invalid(found: object) -> InvalidTrust:
    return InvalidTrust([Problem(sentence=sentences.TRUST_FORM, values={"expected": FORMAT, "found": found})])

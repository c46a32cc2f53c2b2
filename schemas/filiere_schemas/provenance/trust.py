"""The trust file: whose signatures a verifier believes, and of which log. It comes from the sector body, once.

    # who hands the file out may write comments
    log <verifier key>                            a C2SP policy (`policy`): the log, by one key or two,
    witness <name> <verifier key>                 its witnesses and how many of them must have seen a head
    group <name> all|any|<k> <name>...
    quorum <name>|none
    #filiere trust 2                              our own section, comments to every other reader of policies
    #filiere registrar <JWK in canonical JSON>    who enrols members' keys
    #filiere receipt <JWK in canonical JSON>      who signs what the platform itself says

Other programs read the same file as the policy that it is. A verifier takes nothing about trust from what it verifies:
neither from a bundle, nor from the instance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import bundle_sentences as sentences
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.policy import NO_QUORUM, KnownLog, Policy, format_policy, parse_policy
from filiere_schemas.provenance.strict_json import strict_loads

FORMAT: Final = "#filiere trust 2"
MOST_LOG_KEYS: Final = 2  # one, or the old and the new one while they overlap

_OWN_LINE: Final = re.compile(r"#filiere (\S+) (.+)")


class InvalidTrust(Refusal):
    """A trust file that cannot be used: nothing can be verified against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose signatures count: the log's and its witnesses', the registrar's of keys, the platform's on what it says."""

    policy: Policy
    registrar: PublicKey
    receipt: PublicKey

    @classmethod
    def of(cls, *, log: VerifierKey, registrar: PublicKey, receipt: PublicKey) -> Trust:
        """Trust a log without witnesses."""
        policy = Policy(logs=(KnownLog(key=log),), quorum=NO_QUORUM)
        return cls(policy=policy, registrar=registrar, receipt=receipt)

    @property
    def log(self) -> VerifierKey:
        """The log's first key."""
        return self.policy.logs[0].key

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.log.name


def write_trust(trust: Trust) -> bytes:
    """Write a trust file; the same trust gives the same bytes."""
    own = (("registrar", trust.registrar), ("receipt", trust.receipt))
    lines = [FORMAT, *(f"#filiere {name} {canonicalize(key.jwk).decode()}" for name, key in own)]
    return format_policy(trust.policy) + "".join(f"{line}\n" for line in lines).encode()


def read_trust(raw: bytes) -> Trust:
    """Read a trust file.

    Raises:
        InvalidTrust: it is none, it speaks of several logs or of none, or a key in it is unusable.
    """
    try:
        policy = parse_policy(raw)
        own = _own_lines(raw.decode())
        trust = Trust(policy=policy, registrar=_key(own["registrar"]), receipt=_key(own["receipt"]))
    except Refusal as refused:
        raise _invalid(refused.problems[0]) from refused
    except (KeyError, ValueError) as error:
        raise _invalid(error) from error
    if len({log.key.name for log in policy.logs}) != 1 or len(policy.logs) > MOST_LOG_KEYS:
        raise _invalid("log: " + ", ".join(log.key.name for log in policy.logs))
    return trust


def _own_lines(text: str) -> dict[str, str]:
    """Read our own section: each line once, none that is unknown.

    Raises:
        ValueError: it is another, or there is none.
    """
    lines = [line for line in text.split("\n") if line.startswith("#filiere")]
    parts = [(match[1], match[2]) for line in lines if (match := _OWN_LINE.fullmatch(line))]
    found = dict(parts)
    if FORMAT not in lines or len(parts) != len(lines) or sorted(name for name, _ in parts) != _NAMES:
        raise ValueError("; ".join(lines) or "-")
    return found


_NAMES: Final = ["receipt", "registrar", "trust"]


def _key(text: str) -> PublicKey:
    jwk: Any = strict_loads(text.encode())
    if type(jwk) is not dict:
        raise ValueError(text)
    return PublicKey.from_jwk(jwk)


def _invalid(found: object) -> InvalidTrust:
    return InvalidTrust([Problem(sentence=sentences.TRUST_FORM, values={"expected": FORMAT, "found": found})])

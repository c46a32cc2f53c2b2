"""Members, their keys and their credentials, as the decisions see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.standing import OPEN, Standing
from filiere_schemas.provenance.key_history import KeyLife
from filiere_schemas.provenance.keys import PublicKey


class MemberStatus(StrEnum):
    """Whether a member may send and read."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"  # for good; its id stays in the records


class Scope(StrEnum):
    """What an API token allows."""

    CAPTURE = "capture"
    READ = "read"
    SUPPLIERS = "suppliers"  # the member's register of partners; never given unless it is asked for
    MANAGE = "manage"  # the member's own tokens, keys, sharing and mandates; never given unless it is asked for
    ADMINISTER = "administer"  # the instance: of tokens of the sector body alone, and only where it is asked for


USUAL_SCOPES = frozenset({Scope.CAPTURE, Scope.READ})


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An organisation admitted to the instance; `uri` is its global identifier and the `iss` of its records."""

    id: int
    uri: str
    name: str
    status: MemberStatus
    sharing: SharingMode | None  # None: as the instance says
    identifiers: tuple[str, ...]  # canonical keys of its parties and sites, its own uri included
    is_sector_body: bool = False  # one per instance: its administrators administer the instance


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberKey:
    """A signing key of a member, one per connector. What it may sign is decided by its life in the log alone."""

    id: int
    member_id: int
    life: KeyLife
    label: str = ""  # which connector holds it, in its member's words; never in the log

    @property
    def kid(self) -> str:
        """Its RFC 7638 thumbprint."""
        return self.life.kid

    @property
    def public(self) -> PublicKey:
        """What its signatures are verified with."""
        return self.life.public


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A bearer credential: only its prefix (to find it) and the SHA-256 of the whole are kept."""

    prefix: str
    sha256: bytes
    member_id: int
    scopes: frozenset[Scope]
    expires_at: int | None  # microseconds since 1970
    name: str = ""  # what holds it, in its member's words
    created_at: int | None = None  # None: before this was kept
    last_used_at: int | None = None  # some minutes old at most
    revoked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """All members, keys and tokens at one version: what capture decides with, without asking the database.

    `version` equals the log head's `directory_version` when the snapshot is current.
    """

    version: int
    members: dict[int, Member] = field(default_factory=dict)
    keys: dict[str, MemberKey] = field(default_factory=dict)  # by kid
    tokens: dict[str, ApiToken] = field(default_factory=dict)  # by prefix
    parties: dict[str, int] = field(default_factory=dict)  # canonical key of a party or site -> member id
    members_by_uri: dict[str, int] = field(default_factory=dict)
    standing: Standing = OPEN

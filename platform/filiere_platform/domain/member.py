"""Members, their keys and their credentials, as the decisions see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.standing import OPEN, Standing
from filiere_schemas.provenance.keys import PublicKey


class MemberStatus(StrEnum):
    """Whether a member may send and read."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Scope(StrEnum):
    """What an API token allows."""

    CAPTURE = "capture"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An organisation admitted to the instance; `uri` is its global identifier and the `iss` of its records."""

    id: int
    uri: str
    name: str
    status: MemberStatus
    sharing: SharingMode | None  # None: as the instance says
    identifiers: tuple[str, ...]  # canonical keys of its parties and sites, its own uri included


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberKey:
    """A signing key of a member. Validity is decided by log index, never by a claimed time."""

    id: int
    member_id: int
    kid: str  # RFC 7638 thumbprint
    public: PublicKey
    registered_at: int  # log index of its registration
    revoked_at: int | None  # log index of its revocation

    def is_active_at(self, log_index: int) -> bool:
        """Whether a record at this log index may be signed by the key."""
        return self.registered_at < log_index and (self.revoked_at is None or log_index < self.revoked_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A bearer credential: only its prefix (to find it) and the SHA-256 of the whole are kept."""

    prefix: str
    sha256: bytes
    member_id: int
    scopes: frozenset[Scope]
    expires_at: int | None  # microseconds since 1970


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

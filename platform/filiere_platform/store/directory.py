"""The directory of members, keys and tokens: its version, which every change moves, and its snapshot."""

from __future__ import annotations

import json

from sqlalchemy import ColumnElement, select, text, update
from sqlmodel import Session

from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import ApiToken, Directory, Member, MemberKey, MemberStatus, Scope
from filiere_platform.store.standing_row import read_standing
from filiere_platform.store.tables import API_TOKEN, LOG_HEAD, MEMBER, MEMBER_IDENTIFIER, MEMBER_KEY
from filiere_schemas.provenance.key_history import KeyLife
from filiere_schemas.provenance.key_statements import RevocationReason
from filiere_schemas.provenance.keys import PublicKey


def announce_change(session: Session) -> None:
    """Take the log head's lock and move the directory's version; the first statement of every change.

    Captures decide with a snapshot and compare its version under the same lock: a suspension or a revocation is in
    force for every record that is stored after its commit.
    """
    limit_silence(session)
    session.execute(update(LOG_HEAD).values(directory_version=LOG_HEAD.c.directory_version + 1))


def lock_head(session: Session, *, for_long: bool = False) -> None:
    """Take the log head's lock until the unit ends; changes nothing. A write, since SQLite has no other lock."""
    if not for_long:
        limit_silence(session)
    session.execute(update(LOG_HEAD).values(size=LOG_HEAD.c.size))


def limit_silence(session: Session) -> None:
    """Have the server end the session where it falls silent for seconds before the unit ends.

    For a unit that takes a lock which others wait for: a process that is stopped inside of it must not stop them.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '3s'"))


def read_version(session: Session) -> int:
    """Read the directory's version."""
    return int(session.execute(select(LOG_HEAD.c.directory_version)).scalar_one())


def read_directory(session: Session) -> Directory:
    """Read a snapshot: every member, every key, every token that is not revoked.

    The version is read first. A change that is committed meanwhile is then newer than the version that the snapshot
    claims, which makes the next capture load it again; the other way round would hide the change.
    """
    version = read_version(session)
    members = {member.id: member for member in read_members(session)}
    keys = {key.kid: key for key in read_keys(session)}
    tokens = {token.prefix: token for token in read_tokens(session)}
    return Directory(
        version=version,
        members=members,
        keys=keys,
        tokens=tokens,
        parties={key: member.id for member in members.values() for key in member.identifiers},
        members_by_uri={member.uri: member.id for member in members.values()},
        standing=read_standing(session),
    )


def read_members(session: Session, *chosen_by: ColumnElement[bool]) -> list[Member]:
    """Read members with their identifiers, in order of admission; all of them unless some are chosen."""
    chosen = select(MEMBER).where(*chosen_by).order_by(MEMBER.c.id)
    names = select(MEMBER_IDENTIFIER.c.member_id, MEMBER_IDENTIFIER.c.key).order_by(MEMBER_IDENTIFIER.c.key)
    if chosen_by:
        names = names.join(MEMBER, MEMBER.c.id == MEMBER_IDENTIFIER.c.member_id).where(*chosen_by)
    identifiers: dict[int, list[str]] = {}
    for member_id, key in session.execute(names):
        identifiers.setdefault(member_id, []).append(key)
    return [
        Member(
            id=row.id,
            uri=row.uri,
            name=row.name,
            status=MemberStatus(row.status),
            sharing=None if row.sharing is None else SharingMode(row.sharing),
            identifiers=tuple(identifiers.get(row.id, ())),
            is_sector_body=row.is_sector_body,
        )
        for row in session.execute(chosen)
    ]


def read_keys(session: Session, *chosen: ColumnElement[bool]) -> list[MemberKey]:
    """Read keys, all of them unless some are chosen, ended ones included: old records are verified with them."""
    keys = select(MEMBER_KEY, MEMBER.c.uri).join(MEMBER, MEMBER.c.id == MEMBER_KEY.c.member_id)
    return [
        MemberKey(
            id=row.id,
            member_id=row.member_id,
            life=KeyLife(
                public=PublicKey.from_jwk(json.loads(row.jwk)),
                issuer=row.uri,
                registered_at=row.registered_at,
                replaced_at=row.replaced_at,
                revoked_at=row.revoked_at,
                suspect_from=row.suspect_from,
                reason=None if row.reason is None else RevocationReason(row.reason),
                predecessor=row.predecessor,
            ),
            label=row.label,
        )
        for row in session.execute(keys.where(*chosen).order_by(MEMBER_KEY.c.id))
    ]


def read_tokens(session: Session) -> list[ApiToken]:
    """Read every token that is not revoked; expiry is for the one who decides, who has the time."""
    return tokens_where(session, API_TOKEN.c.revoked.is_(False))


def tokens_where(session: Session, *chosen_by: ColumnElement[bool]) -> list[ApiToken]:
    """Read tokens, revoked ones too unless the choice leaves them out."""
    chosen = select(API_TOKEN).where(*chosen_by).order_by(API_TOKEN.c.prefix)
    return [
        ApiToken(
            prefix=row.prefix,
            sha256=row.sha256,
            member_id=row.member_id,
            scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
            expires_at=row.expires_at,
            name=row.name,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            revoked=row.revoked,
        )
        for row in session.execute(chosen)
    ]

"""Bearer tokens and one-time enrolment tokens. Of each, the database knows a digest only."""

from __future__ import annotations

from sqlalchemy import or_, update
from sqlmodel import Session

from filiere_platform.domain.member import ApiToken
from filiere_platform.store.directory import announce_change, read_tokens, tokens_where
from filiere_platform.store.tables import API_TOKEN, ENROLMENT_TOKEN, ApiTokenTable, EnrolmentTokenTable


class TokenStore:
    """Gives and takes back credentials."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, token: ApiToken) -> None:
        """Give a member a bearer token.

        Raises:
            RowsRefused: the prefix is taken (`pk_api_token`), or there is no such member.
        """
        announce_change(self._session)
        self._session.add(
            ApiTokenTable(
                prefix=token.prefix,
                sha256=token.sha256,
                member_id=token.member_id,
                scopes=" ".join(sorted(token.scopes)),
                expires_at=token.expires_at,
                name=token.name,
                created_at=token.created_at,
            )
        )
        self._session.flush()

    def revoke(self, prefix: str) -> bool:
        """Revoke a token; False when there is none of this prefix or it was revoked before."""
        announce_change(self._session)
        changed = self._session.execute(
            update(API_TOKEN)
            .where(API_TOKEN.c.prefix == prefix, API_TOKEN.c.revoked.is_(False))
            .values(revoked=True)
            .returning(API_TOKEN.c.prefix)
        )
        return changed.first() is not None

    def all(self) -> list[ApiToken]:
        """List the tokens that are not revoked."""
        return read_tokens(self._session)

    def of_member(self, member_id: int) -> list[ApiToken]:
        """List a member's tokens, revoked and expired ones too."""
        return tokens_where(self._session, API_TOKEN.c.member_id == member_id)

    def find(self, prefix: str) -> ApiToken | None:
        """Find a token, revoked or not."""
        return next(iter(tokens_where(self._session, API_TOKEN.c.prefix == prefix)), None)

    def note_use(self, prefix: str, now: int) -> None:
        """Note that a token was used; who may do what does not change by it, so that no snapshot grows old."""
        is_earlier = or_(API_TOKEN.c.last_used_at.is_(None), API_TOKEN.c.last_used_at < now)
        self._session.execute(
            update(API_TOKEN).where(API_TOKEN.c.prefix == prefix, is_earlier).values(last_used_at=now)
        )

    def add_enrolment(self, sha256: bytes, member_id: int, expires_at: int) -> None:
        """Allow one key to be enrolled for a member until a time (microseconds since 1970).

        Raises:
            RowsRefused: the token was given before, or there is no such member.
        """
        self._session.add(EnrolmentTokenTable(sha256=sha256, member_id=member_id, expires_at=expires_at))
        self._session.flush()

    def take_enrolment(self, sha256: bytes, now: int) -> int | None:
        """Use an enrolment token up and name its member; None when it is unknown, expired or used.

        One statement, so that of two who come with the same token one gets it. It is used up only if the unit of
        work commits.
        """
        taken = self._session.execute(
            update(ENROLMENT_TOKEN)
            .where(
                ENROLMENT_TOKEN.c.sha256 == sha256,
                ENROLMENT_TOKEN.c.used_at.is_(None),
                ENROLMENT_TOKEN.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(ENROLMENT_TOKEN.c.member_id)
        )
        return taken.scalar_one_or_none()

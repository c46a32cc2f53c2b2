"""An invitation of a partner who is not a member to apply: a one-time link to an application that is filled in already.

The sector body decides as of any other application. Whom a member invites is told to the invited alone, by the member.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from filiere_platform.domain import supplier_sentences as say
from filiere_platform.domain.application import ApplicationState
from filiere_schemas.problems import Language, Problem, Refusal

DAY: Final = 86_400_000_000  # microseconds
LIFETIME: Final = 30 * DAY
MOST_OPEN: Final = 50  # of one member
MOST_PER_DAY: Final = 20  # of one member
_FORM: Final = re.compile(r"[0-9A-Za-z_-]{43}")


class InvitationState(StrEnum):
    """What became of an invitation, as its member is told."""

    INVITED = "invited"
    EXPIRED = "expired"
    APPLIED = "applied"  # and waits, or was declined: that is between the applicant and the sector body
    ADMITTED = "admitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerInvitation:
    """An invitation as it is kept: of its secret only the digest; instants in microseconds since 1970."""

    sha256: bytes
    partner_id: str
    made_at: int
    expires_at: int
    application: ApplicationState | None = None  # of the application that it led to

    def state_at(self, now: int) -> InvitationState:
        """Say what became of it."""
        if self.application is not None:
            admitted = self.application is ApplicationState.APPROVED
            return InvitationState.ADMITTED if admitted else InvitationState.APPLIED
        return InvitationState.INVITED if now < self.expires_at else InvitationState.EXPIRED


def new_secret() -> tuple[str, bytes]:
    """Make the secret of a link, which is shown once, and the digest that is kept of it."""
    secret = secrets.token_urlsafe(32)
    return secret, digest_of(secret)


def digest_of(secret: str) -> bytes:
    """Reduce a presented secret to its digest.

    Raises:
        Refusal: code `partner-invitation-refused`: it has not the form of one.
    """
    if not _FORM.fullmatch(secret):
        raise refused()
    return hashlib.sha256(secret.encode()).digest()


def refused() -> Refusal:
    """Build the one answer to whatever is no invitation that holds."""
    return Refusal([Problem(sentence=say.INVITATION_REFUSED)])


def require_room(*, is_open: int, of_today: int) -> None:
    """Check that a member may invite one more.

    Raises:
        Refusal: code `partner-too-many-invitations`.
    """
    if is_open >= MOST_OPEN or of_today >= MOST_PER_DAY:
        values = {"open": MOST_OPEN, "day": MOST_PER_DAY}
        raise Refusal([Problem(sentence=say.TOO_MANY_INVITATIONS, values=values)])


_MAIL: Final = {
    "fr": (
        "Objet : {member} vous invite à rejoindre {instance}\n\n"
        "Bonjour,\n\n"
        "{member} trace ses produits sur {instance}, la plateforme de traçabilité de la filière, et vous propose d'y "
        "déclarer les vôtres. Votre candidature est préparée ici ; le lien sert une fois et vaut jusqu'au {until} :\n\n"
        "{link}\n\n"
        "L'organisme de la filière décide de l'admission. {member} verra que vous avez posé votre candidature, et si "
        "vous êtes admis ; rien d'autre.\n"
    ),
    "en": (
        "Subject: {member} invites you to join {instance}\n\n"
        "Hello,\n\n"
        "{member} traces its products on {instance}, the traceability platform of the sector, and suggests that you "
        "declare yours there. Your application is prepared here; the link works once, until {until}:\n\n"
        "{link}\n\n"
        "The sector body decides on admission. {member} will see that you applied, and whether you are admitted; "
        "nothing else.\n"
    ),
}


def mail_text(language: Language, *, member: str, instance: str, link: str, until: str) -> str:
    """Write the mail that the member sends by itself; names are said as they are."""
    return _MAIL[language].format(member=member, instance=instance, link=link, until=until)

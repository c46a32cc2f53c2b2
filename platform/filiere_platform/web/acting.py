"""Who acts on a page, as the log names him, with what his act is signed and when."""

from __future__ import annotations

from typing import TypedDict

from filiere_platform.domain.audit import ActSigner, Author, author_of
from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.member import Member
from filiere_platform.domain.sentences import NOT_FOUND, TOKEN_REFUSED
from filiere_platform.web.visit import Frame, Visit
from filiere_schemas.problems import Problem, Refusal


class Acting(TypedDict):
    """What every use case that records an act asks for."""

    author: Author
    signer: ActSigner
    now: int


def acting(frame: Frame, visit: Visit) -> Acting:
    """Give who acts.

    Raises:
        Unauthenticated: nobody is signed in on a machine that signs no acts.
    """
    signer = frame.services.act_signer()
    if signer is None:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    directory = frame.services.directory.snapshot()
    return Acting(author=author_of(visit.principal, directory), signer=signer, now=frame.services.clock())


def own_member(visit: Visit) -> Member:
    """Give for whom somebody acts.

    Raises:
        Unauthenticated: for nobody.
    """
    if visit.member is None:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    return visit.member


def number_of(text: str) -> int:
    """Read a number that an address or a form gives.

    Raises:
        Refusal: code `not-found`: it is none, and so names nothing.
    """
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(2**53)) - 1:
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": text[:20]})])
    return int(text)

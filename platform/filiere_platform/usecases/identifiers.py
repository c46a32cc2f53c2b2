"""Give members identifiers and GS1 company prefixes, and take them away; each change is an act in the log."""

from __future__ import annotations

from filiere_platform.domain import sentences
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.member import Member
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.domain.ownership import PREFIX_STEM, prefix_key
from filiere_platform.domain.ownership_sentences import OWN_URI, PREFIX_OVERLAPS
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal


def key_of(identifier: str) -> str:
    """Give the key under which an identifier is kept: digits alone are a GS1 company prefix, the rest is a URI.

    Raises:
        InvalidIdentifier: it has no canonical key.
        Refusal: code `not-a-company-prefix`.
    """
    digits = identifier.removeprefix(PREFIX_STEM)  # as it is kept already
    return prefix_key(digits) if digits.isdecimal() else canonical_key(identifier)


def add_identifier(
    uow: UnitOfWork, member: Member, identifier: str, *, author: Author, signer: ActSigner, now: int
) -> str:
    """Give a member an identifier; that it has it already changes nothing. Gives its key.

    Raises:
        AlreadyExists: it is another member's, or a prefix that overlaps one of another member.
        InvalidIdentifier, Refusal: it is none.
    """
    key = key_of(identifier)
    parties = uow.directory().parties
    owner = parties.get(key)
    if owner == member.id:
        return key
    if owner is not None:
        raise AlreadyExists([Problem(sentence=sentences.IDENTIFIER_TAKEN, values={"key": key})])
    if key.startswith(PREFIX_STEM):
        for other, holder in parties.items():
            overlaps = other.startswith(PREFIX_STEM) and (other.startswith(key) or key.startswith(other))
            if overlaps and holder != member.id:
                found, expected = key.removeprefix(PREFIX_STEM), other.removeprefix(PREFIX_STEM)
                values = {"found": found, "expected": expected}
                raise AlreadyExists([Problem(sentence=PREFIX_OVERLAPS, values=values)])
    uow.members.add_identifiers(member.id, [key])
    record_act(uow, Act(act="identifier.add", author=author, member_id=member.id, object=key), signer=signer, now=now)
    return key


def remove_identifier(
    uow: UnitOfWork, member: Member, identifier: str, *, author: Author, signer: ActSigner, now: int
) -> str:
    """Take an identifier from a member: later events under it are nobody's, what was stored stays. Gives its key.

    Raises:
        Refusal: code `own-uri`, or `not-found`: the member does not have it.
        InvalidIdentifier: it is none.
    """
    key = key_of(identifier)
    if key == canonical_key(member.uri) or key == member.uri:
        raise Refusal([Problem(sentence=OWN_URI, values={"key": key})])
    if not uow.members.remove_identifier(member.id, key):
        raise Refusal([Problem(sentence=sentences.NOT_FOUND, values={"what": key})])
    record_act(
        uow, Act(act="identifier.remove", author=author, member_id=member.id, object=key), signer=signer, now=now
    )
    return key

"""Found an instance: its name, its sector, the origin of its log."""

from __future__ import annotations

import re

from filiere_platform.domain.instance import Instance
from filiere_platform.domain.member import Member
from filiere_platform.domain.member_changes import identifiers_of
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.problems import Problem, Refusal, Sentence

# C2SP tlog-checkpoint: an origin is one line; schema-less URLs are recommended, and a note's key name
# holds neither spaces nor plus signs.
ORIGIN_FORM = re.compile(r"[a-z0-9][a-z0-9.\-]*(/[A-Za-z0-9._\-]+)*")

BAD_ORIGIN = Sentence(
    "bad-log-origin",
    "« {found} » ne peut pas nommer un journal. Attendu : un domaine et un chemin, comme log.exemple.fr/filiere.",
    "“{found}” cannot name a log. Expected: a domain name and a path, such as log.example.org/sector.",
)
ORIGIN_IS_FIXED = Sentence(
    "log-origin-fixed",
    "L'instance existe déjà avec l'origine {expected} ; l'origine d'un journal ne change jamais ({found} demandé).",
    "The instance exists already with origin {expected}; the origin of a log never changes ({found} asked for).",
)
SECTOR_BODY_IS_FIXED = Sentence(
    "sector-body-fixed",
    "L'organisme de la filière est déjà membre sous {expected} ; son identifiant ne change plus ({found} demandé).",
    "The sector body is a member already as {expected}; its identifier does not change any more ({found} asked for).",
)


def found_instance(uow: UnitOfWork, *, origin: str, sector: str, name: str, now: int) -> Instance:
    """Found the instance, or find it again: founding twice with the same origin changes nothing.

    Raises:
        Refusal: the origin is malformed, or another one was chosen before.
    """
    existing = uow.instance.read()
    if existing is not None:
        if origin and origin != existing.origin:
            values = {"expected": existing.origin, "found": origin}
            raise Refusal([Problem(sentence=ORIGIN_IS_FIXED, values=values)])
        return existing
    if not ORIGIN_FORM.fullmatch(origin):
        raise Refusal([Problem(sentence=BAD_ORIGIN, values={"found": origin})])
    return uow.instance.create(origin=origin, sector=sector, name=name, now=now)


def found_sector_body(uow: UnitOfWork, *, uri: str, name: str) -> Member:
    """Admit the sector body as a member, or find it again: its URI never changes, and there is one.

    Without a URI of its own it is named after the log's origin, which is unique in the world and stays too.

    Raises:
        Refusal: the URI is malformed, another member's, or not the one that was chosen before.
    """
    existing = uow.members.sector_body()
    if existing is not None:
        if uri and uri != existing.uri:
            values = {"expected": existing.uri, "found": uri}
            raise Refusal([Problem(sentence=SECTOR_BODY_IS_FIXED, values=values)])
        return existing
    instance = uow.instance.read()
    assert instance is not None  # noqa: S101 - the caller has just founded it
    chosen = uri or f"https://{instance.origin}"
    keys = identifiers_of(chosen, (), uow.directory())
    return uow.members.add(uri=chosen, name=name, sharing=None, identifiers=keys, is_sector_body=True)

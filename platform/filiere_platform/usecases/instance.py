"""Found an instance: its name, its sector, the origin of its log."""

from __future__ import annotations

import re

from filiere_platform.domain.instance import Instance
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

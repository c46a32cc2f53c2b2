"""A mandate: an auditor's or authority's right to look, for a purpose, at a scope, from when until when.

Nobody gives a right to look at what is not his: an owner gives one over its own records alone, the sector body one over
the members that accepted, by a version of the charter that says so, that it may. What a mandate covers is decided from
an event's own row: its sender, its time, its objects. An identifier that a member is given later widens nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from filiere_platform.domain import mandate_sentences as say
from filiere_platform.domain.audience import FIRST_MANDATE, NOBODY
from filiere_schemas.identifiers import InvalidIdentifier, canonical_key
from filiere_schemas.problems import Problem, Refusal

DAY: Final = 86_400_000_000  # microseconds
LONGEST_LIFE_DAYS: Final = 400  # a yearly audit and its follow-up
LONGEST_REASON: Final = 500  # characters
MOST_MEMBERS: Final = 500
MOST_PRODUCTS: Final = 200
MOST_OBJECTS: Final = 1_000
MOST_IN_FORCE: Final = 200  # of one giver at a time: each costs a look at every new record

_CLASS: Final = re.compile(r"(https://id\.gs1\.org/01/[0-9]{14})(?:/.*)?")
_OWN_NUMBERS: Final = re.compile(r"urn:filiere:(?:lot|item):([^:]+:[^:]+:[^:]+):[^:]+")
_OWN_PRODUCT: Final = re.compile(r"urn:filiere:(?:lot|item):([^:]+:[^:]+:[^:]+)")


class MandatePurpose(StrEnum):
    """What a mandate is for, in one word; the reason beside it says the rest."""

    AUDIT = "audit"
    RECALL = "recall"
    INSPECTION = "inspection"
    CERTIFICATION = "certification"


class MandateState(StrEnum):
    """Where a mandate stands at an instant."""

    COMING = "coming"
    IN_FORCE = "in force"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateScope:
    """What a mandate covers: all of it has to hold of an event, and what is empty limits nothing."""

    members: frozenset[int] = frozenset()  # who sent the event; never empty in a mandate that was given
    products: frozenset[str] = frozenset()  # as `product_of` names them
    objects: frozenset[str] = frozenset()  # canonical keys of lots, items, logistic units
    event_from: int | None = None  # microseconds since 1970; the whole interval of the event's time lies within
    event_before: int | None = None

    @property
    def names_objects(self) -> bool:
        """Whether the objects of an event have to be looked at."""
        return bool(self.products or self.objects)


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRequest:
    """What somebody asks to give; `holder_id` None is a mandate of guest links alone."""

    purpose: MandatePurpose
    reason: str
    scope: MandateScope
    holder_id: int | None
    person_id: str | None = None  # of the holder; None: whoever of it may use mandates
    starts_at: int | None = None  # None: now
    ends_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A mandate that was given; instants in microseconds since 1970."""

    number: int
    id: str  # opaque, as everybody outside names it
    giver_id: int
    holder_id: int | None
    person_id: str | None
    purpose: MandatePurpose
    reason: str
    scope: MandateScope
    given_at: int
    starts_at: int
    ends_at: int
    revoked_at: int | None = None
    followed: int = 0  # the records below this log index were looked at

    @property
    def audience(self) -> int:
        """The audience that its grants are given to."""
        return audience_of(self.number)

    def state(self, now: int) -> MandateState:
        """Say where it stands."""
        if self.revoked_at is not None:
            return MandateState.REVOKED
        if now >= self.ends_at:
            return MandateState.ENDED
        return MandateState.IN_FORCE if now >= self.starts_at else MandateState.COMING


class MandateFact(NamedTuple):
    """What a mandate asks of an event."""

    log_index: int
    member_id: int
    earliest: int
    latest: int
    objects: frozenset[str] = frozenset()  # canonical keys; read only where the scope names objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """Who gives: a member, and over whom else than itself it may give mandates."""

    member_id: int
    over: frozenset[int] = field(default_factory=frozenset)  # as the sector body: who accepted it by charter


def audience_of(number: int) -> int:
    """Give the audience of a mandate by its number, which counts from 1."""
    return FIRST_MANDATE + 1 - number


def number_of(audience: int) -> int:
    """Give the number of the mandate that an audience is."""
    return FIRST_MANDATE + 1 - audience


def is_mandate(audience: int) -> bool:
    """Say whether an audience is a mandate's."""
    return NOBODY < audience <= FIRST_MANDATE


def new_mandate_id() -> str:
    """Make the opaque id of a mandate, which no command line takes for an option."""
    while (made := secrets.token_urlsafe(12)).startswith("-"):
        pass
    return made


def covers(scope: MandateScope, fact: MandateFact) -> bool:
    """Say whether a scope covers an event."""
    if scope.members and fact.member_id not in scope.members:
        return False
    # An event whose time is only known as an interval is within the period if it is for every instant of it.
    if scope.event_from is not None and fact.earliest < scope.event_from:
        return False
    if scope.event_before is not None and fact.latest >= scope.event_before:
        return False
    if scope.objects and scope.objects.isdisjoint(fact.objects):
        return False
    return not scope.products or any(product_of(key) in scope.products for key in fact.objects)


def product_of(key: str) -> str | None:
    """Name the product that a canonical key is a lot, an item or the class of; None where it has none."""
    found = _CLASS.fullmatch(key)
    if found is not None:
        return found[1]
    own = _OWN_NUMBERS.fullmatch(key)
    return None if own is None else f"urn:filiere:lot:{own[1]}"


def read_product(text: str) -> str:
    """Read a product: a GTIN's class in any form, or `urn:filiere:lot:{scheme}:{party}:{item}`; or one of its lots.

    Raises:
        Refusal: code `mandate-product`.
    """
    own = _OWN_PRODUCT.fullmatch(text)
    try:
        product = product_of(canonical_key(f"{text}:1" if own else text))
    except InvalidIdentifier:
        product = None
    if product is None:
        raise Refusal([Problem(sentence=say.MANDATE_PRODUCT, pointer="/scope/products", values={"found": text[:200]})])
    return product


def decide_mandate(request: MandateRequest, giver: Giver, *, in_force: int, now: int) -> MandateRequest:
    """Decide whether somebody may give a mandate; gives it with its members and its beginning filled in.

    Raises:
        Refusal: every reason why not, codes `mandate-...`.
    """
    problems = [*_unwell_formed(request), *_at_the_wrong_time(request, now)]
    scope = request.scope
    if not (scope.members or scope.products or scope.objects):
        problems.append(Problem(sentence=say.MANDATE_SCOPE_EMPTY, pointer="/scope"))
    # Whoever names no members means its own records: nobody can mean those of others without naming them.
    members = scope.members or frozenset({giver.member_id})
    if not members <= giver.over | {giver.member_id}:
        problems.append(Problem(sentence=say.MANDATE_NOT_YOURS, pointer="/scope/members"))
    if request.holder_id == giver.member_id:
        problems.append(Problem(sentence=say.MANDATE_TO_ONESELF, pointer="/holder"))
    if in_force >= MOST_IN_FORCE:
        problems.append(Problem(sentence=say.TOO_MANY_MANDATES, values={"limit": MOST_IN_FORCE}))
    if problems:
        raise Refusal(problems)
    return MandateRequest(
        purpose=request.purpose,
        reason=request.reason.strip(),
        scope=MandateScope(
            members=members,
            products=scope.products,
            objects=scope.objects,
            event_from=scope.event_from,
            event_before=scope.event_before,
        ),
        holder_id=request.holder_id,
        person_id=request.person_id,
        starts_at=max(now, now if request.starts_at is None else request.starts_at),
        ends_at=request.ends_at,
    )


def may_see_mandate(mandate: Mandate, member_id: int | None, *, governs: bool) -> bool:
    """Say whether somebody may read that there is a mandate: its parties, who is looked at, and who governs."""
    parties = {mandate.giver_id, mandate.holder_id, *mandate.scope.members}
    return governs or (member_id is not None and member_id in parties)


def _unwell_formed(request: MandateRequest) -> list[Problem]:
    problems = []
    if not 0 < len(request.reason.strip()) <= LONGEST_REASON or not request.reason.strip().isprintable():
        problems.append(Problem(sentence=say.MANDATE_REASON, pointer="/reason", values={"limit": LONGEST_REASON}))
    scope = request.scope
    sizes: tuple[tuple[str, Collection[object], int], ...] = (
        ("members", scope.members, MOST_MEMBERS),
        ("products", scope.products, MOST_PRODUCTS),
        ("objects", scope.objects, MOST_OBJECTS),
    )
    for name, values, most in sizes:
        if len(values) > most:
            found = {"found": len(values), "limit": most}
            problems.append(Problem(sentence=say.MANDATE_SCOPE_SIZE, pointer=f"/scope/{name}", values=found))
    if request.person_id is not None and request.holder_id is None:
        problems.append(Problem(sentence=say.MANDATE_PERSON, pointer="/person"))
    return problems


def _at_the_wrong_time(request: MandateRequest, now: int) -> list[Problem]:
    problems = []
    begins = max(now, now if request.starts_at is None else request.starts_at)
    if not begins < request.ends_at <= begins + LONGEST_LIFE_DAYS * DAY or begins > now + LONGEST_LIFE_DAYS * DAY:
        problems.append(Problem(sentence=say.MANDATE_LIFE, pointer="/until", values={"limit": LONGEST_LIFE_DAYS}))
    scope = request.scope
    if scope.event_from is not None and scope.event_before is not None and scope.event_from >= scope.event_before:
        problems.append(Problem(sentence=say.MANDATE_PERIOD, pointer="/scope/period"))
    return problems

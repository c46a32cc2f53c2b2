"""Looks: what mandates have shown of whose records, chained for each member that was looked at.

It reads who sent an event that has passed the gate, what it is called and which objects it speaks of, and no contents.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import insert, or_, select, text, update
from sqlmodel import Session

from filiere_platform.domain.credential import Forbidden
from filiere_platform.domain.look import (
    FIRST_PREV,
    KeptLook,
    Look,
    Question,
    chain_digest,
    responsible,
    say_look,
    write_ranges,
)
from filiere_platform.domain.mandate import audience_of, number_of
from filiere_platform.domain.mandate_sentences import MANDATE_OVER
from filiere_platform.domain.principal import Actor
from filiere_platform.store.column_types import one_of
from filiere_platform.store.mandates import in_force
from filiere_platform.store.tables import EDGE, EVENT, GRANT, NODE
from filiere_platform.store.tables_mandate import GUEST_LINK, LOOK, LOOK_CHAIN, MANDATE
from filiere_schemas.problems import Problem

_AT_ONCE = 10_000  # log indexes of one statement
_COLUMNS = [LOOK.c[name] for name in KeptLook.__dataclass_fields__]
# A chain begins with the first look; of two who begin it at the same moment one does.
_BEGIN = text(
    "INSERT INTO look_chain (member_id, seq, sha256, stated, stated_at) VALUES (:member, 0, :first, 0, 0) "
    "ON CONFLICT (member_id) DO NOTHING"
)


class MandateOver(Forbidden):
    """A mandate ended between the question and its answer; what it would have shown is not shown."""


class LookStore:
    """Knows under which mandates somebody looks, writes down what he was shown, and gives it to who was looked at."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def in_force(self, look: Look) -> frozenset[int]:
        """Give the audiences of the mandates under which somebody looks, at the moment of the look."""
        chosen = select(MANDATE.c.number).where(in_force(look.at))
        if look.guest is not None:
            chosen = chosen.join(GUEST_LINK, GUEST_LINK.c.mandate == MANDATE.c.number).where(*_link(look, look.at))
        elif look.member_id is not None:
            mine = or_(MANDATE.c.person_id.is_(None), MANDATE.c.person_id == look.person_id)
            chosen = chosen.where(MANDATE.c.holder_id == look.member_id, mine)
        else:
            return frozenset()
        return frozenset(audience_of(number) for number in self._session.execute(chosen).scalars())

    def keep(
        self, look: Look, shown: Collection[int], own: Sequence[int], mandates: Collection[int], *, now: int
    ) -> bool:
        """Write down what was shown by mandates alone; says whether there was anything.

        `own` are the audiences that the viewer belongs to without any.

        Raises:
            MandateOver: a mandate that showed something is in force no longer.
        """
        by_mandate = self._by_mandate(shown, own, mandates)
        for audience in sorted(by_mandate, reverse=True):  # by number: of two who write, one waits for the other
            self._count(number_of(audience), look, now)
        entries = [
            (member_id, number_of(audience), indexes)
            for audience, found in by_mandate.items()
            for member_id, indexes in self._by_owner(found).items()
        ]
        for member_id, number, indexes in sorted(entries):
            self._append(member_id, number, indexes, look, now)
        return bool(entries)

    def of_member(self, member_id: int, *, after: int, limit: int) -> list[KeptLook]:
        """Read the looks at a member's records behind a number, in order."""
        chosen = select(*_COLUMNS).where(LOOK.c.member_id == member_id, LOOK.c.seq > after)
        return self._read(chosen.order_by(LOOK.c.seq).limit(limit))

    def newest(self, member_id: int, *, limit: int) -> list[KeptLook]:
        """Read the latest looks at a member's records, the newest first."""
        chosen = select(*_COLUMNS).where(LOOK.c.member_id == member_id)
        return self._read(chosen.order_by(LOOK.c.seq.desc()).limit(limit))

    def under(
        self,
        mandates: Sequence[int],
        *,
        of: int | None = None,
        but: int | None = None,
        by_guests: bool = True,
        before: int | None = None,
        limit: int,
    ) -> list[KeptLook]:
        """Read the looks under some mandates, the newest first.

        Args:
            mandates: their numbers.
            of: at this member's records alone.
            but: at the records of everybody but this member.
            by_guests: those of guests, too.
            before: an instant, in microseconds.
            limit: how many at most.
        """
        chosen = select(*_COLUMNS).where(one_of(LOOK.c.mandate, list(mandates)))
        if of is not None:
            chosen = chosen.where(LOOK.c.member_id == of)
        if but is not None:
            chosen = chosen.where(LOOK.c.member_id != but)
        if not by_guests:
            chosen = chosen.where(LOOK.c.by.not_like(f"{Actor.GUEST}:%"))
        if before is not None:
            chosen = chosen.where(LOOK.c.at < before)
        newest = (LOOK.c.at.desc(), LOOK.c.member_id, LOOK.c.seq.desc())
        return self._read(chosen.order_by(*newest).limit(limit)) if mandates else []

    def unstated(self, *, stated_before: int) -> list[tuple[int, int, int, bytes]]:
        """Read which chains have looks that no statement covers, unless one was made of late.

        Gives member, the last number that a statement covers, the last number, and its digest.
        """
        chosen = select(LOOK_CHAIN.c.member_id, LOOK_CHAIN.c.stated, LOOK_CHAIN.c.seq, LOOK_CHAIN.c.sha256).where(
            LOOK_CHAIN.c.seq > LOOK_CHAIN.c.stated, LOOK_CHAIN.c.stated_at <= stated_before
        )
        return [
            (row[0], row[1], row[2], row[3]) for row in self._session.execute(chosen.order_by(LOOK_CHAIN.c.member_id))
        ]

    def state(self, member_id: int, seq: int, *, now: int) -> None:
        """Note that a statement covers a member's looks up to a number."""
        here = LOOK_CHAIN.c.member_id == member_id
        self._session.execute(update(LOOK_CHAIN).where(here).values(stated=seq, stated_at=now))

    def _by_mandate(self, shown: Collection[int], own: Sequence[int], mandates: Collection[int]) -> dict[int, set[int]]:
        found: defaultdict[int, set[int]] = defaultdict(set)
        for part in _parts(shown):
            chosen = select(GRANT.c.log_index, GRANT.c.audience).where(
                one_of(GRANT.c.audience, [*own, *mandates]), one_of(GRANT.c.log_index, part)
            )
            audiences: defaultdict[int, list[int]] = defaultdict(list)
            for log_index, audience in self._session.execute(chosen):
                audiences[log_index].append(audience)
            for log_index, granted in audiences.items():
                for mandate in responsible(granted, own, mandates):
                    found[mandate].add(log_index)
        return found

    def _by_owner(self, indexes: Collection[int]) -> dict[int, set[int]]:
        owners: defaultdict[int, set[int]] = defaultdict(set)
        for part in _parts(indexes):
            chosen = select(EVENT.c.log_index, EVENT.c.member_id).where(one_of(EVENT.c.log_index, part))
            for log_index, member_id in self._session.execute(chosen):
                owners[member_id].add(log_index)
        return owners

    def _count(self, number: int, look: Look, now: int) -> None:
        """Count an answer, which takes the mandate's row until the transaction ends: nobody ends it meanwhile."""
        here = (MANDATE.c.number == number, in_force(now))
        counted = update(MANDATE).where(*here).values(looks=MANDATE.c.looks + 1).returning(MANDATE.c.number)
        if look.guest is not None:
            counted = counted.where(select(GUEST_LINK.c.number).where(*_link(look, now)).exists())
        if self._session.execute(counted).first() is None:
            raise MandateOver([Problem(sentence=MANDATE_OVER)])

    def _append(self, member_id: int, number: int, indexes: Collection[int], look: Look, now: int) -> None:
        self._session.execute(_BEGIN, {"member": member_id, "first": FIRST_PREV})
        here = LOOK_CHAIN.c.member_id == member_id
        taken = update(LOOK_CHAIN).where(here).values(seq=LOOK_CHAIN.c.seq + 1)
        seq, prev = self._session.execute(taken.returning(LOOK_CHAIN.c.seq, LOOK_CHAIN.c.sha256)).one()
        mandate_id = self._session.execute(select(MANDATE.c.id).where(MANDATE.c.number == number)).scalar_one()
        question = look.question.told(self._known(look.question, indexes))
        said = say_look(
            mandate_id=mandate_id,
            seq=seq,
            at=now,
            by=look.by,
            question=question,
            records=write_ranges(indexes),
            count=len(indexes),
        )
        digest = chain_digest(prev, said)
        row = {"member_id": member_id, "seq": seq, "mandate": number, "at": now, "by": look.by, "sha256": digest}
        written = {"question": json.dumps(question, ensure_ascii=False), "records": said["records"]}
        self._session.execute(insert(LOOK).values(**row, **written, count=len(indexes)))
        self._session.execute(update(LOOK_CHAIN).where(here).values(sha256=digest))

    def _known(self, question: Question, indexes: Collection[int]) -> set[str]:
        """Find the names in a question that some records speak of, as objects or places or as the event's own."""
        names = question.names()
        known: set[str] = set()
        if not names:
            return known
        nodes = select(NODE.c.node_id, NODE.c.key).where(one_of(NODE.c.key, sorted(set(names.values()))))
        keys = {row.node_id: row.key for row in self._session.execute(nodes)}
        spoken: set[str] = set()
        for part in _parts(indexes):
            if keys:
                touched = select(EDGE.c.node_id).where(
                    one_of(EDGE.c.log_index, part), one_of(EDGE.c.node_id, list(keys))
                )
                spoken |= {keys[node] for node in self._session.execute(touched.distinct()).scalars()}
            called = select(EVENT.c.event_id).where(
                one_of(EVENT.c.log_index, part), one_of(EVENT.c.event_id, list(names))
            )
            known |= set(self._session.execute(called).scalars())
        return known | {name for name, key in names.items() if key in spoken}

    def _read(self, chosen: Any) -> list[KeptLook]:
        return [KeptLook(**row) for row in self._session.execute(chosen).mappings()]


def _link(look: Look, now: int) -> Iterator[Any]:
    mandate, number = look.guest or (0, 0)
    yield GUEST_LINK.c.mandate == mandate
    yield GUEST_LINK.c.number == number
    yield GUEST_LINK.c.revoked_at.is_(None)
    yield GUEST_LINK.c.ends_at > now


def _parts(indexes: Iterable[int]) -> Iterator[list[int]]:
    chosen = sorted(indexes)
    for start in range(0, len(chosen), _AT_ONCE):
        yield chosen[start : start + _AT_ONCE]

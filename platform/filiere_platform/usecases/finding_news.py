"""Tell members on the bus what becomes of their findings: opened, explained, closed, opened again.

Every change is noted in the commit that makes it (`store/findings.py`), so that none is lost; it is told at least once,
under the same id. Where a rule starts anew and finds the same, nothing is told again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from filiere_platform.domain.finding import Finding, FindingNews, FindingState
from filiere_platform.domain.finding_message import ToldFinding, finding_event, finding_messages
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.message import Message
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.findings import finding_as_json

MOST_NEWS = 500  # of one round
LATER = 60_000_000  # microseconds until a member whose queue refuses is offered its news again


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsRound:
    """What is due: the messages, with the positions of the news in each; `ids` is what each news says now."""

    news: Sequence[FindingNews]
    ids: Sequence[str | None]  # None: there is nothing to say of it
    messages: Sequence[tuple[Message, tuple[int, ...]]] = field(default=())

    @property
    def has_more(self) -> bool:
        """Whether more may be due than one round takes."""
        return len(self.news) == MOST_NEWS


def plan_news(uow: UnitOfWork, members: Collection[int], *, origin: str, now: int) -> NewsRound:
    """Read what some members are to be told now; `now` is in microseconds since 1970."""
    news = uow.findings.news(members, now, limit=MOST_NEWS)
    ids: list[str | None] = []
    told = []
    for position, each in enumerate(news):
        finding = each.finding
        if finding is None or (each.told is None and _was_never_open(finding)):
            ids.append(each.told)
            continue
        document = finding_as_json(finding, now=now)
        event = finding_event(document, changed_at=iso_instant(_changed_at(finding)), origin=origin)
        ids.append(event["id"])
        if event["id"] != each.told:
            told.append(ToldFinding(each.member_id, event, position))
    return NewsRound(news=news, ids=ids, messages=finding_messages(told))


def settle_news(uow: UnitOfWork, planned: NewsRound, refused: Collection[int], *, now: int) -> None:
    """Note what was told; `refused` are positions of messages that were not taken, which are told later."""
    later = {position for at in refused for position in planned.messages[at][1]}
    uow.findings.postpone_news([planned.news[position] for position in sorted(later)], now + LATER)
    for position, (news, said) in enumerate(zip(planned.news, planned.ids, strict=True)):
        if position not in later:
            uow.findings.note_told(news, said)


def _was_never_open(finding: Finding) -> bool:
    return finding.closed_at is not None and finding.closed_at <= finding.opens_at


def _changed_at(finding: Finding) -> int:
    closing = finding.closing
    if finding.state_at(finding.opens_at) is FindingState.CLOSED and closing is not None:
        return closing[0]
    return finding.opens_at if finding.step is None else max(finding.step.at, finding.opens_at)

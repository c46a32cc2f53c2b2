"""Recalls as their issuer reads them, and notices as those whom they warn do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import orjson

from filiere_platform.domain.amount import written
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Directory
from filiere_platform.domain.recall import (
    Answer,
    Approval,
    Notice,
    Reach,
    Recall,
    RecallAct,
    RecallScope,
    approvers,
    latest,
)
from filiere_platform.domain.recall_accounting import account_as_json, account_for, accounted_percent, timings
from filiere_platform.domain.recall_document import handed_as_json, lot_as_json, scope_of
from filiere_platform.domain.supplier import Partner
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.sectors.balance import BalanceRules

MOST_LISTED = 200
_NAMED = frozenset({Reach.OWN, Reach.DIRECT, Reach.OUTSIDE})


def list_recalls(uow: UnitOfWork, member_id: int) -> list[dict[str, Any]]:
    """List a member's own recalls, the newest first."""
    return [summary_of(recall) for recall in uow.recalls.of_issuer(member_id, limit=MOST_LISTED)]


def summary_of(recall: Recall) -> dict[str, Any]:
    """Lay out what a list says of a recall."""
    question = recall.question
    return {
        "id": recall.id,
        "state": recall.state.value,
        "drill": question.is_drill,
        "reason": question.reason,
        "objects": list(question.objects),
        "version": recall.version,
        "started": iso_instant(recall.started_at),
        "sent": None if recall.sent_at is None else iso_instant(recall.sent_at),
        "closed": None if recall.closed_at is None else iso_instant(recall.closed_at),
    }


def show_recall(uow: UnitOfWork, recall: Recall, *, rules: BalanceRules) -> dict[str, Any]:
    """Lay out a recall for its issuer; of whom the platform forwarded to, numbers alone."""
    kept = uow.recalls.scopes(recall.id)
    scope = scope_of(orjson.loads(kept[-1].document))
    notices = uow.recalls.notices(recall.id)
    answers = uow.recalls.answers([each.id for each in notices])
    accounts = account_for(scope.lots, notices, answers, rules=rules)
    approvals = uow.recalls.approvals(recall.id)
    return {
        **summary_of(recall),
        "sameLine": recall.question.same_line,
        "sites": [
            {"site": each.site, "from": iso_instant(each.start), "to": iso_instant(each.stop)}
            for each in recall.question.sites
        ],
        "lots": [lot_as_json(each) for each in scope.lots],
        "cut": scope.cut,
        "versions": [
            {"version": each.version, "made": iso_instant(each.made_at), "index": each.log_index, **each.changes}
            for each in kept
        ],
        "approvals": _approvals(recall, approvals),
        "consignees": _consignees(uow, recall, scope, notices, answers),
        "forwarded": _forwarded(scope, notices, answers),
        "accounts": [account_as_json(each) for each in accounts],
        "accountedPercent": written(accounted_percent(accounts)),
        "timings": timings(recall, notices),
    }


def list_notices(uow: UnitOfWork, member_id: int, directory: Directory) -> list[dict[str, Any]]:
    """List what a member was warned of, the newest first."""
    found = uow.recalls.notices_to(member_id, limit=MOST_LISTED)
    answers = uow.recalls.answers([each.id for each in found])
    return [show_notice(uow, each, answers, directory) for each in found]


def show_notice(uow: UnitOfWork, notice: Notice, answers: Collection[Answer], directory: Directory) -> dict[str, Any]:
    """Lay out a notice for whom it warns; who recalls is named to his own consignees alone."""
    recall = uow.recalls.by_id(notice.recall_id)
    issuer = None if recall is None else directory.members.get(recall.issuer_id)
    is_told = notice.reach is not Reach.FORWARDED
    return {
        "id": notice.id,
        "drill": recall is not None and recall.question.is_drill,
        "reason": "" if recall is None else recall.question.reason,
        "issuer": issuer.uri if is_told and issuer is not None else None,
        "closed": recall is None or recall.closed_at is not None,
        "sent": iso_instant(notice.sent_at),
        "acknowledged": None if notice.acknowledged_at is None else iso_instant(notice.acknowledged_at),
        "lots": handed_as_json(notice.lots),
        "answers": _answers([each for each in answers if each.notice_id == notice.id]),
    }


def _approvals(recall: Recall, approvals: Sequence[Approval]) -> dict[str, list[str]]:
    return {act.value: sorted(approvers(act, recall.version, approvals)) for act in RecallAct}


def _consignees(
    uow: UnitOfWork, recall: Recall, scope: RecallScope, notices: Sequence[Notice], answers: Sequence[Answer]
) -> list[dict[str, Any]]:
    partners = [kept.partner for kept in uow.suppliers.of(recall.issuer_id).partners()]
    identifiers: dict[int, set[str]] = {}
    for key, member_id in uow.links.parties().items():
        identifiers.setdefault(member_id, set()).add(key)
    found = []
    for each in scope.warned:
        if each.reach not in _NAMED:
            continue
        sent = [notice for notice in notices if (notice.reach, notice.party) == (each.reach, each.party)]
        member = None if each.member_id is None else uow.members.by_id(each.member_id)
        keys = {each.party} | identifiers.get(each.member_id or 0, set())
        partner = next((partner for partner in partners if partner.keys & keys), None)
        given = [answer for notice in sent for answer in answers if answer.notice_id == notice.id]
        found.append(
            {
                "reach": each.reach.value,
                "party": each.party,
                "name": member.name if member is not None else "" if partner is None else partner.name,
                "contacts": _contacts(partner),
                "lots": handed_as_json(each.lots),
                "notices": [
                    {
                        "id": notice.id,
                        "sent": iso_instant(notice.sent_at),
                        "lots": handed_as_json(notice.lots),
                        "acknowledged": None if notice.acknowledged_at is None else iso_instant(notice.acknowledged_at),
                    }
                    for notice in sent
                ],
                "answers": _answers(given),
            }
        )
    return found


def _contacts(partner: Partner | None) -> list[dict[str, str]]:
    listed = () if partner is None else partner.contacts
    return [{name: str(getattr(each, name)) for name in ("name", "role", "email", "phone")} for each in listed]


def _forwarded(scope: RecallScope, notices: Sequence[Notice], answers: Sequence[Answer]) -> dict[str, Any]:
    """Count whom the platform warned beyond the consignees: neither who nor which lots, nor how much."""
    sent = [each for each in notices if each.reach is Reach.FORWARDED]
    ids = {each.id for each in sent}
    given = [each for each in latest(answers) if each.notice_id in ids and each.quantity]
    return {
        "recipients": sum(each.reach is Reach.FORWARDED for each in scope.warned),
        "sent": len(sent),
        "acknowledged": sum(each.acknowledged_at is not None for each in sent),
        "answered": len({each.notice_id for each in given}),
        "outcomes": dict(sorted(Counter(each.outcome.value for each in given).items())),
    }


def _answers(answers: Collection[Answer]) -> list[dict[str, Any]]:
    return [
        {
            "lot": each.lot,
            "outcome": each.outcome.value,
            "quantity": str(each.quantity),
            "uom": each.uom,
            "at": iso_instant(each.at),
        }
        for each in latest(answers)
    ]

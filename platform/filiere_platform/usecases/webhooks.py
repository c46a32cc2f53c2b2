"""Give members webhooks, change and remove them; look after their dead letters. Each change is an act in the log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from filiere_platform.domain import webhook_sentences as say
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.person_session import open_secret, seal_secret
from filiere_platform.domain.subscription_sentences import SECRET_OF_SUBSCRIBER, SUBSCRIPTION_NOT_REPLAYED
from filiere_platform.domain.webhook import (
    LONGEST_REASON,
    LONGEST_URL,
    SECRET_OVERLAP,
    DeadLetter,
    Pause,
    Webhook,
    WebhookState,
    host_of,
    new_id,
    read_kinds,
    require_room,
)
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.reading import not_found
from filiere_platform.usecases.replay import position_at
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.webhook import new_secret, write_secret

MOST_LETTERS = 500  # of one list


class WebhookChange(StrEnum):
    """What may be changed of a webhook."""

    PAUSE = "pause"
    RESUME = "resume"
    ROTATE = "rotate"  # its secret


class Reachable(Protocol):
    """Says whether an address may be called at all; `outbound` implements it."""

    def __call__(self, url: str) -> str:
        """Give why an address is refused; empty: it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Who acts, with what his act is signed, when (microseconds since 1970)."""

    author: Author
    signer: ActSigner
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookKeeping:
    """What keeping webhooks needs beside a unit of work: the key that seals secrets, and who knows addresses."""

    key: bytes | None
    refusal_of: Reachable

    def seal(self, secret: bytes, webhook_id: str) -> bytes:
        """Seal a secret for the database.

        Raises:
            Refusal: code `webhook-secrets-elsewhere`.
        """
        return seal_secret(secret, key=self._key(), owner=_owner(webhook_id))

    def open(self, webhook: Webhook, *, now: int) -> list[bytes]:
        """Open the secrets that sign now, the newest first; none that was sealed under another key.

        Raises:
            Refusal: code `webhook-secrets-elsewhere`.
        """
        old = webhook.old_secret(now=now)
        sealed = [webhook.secret, *([] if old is None else [old])]
        opened = [open_secret(each, key=self._key(), owner=_owner(webhook.id)) for each in sealed]
        return [secret for secret in opened if secret is not None]

    def require_reachable(self, url: str, *, pointer: str = "/url") -> str:
        """Check an address as it is given, at a place of what was sent.

        Raises:
            Refusal: code `webhook-address`.
        """
        url = url.strip()
        reason = self.refusal_of(url) if 0 < len(url) <= LONGEST_URL else f"1-{LONGEST_URL}"
        if reason:
            values = {"reason": reason[:LONGEST_REASON]}
            raise Refusal([Problem(sentence=say.ADDRESS_REFUSED, pointer=pointer, values=values)])
        return url

    def _key(self) -> bytes:
        if self.key is None:
            raise Refusal([Problem(sentence=say.SECRETS_ELSEWHERE)])
        return self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenWebhook:
    """A webhook with the text of its secret, for the one answer that shows it."""

    webhook: Webhook
    secret: str = ""  # none was made


def register_webhook(
    uow: UnitOfWork,
    keeping: WebhookKeeping,
    doing: Doing,
    *,
    member_id: int,
    url: str,
    kinds: Collection[str],
    from_beginning: bool = False,
) -> GivenWebhook:
    """Send a member's stream to an address, from now on or from its beginning; the secret is returned once.

    Raises:
        Refusal: the address is refused, a kind is unknown, or there are too many.
    """
    url, wanted = keeping.require_reachable(url), read_kinds(kinds)
    subscriptions = uow.subscriptions.query_names(member_id=member_id)
    require_room([each for each in uow.webhooks.of_member(member_id) if each.id not in subscriptions])
    webhook_id, secret = new_id(), new_secret()
    webhook = Webhook(
        id=webhook_id,
        member_id=member_id,
        url=url,
        kinds=wanted,
        secret=keeping.seal(secret, webhook_id),
        made_at=doing.now,
        position=0 if from_beginning else uow.log.head().grants,
    )
    uow.webhooks.add(webhook)
    _record(uow, webhook, "webhook.register", doing, host=host_of(url), kinds=" ".join(sorted(wanted)) or "*")
    return GivenWebhook(webhook=webhook, secret=write_secret(secret))


def change_webhook(
    uow: UnitOfWork, keeping: WebhookKeeping, doing: Doing, webhook: Webhook, change: WebhookChange
) -> GivenWebhook:
    """Change a webhook; only where its secret is changed is there one to show.

    Raises:
        Refusal: it is resumed, and its address has become one that is not called; or it is a subscription, whose
            secret is its subscriber's.
    """
    match change:
        case WebhookChange.ROTATE:
            return _rotate(uow, keeping, doing, webhook)
        case WebhookChange.PAUSE:
            return GivenWebhook(webhook=_pause(uow, doing, webhook))
        case WebhookChange.RESUME:
            return GivenWebhook(webhook=_resume(uow, keeping, doing, webhook))


def replay_webhook(uow: UnitOfWork, doing: Doing, webhook: Webhook, *, start: int) -> Webhook:
    """Send what was stored or granted since an instant (microseconds since 1970) once more, in order.

    The last record of before it is repeated with it (`replay.position_at`); ids tell. A cursor never moves forward.
    Dead letters of what is sent again are forgotten, and what was counted of failures begins anew. What is paused stays
    paused.

    Raises:
        Refusal: code `subscription-not-replayed`.
    """
    if uow.subscriptions.of_webhook(webhook.id) is not None:
        raise Refusal([Problem(sentence=SUBSCRIPTION_NOT_REPLAYED)])
    position = min(webhook.position, position_at(uow, start))
    changed = replace(_afresh(webhook), position=position, alone_until=0)
    uow.webhooks.change(changed)
    uow.webhooks.unbury_behind(webhook.id, position)
    _record(uow, webhook, "webhook.replay", doing, since=iso_instant(start))
    return changed


def tell_paused(uow: UnitOfWork, doing: Doing, webhook: Webhook) -> None:
    """Put into the log that the platform paused a webhook, and tell its member by a finding until it is resumed."""
    why = "" if webhook.pause is None else webhook.pause.value
    index = _record(uow, webhook, "webhook.pause", doing, why=why, said=webhook.said)
    uow.findings.add(
        [
            Finding(
                rule=say.WEBHOOK_PAUSED.code,
                level="warning",
                subject=webhook.id,
                low=0,
                high=0,
                log_index=index,
                member_id=webhook.member_id,
                evidence={"host": host_of(webhook.url), "why": why, "said": webhook.said},
                first_seen=doing.now,
                opens_at=doing.now,
            )
        ]
    )


def remove_webhook(uow: UnitOfWork, doing: Doing, webhook: Webhook) -> None:
    """Send nothing more, for good; its dead letters go with it."""
    _close_findings(uow, doing, webhook)
    act = "webhook.remove" if uow.subscriptions.of_webhook(webhook.id) is None else "subscription.remove"
    uow.webhooks.remove(webhook.id)
    _record(uow, webhook, act, doing, host=host_of(webhook.url))


def webhook_of(uow: UnitOfWork, webhook_id: str, *, member_id: int | None) -> Webhook:
    """Find a webhook of a member; None: of anybody, at the console.

    Raises:
        Refusal: code `not-found`, also of another member's.
    """
    found = uow.webhooks.by_id(webhook_id)
    if found is None or member_id not in {None, found.member_id}:
        raise not_found(webhook_id[:LONGEST_REASON])
    return found


def dead_letter_of(uow: UnitOfWork, letter_id: str, *, member_id: int | None) -> DeadLetter | None:
    """Find a dead letter of a member, if it is that member's; None: of anybody."""
    found = uow.webhooks.dead_letter(letter_id)
    return found if found is not None and member_id in {None, found.member_id} else None


def retry_dead_letter(uow: UnitOfWork, doing: Doing, letter: DeadLetter) -> None:
    """Have a dead letter sent again, as its member may see it then; it is forgotten once it is taken."""
    uow.webhooks.keep_letter(replace(letter, is_due=True))
    _record_letter(uow, letter, "dead-letter.retry", doing)


def discard_dead_letter(uow: UnitOfWork, doing: Doing, letter: DeadLetter, *, reason: str) -> None:
    """Forget a dead letter, for a reason that stays in the log.

    Raises:
        Refusal: code `dead-letter-reason`.
    """
    given = read_reason(reason)
    uow.webhooks.unbury(letter.id)
    _record_letter(uow, letter, "dead-letter.discard", doing, reason=given)


def read_reason(reason: str) -> str:
    """Read why a dead letter is discarded.

    Raises:
        Refusal: code `dead-letter-reason`.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise Refusal([Problem(sentence=say.REASON_MISSING, pointer="/reason", values={"limit": LONGEST_REASON})])
    return reason


def _rotate(uow: UnitOfWork, keeping: WebhookKeeping, doing: Doing, webhook: Webhook) -> GivenWebhook:
    """Give a webhook another secret; for a day the one of before signs, too, so that its receiver has time."""
    if uow.subscriptions.of_webhook(webhook.id) is not None:
        raise Refusal([Problem(sentence=SECRET_OF_SUBSCRIBER)])
    secret = new_secret()
    changed = replace(
        webhook,
        secret=keeping.seal(secret, webhook.id),
        secret_before=webhook.secret,
        secret_before_until=doing.now + SECRET_OVERLAP,
    )
    uow.webhooks.change(changed)
    _record(uow, webhook, "webhook.rotate", doing)
    return GivenWebhook(webhook=changed, secret=write_secret(secret))


def _pause(uow: UnitOfWork, doing: Doing, webhook: Webhook) -> Webhook:
    if webhook.state is WebhookState.PAUSED:
        return webhook
    paused = replace(webhook, state=WebhookState.PAUSED, pause=Pause.BY_MEMBER)
    uow.webhooks.change(paused)
    _record(uow, webhook, "webhook.pause", doing, why=Pause.BY_MEMBER.value)
    return paused


def _resume(uow: UnitOfWork, keeping: WebhookKeeping, doing: Doing, webhook: Webhook) -> Webhook:
    """Go on where it was; what was counted of failures begins anew."""
    keeping.require_reachable(webhook.url)
    resumed = replace(_afresh(webhook), state=WebhookState.ACTIVE, pause=None)
    uow.webhooks.change(resumed)
    _close_findings(uow, doing, webhook)
    if webhook.state is WebhookState.PAUSED:
        _record(uow, webhook, "webhook.resume", doing)
    return resumed


def _afresh(webhook: Webhook) -> Webhook:
    return replace(webhook, refusals=0, failures=0, failing_since=None, dead_in_a_row=0, due_at=0)


def _close_findings(uow: UnitOfWork, doing: Doing, webhook: Webhook) -> None:
    for finding in uow.findings.not_closed(say.WEBHOOK_PAUSED.code, webhook.id, low=0, high=0):
        uow.findings.close(replace(finding, closed_at=doing.now))


def _record(uow: UnitOfWork, webhook: Webhook, act: str, doing: Doing, **details: str) -> int:
    said = Act(act=act, author=doing.author, member_id=webhook.member_id, object=webhook.id, details=details)
    return record_act(uow, said, signer=doing.signer, now=doing.now)


def _record_letter(uow: UnitOfWork, letter: DeadLetter, act: str, doing: Doing, **details: str) -> None:
    details = {"webhook": letter.webhook_id, "record": str(letter.log_index), **details}
    said = Act(act=act, author=doing.author, member_id=letter.member_id, object=letter.id, details=details)
    record_act(uow, said, signer=doing.signer, now=doing.now)


def _owner(webhook_id: str) -> str:
    return f"webhook {webhook_id}"

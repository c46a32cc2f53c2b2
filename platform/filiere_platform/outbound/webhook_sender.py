"""Send a signed body to a webhook, behind the guard: no redirect, a deadline, little of the answer read."""

from __future__ import annotations

import email.utils
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from filiere_platform.domain.webhook import Form
from filiere_platform.domain.webhook_attempt import SECOND, Attempt
from filiere_platform.outbound.exchange import Answer, Unreachable, exchange
from filiere_platform.outbound.guard import AddressRefused, Guard
from filiere_schemas.webhook import sign_report, sign_webhook

CONTENT_TYPES: Final = {
    Form.EVENTS: "application/cloudevents-batch+json; charset=utf-8",
    Form.REPORT: "application/ld+json; charset=utf-8",
}
MOST_OF_ANSWER: Final = 64 * 1024  # bytes: nobody reads them, and a longer answer is no answer to a webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSender:
    """Sends; `seconds` is for one request with its answer, `clock` gives microseconds since 1970."""

    guard: Guard
    seconds: float
    clock: Callable[[], int]

    def refusal_of(self, url: str) -> str:
        """Say why an address is not called; empty where it may be. Its name is looked up now, and at each request."""
        try:
            self.guard.destination(url)
        except AddressRefused as error:
            return str(error)
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""

    def send(self, url: str, body: bytes, *, form: Form, message_id: str, secrets: Sequence[bytes]) -> Attempt:
        """Send a body once, signed with every secret that is valid; whatever happens is an answer of a kind."""
        now = self.clock() // SECOND
        if form is Form.REPORT:
            headers = sign_report(body, secrets[0] if secrets else b"")
        else:
            headers = sign_webhook(body, message_id=message_id, timestamp=now, secrets=secrets)
        try:
            answer = exchange(
                self.guard,
                url,
                body=body,
                content_type=CONTENT_TYPES[form],
                headers=headers,
                seconds=self.seconds,
                most_bytes=MOST_OF_ANSWER,
            )
        except (AddressRefused, Unreachable) as error:
            return Attempt(reason=str(error))
        return Attempt(status=answer.status, retry_after=_retry_after(answer, now))


def _retry_after(answer: Answer, now: int) -> float:
    """Read for how many seconds an endpoint asks to be left alone. Source: RFC 9110, 10.2.3."""
    text = answer.retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return 0.0

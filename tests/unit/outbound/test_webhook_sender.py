"""An address is decided on at each request: a name that moves to a private address is not followed there."""

from __future__ import annotations

from collections.abc import Sequence

from filiere_platform.domain.webhook import Form
from filiere_platform.domain.webhook_attempt import Verdict
from filiere_platform.outbound.guard import Guard
from filiere_platform.outbound.webhook_sender import WebhookSender

NOW = 1_772_600_000_000_000


def test_a_name_that_moves_to_a_private_address_after_registration_is_not_called() -> None:
    answers = [["93.184.216.34"], ["169.254.169.254"], ["93.184.216.34", "10.0.0.1"], []]
    asked: list[str] = []

    def resolve(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return answers.pop(0)

    sender = WebhookSender(guard=Guard(resolve=resolve), seconds=1.0, clock=lambda: NOW)
    url = "https://receiver.example/hook"
    assert sender.refusal_of(url) == ""
    for address in ("169.254.169.254", "10.0.0.1", "no address"):
        attempt = sender.send(url, b"[]", form=Form.EVENTS, message_id="m", secrets=[b"s"])
        assert attempt.verdict is Verdict.FAILED
        assert address in attempt.said
    assert len(asked) == 4


def test_a_name_that_cannot_be_resolved_is_refused_at_registration() -> None:
    def resolve(_: str, __: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    sender = WebhookSender(guard=Guard(resolve=resolve), seconds=1.0, clock=lambda: NOW)
    assert sender.refusal_of("https://nowhere.example/") == "Name or service not known"

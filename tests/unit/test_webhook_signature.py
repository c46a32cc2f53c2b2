"""A webhook's signature: what others make is verified here, and what is made here by others."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.webhook import WebhookRefused, new_secret, sign_webhook, verify_webhook, write_secret

NOW = 1_772_600_000


def signed(body: bytes, *secrets: bytes, timestamp: int = NOW) -> dict[str, str]:
    return sign_webhook(body, message_id="msg_1", timestamp=timestamp, secrets=secrets)


@given(
    body=st.text(),
    secret=st.binary(min_size=24, max_size=64),
    message_id=st.from_regex(r"[a-zA-Z0-9_-]{1,40}", fullmatch=True),
)
def test_a_signature_is_that_of_the_reference(body: str, secret: bytes, message_id: str) -> None:
    made = sign_webhook(body.encode(), message_id=message_id, timestamp=NOW, secrets=[secret])
    reference = standardwebhooks.Webhook(write_secret(secret)).sign(message_id, datetime.fromtimestamp(NOW, UTC), body)
    assert made["webhook-signature"] == reference
    assert verify_webhook(body.encode(), made, [write_secret(secret)], now=NOW) == message_id


def test_the_example_of_the_specification_verifies() -> None:
    # Source: Standard Webhooks 1.0.0, reference implementations' example.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    headers = {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert verify_webhook(body, headers, [secret], now=1614265330) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_of_two_secrets_on_either_side_one_in_common_is_enough() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = signed(b"x", new, old)
    for known in (old, new):
        verify_webhook(b"x", headers, [write_secret(other), write_secret(known)], now=NOW)
    with pytest.raises(WebhookRefused):
        verify_webhook(b"x", headers, [write_secret(other)], now=NOW)


@pytest.mark.parametrize("change", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", "1", "v1,", "v2,AAAA", "-5", "é"])
def test_a_header_that_is_missing_or_changed_is_refused(change: str, value: str) -> None:
    secret = new_secret()
    headers = signed(b"x", secret) | {change: value}
    with pytest.raises(WebhookRefused):
        verify_webhook(b"x", headers, [write_secret(secret)], now=NOW)


@given(flip=st.integers(0, 99))
def test_a_changed_body_is_refused(flip: int) -> None:
    secret, body = new_secret(), bytes(range(100))
    changed = bytearray(body)
    changed[flip] ^= 1
    with pytest.raises(WebhookRefused):
        verify_webhook(bytes(changed), signed(body, secret), [write_secret(secret)], now=NOW)


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_a_message_of_about_now_is_believed(late: int) -> None:
    secret = new_secret()
    verify_webhook(b"x", signed(b"x", secret), [write_secret(secret)], now=NOW + late)


@pytest.mark.parametrize("late", [-301, 301])
def test_a_message_of_another_time_is_refused(late: int) -> None:
    secret = new_secret()
    with pytest.raises(WebhookRefused) as refused:
        verify_webhook(b"x", signed(b"x", secret), [write_secret(secret)], now=NOW + late)
    assert refused.value.problems[0].code == "webhook-time"


def test_a_secret_is_whsec_and_base64() -> None:
    assert base64.b64decode(write_secret(b"a" * 32).removeprefix("whsec_")) == b"a" * 32
    with pytest.raises(WebhookRefused) as refused:
        verify_webhook(b"x", signed(b"x", b"y"), ["whsec_*"], now=NOW)
    assert refused.value.problems[0].code == "webhook-secret"

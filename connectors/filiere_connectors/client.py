"""HTTP to the instance: what a connector asks of it, and what its answers mean for the connector.

Three things can go wrong, and each is something else to do: the instance is away (try again later), it refuses the
request (somebody has to act), or it answers what nobody should believe (stop).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from filiere_connectors import workspace_sentences as sentences
from filiere_schemas.problems import Problem, Refusal, Sentence

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0
LARGEST_ANSWER = 64_000_000  # bytes
LONGEST_RETRY_AFTER = 3600.0  # seconds: an instance cannot put a connector to sleep for ever
_TOO_LARGE = 413
_TOO_MANY = 429
_BROKEN = 500
_SUCCESS = range(200, 300)


class ServerAway(Refusal):
    """The instance does not answer, or cannot serve now; the same request is sent again later."""

    def __init__(self, problems: Sequence[Problem], *, retry_after: float | None = None) -> None:
        super().__init__(problems)
        self.retry_after = retry_after


class ServerRefused(Refusal):
    """The instance refuses the request: a token, a right or a key has to be mended by somebody."""

    def __init__(self, problems: Sequence[Problem], *, status: int, document: Mapping[str, Any]) -> None:
        super().__init__(problems)
        self.status = status
        self.document = document

    @property
    def is_too_large(self) -> bool:
        """Whether fewer records in one request could be accepted."""
        return self.status == _TOO_LARGE


class ServerOdd(Refusal):
    """The instance answered what the connector does not believe; nothing is marked as sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAnswer:
    """What became of a request's records, in the order sent, and the receipt over those that are in the log."""

    receipt: str | None
    outcomes: tuple[Mapping[str, Any], ...]


class Client:
    """A connection to one instance. The token stands in a header, never in an address or a message."""

    def __init__(self, url: str, *, token: str | None = None, language: str = "fr") -> None:
        self.url = url
        self.language = language
        headers = {"Accept-Language": language, "User-Agent": "filiere-connect"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, follow_redirects=False)

    def __enter__(self) -> Self:
        """Open it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._http.close()

    def instance(self) -> dict[str, Any]:
        """Ask who the instance is and under which keys it signs.

        Raises:
            ServerAway: it does not answer.
            ServerOdd: the answer is no such document.
        """
        return self._json(self._ask("GET", "/api/v1/instance"))

    def enrol(self, token: str, proof: str, *, label: str = "") -> dict[str, Any]:
        """Register a key with a one-time token; `status` of the answer is `pending` while the registrar has not signed.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: the token is used or unknown, the key is known.
            ServerOdd: the answer is no such document.
        """
        body = json.dumps({"token": token, "proof": proof, "label": label}).encode()
        return self._json(self._ask("POST", "/api/v1/keys", body, content_type="application/json"))

    def rotate(self, statement: str) -> dict[str, Any]:
        """Replace a key by another one; the same statement again gives the same answer.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: the old key has ended, or the new one is known.
            ServerOdd: the answer is no such document.
        """
        return self._change_key("rotation", statement)

    def revoke(self, statement: str) -> dict[str, Any]:
        """End a key; the same statement again gives the same answer.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: the key has ended already.
            ServerOdd: the answer is no such document.
        """
        return self._change_key("revocation", statement)

    def key_entries(self) -> list[tuple[int, bytes]]:
        """Read every key entry of the log: (log index, compact statement), ascending.

        Raises:
            ServerAway: it does not answer.
            ServerOdd: the answer is no list of entries.
        """
        try:
            found = self._json(self._ask("GET", "/log/keys/"))["keys"]
            return [(int(each["index"]), str(each["statement"]).encode()) for each in found]
        except (KeyError, TypeError, ValueError) as error:
            raise self.odd("keys") from error

    def send(self, envelopes: Sequence[bytes]) -> SendAnswer:
        """Send signed records. A single refused one is an outcome too, as in a request of many.

        Raises:
            ServerAway: nothing is promised.
            ServerRefused: the whole request is refused.
            ServerOdd: the answer does not speak of what was sent.
        """
        try:
            body = self._ask("POST", "/api/v1/records", b"\n".join(envelopes), content_type="application/jose")
            document = self._json(body)
        except ServerRefused as refused:
            document = dict(refused.document)
            if "records" not in document:
                raise
        return self._send_answer(document, count=len(envelopes))

    def read_send_answer(self, status: int, body: bytes, *, count: int) -> SendAnswer:
        """Read the answer to so many records that came another way than over HTTP, with the status that HTTP has.

        Raises:
            ServerAway, ServerRefused, ServerOdd: as `send`.
        """
        document = self._json(body)
        if status not in _SUCCESS and "records" not in document:
            raise self._refused(status, document, retry_after=None)
        return self._send_answer(document, count=count)

    def disclose(self, index: int, disclosures: Sequence[bytes]) -> None:
        """Give disclosures of a record of one's own.

        Raises:
            ServerAway: nothing is promised; the same again is safe.
            ServerRefused: the record or a disclosure is refused.
            ServerOdd: the answer does not speak of what was given.
        """
        body = json.dumps({"disclosures": [each.decode("ascii") for each in disclosures]}).encode()
        answer = self._json(
            self._ask("POST", f"/api/v1/records/{index}/disclosures", body, content_type="application/json")
        )
        if answer.get("index") != index or answer.get("added", 0) + answer.get("known", 0) != len(disclosures):
            raise self.odd("disclosures")

    def recovery(self, *, after: int = -1) -> dict[str, Any]:
        """Ask what the instance has lost, behind a log index.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: the token is not accepted.
            ServerOdd: the answer is no such document.
        """
        return self._json(self._ask("GET", f"/api/v1/recovery?after={after}"))

    def give_back(self, envelopes: Sequence[bytes], receipts: Sequence[bytes]) -> dict[str, Any]:
        """Send records that the instance has lost, and its receipts.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: the token is not accepted, or a receipt is not the instance's.
            ServerOdd: the answer is no such document.
        """
        document = {"records": [each.decode() for each in envelopes], "receipts": [each.decode() for each in receipts]}
        body = json.dumps(document).encode()
        return self._json(self._ask("POST", "/api/v1/recovery/records", body, content_type="application/json"))

    def deliveries(self, *, after: str) -> tuple[list[dict[str, Any]], str]:
        """Read the next batch of the member's stream behind a position: CloudEvents, and where the batch ends.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: the token is not accepted, or the position is not the instance's.
            ServerOdd: the answer is no batch.
        """
        path = f"/api/v1/deliveries?{urlencode({'after': after})}"
        content, headers = self._exchange("GET", path)
        try:
            events = json.loads(content)
        except ValueError as error:
            raise self.odd("JSON") from error
        position = headers.get("Delivery-Position")
        if not isinstance(events, list) or not all(is_cloud_event(each) for each in events) or not position:
            raise self.odd("deliveries")
        return events, position

    def checkpoint(self) -> bytes | None:
        """Read the log's signed head; None before there is one.

        Raises:
            ServerAway: it does not answer.
        """
        try:
            return self._ask("GET", "/log/checkpoint")
        except ServerRefused as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def require_accepted(self) -> None:
        """Ask whether the token is accepted, by reading a record that may be anybody's.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: the token is not accepted.
        """
        try:
            self._ask("GET", "/api/v1/records/0")
        except ServerRefused as refused:
            if refused.status == httpx.codes.UNAUTHORIZED:
                raise

    def issuers_of(self, kid: str) -> set[str]:
        """For whom the log has a key registered.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: the log does not know the key.
            ServerOdd: the answer is no list of keys.
        """
        found = self._json(self._ask("GET", f"/log/keys/{kid}")).get("keys")
        if not isinstance(found, list):
            raise self.odd("keys")
        return {str(entry.get("iss")) for entry in found if isinstance(entry, dict)}

    def chain(self, kid: str) -> dict[str, Any]:
        """Ask what the instance holds of a key's chain.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: the token is not accepted, or the key is not ours.
            ServerOdd: the answer is no such document.
        """
        return self._json(self._ask("GET", f"/api/v1/keys/{kid}/chain"))

    def log_file(self, path: str) -> bytes:
        """Read a tile of the log.

        Raises:
            ServerAway: it does not answer.
            ServerRefused: there is no such tile.
        """
        return self._ask("GET", f"/log/{path}")

    def odd(self, reason: object) -> ServerOdd:
        """Build the refusal of an answer."""
        return ServerOdd([Problem(sentence=sentences.SERVER_ODD, values={"url": self.url, "reason": reason})])

    def _ask(self, method: str, path: str, body: bytes | None = None, *, content_type: str | None = None) -> bytes:
        return self._exchange(method, path, body, content_type=content_type)[0]

    def _exchange(
        self, method: str, path: str, body: bytes | None = None, *, content_type: str | None = None
    ) -> tuple[bytes, httpx.Headers]:
        headers = {} if content_type is None else {"Content-Type": content_type}
        try:
            with self._http.stream(method, path, content=body, headers=headers) as response:
                content = self._bounded(response)
        except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
            raise ServerAway([self._problem(sentences.SERVER_AWAY, reason=_reason(error))]) from error
        if response.status_code in _SUCCESS:
            return content, response.headers
        retry_after = _seconds(response.headers.get("Retry-After"))
        try:
            document = json.loads(content)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            document = {"code": f"http-{response.status_code}", "detail": response.reason_phrase}
        raise self._refused(response.status_code, document, retry_after=retry_after)

    def _bounded(self, response: httpx.Response) -> bytes:
        parts = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            if size > LARGEST_ANSWER:
                raise self.odd(f"> {LARGEST_ANSWER} o")
            parts.append(part)
        return b"".join(parts)

    def _refused(self, status: int, document: Mapping[str, Any], *, retry_after: float | None) -> Refusal:
        if status >= _BROKEN or status == _TOO_MANY:
            problem = self._problem(sentences.SERVER_AWAY, reason=f"HTTP {status}")
            return ServerAway([problem], retry_after=retry_after)
        problem = self._problem(
            sentences.SERVER_REFUSED,
            status=status,
            code=document.get("code", ""),
            reason=document.get("detail") or document.get("title") or "",
        )
        return ServerRefused([problem], status=status, document=document)

    def _send_answer(self, document: Mapping[str, Any], *, count: int) -> SendAnswer:
        outcomes, receipt = document.get("records"), document.get("receipt")
        if not isinstance(outcomes, list) or not isinstance(receipt, str | None) or len(outcomes) != count:
            raise self.odd("records")
        if not all(isinstance(each, dict) for each in outcomes):
            raise self.odd("records")
        return SendAnswer(receipt=receipt, outcomes=tuple(outcomes))

    def _problem(self, sentence: Sentence, **values: object) -> Problem:
        return Problem(sentence=sentence, values={"url": self.url, **values})

    def _change_key(self, what: str, statement: str) -> dict[str, Any]:
        body = json.dumps({"statement": statement}).encode()
        return self._json(self._ask("POST", f"/api/v1/keys/{what}", body, content_type="application/json"))

    def _json(self, content: bytes) -> dict[str, Any]:
        try:
            found = json.loads(content)
        except ValueError as error:
            raise self.odd("JSON") from error
        if not isinstance(found, dict):
            raise self.odd("JSON")
        return found


def is_cloud_event(value: object) -> bool:
    """Whether something has what an event is known by (CloudEvents 1.0, 3.1)."""
    return isinstance(value, dict) and all(
        isinstance(value.get(name), str) and value[name] for name in ("id", "source")
    )


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _seconds(text: str | None) -> float | None:
    """Read Retry-After in seconds; a date, which our instance never sends, counts as nothing."""
    return min(float(text), LONGEST_RETRY_AFTER) if text is not None and text.isdigit() else None

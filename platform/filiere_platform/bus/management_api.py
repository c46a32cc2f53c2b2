"""The HTTP interface of RabbitMQ's management plugin: one question, one answer.

Source: RabbitMQ 3.10, management plugin, HTTP API.
"""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from filiere_platform.domain.broker_access import BrokerAccessUnknown

SECONDS: Final = 10.0  # for one answer
LARGEST_ANSWER: Final = 32 * 1024**2  # bytes
_PORTS: Final = {"http": 15672, "https": 15671}


class ManagementApi:
    """Asks at one address, `http(s)://USER:PASSWORD@HOST:PORT`."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)

    def ask(self, method: str, path: str, content: object = None, *, reason: str = "") -> Any:
        """Ask the management; None where there is nothing of that name.

        Raises:
            BrokerAccessUnknown: it did not answer, or refused. No password is in the message.
        """
        headers = {"Authorization": self._authorization(), "Content-Type": "application/json"}
        if reason:
            headers["X-Reason"] = reason
        body = None if content is None else json.dumps(content)
        connection = self._connect()
        try:
            connection.request(method, f"{self._address.path.rstrip('/')}{path}", body, headers)
            answer = connection.getresponse()
            text = answer.read(LARGEST_ANSWER)
            if answer.status == http.client.NOT_FOUND:
                return None
            if answer.status >= http.client.MULTIPLE_CHOICES:
                msg = f"the broker's management answers {answer.status} to {method} {path}"
                raise BrokerAccessUnknown(msg)
            return json.loads(text) if text else None
        except (OSError, http.client.HTTPException, ValueError) as error:
            msg = f"the broker's management cannot be asked: {type(error).__name__}"
            raise BrokerAccessUnknown(msg) from error
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        host = self._address.hostname or ""
        port = self._address.port or _PORTS[self._address.scheme]
        kind = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
        return kind(host, port, timeout=SECONDS)

    def _authorization(self) -> str:
        user, password = unquote(self._address.username or ""), unquote(self._address.password or "")
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

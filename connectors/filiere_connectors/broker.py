"""A connection to an instance's broker, and what its failures mean for a connector.

The client library is an extra of this package (`filiere-connectors[amqp]`), imported when a connection is opened and
not before.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from filiere_connectors import broker_sentences as sentences
from filiere_connectors.broker_address import BrokerAddress
from filiere_connectors.client import ServerAway, ServerRefused
from filiere_schemas.problems import Problem, Refusal

HEARTBEAT: Final = 30  # seconds
CONNECT_SECONDS: Final = 10.0
_FORBIDDEN: Final = 403


def open_broker(address: BrokerAddress, *, name: str, heartbeat: int = HEARTBEAT) -> Any:
    """Open a connection (`pika.BlockingConnection`); after twice `heartbeat` seconds of silence it is given up.

    Raises:
        Refusal: the extra is not installed.
        ServerAway: the broker does not answer.
        ServerRefused: it does not let the user in.
    """
    pika = _pika()
    with told(address):
        parameters = pika.ConnectionParameters(
            host=address.host,
            port=address.port,
            virtual_host=address.vhost,
            credentials=pika.PlainCredentials(address.user, address.password),
            heartbeat=heartbeat,
            socket_timeout=CONNECT_SECONDS,
            stack_timeout=CONNECT_SECONDS + 5,
            blocked_connection_timeout=CONNECT_SECONDS * 6,
            client_properties={"connection_name": name},
            ssl_options=pika.SSLOptions(ssl.create_default_context(), address.host) if address.is_encrypted else None,
        )
        return pika.BlockingConnection(parameters)


@contextmanager
def told(address: BrokerAddress) -> Iterator[None]:
    """Turn what the client library raises into what a connector does about it.

    Raises:
        ServerAway: the connection is gone, or the broker's queue takes nothing now.
        ServerRefused: the broker does not allow it.
    """
    exceptions = _pika().exceptions
    refused = (
        exceptions.ProbableAuthenticationError,
        exceptions.AuthenticationError,
        exceptions.ProbableAccessDeniedError,
    )
    try:
        yield
    except refused as error:
        # Their text may repeat what was sent; their names say enough.
        raise broker_refused(address, type(error).__name__) from None
    except exceptions.ChannelClosedByBroker as error:
        if error.reply_code == _FORBIDDEN:
            raise broker_refused(address, str(error.reply_text)) from error
        raise broker_away(address, str(error.reply_text)) from error
    except exceptions.NackError as error:
        raise broker_away(address, "reject-publish") from error
    except exceptions.UnroutableError as error:
        raise broker_away(address, "NO_ROUTE") from error
    except (exceptions.AMQPError, OSError) as error:
        raise broker_away(address, type(error).__name__) from error


def broker_away(address: BrokerAddress, reason: str) -> ServerAway:
    """Build the refusal that passes by itself."""
    return ServerAway([Problem(sentence=sentences.BROKER_AWAY, values={"url": address.where, "reason": reason})])


def leave_broker(connection: Any) -> None:
    """Close a connection, if there is one; one that is broken says so once more, and is not heard."""
    with suppress(Exception):
        if connection is not None and connection.is_open:
            connection.close()


def broker_refused(address: BrokerAddress, reason: str) -> ServerRefused:
    """Build the refusal of who is not let in; somebody has to act."""
    problem = Problem(sentence=sentences.BROKER_REFUSED, values={"url": address.where, "reason": reason})
    return ServerRefused([problem], status=_FORBIDDEN, document={})


def _pika() -> Any:
    try:
        import pika
        import pika.exceptions
    except ModuleNotFoundError as error:
        raise Refusal([Problem(sentence=sentences.AMQP_ABSENT)]) from error
    # A refused connection makes pika log several errors, which say the one thing that is said here in a sentence.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    return pika

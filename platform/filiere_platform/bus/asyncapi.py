"""The AsyncAPI document of an instance, made from its topology: what passes on the broker and beside it.

It is public, as the OpenAPI document is: it says the form of everything and names no member and no broker.

Source: AsyncAPI 3.0.0; AMQP bindings 0.3.0; HTTP bindings 0.3.0.
"""

from __future__ import annotations

from typing import Any, Final

from filiere_platform.bus.capture_queue import LETTER_CONTENT_TYPE, LETTER_TYPE
from filiere_platform.bus.rabbitmq import CONTENT_TYPE, EVENT_CONTENT_TYPE
from filiere_platform.bus.topology import CAPTURE_ADDRESS, KINDS, Queue, Topology
from filiere_platform.domain.deliveries import VIEW_KIND
from filiere_platform.domain.delivery_schema import schemas
from filiere_platform.domain.finding_message import FINDING_KIND
from filiere_schemas.webhook import ID, SIGNATURE, TIMESTAMP

Document = dict[str, Any]
VERSION: Final = "3.0.0"
AMQP_BINDING: Final = "0.3.0"
HTTP_BINDING: Final = "0.3.0"
MEMBER: Final = "{memberId}"
STREAM_ADDRESS: Final = "/api/v1/deliveries"
EVENT_STREAM: Final = "text/event-stream"
JOSE: Final = "application/jose"
_PLACE: Final = 0  # a member's id where names are made, put back as a parameter


def asyncapi_document(topology: Topology, *, origin: str, base_url: str) -> Document:
    """Describe an instance.

    Args:
        topology: the names and arguments of what is on its broker.
        origin: its log's name, the `source` of its events.
        base_url: where its HTTP is.
    """
    return {
        "asyncapi": VERSION,
        "info": {
            "title": f"Filière: {origin}",
            "version": "1",
            "description": "What a member of the instance receives as it is stored, and sends to be captured.",
        },
        "defaultContentType": "application/json",
        "servers": _servers(base_url),
        "channels": _channels(topology),
        "operations": _operations(),
        "components": {
            "schemas": schemas() | _own_schemas(),
            "messages": _messages(),
            "securitySchemes": {
                "brokerUser": {"type": "userPassword", "description": "The broker user of one member"},
                "token": {"type": "http", "scheme": "bearer", "description": "A member's token, scope `read`"},
            },
        },
    }


def _servers(base_url: str) -> Document:
    scheme, _, rest = base_url.partition("://")
    host, _, path = rest.partition("/")
    instance: Document = {"host": host, "protocol": scheme, "security": [_component("securitySchemes", "token")]}
    return {
        "broker": {
            "host": "{host}:{port}",
            "pathname": "/{vhost}",
            "protocol": "amqps",
            "protocolVersion": "0-9-1",
            "description": "RabbitMQ, where the instance has one; its operator gives the address.",
            "variables": {
                "host": {"description": "As the operator gives it"},
                "port": {"default": "5671"},
                "vhost": {"default": "filiere"},
            },
            "security": [_component("securitySchemes", "brokerUser")],
        },
        "instance": instance | ({"pathname": f"/{path}"} if path else {}),
    }


def _channels(topology: Topology) -> Document:
    dead, queue = topology.member_parts(_PLACE)
    return {
        "memberQueue": _queue(
            queue, "What one member is entitled to, in the order of its grants.", ["batch", "findings"]
        ),
        "deadLetters": _queue(
            dead,
            "What the member's program gave up, and what it sent and was refused.",
            ["batch", "findings", "refusal"],
        ),
        "memberStream": _queue(
            topology.stream_part(_PLACE), "The same, one event a message, of a member that has chosen it.", ["single"]
        ),
        "capture": {
            "address": CAPTURE_ADDRESS,
            "title": "To be captured",
            "description": "Records that members send; `user_id` names the member and is checked by the broker.",
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": {"records": _component("messages", "records")},
            "bindings": {
                "amqp": {
                    "is": "routingKey",
                    "exchange": {
                        "name": topology.capture_exchange,
                        "type": "direct",
                        "durable": True,
                        "autoDelete": False,
                    },
                    "bindingVersion": AMQP_BINDING,
                }
            },
        },
        "captureReply": {
            "address": None,
            "title": "Answers to what was sent",
            "description": "RabbitMQ's direct reply-to, `amq.rabbitmq.reply-to`.",
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": {"answer": _component("messages", "answer")},
        },
        "stream": {
            "address": STREAM_ADDRESS,
            "title": "Server-sent events",
            "description": "The member's stream as it comes; `Last-Event-ID` resumes it behind the last `id`.",
            "servers": [{"$ref": "#/servers/instance"}],
            "messages": {"event": _component("messages", "event")},
        },
        "webhook": {
            "address": None,
            "title": "Webhook",
            "description": "The member's stream, sent to the address that it registered.",
            "messages": {"signedBatch": _component("messages", "signedBatch")},
        },
    }


def _queue(queue: Queue, description: str, messages: list[str]) -> Document:
    name = queue.name.removesuffix(str(_PLACE)) + MEMBER
    address = queue.routing_key.replace(str(_PLACE), MEMBER)
    return {
        "address": name,
        "description": description,
        "servers": [{"$ref": "#/servers/broker"}],
        "parameters": {"memberId": {"description": "Number of the member; its broker user may read this queue alone"}},
        "messages": {message: _component("messages", message) for message in messages},
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"name": name, "durable": True, "exclusive": False, "autoDelete": False},
                "bindingVersion": AMQP_BINDING,
            }
        },
        "x-arguments": {
            argument: address if value == queue.routing_key else value for argument, value in queue.arguments.items()
        },
        "x-bound-to": {"exchange": queue.bound_to, "routingKey": address},
    }


def _operations() -> Document:
    persistent = {"amqp": {"deliveryMode": 2, "mandatory": True, "bindingVersion": AMQP_BINDING}}
    post = {"http": {"method": "POST", "bindingVersion": HTTP_BINDING}}
    get = {"http": {"method": "GET", "bindingVersion": HTTP_BINDING}}
    return {
        "deliver": _operation("send", "memberQueue", "Hand a member what was stored for it", persistent),
        "write": _operation("send", "memberStream", "Write a member's events for any number of readers", persistent),
        "giveUp": _operation("send", "deadLetters", "Keep what was refused, with every reason", persistent),
        "capture": _operation(
            "receive", "capture", "Take records in, acknowledged after the commit", {"amqp": _acknowledged()}
        )
        | {
            "reply": {
                "address": {"location": "$message.header#/replyTo", "description": "The message's `reply_to`"},
                "channel": {"$ref": "#/channels/captureReply"},
            }
        },
        "stream": _operation("send", "stream", "Give a member's stream as server-sent events", get),
        "call": _operation("send", "webhook", "Send a member's stream to its webhook, until it answers 2xx", post),
    }


def _acknowledged() -> Document:
    return {"ack": True, "bindingVersion": AMQP_BINDING}


def _operation(action: str, channel: str, summary: str, bindings: Document) -> Document:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "bindings": bindings,
    }


def _batches() -> Document:
    batch = {"contentType": CONTENT_TYPE, "payload": _component("schemas", "Batch")}
    properties = {
        "content_type": CONTENT_TYPE,
        "delivery_mode": 2,
        "message_id": "digest of the body: the same again has the same",
    }
    return {
        "batch": {
            **batch,
            "name": "batch",
            "title": "Records, as a CloudEvents batch",
            "summary": f"Its routing key is the kind of its records: {', '.join((*KINDS, VIEW_KIND))}.",
            "x-amqp-properties": properties,
        },
        "findings": {
            "name": "findings",
            "title": "Findings of the member that opened, were explained or closed, as a CloudEvents batch",
            "summary": f"Its routing key is: {FINDING_KIND}.",
            "contentType": CONTENT_TYPE,
            "payload": _component("schemas", "FindingBatch"),
            "x-amqp-properties": properties,
        },
        "signedBatch": {
            **batch,
            "name": "signedBatch",
            "title": "Records, as a CloudEvents batch that is signed (Standard Webhooks)",
            "headers": _component("schemas", "WebhookHeaders"),
        },
    }


def _messages() -> Document:
    return _batches() | {
        "single": {
            "name": "single",
            "title": "A record, as one CloudEvent (structured)",
            "summary": "A consumer's argument `x-stream-offset` says where it begins, a header where a message is.",
            "contentType": EVENT_CONTENT_TYPE,
            "payload": _component("schemas", "Event"),
        },
        "event": {
            "name": "event",
            "title": "A record, as one CloudEvent in the `data` of a server-sent event",
            "contentType": EVENT_STREAM,
            "payload": _component("schemas", "Event"),
        },
        "records": {
            "name": "records",
            "title": "Records, as over HTTP",
            "summary": f"The same bodies and types as `POST /api/v1/records`, {JOSE} among them.",
            "headers": _component("schemas", "CaptureHeaders"),
            "payload": {"type": "string", "description": "JWS Compact, one on each line"},
            "contentType": JOSE,
        },
        "answer": {
            "name": "answer",
            "title": "The receipt, or why everything was refused; as over HTTP",
            "headers": _component("schemas", "AnswerHeaders"),
            "payload": {"type": "object"},
            "correlationId": {"location": "$message.header#/correlationId"},
        },
        "refusal": {
            "name": LETTER_TYPE,
            "title": "Why one record, or all of a message, was refused",
            "contentType": LETTER_CONTENT_TYPE,
            "payload": {"type": "object", "required": ["code", "status", "errors"]},
            "bindings": {"amqp": {"messageType": LETTER_TYPE, "bindingVersion": AMQP_BINDING}},
        },
    }


def _own_schemas() -> Document:
    def headers(required: list[str], **properties: Document) -> Document:
        return {"type": "object", "properties": properties, "required": required}

    text: Document = {"type": "string", "minLength": 1}
    return {
        "WebhookHeaders": headers(
            [ID, TIMESTAMP, SIGNATURE],
            **{
                ID: {**text, "description": "Names the body: the same again has the same"},
                TIMESTAMP: {"type": "string", "pattern": "^[0-9]+$", "description": "Seconds since 1970"},
                SIGNATURE: {"type": "string", "pattern": "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*$"},
            },
        ),
        "CaptureHeaders": headers(
            ["user_id"],
            user_id={**text, "description": "The sender's broker user"},
            replyTo={**text, "description": "`amq.rabbitmq.reply-to`, where an answer is wanted"},
            correlationId=text,
        ),
        "AnswerHeaders": headers(["status"], status={"type": "integer"}, correlationId=text),
    }


def _component(kind: str, name: str) -> Document:
    return {"$ref": f"#/components/{kind}/{name}"}

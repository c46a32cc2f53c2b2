"""What a client sends that knows what it wants: the examples of the OpenAPI document, with ids of what there is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from schemathesis.schemas import APIOperation

from builders.events import an_object_event
from builders.instance import seeded_key
from builders.key_log import a_revocation, a_rotation
from builders.known_house import NOWHERE, KnownHouse, quoted
from filiere_platform.usecases.members import create_enrolment_token
from filiere_schemas.provenance.statements import sign_enrolment_proof

Given = Callable[[KnownHouse], dict[str, Any]]


def _nothing(_: KnownHouse) -> dict[str, Any]:
    return {}


def _records(house: KnownHouse) -> dict[str, Any]:
    number = house.instance.log_size()
    event = an_object_event(eventID=f"urn:uuid:33333333-3333-4333-8333-{number:012d}")
    return {"records": [house.members["house"].sign(event).decode()]}


def _enrolment(house: KnownHouse) -> dict[str, Any]:
    platform, sender = house.instance.platform, house.members["house"]
    with platform.database.unit_of_work() as uow:
        token = create_enrolment_token(uow, uri=sender.uri, now=platform.clock())
    proof = sign_enrolment_proof(
        key=seeded_key(token),
        issuer=sender.uri,
        token_sha256=hashlib.sha256(token.encode()).digest(),
        origin=sender.origin,
    )
    return {"token": token, "proof": proof.decode()}


def _rotation(house: KnownHouse) -> dict[str, Any]:
    sender = house.members["carrier"]
    following = seeded_key("the carrier's next key")
    return {"statement": a_rotation(sender.key, following, issuer=sender.uri, origin=sender.origin).decode()}


def _revocation(house: KnownHouse) -> dict[str, Any]:
    sender = house.members["rival"]
    said = a_revocation(sender.key, signer=sender.key, issuer=sender.uri, origin=sender.origin)
    return {"statement": said.decode()}


def _mandate(house: KnownHouse) -> dict[str, Any]:
    scope = {"objects": [house.places["object"]]}
    return {"holder": house.members["carrier"].uri, "until": house.in_days(30), "scope": scope}


def _objects(house: KnownHouse) -> dict[str, Any]:
    return {"objects": [house.places["object"]]}


# By operation: what takes the place of the example's own members, of its parameters, of the places of its address.
BODIES: Final[Mapping[str, Given]] = {
    "POST /api/v1/records": _records,
    "POST /api/v1/keys": _enrolment,
    "POST /api/v1/keys/rotation": _rotation,
    "POST /api/v1/keys/revocation": _revocation,
    "POST /api/v1/access-requests": lambda house: {"handle": house.places["handle"]},
    "POST /api/v1/records/{index}/disclosures": lambda house: {"disclosures": [house.sealed[1].decode()]},
    "POST /api/v1/records/{index}/grants": lambda house: {"member": house.members["carrier"].uri},
    "POST /api/v1/records/grants": lambda house: {
        "member": house.members["carrier"].uri,
        "object": house.places["object"],
    },
    "POST /api/v1/mandates": _mandate,
    "POST /api/v1/recalls": _objects,
    "POST /api/v1/recalls/notices/{notice_id}/answers": lambda house: {"lot": house.places["object"]},
    "POST /api/v1/cases": lambda house: {
        "receiver": house.members["carrier"].uri,
        "subjects": [house.places["object"]],
    },
    "POST /api/v1/trace": _objects,
    "POST /api/v1/trace/ancestors": lambda house: {**_objects(house), "sound": []},
    "POST /api/v1/trace/investigation": lambda house: {**_objects(house), "weights": [{"event": 0}]},
    "POST /api/v1/recovery/records": lambda _: {"records": []},
    "POST /api/v1/applications": lambda house: {"charter": house.charter()},
    "POST /api/v1/charter/acceptance": lambda house: house.charter(),
    "POST /api/v1/invitations": lambda house: {"invitation": house.invitation()},
    "POST /api/v1/webhooks": lambda _: {"url": NOWHERE, "kinds": ["void"]},
    "POST /api/v1/webhooks/{webhook_id}/replay": lambda _: {"since": "2026-01-01T00:00:00Z"},
    "POST /epcis/queries": lambda house: {"name": house.new_code()},
    "POST /epcis/queries/{query_name}/subscriptions": lambda _: {"dest": NOWHERE},
    "POST /api/v1/suppliers": lambda house: {"code": house.new_code()},
    "PUT /api/v1/suppliers/{partner_id}": lambda house: {"code": house.new_code()},
    "POST /api/v1/admin/members": lambda house: {"uri": house.new_uri()},
    "POST /api/v1/admin/charter": lambda house: {"version": house.new_code()},
    "POST /epcis/events": lambda house: {"eventID": f"urn:x-event:{house.new_code()}"},
}
PARAMETERS: Final[Mapping[str, Given]] = {
    "GET /api/v1/balance": lambda house: {"object": [house.places["object"]]},
    "GET /api/v1/accounts/{counter}": lambda house: {"subject": house.places["object"]},
    "GET /api/v1/reports/{name}": lambda _: {"from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"},
    "DELETE /api/v1/suppliers/{partner_id}": lambda _: {"version": 1},
    "DELETE /api/v1/admin/members/{member_id}/identifiers": lambda house: {"identifier": house.places["identifier"]},
}
PLACES: Final[Mapping[str, Given]] = {
    "POST /api/v1/records/{index}/disclosures": lambda house: {"index": house.sealed[0]},
    "POST /api/v1/access-requests/{request_id}/decline": lambda house: {"request_id": house.places["declined"]},
    "GET /api/v1/reports/{name}": lambda _: {"name": "fda-sortable"},
    "GET /api/v1/accounts/{counter}": lambda _: {"counter": "on-hand"},
    "DELETE /api/v1/webhooks/{webhook_id}": lambda house: {"webhook_id": house.webhook()},
    "DELETE /epcis/queries/{query_name}": lambda house: {"query_name": house.query()},
    "DELETE /epcis/queries/{query_name}/subscriptions/{subscription_id}": lambda house: house.subscription(),
    "POST /api/v1/deliveries/dead/{letter_id}/retry": lambda house: {"letter_id": house.letter()},
    "POST /api/v1/deliveries/dead/{letter_id}/discard": lambda house: {"letter_id": house.letter()},
    "POST /api/v1/cases/{case_id}/steps": lambda house: {"case_id": house.case()},
    "DELETE /api/v1/mandates/{mandate_id}": lambda house: {"mandate_id": house.mandate()},
    "POST /api/v1/mandates/{mandate_id}/guests": lambda house: {"mandate_id": house.mandate()},
    "POST /api/v1/admin/applications/{application_id}/approve": lambda house: {"application_id": house.application()},
    "POST /api/v1/admin/applications/{application_id}/decline": lambda house: {"application_id": house.application()},
    "DELETE /api/v1/admin/members/{member_id}/identifiers": lambda house: {"member_id": house.newcomer(named=True)},
    "POST /api/v1/admin/members/{member_id}/end": lambda house: {"member_id": house.newcomer()},
    "POST /api/v1/admin/disputes/{dispute}/close": lambda house: {"dispute": house.dispute()},
    "POST /api/v1/findings/{finding}/explanation": lambda house: {"finding": house.finding()},
    "DELETE /api/v1/findings/{finding}/explanation": lambda house: {"finding": house.finding("explanation")},
    "POST /api/v1/findings/{finding}/close": lambda house: {"finding": house.finding("explanation")},
    "POST /api/v1/findings/{finding}/reopen": lambda house: {"finding": house.finding("explanation", "close")},
    "GET /log/tile/entries/{place}": lambda house: {"place": house.places["place"].partition("/")[2]},
}


def one_who_may(label: str) -> str:
    """Give a role that may ask for an operation."""
    if "/admin/" in label:
        return "body"
    return {
        "POST /api/v1/access-requests": "carrier",
        "POST /api/v1/access-requests/{request_id}/decline": "mill",
    }.get(label, "administrator")


def known_places(house: KnownHouse, operation: APIOperation) -> dict[str, str]:
    """Give the places of an operation's address, of what there is."""
    return {each.name: quoted(house.places.get(each.name, "unknown")) for each in operation.path_parameters}


def known_query(house: KnownHouse, operation: APIOperation) -> dict[str, Any]:
    """Give the parameters that an operation cannot do without."""
    return {each.name: house.places.get(each.name, "unknown") for each in operation.query if each.is_required}


def known_parts(house: KnownHouse, operation: APIOperation) -> dict[str, Any]:
    """Give the parts of a case that has everything: places of the address, parameters, the example of the body."""
    label = operation.label
    required = known_query(house, operation)
    renewed = {"partner_id": house.partner()} if "{partner_id}" in label else PLACES.get(label, _nothing)(house)
    own_places = {name: quoted(value) for name, value in renewed.items()}
    parts: dict[str, Any] = {
        "path_parameters": known_places(house, operation) | own_places,
        "query": required | PARAMETERS.get(label, _nothing)(house),
    }
    bodies = [each for each in operation.body if "example" in each.definition]
    if bodies:
        example = bodies[0].definition["example"]
        parts["media_type"] = bodies[0].media_type
        parts["body"] = example | BODIES.get(label, _nothing)(house) if isinstance(example, dict) else example
    return parts

"""What a client sends, one example per body and per parameter, as the OpenAPI document shows it.

A cheese dairy, its lot and its partners. Tests send each example, with the ids of what there is in the places of
these, and are answered 2xx.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

LOT: Final = "urn:filiere:lot:siret:73282932000074:TOMME:L2026-061"
MEMBER: Final = "urn:filiere:party:siret:73282932000074"
PARTNER: Final = "urn:filiere:party:siret:35600000000048"
_JWS: Final = "eyJhbGciOiJFZERTQSIsInR5cCI6ImVwY2lzLWV2ZW50K2p3cyJ9.eyJ0eXBlIjoiT2JqZWN0RXZlbnQifQ.c2lnbmF0dXJl"
_DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_CONTEXT: Final = ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld"]
_EVENT: Final = {
    "type": "ObjectEvent",
    "action": "ADD",
    "bizStep": "commissioning",
    "eventID": "urn:uuid:6f1f4a5e-3c0b-4c7e-9d5a-2b8e7f0c1d42",
    "eventTime": "2026-03-02T06:00:00+01:00",
    "eventTimeZoneOffset": "+01:00",
    "quantityList": [{"epcClass": LOT, "quantity": 120, "uom": "KGM"}],
}
_PARTNER: Final = {
    "code": "F-017",
    "name": "Laiterie des Chênes",
    "relations": ["supplier"],
    "identifiers": ["SIRET 356 000 000 00048"],
    "sites": [{"name": "Atelier", "identifiers": ["approval:35.238.001"], "address": "1 rue du Four, 35000 Rennes"}],
    "products": [{"name": "Lait cru", "ours": "MP-004", "approvedFrom": "2026-01-01"}],
    "certificates": [{"scheme": "IFS", "number": "C-2026-11", "validUntil": "2027-01-31"}],
    "contacts": [{"name": "A. Martin", "role": "qualité", "email": "qualite@laiterie.example"}],
}
_REASON: Final = {"reason": "Autocontrôles non transmis depuis trois mois"}
_STATEMENT: Final = {"statement": _JWS}

# By operation; the example stands under each media type of the body that is not named.
BODIES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "POST /api/v1/records": {"records": [_JWS]},
        "POST /api/v1/records/{index}/disclosures": {
            "disclosures": ["WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJxdWFudGl0eSIsIDEyMF0"]
        },
        "POST /api/v1/records/{index}/grants": {"member": PARTNER},
        "POST /api/v1/records/grants": {"member": PARTNER, "object": LOT},
        "PUT /api/v1/sharing": {"mode": "linked", "named": True},
        "POST /api/v1/access-requests": {
            "handle": "kPq1Xv8Zb0nT3rYd5wLcHg",
            "purpose": "Retrait du lot L2026-061 : d'où vient le lait ?",
        },
        "POST /epcis/capture": {
            "@context": _CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-03-02T06:05:00Z",
            "epcisBody": {"eventList": [_EVENT]},
        },
        "POST /epcis/queries": {
            "name": "expeditions",
            "query": {"eventType": ["ObjectEvent"], "EQ_bizStep": ["shipping"], "MATCH_anyEPCClass": [LOT]},
        },
        "POST /epcis/queries/{query_name}/subscriptions": {
            "dest": "https://erp.example.org/epcis",
            "signatureToken": "un secret que vous choisissez",
            "schedule": {"hour": "1", "minute": "5"},
            "reportIfEmpty": True,
        },
        "POST /epcis/events": {"@context": _CONTEXT, **_EVENT},
        "POST /api/v1/keys": {"token": "file_0Vh3sQ2mW8r", "proof": _JWS, "label": "ERP, Rennes"},
        "POST /api/v1/keys/rotation": _STATEMENT,
        "POST /api/v1/keys/revocation": _STATEMENT,
        "POST /api/v1/tokens": {"name": "ERP, Rennes", "scopes": ["capture", "read"]},
        "POST /api/v1/webhooks/{webhook_id}/replay": {"since": "2026-06-01T00:00:00Z"},
        "POST /api/v1/webhooks": {"url": "https://erp.example.org/filiere", "kinds": ["event"], "start": "now"},
        "POST /api/v1/deliveries/dead/{letter_id}/discard": {"reason": "Saisi deux fois"},
        "PUT /api/v1/deliveries/stream": {"fromBeginning": True},
        "PUT /api/v1/master-data": {
            "vocabulary": "urn:epcglobal:epcis:vtype:BusinessLocation",
            "id": "urn:filiere:site:siret:73282932000074:cave",
            "attributes": [{"id": "cbvmda:name", "attribute": "Cave d'affinage"}],
            "children": ["urn:filiere:site:siret:73282932000074:cave-1"],
            "sharing": "sector",
        },
        "POST /api/v1/suppliers": _PARTNER,
        "PUT /api/v1/suppliers/{partner_id}": _PARTNER | {"version": 1},
        "POST /api/v1/suppliers/import": "code;name;relations\r\nF-018;Ferme du Vallon;supplier\r\n",
        "POST /api/v1/findings/{finding}/explanation": {
            "reason": "data-late",
            "text": "Le poste de réception était hors service du 2 au 4 mars ; les réceptions suivent.",
        },
        "POST /api/v1/findings/{finding}/close": {"reason": "Vérifié avec le transporteur"},
        "POST /api/v1/findings/{finding}/reopen": {"reason": "Les réceptions annoncées manquent toujours"},
        "POST /api/v1/recalls": {
            "objects": [LOT],
            "reason": "Listeria monocytogenes, autocontrôle du 2 mars",
            "drill": True,
            "sameLine": True,
            "sites": [
                {
                    "site": "urn:filiere:site:siret:73282932000074:cave",
                    "from": "2026-03-01T00:00:00Z",
                    "to": "2026-03-03T00:00:00Z",
                }
            ],
        },
        "POST /api/v1/recalls/notices/{notice_id}/answers": {
            "lot": LOT,
            "outcome": "blocked",
            "quantity": "12.5",
            "uom": "KGM",
        },
        "POST /api/v1/cases": {
            "machine": "nonconformity",
            "receiver": PARTNER,
            "subjects": [LOT],
            "text": "Température à cœur de 9 °C à la réception",
            "fields": {"defect": "temperature"},
        },
        "POST /api/v1/cases/{case_id}/steps": {
            "to": "sent",
            "number": 1,
            "text": "Photos et relevé par courriel",
        },
        "POST /api/v1/mandates": {
            "purpose": "audit",
            "reason": "Audit IFS annuel",
            "holder": PARTNER,
            "scope": {"objects": [LOT]},
            "until": "2026-12-31T22:59:59Z",
        },
        "POST /api/v1/mandates/{mandate_id}/guests": {"label": "Expert de l'assureur"},
        "POST /api/v1/applications": {
            "uri": "urn:filiere:party:siret:44306184100047",
            "name": "Fromagerie du Moulin",
            "contact": "direction@moulin.example",
            "identifiers": ["urn:filiere:site:siret:44306184100047:cave"],
            "charter": {"version": "2025-1", "sha256": _DIGEST},
        },
        "POST /api/v1/charter/acceptance": {"version": "2025-1", "sha256": _DIGEST},
        "POST /api/v1/invitations": {"invitation": "fili_0Vh3sQ2mW8rT5yBn1Xc7Kd9Lz4Pa6Ue"},
        "POST /api/v1/admin/applications/{application_id}/decline": {"reason": "Aucune activité dans la filière"},
        "POST /api/v1/admin/members": {
            "uri": "urn:filiere:party:siret:55208131766522",
            "name": "Transports du Vallon",
        },
        "POST /api/v1/admin/members/{member_id}/identifiers": {"identifier": "3012345"},
        "POST /api/v1/admin/members/{member_id}/suspend": _REASON,
        "POST /api/v1/admin/members/{member_id}/resume": {"reason": "Autocontrôles reçus"},
        "POST /api/v1/admin/members/{member_id}/end": {"reason": "Cessation d'activité"},
        "POST /api/v1/admin/charter": {"version": "2026-1", "sha256": _DIGEST},
        "POST /api/v1/admin/disputes/{dispute}/close": {"reason": "Le façonnier déclare pour le donneur d'ordre"},
        "POST /api/v1/trace": {"objects": [LOT], "direction": "down"},
        "POST /api/v1/trace/ancestors": {"objects": [LOT, f"{LOT}b"], "sound": [f"{LOT}c"]},
        "POST /api/v1/trace/investigation": {
            "objects": [LOT],
            "weights": [{"place": "https://id.gs1.org/414/9521001000017", "weight": 1}],
            "cross_contamination": [{"place": "https://id.gs1.org/414/9521001000017"}],
        },
        "POST /api/v1/recovery/records": {"records": [_JWS], "receipts": []},
    }
)
# By name: a parameter of one name means the same everywhere.
PARAMETERS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "object": LOT,
        "index": 1042,
        "event_id": _EVENT["eventID"],
        "job_id": "8d4c7f6a-93f5-4f0e-b0a1-5f2f3f7f1a90",
        "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        "prefix": "0a1b2c3d4e5f",
        "entry_id": "6f0c1b7a9d2e4835a1c4e7f2",
        "partner_id": "5b1f0c7d2a9e4836",
        "recall_id": "2f8e6b0d4a1c7593",
        "case_id": "6a1d9f3c5e7b2048",
        "notice_id": "8b3d5f7a1c9e2064",
        "mandate_id": "9c2e4d1f7a6b5038",
        "number": "1",
        "webhook_id": "3d9b1f6e8c2a7054",
        "query_name": "expeditions",
        "subscription_id": "3d9b1f6e8c2a7054",
        "letter_id": "7a4c0e9d5b1f3826",
        "request_id": "Zk3v0Qm8sT1xY6bN4cR7dA",
        "application_id": "1f7a9c2e4d6b5038",
        "member_id": 12,
        "dispute": 3,
        "finding": 3,
        "member": MEMBER,
        "place": "0/000",
        "identifier": "3012345",
    }
)

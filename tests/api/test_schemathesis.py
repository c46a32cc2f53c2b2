"""Requests made up from our own OpenAPI document, by several roles: no internal error, every answer as documented.

Made up data rarely finds what there is: half of the requests take ids of a house that is there, and every role sends
each example of the document with those ids in its places.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from builders.instance import open_instance
from builders.known_house import KnownHouse, build_known_house
from builders.known_requests import known_parts, known_places, known_query, one_who_may
from filiere_platform.domain.permissions import OF_ANYBODY
from filiere_platform.domain.routes import ROUTES, permission_of

LEAST_REACHED = 0.95
# By role, how many requests of each operation are made up.
ROLES = {"administrator": 4, "body": 2, "reader": 1, "auditor": 2, "gone": 1, "stranger": 2}
BASE = "http://testserver"
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


def every_status_is_named(ctx: CheckContext, response: Response, case: Case) -> None:
    """`default` stands for what nobody foresees, not for a refusal that anybody may run into."""
    del ctx
    named = case.operation.definition.raw["responses"]
    assert str(response.status_code) in named, f"{response.status_code} is not named: {response.text}"


CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, every_status_is_named,
]  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnownHouse]:
    with open_instance(tmp_path_factory.mktemp("house"), webhook_hosts="127.0.0.1") as instance:
        yield build_known_house(instance)


@pytest.fixture(scope="module")
def requests_of(
    house: KnownHouse, operations: list[APIOperation]
) -> list[tuple[APIOperation, st.SearchStrategy[Case]]]:
    return [(operation, made_up(house, operation)) for operation in operations]


@pytest.fixture(scope="module")
def operations(house: KnownHouse) -> list[APIOperation]:
    document = house.instance.client.get("/api/v1/openapi.json").json()
    return [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]


def answered(house: KnownHouse, role: str, case: Case) -> int:
    """Send a case in a role as its generator would; gives the status of an answer that is as documented."""
    made = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    answer = house.ask(role, case.method, str(made.url), content=made.body, headers=made.headers)
    case.validate_response(answer, checks=CHECKS)
    return answer.status_code


def made_up(house: KnownHouse, operation: APIOperation) -> st.SearchStrategy[Case]:
    """Requests as the document allows them, about what there is or not, and some as it forbids them."""
    fixed: dict[str, Any] = {
        "path_parameters": known_places(house, operation),
        "query": known_query(house, operation),
    }
    found = operation.as_strategy(generation_mode=POSITIVE, **fixed) | operation.as_strategy(generation_mode=POSITIVE)
    if operation.query or operation.body:
        found |= operation.as_strategy(generation_mode=NEGATIVE, path_parameters=fixed["path_parameters"])
    return found


def test_the_examples_of_the_document_are_answered_with_success(
    house: KnownHouse, operations: list[APIOperation]
) -> None:
    others = []
    for operation in operations:
        status = answered(house, one_who_may(operation.label), operation.Case(**known_parts(house, operation)))
        if not 200 <= status < 300:
            others.append(f"{operation.label}: {status}")
    assert len(others) <= (1 - LEAST_REACHED) * len(operations), "\n".join(others)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_gets_an_answer_that_is_not_documented(
    house: KnownHouse, requests_of: list[tuple[APIOperation, st.SearchStrategy[Case]]], role: str
) -> None:
    failed = []
    for operation, cases in requests_of:

        @settings(
            max_examples=ROLES[role], derandomize=True, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=cases)
        def ask(case: Case) -> None:
            answered(house, role, case)

        try:
            answered(house, role, operation.Case(**known_parts(house, operation)))
            ask()
        except FailureGroup as found:
            failed.append(f"{operation.label}: {found}")
    assert not failed, "\n\n".join(failed)


def test_the_document_says_of_each_operation_whether_it_needs_a_token(operations: list[APIOperation]) -> None:
    routes = {(method, path.replace(":path}", "}")): path for method, path in ROUTES}
    for operation in operations:
        method = operation.method.upper()
        needed = permission_of(method, routes[method, operation.path])
        said = operation.definition.raw.get("security", [{}])
        assert ({} in said) == (needed is None or needed in OF_ANYBODY), operation.label

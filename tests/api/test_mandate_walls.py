"""What a mandate does not cover changes no byte of its holder's answers, but for what docs/visibility.md lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.instance import Sender
from builders.mandated import GTIN, Mandated, open_mandated

# Of a trace: the log's size (D1); at an object that the holder knows of, sealed nodes and what explains them (D2, D3).
SIZE = {"as_of"}
SEALED = {"sealed", "findings", "nodes"}
OTHER_PRODUCT = "https://id.gs1.org/01/03012345678902/10/X"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mandated]:
    folder: Path = tmp_path_factory.mktemp("mandated")
    with open_mandated(folder) as opened:
        for lot in (1, 2, 3):
            opened.tell(lot=lot)
        opened.tell(opened.auditor, lot=9)
        opened.give(
            scope={"products": [GTIN], "eventFrom": "2026-03-01T00:00:00Z", "eventBefore": "2026-03-02T00:00:00Z"}
        )
        yield opened


def answers(case: Mandated, last: int, *, touched: bool) -> dict[str, Any]:
    """Everything that the holder is answered; where a hidden event touches a lot, without what may tell of it."""
    get = case.auditor.get
    found: dict[str, Any] = {}
    token: str | None = "0"
    while token is not None:
        page = get("/epcis/events", perPage="2", nextPageToken=token)
        found[f"page {token}"] = (page.status_code, page.content, page.headers.get("link"))
        token = page.json().get("nextPageToken")
    for index in range(last):
        answer = get(f"/api/v1/records/{index}")
        found[f"record {index}"] = (answer.status_code, answer.content)
    for lot in (case.lot(1), case.lot(2), case.lot(9), OTHER_PRODUCT):
        answer = get("/api/v1/trace", object=lot)
        left_out = SIZE | (SEALED if touched else set())
        found[lot] = (answer.status_code, {k: v for k, v in answer.json().items() if k not in left_out})
    for path in ("/api/v1/findings", "/api/v1/audit", "/api/v1/looks", "/api/v1/access-requests"):
        found[path] = get(path).content
    found["held"] = get("/api/v1/mandates", side="held").content
    with case.instance.platform.database.unit_of_work() as uow:
        stream = uow.grants.for_audiences((*_audiences(case, case.auditor), -1_000), 0, 100_000)
    found["stream"] = [(grant.log_index, grant.audience) for grant in stream]
    return found


def _audiences(case: Mandated, who: Sender) -> tuple[int, ...]:
    with case.instance.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(who.uri)
    assert member is not None
    return (member.id, -2, -1)


# Events that the scope does not cover: of somebody else, of another product, at another time.
FOREIGN = {"by": "rival"}
ANOTHER = {"quantityList": [{"epcClass": OTHER_PRODUCT, "quantity": 1, "uom": "KGM"}]}
EARLIER = {"eventTime": "2026-02-28T23:59:59Z"}
LATER = {"eventTime": "2026-03-02T00:00:00Z"}
hidden = st.lists(
    st.tuples(st.sampled_from([FOREIGN, ANOTHER, EARLIER, LATER]), st.sampled_from([1, 2, 4])), min_size=1, max_size=3
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=hidden)
def test_what_a_mandate_does_not_cover_changes_no_byte_of_its_holders_answers(
    case: Mandated, told: list[tuple[dict[str, Any], int]]
) -> None:
    last = case.instance.log_size()
    touched = any(changes is not ANOTHER and lot in {1, 2} for changes, lot in told)
    before = answers(case, last, touched=touched)
    for changes, lot in told:
        by = case.rival if changes is FOREIGN else case.dairy
        case.tell(by, lot=lot, **{name: value for name, value in changes.items() if name != "by"})
    case.follow()
    assert answers(case, last, touched=touched) == before

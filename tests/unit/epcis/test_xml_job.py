"""A capture job in XML is one by the official schema, whatever its problems quote."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from builders.conformance import xml_schema
from filiere_schemas.epcis.xml_job import write_job

TIMES = st.just("2026-06-11T05:40:00.000Z")
TEXT = st.text(max_size=20)
ERRORS = st.fixed_dictionaries(
    {"type": st.just("urn:x:problem"), "title": TEXT, "status": st.integers(400, 599), "detail": TEXT},
    optional={"code": TEXT, "pointer": TEXT, "fr": TEXT, "en": TEXT, "xpath": TEXT, "line": st.integers(1, 9)},
)
JOBS = st.fixed_dictionaries(
    {
        "captureID": st.uuids().map(str),
        "running": st.booleans(),
        "success": st.booleans(),
        "captureErrorBehaviour": st.sampled_from(["rollback", "proceed"]),
        "createdAt": TIMES,
        "errors": st.lists(ERRORS, max_size=3),
    },
    optional={"finishedAt": TIMES},
)


@given(JOBS)
def test_every_job_is_one_by_the_official_schema_and_says_all_of_it(job: dict[str, Any]) -> None:
    root = etree.fromstring(write_job(job))
    xml_schema("EPCISDocument", "2.0").assertValid(root)
    assert root.get("captureID") == job["captureID"]
    assert (root.get("running") == "true", root.get("success") == "true") == (job["running"], job["success"])
    assert len(list(root.iter("error"))) == len(job["errors"])
    for element, error in zip(root.iter("error"), job["errors"], strict=True):
        assert element.findtext("status") == str(error["status"])
        assert len(element) == len(error)

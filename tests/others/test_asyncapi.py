"""The parser of those who write the AsyncAPI specification reads our document, and finds nothing wrong in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from filiere_platform.bus.asyncapi import asyncapi_document
from filiere_platform.bus.topology import Topology

SCRIPT = Path(__file__).with_name("asyncapi.mjs")


@pytest.mark.parametrize("base_url", ["https://filiere.example", "http://127.0.0.1:8000/sector"])
def test_the_document_is_valid(node, base_url: str) -> None:
    document = asyncapi_document(Topology(prefix="dairy."), origin="log.example/x", base_url=base_url)
    done = node(SCRIPT, input=json.dumps(document).encode())
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().split() == sorted(document["operations"])


def test_a_document_that_is_wrong_is_told_so(node) -> None:
    document = asyncapi_document(Topology(), origin="log.example/x", base_url="https://filiere.example")
    document["operations"]["deliver"]["channel"] = {"$ref": "#/channels/nowhere"}
    assert node(SCRIPT, input=json.dumps(document).encode()).returncode == 1

"""Decisions and the contract reach no network and read no clock.

The import contract `pure` sees whole packages; these are the parts of the standard library's packages that it cannot.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from codebase import SourceFile, source_files

PURE = ("schemas/filiere_schemas", "platform/filiere_platform/domain")
NETWORK = {
    "urllib.request",
    "http.client",
    "http.server",
    "xmlrpc.client",
    "xmlrpc.server",
    "multiprocessing.connection",
}
CLOCKS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "monotonic"),
}  # fmt: skip


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def clock_reads(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if (name, node.func.attr) in CLOCKS:
                yield f"line {node.lineno}: {name}.{node.func.attr}()"


@pytest.mark.parametrize("file", source_files(PURE), ids=lambda file: file.name)
def test_a_decision_opens_no_connection_and_takes_time_as_an_argument(file: SourceFile) -> None:
    assert set(imported(file.tree)) & NETWORK == set()
    assert list(clock_reads(file.tree)) == []


@pytest.mark.parametrize(
    "text", ["import urllib.request", "from urllib import request", "from http.client import HTTPConnection"]
)
def test_a_network_import_is_seen(text: str) -> None:
    assert set(imported(ast.parse(text))) & NETWORK


@pytest.mark.parametrize("text", ["datetime.now(UTC)", "datetime.datetime.now()", "time.time_ns()"])
def test_a_read_of_the_clock_is_seen(text: str) -> None:
    assert list(clock_reads(ast.parse(text)))

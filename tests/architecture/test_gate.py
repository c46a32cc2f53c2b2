"""Events are read through the gate alone: who may see what stands in one module, and nobody reads around it.

Every module of the store is searched for the tables that hold what members confided to the platform, by name and by
SQL text. A module that is allowed to read them says here why its reading is no way around the gate.
"""

from __future__ import annotations

import ast
import re

import pytest

from codebase import ROOT, source_files

STORE = "platform/filiere_platform/store/"
GUARDED = {"record", "event", "edge", "finding"}
NAMES = {name for table in GUARDED for name in (table.upper(), f"{table.capitalize()}Table")}
SQL = re.compile(r"\b(from|join|into|update|table)\s+(record|event|edge|finding)\b", re.IGNORECASE)
ALLOWED = {
    "gate.py": "is the gate",
    "event_pages.py": "is the part of the gate that gives pages and single records",
    "views.py": "is the gate of views, and gives nothing but the fields that the sector calls public",
    "event_conditions.py": "turns a query into conditions for the gates, and selects nothing of an event",
    "acts.py": "is the gate of acts of administration",
    "findings.py": "is the gate of findings, and keeps what rules write",
    "tables_chains.py": "declares the table of findings",
    "tables.py": "declares the tables",
    "partitions.py": "makes their partitions and reads no row",
    "capture_postgresql.py": "writes them; under the lock it reads what the sender of the same identity sent before",
    "capture_sqlite.py": "the same on the other database",
    "sealed.py": "takes disclosures out of what passed the gate, opens its amounts, and adds what an owner hands over",
    "graph_columns.py": "fills the graph in memory with numbers, no contents; a search of it asks for grants first",
    "amounts.py": "reads amounts for the gate, of events that have passed it",
    "graph_frontier.py": "gives a search numbers, no contents, and of each event whether it may take a step through it",
    "graph_rebuild.py": "compares with the records what is stored of their events, and shows it to nobody",
    "log.py": "publishes digests, and hands whole records to fsck and key entries to everybody, as the log promises",
    "row_rules.py": "gives indexes of broken rows to fsck, no contents",
    "erasures.py": "removes what an erasure removes, under the lock; gives it edges and indexes, no contents",
    "looks.py": "asks who sent what has passed the gate, and which names it speaks of, to write down who was looked at",
    "mandates.py": "reads senders, times and objects, no contents, for the worker that grants what mandates cover",
    "links.py": "reads what links rest on, no contents, for the worker that turns them into grants",
    "collection.py": "gives words and keys of granted records, no contents, to each audience those of its own grants",
    "grants.py": "reads for the relay, which delivers each record to its grantees alone",
}
# What leaves the gate is restricted by these calls alone; each statement on the guarded tables is made with one.
CONDITIONS = {"_may_see", "_may_see_one"}


def readings(tree: ast.Module) -> list[str]:
    """Every way in which a module lays hands on a guarded table: by its Python name, or by its name in SQL."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if _name(node) in NAMES or (id(node) not in documentation and _speaks_of_a_table(node))
    ]


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.name if isinstance(node, ast.alias) else ""


def _speaks_of_a_table(node: ast.AST) -> bool:
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and (text in GUARDED or SQL.search(text) is not None)


def test_only_named_modules_of_the_store_touch_events() -> None:
    touching = {
        file.name.removeprefix(STORE): readings(file.tree)
        for file in source_files()
        if file.name.startswith(STORE) and "/migrations/" not in file.name
    }
    assert {name: found for name, found in touching.items() if found and name not in ALLOWED} == {}
    assert {name for name, found in touching.items() if found} == set(ALLOWED), "a module is allowed for nothing"


def test_nobody_outside_the_store_names_its_tables() -> None:
    found = {
        file.name: [node.module for node in ast.walk(file.tree) if isinstance(node, ast.ImportFrom) and node.module]
        for file in source_files(("platform/filiere_platform",))
        if not file.name.startswith(STORE)
    }
    tables = "filiere_platform.store.tables"
    assert [name for name, imported in found.items() if tables in imported] == []


@pytest.mark.parametrize(
    ("module", "gate", "least"),
    [
        ("event_pages.py", "EventPages", {"find", "walk", "among", "place", "record", "records", "by_event_id"}),
        ("gate.py", "VisibleEvents", {"ends_touching", "count_hidden"}),
        ("findings.py", "VisibleFindings", {"find", "about"}),
        ("acts.py", "VisibleActs", {"find"}),
        ("views.py", "VisibleViews", {"find", "view", "views", "by_event_id", "touching", "ends_touching"}),
    ],
)
def test_every_question_to_a_gate_carries_what_the_viewer_may_see(module: str, gate: str, least: set[str]) -> None:
    """A public method of a gate selects under `_may_see`, itself or through the methods that it calls."""
    tree = ast.parse((ROOT / STORE / module).read_text(encoding="utf-8"))
    visible = next(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == gate)
    calls = {
        method.name: {
            n.func.attr for n in ast.walk(method) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
        }
        for method in visible.body
        if isinstance(method, ast.FunctionDef)
    }
    public = {name for name in calls if not name.startswith("_")}
    assert public >= least

    def reaches(name: str, seen: frozenset[str] = frozenset()) -> bool:
        called = calls.get(name, set()) - seen
        return bool(CONDITIONS & called) or any(reaches(other, seen | {name}) for other in called & set(calls))

    assert {name for name in public if not reaches(name)} == set()


@pytest.mark.parametrize(
    "module",
    [
        "from filiere_platform.store.tables import EVENT",
        "select(tables.RECORD.c.body)",
        "session.exec(select(EdgeTable))",
        "text('SELECT body FROM record WHERE log_index = 1')",
        "metadata.tables['event']",
        "session.execute('select 1 from x join edge on true')",
        "select(FINDING.c.evidence)",
    ],
)
def test_a_way_around_the_gate_is_seen(module: str) -> None:
    assert readings(ast.parse(module))


def test_words_about_events_are_not_taken_for_reading_them() -> None:
    assert readings(ast.parse('def f():\n    """Read from record to record."""\n    return "an event"')) == []

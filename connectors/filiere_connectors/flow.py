"""A flow: how the rows of one source become events. Written by the company, or proposed by `init --from`.

docs/flows.md lists every key. Nothing is guessed while rows are read: what a flow leaves out is decided here, once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filiere_connectors import flow_sentences as sentences
from filiere_connectors.flow_seal import SealSettings, read_seals
from filiere_connectors.flow_section import InvalidFlow, Section, load_toml
from filiere_connectors.kinds import KINDS
from filiere_connectors.reader_names import READERS

SOURCE_TYPES = ("csv", "excel")
CORRECTIONS = ("ask", "send")
ORDERS = ("dmy", "mdy", "ymd")
DECIMALS = (",", ".")
LARGEST_BATCH = 500  # records in one request
DEFAULT_ZONE = "Europe/Paris"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Where one value comes from: a column, a constant, or a template over columns; then how it is read."""

    key: str  # where the flow says so, as its author finds it: "event.items[1].lot"
    column: str | None = None
    constant: str | None = None
    template: str | None = None
    reader: str = "text"
    table: str | None = None
    order: str = "dmy"
    zone: str = DEFAULT_ZONE
    decimal: str | None = None
    optional: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it needs."""
        if self.template is not None:
            return tuple(re.findall(r"\{([^{}]+)\}", self.template))
        return () if self.column is None else (self.column,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Whether a row is meant; every part that is given must hold. Words are compared without case."""

    column: str
    one_of: tuple[str, ...] = ()
    starts_with: tuple[str, ...] = ()
    empty: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSettings:
    """One thing that an event is about, and how much of it."""

    gtin: Value | None = None
    item: Value | None = None
    party: Value | None = None
    lot: Value | None = None
    serial: Value | None = None
    id: Value | None = None
    sscc: Value | None = None
    quantity: Value | None = None
    unit: Value | None = None
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSettings:
    """A business document that an event refers to; `type` is a word of the CBV (desadv, po, inv, ...)."""

    type: str
    id: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """Where the rows are."""

    type: str
    path: str
    sheet: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    key: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    skip: tuple[Condition, ...] = ()
    fill_down: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSettings:
    """What the rows say."""

    kind: str
    time: Value
    clock: Value | None = None
    place: Value | None = None
    giver: Value | None = None
    taker: Value | None = None
    container: Value | None = None
    transformation: Value | None = None
    step: str | None = None
    disposition: str | None = None
    sharing: str | None = None
    items: tuple[ItemSettings, ...] = ()
    inputs: tuple[ItemSettings, ...] = ()
    outputs: tuple[ItemSettings, ...] = ()
    documents: tuple[DocumentSettings, ...] = ()
    ilmd: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTest:
    """An example of the author: rows, and what must be in their event, or the code of the problem that they have."""

    rows: tuple[Mapping[str, Any], ...]
    expect: Mapping[str, Any] | None = None
    expect_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow that was read and holds together."""

    name: str
    file: str
    folder: Path
    source: SourceSettings
    event: EventSettings
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    batch: int = 100
    corrections: str = "ask"
    seals: tuple[SealSettings, ...] = ()
    tests: tuple[FlowTest, ...] = ()

    def files(self) -> list[Path]:
        """The source's files that are there now, in the order of their names."""
        path = Path(self.source.path)
        if any(mark in self.source.path for mark in "*?["):
            anchor = (self.folder / path.parent).resolve()
            return sorted(found for found in anchor.glob(path.name) if not found.name.startswith("~$"))
        return [(self.folder / path).resolve()]


def read_flow(path: Path) -> Flow:
    """Read a flow file.

    Raises:
        InvalidFlow: with every problem, each naming the file and the key.
    """
    return parse_flow(load_toml(path), path)


def parse_flow(content: Mapping[str, Any], path: Path) -> Flow:
    """Build a flow from the content of its file.

    Raises:
        InvalidFlow: as `read_flow`.
    """
    root = Section(file=path.name, path="", table=content, problems=[])
    name = root.text("name") or path.stem.lower()
    if not _NAME.fullmatch(name):
        root.complain(sentences.FLOW_WRONG_VALUE, "name", found=name, expected="a-z 0-9 -")
    tables = {key: _table(root, key, words) for key, words in root.mapping("tables").items()}
    deliver = root.section("deliver") or Section(file=path.name, path="deliver", table={}, problems=root.problems)
    batch = deliver.number("batch") or 100
    if batch > LARGEST_BATCH:
        deliver.complain(sentences.FLOW_WRONG_VALUE, "batch", found=batch, expected=f"1 ... {LARGEST_BATCH}")
    corrections = deliver.choice("corrections", CORRECTIONS, default="ask")
    deliver.finish()
    source, event, seals = _source(root), _event(root), read_seals(root)
    tests = root.read_each("tests", _test)
    root.finish()
    if root.problems or source is None or event is None:
        raise InvalidFlow(root.problems)
    flow = Flow(
        name=name,
        file=path.name,
        folder=path.parent,
        source=source,
        event=event,
        tables=tables,
        batch=batch,
        corrections=corrections,
        seals=seals,
        tests=tests,
    )
    _require_tables(flow, root)
    return flow


def values_of(flow: Flow) -> list[Value]:
    """Every value that the flow reads, in the order of its keys."""
    event = flow.event
    found = [event.time, event.clock, event.place, event.giver, event.taker, event.container, event.transformation]
    for settings in (*event.items, *event.inputs, *event.outputs):
        found += [settings.gtin, settings.item, settings.party, settings.lot, settings.serial, settings.id]
        found += [settings.sscc, settings.quantity, settings.unit]
    found += [document.id for document in event.documents]
    found += event.ilmd.values()
    return [value for value in found if value is not None]


def conditions_of(flow: Flow) -> list[Condition]:
    """Every condition of the flow."""
    settings = (*flow.event.items, *flow.event.inputs, *flow.event.outputs)
    return [*flow.source.skip, *(condition for each in settings for condition in each.when)]


def _require_tables(flow: Flow, root: Section) -> None:
    for value in values_of(flow):
        if value.table is not None and value.table not in flow.tables:
            root.complain(
                sentences.FLOW_WRONG_VALUE,
                f"{value.key}.table",
                found=value.table,
                expected=", ".join(flow.tables) or f"[tables.{value.table}]",
            )
    if root.problems:
        raise InvalidFlow(root.problems)


def _table(root: Section, name: str, words: Any) -> Mapping[str, str]:
    if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
        root.complain(sentences.FLOW_WRONG_VALUE, f"tables.{name}", found=words, expected='"..." = "..."')
        return {}
    return {key.strip().casefold(): word for key, word in words.items()}


def _source(root: Section) -> SourceSettings | None:
    section = root.section("source")
    if section is None:
        root.complain(sentences.FLOW_MISSING_KEY, "source", expected="[source]")
        return None
    source = SourceSettings(
        type=section.choice("type", SOURCE_TYPES, default="csv"),
        path=section.required_text("path"),
        sheet=section.text("sheet"),
        header_row=section.number("header_row"),
        encoding=section.text("encoding"),
        delimiter=section.text("delimiter"),
        key=section.texts("key"),
        group=section.texts("group"),
        skip=section.read_each("skip", _condition),
        fill_down=section.texts("fill_down"),
    )
    if not source.key and not source.group:
        section.complain(sentences.FLOW_MISSING_KEY, "key", expected='["..."]')
    section.finish()
    return source


def _event(root: Section) -> EventSettings | None:
    section = root.section("event")
    if section is None:
        root.complain(sentences.FLOW_MISSING_KEY, "event", expected="[event]")
        return None
    ilmd = section.section("ilmd")
    time = _value(section, "time", reader="date")
    if time is None:
        section.complain(sentences.FLOW_MISSING_KEY, "time", expected='{column = "...", as = "date"}')
    event = EventSettings(
        kind=section.choice("kind", tuple(KINDS), default="observing"),
        time=time or Value(key="event.time"),
        clock=_value(section, "clock", reader="time"),
        place=_value(section, "place"),
        giver=_value(section, "from"),
        taker=_value(section, "to"),
        container=_value(section, "container", reader="sscc"),
        transformation=_value(section, "transformation"),
        step=section.text("step"),
        disposition=section.text("disposition"),
        sharing=section.text("sharing"),
        items=section.read_each("items", _item),
        inputs=section.read_each("inputs", _item),
        outputs=section.read_each("outputs", _item),
        documents=section.read_each("documents", _document),
        ilmd={} if ilmd is None else {name: value for name in ilmd.table if (value := _value(ilmd, name))},
    )
    if "kind" not in section.table:
        section.complain(sentences.FLOW_MISSING_KEY, "kind", expected=", ".join(KINDS))
    section.finish()
    return event


def _value(section: Section, name: str, *, reader: str = "text") -> Value | None:
    """Read `{column = ...}`, `{value = ...}` or `{template = ...}`."""
    inner = section.section(name)
    if inner is None:
        return None
    value = Value(
        key=inner.path,
        column=inner.text("column"),
        constant=inner.text("value"),
        template=inner.text("template"),
        reader=inner.choice("as", READERS, default=reader),
        table=inner.text("table"),
        order=inner.choice("order", ORDERS, default="dmy"),
        zone=inner.text("zone") or DEFAULT_ZONE,
        decimal=inner.choice("decimal", DECIMALS, default="") or None,
        optional=inner.truth("optional") or False,
    )
    if sum(given is not None for given in (value.column, value.constant, value.template)) != 1:
        section.complain(
            sentences.FLOW_WRONG_VALUE, name, found=inner.table, expected='{column = "..."} | {value = "..."}'
        )
    inner.finish()
    return value


def _item(section: Section) -> ItemSettings:
    item = ItemSettings(
        gtin=_value(section, "gtin", reader="gtin"),
        item=_value(section, "item", reader="code"),
        party=_value(section, "party"),
        lot=_value(section, "lot", reader="lot"),
        serial=_value(section, "serial", reader="lot"),
        id=_value(section, "id", reader="uri"),
        sscc=_value(section, "sscc", reader="sscc"),
        quantity=_value(section, "quantity", reader="decimal"),
        unit=_value(section, "unit"),
        when=_conditions(section),
    )
    named = sum(given is not None for given in (item.gtin, item.item, item.id, item.sscc))
    if named != 1:
        section.complain(sentences.FLOW_MISSING_KEY, "gtin", expected="gtin | item | id | sscc")
    return item


def _conditions(section: Section) -> tuple[Condition, ...]:
    given = section.table.get("when")
    if isinstance(given, list):
        return section.read_each("when", _condition)
    inner = section.section("when")
    if inner is None:
        return ()
    condition = _condition(inner)
    inner.finish()
    return (condition,)


def _condition(section: Section) -> Condition:
    equals = section.text("equals")
    not_empty = section.truth("not_empty")
    empty = section.truth("empty")
    return Condition(
        column=section.required_text("column"),
        one_of=tuple(
            word.strip().casefold() for word in (*((equals,) if equals is not None else ()), *section.texts("one_of"))
        ),
        starts_with=tuple(word.strip().casefold() for word in section.texts("starts_with")),
        empty=(not not_empty) if not_empty is not None else empty,
    )


def _document(section: Section) -> DocumentSettings:
    identifier = _value(section, "id")
    if identifier is None:
        section.complain(sentences.FLOW_MISSING_KEY, "id", expected='{column = "..."}')
    return DocumentSettings(type=section.required_text("type"), id=identifier or Value(key="event.documents"))


def _test(section: Section) -> FlowTest:
    row, rows = section.mapping("row"), section.table.get("rows")
    section.known.add("rows")
    code = section.text("expect_code")
    return FlowTest(
        rows=tuple(rows) if isinstance(rows, list) else (row,),
        expect=None if code is not None else section.mapping("expect"),
        expect_code=code,
    )

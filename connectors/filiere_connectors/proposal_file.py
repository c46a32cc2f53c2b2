"""Write a proposed flow as the TOML file that its author corrects."""

from __future__ import annotations

from typing import Any

import tomlkit
from tomlkit.items import InlineTable, Table

from filiere_connectors.proposal import Proposal
from filiere_connectors.proposal_words import UNITS, fold

_HEADER = (
    "Proposé par filiere-connect init --from. Relisez, corrigez, puis : filiere-connect check, preview, run.",
    "Proposed by filiere-connect init --from. Read it, correct it, then: filiere-connect check, preview, run.",
)


def flow_file(proposal: Proposal, *, path: str, source_type: str, member: str) -> str:
    """Write the flow of a proposal; `path` is the source's, as the flow will say it."""
    document = tomlkit.document()
    for line in _HEADER:
        document.add(tomlkit.comment(line))
    document.add("source", _source(proposal, path, source_type))
    document.add("event", _event(proposal, member))
    tables = tomlkit.table(is_super_table=True)
    units = proposal.of("unit")
    if units is not None:
        table = tomlkit.table()
        for word, code in proposal.units.items():
            table.add(word, code)
        for word, count in proposal.unknown_units.items():
            table.add(tomlkit.comment(f'"{_comment(word)}" = "..."  # {count} x'))
        tables.add("unites", table)
    if proposal.partners:
        table = tomlkit.table()
        table.add(tomlkit.comment("SIRET, GLN, urn:filiere:party:..."))
        for word, count in proposal.partners.items():
            table.add(tomlkit.comment(f'"{_comment(word)}" = "..."  # {count} x'))
        if _partner(proposal) is not None:
            tables.add("partenaires", table)
    if len(tables):
        document.add("tables", tables)
    return tomlkit.dumps(document)


def _source(proposal: Proposal, path: str, source_type: str) -> Table:
    source = tomlkit.table()
    source.add("type", source_type)
    source.add("path", path)
    layout = proposal.layout
    if layout.sheet is not None:
        source.add("sheet", layout.sheet)
    if layout.header_row != 1:
        source.add("header_row", layout.header_row)
    if proposal.group:
        source.add("group", list(proposal.group))
    else:
        source.add("key", list(proposal.key))
    if proposal.fill_down:
        source.add("fill_down", list(proposal.fill_down))
    if proposal.totals:
        skips = tomlkit.aot()
        for header in layout.headers[:2]:
            skip = tomlkit.table()
            skip.add("column", header)
            skip.add("starts_with", ["total", "sous-total", "cumul"])
            skips.append(skip)
        source.add("skip", skips)
    return source


def _event(proposal: Proposal, member: str) -> Table:
    event = tomlkit.table()
    event.add("kind", proposal.kind)
    day = proposal.of("time")
    event.add("time", _inline(column=day or "?", **{"as": "date"}))
    if proposal.of("clock") is not None:
        event.add("clock", _inline(column=proposal.of("clock")))
    if proposal.of("place") is not None:
        event.add("place", _inline(column=proposal.of("place")))
    _add_parties(event, proposal, member)
    container = proposal.of("sscc")
    if proposal.kind in {"packing", "unpacking"}:
        event.add("container", _inline(column=container or "?", **{"as": "sscc"}))
    if proposal.kind == "transforming":
        for side in ("inputs", "outputs"):
            items = tomlkit.aot()
            items.append(_item(proposal, side))
            event.add(side, items)
    else:
        items = tomlkit.aot()
        items.append(_item(proposal, None))
        event.add("items", items)
    document = proposal.of("document")
    if document is not None and proposal.kind in {"shipping", "receiving"}:
        documents = tomlkit.aot()
        each = tomlkit.table()
        each.add("type", "desadv")
        each.add("id", _inline(column=document))
        documents.append(each)
        event.add("documents", documents)
    return event


def _partner(proposal: Proposal) -> tuple[str, str] | None:
    """The side and the column of the partner, where the file has one."""
    role, side = {"shipping": ("taker", "to"), "receiving": ("giver", "from")}.get(proposal.kind, (None, ""))
    column = None if role is None else proposal.of(role)
    return None if column is None else (side, column)


def _add_parties(event: Table, proposal: Proposal, member: str) -> None:
    if proposal.kind == "shipping":
        event.add("from", _inline(value=member))
    if proposal.kind == "receiving":
        event.add("to", _inline(value=member))
    partner = _partner(proposal)
    if partner is None:
        return
    side, column = partner
    if proposal.partners:
        # Names that no register knows: a table has to say whom each means, and until then nothing is said of them.
        event.add(tomlkit.comment(f'{side} = {{column = "{_comment(column)}", table = "partenaires"}}'))
    else:
        event.add(side, _inline(column=column))


def _item(proposal: Proposal, side: str | None) -> Table:
    item = tomlkit.table()
    gtin, own, lot = proposal.of("gtin", side), proposal.of("item", side), proposal.of("lot", side)
    sscc = proposal.of("sscc")
    if gtin is not None:
        item.add("gtin", _inline(column=gtin))
    elif own is not None:
        item.add("item", _inline(column=own))
    elif lot is not None:
        item.add("item", _inline(value="PRODUIT"))
    elif sscc is not None:
        item.add("sscc", _inline(column=sscc))
        return item
    if lot is not None:
        item.add("lot", _inline(column=lot))
    quantity = proposal.of("quantity", side)
    if quantity is not None:
        item.add("quantity", _inline(column=quantity, decimal=","))
        unit = proposal.of("unit", side) or proposal.of("unit")
        code = _unit_in(quantity)
        if unit is not None:
            item.add("unit", _inline(column=unit, table="unites"))
        elif code is not None:
            item.add("unit", _inline(value=code))
    return item


def _unit_in(header: str) -> str | None:
    """The unit that a header names: `Poids (kg)`, `Litres`."""
    return next((UNITS[word] for word in reversed(fold(header).split()) if word in UNITS), None)


def _inline(**values: Any) -> InlineTable:
    table = tomlkit.inline_table()
    for name, value in values.items():
        table.add(name, value)
    return table


def _comment(text: str) -> str:
    """A stranger's text within one line of a comment."""
    return "".join(each for each in text if each.isprintable()).replace('"', "'")

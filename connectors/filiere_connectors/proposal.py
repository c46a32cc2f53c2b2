"""Propose a flow for a file: what each column seems to be, how sure that is, and a TOML file to correct.

Two witnesses are asked of each column: its header, and its cells. A proposal is never silent about its doubts, and
nothing that it does not know is invented: what a person has to fill in stands in the file as a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from filiere_connectors.proposal_words import HEADERS, INPUT_WORDS, KINDS, OUTPUT_WORDS, UNITS, fold, likeness
from filiere_connectors.readers import (
    Notes,
    Options,
    Unreadable,
    read_date,
    read_decimal,
    read_gtin,
    read_sscc,
    read_time,
    text_of,
)
from filiere_connectors.sources.table import CellValue, ErrorValue, Layout, Table

LOOKED_AT = 2000  # rows
LEAST_SURE = 0.35  # below it a column is left out, and said to be unknown
SURE = 0.75  # below it a person is asked to look
_MOST_WORDS = 40  # distinct units or partners that a proposal lists
_PARTY_DIGITS = (13, 14)

Values = list[CellValue | ErrorValue | None]
# How a column's cells speak for a role; a role that is absent here has only its header.
_READS: dict[str, Callable[[CellValue | ErrorValue, Options, Notes], object]] = {
    "gtin": read_gtin,
    "sscc": read_sscc,
    "time": read_date,
    "clock": read_time,
    "quantity": read_decimal,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a column seems to be; `sureness` from 0 to 1, `valid` the share of its cells that read so."""

    header: str
    column: str
    role: str | None
    sureness: float
    valid: float | None
    side: str | None = None  # of a transformation: inputs, outputs

    @property
    def is_sure(self) -> bool:
        """Whether a person need not look."""
        return self.sureness >= SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A flow that is proposed: kind, columns, and what was counted on the way."""

    kind: str
    kind_sureness: float
    layout: Layout
    guesses: tuple[Guess, ...]
    key: tuple[str, ...]
    group: tuple[str, ...]
    fill_down: tuple[str, ...]
    rows: int
    units: Mapping[str, str] = field(default_factory=dict)
    unknown_units: Mapping[str, int] = field(default_factory=dict)
    partners: Mapping[str, int] = field(default_factory=dict)  # words that name no company by themselves
    totals: tuple[str, ...] = ()  # words of rows that look like totals

    def of(self, role: str, side: str | None = None) -> str | None:
        """The column in a role."""
        for guess in self.guesses:
            if guess.role == role and (side is None or guess.side == side):
                return guess.header
        return None


def propose(table: Table, *, file: str, kind: str | None = None) -> Proposal:
    """Look at a file and propose.

    Raises:
        SourceRefused: the file cannot be read as a whole.
    """
    layout = table.layout
    rows = [row.values for row in islice(table.rows(), LOOKED_AT)]
    columns = {header: [row[at] for row in rows] for header, at in layout.index.items()}
    found, sureness = (kind, 1.0) if kind is not None else _kind_of(file, layout)
    totals = _totals(columns)
    guesses = tuple(_guess(layout, columns, transforming=found == "transforming"))
    roles = {guess.role: guess.header for guess in guesses if guess.role is not None}
    units, unknown = _units(columns.get(roles.get("unit", ""), []))
    partner = roles.get("taker" if found == "shipping" else "giver", "")
    key, group = _keys(roles, columns)
    return Proposal(
        kind=found,
        kind_sureness=sureness,
        layout=layout,
        guesses=guesses,
        key=key,
        group=group,
        fill_down=_sparse(group, columns),
        rows=len(rows),
        units=units,
        unknown_units=unknown,
        partners=_partners(columns.get(partner, [])),
        totals=totals,
    )


def _kind_of(file: str, layout: Layout) -> tuple[str, float]:
    """Guess the kind from the file's name, the sheet's, and the headers, in this order of weight."""
    best, score = "observing", 0.0
    places = ((file.rpartition(".")[0], 1.0), (layout.sheet or "", 0.9), *((header, 0.6) for header in layout.headers))
    for kind, words in KINDS.items():
        for text, weight in places:
            found = likeness(text, words) * weight
            if found > score:
                best, score = kind, found
    return best, score


def _guess(layout: Layout, columns: Mapping[str, Values], *, transforming: bool) -> Iterator[Guess]:
    """Give each column the role that suits it best; a role goes to one column, twice in a transformation."""
    scores = sorted(
        ((*_score(role, header, values), role, header) for header, values in columns.items() for role in HEADERS),
        key=lambda score: -score[0],
    )
    taken: dict[str, tuple[str, float, float | None, str | None]] = {}
    used: set[tuple[str, str | None]] = set()
    for sureness, valid, role, header in scores:
        side = _side(header) if transforming and role in {"gtin", "lot", "item", "quantity", "unit"} else None
        if sureness >= LEAST_SURE and header not in taken and (role, side) not in used:
            taken[header] = (role, sureness, valid, side)
            used.add((role, side))
    for header in layout.headers:
        column = layout.columns[header]
        if header not in taken:
            yield Guess(header=header, column=column, role=None, sureness=0.0, valid=None)
            continue
        role, sureness, valid, side = taken[header]
        yield Guess(header=header, column=column, role=role, sureness=sureness, valid=valid, side=side)


def _side(header: str) -> str:
    return "inputs" if likeness(header, INPUT_WORDS) > likeness(header, OUTPUT_WORDS) else "outputs"


def _score(role: str, header: str, values: Values) -> tuple[float, float | None]:
    """How sure it is that a column has a role: its header for half, its cells for half where they can speak."""
    named = likeness(header, HEADERS[role])
    read = _READS.get(role)
    filled = [value for value in values if value is not None]
    if read is None:
        return named * 0.9, None
    if not filled:
        return named * 0.4, None
    valid = sum(_reads(read, value) for value in filled) / len(filled)
    if role in {"gtin", "sscc"}:
        # Check digits do not hold by accident: the cells alone can carry these.
        return max(0.5 * named + 0.5 * valid if valid else 0.2 * named, 0.9 * valid), valid
    return (0.5 * named + 0.5 * valid if named else 0.3 * valid), valid


def _reads(read: Callable[[CellValue | ErrorValue, Options, Notes], object], value: CellValue | ErrorValue) -> bool:
    try:
        read(value, Options(decimal=","), Notes())
    except Unreadable:
        return False
    return True


def _word(value: CellValue | ErrorValue | None) -> str:
    try:
        return "" if value is None else text_of(value)
    except Unreadable:
        return ""


def _units(values: Values) -> tuple[dict[str, str], dict[str, int]]:
    known: dict[str, str] = {}
    unknown: dict[str, int] = {}
    for value in values:
        word = _word(value)
        if not word:
            continue
        code = UNITS.get(fold(word))
        if code is not None:
            known[word] = code
        elif len(unknown) < _MOST_WORDS or word in unknown:
            unknown[word] = unknown.get(word, 0) + 1
    return known, unknown


def _partners(values: Values) -> dict[str, int]:
    """The words that name no company by themselves: neither a URI, nor a GLN, nor a SIRET."""
    found: dict[str, int] = {}
    for value in values:
        word = _word(value)
        digits = word.replace(" ", "")
        if word and ":" not in word and not (digits.isdigit() and len(digits) in _PARTY_DIGITS):
            found[word] = found.get(word, 0) + 1
    return found


def _keys(roles: Mapping[str, str], columns: Mapping[str, Values]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose what names a row for ever: a document's number alone, or with its lots; else the columns together."""
    document = roles.get("document")
    if document is not None:
        words = [_word(value) for value in columns[document]]
        filled = [word for word in words if word]
        if filled and len(set(filled)) == len(words):
            return (document,), ()
        if filled:
            return (), (document,)
    parts = tuple(roles[role] for role in ("time", "item", "gtin", "lot", "sscc", "taker", "giver") if role in roles)
    return parts or tuple(islice(columns, 3)), ()


def _sparse(group: Sequence[str], columns: Mapping[str, Values]) -> tuple[str, ...]:
    """The columns that a person filled in on the first row of a group alone, or merged."""
    if not group or all(value is not None for value in columns[group[0]]):
        return ()
    holes = [at for at, value in enumerate(columns[group[0]]) if value is None]
    return tuple(header for header, values in columns.items() if all(values[at] is None for at in holes))


def _totals(columns: Mapping[str, Values]) -> tuple[str, ...]:
    words = {value.strip() for values in columns.values() for value in values if isinstance(value, str)}
    return tuple(sorted(word for word in words if fold(word).startswith(("total", "sous total", "cumul"))))

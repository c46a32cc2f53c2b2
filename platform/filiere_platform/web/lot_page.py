"""Lay out the page of an object: boxes and arrows with their pixels, rows of the tables, the verdict in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from filiere_platform.render.lot_folding import Folded, Group
from filiere_platform.render.lot_graph import Arrow, Box, LotGraph, count_boxes, lay_out_lots
from filiere_platform.usecases.trace_verification import Verdict, VerifiedTrace
from filiere_platform.web.lot_choice import LotChoice
from filiere_platform.web.lot_folds import Level, fold_as_chosen, fold_sizes, levels_of
from filiere_platform.web.names import short_name
from filiere_platform.web.proof_view import Check, checks_of
from filiere_platform.web.words import Words
from filiere_schemas.problems import Language

DRAWN_FIRST = 300  # boxes; beyond, the table reads better and comes first
MOST_DRAWN = 3_000  # boxes, where the reader asks for it; beyond, levels and a file
MOST_ARROWS = 9_000  # the same; a drawing of more is a dark cloth
ROWS = 500  # of a table on one page
MOST_VERIFIED = 3_000  # records; beyond, those of the rows that are shown
COLUMN, ROW, WIDTH, HEIGHT, TOP, LEFT = 240, 64, 188, 44, 56, 16  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A graph with its pixels."""

    width: int
    height: int
    heads: tuple[tuple[int, str | None], ...]  # x of a column, its organisation
    boxes: tuple[tuple[int, int, Box], ...]  # x, y
    arrows: tuple[tuple[str, Arrow], ...]  # path data


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """Everything the template shows."""

    answer: Mapping[str, Any]
    node: Mapping[str, Any]
    verified: VerifiedTrace | None  # None where this machine cannot verify
    names: Mapping[str, str]
    choice: LotChoice
    folded: Folded
    boxes: int  # that a drawing has, or would have
    drawing: Drawing | None

    @property
    def is_small(self) -> bool:
        """Whether the drawing comes before the tables."""
        return self.boxes <= DRAWN_FIRST and not self.is_large

    @property
    def is_large(self) -> bool:
        """Whether there are too many boxes for any drawing."""
        return self.boxes > MOST_DRAWN or len(self.folded.answer["edges"]) > MOST_ARROWS

    @property
    def groups(self) -> list[Group]:
        """The groups, the largest first."""
        return sorted(self.folded.groups.values(), key=lambda group: (-len(group.members), group.label, group.id))

    @property
    def fold_sizes(self) -> Mapping[str, int]:
        """What each fold would leave to look at."""
        return fold_sizes(self.answer)

    @property
    def levels(self) -> list[Level]:
        """The objects by their distance."""
        return levels_of(self.answer)

    @property
    def edges(self) -> list[Mapping[str, Any]]:
        """The steps of this page of the table."""
        return rows_of(self.answer["edges"], self.choice.page)

    @property
    def events(self) -> list[Mapping[str, Any]]:
        """The events of this page of the table."""
        return rows_of(self.answer["events"], self.choice.page)

    @property
    def pages(self) -> int:
        """How many pages the longer of the two tables has."""
        return max(1, -(-max(len(self.answer["edges"]), len(self.answer["events"])) // ROWS))

    def label(self, group: Group, words: Words) -> str:
        """Name a group for people: its site, product or day, or what makes it one."""
        if group.kind == "site":
            return self.name(group.label)
        if group.kind == "day":
            return words.day(group.label)
        return group.label or words(f"group-kind-{group.kind}")

    def short(self, key: str, words: Words) -> str:
        """Name a box: a group by its label, an object by its last word."""
        group = self.folded.groups.get(key)
        return short_name(key) if group is None else self.label(group, words)

    def weight(self, group: Group, words: Words) -> str:
        """Say what the objects of a group come to, unit by unit."""
        parts = [words.amount(f"{amount:f}", unit) for unit, amount in group.amounts]
        return " + ".join(parts)

    @property
    def verdicts(self) -> Mapping[int, Verdict]:
        """The verdicts by log index; none where this machine cannot verify."""
        return {} if self.verified is None else self.verified.verdicts

    @property
    def can_verify(self) -> bool:
        """Whether this machine has what it takes to verify."""
        return self.verified is not None

    def checks(self, words: Words) -> list[Check]:
        """What was verified, in sum."""
        if self.verified is None:
            return []
        return checks_of(self.verified, words, erased=self.answer["summary"]["erased"])

    @property
    def failed(self) -> int:
        """How many records do not hold."""
        return sum(verdict.problem is not None for verdict in self.verdicts.values())

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        """What to look at, warnings first."""
        return sorted(self.answer["findings"], key=lambda finding: finding["level"] != "warning")

    def readable(self, finding: Mapping[str, Any], language: Language) -> str:
        """Say a finding with the names that people use, where the answer of a trace has identifiers."""
        text: str = finding["message"][language]
        if finding["object"] is not None:
            text = text.replace(finding["object"], short_name(finding["object"]))
        for uri, name in self.names.items():
            text = text.replace(uri, name)
        return text

    def name(self, uri: str | None) -> str:
        """Name an organisation or a place for people."""
        if uri is None:
            return "?"
        return self.names.get(uri) or uri.removeprefix("urn:filiere:").removeprefix("https://id.gs1.org/")


def lot_view(
    answer: Mapping[str, Any],
    verified: VerifiedTrace | None,
    names: Mapping[str, str],
    choice: LotChoice,
) -> LotView:
    """Lay out the answer of a trace as its reader chose; a large one is drawn only on demand, a huge one never."""
    folded = fold_as_chosen(answer, choice)
    boxes = count_boxes(folded.answer)
    drawn = (boxes <= DRAWN_FIRST or choice.draw) and boxes <= MOST_DRAWN
    drawn = drawn and len(folded.answer["edges"]) <= MOST_ARROWS
    return LotView(
        answer=answer,
        node=next(node for node in answer["nodes"] if node["key"] == answer["object"]),
        verified=verified,
        names=names,
        choice=choice,
        folded=folded,
        boxes=boxes,
        drawing=_draw(lay_out_lots(folded.answer)) if drawn else None,
    )


def rows_of(rows: Sequence[Mapping[str, Any]], page: int) -> list[Mapping[str, Any]]:
    """Give the rows of one page of a table."""
    return list(rows[(page - 1) * ROWS : page * ROWS])


def events_to_verify(answer: Mapping[str, Any], choice: LotChoice) -> list[int]:
    """Give the log indexes of the records to verify: all, or of a large answer those that are shown."""
    events = answer["events"]
    return [event["index"] for event in (events if len(events) <= MOST_VERIFIED else rows_of(events, choice.page))]


def _draw(graph: LotGraph) -> Drawing:
    return Drawing(
        width=LEFT + COLUMN * len(graph.organisations),
        height=TOP + ROW * max(graph.rows, 1),
        heads=tuple((LEFT + COLUMN * at, name) for at, name in enumerate(graph.organisations)),
        boxes=tuple((*_corner(box), box) for box in graph.boxes),
        arrows=tuple((_path(arrow), arrow) for arrow in graph.arrows),
    )


def _corner(box: Box) -> tuple[int, int]:
    return LEFT + COLUMN * box.column, TOP + ROW * box.row


def _path(arrow: Arrow) -> str:
    """A curve from the side of one box to the side of another, through its bends; within a column, around the right."""
    (x1, y1), (x2, y2) = _corner(arrow.source), _corner(arrow.target)
    start, end = y1 + HEIGHT // 2, y2 + HEIGHT // 2
    if arrow.source.column == arrow.target.column:
        out = x1 + WIDTH
        bend = out + 28
        return f"M{out} {start} C{bend} {start} {bend} {end} {out + 4} {end}"
    forth = x1 < x2
    points = [(x1 + WIDTH if forth else x1, start)]
    for column, row in arrow.bends:
        left, level = LEFT + COLUMN * column, TOP + ROW * row + HEIGHT // 2
        points += [(left, level), (left + WIDTH, level)] if forth else [(left + WIDTH, level), (left, level)]
    points.append((x2 - 4 if forth else x2 + WIDTH + 4, end))
    path = f"M{points[0][0]} {points[0][1]}"
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (x + to_x) // 2
        path += f" C{middle} {y} {middle} {to_y} {to_x} {to_y}"
    return path

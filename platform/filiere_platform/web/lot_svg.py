"""Write the drawing of a trace as SVG, with plain strings: of a thousand boxes a template costs three times as much.

Whatever others typed passes through `escape`. There is no script and no style in it: classes are in the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape

from filiere_platform.render.lot_graph import Arrow, Box
from filiere_platform.web.lot_page import HEIGHT, WIDTH, LotView
from filiere_platform.web.names import lot_address, product_name, short_name
from filiere_platform.web.words import Words

_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z" class="tip"/></marker></defs>'
)
_NAME, _WORDS, _HEAD = 22, 27, 26  # characters of a box's two lines, and of a column's head


def write_svg(view: LotView, words: Words) -> str:
    """Write the drawing of a page; empty where it has none."""
    return "" if view.drawing is None else "\n".join(_Pen(view, words).lines())


class _Pen:
    def __init__(self, view: LotView, words: Words) -> None:
        self._view = view
        self._words = words
        self._say = cache(lambda name: escape(words(name)))
        self._amount = cache(lambda quantity, uom: escape(words.amount(quantity, uom)))
        self._short = cache(lambda key: escape(view.short(key, words)))

    def lines(self) -> Iterator[str]:
        drawing = self._view.drawing
        assert drawing is not None  # noqa: S101 - the caller has looked
        size = f'width="{drawing.width}" height="{drawing.height}" viewBox="0 0 {drawing.width} {drawing.height}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="group" aria-labelledby="graph">'
        yield _TIP
        for x, name in drawing.heads:
            yield f'<text x="{x}" y="28" class="head">{escape(_cut(self._view.name(name), _HEAD))}</text>'
        yield from (self._arrow(path, arrow) for path, arrow in drawing.arrows)
        yield from (self._box(x, y, box) for x, y, box in drawing.boxes)
        yield "</svg>"

    def _arrow(self, path: str, arrow: Arrow) -> str:
        edge = arrow.edge
        several = self._words("steps-count", count=len(edge["steps"])) if "steps" in edge else ""
        parts = (
            self._short(arrow.source.key),
            self._say(edge["kind"]),
            self._short(arrow.target.key),
            self._amount(edge.get("quantity"), edge.get("uom")),
            escape(f"· {several}") if several else "",
            f"({self._say(edge['certainty'])})",
        )
        title = " ".join(part for part in parts if part)
        kind = f"arrow {edge['kind']} {edge['certainty']}"
        return f'<path d="{path}" class="{kind}" marker-end="url(#tip)"><title>{title}</title></path>'

    def _box(self, x: int, y: int, box: Box) -> str:
        return self._group(x, y, box) if box.key in self._view.folded.groups else self._object(x, y, box)

    def _object(self, x: int, y: int, box: Box) -> str:
        node, product = box.node, product_name(box.key)
        notes = [self._say(box.came)] if box.came else []
        if node["tombstone"] and node["kind"] != "logistic_unit":
            notes.append(self._say("undeclared"))
        label = ", ".join([f"{escape(product)} {self._short(box.key)}", *notes[::-1], self._say(node["certainty"])])
        kinds = ["box", node["kind"], node["certainty"]]
        if box.came:
            kinds.append("came")
        elif box.key == self._view.answer["object"]:
            kinds.append("here")
        if node["tombstone"] and node["kind"] != "logistic_unit":
            kinds.append("undeclared")
        second = " · ".join([escape(_cut(product, _HEAD)), *notes])
        return self._linked(lot_address(box.key), label, _rect(x, y, kinds), (x, y), (short_name(box.key), second))

    def _group(self, x: int, y: int, box: Box) -> str:
        view, words = self._view, self._words
        group = view.folded.groups[box.key]
        label, count = view.label(group, words), len(group.members)
        told = [escape(label), escape(words("group-open", count=count))]
        told += [self._say(box.came)] if box.came else []
        weight = view.weight(group, words)
        second = words("objects-count", count=count) + (f" · {weight}" if weight else "")
        rects = _rect(x + 5, y + 5, ["box", "fold", "behind"]) + _rect(x, y, ["box", "fold", box.node["certainty"]])
        address = f"{view.choice.opened(box.key)}#graph"
        return self._linked(address, ", ".join(told), rects, (x, y), (label, escape(_cut(second, _WORDS))))

    @staticmethod
    def _linked(address: str, label: str, rects: str, corner: tuple[int, int], lines: tuple[str, str]) -> str:
        (x, y), (name, second) = corner, lines
        return (
            f'<a href="{escape(address)}" aria-label="{label}">{rects}'
            f'<text x="{x + 10}" y="{y + 19}" class="lot">{escape(_cut(name, _NAME))}</text>'
            f'<text x="{x + 10}" y="{y + 36}" class="item">{second}</text></a>'
        )


def _rect(x: int, y: int, kinds: list[str]) -> str:
    return f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" class="{" ".join(kinds)}"/>'


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"

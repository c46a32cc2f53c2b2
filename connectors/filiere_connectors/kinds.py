"""The kinds of event that a flow can say, and what each means in EPCIS.

Source: GS1 EPCIS 2.0, 7.4; GS1 CBV 2.0, 7.1 (business steps) and 7.2 (dispositions).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a kind of event is called in EPCIS."""

    type: str
    action: str | None
    step: str
    disposition: str | None = None


def _object(action: str, step: str, disposition: str | None = None) -> Kind:
    return Kind(type="ObjectEvent", action=action, step=step, disposition=disposition)


KINDS: dict[str, Kind] = {
    "creating": _object("ADD", "creating_class_instance", "active"),
    "transforming": Kind(type="TransformationEvent", action=None, step="commissioning", disposition="active"),
    "packing": Kind(type="AggregationEvent", action="ADD", step="packing", disposition="in_progress"),
    "unpacking": Kind(type="AggregationEvent", action="DELETE", step="unpacking", disposition="in_progress"),
    "shipping": _object("OBSERVE", "shipping", "in_transit"),
    "receiving": _object("OBSERVE", "receiving", "in_progress"),
    "stock_taking": _object("OBSERVE", "stock_taking", "available"),
    "inspecting": _object("OBSERVE", "inspecting"),
    "holding": _object("OBSERVE", "holding", "unavailable"),
    "removing": _object("OBSERVE", "removing", "recalled"),
    "destroying": _object("DELETE", "destroying", "destroyed"),
    "selling": _object("DELETE", "retail_selling", "retail_sold"),
    "observing": _object("OBSERVE", "other"),
}

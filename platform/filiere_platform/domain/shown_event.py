"""An event as its reader is shown it: what the conditions of a query are asked of, beyond the rows that found it.

Nothing that is withheld from a reader is in it: no answer tells whether a field that he may not see has a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from filiere_schemas.epcis.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """What one reader may know an event to say, and what its prefixes mean."""

    event: Event
    namespaces: Mapping[str, str]

"""What of a question the rows of events may answer for a view: that which is public, and nothing else.

Rows hold what an event says, public or not, and find the candidates for views. A condition of theirs on a hidden field
would choose the candidates by it, and where a search ends at its bound, how many there are is told by its page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.graph import DESTINATION_ROLES, SOURCE_ROLES
from filiere_platform.domain.record import Role
from filiere_schemas.sectors.public_fields import PublicFields, is_digest

_SOURCES: Final = ("/sourceList",)
_DESTINATIONS: Final = ("/destinationList",)
# Where an event states the ends of a role.
_STATED_IN: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.OBJECT: ("/epcList/*", "/quantityList/*/epcClass"),
    Role.PARENT: ("/parentID",),
    Role.CHILD: ("/childEPCs/*", "/childQuantityList/*/epcClass"),
    Role.INPUT: ("/inputEPCList/*", "/inputQuantityList/*/epcClass"),
    Role.OUTPUT: ("/outputEPCList/*", "/outputQuantityList/*/epcClass"),
    Role.READ_POINT: ("/readPoint/id",),
    Role.BIZ_LOCATION: ("/bizLocation/id",),
    **dict.fromkeys((*SOURCE_ROLES.values(), Role.SOURCE_OTHER), _SOURCES),
    **dict.fromkeys((*DESTINATION_ROLES.values(), Role.DESTINATION_OTHER), _DESTINATIONS),
    # Never public (`public_fields`).
    Role.SAME_AS: (),
    Role.SHARED_WITH: (),
}
# Concluded from several fields. No parameter of a query asks for them: a Digital Link does, whose answer has no pages.
_CONCLUDED: Final = frozenset(Role) - _STATED_IN.keys()


def asked_of_rows(query: EventQuery, fields: PublicFields) -> EventQuery | None:
    """Give what of a query rows may answer for views of these fields; None: no view can be what is asked for."""
    event_ids = tuple(each for each in query.event_ids if not is_digest(each))
    hidden = (
        query.declares_error,
        query.transformation_ids,
        query.biz_steps and not fields.shows("/bizStep"),
        query.dispositions and not fields.shows("/disposition"),
        query.event_ids and not (event_ids and fields.shows("/eventID")),
    )
    if not fields or any(hidden):
        return None
    matches = []
    for roles, keys in query.matches:
        shown = {role: [fields.shows(each) for each in _STATED_IN[role]] for role in roles - _CONCLUDED}
        some = {role for role, each in shown.items() if any(each)}
        if not some and not roles & _CONCLUDED:
            return None
        if all(all(shown[role]) for role in some):
            matches.append((frozenset(some) | (roles & _CONCLUDED), keys))
        # Else a role is public in part, of which no row knows which part it was stated in: the view itself is asked.
    return replace(query, matches=tuple(matches), event_ids=event_ids)

"""What an event says itself of who may see it: a mode, and the parties that its owner lists.

Both are members of our own prefix, which no sector can seal: a grant never rests on what can be withheld.
"""

from __future__ import annotations

from collections.abc import Iterator

from filiere_platform.domain import sentences
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.graph import NODE_KINDS
from filiere_platform.domain.record import End, Role
from filiere_platform.domain.sharing_sentences import INVALID_SHARED_WITH
from filiere_schemas.epcis.event import Event
from filiere_schemas.identifiers import InvalidIdentifier, identify
from filiere_schemas.problems import Problem, Refusal

SHARING_KEY = "filiere:sharing"
SHARED_WITH_KEY = "filiere:sharedWith"
MOST_SHARED_WITH = 1_000  # parties that one event may list: each is a row and a grant
_MODES = frozenset(mode.value for mode in SharingMode)


def stated_mode(event: Event) -> SharingMode | None:
    """Give the mode that an event states; None where it leaves it to its member or the instance.

    Raises:
        Refusal: code `unknown-sharing-mode`.
    """
    stated = event.extensions.get(SHARING_KEY)
    if stated is None:
        return None
    if not isinstance(stated, str) or stated not in _MODES:
        problem = Problem(sentence=sentences.UNKNOWN_SHARING_MODE, pointer=f"/{SHARING_KEY}", values={"found": stated})
        raise Refusal([problem])
    return SharingMode(stated)


def shared_with(event: Event) -> tuple[End, ...]:
    """Give the parties that an event's owner lists, as ends of the event, each once.

    They are ends so that a member who is admitted later is found by them, also once the event's bytes are erased.

    Raises:
        Refusal: code `invalid-shared-with`.
    """
    listed = event.extensions.get(SHARED_WITH_KEY)
    if listed is None:
        return ()
    parties = [listed] if isinstance(listed, str) else listed
    if not isinstance(parties, list) or len(parties) > MOST_SHARED_WITH:
        raise _invalid(str(type(listed).__name__))
    return tuple(dict.fromkeys(_ends(parties)))


def _ends(parties: list[object]) -> Iterator[End]:
    for party in parties:
        try:
            identity = identify(party) if isinstance(party, str) else None
        except InvalidIdentifier:
            identity = None
        if identity is None:
            raise _invalid(str(party)[:200])
        yield End(Role.SHARED_WITH, identity.key, NODE_KINDS[identity.kind])


def _invalid(found: str) -> Refusal:
    values = {"found": found, "expected": MOST_SHARED_WITH}
    return Refusal([Problem(sentence=INVALID_SHARED_WITH, pointer=f"/{SHARED_WITH_KEY}", values=values)])

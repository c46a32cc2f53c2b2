"""How large one event may be. Beyond a limit an input is refused with a code of its own, never cut.

The standard sets no limits. Ours are an order of magnitude above the largest honest event we know (a pallet
declaration of a few thousand serial numbers) and small enough that a thousand hostile events fit in memory.
"""

from __future__ import annotations

from typing import Final

LARGEST_EVENT: Final = 1_048_576  # bytes of one event as received, its @context included
LARGEST_DOCUMENT: Final = 16_777_216  # bytes of one document as received
# Bytes of all events of a document, each with what it inherits from it: a megabyte may be inherited ten thousand times.
LARGEST_COPIES: Final = 4 * LARGEST_DOCUMENT
MOST_EVENTS: Final = 10_000  # events in one document
LONGEST_LIST: Final = 20_000  # elements of any list in an event
LONGEST_TEXT: Final = 8_192  # characters of any text in an event
MOST_CONTEXTS: Final = 50  # entries of an @context; each has at most `MOST_FIELDS` terms
LONGEST_TERM: Final = 1_024  # characters of a term that an @context declares
MOST_FIELDS: Final = 500  # members of any object in an event
MOST_PROBLEMS: Final = 100  # told about one event; a sender who breaks more rules mends these first
DEEPEST: Final = 32  # levels of objects and lists below a field of an event

"""How often something may be tried in a while, by address and by account, whether there is such an account or not.

In memory: of several processes each counts its own, so that the limit of the whole is theirs together.

Source: the generic cell rate algorithm (ITU-T I.371, appendix A): one number per name, and no clock of its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from filiere_platform.domain.person_sentences import TOO_MANY_ATTEMPTS
from filiere_schemas.problems import Problem, Refusal, Sentence

MOST_NAMES = 100_000  # beyond, those that were quiet for longest are forgotten


class TooMany(Refusal):
    """Somebody tried too often; `seconds` says when again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many at once, and then one in each pause (microseconds)."""

    at_once: int
    pause: int


class Attempts:
    """Counts attempts. Safe for any thread."""

    def __init__(self, limit: Limit, *, sentence: Sentence = TOO_MANY_ATTEMPTS) -> None:
        self._limit = limit
        self._sentence = sentence  # says {seconds}
        self._lock = threading.Lock()
        self._free_at: OrderedDict[str, int] = OrderedDict()  # when the name would be quite unburdened

    def take(self, name: str, *, now: int) -> None:
        """Count one attempt.

        Raises:
            TooMany: there were too many before; this one is not counted.
        """
        limit = self._limit
        with self._lock:
            burden = max(self._free_at.get(name, 0), now)
            wait = burden - now - (limit.at_once - 1) * limit.pause
            if wait > 0:
                seconds = -(-wait // 1_000_000)
                raise TooMany([Problem(sentence=self._sentence, values={"seconds": seconds})])
            self._free_at[name] = burden + limit.pause
            self._free_at.move_to_end(name)
            if len(self._free_at) > MOST_NAMES:
                self._free_at.popitem(last=False)

    def forget(self, name: str) -> None:
        """Begin again with a name: somebody proved to be its owner."""
        with self._lock:
            self._free_at.pop(name, None)

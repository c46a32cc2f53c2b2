"""How long to wait before trying again what somebody else could not do.

Full jitter: a random time up to a limit that doubles. A crowd that was cut off at the same instant does not come back
at the same instant.

Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

from __future__ import annotations

MOST_DOUBLINGS = 30  # beyond it only the longest wait matters, and powers stay small


def full_jitter(attempt: int, *, first: float, longest: float, draw: float) -> float:
    """Give the seconds to wait before an attempt.

    Args:
        attempt: how many have failed so far, from 1.
        first: upper limit of the first wait, in seconds.
        longest: upper limit of any wait, in seconds.
        draw: a random number from 0 to 1.
    """
    return draw * min(longest, first * 2.0 ** min(attempt - 1, MOST_DOUBLINGS))

"""How the garbage collector goes about its work where very many values are made, and no cycles."""

from __future__ import annotations

import gc

MOST_NEW = 50_000  # values between two looks at the youngest generation


def collect_rarely() -> None:
    """Let the garbage collector leave what was there at the start alone, and look at the rest seldom.

    A trace of a thousand objects makes a hundred thousand values and no cycle: at the interpreter's own thresholds a
    third of its time went into looking for some. So did a third of what it took to derive a log again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(MOST_NEW, 20, 20)

"""Run `filiere-witness` so that it kills itself with SIGKILL before the n-th line that it runs to cosign a head.

The product has no hook for this: the interpreter's own trace counts the lines of the package, and of the library
functions that it calls nothing else is needed: a kill inside of them is a kill before or after what they do.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from filiere_witness.witness_cli import main

NTH = int(os.environ.get("FILIERE_TEST_CRASH_AT", "0"))
passed = 0


def trace(frame: FrameType, event: str, _argument: Any) -> Any:
    """Count the lines that run below `add_checkpoint`, and die before the n-th."""
    global passed  # noqa: PLW0603 - one process, one counter
    file = frame.f_code.co_filename
    if "filiere_witness" not in file or file.endswith("witness_cli.py"):
        return None
    if event == "line":
        passed += 1
        if passed == NTH:
            os.kill(os.getpid(), signal.SIGKILL)
    return trace


if __name__ == "__main__":
    if NTH:
        threading.settrace(trace)
    main(sys.argv[1:])

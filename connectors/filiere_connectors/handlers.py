"""What to do with each event that comes: print it, keep it as a file, run a program for it, call a function."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from filiere_connectors import receiving_sentences as sentences
from filiere_connectors.receiving import Event, Handler, Rejected
from filiere_connectors.workspace import lacking, write_whole

REJECTS: Final = 65  # exit of a command that will never take the event: EX_DATAERR of sysexits.h
COMMAND_SECONDS: Final = 300.0
_LONGEST_REASON: Final = 500


def to_lines(stream: TextIO) -> Handler:
    """Write one JSON object a line."""

    def handle(event: Event) -> None:
        stream.write(f"{json.dumps(event, ensure_ascii=False)}\n")
        stream.flush()

    return handle


def to_folder(folder: Path) -> Handler:
    """Write one file per event, named by its id: the same event again is the same file."""
    folder.mkdir(parents=True, exist_ok=True)

    def handle(event: Event) -> None:
        name = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in event["id"])
        write_whole(folder / f"{name}.json", json.dumps(event, ensure_ascii=False, indent=1).encode())

    return handle


def to_command(arguments: Sequence[str], *, seconds: float = COMMAND_SECONDS) -> Handler:
    """Run a program for each event, which reads it as JSON from its input.

    It ends with 0: taken; with 65: never to be taken, the last line of its errors says why; with anything else: to be
    offered again.
    """

    def handle(event: Event) -> None:
        done = subprocess.run(
            list(arguments),
            input=json.dumps(event, ensure_ascii=False).encode(),
            stdout=sys.stderr.fileno(),
            stderr=subprocess.PIPE,
            env={**os.environ, "FILIERE_EVENT_ID": event["id"]},
            timeout=seconds,
            check=False,
        )
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1][:_LONGEST_REASON] if lines else f"exit {done.returncode}"
        if done.returncode == REJECTS:
            raise Rejected(reason)
        if done.returncode:
            raise RuntimeError(reason)

    return handle


def to_function(reference: str) -> Handler:
    """Find a function, `MODULE:FUNCTION`, in the working folder or installed.

    Raises:
        WorkspaceProblem: there is none.
    """
    module, _, name = reference.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found: Any = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise lacking(sentences.NO_HANDLER, found=reference) from error
    if not callable(found):
        raise lacking(sentences.NO_HANDLER, found=reference)
    handler: Handler = found
    return handler

"""`filiere-witness`: keep a witness: make it, tell it of logs, serve it, look at what it holds.

Exit status: 0 done, 1 there is evidence against a log (`evidence`), 2 it could not be done.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from filiere_schemas.problems import Language, Refusal
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.note import VerifierKey, parse_note
from filiere_witness.folder import WitnessFolder
from filiere_witness.server import WitnessServer
from filiere_witness.witness import FORK, Witness

DONE: Final = 0
EVIDENCE: Final = 1
UNUSABLE: Final = 2
DEFAULT_PORT: Final = 8463

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "fr": {
        "listening": "témoin {name} à l'écoute sur http://{host}:{port}/",
        "none": "aucune preuve contre un journal",
        FORK: "FOURCHE",
        "unproved": "NON PROUVÉE",
        "evidence": "{kind}  {time}  {log}  {known} -> {found} entrées  {path}",
        "log": "journal {log}",
        "head": "  dernière tête cosignée : {size} entrées, racine {root}",
        "headless": "  aucune tête cosignée",
    },
    "en": {
        "listening": "witness {name} listens on http://{host}:{port}/",
        "none": "no evidence against any log",
        FORK: "FORK",
        "unproved": "NOT PROVED",
        "evidence": "{kind}  {time}  {log}  {known} -> {found} entries  {path}",
        "log": "log {log}",
        "head": "  head cosigned last: {size} entries, root {root}",
        "headless": "  no head cosigned",
    },
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except Refusal as refused:
        for problem in refused.problems:
            print(f"{problem.code}: {problem.message(_language())}", file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or ''}: {error.strerror}", file=sys.stderr)
    return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="filiere-witness", description="Témoin de journaux / witness of logs.")
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path(os.environ.get("FILIERE_WITNESS_DIR", "witness")),
        help="dossier du témoin / the witness's folder (FILIERE_WITNESS_DIR)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    init = commands.add_parser("init", help="crée le témoin / make the witness")
    init.add_argument("name", help="witness.example.org/w1")
    init.set_defaults(command=_init)
    add_log = commands.add_parser("add-log", help="ajoute un journal / add a log")
    add_log.add_argument("key", help="clé de vérification / verifier key: name+id+key")
    add_log.set_defaults(command=_add_log)
    serve = commands.add_parser("serve", help="répond / answer")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=DEFAULT_PORT)
    serve.set_defaults(command=_serve)
    for name, command, text in (
        ("evidence", _evidence, "ce qui contredit un journal / what contradicts a log"),
        ("show", _show, "le témoin et ses journaux / the witness and its logs"),
    ):
        shown = commands.add_parser(name, help=text)
        shown.add_argument("--json", action="store_true", help="un objet JSON / one JSON object")
        shown.set_defaults(command=command)
    return parser


def _init(options: argparse.Namespace) -> int:
    print(WitnessFolder.create(options.dir, options.name).verifier)
    return DONE


def _add_log(options: argparse.Namespace) -> int:
    key = VerifierKey.parse(options.key)
    WitnessFolder.open(options.dir).add_log(key)
    print(key.name)
    return DONE


def _serve(options: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    folder = WitnessFolder.open(options.dir)
    with WitnessServer((options.host, options.port), Witness(folder=folder, clock=lambda: int(time.time()))) as server:
        # `shutdown` waits for the loop that it ends, which is this thread's: another one has to call it.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        host, port = server.server_address[:2]
        print(_words("listening").format(name=folder.name, host=host, port=port), flush=True)
        server.serve_forever(poll_interval=0.2)
    return DONE


def _evidence(options: argparse.Namespace) -> int:
    found = WitnessFolder.open(options.dir).evidence()
    if options.json:
        print(json.dumps([{"file": str(path), **document} for path, document in found], ensure_ascii=False))
    for path, document in found if not options.json else ():
        sizes = {name: parse_checkpoint_text(parse_note(document[name].encode()).text).size for name in _HEADS}
        print(
            _words("evidence").format(
                kind=_words(document["kind"]),
                time=datetime.fromtimestamp(document["seen_at"], UTC).isoformat(),
                log=document["log"],
                path=path,
                **sizes,
            )
        )
    if not found and not options.json:
        print(_words("none"))
    return EVIDENCE if found else DONE


def _show(options: argparse.Namespace) -> int:
    folder = WitnessFolder.open(options.dir)
    logs = [_log(folder, origin) for origin in folder.origins()]
    if options.json:
        print(json.dumps({"name": folder.name, "key": str(folder.verifier), "logs": logs}, ensure_ascii=False))
        return DONE
    print(folder.verifier)
    for log in logs:
        print(_words("log").format(log=log["origin"]))
        print(_words("headless") if log["size"] is None else _words("head").format(**log))
    return DONE


def _log(folder: WitnessFolder, origin: str) -> dict[str, Any]:
    note = folder.read_head(origin)
    head = parse_checkpoint_text(parse_note(note).text) if note else None
    return {
        "origin": origin,
        "keys": [str(key) for key in folder.keys_of(origin)],
        "size": head.size if head else None,
        "root": head.root.hex() if head else None,
    }


def _words(name: str) -> str:
    return _WORDS[_language()][name]


def _language() -> Language:
    for variable in ("FILIERE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value[:2] in {"en", "fr"}:
            return "en" if value.startswith("en") else "fr"
    return "fr"


_HEADS: Final = ("known", "found")

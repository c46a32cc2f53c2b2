"""`filiere-verify BUNDLE --trust FILE`: say whether a bundle holds. It opens two files and no connection.

Exit status: 0 the bundle holds, 1 it does not, 2 it could not be looked at (no file, no trust file).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from filiere_schemas.problems import Language, Refusal
from filiere_schemas.provenance.bundle import LARGEST_BUNDLE, read_bundle
from filiere_schemas.provenance.trust import InvalidTrust, read_trust
from filiere_schemas.provenance.verify import VerifiedBundle, verify_bundle

HOLDS: Final = 0
FAILS: Final = 1
UNUSABLE: Final = 2
_LARGEST_TRUST: Final = 100_000  # bytes

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "fr": {
        "holds": "TIENT",
        "fails": "NE TIENT PAS",
        "unusable": "INUTILISABLE",
        "object": "objet",
        "log": "journal",
        "head": "tête signée : {size} enregistrements, racine {root}",
        "keys": "{keys} clés inscrites par le registraire, possession prouvée",
        "records": "{records} enregistrements : signature, empreinte, place dans le journal",
        "signed at source": "signé à la source",
        "attested on receipt": "attesté à réception",
        "erased": "effacé",
        "limits": "Ce dossier ne prouve ni que rien n'y manque, ni que ce qui est signé est vrai.",
    },
    "en": {
        "holds": "HOLDS",
        "fails": "DOES NOT HOLD",
        "unusable": "UNUSABLE",
        "object": "object",
        "log": "log",
        "head": "signed head: {size} records, root {root}",
        "keys": "{keys} keys registered by the registrar, possession proved",
        "records": "{records} records: signature, digest, place in the log",
        "signed at source": "signed at source",
        "attested on receipt": "attested on receipt",
        "erased": "erased",
        "limits": "This bundle proves neither that nothing is left out, nor that what is signed is true.",
    },
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    sys.exit(verify(arguments))


def verify(arguments: Sequence[str] | None = None) -> int:
    """Verify a bundle and say so; gives the exit status."""
    parser = argparse.ArgumentParser(prog="filiere-verify", description="Vérifier un dossier / verify a bundle.")
    parser.add_argument("bundle", type=Path, help="lot.zip")
    parser.add_argument("--trust", type=Path, required=True, help="trust.txt")
    parser.add_argument("--json", action="store_true", help="un objet JSON / one JSON object")
    options = parser.parse_args(arguments)
    language = _language()
    words = _WORDS[language]
    try:
        trust = read_trust(_content(options.trust, _LARGEST_TRUST))
        raw = _content(options.bundle, LARGEST_BUNDLE)
    except OSError as error:
        return _say(options.json, words, UNUSABLE, [f"{error.filename}: {error.strerror}"])
    except InvalidTrust as refused:
        return _say(options.json, words, UNUSABLE, _messages(refused, language))
    try:
        verified = verify_bundle(read_bundle(raw), trust)
    except Refusal as refused:
        return _say(options.json, words, FAILS, _messages(refused, language))
    if options.json:
        print(json.dumps(_as_json(verified), ensure_ascii=False))
    else:
        _show(verified, words)
    return HOLDS


def _content(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most + 1)


def _messages(refused: Refusal, language: Language) -> list[str]:
    return [f"{problem.code}: {problem.message(language)}" for problem in refused.problems]


def _say(as_json: bool, words: dict[str, str], status: int, messages: list[str]) -> int:  # noqa: FBT001 - an option
    verdict = {FAILS: "fails", UNUSABLE: "unusable"}[status]
    if as_json:
        print(json.dumps({"verdict": verdict, "problems": messages}, ensure_ascii=False))
    else:
        print(words[verdict])
        for message in messages:
            print(f"  {_printable(message)}", file=sys.stderr)
    return status


def _as_json(verified: VerifiedBundle) -> dict[str, Any]:
    return {
        "verdict": "holds",
        "object": verified.object,
        "log": verified.checkpoint.origin,
        "size": verified.checkpoint.size,
        "root": verified.checkpoint.root.hex(),
        "keys": verified.keys,
        "records": [
            {
                "index": record.index,
                "member": record.member,
                "assurance": record.assurance,
                "eventID": None if record.event is None else record.event.get("eventID"),
                "withheld": record.withheld,
            }
            for record in verified.records
        ],
    }


def _show(verified: VerifiedBundle, words: dict[str, str]) -> None:
    head = verified.checkpoint
    print(f"{words['holds']}  {words['object']} {_printable(verified.object)}")
    print(f"  {words['log']} {_printable(head.origin)}")
    print(f"  {words['head'].format(size=head.size, root=head.root.hex()[:16])}")
    print(f"  {words['keys'].format(keys=verified.keys)}")
    print(f"  {words['records'].format(records=len(verified.records))}")
    for record in verified.records:
        event = record.event or {}
        what = f"{event.get('type', '')} {event.get('bizStep', '')} {event.get('eventTime', '')}"
        member = record.member or "-"
        print(f"    {record.index:>8}  {_printable(what):<56}  {words[record.assurance]}  {_printable(member)}")
    print(f"  {words['limits']}")


def _printable(text: str) -> str:
    """Replace what would move a terminal's cursor: a bundle is other people's text."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _language() -> Language:
    for variable in ("FILIERE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value[:2] in {"en", "fr"}:
            return "en" if value.startswith("en") else "fr"
    return "fr"

"""`filiere-verify FILE --trust FILE`: say whether a bundle, or a record with its proof, holds.

It opens the files that it is given and no connection. Exit status: 0 what it was given holds, 1 it does not, 2 it could
not be looked at (no file, no trust file).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from filiere_schemas.problems import Language, Problem
from filiere_schemas.provenance.bundle import LARGEST_BUNDLE
from filiere_schemas.provenance.fields import instant_text
from filiere_schemas.provenance.head_check import Freshness
from filiere_schemas.provenance.key_history import KeyStanding
from filiere_schemas.provenance.policy import MAX_POLICY_BYTES
from filiere_schemas.provenance.record_check import VerifiedRecord
from filiere_schemas.provenance.tlog_proof import LARGEST_PROOF
from filiere_schemas.provenance.trust import InvalidTrust, read_trust
from filiere_schemas.provenance.verification import Refuted, Step
from filiere_schemas.provenance.verify import Verified, verify_bundle
from filiere_schemas.provenance.verify_record import verify_record
from filiere_schemas.provenance.verify_words import WORDS, step_sentence

HOLDS: Final = 0
FAILS: Final = 1
UNUSABLE: Final = 2
_AGE: Final = re.compile(r"([0-9]{1,9})([smhd]?)")
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}  # seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a Windows console may lack a character of a record, or our tick
    sys.exit(verify(arguments))


def verify(arguments: Sequence[str] | None = None, *, clock: Callable[[], float] = time.time) -> int:
    """Verify what the arguments name and say so; gives the exit status. `clock` gives seconds since 1970."""
    options = _parser(_language()).parse_args(arguments)
    said = _Saying(language=options.lang or _language(), as_json=options.json)
    try:
        trust = read_trust(_content(options.trust, MAX_POLICY_BYTES))
        raw = _content(options.file, LARGEST_BUNDLE)
        proof = None if options.proof is None else _content(options.proof, LARGEST_PROOF)
    except OSError as error:
        return said.unusable([{"code": "unreadable", "message": f"{error.filename}: {error.strerror}"}])
    except InvalidTrust as refused:
        return said.unusable(said.problems(refused.problems))
    freshness = Freshness(now=options.at if options.at is not None else int(clock()), max_age=options.max_age)
    try:
        found = verify_bundle(raw, trust, freshness) if proof is None else verify_record(raw, proof, trust, freshness)
    except Refuted as refused:
        return said.fails(refused)
    return said.holds(found)


def _parser(language: Language) -> argparse.ArgumentParser:
    words = WORDS[language]
    parser = argparse.ArgumentParser(prog="filiere-verify", description=words["help"])
    parser.add_argument("file", type=Path, help=words["help file"])
    parser.add_argument("--trust", type=Path, required=True, help=words["help trust"])
    parser.add_argument("--proof", type=Path, help=words["help proof"])
    parser.add_argument("--max-age", type=_age, metavar="AGE", help=words["help max-age"])
    parser.add_argument("--at", type=_instant, metavar="TIME", help=words["help at"])
    parser.add_argument("--lang", choices=("fr", "en"), help=words["help lang"])
    parser.add_argument("--json", action="store_true", help=words["help json"])
    return parser


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saying:
    """How results are said: in which language, as text or as JSON."""

    language: Language
    as_json: bool

    def holds(self, found: Verified) -> int:
        head = found.head
        if self.as_json:
            self._print_json(
                {
                    "verdict": "holds",
                    "object": found.object,
                    "log": head.checkpoint.origin,
                    "size": head.checkpoint.size,
                    "root": head.checkpoint.root.hex(),
                    "seenAt": dict(head.seen_at),
                    "keys": len(found.keys.lives),
                    "steps": self._steps(found.steps),
                    "records": [_as_json(record) for record in found.records],
                }
            )
            return HOLDS
        words = WORDS[self.language]
        print(words["holds"])
        self._show(found.steps)
        if head.seen_by_quorum_at is not None:
            print(f"  {words['seen'].format(seen=instant_text(head.seen_by_quorum_at * 1_000_000)[:19])}Z")
        for record in found.records:
            print(self._line(record))
        print(f"  {words['limits']}")
        return HOLDS

    def fails(self, refused: Refuted) -> int:
        problems = self.problems(refused.problems)
        if self.as_json:
            steps = self._steps(refused.done)
            self._print_json({"verdict": "fails", "step": refused.step, "problems": problems, "steps": steps})
            return FAILS
        print(WORDS[self.language]["fails"])
        self._show(refused.done)
        for problem in problems:
            print(f"  {refused.step:>2}. ✗ {problem['code']}: {_printable(problem['message'])}")
        return FAILS

    def unusable(self, problems: Sequence[Mapping[str, str]]) -> int:
        if self.as_json:
            self._print_json({"verdict": "unusable", "problems": problems})
            return UNUSABLE
        print(WORDS[self.language]["unusable"])
        for problem in problems:
            print(f"  {problem['code']}: {_printable(problem['message'])}", file=sys.stderr)
        return UNUSABLE

    def problems(self, problems: Iterable[Problem]) -> list[dict[str, str]]:
        return [{"code": each.code, "message": each.message(self.language)} for each in problems]

    def _steps(self, steps: Iterable[Step]) -> list[dict[str, Any]]:
        return [
            {
                "number": step.number,
                "text": step_sentence(step.number, step.values, self.language),
                "remarks": self.problems(step.remarks),
            }
            for step in steps
        ]

    def _show(self, steps: Iterable[Step]) -> None:
        for step in self._steps(steps):
            print(f"  {step['number']:>2}. ✓ {_printable(step['text'])}")
            for remark in step["remarks"]:
                print(f"      ! {_printable(remark['message'])}")

    def _line(self, record: VerifiedRecord) -> str:
        words, event = WORDS[self.language], record.event or {}
        what = _printable(f"{event.get('type', '')} {event.get('bizStep', '')} {event.get('eventTime', '')}")
        how = words[record.assurance.value]
        if record.standing is KeyStanding.DISPUTED:
            how += f", {words['disputed']}"
        return f"    {record.index:>8}  {what:<56}  {how}  {_printable(record.member or '-')}"

    def _print_json(self, found: Mapping[str, Any]) -> None:
        print(json.dumps(found, ensure_ascii=False))


def _as_json(record: VerifiedRecord) -> dict[str, Any]:
    return {
        "index": record.index,
        "member": record.member,
        "assurance": record.assurance.value,
        "standing": None if record.standing is None else record.standing.value,
        "eventID": None if record.event is None else record.event.get("eventID"),
        "withheld": len(record.withheld),
    }


def _content(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most + 1)


def _age(text: str) -> int:
    match = _AGE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(text)
    return int(match[1]) * _UNITS[match[2]]


def _instant(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(text)
    return int(moment.timestamp())


def _printable(text: str) -> str:
    """Replace what would move a terminal's cursor: a bundle is other people's text."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _language() -> Language:
    for variable in ("FILIERE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value[:2] in {"en", "fr"}:
            return "en" if value.startswith("en") else "fr"
    return "fr"

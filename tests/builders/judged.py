"""What `make conformance` prints: for each family of official files how many there were, passed, failed, and why.

A test judges files through the fixture `judge` of tests/conformance/conftest.py:

    def test_every_example_reads(judge: Judge) -> None:
        for path in official_files():
            with judge("XML 2.0 examples", path.name):
                assert read(path)

A file that fails does not stop the others: the test fails at its end, with all of them. `note` says of a file that
passes what is known of it, such as a fault of its own. `judge.count` enters what is counted rather than named, such
as mutations.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

PROPERTY = "conformance"  # of a test's report: reports travel from the processes of a parallel run, objects do not
_HEADINGS = ("family", "files", "passed", "failed", "reason")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one test found of some files of one family."""

    family: str
    passed: int = 0
    failed: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is kept of it in a test's report."""
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str) -> Verdict:
        """Read what `text` gave."""
        found = json.loads(text)
        return cls(**{**found, "reasons": tuple(found["reasons"])})


@dataclass
class Judge:
    """Gathers the verdicts of one test."""

    verdicts: list[Verdict] = field(default_factory=list)

    @contextmanager
    def __call__(self, family: str, file: str, *, note: str = "") -> Iterator[None]:
        """Judge one file: what is raised inside is its reason to fail."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever a reader raises is a verdict on the file
            reason = f"{file}: {type(error).__name__}: {_first_line(str(error))}"
            self.verdicts.append(Verdict(family=family, failed=1, reasons=(reason,)))
        else:
            reasons = (f"{file}: {note}",) if note else ()
            self.verdicts.append(Verdict(family=family, passed=1, reasons=reasons))

    def count(self, family: str, *, passed: int, failed: int, reasons: Iterable[str] = ()) -> None:
        """Enter many at once."""
        self.verdicts.append(Verdict(family=family, passed=passed, failed=failed, reasons=tuple(reasons)))

    @property
    def failures(self) -> list[str]:
        """Why files failed."""
        return [reason for verdict in self.verdicts if verdict.failed for reason in verdict.reasons]


def rendered(verdicts: Iterable[Verdict]) -> list[str]:
    """Lay the table out, a line per family and below it a line for each further reason."""
    passed, failed = Counter[str](), Counter[str]()
    reasons: dict[str, list[str]] = {}
    for verdict in verdicts:
        passed[verdict.family] += verdict.passed
        failed[verdict.family] += verdict.failed
        reasons.setdefault(verdict.family, []).extend(verdict.reasons)
    rows = [_HEADINGS]
    for family in sorted(reasons):
        said = sorted(set(reasons[family])) or [""]
        rows.append(
            (family, f"{passed[family] + failed[family]:,}", f"{passed[family]:,}", str(failed[family]), said[0])
        )
        rows += [("", "", "", "", reason) for reason in said[1:]]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return ["  ".join([*map(str.ljust, row[:4], widths), row[4]]).rstrip() for row in rows]


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:160]

"""The key entries of the log that this workspace knows as its member's own, and the last head of the log it saw.

.filiere/keys.json      statements that were asked for here or accepted by a person, by SHA-256; size and root
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Self

from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.workspace import Workspace, lacking, write_whole


@dataclass(slots=True, kw_only=True)
class KnownKeys:
    """What is known; `note` and `save` add to it."""

    kids: set[str] = field(default_factory=set)  # keys that we enrolled or took over to
    statements: set[str] = field(default_factory=set)  # SHA-256 in hexadecimal of statements that we know
    size: int = 0
    root: bytes = b""

    @classmethod
    def read(cls, workspace: Workspace) -> Self:
        """Read what is known; nothing before the first enrolment.

        Raises:
            WorkspaceProblem: the file is damaged.
        """
        path = workspace.state / "keys.json"
        if not path.exists():
            return cls()
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                kids=set(found["kids"]),
                statements=set(found["statements"]),
                size=int(found["size"]),
                root=bytes.fromhex(found["root"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise lacking(sentences.NOT_ENROLLED, file=path.name) from error

    def note_statement(self, statement: bytes) -> None:
        """Know a statement."""
        self.statements.add(hashlib.sha256(statement).hexdigest())

    def knows(self, statement: bytes) -> bool:
        """Whether a statement is known."""
        return hashlib.sha256(statement).hexdigest() in self.statements

    def save(self, workspace: Workspace) -> None:
        """Keep what is known."""
        document = {
            "kids": sorted(self.kids),
            "statements": sorted(self.statements),
            "size": self.size,
            "root": self.root.hex(),
        }
        write_whole(workspace.state / "keys.json", json.dumps(document, indent=2).encode())

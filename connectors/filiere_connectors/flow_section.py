"""Strict reading of one table of a TOML file: every key is known, of its type, and asked for once."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from filiere_connectors import flow_sentences as sentences
from filiere_schemas.problems import Problem, Refusal, Sentence

T = TypeVar("T")


class InvalidFlow(Refusal):
    """A flow or workspace file that cannot be used; its author mends the keys that are named."""


def load_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        InvalidFlow: it is absent or no TOML; the reason names the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InvalidFlow([Problem(sentence=sentences.FLOW_NOT_FOUND, values={"file": path.name})]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        values = {"file": path.name, "reason": error}
        raise InvalidFlow([Problem(sentence=sentences.FLOW_NOT_TOML, values=values)]) from error


@dataclass(slots=True, kw_only=True)
class Section:
    """One table of a file while it is read; problems are gathered, so that all are told at once."""

    file: str
    path: str  # as its author writes it: "event.items[2]"
    table: Mapping[str, Any]
    problems: list[Problem]
    known: set[str] = field(default_factory=set)

    def _key(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def complain(self, sentence: Sentence, name: str, **values: Any) -> None:
        """Note a problem with a key."""
        pointer = "/" + self._key(name).replace(".", "/")
        values = {"file": self.file, "key": self._key(name), **values}
        self.problems.append(Problem(sentence=sentence, pointer=pointer, values=values))

    def _read(self, name: str, kinds: tuple[type, ...], expected: str) -> Any:
        self.known.add(name)
        value = self.table.get(name)
        if value is None:
            return None
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            self.complain(sentences.FLOW_WRONG_VALUE, name, found=value, expected=expected)
            return None
        return value

    def text(self, name: str) -> str | None:
        """A text, None where the key is absent."""
        value: str | None = self._read(name, (str,), '"..."')
        return value

    def required_text(self, name: str) -> str:
        """A text that must be there; "" after a complaint."""
        value = self.text(name)
        if value is None and name not in self.table:
            self.complain(sentences.FLOW_MISSING_KEY, name, expected='"..."')
        return value or ""

    def choice(self, name: str, among: Sequence[str], *, default: str) -> str:
        """One word of several."""
        value = self.text(name)
        if value is None:
            return default
        if value not in among:
            self.complain(sentences.FLOW_WRONG_VALUE, name, found=value, expected=", ".join(among))
            return default
        return value

    def number(self, name: str) -> int | None:
        """A whole number from 1 on, None where the key is absent."""
        value: int | None = self._read(name, (int,), "1, 2, 3, ...")
        if value is not None and value < 1:
            self.complain(sentences.FLOW_WRONG_VALUE, name, found=value, expected="1, 2, 3, ...")
            return None
        return value

    def truth(self, name: str) -> bool | None:
        """True or false, None where the key is absent."""
        value: bool | None = self._read(name, (bool,), "true, false")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; one text alone is a list of one."""
        value = self._read(name, (str, list), '["...", "..."]')
        if isinstance(value, str):
            return (value,)
        if value is None:
            return ()
        if not all(isinstance(each, str) for each in value):
            self.complain(sentences.FLOW_WRONG_VALUE, name, found=value, expected='["...", "..."]')
            return ()
        return tuple(value)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A table whose keys are the author's own words."""
        return self._read(name, (dict,), "{...}") or {}

    def section(self, name: str) -> Section | None:
        """A table of known keys, None where it is absent."""
        value = self._read(name, (dict,), "{...}")
        return None if value is None else self._sub(self._key(name), value)

    def sections(self, name: str) -> Iterator[Section]:
        """An array of tables of known keys."""
        value = self._read(name, (list,), f"[[{self._key(name)}]]") or []
        for number, each in enumerate(value, 1):
            if isinstance(each, dict):
                yield self._sub(f"{self._key(name)}[{number}]", each)
            else:
                self.complain(sentences.FLOW_WRONG_VALUE, name, found=each, expected="{...}")

    def read_each(self, name: str, read: Callable[[Section], T]) -> tuple[T, ...]:
        """Read an array of tables, each to its end."""
        found = []
        for each in self.sections(name):
            found.append(read(each))
            each.finish()
        return tuple(found)

    def finish(self) -> None:
        """Complain about every key that nobody asked for."""
        for name in self.table:
            if name not in self.known:
                near = difflib.get_close_matches(name, self.known, n=1)
                self.complain(sentences.FLOW_UNKNOWN_KEY, name, expected=", ".join(near or sorted(self.known)))

    def _sub(self, path: str, table: Mapping[str, Any]) -> Section:
        return Section(file=self.file, path=path, table=table, problems=self.problems)

"""Read the folder of a sector profile: which files it has, whether each has the form that `profile.schema.json` asks.

A sector is named, or its folder is: a folder of folders that the sector body chooses comes before the package, so that
a sector of its own needs no code.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from filiere_schemas.problems import Level, Problem, Refusal, Sentence
from filiere_schemas.sectors import profile_sentences as sentences
from filiere_schemas.sectors.balance import parse_balance_rules
from filiere_schemas.sectors.retention import parse_retention
from filiere_schemas.sectors.sealable import parse_sealable
from filiere_schemas.sectors.sharing import parse_sharing

LARGEST_FILE: Final = 262_144  # bytes
MOST_EXAMPLES: Final = 300
ABOUT: Final = "profile.toml"
_OWN: Final = ("profile", "ctes", "words", "documents", "machines", "counters", "checks", "reports", "neighbours")
FILES: Final = tuple(f"{name}.toml" for name in _OWN)
EXAMPLES: Final = "examples"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_OF_OTHERS: Final[dict[str, Callable[[str], object]]] = {
    "balance.toml": parse_balance_rules,
    "retention.toml": parse_retention,
    "sealable.toml": parse_sealable,
    "sharing.toml": parse_sharing,
}
_IGNORED: Final = frozenset({"README.md", "__pycache__"})


class UnknownSector(Refusal):
    """No profile has this name, nor stands in a folder of this name; the caller names another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFiles:
    """What a folder holds: its files and its examples by name, as read, and what is wrong with their form."""

    name: str
    content: Mapping[str, Any]
    examples: Mapping[str, Any]
    problems: tuple[Problem, ...]


def mistake(
    sentence: Sentence, file: str, key: str = "", *, found: object = "", expected: object = "", level: Level = "error"
) -> Problem:
    """Say what is wrong at a key of a file of a profile."""
    values = {"file": file, "key": key, "found": found, "expected": expected}
    return Problem(sentence=sentence, pointer=f"/{file}" + (f"/{key}" if key else ""), values=values, level=level)


def sector_names(folder: Path | None = None) -> dict[str, Traversable]:
    """Give the folder of every sector by its name; those of the sector body first, and instead of the package's."""
    places: list[Traversable] = [files("filiere_schemas.sectors")]
    if folder is not None and folder.is_dir():
        places.append(folder)
    found = {each.name: each for place in places for each in place.iterdir() if each.joinpath(ABOUT).is_file()}
    return dict(sorted(found.items()))


def find_sector(wanted: str, folder: Path | None = None) -> Traversable:
    """Find the folder of a sector by its name, or by its path.

    Raises:
        UnknownSector: there is none.
    """
    known = sector_names(folder)
    if wanted in known:
        return known[wanted]
    path = Path(wanted)
    if path.joinpath(ABOUT).is_file():
        return path
    values = {"found": wanted, "expected": ", ".join(known)}
    raise UnknownSector([Problem(sentence=sentences.UNKNOWN_SECTOR, values=values)])


def is_sector_name(text: str) -> bool:
    """Tell whether a sector may have this name."""
    return _NAME.fullmatch(text) is not None


def read_files(folder: Traversable) -> ProfileFiles:
    """Read every file of a profile; what cannot be read is a problem, and left out."""
    content: dict[str, Any] = {}
    problems: list[Problem] = []
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name in FILES:
            value = _read(file, file.name, tomllib.loads, problems)
            if value is not None:
                content[file.name] = value
        elif file.name in _OF_OTHERS:
            _read(file, file.name, _OF_OTHERS[file.name], problems)
        elif file.name != EXAMPLES and file.name not in _IGNORED:
            known = ", ".join((*FILES, *_OF_OTHERS, f"{EXAMPLES}/"))
            problems.append(mistake(sentences.UNKNOWN_FILE, file.name, expected=known))
    for name, value in content.items():
        problems += _form(name, name, value)
    examples = dict(_examples(folder.joinpath(EXAMPLES), problems))
    return ProfileFiles(name=folder.name, content=content, examples=examples, problems=tuple(problems))


def _examples(folder: Traversable, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    found = sorted(folder.iterdir(), key=lambda each: each.name) if folder.is_dir() else []
    for file in found[:MOST_EXAMPLES]:
        name = f"{EXAMPLES}/{file.name}"
        value = _read(file, name, json.loads, problems)
        wrong = [] if value is None else list(_form(name, "example", value))
        problems += wrong
        if value is not None and not wrong:
            yield name, value


def _read(file: Traversable, name: str, parse: Callable[[str], Any], problems: list[Problem]) -> Any:
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise ValueError(f"> {LARGEST_FILE}")  # noqa: TRY301 - told as the parser's own
        return parse(raw.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        problems.append(mistake(sentences.UNREADABLE, name, found=str(error), expected=LARGEST_FILE))
        return None


def _form(file: str, definition: str, value: Any) -> Iterator[Problem]:
    for error in _validator(definition).iter_errors(value):
        path = list(error.instance_path)
        missing = getattr(error.kind, "property", None)
        if error.kind.name == "required" and missing in {"fr", "en"}:
            yield mistake(sentences.MISSING_TRANSLATION, file, key_of(value, path), expected=missing)
        else:
            yield mistake(sentences.WRONG_FORM, file, key_of(value, path), found=error.message[:200])


def key_of(value: Any, path: list[str | int]) -> str:
    """Write where something stands in a file as its author reads it: items of a list by their name, if any."""
    tokens: list[str] = []
    for token in path:
        value = value[token]
        named = value.get("name") if isinstance(token, int) and isinstance(value, Mapping) else None
        tokens.append(named if isinstance(named, str) else str(token))
    return ".".join(tokens)


@cache
def _validator(definition: str) -> jsonschema_rs.Draft202012Validator:
    schema = json.loads(files("filiere_schemas.sectors").joinpath("profile.schema.json").read_text(encoding="utf-8"))
    escaped = definition.replace("/", "~1")
    return jsonschema_rs.Draft202012Validator({"$defs": schema["$defs"], "$ref": f"#/$defs/{escaped}"})

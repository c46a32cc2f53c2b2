"""What is wrong with an input: one sentence in French and English, and where it is.

Every refusal and every warning of the project is a `Problem`. Its `Sentence` carries the stable code that
clients switch on; the values fill the placeholders of the sentence in the reader's language. A sentence says
what was expected, what was found and what to do, and never holds a secret.

The sentences stand beside the code that uses them (`filiere_schemas.epcis.sentences`, ...); a test gathers all
of them and checks that codes are unique and that both languages use the same placeholders.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Language = Literal["fr", "en"]
Level = Literal["error", "warning"]

LONGEST_VALUE = 120  # characters of a sender's value that a sentence repeats


@dataclass(frozen=True, slots=True)
class Sentence:
    """A catalogued problem: its stable code (kebab-case) and its sentence in both languages.

    `fr` and `en` are `str.format` templates over the same placeholders.
    """

    code: str
    fr: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong at one place of an input; `pointer` is a JSON pointer (RFC 6901), "" is the whole.

    Of an input in XML, `pointer` is that of its JSON reading; `line` (from 1) and `xpath` find it as it was sent.
    """

    sentence: Sentence
    pointer: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    level: Level = "error"
    line: int | None = None
    xpath: str | None = None

    @property
    def code(self) -> str:
        """The stable code of the sentence."""
        return self.sentence.code

    @property
    def place_in_xml(self) -> dict[str, str | int]:
        """Where the problem is in an input in XML: `line` and `xpath`; nothing of any other input."""
        named = {"line": self.line, "xpath": self.xpath}
        return {name: place for name, place in named.items() if place is not None}

    def message(self, language: Language) -> str:
        """Say the problem in a language; long values are shortened, so that a message stays a sentence.

        A value that is itself a problem (the reason for this one) is said in the same language.
        """
        template = self.sentence.fr if language == "fr" else self.sentence.en
        return template.format(
            **{
                name: value.message(language) if isinstance(value, Problem) else _short(value)
                for name, value in self.values.items()
            }
        )

    def within(self, prefix: str) -> Problem:
        """The same problem, seen from a document in which its input stands at `prefix` (a JSON pointer)."""
        return replace(self, pointer=prefix + self.pointer)


class Refusal(Exception):  # noqa: N818 - the trade's word: an input is refused, the program does not err
    """An input that is refused, with every reason; the root of all refusals of the project.

    Each subclass is a distinct thing that a caller may do about it.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("; ".join(f"{p.code} at {p.pointer or '/'}: {p.message('en')}" for p in self.problems))


def escape_pointer_token(token: str) -> str:
    """Escape one reference token of a JSON pointer. Source: RFC 6901, section 3."""
    return token.replace("~", "~0").replace("/", "~1")


# Writes only the beginning of a container: a stranger's document may hold one of ten megabytes, in a hundred problems.
_outline = reprlib.Repr()
_outline.maxlevel, _outline.maxlist, _outline.maxdict, _outline.maxtuple = 2, 5, 5, 5
_outline.maxstring = _outline.maxother = LONGEST_VALUE


def _short(value: object) -> str:
    text = _outline.repr(value) if isinstance(value, dict | list | tuple) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"

"""The refusal of an identifier, and the short way to raise it.

A caller that reads an event joins these problems to its own, at the place of the identifier
(`Problem.within`); a caller that only asks uses the `is_valid` of the scheme.
"""

from __future__ import annotations

from collections.abc import Callable

from filiere_schemas.problems import Problem, Refusal, Sentence


class InvalidIdentifier(Refusal):
    """An identifier that does not follow its own scheme: whoever wrote it must correct it."""


def accepts(validate: Callable[[str], object], text: str) -> bool:
    """Say whether a scheme's `validate` (or `parse`) accepts a text: every `is_valid` is this."""
    try:
        validate(text)
    except InvalidIdentifier:
        return False
    return True


def invalid(sentence: Sentence, **values: object) -> InvalidIdentifier:
    """Build the refusal that a sentence and its values say; the caller raises it."""
    return InvalidIdentifier([Problem(sentence=sentence, values=values)])

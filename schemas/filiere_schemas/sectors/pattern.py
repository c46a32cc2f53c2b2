"""A regular expression of a sector profile, matched in a time that grows with the value and nothing else.

A profile is its author's and a value a stranger's. Python's own expressions go back over what they read, so that
`(a+)+b` takes for ever on a few dozen letters, in the path of every capture. RE2 reads a value once, whatever the
expression; what cannot be read so (a reference back to a group, a look ahead) it does not have.

Source: RE2, syntax of regular expressions.
"""

from __future__ import annotations

from typing import Final

LONGEST_VALUE: Final = 200  # characters: what is longer fits no pattern
_MEMORY: Final = 8 << 20  # bytes that one expression may take, compiled; `(\\pL{30}){30}` takes more


class InvalidPattern(ValueError):  # noqa: N818 - named after what it is of, as `InvalidExpression`
    """A pattern that is no expression of RE2, or too large a one."""


class Pattern:
    """One compiled pattern."""

    __slots__ = ("_matches", "source")

    def __init__(self, source: str) -> None:
        """Compile a pattern.

        Raises:
            InvalidPattern: why it cannot be used.
        """
        import re2  # who judges nothing shall not wait for it

        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MEMORY
        # A set of one answers yes or no, ten times sooner than an expression that says where its groups stand.
        alone = re2.Set.FullMatchSet(options)
        try:
            re2.compile(source, options)
            alone.Add(source)
            alone.Compile()
        except re2.error as error:
            raise InvalidPattern(_reason(error)) from error
        self.source = source
        self._matches = alone.Match

    def fits(self, value: str) -> bool:
        """Say whether the whole of a value is what the pattern describes."""
        return len(value) <= LONGEST_VALUE and bool(self._matches(value))


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return "too large" if "to compile Set" in text else text

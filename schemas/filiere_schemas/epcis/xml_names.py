"""Names of elements and attributes as JSON-LD names, and back.

XML binds a prefix where it likes, JSON-LD once for a whole event. So each namespace gets one prefix: the sender's,
unless it means something else already, in which case one is numbered. A namespace is taken as it is written: what the
sender's JSON would call `ex:field` is called so here, if both bind `ex` to the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from filiere_schemas.epcis.context import EPCIS_CONTEXT, OUR_NAMESPACE, STANDARD_PREFIXES

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XSD: Final = "http://www.w3.org/2001/XMLSchema"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SBDH: Final = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"  # the document's own header
EPCIS: Final = {"urn:epcglobal:epcis:xsd:2": "2.0", "urn:epcglobal:epcis:xsd:1": "1.2"}
QUERY: Final = {"urn:epcglobal:epcis-query:xsd:2": "2.0", "urn:epcglobal:epcis-query:xsd:1": "1.2"}
MASTER_DATA: Final = ("urn:epcglobal:epcis-masterdata:xsd:2", "urn:epcglobal:epcis-masterdata:xsd:1")
# Prefixes that the standard's context declares, and what XML calls them: of the CBV's own attributes, XML leaves the
# last colon out of the namespace.
CBVMDA: Final = "urn:epcglobal:cbv:mda"
KNOWN: Final = {CBVMDA: "cbvmda", OUR_NAMESPACE: "filiere"} | {
    namespace: prefix for prefix, namespace in STANDARD_PREFIXES.items()
}
# Namespaces of the document itself, which no name of an event needs.
_GRAMMAR: Final = frozenset(
    {
        XSI,
        XSD,
        *EPCIS,
        *QUERY,
        "urn:epcglobal:xsd:1",
        "urn:epcglobal:xsd:2",
        *MASTER_DATA,
    }
)


# A prefix of a context that nobody here reads stands for itself.
_UNDECLARED: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*):")
_MOST_NAMES: Final = 2_000  # kept of one scope
# Prefixes that stand in values too, where nothing tells what another meaning would be.
_OF_WORDS: Final = frozenset({"cbv", "gs1", "epcis"})


class _Taken:
    """The prefixes that mean something already."""

    __slots__ = ("_number", "_prefixes")

    def __init__(self, prefixes: Iterable[str], number: int = 1) -> None:
        self._prefixes = {*prefixes, *STANDARD_PREFIXES}
        self._number = number  # no smaller one is free

    def copy(self) -> _Taken:
        return _Taken(self._prefixes, self._number)

    def take(self, namespace: str, prefix: str | None) -> str:
        """Take a prefix for a namespace: the sender's if it is free, else one that is numbered."""
        undeclared = _UNDECLARED.fullmatch(namespace)
        if undeclared is not None:
            prefix = undeclared[1]
        if prefix is None or prefix in self._prefixes:
            while f"ns{self._number}" in self._prefixes:
                self._number += 1
            prefix = f"ns{self._number}"
        self._prefixes.add(prefix)
        return prefix


class _Scope:
    """What the declarations around an event say, worked out once for all events of a document."""

    __slots__ = ("context", "names", "prefixes", "taken", "version")

    def __init__(self, scope: tuple[tuple[str | None, str], ...]) -> None:
        self.names: dict[str, str] = {}  # by tag, of the namespaces of the scope
        self.prefixes: dict[str, str] = dict(KNOWN)  # by namespace
        self.taken = _Taken(self.prefixes.values())
        old = {namespace for namespace, version in {**EPCIS, **QUERY}.items() if version == "1.2"}
        self.version = "1.2" if any(namespace in old for _, namespace in scope) else "2.0"
        for prefix, namespace in scope:
            if prefix is not None and namespace not in _GRAMMAR and namespace not in self.prefixes:
                if prefix in STANDARD_PREFIXES and prefix not in _OF_WORDS:
                    # A context may give a prefix of the standard's another meaning; the standard's own is numbered.
                    self.prefixes = {known: name for known, name in self.prefixes.items() if name != prefix}
                    self.prefixes[namespace] = prefix
                else:
                    self.prefixes[namespace] = self.taken.take(namespace, prefix)
        self.context = _context(self.prefixes)


_scope = lru_cache(maxsize=64)(_Scope)


def _context(prefixes: Mapping[str, str]) -> list[Any]:
    declared = {prefix: namespace for namespace, prefix in prefixes.items() if KNOWN.get(namespace) != prefix}
    kept = {prefix: namespace for prefix, namespace in declared.items() if namespace != f"{prefix}:"}
    return [EPCIS_CONTEXT, kept] if kept else [EPCIS_CONTEXT]


class Names:
    """The JSON-LD names of one event's elements; `context` is what they stand on."""

    __slots__ = ("_names", "_scope", "_taken", "prefixes", "version")

    def __init__(self, scope: Mapping[str | None, str]) -> None:
        self._scope = _scope(tuple(scope.items()))
        self._names = self._scope.names
        self._taken = self._scope.taken
        self.prefixes = self._scope.prefixes  # by namespace
        self.version = self._scope.version

    def of(self, tag: str, prefix: str | None = None) -> str:
        """Name an element or attribute, given as `{namespace}local`; `prefix` is the one it has where it stands."""
        name = self._names.get(tag)
        if name is None:
            namespace, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
            if namespace and namespace not in self.prefixes:
                self._declare(namespace, prefix)
            name = f"{self.prefixes[namespace]}:{local}" if namespace else local
            if len(self._names) < _MOST_NAMES:
                self._names[tag] = name
        return name

    def of_element(self, element: Any) -> str:
        """Name an element."""
        tag = element.tag
        return self._names.get(tag) or self.of(tag, element.prefix)

    def of_attribute(self, element: Any, tag: str) -> str:
        """Name an attribute of an element, whose prefix is sought only for a namespace that is new."""
        namespace = tag[1:].rpartition("}")[0] if tag.startswith("{") else ""
        if not namespace or namespace in self.prefixes:
            return self.of(tag)
        return self.of(tag, next((p for p, n in element.nsmap.items() if n == namespace and p is not None), None))

    @property
    def context(self) -> list[Any]:
        """The `@context` of an event with these names."""
        return self._scope.context if self.prefixes is self._scope.prefixes else _context(self.prefixes)

    def _declare(self, namespace: str, prefix: str | None) -> None:
        # What is declared inside an event is this event's alone.
        if self.prefixes is self._scope.prefixes:
            self.prefixes, self._names, self._taken = dict(self.prefixes), dict(self._names), self._taken.copy()
        self.prefixes[namespace] = self._taken.take(namespace, prefix)

"""What a search over arrays asks of a graph, for many nodes or events at once; both are numbers.

`adjacency` has the whole graph in memory; `partial_adjacency` as much as a search has come to, and asks for the rest.
"""

from __future__ import annotations

from typing import Protocol

from filiere_platform.domain.adjacency import Flags, Integers, Small


class Searchable(Protocol):
    """A graph in arrays."""

    @property
    def count_of_nodes(self) -> int:
        """The room that numbers of nodes need."""

    @property
    def log_index(self) -> Integers:
        """By ordinal; an event has one from when on it is known."""

    @property
    def earliest(self) -> Integers:
        """By ordinal."""

    @property
    def latest(self) -> Integers:
        """By ordinal."""

    @property
    def has_withdrawn(self) -> bool:
        """Whether any event may have been declared erroneous."""

    def kinds_of(self, nodes: Integers) -> Small:
        """Give what nodes are."""

    def marks_of(self, nodes: Integers, entering: int) -> Small:
        """Give the marks of nodes, for a search that goes on from them through events that they enter in a use."""

    def events_of(self, nodes: Integers, use: int) -> tuple[Integers, Integers]:
        """Give the ordinals of the events that touch some nodes in a use, and for each the position of its node."""

    def nodes_of(self, ordinals: Integers, use: int) -> tuple[Integers, Integers]:
        """Give the nodes that some events name in a use, and for each the position of its event."""

    def touching(self, nodes: Integers) -> tuple[Integers, Integers]:
        """Give the events that touch some nodes in any use, each once per node, and the position of the node."""

    def siblings(self, ordinals: Integers) -> tuple[Integers, Integers]:
        """Give the other events of the transformations that some events belong to, and whose they are, by position."""

    def in_force(self, ordinals: Integers, *, before: int) -> Flags:
        """Say of some events whether they are known before a log index, and not yet declared erroneous there."""

    def taken_back(self, ordinals: Integers, *, before: int) -> Flags:
        """Say of some events whether they were declared erroneous before a log index."""

"""A SimpleEventQuery finds what a naive reader of the events finds: every page of it, none twice, in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from builders.instance import Instance, Sender
from builders.query_oracle import Question, answer
from builders.query_questions import questions, with_record_times
from builders.query_strategies import queried_events
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.epcis_parameters import read_parameters
from filiere_platform.usecases.reading import find_events

# Each example is a member of its own with events of its own. To shrink one takes longer than a test may: what is said
# of a failure is the question, and a parameter of it asked alone shows the rest.
few = settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NOW: Final = 1_790_000_000_000_000
Told = tuple[list[dict[str, Any]], list[Question]]


@st.composite
def conversations(draw: st.DrawFn) -> Told:
    """Some events, and many questions to them."""
    events = draw(queried_events(least=6, most=10))
    return events, draw(st.lists(questions(events), min_size=20, max_size=30))


class Asker:
    """Somebody who sees his own events alone, and asks for them page by page as an answer to HTTP does."""

    def __init__(self, instance: Instance, sender: Sender) -> None:
        self._database = instance.platform.database
        self._viewer = Viewer(member_id=instance.member(sender.uri).id)

    def ask(self, question: Question) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        asked = [*question.parameters.items(), ("perPage", str(question.per_page))]
        token: list[tuple[str, str]] = []
        while True:
            query = read_parameters([*asked, *token], question.declared)
            with self._database.unit_of_work() as uow:
                page = find_events(uow, self._viewer, query, now=NOW)
            events = json.loads(page.document)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            assert len(events) <= question.per_page
            found += events
            if page.next_after is None:
                return found
            token = [("nextPageToken", str(page.next_after))]


def places(found: Sequence[dict[str, Any]], sent: Sequence[dict[str, Any]]) -> list[int]:
    """Tell found events by the places in which they were sent."""
    known = {(each["eventID"], "errorDeclaration" in each): place for place, each in enumerate(sent)}
    return [known[each["eventID"], "errorDeclaration" in each] for each in found]


def test_a_query_finds_what_a_naive_reader_of_the_events_finds(shared: Instance) -> None:
    numbers = iter(range(1_000_000))

    @few
    @given(told=conversations())
    def answers_agree(told: Told) -> None:
        events, asked = told
        sender = shared.admit(f"Dairy {next(numbers)}")
        for event in events:  # one by one, so that no two have one record time
            records = sender.send_events(event).json()
            assert [each["status"] for each in records["records"]] == ["stored"], (event, records)
        asker = Asker(shared, sender)
        stored = asker.ask(Question(parameters={}))
        assert places(stored, events) == list(range(len(events)))
        kept = [sent | {"recordTime": shown["recordTime"]} for sent, shown in zip(events, stored, strict=True)]
        for question in (with_record_times(each, kept) for each in asked):
            assert places(asker.ask(question), events) == answer(kept, question), question

    answers_agree()

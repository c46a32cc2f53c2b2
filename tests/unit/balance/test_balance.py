"""Balances are conserved, exact, and never conclude from what is not known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from builders.traces import Chain, Told, observed, packed, transformed
from filiere_platform.domain.amount import converted, in_unit, written
from filiere_platform.domain.balance import IN, Flow, Line, Reason, Verdict, settle
from filiere_platform.domain.balance_lines import BalanceReader, Scope, Settled
from filiere_platform.domain.process_yield import YieldVerdict, yields_of
from filiere_platform.domain.record import ActionCode, Role
from filiere_platform.domain.state import load_around
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_schemas.epcis.units import UNITS, Dimension
from filiere_schemas.sectors.balance import NO_RULES, BalanceRules, Equivalence, Process

TWO_PERCENT = BalanceRules(processes=(Process(name="p", fr="f", en="e", tolerance=Fraction(2, 100)),))
MILK = Equivalence(products=("lot",), unit="LTR", quantity=Fraction("1.03"), uom="KGM", fr="f", en="e")
masses = st.sampled_from(sorted(code for code, unit in UNITS.items() if unit.dimension is Dimension.MASS))
amounts = st.fractions(min_value=0, max_value=1000, max_denominator=50)
flows = st.sampled_from([flow for flow in Flow if flow is not Flow.COUNTED])


def a_line(flow: Flow, amount: Fraction | None, *, vague: bool = False) -> Line:
    return Line(flow=flow, event=1, quantity=None, uom=None, amount=amount, vague=vague)


lines = st.lists(st.builds(a_line, flows, amounts | st.none(), vague=st.booleans()), max_size=6)


@given(flows=lines, counted=amounts | st.none(), tolerance=st.fractions(0, 1), hidden=st.booleans())
def test_what_came_in_is_what_went_out_what_is_there_and_what_is_missing(
    flows: list[Line], counted: Fraction | None, tolerance: Fraction, *, hidden: bool
) -> None:
    every = [*flows, *([] if counted is None else [a_line(Flow.COUNTED, counted)])]
    found = settle(every, unit="KGM", tolerance=tolerance, hidden=hidden)
    came = sum((found.total(flow) for flow in IN), Fraction(0))
    went = sum((found.total(flow) for flow in (Flow.USED, Flow.SHIPPED, Flow.REMOVED)), Fraction(0))
    assert came == went + found.left
    if counted is not None:
        assert came == went + counted + (found.residual or 0)


@given(flows=lines, counted=amounts | st.none(), tolerance=st.fractions(0, 1), hidden=st.booleans())
def test_nothing_is_concluded_from_what_is_not_known(
    flows: list[Line], counted: Fraction | None, tolerance: Fraction, *, hidden: bool
) -> None:
    every = [*flows, *([] if counted is None else [a_line(Flow.COUNTED, counted)])]
    found = settle(every, unit="KGM", tolerance=tolerance, hidden=hidden)
    assert (found.verdict is Verdict.OPEN) == bool(found.reasons)
    unknown = hidden or any(line.amount is None or line.vague for line in every)
    if unknown:
        assert found.verdict in {Verdict.OPEN, Verdict.OVER_CONSUMPTION}
    if found.verdict is Verdict.OVER_CONSUMPTION:
        # However much more was used of what nobody stated, it is still too much.
        more = [replace(line, amount=Fraction(10)) if line.amount is None else line for line in every]
        assert settle(more, unit="KGM", tolerance=tolerance, hidden=hidden).verdict is Verdict.OVER_CONSUMPTION


def test_each_verdict_has_its_case() -> None:
    def verdict(*told: tuple[Flow, int | None], hidden: bool = False) -> tuple[Verdict, tuple[Reason, ...]]:
        every = [a_line(flow, None if amount is None else Fraction(amount)) for flow, amount in told]
        found = settle(every, unit="KGM", tolerance=Fraction(2, 100), hidden=hidden)
        return found.verdict, found.reasons

    made = (Flow.MADE, 100)
    assert verdict(made, (Flow.USED, 99)) == (Verdict.BALANCED, ())
    assert verdict(made, (Flow.USED, 103)) == (Verdict.OVER_CONSUMPTION, ())
    assert verdict(made, (Flow.USED, 103), (Flow.USED, None)) == (Verdict.OVER_CONSUMPTION, ())
    assert verdict(made, (Flow.USED, 50)) == (Verdict.OPEN, (Reason.NOT_COUNTED,))
    assert verdict(made, (Flow.USED, 50), (Flow.COUNTED, 50)) == (Verdict.BALANCED, ())
    assert verdict(made, (Flow.USED, 50), (Flow.COUNTED, 40)) == (Verdict.UNEXPLAINED_LOSS, ())
    assert verdict(made, (Flow.USED, 50), (Flow.COUNTED, 60)) == (Verdict.OVER_CONSUMPTION, ())
    assert verdict(made, (Flow.USED, None)) == (Verdict.OPEN, (Reason.UNKNOWN_AMOUNTS,))
    assert verdict(made, (Flow.USED, 103), hidden=True) == (Verdict.OPEN, (Reason.HIDDEN_EVENTS,))
    assert verdict((Flow.USED, 3)) == (Verdict.OPEN, (Reason.UNDECLARED,))


@given(amounts, masses, masses, masses)
def test_a_detour_over_another_unit_changes_no_amount(amount: Fraction, one: str, two: str, three: str) -> None:
    def step(value: Fraction, unit: str, into: str) -> Fraction:
        found = converted(value, unit, into, key="lot", rules=NO_RULES)
        assert found is not None
        return found

    assert step(step(amount, one, two), two, three) == step(amount, one, three)


@given(amounts)
def test_an_equivalence_leads_there_and_back_and_holds_for_its_products_alone(amount: Fraction) -> None:
    rules = BalanceRules(equivalences=(MILK,))
    there = converted(amount, "HLT", "TNE", key="lot:milk", rules=rules)
    assert there == amount * 100 * Fraction("1.03") / 1000
    assert converted(there, "TNE", "HLT", key="lot:milk", rules=rules) == amount
    assert converted(amount, "HLT", "TNE", key="other", rules=rules) is None
    assert converted(amount, "HLT", "TNE", key="lot:milk", rules=NO_RULES) is None


def test_amounts_are_written_as_they_are() -> None:
    assert [written(each) for each in (None, Fraction(5, 2), Fraction(-3), Fraction(1, 3), Fraction(10**6))] == [
        None,
        "2.5",
        "-3",
        "0.333333333333333",
        "1000000",
    ]
    assert in_unit(Decimal("0.1"), "KGM", "GRM", key="", rules=NO_RULES) == 100


def at_site(told: Told, site: str = "SITE") -> Told:
    return replace(told, ends=(*told.ends, (Role.READ_POINT, site, None, None)))


def did(step: str, amount: str, when: int | tuple[int, int], what: str = "lot") -> Told:
    return at_site(observed(f"{what}*{amount}KGM" if amount else what, when, step=step))


def made(amount: str, when: int) -> Told:
    return at_site(observed(f"lot*{amount}KGM", when, step="commissioning", action=ActionCode.ADD))


def settled(chain: Chain, *, site: bool = True, start: int = -99, stop: int = 99, rules=NO_RULES) -> Settled | None:
    graph = TraceGraph(chain)
    node = chain.ids["lot"]
    load_around(graph, {node})
    keys = {number: key for key, number in chain.ids.items()}
    sites = frozenset({chain.ids["SITE"]}) if site else None
    reader = BalanceReader(graph=graph, keys=keys, rules=rules, hidden={})
    return reader.balance_of(node, Scope(sites, start, stop))


def story(*told: Told) -> Chain:
    return Chain().tell(*told)


def test_a_site_balances_what_came_what_left_and_what_was_counted() -> None:
    chain = story(
        did("receiving", "100", 1), at_site(transformed("lot*30KGM", "x", 3)), did("shipping", "20", 5),
        did("stock_taking", "45", 7),
    )  # fmt: skip
    found = settled(chain)
    assert found is not None
    assert (found.balance.left, found.balance.counted, found.balance.residual) == (50, 45, 5)
    assert found.balance.verdict is Verdict.UNEXPLAINED_LOSS
    tolerant = BalanceRules(processes=(Process(name="p", fr="f", en="e", tolerance=Fraction(5, 100)),))
    again = settled(chain, rules=tolerant)
    assert again is not None
    assert again.balance.verdict is Verdict.BALANCED


def test_everywhere_a_shipment_is_no_loss() -> None:
    chain = story(made("100", 1), did("shipping", "20", 5), at_site(transformed("lot*100KGM", "x", 6)))
    found = settled(chain, site=False)
    assert found is not None
    assert (found.balance.left, found.balance.verdict) == (0, Verdict.BALANCED)


def test_a_period_opens_with_what_the_last_count_and_what_followed_left() -> None:
    chain = story(
        did("receiving", "100", 1), did("stock_taking", "90", 2), did("shipping", "10", 3), did("shipping", "5", 12),
        did("stock_taking", "70", 14), did("receiving", "8", 15),
    )  # fmt: skip
    found = settled(chain, start=10, stop=20)
    assert found is not None
    assert (found.opening, found.balance.residual, found.closing) == (80, 5, 78)
    before = settled(chain, start=0, stop=10)
    assert before is not None
    assert (before.opening, before.balance.residual, before.closing) == (0, 10, 80)
    assert settled(chain, start=30, stop=40) is None


@given(
    st.lists(st.tuples(st.sampled_from(["receiving", "shipping"]), st.integers(1, 50)), min_size=1, max_size=8),
    st.integers(0, 40),
)
def test_two_periods_say_together_what_one_says(told: list[tuple[str, int]], cut: int) -> None:
    chain = story(*(did(step, str(amount), 5 * at) for at, (step, amount) in enumerate(told)))
    whole, first, second = (settled(chain, start=start, stop=stop) for start, stop in ((-1, 99), (-1, cut), (cut, 99)))
    assert whole is not None
    ends = [each.closing for each in (first, second) if each is not None]
    assert ends[-1] == whole.closing
    if first is not None and second is not None:
        assert second.opening == first.closing


def test_what_a_pallet_brings_and_takes_along_counts_by_what_is_on_it() -> None:
    chain = story(packed("lot*40KGM", "sscc:a", 1), did("receiving", "", 3, "sscc:a"), did("shipping", "", 5, "sscc:a"))
    found = settled(chain, stop=4)
    assert found is not None
    assert (found.balance.total(Flow.RECEIVED), found.closing) == (40, 40)
    whole = settled(chain)
    assert whole is not None
    assert (whole.balance.total(Flow.SHIPPED), whole.balance.verdict) == (40, Verdict.BALANCED)
    vague = settled(story(packed("lot*40KGM", "sscc:a", (1, 9)), did("receiving", "", 3, "sscc:a")))
    assert vague is not None
    assert vague.balance.reasons == (Reason.UNKNOWN_AMOUNTS,)


def test_a_day_across_the_end_of_a_period_leaves_it_open() -> None:
    found = settled(story(did("receiving", "9", 1), did("shipping", "9", (8, 12))), start=0, stop=10)
    assert found is not None
    assert found.balance.reasons == (Reason.VAGUE_TIMES,)
    at_count = settled(story(did("receiving", "9", 1), did("shipping", "9", (2, 6)), did("stock_taking", "0", 5)))
    assert at_count is not None
    assert at_count.balance.reasons == (Reason.VAGUE_TIMES,)


def yields(rules: BalanceRules, *told: Told, named: dict[int, str] | None = None):
    chain = story(*told)
    graph = TraceGraph(chain)
    graph.load(list(chain.ids.values()))
    events = {e.log_index: e for n in chain.ids.values() for e in graph.events_of(n)}
    keys = {number: key for key, number in chain.ids.items()}
    return yields_of(events.values(), keys=keys, named=named or {}, rules=rules)


def test_a_yield_is_judged_by_its_process_and_left_open_where_an_amount_is_not_known() -> None:
    band = Process(name="press", fr="f", en="e", least_yield=Fraction(1, 2), most_yield=Fraction(1))
    rules = BalanceRules(processes=(band,), equivalences=(MILK,))
    told = [transformed("lot*100KGM", f"out*{amount}KGM", 1) for amount in (49, 50, 101)]
    assert [each.verdict for each in yields(rules, *told)] == [YieldVerdict.LOW, YieldVerdict.USUAL, YieldVerdict.HIGH]
    (litres,) = yields(rules, transformed("lot*100LTR", "out*51.5KGM", 1))
    assert (litres.put_in, litres.ratio) == (103, Fraction(1, 2))
    (open_,) = yields(rules, transformed("lot*100KGM other", "out*90KGM", 1))
    assert open_.verdict is YieldVerdict.OPEN
    (unruled,) = yields(NO_RULES, transformed("lot*100KGM", "out*90KGM", 1))
    assert (unruled.verdict, unruled.ratio) == (YieldVerdict.NO_RULE, Fraction(9, 10))
    together = yields(
        rules, transformed("lot*100KGM", "", 1, transformation="T"), transformed("", "out*70KGM", 2, transformation="T")
    )
    assert [(each.ratio, len(each.events)) for each in together] == [(Fraction(7, 10), 2)]
    assert TWO_PERCENT.tolerance == Fraction(1, 50)

"""The cache of a session: the tree against a search through whole prefixes, and what must hold."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal as D
from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import model, rates, row

from llmcost.logs.aggregation import LoggedRequest, Sizes
from llmcost.logs.session_texts import TextNode, text_tree
from llmcost.price_data.bundled_files import load_cache_rules
from llmcost.pricing.cache_rules import CacheTerms, offer_of
from llmcost.pricing.price_rows import LIFETIMES as PRICE_LIFETIMES
from llmcost.pricing.prompt_cache import (
    Block,
    CacheUse,
    PrefixTree,
    SessionRequest,
    hits,
    uses,
)

Prefix = tuple[tuple[object, ...], ...]
LIFETIMES = (0, 60, 300, 1800, 3600, 10**9)
MINIMUMS = (0, 256, 512, 1024, 4096)
STEPS = (1, 64, 128, 256)
MATCHINGS = ("prefix", "breakpoint", "units")


def terms(**changes: object) -> CacheTerms:
    plain = CacheTerms(minimum=0, granularity=1, seconds=300, refreshed=True)
    return msgspec.structs.replace(plain, **changes)


def tree_of(session: Sequence[SessionRequest], warm: Sequence[Block] = ()) -> PrefixTree:
    tree = PrefixTree(warm)
    for one in session:
        tree.add(one)
    return tree


def by_tree(
    session: Sequence[SessionRequest], how: CacheTerms, warm: Sequence[Block] = ()
) -> list[CacheUse]:
    tree = tree_of(session, warm)
    return list(uses(tree, hits(tree, how, warm=bool(warm)), how))


def keys(blocks: Sequence[Block]) -> Prefix:
    return tuple((one.id,) for one in blocks)


def tokens(blocks: Sequence[Block]) -> int:
    return sum(one.tokens for one in blocks)


Hits = list[tuple[Sequence[Block], Sequence[Block]]]


def by_search(
    session: Sequence[SessionRequest],
    how: CacheTerms,
    system: Sequence[Block] = (),
    *,
    warm: bool = True,
) -> list[CacheUse]:
    """What whole prefixes say that a cache bills; `warm`: it has the system prompt at first."""
    found = searched(session, how, system, warm=warm)
    return [billed(one, *each, how) for one, each in zip(session, found, strict=True)]


def searched(
    session: Sequence[SessionRequest], how: CacheTerms, system: Sequence[Block], *, warm: bool
) -> Hits:
    """What the cache has of each request, and what was sent before. No tree: a list of whole
    prefixes with when each was last used and written."""
    used: dict[Prefix, float] = {}
    written: dict[Prefix, float] = {}
    entries: set[Prefix] = set()
    seen_ever: set[Prefix] = set()
    if system and warm and how.seconds:
        begin = session[0].second
        for n in range(1, len(system) + 1):
            used[keys(system[:n])] = written[keys(system[:n])] = begin
        entries.add(keys(system))
    found: Hits = []
    for one in session:
        blocks = one.input
        prefixes = [keys(blocks[:n]) for n in range(len(blocks) + 1)]
        hit: tuple[Block, ...] = ()
        stamps = used if how.refreshed else written
        for n in range(1, len(blocks) + 1):
            prefix = prefixes[n]
            far = 0 < how.look_back < sum(each.contents for each in blocks[n:])
            is_entry = prefix in entries and (not far or prefix == keys(system))
            is_alive = prefix in stamps and one.second - stamps[prefix] <= how.seconds
            if how.seconds and is_alive and (how.matching == "prefix" or is_entry):
                hit = blocks[:n]
        missing = prefixes[len(hit) + 1 :]
        if how.refreshed:
            used.update(dict.fromkeys(prefixes[1:], one.second))
        else:
            written.update(dict.fromkeys(missing, one.second))
        if how.matching == "units" and hit and len(hit) < len(blocks) and blocks[len(hit)].answer:
            hit = blocks[: len(hit) + 1]
        seen = max((n for n in range(len(blocks) + 1) if prefixes[n] in seen_ever), default=0)
        seen_ever.update(prefixes[1:])
        entries.add(prefixes[-1])
        if how.matching == "units" and seen:
            entries.add(prefixes[seen])
        elif how.matching == "breakpoint" and system:
            entries.add(keys(system))
        found.append((hit, blocks[:seen]))
    return found


def billed(
    one: SessionRequest, hit: Sequence[Block], seen: Sequence[Block], how: CacheTerms
) -> CacheUse:
    def kept(blocks: Sequence[Block]) -> int:
        whole = tokens(blocks) - tokens(blocks) % how.granularity
        return whole if whole and whole >= how.minimum else 0

    read = kept(hit)
    written = max(0, kept(one.input) - read) if how.writes else 0
    again = max(0, kept(seen) - read) if how.seconds else 0
    return CacheUse(tokens(one.input), one.output, read, written, again)


def random_session(random: Random, warm: Sequence[Block]) -> list[SessionRequest]:
    """A conversation that grows, is cut, goes back and pauses."""
    blocks: list[Block] = list(warm)
    session: list[SessionRequest] = []
    now, number = 0.0, len(warm)
    for _ in range(random.randint(1, 12)):
        if len(blocks) > 1 and random.random() < 0.25:
            del blocks[random.randint(0 if random.random() < 0.3 else 1, len(blocks)) :]
        if random.random() < 0.15 and session:
            blocks = list(random.choice(session).input)
        for _ in range(random.randint(0 if blocks else 1, 3)):
            number += 1
            id = number if random.random() < 0.8 else number % 3
            size = random.choice((1, 63, 64, 65, 100, 500, 1024, 3000))
            blocks.append(Block(id, size, random.randint(1, 12), random.random() < 0.4))
        session.append(SessionRequest(now, tuple(same_sizes(blocks)), random.randint(0, 900)))
        now += random.choice((0, 1, 30, 59, 60, 61, 299, 300, 301, 2000, 4000))
    return session


SIZES: dict[tuple[object, ...], Block] = {}


def same_sizes(blocks: Sequence[Block]) -> list[Block]:
    """The same block is what it was, wherever it comes again: its hash is of its text."""
    found = []
    for one in blocks:
        whole = SIZES.setdefault((one.id,), one)
        found.append(whole)
    return found


def by_texts(session: Sequence[SessionRequest], system: Sequence[Block]) -> PrefixTree:
    """The tree of a log that has the same requests as texts, a character for each token."""
    root = TextNode()
    root.is_whole = True
    requests = []
    for one in session:
        node = root
        for place, block in enumerate(one.input):
            answer = (block.id, place) if block.answer else None
            node = node.child(block.id, block.tokens, answer)
            node.contents = block.contents
            node.is_system = list(one.input[: place + 1]) == list(system[: place + 1])
        sizes = Sizes("", sum(each.tokens for each in one.input), one.output)
        requests.append(LoggedRequest("zeta", int(one.second), sizes, prefix=node))
    return text_tree(requests)


def shipped_terms() -> list[CacheTerms]:
    """Every rule of `data/cache_rules.yaml`, as it is computed and at its bounds."""
    items = {"input": D(1), "cache_read": D(1), "cache_storage": D(1)}
    prices = items | {f"cache_write.{one}": D(1) for one in PRICE_LIFETIMES}
    found: dict[CacheTerms, None] = {}
    for rule in load_cache_rules().rules:
        every = {*rule.models, *(one for case in rule.minimum for one in case.models)}
        for name, lifetime in rule.lifetimes.items() if rule.matching in MATCHINGS else ():
            for glob in sorted(every):
                one = model(glob.replace("*", "") or "zeta", row(rates("1", "2")))
                each = offer_of(rule, name, lifetime, one, prices, date(2026, 11, 30))
                if each is not None:
                    found |= dict.fromkeys((each.terms, each.best, each.worst))
    return list(found)


SHIPPED = shipped_terms()


def compare(seed: int, shipped: Sequence[CacheTerms] = ()) -> int:
    """Hold a random session against the search, as blocks and as texts, under a random rule of each
    matching, and under these; return under how many."""
    random = Random(seed)
    SIZES.clear()
    system = [Block(0, random.choice((50, 1100, 5000)))] if random.random() < 0.5 else []
    warm = bool(system) and random.random() < 0.5
    session = random_session(random, same_sizes(system))
    tree, texts = tree_of(session, system), by_texts(session, system)
    rules = [random_terms(random, matching) for matching in MATCHINGS]
    known: dict[CacheTerms, tuple[Hits, list[int], list[int]]] = {}
    for how in (*rules, *shipped):
        state = msgspec.structs.replace(how, minimum=0, granularity=1, writes=False, stores=False)
        if state not in known:
            is_cold = not warm or texts.warm == 0
            other = hits(texts, state) if is_cold else hits(texts, state, warm=True)
            same = searched(session, state, system, warm=not is_cold)
            assert [tokens(hit) for hit, _ in same] == [texts.ends[node] for node in other], seed
            found = searched(session, state, system, warm=warm)
            known[state] = found, hits(tree, state, warm=warm), other
        expected, own, _ = known[state]
        bills = [billed(one, *each, how) for one, each in zip(session, expected, strict=True)]
        assert list(uses(tree, own, how)) == bills, (seed, how)
    return len(rules) + len(shipped)


def random_terms(random: Random, matching: str) -> CacheTerms:
    return CacheTerms(
        random.choice(MINIMUMS),
        random.choice(STEPS),
        random.choice(LIFETIMES),
        random.random() < 0.7,
        matching,
        random.choice((0, 5, 20)),
        random.random() < 0.5,
    )


def test_the_tree_bills_as_a_search_through_whole_prefixes_does() -> None:
    """`python -m tests.pricing.test_prompt_cache 0 100000` tries more of them, under every rule."""
    for seed in range(300):
        compare(seed, SHIPPED[seed % 25 :: 25])


GROWING = [
    SessionRequest(40.0 * n, tuple(Block(k, 1000) for k in range(n + 1)), 100) for n in range(5)
]


@pytest.mark.parametrize(
    ("changes", "read", "written"),
    [
        ({}, [0, 1000, 2000, 3000, 4000], [0] * 5),
        ({"seconds": 39}, [0] * 5, [0] * 5),
        ({"seconds": 40}, [0, 1000, 2000, 3000, 4000], [0] * 5),
        ({"minimum": 2500}, [0, 0, 0, 3000, 4000], [0] * 5),
        ({"granularity": 128}, [0, 896, 1920, 2944, 3968], [0] * 5),
        ({"writes": True}, [0, 1000, 2000, 3000, 4000], [1000] * 5),
        ({"writes": True, "minimum": 2500}, [0, 0, 0, 3000, 4000], [0, 0, 3000, 1000, 1000]),
        ({"writes": True, "seconds": 0}, [0] * 5, [1000, 2000, 3000, 4000, 5000]),
        ({"seconds": 100, "refreshed": False}, [0, 1000, 2000, 3000, 4000], [0] * 5),
    ],
)
def test_a_conversation_by_hand(
    changes: dict[str, object], read: list[int], written: list[int]
) -> None:
    """Five requests 40 seconds apart, each 1,000 tokens longer than the last."""
    found = by_tree(GROWING, terms(**changes))

    assert [one.read for one in found] == read
    assert [one.written for one in found] == written


def test_openai_counts_in_steps_from_1024_tokens_on() -> None:
    """Its guide: 1,024, 1,152, 1,280 …; shorter prompts are not cached."""
    how = terms(minimum=1024, granularity=128)
    sizes = (1023, 1024, 1151, 1152, 1300)

    def read(size: int) -> int:
        twice = [SessionRequest(n, (Block("prompt", size),), 1) for n in range(2)]
        return by_tree(twice, how)[1].read

    assert [read(one) for one in sizes] == [0, 1024, 1024, 1152, 1280]


def test_deepseek_keeps_what_two_requests_had_in_common() -> None:
    """Its guide: after A+B, A+C misses, but makes the service keep A, so that A+D hits A."""
    session = [
        SessionRequest(n, (Block("A", 900), Block(last, 10)), 5) for n, last in enumerate("BCD")
    ]

    assert [one.read for one in by_tree(session, terms(matching="units"))] == [0, 0, 900]
    assert [one.read for one in by_tree(session, terms())] == [0, 900, 900]


def test_deepseek_reads_an_answer_too() -> None:
    """Its guide: a unit ends where an output does."""
    one = (Block("question", 100),)
    two = (*one, Block("answer", 50, answer=True), Block("next", 7))
    session = [SessionRequest(0, one, 50), SessionRequest(9, two, 50)]

    assert [use.read for use in by_tree(session, terms(matching="units"))] == [0, 150]


def test_a_breakpoint_looks_back_20_blocks() -> None:
    """Anthropic's page: an entry that is further from the breakpoint is not found."""
    how = terms(matching="breakpoint", look_back=20, writes=True)

    def read(blocks: int) -> int:
        first = (Block("system", 2000), Block("question", 100))
        second = (*first, Block("tools", 500, contents=blocks))
        found = by_tree([SessionRequest(0, first, 9), SessionRequest(9, second, 9)], how)
        return found[1].read

    assert [read(20), read(21)] == [2100, 0]


def test_what_expired_is_sent_again() -> None:
    pause = [GROWING[0], GROWING[1], msgspec.structs.replace(GROWING[2], second=9000.0)]

    assert [one.again for one in by_tree(pause, terms(writes=True))] == [0, 0, 2000]


def test_a_warm_prefix_is_read_by_the_first_request() -> None:
    found = by_tree(GROWING, terms(writes=True), [Block(0, 1000)])

    assert (found[0].read, found[0].written) == (1000, 0)


def test_requests_go_forward_in_time() -> None:
    with pytest.raises(ValueError, match="in the order of time"):
        tree_of([GROWING[1], GROWING[0]])


@pytest.mark.parametrize("matching", MATCHINGS)
def test_sessions_of_which_tokens_are_known(matching: str) -> None:
    """`follow` makes the tree of the same requests written out token by token."""
    random = Random(matching)
    for _ in range(60):
        tree, session, now = PrefixTree(), list[SessionRequest](), 0.0
        line: list[Block] = []
        for number in range(random.randint(1, 9)):
            shared = random.randint(0, len(line)) if random.random() < 0.4 else len(line)
            input = shared + random.randint(0 if shared else 1, 40)
            line = line[:shared] + [Block((number, n), 1) for n in range(input - shared)]
            session.append(SessionRequest(now, tuple(line), random.randint(0, 9)))
            tree.follow(now, shared, input, session[-1].output)
            now += random.choice((10, 200, 400))
        how = terms(matching="prefix", granularity=random.choice((1, 7)), writes=True)
        written_out = by_search(session, how)
        assert list(uses(tree, hits(tree, how), how)) == written_out
        entries = hits(tree, terms(matching=matching))
        assert all(
            tree.common(hit, leaf) == hit for hit, leaf in zip(entries, tree.leaves, strict=True)
        )


SEEDS = st.integers(0, 2**32)


@settings(max_examples=60)
@given(SEEDS, st.sampled_from(MATCHINGS), st.booleans())
def test_laws(seed: int, matching: str, refreshed: bool) -> None:
    """A longer lifetime never reads less, a higher minimum and a larger step never more, and no
    request reads or writes more than it sends. (Where a use does not help, a longer lifetime can
    end just before the next request, where a shorter one had begun anew.)"""
    SIZES.clear()
    session = random_session(Random(seed), [])

    def read(**changes: object) -> int:
        how = terms(**{"matching": matching, "refreshed": refreshed, "writes": True, **changes})
        found = by_tree(session, how)
        assert all(one.read + one.written <= one.input for one in found)
        return sum(one.read for one in found)

    by_lifetime = [read(seconds=one) for one in LIFETIMES]
    by_minimum = [read(minimum=one) for one in MINIMUMS]
    assert not refreshed or all(one <= other for one, other in pairwise(by_lifetime))
    assert all(one >= other for one, other in pairwise(by_minimum))
    assert all(read(granularity=one) <= read() for one in STEPS)


if __name__ == "__main__":
    import sys

    begin, end = (int(one) for one in sys.argv[1:])
    pairs = sum(compare(number, SHIPPED) for number in range(begin, end))
    print(f"{end - begin:,} sessions, {pairs:,} comparisons, all equal")  # noqa: T201

"""The cache of a session: the tree against a search through whole prefixes, and what must hold."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple

from llmcost.pricing.cache_rules import CacheTerms
from llmcost.pricing.prompt_cache import (
    Block,
    CacheUse,
    PrefixTree,
    SessionRequest,
    hits,
    total_use,
    uses,
)

Prefix = tuple[tuple[object, ...], ...]
LIFETIMES = (0, 60, 300, 1800, 3600, 10**9)
MINIMUMS = (0, 256, 512, 1024, 4096)
STEPS = (1, 64, 128, 256)
NEVER = -(10**12)
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


def by_search(
    session: Sequence[SessionRequest], how: CacheTerms, warm: Sequence[Block] = ()
) -> list[CacheUse]:
    """No tree: a list of whole prefixes with when each was last used and written."""
    used: dict[Prefix, float] = {}
    written: dict[Prefix, float] = {}
    entries: set[Prefix] = set()
    seen_ever: set[Prefix] = set()
    if warm and how.seconds:
        begin = session[0].second
        for n in range(1, len(warm) + 1):
            used[keys(warm[:n])] = written[keys(warm[:n])] = begin
        entries.add(keys(warm))
    found = []
    for one in session:
        blocks = one.input
        hit: tuple[Block, ...] = ()
        stamps = used if how.refreshed else written
        for n in range(1, len(blocks) + 1):
            prefix = keys(blocks[:n])
            far = 0 < how.look_back < sum(each.contents for each in blocks[n:])
            is_entry = prefix in entries and (not far or prefix == keys(warm))
            is_alive = one.second - stamps.get(prefix, NEVER) <= how.seconds
            if how.seconds and is_alive and (how.matching == "prefix" or is_entry):
                hit = blocks[:n]
        missing = [keys(blocks[:n]) for n in range(len(blocks), len(hit), -1)]
        if how.refreshed:
            used.update({keys(blocks[:n]): one.second for n in range(1, len(blocks) + 1)})
        else:
            written.update(dict.fromkeys(missing, one.second))
        if how.matching == "units" and hit and len(hit) < len(blocks) and blocks[len(hit)].answer:
            hit = blocks[: len(hit) + 1]
        seen = max((n for n in range(len(blocks) + 1) if keys(blocks[:n]) in seen_ever), default=0)
        seen_ever |= {keys(blocks[:n]) for n in range(1, len(blocks) + 1)}
        entries.add(keys(blocks))
        if how.matching == "units" and seen:
            entries.add(keys(blocks[:seen]))
        elif how.matching == "breakpoint" and warm:
            entries.add(keys(warm))
        found.append(billed(one, hit, blocks[:seen], how))
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


def compare(seed: int) -> None:
    random = Random(seed)
    SIZES.clear()
    warm = [Block(0, random.choice((50, 1100, 5000)))] if random.random() < 0.5 else []
    session = random_session(random, same_sizes(warm))
    for matching in MATCHINGS:
        how = CacheTerms(
            random.choice(MINIMUMS),
            random.choice(STEPS),
            random.choice(LIFETIMES),
            random.random() < 0.7,
            matching,
            random.choice((0, 5, 20)),
            random.random() < 0.5,
        )
        found = by_tree(session, how, warm)
        assert found == by_search(session, how, warm), (seed, how)
        tree = tree_of(session, warm)
        fields = zip(*map(astuple, found), strict=True)
        total = total_use(tree, hits(tree, how, warm=bool(warm)), how)
        assert total == tuple(map(sum, fields)), (seed, how)


def test_the_tree_bills_as_a_search_through_whole_prefixes_does() -> None:
    """`python -m tests.pricing.test_prompt_cache 100000` tries more of them."""
    for seed in range(400):
        compare(seed)


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

    for number in range(int(sys.argv[1])):
        compare(number)
    print(f"{int(sys.argv[1]):,} sessions x {len(MATCHINGS)} rules agree")  # noqa: T201

"""Words, atoms and bags: a text taken apart counts as if it were whole, under every vocabulary."""

import importlib.util
import re
from collections import Counter
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest
from hard_texts import texts
from hypothesis import example, given, settings
from hypothesis import strategies as st
from paths import ROOT

from llmcost.tokenizers.bpe import Ranks, merged_length
from llmcost.tokenizers.chunking import pieces
from llmcost.tokenizers.counter import TextSums, count
from llmcost.tokenizers.engine import engine, tokens_of
from llmcost.tokenizers.pretokenize import PATTERNS, alike, composed, is_han, mended, pretokenize
from llmcost.tokenizers.registry import TOKENIZERS, names
from llmcost.tokenizers.short_texts import Texts, WordPool
from llmcost.tokenizers.vocabulary import PACKS, all_entries, open_vocabulary
from llmcost.tokenizers.word_cache import BLANK, START, Bag, atoms, has_marks, spelt, words

EXACT = [one for one in TOKENIZERS.values() if one.exact]
NAMES = [one.name for one in EXACT]
PARTS = [
    "word", " word", "  ", " ", "\n", "\n\n", "\n    ", "\r\n", "\t", "\x0b", "\u3000", "\xa0",
    "/", "//", "中国人民", "很好", "，", "。", "　", "参考文献", " 参考文献", "新加坡", "数", "é",
    "e\u0301", "\u0301", "ア", "한국", "foo(bar,baz).qux", "it's", "<td>", "</td>", "> </", "a>",
    "12", "1,234.5", "▁", "▁ ", "_x_", "🎉", "'", START, BLANK, "\x00", "ſ", "HTTPServer",
    "\u2028", "A中b", "/*", "#", "r", "参亚洲AV", "亚洲",
]  # fmt: skip
parted = st.lists(st.sampled_from(PARTS), max_size=30).map("".join)
any_text = st.one_of(parted, texts, st.lists(texts, max_size=6).map("".join)).map(mended)


def whole(text: str) -> dict[str, int]:
    return {name: found.tokens for name, found in count(text, NAMES).items()}


@given(any_text)
def test_words_are_the_text(text: str) -> None:
    if not has_marks(text):
        assert "".join(map(spelt, words(text))) == text


@settings(max_examples=150, deadline=None)
@given(any_text)
@example("a\n    /b\n/c\n \n d  e 1")
@example("x> </td> </td>\t <b> y")
def test_words_count_as_the_text(text: str) -> None:
    """Each by itself, under every exact tokenizer, they add up to the whole."""
    if has_marks(text):
        return
    one_by_one = Counter[str]()
    for word in words(text):
        one_by_one.update(whole(spelt(word)))

    assert {name: one_by_one[name] for name in NAMES} == whole(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(any_text, max_size=4), st.sampled_from([1, 3, 17]))
def test_a_bag_counts_as_the_texts(found: list[str], times: int) -> None:
    """However often words come."""
    bag = Bag()
    for text in found * times:
        bag.add(text)
    tokens = Counter[str]()
    for multiple, cut in bag.empty():
        for name, number in tokens_of(cut, EXACT).items():
            tokens[name] += multiple * number
    expected = Counter[str]()
    for text in found:
        expected.update({name: times * number for name, number in whole(text).items()})

    assert {name: tokens[name] for name in NAMES} == {name: expected[name] for name in NAMES}
    assert not list(bag.empty())


@given(any_text)
def test_atoms_are_the_words(text: str) -> None:
    """Nothing is lost, in texts of one kind or the other."""
    if not has_marks(text):
        marked = "".join(word if word[:1] == START else f" {word}" for word in words(text))
        assert "".join(atoms(marked)) == marked
        assert all(atoms(marked))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two", ["one", " two"]),
        ("one  two", ["one  two"]),
        ("one\ntwo", ["one\n", "two"]),
        ("one\n\n  two three", ["one\n\n", "  two", " three"]),
        ("one\n/two", ["one\n/two"]),
        ("one \ntwo", ["one \n", "two"]),
        ("a\u3000 b", ["a\u3000 b"]),
        ("<td> </td> x", ["<td> </td>", " x"]),
    ],
)
def test_places_of_words(text: str, expected: list[str]) -> None:
    """Before a blank that stands alone, and after a line; nowhere else."""
    assert list(map(spelt, words(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" foo.bar(x, it's", [" foo", ".bar", "(x", ",", " it's"]),
        (" <h1>a<b", [" <h1>a", "<b"]),
        (" 他们，新加坡数", [" 他们，新加坡", "数"]),
        (f"{START}他们数，来了", [f"{START}他们", "数", "，来了"]),
        (f"{START}r参亚洲AV，数参", [f"{START}r参亚洲AV，数", "参"]),
        (f"{START}r参亚アÉ数参", [f"{START}r参亚アÉ数", "参"]),
    ],
)
def test_places_of_atoms(text: str, expected: list[str]) -> None:
    """Before marks behind a letter, and between Han characters that no entry joins; but never in
    those right behind a blank."""
    assert atoms(text) == expected


@pytest.mark.parametrize(
    "text", ["r参亚洲AVh", "The价格亚洲AVThe", "r参亚洲AV亚洲AV亚洲", "参亚洲AV"]
)
def test_a_capital_behind_han_characters(text: str) -> None:
    """Whether o200k_base begins a piece there is for a small letter before them to say."""
    one_by_one = Counter[str]()
    for atom in atoms(START + text):
        one_by_one.update(whole(atom.removeprefix(START)))
    assert dict(one_by_one) == whole(text)


def test_pairs_are_those_of_the_vocabularies() -> None:
    """The file says what the script finds in the packs."""
    script = scripted("build_han_pairs")
    packs = sorted(pack.stem for pack in PACKS.glob("*.trie"))

    assert (PACKS / "han.pairs").read_text(encoding="utf-8") == script.text_of(script.joined(packs))


@pytest.mark.parametrize("family", [family for family in PATTERNS if family != "gemma"])
@given(
    plain=st.text(st.sampled_from(" abzAZ.,-/<(_'1\n"), max_size=12).filter(
        lambda text: bool(alike()(text))
    ),
    han=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1),
)
def test_words_that_all_families_cut_alike(family: str, plain: str, han: str) -> None:
    """But for Gemma, which takes Han as one piece, too."""
    assert pretokenize(family, True)(plain) == pretokenize("glm", True)(plain)
    assert pretokenize(family, False)(han) == pretokenize("gemma", False)(han) == [han]
    assert is_han()(han)
    assert composed(han) == han


def test_all_entries_are_those_of_the_vocabularies() -> None:
    """The file holds what the script finds in the packs."""
    assert set(all_entries()) == scripted("build_entries").entries()


def test_checksums_are_those_of_the_files() -> None:
    written = (PACKS / "checksums").read_text(encoding="ascii")

    assert written == scripted("build_checksums").text()


def scripted(name: str) -> ModuleType:
    path = ROOT / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("pack", sorted({one.pack for one in EXACT} - {"gemma4"}))
def test_entries_that_are_only_whole_pieces(pack: str) -> None:
    """With Han characters they start with a blank, where atoms are not cut off."""
    vocabulary = open_vocabulary(pack)
    ranks: Ranks[bytes] = Ranks(vocabulary, bytes)
    han = re.compile("[一-龥]")
    entries = (entry for entry in vocabulary.entries() if len(entry) > 3)
    odd = [
        entry
        for entry in entries
        if han.search(text := entry.decode(errors="replace"))
        and not text.startswith(" ")
        and merged_length(entry, ranks) > 1
    ]

    assert odd == []


def test_gemma_joins_no_word_to_the_next() -> None:
    """But for the one entry that `words` knows."""
    entries = (entry.decode() for entry in open_vocabulary("gemma4").entries())

    assert [entry for entry in entries if re.search("[^▁]▁", entry)] == [">▁</"]


@pytest.mark.parametrize(("many", "tables_pay"), [(0, 10**6), (10**6, 10**6), (0, 0)])
@settings(max_examples=60, deadline=None)
@given(first=st.lists(any_text, max_size=5), then=st.lists(any_text, max_size=5))
def test_a_pool_counts_each_text(
    many: int, tables_pay: int, first: list[str], then: list[str]
) -> None:
    """Also what it has met before, for tokenizers that come later; in atoms, in words alone, or one
    text after the other."""
    pool = WordPool(many, tables_pay)
    for found, tokenizers in ((first, EXACT[:2]), (first + then, EXACT)):
        found = [text for text in found if not has_marks(text)]
        half = len(found) // 2
        groups = [(found[:half], tokenizers), (found[half:], tokenizers[:5])]
        for (group, exact), own in zip(groups, pool.count(groups), strict=True):
            for index, text in enumerate(group):
                expected = whole(text)
                assert all(own[one.name][index] == expected[one.name] for one in exact)


@settings(max_examples=40, deadline=None)
@given(st.lists(any_text, max_size=5))
def test_texts_count_as_alone(found: list[str]) -> None:
    """Under every tokenizer, with its bounds."""
    known = Texts(names())
    for wanted in (found[:2], found):
        known.learn(dict.fromkeys(names(), wanted))

    for text in found:
        for name, expected in count(text, names()).items():
            own = known.tokens[name][text], known.low[name][text], known.high[name][text]
            assert own == (expected.tokens, expected.low, expected.high)
            assert (name in known.rough) is not expected.exact


LARGE = {
    "code": Path(__file__).read_text(encoding="utf-8") * 12,
    "Chinese": "".join(
        f"第{number}章：他们{'来' if number % 3 else '走'}了，新加坡的数据很好。\n"
        for number in range(9_000)
    ),
    "mixed": "".join(f"line {n} — 价格，{n * 7}元; <td>x</td>\n\tif x:\n" for n in range(7_000)),
    "one line": "".join(f"w{n % 977} {n}," for n in range(40_000)),
}


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("number", [1, 2, 12])
def test_large_texts_count_as_by_tables(kind: str, number: int) -> None:
    """The way of long texts, for one tokenizer and for many, against tiktoken alone."""
    text = LARGE[kind]
    chosen = [one for one in EXACT if not one.tags][:number]
    sums = TextSums(chosen, rough=False, expected=len(text))
    for piece in pieces([text], 50_000):
        sums.feed(piece)
    expected = {one.name: engine(one.pack, one.family).by_table([text]) for one in chosen}

    assert sums.totals().tokens == expected


def test_totals_add_up() -> None:
    """Of two parts counted apart, as other processes do, and put together again."""
    text = LARGE["mixed"]
    chosen = EXACT[:4]
    parts = list(pieces([text], 100_000))
    before = chain([""], (part[-1] for part in parts))
    whole_text = TextSums(chosen, rough=True)
    whole_text.feed(text)
    added = TextSums(chosen, rough=True)
    for part, last in zip(parts, before, strict=False):
        one = TextSums(chosen, rough=True, before=last)
        one.feed(part)
        added.add(one.totals())

    assert added.totals() == whole_text.totals()

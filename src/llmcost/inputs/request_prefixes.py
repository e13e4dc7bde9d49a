"""What requests have in common from their first token on: their parts as blocks of a prefix tree.

Long texts are cut, so that a difference within one is found to a sixty-fourth of where it is.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from llmcost.chat import Ask, Message
from llmcost.pricing.prompt_cache import ROOT, Block, PrefixTree, SessionRequest

PIECE = 128
"""Characters of the shortest pieces of a text."""
GROWTH = 64
Place = tuple[int, int]
"""How many messages, and how many characters of the next one."""


def pieces(text: str) -> Iterator[int]:
    """Where a text is cut: pieces grow with the way to them."""
    end = 0
    while end < len(text):
        end = min(len(text), end + max(PIECE, end // GROWTH))
        yield end


def blocks_of(ask: Ask) -> Iterator[tuple[Block, Place]]:
    """A request's blocks with their ends; their `tokens` are characters. The tools and the schema
    come first: they are part of the prefix at every vendor."""
    schema = ask.conditions.schema
    if ask.tools or schema:
        tools = sum(len(one.description) + len(one.parameters) for one in ask.tools)
        yield Block(hash((ask.tools, schema)), max(1, tools + len(schema))), (0, 0)
    for number, one in enumerate(ask.messages or (Message("", ask.text),)):
        is_answer = one.role == "assistant"
        ends = [len(one.text)] if is_answer else list(pieces(one.text))
        begin = 0
        for end in ends[:-1]:
            id = hash((one.role, one.name, one.text[begin:end]))
            yield Block(id, end - begin, 0), (number, end)
            begin = end
        rest = replace(one, text=one.text[begin:])
        whole = len(rest.text) + sum(len(call.arguments) for call in one.calls)
        contents = 1 + len(one.images) + len(one.media) + len(one.calls)
        yield Block(hash(rest), max(1, whole), contents, is_answer), (number + 1, 0)


def cut(ask: Ask, place: Place) -> Ask:
    """The beginning of a request, up to the end of a block."""
    number, characters = place
    if not ask.messages:
        return replace(ask, text=ask.text[:characters] if not number else ask.text)
    messages = ask.messages[:number]
    if characters:
        role, text = ask.messages[number].role, ask.messages[number].text[:characters]
        messages = (*messages, Message(role, text))
    return replace(ask, messages=messages or (Message("system", ""),))


def turn_before(ask: Ask) -> int:
    """How many messages the request before this one of a conversation had; 0: it is the first."""
    roles = [one.role for one in ask.messages]
    return max((at for at, role in enumerate(roles[:-1]) if role == "assistant"), default=0)


class PrefixFinder:
    """Places requests in a tree, and tells which of their beginnings have to be counted."""

    def __init__(self) -> None:
        self.tree = PrefixTree()
        self.places: list[int] = []
        self._counted = {ROOT}

    def add(self, ask: Ask) -> Iterator[tuple[int, Ask]]:
        """A request; yield nodes that need their tokens, with the beginnings that they end."""
        every = list(blocks_of(ask))
        before = turn_before(ask)
        earlier = [block for block, (number, _) in every if number <= before]
        if before and earlier:
            self.tree.add(SessionRequest(0, tuple(earlier), 0))
        self.places.append(len(self.tree.leaves))
        self.tree.add(SessionRequest(0, tuple(block for block, _ in every), 0))
        seen = self.tree.seen[-1]
        path = list(self.tree.path(self.tree.leaves[-1]))[::-1]
        after = path[path.index(seen) + 1] if seen in path[:-1] else ROOT
        answer = {after} & self.tree.answers
        wanted = {seen, self.tree.block_end(seen), *answer} - self._counted
        self._counted |= wanted
        for node, (_, place) in zip(path, every, strict=True):
            if node in wanted:
                yield node, cut(ask, place)

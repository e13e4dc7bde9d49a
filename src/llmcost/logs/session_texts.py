"""What requests of a log say from their first token on, as far as it has their texts.

Claude Code links each line to the one before it, Codex writes items in their order, gateways keep
whole bodies. Texts are hashed block by block into a tree, so that an edited turn, another tool or
system prompt, a summary and a branch end what two requests have in common.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from llmcost.inputs.json_values import BadShape
from llmcost.inputs.request_bodies import asks_of
from llmcost.inputs.request_forms import Form, form_of
from llmcost.inputs.request_prefixes import blocks_of
from llmcost.pricing.prompt_cache import ROOT, Block, Part, PrefixTree

if TYPE_CHECKING:
    from llmcost.logs.aggregation import LoggedRequest

ANSWERS = ("function_call", "custom_tool_call", "local_shell_call", "web_search_call", "reasoning")
SIGNS = (b'"messages"', b'"contents"', b'"input"', b'"prompt"')
"""One of them is in every line that has a request."""
BODIES = ("request", "request_body", "body", "kwargs", "proxy_server_request")


class TextNode:
    """A beginning of requests: what `parent` says, and a block of so many characters (`weight`).
    `answer`: the block is of this answer; `is_system`: of the system prompt or the tools, which the
    log has if it `is_whole`."""

    __slots__ = ("answer", "children", "contents", "is_system", "is_whole", "parent", "weight")

    def __init__(self, parent: "TextNode | None" = None) -> None:
        self.parent = parent
        self.weight = self.contents = 0
        self.answer: Hashable = None
        self.is_system = False
        self.is_whole: bool = parent is not None and parent.is_whole
        self.children: dict[Hashable, TextNode] = {}

    def child(self, id: Hashable, weight: int, answer: Hashable = None) -> "TextNode":
        found = self.children.get(id)
        if found is None:
            found = self.children[id] = TextNode(self)
            found.weight, found.answer, found.contents = max(1, weight), answer, 1
        return found


class ClaudeMessage(msgspec.Struct):
    id: str | None = None
    content: Raw = Raw()


class ClaudeLine(msgspec.Struct, rename={"parent": "parentUuid"}):
    uuid: str
    parent: str | None = None
    type: str = ""
    message: ClaudeMessage | None = None
    attachment: Raw = Raw()


class CodexItem(msgspec.Struct):
    type: str = ""
    role: str = ""
    num_turns: int = 0
    base_instructions: Raw = Raw()
    instructions: Raw = Raw()


class CodexLine(msgspec.Struct):
    payload: Raw
    type: str = ""


CLAUDE = msgspec.json.Decoder(ClaudeLine)
CODEX = msgspec.json.Decoder(CodexLine)
ITEM = msgspec.json.Decoder(CodexItem)


class SessionTexts:
    """The texts of one file, line by line. `hidden`: the root of requests whose system prompt and
    tools the log does not have, `whole` that of others; `is_linked`: the last line is one of Claude
    Code's."""

    def __init__(self) -> None:
        self.hidden, self.whole = TextNode(), TextNode()
        self.whole.is_whole = True
        self.is_linked = False
        self._lines: dict[str, TextNode] = {}
        self._inputs: dict[str | None, TextNode] = {}
        self._node = self._input = self.hidden
        self._items: list[tuple[Hashable, int, Hashable, bool]] = []
        self._base: tuple[Hashable, int] | None = None
        self._turns = 0

    def read(self, line: bytes) -> TextNode | None:
        """The input of the requests of a line, if it has any; None where it is not known."""
        self.is_linked = b'"parentUuid"' in line
        try:
            if self.is_linked:
                return self._claude(CLAUDE.decode(line))
            if b'"payload"' in line:
                return self._codex(CODEX.decode(line))
            if any(sign in line for sign in SIGNS):
                return self._body(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pass
        return None

    def _claude(self, line: ClaudeLine) -> TextNode | None:
        node = self._lines.get(line.parent or "", self.hidden)
        found = None
        if line.message is not None:
            answer = line.message.id if line.type == "assistant" else None
            if answer is not None:  # which has a line for each of its blocks
                found = self._inputs.setdefault(answer, node)
            content = bytes(line.message.content)
            node = node.child(hash(content), len(content), answer)
            node.contents = max(1, content.count(b'"tool_use_id"'))
        elif content := bytes(line.attachment):
            node = node.child(hash(content), len(content))
        self._lines[line.uuid] = node
        return found

    def _codex(self, line: CodexLine) -> TextNode | None:
        payload = bytes(line.payload)
        if line.type == "compacted":
            self._items = []
            self._rebuild()
            self._add(hash(payload), len(payload), is_answer=False, is_user=True)
            return None
        item = ITEM.decode(payload)
        if line.type == "response_item":
            is_said = item.type == "message" and item.role == "assistant"
            is_user = item.type == "message" and item.role == "user"
            is_answer = is_said or item.type in ANSWERS
            self._add(hash(payload), len(payload), is_answer=is_answer, is_user=is_user)
        elif line.type in ("session_meta", "turn_context"):
            said = bytes(item.base_instructions) or bytes(item.instructions)
            if said and self._base != (hash(said), len(said)):
                self._base = hash(said), len(said)
                self._rebuild()
        elif item.type == "thread_rolled_back":
            users = [at for at, one in enumerate(self._items) if one[3]]
            if users and item.num_turns > 0:
                del self._items[users[-min(item.num_turns, len(users))] :]
                self._rebuild()
        elif item.type == "token_count":
            self._turns += 1
            return self._input
        return None

    def _add(self, id: Hashable, weight: int, *, is_answer: bool, is_user: bool) -> None:
        self._items.append((id, weight, self._turns if is_answer else None, is_user))
        self._node = self._node.child(*self._items[-1][:3])
        if not is_answer:
            self._input = self._node

    def _rebuild(self) -> None:
        """The same items after other instructions, or fewer."""
        self._node = self.hidden if self._base is None else self.hidden.child(*self._base)
        for id, weight, answer, _ in self._items:
            self._node = self._node.child(id, weight, answer)
        self._input = self._node

    def _body(self, line: bytes) -> TextNode | None:
        """The request that stands beside its answer."""
        value = msgspec.json.decode(line)
        if not isinstance(value, dict):
            return None
        for one in (value, *(inner(value, key) for key in BODIES)):
            if not isinstance(one, dict) or form_of(one) in (None, Form.BATCH):
                continue
            try:
                asks = asks_of(one, Form.AUTO, "")
            except BadShape:
                continue
            if len(asks) == 1:
                return self._request(asks[0])
        return None

    def _request(self, ask: Any) -> TextNode:
        node = self.whole
        leading = next(
            (at for at, one in enumerate(ask.messages) if one.role != "system"), len(ask.messages)
        )
        for block, (number, characters) in blocks_of(ask):
            node = node.child(block.id, block.tokens, number if block.answer else None)
            node.contents = block.contents
            node.is_system = bool(ask.messages) and number + bool(characters) <= leading
        return node


def inner(value: dict[str, Any], key: str) -> Any:
    """A body below a key, which may be a text, or have a `body` of its own."""
    found = value.get(key)
    if isinstance(found, str) and found[:1] == "{":
        found = msgspec.json.decode(found)
    if isinstance(found, dict) and isinstance(found.get("body"), dict):
        found = found["body"]
    return found


SOON = 300
"""Seconds in which an explicit cache still has what it wrote: what it then does not read was not
sent again."""
LETTERS = 2
"""Characters of a token, at least: what a request has beyond that, its log does not show."""


def is_written_out(requests: "Sequence[LoggedRequest]") -> bool:
    """Whether the log has the texts of all of these."""
    return all(one.prefix is not None for one in requests)


def text_tree(requests: "Sequence[LoggedRequest]") -> PrefixTree:
    """The requests as prefixes by their texts. New blocks share the tokens that are new: answers
    have those of their output, others by their characters."""
    tree, places = begun(requests)
    outputs: dict[TextNode, int] = {}
    last: LoggedRequest | None = None
    now = 0.0
    for one in requests:
        now = max(now, float(one.second or 0))
        leaf, sizes = one.prefix, one.sizes
        known, fresh = path_to(leaf, places)
        base = places.get(known)
        if base is None:
            read = sizes.cache_read if tree.leaves else 0
            base = ROOT if known.is_whole else tree.prefix(tree.warm, read or sizes.input)
        shared = min(tree.ends[base], sizes.input)
        if not leaf.is_whole and last is not None and lost(one, last, shared):
            shared = sizes.cache_read
        node, rest = tree.prefix(base, shared), sizes.input - shared
        if not leaf.is_whole and shared == sizes.cache_read:
            tree.systems.add(node)  # where its vendor had an entry
        groups = [list(some) for _, some in groupby(fresh, key=group_of)]
        is_cut = node != base or rest < len(groups) or not groups
        parts = [(rest, False, 1)] if is_cut and rest else []
        if not is_cut:
            parts = list(allotted(rest, groups, {} if leaf.is_whole else outputs))
        nodes = tree.extend(now, node, parts, sizes.output)
        if not is_cut:
            places |= {some[-1]: place for some, place in zip(groups, nodes, strict=True)}
            ends = [some[-1] for some in groups if some[-1].is_system]
            tree.systems |= {places[ends[-1]]} if ends else set()
        elif fresh or node != base:
            places[leaf] = tree.leaves[-1]
        outputs[leaf] = sizes.output
        last = one
    return tree


def lost(one: "LoggedRequest", last: "LoggedRequest", shared: int) -> bool:
    """Whether an explicit cache that was alive read less than it had kept of the last request: what
    the log does not show has changed."""
    before = last.sizes
    if one.second is None or last.second is None or one.second - last.second >= SOON:
        return False
    kept = min(before.cache_read + before.cache_write, shared)
    return before.cache_write > 0 and one.sizes.cache_read < kept


def begun(requests: "Sequence[LoggedRequest]") -> tuple[PrefixTree, dict[TextNode, int]]:
    """A tree that has the system prompt of the first request, and where its blocks are. If the log
    does not have it, it is what was read at first, or else what its text is too short for."""
    first = requests[0]
    root, path = path_to(first.prefix, {})
    input = first.sizes.input
    if not root.is_whole:
        text = sum(one.weight for one in path) // LETTERS
        hidden = first.sizes.cache_read or max(0, input - text)
        return PrefixTree([Block("hidden", hidden)] if hidden else []), {}
    leading = [one for one in path if one.is_system]
    every = sum(one.weight for one in path)
    blocks = [
        Block(at, input * one.weight // every, one.contents) for at, one in enumerate(leading)
    ]
    if not blocks or min(one.tokens for one in blocks) < 1 or len(leading) == len(path):
        return PrefixTree(), {}
    tree = PrefixTree(blocks)
    return tree, dict(zip(leading, [*tree.path(tree.warm)][::-1], strict=True))


def path_to(leaf: TextNode, known: dict[TextNode, int]) -> tuple[TextNode, Sequence[TextNode]]:
    """The longest beginning of a leaf that is known, or its root; and the blocks after it."""
    fresh = []
    node = leaf
    while node not in known and node.parent is not None:
        fresh.append(node)
        node = node.parent
    return node, fresh[::-1]


def group_of(node: TextNode) -> Hashable:
    """Blocks of one answer lie together."""
    return node if node.answer is None else node.answer


def allotted(
    rest: int, groups: Sequence[Sequence[TextNode]], outputs: Mapping[TextNode, int]
) -> Iterator[Part]:
    """Tokens on groups of blocks, each an answer or a block, at least one on each: an answer has
    those of its output, where that is known."""
    known = [
        outputs.get(some[0].parent or some[0], 0) if some[0].answer is not None else 0
        for some in groups
    ]
    if 0 not in known or sum(known) + known.count(0) > rest:
        known = [0] * len(groups)
    weights = [sum(one.weight for one in some) for some in groups]
    pairs = zip(known, weights, strict=True)
    weight = sum(own for given, own in pairs if not given)
    free, left = rest - sum(known), known.count(0)
    for tokens, own, some in zip(known, weights, groups, strict=True):
        found = tokens
        if not tokens:
            left -= 1
            found = max(1, min(free - left, free * own // weight)) if left else free
            free, weight = free - found, weight - own
        yield found, some[0].answer is not None, sum(one.contents for one in some)

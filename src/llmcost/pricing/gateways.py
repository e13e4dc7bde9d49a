"""Spellings of gateways and clouds: the model of a maker, or the row of a host, that one means.

`bedrock/us.anthropic.claude-opus-5-5-v1:0` is split into who passes the request on, the maker and
the model's own name; then endings of gateways are taken off the name until the table has it. What
remains is compared by a key in which `.`, `_` and `-` are the same.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from llmcost.messages import say
from llmcost.pricing.catalog import NameMatch, is_retired, names_of, on_sale, served_key
from llmcost.pricing.known_names import TypedNames, folded, makers_of
from llmcost.pricing.price_rows import Model, PriceTable

REGION = re.compile(
    r"[a-z]{2}(-gov)?-[a-z]+-\d|eu|us|global|invoke|converse|dataz|data-?zone"
    r"|((global|data-?zone)-)?(standard|batch)"
)
"""Segments of a region or an endpoint."""
ARN = re.compile(
    r"(bedrock(_converse)?/(converse/|invoke/)?)?arn:aws[a-z-]*:bedrock:([a-z0-9-]+):\d*:"
    r"(inference-profile|foundation-model)/"
)
"""Before an id of Bedrock, with its region."""
GEOGRAPHIC = re.compile(r"(us-gov|us|eu|apac|jp|au|in|ca|global)\.(?=[a-z0-9]+\.)")
"""Before the name of a maker, in ids of Bedrock."""
SHORTEST = 5
"""Letters and digits of a name, from which on longer ones may be meant."""
DEARER = 10
"""Percent that regional endpoints of Bedrock cost more, for models of these makers."""
REGIONAL = ("anthropic", "openai")
MAKER = re.compile(r"([a-z0-9]+)\.(?=[a-z])")
PATHS = ("accounts", "models", "routers", "projects", "locations", "publishers", "@cf")
NAMED_PATHS = ("accounts", "projects", "locations")
"""Segments after which one names an account, and no maker."""
PATH_HOSTS = {"accounts": "fireworks", "projects": "google-vertex", "publishers": "google-vertex"}
"""Whose paths have such a segment."""
ENDINGS = re.compile(
    r":(batch|flex|nitro|floor|exacto|online|thinking|beta|extended)$|\[1m\]$"
    r"|@(default|latest|\d{3}|\d{8})$|-maas$|-v\d(:\d+)?$|:\d+(:\d+k)?$"
    r"|-(fp8|fp4|nvfp4|bf16|int4|awq|default)$"
)
"""Endings that gateways add to the name of a model; other words (`-fast`, `:free`) change its
price."""
DATE = re.compile(r"-(20\d{6}|20\d\d-\d\d-\d\d|\d{6}|latest)$")
VARIANT = re.compile(
    r"instruct|chat|it|hf|turbo|versatile|instant|basic|free|maas|fast|meta|fp\d+|\d+e|q\d\w*|k|m"
)
"""Words of an open model's name that say how a seller serves it, not which one it is."""
CLAUDE = re.compile(r"claude-(\d+(?:-\d+)?)-(opus|sonnet|haiku|fable|mythos)\b")


class GatewaySpelling(msgspec.Struct, frozen=True):
    """A spelling taken apart. `rest`: what follows the host; `name`: the model's own name."""

    name: str
    rest: str
    host: str = ""
    publisher: str = ""
    seller: str = ""  # a provider of the table whose own row is meant
    geographic: bool = False


def take_apart(text: str, typed: TypedNames) -> GatewaySpelling | None:
    """None where a segment is neither host, region, maker nor provider."""
    plain = ARN.sub(r"bedrock/\4/", plain_text(text), count=1)
    *before, name = plain.removeprefix("models/").split("/")
    host = publisher = seller = rest = ""
    named = iter(enumerate(before))
    for place, one in named:
        if one in PATHS:
            host = host or PATH_HOSTS.get(one, "")
            if one in NAMED_PATHS:
                next(named, None)
        elif not host and is_host(one, typed):
            others = (other for other in before[place + 1 :] if not REGION.fullmatch(other))
            host, rest = one, "/".join([*others, name])
        elif host and REGION.fullmatch(one):
            continue
        elif one in casefolded(typed.gateways.publishers):
            publisher = one
        elif place == 0 and (seller := seller_of(one, typed)):
            continue
        else:
            return None
    without = GEOGRAPHIC.sub("", name, count=1)
    maker = MAKER.match(without)
    if maker and not publisher and maker[1] in casefolded(typed.gateways.publishers):
        publisher = maker[1]
        name = without if publisher == "amazon" else without[maker.end() :]
    is_regional = without != name and GEOGRAPHIC.match(plain.rpartition("/")[2]) is not None
    return GatewaySpelling(name, rest or name, host, publisher, seller, is_regional)


def plain_text(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold().lstrip("~")


def casefolded(publishers: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name.casefold(): lists for name, lists in publishers.items()}


def is_host(segment: str, typed: TypedNames) -> bool:
    known = {one.casefold() for one in typed.gateways.hosts}
    return segment in known or bool(typed.host(segment))


def seller_of(segment: str, typed: TypedNames) -> str:
    return typed.gateways.providers.get(segment, "") or typed.provider(segment)


def host_of(text: str, typed: TypedNames) -> str:
    """The host that a spelling names, if it names one."""
    if "/" not in text:
        return ""
    spelled = take_apart(text, typed)
    return "" if spelled is None else spelled.host


def key_of(name: str) -> str:
    """The name with one kind of separator: `GLM_5.3`, `glm-5p3` and `glm-5-3` are the same."""
    key = re.sub(r"(?<=\d)p(?=\d)", "-", name.casefold())
    key = re.sub(r"[._\-\s:]+", "-", key).strip("-").replace("gpt-35", "gpt-3-5")
    return CLAUDE.sub(r"claude-\2-\1", key)


def model_words(name: str) -> str:
    """The letters and digits of an open model's name, without those of its variant: equal for
    `Llama-3.3-70B-Instruct-Turbo`, `llama-v3p3-70b-instruct` and `llama3.3:70b`."""
    words = key_of(DATE.sub("", list(shorter_names(name, {}))[-1])).split("-")
    return "".join(re.sub(r"^v(?=\d)", "", one) for one in words if not VARIANT.fullmatch(one))


def variants(spelled: GatewaySpelling, typed: TypedNames) -> Iterator[str]:
    """The name, with the endings of gateways off, and without a date; then the same without the
    host or the maker before it, as in `databricks-claude-…`."""
    yield from shorter_names(spelled.name, typed.gateways.products)
    if spelled.host:
        for before in (spelled.host, *casefolded(typed.gateways.publishers)):
            if spelled.name.startswith(f"{before}-"):
                name = spelled.name.removeprefix(f"{before}-")
                yield from shorter_names(name, typed.gateways.products)


def shorter_names(name: str, products: dict[str, str]) -> Iterator[str]:
    while True:
        yield name
        if name in products:
            yield products[name]
        shorter = ENDINGS.sub("", name, count=1)
        if shorter == name:
            break
        name = shorter
    undated = DATE.sub("", name, count=1)
    if undated != name:
        yield undated
        yield products.get(undated, undated)


class GatewaySearch:
    """Look spellings of gateways up among `models` of a table."""

    def __init__(
        self, table: PriceTable, models: Sequence[Model], typed: TypedNames, at: datetime
    ) -> None:
        self._table, self._typed, self._at = table, typed, at
        self._by_key: dict[str, list[Model]] = {}
        for model in models:
            for name in names_of(model, at.date())[::2]:  # without its provider
                for key in {key_of(name), key_of(name.rpartition("/")[2])}:
                    self._by_key.setdefault(key, []).append(model)

    def find(self, text: str) -> NameMatch | None:
        spelled = take_apart(text, self._typed)
        if spelled is None:
            return None
        own = self._of_host(spelled)
        if own:
            return NameMatch(own)
        makers = self._of_maker(spelled)
        return NameMatch(makers, tuple(self._notes(text, spelled, makers[0]))) if makers else None

    def sellers(self, text: str) -> list[Model]:
        """Who sells the model of this name on the day, else one of a longer name; makers first."""
        spelled = take_apart(text, self._typed)
        wanted = model_words(spelled.name if spelled else plain_text(text).rpartition("/")[2])
        known: dict[str, dict[str, Model]] = {}
        for one in on_sale((one for models in self._by_key.values() for one in models), self._at):
            for id in {one.id, served_key(one)} - {""}:
                known.setdefault(model_words(id.casefold().rpartition("/")[2]), {})[one.key] = one
        found = known.get(wanted) or {
            key: model
            for name in sorted(known)
            if len(wanted) >= SHORTEST and name.startswith(wanted)
            for key, model in known[name].items()
        }
        return sorted(found.values(), key=lambda one: bool(one.serves))

    def _of_host(self, spelled: GatewaySpelling) -> list[Model]:
        """The host's own row of the model: by its id there, or the only one that serves the
        maker's."""
        if not spelled.host:
            return []
        host = self._typed.host(spelled.host) or spelled.host
        ids = {one for one in self._table.providers if folded(one) == folded(host)}
        if not ids:
            return []
        base = GEOGRAPHIC.sub("", spelled.rest, count=1)
        for name in (spelled.rest, base, *variants(spelled, self._typed)):
            found = [one for one in self._by_key.get(key_of(name), ()) if one.provider in ids]
            exact = [one for one in found if key_of(one.id) == key_of(name)]
            own = exact or (found if len(found) == 1 else [])  # of several, none is meant
            if own:
                return on_sale(own, self._at) or own
        served = {one.key for one in self._of_maker(spelled)}
        rows = (one for models in self._by_key.values() for one in models)
        found = [one for one in rows if one.provider in ids and served_key(one) in served]
        serving = {one.key: one for one in found}
        return list(serving.values()) if len(serving) == 1 else []

    def _of_maker(self, spelled: GatewaySpelling) -> list[Model]:
        """The row of the maker, in dollars first for hosts that bill in them; never that of another
        host."""
        lists = self._lists(spelled)
        for name in variants(spelled, self._typed):
            named = self._by_key.get(key_of(name), ())
            found = [one for one in named if not one.serves or one.provider == spelled.seller]
            found = sorted(found, key=lambda one: is_retired(one, self._at))
            for provider in lists or self._makers(found, spelled):
                own = [one for one in found if one.provider == provider]
                if own:
                    return own[:1]
        return []

    def _lists(self, spelled: GatewaySpelling) -> Sequence[str]:
        if spelled.seller:
            return (spelled.seller,)
        lists = casefolded(self._typed.gateways.publishers).get(spelled.publisher, ())
        return lists[::-1] if self._is_in_yuan(spelled.host) else lists

    def _is_in_yuan(self, host: str) -> bool:
        return host in {one.casefold() for one in self._typed.gateways.yuan}

    def _makers(self, models: Sequence[Model], spelled: GatewaySpelling) -> list[str]:
        """The makers among the sellers of a model, where the spelling names none."""
        found = [one for model in models[:1] for one in makers_of(self._typed, model.id)]
        if spelled.host and not self._is_in_yuan(spelled.host):
            found.reverse()
        sellers = {one.provider for one in models}
        # a host passes on the makers' models alone; by itself an id may be any seller's
        only = sellers if len(sellers) == 1 else set[str]()
        return found or [one for one in only if not spelled.host or one in self._typed.providers]

    def _notes(self, text: str, spelled: GatewaySpelling, model: Model) -> Iterator[str]:
        if spelled.host:
            yield say(
                "`{name}` at the maker's list price, {model}; that of {host} may differ",
                name=text,
                model=model.key,
                host=self._typed.host(spelled.host) or spelled.host,
            )
        if spelled.geographic and model.provider in REGIONAL:
            yield say(
                "regional endpoints of Bedrock cost {share} % more than the list price: `{name}`",
                share=DEARER,
                name=text,
            )

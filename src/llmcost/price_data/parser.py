"""Parse a price file into a PriceTable, and check it: after it, nothing checks again.

`tokenizers:` of a price file names vocabulary files of the user's, for the models of that file.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import msgspec
import yaml

from llmcost.errors import BadPriceFile
from llmcost.messages import say
from llmcost.money import CURRENCIES
from llmcost.price_data.offers import (
    DEPLOYMENT,
    FINE_TUNING,
    PACK,
    read_discounts,
    read_offers,
    read_quotas,
    read_schedules,
)
from llmcost.price_data.rows import A_START, Place, read_rows
from llmcost.pricing.price_rows import (
    KINDS,
    Alias,
    Model,
    PriceRow,
    PriceTable,
    Provider,
    Redirect,
    TokenizerFile,
)
from llmcost.pricing.usage import ASSUMED
from llmcost.yaml_files import Fields, YamlReader, compose, located, parse_instant, quoted

VOCABULARY = ("path", "family")
NAME = r"[a-z0-9][a-z0-9._-]{0,63}"


def read_vocabularies(
    reader: YamlReader, node: yaml.Node | None, folder: Path
) -> dict[str, TokenizerFile]:
    """Paths lead from `folder`. The files are read when something is counted with them, so that a
    table can be looked at without them."""
    if node is None:
        return {}
    found = {}
    for name, value in reader.names(node, "`tokenizers`"):
        if not re.fullmatch(NAME, name):
            said = say(
                "{name} is not a valid tokenizer name; expected lower-case "
                "letters, digits, `.`, `_` and `-`",
                name=quoted(name),
            )
            reader.problem(value, said)
        what = say("tokenizer {name}", name=quoted(name))
        fields = reader.fields(value, what, VOCABULARY, ("path",))
        path = reader.text(fields.get("path"), "`path`")
        found[name] = TokenizerFile(
            str(folder / Path(path).expanduser()), reader.text(fields.get("family"), "`family`")
        )
    return found


SCHEMA = "1"
TABLE = ("schema", "tokenizers", "providers")
PROVIDER = (
    *("id", "name", "name_zh", "currency", "page", "sources", "schedules", "free_quota"),
    *("discount", "volume_discounts", "models"),
)
TERMS = {"discount", "volume_discounts"}
"""Of these, a provider of ours may get just one."""
MODEL = (
    *("id", "name", "tokenizer", "context", "max_output", "aliases", "released", "retired"),
    *("note", "kind", "prices", "fine_tuning", "deployment", "packs", "corrections", "discount"),
    "lineup",
    *("serves", "redirect", "predecessor"),
)
LINEUP = ("flagship", "balanced", "small")
ALIAS = ("id", "from", "to")
REDIRECT = ("id", "from")


def parse_table(
    path: Path,
    content: bytes,
    tokenizers: Collection[str],
    base: PriceTable | None = None,
    latest: date | None = None,
) -> PriceTable:
    """The table that `content` describes. Lines of `base`'s providers need not be repeated.
    `latest`: the last day on which a price can have been read at its source; None: any.

    Raises BadPriceFile with all problems of the file, each with file:line and what was expected.
    """
    reader = TableReader(path, tokenizers, base, latest)
    root = compose(path, content, BadPriceFile)
    if root is None:
        said = say("the file is empty; expected `schema: {schema}`", schema=SCHEMA)
        raise BadPriceFile([located(path.name, 1, said)])
    table = reader.table(root)
    if reader.problems:
        raise BadPriceFile(
            reader.messages(), hint=say("the format, field by field: docs/prices.md")
        )
    return table


class TableReader(YamlReader):
    """Reads providers and models; the price rows have a module of their own."""

    def __init__(
        self,
        file: Path,
        tokenizers: Collection[str],
        base: PriceTable | None,
        latest: date | None = None,
    ) -> None:
        super().__init__(file.name)
        self.latest = latest
        self.folder = file.parent
        self.tokenizers = {*tokenizers, *(base.tokenizers if base else ())}
        self.base = base.providers if base else {}
        self.base_models = base.models if base else ()
        self.origins = {model.key: model for model in self.base_models}

    def day(self, node: yaml.Node | None, key: str) -> date | None:
        day = super().day(node, key)
        if node is None or day is None or self.latest is None or key != "checked":
            return day
        if day > self.latest:
            expected = say("`checked` as a day up to {latest}", latest=self.latest)
            self.unexpected(node, expected, quoted(str(day)))
        return day

    def table(self, root: yaml.Node) -> PriceTable:
        fields = self.fields(root, say("the table"), TABLE, ("schema", "providers"))
        self.scalar(fields.get("schema"), f"`schema: {SCHEMA}`", {SCHEMA: SCHEMA}.get)
        tokenizers = read_vocabularies(self, fields.get("tokenizers"), self.folder)
        self.tokenizers |= tokenizers.keys()
        providers: dict[str, Provider] = {}
        models: list[Model] = []
        for node in self.items(fields.get("providers"), say("providers")):
            provider, sold = self.provider(node)
            if provider.id and provider.id in providers:
                self.problem(node, say("provider `{id}` is there twice", id=provider.id))
            providers[provider.id] = provider
            models += sold
            self.check_redirects(node, sold)
        known = {model.key: model for model in (*self.base_models, *models)}
        return PriceTable(providers, tuple(redirected(one, known) for one in models), tokenizers)

    def check_redirects(self, node: yaml.Node, sold: list[Model]) -> None:
        """A redirect and a predecessor name another model of the provider, which has prices."""
        provider = sold[0].provider if sold else ""
        known = {
            one.id
            for one in (*self.base_models, *sold)
            if one.provider == provider and one.prices and one.redirect is None
        }
        for model in sold:
            if model.redirect is not None and model.redirect.id not in known - {model.id}:
                said = say(
                    "`{model}` is redirected to `{id}`, which is not a model of the provider",
                    model=model.id,
                    id=model.redirect.id,
                )
                self.problem(node, said)
            if model.predecessor and model.predecessor not in known - {model.id}:
                said = say(
                    "the predecessor of `{model}`, `{id}`, is not a model of the provider",
                    model=model.id,
                    id=model.predecessor,
                )
                self.problem(node, said)

    def provider(self, node: yaml.Node) -> tuple[Provider, list[Model]]:
        fields = self.fields(node, say("a provider"), PROVIDER, ("id",))
        id = self.text(fields.get("id"), "`id`")
        is_changed = id in self.base and not TERMS.isdisjoint(fields)
        if "models" not in fields and not is_changed:
            self.problem(node, say("{what} has no `{key}`", what=say("a provider"), key="models"))
        under = self.base.get(id, Provider(id, "", ""))
        for key in ("name", "currency"):
            if not getattr(under, key) and key not in fields:
                what = say("provider `{id}`", id=id)
                self.problem(node, say("{what} has no `{key}`", what=what, key=key))
        currency = self.choice(fields.get("currency"), "currency", CURRENCIES)
        if under.currency and currency not in (None, under.currency):
            said = say(
                "provider `{id}` bills in {currency}; expected the same",
                id=id,
                currency=under.currency,
            )
            self.problem(node, said)
        texts = {
            key: self.text(fields.get(key), f"`{key}`") or getattr(under, key)
            for key in ("name", "name_zh", "page")
        }
        schedules = read_schedules(self, fields.get("schedules"))
        sources = self.sources(fields.get("sources"))
        quotas = read_quotas(self, fields.get("free_quota"), sources)
        provider = Provider(
            id=id,
            currency=currency or under.currency,
            schedules={**under.schedules, **schedules},
            free_quota=quotas or under.free_quota,
            volume_discounts=read_discounts(self, fields.get("volume_discounts"))
            or under.volume_discounts,
            **texts,
        )
        factor = self.factor(fields.get("discount"), "discount")
        below = [model for model in self.base_models if factor and model.provider == id]
        own = self.models(fields, provider, sources)
        discounted = [msgspec.structs.replace(model, discount=factor) for model in below]
        discounted += [
            msgspec.structs.replace(model, discount=model.discount or factor) for model in own
        ]
        return provider, discounted

    def models(self, fields: Fields, provider: Provider, sources: dict[str, str]) -> list[Model]:
        names: dict[str, list[tuple[date, date]]] = {}
        models = []
        for node in self.items(fields.get("models"), say("models")):
            model = self.model(node, provider, sources)
            models.append(model)
            self.origins[model.key] = model
            self.check_names(node, model, names)
        return models

    def sources(self, node: yaml.Node | None) -> dict[str, str]:
        """Short names of sources, for the rows of one provider."""
        if node is None:
            return {}
        named = self.names(node, "`sources`")
        return {key: self.text(value, say("source `{key}`", key=key)) for key, value in named}

    def model(self, node: yaml.Node, provider: Provider, sources: dict[str, str]) -> Model:
        fields = self.fields(node, say("a model"), MODEL, ("id",))
        id = self.text(fields.get("id"), "`id`")
        under = [one for one in self.base_models if (one.provider, one.id) == (provider.id, id)]
        if under and fields.keys() == {"id", "discount"}:
            return msgspec.structs.replace(
                under[0], discount=self.factor(fields["discount"], "discount")
            )
        serves = self.text(fields.get("serves"), "`serves`")
        origin = self.origins.get(serves)
        context = self.tokens(fields.get("context"), "context")
        limits = inherited_limits(origin, context)
        for key in ("tokenizer", "prices"):
            if key not in fields and not (key == "tokenizer" and origin is not None):
                self.problem(node, say("{what} has no `{key}`", what=say("a model"), key=key))
        kind = self.choice(fields.get("kind"), "kind", KINDS) or "chat"
        place = Place(kind, provider.currency, sources, provider.schedules.keys())
        named, words = fields.get("tokenizer"), sorted(self.tokenizers)
        if named is not None and str(named.value).endswith(ASSUMED):
            words = [one + ASSUMED for one in words]
        tokenizer = self.choice(named, "tokenizer", words)
        return Model(
            id=id,
            provider=provider.id,
            tokenizer=tokenizer or (origin.tokenizer if origin else ""),
            prices=read_rows(self, fields.get("prices"), place),
            name=self.text(fields.get("name"), "`name`"),
            context=context or limits[0],
            max_output=self.tokens(fields.get("max_output"), "max_output") or limits[1],
            aliases=self.aliases(fields.get("aliases")),
            released=self.day(fields.get("released"), "released"),
            retired=self.day(fields.get("retired"), "retired"),
            note=self.text(fields.get("note"), "`note`"),
            kind=kind,
            discount=self.factor(fields.get("discount"), "discount"),
            lineup=self.choice(fields.get("lineup"), "lineup", LINEUP) or "",
            fine_tuning=read_offers(self, fields.get("fine_tuning"), FINE_TUNING, place),
            deployment=read_offers(self, fields.get("deployment"), DEPLOYMENT, place),
            packs=read_offers(self, fields.get("packs"), PACK, place),
            corrections=tuple(
                self.text(one, say("a correction"))
                for one in self.items(fields.get("corrections"), say("corrections"))
            ),
            serves=serves,
            redirect=self.redirect(fields.get("redirect")),
            predecessor=self.text(fields.get("predecessor"), "`predecessor`"),
        )

    def redirect(self, node: yaml.Node | None) -> Redirect | None:
        """`redirect: {id: acme-2, from: 2026-12-01}`."""
        if node is None:
            return None
        fields = self.fields(node, say("a redirect"), REDIRECT, REDIRECT)
        id = self.text(fields.get("id"), "`id`")
        start = self.scalar(fields.get("from"), A_START, parse_instant)
        if start is None:
            return None
        if isinstance(start, datetime):
            return Redirect(id, start.date(), start)
        return Redirect(id, start)

    def aliases(self, node: yaml.Node | None) -> tuple[Alias, ...]:
        found = []
        for item in self.items(node, say("aliases")):
            if isinstance(item, yaml.ScalarNode):
                found.append(Alias(self.text(item, say("an alias"))))
                continue
            fields = self.fields(item, say("an alias"), ALIAS, ("id",))
            start, end = self.day(fields.get("from"), "from"), self.day(fields.get("to"), "to")
            if start and end and start >= end:
                said = say(
                    "the alias ends on {end}, not after it starts on {start}", end=end, start=start
                )
                self.problem(item, said)
            found.append(Alias(self.text(fields.get("id"), "`id`"), start, end))
        return tuple(found)

    def check_names(
        self, node: yaml.Node, model: Model, names: dict[str, list[tuple[date, date]]]
    ) -> None:
        """Within a provider, no name may mean two models on the same day."""
        spans = [(model.id, date.min, date.max)] + [
            (alias.id, alias.start or date.min, alias.end or date.max) for alias in model.aliases
        ]
        for name, start, end in spans:
            if not name:
                continue  # a problem already
            taken = names.setdefault(name.casefold(), [])
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                said = say("`{name}` names two models of the provider on the same day", name=name)
                self.problem(node, said)
            taken.append((start, end))


def inherited_limits(origin: Model | None, context: int | None) -> tuple[int | None, int | None]:
    """The context and longest output of the maker's model, as a host with this context has them: an
    output that does not fit is unknown."""
    if origin is None:
        return None, None
    longest = origin.max_output
    fits = context is None or longest is None or longest < context
    return origin.context, longest if fits else None


def redirected(model: Model, known: Mapping[str, Model]) -> Model:
    """The model with the rows of the one that its requests go to, from the redirect on."""
    redirect = model.redirect
    target = known.get(f"{model.provider}/{redirect.id}") if redirect else None
    if redirect is None or target is None:
        return model
    start = moment(redirect)
    own = [row for row in model.prices if moment(row) < start]
    before = [row for row in target.prices if moment(row) <= start]
    first = [
        msgspec.structs.replace(row, start=redirect.start, start_at=redirect.start_at)
        for row in before[-1:]
    ]
    later = [row for row in target.prices if moment(row) > start]
    served = [
        msgspec.structs.replace(row, billed_as=target.id, evidence=evidence_after(row))
        for row in (*first, *later)
    ]
    return msgspec.structs.replace(model, prices=(*own, *served))


def evidence_after(row: PriceRow) -> date | None:
    """The evidence of a row that may begin later than the row that it is a copy of."""
    return row.evidence if row.evidence is not None and row.evidence > row.start else None


def moment(row: PriceRow | Redirect) -> datetime:
    """When it begins; a day counts from its first hour in the first zone of the world."""
    return row.start_at or datetime.combine(row.start, time(), timezone(timedelta(hours=14)))

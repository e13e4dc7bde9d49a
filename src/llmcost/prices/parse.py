"""A price file as a PriceTable, checked at the door: after it, nothing checks again."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import yaml

from llmcost.errors import BadPriceFile
from llmcost.money import SYMBOLS
from llmcost.prices.nodes import Fields, Reader, compose
from llmcost.prices.rows import read_rows
from llmcost.pricing.table import Alias, Model, PriceTable, Provider

SCHEMA = "1"
TABLE = ("schema", "providers")
PROVIDER = ("id", "name", "name_zh", "currency", "page", "sources", "models")
MODEL = (
    *("id", "name", "tokenizer", "context", "max_output", "aliases", "released", "retired"),
    *("note", "prices"),
)
ALIAS = ("id", "from", "to")


def parse_table(
    path: Path, content: bytes, tokenizers: Collection[str], base: PriceTable | None = None
) -> PriceTable:
    """The table that `content` describes. Lines of `base`'s providers need not be repeated.

    Raises BadPriceFile with all problems of the file, each with file:line and what was expected.
    """
    reader = TableReader(path.name, tokenizers, base)
    root = compose(path, content)
    if root is None:
        raise BadPriceFile([f"{path.name}:1: the file is empty; expected `schema: {SCHEMA}`"])
    table = reader.table(root)
    if reader.problems:
        raise BadPriceFile(reader.messages(), hint="the format, field by field: docs/prices.md")
    return table


class TableReader(Reader):
    """Reads providers and models; the price rows have a module of their own."""

    def __init__(self, file: str, tokenizers: Collection[str], base: PriceTable | None) -> None:
        super().__init__(file)
        self.tokenizers = tokenizers
        self.base = base.providers if base else {}

    def table(self, root: yaml.Node) -> PriceTable:
        fields = self.fields(root, "the table", TABLE, TABLE)
        self.scalar(fields.get("schema"), f"`schema: {SCHEMA}`", {SCHEMA: SCHEMA}.get)
        providers: dict[str, Provider] = {}
        models: list[Model] = []
        for node in self.items(fields.get("providers"), "providers"):
            provider, sold = self.provider(node)
            if provider.id and provider.id in providers:
                self.problem(node, f"provider `{provider.id}` is there twice")
            providers[provider.id] = provider
            models += sold
        return PriceTable(providers, tuple(models))

    def provider(self, node: yaml.Node) -> tuple[Provider, list[Model]]:
        fields = self.fields(node, "a provider", PROVIDER, ("id", "models"))
        id = self.text(fields.get("id"), "`id`")
        under = self.base.get(id, Provider(id, "", ""))
        for key in ("name", "currency"):
            if not getattr(under, key) and key not in fields:
                self.problem(node, f"provider `{id}` has no `{key}`")
        currency = self.scalar(
            fields.get("currency"),
            f"`currency` as one of {', '.join(SYMBOLS)}",
            {code: code for code in SYMBOLS}.get,
        )
        if under.currency and currency not in (None, under.currency):
            self.problem(node, f"provider `{id}` bills in {under.currency}; expected the same")
        texts = {
            key: self.text(fields.get(key), f"`{key}`") or getattr(under, key)
            for key in ("name", "name_zh", "page")
        }
        provider = Provider(id=id, currency=currency or under.currency, **texts)
        return provider, self.models(fields, provider)

    def models(self, fields: Fields, provider: Provider) -> list[Model]:
        sources = self.sources(fields.get("sources"))
        names: dict[str, list[tuple[date, date]]] = {}
        models = []
        for node in self.items(fields.get("models"), "models"):
            model = self.model(node, provider, sources)
            models.append(model)
            self.check_names(node, model, names)
        return models

    def sources(self, node: yaml.Node | None) -> dict[str, str]:
        """Short names of sources, for the rows of one provider."""
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.problem(node, "expected `sources` as `short-name: title or address` lines")
            return {}
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        fields = self.fields(node, "`sources`", keys)
        return {key: self.text(value, f"source `{key}`") for key, value in fields.items()}

    def model(self, node: yaml.Node, provider: Provider, sources: dict[str, str]) -> Model:
        fields = self.fields(node, "a model", MODEL, ("id", "tokenizer", "prices"))
        id = self.text(fields.get("id"), "`id`")
        tokenizer = self.scalar(
            fields.get("tokenizer"),
            f"`tokenizer` as one of {', '.join(sorted(self.tokenizers))}",
            lambda text: text if text in self.tokenizers else None,
        )
        return Model(
            id=id,
            provider=provider.id,
            tokenizer=tokenizer or "",
            prices=read_rows(self, fields.get("prices"), id, provider.currency, sources),
            name=self.text(fields.get("name"), "`name`"),
            context=self.tokens(fields.get("context"), "context"),
            max_output=self.tokens(fields.get("max_output"), "max_output"),
            aliases=self.aliases(fields.get("aliases")),
            released=self.day(fields.get("released"), "released"),
            retired=self.day(fields.get("retired"), "retired"),
            note=self.text(fields.get("note"), "`note`"),
        )

    def aliases(self, node: yaml.Node | None) -> tuple[Alias, ...]:
        found = []
        for item in self.items(node, "aliases"):
            if isinstance(item, yaml.ScalarNode):
                found.append(Alias(self.text(item, "an alias")))
                continue
            fields = self.fields(item, "an alias", ALIAS, ("id",))
            start, end = self.day(fields.get("from"), "from"), self.day(fields.get("to"), "to")
            if start and end and start >= end:
                self.problem(item, f"the alias ends on {end}, not after it starts on {start}")
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
                self.problem(node, f"`{name}` names two models of the provider on the same day")
            taken.append((start, end))

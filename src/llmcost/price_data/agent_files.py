"""`data/cache_rules.yaml`, `data/plans.yaml`: what bills an agent beside the price table."""

from typing import TYPE_CHECKING, TypeVar

import msgspec

from llmcost.price_data.compiled_file import compiled

if TYPE_CHECKING:
    from llmcost.pricing.cache_rules import CacheRules
    from llmcost.pricing.plan_rows import Plans

Kind = TypeVar("Kind", bound=msgspec.Struct)


def load_cache_rules() -> "CacheRules":
    """The rules of this build."""
    from llmcost.pricing.cache_rules import CacheRules

    return load_file("cache_rules.yaml", CacheRules)


def load_plans() -> "Plans":
    """The plans of this build."""
    from llmcost.pricing.plan_rows import Plans

    return load_file("plans.yaml", Plans)


def load_file(name: str, kind: type[Kind]) -> Kind:
    from llmcost.price_data.loader import bundled

    content = bundled(name).read_bytes()
    return compiled(name.partition(".")[0], [content], lambda: parse_file(content, kind), kind)


def parse_file(content: bytes, kind: type[Kind]) -> Kind:
    """Raises msgspec.ValidationError for a key or a value that there is not."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(content, Loader=loader) or {}, kind)

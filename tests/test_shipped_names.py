"""The line-up of the shipped table, and the names that people type over it.

Which models are meant is checked, and no amounts: a new price breaks nothing here, a new model of a
maker the line-up alone.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase

import pytest
from tables import at

from llmcost.errors import UnknownModel
from llmcost.price_data.bundled_files import convert
from llmcost.price_data.loader import load, names_content
from llmcost.pricing.catalog import lineup, on_sale, row_at, successor
from llmcost.pricing.known_names import Family, TypedNames, folded
from llmcost.pricing.price_rows import Model, PriceState
from llmcost.runtime.price_table import chosen_models
from llmcost.tokenizers.registry import TOKENIZERS

NOW = at("2026-12-01")
TABLE = load(sorted(TOKENIZERS), [], NOW.date())
NAMES = convert(names_content(), TypedNames)
LINEUP = lineup(TABLE.models, NOW)
MOST_OF_A_MAKER = 3
MAKERS = {other: one for one, other in NAMES.twins.items()}
AGE = 270
"""Days after which a price of the line-up must have been checked again."""


def keys(*names: str, providers: Sequence[str] = ()) -> list[str]:
    found = chosen_models(TABLE, names, providers, NOW, kind="chat")
    return [one.key for one in found.models]


MOST_HOSTS = 16
"""Rows of a model that only hosts sell."""
BY_KEY = {one.key: one for one in TABLE.models}


def reached(name: str) -> list[str]:
    """The same, nothing for a name that is refused with a hint."""
    with suppress(UnknownModel):
        return keys(name)
    with pytest.raises(UnknownModel) as caught:
        keys(name)
    assert caught.value.hint
    return []


def maker(model: Model) -> str:
    return MAKERS.get(model.provider, model.provider)


def test_the_line_up_has_the_makers_that_people_compare() -> None:
    """At most three models each, and eight makers at least: the answer fits on a screen."""
    of_makers = Counter(map(maker, LINEUP))

    assert len(of_makers) >= 8
    assert 20 <= len(LINEUP) <= 30
    assert {one: number for one, number in of_makers.items() if number > MOST_OF_A_MAKER} == {}
    assert {"alibaba", "bytedance", "deepseek", "zhipu", "moonshot"} <= of_makers.keys()
    assert {"openai", "anthropic", "google"} <= of_makers.keys()


def test_the_line_up_can_be_priced_and_counted() -> None:
    """On sale, at a price that was checked, and with a tokenizer that says something."""
    rows = {one.key: row_at(one, NOW) for one in LINEUP}

    assert {one.kind for one in LINEUP} == {"chat"}
    assert [one.key for one in LINEUP if one.tokenizer == "unknown"] == []
    assert [key for key, row in rows.items() if not row or row.state is not PriceState.PRICED] == []
    assert [key for key, row in rows.items() if row and (NOW.date() - row.checked).days > AGE] == []


def test_every_mark_is_of_a_model_on_sale() -> None:
    """A main model that is retired loses its mark."""
    marked = [one.key for one in TABLE.models if one.lineup]

    assert marked == [one.key for one in LINEUP]


def test_nothing_of_the_line_up_is_superseded() -> None:
    """By a model of its line that the table has."""
    assert [one.key for one in LINEUP if successor(one, TABLE.models, NOW)] == []


def test_no_model_is_superseded_by_itself_in_the_end() -> None:
    """Nor twice, nor by what is itself superseded by an older one."""
    for provider, lines in NAMES.superseded.items():
        newer = [(old, new) for new, ids in lines.items() for old in ids]
        assert len(dict(newer)) == len(newer), provider
        following = dict(newer)
        for old, _ in newer:
            seen = [old]
            while (after := following.get(seen[-1])) is not None:
                assert after not in seen, (provider, old)
                seen.append(after)


def test_models_of_both_lists_are_in_the_line_up_once() -> None:
    """In the maker's own currency."""
    ids = Counter((maker(one), one.id) for one in LINEUP)

    assert {one: number for one, number in ids.items() if number > 1} == {}
    assert [
        one.key
        for one in on_sale(LINEUP, NOW)
        if one.provider in MAKERS and f"{maker(one)}/{one.id}" in {m.key for m in TABLE.models}
    ] == []


def test_each_typed_name_means_one_thing() -> None:
    """Folded: no two families share a name, and no family is called like a maker."""
    names = Counter(folded(name) for one in NAMES.families for name in one.names)
    makers = Counter(
        one for id, names_ in NAMES.providers.items() for one in {folded(id), *map(folded, names_)}
    )

    assert {name: number for name, number in names.items() if number > 1} == {}
    assert {name: number for name, number in makers.items() if number > 1} == {}


def test_the_names_are_of_the_table() -> None:
    """Of its providers, and of models that it has."""
    providers = TABLE.providers.keys()
    ids = {one.key for one in TABLE.models}

    assert set(NAMES.china) <= providers
    assert NAMES.providers.keys() <= providers
    assert {*NAMES.twins, *NAMES.twins.values()} <= providers
    assert {one.provider for one in NAMES.families} - {""} <= providers
    assert set(NAMES.fallbacks.values()) <= ids
    for publisher, lists in NAMES.gateways.publishers.items():
        assert set(lists) <= providers, publisher


@pytest.mark.parametrize("family", NAMES.families, ids=lambda one: one.names[0])
def test_every_name_of_a_family_leads_somewhere(family: Family) -> None:
    """To models of the family, or to a hint why there is none."""
    for name in family.names:
        assert len(reached(name)) <= MOST_HOSTS, name


LEAD = """
doubao 豆包 字节 bytedance 火山引擎 > bytedance/doubao-seed-*
DOUBAO-PRO 豆包pro > bytedance/doubao-seed-*pro
doubao-lite > bytedance/doubao-seed-*lite
qwen Qwen 通义 通义千问 千问 tongyi 阿里 阿里云 百炼 > alibaba*/qwen*
qwen-max > alibaba/qwen-max
qwen3.7-plus > alibaba/qwen3.7-plus
qwen-coder 通义灵码 > alibaba/qwen3-coder-*
qwen-vl > alibaba/qwen3-vl-*
deepseek 深度求索 ds deep-seek > deepseek/deepseek-*
deepseek-v4 > deepseek/deepseek-v4-*
deepseek-v4-pro DeepSeek-V4-Pro > deepseek/deepseek-v4-pro
glm 智谱 chatglm 智谱清言 zhipu bigmodel > zhipu/glm-*
glm-flash > zhipu/glm-*-flash
kimi 月之暗面 moonshot > moonshot*/kimi-*
k2 kimi-k2 > moonshot/kimi-k2*
minimax 海螺 稀宇科技 > minimax/MiniMax-*
ernie 文心一言 文心 wenxin 百度 baidu > baidu/ernie-*
spark 星火 讯飞星火 科大讯飞 > iflytek/spark-*
step 阶跃星辰 stepfun > stepfun/step-*
mimo 小米 xiaomi > xiaomi/mimo-*
yi 零一万物 > 01ai/yi-*
baichuan 百川智能 > baichuan/Baichuan*
sensenova 日日新 商汤 > sensetime/sensenova-*
ling 百灵 蚂蚁 > antgroup/Ling-*
longcat 龙猫 美团 > meituan/LongCat-*
kat-coder 快手 > kuaishou/KAT-*
书生浦语 上海ai实验室 > shanghai-ai-lab/*
gpt chatgpt GPT openai > openai/gpt-*
gpt4 gpt-4 4o gpt-3.5 > openai/gpt-*
gpt-4o gpt-4o-2024-08-06 > openai/gpt-4o*
luna gpt-mini > openai/gpt-*luna
claude 克劳德 anthropic Claude > anthropic/claude-*
opus claude-opus > anthropic/claude-opus-*
sonnet > anthropic/claude-sonnet-*
haiku > anthropic/claude-haiku-*
gemini 谷歌 google 双子座 bard > google/gemini-*
gemini-flash-lite > google/gemini-*-flash-lite
grok xai x.ai grok-4 > xai/grok-*
mistral mistral-large le-chat > mistral/mistral-large-*
codestral > mistral/codestral-*
nova 亚马逊 aws > amazon/amazon.nova-*
command-r cohere > cohere/command*
muse 脸书 > meta/muse-*
azure/gpt-4o openai/gpt-4o-2024-11-20 > openai/gpt-4o
azure/eu/gpt-5.4-mini > openai/gpt-5.4-mini
us.anthropic.claude-opus-5-5 claude-opus-5-5[1m] > anthropic/claude-opus-5-5
azure_ai/claude-opus-5-5 > anthropic/claude-opus-5-5
anthropic/claude-opus-5.5 databricks/databricks-claude-opus-5-5 > anthropic/claude-opus-5-5
global.anthropic.claude-sonnet-5-5 > anthropic/claude-sonnet-5-5
perplexity/anthropic/claude-sonnet-5-5 > anthropic/claude-sonnet-5-5
bedrock/anthropic.claude-haiku-4-5-20251001-v1:0 > anthropic/claude-haiku-4-5
replicate/anthropic/claude-4.5-haiku > anthropic/claude-haiku-4-5
anthropic/claude-4.5-sonnet-20250929 > anthropic/claude-sonnet-4-5
bedrock/us-east-1/amazon.nova-lite-v1:0 > amazon/amazon.nova-lite-v1:0
bedrock/us.amazon.nova-pro-v1:0 > amazon-bedrock/us.amazon.nova-pro-v1:0
us.amazon.nova-2-lite-v1:0 > amazon/amazon.nova-2-lite-v1:0
us.openai.gpt-6-luna openai/gpt-6-luna > openai/gpt-6-luna
us.xai.grok-4.7 x-ai/grok-4.7:online > xai/grok-4.7
vertex_ai/claude-haiku-5-5@default > anthropic/claude-haiku-5-5
vertex_ai/claude-opus-4-5@20251101 > anthropic/claude-opus-4-5
vertex_ai/zai-org/glm-5.2-maas > zai/glm-5.2
gemini/gemini-3.8-flash models/gemini-3.8-flash > google/gemini-3.8-flash
openrouter/z-ai/glm-5.3-flash > zai/glm-5.3-flash
z-ai/glm-5.3 ~z-ai/glm-latest fireworks_ai/accounts/fireworks/models/glm-5p3 > zai/glm-5.3
openrouter/deepseek/deepseek-v4.1-flash > deepseek-intl/deepseek-flash
deepinfra/deepseek-ai/DeepSeek-V4.1-Flash-1017 > deepseek-intl/deepseek-flash
openrouter/deepseek/deepseek-v4-pro > deepseek-intl/deepseek-v4-pro
deepseek/deepseek-v4-pro > deepseek/deepseek-v4-pro
moonshotai/kimi-k3.1-pro accounts/fireworks/models/kimi-k3p1-pro > moonshot-intl/kimi-k3.1-pro
together_ai/moonshotai/Kimi-K3.1-Pro > moonshot-intl/kimi-k3.1-pro
minimax/minimax-m3.1-flash > minimax/MiniMax-M3.1-Flash
openrouter/minimax/minimax-m3.1-flash > minimax-intl/MiniMax-M3.1-Flash
Pro/zai-org/GLM-5.3 > zhipu/glm-5.3
siliconflow/Qwen/Qwen3-32B cloudflare/@cf/qwen/qwen3-32b > alibaba*/qwen3-32b
github_copilot/claude-sonnet-4.6 > anthropic/claude-sonnet-4-6
volcengine/doubao-seed-2-1-lite-260915 > bytedance/doubao-seed-2.1-lite
bytedance-seed/seed-2-1-turbo > bytedance/doubao-seed-2.1-turbo
doubao-seed-2-0-pro > bytedance/doubao-seed-2.0-pro
dashscope/qwen3.8-max alibaba/qwen3.8-max > alibaba/qwen3.8-max
dashscope/deepseek-v4-pro > alibaba/deepseek-v4-pro
snowflake/openai-gpt-5-nano > openai/gpt-5-nano
azure/global-standard/gpt-4o-2024-08-06 azure/data-zone/gpt-4o-2024-08-06 > openai/gpt-4o-2024-08-06
azure/text-embedding-3-large > openai/text-embedding-3-large
bedrock/converse/us.meta.llama4-maverick-17b-instruct-v1:0 > amazon-bedrock/us.*
bedrock/us.deepseek.r1-v1:0 > amazon-bedrock/deepseek.r1-v1:0
arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-8b-instruct-v1:0 > amazon-bedrock/*
arn:aws:bedrock:eu-central-1:1:inference-profile/eu.anthropic.claude-sonnet-5-5 > anthropic/*
bedrock/arn:aws-us-gov:bedrock:us-gov-west-1:1:inference-profile/us-gov.openai.gpt-oss-20b-1:0 > *
cohere.embed-v4:0 > cohere/embed-v4.0
projects/p/locations/us-central1/publishers/google/models/gemini-3.8-flash > google/gemini-3.8-flash
vertex_ai/mistral-small-2603@001 mistral-small-latest > mistral/mistral-small-2603
openrouter/mistralai/mistral-small-3.2-24b-instruct > mistral/mistral-small-2506
publishers/anthropic/models/claude-haiku-4-5@20251001 > anthropic/claude-haiku-4-5
openrouter/openai/gpt-5.4-mini:online > openai/gpt-5.4-mini
openrouter/qwen/qwen3-235b-a22b > alibaba-intl/qwen3-235b-a22b
Pro/deepseek-ai/DeepSeek-R1 > siliconflow/Pro/deepseek-ai/DeepSeek-R1
Pro/zai-org/GLM-4.7 > zhipu/glm-4.7
LoRA/Qwen/Qwen2.5-7B-Instruct > siliconflow/Qwen/Qwen2.5-7B-Instruct
groq/openai/gpt-oss-20b > groq/openai/gpt-oss-20b
groq/qwen/qwen3-32b > alibaba-intl/qwen3-32b
cerebras/gpt-oss-120b > cerebras/gpt-oss-120b
fireworks_ai/glm-4p6 > zai/glm-4.6
accounts/fireworks/models/qwen3-coder-480b-a35b-instruct > alibaba/qwen3-coder-480b-a35b-instruct
meta-llama/Llama-3.1-8B-Instruct > novita/meta-llama/llama-3.1-8b-instruct
google/gemma-3-27b-it > novita/google/gemma-3-27b-it
openrouter/anthropic/claude-opus-4.5 > openrouter/anthropic/claude-opus-4.5
anthropic/claude-opus-4.5 > anthropic/claude-opus-4-5
deepinfra/meta-llama/Llama-3.3-70B-Instruct-Turbo > deepinfra/meta-llama/Llama-3.3-*
meta-llama/Llama-4-Scout-17B-16E-Instruct > deepinfra/meta-llama/Llama-4-Scout-17B-16E-Instruct
microsoft/phi-4 > azure/Phi-4
qwen3:8b > alibaba/qwen3-8b
github_copilot/gpt-5 > openai/gpt-5
vercel_ai_gateway/anthropic/claude-haiku-4.5 > anthropic/claude-haiku-4-5
volcengine/doubao-1-5-pro-32k-250115 doubao-1.5-pro-32k > bytedance/doubao-1.5-pro-32k
"""
CASES = [
    (name, line.partition(" > ")[2])
    for line in LEAD.strip().splitlines()
    for name in line.partition(" > ")[0].split()
]


@pytest.mark.parametrize(("name", "models"), CASES)
def test_a_typed_name_leads_to_models_of_its_maker(name: str, models: str) -> None:
    """The models of the right side, a glob over their keys, or a host's rows of them."""
    found = [(key, BY_KEY[key].serves) for key in keys(name)]

    assert found
    assert [one for one in found if not any(fnmatchcase(key, models) for key in one)] == []


@pytest.mark.parametrize(
    "name",
    [
        *("groq/llama-3.3-70b-versatile", "accounts/fireworks/routers/glm-5p3-spot"),
        *("ft:gpt-4o-mini-2024-07-18", "ollama/qwen3-coder:480b-cloud", "openrouter/x/y"),
        *("global.moonshotai.kimi-k3.1", "volcengine/glm-5-3-flash-260828", "可灵", "sora"),
    ],
)
def test_what_only_others_sell_is_not_taken_for_a_maker_s(name: str) -> None:
    """Unless the table has the row of that host."""
    found = reached(name)

    assert all(key.partition("/")[0] not in NAMES.providers for key in found)


HINTS = """
together_ai/meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo > *llama3-1-70b*
accounts/fireworks/models/llama-v3p3-70b-instruct cerebras/llama-3.3-70b > *llama-3.3-70b-*
vertex_ai/meta/llama-3.3-70b-instruct-maas azure_ai/Llama-3.3-70B-Instruct > *llama-3.3-70b-*
meta-llama/Llama-3.3-70B-Instruct-Turbo-Free > groq/llama-3.3-70b-versatile
openrouter/meta-llama/llama-3.3-70b-instruct:free > groq/llama-3.3-70b-versatile
@cf/meta/llama-3.3-70b-instruct-fp8-fast snowflake/llama3.3-70b > groq/llama-3.3-70b-versatile
vertex_ai/meta/llama-4-maverick-17b-128e-instruct-maas > *llama4-maverick*
llama3.1:8b deepinfra/meta-llama/Meta-Llama-3.1-8B-Instruct > groq/llama-3.1-8b-instant
llama3.2 > novita/meta-llama/llama-3.2-1b-instruct
gpt-oss:20b > amazon-bedrock/openai.gpt-oss-20b
gemma3:27b > novita/google/gemma-3-27b-it
qwen2.5:7b-instruct-q4_K_M > alibaba/qwen2.5-7b-instruct
ollama_chat/qwen3:32b > alibaba/qwen3-32b
phi4 > azure/Phi-4
together/deepseek-ai/DeepSeek-V3.1 > novita/deepseek/deepseek-v3.1
Pro/moonshotai/Kimi-K2-Instruct-0905 groq/moonshotai/kimi-k2-instruct-0905 > *kimi-k2-0905*
deepseek-ai/DeepSeek-R1-Distill-Qwen-32B > alibaba/deepseek-r1-distill-qwen-32b
perplexity/sonar > perplexity/sonar-pro
gpt-image-1 > gpt-image-2
tts-1-hd > tts-1
voyage/voyage-3-large > voyage-4-large
dall-e-3 > *--kind image*
veo-3.0-generate-001 > *--kind video*
BAAI/bge-reranker-v2-m3 > gte-rerank-v2
jina-embeddings-v3 > text-embedding-v4
ep-20241105123456-abcde > *the id of an endpoint*
openrouter/auto > *no price of it at openrouter*
"""
SUGGESTIONS = [
    (name, line.partition(" > ")[2])
    for line in HINTS.strip().splitlines()
    for name in line.partition(" > ")[0].split()
]


@pytest.mark.parametrize(("name", "hint"), SUGGESTIONS)
def test_what_the_table_lacks_ends_in_who_sells_it(name: str, hint: str) -> None:
    """Models of the right side are named in the hint; a glob is one over all of it."""
    with pytest.raises(UnknownModel) as caught:
        keys(name)

    said = caught.value.hint
    assert fnmatchcase(said, hint if "*" in hint[:1] else f"*`{hint}`*")


@pytest.mark.parametrize(
    ("words", "is_in"),
    [
        (["@cn"], lambda one: one.provider in NAMES.china),
        (["@cn", "-baidu"], lambda one: one.provider in NAMES.china and one.provider != "baidu"),
        (["@global"], lambda one: one.provider not in NAMES.china),
        (["@flagship"], lambda one: one.lineup == "flagship"),
        (["@main", "-@small"], lambda one: one.lineup != "small"),
        (["-qwen", "-gpt"], lambda one: maker(one) not in ("alibaba", "openai")),
    ],
    ids=["china", "china but one", "abroad", "tier", "but a tier", "but families"],
)
def test_sets_cut_the_line_up(words: Sequence[str], is_in: Callable[[Model], bool]) -> None:
    """By country, tier, and what is left out."""
    expected = [one.key for one in LINEUP if is_in(one)]

    assert expected
    assert keys(*words) == expected


@pytest.mark.parametrize(
    ("provider", "id"),
    [("阿里", "alibaba"), ("腾讯", "tencent"), ("谷歌", "google"), ("火山引擎", "bytedance")],
)
def test_a_provider_is_known_by_what_people_call_it(provider: str, id: str) -> None:
    """Without models: its own list alone."""
    found = keys(providers=[provider])

    assert found
    assert {one.partition("/")[0] for one in found} == {id}


def test_an_id_of_several_sellers() -> None:
    """The maker's alone; all of them by `@all`."""
    assert keys("deepseek-v4-pro") == ["deepseek/deepseek-v4-pro"]
    assert len(keys("deepseek-v4-pro@all")) > 3

"""The options of `llmcost estimate`, in groups, and what their texts mean."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import msgspec

from llmcost import money
from llmcost.cli import options
from llmcost.cli.option_groups import (
    AgeOptions,
    AnswerOptions,
    BillingOptions,
    ContractOptions,
    InputOptions,
    LengthOptions,
    OptionGroup,
    ResultOptions,
    RunOptions,
    SampleOptions,
)
from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.runtime import option_values

if TYPE_CHECKING:
    from llmcost.commands.estimate.command import Pricing
    from llmcost.commands.estimate.compute import Estimate
    from llmcost.commands.estimate.page import Efforts
    from llmcost.pricing.price_rows import Model, PriceTable
    from llmcost.pricing.terms import Terms
    from llmcost.pricing.usage import Input
    from llmcost.runtime.count_inputs import Asked, Read
    from llmcost.runtime.quality_choice import QualityChoice
    from llmcost.runtime.reference_choice import ReferenceChoice
    from llmcost.sampling.sampler import SampleRequest


class EstimateSort(StrEnum):
    COST = "cost"
    VALUE = "value"
    MODEL = "model"
    PROVIDER = "provider"
    TOKENS = "tokens"
    CONTEXT = "context"


CountedWith = Annotated[
    str | None,
    options.option(
        "-t --tokenizer NAME|FILE",
        "Tokenizer to use for the models of -m.",
        options.complete_tokenizer,
    ),
]


class RequestOptions(OptionGroup, frozen=True, kw_only=True):
    """What is answered, how often all of it is sent, and what bills it."""

    answer: AnswerOptions
    length: LengthOptions
    calls: Annotated[
        int | None,
        options.option("--calls N", "Number of times the input is sent.", min=1, max=money.MOST),
    ] = None
    cached: Annotated[
        str | None,
        options.option(
            "--cached N|%|auto",
            "Input tokens read from the cache; auto: by the rules of each model's cache.",
        ),
    ] = None
    cache_write: Annotated[
        str | None,
        options.option("--cache-write N|%", "Input tokens written to the cache."),
    ] = None
    billing: BillingOptions
    free_quota: Annotated[
        bool, options.option("--free-quota", "Subtract the free quota of a new account.")
    ] = False
    contract: ContractOptions
    video: Annotated[
        str | None,
        options.option("--video SECONDS,SIZE", "Price a generated video, like 10s,720p."),
    ] = None

    def terms(self, when: option_values.BillingTime) -> "Terms":
        """Raises UsageError."""
        from llmcost.pricing.terms import Terms

        cached, rules = option_values.cached_of(self.cached, self.cache_write)
        return Terms(
            at=when.at,
            hours=when.hours,
            output=self.answer.output,
            cached=cached,
            cache_rules=rules,
            written=option_values.amount_of(self.cache_write, "--cache-write"),
            calls=self.calls or 1,
            conditions=self.billing.conditions,
            free_quota=self.free_quota,
            discounts=self.contract.discounts,
            tax=self.contract.tax_share,
        )

    def scales(self, read: "Read") -> bool:
        """Whether a table may be of more calls than one."""
        return self.calls is None and not any(one.prefixes for one in read.inputs)

    def quality(self, output: ResultOptions) -> "QualityChoice":
        """The scores at the effort of the answers. Raises UsageError, BadScores."""
        from llmcost.runtime.quality_choice import quality_choice

        thinking = "thinking" if self.billing.thinking else ""
        effort, least = self.length.effort or thinking, output.min_quality
        return quality_choice(output.quality, least, effort, is_bare=output.is_bare)

    def with_lengths(
        self, terms: "Terms", models: "Sequence[Model]", table: "PriceTable"
    ) -> "Terms":
        """The terms with the length of answers, where it is looked up. Raises UsageError."""
        if not self.length.is_auto(self.answer):
            return terms
        from llmcost.runtime.answer_lengths import answer_lengths, with_lengths

        thinks = terms.conditions.thinking
        lengths = answer_lengths(self.length.task, self.length.effort, thinks=thinks)
        if self.length.learn is None:
            return with_lengths(terms, models, lengths)
        from llmcost.logs.output_samples import learned_from

        learned = learned_from(self.length.learn, lengths, table)
        return with_lengths(terms, models, lengths, learned)

    def efforts(
        self,
        pricing: "Pricing",
        result: "Estimate",
        inputs: "Sequence[Input]",
        quality: "QualityChoice",
    ) -> "Efforts":
        """The cost and the score of models at each effort that a public set has a score at, the
        least effort first; nothing where the length of answers is named or learned."""
        is_looked_up = result.assumed is not None or self.length.is_auto(self.answer)
        of = quality.scores.set if quality.scores is not None else None
        if of is None or not is_looked_up or self.length.learn is not None:
            return []
        from msgspec.structs import replace

        from llmcost.pricing.output_lengths import EFFORTS
        from llmcost.render.quality_scores import score_in
        from llmcost.runtime.answer_lengths import answer_lengths, with_lengths

        unthinking = replace(pricing.terms.conditions, thinking=False)
        terms, found = replace(pricing.terms, conditions=unthinking), []
        for effort in EFFORTS:
            at = {
                one.model.key: score_in(of, one.model, effort, terms.at.date())
                for one in result.lines
            }
            scored = [one.model for one in result.lines if at[one.model.key] is not None]
            lengths = answer_lengths(self.length.task, effort)
            priced = replace(pricing, terms=with_lengths(terms, scored, lengths))
            lines = priced.estimate(scored, inputs).lines if scored else ()
            found += [(effort, one, score.value) for one in lines if (score := at[one.model.key])]
        return found


class EstimateOutputOptions(ResultOptions, frozen=True):
    """The form of an estimate, and the order of its rows."""

    sort: Annotated[EstimateSort, options.option("--sort", "Order of the rows.")] = (
        EstimateSort.COST
    )
    strict: Annotated[
        bool,
        options.option("--strict", "Exit 1 on a warning, or if a token count is an estimate."),
    ] = False
    vs: options.Versus = None

    def reference(self, table: "PriceTable", at: datetime) -> "ReferenceChoice":
        """What --vs names. Raises UnknownModel, UsageError."""
        from llmcost.runtime.reference_choice import reference_choice

        return reference_choice(table, self.vs, at)


class ReadingOptions(OptionGroup, frozen=True, kw_only=True):
    """How the inputs are read and counted, and how far the result is broken down."""

    inputs: InputOptions
    max_bytes: options.MaxBytes = None
    sample: SampleOptions
    split: Annotated[
        str | None,
        options.option("--split N", "Split longer texts into requests of N tokens."),
    ] = None
    run: RunOptions
    per_file: Annotated[bool, options.option("--per-file", "Break the result down by input.")] = (
        False
    )
    per_request: Annotated[
        bool, options.option("--per-request", "Break the result down by request.")
    ] = False
    file: options.WorkloadFile = None
    scenario: options.ScenarioNames = None

    def asked(
        self, paths: Sequence[str], *, quiet: bool, day: date, shares: bool = False
    ) -> "Asked":
        """`day`: whose chat templates hold; `shares`: find what requests have in common. Raises
        UsageError."""
        most = option_values.size(self.max_bytes, "--max-bytes")
        if self.per_request and self.run.resume is not None:
            raise UsageError(
                say("--per-request and --resume: a journal keeps files, not single requests")
            )
        how = self.run.how(quiet=quiet, offers_sample=self.wanted is None)
        if shares:
            options.refuse_beside("--cached auto", True, self.apart)
        each = self.per_request
        return self.inputs.asked(paths, how, each=each, most=most, day=day, shares=shares)

    @property
    def apart(self) -> dict[str, bool]:
        """Options by which requests are not followed in one row."""
        return {
            "--per-request": self.per_request,
            "--split": self.split is not None,
            "--sample": self.sample.sample is not None,
            "--resume": self.run.resume is not None,
            "--cluster": self.run.cluster is not None,
        }

    @property
    def part(self) -> int | None:
        """Raises UsageError."""
        return split_of(self.split, per_request=self.per_request)

    @property
    def wanted(self) -> "SampleRequest | None":
        """The sample to be taken. Raises UsageError."""
        whole_only = {
            "--per-file": self.per_file,
            "--per-request": self.per_request,
            "--max-bytes": self.max_bytes is not None,
            "--resume": self.run.resume is not None,
        }
        return self.sample.requested(whole_only)


def split_of(text: str | None, *, per_request: bool) -> int | None:
    """The tokens of --split. Raises UsageError."""
    if text is None:
        return None
    from llmcost.messages import visible
    from llmcost.workload.quantities import above_zero

    found = above_zero(text)
    if found is None:
        shown = visible(text)
        said = say("--split must be a whole number of tokens above zero: `{text}`", text=shown)
        raise UsageError(said, hint=say("for example 8k or 100k"))
    if per_request:
        raise UsageError(
            say("--per-request shows the requests of files, and --split makes some of texts"),
            hint=say("--per-file shows what each text costs"),
        )
    return found


def table_and_terms(age: AgeOptions, terms: "Terms") -> tuple["PriceTable", "Terms"]:
    """The price table, and the terms with the discounts of its providers. Raises UnknownModel,
    BadPriceFile, UsageError."""
    from llmcost.runtime.price_table import discounts_by_seller, table_for

    table = table_for(age.prices, terms)
    found = discounts_by_seller(table, terms.discounts)
    return table, msgspec.structs.replace(terms, discounts=found)

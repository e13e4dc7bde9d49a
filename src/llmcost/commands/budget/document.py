"""JSON document of workloads."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from llmcost.commands.budget.compute import Bought, BudgetAnswer, BudgetLine
from llmcost.commands.budget.view import Amount, Ratios, heaviest, per_user, quantile, text
from llmcost.commands.budget.workload_notes import used
from llmcost.messages import visible
from llmcost.money import Money
from llmcost.pricing.contract import DiscountTiers
from llmcost.pricing.usage import base_name
from llmcost.render.quality_scores import Ratings
from llmcost.render.result_table import versus_document
from llmcost.render.table import in_english
from llmcost.render.text import data, fx_document, plain_or_none, range_document
from llmcost.render.wording import (
    age_document,
    band_document,
    excluded_document,
    paid_document,
    part_document,
)
from llmcost.workload.model import Profile, Workload
from llmcost.workload.monthly import Monthly, month_parts
from llmcost.workload.quantities import HistoryLimit, Pace, TokenMix
from llmcost.workload.traffic import Query

Document = dict[str, Any]


def document(
    answers: Sequence[BudgetAnswer],
    ratios: Ratios,
    notes: Sequence[str],
    ratings: Sequence[Ratings] = (),
) -> Document:
    """The JSON contract of docs/output.md, schema `llmcost.budget/1`. Of several scenarios, each
    result names its own; what they have in common stands at the top, else null."""
    workloads = [one.budget.query.workload for one in answers]
    found: Document = {
        "schema": "llmcost.budget/1",
        "as_of": same([one.budget.query.at.isoformat() for one in answers]),
        "month": same([f"{one.budget.query.month:%Y-%m}" for one in answers]),
        "currency": same([one.budget.query.exchange.currency for one in answers]),
        "mau": same([one.mau for one in workloads]),
        "budget": same([money_document(one.budget) for one in workloads]),
        "scenarios": [scenario_document(one.name, one.budget.query) for one in answers],
        "results": [
            line_document(answer, line, ratios) | {"quality": by.document(line.model)}
            for answer, by in zip(answers, ratings or [Ratings()] * len(answers), strict=True)
            for line in answer.budget.lines
        ],
        "excluded": [
            {**scenario_of(answer.name), **excluded_document(one)}
            for answer in answers
            for one in answer.budget.excluded
        ],
        "notes": list(notes),
        **age_document(used((one.budget.query.at, one.budget.lines) for one in answers)),
    }
    return found | common_fx(one.budget.query for one in answers)


def scenario_document(name: str, query: Query) -> Document:
    """The question, with the day, month, currency and rate of its answer."""
    return {
        "name": name,
        "workload": workload_document(query.workload),
        "as_of": query.at.isoformat(),
        "month": f"{query.month:%Y-%m}",
        "currency": query.exchange.currency,
        **fx_document(query.exchange),
    }


def common_fx(queries: Iterable[Query]) -> Document:
    """The exchange rate of all scenarios; nothing where they differ, as each states its own."""
    return same([fx_document(one.exchange) for one in queries]) or {}


def same(values: Sequence[Any]) -> Any:
    return values[0] if all(value == values[0] for value in values) else None


def scenario_of(name: str) -> Document:
    """What names the scenario of a result, where there are several."""
    return {"scenario": name} if name else {}


def money_document(amount: Money | None) -> Document | None:
    return None if amount is None else {"amount": data(amount.amount), "currency": amount.currency}


def workload_document(workload: Workload) -> Document:
    """What was said, in the words of the workload file; defaults are left out. The answers of each
    model stand in its own result."""
    plainly = Workload()
    return {
        name: value_document(getattr(workload, name))
        for name in Workload.__struct_fields__
        if name != "answers" and getattr(workload, name) != getattr(plainly, name)
    }


def value_document(value: Any) -> Any:
    if isinstance(value, Decimal):
        return data(value)
    if isinstance(value, Money):
        return money_document(value)
    if isinstance(value, Profile):
        return {"name": value.name, "zone": value.zone, "holidays": value.holidays}
    if isinstance(value, Pace):
        return {"factor": data(value.factor), "months": value.months}
    if isinstance(value, HistoryLimit | TokenMix | DiscountTiers):
        return str(value)
    if isinstance(value, dict):
        return {str(name): value_document(one) for name, one in value.items()}
    return msgspec.to_builtins(value, enc_hook=in_english)


def line_document(answer: BudgetAnswer, line: BudgetLine, ratios: Ratios) -> Document:
    row = line.case.row
    found: Document = {
        **scenario_of(answer.name),
        "rank": line.rank or None,
        "model": line.model.id,
        "provider": line.model.provider,
        "state": row.state.value,
    }
    if line.purchase is not None:
        found |= purchase_document(answer, line, ratios)
    if line.monthly is not None:
        found |= month_document(answer, line, line.monthly)
    if line.model.key in answer.budget.query.workload.answers:
        said = line.case.workload
        found |= {"output_tokens": said.output_tokens, "thinking_tokens": said.thinking_tokens}
    found |= versus_document(answer.reference, answer.ratio(line))
    own = answer.own.get(line.model.key)
    if own is not None:
        found["own_gpus"] = {"machine": own.machine, "cost": data(own.cost)}
    found["price"] = {
        "from": row.begins.isoformat(),
        "source": row.source,
        "checked": row.checked.isoformat(),
        "bands": [band_document(band) for band in row.bands],
        "schedule": row.schedule or None,
        "hours": [
            {"peak": one.conditions.peak or None, "batch": one.conditions.batch,
             "share": data(one.share)}
            for one in line.case.slices
        ],
        "limits": row.limits,
        "note": row.note,
    }  # fmt: skip
    return found


def purchase_document(answer: BudgetAnswer, line: BudgetLine, ratios: Ratios) -> Document:
    bought, workload = line.purchase, answer.budget.query.workload
    if bought is None:
        return {}
    characters, words = text(line, ratios, None)
    mixed = None if bought.mixed is None else bought_document(bought.mixed)
    return {
        "input_only": bought_document(bought.input_only),
        **copies_document(answer, line),
        "mixed": None if mixed is None else {"mix": str(workload.mix), **mixed},
        "text": {
            "chinese_characters": None if characters is None else int(characters),
            "english_words": None if words is None else int(words),
            "method": f"tokens of {base_name(line.model.tokenizer)} in a sample text",
        },
        "conversations": None if bought.conversations is None else data(bought.conversations),
    }


def copies_document(answer: BudgetAnswer, line: BudgetLine) -> Document:
    """The copies of a text; nothing where none is named."""
    if answer.copy is None:
        return {}
    name, number = visible(answer.copy.name), answer.copies(line)
    return {"copies": {"text": name, "number": None if number is None else data(number)}}


def bought_document(one: Bought) -> Document:
    each = None if one.per_user is None else data(one.per_user)
    return {"tokens": one.tokens, "tokens_per_user": each}


def month_document(answer: BudgetAnswer, line: BudgetLine, month: Monthly) -> Document:
    users = answer.users
    earned, parts = month.revenue, month_parts(line.case, month)
    found: Document = {
        "users": month.users,
        "cost": range_document(month.cost),
        "native": range_document(month.native),
        "cost_per_user": amount_document(per_user(month)),
        "holds": month.holds,
        "max_mau": month.most_users,
        "max_requests_per_user": plain_or_none(month.most_requests),
        "budget_needed": {"amount": data(month.cost.amount), "currency": month.cost.currency},
        "parts": [part_document(part) for part in parts],
        **paid_document(parts, line.case.currency),
    }
    if users is not None:
        found["bill"] = {
            name: amount_document(quantile(month, users, name)) for name in ("p50", "p90", "p99")
        }
        found["heaviest"] = {
            "users": "0.01",
            "requests": repr(users.heaviest),
            "cost": amount_document(heaviest(month, users)),
        }
    if earned is not None:
        found["revenue"] = {
            "amount": data(earned.amount),
            "yearly": data(12 * earned.amount),
            "margin": data(earned.margin),
            "margin_yearly": data(12 * earned.margin),
            "cost_yearly": data(12 * month.cost.amount),
            "payback_months": plain_or_none(earned.payback),
            "break_even": None if earned.break_even is None else data(earned.break_even),
            "currency": earned.currency,
        }
    return found


def amount_document(one: Amount | None) -> Document | None:
    return None if one is None else {"amount": data(one[0]), "currency": one[1]}

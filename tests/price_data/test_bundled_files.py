"""The public scores and lengths that come with llmcost: whole, licensed, and of models that are."""

from datetime import UTC, date, datetime
from math import log, sqrt
from pathlib import Path
from statistics import fmean, median

import msgspec
import pytest
from shipped import TABLE

from llmcost.price_data.bundled_files import SETS, convert, load_output_lengths, load_quality_set
from llmcost.pricing.catalog import on_sale
from llmcost.pricing.output_lengths import EFFORTS, UNCOUNTED, AnswerLengths
from llmcost.pricing.quality import QualitySet

DAY = date(2026, 12, 1)
DATA = Path(__file__).parents[2] / "data"

NOTICE = (DATA / "NOTICE").read_text("utf-8")


@pytest.mark.parametrize("name", SETS)
def test_each_row_is_of_models_of_the_price_table_at_a_known_effort(name: str) -> None:
    found = load_quality_set(name)
    keys = {one.key for one in TABLE.models}

    assert found.name == name
    assert {key for row in found.rows for key in (*row.models, *row.weights)} <= keys
    assert {row.effort for row in found.rows} <= {"default", "thinking", *EFFORTS}
    assert len({row.row for row in found.rows}) == len(found.rows)
    assert f"quality/{name}.yaml" in NOTICE
    assert found.licence in (DATA / "quality" / f"{name}.yaml").read_text("utf-8")


@pytest.mark.parametrize("name", SETS)
def test_a_model_has_one_score_at_an_effort_on_a_day(name: str) -> None:
    found = load_quality_set(name)
    dates = {DAY, *(one for row in found.rows for one in (row.start, row.until) if one)}
    for model in TABLE.models:
        for day in dates:
            efforts = [row.effort for row in found.rows_of(model, day) if row.value is not None]
            assert len(efforts) == len({*efforts}), (model.key, day)


@pytest.mark.parametrize("name", SETS)
def test_an_effort_in_the_name_of_a_row_is_that_of_its_score(name: str) -> None:
    words = {"minimal", "low", "high", "xhigh"}  # `medium` and `max` are in names of models
    for row in load_quality_set(name).rows:
        named = words & {*row.row.casefold().replace("(", "").replace(")", "").split("-")}
        assert row.effort in (named or {row.effort}) or row.row.endswith("k"), row.row


def test_at_least_130_models_on_sale_have_a_score() -> None:
    at = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    models = [one for one in on_sale(TABLE.models, at) if one.kind == "chat"]
    sets = [load_quality_set(name) for name in SETS]
    scored = [
        one
        for one in models
        if any(row.value is not None for of in sets for row in of.rows_of(one, DAY))
    ]
    makers = [one for one in scored if not one.serves]

    assert len(makers) >= 130
    assert len(scored) > len(makers)


def test_lengths_name_their_sources_and_every_task_has_some() -> None:
    lengths = load_output_lengths()
    for name, task in lengths.tasks.items():
        assert {*task.answer, *task.thinking} <= lengths.sources.keys()
        for effort in ("", *EFFORTS):
            of = AnswerLengths(lengths, name, effort).of_class
            assert 0 < of.low <= of.middle <= of.high
            assert of.sources
    assert all(
        one.task in lengths.tasks and "mean" in lengths.sources[one.input].input
        for one in lengths.presets.values()
    )


def test_how_models_differ_is_what_livebench_says() -> None:
    """Spread, slope and residual of the logarithms, about the middle model of each task."""
    rows = [one for one in load_quality_set("livebench").rows if one.row != UNCOUNTED]
    for group in load_output_lengths().groups.values():
        middles = {task: median(log(one.tokens[task]) for one in rows) for task in group.tasks}
        off = [{task: log(one.tokens[task]) - middles[task] for task in middles} for one in rows]
        pairs = [
            (fmean(value for other, value in one.items() if other != task), one[task])
            for one in off
            for task in middles
        ]
        if not pairs:
            continue
        slope = sum(x * y for x, y in pairs) / sum(x * x for x, _ in pairs)
        assert group.slope == round(slope, 2)
        assert group.spread == round(sqrt(fmean(y * y for _, y in pairs)), 2)
        assert group.residual == round(sqrt(fmean((y - slope * x) ** 2 for x, y in pairs)), 2)


def test_a_file_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        convert(b"schema: 1\ncolour: red\n", QualitySet)

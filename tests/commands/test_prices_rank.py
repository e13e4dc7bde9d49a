"""The effective price: cheap tokens can be expensive text."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import CALENDAR, at, band, exact, exchange, model, rates, row, table, terms, unpriced

from llmcost.cli.app import main
from llmcost.commands.prices.rank import Ranking
from llmcost.commands.prices.rank import ranked_prices as rank
from llmcost.files import bundled
from llmcost.money import Exchange
from llmcost.pricing.price_rows import Mode, Model, PriceRow, PriceState
from llmcost.pricing.usage import Count, Input
from llmcost.runtime import clock
from llmcost.tokenizers.counter import count

ABOUT = Count(900, 800, 1100, "guessed", exact=False)
TEXT = Input("zh", 6000, 2000, {"words": exact(1000), "signs": exact(2000), "about": ABOUT})
PRICE = row(rates("2", "8"))


def cut_by(tokenizer: str, *rows: PriceRow, id: str = "", **others: object) -> Model:
    found = model(id or tokenizer, *(rows or (PRICE,)), **others)  # type: ignore[arg-type]
    return replace(found, tokenizer=tokenizer)


def ranked(*models: Model, text: Input = TEXT, to: Exchange | None = None) -> Ranking:
    return rank(table(*models), models, text, terms(), to or exchange(), CALENDAR)


def test_the_same_price_per_token_is_dearer_where_a_text_takes_more_tokens() -> None:
    """The whole point."""
    result = ranked(cut_by("signs"), cut_by("words"))

    assert [(one.rank, one.line.model.id) for one in result.lines] == [(1, "words"), (2, "signs")]
    assert result.lines[1].input.amount == 2 * result.lines[0].input.amount
    assert [one.input_rate for one in result.lines] == [2, 2]


def test_a_tokenizer_that_is_bad_at_chinese_ranks_lower() -> None:
    """With real vocabularies, on our own sample."""
    chinese = bundled("samples/zh.txt").read_text(encoding="utf-8")
    names = ["cl100k_base", "qwen"]
    text = Input("zh", 0, len(chinese), count(chinese, names))
    result = ranked(*(cut_by(name) for name in names), text=text)

    assert [one.line.model.id for one in result.lines] == ["qwen", "cl100k_base"]


def test_prices_per_thousand_characters() -> None:
    """1,000 tokens of 2,000 characters at 2 and 8 per 1M."""
    (one,) = ranked(cut_by("words")).lines

    assert one.output is not None
    assert one.tokens.amount == 500
    assert (one.input.amount, one.output.amount) == (Decimal("0.001"), Decimal("0.004"))
    assert (one.input_rate, one.output_rate) == (Decimal(2), Decimal(8))


def test_estimated_counts_carry_their_range() -> None:
    """On tokens, input and output."""
    (one,) = ranked(cut_by("about")).lines

    assert one.output is not None
    for found, price in ((one.tokens, "1"), (one.input, "0.000002"), (one.output, "0.000008")):
        expected = [tokens * Decimal(price) for tokens in (400, 450, 550)]
        assert [found.low, found.amount, found.high] == expected


def test_the_band_of_this_size_gives_the_rate() -> None:
    """And marginal bands their mean."""
    bands = (band("1", input=500), band("3"))
    result = ranked(
        cut_by("words", row(*bands), id="cliff"),
        cut_by("words", row(*bands, mode=Mode.MARGINAL), id="marginal"),
    )

    assert {one.line.model.id: one.input_rate for one in result.lines} == {
        "cliff": 3,
        "marginal": 2,
    }


def test_models_that_bill_in_two_currencies() -> None:
    """They rank in one; the rate per 1M tokens stays the provider's."""
    result = ranked(cut_by("words", provider="globex", id="far"), cut_by("words", id="near"))

    assert [one.line.model.id for one in result.lines] == ["near", "far"]
    far = result.lines[1]
    assert far.output is not None
    assert (far.input_rate, far.line.native.currency) == (Decimal(2), "USD")
    assert (far.input.amount, far.input.currency) == (Decimal("0.007"), "CNY")
    assert (far.output.amount, far.output.currency) == (Decimal("0.028"), "CNY")


def test_a_free_model_has_no_rank() -> None:
    """It would be first of all, whatever its tokenizer."""
    free = model("gift", unpriced(PriceState.FREE))
    result = ranked(free, cut_by("words"))

    assert [(one.rank, one.line.model.id) for one in result.lines] == [(1, "words")]
    assert [line.model.id for line in result.free] == ["gift"]


def test_a_model_that_cannot_write_so_much_is_ranked_by_what_it_reads() -> None:
    """Its output has no price here."""
    (one,) = ranked(cut_by("words", max_output=10)).lines

    assert one.output is None
    assert one.output_rate is None


def test_what_cannot_be_read_is_left_out() -> None:
    """For its size, or as its price is not known."""
    result = ranked(
        cut_by("words", context=999, id="small"),
        cut_by("words", unpriced(PriceState.UNKNOWN), id="dark"),
    )

    assert [(one.model.id, one.reason) for one in result.read.excluded] == [
        ("small", "context"),
        ("dark", "state"),
    ]


@given(
    st.integers(1, 10_000),
    st.integers(1, 10_000),
    st.integers(1, 100_000),
    st.decimals("0.01", 100, places=2),
)
def test_ranks_follow_tokens(first: int, second: int, characters: int, price: Decimal) -> None:
    """At one price per token, the text of fewer tokens is never dearer."""
    text = Input("t", 0, characters, {"words": exact(first), "signs": exact(second)})
    same = row(rates(str(price), str(price)))
    result = ranked(cut_by("words", same), cut_by("signs", same), text=text)
    tokens = [one.tokens.amount for one in result.lines]
    prices = [one.input.amount for one in result.lines]

    assert tokens == sorted(tokens)
    assert prices == sorted(prices)


@pytest.mark.parametrize("name", ["zh", "en", "code"])
def test_samples_are_long_and_varied(name: str) -> None:
    """Long enough to rank by, and not one sentence over and over."""
    text = bundled(f"samples/{name}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip()]

    assert 1_500 <= len(text) <= 3_500
    assert len({line.strip() for line in lines}) >= 0.8 * len(lines)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at("2026-11-22"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["prices", "rank", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize("format", ["table", "tsv", "csv", "json", "ndjson", "md"])
def test_every_format(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The three samples, each model once in each."""
    code, out, _ = run(capsys, "-m", "gpt-4o,openai/gpt-4o-mini", "--format", format)

    assert code == 0
    rows = [one for one in out.split('"notes"')[0].split("\n") if "cheapest" not in one]
    assert sum("gpt-4o-mini" in one for one in rows) == 3


@pytest.mark.usefixtures("stopped")
def test_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Amounts are texts; the rate of exchange is named."""
    options = ("--text-lang", "zh", "-m", "gpt-4o", "--currency", "yuan", "--fx", "7")
    found = json.loads(run(capsys, *options, "--format", "json")[1])

    assert found["schema"] == "llmcost.prices.rank/1"
    assert (found["currency"], found["fx"]["rate"]) == ("CNY", "7")
    (one,) = found["results"]
    assert (one["text"], one["rates"]["currency"]) == ("zh", "USD")
    assert isinstance(one["input"]["amount"], str)


@pytest.mark.usefixtures("stopped")
def test_orders(capsys: pytest.CaptureFixture[str]) -> None:
    """The rank stays that of the price of input."""
    models = ("-m", "gpt-4o,qwen-plus,alibaba/qwen-max", "--text-lang", "en")

    def column(order: str) -> list[str]:
        _, out, _ = run(capsys, *models, "--sort", order, "--format", "tsv")
        return [line.split("\t")[1] for line in out.splitlines()[1:]]

    assert column("input") == sorted(column("input"), key=int)
    for order in ("output", "rate", "tokens", "model", "provider"):
        assert sorted(column(order)) == sorted(column("input"))


@pytest.mark.usefixtures("stopped")
def test_texts_of_your_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file of any name; an empty one cannot be ranked by."""
    full, empty = tmp_path / "样本.txt", tmp_path / "empty.txt"
    full.write_text("价格是多少？", encoding="utf-8")
    empty.touch()

    code, out, _ = run(capsys, "--text", str(full), "-m", "qwen-max", "--format", "json")
    assert code == 0
    assert json.loads(out)["texts"] == [{"name": str(full), "bytes": 18, "characters": 6}]
    code, out, error = run(capsys, "--text", str(empty))
    assert (code, out) == (1, "")
    assert "is empty" in error


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--text", "a.txt", "--text-lang", "zh"), 2, "use either --text"),
        (("--text", "missing.txt"), 1, "no such file"),
        (("--text-lang", "fr"), 2, "fr"),
        (("-m", "gtp-4o"), 1, "unknown model"),
        (("-m", "gpt-4o", "--as-of", "2020-01-01"), 1, "no model can be priced"),
    ],
)
def test_wrong_input(
    arguments: tuple[str, ...], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error and no traceback."""
    found, _, error = run(capsys, *arguments)

    assert found == code
    assert message in error

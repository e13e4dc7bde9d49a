"""`estimate --video`: what a generated video costs, by the second or the clip."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace
from tables import band, exchange, model, rates, row, table, terms, unpriced

from llmcost.cli.app import main
from llmcost.commands.estimate.generated_video import GeneratedVideo, priced_videos, video_of
from llmcost.errors import UsageError
from llmcost.pricing.price_rows import PriceState

SECOND = model("second", row(fees={"video_second": "1000"}), kind="video")
CLIP = model("clip", row(fees={"video": "7000"}), kind="video", provider="globex")
TOKENS = model("tokens", row(band(rates("1", "1"))), kind="video")
GIVEN = model("given", unpriced(PriceState.FREE), kind="video")


@pytest.mark.parametrize(
    ("text", "seconds", "size"),
    [
        ("10s", "10", ""),
        ("10s,720p", "10", "720p"),
        ("2.5 sec, 1280x720", "2.5", "1280x720"),
        ("10秒,4K", "10", "4k"),
    ],
)
def test_a_video_is_seconds_and_a_size(text: str, seconds: str, size: str) -> None:
    assert video_of(text) == GeneratedVideo(Decimal(seconds), size)


@pytest.mark.parametrize("text", ["", "10", "0s", "-1s", "10s,", "10s,big", "10m", "99999999s"])
def test_what_is_no_video_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--video"):
        video_of(text)


def test_models_are_sold_by_the_second_or_the_clip() -> None:
    """100 videos of 10 seconds: 1 yuan a second, 7 dollars a clip at 7 yuan; tokens of a video are
    not known, and what is free has no rank."""
    models = [CLIP, TOKENS, GIVEN, SECOND]
    asked = terms(calls=100)
    lines, excluded = priced_videos(
        GeneratedVideo(Decimal(10)), table(*models), models, asked, exchange()
    )

    found = [(one.model.id, one.rank, one.cost.amount, one.unit) for one in lines]
    assert found == [
        ("second", 1, Decimal(1000), "video_second"),
        ("clip", 2, Decimal(4900), "video"),
        ("given", 0, Decimal(0), ""),
    ]
    assert [one.model.id for one in excluded] == ["tokens"]


def test_a_discount_and_tax_are_on_videos_too() -> None:
    half = replace(SECOND, discount=Decimal("0.5"))
    asked = terms(tax=Decimal("0.06"))
    (line,), _ = priced_videos(GeneratedVideo(Decimal(10)), table(half), [half], asked, exchange())

    assert line.native.amount == Decimal("5.3")
    assert line.row.checked == date(2026, 11, 22)


def test_there_is_no_page_of_a_video(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "--video", "10s", "--format", "html"]) == 2
    assert capsys.readouterr().err.startswith("error: --format html has no effect with --video")

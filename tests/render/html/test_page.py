"""Pages: one file without any network, in which no text acts, with every row of the result."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import COMMANDS, WORKLOAD, page_of, printed

from llmcost import language
from llmcost.cli.app import main
from llmcost.messages import visible
from llmcost.render.chart import STEEP
from llmcost.render.html.bars import axis_of, close_axis_of, columns_of, cut
from llmcost.render.html.lines import Dot, Trace, lines, spaced
from llmcost.render.html.page import el, linked, written
from llmcost.render.html.sortable_table import FEW, HtmlColumn, from_grid, number, table
from llmcost.render.table import Column as Titled
from llmcost.render.table import grid

VOID = {"meta", "link", "br", "input", "img", "hr"}
Run = Callable[..., str]


class Tree(HTMLParser):
    """A page as a tree; refuses what is not nested well, as a browser would not."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("page")
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len({*names})
        found = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].append(found)
        if tag not in VOID:
            self.open.append(found)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        parent = self.open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + data
        else:
            parent.text = (parent.text or "") + data


def tree(text: str) -> Element:
    return Tree(text).root


def text_of(element: Element) -> str:
    return "".join(element.itertext())


def rows_of(page: Element, name: str) -> list[list[tuple[str, str]]]:
    """The cells of a table: what is shown, and the number behind it."""
    box = next(one for one in page.iter("div") if one.get("id") == name)
    body = next(box.iter("tbody"))
    return [
        [
            (text_of(cell), next((one.get("value", "") for one in cell.iter("data")), ""))
            for cell in row
        ]
        for row in body
    ]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return partial(printed, tmp_path)


# --- one file, without network -------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_is_well_formed_and_loads_nothing(run: Run, name: str) -> None:
    text = run(*COMMANDS[name])
    assert text.isascii()
    page = tree(text)
    loading = {"src", "srcset", "data", "action", "poster", "background", "xlink:href", "style"}
    for one in page.iter():
        assert not loading & {*one.attrib}
        assert not any(key.startswith("on") for key in one.attrib)
        assert one.tag not in ("link", "img", "iframe", "object", "embed", "form", "base")
        if "href" in one.attrib:
            assert one.tag == "a"
            assert one.get("href", "").startswith(("#", "https://", "http://"))
    assert not re.search(r"url\(|@import|@font-face", text)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_policy_names_the_script_and_the_style_of_the_page(run: Run, name: str) -> None:
    text = run(*COMMANDS[name])
    policy = next(
        one.get("content", "")
        for one in tree(text).iter("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", COMMANDS)
def test_references_lead_to_one_place_of_the_page(run: Run, name: str) -> None:
    page = tree(run(*COMMANDS[name]))
    ids = [one.get("id") for one in page.iter() if "id" in one.attrib]
    assert len(ids) == len({*ids})
    anchors = [one.get("href", "")[1:] for one in page.iter("a") if one.get("href", "")[0] == "#"]
    words = [name for one in page.iter() for name in one.get("aria-labelledby", "").split()]
    labels = [one.get("for", "") for one in page.iter("label")]
    assert {*anchors, *words, *labels} <= {*ids}


def test_the_shipped_table_makes_a_page_of_less_than_a_megabyte(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("model,score,source\nqwen-plus,70,s\ngpt-5.1,80,s\n")
    text = tmp_path / "text.txt"
    text.write_text("What does this cost?")
    asked = ["estimate", str(text), "--all", "--as-of", "2026-11-22", "--quality", str(scores)]
    assert main([*asked, "--format", "html"]) == 0
    page = capsys.readouterr().out
    assert len(rows_of(tree(page), "models")) > 400
    assert len(page) < 1_000_000


# --- every row, every amount ---------------------------------------------------------------------


def values(page: Element, name: str) -> list[tuple[str, ...]]:
    return [tuple(value for _, value in row) for row in rows_of(page, name)]


def results(run: Run, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(*COMMANDS[name], format="json"))["results"]
    assert found
    return found


def test_an_estimate_has_every_row_with_all_digits(run: Run) -> None:
    page = tree(run(*COMMANDS["estimate"]))
    expected = results(run, "estimate")
    rows = rows_of(page, "models")
    assert [row[1][0] for row in rows] == [one["model"] for one in expected]
    for row, one in zip(rows, expected, strict=True):
        numbers = {str(one["rank"] or ""), str(one["tokens"]["count"]), one["native"]["amount"]}
        assert numbers <= {value for _, value in row}
        assert one["provider"] in {text for text, _ in row}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("budget", lambda one: [one["native"]["amount"], str(one["max_mau"])]),
        ("bought", lambda one: [str(one["input_only"]["tokens"]), str(one["mixed"]["tokens"])]),
        ("carried", lambda one: [str(one["max_mau"])]),
        ("forecast", lambda one: [one["total"]["amount"], one["months"][0]["cost"]]),
    ],
)
def test_a_plan_has_every_row_with_all_digits(
    run: Run, name: str, found: Callable[[dict[str, Any]], list[str]]
) -> None:
    page = tree(run(*COMMANDS[name]))
    rows = rows_of(page, "models-0")
    expected = results(run, name)
    assert [row[1][0] for row in rows] == [one["model"] for one in expected]
    for row, one in zip(rows, expected, strict=True):
        assert {*found(one)} - {"None"} <= {value for _, value in row}


def test_a_history_has_every_step(run: Run) -> None:
    page = tree(run(*COMMANDS["history"]))
    for index, one in enumerate(results(run, "history")):
        rows = rows_of(page, f"history-{index}-steps")
        assert [row[0][0] for row in rows] == [step["from"] for step in one["steps"]]


def test_traffic_has_every_row_and_every_other_model(run: Run) -> None:
    document = json.loads(run(*COMMANDS["usage"], format="json"))
    page = tree(run(*COMMANDS["usage"]))
    shown = [(row[0][0], row[1][0].split("/")[-1], row[-1][1]) for row in rows_of(page, "logged")]
    assert shown == [
        (one["day"], one["model"], one["cost"]["amount"] if one["cost"] else "")
        for one in document["results"]
    ]
    other = [(row[0][0], row[2][1]) for row in rows_of(page, "elsewhere")]
    assert other == [
        (f"{one['provider']}/{one['model']}", one["cost"]["amount"]) for one in document["what_if"]
    ]
    assert [row[0][0] for row in rows_of(page, "gaps")] == ["nobody"]


def test_a_forecast_has_a_band_where_tokens_are_estimated(run: Run) -> None:
    """Of `medium` and `dear`; the tokens of the others are counted."""
    page = tree(run(*COMMANDS["forecast"]))
    bands = [one for one in page.iter("path") if one.get("class", "").startswith("band")]
    assert len(bands) == 2


def test_what_was_left_out_is_there_with_its_reason(run: Run) -> None:
    page = tree(run(*COMMANDS["estimate"]))
    document = json.loads(run(*COMMANDS["estimate"], format="json"))
    rows = [(row[0][0], row[3][0]) for row in rows_of(page, "excluded")]
    assert rows == [(one["model"], one["detail"]) for one in document["excluded"]]


def test_scores_stand_beside_costs_and_their_lack_is_told(run: Run) -> None:
    page = tree(run(*COMMANDS["estimate"], "--quality", "scores.csv"))
    heads = [text_of(one) for one in next(page.iter("thead")).iter("th")]
    column = heads.index("quality")
    found = {row[1][0]: row[column] for row in rows_of(page, "models")}
    assert (found.pop("small"), found.pop("dear")) == (("70.5", "70.5"), ("90", "90"))
    assert {*found.values()} == {("none", "")}
    assert "In your file, but not among these models: nobody" in text_of(page)
    assert "https://example.org/x" in [one.get("href") for one in page.iter("a")]


def test_scores_that_are_not_there_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "text.txt", "--quality", "q.csv", "--format", "json"]) == 1
    assert capsys.readouterr().err.startswith("error: cannot read the scores `q.csv`")


def test_a_command_without_a_page_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "gpt-4o", "--format", "html"]) == 2
    assert "error: this command has no HTML report" in capsys.readouterr().err


# --- text stays text -----------------------------------------------------------------------------

HOSTILE = st.text(max_size=40) | st.sampled_from(
    [
        "</script><script>alert(1)</script>",
        "</style><img src=x onerror=alert(1)>",
        '" onmouseover="alert(1)',
        "' autofocus onfocus='alert(1)",
        "javascript:alert(1)",
        "<!--",
        "]]>",
        "&lt;b&gt;",
        "\x00\x1b[31m\u202e",
        "{{7*7}}",
        "\ud800",
        "a\r\nb",
    ]
)


def shape(element: Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Tags and names of attributes, without the links and the options that a text may add."""
    for one in element.iter():
        if one.tag not in ("a", "option"):
            yield one.tag, tuple(sorted({*one.attrib} - {"value"}))


PLAIN = [*shape(tree(written(page_of("x"))))]


@given(HOSTILE)
@settings(max_examples=60)
def test_no_text_becomes_markup(text: str) -> None:
    page = tree(written(page_of("x" + text)))
    assert [*shape(page)] == PLAIN
    assert visible("x" + text) in text_of(next(page.iter("h1")))


@given(HOSTILE)
def test_texts_come_out_as_they_went_in(text: str) -> None:
    found = el("p", *linked(text))
    assert text_of(found) == visible(text)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("https://example.org/a?b=1&c=2", ["https://example.org/a?b=1&c=2"]),
        ("see (http://example.org), then", ["http://example.org"]),
        ("two https://a.org https://b.org", ["https://a.org", "https://b.org"]),
        ("javascript:alert(1)", []),
        ("JAVASCRIPT:alert(1) data:text/html,x", []),
        ("ftp://example.org file:///etc/passwd //example.org", []),
        ("https:// http:///x", []),
        ("https://example.org@evil.test/", []),
        ("xhttps://example.org", []),
    ],
)
def test_only_web_addresses_become_links(text: str, addresses: list[str]) -> None:
    links = [*el("p", *linked(text)).iter("a")]
    assert [one.get("href") for one in links] == addresses
    assert {one.get("rel") for one in links} <= {"noopener noreferrer"}


# --- axes ----------------------------------------------------------------------------------------

AMOUNTS = st.lists(st.decimals("0.0001", 100_000, places=4), min_size=1, max_size=9)


@given(AMOUNTS)
def test_an_axis_holds_all_amounts_in_their_order(amounts: list[Decimal]) -> None:
    axis = axis_of(amounts)
    shares = [axis.share(one) for one in sorted(amounts)]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    assert axis.is_log == (max(amounts) > STEEP * min(amounts))
    assert 2 <= len(axis.ticks()) <= 12


@given(AMOUNTS)
def test_an_axis_of_scores_is_round_and_holds_them(scores: list[Decimal]) -> None:
    axis = close_axis_of(scores)
    ticks = axis.scale.ticks
    assert ticks[0] <= min(scores) <= max(scores) <= ticks[-1]
    assert 2 <= len(ticks) <= 9
    assert {one - other for one, other in zip(ticks[1:], ticks, strict=False)} == {
        ticks[1] - ticks[0]
    }


def test_zero_has_a_place_on_a_logarithmic_axis() -> None:
    axis = axis_of([Decimal(0), Decimal("0.001"), Decimal(1)])
    assert axis.is_log
    assert axis.share(Decimal(0)) == 0 < axis.share(Decimal("0.001")) < axis.share(Decimal(1))


@given(st.text(alphabet="ab模型", max_size=30), st.integers(2, 20))
def test_a_name_is_cut_to_its_room(text: str, most: int) -> None:
    found = cut(text, most)
    assert columns_of(found) <= most
    assert found == text or (found.endswith("…") and text.startswith(found[:-1]))


def test_more_lines_than_colours_are_refused() -> None:
    trace = Trace("a", (Dot(0.0, Decimal(1)),))
    with pytest.raises(ValueError, match="7 traces"):
        lines("x", "x", "x", [trace] * 7, [], "")


def test_a_grid_of_finished_text_is_sorted_by_what_it_shows() -> None:
    shown = grid([Titled("model"), Titled("cost", right=True)], [["a", "¥1,200.50"], ["b", "free"]])
    cells = [*from_grid("t", "t", shown).iter("td")]
    assert [one.get("value") for cell in cells for one in cell.iter("data")] == ["1200.5"]


def test_few_rows_have_no_filter_and_many_have_one() -> None:
    def tools(count: int) -> int:
        rows = [[number(str(at), at)] for at in range(count)]
        found = table("t", "t", [HtmlColumn("n", number=True)], rows)
        return sum(1 for one in found.iter("input"))

    assert (tools(FEW), tools(FEW + 1)) == (0, 1)


@pytest.mark.parametrize(
    ("amounts", "labels"),
    [
        (["0.0031"], ["¥0", "¥0.001", "¥0.002", "¥0.003", "¥0.004"]),
        (["0.001", "1"], ["¥0.001", "¥0.01", "¥0.1", "¥1"]),
        (["31000000"], ["¥0", "¥10 million", "¥20 million", "¥30 million", "¥40 million"]),
        (["0"], ["¥0"]),
    ],
)
def test_ticks_are_round_and_short(amounts: list[str], labels: list[str]) -> None:
    assert [label for _, label in axis_of(map(Decimal, amounts), "¥").ticks()] == labels


def test_a_page_says_its_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tree(run(*COMMANDS["history"])).find("html").get("lang") == "en"  # type: ignore[union-attr]
    monkeypatch.setattr(language, "_language", "zh")
    assert '<html lang="zh-Hans">' in written(page_of("x"))


@pytest.mark.parametrize(("words", "sorts"), [((), "ascending"), (("--sort", "model"), None)])
def test_the_order_of_the_rows_is_told(run: Run, words: tuple[str, ...], sorts: str | None) -> None:
    page = tree(run(*COMMANDS["estimate"], *words))
    assert next(page.iter("th")).get("aria-sort") == sorts


@pytest.mark.parametrize(
    "words",
    [
        ("estimate", "text.txt", "-m", "gift"),
        ("estimate", "text.txt", "--top", "1"),
        ("estimate", "text.txt", "scores.csv", "--per-file", "--currency", "USD"),
        ("budget", "-m", "gift", "--yuan", "10"),
        ("budget", "-m", "gift", "--yuan", "10", *WORKLOAD),
        ("budget", "--yuan", "0.01", *WORKLOAD),
        (
            *("budget", "--mau", "1000", "--yuan", "5", "--spread", "1.5", *WORKLOAD),
            *("--revenue-per-user", "2 USD"),
        ),
        ("forecast", "-m", "gift", "--mau", "10", "--months", "1", *WORKLOAD),
        ("forecast", "-m", "export", "--mau", "10", "--months", "8", *WORKLOAD),
        ("prices", "history", "secret"),
        ("prices", "history", "gift"),
    ],
)
def test_odd_questions_have_pages_too(run: Run, words: tuple[str, ...]) -> None:
    page = tree(run(*words))
    assert text_of(next(page.iter("h1")))
    assert [*page.iter("tbody")]


@pytest.mark.parametrize(
    ("shares", "shown"),
    [
        ([0.0, 0.27, 0.54, 0.82, 1.0], [0.0, 0.54, 1.0]),
        ([0.0, 0.5, 1.0], [0.0, 0.5, 1.0]),
        ([0.0, 0.1, 1.0], [0.0, 1.0]),
        ([0.0, 1.0], [0.0, 1.0]),
        ([0.5], [0.5]),
        ([], []),
    ],
)
def test_labels_of_the_time_have_room_on_a_phone(shares: list[float], shown: list[float]) -> None:
    assert [share for share, _ in spaced([(share, "2026-11") for share in shares])] == shown

"""What a tracker's file adds to the table, what is flagged, and that nothing old is touched."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import TRACKERS
from tables import PROVIDERS, at, band, model, rates, row

from llmcost.cli.app import main
from llmcost.errors import BadPriceFile
from llmcost.price_data.parser import parse_table
from llmcost.price_data.trackers.matching import TrackerEntry, TrackerListing
from llmcost.price_data.trackers.proposal import Finding, FindingKind, propose
from llmcost.price_data.trackers.yaml_writer import added
from llmcost.pricing.price_rows import Alias, Band, Model, PriceRow, Prices, PriceTable
from llmcost.runtime import clock

NOW = at("2026-11-22")


def entry(id: str = "m", price: Prices | None = None, **others: object) -> TrackerEntry:
    """An entry of `globex`, which bills in dollars."""
    bands = (Band(price if price is not None else rates("1", "4")),)
    return TrackerEntry(**{"provider": "globex", "id": id, "bands": bands, **others})  # type: ignore[arg-type]


def ours(*rows: PriceRow, id: str = "m", **others: object) -> Model:
    plain = row(rates("1", "4"), checked="2026-11-01")
    return model(id, *(rows or (plain,)), provider="globex", **others)  # type: ignore[arg-type]


def findings(models: list[Model], *entries: TrackerEntry) -> list[Finding]:
    table = PriceTable(PROVIDERS, tuple(models))
    return list(propose(table, TrackerListing("list", "list.json", entries), NOW).findings)


def only(models: list[Model], *entries: TrackerEntry) -> Finding:
    (found,) = findings(models, *entries)
    return found


KINDS = [
    ("the same", [ours()], entry(), FindingKind.AGREES),
    ("within half a percent", [ours()], entry(price=rates("1.004", "4")), FindingKind.AGREES),
    ("beyond it", [ours()], entry(price=rates("1.006", "4")), FindingKind.ROW),
    ("an item that we lack", [ours()], entry(price=rates("1", "4", "0.1")), FindingKind.AGREES),
    ("another spelling", [ours(id="m-1.5")], entry("m-1-5"), FindingKind.AGREES),
    ("a version of ours", [ours()], entry("m-2026-05-01"), FindingKind.AGREES),
    (
        "a version at another price",
        [ours()],
        entry("m-2026-05-01", rates("9", "9")),
        FindingKind.MODEL,
    ),
    ("unknown", [ours()], entry("n"), FindingKind.MODEL),
    (
        "read by us on that day",
        [ours(row(rates("2", "4"), checked="2026-11-22"))],
        entry(),
        FindingKind.DISAGREES,
    ),
    ("no price", [ours()], entry(bands=()), FindingKind.NO_PRICE),
    ("gone with us", [ours(retired="2026-01-01")], entry(price=rates("9", "9")), FindingKind.GONE),
    ("gone with them", [], entry(retired=at("2026-01-01").date()), FindingKind.GONE),
    (
        "bills in yuan",
        [model("m", row(rates("7", "7")))],
        entry(provider="acme"),
        FindingKind.NOT_COMPARABLE,
    ),
]


@pytest.mark.parametrize(
    ("models", "one", "kind"), [k[1:] for k in KINDS], ids=[k[0] for k in KINDS]
)
def test_kinds(models: list[Model], one: TrackerEntry, kind: FindingKind) -> None:
    assert only(models, one).kind is kind


FLAGS = [
    ("zero", [ours()], entry(price=rates("0", "0")), "zero: a placeholder"),
    ("zero of a new model", [], entry(price=rates("0", "0")), "zero: a placeholder"),
    ("hundredfold", [ours()], entry(price=rates("100", "400")), "hundredfold: input x 100"),
    ("a hundredth", [ours()], entry(price=rates("0.01", "0.04")), "hundredfold: input x 1/100"),
    ("per token", [], entry(price=rates("0.000001", "0.000004")), "implausible: input at 0.000001"),
    (
        "corrected before",
        [ours(corrections=("2 in one list",))],
        entry(price=rates("2", "4")),
        "known to be wrong: 2 in one list",
    ),
    (
        "moved alias",
        [ours(aliases=(Alias("m-latest", start=at("2026-06-01").date()),))],
        entry("m-latest", rates("2", "8")),
        "moved alias: `m-latest` means m only",
    ),
    (
        "an alias of the past",
        [ours(aliases=(Alias("m-latest", end=at("2026-06-01").date()),))],
        entry("m-latest", rates("2", "8")),
        "moved alias: `m-latest` was a name of m",
    ),
    (
        "late",
        [ours(row(rates("2", "8")), row(rates("1", "4"), start="2026-01-01"))],
        entry(price=rates("2", "8")),
        "our price from 2024-01-01 on, not of this day",
    ),
    (
        "announced",
        [ours(row(rates("1", "4")), row(rates("2", "9"), start="2026-12-01"))],
        entry(price=rates("3", "8")),
        "our last row is of 2026-12-01",
    ),
]


@pytest.mark.parametrize(
    ("models", "one", "flag"), [f[1:] for f in FLAGS], ids=[f[0] for f in FLAGS]
)
def test_what_needs_a_second_look_is_never_written(
    models: list[Model], one: TrackerEntry, flag: str
) -> None:
    found = only(models, one)

    assert any(text.startswith(flag) for text in found.flags), found.flags
    assert not found.is_accepted


def test_a_resellers_entry_is_only_counted() -> None:
    proposal = propose(
        PriceTable(PROVIDERS, ()),
        TrackerListing("list", "f", (TrackerEntry("", "x"), TrackerEntry("", "x"))),
        NOW,
    )

    assert (proposal.findings, proposal.others) == ((), 2)


def test_a_row_is_of_the_trackers_day_or_of_the_day_read() -> None:
    dated = only([ours()], entry(price=rates("2", "8"), start=at("2026-11-15").date())).row
    undated = only([ours()], entry(price=rates("2", "8"))).row

    assert dated is not None
    assert undated is not None
    assert (str(dated.start), dated.note) == ("2026-11-15", "")
    assert (str(undated.start), undated.note) == (
        "2026-11-22",
        "weak: on or before; read in a tracker",
    )


def test_bands_of_nearly_the_same_size_are_one() -> None:
    """262,144 is the 256k of another."""
    two = (band(rates("1", "4"), input=256_000), Band(rates("2", "8")))
    same = (band(rates("1", "4"), input=262_144), Band(rates("2", "8")))

    assert only([ours(row(*two))], entry(bands=same)).kind is FindingKind.AGREES


# what is written

ROW = "{from: 2026-01-01, input: 1, output: 4, source: a letter, checked: 2026-01-02}"
READ = "source: a letter\n  checked: 2026-01-02"
LAYOUTS = [
    f"- {ROW}",
    f"- from: 2026-01-01\n  input: 1\n  output: 4 # per million\n  {READ}",
    f"- {ROW} # in one line".replace(", output", ",\n   output"),
    "- from: 2026-01-01\n  bands:\n    - {input_up_to: 9, input: 1, output: 4}\n"
    f"    - {{input: 2, output: 4}}\n  {READ}",
]
TAILS = ["", "\n", "\n# a remark\n", "\n\n   # and another\n\n"]


def indent(text: str, columns: int) -> str:
    return "\n".join(" " * columns + line if line else line for line in text.split("\n"))


@st.composite
def files(draw: st.DrawFn) -> str:
    """A price file with the freedoms that people take: indents, remarks, line ends, row layouts."""
    step = draw(st.sampled_from([0, 2, 4]))
    lines = ["# ours", "schema: 1", "providers:"]
    for provider in draw(st.sampled_from([["a"], ["a", "b"], ["b", "a"]])):
        lines += [indent(f"- id: {provider}\n  name: Globex\n  currency: USD\n  models:", step)]
        for one in range(draw(st.integers(1, 3))):
            text = f"- id: m{one}\n  tokenizer: qwen\n  prices:\n" + indent(
                draw(st.sampled_from(LAYOUTS)), 2 + step
            )
            lines.append(indent(text, step + 2 + step) + draw(st.sampled_from(TAILS)).rstrip(" "))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return "\n".join(lines).replace("\n", end) + draw(st.sampled_from(["", end]))


@st.composite
def proposals(draw: st.DrawFn) -> list[Finding]:
    names = st.tuples(st.sampled_from("abc"), st.sampled_from(["m0", "m1", "new", "9", "null"]))
    price = st.decimals("0.001", "5000", places=3).filter(bool)
    found = []
    for provider, id in sorted(draw(st.sets(names, min_size=1))):
        sets = [{"input": draw(price), "output": draw(price), "cache_write.1h": draw(price)}]
        bands = tuple(Band(one) for one in sets)
        if draw(st.booleans()):
            bands = (band(rates("1", "2"), input=1000), *bands)
        new = PriceRow(
            NOW.date(), draw(st.text("a:#'\"{}[], -é", min_size=1)) + "x", NOW.date(), bands=bands
        )
        one = TrackerEntry(provider, id, bands)
        found.append(Finding(kind=FindingKind.ROW, entry=one, row=new))
    return found


def read(text: bytes, base: PriceTable | None = None) -> dict[str, Model]:
    base = base or PriceTable(dict.fromkeys("abc", PROVIDERS["globex"]), ())
    table = parse_table(Path("f.yaml"), text, ["qwen", "unknown"], base)
    return {one.key: one for one in table.models}


@given(files(), proposals())
def test_a_proposal_adds_its_rows_and_leaves_every_line_as_it_is(
    text: str, found: list[Finding]
) -> None:
    """Without the new lines it is the old file, byte for byte; a last line gets its end."""
    old = text.encode()
    new = added(Path("f.yaml"), old, found)

    remaining = iter(new.splitlines(keepends=True))
    assert all(
        any(line.rstrip(b"\r\n") == other.rstrip(b"\r\n") for other in remaining)
        for line in old.splitlines(keepends=True)
    )
    before, after = read(old), read(new)
    expected = {key: one.prices for key, one in before.items()}
    for one in found:
        assert one.row is not None
        key = f"{one.entry.provider}/{one.entry.id}"
        folded = " ".join(one.row.source.split())
        written = PriceRow(one.row.start, folded, one.row.checked, bands=one.row.bands)
        expected[key] = (*expected.get(key, ()), written)
    assert {key: one.prices for key, one in after.items()} == expected


@pytest.mark.parametrize(
    "text",
    [
        f"schema: 1\nproviders: [{{id: globex, models: [{{id: m, prices: [{ROW}]}}]}}]",
        f"schema: 1\nproviders:\n- id: globex\n  models:\n  - {{id: m, prices: [{ROW}]}}",
        "schema: 1\nproviders:\n- id: globex\n  discount: 0.5\n",
    ],
)
def test_lists_in_brackets_are_refused(text: str) -> None:
    with pytest.raises(BadPriceFile, match="nothing can be added to this list"):
        added(Path("f.yaml"), text.encode(), [only([ours()], entry(price=rates("2", "8")))])


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_new_models_of_an_empty_file_stand_in_the_order_of_the_proposal(mark: bytes) -> None:
    found = findings([], entry("a"), entry("b"))
    new = added(Path("f.yaml"), mark + b"schema: 1\nproviders:\n", found)

    assert new.startswith(mark + b"schema: 1\nproviders:\n  - id: globex\n")
    assert list(read(new, PriceTable(PROVIDERS, ()))) == ["globex/a", "globex/b"]


def test_other_encodings_are_refused() -> None:
    content = "schema: 1\nproviders:\n".encode("utf-16")
    with pytest.raises(BadPriceFile, match="not text in UTF-8"):
        added(Path("f.yaml"), content, findings([], entry("a")))


# the command


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def run(*words: str) -> int:
    return main(["prices", "import", *words, "--prices", str(TRACKERS / "ours.yaml")])


def test_apply_keeps_the_file_and_adds_the_rows(tmp_path: Path) -> None:
    target = tmp_path / "own.yaml"
    old = (TRACKERS / "ours.yaml").read_text(encoding="utf-8")
    target.write_text(old, encoding="utf-8")

    assert run(str(TRACKERS / "litellm.json"), "--apply", str(target)) == 0
    new = target.read_text(encoding="utf-8")
    remaining = iter(new.splitlines())
    assert all(any(line == other for other in remaining) for line in old.splitlines())
    assert "input: 0.8, output: 4, cache_read: 0.1" in new
    assert len(new.splitlines()) == len(old.splitlines()) + 7  # a row, and a model of six lines
    assert list(tmp_path.iterdir()) == [target]


def test_a_second_run_adds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "own.yaml"
    target.write_bytes((TRACKERS / "ours.yaml").read_bytes())
    words = [
        "prices",
        "import",
        str(TRACKERS / "litellm.json"),
        "--apply",
        str(target),
        "--prices",
        str(target),
    ]
    assert main(words) == 0
    once = target.read_bytes()

    assert main(words) == 0
    assert target.read_bytes() == once
    assert "nothing to write" in capsys.readouterr().err


def test_a_proposal_is_a_price_file_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "proposal.yaml"
    assert run(str(TRACKERS / "litellm.json"), "-o", str(path), "-m", "nimbus-1") == 0
    capsys.readouterr()

    assert main(["prices", "show", "nimbus-1", "--prices", str(path), "--format", "tsv"]) == 0
    shown = capsys.readouterr().out
    assert "\t0.8\t" in shown
    assert "litellm: litellm.json (2026-11-22)\t2026-11-22" in shown


FAILURES = [
    (["--from", "openrouter", str(TRACKERS / "litellm.json")], 1, "expected a file of openrouter"),
    (["missing.json"], 1, "cannot read"),
    (["http://prices.example/api.json"], 2, "not HTTPS"),
    ([str(TRACKERS / "litellm.json"), "-o", str(TRACKERS / "ours.yaml")], 2, "already exists"),
    ([str(TRACKERS / "litellm.json"), "--apply", str(TRACKERS / "genai.json")], 1, "genai.json:1"),
]


@pytest.mark.parametrize(("words", "code", "message"), FAILURES)
def test_failures_change_nothing(
    words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in TRACKERS.iterdir()}

    assert run(*words) == code
    assert message in capsys.readouterr().err
    assert {path: path.read_bytes() for path in TRACKERS.iterdir()} == before

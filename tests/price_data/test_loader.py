"""The compiled price table: whatever becomes of it, prices are right and nothing fails."""

import os
import sys
import tempfile
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import at, band, model, rates, row, table, unpriced

from llmcost.files import cache_folder
from llmcost.price_data import loader as cache
from llmcost.price_data import loader as load
from llmcost.price_data.rows import is_later
from llmcost.pricing.catalog import row_at
from llmcost.pricing.price_rows import Alias, PriceRow, PriceState, PriceTable

TABLE = table(
    model(
        "small",
        row(rates("0.80", "2", "0.000001"), start="2024-05-20", until="2025-01-01"),
        row(band("1", input=10, output=5), band("2"), start="2025-05-21T20:15:00+08:00"),
        unpriced(PriceState.FREE, start="2026-01-01", note="元"),
        aliases=(Alias("s"),),
        retired="2027-01-01",
        context=1000,
    ),
    model("large", unpriced(PriceState.UNKNOWN), provider="globex"),
)
DAY = date(2026, 11, 22)
RECENT = cache.without_history(TABLE, DAY)
MADE_FROM = cache.identity([b"schema: 1\n"], ["words"])


def kept(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "prices"
    cache.write(path, MADE_FROM, TABLE, DAY)
    return path


def test_what_was_written_is_read(stored: Path) -> None:
    """Every value is the same, with each digit of a price and the zone of an instant."""
    found = cache.read_cached(stored, MADE_FROM, None)

    assert found == TABLE
    assert repr(found) == repr(TABLE)


def test_what_hosts_sell_is_decoded_when_it_is_needed(tmp_path: Path) -> None:
    """And stands where it stood in the file; the makers' own models do not wait for it."""
    hosted = replace(TABLE.models[0], id="hosted", serves="acme/small")
    models = (hosted, TABLE.models[0], replace(hosted, id="other"), TABLE.models[1])
    cache.write(tmp_path / "prices", MADE_FROM, replace(TABLE, listed=models), DAY)
    found = cache.read_cached(tmp_path / "prices", MADE_FROM, None)

    assert found is not None
    assert found.listed == TABLE.models
    assert found.models == models
    assert found.models is found.models


@pytest.mark.parametrize(
    ("since", "rows"),
    [
        (None, [3, 1]),
        ("2026-11-21", [3, 1]),
        ("2026-11-22", [1, 1]),
        ("2026-11-23", [1, 1]),
        ("2099-01-01", [1, 1]),
    ],
)
def test_history_is_left_out_for_days_from_the_compilation_on(
    stored: Path, since: str | None, rows: list[int]
) -> None:
    """An earlier day, and no day at all, get every row."""
    found = cache.read_cached(
        stored, MADE_FROM, None if since is None else date.fromisoformat(since)
    )

    assert found is not None
    assert [len(one.prices) for one in found.models] == rows
    assert found == (TABLE if since is None or rows[0] == 3 else RECENT)


ZONES = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
STARTS = st.dates(DAY - timedelta(6), DAY + timedelta(3)).map(date.isoformat) | st.datetimes(
    datetime(2026, 11, 16), datetime(2026, 11, 25), timezones=ZONES
).map(lambda instant: instant.replace(microsecond=0).isoformat())
UNTILS = st.none() | st.dates(DAY - timedelta(6), DAY + timedelta(9))


@given(
    st.lists(st.tuples(STARTS, UNTILS), max_size=5),
    st.datetimes(datetime(2026, 11, 22), datetime(2026, 11, 25), timezones=ZONES),
)
@example(  # half past ten in the first zone's new day is an hour before the last zone's midnight
    [("2026-01-01", None), ("2026-11-20T23:30:00-12:00", None)],
    datetime(2026, 11, 22, tzinfo=timezone(timedelta(hours=14))),
)
def test_without_history_every_later_instant_has_the_same_row(
    history: list[tuple[str, date | None]], when: datetime
) -> None:
    """Whatever zones the row and the instant are told in."""
    rows: list[PriceRow] = []
    for start, until in sorted(history, key=lambda one: one[0]):
        one = replace(row(rates("1", "2"), start=start), until=until)
        if not rows or is_later(one, rows[-1]):
            rows.append(one)
    whole = table(model("m", *rows))
    part = cache.without_history(whole, DAY)

    assert row_at(part.models[0], when) == row_at(whole.models[0], when)


def test_nothing_is_left_beside_it(stored: Path) -> None:
    """The file that is written first is renamed."""
    assert kept(stored.parent) == [stored.name]


def test_without_a_cache_there_is_none(tmp_path: Path) -> None:
    """Missing is not an error."""
    assert cache.read_cached(tmp_path / "none", MADE_FROM, None) is None


@pytest.mark.parametrize(
    ("contents", "tokenizers"),
    [
        pytest.param([b"schema: 2\n"], ["words"], id="another byte"),
        pytest.param([b"schema: 1"], ["words"], id="a byte less"),
        pytest.param([b"schema: 1\n", b""], ["words"], id="an empty file more"),
        pytest.param([b"schema:", b" 1\n"], ["words"], id="cut in two"),
        pytest.param([], ["words"], id="no file"),
        pytest.param([b"schema: 1\n"], ["words", "letters"], id="a tokenizer more"),
        pytest.param([b"schema: 1\n"], [], id="no tokenizer"),
    ],
)
def test_a_cache_of_something_else_is_stale(
    stored: Path, contents: list[bytes], tokenizers: list[str]
) -> None:
    """Any byte of any file counts, and so do the tokenizers that were known."""
    assert cache.read_cached(stored, cache.identity(contents, tokenizers), None) is None


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_change_of_one_byte_is_another_identity(content: bytes, data: st.DataObject) -> None:
    """Wherever it is and whatever it becomes."""
    place = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda value: value != content[place]))
    changed = content[:place] + bytes([other]) + content[place + 1 :]

    assert cache.identity([changed], []) != cache.identity([content], [])


def test_a_cache_of_another_version_is_stale(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version of the program is a part of the identity."""
    monkeypatch.setattr(cache, "FORMAT", b"llmcost 0.0.0 prices 0\n")

    assert cache.read_cached(stored, cache.identity([b"schema: 1\n"], ["words"]), None) is None


def test_a_cache_cut_anywhere_is_no_cache(stored: Path) -> None:
    """A disk that was full, or a process that was killed."""
    for length in reversed(range(stored.stat().st_size)):
        os.truncate(stored, length)
        assert cache.read_cached(stored, MADE_FROM, None) is None


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "prices"


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=4))
def test_a_damaged_cache_is_no_cache(damaged: Path, flips: list[tuple[int, int]]) -> None:
    """Whichever bytes are flipped: the right table or none, and so for its recent part."""
    cache.write(damaged, MADE_FROM, TABLE, DAY)
    content = bytearray(damaged.read_bytes())
    for place, bits in flips:
        content[place % len(content)] ^= bits
    damaged.write_bytes(content)

    assert cache.read_cached(damaged, MADE_FROM, None) in (None, TABLE)
    assert cache.read_cached(damaged, MADE_FROM, DAY) in (None, RECENT)


def test_a_damaged_day_serves_no_part_that_lacks_rows(stored: Path) -> None:
    """The day says which part will do, so the checksums of the parts hold it too."""
    content = stored.read_bytes()
    stored.write_bytes(content.replace(b"\n2026-11-22 ", b"\n2024-11-22 ", 1))

    assert stored.read_bytes() != content
    assert cache.read_cached(stored, MADE_FROM, date(2025, 1, 1)) is None
    assert cache.read_cached(stored, MADE_FROM, None) is None


@given(st.binary(max_size=300))
def test_any_file_at_its_place_is_no_cache(damaged: Path, content: bytes) -> None:
    """Even one with the right head and checksum."""
    checksum = cache.checksum(str(DAY), content)
    head = f"{DAY} {len(content)} {checksum} {checksum}\n".encode()
    for found in (content, MADE_FROM + head + content + content):
        damaged.write_bytes(found)
        assert cache.read_cached(damaged, MADE_FROM, None) is None
        assert cache.read_cached(damaged, MADE_FROM, DAY) is None


def test_a_folder_at_its_place_is_no_cache(tmp_path: Path) -> None:
    """Neither reading nor writing fails."""
    path = tmp_path / "prices"
    path.mkdir()
    cache.write(path, MADE_FROM, TABLE, DAY)

    assert cache.read_cached(path, MADE_FROM, None) is None
    assert kept(tmp_path) == ["prices"]


# --- through the door that the commands use -----------------------------------------------------

PRICES = """\
schema: 1
providers:
  - id: acme
    name: Acme
    currency: CNY
    models:
      - id: small
        tokenizer: words
        prices:
          - {{from: 2024-05-21T20:15:00+08:00, input: {price}, output: 2,
             source: s, checked: 2024-05-21}}
"""


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A price file in the place of ours, and an empty cache folder."""
    path = tmp_path / "prices.yaml"
    path.write_text(PRICES.format(price="1"))
    monkeypatch.setattr(load, "bundled", path.with_name)
    monkeypatch.setenv("LLMCOST_CACHE_DIR", str(tmp_path / "cache"))
    return path


def loaded() -> PriceTable:
    return load.load(["words"], [], DAY)


def price() -> str:
    found = row_at(loaded().models[0], at("2026-11-22"))
    assert found is not None
    return str(found.bands[0].prices["input"])


def test_the_second_run_reads_what_the_first_compiled(
    bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """YAML is parsed once, and the answer is the same to the letter."""
    first = loaded()
    monkeypatch.setattr(load, "compile_table", None)

    assert repr(loaded()) == repr(first)
    assert len(kept(tmp_path / "cache")) == 1


def test_a_changed_file_is_compiled_anew(bundled: Path) -> None:
    """Even if its size and its time are the same."""
    before = bundled.stat()
    assert price() == "1"
    bundled.write_text(PRICES.format(price="3"))
    os.utime(bundled, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert price() == "3"


def test_each_choice_of_files_has_its_own_cache(bundled: Path, tmp_path: Path) -> None:
    """One's own price file does not displace the table without it."""
    own = tmp_path / "own.yaml"
    own.write_text(PRICES.format(price="9"))
    found = load.load(["words"], [own], DAY)

    assert str(found.models[0].prices[0].bands[0].prices["input"]) == "9"
    assert price() == "1"
    assert len(kept(tmp_path / "cache")) == 2


def test_a_cache_folder_that_is_a_file_costs_only_time(bundled: Path, tmp_path: Path) -> None:
    """Nothing can be written below a file."""
    (tmp_path / "cache").write_text("in the way")

    assert price() == price() == "1"


def test_a_cache_folder_that_cannot_be_written_costs_only_time(
    bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container with a read-only disk."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)

    assert price() == price() == "1"
    assert kept(tmp_path / "cache") == []


def test_a_full_disk_leaves_nothing_behind(
    bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a file is removed again."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    assert price() == "1"
    assert kept(tmp_path / "cache") == []


def test_a_damaged_cache_is_written_anew(bundled: Path, tmp_path: Path) -> None:
    """The damage is not met a second time."""
    assert price() == "1"
    (stored,) = (tmp_path / "cache").iterdir()
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-1])

    assert price() == "1"
    assert stored.read_bytes() == whole


def test_without_a_wish_the_cache_is_in_the_users_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the platform keeps such files."""
    monkeypatch.delenv("LLMCOST_CACHE_DIR")

    assert cache_folder().is_absolute()
    assert cache_folder().name == "llmcost"


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms name a folder by themselves")
def test_a_user_without_a_home_has_no_cache(bundled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container with a number for a user; prices are compiled each time."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("LLMCOST_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)

    assert price() == price() == "1"

"""The pinned world of the tests: no cache or config of the user's, no colour, no terminal width."""

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from llmcost.language import speak
from llmcost.price_data import loader
from llmcost.pricing.price_rows import PriceTable
from llmcost.runtime import clock

settings.register_profile("llmcost", deadline=None)  # no timed tests
settings.load_profile("llmcost")
STARTED = clock.now()
read_from_file = loader.read_cached
tables: dict[tuple[object, ...], PriceTable | None] = {}


def read_once(path: Path, made_from: bytes, since: date | None) -> PriceTable | None:
    """Decode a compiled price table once in a process, as long as its file is the same."""
    try:
        at = path.stat()
    except OSError:
        return read_from_file(path, made_from, since)
    key = (path, made_from, since, at.st_ino, at.st_mtime_ns, at.st_size)
    if key not in tables:
        tables[key] = read_from_file(path, made_from, since)
    return tables[key]


@pytest.fixture(autouse=True)
def pinned_world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    cache: Path = tmp_path_factory.getbasetemp() / "llmcost-cache"
    for name in [one for one in os.environ if one.startswith("LLMCOST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LLMCOST_CACHE_DIR", str(cache))
    monkeypatch.setenv("LLMCOST_CONFIG_DIR", str(cache / "no-config"))
    speak("en")  # whatever a command line before has chosen
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")  # English, whoever runs them
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(loader, "read_cached", read_once)
    monkeypatch.setattr(clock, "now", lambda: STARTED)  # two commands say the same second
    monkeypatch.setenv("NO_COLOR", "1")

"""The pinned world of the tests: no cache or config of the user's, no colour, no terminal width."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from llmcost.language import speak
from llmcost.runtime import clock

settings.register_profile("llmcost", deadline=None)  # no timed tests
settings.load_profile("llmcost")
STARTED = clock.now()


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
    monkeypatch.setattr(clock, "now", lambda: STARTED)  # two commands say the same second
    monkeypatch.setenv("NO_COLOR", "1")

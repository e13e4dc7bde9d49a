"""The user's settings: a file, over it the environment, over that the options."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import CLI

from llmcost.cli.app import main
from llmcost.commands.config.command import template
from llmcost.errors import BadSettings
from llmcost.runtime.settings_file import SETTINGS, in_environment, in_file, with_setting

AGED = str(CLI / "aged.yaml")
EMPTY = "/dev/null"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in the config folder, which is not there yet."""
    monkeypatch.setenv("LLMCOST_CONFIG_DIR", str(tmp_path))
    return tmp_path / "config.yaml"


def estimated(capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    capsys.readouterr()
    assert main(["estimate", EMPTY, "--format", "json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def ids(document: Any) -> list[str]:
    return [f"{one['provider']}/{one['model']}" for one in document["results"]]


@pytest.mark.parametrize(
    ("variable", "options", "rate"),
    [
        ("", [], "7"),
        ("8", [], "8"),
        ("", ["--fx", "9"], "9"),
        ("8", ["--fx", "9"], "9"),
    ],
)
def test_an_option_goes_before_the_environment_before_the_file(
    settings: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    options: list[str],
    rate: str,
) -> None:
    """An empty variable says nothing."""
    settings.write_text("fx: 7\ncurrency: CNY\nmodels: gpt-4o\n")
    monkeypatch.setenv("LLMCOST_FX", variable)

    assert estimated(capsys, *options)["fx"]["rate"] == rate


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], ["openai/gpt-4o"]),
        (["-m", "alibaba/qwen-plus"], ["alibaba/qwen-plus"]),
        (["--provider", "alibaba", "-m", "qwen-plus"], ["alibaba/qwen-plus"]),
    ],
)
def test_what_is_named_replaces_both_models_and_providers(
    settings: Path, capsys: pytest.CaptureFixture[str], options: list[str], found: list[str]
) -> None:
    """Else `-m qwen-plus` would be sought at the provider of the file."""
    settings.write_text("models: [gpt-4o]\nproviders: [openai]\n")

    assert ids(estimated(capsys, *options)) == found


@pytest.mark.parametrize(
    ("options", "output"), [([], 0), (["-o", "5"], 5), (["-o5"], 5), (["-o", "0"], 0)]
)
def test_output_tokens_replace_the_ratio(
    settings: Path, capsys: pytest.CaptureFixture[str], options: list[str], output: int
) -> None:
    """They are not a contradiction, as two options are."""
    settings.write_text("output_ratio: 2\nmodels: gpt-4o\n")
    document = estimated(capsys, *options)

    assert document["results"][0]["usage"]["output"] == output
    assert not any("output is not included" in note for note in document["notes"])


def test_prices_lie_beside_the_file(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the result says that they were used."""
    (settings.parent / "own.yaml").write_text(Path(AGED).read_text())
    settings.write_text("prices: [own.yaml]\nmodels: acme-wide\n")

    assert ids(estimated(capsys, "-o", "1")) == ["acme/acme-wide"]
    assert main(["estimate", EMPTY, "-o", "1"]) == 0
    assert "own.yaml, set in config.yaml:1" in capsys.readouterr().err


def test_the_age_of_prices_is_a_gate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLMCOST_MAX_AGE", "1d")
    words = ["estimate", EMPTY, "-m", "acme-narrow", "--prices", AGED, "--as-of", "2026-11-22"]

    assert main(words) == 3
    assert main([*words, "--max-age", "1y"]) == 0


@pytest.mark.parametrize(
    ("options", "currency"),
    [
        (["--usd", "10"], "USD"),
        (["--yuan", "10"], "CNY"),
        (["--yuan", "10", "--currency", "USD"], "USD"),
        (["--mau", "9", "--requests-per-user", "9", "--input-tokens", "9"], "USD"),
    ],
)
def test_the_currency_of_a_budget_goes_before_the_setting(
    settings: Path, capsys: pytest.CaptureFixture[str], options: list[str], currency: str
) -> None:
    settings.write_text("currency: $\nmodels: qwen-plus\nproviders: alibaba\n")
    assert main(["budget", *options, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert document["currency"] == currency
    assert ids(document) == ["alibaba/qwen-plus"]


def test_a_workload_file_goes_before_the_settings(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is about this one question."""
    settings.write_text("models: gpt-4o\ncurrency: USD\n")
    workload = tmp_path / "w.yaml"
    workload.write_text("schema: 1\nbudget: 10 yuan\nmodel: alibaba/qwen-plus\ncurrency: CNY\n")
    assert main(["budget", "-f", str(workload), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert (ids(document), document["currency"]) == (["alibaba/qwen-plus"], "CNY")


def test_models_are_those_that_are_counted_for(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tokenizer that is named goes before them."""
    settings.write_text("models: gpt-4o\n")
    names = []
    for options in ([], ["-t", "qwen"]):
        assert main(["count", EMPTY, "--format", "json", *options]) == 0
        names += [one["tokenizer"] for one in json.loads(capsys.readouterr().out)["results"]]

    assert names == ["o200k_base", "qwen"]


@pytest.mark.parametrize(
    "command", [["estimate", EMPTY], ["budget", "--yuan", "10"], ["count", EMPTY]]
)
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("models: [gpt-4o, gtp-4o]", "config.yaml:2: unknown model: `gtp-4o`"),
        (
            "modles: gpt-4o",
            "config.yaml:2: unknown key `modles` in the settings; did you mean `models`?",
        ),
        (
            "currency: XAU",
            "config.yaml:2: expected `currency` as a currency like CNY, USD or EUR, got `XAU`",
        ),
        (
            "fx: 0",
            "config.yaml:2: expected `fx` as a number like 7.1, or pairs like EUR/USD:1.12",
        ),
        (
            "fx: [7]",
            "config.yaml:2: expected `fx` as a number like 7.1, or pairs like EUR/USD:1.12, "
            "got a list",
        ),
        ("models: []", "config.yaml:2: expected at least one of"),
        ("models: [a, '']", "config.yaml:2: expected `models` as names"),
        ("output_ratio: -1", "config.yaml:2: expected `output_ratio` as a number of zero or more"),
        (
            "max_age: 30",
            "config.yaml:2: expected `max_age` as a span of time like 30d or 8w",
        ),
        ("prices: none.yaml", "config.yaml:2: expected `prices` as price files that are there"),
        (
            "currency:",
            "config.yaml:2: expected `currency` as a currency like CNY, USD or EUR, got nothing",
        ),
        ("- fx", "config.yaml:2: expected the settings as `key: value` lines, got a list"),
        ("fx: 7\nfx: 8", "config.yaml:3: duplicate key `fx` in the settings"),
        ("fx: [", "config.yaml:3: not YAML"),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    settings: Path, capsys: pytest.CaptureFixture[str], command: list[str], line: str, said: str
) -> None:
    """Not the option that nobody gave."""
    settings.write_text(f"# mine\n{line}\n")

    assert main(command) == 1
    assert f"error: {said}" in capsys.readouterr().err


def test_all_problems_of_the_environment_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLMCOST_FX", "seven")
    monkeypatch.setenv("LLMCOST_CURRENCY", "\x1b[31m")

    assert main(["models"]) == 1
    shown = capsys.readouterr().err
    assert "error: LLMCOST_FX: expected a number like 7.1, or pairs" in shown
    assert (
        "error: LLMCOST_CURRENCY: expected a currency like CNY, USD or EUR, got `\\x1b[31m`"
        in shown
    )


@pytest.mark.parametrize("place", ["none.yaml", "."])
def test_a_file_that_was_named_must_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """The one in the config folder need not be there."""
    monkeypatch.setenv("LLMCOST_CONFIG", str(tmp_path / place))

    assert main(["models"]) == 1
    assert "hint: LLMCOST_CONFIG names it" in capsys.readouterr().err


def test_init_never_writes_over_a_file(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor leaves another one beside it."""
    assert main(["config", "init"]) == 0
    first = settings.read_text()
    settings.write_text("fx: 7\n")

    assert main(["config", "init"]) == 2
    assert (first, settings.read_text()) == (template(), "fx: 7\n")
    assert list(settings.parent.iterdir()) == [settings]


def test_the_template_sets_nothing_and_has_all(tmp_path: Path) -> None:
    """Without its `#`, each line is in order."""
    (tmp_path / "contract.yaml").write_text("")
    path = tmp_path / "config.yaml"
    lines = [line for line in template().splitlines() if line.startswith("#") and line[1] != " "]
    whole = "\n".join(line.removeprefix("#") for line in lines)

    assert in_file(path, template().encode()) == {}
    assert list(in_file(path, whole.encode())) == list(SETTINGS)


def test_a_broken_file_can_be_found(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.write_text("[")

    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{settings}\n"
    assert main(["config", "show"]) == 1


@given(st.text(max_size=40))
def test_any_text_is_a_setting_or_refused(text: str) -> None:
    """The environment never ends in a traceback."""
    for one in SETTINGS.values():
        with suppress(BadSettings):
            assert set(in_environment({one.variable: text})) <= {one.key}


@given(st.binary(max_size=60))
def test_any_file_is_read_or_refused(content: bytes) -> None:
    with suppress(BadSettings):
        assert set(in_file(Path("config.yaml"), content)) <= set(SETTINGS)


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        ("", "currency", ("CNY",), "currency: CNY\n"),
        ("fx: 7", "currency", ("CNY",), "fx: 7\ncurrency: CNY\n"),
        ("# mine\nfx: 7.1  # of today\n", "fx", ("7",), "# mine\nfx: 7    # of today\n"),
        ("#fx: 7.1     # CNY\n", "fx", ("7",), "fx: 7        # CNY\n"),
        ("models:\n  - a\n  - b\nfx: 7\n", "models", ("@cn", "c"), 'models: ["@cn", c]\nfx: 7\n'),
        ("models: [a]  # ours\n", "models", None, "#models: [a]  # ours\n"),
        ("fx: 7\n", "lang", None, "fx: 7\n"),
    ],
)
def test_one_setting_is_written(
    before: str, key: str, value: tuple[str, ...] | None, after: str
) -> None:
    """In its line, or in the one of the template; all other lines stay."""
    assert with_setting(before, key, value) == after


def test_config_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no value of the setting is refused, and the file stays as it was."""
    file = tmp_path / "new" / "config.yaml"
    monkeypatch.setenv("LLMCOST_CONFIG", str(file))
    assert main(["config", "set", "models", "doubao,@cn"]) == 0
    written = file.read_text("utf-8")
    for words in (("fx", "no"), ("curency", "CNY"), ("prices", "missing.yaml")):
        assert main(["config", "set", *words]) == 2
    assert "did you mean `currency`?" in capsys.readouterr().err
    assert file.read_text("utf-8") == written
    assert main(["config", "show", "--format", "tsv"]) == 0
    assert "models\tdoubao, @cn\tconfig.yaml:" in capsys.readouterr().out
    file.write_text("fx: [", "utf-8")
    assert main(["config", "set", "currency", "CNY"]) == 1
    assert file.read_text("utf-8") == "fx: ["

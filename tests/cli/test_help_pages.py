"""The short page of `-h`, and the whole one of `--help` with its headings."""

import re
from typing import Any

import pytest
import typer

from llmcost.cli.app import main
from llmcost.cli.framework import app_for
from llmcost.cli.help import COMMAND_SECTIONS, MAIN, SECTIONS, SHORT, long_name, summary_of
from llmcost.commands import COMMANDS, GROUPS

PLACED = {name for section in SECTIONS for name in section.names.split()}
LARGE = ["estimate", "diff", "budget", "forecast", "whatif", "usage"]


def command(name: str) -> Any:
    root: Any = typer.main.get_command(app_for([name, "--help"]))
    return root.commands[name]


def page(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", LARGE)
def test_every_option_of_a_large_command_has_a_heading(name: str) -> None:
    names = {long_name(one) for one in command(name).params if one.param_type_name == "option"}
    assert names <= PLACED, names - PLACED


@pytest.mark.parametrize("name", LARGE)
def test_the_whole_page_has_each_option_once(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        line.split() for line in page(capsys, name, "--help").splitlines() if line[:3] == "  -"
    ]
    listed = [word.rstrip(",") for words in lines for word in words[:2] if word[:2] == "--"]
    options = [
        one for one in command(name).params if one.param_type_name == "option" and not one.hidden
    ]
    assert sorted(listed) == sorted([*map(long_name, options), "--help"])


@pytest.mark.parametrize("name", LARGE)
def test_the_short_page_has_the_main_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It fits a screen, has examples, and says where the rest is."""
    out = page(capsys, name, "-h")
    options = [line.split()[:2] for line in out.splitlines() if line.startswith("  -")]
    assert 0 < len(options) <= SHORT
    assert all(set(MAIN) & {word.rstrip(",") for word in words} for words in options)
    assert len(re.findall(rf"    (git diff \| )?llmcost {name}", out)) == 3
    assert f"`llmcost {name} --help` shows all" in out
    assert len(out.splitlines()) <= 40


def test_both_flags_mean_the_whole_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert page(capsys, "estimate", "-h", "--help") == page(capsys, "estimate", "--help")


@pytest.mark.parametrize("words", [(), ("-h",), ("--help",)])
def test_the_program_alone_lists_its_commands(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    out = page(capsys, *words)
    listed = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    assert [name for name in listed if name in {*COMMANDS, *GROUPS}] == [
        name for section in COMMAND_SECTIONS for name in section.names.split()
    ]
    assert {*COMMANDS, *GROUPS} <= set(listed)


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_a_summary_is_short(name: str) -> None:
    assert len(summary_of(command(name))) <= 60


@pytest.mark.parametrize("name", LARGE)
def test_ranges_are_no_part_of_the_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "<=x" not in page(capsys, name, "--help")


def test_a_group_alone_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert "  history" in page(capsys, "prices")

"""docs/extending.md names what is there, and its recipes do what they say."""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmcost import commands, language
from llmcost.cli.app import main
from llmcost.commands import COMMANDS, GROUPS, SUBCOMMANDS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "llmcost"
PAGES = ("docs/extending.md", "docs/design.md", "CONTRIBUTING.md")
EXAMPLES = ("NAME", "acme", "fragment.json", "locale/de/", "largest", "provider/id")
"""What a reader is to make, and what stands for a name: it is not there."""
Capture = pytest.CaptureFixture[str]


def page(name: str = "docs/extending.md") -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code(heading: str, kind: str) -> str:
    """The block of code under a heading."""
    section = page().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return section.split(f"```{kind}\n")[1].split("```")[0]


def named(text: str) -> Iterator[str]:
    """What stands between backticks, without blocks of code."""
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def is_there(path: str) -> bool:
    places = (ROOT / path, SOURCE / path, SOURCE / f"{path}.py")
    return any(place.exists() for place in places)


def paths(text: str) -> Iterator[str]:
    for one in named(text):
        for word in one.split():
            if not any(example in word for example in EXAMPLES) and re.fullmatch(
                r"(src/|data/|docs/|tests/|scripts/|\.ci/)\S+|[a-z_]+(/[a-z_]+)+/?|\S+\.(py|md|yaml|json|csv)",
                word,
            ):
                yield word


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_is_named_exists(name: str) -> None:
    found = list(paths(page(name)))
    assert len(found) > 3
    assert [one for one in found if not is_there(one)] == []


def test_a_path_that_is_not_there_is_found() -> None:
    assert [one for one in paths("`planning/bill` and `pricing/billing`") if not is_there(one)] == [
        "planning/bill"
    ]


def test_every_link_leads_to_a_page() -> None:
    links = re.findall(r"\]\(([a-z]+\.md)\)", page())
    assert links
    assert all((ROOT / "docs" / link).exists() for link in links)


def test_every_command_that_is_named_exists() -> None:
    lines = [one.split()[1:] for one in named(page()) if one.startswith("llmcost ")]
    assert len(lines) > 8
    for words in lines:
        if words[0] in GROUPS:
            assert len(words) == 1 or words[1] in {*SUBCOMMANDS[words[0]], "…"}, words
        else:
            assert words[0] in {*COMMANDS, "NAME"}, words


def test_every_name_in_the_code_is_there() -> None:
    """`FORMATS` in `price_data/trackers/__init__`: constants, classes and functions."""
    pairs = re.findall(r"`(\w+)` in `([a-z_/.]+)`", page())
    assert len(pairs) > 5
    for name, path in pairs:
        place = ROOT / path if path.endswith(".py") else SOURCE / f"{path}.py"
        text = place.read_text(encoding="utf-8")
        assert re.search(rf"^(class |def )?{name}\b", text, re.MULTILINE), (name, path)


# --- what the recipes do ---


def test_a_price_is_added(tmp_path: Path, capsys: Capture) -> None:
    text = page("data/prices.yaml")
    before, start, rest = text.partition("      - id: qwen-plus\n")
    rows, end, after = rest.partition("\n\n")
    path = tmp_path / "prices.yaml"
    row = code("A price", "yaml").rstrip("\n")
    path.write_text(f"{before}{start}{rows}\n{row}{end}{after}", encoding="utf-8")
    assert main(["prices", "check", str(path)]) == 0
    capsys.readouterr()
    line = ["prices", "show", "alibaba/qwen-plus", "--prices", str(path), "--format", "json"]
    assert main([*line, "--as-of", "2026-11-24"]) == 0
    assert '"0.7"' in capsys.readouterr().out


def test_a_model_is_added(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "prices.yaml"
    text = page("data/prices.yaml").rstrip("\n")
    path.write_text(f"{text}\n\n{code('A model', 'yaml')}", encoding="utf-8")
    assert main(["prices", "check", str(path)]) == 0
    capsys.readouterr()
    assert main(["models", "acme-large", "--prices", str(path), "--format", "json"]) == 0
    assert '"acme-large"' in capsys.readouterr().out


def test_a_tokenizer_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    from base64 import b64encode

    monkeypatch.setenv("LLMCOST_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    ranks = b"".join(b64encode(bytes([byte])) + b" %d\n" % byte for byte in range(256))
    Path("acme.tiktoken").write_bytes(ranks)
    Path("text.txt").write_text("abc", encoding="utf-8")
    line = next(one for one in named(page()) if one.startswith("llmcost tokenizers add"))
    assert main(line.split()[1:]) == 0
    capsys.readouterr()
    assert main(["count", "text.txt", "-t", "acme", "-q"]) == 0
    assert capsys.readouterr().out.split()[0] == "3"


def test_a_command_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    folder = tmp_path / "largest"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "command.py").write_text(code("A command", "python"), encoding="utf-8")
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    monkeypatch.setitem(COMMANDS, "largest", "The models with the largest context.")
    assert main(["largest", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["models"]) == 3
    assert main(["largest", "--help"]) == 0
    assert "The models with the largest context." in capsys.readouterr().out


def test_a_language_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    pytest.importorskip("babel")
    spec = importlib.util.spec_from_file_location(
        "build_catalogue", ROOT / "scripts" / "build_catalogue.py"
    )
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    fragment = tmp_path / "fragment.json"
    fragment.write_text(code("A language", "json"), encoding="utf-8")
    monkeypatch.setattr(script, "CATALOGUES", tmp_path)
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    assert script.main(["--lang", "de", str(fragment)]) == 1  # the others are not translated
    assert "in no message" not in capsys.readouterr().out
    language.speak("de")
    assert language._("unknown model: `{name}`", name="nosuch") == "unbekanntes Modell: `nosuch`"
    assert language._("no model can be priced") == "no model can be priced"

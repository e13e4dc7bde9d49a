"""Two languages: every message can be said in both, and machine formats know only one."""

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from paths import CLI, ROOT, SAMPLES
from rich.cells import cell_len

from llmcost import errors, language
from llmcost.cli.app import main
from llmcost.cli.framework import app_for
from llmcost.cli.help import ERRORS, heard, message, translate
from llmcost.cli.language_option import of_locale
from llmcost.commands import COMMANDS, GROUPS
from llmcost.inputs.json_values import KNOWN, malformed
from llmcost.language import speak, told
from llmcost.messages import joined, say, say_plural
from llmcost.render import text as wrap
from llmcost.runtime import clock

AGED = str(CLI / "aged.yaml")
PROMPT = str(CLI / "prompt.txt")
OWN = ("--prices", AGED, "-m", "acme-*")
HAN = re.compile("[一-龥]")


def script() -> ModuleType:
    pytest.importorskip("babel")
    path = ROOT / "scripts" / "build_catalogue.py"
    spec = importlib.util.spec_from_file_location("build_catalogue", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def build() -> ModuleType:
    return script()


@pytest.fixture
def chinese() -> Iterator[None]:
    speak("zh")
    yield
    speak("en")


# --- the catalogue ---


def test_no_message_lacks_a_translation_and_none_is_left_over(build: ModuleType) -> None:
    """`python scripts/build_catalogue.py FRAGMENT.json` adds what is missing."""
    known = build.catalogue()
    ids = {one.id if isinstance(one.id, str) else tuple(one.id) for one in known if one.id}

    assert sorted(map(str, build.messages().keys() ^ ids)) == []
    assert build.missing(known) == []
    assert [one.id for one in known if one.id and one.fuzzy] == []
    assert list(known.obsolete) == []


def test_a_translation_has_the_holes_of_its_form(build: ModuleType) -> None:
    assert build.wrong(build.catalogue()) == []


@pytest.mark.parametrize(
    ("form", "other", "is_same"),
    [
        ("{a:,} of {b}", "{b} 中的 {a:,}", True),
        ("{a:,} of {b}", "{b} 中的 {a}", False),
        ("{a}", "{a} {a}", True),
        ("{a} {b}", "{a}", False),
        ("no hole", "{a}", False),
        ("{month:%Y-%m}", "{month:%Y-%m}", True),
        ("a {", "一个 {", True),
    ],
)
def test_what_the_same_holes_are(build: ModuleType, form: str, other: str, is_same: bool) -> None:
    assert (build.holes(form) == build.holes(other)) is is_same


def test_the_compiled_catalogue_is_that_of_the_text(build: ModuleType) -> None:
    """As they are loaded: versions of babel write the same messages as other bytes."""
    from babel.messages.mofile import read_mo

    with build.MO.open("rb") as file:
        compiled = read_mo(file)
    written = build.catalogue()

    assert translations(compiled) == translations(written)
    assert (compiled.num_plurals, compiled.plural_expr) == (
        written.num_plurals,
        written.plural_expr,
    )
    loaded = language.catalogue("zh")
    for one, string in translations(written).items():
        if isinstance(one, str):
            assert loaded.gettext(one) == string


def translations(catalogue: Any) -> dict[Any, Any]:
    """The translations of a catalogue by their messages, without its header."""
    return {forms(one.id): forms(one.string) for one in catalogue if one.id}


def forms(one: Any) -> Any:
    """Of one number, or of several."""
    return one if isinstance(one, str) else tuple(one)


# --- the source ---

RAISED = {name for name, one in vars(errors).items() if isinstance(one, type)}
WORDS = re.compile("^(?!pip install).*[A-Za-z]{2}", re.DOTALL)  # a command is no message
TALKS = re.compile(r"note|talk|warning|summary|hint")


@cache
def trees() -> list[tuple[str, ast.Module]]:
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / "src").rglob("*.py"))
    ]


def bare(node: ast.AST | None) -> Iterator[ast.AST]:
    """Literals and f-strings with words in them, also those inside a list, a choice or a sum."""
    match node:
        case ast.Constant(value=str(text)) if re.search(WORDS, text):
            yield node
        case ast.JoinedStr(values=parts) if any(list(bare(one)) for one in parts):
            yield node
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            for part in parts:
                yield from bare(part)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            yield from bare(one)
            yield from bare(other)
        case ast.ListComp(elt=one) | ast.GeneratorExp(elt=one) | ast.Starred(value=one):
            yield from bare(one)


def untold(tree: ast.AST) -> Iterator[int]:
    """Lines of errors, and of notes, that are made of a literal and not of a message."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            hints = [one.value for one in node.keywords if one.arg in ("hint", "notes")]
            texts: list[ast.expr] = node.args[:1] if name in (*RAISED, "refusal") else []
            texts = node.args[1:2] if name == "Output" else texts
            for text in [*texts, *hints]:
                yield from (found.lineno for found in bare(text))  # type: ignore[attr-defined]
        if isinstance(node, ast.FunctionDef) and TALKS.search(node.name):
            for one in ast.walk(node):
                if isinstance(one, ast.Return | ast.Yield):
                    yield from (found.lineno for found in bare(one.value))  # type: ignore[attr-defined]


def test_no_error_and_no_note_is_a_bare_literal() -> None:
    """It could not be said in another language: `say("form {x}", x=x)`."""
    assert [f"{path}:{line}" for path, tree in trees() for line in sorted(set(untold(tree)))] == []


@pytest.mark.parametrize(
    ("source", "is_bare"),
    [
        ('raise UsageError("two words")', True),
        ('raise UsageError(f"no {x}")', True),
        ('raise UsageError(say("two words"), hint="three of them")', True),
        ('raise UsageError(say("no {x}", x=x), hint=say("give one"))', False),
        ('raise BadPriceFile([f"{x}: wrong"])', True),
        ('def notes_of():\n    yield f"about {x}"', True),
        ('def notes_of():\n    yield say("about {x}", x=x)', False),
        ('def talk():\n    return ["so it is"] if x else []', True),
        ('raise ValueError("for programmers")', False),
    ],
)
def test_what_a_bare_literal_is(source: str, is_bare: bool) -> None:
    assert bool(list(untold(ast.parse(source)))) is is_bare


def calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
            yield node


def test_each_form_is_a_literal(build: ModuleType) -> None:
    """Else nobody finds it for translation. What makes messages of forms is excepted."""
    makers = {"src/llmcost/messages.py", "src/llmcost/language.py"}
    found = [
        f"{path}:{call.lineno}"
        for path, tree in trees()
        if path not in makers
        for call in calls(tree, set(build.KEYWORDS))
        for one in call.args[: build.KEYWORDS[call.func.id]]  # type: ignore[attr-defined]
        if not isinstance(one, ast.Constant)
    ]
    assert found == []


def test_nothing_is_told_while_modules_are_imported() -> None:
    """The language is chosen later, and may be another one in the next call."""
    found = [
        f"{path}:{call.lineno}"
        for path, tree in trees()
        for node in tree.body
        if not isinstance(node, ast.FunctionDef | ast.ClassDef)
        for call in calls(node, {"_", "_n", "told"})
    ]
    assert found == []


# --- messages ---


def test_a_message_is_said_with_its_values(chinese: None) -> None:
    nested = say("error: {text}", text=say("no such language: `{name}`", name="{x} %s"))

    assert told(nested) == "错误：没有这种语言：`{x} %s`"
    assert nested == "error: no such language: `{x} %s`"
    assert told("a name") == "a name"
    assert told(joined([say("none"), "x"])) == "无、x"
    assert told(say_plural("1 price disagrees", "{number} prices disagree", 1)) == "1 个价格不一致"


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_names_are_values_and_never_forms(chinese: None) -> None:
    """Braces, percent signs and what else may be in one."""

    @given(NAMES)
    def check(name: str) -> None:
        assert told(say("no such language: `{name}`", name=name)) == f"没有这种语言：`{name}`"

    check()


# --- which language ---

EN, ZH = "note: no model fits", "说明：没有符合条件的模型"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `llmcost models` says when none fits."""
    capsys.readouterr()
    main(["models", "qwen*", "--min-context", "999999999", *words])
    return capsys.readouterr().err


@pytest.mark.parametrize(
    "case",  # option, variable, setting, locale; and what is spoken
    [
        ("", "", "", "C.UTF-8", EN),
        ("", "", "", "zh_CN.UTF-8", ZH),
        ("", "", "en", "zh_CN.UTF-8", EN),
        ("", "", "zh", "C.UTF-8", ZH),
        ("", "en", "zh", "zh_CN.UTF-8", EN),
        ("", "zh", "en", "C.UTF-8", ZH),
        ("en", "zh", "zh", "zh_CN.UTF-8", EN),
        ("zh", "en", "en", "C.UTF-8", ZH),
    ],
)
def test_an_option_goes_before_a_variable_before_a_setting_before_the_locale(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    case: tuple[str, str, str, str, str],
) -> None:
    option, variable, setting, locale, expected = case
    monkeypatch.setenv("LLMCOST_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("LLMCOST_LANG", variable)
    if setting:
        (tmp_path / "config.yaml").write_text(f"fx: 7\nlang: {setting}  # so\n")

    assert said(capsys, *(["--lang", option] if option else [])) == f"{expected}\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("lang: zh", "zh"),
        ("lang: 'zh'\r\nfx: 7\r\n", "zh"),
        ("{lang: zh}", "zh"),
        ('"lang": zh', "zh"),
        ("#lang: zh", "en"),
        ("models: [lang]", "en"),
        ("", "en"),
    ],
)
def test_the_setting_as_yaml_has_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str,
    expected: str,
) -> None:
    monkeypatch.setenv("LLMCOST_CONFIG_DIR", str(tmp_path))
    (tmp_path / "config.yaml").write_bytes(content.encode())

    assert main(["config", "path"]) == 0
    assert language.is_english() is (expected == "en")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "zh_TW.Big5"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:zh_CN:en"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en_GB:zh"}, "en"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "zh"}, "en"),
        ({"LANG": "POSIX", "LANGUAGE": "zh"}, "en"),
        ({"LANGUAGE": "zh"}, "en"),
    ],
)
def test_the_locale_as_gettext_reads_it(variables: dict[str, str], expected: str) -> None:
    assert of_locale(variables) == expected


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--lang", "zh", "models", "nope"], 1, "错误："),
        (["models", "--lang", "zh", "nope"], 1, "错误："),
        (["models", "nope", "--lang=zh"], 1, "错误："),
        (["--lang=en", "models", "nope", "--lang", "zh"], 1, "错误："),
        (["models", "nope", "--", "--lang", "zh"], 1, "error: "),
        (["models", "--lang", "fr"], 2, "error: no such language: `fr`"),
        (["models", "--lang", ""], 2, "error: no such language: ``"),
        (["models", "--lang="], 2, "error: no such language: ``"),
        (["models", "--lang"], 2, "error: --lang needs a language"),
    ],
)
def test_the_option_stands_anywhere(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(words) == code
    assert capsys.readouterr().err.startswith(said)


def test_each_call_chooses_anew(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--lang", "zh"], []) * 2:
        main([*words, "--help"])
        assert capsys.readouterr().out.startswith("用法：") is bool(words)


@pytest.mark.parametrize(
    ("variable", "setting", "place"),
    [("fr", "", "LLMCOST_LANG: "), ("", "fr", "config.yaml:2: ")],
)
def test_a_wrong_value_names_its_place(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    setting: str,
    place: str,
) -> None:
    """As every other setting does, and an option goes before it."""
    monkeypatch.setenv("LLMCOST_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LLMCOST_LANG", variable)
    (tmp_path / "config.yaml").write_text(f"fx: 7\nlang: {setting}\n" if setting else "")

    assert main(["config", "path"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {place}expected ")
    assert main(["config", "path", "--lang", "zh"]) == 0


# --- the framework ---


def commands(command: Any) -> Iterator[Any]:
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from commands(one)


@pytest.mark.parametrize("name", ["", *COMMANDS, *GROUPS])
def test_help_is_all_in_the_readers_language(chinese: None, name: str) -> None:
    root: Any = typer.main.get_command(app_for([name, "--help"]))
    translate(root)
    for command in commands(root.commands[name] if name else root):
        assert HAN.search(command.help), command.name
        for one in command.params:
            assert HAN.search(one.help), one.name


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_a_help_page_fits_and_has_no_english(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main([name, "--help", "--lang", "zh"]) == 0
    lines = capsys.readouterr().out.splitlines()

    # an option with its choices is one word, or two
    assert [line for line in lines if cell_len(line) > 80 and HAN.search(line)] == []
    for english in ("Usage", "Options", "Arguments", "Commands", "default:", "Show this"):
        assert english not in "\n".join(lines)


@pytest.mark.parametrize(
    "words",
    [
        "estimate --nope",
        "estimate --outptu-tokens 3",
        "estimate -m",
        "estimate -o x",
        "estimate -o -3",
        "estimate --top x",
        "estimate --sort x",
        "models --free=1",
        "nope",
        "estmate",
        "prices nope",
        "prices diff a b c",
        "prices compare",
        "tokenizers add",
    ],
)
def test_errors_of_the_framework_are_known(capsys: pytest.CaptureFixture[str], words: str) -> None:
    """In English as the framework has them, and none is left in English otherwise."""
    assert main(words.split()) == 2
    english = capsys.readouterr().err.splitlines()[0].removeprefix("error: ")
    assert main([*words.split(), "--lang", "zh"]) == 2
    other = capsys.readouterr().err.splitlines()[0].removeprefix("错误：")

    assert message(english) == english
    assert HAN.search(other)
    assert not re.search(r" (is|not|no|an|of|for|in|mean) ", f" {other} ")


def test_forms_of_the_framework_can_be_told_apart(chinese: None) -> None:
    for one in ERRORS:
        filled = one.forms[0].replace("{", "<").replace("}", ">")
        assert message(filled) == filled
        assert HAN.search(told(message(filled)))


@pytest.mark.parametrize("place", ["", " (byte 7)"])
def test_what_the_decoder_of_json_says(chinese: None, place: str) -> None:
    """In the words that it has had so far; others stay as they are."""
    for one in KNOWN:
        assert HAN.search(told(malformed(ValueError(f"JSON is malformed: {one}{place}"))))
    assert told(malformed(ValueError(f"something new{place}"))).startswith("something new")


def test_what_a_callback_of_the_framework_prints(
    chinese: None, capsys: pytest.CaptureFixture[str]
) -> None:
    def install(shell: str, path: str) -> None:
        sys.stdout.write(f"{shell} completion installed in {path}\n")
        raise SystemExit

    with pytest.raises(SystemExit):
        heard(install)("bash", "/a {b}")
    assert capsys.readouterr().out == "bash 的自动补全已安装到 /a {b}\n"


@pytest.mark.parametrize(
    ("shell", "line"),
    [("bash", "llmcost esti"), ("bash", "llmcost --lang zh esti"), ("zsh", "llmcost esti")],
)
def test_completion_in_another_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str, line: str
) -> None:
    monkeypatch.setenv("_LLMCOST_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
    monkeypatch.setenv("LLMCOST_LANG", "zh")

    assert main([]) == 0
    found = capsys.readouterr().out
    assert "estimate" in found
    assert bool(HAN.search(found)) is (shell == "zsh")


# --- what is shown ---

ANSWERS = [
    ("estimate", PROMPT, *OWN, "-o", "10"),
    ("estimate", PROMPT, *OWN, "--fail-over", "0.0001 yuan", "--per-file"),
    ("count", PROMPT, "-t", "qwen,chinese"),
    ("models", "--prices", AGED, "acme-*"),
    ("budget", "--mau", "100", "--yuan", "10", *OWN),
    ("budget", "-f", str(CLI / "chat.yaml"), *OWN),
    ("forecast", "--mau", "100", "--requests-per-user", "9", "--input-tokens", "500", *OWN),
    ("whatif", "--requests-per-user", "9", "--input-tokens", "500", *OWN[:2], "-m", "acme-wide"),
    ("prices", "show", "acme-wide", "--prices", AGED),
    ("prices", "history", "acme-wide", "--prices", AGED),
    ("prices", "diff", "2024-05-20", "2026-11-01", *OWN),
    ("prices", "rank", "--text", PROMPT, *OWN),
    ("prices", "check", AGED),
    ("prices", "sources", "--prices", AGED, "--provider", "acme"),
    ("tokenizers", "show", "claude*"),
    ("diff", str(CLI / "system.txt"), PROMPT, *OWN),
    ("usage", str(SAMPLES / "usage-openai-chat.jsonl")),
    ("config", "show"),
]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import datetime

    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-22T10:00:00+08:00"))


@pytest.mark.parametrize("words", ANSWERS, ids=lambda words: " ".join(words[:2]))
def test_machine_formats_are_the_same_in_every_language(
    still: None, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    for format in ("json", "ndjson", "csv", "tsv"):
        shown = []
        for name in language.LANGUAGES:
            code = main([*words, "--format", format, "--lang", name])
            shown.append((code, capsys.readouterr().out))
        assert shown[0] == shown[1], format
        assert shown[0][1]


@pytest.mark.parametrize(
    "words",
    [("estimate", PROMPT, "--prices", AGED, "-m", "acme-wide"), ("count", PROMPT, "-t", "qwen")],
)
def test_a_bare_number_is_the_same(
    still: None, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    shown = []
    for name in language.LANGUAGES:
        assert main([*words, "-q", "--lang", name]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]


def cells(line: str) -> list[str]:
    """One entry a column of the terminal."""
    return [one for character in line for one in [character] * cell_len(character)]


def words_of(line: list[str]) -> Iterator[tuple[int, int]]:
    """Where the cells of a row begin and end: two blanks stand between them."""
    for found in re.finditer(r"\S+( \S+)*", "".join("x" if one.strip() else " " for one in line)):
        yield found.span()


def is_aligned(header: str, row: str) -> bool:
    """Each word of the row begins where one of the header does, or ends there."""
    begin, end = zip(*words_of(cells(header)), strict=True)
    return all(first in begin or last in end for first, last in words_of(cells(row)))


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("estimate", PROMPT, *OWN, "-o", "10"), 2),
        (("count", PROMPT, "-t", "qwen,chinese"), 2),
        (("models", "--prices", AGED, "acme-*"), 2),
        (("budget", "--mau", "100", "--yuan", "10", *OWN), 2),
        (("prices", "diff", "2024-05-20", "2026-11-01", *OWN), 0),
        (("prices", "rank", "--text", PROMPT, *OWN), 2),
        (("prices", "sources", "--prices", AGED, "--provider", "alibaba"), 0),
        (("tokenizers", "show", "qwen*"), 0),
    ],
    ids=lambda case: " ".join(case[:2]) if isinstance(case, tuple) else "",
)
def test_wide_titles_stand_over_their_columns(
    still: None, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], first: int
) -> None:
    assert main([*words, "--format", "table", "--lang", "zh"]) == 0
    table = "\n".join(capsys.readouterr().out.splitlines()[first:])
    header, *rows = table.split("\n\n")[0].splitlines()

    assert HAN.search(header)
    assert rows
    assert [row for row in rows if not is_aligned(header, row)] == []


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("模型  费用", "acme    ¥1", True),
        ("模型  费用", "acme  ¥1", True),
        ("模型  费用", "acme   ¥1", False),
        ("模型  费用", "模型名  ¥", False),
    ],
)
def test_what_alignment_is(header: str, row: str, expected: bool) -> None:
    assert is_aligned(header, row) is expected


@pytest.mark.parametrize(
    "name", ["{x}.txt", "{0!r:>99}.txt", "%s %(a)d.txt", "[b]红[b].txt", "中文 文件.txt"]
)
def test_names_of_files_act_in_no_language(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(b"\xff\xfe\xfa")
    for code, words in ((0, ["count", name, "-t", "qwen"]), (1, ["count", name + "?", "-t", name])):
        for other in language.LANGUAGES:
            assert main([*words, "--lang", other, "--format", "table"]) == code
            shown = capsys.readouterr()
            assert name in shown.out + shown.err


def test_escapes_in_a_name_are_spelled_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "\x1b[31m\u202e", "--lang", "zh"]) == 1
    assert "\\x1b[31m\\u202e" in capsys.readouterr().err


LINES = st.text(st.sampled_from("ab, 中文，。（）-"), max_size=60)


@given(LINES, st.integers(8, 30))
def test_lines_are_broken_to_their_width_and_lose_nothing(text: str, most: int) -> None:
    """Only a word that is longer stands out; blanks at a break are gone."""
    lines = wrap.lines(text, most)

    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    for line in lines:
        whole = [piece for _, piece in wrap.pieces(line)]
        assert cell_len(line) <= most or len(whole) == 1


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("中文文本", 4, ["中文", "文本"]),
        ("中文，文本", 4, ["中", "文，", "文本"]),
        ("（中文）", 6, ["（中", "文）"]),
        ("a word 中文", 6, ["a word", "中文"]),
        ("用 -m 指定", 6, ["用 -m", "指定"]),
        ("", 4, [""]),
    ],
)
def test_where_lines_are_broken(text: str, most: int, expected: list[str]) -> None:
    """Between wide characters, but not before punctuation."""
    assert wrap.lines(text, most) == expected


def test_the_template_of_settings_reads_the_same(chinese: None) -> None:
    from llmcost.commands.config.command import template

    text = template()
    examples = [line.partition("  # ")[0].strip() for line in text.splitlines() if ":" in line]
    speak("en")

    assert HAN.search(text)
    assert examples == [
        line.partition("  # ")[0].strip() for line in template().splitlines() if ":" in line
    ]


def test_the_template_of_a_workload_reads_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import yaml

    texts = {}
    for name in language.LANGUAGES:
        assert main(["budget", "--init", "--lang", name]) == 0
        texts[name] = capsys.readouterr().out
    shown = {name: HAN.search(text.replace("万", "")) for name, text in texts.items()}

    assert yaml.safe_load(texts["zh"]) == yaml.safe_load(texts["en"])
    assert (shown["en"], bool(shown["zh"])) == (None, True)
    path = tmp_path / "workload.yaml"
    path.write_text(re.sub(r"(?m)^#(?! )", "", texts["zh"]), encoding="utf-8")
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["mau"] == 5000000

"""`llmcost budget` as its users meet it: its formats, its gates, its workload files, and everything
that it refuses. Figures: test_budget_compute.py; how they look: tests/transcripts/budget.md."""

import csv
import errno
import io
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from paths import CLI

from llmcost.cli.app import main
from llmcost.cli.command_lookup import command
from llmcost.commands import COMMANDS
from llmcost.runtime import clock
from llmcost.workload.fields import FIELDS, WordParser

TINY = CLI / "tiny.yaml"
ACME = ("--prices", str(TINY), "--provider", "acme")
REQUESTS = ("--requests-per-user", "30", "--input-tokens", "500", "--output-tokens", "200")
MONEY = ("--mau", "1000", "--yuan", "100")


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        """What follows the notes."""
        return [line for line in self.err.splitlines() if not line.startswith("note: ")]

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out), delimiter="\t"))


Budget = Callable[..., Ran]


@pytest.fixture
def budget(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Budget:
    """Runs a command line over the invented table, at 10:00 of a Sunday, in a folder of its own;
    `over=()` is the shipped table."""
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-22T10:00:00+08:00"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, over: Sequence[str] = ACME) -> Ran:
        bare = {"-q", "--quiet", "--get", "--init", "--schema", "--help"}
        notes = () if bare & set(words) else ("--notes",)
        code = main(["budget", *over, *words, *notes])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


def workload(text: str, path: str = "w.yaml") -> str:
    Path(path).write_text(f"schema: 1\n{text}", encoding="utf-8")
    return path


# --- JSON ----------------------------------------------------------------------------------------


def test_the_json_that_scripts_rely_on(budget: Budget) -> None:
    """Its keys; tokens are whole numbers, everything that has a part is a text."""
    found = budget(*MONEY, "-m", "acme-long", "--format", "json").json
    (line,) = found["results"]

    assert found["schema"] == "llmcost.budget/1"
    assert (found["mau"], found["budget"]) == (1000, {"amount": "100", "currency": "CNY"})
    assert (line["rank"], line["model"], line["provider"]) == (1, "acme-long", "acme")
    assert line["input_only"] == {"tokens": 200_000_000, "tokens_per_user": "200000"}
    assert line["mixed"] == {"mix": "3:1", "tokens": 114285714, "tokens_per_user": "114285.714"}


def test_a_month_in_json(budget: Budget) -> None:
    """Each amount with its currency, and the parts that add up to it."""
    found = budget(*MONEY, *REQUESTS, "-m", "acme-v2", "--format", "json").json
    (line,) = found["results"]

    assert line["cost"] == {"amount": "33", "low": "33", "high": "33", "currency": "CNY"}
    assert line["cost_per_user"] == {"amount": "0.033", "currency": "CNY"}
    assert (line["holds"], line["max_mau"], line["max_requests_per_user"]) == (True, 3030, "90.9")
    assert sum(Decimal(part["amount"]) for part in line["parts"]) == 33


def test_users_that_differ_in_json(budget: Budget) -> None:
    """The bill that half, nine tenths and 99 of 100 months stay below, and the heaviest users'."""
    percentiles = ("--percentiles", "50:10,90:60,99:300", "--input-tokens", "500")
    words = ("--mau", "1000", *percentiles, "--output-tokens", "200", "-m", "acme-v2")
    (line,) = budget(*words, "--format", "json").json["results"]
    cost = Decimal(line["cost"]["amount"])
    p50, p90, p99 = (Decimal(line["bill"][name]["amount"]) for name in ("p50", "p90", "p99"))
    share = Decimal(line["heaviest"]["requests"])

    assert p50 < p90 < p99
    assert abs(p50 / cost - 1) < Decimal("0.2")  # a thousand users average out
    assert Decimal("0.1") < share < Decimal("0.5")
    assert line["heaviest"]["cost"]["currency"] == "CNY"
    assert abs(Decimal(line["heaviest"]["cost"]["amount"]) - share * cost) < Decimal("1e-10")


def test_a_free_model_has_no_limit(budget: Budget) -> None:
    """It does not rank, and null says that its tokens are not counted."""
    last = budget(*MONEY, "--format", "json").json["results"][-1]

    assert (last["rank"], last["model"], last["state"]) == (None, "acme-lite", "free")
    assert last["input_only"] == {"tokens": None, "tokens_per_user": None}


@pytest.mark.parametrize("requests", [(), REQUESTS])
@pytest.mark.parametrize("money", [("--yuan", "0.000001"), ("--yuan", "1000B"), ("--usd", "7")])
def test_amounts_have_no_exponent(budget: Budget, money: tuple[str], requests: tuple[str]) -> None:
    """However small or large; and no amount is a number of JSON, which would be rounded."""

    out = budget("--mau", "7", *money, *requests, "--format", "json").out

    assert not re.search(r'"-?\d[\d.]*[eE][+-]?\d+"', out)
    json.loads(out, parse_float=pytest.fail)


# --- the other formats ---------------------------------------------------------------------------


def test_a_pipe_gets_rows_with_all_digits(budget: Budget) -> None:
    """Tab-separated, no thousands separators; amounts in the currency that ranks."""
    first, second = budget(
        *("--mau", "1M", "--usd", "100", "--fx", "8", *REQUESTS, "-m", "acme-v2,acme-long")
    ).rows

    assert [first["model"], second["model"]] == ["acme-long", "acme-v2"]
    assert second["cost"] == "4125"
    assert second["currency"] == "USD"
    assert (second["native"], second["native_currency"]) == ("33000", "CNY")
    assert second["cost_per_user"] == "0.004125"
    assert (second["holds"], second["max_mau"]) == ("no", "24242")


def test_rows_and_json_say_the_same(budget: Budget) -> None:
    """Of the tokens, the text and the conversations."""
    command = (*MONEY, "-m", "acme-v2")
    (row,) = budget(*command).rows
    (line,) = budget(*command, "--format", "json").json["results"]

    assert row["mixed_tokens"] == str(line["mixed"]["tokens"])
    assert row["mixed_tokens_per_user"] == line["mixed"]["tokens_per_user"]
    assert row["chinese_characters"] == str(line["text"]["chinese_characters"])
    assert row["english_words"] == str(line["text"]["english_words"])
    assert row["conversations"] == line["conversations"]


def test_each_line_of_ndjson_is_a_document(budget: Budget) -> None:
    """With its schema, and its scenario if there are several."""
    file = workload("mau: 5\nbudget: 5 yuan\nscenarios: {now: {}, later: {mau: 6}}\n")
    lines = budget("-f", file, "-m", "acme-v2", "--format", "ndjson").out.splitlines()
    found = [json.loads(line) for line in lines]

    assert [(one["schema"], one["scenario"]) for one in found] == [
        ("llmcost.budget/1", "now"),
        ("llmcost.budget/1", "later"),
    ]


def test_no_format_lets_a_scenario_name_act(budget: Budget) -> None:
    """A spreadsheet, Markdown or a terminal might take it for its own."""
    file = workload('budget: 5 yuan\nscenarios: {"=cmd()": {}, "*b* [red]": {}}\n')
    command = ("-f", file, "-m", "acme-v2", "--format")

    assert "\n'=cmd(),1," in budget(*command, "csv").out
    assert "\\*b\\* \\[red\\]" in budget(*command, "md").out
    assert "*b* [red]\n" in budget(*command, "table").out


def test_the_table_of_a_pipe_is_asked_for(budget: Budget) -> None:
    """It is the same as on a wide terminal."""
    money, _, head, *_ = budget(*MONEY, "--format", "table").out.splitlines()

    assert money.startswith("¥100 for 1,000 users is ¥0.10 per user a month. ")
    assert head.split()[:2] == ["#", "model"]
    assert "input tokens in all" in head


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("--mau", "1000", *REQUESTS), "33"),
        (("--mau", "1000", *REQUESTS, "--currency", "USD", "--fx", "8"), "4.125"),
        (("--yuan", "100", *REQUESTS), "3030"),
        (("--yuan", "100"), "66666666"),
        (("--mau", "1000", "--yuan", "100"), "66666.666"),
        (("--mau", "500万", "--budget", "1万元"), "1333.3333332"),
        (("--budget", "$1.5k", "--fx", "8"), "8000000000"),
    ],
)
def test_one_number_answers_the_question(
    budget: Budget, words: tuple[str, ...], number: str
) -> None:
    """The cost; without users how many; without requests the tokens of the mix, of each user where
    there are users."""
    ran = budget(*words, "-m", "acme-v2", "-q")

    assert (ran.code, ran.out, ran.err) == (0, f"{number}\n", "")


def test_one_number_of_what_has_no_limit(budget: Budget) -> None:
    assert budget("--yuan", "5", "-m", "acme-lite", "-q").out == "inf\n"


def test_top_and_all_say_how_many_are_shown(budget: Budget) -> None:
    """Of people's tables, free models are left to a note."""
    table = ("--format", "table")

    assert "acme-lite" not in budget(*MONEY, *table).out
    assert "acme-lite" in budget(*MONEY, *table, "--all").out
    assert "note: 1 more model; --all shows it" in budget(*MONEY, *table, "--top", "2").err
    assert "note: 2 more models; --all shows them" in budget(*MONEY, *table, "--top", "1").err
    assert "more model" not in budget(*MONEY, *table).err
    assert len(budget(*MONEY, "--top", "2").rows) == 2
    of_data = budget(*MONEY, "--top", "2").err
    assert "note: 1 more model; --all shows it" in of_data
    assert "note: free, within limits: acme-lite; --all shows them" in of_data


def test_an_explanation_has_the_row_and_each_line_of_the_bill(budget: Budget) -> None:
    """In the table that is made for it."""
    out = budget("--mau", "1000", *REQUESTS, "-m", "acme-v2", "--explain").out

    assert "row from 2025-06-01; checked 2026-11-22; source: a letter" in out
    assert "input: 15,000,000 x 1 / 1M = 15 CNY" in out
    assert "output: 6,000,000 x 3 / 1M = 18 CNY" in out


def test_a_deployment_is_explained_as_one(budget: Budget) -> None:
    """It has a source of its own, beside that of the training."""
    out = budget(
        "--mau", "9", *REQUESTS, "--fine-tune-tokens", "1M", "--deployment", "any", "--explain"
    ).out

    assert "  fine-tuning: checked 2026-11-21" in out
    assert "  deployment: checked 2026-11-21" in out


def test_a_table_in_another_currency_shows_it(budget: Budget) -> None:
    """Even if all models bill in the same one."""
    command = ("--mau", "1M", *REQUESTS, "-m", "acme-v2", "--currency", "USD", "--fx", "8")
    out = budget(*command, "--format", "table").out

    assert "¥33,000.00" in out
    assert "$4,125.00" in out


@pytest.mark.parametrize("requests", [(), REQUESTS])
def test_a_model_that_several_sell_has_its_provider(
    budget: Budget, monkeypatch: pytest.MonkeyPatch, requests: Sequence[str]
) -> None:
    """In the table of a narrow terminal, too, where there is no room for a column of them."""
    monkeypatch.setattr("llmcost.commands.budget.command.width", lambda: 80)
    words = (*MONEY, *requests, "-m", "alibaba*/qwen-turbo,qwen-long", "--format", "table")
    lines = budget(*words, over=()).out.splitlines()
    shown = [line.split()[1] for line in lines if line[:1].isdigit()]

    assert {"alibaba/qwen-turbo", "alibaba-intl/qwen-turbo", "qwen-long"} <= set(shown)


def test_a_length_of_text_is_about_so_much(budget: Budget) -> None:
    """Three digits, as it is that of a sample; all digits would be invented."""
    row = budget(*MONEY, "-m", "acme-v2", "--format", "table").out.splitlines()[3].split()

    assert "51,000" in row


def test_a_deployment_that_takes_all_the_money_is_told(budget: Budget) -> None:
    """Nothing is left that could buy a token."""
    command = ("--deployment", "any", "-m", "acme-office", "--yuan")
    said = "note: training and deployment alone cost more than the budget: acme-office"

    assert said in budget(*command, "19999").err
    assert said not in budget(*command, "20001").err


def test_a_loss_has_its_sign_first(budget: Budget) -> None:
    """Before the currency."""
    command = ("--mau", "1M", *REQUESTS, "--revenue-per-user", "1 yuan", "--paying-share", "1%")

    assert "-¥23,000.00" in budget(*command, "-m", "acme-v2", "--format", "table").out


# --- gates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "code"),
    [("33 yuan", 0), ("32.99 yuan", 3), ("¥1万", 0), ("$4.125", 0), ("$4.12", 3)],
)
def test_the_gate_fails_above_its_limit(budget: Budget, limit: str, code: int) -> None:
    """A month of exactly the limit is within it, in either currency; the table is shown anyway."""
    command = ("--mau", "1000", *REQUESTS, "--fx", "8", "-m", "acme-v2")
    ran = budget(*command, "--fail-over", limit)

    assert ran.code == code
    assert len(ran.rows) == 1


def test_a_gate_shows_by_how_much(budget: Budget) -> None:
    """With the digits in which cost and limit differ, and the scenario."""
    file = workload("mau: 1000\nscenarios: {now: {}, later: {mau: 1001}}\n")
    command = ("-f", file, *REQUESTS, "-m", "acme-v2", "--fail-over", "33.0329 yuan")

    assert budget(*command).errors == ["error: over 33.0329 CNY: `acme/acme-v2` in later 33.033"]


# --- workload files ------------------------------------------------------------------------------

THREE = """\
mau: 1000
budget: 100 yuan
requests_per_user: 30
input_tokens: 500
output_tokens: 200
scenarios:
  now: {}
  试点: {mau: 5万}
  launch: {mau: 5M, budget: 1000 USD, fx: 8, model: acme-v2, as_of: 2026-11-21, month: 2026-02}
"""


def test_scenarios_stand_side_by_side(budget: Budget) -> None:
    """A column each, marked where the budget does not hold."""
    ran = budget("-f", workload(THREE), "--format", "table")
    head, *rows = ran.out.splitlines()
    (row,) = [one.split() for one in rows if one.startswith("acme-v2")]

    assert head.split() == ["model", "provider", "now", "试点", "launch"]
    assert row == ["acme-v2", "acme", "¥33.00", "¥1,650.00", "!", "$20,625.00", "!"]
    assert "note: ! marks more than the budget" in ran.err


def test_scenarios_without_users_show_how_many_each_carries(budget: Budget) -> None:
    """What the most users cost is always about the budget."""
    text = "requests_per_user: 30\ninput_tokens: 500\noutput_tokens: 200\nscenarios:\n"
    file = workload(text + "  now: {budget: 100 yuan}\n  later: {budget: 1万元}\n")
    out = budget("-f", file, "-m", "acme-v2", "--format", "table").out

    assert out.splitlines()[1].split() == ["acme-v2", "acme", "3,030", "users", "303,030", "users"]


def test_an_explanation_names_its_scenario(budget: Budget) -> None:
    out = budget("-f", workload(THREE), "-m", "acme-v2", "--explain").out

    assert "\n试点: acme/acme-v2: 1650 CNY a month\n" in out


def test_a_note_names_the_scenarios_that_it_is_true_of(budget: Budget) -> None:
    """Unless it is true of all."""
    err = budget("-f", workload(THREE), "--format", "table").err

    assert "note: launch: 1 USD = 8 CNY as given" in err
    assert "note: now, 试点: free, within limits: acme-lite" in err


def test_no_column_has_a_hole_where_another_has_its_first(budget: Budget) -> None:
    """--top chooses the first of each scenario, and all of them have their figures."""
    file = workload(
        "mau: 9\nrequests_per_user: 9\nscenarios:\n"
        "  reads: {input_tokens: 9000, output_tokens: 1}\n"
        "  night: {input_tokens: 200000, output_tokens: 1}\n"
    )
    command = ("-f", file, "-m", "acme-long,acme-v2", "--format", "table", "--top", "1")
    lines = budget(*command).out.splitlines()

    assert [len(line.split()) for line in lines] == [4, 4, 4]


def test_what_scenarios_have_in_common_stands_at_the_top(budget: Budget) -> None:
    """And is null where they differ; each of them has its own day, month, currency and rate."""
    words = ("--scenario", "launch", "--scenario", "now", "--format", "json")
    found = budget("-f", workload(THREE), *words).json
    launch, now = found["scenarios"]

    assert {key: found[key] for key in ("mau", "budget", "as_of", "month", "currency")} == {
        **dict.fromkeys(("mau", "budget", "as_of", "month", "currency"))
    }
    assert "fx" not in found
    assert (now["name"], now["month"], now["currency"]) == ("now", "2026-11", "CNY")
    assert (launch["name"], launch["month"], launch["currency"]) == ("launch", "2026-02", "USD")
    assert launch["fx"] == {"pair": "USD/CNY", "rate": "8", "date": None}
    assert [one["scenario"] for one in found["results"]].count("launch") == 1


def test_one_scenario_is_chosen(budget: Budget) -> None:
    """Or several, in the order asked for."""
    file = workload(THREE)
    command = ("-f", file, "-m", "acme-v2")

    assert budget(*command, "--scenario", "试点", "-q").out == "1650\n"
    chosen = budget(*command, "--scenario", "launch", "--scenario", "now").rows
    assert [row["scenario"] for row in chosen] == ["launch", "now"]


def test_tables_without_requests_have_the_name_of_their_scenario(budget: Budget) -> None:
    """There is no one figure that could stand side by side."""
    file = workload("mau: 5\nscenarios: {now: {budget: 5 yuan}, 上线: {budget: 9 yuan}}\n")
    out = budget("-f", file, "-m", "acme-v2", "--format", "table").out

    assert [line for line in out.splitlines() if line in ("now", "上线")] == ["now", "上线"]


@pytest.mark.parametrize(
    ("words", "cost"),
    [
        ((), "33"),
        (("--mau", "2000"), "66"),
        (("--requests-per-user", "60"), "66"),
        (("--conversations-per-user", "60"), "66"),  # the file's other way to say it gives way
        (("--currency", "USD", "--fx", "8"), "4.125"),
    ],
)
def test_options_lie_over_the_file(budget: Budget, words: tuple[str, ...], cost: str) -> None:
    """And a scenario over what it has in common with others."""
    file = workload(THREE)

    ran = budget("-f", file, "--scenario", "now", "-m", "acme-v2", *words, "-q")
    assert (ran.out, ran.err) == (f"{cost}\n", "")


def test_a_scenario_may_say_in_another_way_how_much_users_send(budget: Budget) -> None:
    """It replaces what the file says of all."""
    file = workload(
        "mau: 10\nrequests_per_user: 30\ninput_tokens: 500\nscenarios:\n"
        "  now: {}\n  talks: {conversations_per_user: 60}\n"
    )

    found = budget("-f", file, "-m", "acme-v2").rows
    assert [row["cost"] for row in found] == ["0.15", "0.3"]


def prompts(folder: str) -> None:
    Path(folder).mkdir()
    Path(folder, "prompt.txt").write_text("word " * 100, "utf-8")
    Path("prompt.txt").write_text("word " * 200, "utf-8")


def test_a_prompt_lies_beside_its_workload_file(budget: Budget) -> None:
    """One of an option in the folder that one is in."""
    prompts("app")
    text = "mau: 1000\nrequests_per_user: 1000\ninput_tokens: 0\n"
    file = workload(text + "system_prompt: prompt.txt\n", "app/w.yaml")
    command = ("-f", file, "-m", "acme-v2", "-q")
    beside, here = (
        Decimal(budget(*command, *words).out) for words in ((), ("--system-prompt", "prompt.txt"))
    )

    assert 0 < beside < here


def test_a_prompt_may_come_through_a_pipe(budget: Budget, monkeypatch: pytest.MonkeyPatch) -> None:
    """For one scenario; there is no second reading of it."""
    command = (*MONEY, *REQUESTS, "-m", "acme-v2", "-q", "--system-prompt")
    Path("prompt.txt").write_text("word " * 200, "utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"word " * 200)))

    assert budget(*command, "-").out == budget(*command, "prompt.txt").out
    ran = budget("-f", workload(THREE), "--system-prompt", "-")
    assert ran.code == 2
    assert "of one scenario only" in ran.err


@pytest.mark.parametrize("path", ["/dev/zero", "large.txt", "-"])
def test_a_prompt_without_end_is_an_error(
    budget: Budget, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Of a device, a file that is no prompt, or a pipe."""
    if path == "/dev/zero" and not Path(path).exists():
        pytest.skip("needs /dev/zero")
    with Path("large.txt").open("wb") as file:
        file.truncate(10_000_001)
    with Path("large.txt").open("rb") as stdin:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stdin))
        text = f"budget: 5 yuan\nmodel: acme-v2\nsystem_prompt: '{path}'\n"
        ran = budget("-f", workload(text))

    assert (ran.code, ran.out) == (1, "")
    assert f"w.yaml:4: cannot read `{path}`: it has more than 10,000,000 bytes" in ran.err


def in_folder() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_a_new_file_is_a_whole_workload(budget: Budget) -> None:
    """On stdout or in a file; the program reads what it writes."""
    ran = budget("--init", "-f", "new.yaml", over=())

    assert (ran.code, ran.out) == (0, "")
    assert Path("new.yaml").read_text("utf-8") == budget("--init", over=()).out
    assert budget("--init", "-f", "-", over=()).out == budget("--init", over=()).out
    assert in_folder() == ["new.yaml"]
    assert budget("-f", "new.yaml", "-m", "acme-v2", "-q").out == "165000\n"


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("taken.yaml", 2, "already exists"),
        ("link.yaml", 2, "already exists"),
        (".", 2, "already exists"),
        ("", 2, "already exists"),
        ("no/new.yaml", 1, os.strerror(errno.ENOENT)),
        ("taken.yaml/new.yaml", 1, os.strerror(errno.ENOTDIR)),
        ("a\nb\x1b[31m/new.yaml", 1, "`a\\x0ab\\x1b[31m/new.yaml`"),
        ("n" * 256, 1, os.strerror(errno.ENAMETOOLONG)),
    ],
)
def test_a_new_file_never_replaces_one(budget: Budget, path: str, code: int, reason: str) -> None:
    """And where none can be written, nothing is left behind."""
    Path("taken.yaml").write_text("mine", "utf-8")
    Path("link.yaml").symlink_to("nowhere")
    ran = budget("--init", "-f", path, over=())

    assert ran.code == code
    assert len(ran.errors) == 2
    assert reason.lower() in ran.errors[0].lower()
    assert ran.errors[1].startswith("hint: ")
    assert Path("taken.yaml").read_text("utf-8") == "mine"
    assert in_folder() == ["link.yaml", "taken.yaml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_gets_no_file(budget: Budget) -> None:
    Path("shut").mkdir(mode=0o555)
    ran = budget("--init", "-f", "shut/new.yaml", over=())

    assert ran.code == 1
    assert os.strerror(errno.EACCES) in ran.err


def test_the_schema_is_the_one_that_is_shipped(budget: Budget) -> None:
    """For those who have the program and not its sources."""
    from llmcost.files import bundled

    assert budget("--schema", over=()).out == bundled("workload.schema.json").read_text("utf-8")


# --- what is refused -----------------------------------------------------------------------------

Y = ("--yuan", "5")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "add a budget (--yuan) or a workload (--requests-per-user)"),
        (("--mau", "5"), 2, "--mau: add a budget (--yuan) or a workload (--requests-per-user)"),
        (REQUESTS, 2, "--requests-per-user: add users (--mau) or a budget (--yuan)"),
        (("--mau", "5", "--requests-per-user", "3"), 2, "the size of a request is not given"),
        *(
            (("--mau", text, *Y), 2, "--mau must be a whole number above zero")
            for text in ("-5", "0", "nan", "1e9", "five", "5.5", "1000001000000", "５", "inf", "")
        ),
        *((("--yuan", text), 2, "--yuan must be an amount") for text in ("-1", "x", "1e5", "１")),
        *(
            (("--budget", text), 2, "--budget must be money like 10000 yuan, $1.5k or 1万元")
            for text in ("5", "5 XAU", "-5 yuan", "１ yuan", "5 yuan yuan", "$5 USD", "yuan")
        ),
        ((*Y, "--usd", "5"), 2, "use only one of --yuan and --usd"),
        ((*Y, "--budget", "5 yuan"), 2, "use only one of --budget and --yuan"),
        *(((*Y, "--mix", mix), 2, "--mix must be two numbers") for mix in ("", "0:0", "3", "a:b")),
        ((*Y, "--currency", "XAU"), 2, "--currency must be a currency like CNY, USD or EUR"),
        ((*Y, "--zone", "Mars"), 2, "--zone: no time zone is called `Mars`"),
        ((*Y, "--zone", "../../etc/passwd"), 2, "--zone: no time zone is called"),
        ((*Y, "--holidays", "XX"), 2, "--holidays: no public holidays known of `XX`"),
        ((*Y, "--traffic", "night"), 2, "--traffic must be one of flat, office"),
        ((*Y, "--month", "2026-13"), 2, "--month must be a month"),
        ((*Y, "--month", "1999-12"), 2, "--month: a month of 2000 to 2100, not 1999-12"),
        ((*Y, "--as-of", "2026-13-01"), 2, "--as-of: not a date"),
        ((*Y, "--as-of", "1492-01-01"), 2, "--as-of: a month of 2000 to 2100"),
        ((*Y, "--as-of", "2019-01-01"), 1, "--as-of: no model was on sale on 2019-01-01"),
        ((*Y, "--turns", "10001"), 2, "--turns: a conversation of 10,001 requests"),
        (
            (*Y, "--turns", "5k", "--tool-calls", "2"),
            2,
            "--turns: a conversation of 15,000 requests",
        ),
        ((*Y, "--spread", "2"), 2, "--spread: has no effect without --requests-per-user"),
        ((*Y, "--percentiles", "50:10,90:5"), 2, "--percentiles must be ranks and numbers"),
        ((*Y, "--paying-share", "5%"), 2, "has no effect without --revenue-per-user"),
        ((*Y, "--instances", "2"), 2, "--instances: has no effect without --deployment"),
        ((*Y, *REQUESTS, "--conversations-per-user", "3"), 2, "say the same in two ways"),
        ((*Y, "-m", "nix"), 1, "--model: unknown model: `nix`"),
        ((*Y, "--provider", "nix"), 1, "--provider: unknown provider: `nix`"),
        ((*Y, "-m", "a\n\x1b[31mb"), 2, "--model must be names like"),
        ((*Y, "-m", "acme-secret"), 1, "no model can be priced: acme-secret: price unknown"),
        ((*Y, "--fees", "fax:1"), 1, "no price of fax known"),
        ((*Y, "--deployment", "nix"), 1, "no price of a deployment called nix known"),
        ((*Y, "--system-prompt", "nix.txt"), 1, "--system-prompt: no such file: `nix.txt`"),
        ((*Y, "--fail-over", "5"), 2, "--fail-over must be money"),
        ((*Y, "--fail-over", "5 yuan"), 2, "--fail-over needs a workload"),
        ((*Y, "--scenario", "now"), 2, "--scenario needs a workload file"),
        ((*Y, "-q"), 2, "-q prints one number, not 4"),
        (("-f", "nix.yaml"), 1, f"workload file `nix.yaml`: {os.strerror(errno.ENOENT)}"),
        (("-f", "."), 1, f"workload file `.`: {os.strerror(errno.EISDIR)}"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    budget: Budget, words: tuple[str, ...], code: int, said: str
) -> None:
    """In one line that names it, with a hint mostly; nothing but an empty table on stdout."""
    ran = budget(*words)
    first, *hint = ran.errors

    assert ran.code == code
    assert len(ran.out.splitlines()) <= 1
    assert first.startswith("error: ")
    assert said in first
    assert [line[:6] for line in hint] in ([], ["hint: "])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mau: 5\n", "w.yaml:2: add a budget (--yuan) or a workload (--requests-per-user)"),
        ("yuan: 5\n", "w.yaml:2: unknown key `yuan`"),
        ("mau: 1e9\nbudget: nan\n", "w.yaml:2: expected `mau` as a whole number above zero"),
        ("budget: 5 yuan\nmodel: nix\n", "w.yaml:3: unknown model: `nix`"),
        ("budget: 5 yuan\nprovider: nix\n", "w.yaml:3: unknown provider: `nix`"),
        ("budget: 5 yuan\nzone: Mars\n", "w.yaml:3: no time zone is called `Mars`"),
        ("budget: 5 yuan\nholidays: XX\n", "w.yaml:3: no public holidays known of `XX`"),
        ("budget: 5 yuan\nas_of: 2026-13-01\n", "w.yaml:3: not a date"),
        ("budget: 5 yuan\nas_of: 2019-01-01\n", "w.yaml:3: no model was on sale"),
        ("budget: 5 yuan\nsystem_prompt: nix.txt\n", "w.yaml:3: no such file: `nix.txt`"),
        ("budget: 5 yuan\nspread: 2\n", "w.yaml:3: has no effect without --requests-per-user"),
        ("budget: 5 yuan\nturns: 10001\n", "w.yaml:3: a conversation of 10,001 requests"),
        ("budget: 5 yuan\nscenarios: {a: {mau: x}}\n", "w.yaml:3: expected `mau`"),
    ],
)
def test_a_mistake_in_a_file_has_its_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    text: str,
    said: str,
) -> None:
    """And ends in 1: the command line was in order."""
    monkeypatch.chdir(tmp_path)
    code = main(["budget", "-f", workload(text), "--prices", str(TINY)])
    printed = capsys.readouterr()

    assert (code, printed.out) == (1, "")
    assert printed.err.startswith(f"error: {said}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "w.yaml:1: the file is empty"),
        (b"schema: 1\nmau: \xe4\xbd", "not text"),
        (b"schema: 1\n\t- [", "not YAML"),
        (b"#" * 2_000_000, "larger than 1 MB"),
    ],
)
def test_what_is_no_workload_file_is_refused(budget: Budget, content: bytes, said: str) -> None:
    Path("w.yaml").write_bytes(content)
    ran = budget("-f", "w.yaml")

    assert (ran.code, ran.out) == (1, "")
    assert said in ran.errors[0]


def test_a_scenario_that_is_not_there_is_refused(budget: Budget) -> None:
    """With those that are."""
    ran = budget("-f", workload(THREE), "--scenario", "later")

    assert ran.code == 2
    assert ran.errors == [
        "error: no scenario is called `later`",
        "hint: the file has `now`, `试点`, `launch`",
    ]


def test_no_name_in_an_error_acts(budget: Budget) -> None:
    """On the terminal, or as a line of its own."""
    ran = budget("-f", workload(THREE), "--scenario", "a\n\x1b[31mb")

    assert ran.errors[0] == "error: no scenario is called `a\\x0a\\x1b[31mb`"


def test_a_scenario_without_an_answer_is_named(budget: Budget) -> None:
    """The others are shown."""
    file = workload("budget: 5 yuan\nscenarios: {now: {}, later: {model: acme-secret}}\n")
    ran = budget("-f", file)

    assert ran.code == 1
    assert {row["scenario"] for row in ran.rows} == {"now"}
    assert ran.errors[0].startswith("error: no model can be priced in later: acme-secret: ")


def test_several_scenarios_have_no_one_number(budget: Budget) -> None:
    """The hint is what would make them one."""
    ran = budget("-f", workload(THREE), "-m", "acme-v2", "-q")

    assert ran.errors[1] == "hint: choose one scenario with --scenario"


# --- help ----------------------------------------------------------------------------------------


def test_help_names_the_words_that_an_option_takes(budget: Budget) -> None:
    """Each field has its option; none that has a form is just called TEXT."""
    out = budget("--help").out

    assert [field.option for field in FIELDS.values() if f"{field.option} " not in out] == []
    assert "TEXT" not in out
    assert "--history full|window:N|summary:N" in out
    for field in FIELDS.values():
        if isinstance(field.parse, WordParser):
            assert f"{field.option} {'|'.join(field.parse.words)}" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_one_says(name: str) -> None:
    """It is written twice, so that the list loads none of them."""
    first, *_ = (command(name, [name]).__doc__ or "").splitlines()

    assert COMMANDS[name] == first

"""Pages in a browser: sorting, filtering, both colour schemes, a phone, paper, and no script.

Needs Chromium with its driver (Debian: chromium, chromium-driver) and selenium; skips without.
"""

import os
import shutil
from base64 import b64decode
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pages import COMMANDS, page_of, printed

from llmcost.render.html.page import HtmlPage, PageSection, written
from llmcost.render.html.sortable_table import HtmlCell, HtmlColumn, table

webdriver = pytest.importorskip(
    "selenium.webdriver", reason="needs selenium: pip install -e '.[browser]'"
)
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER),
    reason="needs Chromium and its driver: apt-get install chromium chromium-driver",
)
LIGHT, DARK = "light", "dark"


class Browser:
    """A page in headless Chromium, which downloads nothing, not even its driver."""

    def __init__(self, folder: Path) -> None:
        from selenium.webdriver.chrome.service import Service

        os.environ["SE_OFFLINE"] = "true"
        chosen = webdriver.ChromeOptions()
        chosen.binary_location = str(BROWSER)
        for one in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            chosen.add_argument(one)
        self.driver = webdriver.Chrome(options=chosen, service=Service(DRIVER))
        self.folder = folder

    def open(
        self, text: str, scheme: str = LIGHT, media: str = "screen", width: int = 1200
    ) -> None:
        """Shows a page; what it logs from now on is its own."""
        file = self.folder / "page.html"
        file.write_text(text)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.tell("Emulation.setEmulatedMedia", media=media, features=features)
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.tell("Emulation.setDeviceMetricsOverride", **screen)
        self.driver.get(file.as_uri())

    def tell(self, command: str, **values: object) -> Any:
        return self.driver.execute_cdp_cmd(command, values)

    def ask(self, script: str, *values: object) -> Any:
        return self.driver.execute_script(f"return {script}", *values)

    def logged(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def column(self, index: int) -> list[str]:
        """The cells that are shown."""
        found: list[str] = self.ask(
            "[...document.querySelectorAll('tbody tr')].filter(row => !row.hidden)"
            ".map(row => row.cells[arguments[0]].textContent)",
            index,
        )
        return found

    def click_head(self, index: int) -> None:
        self.driver.find_elements("css selector", "thead button")[index].click()

    def sorts(self) -> list[str | None]:
        found: list[str | None] = self.ask(
            "[...document.querySelectorAll('thead th')].map(one => one.getAttribute('aria-sort'))"
        )
        return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser(tmp_path_factory.mktemp("pages"))
    yield found
    found.driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A page of each command, those that take scores with them."""
    folder = tmp_path_factory.mktemp("made")
    scores = {"estimate": ["--quality", "scores.csv"], "budget": ["--quality", "scores.csv"]}
    return {
        name: printed(folder, *words, *scores.get(name, [])) for name, words in COMMANDS.items()
    }


AMOUNTS = [
    "0.10000000000000000000000002",
    "2",
    "0.10000000000000000000000001",
    "-3.5",
    "",
    "10",
    "2",
    "0",
]
"""Two that a floating-point number cannot tell apart, two that are equal, and one that is none."""


def sheet_of(amounts: list[str]) -> str:
    """A page with these in a table, and with as many rows of nothing as make it a long one."""
    columns = [
        HtmlColumn("row", is_head=True),
        HtmlColumn("provider", chooses=True),
        HtmlColumn("cost", number=True),
    ]
    rows = [
        [
            HtmlCell(f"row {at}"),
            HtmlCell("acme" if at % 2 else "globex"),
            HtmlCell(f"¥{one}", value=one),
        ]
        for at, one in enumerate(amounts)
    ]
    rows += [[HtmlCell(f"row {at}"), HtmlCell("none"), HtmlCell("")] for at in range(len(rows), 20)]
    return written(
        HtmlPage("t", [], [], [], [PageSection("t", (table("t", "t", columns, rows),))], [])
    )


def test_numbers_are_sorted_exactly_and_nothing_stays_last(browser: Browser) -> None:
    browser.open(sheet_of(AMOUNTS))
    known = [one for one in AMOUNTS if one]
    for reverse, said in ((False, "ascending"), (True, "descending")):
        browser.click_head(2)
        assert browser.sorts() == [None, None, said]
        heads = browser.ask("document.querySelector('thead').innerText.split(/\\s+/)")
        assert [one for one in heads if one] == ["row", "provider", "cost"]
        # Python's sort is stable in both directions, too
        expected = sorted(known, key=Decimal, reverse=reverse)
        shown = [one.removeprefix("¥") for one in browser.column(2)]
        assert shown[: len(known)] == expected
        assert not any(shown[len(known) :])
        twos = [row for row, cell in zip(browser.column(0), shown, strict=True) if cell == "2"]
        assert twos == ["row 1", "row 6"]


def test_text_is_sorted_as_people_do_it(browser: Browser) -> None:
    browser.open(sheet_of(AMOUNTS))
    browser.click_head(2)
    browser.click_head(0)
    assert browser.column(0) == [f"row {at}" for at in range(20)]  # 2 before 10


def test_a_header_is_a_button_for_the_keyboard(browser: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.open(sheet_of(AMOUNTS))
    browser.driver.find_elements("css selector", "thead button")[2].send_keys(Keys.ENTER)
    assert browser.sorts() == [None, None, "ascending"]


def test_rows_are_filtered_by_all_words_and_the_choice(browser: Browser) -> None:
    browser.open(sheet_of(AMOUNTS))
    box = browser.driver.find_element("css selector", "input")
    box.send_keys("ROW acme")
    assert browser.column(0) == ["row 1", "row 3", "row 5", "row 7"]
    assert browser.ask("document.querySelector('output').textContent") == "4 of 20 rows"
    box.clear()
    choose = "document.querySelector('select').value = arguments[0],"
    choose += "document.querySelector('select').dispatchEvent(new Event('input'))"
    browser.ask(choose, "globex")
    assert browser.column(0) == ["row 0", "row 2", "row 4", "row 6"]
    browser.click_head(2)  # what is hidden stays so
    assert len(browser.column(0)) == 4
    browser.ask(choose, "")
    assert len(browser.column(0)) == 20


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_opens_without_complaint_and_asks_for_nothing(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    """The log has violations of the content policy, too."""
    browser.open(pages[name])
    assert browser.logged() == []
    assert browser.ask("performance.getEntriesByType('resource').length") == 0
    assert browser.ask("document.querySelectorAll('thead button').length") > 0


def test_the_policy_stops_what_is_not_of_the_page(browser: Browser) -> None:
    """So that a quiet log means something."""
    text = written(page_of("x")).replace("</main>", "<script>window.hit=1</script></main>")
    browser.open(text.replace("<h1>", '<h1 onclick="1" style="color:red">'))
    browser.ask("document.querySelector('h1').click()")
    assert browser.ask("window.hit ?? null") is None
    assert len([one for one in browser.logged() if "Content Security Policy" in one]) >= 2


@pytest.mark.parametrize(
    "text",
    [
        "</script><script>document.title='hit'</script>",
        "<img src=x onerror=\"document.title='hit'\">",
        '" onmouseover="document.title=\'hit\'" x="',
        "</style></title></textarea><svg onload=document.title='hit'>",
        "javascript:document.title='hit'",
    ],
)
def test_hostile_names_are_shown_as_text(browser: Browser, text: str) -> None:
    browser.open(written(page_of(text)))
    browser.click_head(0)
    assert browser.ask("document.title") == f"{text} – llmcost"
    assert browser.ask("document.querySelector('h1').textContent") == text
    assert browser.ask("document.querySelector('tbody th').textContent") == text
    assert browser.ask("document.querySelectorAll('img, main script').length") == 0
    assert browser.logged() == []


def luminance(color: str) -> float:
    """Of `rgb(1, 2, 3)`, as WCAG has it."""
    parts = [int(one) / 255 for one in color[4:-1].split(",")]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def color(browser: Browser, selector: str, property: str) -> str:
    found: str = browser.ask(
        "getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", selector, property
    )
    return found


@pytest.mark.parametrize(
    ("scheme", "media", "is_dark"),
    [(LIGHT, "screen", False), (DARK, "screen", True), (DARK, "print", False)],
)
def test_text_can_be_read_in_both_schemes_and_paper_is_white(
    browser: Browser, pages: dict[str, str], scheme: str, media: str, is_dark: bool
) -> None:
    browser.open(pages["estimate"], scheme, media)
    paper = color(browser, "body", "backgroundColor")
    assert (luminance(paper) < 0.1) == is_dark
    texts = [("h1", "color"), ("figcaption span", "color"), ("dt", "color"), ("a", "color")]
    texts += [("td", "color"), ("caption", "color"), (".tick", "fill"), (".name", "fill")]
    for selector, property in texts:
        assert contrast(paper, color(browser, selector, property)) >= 4.5, selector
    for kind in (".whisker", ".line"):
        assert contrast(paper, color(browser, kind, "stroke")) >= 3


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_scrolls_tables_and_not_the_page(
    browser: Browser, pages: dict[str, str], name: str, width: int
) -> None:
    browser.open(pages[name], width=width)
    assert browser.ask("document.documentElement.scrollWidth") <= width
    assert browser.ask("innerWidth") == width


def test_paper_has_no_controls_and_repeats_the_head(browser: Browser) -> None:
    pypdf = pytest.importorskip("pypdf")
    browser.open(sheet_of([str(one) for one in range(200)]), DARK, media="")
    made = browser.tell("Page.printToPDF", preferCSSPageSize=True)["data"]
    file = browser.folder / "page.pdf"
    file.write_bytes(b64decode(made))
    sheets = [one.extract_text() for one in pypdf.PdfReader(file).pages]
    assert len(sheets) > 2
    assert all("provider" in one and "cost" in one for one in sheets)
    assert not any("Filter" in one or "of 200 rows" in one for one in sheets)


def test_without_a_script_everything_can_be_read(browser: Browser) -> None:
    browser.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(sheet_of(AMOUNTS))
        assert browser.driver.find_elements("css selector", "thead button") == []
        assert not browser.driver.find_element("css selector", ".tools").is_displayed()
        assert len(browser.driver.find_elements("css selector", "tbody tr")) == 20
        assert browser.driver.find_element("css selector", "thead").text.split() == [
            *("row", "provider", "cost")
        ]
    finally:
        browser.tell("Emulation.setScriptExecutionDisabled", value=False)

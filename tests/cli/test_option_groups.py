"""Groups of options: a command takes values, and the command line offers what is in them."""

from typing import Annotated

import pytest

from llmcost.cli.command_line import values_of
from llmcost.cli.command_lookup import command, configured
from llmcost.cli.declarations import MISSING, Option, parameters_of
from llmcost.cli.option_groups import OptionGroup, grouped
from llmcost.cli.output import Output

Size = Annotated[int, Option("--size", help="How large.")]
Color = Annotated[str | None, Option("--color", help="Which color.")]
Loud = Annotated[bool, Option("--loud", help="With noise.")]


class Paint(OptionGroup, frozen=True):
    color: Color = None
    loud: Loud = False


class Shape(OptionGroup, frozen=True):
    paint: Paint
    size: Size = 7


class Solid(Shape, frozen=True):
    depth: Annotated[int, Option("--depth")] = 1


taken: list[tuple[bool, Shape]] = []


@grouped
def draw(*, first: Annotated[bool, Option("--first")] = False, shape: Shape) -> Output:
    """Draw a shape."""
    taken.append((first, shape))
    return Output("drawn\n")


def test_a_group_is_taken_apart_where_it_stands() -> None:
    parameters = {one.name: one for one in parameters_of(draw)}
    assert list(parameters) == ["first", "color", "loud", "size"]
    assert [one.default for one in parameters.values()] == [False, None, False, 7]
    assert parameters["color"].annotation == Color
    assert (draw.__name__, draw.__doc__) == ("draw", "Draw a shape.")


def test_a_group_has_the_options_of_the_one_it_extends() -> None:
    @grouped
    def cut(*, solid: Solid) -> Output:
        return Output(str(solid.depth * solid.size))

    assert [one.name for one in parameters_of(cut)] == ["color", "loud", "size", "depth"]
    assert cut(color=None, loud=False, size=3, depth=2).text == "6"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (False, Shape(Paint()))),
        (["--size", "3", "--first"], (True, Shape(Paint(), 3))),
        (["--color", "red", "--loud"], (False, Shape(Paint("red", True)))),
    ],
)
def test_the_command_gets_the_values_in_their_groups(
    words: list[str], expected: tuple[bool, Shape]
) -> None:
    values = values_of(words, parameters_of(configured(draw)))
    assert configured(draw)(**values).text == "drawn\n"
    assert taken.pop() == expected


@pytest.mark.parametrize("name", ["estimate", "count", "diff", "usage"])
def test_every_option_of_a_command_has_its_own_name_and_a_default(name: str) -> None:
    """Settings and the server of agents find options by name and rely on their defaults."""
    found = parameters_of(command(name, ["--help"]))
    assert not [one.name for one in found if one.default is MISSING]
    assert {"paths", "prices", "encoding", "workers"} <= {one.name for one in found}

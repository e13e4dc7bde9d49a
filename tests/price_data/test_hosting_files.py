"""`data/hosting`: what the files may hold, and what is refused."""

from collections.abc import Mapping

import pytest

from llmcost.files import bundled
from llmcost.price_data.hosting_files import FILES, load_hosting, parse_hosting
from llmcost.price_data.loader import read_file

CONTENTS = {name: read_file(bundled(f"hosting/{name}.yaml")) for name in FILES}


def changed(name: str, old: str, new: str) -> Mapping[str, bytes]:
    content = CONTENTS[name].decode()
    assert old in content
    return {**CONTENTS, name: content.replace(old, new, 1).encode()}


def test_numbers_are_read_as_they_are_written() -> None:
    rent = load_hosting().reference("h200_sxm")
    assert rent is not None
    assert (str(rent.price), rent.where, rent.day) == ("4.59", "RunPod secure", "2026-09-25")


def test_the_default_rent_is_the_newest_of_its_seller() -> None:
    facts = load_hosting()
    found = {one.id: facts.reference(one.id) for one in facts.rents.machines}
    days = {name: (str(one.price), one.day) for name, one in found.items() if one}
    assert days["h100_sxm"] == ("3.99", "2026-11-09")
    assert found["gb200"] is None


def test_all_is_read_from_the_cache_as_from_the_files() -> None:
    load_hosting()
    assert load_hosting() == parse_hosting(CONTENTS)


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("throughput", "licence:", "license:", "license"),
        ("throughput", "requests: ", "requests: -", "above zero"),
        ("throughput", "gpus: 4", "gpus: 0", "gpus"),
        ("throughput", "machine: h200_sxm", "machine: h20", "no machine is called `h20`"),
        ("throughput", "- id: gpt-oss-20b", "- id: gpt-oss-120b", "there twice"),
        ("rents", "currency: CNY", "currency: EUR", "currency"),
        ("rents", "source: silybench", "source: hearsay", "no source is called `hearsay`"),
        ("rents", "price: 1.24", "price: cheap", "price"),
        ("measured", "source: trtllm", "source: trt", "no source is called `trt`"),
        ("reserved", "checked: 2026-11-30", "checked: soon", "checked"),
        ("reserved", "reservations:", "reservations: [", "yaml"),
    ],
)
def test_what_is_wrong_is_named(name: str, old: str, new: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_hosting(changed(name, old, new))

"""Llama by the vocabularies of `llama-models`: held against Meta's own tokenizer (extra `llama`);
and what an installation without the package says."""

import sys
from pathlib import Path
from typing import Any

import pytest
from hard_texts import texts
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.commands.tokenizers.listing import better
from llmcost.errors import UnreadableInput
from llmcost.runtime.tokenizer_choice import known_tokenizers
from llmcost.tokenizers.counter import count
from llmcost.tokenizers.llama import FILES, installed_vocabularies
from llmcost.tokenizers.registry import TOKENIZERS

each_llama = pytest.mark.parametrize("name", FILES)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
needs_package = pytest.mark.skipif(
    not installed_vocabularies(), reason="extra `llama` is not installed"
)


def reference(name: str) -> Any:
    """Meta's tokenizer, with text that looks like a control token taken as text."""
    module = pytest.importorskip(f"llama_models.{name}.tokenizer")
    return module.Tokenizer.get_instance().model


@needs_package
@each_llama
@settings(max_examples=150, deadline=None)
@given(text=st.one_of(texts, anything))
def test_a_count_is_that_of_the_reference(name: str, text: str) -> None:
    """Whatever the text, marks of a chat in it too."""
    found = count(text, [name], known_tokenizers())[name]

    assert found.exact
    assert found.tokens == len(reference(name).encode_ordinary(text))


@needs_package
@each_llama
def test_every_character_counts_as_in_the_reference(name: str) -> None:
    """Each code point beside letters, digits and blanks."""
    codes = (code for code in range(1, 0x110000, 13) if not 0xD800 <= code < 0xE000)
    lines = "\n".join(f"a{chr(code)}b {chr(code)}{chr(code)} 1{chr(code)}" for code in codes)

    assert count(lines, [name], known_tokenizers())[name].tokens == len(
        reference(name).encode_ordinary(lines)
    )


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package whose files are others."""
    for name in FILES:
        folder = tmp_path / "llama_models" / name
        folder.mkdir(parents=True)
        (folder / "tokenizer.model").write_bytes(b"IQ== 0\n")
    (tmp_path / "llama_models" / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.delitem(sys.modules, "llama_models", raising=False)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("package")
@each_llama
def test_a_file_that_is_another_is_refused(name: str) -> None:
    """Nothing is called exact that Meta's file did not count; the package is not imported."""
    with pytest.raises(UnreadableInput, match="is not the file that was expected") as caught:
        count("text", [name], known_tokenizers())

    assert "llama-models" in caught.value.hint


@each_llama
def test_without_the_package_it_is_an_estimate_that_names_it(name: str) -> None:
    found = count("Plain words of a text.", [name])[name]

    assert not found.exact
    assert found.low < found.tokens < found.high
    assert "llama-models" in better(TOKENIZERS[name])

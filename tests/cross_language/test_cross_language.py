# SPDX-License-Identifier: Apache-2.0
"""Loaders and errors between C++, Python and Rust in one process, each way."""

from __future__ import annotations

import itertools

import pytest

LANGUAGES = ["cpp", "python", "rust"]
PAIRS = list(itertools.permutations(LANGUAGES, 2))

# What a module loaded with each side's loader says: the Python and the Rust loader mark the payload
# and pass it on to the C++ loader.
DESCRIPTION = {"cpp": "c++:abc", "python": "c++:python:abc", "rust": "c++:rust:abc"}

# A function of each side that a traceback through its raise_error must show.
RAISING_FRAME = {"cpp": "CppRaise", "python": "python_raise", "rust": "rust_raise"}


@pytest.mark.parametrize(("caller", "loader"), PAIRS)
def test_loader_of_one_language_serves_another(
    sides: dict[str, object], caller: str, loader: str
) -> None:
    assert sides[caller].load_and_describe(f"cross_{loader}", b"abc") == DESCRIPTION[loader]


# What each side's loader says when it refuses a payload, and a function that the traceback shows.
REFUSAL = {
    "cpp": ("c++ loader refuses", "LoadCpp"),
    "python": ("python loader refuses", "load_python"),
    "rust": ("rust loader refuses", "load_rust"),
}


@pytest.mark.parametrize(("catcher", "loader"), PAIRS)
def test_error_of_a_loader_arrives_unchanged(
    sides: dict[str, object], catcher: str, loader: str
) -> None:
    def load_it() -> None:
        sides[catcher].load_and_describe(f"cross_{loader}", b"fail")

    kind, message, traceback_text = sides[catcher].catch_error(load_it)
    refusal, frame = REFUSAL[loader]
    assert (kind, message) == ("ValueError", refusal)
    assert frame in traceback_text


@pytest.mark.parametrize("caller", LANGUAGES)
def test_missing_loader_names_key_and_registered_kinds(
    sides: dict[str, object], caller: str
) -> None:
    with pytest.raises(RuntimeError, match=r"ffi\.Module\.load_from_bytes\.cross_none") as caught:
        sides[caller].load_and_describe("cross_none", b"abc")
    for language in LANGUAGES:
        assert f"cross_{language}" in str(caught.value)


@pytest.mark.parametrize(("catcher", "raiser"), PAIRS)
@pytest.mark.parametrize("kind", ["ValueError", "TypeError", "IndexError"])
def test_error_crosses_with_kind_message_and_frames(
    sides: dict[str, object], catcher: str, raiser: str, kind: str
) -> None:
    def raise_it() -> None:
        sides[raiser].raise_error(kind, "it crossed")

    caught_kind, message, traceback_text = sides[catcher].catch_error(raise_it)
    assert caught_kind == kind
    assert message == "it crossed"
    assert RAISING_FRAME[raiser] in traceback_text


@pytest.mark.parametrize(("through", "raiser"), PAIRS)
def test_error_passes_through_a_third_language(
    sides: dict[str, object], through: str, raiser: str
) -> None:
    def raise_it() -> None:
        sides[raiser].raise_error("ValueError", "passed on")

    with pytest.raises(ValueError, match=r"^passed on$"):
        sides[through].forward(raise_it)


@pytest.mark.parametrize("language", ["cpp", "rust"])
def test_kind_without_python_class_keeps_its_name(sides: dict[str, object], language: str) -> None:
    with pytest.raises(RuntimeError, match="a message") as caught:
        sides[language].raise_error("MyOwnKind", "a message")
    assert caught.value.__tvm_ffi_error__.kind == "MyOwnKind"

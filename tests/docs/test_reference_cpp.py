# SPDX-License-Identifier: Apache-2.0
"""The C++ reference shows every public header, and only obvious members lack a comment."""

from __future__ import annotations

import re
import sys

import pytest
from doc_page import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "docs" / "_ext"))
from cpp_reference import missing_comments, simplify_xml

INCLUDE = REPOSITORY / "include"
PAGES = REPOSITORY / "docs" / "reference" / "cpp" / "headers"


def test_every_header_is_on_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    shown = re.findall(r"^```\{doxygenfile\} (\S+)$", text, re.MULTILINE)
    headers = {
        path.relative_to(INCLUDE).as_posix()
        for path in (INCLUDE / "tvm").rglob("*.h")
        if "internal" not in path.parts
    }
    # What these hold is in namespaces that are not API; the last only includes.
    internal = {
        name for name in headers if re.search(r"(container|function|structural)_detail", name)
    }
    assert sorted(shown) == sorted(headers - internal - {"tvm/ffi/tvm_ffi.h"})


@pytest.mark.parametrize(
    "member",
    [
        "operator==(const X &other) const (function) of class tvm::ffi::X",
        "begin() const (function) of class tvm::ffi::X",
        "value_type (typedef) of class tvm::ffi::X",
        "X(const X &other)=default (function) of class tvm::ffi::X",
        "X(X< T > &&other) noexcept (function) of class tvm::ffi::X< T >",
        "X(std::nullptr_t) (function) of class tvm::ffi::X",
        "X() (function) of struct tvm::ffi::X",
        "_type_index (variable) of class tvm::ffi::XObj",
        "CheckAnyStrict(const TVMFFIAny *src) (function) of struct tvm::ffi::XTypeTraitsBase",
        "f(int x) (function) of namespace tvm::ffi",
        "operator()(int x) const (function) of struct tvm::ffi::Call",
    ],
)
def test_member_that_needs_no_comment(member: str) -> None:
    documented = {("tvm::ffi", "f"), ("tvm::ffi::Call", "operator()")}
    message = f"x.h:1: warning: Member {member} is not documented."
    assert missing_comments(message, documented) == []


@pytest.mark.parametrize(
    "message",
    [
        "x.h:1: warning: Member f(int x) (function) of namespace tvm::ffi is not documented.",
        "x.h:1: warning: Member X(int x) (function) of class tvm::ffi::X is not documented.",
        "x.h:1: warning: Member size_ (variable) of class tvm::ffi::X is not documented.",
        "x.h:1: warning: Member operator()() (function) of class tvm::ffi::X is not documented.",
        "x.h:1: warning: Member TypeStr() (function) of class tvm::ffi::X is not documented.",
        "x.h:1: warning: Compound tvm::ffi::X is not documented.",
        "x.h:1: warning: unable to resolve reference to 'Y' for \\ref command",
    ],
)
def test_complaint_that_stays(message: str) -> None:
    assert missing_comments(message, set()) == [message]


def test_private_members_are_not_shown() -> None:
    xml = (
        '<sectiondef kind="public-func">a</sectiondef><sectiondef kind="private-attrib">\nb\n'
        '</sectiondef><sectiondef kind="friend">c</sectiondef>'
        '<innerclass refid="d" prot="private">D</innerclass>'
    )
    assert simplify_xml(xml) == '<sectiondef kind="public-func">a</sectiondef>'


def test_code_has_neither_links_nor_colours() -> None:
    xml = (
        '<codeline><highlight class="normal"><sp/></highlight><highlight class="keyword">if'
        '</highlight><highlight class="normal"> (<ref refid="x">X</ref>)</highlight></codeline>'
        '<para><ref refid="x">X</ref></para>'
    )
    assert simplify_xml(xml) == (
        '<codeline><highlight class="normal"><sp/>if (X)</highlight></codeline>'
        '<para><ref refid="x">X</ref></para>'
    )

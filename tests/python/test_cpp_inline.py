# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.cpp.load_inline`` and ``build_inline`` with the real compiler."""

from __future__ import annotations

import re
from pathlib import Path

import numpy
import pytest
import tvm_ffi
from tvm_ffi import cpp

WITH_METADATA = "-DTVM_FFI_DLL_EXPORT_INCLUDE_METADATA=1"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """Use one cache for this file, so that later builds find a precompiled header."""
    directory = tmp_path_factory.getbasetemp() / "inline cache"
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", str(directory))
    return directory


# ---- what a module can do -----------------------------------------------------------------------

BASIC = """
int64_t add(int64_t a, int64_t b) { return a + b; }
double half(double x) { return x / 2; }
bool negate(bool x) { return !x; }
tvm::ffi::String greet(tvm::ffi::String name) { return "hello " + std::string(name); }
void add_one(tvm::ffi::TensorView x, tvm::ffi::TensorView y) {
  for (int64_t i = 0; i < x.size(0); ++i) {
    static_cast<float*>(y.data_ptr())[i] = static_cast<float*>(x.data_ptr())[i] + 1;
  }
}
"""
DOC = 'Adds "a" to\n\tb: \\ äöü ☃.\r\n'


@pytest.fixture(scope="module")
def basic(tmp_path_factory):
    return cpp.load_inline(
        "basic",
        cpp_sources=BASIC,
        functions={"add": DOC, "half": "", "negate": "x", "greet": "", "add_one": "y = x + 1"},
        extra_cflags=["-O1", WITH_METADATA],
        build_directory=str(tmp_path_factory.mktemp("basic")),
    )


def test_functions_of_every_basic_type(basic):
    assert basic.add(1, 2) == 3
    assert basic.half(5) == 2.5
    assert basic.negate(True) is False
    assert basic.greet("you") == "hello you"
    x, y = numpy.arange(4, dtype="float32"), numpy.zeros(4, dtype="float32")
    basic.add_one(x, y)
    assert y.tolist() == [1, 2, 3, 4]
    with pytest.raises(TypeError, match="Mismatched type on argument #0"):
        basic.add("a", 2)


def test_docstrings_and_schemas_with_the_macro(basic):
    assert basic.get_function_doc("add") == DOC
    assert basic.get_function_doc("negate") == "x"
    assert basic.get_function_doc("half") is None
    names = ("add", "half", "negate", "greet", "add_one")
    schemas = [basic.get_function_metadata(name)["type_schema"] for name in names]
    texts = [str(tvm_ffi.core.TypeSchema.from_json_str(schema)) for schema in schemas]
    assert dict(zip(names, texts)) == {
        "add": "Callable[[int, int], int]",
        "half": "Callable[[float], float]",
        "negate": "Callable[[bool], bool]",
        "greet": "Callable[[str], str]",
        "add_one": "Callable[[Tensor, Tensor], None]",
    }


SEVERAL = [
    """
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/reflection/registry.h>
namespace ffi = tvm::ffi;
struct CounterObj : ffi::Object {
  int64_t value;
  explicit CounterObj(int64_t value) : value(value) {}
  int64_t Next() { return ++value; }
  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test_cpp_inline.Counter", CounterObj, ffi::Object);
};
TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<CounterObj>().def(refl::init<int64_t>()).def("next", &CounterObj::Next);
}
""",
    """
ffi::Map<ffi::String, ffi::Array<int64_t>> count_up(int64_t n) {
  ffi::Array<int64_t> numbers;
  for (int64_t i = 0; i < n; ++i) numbers.push_back(i);
  return {{"numbers", numbers}};
}
void fail(ffi::String why) { TVM_FFI_THROW(ValueError) << "it failed: " << why; }
""",
]


def test_containers_classes_and_errors_in_several_sources():
    mod = cpp.load_inline("several", cpp_sources=SEVERAL, functions=["count_up", "fail"])
    assert {k: list(v) for k, v in mod.count_up(3).items()} == {"numbers": [0, 1, 2]}
    with pytest.raises(ValueError, match="it failed: no reason"):
        mod.fail("no reason")
    assert mod.get_function_metadata("fail") is None
    assert mod.get_function_doc("fail") is None

    @tvm_ffi.register_object("test_cpp_inline.Counter")
    class Counter(tvm_ffi.Object):
        def __init__(self, value):
            self.__ffi_init__(value)

    counter = Counter(4)
    assert (counter.next(), counter.next()) == (5, 6)


def test_one_name_and_no_name_and_the_same_name_twice(tmp_path):
    source = "int f() { return 7; }"
    directory = str(tmp_path)
    arguments = {"cpp_sources": source, "build_directory": directory, "extra_cflags": ["-O0"]}
    assert cpp.load_inline("one", functions="f", **arguments).f() == 7
    text = (tmp_path / "main.cpp").read_text()
    cpp.build_inline("one", functions=["f", "f"], **arguments)
    assert (tmp_path / "main.cpp").read_text() == text
    assert text.count("TVM_FFI_DLL_EXPORT_TYPED_FUNC(f, f);") == 1
    assert not hasattr(cpp.load_inline("none", **arguments), "f")


# ---- products -----------------------------------------------------------------------------------


def test_an_object_file_that_another_build_links(tmp_path):
    source = "int64_t f() { return 8; }"
    flags = ["-O0"]
    path = cpp.build_inline(
        "part", cpp_sources=source, functions="f", extra_cflags=flags, output="part.O"
    )
    assert Path(path).name == "part.O"
    assert Path(path).read_bytes()[:4] == b"\x7fELF"
    assert cpp.load("whole", sources=[path], build_directory=str(tmp_path)).f() == 8
    # Both products stay in the directory that the sources and flags name.
    library = cpp.build_inline("part", cpp_sources=source, functions="f", extra_cflags=flags)
    assert Path(library).parent == Path(path).parent
    assert Path(path).exists()
    assert tvm_ffi.load_module(library).f() == 8


def test_blanks_in_every_path(tmp_path):
    headers = tmp_path / "my headers: all"
    headers.mkdir()
    (headers / "nine.h").write_text("constexpr int64_t kNine = 9;\n")
    path = cpp.build_inline(
        "with blanks",
        cpp_sources='#include "nine.h"\nint64_t nine() { return kNine; }',
        functions="nine",
        extra_cflags=["-O0 -DUNUSED"],
        extra_include_paths=[headers],
        build_directory=str(tmp_path / "build here"),
        output="sub dir/with $ign.so",
    )
    assert path == str(tmp_path / "build here" / "sub dir" / "with $ign.so")
    assert tvm_ffi.load_module(path).nine() == 9


def test_relative_directories_start_at_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "headers").mkdir()
    (tmp_path / "headers" / "ten.h").write_text("constexpr int kTen = 10;\n")
    path = cpp.build_inline(
        "relative",
        cpp_sources='#include "ten.h"\nint ten() { return kTen; }',
        functions="ten",
        extra_cflags=["-O0"],
        extra_include_paths=["headers"],
        build_directory="some/build",
    )
    assert path == str(tmp_path / "some" / "build" / "relative.so")


def test_a_module_that_need_not_stay_is_unloaded(tmp_path):
    def is_mapped():
        return str(tmp_path) in Path("/proc/self/maps").read_text()

    arguments = {"cpp_sources": BASIC, "functions": ["add", "half", "negate", "greet", "add_one"]}
    arguments |= {"build_directory": str(tmp_path), "extra_cflags": ["-O0"]}
    mod = cpp.load_inline("gone", keep_module_alive=False, **arguments)
    assert mod.add(1, 2) == 3
    assert is_mapped()
    del mod
    assert not is_mapped()
    cpp.load_inline("gone", **arguments)
    assert is_mapped()


# ---- images -------------------------------------------------------------------------------------

IMAGES = """
extern "C" {
extern const char __tvm_ffi__cubin_one[], __tvm_ffi__cubin_one_end[];
extern const char __tvm_ffi__cubin_two[], __tvm_ffi__cubin_two_end[];
}
tvm::ffi::Bytes image_one() {
  return tvm::ffi::Bytes(__tvm_ffi__cubin_one, __tvm_ffi__cubin_one_end - __tvm_ffi__cubin_one);
}
tvm::ffi::Bytes image_two() {
  return tvm::ffi::Bytes(__tvm_ffi__cubin_two, __tvm_ffi__cubin_two_end - __tvm_ffi__cubin_two);
}
"""


def test_embedded_images_are_there_byte_for_byte_and_follow_changes(tmp_path):
    images = {"two": b"\0second" * 999, "one": bytearray(range(256))}

    arguments = {
        "cpp_sources": IMAGES,
        "functions": ["image_one", "image_two"],
        "extra_cflags": ["-O0"],
        "build_directory": str(tmp_path),
        "embed_cubin": images,
    }
    mod = cpp.load_inline("images", **arguments)
    assert {"one": mod.image_one(), "two": mod.image_two()} == images
    objects = tmp_path / "cpp_0.o"
    compiled = objects.stat().st_mtime_ns
    images["one"] = b"another image"
    assert b"another image" in Path(cpp.build_inline("images", **arguments)).read_bytes()
    assert objects.stat().st_mtime_ns == compiled


# ---- errors -------------------------------------------------------------------------------------


def test_an_error_of_the_compiler_shows_the_line_in_the_file(cache):
    with pytest.raises(RuntimeError) as info:
        cpp.build_inline(
            "bad", cpp_sources="int f() {\n  return undefined_name;\n}", extra_cflags=["-O0"]
        )
    message = str(info.value)
    assert re.match(r"ninja exited with status 1\nstdout:\n\[1/2\] \S+ -MMD -MF ", message)
    (place,) = [line for line in message.splitlines() if "error:" in line]
    path, line, _ = place.split(":", 2)
    assert Path(path).parent.parent == cache
    assert Path(path).read_text().splitlines()[int(line) - 1] == "  return undefined_name;"


def test_an_error_of_the_linker(tmp_path):
    with pytest.raises(RuntimeError, match="no_such_library"):
        cpp.build_inline(
            "bad",
            cpp_sources="",
            extra_cflags=["-O0"],
            extra_ldflags=["-lno_such_library"],
            build_directory=str(tmp_path),
        )
    assert not (tmp_path / "bad.so").exists()
    path = cpp.build_inline("bad", cpp_sources="", build_directory=str(tmp_path))
    assert Path(path).exists()


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (AssertionError, "sources must be provided.", {"cpp_sources": None}),
        (AssertionError, "sources must be provided.", {"cpp_sources": [], "cuda_sources": []}),
        (TypeError, "cpp_sources must be a str or a sequence", {"cpp_sources": 3}),
        (
            TypeError,
            r"cpp_sources\[1\] must be a str, got <class 'bytes'>",
            {"cpp_sources": ["", b""]},
        ),
        (TypeError, "functions must be a str or a sequence", {"functions": 3}),
        (TypeError, r"functions\[0\] must be a str", {"functions": [3]}),
        (TypeError, r"functions\['f'\] must be a docstring", {"functions": {"f": 3}}),
        (TypeError, r"write extra_cflags=\['-O0'\]", {"extra_cflags": "-O0"}),
        (TypeError, r"write extra_include_paths=\['x'\]", {"extra_include_paths": "x"}),
        (
            ValueError,
            r"Unsupported type: <class 'int'> of extra_ldflags\[0\]",
            {"extra_ldflags": [1]},
        ),
        (TypeError, "name must be a str", {"name": None}),
        (ValueError, r"name must not contain control characters, got 'a\\nb'", {"name": "a\nb"}),
        (ValueError, "output must not contain control characters", {"output": "a\0"}),
        (ValueError, "must be a C identifier, got '../x'", {"embed_cubin": {"../x": b""}}),
        (
            TypeError,
            r"embed_cubin\['x'\] must be bytes, got <class 'str'>",
            {"embed_cubin": {"x": ""}},
        ),
    ],
)
def test_arguments_of_a_wrong_kind(tmp_path, error, message, arguments):
    arguments = {
        "name": "n",
        "cpp_sources": "",
        "build_directory": str(tmp_path / "b"),
        **arguments,
    }
    with pytest.raises(error, match=message):
        cpp.build_inline(arguments.pop("name"), **arguments)
    assert not (tmp_path / "b").exists()


def test_everything_after_the_name_is_a_keyword():
    for function in (cpp.build, cpp.build_inline, cpp.load, cpp.load_inline):
        with pytest.raises(TypeError, match="positional argument"):
            function("n", "int f() { return 1; }")

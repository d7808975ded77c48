# SPDX-License-Identifier: Apache-2.0
"""Where the parts of the package, and the libraries of other packages, are found."""

from __future__ import annotations

import ctypes
import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import tvm_ffi
from tvm_ffi import libinfo

# ---- parts of the package ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("find", "has"),
    [
        (libinfo.find_include_path, "tvm/ffi/c_api.h"),
        (libinfo.find_dlpack_include_path, "dlpack/dlpack.h"),
        (libinfo.find_python_helper_include_path, "tvm_ffi_python_helpers.h"),
        (libinfo.find_cmake_path, "tvm_ffi-config.cmake"),
        (libinfo.find_source_path, "src/ffi/object.cc"),
        (libinfo.find_libtvm_ffi, ""),
        (libinfo.find_cython_lib, ""),
    ],
)
def test_a_part_is_where_its_function_says(find: Callable[[], str], has: str) -> None:
    found = find()
    assert isinstance(found, str)
    assert Path(found) == Path(found).resolve()
    assert (Path(found) / has).is_file()


def test_include_paths_are_distinct_and_sorted() -> None:
    paths = libinfo.include_paths()
    assert paths == sorted(
        {
            libinfo.find_include_path(),
            libinfo.find_dlpack_include_path(),
            libinfo.find_python_helper_include_path(),
        }
    )


def test_the_import_library_is_beside_the_library() -> None:
    expected = Path(libinfo.find_libtvm_ffi()).parent / "tvm_ffi.lib"
    assert libinfo.find_windows_implib() == str(expected)


@pytest.mark.parametrize(
    ("find", "message"),
    [
        (libinfo.find_source_path, "Cannot find home path."),
        (libinfo.find_cmake_path, "Cannot find cmake path."),
        (libinfo.find_include_path, "Cannot find include path."),
        (libinfo.find_dlpack_include_path, "Cannot find dlpack include path."),
        (libinfo.find_python_helper_include_path, "Cannot find python helper include path."),
    ],
)
def test_a_missing_part_is_named(
    find: Callable[[], str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libinfo, "_rel_top_directory", lambda: tmp_path / "package")
    monkeypatch.setattr(libinfo, "_dev_top_directory", lambda: tmp_path / "checkout")
    with pytest.raises(RuntimeError) as caught:
        find()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("find", "directory", "file"),
    [
        (libinfo.find_source_path, ".", "src/a.cc"),
        (libinfo.find_cmake_path, "cmake", "cmake/a.cmake"),
        (libinfo.find_include_path, "include", "include/a.h"),
        (libinfo.find_dlpack_include_path, "include", "include/dlpack/dlpack.h"),
        (
            libinfo.find_python_helper_include_path,
            "python/tvm_ffi/nanobind",
            "python/tvm_ffi/nanobind/tvm_ffi_python_helpers.h",
        ),
    ],
)
def test_a_checkout_has_the_parts_elsewhere(
    find: Callable[[], str],
    directory: str,
    file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).touch()
    monkeypatch.setattr(libinfo, "_rel_top_directory", lambda: tmp_path / "python" / "tvm_ffi")
    monkeypatch.setattr(libinfo, "_dev_top_directory", lambda: tmp_path)
    assert find() == str((tmp_path / directory).resolve())


def test_without_the_extension_there_is_no_path_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"^Cannot find tvm cython path\.$"):
        libinfo.find_cython_lib()


# ---- choosing among paths ------------------------------------------------------------------------


def raise_for_first(error: Exception) -> Callable[[Path], bool]:
    def accept(path: Path) -> bool:
        if path.name == "first":
            raise error
        return True

    return accept


@pytest.mark.parametrize("error", [OSError(), AssertionError()])
def test_a_condition_may_fail_with_these_errors(error: Exception, tmp_path: Path) -> None:
    paths = [tmp_path / "first", tmp_path / "second"]
    found = libinfo._resolve_and_validate(paths, cond=raise_for_first(error))
    assert found == str((tmp_path / "second").resolve())


def test_other_errors_of_a_condition_pass_through(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mine"):
        libinfo._resolve_and_validate([tmp_path / "first"], raise_for_first(ValueError("mine")))


def test_only_true_and_paths_accept(tmp_path: Path) -> None:
    answers = {"a": False, "b": None, "c": 1, "d": Path("as it is")}
    paths = [tmp_path / name for name in answers]
    assert libinfo._resolve_and_validate(paths, lambda path: answers[path.name]) == "as it is"
    assert libinfo._resolve_and_validate(paths[:3], lambda path: answers[path.name]) is None


def test_paths_are_resolved(tmp_path: Path) -> None:
    found = libinfo._resolve_and_validate([tmp_path / "a" / ".." / "b"], lambda _: True)
    assert found == str(tmp_path.resolve() / "b")


@pytest.mark.parametrize(
    ("value", "parts"), [(None, []), ("", []), ("a", ["a"]), (" a :b:: c", ["a", "b", "", "c"])]
)
def test_variables_are_split(
    value: str | None, parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_LIBINFO", raising=False)
    if value is not None:
        monkeypatch.setenv("TEST_LIBINFO", value)
    assert libinfo._split_env_var("TEST_LIBINFO", ":") == parts


# ---- finding a library ---------------------------------------------------------------------------


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Make a directory with an (empty) library ``libother.so``."""
    directory = tmp_path / "libraries"
    directory.mkdir()
    (directory / "libother.so").touch()
    return directory


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a distribution ``other-dist`` whose files are those that RECORD names."""
    site = tmp_path / "site"
    info = site / "other_dist-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-dist\nVersion: 1.0\n")
    (info / "RECORD").write_text(
        "other/notlibother.so,sha256=x,1\nother/lib/libother.so,sha256=x,1\n"
        "other/libcomma,name.so,,\n"
    )
    monkeypatch.syspath_prepend(str(site))
    return site


def test_what_the_distribution_recorded_comes_first(distribution: Path, other: Path) -> None:
    found = libinfo._find_library_by_basename("other-dist", "other", [other])
    # It need not exist, as long as it was recorded.
    assert found == distribution.resolve() / "other" / "lib" / "libother.so"


@pytest.mark.parametrize("name", ["other_dist", "Other.Dist"])
def test_names_of_distributions_are_normalised(name: str, distribution: Path) -> None:
    found = libinfo._find_library_by_basename(name, "other")
    assert found.name == "libother.so"


def test_a_distribution_without_the_library_is_passed_over(distribution: Path, other: Path) -> None:
    (other / "libmore.so").touch()
    found = libinfo._find_library_by_basename("other-dist", "more", [other])
    assert found == other.resolve() / "libmore.so"


@pytest.mark.parametrize("package", ["tvm-ffi", "apache-tvm-ffi", "apache_tvm_ffi"])
def test_the_runtime_is_found_by_both_names_of_its_distribution(package: str) -> None:
    found = libinfo._find_library_by_basename(package, "tvm_ffi", use_env_path=False)
    assert str(found) == libinfo.find_libtvm_ffi()


def test_extra_directories_are_searched_in_order(other: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    later.mkdir()
    (later / "libother.so").touch()
    paths = [tmp_path / "missing", other, later]
    assert libinfo._find_library_by_basename("none", "other", paths).parent == other.resolve()


@pytest.mark.parametrize("directory", ["package/build/lib", "package/lib", "build/lib", "lib"])
def test_places_of_builds_are_searched(
    directory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_variables: None
) -> None:
    monkeypatch.setattr(libinfo, "_rel_top_directory", lambda: tmp_path / "package")
    monkeypatch.setattr(libinfo, "_dev_top_directory", lambda: tmp_path)
    library = tmp_path / directory / "libother.so"
    library.parent.mkdir(parents=True)
    library.touch()
    assert libinfo._find_library_by_basename("none", "other") == library.resolve()
    with pytest.raises(RuntimeError):
        libinfo._find_library_by_basename("none", "other", use_fallback_build_path=False)


@pytest.mark.parametrize("variable", ["LD_LIBRARY_PATH", "PATH"])
def test_variables_of_the_system_are_searched(
    variable: str, other: Path, monkeypatch: pytest.MonkeyPatch, no_variables: None
) -> None:
    monkeypatch.setenv(variable, f"/nowhere:{other}")
    assert libinfo._find_library_by_basename("none", "other").parent == other.resolve()
    with pytest.raises(RuntimeError):
        libinfo._find_library_by_basename("none", "other", use_env_path=False)


def test_a_directory_of_that_name_is_no_library(other: Path, tmp_path: Path) -> None:
    (tmp_path / "libother.so").mkdir()
    found = libinfo._find_library_by_basename("none", "other", [tmp_path, other])
    assert found.parent == other.resolve()


def test_the_error_lists_the_directories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_variables: None
) -> None:
    monkeypatch.setenv("PATH", "/usr/one::/usr/two")
    with pytest.raises(RuntimeError) as caught:
        libinfo._find_library_by_basename(
            "none", "absent", [tmp_path], use_fallback_build_path=False
        )
    assert str(caught.value) == (
        "Cannot find library libabsent.so; searched directories:\n"
        f"  {tmp_path}\n  /usr/one\n  .\n  /usr/two"
    )


@pytest.mark.parametrize(
    ("platform", "names"),
    [
        ("linux", ["libt.so"]),
        ("darwin", ["libt.dylib", "libt.so"]),
        ("win32", ["t.dll"]),
    ],
)
def test_names_of_files_are_those_of_the_platform(
    platform: str, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(RuntimeError) as caught:
        libinfo._find_library_by_basename("none", "t", [tmp_path])
    assert str(caught.value).startswith(f"Cannot find library {', '.join(names)};")


@pytest.mark.parametrize(
    ("platform", "directories"),
    [("linux", "abp"), ("darwin", "dbp"), ("win32", "q")],
)
def test_variables_are_those_of_the_platform(
    platform: str, directories: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/a:/b")
    monkeypatch.setenv("DYLD_LIBRARY_PATH", "/d:/b")
    monkeypatch.setenv("PATH", "/q" if platform == "win32" else "/p")
    with pytest.raises(RuntimeError) as caught:
        libinfo._find_library_by_basename("none", "t", use_fallback_build_path=False)
    expected = [f"/{letter}" for letter in directories]
    assert [
        Path(line.strip()).as_posix() for line in str(caught.value).splitlines()[1:]
    ] == expected


@pytest.mark.parametrize(
    "call",
    [
        lambda paths: libinfo._find_library_by_basename("none", "none", paths),
        lambda paths: libinfo.load_lib_ctypes("none", "none", "RTLD_LOCAL", paths),
        lambda paths: libinfo.load_lib_module("none", "none", extra_lib_paths=paths),
    ],
)
def test_extra_directories_must_be_paths(call: Callable[[list[object]], object]) -> None:
    with pytest.raises(TypeError) as caught:
        call([Path("a"), "b"])
    assert str(caught.value) == "extra_lib_paths[1] must be a pathlib.Path, got str: 'b'"


# ---- loading a library ---------------------------------------------------------------------------


@pytest.fixture
def testing_directory() -> Path:
    return Path(libinfo.find_libtvm_ffi()).parent


def test_a_library_is_opened(testing_directory: Path) -> None:
    lib = libinfo.load_lib_ctypes("none", "tvm_ffi_testing", "RTLD_LOCAL", [testing_directory])
    assert isinstance(lib, ctypes.CDLL)
    assert lib.TVMFFITestingDummyTarget() == 0


def test_an_unknown_mode_is_an_attribute_error(testing_directory: Path) -> None:
    with pytest.raises(AttributeError, match="module 'ctypes' has no attribute 'RTLD_MAYBE'"):
        libinfo.load_lib_ctypes("none", "tvm_ffi_testing", "RTLD_MAYBE", [testing_directory])


def test_a_library_becomes_a_module(testing_directory: Path) -> None:
    module = libinfo.load_lib_module("none", "tvm_ffi_testing", extra_lib_paths=[testing_directory])
    assert isinstance(module, tvm_ffi.Module)
    assert module.testing_dll_schema_id_int(7) == 7


def test_a_file_that_is_no_library_is_an_error(other: Path) -> None:
    with pytest.raises(OSError, match="file too short"):
        libinfo.load_lib_ctypes("none", "other", "RTLD_LOCAL", [other])
    with pytest.raises(RuntimeError, match="file too short"):
        libinfo.load_lib_module("none", "other", extra_lib_paths=[other])


def test_a_library_that_is_nowhere_is_a_runtime_error() -> None:
    for load in (
        lambda: libinfo.load_lib_ctypes("none", "absent", "RTLD_LOCAL"),
        lambda: libinfo.load_lib_module("none", "absent"),
    ):
        with pytest.raises(RuntimeError, match="Cannot find library libabsent"):
            load()

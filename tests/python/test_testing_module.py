# SPDX-License-Identifier: Apache-2.0
"""The functions and classes of ``tvm_ffi.testing``."""

from __future__ import annotations

import copy
import inspect
import os
import re
import subprocess
import sys

import pytest
import tvm_ffi
from tvm_ffi import core, testing
from tvm_ffi.testing import _locking
from tvm_ffi.testing import testing as classes
from tvm_ffi.utils import FileLock

CLASSES = [name for name in vars(classes) if re.match(r"_?(Test|SchemaAllTypes)", name)]


def exactly(message):
    return f"^{re.escape(message)}$"


# ---- functions ----------------------------------------------------------------------------------


def test_every_testing_function_is_there():
    for name in testing._ffi_api.__all__:
        assert hasattr(testing, name), name
    assert testing.echo(1) == 1
    assert testing.schema_no_args() == 1
    assert testing.make_visit_region_graph(False) is not None


def test_add_one_and_make_unregistered_object_look_the_function_up_at_each_call():
    assert testing.add_one(1) == 2
    assert inspect.isfunction(testing.add_one)
    assert testing.make_unregistered_object().v1 == 41
    with pytest.raises(TypeError, match="testing.add_one"):
        testing.add_one("x")


def test_create_object_takes_every_field_by_name():
    pair = testing.create_object("testing.TestIntPair", b=2, a=1)
    assert (pair.a, pair.b) == (1, 2)
    hidden = testing.create_object("testing.TestCxxAutoInit", a=1, b=2, c=3)
    assert (hidden.b, hidden.d) == (2, 99)


@pytest.mark.parametrize(
    ("kind", "message", "key", "fields"),
    [
        (
            TypeError,
            "Required field `b` not set in type `testing.TestIntPair`",
            "testing.TestIntPair",
            {"a": 1},
        ),
        (
            TypeError,
            "Type `testing.TestIntPair` does not have field `c`",
            "testing.TestIntPair",
            {"a": 1, "b": 2, "c": 3},
        ),
    ],
)
def test_create_object_needs_the_fields_of_the_type(kind, message, key, fields):
    with pytest.raises(kind, match=exactly(message)):
        testing.create_object(key, **fields)


def test_create_object_needs_a_type():
    with pytest.raises(RuntimeError, match="Cannot find type `nokey`$"):
        testing.create_object("nokey")


def test_marks_skip_older_pythons():
    for mark, minor in (
        (classes.requires_py310, 10),
        (classes.requires_py312, 12),
        (classes.requires_py313, 13),
    ):
        assert mark.name == "skipif"
        assert mark.args == (sys.version_info < (3, minor),)
        assert mark.kwargs == {"reason": f"requires Python 3.{minor}+"}


# ---- the GPU lock -------------------------------------------------------------------------------


@pytest.fixture
def lock_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TVM_FFI_TEST_LOCK_DIR", str(tmp_path / "locks"))
    code = (
        "import sys\n"
        "from tvm_ffi.testing import run_with_gpu_lock\n"
        "from tvm_ffi.utils import FileLock\n"
        "path = sys.argv[1]\n"
    )

    def run(body):
        arguments = [sys.executable, "-c", code + body, str(tmp_path / "locks" / "gpu.lock")]
        subprocess.run(arguments, check=True, timeout=60)

    return run


def test_the_function_runs_under_the_lock(lock_dir):
    lock_dir(
        "def call(a, *, b):\n"
        "    assert not FileLock(path).acquire()\n"
        "    return a + b\n"
        "assert run_with_gpu_lock(call, 1, b=2) == 3\n"
        "assert FileLock(path).acquire()\n"
    )


def test_the_lock_is_released_when_the_function_raises(lock_dir):
    lock_dir(
        "def fail():\n"
        "    raise KeyError('inside')\n"
        "try:\n"
        "    run_with_gpu_lock(fail)\n"
        "except KeyError:\n"
        "    assert FileLock(path).acquire()\n"
        "else:\n"
        "    raise SystemExit(1)\n"
    )


def test_the_home_directory_is_expanded_in_the_path(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "TVM_FFI_TEST_LOCK_DIR": "~/locks"}
    code = "from tvm_ffi.testing import run_with_gpu_lock; run_with_gpu_lock(int)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)
    assert (tmp_path / "locks" / "gpu.lock").exists()


def test_the_directory_of_a_user_below_the_temporary_files(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path), "LOGNAME": "somebody"}
    environment.pop("TVM_FFI_TEST_LOCK_DIR", None)
    code = "from tvm_ffi.testing import run_with_gpu_lock; run_with_gpu_lock(int)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)
    assert (tmp_path / "tvm-ffi-test-locks-somebody" / "gpu.lock").exists()


# ---- classes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_those_of_the_native_types(name):
    cls = getattr(testing, name)
    assert cls.__module__ == "tvm_ffi.testing.testing"
    assert cls.__tvm_ffi_type_info__.type_key == f"testing.{name.lstrip('_')}"
    assert tvm_ffi.dataclasses.is_dataclass(cls)
    if not name.startswith("_"):
        assert cls.__test__ is False


CONSTRUCTORS = [
    ("TestObjectBase", "(v_i64=, v_f64=, v_str=)", "v_i64 v_f64 v_str"),
    (
        "TestObjectDerived",
        "(v_map, v_array, v_i64=, v_f64=, v_str=)",
        "v_i64 v_f64 v_str v_map v_array",
    ),
    ("TestIntPair", "(a, b)", "a b"),
    ("TestObjectPtrHolder", "(value, optional_value=)", "value optional_value"),
    ("TestNonCopyable", "(value)", "value"),
    ("TestCompare", "(key, name, ignored_field)", "key name ignored_field"),
    ("TestHash", "(key, name, hash_ignored)", "key name hash_ignored"),
    ("TestCustomHash", "(key, label)", "key label"),
    ("TestCustomCompare", "(key, label)", "key label"),
    ("TestEqWithoutHash", "(key, label)", "key label"),
    ("_TestCxxClassDerived", "(v_i64, v_i32, v_f64, v_f32=)", "v_i64 v_i32 v_f64 v_f32"),
    (
        "_TestCxxClassDerivedDerived",
        "(v_i64, v_i32, v_f64, v_bool, v_f32=, v_str=)",
        "v_i64 v_i32 v_f64 v_f32 v_str v_bool",
    ),
    ("_TestCxxInitSubset", "(required_field)", "required_field"),
    ("_TestCxxKwOnly", "(*, x, y, z, w=)", ""),
    ("_TestCxxAutoInit", "(a, d=, *, c)", "a d"),
    ("_TestCxxAutoInitSimple", "(x, y)", "x y"),
    ("_TestCxxAutoInitAllInitOff", "()", ""),
    (
        "_TestCxxAutoInitKwOnlyDefaults",
        "(p_required, p_default=, *, k_required, k_default=)",
        "p_required p_default",
    ),
    (
        "_TestCxxAutoInitParent",
        "(parent_required, parent_default=)",
        "parent_required parent_default",
    ),
    (
        "_TestCxxAutoInitChild",
        "(parent_required, child_required, parent_default=, *, child_kw_only)",
        "parent_required parent_default child_required",
    ),
    ("_TestCxxEnumHolder", "(priority, opcode)", "priority opcode"),
]


@pytest.mark.parametrize(("name", "signature", "match_args"), CONSTRUCTORS)
def test_constructors(name, signature, match_args):
    cls = getattr(testing, name)
    assert str(inspect.signature(cls)).replace("<MISSING>", "") == signature
    assert cls.__match_args__ == tuple(match_args.split())


def test_defaults():
    base = testing.TestObjectBase()
    assert (base.v_i64, base.v_f64, base.v_str) == (10, 10.0, "hello")
    assert base.add_i64(5) == 15
    assert testing._TestCxxClassDerived(1, 2, 3.0).v_f32 == 8.0
    assert testing._TestCxxClassDerivedDerived(1, 2, 3.0, True).v_str == "default"
    assert testing._TestCxxKwOnly(x=1, y=2, z=3).w == 100
    assert testing._TestCxxAutoInitParent(1).parent_default == 5


def test_fields_that_are_not_given():
    subset = testing._TestCxxInitSubset(1)
    assert (subset.optional_field, subset.note) == (-1, "default")
    subset.optional_field, subset.note = 2, "set"
    assert (subset.optional_field, subset.note) == (2, "set")
    auto = testing._TestCxxAutoInit(1, c=3)
    assert (auto.a, auto.b, auto.c, auto.d) == (1, 42, 3, 99)
    off = testing._TestCxxAutoInitAllInitOff()
    assert (off.x, off.y, off.z) == (7, 9, 1234)
    keywords = testing._TestCxxAutoInitKwOnlyDefaults(1, k_required=2)
    assert (keywords.p_default, keywords.k_default, keywords.hidden) == (11, 22, 33)


def test_read_only_fields():
    for obj, name in ((testing.TestIntPair(1, 2), "a"), (testing.TestObjectBase(), "v_f64")):
        with pytest.raises(AttributeError):
            setattr(obj, name, 1)
    assert testing.TestIntPair(1, 2).sum() == 3


def test_a_constructor_written_in_python():
    base = testing._TestCxxClassBase(1, 2)
    assert (base.v_i64, base.v_i32) == (2, 4)
    assert (base.not_field_1, base.not_field_2) == (1, 2)
    assert repr(base) == "testing.TestCxxClassBase"


def test_comparison_was_asked_for_one_class():
    derived = testing._TestCxxClassDerived
    assert derived(1, 2, 3.0) == derived(1, 2, 3.0)
    assert derived(1, 2, 3.0) < derived(1, 2, 4.0)
    assert hash(derived(1, 2, 3.0)) == hash(derived(1, 2, 3.0))
    assert testing.TestCompare(1, "a", 2) != testing.TestCompare(1, "a", 2)


def test_references_to_objects():
    holder = testing.TestObjectPtrHolder(testing.TestObjectBase(), None)
    assert holder.optional_value is None
    with pytest.raises(TypeError, match="testing.TestObjectBase"):
        testing.TestObjectPtrHolder(None)


def test_what_cannot_be_copied():
    message = (
        "Type `TestNonCopyable` does not support copy. "
        "The underlying C++ type is not copy-constructible."
    )
    with pytest.raises(TypeError, match=exactly(message)):
        copy.copy(testing.TestNonCopyable(1))


def test_a_type_without_constructor():
    message = (
        "`_TestCxxNoAutoInit` cannot be constructed directly. "
        "Define a custom __init__ or use a factory method."
    )
    with pytest.raises(TypeError, match=exactly(message)):
        testing._TestCxxNoAutoInit(1, 2)
    assert not hasattr(testing._TestCxxNoAutoInit, "__ffi_init__")
    made = testing.create_object("testing.TestCxxNoAutoInit", x=1, y=2)
    assert (copy.copy(made).x, made.y) == (1, 2)


def test_explicit_constructors_are_methods_too():
    for cls in (testing.TestIntPair, testing.TestCompare, testing.TestHash):
        info = cls.__tvm_ffi_type_info__
        assert "__ffi_init__" in [method.name for method in info.methods]
        assert core._lookup_type_attr(info.type_index, "__ffi_init__") is not None
    for cls in (testing.TestObjectBase, testing._TestCxxAutoInit):
        info = cls.__tvm_ffi_type_info__
        assert "__ffi_init__" not in [method.name for method in info.methods]
        assert hasattr(cls, "__ffi_init__")


def test_hooks_are_class_attributes():
    assert isinstance(testing.TestCustomHash.__ffi_hash__, tvm_ffi.Function)
    assert isinstance(testing.TestEqWithoutHash.__ffi_eq__, tvm_ffi.Function)
    assert not hasattr(testing.TestEqWithoutHash, "__ffi_hash__")


def test_the_enums_of_native_types():
    low, high = testing._TestCxxIntEnum
    assert (low.value, low.name, high.value, high.name) == (10, "low", 20, "high")
    assert [variant.value for variant in testing._TestCxxStrEnum] == ["+", "*"]
    holder = testing._TestCxxEnumHolder(10, "*")
    assert holder.priority.same_as(testing._TestCxxIntEnum.low)
    assert holder.opcode.same_as(testing._TestCxxStrEnum.mul)


def test_reflection_data_of_a_class_that_holds_no_object():
    cls = testing._SchemaAllTypes
    assert not issubclass(cls, tvm_ffi.Object)
    info = cls.__tvm_ffi_type_info__
    assert [field.name for field in info.fields] == list(cls.__annotations__)
    assert len(info.fields) == 15
    assert {method.name for method in info.methods if not method.is_static} >= {
        *("add_int", "append_int", "maybe_concat", "merge_map")
    }
    assert isinstance(vars(cls)["make_with"], staticmethod)


def test_the_lock_is_a_file_lock():
    assert _locking.FileLock is FileLock
    assert testing.run_with_gpu_lock is _locking.run_with_gpu_lock

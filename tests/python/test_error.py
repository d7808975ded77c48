# SPDX-License-Identifier: Apache-2.0
"""Errors in both directions, and the tracebacks they carry."""

from __future__ import annotations

import gc
import pickle
import sys
import traceback
import weakref

import pytest
import tvm_ffi
from tvm_ffi import core

raise_error = tvm_ffi.get_global_func("testing.test_raise_error")
apply = tvm_ffi.get_global_func("testing.apply")


@pytest.mark.parametrize(
    "cls",
    [ValueError, TypeError, AttributeError, KeyError, IndexError, AssertionError, MemoryError],
)
def test_native_kinds_become_the_python_class(cls):
    with pytest.raises(cls) as info:
        raise_error(cls.__name__, "message")
    assert info.value.args == ("message",)
    assert info.value.__tvm_ffi_error__.kind == cls.__name__
    assert info.value.__cause__ is None


def test_unknown_kinds_become_runtime_error_and_keep_the_kind():
    with pytest.raises(RuntimeError) as info:
        raise_error("StrangeError", "what")
    assert type(info.value) is RuntimeError
    assert info.value.__tvm_ffi_error__.kind == "StrangeError"


@pytest.mark.parametrize("message", ["", "line one\nline two", "ünïcode ☃", "nul \0 inside"])
def test_messages_arrive_unchanged(message):
    def fail():
        raise ValueError(message)

    with pytest.raises(ValueError) as info:
        apply(fail)
    assert info.value.args == (message,)


def test_messages_follow_str_of_the_exception():
    def key_error():
        raise KeyError("k")

    def two_arguments():
        raise ValueError("a", "b")

    with pytest.raises(KeyError) as info:
        apply(key_error)
    assert info.value.args == ("'k'",)
    with pytest.raises(ValueError) as info:
        apply(two_arguments)
    assert info.value.args == ("('a', 'b')",)


@pytest.mark.parametrize("cls", [OSError, KeyboardInterrupt, SystemExit, NotImplementedError])
def test_unregistered_classes_become_runtime_error(cls):
    def fail():
        raise cls("text")

    with pytest.raises(RuntimeError, match="text") as info:
        apply(fail)
    assert type(info.value) is RuntimeError


def test_exceptions_whose_str_fails_still_cross():
    class Broken(ValueError):
        def __str__(self):
            raise ZeroDivisionError

    def fail():
        raise Broken

    with pytest.raises(RuntimeError):
        apply(fail)


def test_register_error_forms():
    @tvm_ffi.register_error
    class PlainFormError(ValueError):
        pass

    @tvm_ffi.register_error()
    class CalledFormError(ValueError):
        pass

    @tvm_ffi.register_error("NamedForm")
    class NamedFormError(RuntimeError, KeyError):
        pass

    class DirectError(Exception):
        pass

    assert tvm_ffi.register_error("Direct", DirectError) is DirectError
    for kind, cls in [
        ("PlainFormError", PlainFormError),
        ("CalledFormError", CalledFormError),
        ("NamedForm", NamedFormError),
        ("Direct", DirectError),
    ]:
        with pytest.raises(cls) as info:
            raise_error(kind, "m")
        assert type(info.value) is cls

        def fail(cls=cls):
            raise cls("m")

        with pytest.raises(cls) as info:
            apply(fail)
        assert info.value.__tvm_ffi_error__.kind == kind


def test_subclass_of_a_registered_class_is_not_registered():
    class MyValueError(ValueError):
        pass

    def fail():
        raise MyValueError("x")

    with pytest.raises(RuntimeError) as info:
        apply(fail)
    assert type(info.value) is RuntimeError


def frames(error):
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_traceback_shows_python_and_native_frames_in_order():
    def caller():
        raise_error("ValueError", "m")

    with pytest.raises(ValueError) as info:
        caller()
    names = frames(info.value)
    assert names[:1] == ["test_traceback_shows_python_and_native_frames_in_order"]
    assert names.index("caller") < next(i for i, n in enumerate(names) if "TestRaiseError" in n)
    assert sum("TestRaiseError" in name for name in names) == 1


def test_traceback_of_nested_callbacks_lists_each_frame_once():
    def innermost():
        raise ValueError("deep")

    def middle():
        apply(innermost)

    def outer():
        apply(middle)

    with pytest.raises(ValueError) as info:
        outer()
    names = frames(info.value)
    positions = [names.index(name) for name in ("outer", "middle", "innermost")]
    assert positions == sorted(positions)
    for name in ("outer", "middle", "innermost"):
        assert names.count(name) == 1
    assert "deep" in "".join(traceback.format_exception(info.value))


def test_uncaught_errors_are_printed_without_empty_lines(capsys):
    def fail():
        raise ValueError("deep")

    with pytest.raises(ValueError) as info:
        apply(fail)
    # The interpreter's own printer, which also draws the columns of a failed instruction.
    sys.__excepthook__(ValueError, info.value, info.value.__traceback__)
    lines = capsys.readouterr().err.splitlines()
    assert '    raise ValueError("deep")' in lines
    assert all(line.strip() for line in lines)


def test_error_object_is_the_same_across_boundaries():
    seen = []

    def rethrow():
        try:
            raise_error("ValueError", "m")
        except ValueError as error:
            seen.append(error.__tvm_ffi_error__)
            raise

    with pytest.raises(ValueError) as info:
        apply(rethrow)
    assert info.value.__tvm_ffi_error__.same_as(seen[0])


def test_python_cause_does_not_cross():
    def fail():
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    with pytest.raises(ValueError) as info:
        apply(fail)
    assert info.value.__cause__ is None


def test_handled_errors_leave_no_cycles():
    class Local:
        pass

    def handle():
        local = Local()
        ref = weakref.ref(local)
        try:
            raise_error("ValueError", "m")
        except ValueError:
            pass
        return ref

    gc.collect()
    gc.disable()
    try:
        assert handle()() is None
    finally:
        gc.enable()


def test_errors_raised_in_loops_do_not_accumulate_references():
    def fail():
        raise ValueError("x")

    func = tvm_ffi.convert(fail)
    before = sys.getrefcount(fail)
    for _ in range(50):
        with pytest.raises(ValueError):
            func()
    gc.collect()
    assert sys.getrefcount(fail) == before


def test_error_object_members():
    error = core.Error("ValueError", "message", '  File "a.cc", line 3, in f\n')
    assert (error.kind, error.message) == ("ValueError", "message")
    assert error.extra_context is None
    error.update_backtrace('  File "b.cc", line 4, in g\n')
    assert "b.cc" in error.backtrace
    exc = error.py_error()
    assert isinstance(exc, ValueError)
    assert frames(exc) == ["g"]
    assert exc.__tvm_ffi_error__.same_as(error)


def test_error_object_pickles_by_its_texts():
    error = core.Error("ValueError", "message", "trace")
    again = pickle.loads(pickle.dumps(error))
    assert (again.kind, again.message, again.backtrace) == ("ValueError", "message", "trace")
    assert pickle.loads(pickle.dumps(core.Error.__new__(core.Error))).__chandle__() == 0


def test_error_object_arguments_are_checked():
    with pytest.raises(TypeError):
        core.Error("kind")
    with pytest.raises(AttributeError):
        core.Error("kind", 3, "trace")
    with pytest.raises(ValueError, match="chandle=None"):
        core.Error.__new__(core.Error).kind  # noqa: B018


def test_exceptions_convert_to_error_objects():
    error = tvm_ffi.convert(ValueError("never raised"))
    assert isinstance(error, core.Error)
    assert (error.kind, error.message, error.backtrace) == ("ValueError", "never raised", "")
    assert tvm_ffi.get_global_func("testing.echo")(KeyError("k")).kind == "KeyError"


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ('  File "a.py", line 1, in f\n', [("a.py", 1, "f")]),
        (
            '  File "a", line 1, in f\nnoise\n  File "b", line 2, in g<int>(x)\n',
            [("a", 1, "f"), ("b", 2, "g<int>(x)")],
        ),
        ("", []),
        ("nothing here", []),
        ('File "x", line y, in z', []),
        ('File "a", line 1, in ', []),
        ('File "odd", line 2", line 3, in f', [('odd", line 2', 3, "f")]),
    ],
)
def test_backtrace_lines_are_parsed(text, parsed):
    assert tvm_ffi.error._parse_backtrace(text) == parsed


def test_rendered_traceback_is_innermost_first():
    def inner():
        raise ValueError

    try:
        inner()
    except ValueError as error:
        text = tvm_ffi.error._traceback_to_backtrace_str(error.__traceback__)
    lines = text.splitlines()
    assert lines[0].endswith("in inner")
    assert lines[1].endswith("in test_rendered_traceback_is_innermost_first")
    assert tvm_ffi.error._traceback_to_backtrace_str(None) == ""

# SPDX-License-Identifier: Apache-2.0
"""Keyword arguments and defaults for functions that take positional arguments."""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from inspect import Parameter

import pytest
import tvm_ffi
from tvm_ffi.core import MISSING
from tvm_ffi.utils import kwargs_wrapper
from tvm_ffi.utils.kwargs_wrapper import make_kwargs_wrapper, make_kwargs_wrapper_from_signature


def collect(*args):
    return args


@dataclasses.dataclass
class Point:
    x: int
    y: int


def signature_of(function):
    return str(inspect.signature(function))


# ---- calls --------------------------------------------------------------------------------------


def test_arguments_by_position_and_by_keyword():
    wrapper = make_kwargs_wrapper(collect, ["a", "b"])
    assert wrapper(1, 2) == wrapper(1, b=2) == wrapper(b=2, a=1) == (1, 2)


def test_defaults_belong_to_the_last_arguments():
    wrapper = make_kwargs_wrapper(collect, ["a", "b", "c"], (2, 3))
    assert wrapper(1) == (1, 2, 3)
    assert wrapper(1, c=4) == (1, 2, 4)


def test_keyword_only_arguments_are_passed_last_in_their_order():
    wrapper = make_kwargs_wrapper(collect, ["a"], (), ["k", "j"], {"j": 5})
    assert wrapper(1, k=2) == (1, 2, 5)
    assert wrapper(j=3, k=2, a=1) == (1, 2, 3)
    with pytest.raises(TypeError, match=r"^wrapper\(\) takes 1 positional argument but 2 were"):
        wrapper(1, 2)


def test_no_arguments_at_all():
    assert make_kwargs_wrapper(collect, [])() == ()


def test_defaults_are_passed_as_the_very_object():
    default = [1, 2]
    wrapper = make_kwargs_wrapper(collect, ["a"], (default,))
    assert wrapper()[0] is default
    assert wrapper(MISSING)[0] is default


def test_literal_defaults_show_in_the_signature():
    wrapper = make_kwargs_wrapper(
        collect, ["a", "b", "c", "d"], (None, True, 1), ["k", "j"], {"j": "x"}
    )
    assert signature_of(wrapper) == "(a, b=None, c=True, d=<MISSING>, *, k, j=<MISSING>)"
    assert wrapper(0, k=9) == (0, None, True, 1, 9, "x")


def test_wrong_calls_are_those_of_a_python_function():
    wrapper = make_kwargs_wrapper(collect, ["a"])
    for call, message in (
        (lambda: wrapper(), r"wrapper\(\) missing 1 required positional argument: 'a'"),
        (lambda: wrapper(1, 2), r"wrapper\(\) takes 1 positional argument but 2 were given"),
        (lambda: wrapper(1, z=2), r"wrapper\(\) got an unexpected keyword argument 'z'"),
        (lambda: wrapper(1, a=2), r"wrapper\(\) got multiple values for argument 'a'"),
    ):
        with pytest.raises(TypeError, match=f"^{message}$"):
            call()


def test_exceptions_of_the_target_pass():
    def fail(a):
        raise KeyError(a)

    with pytest.raises(KeyError, match="'x'"):
        make_kwargs_wrapper(fail, ["a"])(a="x")


def test_targets_of_other_kinds():
    class Counter:
        def add(self, a, b):
            return a + b

    assert make_kwargs_wrapper(Counter().add, ["a", "b"])(b=1, a=2) == 3
    echo = tvm_ffi.get_global_func("testing.echo")
    assert make_kwargs_wrapper(echo, ["value"], (7,))() == 7


def test_the_prototype_lends_its_name_and_documentation():
    def prototype(a: int, b: int = 5) -> str:
        """Say what it does."""

    wrapper = make_kwargs_wrapper(collect, ["a", "b"], (5,), prototype=prototype)
    for name in ("__name__", "__qualname__", "__module__", "__doc__", "__annotations__"):
        assert getattr(wrapper, name) == getattr(prototype, name)
    assert wrapper.__wrapped__ is prototype
    assert wrapper(1) == (1, 5)
    assert make_kwargs_wrapper(collect, []).__name__ == "wrapper"


def test_dataclasses_are_passed_as_tuples_where_asked():
    wrapper = make_kwargs_wrapper(
        collect, ["a", "b"], (Point(1, 2),), ["k"], map_dataclass_to_tuple=["a", "b", "k", "other"]
    )
    assert wrapper([Point(3, 4)], k=Point(5, 6)) == ([(3, 4)], (1, 2), (5, 6))
    for nothing in ([], None):
        plain = make_kwargs_wrapper(collect, ["a"], map_dataclass_to_tuple=nothing)
        assert plain(Point(1, 2)) == (Point(1, 2),)


# ---- checks -------------------------------------------------------------------------------------

BAD = [
    (ValueError, "Duplicate argument names found in: ['a', 'a']", (["a", "a"],)),
    (ValueError, "Duplicate argument names found in: [3, 3]", ([3, 3],)),
    (TypeError, "Argument name must be a string, got int: 3", ([3],)),
    (
        ValueError,
        "Invalid argument name: 'class' is a Python keyword and cannot be used as a parameter name",
        (["class"],),
    ),
    (ValueError, "Invalid argument name: 'a-b' is not a valid Python identifier", (["a-b"],)),
    (TypeError, "arg_defaults must be a tuple, got list", (["a"], [1])),
    (ValueError, "arg_defaults has 2 values but only 1 positional arguments", (["a"], (1, 2))),
    (
        ValueError,
        "Duplicate keyword-only argument names found in: ['k', 'k']",
        (["a"], (), ["k", "k"]),
    ),
    (TypeError, "Keyword-only argument name must be a string, got int: 3", (["a"], (), [3])),
    (
        ValueError,
        "Invalid keyword-only argument name: 'if' is a Python keyword "
        "and cannot be used as a parameter name",
        (["a"], (), ["if"]),
    ),
    (
        ValueError,
        "Invalid keyword-only argument name: 'k k' is not a valid Python identifier",
        (["a"], (), ["k k"]),
    ),
    (
        ValueError,
        "Default provided for 'z' which is not in kwonly_names: ['k']",
        (["a"], (), ["k"], {"z": 1}),
    ),
    (
        ValueError,
        "Arguments cannot be both positional and keyword-only: {'a'}",
        (["a"], (), ["a"]),
    ),
    *(
        (
            ValueError,
            f"Argument names conflict with internal names: {{'{name}'}}. "
            'Please avoid using names starting with "__i_"',
            arguments,
        )
        for name in ("__i_target_func", "__i_MISSING", "__i_arg_defaults", "__i_unpack")
        for arguments in (([name],), ([], (), [name]))
    ),
]


@pytest.mark.parametrize(("kind", "message", "arguments"), BAD)
def test_arguments_that_no_function_can_have(kind, message, arguments):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        make_kwargs_wrapper(collect, *arguments)


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("Duplicate argument names", (["a", "a"], [])),
        ("Argument name must be a string", ([3], [])),
        ("arg_defaults must be a tuple", (["a"], [], ["k", "k"])),
        ("Duplicate keyword-only", (["a"], (), ["k", "k"], {"z": 1})),
        ("Default provided for 'z'", (["a"], (), ["a"], {"z": 1})),
        ("Arguments cannot be both", (["__i_unpack"], (), ["__i_unpack"])),
    ],
)
def test_the_first_mistake_is_reported(message, arguments):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        make_kwargs_wrapper(collect, *arguments)


# ---- from a signature ---------------------------------------------------------------------------


def test_the_signature_says_the_parameters():
    def like(a, /, b, c=3, *, d=4, e): ...

    wrapper = make_kwargs_wrapper_from_signature(collect, inspect.signature(like))
    assert signature_of(wrapper) == "(a, b, c=<MISSING>, *, d=<MISSING>, e)"
    assert wrapper(a=1, b=2, e=5) == (1, 2, 3, 4, 5)


def test_excluded_parameters_are_left_out():
    def like(self, a, *args, b=2, **kwargs): ...

    wrapper = make_kwargs_wrapper_from_signature(
        collect,
        inspect.signature(like),
        exclude_arg_names=["self", "args", "kwargs", "unknown"],
        map_dataclass_to_tuple=["a"],
        prototype=like,
    )
    assert wrapper(Point(1, 2)) == ((1, 2), 2)
    assert wrapper.__name__ == "like"


@pytest.mark.parametrize(
    ("like", "message"),
    [
        (lambda *args: None, "*args not supported in wrapper generation"),
        (lambda **kwargs: None, "**kwargs not supported in wrapper generation"),
    ],
)
def test_variable_parameters_are_refused(like, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make_kwargs_wrapper_from_signature(collect, inspect.signature(like))


def test_a_required_parameter_cannot_follow_one_with_default():
    kind = Parameter.POSITIONAL_OR_KEYWORD
    hand_made = types.SimpleNamespace(
        parameters={"a": Parameter("a", kind, default=1), "b": Parameter("b", kind)}
    )
    message = "Required positional parameter 'b' cannot follow parameters with defaults"
    with pytest.raises(ValueError, match=f"^{message}$"):
        make_kwargs_wrapper_from_signature(collect, hand_made)


def test_the_package_of_tools_names_the_module():
    assert tvm_ffi.utils.kwargs_wrapper is kwargs_wrapper

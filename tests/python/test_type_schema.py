# SPDX-License-Identifier: Apache-2.0
"""``TypeSchema``: made from annotations, JSON and type indices, written as text and JSON."""

from __future__ import annotations

import collections.abc
import copy
import ctypes
import dataclasses
import pickle
import typing
from typing import Any, Callable, Optional, Union

import py_classes
import pytest
import tvm_ffi
from tvm_ffi import core
from tvm_ffi.core import TypeSchema

INT, STR, FLOAT, ANY = (TypeSchema(name) for name in ("int", "str", "float", "Any"))


class Unregistered(tvm_ffi.Object):
    pass


class Exporter:
    def __dlpack__(self):
        raise NotImplementedError


# ---- annotations --------------------------------------------------------------------------------

ANNOTATIONS = [
    (None, "None"),
    (type(None), "None"),
    (Any, "Any"),
    (bool, "bool"),
    (int, "int"),
    (float, "float"),
    (str, "str"),
    (bytes, "bytes"),
    (core.String, "str"),
    (core.Bytes, "bytes"),
    (ctypes.c_void_p, "ctypes.c_void_p"),
    (tvm_ffi.dtype, "dtype"),
    (core.DataType, "dtype"),
    (tvm_ffi.Device, "Device"),
    (list, "List[Any]"),
    (typing.List, "List[Any]"),  # noqa: UP006
    (list[int], "List[int]"),
    (tvm_ffi.List[str], "List[str]"),
    (dict, "Dict[Any, Any]"),
    (dict[str, int], "Dict[str, int]"),
    (tvm_ffi.Dict, "Dict[Any, Any]"),
    (tvm_ffi.Map[str, int], "Map[str, int]"),
    (tuple, "tuple"),
    (typing.Tuple, "tuple[()]"),  # noqa: UP006
    (tuple[()], "tuple[()]"),
    (tuple[int, str], "tuple[int, str]"),
    (tuple[int, ...], "Array[int]"),
    (tvm_ffi.Array[int], "Array[int]"),
    (tvm_ffi.Array, "Array[Any]"),
    (collections.abc.Callable, "Callable[..., Any]"),
    (Callable, "Callable[..., Any]"),
    (tvm_ffi.Function, "Callable[..., Any]"),
    (Callable[[int, str], float], "Callable[[int, str], float]"),
    (Callable[[], int], "Callable[[], int]"),
    (Callable[..., int], "Callable[..., int]"),
    (Callable[[int], None], "Callable[[int], None]"),
    (Optional[int], "int | None"),
    (Union[int, None], "int | None"),
    (Union[int, str], "int | str"),
    (Union[int, Union[str, float]], "int | str | float"),
    (Union[int, str, None], "int | str | None"),
    (tvm_ffi.Tensor, "Tensor"),
    (Exporter, "Tensor"),
    (tvm_ffi.Object, "Object"),
    (core.Error, "ffi.Error"),
    (tvm_ffi.Module, "ffi.Module"),
]


@pytest.mark.parametrize(("annotation", "text"), ANNOTATIONS, ids=lambda value: repr(value))
def test_an_annotation_names_the_schema_it_reads_as(annotation, text):
    assert repr(TypeSchema.from_annotation(annotation)) == text


@pytest.mark.parametrize(
    "annotation",
    [
        "int",
        set,
        complex,
        object,
        bytearray,
        frozenset,
        type,
        1,
        ...,
        [int],
        typing.TypeVar("T"),
        typing.Literal[1],
        typing.ClassVar[int],
        typing.Sequence[int],
        typing.Mapping[str, int],
        typing.NoReturn,
        tvm_ffi.Shape,
        core.PyNativeObject,
        core.DLDeviceType,
        tvm_ffi.Array[set],
    ],
    ids=repr,
)
def test_annotations_without_a_schema_are_refused(annotation):
    with pytest.raises(TypeError, match=r"^Cannot convert .* to TypeSchema$"):
        TypeSchema.from_annotation(annotation)


def test_classes_of_objects_must_be_registered():
    with pytest.raises(TypeError) as raised:
        TypeSchema.from_annotation(Unregistered)
    assert str(raised.value) == (
        f"CObject subclass {Unregistered!r} is not registered in TYPE_CLS_TO_INFO; "
        "use @register_object to register it"
    )


@pytest.mark.parametrize(
    ("origin", "args", "message"),
    [
        (list, (int, str), "list takes at most 1 type argument, got 2"),
        (dict, (int,), "dict requires 0 or 2 type arguments, got 1"),
        (tvm_ffi.Array, (int, str), "Array requires 1 type argument, got 2"),
        (tvm_ffi.Map, (int,), "Map requires 2 type arguments, got 1"),
    ],
)
def test_containers_take_their_number_of_arguments(origin, args, message):
    from types import GenericAlias

    with pytest.raises(TypeError, match=f"^{message}$"):
        TypeSchema.from_annotation(GenericAlias(origin, args))


def test_callables_without_parameters_differ_from_callables_with_any():
    assert TypeSchema.from_annotation(Callable[[], int]).named_args == {
        "return": (INT,),
        "params": (),
    }
    assert TypeSchema.from_annotation(Callable[..., int]).named_args == {"return": (INT,)}


def test_helpers_read_unions_and_classes():
    assert repr(core._annotation_union((int, str, type(None)))) == "int | str | None"
    assert repr(core._annotation_cobject(tvm_ffi.Array, (int,))) == "Array[int]"


# ---- construction -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("",), ValueError, "schema type must be a nonempty string"),
        ((5,), ValueError, "schema type must be a nonempty string"),
        (("int", (5,)), TypeError, "schema arguments must be TypeSchema instances"),
        (("Union", (INT,)), ValueError, "Union must have at least two arguments"),
        (("Optional",), ValueError, "Optional must have exactly one argument"),
        (("list", (INT, INT)), ValueError, "list must have 0 or 1 argument"),
        (("Array", (INT, INT)), ValueError, "Array must have 0 or 1 argument"),
        (("dict", (INT,)), ValueError, "dict must have 0 or 2 arguments"),
        (("Map", (INT,)), ValueError, "Map must have 0 or 2 arguments"),
    ],
)
def test_wrong_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        TypeSchema(*arguments)


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        (5, TypeError, "named_args must be a map of names to type lists"),
        ({"": (INT,)}, ValueError, "named_args keys must be nonempty strings"),
        ({5: (INT,)}, ValueError, "named_args keys must be nonempty strings"),
        ({"return": INT}, TypeError, "named_args values must be lists of type schemas"),
        ({"return": (5,)}, TypeError, "named_args values must contain type schemas"),
        ({"other": ()}, ValueError, "Callable uses only named return and params groups"),
        ({}, ValueError, "Callable return group must contain exactly one type"),
        ({"params": ()}, ValueError, "Callable return group must contain exactly one type"),
        ({"return": (INT, INT)}, ValueError, "Callable return group must contain exactly one type"),
    ],
)
def test_wrong_groups_of_a_callable_are_refused(groups, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        TypeSchema("Callable", named_args=groups)


def test_positional_arguments_of_a_callable_become_groups():
    schema = TypeSchema("Callable", (INT, STR, FLOAT))
    assert schema.args == ()
    assert schema.named_args == {"return": (INT,), "params": (STR, FLOAT)}
    with pytest.raises(ValueError, match="uses only named"):
        TypeSchema("Callable", (INT,), named_args={"return": (INT,)})


def test_containers_without_arguments_hold_anything():
    assert TypeSchema("Array").args == (ANY,)
    assert TypeSchema("Map").args == (ANY, ANY)
    assert TypeSchema("tuple").args is None
    assert TypeSchema("tuple", []).args == ()


@pytest.mark.parametrize(
    ("origin", "index"),
    [
        ("None", 0),
        ("int", 1),
        ("Any", -1),
        ("str", 65),
        ("Array", 71),
        ("ffi.Error", 67),
        ("ffi.Array", 71),
        ("tuple", -3),
        ("no.such.type", -3),
    ],
)
def test_origins_know_their_type_index(origin, index):
    assert TypeSchema(origin).origin_type_index == index


def test_unions_have_no_type_index():
    assert TypeSchema("Union", (INT, STR)).origin_type_index == core._ORIGIN_TYPE_INDEX_STRUCTURAL
    assert TypeSchema("Optional", (INT,)).origin_type_index == -2


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (1, "int"),
        (-1, "Any"),
        (7, "Tensor"),
        (8, "str"),
        (9, "bytes"),
        (10, "Object"),
        (11, "str"),
        (12, "bytes"),
        (67, "ffi.Error"),
        (71, "Array[Any]"),
        (78, "int"),
    ],
)
def test_a_type_index_has_a_schema(index, text):
    schema = TypeSchema.from_type_index(index)
    assert (repr(schema), schema.origin_type_index) == (text, index)


@pytest.mark.parametrize("index", [-2, 10_000_000, 14])
def test_an_index_of_no_type_is_refused(index):
    with pytest.raises(ValueError, match=f"^Cannot find type index {index}$"):
        TypeSchema.from_type_index(index)


# ---- JSON ---------------------------------------------------------------------------------------

JSON = [
    ({"type": "int"}, "int"),
    ({"type": "std::string"}, "str"),
    ({"type": "Variant", "args": [{"type": "int"}, {"type": "ffi.String"}]}, "int | str"),
    ({"type": "std::optional", "args": [{"type": "int"}]}, "int | None"),
    ({"type": "Tuple"}, "tuple"),
    ({"type": "Tuple", "args": []}, "tuple[()]"),
    ({"type": "std::vector", "args": [{"type": "int"}]}, "Array[int]"),
    ({"type": "ffi.Array", "args": [{"type": "int"}, 3]}, "Array[int]"),
    ({"type": "ffi.Array", "args": 5}, "Array[Any]"),
    ({"type": "std::map"}, "Map[Any, Any]"),
    ({"type": "ffi.Function"}, "Callable[..., Any]"),
    ({"type": "ffi.Function", "args": [{"type": "int"}]}, "Callable[..., int]"),
    (
        {"type": "std::function", "args": [{"type": "int"}, [{"type": "float"}]]},
        "Callable[[float], int]",
    ),
    (
        {"type": "Callable", "named_args": {"return": [{"type": "int"}], "params": []}},
        "Callable[[], int]",
    ),
    ({"type": "DLTensor*"}, "Tensor"),
    ({"type": "void*"}, "ctypes.c_void_p"),
    ({"type": "ObjectRValueRef"}, "Object"),
    ({"type": "no.such.type", "fallback": {"type": "int"}}, "int"),
    ({"type": "ffi.BigInt"}, "int"),
]


@pytest.mark.parametrize(("obj", "text"), JSON, ids=lambda value: str(value))
def test_json_of_native_members_reads_as_a_schema(obj, text):
    schema = TypeSchema.from_json_obj(obj)
    assert repr(schema) == text
    assert TypeSchema.from_json_obj(schema.to_json()) == schema


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (5, "expected schema dict with 'type' key, got int"),
        ({}, "expected schema dict with 'type' key, got dict"),
        ({"type": 5}, "schema type must be a string"),
        ({"type": "X", "fallback": None}, "expected schema dict with 'type' key, got NoneType"),
        ({"type": "X", "named_args": []}, "named_args must be a map of names to type lists"),
        ({"type": "X", "named_args": {"a": 5}}, "named_args must map names to type lists"),
        ({"type": "X", "named_args": {"a": [5]}}, "named_args lists must contain type schemas"),
    ],
)
def test_other_json_is_refused(obj, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        TypeSchema.from_json_obj(obj)


def test_the_key_of_big_integers_survives_json():
    assert TypeSchema.from_json_str('{"type": "ffi.BigInt"}').to_json() == {"type": "ffi.BigInt"}


def test_schemas_are_taken_in_every_form():
    for raw in (INT, '{"type": "int"}', core.String('{"type": "int"}'), {"type": "int"}):
        assert TypeSchema._from_maybe_json(raw) == INT
    with pytest.raises(TypeError, match="^expected TypeSchema, JSON string, or JSON dict, got int"):
        TypeSchema._from_maybe_json(5)


# ---- text ---------------------------------------------------------------------------------------


def test_a_name_map_renames_every_origin():
    schema = TypeSchema.from_annotation(Optional[tvm_ffi.Array[int]])
    assert schema.repr(str.upper) == "OPTIONAL[ARRAY[INT]]"
    assert schema.output_repr(lambda name: name) == "Array[int] | None"
    assert TypeSchema("tuple", ()).repr(str.upper) == "TUPLE"
    assert TypeSchema.from_annotation(Callable[[int], int]).repr(str.upper) == "CALLABLE"


def test_only_input_shows_what_a_type_converts_from():
    _, info = py_classes.declare()
    accepted = TypeSchema("Union", (INT, TypeSchema(info.type_key)))
    core._register_type_attr(info.type_index, "__ffi_convert_type_schema__", accepted)
    schema = TypeSchema("Array", (TypeSchema(info.type_key),))
    assert schema.output_repr() == f"Array[{info.type_key}]"
    assert schema.input_repr() == f"Array[int | {info.type_key}]"
    assert schema.input_repr(str.lower) == f"array[union[int, {info.type_key.lower()}]]"


# ---- comparison ---------------------------------------------------------------------------------


def test_equality_ignores_the_key_written_to_json():
    assert TypeSchema("int", type_key="ffi.BigInt") == INT
    assert TypeSchema("int", origin_type_index=78) != INT
    assert TypeSchema("tuple", ()) != TypeSchema("tuple")
    assert INT != 1
    with pytest.raises(TypeError, match="unhashable type: 'TypeSchema'"):
        hash(INT)


def test_subtypes_follow_the_native_ancestry():
    derived = TypeSchema("testing.TestObjectDerived")
    base = core._lookup_or_register_type_info_from_type_key("testing.TestObjectBase")
    base_cls = type("Base", (), {"__tvm_ffi_type_info__": base})
    assert derived.is_subtype_of(base_cls)
    assert derived.is_subtype_of(tvm_ffi.Object)
    assert not TypeSchema("Object").is_subtype_of(base_cls)
    for schema in (INT, TypeSchema("no.such.type"), TypeSchema("Union", (derived, derived))):
        assert not schema.is_subtype_of(tvm_ffi.Object)
    for target in (int, object, core.CObject, 5):
        assert not derived.is_subtype_of(target)


def test_schemas_behave_like_dataclasses():
    names = ["origin", "args", "origin_type_index", "fallback", "named_args", "type_key"]
    assert [field.name for field in dataclasses.fields(TypeSchema)] == names
    assert dataclasses.replace(INT, type_key="ffi.BigInt").to_json() == {"type": "ffi.BigInt"}
    assert dataclasses.asdict(TypeSchema("Array", (INT,)))["args"][0]["origin"] == "int"
    assert list(TypeSchema.__match_args__) == names


def test_dataclasses_can_derive_from_schemas():
    @dataclasses.dataclass
    class Unit(TypeSchema):
        unit: str = "m"

    assert [field.name for field in dataclasses.fields(Unit)][-2:] == ["type_key", "unit"]
    assert Unit("int", unit="s").to_json() == {"type": "int"}


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_schemas_can_be_copied(duplicate):
    schema = TypeSchema.from_annotation(Union[int, Callable[[int], list[str]]])
    schema.check_value(5)
    copied = duplicate(schema)
    assert copied == schema
    copied.check_value(5)

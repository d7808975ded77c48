# SPDX-License-Identifier: Apache-2.0
"""The Python-level half of ``tvm_ffi.core``.

Imported once by the native module while that initialises; everything in ``EXPORTED`` is merged into
``tvm_ffi.core`` and says so in ``__module__``. Only cheap standard modules may be imported here,
because this runs at every ``import tvm_ffi``.
"""

from __future__ import annotations

import sys
from abc import ABCMeta
from enum import IntEnum
from functools import cached_property

from tvm_ffi import _type_schema, core
from tvm_ffi._lazy_dataclass import LazyDataclass, record_repr
from tvm_ffi._type_schema import TypeSchema

CObject = core.CObject


class _ObjectSlotsMeta(ABCMeta):
    """Metaclass of :class:`Object`: a class body without ``__slots__`` gets empty ones."""

    def __new__(mcls, name, bases, namespace, **kwargs):
        namespace.setdefault("__slots__", ())
        return super().__new__(mcls, name, bases, namespace, **kwargs)


class Object(CObject, metaclass=_ObjectSlotsMeta):
    """Base of the Python classes of FFI objects."""

    def _move(self) -> ObjectRValueRef:
        """Return a reference that lets the callee take this wrapper's object away."""
        return ObjectRValueRef(self)


class ObjectConvertible:
    """Base of classes that can be turned into an FFI object when they are passed as argument."""

    def asobject(self) -> Object:
        """Return the object to pass."""
        raise NotImplementedError()


class ObjectRValueRef:
    """An argument whose object the callee may take away from its wrapper."""

    __slots__ = ["obj"]

    def __init__(self, obj: CObject) -> None:
        self.obj = obj


class PyNativeObject:
    """Base of Python value types that mirror an FFI object and remember it."""

    __slots__ = []

    def __init_cached_object_by_constructor__(self, fconstructor, *args) -> None:
        """Create the FFI object with ``fconstructor(*args)`` and remember it."""
        cls = core._CLASS_OBJECT
        obj = cls.__new__(cls)
        obj.__init_handle_by_constructor__(fconstructor, *args)
        self._tvm_ffi_cached_object = obj


class String(str, PyNativeObject):
    """A ``str`` that remembers the FFI string it came from."""

    __slots__ = ["_tvm_ffi_cached_object"]

    def __new__(cls, value):
        self = str.__new__(cls, value)
        self._tvm_ffi_cached_object = None
        return self

    @staticmethod
    def __from_tvm_ffi_object__(cls, obj):  # noqa: PLW0211
        """Build the value of an FFI string."""
        value = core._string_content(obj)
        self = str.__new__(cls, value)
        self._tvm_ffi_cached_object = obj
        return self

    def __reduce_ex__(self, protocol):
        return (str, (str(self),))


class Bytes(bytes, PyNativeObject):
    """A ``bytes`` that remembers the FFI bytes it came from."""

    def __new__(cls, value):
        self = bytes.__new__(cls, value)
        self._tvm_ffi_cached_object = None
        return self

    @staticmethod
    def __from_tvm_ffi_object__(cls, obj):  # noqa: PLW0211
        """Build the value of FFI bytes."""
        value = core._string_content(obj)
        self = bytes.__new__(cls, value)
        self._tvm_ffi_cached_object = obj
        return self

    def __reduce_ex__(self, protocol):
        return (bytes, (bytes(self),))


class DLDeviceType(IntEnum):
    """Device types of DLPack."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17
    kDLTrn = 18


DEVICE_TYPE_TO_NAME = {
    DLDeviceType.kDLCPU: "cpu",
    DLDeviceType.kDLCUDA: "cuda",
    DLDeviceType.kDLCUDAHost: "cuda_host",
    DLDeviceType.kDLOpenCL: "opencl",
    DLDeviceType.kDLVulkan: "vulkan",
    DLDeviceType.kDLMetal: "metal",
    DLDeviceType.kDLVPI: "vpi",
    DLDeviceType.kDLROCM: "rocm",
    DLDeviceType.kDLROCMHost: "rocm_host",
    DLDeviceType.kDLExtDev: "ext_dev",
    DLDeviceType.kDLCUDAManaged: "cuda_managed",
    DLDeviceType.kDLOneAPI: "oneapi",
    DLDeviceType.kDLWebGPU: "webgpu",
    DLDeviceType.kDLHexagon: "hexagon",
    DLDeviceType.kDLMAIA: "maia",
    DLDeviceType.kDLTrn: "trn",
}

DEVICE_NAME_TO_TYPE = {
    "cpu": DLDeviceType.kDLCPU,
    "cuda": DLDeviceType.kDLCUDA,
    "opencl": DLDeviceType.kDLOpenCL,
    "vulkan": DLDeviceType.kDLVulkan,
    "metal": DLDeviceType.kDLMetal,
    "mps": DLDeviceType.kDLMetal,
    "vpi": DLDeviceType.kDLVPI,
    "rocm": DLDeviceType.kDLROCM,
    "ext_dev": DLDeviceType.kDLExtDev,
    "hexagon": DLDeviceType.kDLHexagon,
    "wgpu": DLDeviceType.kDLWebGPU,
    "webgpu": DLDeviceType.kDLWebGPU,
    "maia": DLDeviceType.kDLMAIA,
    "trn": DLDeviceType.kDLTrn,
}


class FFIProperty(property):
    """The property of a reflected field; a frozen one can be assigned with :meth:`set` only."""

    def __init__(self, fget, fset, frozen, fdel=None, doc=None) -> None:
        super().__init__(fget, None if frozen else fset, fdel, doc)
        if doc is not None:
            self.__doc__ = doc  # the docstring of the class would hide the property's
        self._fset = fset
        self.__doc__ = doc  # else the documentation of this class would show

    def set(self, obj, value) -> None:
        """Assign the field whether or not it is frozen."""
        self._fset(obj, value)


def _parse_metadata(metadata):
    """Return the metadata dictionary of a member; native text is parsed on first use."""
    if not isinstance(metadata, str):
        return metadata
    if not metadata:
        return {}
    import json  # noqa: PLC0415

    return json.loads(metadata)


_UNREAD = object()  # a schema that is still to be read from the metadata


class TypeField:
    """A reflected field of a type.

    ``c_*`` attributes are the flags of the native record; ``metadata`` is a dictionary with the
    field's ``type_schema``, and ``ty`` that schema.
    """

    __dataclass_fields__ = LazyDataclass()
    __match_args__ = (
        "name",
        "doc",
        "size",
        "alignment",
        "offset",
        "field_static_type_index",
        "frozen",
        "metadata",
        "getter",
        "setter",
        "ty",
        "c_init",
        "c_kw_only",
        "c_has_default",
        "c_default",
        "c_default_factory",
        "c_repr",
        "c_compare",
        "c_hash",
        "c_structural_eq",
        "dataclass_field",
    )
    __repr__ = record_repr

    def __init__(  # noqa: PLR0917
        self,
        name,
        doc,
        size,
        alignment,
        offset,
        field_static_type_index,
        frozen,
        metadata,
        getter,
        setter,
        ty=None,
        c_init=True,
        c_kw_only=False,
        c_has_default=False,
        c_default=_UNREAD,
        c_default_factory=_UNREAD,
        c_repr=True,
        c_compare=True,
        c_hash=True,
        c_structural_eq=None,
        dataclass_field=None,
    ) -> None:
        assert setter is not None
        assert getter is not None
        self.name = name
        self.doc = doc
        self.size = size
        self.alignment = alignment
        self.offset = offset
        self.field_static_type_index = field_static_type_index
        self.frozen = frozen
        # The text of a native record is read when it is needed.
        self._ty = _UNREAD if ty is None and isinstance(metadata, str) else ty
        self._metadata = metadata
        self.getter = getter
        self.setter = setter
        self.c_init = c_init
        self.c_kw_only = c_kw_only
        self.c_has_default = c_has_default
        self.c_default = core.MISSING if c_default is _UNREAD else c_default
        self.c_default_factory = core.MISSING if c_default_factory is _UNREAD else c_default_factory
        self.c_repr = c_repr
        self.c_compare = c_compare
        self.c_hash = c_hash
        self.c_structural_eq = c_structural_eq
        self.dataclass_field = dataclass_field

    @property
    def metadata(self) -> dict:
        """Metadata of the field."""
        self._metadata = _parse_metadata(self._metadata)
        return self._metadata

    @metadata.setter
    def metadata(self, value) -> None:
        self._metadata = value

    @property
    def ty(self):
        """Schema of the field, None when its metadata has none."""
        if self._ty is _UNREAD:
            schema = self.metadata.get("type_schema")
            self._ty = None if schema is None else TypeSchema._from_maybe_json(schema)
        return self._ty

    @ty.setter
    def ty(self, schema) -> None:
        self._ty = schema

    def as_property(self, cls: type) -> FFIProperty:
        """Return the property that represents this field in ``cls``."""
        for accessor in (self.getter, self.setter):
            accessor.__name__ = self.name
            accessor.__qualname__ = f"{cls.__qualname__}.{self.name}"
            accessor.__module__ = cls.__module__
            accessor.__doc__ = self.doc
        self.setter._normalize = self.normalize_value
        return FFIProperty(self.getter, self.setter, self.frozen, doc=self.doc)

    def _is_payload_enum_field(self) -> bool:
        """Return whether the field holds variants of an ``IntEnum`` or ``StrEnum``."""
        return self.ty is not None and _payload_type(self.ty.origin_type_index) is not None

    def normalize_value(self, value):
        """Return the variant that a raw payload of an enum field stands for."""
        if not self._is_payload_enum_field():
            return value
        return core._to_py_class_value(self.ty.convert(value))


class TypeMethod:
    """A reflected method of a type."""

    __dataclass_fields__ = LazyDataclass()
    __match_args__ = ("name", "doc", "func", "metadata", "is_static")
    __repr__ = record_repr

    def __init__(self, name, doc, func, metadata, is_static) -> None:
        assert callable(func)
        self.name = name
        self.doc = doc
        self.func = func
        self._metadata = metadata
        self.is_static = is_static

    @property
    def metadata(self) -> dict:
        """Metadata of the method."""
        self._metadata = _parse_metadata(self._metadata)
        return self._metadata

    @metadata.setter
    def metadata(self, value) -> None:
        self._metadata = value

    def as_callable(self, cls: type):
        """Return the attribute that represents this method in ``cls``."""
        func = self.func if self.is_static else _member_method_wrapper(self.func)
        func.__module__ = cls.__module__
        func.__name__ = self.name
        func.__qualname__ = f"{cls.__qualname__}.{self.name}"
        func.__doc__ = self.doc
        return staticmethod(func) if self.is_static else func


class TypeInfo:
    """What Python knows about a type: its class, its ancestors and its own members."""

    __dataclass_fields__ = LazyDataclass()
    __match_args__ = (
        "type_cls",
        "type_index",
        "type_key",
        "type_ancestors",
        "fields",
        "methods",
        "parent_type_info",
    )
    __repr__ = record_repr

    def __init__(  # noqa: PLR0917
        self,
        type_cls,
        type_index,
        type_key,
        type_ancestors,
        fields,
        methods,
        parent_type_info=None,
    ) -> None:
        self.type_cls = type_cls
        self.type_index = type_index
        self.type_key = type_key
        self.type_ancestors = type_ancestors
        self.fields = fields
        self.methods = methods
        if parent_type_info is None and type_ancestors:
            key = core._type_index_to_key(type_ancestors[-1])
            parent_type_info = core._lookup_or_register_type_info_from_type_key(key)
        self.parent_type_info = parent_type_info
        seen = set()
        for field in fields or ():
            assert field.name not in seen, (
                f"duplicate field name {field.name!r} in TypeInfo for {type_key!r}; "
                "TypeInfo.fields must only contain the type's own fields"
            )
            seen.add(field.name)
        self._warn_about_ancestor_fields(seen)

    def _warn_about_ancestor_fields(self, names: set) -> None:
        """Warn about own fields whose name an ancestor uses already."""
        info = self.parent_type_info if names else None
        while info is not None:
            for field in info.fields or ():
                if field.name in names:
                    import warnings  # noqa: PLC0415

                    warnings.warn(
                        f"Field {field.name!r} in {self.type_key!r} duplicates an ancestor field. "
                        "Child types should not re-register inherited fields.",
                        stacklevel=3,
                    )
            info = info.parent_type_info

    @cached_property
    def total_size(self) -> int:
        """Bytes of an instance."""
        size = core._native_total_size(self.type_index)
        if size:
            return size
        end = self.parent_type_info.total_size if self.parent_type_info is not None else 24
        for field in self.fields or ():
            end = max(end, field.offset + field.size)
        return (end + 7) // 8 * 8

    @property
    def _has_type_metadata(self) -> bool:
        return core._native_total_size(self.type_index) is not None

    def _register_fields(self, fields, structure_kind=None) -> None:
        """Give a type that Python defines its own fields, once."""
        assert self.fields is None, f"_register_fields already called for {self.type_key!r}"
        self.fields = core._register_fields(self, fields, structure_kind)
        self._read_back_methods()

    def _register_py_methods(self, py_methods=None, type_attr_names=frozenset()) -> None:
        """Register methods and type attributes, and read the methods back."""
        if py_methods:
            from tvm_ffi import _py_class_members  # noqa: PLC0415

            _py_class_members.register_methods(self, py_methods, type_attr_names)
        self._read_back_methods()

    def _read_back_methods(self) -> None:
        """Rebuild ``methods`` from the native table."""
        self.methods = core._read_back_methods(self.type_index)


def _register_fields(type_info, fields, structure_kind=None):
    """Register the fields of a type that Python defines; returns their descriptions."""
    from tvm_ffi import _py_class_members  # noqa: PLC0415

    return _py_class_members.register_fields(type_info, fields, structure_kind)


def _payload_type(type_index: int):
    """Return the class of raw values of a payload enum, None when the type is none."""
    enums = sys.modules.get("tvm_ffi.dataclasses.enum")
    info = core._type_index_to_type_info(type_index)
    if not hasattr(enums, "StrEnum") or info is None or not isinstance(info.type_cls, type):
        return None  # the module may just be being imported
    for enum_cls, payload in ((enums.IntEnum, int), (enums.StrEnum, str)):
        if issubclass(info.type_cls, enum_cls):
            return payload
    return None


def _payload_enum_variant(type_index: int, value):
    """Return the variant of a payload: None when there is none, text when it is out of range."""
    payload = _payload_type(type_index)
    if payload is None:
        return None
    if payload is int:
        from numbers import Integral  # noqa: PLC0415

        if not isinstance(value, Integral):
            return None
        try:
            value = TypeSchema("int").convert(value)
        except TypeError as error:
            return str(error).partition(": ")[2]
        value = core._to_py_class_value(value)
    elif not isinstance(value, str):
        return None
    state = core._lookup_type_attr(type_index, "__ffi_enum__")
    indexes = getattr(state, "indexes", None)
    return None if indexes is None else indexes.get(value)


def _member_method_wrapper(func):
    """Return a plain function that calls ``func`` with ``self`` in front."""

    def wrapper(self, *args):
        return func(self, *args)

    return wrapper


# Submodules that register classes of this package when they are imported, by type key.
_MODULE_OF_KEY = {
    "ffi.Enum": "dataclasses.enum",
    "ffi.EnumState": "dataclasses.enum",
    "ffi.IntEnum": "dataclasses.enum",
    "ffi.StrEnum": "dataclasses.enum",
    "ffi.StructuralKey": "structural",
    "ffi.StructuralMutator": "structural",
    "ffi.StructuralVisitor": "structural",
    "ffi.VisitInterrupt": "structural",
    "ffi.reflection.AccessPath": "access_path",
    "ffi.reflection.AccessStep": "access_path",
}


def _import_class_of_key(key):
    """Let this package register its class of a type, if it has one."""
    module = _MODULE_OF_KEY.get(key)
    if module is not None:
        import importlib  # noqa: PLC0415

        importlib.import_module(f"tvm_ffi.{module}")


def _make_fallback_class(base: type, info: TypeInfo) -> type:
    """Return the class of objects whose type nobody registered."""
    module, _, name = info.type_key.rpartition(".")
    key = info.type_key
    namespace = {
        "__slots__": (),
        "__module__": module,
        "__qualname__": key,
        "__tvm_ffi_type_info__": info,
        "__doc__": (
            f"Auto-generated fallback class for {key}.\n"
            "This class is generated because the class is not registered.\n"
            "Please do not rely on its members by name in new code,\n"
            "register a class for the type key instead."
        ),
    }
    cls = type(base)(name, (base,), namespace)
    for field in info.fields or ():
        setattr(cls, field.name, field.as_property(cls))
    for method in info.methods:
        setattr(cls, method.name, method.as_callable(cls))
    return cls


def _convert_numpy_dtype_to_ffi_dtype(x):
    """Return the data type of a numpy dtype; KeyError when it has no counterpart."""
    from tvm_ffi import _foreign  # noqa: PLC0415

    return _foreign.convert_numpy_dtype(x)


def _convert_torch_dtype_to_ffi_dtype(x):
    """Return the data type of a torch dtype; KeyError when it has no counterpart."""
    from tvm_ffi import _foreign  # noqa: PLC0415

    return _foreign.convert_torch_dtype(x)


# Module attributes of `tvm_ffi.core` that stand for optional packages, imported on first use.
_FRAMEWORKS = {
    "torch": "torch",
    "numpy": "numpy",
    "ml_dtypes": "ml_dtypes",
    "cuda_driver": "cuda.bindings.driver",
}


def _get_framework(name):
    """Return an optional package by its attribute name in ``tvm_ffi.core``, None if absent."""
    if name not in _FRAMEWORKS:
        raise AttributeError(f"module 'tvm_ffi.core' has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    try:
        module = importlib.import_module(_FRAMEWORKS[name])
    except ImportError:
        return None
    return module if core._loaded_framework(_FRAMEWORKS[name]) else None


ERROR_NAME_TO_TYPE = {
    cls.__name__: cls
    for cls in (
        RuntimeError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        IndexError,
        AssertionError,
        MemoryError,
    )
}
ERROR_TYPE_TO_NAME = {cls: name for name, cls in ERROR_NAME_TO_TYPE.items()}

EXPORTED = {
    "DLDeviceType": DLDeviceType,
    "Bytes": Bytes,
    "ERROR_NAME_TO_TYPE": ERROR_NAME_TO_TYPE,
    "ERROR_TYPE_TO_NAME": ERROR_TYPE_TO_NAME,
    "FFIProperty": FFIProperty,
    "Object": Object,
    "ObjectConvertible": ObjectConvertible,
    "ObjectRValueRef": ObjectRValueRef,
    "PyNativeObject": PyNativeObject,
    "String": String,
    "TypeField": TypeField,
    "TypeInfo": TypeInfo,
    "TypeMethod": TypeMethod,
    "_CLASS_DEVICE": core.Device,
    "_CLASS_DTYPE": None,
    "_CLASS_OBJECT": Object,
    "_CLASS_TENSOR": core.Tensor,
    "_OPAQUE_PTR_HANDLERS": {},
    "_ObjectSlotsMeta": _ObjectSlotsMeta,
    "_TRACEBACK_TO_BACKTRACE_STR": None,
    "_WITH_APPEND_BACKTRACE": None,
    "_convert_numpy_dtype_to_ffi_dtype": _convert_numpy_dtype_to_ffi_dtype,
    "_convert_torch_dtype_to_ffi_dtype": _convert_torch_dtype_to_ffi_dtype,
    "_import_class_of_key": _import_class_of_key,
    "_make_fallback_class": _make_fallback_class,
    "_member_method_wrapper": _member_method_wrapper,
    "_payload_enum_variant": _payload_enum_variant,
    "_register_fields": _register_fields,
    **_type_schema.EXPORTED,
    "__getattr__": _get_framework,
}

for _value in EXPORTED.values():
    if getattr(_value, "__module__", None) in {__name__, _type_schema.__name__}:
        _value.__module__ = "tvm_ffi.core"

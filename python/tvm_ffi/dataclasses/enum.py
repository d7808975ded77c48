# SPDX-License-Identifier: Apache-2.0
"""Enums whose variants are FFI objects, shared between languages.

A class with a type key has one :class:`EnumState`, kept by the runtime as an attribute of the type;
what C++ registered there and what Python adds are the same list of variants.
"""

from __future__ import annotations

from .. import core
from ..container import Dict
from ..core import Object, _ObjectSlotsMeta
from ._resolve_fields import own_annotations, rollback_registration
from .c_class import c_class
from .py_class import py_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar, overload

    from ..container import List
    from ..core import TypeInfo

    _T = TypeVar("_T")
    _EnumT = TypeVar("_EnumT", bound="Enum")

ENUM_STATE_ATTR = "__ffi_enum__"


# ---- state --------------------------------------------------------------------------------------


@c_class("ffi.EnumState")
class EnumState(Object):
    """What the runtime knows of an enum type.

    ``entries`` are the variants in the order of registration, ``indexes`` finds them by integer and
    by string, ``attrs`` are the columns of :class:`EnumAttrMap` by name.
    """

    entries: List[Any]
    indexes: Dict[Any, Any]
    attrs: Dict[str, Dict[Object, Any]]

    if TYPE_CHECKING:

        def __init__(self) -> None: ...


def _type_info(cls: Any) -> TypeInfo:
    """Return the description of the type that a class stands for."""
    info: TypeInfo = cls.__tvm_ffi_type_info__
    return info


def _state(cls: Any) -> EnumState | None:
    """Return the state of the type that a class stands for; None if there is none."""
    type_index = cls.__tvm_ffi_type_info__.type_index
    state: EnumState | None = core._lookup_type_attr(type_index, ENUM_STATE_ATTR)
    return state


def _state_or_new(cls: Any) -> EnumState:
    """Return the state of the type that a class stands for, which is made if there is none."""
    state = _state(cls)
    if state is None:
        state = EnumState()
        core._register_type_attr(_type_info(cls).type_index, ENUM_STATE_ATTR, state)
    return state


def _ordered_entries(cls: Any) -> list[Any]:
    """Return the variants of a class."""
    state = _state(cls)
    return [] if state is None else list(state.entries)


def _check_int64(index: int) -> int:
    if not -(2**63) <= index < 2**63:
        raise OverflowError(f"enum integer index {index} is outside int64")
    return index


def _normalize_index(index: Any) -> int | str:
    """Return an index as the state has it."""
    if isinstance(index, str):
        return index
    if isinstance(index, int):
        return _check_int64(int(index))
    raise TypeError(f"enum index must be int or str, got {type(index).__name__}")


def _get(cls: type[_T], index: int | str) -> _T:
    """Return the variant of an index; KeyError if there is none."""
    key = _normalize_index(index)
    state = _state(cls)
    variant: _T | None = None if state is None else state.indexes.get(key)
    if variant is None:
        raise KeyError(index)
    return variant


class EnumAttrMap:
    """Values attached to variants under a name, seen by every language.

    Parameters
    ----------
    enum_cls
        The enum.
    name
        Name of the attribute.
    default
        What variants without value have; without it they raise ``KeyError``.

    """

    __slots__ = ("_default", "_enum_cls", "_name")

    def __init__(self, enum_cls: type, name: str, *, default: Any = core.MISSING) -> None:
        self._enum_cls = enum_cls
        self._name = name
        self._default = default

    @property
    def name(self) -> str:
        """Name of the attribute."""
        return self._name

    def _check(self, variant: object) -> None:
        if not isinstance(variant, self._enum_cls):
            raise TypeError(f"expected {self._enum_cls.__name__}, got {type(variant).__name__}")

    def _stored(self, variant: Any) -> Any:
        """Return the value of a variant, ``MISSING`` if it has none."""
        state = _state(self._enum_cls)
        column = None if state is None else state.attrs.get(self._name)
        return core.MISSING if column is None else column.get(variant, core.MISSING)

    def __setitem__(self, variant: Any, value: Any) -> None:
        self._check(variant)
        attrs = _state_or_new(self._enum_cls).attrs
        if self._name not in attrs:
            attrs[self._name] = Dict()
        attrs[self._name][variant] = value

    def __getitem__(self, variant: object) -> Any:
        self._check(variant)
        value = self._stored(variant)
        if value is core.MISSING:
            value = self._default
        if value is core.MISSING:
            raise KeyError(f"{variant!r} has no extensible attribute '{self._name}'")
        return value

    def __contains__(self, variant: object) -> bool:
        return isinstance(variant, self._enum_cls) and self._stored(variant) is not core.MISSING

    def get(self, variant: object, default: Any = None) -> Any:
        """Return the value of a variant, ``default`` if it has none."""
        return self._stored(variant) if variant in self else default


# ---- declarations -------------------------------------------------------------------------------


class _EnumEntry:
    """A variant as a class body declares it."""

    __slots__ = ("args", "kwargs")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def __repr__(self) -> str:
        items = [repr(value) for value in self.args]
        items += [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"entry({', '.join(items)})"


def entry(*args: Any, **kwargs: Any) -> Any:
    """Declare a variant with the given field values in the body of an enum."""
    return _EnumEntry(*args, **kwargs)


def auto() -> Any:
    """Declare a variant without field values; the same as ``entry()``."""
    return _EnumEntry()


def _is_class_var(annotation: Any) -> bool:
    """Return whether an annotation, evaluated or not, is plainly a ``ClassVar``."""
    if isinstance(annotation, str):
        return annotation.replace(" ", "").startswith(("ClassVar", "typing.ClassVar"))
    from typing import ClassVar, get_origin  # noqa: PLC0415

    return annotation is ClassVar or get_origin(annotation) is ClassVar


def _is_literal(value: Any) -> bool:
    """Return whether a value in the body of an enum with payloads declares a variant."""
    return not callable(value) and not isinstance(value, (property, staticmethod, classmethod))


def _collect_declarations(
    cls: type, payload_type: type | None
) -> tuple[list[str], dict[str, _EnumEntry]]:
    """Take the declared variants out of a class body: names to bind, and entries by name."""
    body, annotations = vars(cls), own_annotations(cls)
    class_vars = {name for name, each in annotations.items() if _is_class_var(each)}
    binders = [
        name
        for name in annotations
        if name in class_vars and name not in body and not name.startswith("_")
    ]
    declarations = {}
    for name, value in body.items():
        if name.startswith("_") or (name in annotations and name not in class_vars):
            continue
        if isinstance(value, _EnumEntry):
            declarations[name] = value
        elif payload_type is not None and _is_literal(value):
            declarations[name] = _EnumEntry(value=value)
    for name in declarations:
        delattr(cls, name)
    return binders, declarations


class _Declarer:
    """Finds or makes the declared variants of one class.

    All of them are registered, or none: a failure takes the new ones back.
    """

    def __init__(self, cls: Any, payload_type: type | None, is_native: bool) -> None:
        self._cls = cls
        self._payload_type = payload_type
        self._is_native = is_native
        self._state = _state_or_new(cls)
        self._num_known = len(self._state.entries)

    def declare(self, binders: list[str], declarations: dict[str, _EnumEntry]) -> None:
        """Set all declared variants on the class."""
        try:
            for alias in binders:
                setattr(self._cls, alias, self._bind(alias))
            for alias, declaration in declarations.items():
                setattr(self._cls, alias, self._resolve(alias, declaration))
        except BaseException:
            self._take_back()
            raise

    def _take_back(self) -> None:
        entries, indexes = self._state.entries, self._state.indexes
        while len(entries) > self._num_known:
            variant = entries.pop()
            for index in (variant._int_index, variant._str_index):
                indexes.pop(index, None)

    def _bind(self, alias: str) -> Any:
        """Return the variant of a name without value."""
        variant = self._state.indexes.get(alias)
        if variant is not None:
            return variant
        if self._is_native:
            key = _type_info(self._cls).type_key
            raise RuntimeError(f"'{key}' has no enum at string index '{alias}'")
        if self._payload_type is int:
            raise TypeError(f"{self._cls.__name__}.{alias} requires an integer value")
        return self._make(len(self._state.entries), alias, (), {})

    def _resolve(self, alias: str, declaration: _EnumEntry) -> Any:
        """Return the variant of a declaration."""
        cls, state = self._cls, self._state
        values = dict(declaration.kwargs)
        if "_int_index" in values or "_str_index" in values:
            raise TypeError(f"{cls.__name__}.{alias}: enum indices are inferred")
        int_index, str_index = len(state.entries), alias
        if self._payload_type is int:
            int_index = _check_int64(self._take_payload(alias, values, int))
            known = state.indexes.get(int_index)
        else:
            if self._payload_type is str:
                str_index = self._take_payload(alias, values, str)
            known = state.indexes.get(str_index)
        if known is not None:
            return known
        if int_index in state.indexes or str_index in state.indexes:
            raise ValueError(f"duplicate enum index in {cls.__name__}.{alias}")
        return self._make(int_index, str_index, declaration.args, values)

    def _take_payload(self, alias: str, values: dict[str, Any], payload_type: type) -> Any:
        """Remove ``value`` from the values of a variant and return it."""
        name, kind = f"{self._cls.__name__}.{alias}", payload_type.__name__
        if "value" not in values:
            raise TypeError(f"{name} requires a {kind} value")
        payload = values.pop("value")
        if type(payload) is not payload_type:
            raise TypeError(f"{name} value must be {kind}")
        return payload

    def _make(
        self, int_index: int, str_index: str, args: tuple[Any, ...], values: dict[str, Any]
    ) -> Any:
        """Create a variant and register it."""
        values = {"_int_index": int_index, "_str_index": str_index, **values}
        create = _create_native if self._is_native else _create_python
        try:
            variant = create(self._cls, args, values)
        except Exception as error:
            name = f"{self._cls.__name__}.{str_index}"
            raise TypeError(f"{name}: invalid enum entry: {error}") from error
        self._state.entries.append(variant)
        self._state.indexes[int_index] = variant
        self._state.indexes[str_index] = variant
        return variant


def _create_python(cls: type, args: tuple[Any, ...], values: dict[str, Any]) -> Any:
    """Construct a variant of a class that Python defines."""
    return type.__call__(cls, *args, **values)


def _create_native(cls: Any, args: tuple[Any, ...], values: dict[str, Any]) -> Any:
    """Allocate a variant of a type that is registered already, and set its fields."""
    if args:
        raise TypeError("C++-backed enum entries require keyword fields")
    allocate = core._lookup_type_attr(_type_info(cls).type_index, "__ffi_new__")
    if allocate is None:
        raise TypeError("enum type has no allocator")
    variant = cls.__new__(cls)
    variant.__init_handle_by_constructor__(allocate)
    for name, value in values.items():
        setter = getattr(getattr(cls, name, None), "set", None)
        if setter is None:
            raise TypeError(f"field '{name}' has no reflected setter")
        setter(variant, value)
    return variant


def _is_registered(type_key: str) -> bool:
    """Return whether a type is complete, rather than left over from a class that failed."""
    type_index = core._object_type_key_to_index(type_key)
    return type_index is not None and (
        core._native_total_size(type_index) is not None
        or core._lookup_type_attr(type_index, "__ffi_new__") is not None
    )


# ---- classes ------------------------------------------------------------------------------------


class _EnumMeta(_ObjectSlotsMeta):
    """Makes a class the collection of its variants, and a call of it a look-up."""

    def __iter__(cls: type[_T]) -> Iterator[_T]:
        return iter(_ordered_entries(cls))

    def __len__(cls) -> int:
        state = _state(cls)
        return 0 if state is None else len(state.entries)

    if TYPE_CHECKING:

        @overload
        def __call__(cls: type[_T], value: int | str, /) -> _T: ...
        @overload
        def __call__(cls: type[_T], *args: Any, **kwargs: Any) -> _T: ...

    def __call__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs:
            (value,) = args
            if isinstance(value, cls):
                return value
            if isinstance(value, (int, str)):
                try:
                    return _get(cls, value)
                except KeyError:
                    raise ValueError(f"{value!r} is not a valid {cls.__name__}") from None
        return super().__call__(*args, **kwargs)


class _ClassProperty:
    """A read-only property of a class and of its instances."""

    __slots__ = ("fget",)

    def __init__(self, fget: Callable[[type], Any]) -> None:
        self.fget = fget

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self.fget(type(instance) if owner is None else owner)


@c_class("ffi.Enum", init=False)
class Enum(Object, metaclass=_EnumMeta):
    """Base of enums: each variant is one object, with an integer and a string index.

    A subclass gives its type key as class keyword. If the key is unknown, the class defines the
    type, with the annotations as fields of every variant. If C++ registered it, the class binds to
    it and to its variants. Without a key, a subclass is a helper for other enums.

    Parameters
    ----------
    type_key
        Key of the type.
    frozen
        Whether the fields of variants of a new type are read-only.
    init, repr
        Whether a class of a registered type gets ``__init__`` and ``__repr__``.

    Examples
    --------
    .. code-block:: python

        class Color(Enum, type_key="my.Color"):
            code: int

            RED = entry(code=1)
            BLUE = entry(code=2)


        assert Color("RED").code == 1
        assert [color.code for color in Color] == [1, 2]

    """

    _int_index: int
    _str_index: str

    def __init_subclass__(
        cls,
        *,
        type_key: str | None = None,
        frozen: bool = True,
        init: bool = True,
        repr: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if type_key is None:
            return
        payload_type = _payload_type(cls)
        has_own_repr = "__repr__" in vars(cls)
        binders, declarations = _collect_declarations(cls, payload_type)
        is_native = _is_registered(type_key)
        if is_native:
            c_class(type_key, init=init, repr=repr)(cls)
        else:
            py_class(type_key, frozen=frozen, structural_eq="singleton")(cls)
        if payload_type is not None:
            _install_payload_behavior(cls, payload_type, has_own_repr)
        try:
            _Declarer(cls, payload_type, is_native).declare(binders, declarations)
        except BaseException:
            if not is_native:
                rollback_registration(_type_info(cls))
            raise

    @classmethod
    def get(cls: type[_EnumT], index: int | str) -> _EnumT:
        """Return the variant of an integer or string index.

        Raises
        ------
        KeyError
            If there is none.

        """
        return _get(cls, index)

    @classmethod
    def all_entries(cls: type[_EnumT]) -> Iterator[_EnumT]:
        """Return an iterator over the variants that there are now."""
        return iter(_ordered_entries(cls))

    @_ClassProperty
    def attr_dict(cls: Any) -> Dict[str, Dict[Object, Any]]:
        """Return the columns of extensible attributes by name."""
        state = _state(cls)
        return Dict() if state is None else state.attrs

    @classmethod
    def def_attr(cls, name: str, *, default: Any = core.MISSING) -> EnumAttrMap:
        """Return the map of an extensible attribute, from variants to values.

        Examples
        --------
        .. code-block:: python

            class Color(Enum, type_key="my.PricedColor"):
                RED = auto()
                BLUE = auto()

            cost = Color.def_attr("cost", default=0)
            cost[Color.RED] = 3
            assert cost[Color.BLUE] == 0

        """
        return EnumAttrMap(cls, name, default=default)


def _reject_value_field(cls: type, base_name: str) -> None:
    """Refuse a body that defines ``value``, which is the payload."""
    if "value" in vars(cls) or "value" in own_annotations(cls):
        raise TypeError(f"{base_name} reserves `value` as its canonical index alias")


@c_class("ffi.IntEnum", init=False)
class IntEnum(Enum):
    """Base of enums whose integer index is a value of its own, compared like that integer.

    Examples
    --------
    .. code-block:: python

        class Level(IntEnum, type_key="my.Level"):
            LOW = 10
            HIGH = 20


        assert Level(10).same_as(Level.LOW)
        assert Level.HIGH == 20

    """

    value: int

    if TYPE_CHECKING:

        @property
        def name(self) -> str:
            """Name of the variant."""
            ...

    def __init_subclass__(cls, **kwargs: Any) -> None:
        _reject_value_field(cls, "IntEnum")
        super().__init_subclass__(**kwargs)


@c_class("ffi.StrEnum", init=False)
class StrEnum(Enum):
    """Base of enums whose string index is a value of its own, compared like that string."""

    value: str

    if TYPE_CHECKING:

        @property
        def name(self) -> str:
            """Name of the variant."""
            ...

    def __init_subclass__(cls, **kwargs: Any) -> None:
        _reject_value_field(cls, "StrEnum")
        super().__init_subclass__(**kwargs)


def _payload_type(cls: type) -> type | None:
    """Return the type of an enum's payloads; None for a plain enum."""
    # While a class is being made, ABCMeta can't be asked about it.
    if IntEnum in cls.__mro__:
        return int
    return str if StrEnum in cls.__mro__ else None


def _install_payload_behavior(cls: Any, payload_type: type, has_own_repr: bool) -> None:
    """Make variants compare, hash and print by their payload, where the body does not say how."""

    def __eq__(self: Any, other: Any) -> Any:
        if isinstance(other, cls):
            return self.value == other.value
        return self.value == other if isinstance(other, payload_type) else NotImplemented

    def __ne__(self: Any, other: Any) -> Any:
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    def __str__(self: Any) -> str:
        return str(self.value)

    def __hash__(self: Any) -> int:
        return hash(self.value)

    def __repr__(self: Any) -> str:
        return f"{cls.__name__}.{self._str_index}"

    def name(self: Any) -> Any:
        """Name of the variant."""
        return self._str_index

    members: dict[str, Any] = {
        "__eq__": __eq__,
        "__ne__": __ne__,
        "__str__": __str__,
        "__hash__": __hash__,
        "name": property(name),
    }
    for member, value in members.items():
        if member not in vars(cls):
            setattr(cls, member, value)
    if not has_own_repr:
        cls.__repr__ = __repr__


__all__ = [
    "ENUM_STATE_ATTR",
    "Enum",
    "EnumAttrMap",
    "EnumState",
    "IntEnum",
    "StrEnum",
    "auto",
    "entry",
]

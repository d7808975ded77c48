# SPDX-License-Identifier: Apache-2.0
"""Descriptions of dataclass fields: ``Field``, ``field`` and ``init_property``."""

from __future__ import annotations

import sys
from types import GenericAlias, MemberDescriptorType

from ..core import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar, Generic, TypeVar

    from ..core import TypeSchema

    if sys.version_info >= (3, 10):
        from dataclasses import KW_ONLY
    else:

        class KW_ONLY:
            """Starts the keyword-only fields."""

    _T = TypeVar("_T")


def _field_converter(value: Any) -> Any:
    """Return the value; tells type checkers that fields convert what is assigned to them."""
    return value


class Field:
    """What a dataclass decorator knows about one field.

    Users make them with :func:`field`, whose defaults differ; the decorator fills ``name``, the
    schema and ``type``.

    Attributes
    ----------
    name, type
        Name of the field, and its annotation.
    default, default_factory, frozen, init, repr, hash, compare, kw_only, metadata
        As given to :func:`field`.
    structural_eq, doc, converter, extra_kwargs
        As given to :func:`field`.

    Raises
    ------
    ValueError
        If both ``default`` and ``default_factory`` are given, or ``structural_eq`` is unknown.
    TypeError
        If ``default_factory`` can't be called.

    """

    __slots__ = (
        "_ty_schema",
        "compare",
        "converter",
        "default",
        "default_factory",
        "doc",
        "extra_kwargs",
        "frozen",
        "hash",
        "init",
        "kw_only",
        "metadata",
        "name",
        "repr",
        "structural_eq",
        "type",
    )

    _VALID_STRUCTURAL_EQ_VALUES: ClassVar[frozenset[str | None]] = frozenset(
        {None, "ignore", "def", "def-pattern", "def-simple"}
    )

    def __init__(
        self,
        name: str | None = None,
        _ty_schema: TypeSchema | None = None,
        *,
        default: Any = MISSING,
        default_factory: Any = MISSING,
        frozen: bool = False,
        init: bool = True,
        repr: bool = True,
        hash: bool | None = True,
        compare: bool = False,
        kw_only: bool | None = False,
        metadata: dict[Any, Any] | None = None,
        structural_eq: str | None = None,
        doc: str | None = None,
        converter: Callable[[Any], Any] = _field_converter,
        **extra_kwargs: Any,
    ) -> None:
        if default_factory is not MISSING:
            if default is not MISSING:
                raise ValueError("cannot specify both default and default_factory")
            if not callable(default_factory):
                raise TypeError(
                    f"default_factory must be a callable, got {type(default_factory).__name__}"
                )
        if structural_eq not in Field._VALID_STRUCTURAL_EQ_VALUES:
            raise ValueError(
                "structural_eq must be one of "
                f"[None, 'def', 'def-pattern', 'def-simple', 'ignore'], got {structural_eq!r}"
            )
        self.name: str = name  # type: ignore[assignment]  # the decorator fills it in
        self._ty_schema = _ty_schema
        self.type: Any = None
        self.default = default
        self.default_factory = default_factory
        self.frozen = frozen
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.kw_only = kw_only
        self.metadata = {} if metadata is None else dict(metadata)
        self.structural_eq = structural_eq
        self.doc = doc
        self.converter = converter
        self.extra_kwargs = extra_kwargs

    def __copy__(self) -> Field:
        """Return an independent field of the same class, also for subclasses with more state."""
        cls = type(self)
        duplicate = cls.__new__(cls)
        for base in cls.__mro__:
            for slot in vars(base).values():
                if isinstance(slot, MemberDescriptorType):
                    _copy_slot(slot, self, duplicate)
        if hasattr(self, "__dict__"):
            vars(duplicate).update(vars(self))
        duplicate.metadata = dict(self.metadata)
        duplicate.extra_kwargs = dict(self.extra_kwargs)
        return duplicate


def _copy_slot(slot: MemberDescriptorType, source: Field, target: Field) -> None:
    """Copy the value of a slot, which a subclass may have left unset."""
    try:
        value = slot.__get__(source)
    except AttributeError:
        return
    slot.__set__(target, value)


def field(
    *,
    default: Any = MISSING,
    default_factory: Any = MISSING,
    frozen: bool = False,
    init: bool = True,
    repr: bool = True,
    hash: bool | None = None,
    compare: bool = True,
    kw_only: bool | None = None,
    metadata: dict[Any, Any] | None = None,
    structural_eq: str | None = None,
    doc: str | None = None,
    converter: Callable[[Any], Any] = _field_converter,
    **extra_kwargs: Any,
) -> Any:
    """Describe a field in the body of a dataclass.

    Parameters
    ----------
    default, default_factory
        Value of the field when the constructor gets none, or a callable that makes one; not both.
    frozen
        Whether assignment is refused; ``type(obj).name.set(obj, value)`` still works.
    init, repr
        Whether the field is a parameter of ``__init__``, and whether it is printed.
    hash, compare
        Whether the field takes part in recursive hashing and comparison; ``hash=None`` means the
        same as ``compare``.
    kw_only
        Whether the parameter is keyword-only; None means as the class says.
    metadata
        Anything the user wants to remember.
    structural_eq
        Role in structural comparison: ``"ignore"``, ``"def-pattern"``, ``"def-simple"`` or None.
    doc
        Documentation of the property.
    converter
        Seen by type checkers only.
    extra_kwargs
        Options for field-resolution hooks; the decorator refuses those that no hook took.

    Returns
    -------
    A :class:`Field`. Use it for one field of one class only, since the decorator fills it in.

    """
    return Field(
        default=default,
        default_factory=default_factory,
        frozen=frozen,
        init=init,
        repr=repr,
        hash=hash,
        compare=compare,
        kw_only=kw_only,
        metadata=metadata,
        structural_eq=structural_eq,
        doc=doc,
        converter=converter,
        **extra_kwargs,
    )


def _dataclass_transform(**options: Any) -> Callable[[Any], Any]:
    """Mark a decorator as ``typing_extensions.dataclass_transform`` does, without its import."""
    defaults = {"kw_only_default": False, "frozen_default": False}

    def mark(decorator: Any) -> Any:
        decorator.__dataclass_transform__ = {
            **defaults,
            **options,
            # Type checkers find the converter by the specifiers' signature; tools look here.
            "kwargs": {"converter": _field_converter},
        }
        return decorator

    return mark


def _get_forward_annotations(obj: Any) -> dict[str, Any]:
    """Return the annotations of a function or of a class itself; unknown names do no harm."""
    if sys.version_info >= (3, 14):
        import annotationlib  # noqa: PLC0415

        return annotationlib.get_annotations(obj, format=annotationlib.Format.FORWARDREF)
    if isinstance(obj, type):  # not getattr, which would find those of a base class
        return dict(vars(obj).get("__annotations__") or {})
    return dict(getattr(obj, "__annotations__", None) or {})


if TYPE_CHECKING:

    class init_property(Generic[_T]):
        """A field that is computed once, after the other arguments were stored."""

        func: Callable[[Any], _T]
        name: str | None

        def __init__(self, func: Callable[[Any], _T]) -> None: ...
        def __get__(self, instance: Any, owner: type | None = None) -> _T: ...
        def __set__(self, instance: Any, value: _T) -> None: ...

else:

    class init_property:
        """A field that is computed once, after the other arguments were stored.

        Use it as a decorator: ``py_class`` stores the result like any other field, of the type that
        the method's return annotation names.
        """

        # typing.Generic would cost every program the import of typing.
        __class_getitem__ = classmethod(GenericAlias)

        def __init__(self, func: Callable[[Any], Any]) -> None:
            self.func = func
            self.name: str | None = None

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            return self

        def __set_name__(self, owner: type, name: str) -> None:
            self.name = name
            annotation = _get_forward_annotations(self.func).get("return")
            if annotation is None:
                from typing import Any as annotation  # noqa: PLC0415
            annotations = _get_forward_annotations(owner)
            annotations[name] = annotation
            owner.__annotations__ = annotations


def __getattr__(name: str) -> Any:
    """Import ``dataclasses``, which is slow, when its ``KW_ONLY`` is asked for."""
    if name != "KW_ONLY":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    global KW_ONLY  # noqa: PLW0603
    if sys.version_info >= (3, 10):
        from dataclasses import KW_ONLY  # noqa: PLC0415
    else:
        namespace = {"__module__": __name__, "__doc__": "Starts the keywords."}
        KW_ONLY = type("KW_ONLY", (), namespace)  # pyright: ignore[reportAssignmentType]
    return KW_ONLY


__all__ = ["KW_ONLY", "Field", "field", "init_property"]

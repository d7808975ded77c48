# SPDX-License-Identifier: Apache-2.0
"""Phase 1 of ``py_class``: allocate the type and evaluate annotations, perhaps later.

A class whose annotations name something that does not exist yet waits in ``_PENDING_CLASSES``. It
is finished when a later class is, or when it is first constructed. An error that turns up while
others are finished belongs to the waiting class: it is raised when that is constructed.
"""

from __future__ import annotations

import sys

from .. import core
from .field import _get_forward_annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ..core import TypeInfo

    Finish = Callable[[TypeInfo, "ResolvedFields"], None]

# Names that annotations may use: module name -> class name -> the class last defined there.
_PY_CLASS_BY_MODULE: dict[str, dict[str, type]] = {}


class ResolvedFields:
    """The evaluated annotations of a class and of the unregistered classes that it takes in."""

    def __init__(
        self, cls: type, hints: list[tuple[type, dict[str, Any]]], namespace: Namespace
    ) -> None:
        self.cls = cls
        # Owner and its annotations in declaration order; the class itself is last.
        self.hints = hints
        self.namespace = namespace


class PendingClass:
    """A class that waits for names in its annotations."""

    def __init__(self, cls: type, type_info: TypeInfo, finish: Finish) -> None:
        self.cls = cls
        self.type_info = type_info
        self.finish = finish
        # Set when a construction failed: another class may then take over the key.
        self.failed = False
        # Set when finishing it raised, which only a construction tries again.
        self.broken = False


_PENDING_CLASSES: list[PendingClass] = []


# ---- phase 1 ------------------------------------------------------------------------------------


def _is_registered(cls: type) -> bool:
    """Return whether a class itself, not only a base of it, stands for a type."""
    return "__tvm_ffi_type_info__" in vars(cls) or core._type_cls_to_type_info(cls) is not None


def _registered_parent(cls: type) -> type | None:
    """Return the nearest base class that stands for a type."""
    return next((base for base in cls.__mro__[1:] if _is_registered(base)), None)


def register_type_without_fields(cls: Any, type_key: str) -> TypeInfo:
    """Allocate a type below that of the nearest registered base class.

    Raises
    ------
    TypeError
        If no base class is registered, or its type can't have children.
    ValueError
        If the key is in use.

    """
    parent = _registered_parent(cls)
    if parent is None:
        raise TypeError(
            f"{cls.__name__} must inherit from a registered FFI Object type (e.g. tvm_ffi.Object)"
        )
    for pending in _PENDING_CLASSES:
        if pending.failed and pending.type_info.type_key == type_key:
            rollback_registration(pending.type_info)
            break
    parent_info: Any = vars(parent).get("__tvm_ffi_type_info__") or core._type_cls_to_type_info(
        parent
    )
    type_info = core._register_py_class(parent_info, type_key, cls)
    cls.__tvm_ffi_type_info__ = type_info
    _PY_CLASS_BY_MODULE.setdefault(cls.__module__, {})[cls.__name__] = cls
    return type_info


def rollback_registration(type_info: TypeInfo) -> None:
    """Forget a class whose definition failed; its key can be used again."""
    cls: Any = type_info.type_cls
    core._rollback_py_class(type_info)
    _PENDING_CLASSES[:] = [p for p in _PENDING_CLASSES if p.type_info is not type_info]
    known = _PY_CLASS_BY_MODULE.get(cls.__module__, {})
    short_name: str = cls.__name__
    if known.get(short_name) is cls:
        del known[short_name]
    for name in ("__tvm_ffi_type_info__", "__ffi_is_dataclass__"):
        if name in vars(cls):
            delattr(cls, name)


# ---- annotations --------------------------------------------------------------------------------


def own_annotations(cls: type) -> dict[str, Any]:
    """Return the annotations that a class declares itself, unevaluated."""
    return _get_forward_annotations(cls)


def is_kw_only_marker(annotation: Any) -> bool:
    """Return whether an annotation, evaluated or not, is ``KW_ONLY``."""
    text = annotation if isinstance(annotation, str) else _forward_text(annotation)
    if text is not None:
        return text == "KW_ONLY" or text.endswith(".KW_ONLY")
    # Whoever has the marker has imported the module that defines it.
    home = sys.modules.get("dataclasses" if sys.version_info >= (3, 10) else f"{__package__}.field")
    marker = None if home is None else vars(home).get("KW_ONLY")
    return marker is not None and annotation is marker


def _forward_text(annotation: Any) -> str | None:
    """Return the text of a ``typing.ForwardRef``, None for anything else."""
    text = getattr(annotation, "__forward_arg__", None)
    return text if isinstance(text, str) else None


def _owners(cls: type) -> list[type]:
    """Return the classes whose annotations are fields of ``cls``: bases first, then itself.

    What the nearest registered base inherits is part of that type already.
    """
    parent = _registered_parent(cls)
    absorbed = set() if parent is None else set(parent.__mro__)
    return [
        owner
        for owner in reversed(cls.__mro__)
        if owner is not object and owner not in absorbed and own_annotations(owner)
    ]


class Namespace:
    """Where the annotations of a class are looked up.

    ``names`` stand in for the module of an owner that is not imported.
    """

    def __init__(
        self, cls: type, owners: list[type] | None = None, names: dict[str, Any] | None = None
    ) -> None:
        if owners is None:
            owners = _owners(cls)
        if names is None:
            module = sys.modules.get(cls.__module__)
            names = {} if module is None else vars(module)
        self._names = names
        self._locals = dict(_PY_CLASS_BY_MODULE.get(cls.__module__, {}))
        self._locals.update((owner.__name__, owner) for owner in (*owners, cls))

    def _globals(self, owner: type) -> dict[str, Any]:
        module = sys.modules.get(owner.__module__)
        return self._names if module is None else vars(module)

    def _locals_of_all_modules(self) -> dict[str, Any]:
        """Return the names with the classes of other modules, as for type-checking imports."""
        names: dict[str, Any] = {}
        for classes in _PY_CLASS_BY_MODULE.values():
            for name, cls in classes.items():
                names.setdefault(name, cls)
        return {**names, **self._locals}

    def failures(self, owner: type) -> Iterator[str]:
        """Describe the string annotations of a class that can't be evaluated, with the error."""
        for name, annotation in own_annotations(owner).items():
            text = annotation if isinstance(annotation, str) else _forward_text(annotation)
            if text is None or is_kw_only_marker(annotation):
                continue
            try:
                eval(text, self._globals(owner), self._locals_of_all_modules())
            except Exception as error:
                yield f"{name}: {text} ({error})"

    def evaluate(self, annotations: dict[str, Any], owner: type) -> dict[str, Any] | None:
        """Return the evaluated annotations of a class; None when a name is unknown."""
        import typing  # noqa: PLC0415

        extras: Any = {"include_extras": True} if sys.version_info >= (3, 11) else {}
        carrier = type(owner.__name__, (), {"__module__": owner.__module__})
        carrier.__annotations__ = annotations
        names = self._globals(owner)
        for local_names in (self._locals, None):
            try:
                return typing.get_type_hints(
                    carrier, names, local_names or self._locals_of_all_modules(), **extras
                )
            except (NameError, AttributeError):
                continue
        return None


def _evaluate_fields(owner: type, namespace: Namespace) -> dict[str, Any] | None:
    """Evaluate the annotations of one owner, which may include the keyword-only marker."""
    annotations = own_annotations(owner)
    markers = {name for name, value in annotations.items() if is_kw_only_marker(value)}
    hints = namespace.evaluate(
        {name: value for name, value in annotations.items() if name not in markers}, owner
    )
    if hints is None:
        return None
    if markers:
        from .field import KW_ONLY  # noqa: PLC0415

        hints.update(dict.fromkeys(markers, KW_ONLY))
    return {name: hints[name] for name in annotations}


def resolve_type_hints_by_owner(cls: type) -> ResolvedFields | None:
    """Evaluate the annotations that become fields; None when a name is unknown yet."""
    owners = _owners(cls)
    namespace = Namespace(cls, owners)
    resolved = []
    for owner in owners:
        hints = _evaluate_fields(owner, namespace)
        if hints is None:
            return None
        resolved.append((owner, hints))
    return ResolvedFields(cls, resolved, namespace)


def unresolved_annotations(cls: type) -> Iterator[str]:
    """Describe the string annotations that can't be evaluated, with the error.

    These are the class's own; where they are fine, those of the classes that it takes in or waits
    for.
    """
    owners = _owners(cls)
    namespace = Namespace(cls, owners)
    found = list(namespace.failures(cls))
    for owner in owners if not found else ():
        found += namespace.failures(owner)
    parent = _pending_of(_registered_parent(cls))
    if not found and parent is not None:
        return unresolved_annotations(parent.cls)
    return iter(found)


# ---- waiting classes ----------------------------------------------------------------------------


def _pending_of(cls: type | None) -> PendingClass | None:
    return next((pending for pending in _PENDING_CLASSES if pending.cls is cls), None)


def finish_or_defer(cls: type, type_info: TypeInfo, finish: Finish) -> None:
    """Finish a new class if its annotations can be evaluated, else let it wait."""
    pending = PendingClass(cls, type_info, finish)
    if _try_finish(pending):
        flush_pending()
    else:
        defer_field_registration(pending)


def _try_finish(pending: PendingClass) -> bool:
    """Finish a class and, before, its parent; False when a name is unknown."""
    parent_info: Any = pending.type_info.parent_type_info
    parent = _pending_of(parent_info.type_cls)
    if parent is not None and not _try_finish(parent):
        return False
    resolved = resolve_type_hints_by_owner(pending.cls)
    if resolved is None:
        return False
    pending.finish(pending.type_info, resolved)
    if pending in _PENDING_CLASSES:
        _PENDING_CLASSES.remove(pending)
    return True


def flush_pending() -> None:
    """Finish every waiting class that can be, until none changes."""
    changed = True
    while changed:
        changed = False
        for pending in list(_PENDING_CLASSES):
            if pending.broken or pending not in _PENDING_CLASSES:
                continue
            try:
                changed = _try_finish(pending) or changed
            except Exception:
                pending.broken = True


def defer_field_registration(pending: PendingClass) -> None:
    """Let a class wait; until it is finished its ``__init__`` tries to do that first."""
    cls: Any = pending.cls
    _PENDING_CLASSES.append(pending)
    if "__init__" in vars(cls):
        cls._py_class_user_init = cls.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        _finish_now(pending)
        cls.__init__(self, *args, **kwargs)

    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    __init__.__module__ = cls.__module__
    cls.__init__ = __init__
    cls.__ffi_py_class_is_deferred_init__ = True


def restore_user_init(cls: Any) -> None:
    """Undo what :func:`defer_field_registration` did to a class, which is being finished."""
    if not vars(cls).get("__ffi_py_class_is_deferred_init__", False):
        return
    del cls.__ffi_py_class_is_deferred_init__
    del cls.__init__
    if "_py_class_user_init" in vars(cls):
        cls.__init__ = cls._py_class_user_init
        del cls._py_class_user_init


def _finish_now(pending: PendingClass) -> None:
    """Finish a class that is being constructed.

    Raises
    ------
    TypeError
        If its annotations still can't be evaluated; the class goes on waiting.

    """
    pending.failed = True
    if not _try_finish(pending):
        raise TypeError(
            f"Cannot instantiate {pending.cls.__name__}: unresolved forward references: "
            f"{list(unresolved_annotations(pending.cls))}"
        )
    flush_pending()

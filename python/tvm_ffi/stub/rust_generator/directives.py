# SPDX-License-Identifier: Apache-2.0
"""One-line directives by which a Rust file says what the registry does not know about a type."""

from __future__ import annotations

import dataclasses
import re

_TYPE_FORM = "<type_key>"
_FIELD_FORM = "<type_key>.<field>"
_FORMS = {
    "field": f"{_FIELD_FORM} -> <RustType>",
    "nullable": _FIELD_FORM,
    "enum": f"{_FIELD_FORM} -> Name(i32) {{ A=0, B=1 }}",
    "opaque": _TYPE_FORM,
    "upcast": f"{_TYPE_FORM} -> <RustType>",
    "custom-new": _TYPE_FORM,
}

_IDENTIFIER = r"[A-Za-z_]\w*"
_ENUM_TYPE = re.compile(
    rf"(?P<name>{_IDENTIFIER})\((?P<repr>[iu](?:8|16|32|64))\)\s*(?:\{{(?P<members>[^{{}}]*)\}})?"
)
_ENUM_MEMBER = re.compile(rf"(?P<name>{_IDENTIFIER})\s*=\s*(?P<value>-?\d+)")


@dataclasses.dataclass(frozen=True)
class EnumSpec:
    """An integer newtype that a field is given.

    Parameters
    ----------
    name
        Name of the newtype.
    repr
        Integer type that it wraps.
    members
        Names and values of its constants.

    """

    name: str
    repr: str
    members: tuple[tuple[str, int], ...]


@dataclasses.dataclass
class Directives:
    """The directives of one file.

    Parameters
    ----------
    field_types
        Rust type by ``<type_key>.<field>``.
    nullable
        Fields, as ``<type_key>.<field>``, that may be null.
    enums
        Newtype by ``<type_key>.<field>``.
    opaque
        Type keys to keep opaque.
    upcasts
        Further upcast targets by type key.
    custom_new
        Type keys whose generated constructor is called ``from_fields``.

    """

    field_types: dict[str, str] = dataclasses.field(default_factory=dict)
    nullable: set[str] = dataclasses.field(default_factory=set)
    enums: dict[str, EnumSpec] = dataclasses.field(default_factory=dict)
    opaque: set[str] = dataclasses.field(default_factory=set)
    upcasts: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    custom_new: set[str] = dataclasses.field(default_factory=set)

    def add(self, name: str, payload: str, lineno: int) -> None:
        """Take in the directive ``name`` of a line.

        Raises
        ------
        ValueError
            If the payload is not of the form that the directive has.

        """
        if name not in _FORMS:
            raise ValueError(f"Unknown directive `{name}` at line {lineno}")
        target, value = payload.strip(), ""
        if "->" in _FORMS[name]:
            target, _, value = (part.strip() for part in payload.partition("->"))
        enum = _parse_enum(value) if name == "enum" else None
        malformed = "->" in _FORMS[name] and not value
        if malformed or (name == "enum" and not (enum and _is_type(target))):
            raise _invalid(name, lineno, _FORMS[name])
        form = _FIELD_FORM if _FORMS[name].startswith(_FIELD_FORM) else _TYPE_FORM
        if not (_is_field(target) if form == _FIELD_FORM else _is_type(target)):
            raise _invalid(name, lineno, form)
        if enum is not None:
            self.enums[target] = enum
        elif name == "field":
            self.field_types[target] = value
        elif name == "upcast":
            self.upcasts.setdefault(target, []).append(value)
        else:
            flags = {"nullable": self.nullable, "opaque": self.opaque}
            flags.get(name, self.custom_new).add(target)


def _invalid(name: str, lineno: int, form: str) -> ValueError:
    """Return the error of a malformed directive."""
    return ValueError(f"Invalid `{name}` directive at line {lineno}. Expected `{form}`")


def _is_type(text: str) -> bool:
    """Return whether a text can be a type key."""
    return bool(text) and not any(char.isspace() for char in text)


def _is_field(text: str) -> bool:
    """Return whether a text can be a type key and a field of it."""
    key, _, field = text.rpartition(".")
    return _is_type(text) and bool(key) and bool(field)


def _parse_enum(text: str) -> EnumSpec | None:
    """Read ``Name(i32) { A=0, B=1 }``; the list of members may be left out."""
    match = _ENUM_TYPE.fullmatch(text)
    if match is None:
        return None
    members = []
    for part in filter(None, (part.strip() for part in (match["members"] or "").split(","))):
        member = _ENUM_MEMBER.fullmatch(part)
        if member is None:
            return None
        members.append((member["name"], int(member["value"])))
    return EnumSpec(match["name"], match["repr"], tuple(members))

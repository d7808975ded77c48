# SPDX-License-Identifier: Apache-2.0
"""The Rust code of an ``enum`` directive: an integer newtype with a constant for each member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .wrap import block

if TYPE_CHECKING:
    from .directives import EnumSpec


def enum_lines(spec: EnumSpec, value_error: str) -> list[list[str]]:
    """Return the newtype, its constants and conversions, and the checked conversion from ``i64``.

    The newtype is open: C++ may hold values that no member names.

    Parameters
    ----------
    spec
        The newtype.
    value_error
        What the file calls the constant ``VALUE_ERROR``.

    """
    name, integer = spec.name, spec.repr
    constants = [f"pub const {member}: Self = Self({value});" for member, value in spec.members]
    from_raw = block(f"pub const fn from_raw(value: {integer}) -> Self", ["Self(value)"])
    as_raw = block(f"pub const fn as_raw(self) -> {integer}", ["self.0"])
    message = f"{name} value {{value}} does not fit {integer}"
    error = f'Error::new({value_error}, &format!("{message}"), "")'
    convert = [f"{integer}::try_from(value).map(Self).map_err(|_| {{", f"    {error}", "})"]
    try_from = block("fn try_from(value: i64) -> Result<Self>", convert)
    return [
        [
            "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]",
            "#[repr(transparent)]",
            f"pub struct {name}({integer});",
        ],
        [
            "#[allow(non_upper_case_globals)]",
            *block(f"impl {name}", [*constants, *from_raw, *as_raw]),
        ],
        block(f"impl TryFrom<i64> for {name}", ["type Error = Error;", *try_from]),
    ]

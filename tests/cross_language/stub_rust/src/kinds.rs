// SPDX-License-Identifier: Apache-2.0
//! Types with a field of each kind, as `tests/python/register_kinds.py` registers them.
// tvm-ffi-stubgen(prefix): kinds

// SPDX-License-Identifier: Apache-2.0
//! Types below a prefix that has types, too.
// tvm-ffi-stubgen(prefix): extra.nested

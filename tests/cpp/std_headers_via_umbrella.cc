// SPDX-License-Identifier: Apache-2.0
// Compiles only while tvm_ffi.h alone provides the standard headers that consumers lean on.
#include <tvm/ffi/tvm_ffi.h>

#include "std_headers_use.h"

std::string CountWordsViaUmbrella(const std::string& text) { return CountWords(text); }

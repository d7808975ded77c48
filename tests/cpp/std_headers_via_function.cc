// SPDX-License-Identifier: Apache-2.0
// Compiles only while function.h alone provides the standard headers that consumers lean on.
#include <tvm/ffi/function.h>

#include "std_headers_use.h"

std::string CountWordsViaFunctionHeader(const std::string& text) { return CountWords(text); }

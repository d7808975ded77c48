// SPDX-License-Identifier: Apache-2.0
// The C headers in a C11 translation unit: they compile, and a plain C program can register, look
// up and call a function with nothing else.
#include "c_header_check.h"

#include <string.h>
#include <tvm/ffi/extra/c_env_api.h>

_Static_assert(kTVMFFIAny == -1, "enumerators are visible in C");
_Static_assert(sizeof(TVMFFITypeIndex) == 4 && (TVMFFITypeIndex)-1 < 0, "signed, 4 bytes");
_Static_assert(sizeof(TVMFFIStreamHandle) == sizeof(void*), "environment header is visible in C");

int CHeaderCheckAddOne(void* handle, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  (void)handle;
  if (num_args != 1 || args[0].type_index != kTVMFFIInt) {
    const char* parts[] = {"expected one int, ", NULL, "got something else"};
    TVMFFIErrorSetRaisedFromCStrParts("TypeError", parts, 3);
    return -1;
  }
  result->type_index = kTVMFFIInt;
  result->zero_padding = 0;
  result->v_int64 = args[0].v_int64 + 1;
  return 0;
}

int CHeaderCheckRaise(void* handle, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  (void)handle;
  (void)args;
  (void)num_args;
  (void)result;
  TVMFFIErrorSetRaisedFromCStr("ValueError", "raised in C");
  return -1;
}

int64_t CHeaderCheckRoundTrip(const char* name) {
  TVMFFIByteArray key = {name, strlen(name)};
  TVMFFIObjectHandle created = NULL;
  TVMFFIObjectHandle found = NULL;
  TVMFFIAny arg;
  TVMFFIAny result;
  memset(&arg, 0, sizeof(arg));
  memset(&result, 0, sizeof(result));
  arg.type_index = kTVMFFIInt;
  arg.v_int64 = 41;
  if (TVMFFIFunctionCreate(NULL, CHeaderCheckAddOne, NULL, &created) != 0) return -1;
  if (TVMFFIFunctionSetGlobal(&key, created, 0) != 0) return -1;
  TVMFFIObjectDecRef(created);
  if (TVMFFIFunctionGetGlobal(&key, &found) != 0 || found == NULL) return -1;
  if (TVMFFIFunctionCall(found, &arg, 1, &result) != 0) return -1;
  TVMFFIObjectDecRef(found);
  return result.v_int64;
}

// SPDX-License-Identifier: Apache-2.0
// The 50 C functions have exactly the types that compiled consumers call them with: a declaration
// that differs from the header's does not compile.
#include <gtest/gtest.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/extra/c_env_api.h>

#include <set>

extern "C" {
void TVMFFIGetVersion(TVMFFIVersion*);
int TVMFFIObjectIncRef(TVMFFIObjectHandle);
int TVMFFIObjectDecRef(TVMFFIObjectHandle);
int TVMFFIObjectCreateOpaque(void*, int32_t, void (*)(void*), TVMFFIObjectHandle*);
TVMFFICustomAllocator* TVMFFIGetCustomAllocator();
int TVMFFISetCustomAllocator(TVMFFICustomAllocator*);
int TVMFFITypeKeyToIndex(const TVMFFIByteArray*, int32_t*);
int TVMFFIFunctionCreate(void*, TVMFFISafeCallType, void (*)(void*), TVMFFIObjectHandle*);
int TVMFFIFunctionGetGlobal(const TVMFFIByteArray*, TVMFFIObjectHandle*);
int TVMFFIAnyViewToOwnedAny(const TVMFFIAny*, TVMFFIAny*);
int TVMFFIFunctionCall(TVMFFIObjectHandle, TVMFFIAny*, int32_t, TVMFFIAny*);
void TVMFFIErrorMoveFromRaised(TVMFFIObjectHandle*);
void TVMFFIErrorSetRaised(TVMFFIObjectHandle);
void TVMFFIErrorSetRaisedFromCStr(const char*, const char*);
void TVMFFIErrorSetRaisedFromCStrParts(const char*, const char**, int32_t);
int TVMFFIErrorCreate(const TVMFFIByteArray*, const TVMFFIByteArray*, const TVMFFIByteArray*,
                      TVMFFIObjectHandle*);
int TVMFFIErrorCreateWithCauseAndExtraContext(const TVMFFIByteArray*, const TVMFFIByteArray*,
                                              const TVMFFIByteArray*, TVMFFIObjectHandle,
                                              TVMFFIObjectHandle, TVMFFIObjectHandle*);
int TVMFFITensorFromDLPack(DLManagedTensor*, int32_t, int32_t, TVMFFIObjectHandle*);
int TVMFFITensorToDLPack(TVMFFIObjectHandle, DLManagedTensor**);
int TVMFFITensorFromDLPackVersioned(DLManagedTensorVersioned*, int32_t, int32_t,
                                    TVMFFIObjectHandle*);
int TVMFFITensorToDLPackVersioned(TVMFFIObjectHandle, DLManagedTensorVersioned**);
int TVMFFITensorCreateUnsafeView(TVMFFIObjectHandle, const DLTensor*, TVMFFIObjectHandle*);
int TVMFFIStringFromByteArray(const TVMFFIByteArray*, TVMFFIAny*);
int TVMFFIBytesFromByteArray(const TVMFFIByteArray*, TVMFFIAny*);
int TVMFFIBigIntFromByteArray(const TVMFFIByteArray*, TVMFFIAny*);
TVMFFIByteArray TVMFFIBigIntGetContentByteArray(const TVMFFIAny*);
int TVMFFIDataTypeFromString(const TVMFFIByteArray*, DLDataType*);
int TVMFFIDataTypeToString(const DLDataType*, TVMFFIAny*);
int TVMFFIFunctionSetGlobal(const TVMFFIByteArray*, TVMFFIObjectHandle, int);
int TVMFFIFunctionSetGlobalFromMethodInfo(const TVMFFIMethodInfo*, int);
int TVMFFITypeRegisterField(int32_t, const TVMFFIFieldInfo*);
int TVMFFITypeRegisterMethod(int32_t, const TVMFFIMethodInfo*);
int TVMFFITypeRegisterMetadata(int32_t, const TVMFFITypeMetadata*);
int TVMFFITypeRegisterAttr(int32_t, const TVMFFIByteArray*, const TVMFFIAny*);
const TVMFFITypeAttrColumn* TVMFFIGetTypeAttrColumn(const TVMFFIByteArray*);
const TVMFFIByteArray* TVMFFIBacktrace(const char*, int, const char*, int);
int32_t TVMFFITypeGetOrAllocIndex(const TVMFFIByteArray*, int32_t, int32_t, int32_t, int32_t,
                                  int32_t);
const TVMFFITypeInfo* TVMFFIGetTypeInfo(int32_t);
int TVMFFIHandleInitOnce(void**, int (*)(void**));
int TVMFFIHandleDeinitOnce(void**, int (*)(void*));
int TVMFFIEnvSetStream(int32_t, int32_t, TVMFFIStreamHandle, TVMFFIStreamHandle*);
TVMFFIStreamHandle TVMFFIEnvGetStream(int32_t, int32_t);
int TVMFFIEnvSetDLPackManagedTensorAllocator(DLPackManagedTensorAllocator, int,
                                             DLPackManagedTensorAllocator*);
DLPackManagedTensorAllocator TVMFFIEnvGetDLPackManagedTensorAllocator();
int TVMFFIEnvTensorAlloc(DLTensor*, TVMFFIObjectHandle*);
int TVMFFIEnvCheckSignals();
int TVMFFIEnvRegisterCAPI(const char*, void*);
int TVMFFIEnvModLookupFromImports(TVMFFIObjectHandle, const char*, TVMFFIObjectHandle*);
int TVMFFIEnvModRegisterContextSymbol(const char*, void*);
int TVMFFIEnvModRegisterSystemLibSymbol(const char*, void*);
}  // extern "C"

namespace {

TEST(CApiDeclarations, EveryFunctionIsThere) {
  const std::set<const void*> functions = {
      reinterpret_cast<const void*>(&TVMFFIGetVersion),
      reinterpret_cast<const void*>(&TVMFFIObjectIncRef),
      reinterpret_cast<const void*>(&TVMFFIObjectDecRef),
      reinterpret_cast<const void*>(&TVMFFIObjectCreateOpaque),
      reinterpret_cast<const void*>(&TVMFFIGetCustomAllocator),
      reinterpret_cast<const void*>(&TVMFFISetCustomAllocator),
      reinterpret_cast<const void*>(&TVMFFITypeKeyToIndex),
      reinterpret_cast<const void*>(&TVMFFIFunctionCreate),
      reinterpret_cast<const void*>(&TVMFFIFunctionGetGlobal),
      reinterpret_cast<const void*>(&TVMFFIAnyViewToOwnedAny),
      reinterpret_cast<const void*>(&TVMFFIFunctionCall),
      reinterpret_cast<const void*>(&TVMFFIErrorMoveFromRaised),
      reinterpret_cast<const void*>(&TVMFFIErrorSetRaised),
      reinterpret_cast<const void*>(&TVMFFIErrorSetRaisedFromCStr),
      reinterpret_cast<const void*>(&TVMFFIErrorSetRaisedFromCStrParts),
      reinterpret_cast<const void*>(&TVMFFIErrorCreate),
      reinterpret_cast<const void*>(&TVMFFIErrorCreateWithCauseAndExtraContext),
      reinterpret_cast<const void*>(&TVMFFITensorFromDLPack),
      reinterpret_cast<const void*>(&TVMFFITensorToDLPack),
      reinterpret_cast<const void*>(&TVMFFITensorFromDLPackVersioned),
      reinterpret_cast<const void*>(&TVMFFITensorToDLPackVersioned),
      reinterpret_cast<const void*>(&TVMFFITensorCreateUnsafeView),
      reinterpret_cast<const void*>(&TVMFFIStringFromByteArray),
      reinterpret_cast<const void*>(&TVMFFIBytesFromByteArray),
      reinterpret_cast<const void*>(&TVMFFIBigIntFromByteArray),
      reinterpret_cast<const void*>(&TVMFFIBigIntGetContentByteArray),
      reinterpret_cast<const void*>(&TVMFFIDataTypeFromString),
      reinterpret_cast<const void*>(&TVMFFIDataTypeToString),
      reinterpret_cast<const void*>(&TVMFFIFunctionSetGlobal),
      reinterpret_cast<const void*>(&TVMFFIFunctionSetGlobalFromMethodInfo),
      reinterpret_cast<const void*>(&TVMFFITypeRegisterField),
      reinterpret_cast<const void*>(&TVMFFITypeRegisterMethod),
      reinterpret_cast<const void*>(&TVMFFITypeRegisterMetadata),
      reinterpret_cast<const void*>(&TVMFFITypeRegisterAttr),
      reinterpret_cast<const void*>(&TVMFFIGetTypeAttrColumn),
      reinterpret_cast<const void*>(&TVMFFIBacktrace),
      reinterpret_cast<const void*>(&TVMFFITypeGetOrAllocIndex),
      reinterpret_cast<const void*>(&TVMFFIGetTypeInfo),
      reinterpret_cast<const void*>(&TVMFFIHandleInitOnce),
      reinterpret_cast<const void*>(&TVMFFIHandleDeinitOnce),
      reinterpret_cast<const void*>(&TVMFFIEnvSetStream),
      reinterpret_cast<const void*>(&TVMFFIEnvGetStream),
      reinterpret_cast<const void*>(&TVMFFIEnvSetDLPackManagedTensorAllocator),
      reinterpret_cast<const void*>(&TVMFFIEnvGetDLPackManagedTensorAllocator),
      reinterpret_cast<const void*>(&TVMFFIEnvTensorAlloc),
      reinterpret_cast<const void*>(&TVMFFIEnvCheckSignals),
      reinterpret_cast<const void*>(&TVMFFIEnvRegisterCAPI),
      reinterpret_cast<const void*>(&TVMFFIEnvModLookupFromImports),
      reinterpret_cast<const void*>(&TVMFFIEnvModRegisterContextSymbol),
      reinterpret_cast<const void*>(&TVMFFIEnvModRegisterSystemLibSymbol),
  };
  EXPECT_EQ(functions.size(), 50u);
  EXPECT_EQ(functions.count(nullptr), 0u);
}

}  // namespace

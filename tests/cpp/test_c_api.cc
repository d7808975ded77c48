// SPDX-License-Identifier: Apache-2.0
// The C functions on objects, functions, errors and the custom allocator, called as C does.
#include <gtest/gtest.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "c_header_check.h"

namespace {

using tvm::ffi::Any;
using tvm::ffi::Error;
using tvm::ffi::Function;
using tvm::ffi::String;

TVMFFIByteArray Bytes(const std::string& text) { return TVMFFIByteArray{text.data(), text.size()}; }

std::string ToString(const TVMFFIByteArray& text) { return std::string(text.data, text.size); }

TVMFFIAny IntAny(int64_t value) {
  TVMFFIAny any{};
  any.type_index = kTVMFFIInt;
  any.v_int64 = value;
  return any;
}

/*! \brief Takes the raised error, which must be there, as `<kind>: <message>`. */
std::string TakeRaised() {
  TVMFFIObjectHandle error = nullptr;
  TVMFFIErrorMoveFromRaised(&error);
  if (error == nullptr) return "nothing raised";
  TVMFFIErrorCell* cell = TVMFFIErrorGetCellPtr(error);
  std::string result = ToString(cell->kind) + ": " + ToString(cell->message);
  TVMFFIObjectDecRef(error);
  return result;
}

uint32_t StrongCount(TVMFFIObjectHandle handle) {
  return static_cast<uint32_t>(static_cast<TVMFFIObject*>(handle)->combined_ref_count);
}

TVMFFIObjectHandle MakeError(const std::string& kind, const std::string& message) {
  std::string none;
  TVMFFIByteArray k = Bytes(kind), m = Bytes(message), b = Bytes(none);
  TVMFFIObjectHandle error = nullptr;
  EXPECT_EQ(TVMFFIErrorCreate(&k, &m, &b, &error), 0);
  return error;
}

//-------------------------------------------------------------------------------------------------
// Objects
//-------------------------------------------------------------------------------------------------

int deleted_opaque = 0;
void DeleteOpaque(void* handle) {
  EXPECT_EQ(handle, &deleted_opaque);
  ++deleted_opaque;
}

TEST(CApiObject, OpaqueObjectReleasesItsHandleOnce) {
  deleted_opaque = 0;
  TVMFFIObjectHandle object = nullptr;
  ASSERT_EQ(TVMFFIObjectCreateOpaque(&deleted_opaque, kTVMFFIOpaquePyObject, DeleteOpaque, &object),
            0);
  EXPECT_EQ(TVMFFIObjectGetTypeIndex(object), 74);
  EXPECT_EQ(TVMFFIOpaqueObjectGetCellPtr(object)->handle, &deleted_opaque);
  EXPECT_EQ(static_cast<TVMFFIObject*>(object)->combined_ref_count, 0x100000001u);
  TVMFFIObjectIncRef(object);
  TVMFFIObjectDecRef(object);
  EXPECT_EQ(deleted_opaque, 0);
  TVMFFIObjectDecRef(object);
  EXPECT_EQ(deleted_opaque, 1);
}

TEST(CApiObject, OpaqueObjectNeedsNoDeleter) {
  TVMFFIObjectHandle object = nullptr;
  ASSERT_EQ(TVMFFIObjectCreateOpaque(nullptr, kTVMFFIOpaquePyObject, nullptr, &object), 0);
  EXPECT_EQ(TVMFFIOpaqueObjectGetCellPtr(object)->handle, nullptr);
  EXPECT_EQ(TVMFFIObjectDecRef(object), 0);
}

TEST(CApiObject, OpaqueObjectOfAnotherTypeIsRefusedAndTakesNothing) {
  deleted_opaque = 0;
  TVMFFIObjectHandle object = &deleted_opaque;
  EXPECT_EQ(TVMFFIObjectCreateOpaque(&deleted_opaque, kTVMFFIObject, DeleteOpaque, &object), -1);
  EXPECT_EQ(TakeRaised(), "RuntimeError: Only kTVMFFIOpaquePyObject is supported for now");
  EXPECT_EQ(object, &deleted_opaque);
  EXPECT_EQ(deleted_opaque, 0);
}

TEST(CApiObject, DecRefIgnoresNull) { EXPECT_EQ(TVMFFIObjectDecRef(nullptr), 0); }

TEST(CApiObject, SentinelsAreTwoFixedBareObjects) {
  Function invalid = Function::GetGlobalRequired("ffi.GetInvalidObject");
  Function kwargs = Function::GetGlobalRequired("ffi.GetKwargsObject");
  tvm::ffi::ObjectRef a = invalid().cast<tvm::ffi::ObjectRef>();
  tvm::ffi::ObjectRef b = kwargs().cast<tvm::ffi::ObjectRef>();
  EXPECT_EQ(a->type_index(), kTVMFFIObject);
  EXPECT_EQ(b->type_index(), kTVMFFIObject);
  EXPECT_FALSE(a.same_as(b));
  EXPECT_TRUE(a.same_as(invalid().cast<tvm::ffi::ObjectRef>()));
  EXPECT_TRUE(b.same_as(kwargs().cast<tvm::ffi::ObjectRef>()));
}

//-------------------------------------------------------------------------------------------------
// Views to owned values
//-------------------------------------------------------------------------------------------------

TEST(CApiAny, OwnedValueOfRawStringIsACopy) {
  char text[] = "a string beyond seven bytes";
  TVMFFIAny view{};
  view.type_index = kTVMFFIRawStr;
  view.v_c_str = text;
  TVMFFIAny owned;
  std::memset(&owned, 0xee, sizeof(owned));
  ASSERT_EQ(TVMFFIAnyViewToOwnedAny(&view, &owned), 0);
  ASSERT_EQ(owned.type_index, kTVMFFIStr);
  text[0] = 'X';
  EXPECT_EQ(ToString(*TVMFFIBytesGetByteArrayPtr(owned.v_obj)), "a string beyond seven bytes");
  TVMFFIObjectDecRef(owned.v_obj);
}

TEST(CApiAny, OwnedValueOfByteArrayIsBytes) {
  std::string data("\0\1\2", 3);
  TVMFFIByteArray array = Bytes(data);
  TVMFFIAny view{};
  view.type_index = kTVMFFIByteArrayPtr;
  view.v_ptr = &array;
  TVMFFIAny owned;
  ASSERT_EQ(TVMFFIAnyViewToOwnedAny(&view, &owned), 0);
  EXPECT_EQ(owned.type_index, kTVMFFISmallBytes);
  EXPECT_EQ(ToString(TVMFFISmallBytesGetContentByteArray(&owned)), data);
}

TEST(CApiAny, OwnedValueOfObjectHoldsAReference) {
  TVMFFIObjectHandle error = MakeError("A", "b");
  TVMFFIAny view{};
  view.type_index = kTVMFFIError;
  view.v_obj = static_cast<TVMFFIObject*>(error);
  TVMFFIAny owned;
  ASSERT_EQ(TVMFFIAnyViewToOwnedAny(&view, &owned), 0);
  EXPECT_EQ(owned.v_obj, error);
  EXPECT_EQ(StrongCount(error), 2u);
  TVMFFIObjectDecRef(owned.v_obj);
  TVMFFIObjectDecRef(error);
}

TEST(CApiAny, RValueReferenceIsMovedOutOnce) {
  TVMFFIObjectHandle slot = MakeError("A", "b");
  TVMFFIObjectHandle error = slot;
  TVMFFIAny view{};
  view.type_index = kTVMFFIObjectRValueRef;
  view.v_ptr = &slot;
  TVMFFIAny owned;
  ASSERT_EQ(TVMFFIAnyViewToOwnedAny(&view, &owned), 0);
  EXPECT_EQ(owned.type_index, kTVMFFIError);
  EXPECT_EQ(owned.v_obj, error);
  EXPECT_EQ(slot, nullptr);
  EXPECT_EQ(StrongCount(error), 1u);

  TVMFFIAny untouched;
  std::memset(&untouched, 0x5a, sizeof(untouched));
  TVMFFIAny before = untouched;
  EXPECT_EQ(TVMFFIAnyViewToOwnedAny(&view, &untouched), -1);
  EXPECT_EQ(
      TakeRaised(),
      "InternalError: Check failed: (obj_addr[0] != nullptr) is false: RValueRef already moved");
  EXPECT_EQ(std::memcmp(&untouched, &before, sizeof(before)), 0);
  TVMFFIObjectDecRef(error);
}

TEST(CApiAny, PlainValuesStayAsTheyAre) {
  TVMFFIAny view = IntAny(-7), owned;
  std::memset(&owned, 0xee, sizeof(owned));
  ASSERT_EQ(TVMFFIAnyViewToOwnedAny(&view, &owned), 0);
  EXPECT_EQ(std::memcmp(&view, &owned, sizeof(view)), 0);
}

//-------------------------------------------------------------------------------------------------
// Functions
//-------------------------------------------------------------------------------------------------

void* seen_handle = nullptr;
int RecordHandle(void* handle, const TVMFFIAny*, int32_t, TVMFFIAny*) {
  seen_handle = handle;
  return 0;
}

int deleted_self = 0;
void DeleteSelf(void* self) {
  (void)self;
  ++deleted_self;
}

TEST(CApiFunction, WithoutSelfAndDeleterTheCallbackGetsTheFunction) {
  TVMFFIObjectHandle func = nullptr;
  ASSERT_EQ(TVMFFIFunctionCreate(nullptr, RecordHandle, nullptr, &func), 0);
  EXPECT_EQ(TVMFFIObjectGetTypeIndex(func), kTVMFFIFunction);
  EXPECT_EQ(TVMFFIFunctionGetCellPtr(func)->safe_call, RecordHandle);
  EXPECT_EQ(TVMFFIFunctionGetCellPtr(func)->cpp_call, nullptr);
  TVMFFIAny result{};
  ASSERT_EQ(TVMFFIFunctionCall(func, nullptr, 0, &result), 0);
  EXPECT_EQ(seen_handle, func);
  TVMFFIObjectDecRef(func);
}

TEST(CApiFunction, SelfReachesTheCallbackAndIsDeletedOnce) {
  deleted_self = 0;
  int self = 0;
  TVMFFIObjectHandle func = nullptr;
  ASSERT_EQ(TVMFFIFunctionCreate(&self, RecordHandle, DeleteSelf, &func), 0);
  EXPECT_EQ(TVMFFIFunctionGetCellPtr(func)->cpp_call, nullptr);
  TVMFFIAny result{};
  ASSERT_EQ(TVMFFIFunctionCall(func, nullptr, 0, &result), 0);
  EXPECT_EQ(seen_handle, &self);
  TVMFFIObjectDecRef(func);
  EXPECT_EQ(deleted_self, 1);
}

TEST(CApiFunction, DeleterRunsForANullSelfToo) {
  deleted_self = 0;
  TVMFFIObjectHandle func = nullptr;
  ASSERT_EQ(TVMFFIFunctionCreate(nullptr, RecordHandle, DeleteSelf, &func), 0);
  TVMFFIAny result{};
  seen_handle = &result;
  ASSERT_EQ(TVMFFIFunctionCall(func, nullptr, 0, &result), 0);
  EXPECT_EQ(seen_handle, nullptr);
  TVMFFIObjectDecRef(func);
  EXPECT_EQ(deleted_self, 1);
}

TEST(CApiFunction, CallReturnsTheErrorOfTheCallee) {
  TVMFFIObjectHandle func = nullptr;
  ASSERT_EQ(TVMFFIFunctionCreate(nullptr, CHeaderCheckAddOne, nullptr, &func), 0);
  TVMFFIAny result{};
  EXPECT_EQ(TVMFFIFunctionCall(func, nullptr, 0, &result), -1);
  EXPECT_EQ(TakeRaised(), "TypeError: expected one int, got something else");
  EXPECT_EQ(result.type_index, kTVMFFINone);
  TVMFFIObjectDecRef(func);
}

TEST(CApiFunction, CppFunctionRefusesAResultSlotThatOwnsAnObject) {
  Function func = Function::FromTyped([]() { return 1; });
  TVMFFIAny result{};
  result.type_index = kTVMFFIObject;
  EXPECT_EQ(TVMFFIFunctionCall(tvm::ffi::detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(func),
                               nullptr, 0, &result),
            -1);
  EXPECT_EQ(TakeRaised(),
            "InternalError: Check failed: result->type_index < "
            "TypeIndex::kTVMFFIStaticObjectBegin (64 vs. 64) : ");
}

TEST(CApiFunction, NullCallbackIsRefusedAndTakesNothing) {
  int deleted = 0;
  TVMFFIObjectHandle out = nullptr;
  EXPECT_EQ(TVMFFIFunctionCreate(
                &deleted, nullptr, [](void* self) { ++*static_cast<int*>(self); }, &out),
            -1);
  EXPECT_EQ(TakeRaised(), "ValueError: Cannot create a function from a NULL safe_call");
  EXPECT_EQ(out, nullptr);
  EXPECT_EQ(deleted, 0) << "the caller still owns it";
}

TEST(CApiGlobalFunction, ObjectThatIsNoFunctionIsRefused) {
  TVMFFIObjectHandle error = MakeError("A", "b");
  std::string name = "test_c_api.not_a_function";
  TVMFFIByteArray bytes = Bytes(name);
  EXPECT_EQ(TVMFFIFunctionSetGlobal(&bytes, error, 0), -1);
  EXPECT_EQ(TakeRaised(), "TypeError: Cannot convert from type `ffi.Error` to `ffi.Function`");
  EXPECT_EQ(StrongCount(error), 1u);
  TVMFFIObjectHandle found = nullptr;
  EXPECT_EQ(TVMFFIFunctionGetGlobal(&bytes, &found), 0);
  EXPECT_EQ(found, nullptr);
  TVMFFIObjectDecRef(error);
}

TEST(CApiGlobalFunction, UnknownNameGivesNullWithoutError) {
  std::string name = "testing.c_api.no_such_function";
  TVMFFIByteArray key = Bytes(name);
  TVMFFIObjectHandle func = &name;
  EXPECT_EQ(TVMFFIFunctionGetGlobal(&key, &func), 0);
  EXPECT_EQ(func, nullptr);
  EXPECT_EQ(TakeRaised(), "nothing raised");
}

TEST(CApiGlobalFunction, TakenNameIsRefusedUnlessOverriding) {
  std::string name = "testing.c_api.taken";
  TVMFFIByteArray key = Bytes(name);
  TVMFFIObjectHandle first = nullptr, second = nullptr, found = nullptr;
  ASSERT_EQ(TVMFFIFunctionCreate(nullptr, RecordHandle, nullptr, &first), 0);
  ASSERT_EQ(TVMFFIFunctionCreate(nullptr, CHeaderCheckRaise, nullptr, &second), 0);
  ASSERT_EQ(TVMFFIFunctionSetGlobal(&key, first, 0), 0);
  EXPECT_EQ(TVMFFIFunctionSetGlobal(&key, second, 0), -1);
  EXPECT_EQ(TakeRaised(),
            "RuntimeError: Global Function `testing.c_api.taken` is already registered");
  ASSERT_EQ(TVMFFIFunctionGetGlobal(&key, &found), 0);
  EXPECT_EQ(found, first);
  EXPECT_EQ(StrongCount(first), 3u);
  TVMFFIObjectDecRef(found);

  ASSERT_EQ(TVMFFIFunctionSetGlobal(&key, second, 1), 0);
  EXPECT_EQ(StrongCount(first), 1u) << "the table has let go of the old function";
  EXPECT_EQ(StrongCount(second), 2u);
  EXPECT_TRUE(Function::GetGlobalRequired("ffi.FunctionRemoveGlobal")(name).cast<bool>());
  EXPECT_EQ(StrongCount(second), 1u);
  TVMFFIObjectDecRef(first);
  TVMFFIObjectDecRef(second);
}

TEST(CApiGlobalFunction, NullFunctionReadsBackAsNull) {
  std::string name = "testing.c_api.null";
  TVMFFIByteArray key = Bytes(name);
  ASSERT_EQ(TVMFFIFunctionSetGlobal(&key, nullptr, 0), 0);
  TVMFFIObjectHandle found = &name;
  EXPECT_EQ(TVMFFIFunctionGetGlobal(&key, &found), 0);
  EXPECT_EQ(found, nullptr);
  Function::RemoveGlobal(name);
}

TEST(CApiGlobalFunction, MethodInfoKeepsCopiesOfItsTexts) {
  std::string name = "testing.c_api.with_info";
  std::string metadata = "{\"type_schema\":\"x\"}";
  Function func = Function::FromTyped([](int64_t x) { return x; });
  TVMFFIMethodInfo info{};
  info.name = Bytes(name);
  info.metadata = Bytes(metadata);
  info.method.type_index = kTVMFFIFunction;
  info.method.v_obj = tvm::ffi::detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(func);
  ASSERT_EQ(TVMFFIFunctionSetGlobalFromMethodInfo(&info, 0), 0);
  std::string expected = metadata;
  metadata.assign(metadata.size(), '?');
  Function get_metadata = Function::GetGlobalRequired("ffi.GetGlobalFuncMetadata");
  EXPECT_EQ(get_metadata(name).cast<std::string>(), expected);
  Function::RemoveGlobal(name);
  EXPECT_EQ(func.use_count(), 1);
}

TEST(CApiGlobalFunction, MethodInfoWithTakenNameSaysWhatToDo) {
  std::string name = "testing.c_api.twice";
  Function func = Function::FromTyped([]() {});
  TVMFFIMethodInfo info{};
  info.name = Bytes(name);
  info.method.type_index = kTVMFFIFunction;
  info.method.v_obj = tvm::ffi::detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(func);
  ASSERT_EQ(TVMFFIFunctionSetGlobalFromMethodInfo(&info, 0), 0);
  testing::internal::CaptureStderr();
  EXPECT_EQ(TVMFFIFunctionSetGlobalFromMethodInfo(&info, 0), -1);
  std::string logged = testing::internal::GetCapturedStderr();
  std::string expected =
      "RuntimeError: Global Function `testing.c_api.twice` is already registered, possible "
      "causes:\n"
      "- Two GlobalDef().def registrations for the same function \n"
      "Please remove the duplicate registration.";
  EXPECT_EQ(TakeRaised(), expected);
  EXPECT_NE(logged.find(expected), std::string::npos) << logged;
  Function::RemoveGlobal(name);
}

TEST(CApiGlobalFunction, MethodInfoWithoutFunctionIsATypeError) {
  std::string name = "testing.c_api.not_a_function";
  TVMFFIMethodInfo info{};
  info.name = Bytes(name);
  info.method = IntAny(1);
  EXPECT_EQ(TVMFFIFunctionSetGlobalFromMethodInfo(&info, 0), -1);
  EXPECT_EQ(TakeRaised(), "TypeError: Cannot convert from type `int` to `ffi.Function`");
  EXPECT_FALSE(Function::GetGlobal(name).has_value());
}

TEST(CApiGlobalFunction, MetadataOfUnknownFunctionIsAnError) {
  Function get_metadata = Function::GetGlobalRequired("ffi.GetGlobalFuncMetadata");
  try {
    get_metadata("testing.c_api.nobody");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "RuntimeError");
    EXPECT_EQ(error.message(), "Global Function is not found: testing.c_api.nobody");
  }
}

TEST(CApiGlobalFunction, NamesAreListedInOrderOfRegistration) {
  Function func = Function::FromTyped([]() {});
  Function::SetGlobal("testing.c_api.order.z", func);
  Function::SetGlobal("testing.c_api.order.a", func);
  Function::SetGlobal("testing.c_api.order.z", func, /*override=*/true);
  std::vector<std::string> mine;
  for (const String& name : Function::ListGlobalNames()) {
    std::string text = name;
    if (text.rfind("testing.c_api.order.", 0) == 0) mine.push_back(text);
  }
  EXPECT_EQ(mine, (std::vector<std::string>{"testing.c_api.order.z", "testing.c_api.order.a"}));
  Function::RemoveGlobal("testing.c_api.order.z");
  Function::RemoveGlobal("testing.c_api.order.a");
}

TEST(CApiGlobalFunction, NamesFunctorChecksItsIndex) {
  Function names =
      Function::GetGlobalRequired("ffi.FunctionListGlobalNamesFunctor")().cast<Function>();
  int64_t size = names(-1).cast<int64_t>();
  EXPECT_GT(size, 0);
  EXPECT_FALSE(names(size - 1).cast<std::string>().empty());
  try {
    names(size);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "IndexError");
    EXPECT_EQ(error.message(),
              "Index " + std::to_string(size) + " out of bounds " + std::to_string(size));
  }
}

TEST(CApiGlobalFunction, IdentityFunctionsConvert) {
  Function to_string = Function::GetGlobalRequired("ffi.String");
  Function to_bytes = Function::GetGlobalRequired("ffi.Bytes");
  EXPECT_EQ(to_string("raw").cast<std::string>(), "raw");
  std::string data("\0x", 2);
  TVMFFIByteArray array = Bytes(data);
  EXPECT_EQ(to_bytes(&array).cast<tvm::ffi::Bytes>().size(), 2u);
  EXPECT_THROW(to_bytes("raw"), Error);
}

TEST(CApiGlobalFunction, FunctionFromExternCWrapsPointers) {
  Function make = Function::GetGlobalRequired("ffi.FunctionFromExternC");
  Function add_one =
      make(nullptr, reinterpret_cast<void*>(&CHeaderCheckAddOne), nullptr).cast<Function>();
  EXPECT_EQ(add_one(1).cast<int>(), 2);
  EXPECT_THROW(make(nullptr, nullptr, nullptr), Error);
}

TEST(CApiGlobalFunction, ConcurrentRegistrationAndLookupLoseNothing) {
  constexpr int kThreads = 4, kNames = 200;
  std::atomic<int> missing{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t]() {
      for (int i = 0; i < kNames; ++i) {
        std::string name = "testing.c_api.concurrent." + std::to_string(t * kNames + i);
        Function::SetGlobal(name, Function::FromTyped([i]() { return i; }));
        std::optional<Function> found = Function::GetGlobal(name);
        if (!found.has_value() || (*found)().cast<int>() != i) ++missing;
        // Everybody overrides one shared name while everybody reads it.
        Function::SetGlobal("testing.c_api.concurrent.shared", *found, /*override=*/true);
        if (!Function::GetGlobal("testing.c_api.concurrent.shared").has_value()) ++missing;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(missing, 0);
  for (int i = 0; i < kThreads * kNames; ++i) {
    Function::RemoveGlobal("testing.c_api.concurrent." + std::to_string(i));
  }
  Function::RemoveGlobal("testing.c_api.concurrent.shared");
}

//-------------------------------------------------------------------------------------------------
// Errors
//-------------------------------------------------------------------------------------------------

TEST(CApiError, SlotHoldsOneErrorAndGivesItAwayOnce) {
  TVMFFIObjectHandle first = MakeError("A", "first"), second = MakeError("B", "second");
  TVMFFIErrorSetRaised(first);
  EXPECT_EQ(StrongCount(first), 2u);
  TVMFFIErrorSetRaised(second);
  EXPECT_EQ(StrongCount(first), 1u);
  TVMFFIObjectHandle taken = nullptr;
  TVMFFIErrorMoveFromRaised(&taken);
  EXPECT_EQ(taken, second);
  EXPECT_EQ(StrongCount(second), 2u);
  TVMFFIErrorMoveFromRaised(&taken);
  EXPECT_EQ(taken, nullptr);
  TVMFFIObjectDecRef(second);
  TVMFFIObjectDecRef(second);
  TVMFFIObjectDecRef(first);
}

TEST(CApiError, RaisingNullEmptiesTheSlot) {
  TVMFFIObjectHandle error = MakeError("A", "b");
  TVMFFIErrorSetRaised(error);
  TVMFFIErrorSetRaised(nullptr);
  EXPECT_EQ(StrongCount(error), 1u);
  EXPECT_EQ(TakeRaised(), "nothing raised");
  TVMFFIObjectDecRef(error);
}

TEST(CApiError, RaisingTheRaisedErrorAgainKeepsIt) {
  TVMFFIObjectHandle error = MakeError("A", "b");
  TVMFFIErrorSetRaised(error);
  TVMFFIErrorSetRaised(error);
  EXPECT_EQ(StrongCount(error), 2u);
  EXPECT_EQ(TakeRaised(), "A: b");
  TVMFFIObjectDecRef(error);
}

TEST(CApiError, EndOfThreadReleasesItsSlot) {
  TVMFFIObjectHandle error = MakeError("A", "b");
  std::thread([&]() {
    TVMFFIErrorSetRaised(error);
    EXPECT_EQ(StrongCount(error), 2u);
  }).join();
  EXPECT_EQ(StrongCount(error), 1u);
  EXPECT_EQ(TakeRaised(), "nothing raised") << "slots are per thread";
  TVMFFIObjectDecRef(error);
}

TEST(CApiError, RaisedFromStringsKeepsKindAndMessage) {
  TVMFFIErrorSetRaisedFromCStr("KeyError", "no such key");
  EXPECT_EQ(TakeRaised(), "KeyError: no such key");
}

TEST(CApiError, PartsAreConcatenatedAndNullOnesSkipped) {
  const char* parts[] = {"one ", nullptr, "two"};
  TVMFFIErrorSetRaisedFromCStrParts("ValueError", parts, 3);
  EXPECT_EQ(TakeRaised(), "ValueError: one two");
  TVMFFIErrorSetRaisedFromCStrParts("ValueError", nullptr, 0);
  EXPECT_EQ(TakeRaised(), "ValueError: ");
}

TEST(CApiError, CauseAndContextAreReferenced) {
  TVMFFIObjectHandle cause = MakeError("Cause", "c"), context = MakeError("Context", "x");
  std::string text = "t";
  TVMFFIByteArray bytes = Bytes(text);
  TVMFFIObjectHandle error = nullptr;
  ASSERT_EQ(
      TVMFFIErrorCreateWithCauseAndExtraContext(&bytes, &bytes, &bytes, cause, context, &error), 0);
  EXPECT_EQ(TVMFFIErrorGetCellPtr(error)->cause_chain, cause);
  EXPECT_EQ(TVMFFIErrorGetCellPtr(error)->extra_context, context);
  EXPECT_EQ(StrongCount(cause), 2u);
  EXPECT_EQ(StrongCount(context), 2u);
  TVMFFIObjectDecRef(error);
  EXPECT_EQ(StrongCount(cause), 1u);
  EXPECT_EQ(StrongCount(context), 1u);
  TVMFFIObjectDecRef(cause);
  TVMFFIObjectDecRef(context);
}

TEST(CApiError, CauseThatIsNoErrorIsRefused) {
  Function function = Function::FromTyped([]() {});
  TVMFFIObjectHandle not_an_error = const_cast<tvm::ffi::FunctionObj*>(function.get());
  std::string text = "t";
  TVMFFIByteArray bytes = Bytes(text);
  TVMFFIObjectHandle error = nullptr;
  EXPECT_EQ(TVMFFIErrorCreateWithCauseAndExtraContext(&bytes, &bytes, &bytes, not_an_error, nullptr,
                                                      &error),
            -1);
  EXPECT_EQ(TakeRaised(),
            "TypeError: The cause of an error must be `ffi.Error`, not `ffi.Function`");
  EXPECT_EQ(error, nullptr);
  EXPECT_EQ(function.use_count(), 1);
}

TEST(CApiError, RaisingWhatIsNoErrorRaisesATypeError) {
  Function function = Function::FromTyped([]() {});
  TVMFFIErrorSetRaised(const_cast<tvm::ffi::FunctionObj*>(function.get()));
  EXPECT_EQ(TakeRaised(),
            "TypeError: Cannot raise an object of type `ffi.Function`, only `ffi.Error`");
  EXPECT_EQ(function.use_count(), 1);
}

TEST(CApiError, MissingTextsAreReadAsEmpty) {
  TVMFFIErrorSetRaisedFromCStr("ValueError", nullptr);
  EXPECT_EQ(TakeRaised(), "ValueError: ");
  TVMFFIErrorSetRaisedFromCStr(nullptr, "m");
  EXPECT_EQ(TakeRaised(), "RuntimeError: m");
  TVMFFIErrorSetRaisedFromCStrParts("ValueError", nullptr, 0);
  EXPECT_EQ(TakeRaised(), "ValueError: ");
}

TEST(CApiError, CreatingAnErrorLeavesTheSlotAlone) {
  TVMFFIObjectDecRef(MakeError("A", "b"));
  EXPECT_EQ(TakeRaised(), "nothing raised");
}

TEST(CApiError, BacktraceIsReplacedAndAppended) {
  TVMFFIObjectHandle error = MakeError("A", "b");
  TVMFFIErrorCell* cell = TVMFFIErrorGetCellPtr(error);
  std::string one = "one\n", two = "two\n", three = "three\n";
  TVMFFIByteArray b1 = Bytes(one), b2 = Bytes(two), b3 = Bytes(three);
  cell->update_backtrace(error, &b1, kTVMFFIBacktraceUpdateModeReplace);
  cell->update_backtrace(error, &b2, kTVMFFIBacktraceUpdateModeAppend);
  EXPECT_EQ(ToString(cell->backtrace), "one\ntwo\n");
  cell->update_backtrace(error, &b3, kTVMFFIBacktraceUpdateModeReplace);
  EXPECT_EQ(ToString(cell->backtrace), "three\n");
  TVMFFIObjectDecRef(error);
}

//-------------------------------------------------------------------------------------------------
// Custom allocator
//-------------------------------------------------------------------------------------------------

TEST(CApiCustomAllocator, BuiltinOnePutsAHeaderBeforeTheBody) {
  TVMFFICustomAllocator* allocator = TVMFFIGetCustomAllocator();
  ASSERT_NE(allocator, nullptr);
  for (size_t alignment : {size_t{8}, size_t{16}, size_t{64}, size_t{1024}}) {
    void* body = allocator->allocate(100, alignment, kTVMFFIObject, allocator->context);
    ASSERT_NE(body, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(body) % alignment, 0u);
    std::memset(body, 0xab, 100);
    auto* header = static_cast<TVMFFIObjectAllocHeader*>(body) - 1;
    ASSERT_NE(header->delete_space, nullptr);
    header->delete_space(body);
  }
}

TEST(CApiCustomAllocator, BuiltinOneReportsFailureInsteadOfThrowing) {
  TVMFFICustomAllocator* allocator = TVMFFIGetCustomAllocator();
  EXPECT_EQ(allocator->allocate(SIZE_MAX - 4, 16, kTVMFFIObject, allocator->context), nullptr);
  EXPECT_EQ(TakeRaised().rfind("MemoryError: ", 0), 0u);
  EXPECT_EQ(allocator->allocate(8, 1 << 20, kTVMFFIObject, allocator->context), nullptr);
  EXPECT_EQ(TakeRaised().rfind("ValueError: ", 0), 0u);
}

TEST(CApiCustomAllocator, InstalledOneIsReturnedUntilReset) {
  TVMFFICustomAllocator* builtin = TVMFFIGetCustomAllocator();
  TVMFFICustomAllocator mine = {builtin->allocate, nullptr};
  EXPECT_EQ(TVMFFISetCustomAllocator(&mine), 0);
  EXPECT_EQ(TVMFFIGetCustomAllocator(), &mine);
  EXPECT_EQ(TVMFFISetCustomAllocator(nullptr), 0);
  EXPECT_EQ(TVMFFIGetCustomAllocator(), builtin);
}

}  // namespace

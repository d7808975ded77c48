// SPDX-License-Identifier: Apache-2.0
// Foreign code that runs because the runtime lets go of something, and comes back to the runtime:
// nothing is locked then and every table is in order.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace {

using tvm::ffi::Any;
using tvm::ffi::AnyView;
using tvm::ffi::Error;
using tvm::ffi::Function;
using tvm::ffi::ObjectRef;

int Nothing(void*, const TVMFFIAny*, int32_t, TVMFFIAny*) { return 0; }

/*! \brief A function object that runs `action` when it dies. */
Function RunsWhenReleased(std::function<void()> action) {
  return Function::FromExternC(new std::function<void()>(std::move(action)), Nothing,
                               [](void* self) {
                                 auto* action = static_cast<std::function<void()>*>(self);
                                 (*action)();
                                 delete action;
                               });
}

/*! \brief An error that runs `action` when it dies. */
Error ErrorThatRuns(std::function<void()> action) {
  return Error("ValueError", "dies", "", std::nullopt,
               ObjectRef(RunsWhenReleased(std::move(action))));
}

std::string TakeRaised() {
  Error error = tvm::ffi::detail::MoveFromSafeCallRaised();
  return error.defined() ? error.kind() + ": " + error.message() : "nothing raised";
}

void UseGlobalTable(const std::string& name) {
  Function::SetGlobal(name, Function::FromTyped([] { return 1; }), /*override=*/true);
  EXPECT_TRUE(Function::GetGlobal(name).has_value());
  Function::ListGlobalNames();
}

void UseTypeTable(const std::string& key) {
  TVMFFIByteArray bytes{key.data(), key.size()};
  const int32_t index = TVMFFITypeGetOrAllocIndex(&bytes, -1, 1, 0, 1, kTVMFFIObject);
  TVMFFIAny value = AnyView(1).CopyToTVMFFIAny();
  EXPECT_EQ(TVMFFITypeRegisterAttr(index, &bytes, &value), 0);
  EXPECT_NE(TVMFFIGetTypeAttrColumn(&bytes), nullptr);
}

TEST(Reentry, OfAFunctionThatIsReplacedOrRemoved) {
  const std::string name = "testing.reentry.replaced";
  int released = 0;
  auto action = [&] {
    ++released;
    EXPECT_NE(Function::GetGlobal(name).has_value(), released == 2) << "already out of the table";
    UseGlobalTable("testing.reentry.other");
  };
  Function::SetGlobal(name, RunsWhenReleased(action));
  Function::SetGlobal(name, RunsWhenReleased(action), /*override=*/true);
  EXPECT_EQ(released, 1);
  Function::RemoveGlobal(name);
  EXPECT_EQ(released, 2);
  Function::RemoveGlobal("testing.reentry.other");
}

TEST(Reentry, OfAnAttributeThatIsRefused) {
  const std::string name = "testing.reentry.taken";
  UseTypeTable(name);
  TVMFFIByteArray bytes{name.data(), name.size()};
  const int32_t index = TVMFFITypeGetOrAllocIndex(&bytes, -1, 1, 0, 1, kTVMFFIObject);
  int released = 0;
  {
    // The slot moves its function into the call, which refuses and so releases it.
    tvm::ffi::ObjectPtr<tvm::ffi::Object> slot =
        tvm::ffi::detail::ObjectUnsafe::ObjectPtrFromObjectRef<tvm::ffi::Object>(
            RunsWhenReleased([&] {
              ++released;
              UseTypeTable("testing.reentry.from_attr");
            }));
    TVMFFIAny value{};
    value.type_index = kTVMFFIObjectRValueRef;
    value.v_ptr = &slot;
    EXPECT_EQ(TVMFFITypeRegisterAttr(index, &bytes, &value), -1);
    EXPECT_TRUE(slot == nullptr);
  }
  EXPECT_EQ(released, 1);
  EXPECT_EQ(TakeRaised().rfind("RuntimeError: TypeAttr", 0), 0u);
}

TEST(Reentry, OfAFieldThatIsRefused) {
  const std::string key = "testing.reentry.field";
  TVMFFIByteArray bytes{key.data(), key.size()};
  const int32_t index = TVMFFITypeGetOrAllocIndex(&bytes, -1, 1, 0, 1, kTVMFFIObject);
  TVMFFIFieldInfo info{};
  info.name = bytes;
  info.size = info.alignment = 8;
  info.offset = 24;
  ASSERT_EQ(TVMFFITypeRegisterField(index, &info), 0);
  int released = 0;
  tvm::ffi::ObjectPtr<tvm::ffi::Object> slot =
      tvm::ffi::detail::ObjectUnsafe::ObjectPtrFromObjectRef<tvm::ffi::Object>(
          RunsWhenReleased([&] {
            ++released;
            UseTypeTable("testing.reentry.from_field");
          }));
  info.flags = kTVMFFIFieldFlagBitMaskHasDefault;
  info.default_value_or_factory.type_index = kTVMFFIObjectRValueRef;
  info.default_value_or_factory.v_ptr = &slot;
  EXPECT_EQ(TVMFFITypeRegisterField(index, &info), -1) << "the name is taken";
  EXPECT_EQ(released, 1);
  EXPECT_EQ(TakeRaised().rfind("InternalError: ", 0), 0u);
}

TEST(Reentry, OfARaisedErrorThatIsReplaced) {
  int released = 0;
  tvm::ffi::detail::SetSafeCallRaised(ErrorThatRuns([&] {
    ++released;
    EXPECT_EQ(TakeRaised(), "KeyError: second") << "the new one is in place";
    TVMFFIErrorSetRaisedFromCStr("IndexError", "third");
  }));
  TVMFFIErrorSetRaisedFromCStr("KeyError", "second");
  EXPECT_EQ(released, 1);
  EXPECT_EQ(TakeRaised(), "IndexError: third");
}

TEST(Reentry, OfARaisedErrorAtTheEndOfAConcurrentThread) {
  int released = 0;
  std::thread([&] {
    TVMFFIEnvSetStream(kDLCUDA, 0, &released, nullptr);
    tvm::ffi::detail::SetSafeCallRaised(ErrorThatRuns([&] {
      ++released;
      // Whatever else the thread had may be gone by now; nothing of it may be relied on.
      EXPECT_GT(TVMFFIBacktrace("f.cc", 1, "f", 0)->size, 0u);
      TVMFFIEnvSetStream(kDLCUDA, 1, &released, nullptr);
      TVMFFIEnvGetStream(kDLCUDA, 0);
      EXPECT_EQ(TakeRaised(), "nothing raised");
      TVMFFIErrorSetRaisedFromCStr("IndexError", "at the end");
      EXPECT_EQ(TakeRaised(), "IndexError: at the end");
    }));
  }).join();
  EXPECT_EQ(released, 1);
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// What a host sets for the code it calls: streams, the tensor allocator, the signal check.
#include <gtest/gtest.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace {

using tvm::ffi::Error;
using tvm::ffi::Tensor;

std::string TakeRaised() {
  Error error = tvm::ffi::detail::MoveFromSafeCallRaised();
  return error.defined() ? error.kind() + ": " + error.message() : "nothing raised";
}

void* Stream(uintptr_t value) { return reinterpret_cast<void*>(value); }

//-------------------------------------------------------------------------------------------------
// Streams
//-------------------------------------------------------------------------------------------------

TEST(EnvStream, UnsetStreamIsNull) {
  EXPECT_EQ(TVMFFIEnvGetStream(kDLCUDA, 7), nullptr);
  EXPECT_EQ(TVMFFIEnvGetStream(-1, -1), nullptr);
  EXPECT_EQ(TVMFFIEnvGetStream(INT32_MAX, INT32_MAX), nullptr);
}

TEST(EnvStream, SettingReturnsThePreviousOne) {
  TVMFFIStreamHandle old = Stream(99);
  ASSERT_EQ(TVMFFIEnvSetStream(kDLCUDA, 1, Stream(10), &old), 0);
  EXPECT_EQ(old, nullptr);
  ASSERT_EQ(TVMFFIEnvSetStream(kDLCUDA, 1, Stream(20), &old), 0);
  EXPECT_EQ(old, Stream(10));
  EXPECT_EQ(TVMFFIEnvGetStream(kDLCUDA, 1), Stream(20));
  EXPECT_EQ(TVMFFIEnvGetStream(kDLCUDA, 0), nullptr);
  EXPECT_EQ(TVMFFIEnvGetStream(kDLROCM, 1), nullptr);
  ASSERT_EQ(TVMFFIEnvSetStream(kDLCUDA, 1, nullptr, nullptr), 0);
  EXPECT_EQ(TVMFFIEnvGetStream(kDLCUDA, 1), nullptr);
}

TEST(EnvStream, ManyDevicesAreIndependent) {
  for (int32_t id = 0; id < 50; ++id) {
    ASSERT_EQ(TVMFFIEnvSetStream(kDLCUDA, id, Stream(100 + id), nullptr), 0);
  }
  // A stream can be cleared anywhere without disturbing the others.
  ASSERT_EQ(TVMFFIEnvSetStream(kDLCUDA, 3, nullptr, nullptr), 0);
  for (int32_t id = 0; id < 50; ++id) {
    EXPECT_EQ(TVMFFIEnvGetStream(kDLCUDA, id), id == 3 ? nullptr : Stream(100 + id));
    ASSERT_EQ(TVMFFIEnvSetStream(kDLCUDA, id, nullptr, nullptr), 0);
  }
}

TEST(EnvStream, LargeDeviceNumbersCostNoMemory) {
  ASSERT_EQ(TVMFFIEnvSetStream(INT32_MAX, INT32_MAX, Stream(5), nullptr), 0);
  EXPECT_EQ(TVMFFIEnvGetStream(INT32_MAX, INT32_MAX), Stream(5));
  ASSERT_EQ(TVMFFIEnvSetStream(INT32_MAX, INT32_MAX, nullptr, nullptr), 0);
}

TEST(EnvStream, NegativeDeviceIsAnError) {
  TVMFFIStreamHandle old = Stream(99);
  EXPECT_EQ(TVMFFIEnvSetStream(-1, 0, Stream(1), &old), -1);
  EXPECT_EQ(TakeRaised().rfind("ValueError: ", 0), 0u);
  EXPECT_EQ(old, Stream(99));
  EXPECT_EQ(TVMFFIEnvSetStream(0, -1, Stream(1), nullptr), -1);
  EXPECT_EQ(TakeRaised().rfind("ValueError: ", 0), 0u);
}

TEST(EnvStream, ThreadsHaveTheirOwn) {
  ASSERT_EQ(TVMFFIEnvSetStream(kDLCUDA, 0, Stream(1), nullptr), 0);
  std::thread([]() {
    EXPECT_EQ(TVMFFIEnvGetStream(kDLCUDA, 0), nullptr);
    EXPECT_EQ(TVMFFIEnvSetStream(kDLCUDA, 0, Stream(2), nullptr), 0);
  }).join();
  EXPECT_EQ(TVMFFIEnvGetStream(kDLCUDA, 0), Stream(1));
  ASSERT_EQ(TVMFFIEnvSetStream(kDLCUDA, 0, nullptr, nullptr), 0);
}

//-------------------------------------------------------------------------------------------------
// Tensor allocator
//-------------------------------------------------------------------------------------------------

/*! \brief What the allocators below own per tensor. */
struct Allocation {
  DLManagedTensorVersioned managed{};
  std::vector<int64_t> shape;
  std::vector<char> data;
};
int live_allocations = 0;

int AllocateCompact(DLTensor* prototype, DLManagedTensorVersioned** out, void*,
                    void (*)(void*, const char*, const char*)) {
  auto* owner = new Allocation();
  ++live_allocations;
  owner->shape.assign(prototype->shape, prototype->shape + prototype->ndim);
  int64_t bytes = prototype->dtype.bits / 8;
  for (int64_t extent : owner->shape) bytes *= extent;
  owner->data.resize(static_cast<size_t>(bytes));
  owner->managed.dl_tensor = *prototype;
  owner->managed.dl_tensor.data = owner->data.data();
  owner->managed.dl_tensor.shape = owner->shape.data();
  owner->managed.dl_tensor.strides = nullptr;
  owner->managed.manager_ctx = owner;
  owner->managed.deleter = [](DLManagedTensorVersioned* self) {
    --live_allocations;
    delete static_cast<Allocation*>(self->manager_ctx);
  };
  *out = &owner->managed;
  return 0;
}

int AllocateFails(DLTensor*, DLManagedTensorVersioned**, void* ctx,
                  void (*set_error)(void*, const char*, const char*)) {
  set_error(ctx, "MemoryError", "no memory on this device");
  return -1;
}

int AllocateFailsSilently(DLTensor*, DLManagedTensorVersioned**, void*,
                          void (*)(void*, const char*, const char*)) {
  return 3;
}

int AllocateNothing(DLTensor*, DLManagedTensorVersioned** out, void*,
                    void (*)(void*, const char*, const char*)) {
  *out = nullptr;
  return 0;
}

/*! \brief Sets the thread's allocator for a scope. */
class WithAllocator {
 public:
  explicit WithAllocator(DLPackManagedTensorAllocator allocator, int global = 0) {
    EXPECT_EQ(TVMFFIEnvSetDLPackManagedTensorAllocator(allocator, global, &old_), 0);
  }
  ~WithAllocator() { TVMFFIEnvSetDLPackManagedTensorAllocator(old_, 0, nullptr); }

 private:
  DLPackManagedTensorAllocator old_ = nullptr;
};

int Alloc(TVMFFIObjectHandle* out) {
  int64_t shape[] = {2, 3};
  DLTensor prototype{};
  prototype.device = DLDevice{kDLCPU, 0};
  prototype.ndim = 2;
  prototype.dtype = DLDataType{kDLFloat, 32, 1};
  prototype.shape = shape;
  return TVMFFIEnvTensorAlloc(&prototype, out);
}

TEST(EnvAllocator, SettingReturnsTheThreadsPreviousOne) {
  DLPackManagedTensorAllocator old = AllocateFails;
  ASSERT_EQ(TVMFFIEnvSetDLPackManagedTensorAllocator(AllocateCompact, 0, &old), 0);
  EXPECT_EQ(old, nullptr);
  EXPECT_EQ(TVMFFIEnvGetDLPackManagedTensorAllocator(), AllocateCompact);
  ASSERT_EQ(TVMFFIEnvSetDLPackManagedTensorAllocator(nullptr, 0, &old), 0);
  EXPECT_EQ(old, AllocateCompact);
  EXPECT_EQ(TVMFFIEnvGetDLPackManagedTensorAllocator(), nullptr);
}

TEST(EnvAllocator, OwnOneWinsOverTheDefaultOfOtherThreads) {
  ASSERT_EQ(TVMFFIEnvSetDLPackManagedTensorAllocator(AllocateCompact, 1, nullptr), 0);
  std::thread([]() {
    EXPECT_EQ(TVMFFIEnvGetDLPackManagedTensorAllocator(), AllocateCompact);
    DLPackManagedTensorAllocator old = AllocateFails;
    EXPECT_EQ(TVMFFIEnvSetDLPackManagedTensorAllocator(AllocateNothing, 0, &old), 0);
    EXPECT_EQ(old, nullptr) << "the default is not the thread's own";
    EXPECT_EQ(TVMFFIEnvGetDLPackManagedTensorAllocator(), AllocateNothing);
  }).join();
  ASSERT_EQ(TVMFFIEnvSetDLPackManagedTensorAllocator(nullptr, 1, nullptr), 0);
  EXPECT_EQ(TVMFFIEnvGetDLPackManagedTensorAllocator(), nullptr);
}

TEST(EnvAllocator, TensorOwnsWhatTheAllocatorMade) {
  WithAllocator with(AllocateCompact);
  ASSERT_EQ(live_allocations, 0);
  {
    Tensor tensor = Tensor::FromEnvAlloc(TVMFFIEnvTensorAlloc, {2, 3}, DLDataType{kDLFloat, 32, 1},
                                         DLDevice{kDLCPU, 0});
    EXPECT_EQ(live_allocations, 1);
    EXPECT_EQ(tensor.use_count(), 1);
    EXPECT_NE(tensor.data_ptr(), nullptr);
    const DLTensor* view = tensor.GetDLTensorPtr();
    ASSERT_EQ(view->ndim, 2);
    EXPECT_EQ(view->shape[0], 2);
    EXPECT_EQ(view->shape[1], 3);
    ASSERT_NE(view->strides, nullptr) << "missing strides are filled in";
    EXPECT_EQ(view->strides[0], 3);
    EXPECT_EQ(view->strides[1], 1);
  }
  EXPECT_EQ(live_allocations, 0);
}

TEST(EnvAllocator, MissingAllocatorIsAnError) {
  TVMFFIObjectHandle out = &live_allocations;
  EXPECT_EQ(Alloc(&out), -1);
  EXPECT_EQ(TakeRaised(),
            "RuntimeError: TVMFFIEnvTensorAlloc: allocator is nullptr, likely because "
            "TVMFFIEnvSetDLPackManagedTensorAllocator has not been called.");
  EXPECT_EQ(out, &live_allocations);
}

TEST(EnvAllocator, ErrorOfTheAllocatorIsPassedOn) {
  WithAllocator with(AllocateFails);
  TVMFFIObjectHandle out = &live_allocations;
  EXPECT_EQ(Alloc(&out), -1);
  EXPECT_EQ(TakeRaised(), "MemoryError: no memory on this device");
  EXPECT_EQ(out, &live_allocations);
  try {
    Tensor::FromEnvAlloc(TVMFFIEnvTensorAlloc, {1}, DLDataType{kDLFloat, 32, 1},
                         DLDevice{kDLCPU, 0});
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "MemoryError");
    EXPECT_EQ(error.message(), "no memory on this device");
  }
}

TEST(EnvAllocator, FailureWithoutAnErrorGetsOne) {
  WithAllocator with(AllocateFailsSilently);
  TVMFFIObjectHandle out = nullptr;
  EXPECT_NE(Alloc(&out), 0);
  EXPECT_EQ(TakeRaised(),
            "RuntimeError: TVMFFIEnvTensorAlloc: the allocator failed with code 3 and without an "
            "error");
}

TEST(EnvAllocator, SuccessWithoutATensorIsAnError) {
  WithAllocator with(AllocateNothing);
  TVMFFIObjectHandle out = nullptr;
  EXPECT_EQ(Alloc(&out), -1);
  EXPECT_EQ(TakeRaised(),
            "RuntimeError: Check failed: (dlpack_tensor != nullptr) is false: "
            "TVMFFIEnvTensorAlloc: failed to allocate a tensor from the allocator");
}

//-------------------------------------------------------------------------------------------------
// Signals
//-------------------------------------------------------------------------------------------------

int signals_result = 0;
int gil_depth = 0;
int CheckSignals() {
  EXPECT_EQ(gil_depth, 1);
  return signals_result;
}
void* GilEnsure() {
  ++gil_depth;
  return Stream(1);
}
void GilRelease(void* state) {
  EXPECT_EQ(state, Stream(1));
  --gil_depth;
}

class EnvSignals : public testing::Test {
 protected:
  ~EnvSignals() override {
    for (const char* name : {"PyErr_CheckSignals", "PyGILState_Ensure", "PyGILState_Release"}) {
      TVMFFIEnvRegisterCAPI(name, nullptr);
    }
  }
};

TEST_F(EnvSignals, NothingRegisteredMeansGoOn) { EXPECT_EQ(TVMFFIEnvCheckSignals(), 0); }

TEST_F(EnvSignals, CheckRunsUnderTheHostLockAndLeavesTheSlotAlone) {
  ASSERT_EQ(TVMFFIEnvRegisterCAPI("PyErr_CheckSignals", reinterpret_cast<void*>(CheckSignals)), 0);
  ASSERT_EQ(TVMFFIEnvRegisterCAPI("PyGILState_Ensure", reinterpret_cast<void*>(GilEnsure)), 0);
  ASSERT_EQ(TVMFFIEnvRegisterCAPI("PyGILState_Release", reinterpret_cast<void*>(GilRelease)), 0);
  signals_result = 0;
  EXPECT_EQ(TVMFFIEnvCheckSignals(), 0);
  signals_result = -1;
  EXPECT_EQ(TVMFFIEnvCheckSignals(), -1);
  EXPECT_EQ(gil_depth, 0);
  EXPECT_EQ(TakeRaised(), "nothing raised");
}

TEST_F(EnvSignals, MissingLockFunctionsAreAnError) {
  ASSERT_EQ(TVMFFIEnvRegisterCAPI("PyErr_CheckSignals", reinterpret_cast<void*>(CheckSignals)), 0);
  try {
    TVMFFIEnvCheckSignals();
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "InternalError");
    EXPECT_EQ(error.message(), "Check failed: (self->py_gil_state_ensure) is false: ");
  }
}

TEST_F(EnvSignals, UnknownNameIsRefused) {
  EXPECT_EQ(TVMFFIEnvRegisterCAPI("PyErr_Nothing", nullptr), -1);
  EXPECT_EQ(TakeRaised(), "ValueError: Unknown env API PyErr_Nothing");
}

}  // namespace

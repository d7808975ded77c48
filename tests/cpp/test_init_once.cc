// SPDX-License-Identifier: Apache-2.0
// One-time initialisation and release of handles.
#include <gtest/gtest.h>
#include <tvm/ffi/c_api.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace {

// The callbacks have no context argument, so what they saw and shall do is global.
std::atomic<int> init_calls{0};
std::atomic<int> deinit_calls{0};
int init_code = 0;
int deinit_code = 0;
void* init_value = nullptr;
int target = 0;
void* other_handle = nullptr;

int Init(void** result) {
  ++init_calls;
  *result = init_value;
  return init_code;
}

int Deinit(void* handle) {
  EXPECT_EQ(handle, &target);
  ++deinit_calls;
  return deinit_code;
}

int InitWithAnother(void** result) {
  if (int code = TVMFFIHandleInitOnce(&other_handle, Init)) return code;
  *result = other_handle;
  return 0;
}

int InitWithItself(void** result) {
  ++init_calls;
  if (int code = TVMFFIHandleInitOnce(&other_handle, InitWithItself)) return code;
  *result = &target;
  return 0;
}

class InitOnce : public testing::Test {
 protected:
  void SetUp() override {
    init_calls = 0;
    deinit_calls = 0;
    init_code = 0;
    deinit_code = 0;
    init_value = &target;
    other_handle = nullptr;
  }
  void* handle_ = nullptr;
};

TEST_F(InitOnce, SecondInitialisationDoesNotCall) {
  EXPECT_EQ(TVMFFIHandleInitOnce(&handle_, Init), 0);
  EXPECT_EQ(handle_, &target);
  EXPECT_EQ(TVMFFIHandleInitOnce(&handle_, Init), 0);
  EXPECT_EQ(init_calls, 1);
}

TEST_F(InitOnce, ReleaseRunsOnceAndNulls) {
  ASSERT_EQ(TVMFFIHandleInitOnce(&handle_, Init), 0);
  EXPECT_EQ(TVMFFIHandleDeinitOnce(&handle_, Deinit), 0);
  EXPECT_EQ(handle_, nullptr);
  EXPECT_EQ(TVMFFIHandleDeinitOnce(&handle_, Deinit), 0);
  EXPECT_EQ(deinit_calls, 1);
}

TEST_F(InitOnce, HandleCanBeInitialisedAgainAfterRelease) {
  ASSERT_EQ(TVMFFIHandleInitOnce(&handle_, Init), 0);
  ASSERT_EQ(TVMFFIHandleDeinitOnce(&handle_, Deinit), 0);
  EXPECT_EQ(TVMFFIHandleInitOnce(&handle_, Init), 0);
  EXPECT_EQ(handle_, &target);
  EXPECT_EQ(init_calls, 2);
}

TEST_F(InitOnce, CodeOfAFailedInitialisationIsReturnedAndTheHandleStaysNull) {
  init_code = 7;
  EXPECT_EQ(TVMFFIHandleInitOnce(&handle_, Init), 7);
  EXPECT_EQ(handle_, nullptr);
  init_code = 0;
  EXPECT_EQ(TVMFFIHandleInitOnce(&handle_, Init), 0) << "a failure can be retried";
  EXPECT_EQ(handle_, &target);
}

TEST_F(InitOnce, NullResultIsAnError) {
  init_value = nullptr;
  EXPECT_EQ(TVMFFIHandleInitOnce(&handle_, Init), -1);
  EXPECT_EQ(handle_, nullptr);
  TVMFFIObjectHandle error = nullptr;
  TVMFFIErrorMoveFromRaised(&error);
  ASSERT_NE(error, nullptr);
  TVMFFIErrorCell* cell = TVMFFIErrorGetCellPtr(error);
  EXPECT_EQ(std::string(cell->kind.data, cell->kind.size), "RuntimeError");
  EXPECT_EQ(std::string(cell->message.data, cell->message.size),
            "init_func must return a non-NULL handle");
  TVMFFIObjectDecRef(error);
}

TEST_F(InitOnce, FailedReleaseNullsTheHandleAllTheSame) {
  ASSERT_EQ(TVMFFIHandleInitOnce(&handle_, Init), 0);
  deinit_code = 3;
  EXPECT_EQ(TVMFFIHandleDeinitOnce(&handle_, Deinit), 3);
  EXPECT_EQ(handle_, nullptr);
}

TEST_F(InitOnce, InitialisationMayNeedAnotherHandle) {
  EXPECT_EQ(TVMFFIHandleInitOnce(&handle_, InitWithAnother), 0);
  EXPECT_EQ(handle_, &target);
  EXPECT_EQ(other_handle, &target);
}

TEST_F(InitOnce, InitialisationThatNeedsItselfIsAnError) {
  EXPECT_EQ(TVMFFIHandleInitOnce(&other_handle, InitWithItself), -1);
  TVMFFIObjectHandle error = nullptr;
  TVMFFIErrorMoveFromRaised(&error);
  ASSERT_NE(error, nullptr);
  EXPECT_STREQ(TVMFFIErrorGetCellPtr(error)->message.data,
               "init_func needs the handle that it is to initialise");
  TVMFFIObjectDecRef(error);
  EXPECT_EQ(init_calls, 1);
  EXPECT_EQ(other_handle, nullptr);
  // Nothing is left behind of the failure.
  EXPECT_EQ(TVMFFIHandleInitOnce(&other_handle, Init), 0);
  EXPECT_EQ(other_handle, &target);
}

// Callbacks of two threads that meet inside them, and those that need the other thread's handle.
void* met_handles[2] = {nullptr, nullptr};
std::atomic<int> inside{0};

void MeetTheOtherCallback() {
  ++inside;
  while (inside < 2) std::this_thread::yield();
}

int InitAndMeet(void** result) {
  MeetTheOtherCallback();
  *result = &target;
  return 0;
}

template <int kOther>
int InitWithTheOthers(void** result) {
  MeetTheOtherCallback();
  int code = TVMFFIHandleInitOnce(&met_handles[kOther], Init);
  *result = &target;
  return code;
}

TEST_F(InitOnce, ConcurrentInitialisationsOfTwoHandlesDoNotWaitForEachOther) {
  inside = 0;
  void* second = nullptr;
  std::thread thread([&] { EXPECT_EQ(TVMFFIHandleInitOnce(&second, InitAndMeet), 0); });
  EXPECT_EQ(TVMFFIHandleInitOnce(&handle_, InitAndMeet), 0);
  thread.join();
  EXPECT_EQ(second, &target);
}

TEST_F(InitOnce, ConcurrentInitialisationsThatNeedEachOtherAreRefusedNotStuck) {
  inside = 0;
  met_handles[0] = met_handles[1] = nullptr;
  int codes[2] = {7, 7};
  std::thread thread(
      [&] { codes[1] = TVMFFIHandleInitOnce(&met_handles[1], InitWithTheOthers<0>); });
  codes[0] = TVMFFIHandleInitOnce(&met_handles[0], InitWithTheOthers<1>);
  thread.join();
  // One is refused; the other one, for which it made way, may go on.
  EXPECT_TRUE(codes[0] == 0 || codes[1] == 0);
  EXPECT_TRUE(codes[0] == -1 || codes[1] == -1);
  TVMFFIErrorSetRaised(nullptr);
}

int ThrowsNumber(void**) { throw 5; }

TEST_F(InitOnce, AnExceptionOfTheCallbackLeavesTheHandleToOthers) {
  EXPECT_THROW(TVMFFIHandleInitOnce(&handle_, ThrowsNumber), int);
  EXPECT_EQ(handle_, nullptr);
  EXPECT_EQ(TVMFFIHandleInitOnce(&handle_, Init), 0);
  EXPECT_EQ(handle_, &target);
}

TEST_F(InitOnce, ConcurrentCallersRunEachCallbackOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&]() {
      if (TVMFFIHandleInitOnce(&handle_, Init) != 0) ++failures;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(init_calls, 1);
  threads.clear();
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&]() {
      if (TVMFFIHandleDeinitOnce(&handle_, Deinit) != 0) ++failures;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(deinit_calls, 1);
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(handle_, nullptr);
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// The tables of the process in the child of a fork, made while other threads change them.
#if !defined(_WIN32)

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using tvm::ffi::Function;

void RegisterFunction(const std::string& name) {
  Function::SetGlobal(name, Function::FromTyped([] { return 1; }), /*override=*/true);
}

void RegisterType(const std::string& key) {
  TVMFFIByteArray bytes{key.data(), key.size()};
  TVMFFITypeGetOrAllocIndex(&bytes, -1, 1, 0, 1, kTVMFFIObject);
}

int init_calls = 0;
int Init(void** result) {
  *result = &init_calls;
  return 0;
}

void InitialiseHandle() {
  void* handle = nullptr;
  TVMFFIHandleInitOnce(&handle, Init);
}

/*! \brief The number of children, out of some, that did not come back from `action`. */
int ForkWhileOthersWork(const std::function<void()>& action) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      while (!stop) action();
    });
  }
  int stuck = 0;
  for (int i = 0; i < 10; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      action();
      _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    if (status != 0) ++stuck;
    if (stuck > 0) break;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  return stuck;
}

TEST(Fork, ChildrenMayRegisterFunctions) {
  EXPECT_EQ(ForkWhileOthersWork([] { RegisterFunction("testing.fork.function"); }), 0);
}

TEST(Fork, ChildrenMayRegisterTypes) {
  EXPECT_EQ(ForkWhileOthersWork([] {
              static std::atomic<int> count{0};
              RegisterType("testing.fork.type" + std::to_string(count++ % 2000));
            }),
            0);
}

TEST(Fork, ChildrenMayInitialiseHandles) { EXPECT_EQ(ForkWhileOthersWork(InitialiseHandle), 0); }

TEST(Fork, ChildrenMayRegisterSymbols) {
  EXPECT_EQ(ForkWhileOthersWork([] {
              TVMFFIEnvModRegisterSystemLibSymbol("__tvm_ffi_testing.fork.symbol", &init_calls);
            }),
            0);
}

TEST(Fork, TheParentGoesOn) {
  EXPECT_EQ(ForkWhileOthersWork([] { Function::GetGlobal("ffi.String"); }), 0);
  RegisterFunction("testing.fork.parent");
  EXPECT_TRUE(Function::GetGlobal("testing.fork.parent").has_value());
  Function::RemoveGlobal("testing.fork.parent");
  Function::RemoveGlobal("testing.fork.function");
}

}  // namespace

#endif  // !defined(_WIN32)

// SPDX-License-Identifier: Apache-2.0
// libtvm_ffi_loaders: shared objects loaded from memory. Built only where the loader library is.
#if defined(TVM_FFI_TEST_LOADERS)

#include <elf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/extra/module.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "module_testing.h"

namespace {

namespace ffi = tvm::ffi;
using ffi::Bytes;
using ffi::Function;
using ffi::Module;
using ffi::Optional;
using namespace tvm::ffi::testing;

class SoLoader : public ::testing::Test {
 protected:
  // The reference is dropped at once: the library must stay loaded by itself.
  static void SetUpTestSuite() { Module::LoadFromFile(TVM_FFI_TEST_LOADERS); }

  static Module Load(const std::string& image) {
    return Module::LoadFromBytes("so", Bytes(image.data(), image.size()));
  }
  static Module LoadFixture(const std::string& name) { return Load(ReadFile(FixturePath(name))); }
  static void ExpectRefused(const std::string& image, const std::string& part) {
    ffi::Error error = CatchError([&] { Load(image); });
    EXPECT_EQ(error.kind(), "ValueError");
    EXPECT_TRUE(Contains(error.message(), "`so` payload")) << error.message();
    EXPECT_TRUE(Contains(error.message(), part)) << error.message();
  }
  static size_t CountDescriptors() {
    size_t count = 0;
    for (auto it = std::filesystem::directory_iterator("/proc/self/fd");
         it != std::filesystem::directory_iterator(); ++it) {
      ++count;
    }
    return count;
  }
};

TEST_F(SoLoader, RunsAPayload) {
  Module module = LoadFixture("fixture_typed");
  EXPECT_STREQ(module->kind(), "library");
  EXPECT_EQ(module->GetFunction("add").value()(20, 22).cast<int>(), 42);
  EXPECT_EQ(module->GetFunctionDoc("add").value(), "Adds two numbers.");
  ExpectError("ValueError", "from the payload",
              [&] { module->GetFunction("fail").value()("from the payload"); });
}

TEST_F(SoLoader, PayloadsInSequenceAreNotMistakenForEachOther) {
  // Descriptor numbers are reused between these loads.
  for (int round = 0; round < 20; ++round) {
    Module first = LoadFixture("fixture_plain");
    Module second = LoadFixture("fixture_plain_other");
    EXPECT_EQ(CallNamed<int>(first, "bias"), 1);
    EXPECT_EQ(CallNamed<int>(second, "bias"), 2);
  }
}

TEST_F(SoLoader, SamePayloadTwiceGivesIndependentState) {
  Module first = LoadFixture("fixture_plain");
  Module second = LoadFixture("fixture_plain");
  Module from_file = Module::LoadFromFile(FixturePath("fixture_plain"));
  EXPECT_EQ(CallNamed<int>(first, "count"), 1);
  EXPECT_EQ(CallNamed<int>(first, "count"), 2);
  EXPECT_EQ(CallNamed<int>(second, "count"), 1);
  EXPECT_EQ(CallNamed<int>(from_file, "count"), 1);
}

TEST_F(SoLoader, LeavesNoDescriptorOpenAndUnmapsWithTheModule) {
  const size_t before = CountDescriptors();
  int unloads = 0;
  {
    Module module = LoadFixture("fixture_plain");
    module->GetFunction("watch_unload").value()(static_cast<void*>(&unloads));
    EXPECT_EQ(CountDescriptors(), before);
    EXPECT_EQ(unloads, 0);
  }
  EXPECT_EQ(unloads, 1);
  CatchError([] { LoadFixture("fixture_missing_dependency"); });
  CatchError([] { Load("junk"); });
  EXPECT_EQ(CountDescriptors(), before);
}

TEST_F(SoLoader, ContextSymbolsAndContextVariableAreFilled) {
  static int value;
  ASSERT_EQ(TVMFFIEnvModRegisterContextSymbol("fixture_context_symbol", &value), 0);
  Module module = LoadFixture("fixture_plain");
  EXPECT_EQ(CallNamed<void*>(module, "context_symbol"), &value);
  EXPECT_EQ(CallNamed<void*>(module, "ctx"), module.operator->());
}

TEST_F(SoLoader, EmbeddedModulesOfAPayloadAreLoaded) {
  ScopedLoader loader("fixture_child", [](const Bytes& bytes) {
    return MakeTable({{"size", static_cast<int>(bytes.size())}}, "fixture_child");
  });
  Module module = LoadFixture("fixture_blob");
  ASSERT_EQ(module->imports().size(), 1U);
  EXPECT_EQ(module->GetFunction("size", true).value()().cast<int>(), 3);
  EXPECT_EQ(CallNamed<void*>(module, "ctx"), module.operator->());
}

TEST_F(SoLoader, ErrorOfAnEmbeddedModuleIsTheLoadersOwn) {
  ffi::Error error = CatchError([] { LoadFixture("fixture_blob"); });
  EXPECT_EQ(error.kind(), "RuntimeError");
  EXPECT_TRUE(Contains(error.message(), "ffi.Module.load_from_bytes.fixture_child"));
}

TEST_F(SoLoader, PayloadMayCarryAPayload) {
  ScopedLoader loader("fixture_child",
                      [](const Bytes&) { return LoadFixture("fixture_plain_other"); });
  Module module = LoadFixture("fixture_blob");
  EXPECT_EQ(CallNamed<int>(module, "bias"), 3);
  EXPECT_EQ(CallNamed<int>(module->imports()[0].cast<Module>(), "bias"), 2);
}

TEST_F(SoLoader, MissingDependencyIsNamed) {
  ffi::Error error = CatchError([] { LoadFixture("fixture_missing_dependency"); });
  EXPECT_EQ(error.kind(), "RuntimeError");
  EXPECT_TRUE(Contains(error.message(), "libfixture_absent.so: cannot open shared object file"))
      << error.message();
  EXPECT_TRUE(Contains(error.message(), "`so` payload")) << error.message();
  EXPECT_FALSE(Contains(error.message(), "/proc/")) << error.message();
}

TEST_F(SoLoader, StaticInitialiserErrorOfAPayloadIsRaised) {
  ffi::Error error = CatchError([] { LoadFixture("fixture_init_error_so"); });
  EXPECT_EQ(error.kind(), "RuntimeError");
  EXPECT_TRUE(Contains(error.message(), "`fixture.init_error_so.before` is already registered"))
      << error.message();
  EXPECT_TRUE(Contains(error.message(), "half-initialised")) << error.message();
  EXPECT_FALSE(Contains(error.message(), "/proc/")) << error.message();
  EXPECT_EQ(Function::GetGlobalRequired("fixture.init_error_so.before")(1).cast<int>(), 2);
}

TEST_F(SoLoader, WhatIsNotElfIsAValueError) {
  ExpectRefused("", "it is empty");
  ExpectRefused("hello", "not an ELF file: it starts with 68 65 6c 6c");
  ExpectRefused(std::string(1000, '\0'), "not an ELF file");
}

TEST_F(SoLoader, OtherPlatformsPayloadIsAValueError) {
  const std::string image = ReadFile(FixturePath("fixture_plain"));
  std::string other = image;
  other[EI_CLASS] = other[EI_CLASS] == ELFCLASS64 ? ELFCLASS32 : ELFCLASS64;
  ExpectRefused(other, "32-bit");
  other = image;
  other[EI_DATA] = other[EI_DATA] == ELFDATA2LSB ? ELFDATA2MSB : ELFDATA2LSB;
  ExpectRefused(other, "byte order");
  other = image;
  other[18] = static_cast<char>(EM_S390);  // e_machine
  ExpectRefused(other, "s390x (22)");
}

TEST_F(SoLoader, ObjectFileIsAValueError) {
  std::string image = ReadFile(FixturePath("fixture_plain"));
  image[16] = ET_REL;  // e_type
  ExpectRefused(image, "not linked yet");
}

TEST_F(SoLoader, TruncationAtAnyPlaceIsAValueError) {
  const std::string image = ReadFile(FixturePath("fixture_plain"));
  for (size_t length = 1; length < image.size(); length += length < 1024 ? 1 : 61) {
    ffi::Error error = CatchError([&] { Load(image.substr(0, length)); });
    ASSERT_EQ(error.kind(), "ValueError") << length << ": " << error.message();
  }
  ExpectRefused(image.substr(0, image.size() / 2), "truncated");
  ExpectRefused(image.substr(0, image.size() - 1), "truncated");
}

TEST_F(SoLoader, LoadsFromManyThreads) {
  const std::string images[] = {ReadFile(FixturePath("fixture_plain")),
                                ReadFile(FixturePath("fixture_plain_other"))};
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 25; ++round) {
        const int which = (t + round) % 2;
        Module module = Load(images[which]);
        good += CallNamed<int>(module, "bias") == which + 1 && CallNamed<int>(module, "count") == 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

// Makes memfd_create fail with ENOSYS in this process, as old kernels and some sandboxes do.
bool DenyMemfdCreate() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter = {4, program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST_F(SoLoader, WithoutMemfdATemporaryFileIsUsedAndRemoved) {
  const std::filesystem::path dir = std::filesystem::temp_directory_path() / "tvm_ffi_so_test";
  std::filesystem::create_directory(dir);
  const std::string image = ReadFile(FixturePath("fixture_plain"));
  EXPECT_EXIT(
      {
        setenv("TMPDIR", dir.c_str(), 1);
        if (!DenyMemfdCreate()) std::_Exit(2);
        Module module = Load(image);
        Module again = Load(image);
        if (!std::filesystem::is_empty(dir)) std::_Exit(3);
        std::_Exit(CallNamed<int>(module, "count") + CallNamed<int>(again, "count") - 2);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(
      {
        setenv("TMPDIR", "/no/such/directory", 1);
        if (!DenyMemfdCreate()) std::_Exit(2);
        ffi::Error error = CatchError([&] { Load(image); });
        std::_Exit(error.kind() == "RuntimeError" &&
                           Contains(error.message(), "/no/such/directory: No such file")
                       ? 0
                       : 3);
      },
      ::testing::ExitedWithCode(0), "");
  std::filesystem::remove_all(dir);
}

}  // namespace

#endif  // TVM_FFI_TEST_LOADERS

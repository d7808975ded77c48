// SPDX-License-Identifier: Apache-2.0
// The contract of Module::LoadFromBytes and of the global ffi.ModuleLoadFromBytes.
#include <tvm/ffi/extra/module.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "module_testing.h"

namespace {

namespace ffi = tvm::ffi;
using ffi::Any;
using ffi::AnyView;
using ffi::Array;
using ffi::Bytes;
using ffi::Function;
using ffi::Module;
using ffi::Optional;
using ffi::String;
using namespace tvm::ffi::testing;

Bytes MakeBytes(const std::string& text) { return Bytes(text.data(), text.size()); }

Module LoadSize(const Bytes& bytes) {
  return MakeTable({{"size", static_cast<int>(bytes.size())}}, "size");
}

TEST(LoadFromBytes, PassesThePayloadToTheLoaderOfTheKind) {
  ScopedLoader loader("lfb_size", LoadSize);
  Module module = Module::LoadFromBytes("lfb_size", MakeBytes("12345678"));
  EXPECT_STREQ(module->kind(), "size");
  EXPECT_EQ(CallNamed<int>(module, "size"), 8);
}

TEST(LoadFromBytes, GlobalDoesTheSameAndTakesRawArguments) {
  ScopedLoader loader("lfb_size", LoadSize);
  Function load = Function::GetGlobalRequired("ffi.ModuleLoadFromBytes");
  EXPECT_EQ(CallNamed<int>(load("lfb_size", MakeBytes("1234567890")).cast<Module>(), "size"), 10);
  TVMFFIByteArray raw{"abc", 3};
  EXPECT_EQ(CallNamed<int>(load("lfb_size", &raw).cast<Module>(), "size"), 3);
}

TEST(LoadFromBytes, MissingLoaderNamesTheKeyAndTheKindsAtHand) {
  ScopedLoader a("lfb_a", LoadSize);
  ScopedLoader b("lfb_b", LoadSize);
  for (const std::string& kind :
       {std::string("lfb_nope"), std::string(), std::string("LFB_A"), std::string("_lib"),
        std::string("library"), std::string("a b\n/.\"{}\xc3\xa4"), std::string("lfb_a\0", 6)}) {
    ffi::Error error = CatchError([&] { Module::LoadFromBytes(kind, Bytes()); });
    EXPECT_EQ(error.kind(), "RuntimeError");
    const std::string text = "Library binary was created using {" + kind +
                             "} but a loader of that name is not registered. Make sure to have "
                             "runtime that registers ffi.Module.load_from_bytes." +
                             kind;
    EXPECT_EQ(error.message().substr(0, text.size()), text);
    const std::string rest = error.message().substr(text.size());
    EXPECT_TRUE(Contains(rest, "lfb_a, lfb_b")) << rest;
  }
}

TEST(LoadFromBytes, KindsAreComparedAsBytes) {
  for (const std::string& kind :
       {std::string(), std::string("a b\n/.\"{}\xc3\xa4"), std::string("x\0y", 3)}) {
    ScopedLoader loader(kind, LoadSize);
    EXPECT_EQ(CallNamed<int>(Module::LoadFromBytes(kind, MakeBytes("1")), "size"), 1);
  }
}

TEST(LoadFromBytes, EmptyAndSmallPayloadsArriveTerminated) {
  size_t size = 99;
  char end = 'x';
  ScopedLoader loader("lfb_probe", [&](const Bytes& bytes) {
    size = bytes.size();
    end = bytes.data()[bytes.size()];
    return MakeTable({});
  });
  for (size_t length : {0, 1, 7, 8, 1000}) {
    Module::LoadFromBytes("lfb_probe", MakeBytes(std::string(length, 'p')));
    EXPECT_EQ(size, length);
    EXPECT_EQ(end, '\0');
  }
}

TEST(LoadFromBytes, LargePayloadIsNotCopied) {
  const char* seen = nullptr;
  ScopedLoader loader("lfb_probe", [&](const Bytes& bytes) {
    seen = bytes.data();
    return MakeTable({});
  });
  Bytes bytes(std::string(100, 'p'));
  Module::LoadFromBytes("lfb_probe", bytes);
  EXPECT_EQ(seen, bytes.data());
  Function::GetGlobalRequired("ffi.ModuleLoadFromBytes")("lfb_probe", bytes);
  EXPECT_EQ(seen, bytes.data());
}

TEST(LoadFromBytes, LoaderMayKeepThePayload) {
  Bytes kept;
  ScopedLoader loader("lfb_keep", [&](const Bytes& bytes) {
    kept = bytes;
    return MakeTable({});
  });
  Module::LoadFromBytes("lfb_keep", Bytes(std::string(100, 'k')));
  EXPECT_EQ(std::string(kept), std::string(100, 'k'));
}

TEST(LoadFromBytes, ErrorOfTheLoaderPassesUnchanged) {
  ScopedLoader loader("lfb_throw", [](Bytes) -> Module {
    TVM_FFI_THROW(MyOwnError) << "broken image";
    TVM_FFI_UNREACHABLE();
  });
  ExpectError("MyOwnError", "broken image", [] { Module::LoadFromBytes("lfb_throw", Bytes()); });
}

TEST(LoadFromBytes, ForeignExceptionIsAnInternalErrorBehindTheGlobal) {
  ScopedLoader loader("lfb_throw", [](Bytes) -> Module { throw std::runtime_error("foreign"); });
  Function load = Function::GetGlobalRequired("ffi.ModuleLoadFromBytes");
  ffi::Expected<Any> result = load.CallExpected<Any>("lfb_throw", Bytes());
  ASSERT_TRUE(result.is_err());
  EXPECT_EQ(result.error().kind(), "InternalError");
  EXPECT_EQ(result.error().message(), "foreign");
}

TEST(LoadFromBytes, ResultMustBeAModule) {
  auto expect = [](const std::string& type) {
    ExpectError("TypeError", "Cannot convert from type `" + type + "` to `ffi.Module`",
                [] { Module::LoadFromBytes("lfb_result", Bytes()); });
  };
  {
    ScopedLoader loader("lfb_result", [](Bytes) {});
    expect("None");
  }
  {
    ScopedLoader loader("lfb_result", [](Bytes) { return 3; });
    expect("int");
  }
  {
    ScopedLoader loader("lfb_result", [](Bytes) { return Array<int>{1}; });
    expect("ffi.Array");
  }
  {
    ScopedLoader loader("lfb_result", [](Bytes) { return Optional<Module>(); });
    expect("None");
  }
}

TEST(LoadFromBytes, LoaderOfAnotherSignatureReportsItself) {
  {
    ScopedLoader loader("lfb_signature", [](String) { return MakeTable({}); });
    ffi::Error error =
        CatchError([] { Module::LoadFromBytes("lfb_signature", MakeBytes("123456789")); });
    EXPECT_EQ(error.kind(), "TypeError");
    EXPECT_TRUE(Contains(error.message(), "Mismatched type on argument #0")) << error.message();
  }
  ScopedLoader loader("lfb_signature", [] { return MakeTable({}); });
  ffi::Error error = CatchError([] { Module::LoadFromBytes("lfb_signature", Bytes()); });
  EXPECT_EQ(error.kind(), "TypeError");
  EXPECT_TRUE(Contains(error.message(), "Expected 0 but got 1 arguments")) << error.message();
}

TEST(LoadFromBytes, GlobalRefusesOtherTypes) {
  Function load = Function::GetGlobalRequired("ffi.ModuleLoadFromBytes");
  const std::string signature =
      "`ffi.ModuleLoadFromBytes(0: str, 1: bytes) -> ffi.Module`. Expected ";
  ExpectError("TypeError",
              "Mismatched type on argument #0 when calling: " + signature + "`str` but got `int`",
              [&] { load(1, Bytes()); });
  auto expect = [&](const std::string& type, const Any& payload) {
    ExpectError("TypeError",
                "Mismatched type on argument #1 when calling: " + signature + "`bytes` but got `" +
                    type + "`",
                [&] { load("k", payload); });
  };
  expect("ffi.String", Any(String("more than seven")));
  expect("ffi.SmallStr", Any(String("few")));
  expect("int", Any(5));
  expect("None", Any(nullptr));
  expect("ffi.Array", Any(Array<int>{1, 2}));
}

TEST(LoadFromBytes, LoadersMayLoad) {
  // Peels one layer per call, then fails with the inner kind's error.
  ScopedLoader loader("lfb_nest", [](const Bytes& bytes) {
    if (bytes.size() == 0) return Module::LoadFromBytes("lfb_inner_missing", bytes);
    Module inner = Module::LoadFromBytes(bytes.size() > 1 ? "lfb_nest" : "lfb_size",
                                         Bytes(bytes.data() + 1, bytes.size() - 1));
    Module outer = MakeTable({}, "layer");
    outer->ImportModule(inner);
    return outer;
  });
  ScopedLoader size("lfb_size", LoadSize);
  Module module = Module::LoadFromBytes("lfb_nest", MakeBytes("12345"));
  EXPECT_EQ(module->GetFunction("size", true).value()().cast<int>(), 0);
  ffi::Error error = CatchError([] { Module::LoadFromBytes("lfb_nest", Bytes()); });
  EXPECT_TRUE(Contains(error.message(), "ffi.Module.load_from_bytes.lfb_inner_missing"));
}

// No lock of the registries is held while a loader runs.
TEST(LoadFromBytes, LoaderMayRegisterFunctionsTypesAndLoaders) {
  ScopedLoader loader("lfb_register", [](const Bytes& bytes) {
    Function::SetGlobal("test.lfb.registered", Function::FromTyped([] { return 6; }), true);
    Function::SetGlobal("ffi.Module.load_from_bytes.lfb_registered", Function::FromTyped([](Bytes) {
                          return MakeTable({{"f", 7}});
                        }),
                        true);
    TVMFFIByteArray key{"test.lfb.Type", 13};
    TVMFFITypeGetOrAllocIndex(&key, -1, 1, 0, 1, kTVMFFIObject);
    // A thread of the loader may use them too, which a lock held by this one would stop for ever.
    int seen = 0;
    std::thread([&seen] {
      seen = Function::GetGlobalRequired("test.lfb.registered")().cast<int>() +
             CallNamed<int>(Module::LoadFromBytes("lfb_registered", Bytes()), "f");
    }).join();
    return MakeTable({{"seen", seen}, {"size", static_cast<int>(bytes.size())}});
  });
  Module module = Module::LoadFromBytes("lfb_register", MakeBytes("abc"));
  EXPECT_EQ(CallNamed<int>(module, "seen"), 13);
  EXPECT_EQ(CallNamed<int>(module, "size"), 3);
  EXPECT_GE(ffi::TypeKeyToIndex("test.lfb.Type"), 128);
  Function::RemoveGlobal("test.lfb.registered");
  Function::RemoveGlobal("ffi.Module.load_from_bytes.lfb_registered");
}

TEST(LoadFromBytes, OverrideAndRemovalAreSeenAtOnce) {
  Optional<Module> old;
  {
    ScopedLoader loader("lfb_swap", [](Bytes) { return MakeTable({{"f", 1}}); });
    old = Module::LoadFromBytes("lfb_swap", Bytes());
    Function::SetGlobal("ffi.Module.load_from_bytes.lfb_swap", Function::FromTyped([](Bytes) {
                          return MakeTable({{"f", 2}});
                        }),
                        true);
    EXPECT_EQ(CallNamed<int>(Module::LoadFromBytes("lfb_swap", Bytes()), "f"), 2);
  }
  ffi::Error error = CatchError([] { Module::LoadFromBytes("lfb_swap", Bytes()); });
  EXPECT_EQ(error.kind(), "RuntimeError");
  EXPECT_EQ(CallNamed<int>(old.value(), "f"), 1);
}

TEST(LoadFromBytes, LoaderMayRemoveItself) {
  ScopedLoader loader("lfb_once", [](Bytes) {
    Function::RemoveGlobal("ffi.Module.load_from_bytes.lfb_once");
    return MakeTable({{"f", 1}});
  });
  EXPECT_EQ(CallNamed<int>(Module::LoadFromBytes("lfb_once", Bytes()), "f"), 1);
}

TEST(LoadFromBytes, NothingIsKept) {
  Module shared = MakeTable({});
  ScopedLoader loader("lfb_shared", [&](Bytes) { return shared; });
  Bytes bytes(std::string(100, 'p'));
  Any holder = bytes;
  auto count = [&holder] { return holder.cast<ffi::ObjectRef>().use_count(); };
  const int bytes_before = count();
  const int before = shared.use_count();
  EXPECT_TRUE(Module::LoadFromBytes("lfb_shared", bytes).same_as(shared));
  EXPECT_EQ(shared.use_count(), before);
  EXPECT_EQ(count(), bytes_before);
}

TEST(LoadFromBytes, LoadersRunConcurrently) {
  constexpr int kThreads = 8;
  std::atomic<int> inside{0};
  ScopedLoader loader("lfb_meet", [&](const Bytes& bytes) {
    ++inside;
    while (inside < kThreads) std::this_thread::yield();  // ends only if all are here at once
    return LoadSize(bytes);
  });
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&good, i] {
      Module module = Module::LoadFromBytes("lfb_meet", MakeBytes(std::string(i, 'x')));
      good += CallNamed<int>(module, "size") == i;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, kThreads);
}

TEST(LoadFromBytes, RegistrationMayRunBesideLoading) {
  ScopedLoader loader("lfb_steady", LoadSize);
  std::atomic<bool> stop{false};
  std::thread registrar([&stop] {
    while (!stop) {
      for (int i = 0; i < 50; ++i) {
        ScopedLoader other("lfb_flicker" + std::to_string(i), LoadSize);
      }
    }
  });
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&good] {
      for (int i = 0; i < 500; ++i) {
        good += CallNamed<int>(Module::LoadFromBytes("lfb_steady", MakeBytes("1")), "size");
        CatchError([] { Module::LoadFromBytes("lfb_absent", Bytes()); });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  registrar.join();
  EXPECT_EQ(good, 2000);
}

}  // namespace

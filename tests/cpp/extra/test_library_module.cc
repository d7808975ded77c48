// SPDX-License-Identifier: Apache-2.0
// Library modules: from files, the system library, and the blob of embedded modules with every way
// in which it can be malformed.
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/extra/module.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "module_testing.h"

namespace {

namespace ffi = tvm::ffi;
using ffi::Any;
using ffi::Bytes;
using ffi::Function;
using ffi::Module;
using ffi::Optional;
using ffi::String;
using namespace tvm::ffi::testing;

// ---- files -------------------------------------------------------------------------------------

TEST(LoadFromFile, NeedsAFormatWithALoader) {
  ExpectError("RuntimeError", "Failed to get file format from foo",
              [] { Module::LoadFromFile("foo"); });
  auto missing = [](const std::string& format) {
    return "Loader for `." + format +
           "` files is not registered, resolved to (ffi.Module.load_from_file." + format +
           ") in the global registry.Ensure that you have loaded the correct runtime code, andthat "
           "you are on the correct hardware architecture.";
  };
  ExpectError("RuntimeError", missing("1"), [] { Module::LoadFromFile("libfoo.so.1"); });
  ExpectError("RuntimeError", missing("SO"), [] { Module::LoadFromFile("foo.SO"); });
  ExpectError("RuntimeError", missing("y/lib"), [] { Module::LoadFromFile("/x.y/lib"); });
  ExpectError("RuntimeError", missing(""), [] { Module::LoadFromFile("foo."); });
}

TEST(LoadFromFile, LibraryExtensionsOfOtherPlatformsMeanSo) {
  for (const char* extension : {"so", "dll", "dylib", "dso"}) {
    std::string path = std::string("/no/such/lib.") + extension;
    ffi::Error error = CatchError([&] { Module::LoadFromFile(path); });
    EXPECT_EQ(error.kind(), "InternalError");
    EXPECT_EQ(
        error.message().rfind("Check failed: (lib_handle_ != nullptr) is false: Failed to load "
                              "dynamic shared library " +
                                  path + " ",
                              0),
        0U)
        << error.message();
  }
}

TEST(LoadFromFile, PathWithNulIsRefused) {
  const std::string path = FixturePath("fixture_plain") + std::string("\0.so", 4);
  ffi::Error error = CatchError([&] { Module::LoadFromFile(path); });
  EXPECT_TRUE(Contains(error.message(), "NUL")) << error.message();
}

TEST(LoadFromFile, LoaderThatReturnsNoModuleIsATypeError) {
  Function::SetGlobal("ffi.Module.load_from_file.testfmt",
                      Function::FromTyped([](String, String format) { return format.size(); }),
                      true);
  ExpectError("TypeError", "Cannot convert from type `int` to `ffi.Module`",
              [] { Module::LoadFromFile("a.testfmt"); });
  Function::RemoveGlobal("ffi.Module.load_from_file.testfmt");
}

TEST(LibraryModule, ExportsFunctionsMetadataAndDoc) {
  Module module = Module::LoadFromFile(FixturePath("fixture_typed"));
  EXPECT_STREQ(module->kind(), "library");
  EXPECT_EQ(module->GetPropertyMask(), Module::kBinarySerializable | Module::kRunnable);
  EXPECT_EQ(module->GetFunction("add").value()(1, 2).cast<int>(), 3);
  EXPECT_EQ(module->GetFunction("main").value()(1, 2).cast<int>(), 3);
  EXPECT_FALSE(module->GetFunction("subtract").has_value());
  EXPECT_EQ(module->GetFunctionDoc("add").value(), "Adds two numbers.");
  EXPECT_FALSE(module->GetFunctionDoc("fail").has_value());
  EXPECT_EQ(module->GetFunctionMetadata("add").value(),
            R"({"type_schema":"{\"type\":\"ffi.Function\",\"named_args\":{\"return\":[{\"type\":)"
            R"(\"int\"}],\"params\":[{\"type\":\"int\"},{\"type\":\"int\"}]}}"})");
  ExpectError("RuntimeError", "Module[library] does not support SaveToBytes",
              [&] { module->SaveToBytes(); });
}

TEST(LibraryModule, ErrorOfAFunctionIsRaised) {
  Module module = Module::LoadFromFile(FixturePath("fixture_typed"));
  Function fail = module->GetFunction("fail").value();
  ExpectError("ValueError", "what happened", [&] { fail("what happened"); });
  ExpectError(
      "TypeError",
      "Mismatched number of arguments when calling: `add(0: int, 1: int) -> int`. Expected 2 "
      "but got 1 arguments",
      [&] { module->GetFunction("add").value()(1); });
}

TEST(LibraryModule, FailureWithoutAnErrorIsStillAnError) {
  Module module = Module::LoadFromFile(FixturePath("fixture_plain"));
  ffi::Error error = CatchError([&] { module->GetFunction("fail_silently").value()(); });
  EXPECT_NE(error.message(), "");
}

TEST(LibraryModule, ResultSlotMustNotHoldAnObject) {
  Module module = Module::LoadFromFile(FixturePath("fixture_plain"));
  Function bias = module->GetFunction("bias").value();
  Any result = module;
  ExpectError(
      "InternalError",
      "Check failed: result->type_index < TypeIndex::kTVMFFIStaticObjectBegin (73 vs. 64) : ", [&] {
        bias.CallPacked(nullptr, 0, &result);
      });
}

TEST(LibraryModule, MetadataGetterOfAnotherTypeIsATypeError) {
  Module module = Module::LoadFromFile(FixturePath("fixture_plain"));
  ExpectError("TypeError", "Cannot convert from type `int` to `str`",
              [&] { module->GetFunctionMetadata("bias"); });
}

TEST(LibraryModule, FunctionsAreNewObjectsCalledWithoutSelf) {
  Module module = Module::LoadFromFile(FixturePath("fixture_plain"));
  Function a = module->GetFunction("self_is_null").value();
  Function b = module->GetFunction("self_is_null").value();
  EXPECT_FALSE(a.same_as(b));
  EXPECT_EQ(a().cast<int>(), 1);
}

TEST(LibraryModule, FunctionKeepsTheLibraryMappedAndTheLastOneUnmapsIt) {
  int unloads = 0;
  {
    Optional<Module> module = Module::LoadFromFile(FixturePath("fixture_plain"));
    module.value()->GetFunction("watch_unload").value()(static_cast<void*>(&unloads));
    Function bias = module.value()->GetFunction("bias").value();
    module = std::nullopt;
    EXPECT_EQ(bias().cast<int>(), 1);
    EXPECT_EQ(unloads, 0);
  }
  EXPECT_EQ(unloads, 1);
}

TEST(LibraryModule, ContextSymbolsAreFilledWithTheLastValue) {
  static int first, last;
  ASSERT_EQ(TVMFFIEnvModRegisterContextSymbol("fixture_context_symbol", &first), 0);
  ASSERT_EQ(TVMFFIEnvModRegisterContextSymbol("fixture_context_symbol", &last), 0);
  Module module = Module::LoadFromFile(FixturePath("fixture_plain"));
  EXPECT_EQ(CallNamed<void*>(module, "context_symbol"), &last);
}

TEST(LibraryModule, ContextVariableHoldsTheModuleWhileItLives) {
  Module first = Module::LoadFromFile(FixturePath("fixture_plain"));
  EXPECT_EQ(CallNamed<void*>(first, "ctx"), first.operator->());
  {
    Module second = Module::LoadFromFile(FixturePath("fixture_plain"));
    EXPECT_FALSE(second.same_as(first));
    EXPECT_EQ(CallNamed<void*>(first, "ctx"), second.operator->());
  }
  EXPECT_EQ(CallNamed<void*>(first, "ctx"), nullptr);
}

TEST(LibraryModule, StaticInitialiserErrorIsRaisedByEveryOpening) {
  const std::string path = FixturePath("fixture_init_error");
  for (int attempt = 0; attempt < 2; ++attempt) {
    ffi::Error error = CatchError([&] { Module::LoadFromFile(path); });
    EXPECT_EQ(error.kind(), "RuntimeError");
    EXPECT_TRUE(Contains(error.message(),
                         "Global Function `fixture.init_error.before` is already registered"))
        << error.message();
    EXPECT_TRUE(Contains(error.message(), "half-initialised")) << error.message();
    EXPECT_TRUE(Contains(error.message(), path)) << error.message();
    EXPECT_FALSE(ffi::detail::MoveFromSafeCallRaised().defined());
  }
  EXPECT_EQ(Function::GetGlobalRequired("fixture.init_error.before")(1).cast<int>(), 2);
  EXPECT_FALSE(Function::GetGlobal("fixture.init_error.after").has_value());
  EXPECT_EQ(Function::GetGlobalRequired("fixture.init_error.second_block")(1).cast<int>(), 5);
}

TEST(LibraryModule, ErrorsThatStaticInitialisersHandleAreNoFailure) {
  Module::LoadFromFile(FixturePath("fixture_init_handled"));
  EXPECT_FALSE(ffi::detail::MoveFromSafeCallRaised().defined());
  EXPECT_TRUE(Function::GetGlobal("fixture.init_handled.second_block").has_value());
}

TEST(LibraryModule, WhatALibraryRegistersOutlivesItsModules) {
  for (int opening = 0; opening < 2; ++opening) {
    Module::LoadFromFile(FixturePath("fixture_init_handled"));  // dropped at once
    EXPECT_EQ(Function::GetGlobalRequired("fixture.init_handled.second_block")(1).cast<int>(), 5);
  }
}

TEST(LibraryModule, ErrorRaisedBeforeTheOpeningStaysRaised) {
  ffi::detail::SetSafeCallRaised(ffi::Error("ValueError", "outer", ""));
  Module module = Module::LoadFromFile(FixturePath("fixture_plain"));
  ffi::Error outer = ffi::detail::MoveFromSafeCallRaised();
  ASSERT_TRUE(outer.defined());
  EXPECT_EQ(outer.message(), "outer");
}

TEST(LibraryModule, LoadsFromManyThreads) {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        Module module = Module::LoadFromFile(FixturePath("fixture_typed"));
        good += module->GetFunction("add").value()(round, 1).cast<int>() == round + 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
}

// ---- blobs -------------------------------------------------------------------------------------

/*! \brief Writes the values of a blob; Finish puts the size in front. */
class BlobWriter {
 public:
  BlobWriter& U64(uint64_t value) {
    for (int i = 0; i < 8; ++i) body_.push_back(static_cast<char>(value >> (8 * i)));
    return *this;
  }
  BlobWriter& Vec(const std::vector<uint64_t>& values) {
    U64(values.size());
    for (uint64_t value : values) U64(value);
    return *this;
  }
  BlobWriter& Str(const std::string& value) {
    U64(value.size());
    body_ += value;
    return *this;
  }
  /*! \brief The blob, cut to `length` bytes of body if given. */
  std::string Finish(size_t length = std::string::npos) const {
    const std::string body = body_.substr(0, length);
    BlobWriter head;
    return head.U64(body.size()).body_ + body;
  }

 private:
  std::string body_;
};

/*! \brief System library of its own whose blob is `blob`. Names and bytes outlive the process's
 * use. */
Module LoadBlob(const std::string& blob) {
  static std::atomic<int> serial{0};
  const std::string prefix = "blob" + std::to_string(serial++) + ".";
  // An exact heap copy, so that AddressSanitizer sees any read past the end.
  char* copy = new char[blob.size()];
  std::copy(blob.begin(), blob.end(), copy);
  const std::string name = prefix + ffi::symbol::tvm_ffi_library_bin;
  TVMFFIEnvModRegisterSystemLibSymbol(name.c_str(), copy);
  static std::vector<std::unique_ptr<char[]>>* keep = new std::vector<std::unique_ptr<char[]>>();
  keep->emplace_back(copy);
  return Function::GetGlobalRequired("ffi.SystemLib")(prefix).cast<Module>();
}

Module MakeDemo(const Bytes& bytes) {
  return MakeTable({{"size", static_cast<int>(bytes.size())}}, "demo");
}

TEST(LibraryBlob, PublishedExamplesLoad) {
  Module alone = LoadBlob(BlobWriter().Vec({0, 0}).Vec({}).Str("_lib").Finish());
  EXPECT_STREQ(alone->kind(), "library");
  EXPECT_EQ(alone->imports().size(), 0U);

  ScopedLoader loader("demo", MakeDemo);
  std::string blob = BlobWriter()
                         .Vec({0, 1, 1})
                         .Vec({1})
                         .Str("_lib")
                         .Str("demo")
                         .Str(std::string("\x01\x02\x03"))
                         .Finish();
  EXPECT_EQ(blob.size(), 91U);
  Module root = LoadBlob(blob);
  ASSERT_EQ(root->imports().size(), 1U);
  EXPECT_EQ(root->GetFunction("size", true).value()().cast<int>(), 3);
}

TEST(LibraryBlob, RootNeedNotBeTheLibraryAndImportsKeepTheirOrder) {
  ScopedLoader loader("demo", MakeDemo);
  Module root = LoadBlob(BlobWriter()
                             .Vec({0, 3, 3, 3})
                             .Vec({2, 1, 2})
                             .Str("demo")
                             .Str("a")
                             .Str("_lib")
                             .Str("_lib")
                             .Finish());
  EXPECT_STREQ(root->kind(), "demo");
  ASSERT_EQ(root->imports().size(), 3U);
  EXPECT_TRUE(root->imports()[0].cast<Module>().same_as(root->imports()[2].cast<Module>()));
  EXPECT_FALSE(root->imports()[0].cast<Module>().same_as(root->imports()[1].cast<Module>()));
}

TEST(LibraryBlob, EmptyPayloadReachesTheLoader) {
  ScopedLoader loader("demo", MakeDemo);
  Module root = LoadBlob(BlobWriter().Vec({0, 0}).Vec({}).Str("demo").Str("").Finish());
  EXPECT_EQ(CallNamed<int>(root, "size"), 0);
}

TEST(LibraryBlob, BytesAfterTheLastEntryAreIgnored) {
  Module root = LoadBlob(BlobWriter().Vec({0, 0}).Vec({}).Str("_lib").Str("junk").Finish());
  EXPECT_STREQ(root->kind(), "library");
}

TEST(LibraryBlob, SearchThroughAnImportCycleEnds) {
  ScopedLoader loader("demo", MakeDemo);
  Module root =
      LoadBlob(BlobWriter().Vec({0, 1, 2}).Vec({1, 0}).Str("_lib").Str("demo").Str("ab").Finish());
  EXPECT_EQ(root->GetFunction("size", true).value()().cast<int>(), 2);
  EXPECT_FALSE(root->GetFunction("nothing", true).has_value());
  root->ClearImports();
}

TEST(LibraryBlob, OddButReadableIndptrIsUsedAsItIs) {
  ScopedLoader loader("demo", MakeDemo);
  // Starts at 1 and decreases: module 0 imports nothing, module 1 the children 0 up to 1.
  Module root = LoadBlob(
      BlobWriter().Vec({1, 0, 1}).Vec({0}).Str("demo").Str("a").Str("demo").Str("b").Finish());
  EXPECT_EQ(root->imports().size(), 0U);
}

void ExpectBlobError(const std::string& message, const std::string& blob) {
  ScopedLoader loader("demo", MakeDemo);
  ExpectError("InternalError", message, [&] { LoadBlob(blob); });
}

TEST(LibraryBlob, TruncationAtEveryByteIsAnError) {
  ScopedLoader loader("demo", MakeDemo);
  BlobWriter writer;
  writer.Vec({0, 1, 1}).Vec({1}).Str("_lib").Str("demo").Str("abc");
  const size_t size = writer.Finish().size() - 8;
  const std::vector<std::pair<size_t, std::string>> ends = {
      {32, "Check failed: (stream.Read(&import_tree_indptr)) is false: "},
      {48, "Check failed: (stream.Read(&import_tree_child_indices)) is false: "},
      {72, "Check failed: (stream.Read(&kind)) is false: "},
      {size, "Check failed: (stream.Read(&module_bytes)) is false: "}};
  for (size_t length = 0; length < size; ++length) {
    SCOPED_TRACE(length);
    size_t row = 0;
    while (length >= ends[row].first) ++row;
    ExpectError("InternalError", ends[row].second, [&] { LoadBlob(writer.Finish(length)); });
  }
}

TEST(LibraryBlob, AbsurdLengthsAreErrorsWithoutAllocating) {
  for (uint64_t huge : {uint64_t{1} << 40, uint64_t{1} << 61, ~uint64_t{0}}) {
    ExpectBlobError("Check failed: (stream.Read(&import_tree_indptr)) is false: ",
                    BlobWriter().U64(huge).U64(0).Finish());
    ExpectBlobError("Check failed: (stream.Read(&import_tree_child_indices)) is false: ",
                    BlobWriter().Vec({0, 0}).U64(huge).U64(0).Finish());
    ExpectBlobError("Check failed: (stream.Read(&kind)) is false: ",
                    BlobWriter().Vec({0, 0}).Vec({}).U64(huge).U64(0).Finish());
    ExpectBlobError("Check failed: (stream.Read(&module_bytes)) is false: ",
                    BlobWriter().Vec({0, 0}).Vec({}).Str("demo").U64(huge).U64(0).Finish());
  }
}

TEST(LibraryBlob, AnyChangedByteGivesAModuleOrAnError) {
  std::vector<Module> loaded;
  ScopedLoader loader("demo", [&loaded](const Bytes& bytes) {
    loaded.push_back(MakeDemo(bytes));
    return loaded.back();
  });
  const std::string blob =
      BlobWriter().Vec({0, 1, 1}).Vec({1}).Str("_lib").Str("demo").Str("abc").Finish();
  int outcomes = 0;
  for (size_t at = 8; at < blob.size(); ++at) {  // the size in front is a promise, not checkable
    for (char value : {'\x00', '\x01', '\x02', '\x7f', '\x80', '\xff'}) {
      std::string changed = blob;
      changed[at] = value;
      try {
        LoadBlob(changed);
      } catch (const ffi::Error&) {
      }
      ++outcomes;
      // Some changes make a module import itself, which only this releases.
      for (const Module& module : loaded) module->ClearImports();
      loaded.clear();
    }
  }
  EXPECT_EQ(outcomes, static_cast<int>(blob.size() - 8) * 6);
}

TEST(LibraryBlob, WithoutAnyModuleIsAnError) {
  for (const std::vector<uint64_t>& indptr : {std::vector<uint64_t>{}, std::vector<uint64_t>{0}}) {
    ffi::Error error =
        CatchError([&] { LoadBlob(BlobWriter().Vec(indptr).Vec({}).Str("_lib").Finish()); });
    EXPECT_EQ(error.kind(), "InternalError");
    EXPECT_TRUE(Contains(error.message(), "at least one module")) << error.message();
  }
}

TEST(LibraryBlob, IndicesOutsideTheTreeAreErrors) {
  ExpectBlobError("Check failed: (child_index < modules.size()) is false: ",
                  BlobWriter().Vec({0, 1}).Vec({1}).Str("_lib").Finish());
  ExpectBlobError("Check failed: (child_index < modules.size()) is false: ",
                  BlobWriter().Vec({0, 1}).Vec({~uint64_t{0}}).Str("_lib").Finish());
  ExpectBlobError("Check failed: (j < import_tree_child_indices.size()) is false: ",
                  BlobWriter().Vec({0, 2}).Vec({0}).Str("_lib").Finish());
  ExpectBlobError("Check failed: (j < import_tree_child_indices.size()) is false: ",
                  BlobWriter().Vec({5, ~uint64_t{0}}).Vec({0}).Str("_lib").Finish());
}

TEST(LibraryBlob, MissingLoaderNamesTheKeyAndTheKindsAtHand) {
  ScopedLoader loader("demo", MakeDemo);
  for (const char* kind : {"nope", ""}) {
    ffi::Error error = CatchError([&] {
      LoadBlob(BlobWriter().Vec({0, 0}).Vec({}).Str(kind).Str("a").Finish());
    });
    EXPECT_EQ(error.kind(), "RuntimeError");
    EXPECT_EQ(
        error.message().rfind(
            std::string("Library binary was created using {") + kind +
                "} but a loader of that name is not registered. Make sure to have runtime that "
                "registers ffi.Module.load_from_bytes." +
                kind,
            0),
        0U)
        << error.message();
    EXPECT_TRUE(Contains(error.message(), "demo")) << error.message();
  }
}

TEST(LibraryBlob, LoaderThatReturnsNoModuleIsATypeError) {
  ScopedLoader loader("demo", [](Bytes) { return 1; });
  ExpectError("TypeError", "Cannot convert from type `int` to `ffi.Module`", [] {
    LoadBlob(BlobWriter().Vec({0, 0}).Vec({}).Str("demo").Str("a").Finish());
  });
}

TEST(LibraryBlob, FailedLoadCanBeRepeated) {
  const std::string blob = BlobWriter().Vec({0, 0}).Vec({}).Str("demo").Str("a").Finish();
  TVMFFIEnvModRegisterSystemLibSymbol("retry.__tvm_ffi__library_bin",
                                      const_cast<char*>(blob.data()));
  Function system_lib = Function::GetGlobalRequired("ffi.SystemLib");
  CatchError([&] { system_lib("retry."); });
  ScopedLoader loader("demo", MakeDemo);
  EXPECT_STREQ(system_lib("retry.").cast<Module>()->kind(), "demo");
}

TEST(LibraryBlob, LibraryMayBringTheLoaderOfItsOwnBlob) {
  Optional<Module> root = Module::LoadFromFile(FixturePath("fixture_own_loader"));
  ASSERT_EQ(root.value()->imports().size(), 1U);
  Module own = root.value()->imports()[0].cast<Module>();
  EXPECT_STREQ(own->kind(), "fixture_own");
  // The class of `own` is compiled into the library, which no library module keeps open any more.
  root = std::nullopt;
  EXPECT_EQ(CallNamed<int>(own, "answer"), 42);
}

TEST(LibraryBlob, EmbeddedModuleOfAFile) {
  ScopedLoader loader("fixture_child", MakeDemo);
  Module root = Module::LoadFromFile(FixturePath("fixture_blob"));
  EXPECT_EQ(root->GetFunction("size", true).value()().cast<int>(), 3);
  EXPECT_EQ(CallNamed<int>(root, "bias"), 3);
  EXPECT_EQ(CallNamed<void*>(root, "ctx"), root.operator->());
}

// ---- system library ----------------------------------------------------------------------------

Function SystemLib() { return Function::GetGlobalRequired("ffi.SystemLib"); }

template <int value>
int ReturnConstant(void*, const TVMFFIAny*, int32_t, TVMFFIAny* result) {
  result->type_index = kTVMFFIInt;
  result->zero_padding = 0;
  result->v_int64 = value;
  return 0;
}

template <int value>
void* ConstantSymbol() {
  return reinterpret_cast<void*>(&ReturnConstant<value>);
}

TEST(SystemLib, OneModulePerPrefix) {
  Module a = SystemLib()("one.").cast<Module>();
  EXPECT_TRUE(SystemLib()("one.", 1, 2).cast<Module>().same_as(a));
  EXPECT_FALSE(SystemLib()("two.").cast<Module>().same_as(a));
  EXPECT_TRUE(SystemLib()().cast<Module>().same_as(SystemLib()("").cast<Module>()));
  EXPECT_STREQ(a->kind(), "library");
  EXPECT_EQ(a->GetPropertyMask(), 3);
  ExpectError("TypeError", "Cannot convert from type `int` to `str`", [] { SystemLib()(1); });
}

TEST(SystemLib, PrefixedNamesComeFirst) {
  Module module = SystemLib()("syslib.").cast<Module>();
  EXPECT_FALSE(module->GetFunction("syslib_f").has_value());
  ASSERT_EQ(TVMFFIEnvModRegisterSystemLibSymbol("__tvm_ffi_syslib_f", ConstantSymbol<1>()), 0);
  EXPECT_EQ(CallNamed<int>(module, "syslib_f"), 1);
  Function old = module->GetFunction("syslib_f").value();
  ASSERT_EQ(TVMFFIEnvModRegisterSystemLibSymbol("__tvm_ffi_syslib.syslib_f", ConstantSymbol<2>()),
            0);
  EXPECT_EQ(CallNamed<int>(module, "syslib_f"), 2);
  EXPECT_EQ(old().cast<int>(), 1);
}

TEST(SystemLib, ReplacingASymbolWarns) {
  void* first = ConstantSymbol<3>();
  void* second = ConstantSymbol<4>();
  ASSERT_EQ(TVMFFIEnvModRegisterSystemLibSymbol("__tvm_ffi_syslib_w", first), 0);
  ::testing::internal::CaptureStderr();
  ASSERT_EQ(TVMFFIEnvModRegisterSystemLibSymbol("__tvm_ffi_syslib_w", first), 0);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ::testing::internal::CaptureStderr();
  ASSERT_EQ(TVMFFIEnvModRegisterSystemLibSymbol("__tvm_ffi_syslib_w", second), 0);
  std::ostringstream expected;
  expected << "Warning:SystemLib symbol __tvm_ffi_syslib_w get overriden to a different address "
           << second << "->" << first << "\n";
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), expected.str());
}

// Registers a blob for `prefix` whose only entry is of kind `kind`.
void RegisterBlob(const std::string& prefix, const std::string& kind) {
  static auto* keep = new std::vector<std::string>();
  keep->reserve(100);
  keep->push_back(BlobWriter().Vec({0, 0}).Vec({}).Str(kind).Str("x").Finish());
  const std::string name = prefix + ffi::symbol::tvm_ffi_library_bin;
  TVMFFIEnvModRegisterSystemLibSymbol(name.c_str(), keep->back().data());
}

TEST(SystemLib, LoaderOfABlobMayAskForAnotherSystemLibrary) {
  RegisterBlob("outer.", "nested");
  ScopedLoader loader("nested", [](Bytes) { return SystemLib()("inner.").cast<Module>(); });
  EXPECT_TRUE(SystemLib()("outer.").cast<Module>().same_as(SystemLib()("inner.").cast<Module>()));
}

TEST(SystemLib, LoaderThatAsksForItsOwnLibraryIsRefused) {
  RegisterBlob("own.", "own");
  ScopedLoader loader("own", [](Bytes) { return SystemLib()("own.").cast<Module>(); });
  ffi::Error error = CatchError([] { SystemLib()("own."); });
  EXPECT_EQ(error.kind(), "RuntimeError");
  EXPECT_TRUE(Contains(error.message(), "`own.`")) << error.message();
}

TEST(SystemLib, ThreadsThatNeedEachOthersLibraryAreRefusedNotStuck) {
  RegisterBlob("left.", "left");
  RegisterBlob("right.", "right");
  std::atomic<int> inside{0};
  auto meet = [&inside] {
    ++inside;
    while (inside < 2) std::this_thread::yield();
  };
  ScopedLoader left("left", [&](Bytes) {
    meet();
    return SystemLib()("right.").cast<Module>();
  });
  ScopedLoader right("right", [&](Bytes) {
    meet();
    return SystemLib()("left.").cast<Module>();
  });
  std::atomic<int> refused{0};
  auto load = [&refused](const char* prefix) {
    try {
      SystemLib()(prefix);
    } catch (const ffi::Error& error) {
      EXPECT_EQ(error.kind(), "RuntimeError");
      ++refused;
    }
  };
  std::thread other(load, "left.");
  load("right.");
  other.join();
  EXPECT_GE(refused, 1);
}

TEST(SystemLib, ThreadsShareOneModuleAndOneLoad) {
  RegisterBlob("many.", "many");
  std::atomic<int> loads{0};
  ScopedLoader loader("many", [&](Bytes bytes) {
    ++loads;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return MakeDemo(bytes);
  });
  std::vector<const ffi::ModuleObj*> modules(8);
  std::vector<std::thread> threads;
  for (const ffi::ModuleObj*& module : modules) {
    threads.emplace_back([&module] { module = SystemLib()("many.").cast<Module>().get(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const ffi::ModuleObj* module : modules) EXPECT_EQ(module, modules[0]);
  EXPECT_EQ(loads, 1);
}

}  // namespace

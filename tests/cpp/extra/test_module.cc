// SPDX-License-Identifier: Apache-2.0
// ModuleObj and Module: binary layout, defaults, search through imports, import look-up of
// generated code, pinning, context symbols, global functions.
#include <tvm/ffi/extra/c_env_api.h>
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
using ffi::Array;
using ffi::Function;
using ffi::Module;
using ffi::ModuleObj;
using ffi::Optional;
using ffi::String;
using namespace tvm::ffi::testing;

// ---- binary interface --------------------------------------------------------------------------

#if defined(__GNUC__) && defined(__x86_64__)
// Itanium ABI: a pointer to a virtual member function holds the byte offset of its slot plus one.
template <typename TMember>
size_t SlotOf(TMember member) {
  size_t words[2];
  static_assert(sizeof(member) == sizeof(words));
  std::memcpy(words, &member, sizeof(words));
  return (words[0] - 1) / sizeof(void*);
}

TEST(Module, VtableSlotsAreInPublishedOrder) {
  using GetFn = Optional<Function> (ModuleObj::*)(const String&);
  using GetBool = bool (ModuleObj::*)(const String&);
  using GetStr = Optional<String> (ModuleObj::*)(const String&);
  EXPECT_EQ(SlotOf(&ModuleObj::kind), 0U);
  EXPECT_EQ(SlotOf(&ModuleObj::GetPropertyMask), 1U);
  EXPECT_EQ(SlotOf(static_cast<GetFn>(&ModuleObj::GetFunction)), 2U);
  EXPECT_EQ(SlotOf(static_cast<GetBool>(&ModuleObj::ImplementsFunction)), 3U);
  EXPECT_EQ(SlotOf(static_cast<GetStr>(&ModuleObj::GetFunctionDoc)), 4U);
  EXPECT_EQ(SlotOf(static_cast<GetStr>(&ModuleObj::GetFunctionMetadata)), 5U);
  EXPECT_EQ(SlotOf(&ModuleObj::WriteToFile), 6U);
  EXPECT_EQ(SlotOf(&ModuleObj::GetWriteFormats), 7U);
  EXPECT_EQ(SlotOf(&ModuleObj::SaveToBytes), 8U);
  EXPECT_EQ(SlotOf(&ModuleObj::InspectSource), 9U);
  EXPECT_EQ(SlotOf(&ModuleObj::ImportModule), 10U);
  EXPECT_EQ(SlotOf(&ModuleObj::ClearImports), 11U);
}
#endif

TEST(Module, HandleIsBehindTheVtablePointer) {
  Module module = MakeTable({});
  const char* handle = reinterpret_cast<const char*>(
      ffi::detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(module));
  const char* object = reinterpret_cast<const char*>(module.operator->());
  EXPECT_EQ(handle - object, 8);
  EXPECT_EQ(reinterpret_cast<const char*>(&module->imports()) - object, 32);
}

TEST(Module, SubclassesShareTheTypeOfModules) {
  Module module = MakeTable({});
  EXPECT_EQ(module.type_index(), ffi::TypeIndex::kTVMFFIModule);
  EXPECT_EQ(module.GetTypeKey(), "ffi.Module");
  Any any = module;
  EXPECT_TRUE(any.cast<Module>().same_as(module));
}

TEST(Module, ReflectionListsTheImports) {
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(ffi::TypeIndex::kTVMFFIModule);
  ASSERT_EQ(info->num_fields, 1);
  EXPECT_EQ(info->num_methods, 0);
  EXPECT_EQ(std::string(info->fields[0].name.data, info->fields[0].name.size), "imports_");
  EXPECT_EQ(info->fields[0].offset, 24);
  ASSERT_NE(info->metadata, nullptr);
  EXPECT_EQ(info->metadata->total_size, 48);
}

// ---- defaults ----------------------------------------------------------------------------------

TEST(Module, DefaultsSayWhatIsNotSupported) {
  Module module = MakeTable({{"f", 1}});
  EXPECT_EQ(module->GetPropertyMask(), 0);
  EXPECT_TRUE(module->ModuleObj::ImplementsFunction("f"));
  EXPECT_FALSE(module->ModuleObj::ImplementsFunction("g"));
  EXPECT_FALSE(module->GetFunctionDoc("f").has_value());
  EXPECT_FALSE(module->GetFunctionMetadata("f").has_value());
  EXPECT_EQ(module->GetWriteFormats().size(), 0U);
  EXPECT_EQ(module->InspectSource("").size(), 0U);
  ExpectError("RuntimeError", "Module[table] does not support WriteToFile",
              [&] { module->WriteToFile("x", "y"); });
  ExpectError("RuntimeError", "Module[table] does not support SaveToBytes",
              [&] { module->SaveToBytes(); });
}

TEST(Module, NullPointerIsRefused) {
  ExpectError("InternalError", "Check failed: (ptr != nullptr) is false: ", [] {
    Module module{ffi::ObjectPtr<ModuleObj>(nullptr)};
  });
}

TEST(Module, FunctionKeepsItsModuleAlive) {
  Function f = MakeTable({{"f", 7}})->GetFunction("f").value();
  EXPECT_EQ(f().cast<int>(), 7);
}

// ---- search ------------------------------------------------------------------------------------

TEST(Module, SearchGoesDepthFirstInOrderOfImport) {
  Module root = MakeTable({});
  Module first = MakeTable({});
  Module deep = MakeTable({{"f", 1}});
  Module second = MakeTable({{"f", 2}, {"g", 3}});
  first->ImportModule(deep);
  root->ImportModule(first);
  root->ImportModule(second);
  EXPECT_FALSE(root->GetFunction("f", false).has_value());
  EXPECT_EQ(root->GetFunction("f", true).value()().cast<int>(), 1);
  EXPECT_EQ(root->GetFunction("g", true).value()().cast<int>(), 3);
  EXPECT_TRUE(root->ImplementsFunction("g", true));
  EXPECT_FALSE(root->ImplementsFunction("g", false));
  EXPECT_FALSE(root->GetFunction("h", true).has_value());
  EXPECT_FALSE(root->GetFunctionDoc("f", true).has_value());
  EXPECT_FALSE(root->GetFunctionMetadata("f", true).has_value());
}

TEST(Module, OwnFunctionComesBeforeImports) {
  Module root = MakeTable({{"f", 1}});
  root->ImportModule(MakeTable({{"f", 2}}));
  EXPECT_EQ(root->GetFunction("f", true).value()().cast<int>(), 1);
}

TEST(Module, SharedImportIsAskedOnce) {
  Module root = MakeTable({});
  Module left = MakeTable({});
  Module right = MakeTable({});
  Module shared = MakeTable({});
  left->ImportModule(shared);
  right->ImportModule(shared);
  root->ImportModule(left);
  root->ImportModule(right);
  EXPECT_FALSE(root->GetFunction("f", true).has_value());
  EXPECT_EQ(AsTable(shared)->num_lookups, 1);
}

TEST(Module, LongImportChainNeedsNoStack) {
  Module root = MakeTable({});
  Module last = root;
  for (int i = 0; i < 20000; ++i) {
    // The newest module is imported by the one before it; nothing reaches back.
    Module next = i == 19999 ? MakeTable({{"f", 5}}) : MakeTable({});
    last->ImportModule(next);
    last = next;
  }
  EXPECT_EQ(root->GetFunction("f", true).value()().cast<int>(), 5);
  // Taken apart from the front, so that destruction does not recurse either.
  Module module = root;
  while (module->imports().size() != 0) {
    Module next = module->imports()[0].cast<Module>();
    module->ClearImports();
    module = next;
  }
}

TEST(Module, ErrorOfALookupPropagates) {
  Module root = MakeTable({});
  Module child = MakeTable({});
  AsTable(child)->on_lookup = [](const String&) { TVM_FFI_THROW(ValueError) << "broken"; };
  root->ImportModule(child);
  ExpectError("ValueError", "broken", [&] { root->GetFunction("f", true); });
}

TEST(Module, LookupMayChangeTheImportsItRunsFor) {
  Module root = MakeTable({});
  Module child = MakeTable({});
  ModuleObj* root_ptr = root.operator->();
  AsTable(child)->on_lookup = [root_ptr](const String&) { root_ptr->ClearImports(); };
  root->ImportModule(child);
  root->ImportModule(MakeTable({{"f", 1}}));
  EXPECT_EQ(root->GetFunction("f", true).value()().cast<int>(), 1);
  EXPECT_EQ(root->imports().size(), 0U);
}

// ---- imports -----------------------------------------------------------------------------------

TEST(Module, ImportRefusesCycles) {
  const std::string message = "Cyclic dependency detected during import";
  Module a = MakeTable({});
  Module b = MakeTable({});
  Module c = MakeTable({});
  ExpectError("RuntimeError", message, [&] { a->ImportModule(a); });
  a->ImportModule(b);
  b->ImportModule(c);
  ExpectError("RuntimeError", message, [&] { c->ImportModule(a); });
  EXPECT_EQ(a->imports().size(), 1U);
  EXPECT_EQ(c->imports().size(), 0U);
}

TEST(Module, ImportingTwiceGivesTwoEntries) {
  Module a = MakeTable({});
  Module b = MakeTable({});
  a->ImportModule(b);
  a->ImportModule(b);
  EXPECT_EQ(a->imports().size(), 2U);
  a->ClearImports();
  EXPECT_EQ(a->imports().size(), 0U);
  EXPECT_EQ(b.use_count(), 1);
}

// ---- look-up by generated code -----------------------------------------------------------------

// The context variable of a library holds the ModuleObj*, not the handle.
Function Lookup(const Module& module, const char* name) {
  TVMFFIObjectHandle out = nullptr;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIEnvModLookupFromImports(module.operator->(), name, &out));
  return ffi::detail::ObjectUnsafe::ObjectRefFromObjectPtr<Function>(
      ffi::detail::ObjectUnsafe::ObjectPtrFromUnowned<ffi::Object>(
          static_cast<TVMFFIObject*>(out)));
}

TEST(ModuleLookupFromImports, FindsImportsThenGlobalsButNotOwn) {
  Module root = MakeTable({{"own", 1}});
  root->ImportModule(MakeTable({{"imported", 2}}));
  EXPECT_EQ(Lookup(root, "imported")().cast<int>(), 2);
  Function::SetGlobal("test.module.lookup", Function::FromTyped([] { return 3; }), true);
  EXPECT_EQ(Lookup(root, "test.module.lookup")().cast<int>(), 3);
  Function::RemoveGlobal("test.module.lookup");
  ExpectError("RuntimeError",
              "Cannot find function own in the imported modules or global registry.",
              [&] { Lookup(root, "own"); });
}

TEST(ModuleLookupFromImports, FirstAnswerStaysAndMissesAreNotCached) {
  Module root = MakeTable({});
  ExpectError("RuntimeError", "Cannot find function f in the imported modules or global registry.",
              [&] { Lookup(root, "f"); });
  root->ImportModule(MakeTable({{"f", 1}}));
  Function first = Lookup(root, "f");
  root->ClearImports();
  root->ImportModule(MakeTable({{"f", 2}}));
  EXPECT_TRUE(Lookup(root, "f").same_as(first));
  EXPECT_EQ(Lookup(root, "f")().cast<int>(), 1);
}

TEST(ModuleLookupFromImports, ImportedModuleMayLookUpItself) {
  Module root = MakeTable({});
  Module child = MakeTable({{"f", 1}});
  child->ImportModule(MakeTable({{"helper", 2}}));
  ModuleObj* child_ptr = child.operator->();
  AsTable(child)->on_lookup = [child_ptr](const String&) {
    TVMFFIObjectHandle out = nullptr;
    ASSERT_EQ(TVMFFIEnvModLookupFromImports(child_ptr, "helper", &out), 0);
  };
  root->ImportModule(child);
  EXPECT_EQ(Lookup(root, "f")().cast<int>(), 1);
}

TEST(ModuleLookupFromImports, ThreadsAgreeOnOneFunction) {
  Module root = MakeTable({});
  Function::SetGlobal("test.module.shared", Function::FromTyped([] { return 3; }), true);
  std::vector<TVMFFIObjectHandle> found(8);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < found.size(); ++i) {
    threads.emplace_back([&, i] {
      EXPECT_EQ(TVMFFIEnvModLookupFromImports(root.operator->(), "test.module.shared", &found[i]),
                0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (TVMFFIObjectHandle handle : found) EXPECT_EQ(handle, found[0]);
  Function::RemoveGlobal("test.module.shared");
}

TEST(ModuleLookupFromImports, MissingContextIsAnError) {
  TVMFFIObjectHandle out = nullptr;
  EXPECT_EQ(TVMFFIEnvModLookupFromImports(nullptr, "f", &out), -1);
  ffi::Error error = ffi::detail::MoveFromSafeCallRaised();
  EXPECT_EQ(error.kind(), "InternalError");
  EXPECT_TRUE(Contains(error.message(), "`f`")) << error.message();
}

// ---- pinning -----------------------------------------------------------------------------------

class NotifyingModuleObj : public TableModuleObj {
 public:
  explicit NotifyingModuleObj(std::function<void()> on_destroy)
      : TableModuleObj({}), on_destroy_(std::move(on_destroy)) {}
  ~NotifyingModuleObj() { on_destroy_(); }

 private:
  std::function<void()> on_destroy_;
};

TEST(ModulePin, OneRemovalUndoesAnyNumberOfAdditions) {
  Function add = Function::GetGlobalRequired("ffi.ModuleGlobalsAdd");
  Function remove = Function::GetGlobalRequired("ffi.ModuleGlobalsRemove");
  Module module = MakeTable({});
  add(module);
  add(module);
  EXPECT_EQ(module.use_count(), 2);
  remove(module);
  EXPECT_EQ(module.use_count(), 1);
  remove(module);
  EXPECT_EQ(module.use_count(), 1);
}

TEST(ModulePin, DestructorOfAPinnedModuleMayUnpinAnother) {
  Function add = Function::GetGlobalRequired("ffi.ModuleGlobalsAdd");
  Function remove = Function::GetGlobalRequired("ffi.ModuleGlobalsRemove");
  Module other = MakeTable({});
  bool destroyed = false;
  Optional<Module> module = Module(ffi::make_object<NotifyingModuleObj>([&] {
    remove(other);
    destroyed = true;
  }));
  add(other);
  add(module.value());
  const ModuleObj* pinned = module.value().get();
  module = std::nullopt;
  remove(pinned);  // a borrowed pointer: the pin holds the last reference
  EXPECT_TRUE(destroyed);
  EXPECT_EQ(other.use_count(), 1);
}

TEST(ModulePin, ConcurrentPinsAndUnpinsLoseNothing) {
  Function add = Function::GetGlobalRequired("ffi.ModuleGlobalsAdd");
  Function remove = Function::GetGlobalRequired("ffi.ModuleGlobalsRemove");
  Module shared = MakeTable({});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        Module own = MakeTable({});
        add(own);
        add(shared);
        remove(own);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared.use_count(), 2);
  remove(shared);
  EXPECT_EQ(shared.use_count(), 1);
}

// ---- context symbols ---------------------------------------------------------------------------

TEST(ModuleContextSymbols, VisitedInOrderWithDuplicates) {
  static int a, b;
  ASSERT_EQ(TVMFFIEnvModRegisterContextSymbol("test_visit_symbol", &a), 0);
  ASSERT_EQ(TVMFFIEnvModRegisterContextSymbol("test_visit_symbol", &b), 0);
  std::vector<void*> seen;
  Module::VisitContextSymbols([&](String name, void* value) {
    if (name == "test_visit_symbol") seen.push_back(value);
  });
  EXPECT_EQ(seen, (std::vector<void*>{&a, &b}));
}

TEST(ModuleContextSymbols, ErrorOfAVisitorEndsTheWalk) {
  ASSERT_EQ(TVMFFIEnvModRegisterContextSymbol("test_visit_symbol", nullptr), 0);
  ASSERT_EQ(TVMFFIEnvModRegisterContextSymbol("test_visit_symbol", nullptr), 0);
  int visits = 0;
  ExpectError("ValueError", "stop", [&] {
    Module::VisitContextSymbols([&](String, void*) {
      ++visits;
      TVM_FFI_THROW(ValueError) << "stop";
    });
  });
  EXPECT_EQ(visits, 1);
}

TEST(ModuleContextSymbols, ConcurrentRegistrationAndVisitsSeeWholeEntries) {
  static int slot;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int round = 0; round < 20; ++round) {
        if (i % 2 == 0) {
          EXPECT_EQ(TVMFFIEnvModRegisterContextSymbol("test_visit_concurrent", &slot), 0);
        }
        Module::VisitContextSymbols([](String name, void* value) {
          if (name != "test_visit_concurrent") return;
          EXPECT_EQ(value, &slot);
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int seen = 0;
  Module::VisitContextSymbols([&](String name, void*) { seen += name == "test_visit_concurrent"; });
  EXPECT_EQ(seen, 40);
}

TEST(ModuleContextSymbols, VisitorMayRegister) {
  ASSERT_EQ(TVMFFIEnvModRegisterContextSymbol("test_visit_nested", nullptr), 0);
  int visits = 0;
  Module::VisitContextSymbols([&](String, void*) {
    ++visits;
    ASSERT_EQ(TVMFFIEnvModRegisterContextSymbol("test_visit_nested", nullptr), 0);
  });
  int after = 0;
  Module::VisitContextSymbols([&](String, void*) { ++after; });
  EXPECT_EQ(after, 2 * visits);
}

// ---- global functions --------------------------------------------------------------------------

TEST(ModuleGlobals, DoWhatTheMembersDo) {
  auto call = [](const char* name) { return Function::GetGlobalRequired(name); };
  Module module = MakeTable({{"f", 4}});
  EXPECT_EQ(call("ffi.ModuleGetKind")(module).cast<String>(), "table");
  EXPECT_EQ(call("ffi.ModuleGetPropertyMask")(module).cast<int>(), 0);
  EXPECT_TRUE(call("ffi.ModuleImplementsFunction")(module, "f", false).cast<bool>());
  EXPECT_EQ(call("ffi.ModuleGetFunction")(module, "f", false).cast<Function>()().cast<int>(), 4);
  EXPECT_EQ(call("ffi.ModuleGetFunction")(module, "g", true), nullptr);
  EXPECT_EQ(call("ffi.ModuleGetFunctionDoc")(module, "f", true), nullptr);
  EXPECT_EQ(call("ffi.ModuleGetFunctionMetadata")(module, "f", true), nullptr);
  EXPECT_EQ(call("ffi.ModuleInspectSource")(module, "").cast<String>(), "");
  EXPECT_EQ(call("ffi.ModuleGetWriteFormats")(module).cast<Array<String>>().size(), 0U);
  call("ffi.ModuleImportModule")(module, MakeTable({}));
  EXPECT_EQ(module->imports().size(), 1U);
  call("ffi.ModuleClearImports")(module);
  EXPECT_EQ(module->imports().size(), 0U);
  ExpectError("RuntimeError", "Module[table] does not support WriteToFile",
              [&] { call("ffi.ModuleWriteToFile")(module, "a", "b"); });
}

TEST(ModuleGlobals, RefuseNone) {
  ExpectError(
      "TypeError",
      "Mismatched type on argument #1 when calling: `ffi.ModuleImportModule(0: ffi.Module, "
      "1: ffi.Module) -> void`. Expected `ffi.Module` but got `None`",
      [] { Function::GetGlobalRequired("ffi.ModuleImportModule")(MakeTable({}), nullptr); });
}

TEST(ModuleGlobals, SchemasArePublished) {
  auto metadata = [](const char* name) -> std::string {
    return Function::GetGlobalRequired("ffi.GetGlobalFuncMetadata")(name).cast<String>();
  };
  EXPECT_EQ(
      metadata("ffi.ModuleLoadFromBytes"),
      R"({"type_schema":"{\"type\":\"ffi.Function\",\"named_args\":{\"return\":[{\"type\":)"
      R"(\"ffi.Module\"}],\"params\":[{\"type\":\"ffi.String\"},{\"type\":\"ffi.Bytes\"}]}}"})");
}

}  // namespace

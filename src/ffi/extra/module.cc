// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/extra/module.cc
 * \brief Module members that are not inline, pinned modules, loading by file format, and the
 * globals.
 *
 * No lock is held while code of a module runs (its GetFunction, its destructor, a loader), so any
 * of these may call back into this file.
 */
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../fork_safe_mutex.h"
#include "module_internal.h"

namespace tvm {
namespace ffi {
namespace {

// ---- search ------------------------------------------------------------------------------------

/*!
 * \brief Visit modules depth first in order of import, each once, until `visit` returns true.
 *
 * Uses a heap-allocated stack of strong references: long import chains do not overflow the thread's
 * stack, and what `visit` does to the imports of a module cannot pull one from under the walk.
 *
 * \param roots The modules to start from, in order; elements are Module values.
 * \return Whether a visit returned true.
 */
template <typename FVisit>
bool VisitReachable(const Array<Any>& roots, FVisit visit) {
  std::unordered_set<const ModuleObj*> visited;
  std::vector<Module> stack;
  auto push_reversed = [&stack](const Array<Any>& modules) {
    for (size_t i = modules.size(); i > 0; --i) {
      stack.push_back(modules[static_cast<int64_t>(i - 1)].cast<Module>());
    }
  };
  push_reversed(roots);
  while (!stack.empty()) {
    Module module = std::move(stack.back());
    stack.pop_back();
    if (!visited.insert(module.get()).second) continue;
    if (visit(module.get())) return true;
    push_reversed(module->imports());
  }
  return false;
}

bool HasAnswer(bool answer) { return answer; }
template <typename T>
bool HasAnswer(const Optional<T>& answer) {
  return answer.has_value();
}

/*! \brief Ask a module and then, if wanted, everything it imports; the first answer counts. */
template <typename FAsk>
auto AskModules(ModuleObj* root, bool query_imports, FAsk ask) {
  auto answer = ask(root);
  if (HasAnswer(answer) || !query_imports || root->imports().empty()) return answer;
  VisitReachable(root->imports(), [&](ModuleObj* module) {
    if (module == root) return false;
    answer = ask(module);
    return HasAnswer(answer);
  });
  return answer;
}

// ---- pinned modules ----------------------------------------------------------------------------

/*! \brief Modules that stay alive for the process, by identity. */
class PinnedModules {
 public:
  /*! \brief Never destroyed: functions of pinned libraries stay callable during static destruction.
   */
  static PinnedModules* Global() {
    static PinnedModules* instance = new PinnedModules();
    return instance;
  }

  void Add(const Module& module) {
    std::lock_guard<ForkSafeMutex> lock(mutex_);
    modules_.emplace(module.get(), module);
  }

  void Remove(const Module& module) {
    // Outlives the lock: releasing the last reference may run destructors of a whole library.
    decltype(modules_)::node_type released;
    std::lock_guard<ForkSafeMutex> lock(mutex_);
    released = modules_.extract(module.get());
  }

 private:
  ForkSafeMutex mutex_;
  std::unordered_map<const ModuleObj*, Module> modules_;
};

// ---- globals -----------------------------------------------------------------------------------

void RegisterModuleFunctions() {
  namespace refl = tvm::ffi::reflection;
  refl::GlobalDef()
      .def("ffi.ModuleLoadFromFile", &Module::LoadFromFile)
      .def("ffi.ModuleLoadFromBytes", &Module::LoadFromBytes)
      .def("ffi.ModuleImplementsFunction",
           [](const Module& module, const String& name, bool query_imports) {
             return module->ImplementsFunction(name, query_imports);
           })
      .def("ffi.ModuleGetFunctionMetadata",
           [](const Module& module, const String& name, bool query_imports) {
             return module->GetFunctionMetadata(name, query_imports);
           })
      .def("ffi.ModuleGetFunctionDoc",
           [](const Module& module, const String& name, bool query_imports) {
             return module->GetFunctionDoc(name, query_imports);
           })
      .def("ffi.ModuleGetFunction",
           [](const Module& module, const String& name, bool query_imports) {
             return module->GetFunction(name, query_imports);
           })
      .def("ffi.ModuleGetPropertyMask",
           [](const Module& module) { return module->GetPropertyMask(); })
      .def("ffi.ModuleInspectSource",
           [](const Module& module, const String& format) { return module->InspectSource(format); })
      .def("ffi.ModuleGetKind", [](const Module& module) { return String(module->kind()); })
      .def("ffi.ModuleGetWriteFormats",
           [](const Module& module) { return module->GetWriteFormats(); })
      .def("ffi.ModuleWriteToFile",
           [](const Module& module, const String& file_name, const String& format) {
             module->WriteToFile(file_name, format);
           })
      .def("ffi.ModuleImportModule",
           [](const Module& module, const Module& other) { module->ImportModule(other); })
      .def("ffi.ModuleClearImports", [](const Module& module) { module->ClearImports(); })
      .def("ffi.ModuleGlobalsAdd",
           [](const Module& module) { PinnedModules::Global()->Add(module); })
      .def("ffi.ModuleGlobalsRemove",
           [](const Module& module) { PinnedModules::Global()->Remove(module); });
}

}  // namespace

// ---- ModuleObj ---------------------------------------------------------------------------------

Optional<Function> ModuleObj::GetFunction(const String& name, bool query_imports) {
  return AskModules(this, query_imports, [&](ModuleObj* m) { return m->GetFunction(name); });
}

bool ModuleObj::ImplementsFunction(const String& name, bool query_imports) {
  return AskModules(this, query_imports, [&](ModuleObj* m) { return m->ImplementsFunction(name); });
}

Optional<String> ModuleObj::GetFunctionDoc(const String& name, bool query_imports) {
  return AskModules(this, query_imports, [&](ModuleObj* m) { return m->GetFunctionDoc(name); });
}

Optional<String> ModuleObj::GetFunctionMetadata(const String& name, bool query_imports) {
  return AskModules(this, query_imports,
                    [&](ModuleObj* m) { return m->GetFunctionMetadata(name); });
}

void ModuleObj::ImportModule(const Module& other) {
  const bool reaches_this =
      VisitReachable({Any(other)}, [this](const ModuleObj* module) { return module == this; });
  if (reaches_this) {
    TVM_FFI_THROW(RuntimeError) << "Cyclic dependency detected during import";
  }
  imports_.push_back(other);
}

void ModuleObj::ClearImports() {
  // Swapped out first: destructors of the imports must find this module in a consistent state.
  Array<Any> released;
  std::swap(released, imports_);
}

void* ModuleObj::InternalUnsafe::GetFunctionFromImports(ModuleObj* module, const char* name) {
  static ForkSafeMutex* mutex = new ForkSafeMutex();  // guards the caches of all modules
  const String key(name);
  auto cached = [&]() -> void* {
    auto it = module->import_lookup_cache_.find(key);
    if (it == module->import_lookup_cache_.end()) return nullptr;
    return detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef((*it).second);
  };
  {
    std::lock_guard<ForkSafeMutex> lock(*mutex);
    if (void* handle = cached()) return handle;
  }
  // The module itself is not asked: it is the code that wants the function.
  Optional<Function> found;
  VisitReachable(module->imports_, [&](ModuleObj* imported) {
    found = imported->GetFunction(key);
    return found.has_value();
  });
  if (!found.has_value()) {
    std::optional<Function> global = Function::GetGlobal(key);
    if (!global.has_value()) {
      TVM_FFI_THROW(RuntimeError) << "Cannot find function " << name
                                  << " in the imported modules or global registry.";
    }
    found = *std::move(global);
  }
  std::lock_guard<ForkSafeMutex> lock(*mutex);
  // Another thread may have been faster; its answer has been handed out and must stay.
  if (void* handle = cached()) return handle;
  module->import_lookup_cache_.Set(key, *found);
  return cached();
}

void ModuleObj::InternalUnsafe::RegisterReflection() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<ModuleObj>().def_ro("imports_", &ModuleObj::imports_);
}

// ---- Module ------------------------------------------------------------------------------------

Module Module::LoadFromFile(const String& file_name) {
  const std::string path = file_name;
  const size_t dot = path.rfind('.');
  if (dot == std::string::npos) {
    TVM_FFI_THROW(RuntimeError) << "Failed to get file format from " << path;
  }
  std::string format = path.substr(dot + 1);
  if (format == "dll" || format == "dylib" || format == "dso") format = "so";
  const std::string key = "ffi.Module.load_from_file." + format;
  const std::optional<Function> loader = Function::GetGlobal(key);
  if (!loader.has_value()) {
    // The two missing blanks belong to the published text.
    TVM_FFI_THROW(RuntimeError)
        << "Loader for `." << format << "` files is not registered, resolved to (" << key
        << ") in the global registry.Ensure that you have loaded the correct runtime code, and"
        << "that you are on the correct hardware architecture.";
  }
  return (*loader)(file_name, String(format)).cast<Module>();
}

TVM_FFI_STATIC_INIT_BLOCK() {
  ModuleObj::InternalUnsafe::RegisterReflection();
  RegisterModuleFunctions();
}

}  // namespace ffi
}  // namespace tvm

int TVMFFIEnvModLookupFromImports(TVMFFIObjectHandle library_ctx, const char* func_name,
                                  TVMFFIObjectHandle* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  TVM_FFI_ICHECK(library_ctx != nullptr)
      << "The module of this library, which imports `" << func_name << "`, is no longer loaded";
  // The context variable of a library holds the ModuleObj* itself, not an object handle.
  *out = tvm::ffi::ModuleObj::InternalUnsafe::GetFunctionFromImports(
      static_cast<tvm::ffi::ModuleObj*>(library_ctx), func_name);
  TVM_FFI_SAFE_CALL_END();
}

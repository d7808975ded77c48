// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/extra/library_module.cc
 * \brief Modules over an opened library, the modules embedded in it, and the dispatch by kind.
 *
 * The blob format and the symbol names are shared with compilers that emit libraries; see
 * buffer_stream.h for the encoding of its values.
 */
#include <tvm/ffi/cast.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/memory.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../fork_safe_mutex.h"
#include "../registration_count.h"
#include "buffer_stream.h"
#include "module_internal.h"

namespace tvm {
namespace ffi {
namespace {

// ---- library modules ---------------------------------------------------------------------------

/*!
 * \brief A function exported by a library; keeps the module, and so the library, alive.
 *
 * Has only the C entry point: an error of the library reaches a caller in another language without
 * being thrown and caught on the way.
 */
class LibraryFunctionObj : public FunctionObj {
 public:
  LibraryFunctionObj(TVMFFISafeCallType symbol, Module module)
      : symbol_(symbol), module_(std::move(module)) {
    this->safe_call = &LibraryFunctionObj::SafeCall;
    this->cpp_call = nullptr;
  }

 private:
  static int SafeCall(void* handle, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
    TVM_FFI_SAFE_CALL_BEGIN();
    TVM_FFI_ICHECK_LT(result->type_index, TypeIndex::kTVMFFIStaticObjectBegin);
    auto* self = detail::ObjectUnsafe::RawObjectPtrFromUnowned<LibraryFunctionObj>(
        static_cast<TVMFFIObject*>(handle));
    return (*self->symbol_)(nullptr, args, num_args, result);
    TVM_FFI_SAFE_CALL_END();
  }

  TVMFFISafeCallType symbol_;
  Module module_;
};

/*!
 * \brief Module whose functions are the exported symbols of a library.
 *
 * Its address stands in the context variable of the library, if the library has one, until the
 * module is gone or a later module of the same library replaces it.
 */
class LibraryModuleObj final : public ModuleObj {
 public:
  explicit LibraryModuleObj(std::shared_ptr<Library> library)
      : library_(std::move(library)),
        library_ctx_(static_cast<void**>(library_->GetSymbol(symbol::tvm_ffi_library_ctx))) {
    if (library_ctx_ != nullptr) *library_ctx_ = static_cast<ModuleObj*>(this);
  }

  // No virtual destructor is needed: the deleter knows the class.
  ~LibraryModuleObj() {
    if (library_ctx_ != nullptr && *library_ctx_ == static_cast<ModuleObj*>(this)) {
      *library_ctx_ = nullptr;
    }
  }

  const char* kind() const final { return "library"; }

  int GetPropertyMask() const final { return Module::kBinarySerializable | Module::kRunnable; }

  Optional<Function> GetFunction(const String& name) final {
    auto symbol = reinterpret_cast<TVMFFISafeCallType>(
        library_->GetFunctionSymbol({name.data(), name.size()}));
    if (symbol == nullptr) return std::nullopt;
    return detail::ObjectUnsafe::ObjectRefFromObjectPtr<Function>(
        make_object<LibraryFunctionObj>(symbol, GetRef<Module>(this)));
  }

  Optional<String> GetFunctionMetadata(const String& name) final {
    return CallGetter(symbol::tvm_ffi_metadata_prefix, name);
  }

  Optional<String> GetFunctionDoc(const String& name) final {
    return CallGetter(symbol::tvm_ffi_doc_prefix, name);
  }

 private:
  Optional<String> CallGetter(const char* prefix, const String& name) {
    void* symbol = library_->GetSymbol(std::string(prefix).append(name.data(), name.size()));
    if (symbol == nullptr) return std::nullopt;
    return Function::InvokeExternC(nullptr, reinterpret_cast<TVMFFISafeCallType>(symbol))
        .cast<String>();
  }

  std::shared_ptr<Library> library_;
  void** library_ctx_;
};

Module MakeLibraryModule(const std::shared_ptr<Library>& library) {
  return Module(make_object<LibraryModuleObj>(library));
}

// ---- context symbols ---------------------------------------------------------------------------

/*! \brief The values that are written into libraries as they are opened. */
class ContextSymbols {
 public:
  using Entry = std::pair<String, void*>;

  /*! \brief Never destroyed: libraries may be opened during static destruction. */
  static ContextSymbols* Global() {
    static ContextSymbols* instance = new ContextSymbols();
    return instance;
  }

  void Add(const char* name, void* value) {
    std::lock_guard<ForkSafeMutex> lock(mutex_);
    entries_.emplace_back(String(name), value);
  }

  /*! \brief A copy, so that visitors run without the lock and may register more. */
  std::vector<Entry> Snapshot() {
    std::lock_guard<ForkSafeMutex> lock(mutex_);
    return entries_;
  }

 private:
  ForkSafeMutex mutex_;
  std::vector<Entry> entries_;
};

void FillContextSymbols(Library* library) {
  for (const auto& [name, value] : ContextSymbols::Global()->Snapshot()) {
    if (void* variable = library->GetSymbol(name)) {
      *static_cast<void**>(variable) = value;
    }
  }
}

// ---- embedded modules --------------------------------------------------------------------------

/*!
 * \brief Load an embedded module; whatever code comes out of the loader stays mapped.
 *
 * The loader may be part of the library being read. A module, or an error, whose class is compiled
 * into a library does not keep that library open, so its image is kept: dropping the library module
 * before the module it imported would otherwise run unmapped code.
 */
Module LoadEmbeddedModule(const String& kind, const Bytes& module_bytes,
                          const void* library_symbol) {
  auto deleter_of = [](const ObjectRef& ref) {
    return reinterpret_cast<const void*>(
        detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(ref)->deleter);
  };
  try {
    Module module = LoadModuleFromBytes(kind, module_bytes);
    KeepImageMapped(deleter_of(module));
    return module;
  } catch (const Error& error) {
    KeepImageMapped(deleter_of(error));
    throw;
  } catch (...) {
    KeepImageMapped(library_symbol);
    throw;
  }
}

/*!
 * \brief Read the modules embedded in a library.
 *
 * Imports are wired after all modules exist, directly rather than through ImportModule: that is how
 * the format is defined, and it admits import cycles.
 *
 * \param blob Address of the blob, whose first 8 bytes count the following ones.
 * \param library The library that holds it.
 * \return The first module.
 */
Module ReadEmbeddedModules(const char* blob, const std::shared_ptr<Library>& library) {
  BufferInStream stream(blob + sizeof(uint64_t), LoadLittleEndian64(blob));
  // Adjacency in compressed rows: module i imports the children import_tree_indptr[i] up to, not
  // including, import_tree_indptr[i + 1]. The names below appear in the published messages.
  UInt64VectorView import_tree_indptr;
  UInt64VectorView import_tree_child_indices;
  TVM_FFI_ICHECK(stream.Read(&import_tree_indptr));
  TVM_FFI_ICHECK(stream.Read(&import_tree_child_indices));
  TVM_FFI_ICHECK(import_tree_indptr.size() >= 2)
      << "an embedded-module blob holds at least one module";

  std::vector<Module> modules;
  for (uint64_t i = 0; i + 1 < import_tree_indptr.size(); ++i) {
    String kind;
    TVM_FFI_ICHECK(stream.Read(&kind));
    if (kind == "_lib") {
      modules.push_back(MakeLibraryModule(library));
      continue;
    }
    Bytes module_bytes;
    TVM_FFI_ICHECK(stream.Read(&module_bytes));
    modules.push_back(LoadEmbeddedModule(kind, module_bytes, blob));
  }

  // All checks come before all imports: a cycle that is left half way would never be released.
  for (uint64_t i = 0; i < modules.size(); ++i) {
    for (uint64_t j = import_tree_indptr[i]; j < import_tree_indptr[i + 1]; ++j) {
      TVM_FFI_ICHECK(j < import_tree_child_indices.size());
      const uint64_t child_index = import_tree_child_indices[j];
      TVM_FFI_ICHECK(child_index < modules.size());
    }
  }
  for (uint64_t i = 0; i < modules.size(); ++i) {
    Array<Any>* imports = ModuleObj::InternalUnsafe::GetImports(modules[i].operator->());
    for (uint64_t j = import_tree_indptr[i]; j < import_tree_indptr[i + 1]; ++j) {
      imports->push_back(modules[import_tree_child_indices[j]]);
    }
  }
  return modules[0];
}

// ---- dispatch ----------------------------------------------------------------------------------

constexpr std::string_view kLoadFromBytesPrefix = "ffi.Module.load_from_bytes.";

/*! \brief The kinds that have a loader now, for messages: sorted, comma separated. */
std::string ListLoadableKinds() {
  std::vector<std::string> kinds;
  for (const String& name : Function::ListGlobalNames()) {
    const std::string_view view(name.data(), name.size());
    if (view.substr(0, kLoadFromBytesPrefix.size()) == kLoadFromBytesPrefix) {
      kinds.emplace_back(view.substr(kLoadFromBytesPrefix.size()));
    }
  }
  std::sort(kinds.begin(), kinds.end());
  std::string text;
  for (const std::string& kind : kinds) {
    text.append(text.empty() ? "" : ", ").append(kind);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

Module LoadModuleFromBytes(const String& kind, const Bytes& bytes) {
  const std::string key = std::string(kLoadFromBytesPrefix).append(kind.data(), kind.size());
  const std::optional<Function> loader = Function::GetGlobal(key);
  if (!loader.has_value()) {
    TVM_FFI_THROW(RuntimeError) << "Library binary was created using {" << kind
                                << "} but a loader of that name is not registered. Make sure to "
                                   "have runtime that registers "
                                << key << ". Kinds registered now: " << ListLoadableKinds();
  }
  return (*loader)(bytes).cast<Module>();
}

Module CreateLibraryModule(const std::shared_ptr<Library>& library) {
  FillContextSymbols(library.get());
  if (void* blob = library->GetSymbol(symbol::tvm_ffi_library_bin)) {
    return ReadEmbeddedModules(static_cast<const char*>(blob), library);
  }
  return MakeLibraryModule(library);
}

Module Module::LoadFromBytes(const String& kind, const Bytes& bytes) {
  return LoadModuleFromBytes(kind, bytes);
}

void Module::VisitContextSymbols(const TypedFunction<void(String, void*)>& callback) {
  for (const auto& [name, value] : ContextSymbols::Global()->Snapshot()) {
    callback(name, value);
  }
}

}  // namespace ffi
}  // namespace tvm

int TVMFFIEnvModRegisterContextSymbol(const char* name, void* symbol) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CountRegistration();
  tvm::ffi::ContextSymbols::Global()->Add(name, symbol);
  TVM_FFI_SAFE_CALL_END();
}

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/extra/library_module_system_lib.cc
 * \brief The system library: symbols of statically linked code, registered by name.
 *
 * There is one module per prefix, made on first use and kept for the process. Making one may run
 * loaders of embedded modules, so no lock is held meanwhile; see SystemLibModules.
 */
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "../fork_safe_mutex.h"
#include "../maker_table.h"
#include "../registration_count.h"
#include "module_internal.h"

namespace tvm {
namespace ffi {
namespace {

/*! \brief The process-wide table of registered symbols. */
class SystemLibSymbols {
 public:
  /*! \brief Never destroyed: functions are looked up during static destruction, too. */
  static SystemLibSymbols* Global() {
    static SystemLibSymbols* instance = new SystemLibSymbols();
    return instance;
  }

  void Set(const char* name, void* symbol) {
    void* replaced;
    {
      std::lock_guard<ForkSafeMutex> lock(mutex_);
      auto [it, inserted] = symbols_.emplace(name, symbol);
      if (inserted || it->second == symbol) return;
      replaced = std::exchange(it->second, symbol);
    }
    std::fprintf(stderr,
                 "Warning:SystemLib symbol %s get overriden to a different address %p->%p\n", name,
                 symbol, replaced);
  }

  void* Get(const std::string& name) {
    std::lock_guard<ForkSafeMutex> lock(mutex_);
    auto it = symbols_.find(name);
    return it != symbols_.end() ? it->second : nullptr;
  }

 private:
  ForkSafeMutex mutex_;
  std::unordered_map<std::string, void*> symbols_;
};

/*! \brief View of the table in which names with a prefix come first. */
class SystemLibrary final : public Library {
 public:
  explicit SystemLibrary(std::string prefix) : prefix_(std::move(prefix)) {}

  void* GetSymbol(const std::string& name) final {
    if (void* symbol = SystemLibSymbols::Global()->Get(prefix_ + name)) return symbol;
    return SystemLibSymbols::Global()->Get(name);
  }

  void* GetFunctionSymbol(std::string_view name) final {
    const std::string plain = symbol::tvm_ffi_symbol_prefix;
    std::string prefixed = (plain + prefix_).append(name);
    if (void* symbol = SystemLibSymbols::Global()->Get(prefixed)) return symbol;
    return SystemLibSymbols::Global()->Get(std::string(plain).append(name));
  }

 private:
  std::string prefix_;
};

/*!
 * \brief The modules by prefix, each made once.
 *
 * While a thread makes a module, other threads that ask for the same prefix wait for it. A loader
 * may ask for system libraries itself; if that could never end (the thread, or one that waits for
 * it, is making the wanted module) the request is refused instead of waiting.
 */
class SystemLibModules {
 public:
  static SystemLibModules* Global() {
    static SystemLibModules* instance = new SystemLibModules();
    return instance;
  }

  Module Get(const std::string& prefix) {
    using Turn = MakerTable<std::string>::Turn;
    std::unique_lock<ForkSafeMutex> lock(mutex_);
    Turn turn = Turn::kLook;
    while (turn == Turn::kLook) {
      if (auto it = modules_.find(prefix); it != modules_.end()) return it->second;
      turn = makers_.Begin(prefix, &lock);
    }
    if (turn == Turn::kNever) {
      TVM_FFI_THROW(RuntimeError)
          << "System library with prefix `" << prefix
          << "` is requested by a loader of the modules embedded in that library, before it is "
             "complete";
    }
    lock.unlock();
    try {
      Module module = CreateLibraryModule(std::make_shared<SystemLibrary>(prefix));
      lock.lock();
      modules_.emplace(prefix, module);
      makers_.Finish(prefix);
      return module;
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      makers_.Finish(prefix);
      throw;
    }
  }

 private:
  ForkSafeMutex mutex_;
  std::unordered_map<std::string, Module> modules_;
  MakerTable<std::string> makers_;
};

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::GlobalDef().def_packed("ffi.SystemLib", [](PackedArgs args, Any* result) {
    const String prefix = args.size() > 0 ? args[0].cast<String>() : String();
    *result = SystemLibModules::Global()->Get(prefix);
  });
}

}  // namespace ffi
}  // namespace tvm

int TVMFFIEnvModRegisterSystemLibSymbol(const char* name, void* symbol) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CountRegistration();
  tvm::ffi::SystemLibSymbols::Global()->Set(name, symbol);
  TVM_FFI_SAFE_CALL_END();
}

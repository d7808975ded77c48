// SPDX-License-Identifier: Apache-2.0
/*!
 * \file init_once.cc
 * \brief One-time initialisation and release of handles for code that compilers emit.
 */
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>

#include <atomic>
#include <mutex>

#include "fork_safe_mutex.h"
#include "maker_table.h"

namespace tvm {
namespace ffi {
namespace {

// Emitted code declares the handle as a plain `void*`, read here as an atomic of the same layout.
static_assert(sizeof(std::atomic<void*>) == sizeof(void*) &&
                  std::atomic<void*>::is_always_lock_free,
              "a plain pointer can be used as an atomic one");

std::atomic<void*>* AsAtomic(void** handle_addr) {
  return reinterpret_cast<std::atomic<void*>*>(handle_addr);
}

/*!
 * \brief The handles whose initialisation is going on; never destroyed, as handles may outlive
 * static objects.
 *
 * Initialising runs foreign code, which may need other handles and locks of its own, such as that
 * of an interpreter: only callers that want the same handle wait for it.
 */
class Initialisations {
 public:
  static Initialisations* Global() {
    static Initialisations* instance = new Initialisations();
    return instance;
  }

  /*! \brief Whether the caller is to initialise the handle and to call Finish: it is still NULL. */
  bool Begin(void** handle_addr) {
    using Turn = MakerTable<void**>::Turn;
    std::unique_lock<ForkSafeMutex> lock(mutex_);
    Turn turn = Turn::kLook;
    while (turn == Turn::kLook) {
      if (AsAtomic(handle_addr)->load(std::memory_order_acquire) != nullptr) return false;
      turn = makers_.Begin(handle_addr, &lock);
    }
    if (turn == Turn::kNever) {
      TVM_FFI_THROW(RuntimeError) << "init_func needs the handle that it is to initialise";
    }
    return true;
  }

  void Finish(void** handle_addr) {
    std::lock_guard<ForkSafeMutex> lock(mutex_);
    makers_.Finish(handle_addr);
  }

 private:
  ForkSafeMutex mutex_;
  MakerTable<void**> makers_;
};

/*! \brief Ends an initialisation however its scope is left. */
class FinishGuard {
 public:
  explicit FinishGuard(void** handle_addr) : handle_addr_(handle_addr) {}
  ~FinishGuard() { Initialisations::Global()->Finish(handle_addr_); }
  FinishGuard(const FinishGuard&) = delete;
  FinishGuard& operator=(const FinishGuard&) = delete;

 private:
  void** handle_addr_;
};

}  // namespace
}  // namespace ffi
}  // namespace tvm

int TVMFFIHandleInitOnce(void** handle_addr, int (*init_func)(void** result)) {
  std::atomic<void*>* handle = tvm::ffi::AsAtomic(handle_addr);
  if (handle->load(std::memory_order_acquire) != nullptr) return 0;

  TVM_FFI_SAFE_CALL_BEGIN();
  if (!tvm::ffi::Initialisations::Global()->Begin(handle_addr)) return 0;
  tvm::ffi::FinishGuard guard(handle_addr);
  void* result = nullptr;
  if (int code = init_func(&result); code != 0) return code;
  if (result == nullptr) {
    TVM_FFI_THROW(RuntimeError) << "init_func must return a non-NULL handle";
  }
  handle->store(result, std::memory_order_release);
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFIHandleDeinitOnce(void** handle_addr, int (*deinit_func)(void* handle)) {
  void* old = tvm::ffi::AsAtomic(handle_addr)->exchange(nullptr, std::memory_order_acq_rel);
  return old != nullptr ? deinit_func(old) : 0;
}

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
 * \brief Serialises all initialisations; never destroyed, as handles may outlive static objects.
 *
 * Recursive, so that initialising one handle may need another one.
 */
std::recursive_mutex& InitMutex() {
  static std::recursive_mutex* mutex = new std::recursive_mutex();
  return *mutex;
}

/*! \brief The handles whose initialisation is going on, innermost first. Guarded by InitMutex. */
class InProgress {
 public:
  explicit InProgress(void** handle_addr) : handle_addr_(handle_addr), outer_(innermost) {
    innermost = this;
  }
  ~InProgress() { innermost = outer_; }
  InProgress(const InProgress&) = delete;
  InProgress& operator=(const InProgress&) = delete;

  static bool Contains(void** handle_addr) {
    const InProgress* it = innermost;
    while (it != nullptr && it->handle_addr_ != handle_addr) it = it->outer_;
    return it != nullptr;
  }

 private:
  static InProgress* innermost;
  void** handle_addr_;
  InProgress* outer_;
};

InProgress* InProgress::innermost = nullptr;

}  // namespace
}  // namespace ffi
}  // namespace tvm

int TVMFFIHandleInitOnce(void** handle_addr, int (*init_func)(void** result)) {
  std::atomic<void*>* handle = tvm::ffi::AsAtomic(handle_addr);
  if (handle->load(std::memory_order_acquire) != nullptr) return 0;
  std::lock_guard<std::recursive_mutex> lock(tvm::ffi::InitMutex());
  if (handle->load(std::memory_order_acquire) != nullptr) return 0;

  TVM_FFI_SAFE_CALL_BEGIN();
  if (tvm::ffi::InProgress::Contains(handle_addr)) {
    TVM_FFI_THROW(RuntimeError) << "init_func needs the handle that it is to initialise";
  }
  tvm::ffi::InProgress in_progress(handle_addr);
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

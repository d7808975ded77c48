// SPDX-License-Identifier: Apache-2.0
/*!
 * \file env_c_api.cc
 * \brief Functions of the host interpreter that code below it may need: the check for signals.
 */
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>

#include <atomic>
#include <string_view>

namespace tvm {
namespace ffi {
namespace {

using FCheckSignals = int (*)();
using FGilEnsure = void* (*)();
using FGilRelease = void (*)(void*);

/*! \brief What the host registered; constant-initialised, so usable before `main`. */
struct HostAPI {
  std::atomic<FCheckSignals> check_signals{nullptr};
  std::atomic<FGilEnsure> py_gil_state_ensure{nullptr};
  std::atomic<FGilRelease> py_gil_state_release{nullptr};
};
HostAPI host_api;

/*! \brief Holds the host's lock. */
class WithHostLock {
 public:
  WithHostLock(FGilEnsure ensure, FGilRelease release) : release_(release), state_(ensure()) {}
  ~WithHostLock() {
    // NULL is the state of a thread that held the lock before: there is nothing to give back.
    if (state_ != nullptr) release_(state_);
  }
  WithHostLock(const WithHostLock&) = delete;
  WithHostLock& operator=(const WithHostLock&) = delete;

 private:
  FGilRelease release_;
  void* state_;
};

}  // namespace
}  // namespace ffi
}  // namespace tvm

int TVMFFIEnvRegisterCAPI(const char* name, void* symbol) {
  using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
  TVM_FFI_SAFE_CALL_BEGIN();
  const std::string_view key(name);
  if (key == "PyErr_CheckSignals") {
    host_api.check_signals = reinterpret_cast<FCheckSignals>(symbol);
  } else if (key == "PyGILState_Ensure") {
    host_api.py_gil_state_ensure = reinterpret_cast<FGilEnsure>(symbol);
  } else if (key == "PyGILState_Release") {
    host_api.py_gil_state_release = reinterpret_cast<FGilRelease>(symbol);
  } else {
    TVM_FFI_THROW(ValueError) << "Unknown env API " << key;
  }
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFIEnvCheckSignals() {
  using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
  FCheckSignals check_signals = host_api.check_signals;
  if (check_signals == nullptr) return 0;
  FGilEnsure ensure = host_api.py_gil_state_ensure;
  FGilRelease release = host_api.py_gil_state_release;
  if (ensure == nullptr) {
    TVM_FFI_THROW(InternalError) << "Check failed: (self->py_gil_state_ensure) is false: ";
  }
  if (release == nullptr) {
    TVM_FFI_THROW(InternalError) << "Check failed: (self->py_gil_state_release) is false: ";
  }
  WithHostLock lock(ensure, release);
  return check_signals() != 0 ? -1 : 0;
}

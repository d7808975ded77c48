// SPDX-License-Identifier: Apache-2.0
/*!
 * \file error.cc
 * \brief The per-thread slot of raised errors, and error objects made from C.
 */
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/object.h>

#include <new>
#include <optional>
#include <string>
#include <utility>

namespace tvm {
namespace ffi {
namespace {

using detail::ObjectUnsafe;

/*!
 * \brief The error raised on this thread, a strong reference, or NULL.
 *
 * A plain pointer, so that the slot works at any time, also in destructors that run while the
 * thread ends; what is raised after the guard below has run stays there.
 */
thread_local TVMFFIObjectHandle raised_error = nullptr;

/*! \brief Releases the slot when the thread ends. */
struct RaisedErrorGuard {
  bool armed = false;
  ~RaisedErrorGuard() { ObjectUnsafe::DecRefObjectHandle(std::exchange(raised_error, nullptr)); }
};
thread_local RaisedErrorGuard raised_error_guard;

/*! \brief Takes over `error` and releases what the slot held before. */
void StoreRaised(TVMFFIObjectHandle error) {
  // The old error may run foreign code when it dies, and that may look at the slot.
  TVMFFIObjectHandle old = std::exchange(raised_error, error);
  if (error != nullptr) raised_error_guard.armed = true;
  ObjectUnsafe::DecRefObjectHandle(old);
}

std::string ToString(const TVMFFIByteArray& text) { return std::string(text.data, text.size); }

void RaiseWithBacktrace(const char* kind, std::string message) {
  Error error(kind != nullptr ? kind : "RuntimeError", std::move(message),
              TVMFFIBacktrace(nullptr, 0, nullptr, 0));
  StoreRaised(ObjectUnsafe::MoveObjectRefToTVMFFIObjectPtr(std::move(error)));
}

/*! \brief Whether a handle, which is not NULL, belongs to an error. No type can derive from it. */
bool IsError(TVMFFIObjectHandle handle) {
  return TVMFFIObjectGetTypeIndex(handle) == TypeIndex::kTVMFFIError;
}

std::string TypeKeyOf(TVMFFIObjectHandle handle) {
  return TypeIndexToTypeKey(TVMFFIObjectGetTypeIndex(handle));
}

/*! \brief New reference to an optional borrowed object. */
template <typename RefType>
std::optional<RefType> OptionalRef(TVMFFIObjectHandle handle) {
  if (handle == nullptr) return std::nullopt;
  return ObjectUnsafe::ObjectRefFromObjectPtr<RefType>(
      ObjectUnsafe::ObjectPtrFromUnowned<Object>(static_cast<TVMFFIObject*>(handle)));
}

}  // namespace
}  // namespace ffi
}  // namespace tvm

using tvm::ffi::Error;
using tvm::ffi::ObjectRef;

void TVMFFIErrorSetRaised(TVMFFIObjectHandle error) {
  if (error != nullptr) {
    // Whoever catches it reads the cell of an error.
    if (!tvm::ffi::IsError(error)) {
      tvm::ffi::RaiseWithBacktrace(
          "TypeError",
          "Cannot raise an object of type `" + tvm::ffi::TypeKeyOf(error) + "`, only `ffi.Error`");
      return;
    }
    tvm::ffi::ObjectUnsafe::IncRefObjectHandle(error);
  }
  tvm::ffi::StoreRaised(error);
}

void TVMFFIErrorMoveFromRaised(TVMFFIObjectHandle* result) {
  *result = std::exchange(tvm::ffi::raised_error, nullptr);
}

void TVMFFIErrorSetRaisedFromCStr(const char* kind, const char* message) {
  tvm::ffi::RaiseWithBacktrace(kind, message != nullptr ? message : "");
}

void TVMFFIErrorSetRaisedFromCStrParts(const char* kind, const char** message_parts,
                                       int32_t num_parts) {
  std::string message;
  for (int32_t i = 0; i < num_parts; ++i) {
    if (message_parts[i] != nullptr) message.append(message_parts[i]);
  }
  tvm::ffi::RaiseWithBacktrace(kind, std::move(message));
}

int TVMFFIErrorCreate(const TVMFFIByteArray* kind, const TVMFFIByteArray* message,
                      const TVMFFIByteArray* backtrace, TVMFFIObjectHandle* out) {
  return TVMFFIErrorCreateWithCauseAndExtraContext(kind, message, backtrace, nullptr, nullptr, out);
}

int TVMFFIErrorCreateWithCauseAndExtraContext(
    const TVMFFIByteArray* kind, const TVMFFIByteArray* message, const TVMFFIByteArray* backtrace,
    TVMFFIObjectHandle cause_chain, TVMFFIObjectHandle extra_context, TVMFFIObjectHandle* out) {
  TVM_FFI_LOG_EXCEPTION_CALL_BEGIN();
  try {
    if (cause_chain != nullptr && !tvm::ffi::IsError(cause_chain)) {
      tvm::ffi::RaiseWithBacktrace("TypeError", "The cause of an error must be `ffi.Error`, not `" +
                                                    tvm::ffi::TypeKeyOf(cause_chain) + "`");
      return -1;
    }
    Error error(tvm::ffi::ToString(*kind), tvm::ffi::ToString(*message),
                tvm::ffi::ToString(*backtrace), tvm::ffi::OptionalRef<Error>(cause_chain),
                tvm::ffi::OptionalRef<ObjectRef>(extra_context));
    *out = tvm::ffi::ObjectUnsafe::MoveObjectRefToTVMFFIObjectPtr(std::move(error));
    return 0;
  } catch (const std::bad_alloc&) {
    return -1;  // there may be no memory for an error either, so the slot is left alone
  }
  TVM_FFI_LOG_EXCEPTION_CALL_END(TVMFFIErrorCreateWithCauseAndExtraContext);
}

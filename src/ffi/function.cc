// SPDX-License-Identifier: Apache-2.0
/*!
 * \file function.cc
 * \brief C functions on function objects, and the process-wide table of global functions.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fork_safe_mutex.h"
#include "registration_count.h"

namespace tvm {
namespace ffi {
namespace {

/*!
 * \brief Name to function. Usable before `main`; never destroyed, as functions may belong to an
 *  interpreter that is gone by then.
 *
 * No function is released while the lock is held: that may run foreign code which comes back here.
 */
class GlobalFunctionTable {
 public:
  struct Entry {
    std::string doc;
    std::string metadata;
    int64_t flags = 0;
    Function func;
    /*! \brief Orders the names by registration; an override keeps its place. */
    uint64_t sequence = 0;
  };

  static GlobalFunctionTable* Global() {
    static GlobalFunctionTable* table = new GlobalFunctionTable();
    return table;
  }

  /*! \brief Adds or replaces an entry. Returns false, with nothing changed, if the name is taken.
   */
  bool Set(std::string_view name, Entry entry, bool allow_override) {
    std::string key(name);
    std::unique_lock<ForkSafeMutex> lock(mutex_);
    auto [it, inserted] = entries_.try_emplace(std::move(key));
    if (!inserted && !allow_override) return false;
    entry.sequence = inserted ? next_sequence_++ : it->second.sequence;
    std::swap(it->second, entry);
    lock.unlock();
    return true;  // `entry`, now the old one, dies after the lock is gone
  }

  bool Remove(std::string_view name) {
    std::string key(name);
    std::unique_lock<ForkSafeMutex> lock(mutex_);
    auto node = entries_.extract(key);
    lock.unlock();
    return !node.empty();
  }

  /*! \brief New reference to a function, null if there is none of that name. */
  Function Get(std::string_view name) const {
    std::string key(name);
    std::shared_lock<ForkSafeMutex> lock(mutex_);
    auto it = entries_.find(key);
    return it != entries_.end() ? it->second.func : Function(nullptr);
  }

  /*! \brief Metadata text of a function, or nothing if there is none of that name. */
  std::optional<std::string> GetMetadata(std::string_view name) const {
    std::string key(name);
    std::shared_lock<ForkSafeMutex> lock(mutex_);
    auto it = entries_.find(key);
    if (it == entries_.end()) return std::nullopt;
    return it->second.metadata;
  }

  /*! \brief All names in the order of registration. */
  std::vector<std::string> ListNames() const {
    std::vector<std::pair<uint64_t, std::string>> found;
    {
      std::shared_lock<ForkSafeMutex> lock(mutex_);
      found.reserve(entries_.size());
      for (const auto& [name, entry] : entries_) found.emplace_back(entry.sequence, name);
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> names;
    names.reserve(found.size());
    for (auto& item : found) names.push_back(std::move(item.second));
    return names;
  }

 private:
  GlobalFunctionTable() = default;

  mutable ForkSafeMutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  uint64_t next_sequence_ = 0;
};

std::string ToString(const TVMFFIByteArray& text) { return std::string(text.data, text.size); }
std::string_view ToView(const TVMFFIByteArray& text) {
  return std::string_view(text.data, text.size);
}

/*! \brief Snapshot of the names: a negative argument gives their number, others the name there. */
Function ListGlobalNamesFunctor() {
  return Function::FromTyped([names = GlobalFunctionTable::Global()->ListNames()](int64_t i) {
    const int64_t size = static_cast<int64_t>(names.size());
    if (i < 0) return Any(size);
    if (i >= size) TVM_FFI_THROW(IndexError) << "Index " << i << " out of bounds " << size;
    return Any(String(names[static_cast<size_t>(i)]));
  });
}

String GetGlobalFuncMetadata(const String& name) {
  std::optional<std::string> metadata =
      GlobalFunctionTable::Global()->GetMetadata(std::string_view(name.data(), name.size()));
  if (!metadata.has_value()) {
    TVM_FFI_THROW(RuntimeError) << "Global Function is not found: " << name;
  }
  return String(*std::move(metadata));
}

Function FunctionFromExternC(void* self, void* safe_call, void* deleter) {
  if (safe_call == nullptr) {
    TVM_FFI_THROW(ValueError) << "ffi.FunctionFromExternC needs a function pointer, got NULL";
  }
  return Function::FromExternC(self, reinterpret_cast<TVMFFISafeCallType>(safe_call),
                               reinterpret_cast<void (*)(void*)>(deleter));
}

thread_local uint64_t registration_count = 0;

}  // namespace

void CountRegistration() { ++registration_count; }

uint64_t NumRegistrations() { return registration_count; }

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::GlobalDef()
      .def("ffi.FunctionRemoveGlobal",
           [](const String& name) {
             return GlobalFunctionTable::Global()->Remove(
                 std::string_view(name.data(), name.size()));
           })
      .def("ffi.FunctionListGlobalNamesFunctor", ListGlobalNamesFunctor)
      .def("ffi.String", [](String value) { return value; })
      .def("ffi.Bytes", [](Bytes value) { return value; })
      .def("ffi.GetGlobalFuncMetadata", GetGlobalFuncMetadata)
      .def("ffi.FunctionFromExternC", FunctionFromExternC);
}

}  // namespace ffi
}  // namespace tvm

using tvm::ffi::Any;
using tvm::ffi::AnyView;
using tvm::ffi::Function;
using tvm::ffi::GlobalFunctionTable;
using tvm::ffi::detail::AnyUnsafe;
using tvm::ffi::detail::ObjectUnsafe;

int TVMFFIFunctionCreate(void* self, TVMFFISafeCallType safe_call, void (*deleter)(void* self),
                         TVMFFIObjectHandle* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  if (safe_call == nullptr) {
    TVM_FFI_THROW(ValueError) << "Cannot create a function from a NULL safe_call";
  }
  *out =
      ObjectUnsafe::MoveObjectRefToTVMFFIObjectPtr(Function::FromExternC(self, safe_call, deleter));
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFIFunctionSetGlobal(const TVMFFIByteArray* name, TVMFFIObjectHandle f, int allow_override) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CountRegistration();
  if (f != nullptr && TVMFFIObjectGetTypeIndex(f) != kTVMFFIFunction) {
    TVM_FFI_THROW(TypeError) << "Cannot convert from type `"
                             << tvm::ffi::TypeIndexToTypeKey(TVMFFIObjectGetTypeIndex(f))
                             << "` to `ffi.Function`";
  }
  GlobalFunctionTable::Entry entry;
  entry.flags = kTVMFFIFieldFlagBitMaskIsStaticMethod;
  entry.func = ObjectUnsafe::ObjectRefFromObjectPtr<Function>(
      ObjectUnsafe::ObjectPtrFromUnowned<tvm::ffi::Object>(static_cast<TVMFFIObject*>(f)));
  const std::string_view key = tvm::ffi::ToView(*name);
  if (!GlobalFunctionTable::Global()->Set(key, std::move(entry), allow_override != 0)) {
    TVM_FFI_THROW(RuntimeError) << "Global Function `" << key << "` is already registered";
  }
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFIFunctionSetGlobalFromMethodInfo(const TVMFFIMethodInfo* method_info, int allow_override) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CountRegistration();
  GlobalFunctionTable::Entry entry;
  entry.doc = tvm::ffi::ToString(method_info->doc);
  entry.metadata = tvm::ffi::ToString(method_info->metadata);
  entry.flags = method_info->flags;
  entry.func = AnyView::CopyFromTVMFFIAny(method_info->method).cast<Function>();
  const std::string_view key = tvm::ffi::ToView(method_info->name);
  if (!GlobalFunctionTable::Global()->Set(key, std::move(entry), allow_override != 0)) {
    TVM_FFI_LOG_AND_THROW(RuntimeError)
        << "Global Function `" << key << "` is already registered, possible causes:\n"
        << "- Two GlobalDef().def registrations for the same function \n"
        << "Please remove the duplicate registration.";
  }
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFIFunctionGetGlobal(const TVMFFIByteArray* name, TVMFFIObjectHandle* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  Function func = GlobalFunctionTable::Global()->Get(tvm::ffi::ToView(*name));
  *out = ObjectUnsafe::MoveObjectRefToTVMFFIObjectPtr(std::move(func));
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFIFunctionCall(TVMFFIObjectHandle func, TVMFFIAny* args, int32_t num_args,
                       TVMFFIAny* result) {
  return TVMFFIFunctionGetCellPtr(func)->safe_call(func, args, num_args, result);
}

int TVMFFIAnyViewToOwnedAny(const TVMFFIAny* any_view, TVMFFIAny* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  Any owned(AnyView::CopyFromTVMFFIAny(*any_view));
  *out = AnyUnsafe::MoveAnyToTVMFFIAny(std::move(owned));
  TVM_FFI_SAFE_CALL_END();
}

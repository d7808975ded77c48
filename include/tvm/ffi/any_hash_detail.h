// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/any_hash_detail.h
 * \brief AnyHash and AnyEqual: hash and equality of map keys, with the hooks that object types
 * register.
 *
 * Included by any.h. Everything here is shared between binaries through containers: a map filled by
 * one library is probed by another with these functions. A type takes part by value when it
 * registers the attributes `__any_hash__` and `__any_equal__`, each a Function or a native function
 * pointer.
 *
 * Native hooks exist in two generations under the same names. Releases up to 0.1.14 return a plain
 * int64_t or bool; later ones return a TVMFFIAny that holds the answer or an error. Both are
 * served.
 */
#ifndef TVM_FFI_ANY_HASH_DETAIL_H_
#define TVM_FFI_ANY_HASH_DETAIL_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>

#include <cstring>
#include <utility>

namespace tvm {
namespace ffi {

class FunctionObj;

namespace detail {

// A 0.1.14 hook returns a plain integer or bool in the register that holds index and padding of a
// 0.1.15 result. Where both results come back in the same two registers one call serves both.
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(_WIN32)
#define TVM_FFI_INSPECT_NATIVE_HOOKS_ 1
#else
#define TVM_FFI_INSPECT_NATIVE_HOOKS_ 0
#endif

#if TVM_FFI_INSPECT_NATIVE_HOOKS_
/*!
 * \brief Native hooks that have shown themselves to be of the old generation.
 *
 * Needed because an old hash that looks like a new result's first word cannot be told apart in one
 * call. The set only ever grows and is a cache: a full bucket is no error, such a hook is inspected
 * at every call.
 */
class LegacyHookSet {
 public:
  bool Contains(void* hook) const {
    for (size_t i = 0; i < kProbes; ++i) {
      void* seen = __atomic_load_n(&slots_[Slot(hook, i)], __ATOMIC_RELAXED);
      if (seen == hook) return true;
      if (seen == nullptr) return false;
    }
    return false;
  }
  void Insert(void* hook) {
    for (size_t i = 0; i < kProbes; ++i) {
      void* expected = nullptr;
      if (__atomic_compare_exchange_n(&slots_[Slot(hook, i)], &expected, hook, /*weak=*/false,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
          expected == hook) {
        return;
      }
    }
  }

 private:
  static constexpr size_t kSlots = 256;
  static constexpr size_t kProbes = 8;

  static size_t Slot(void* hook, size_t probe) {
    return ((reinterpret_cast<uintptr_t>(hook) >> 4) + probe) % kSlots;
  }

  void* slots_[kSlots] = {};
};
#endif

/*! \brief Columns of the two hooks and the old hooks met so far; one instance per binary. */
struct AnyHookColumns {
  const TVMFFITypeAttrColumn* hash;
  const TVMFFITypeAttrColumn* equal;
#if TVM_FFI_INSPECT_NATIVE_HOOKS_
  LegacyHookSet legacy;
#endif

  TVM_FFI_BINARY_LOCAL static AnyHookColumns& Get() {
    static AnyHookColumns columns;
    return columns;
  }

  /*! \brief The entry of a type, nullptr when it has none. */
  static const TVMFFIAny* Find(const TVMFFITypeAttrColumn* column, int32_t type_index) {
    if (column == nullptr) return nullptr;
    const int64_t offset = static_cast<int64_t>(type_index) - column->begin_index;
    if (offset < 0 || offset >= static_cast<int64_t>(column->size)) return nullptr;
    const TVMFFIAny* entry = reinterpret_cast<const TVMFFIAny*>(column->data) + offset;
    return entry->type_index == TypeIndex::kTVMFFINone ? nullptr : entry;
  }

 private:
  AnyHookColumns() : hash(Lookup("__any_hash__", 12)), equal(Lookup("__any_equal__", 13)) {}

  static const TVMFFITypeAttrColumn* Lookup(const char* name, size_t size) {
    TVMFFIByteArray key{name, size};
    return TVMFFIGetTypeAttrColumn(&key);
  }
};

/*! \brief First register of a hook's result: index and padding of a new one, the whole value of an
 * old one. */
TVM_FFI_INLINE uint64_t FirstWord(const TVMFFIAny& cell) {
  uint64_t word;
  std::memcpy(&word, &cell, sizeof(word));
  return word;
}

/*! \brief Throws the owned error that a new hook returned. */
[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowHookError(
    const TVMFFIAny& result) {
  Any error = AnyUnsafe::MoveTVMFFIAnyRawToAny(result);
  if (error.type_index() != TypeIndex::kTVMFFIError) {
    ThrowICheckFailed("error.type_index() == TypeIndex::kTVMFFIError", error.type_index(),
                      TypeIndex::kTVMFFIError);
  }
  throw AnyUnsafe::MoveFromAnyAfterCheck<Error>(std::move(error));
}

/*! \brief Whether a new-style result's first word is {index, padding 0}. */
TVM_FFI_INLINE bool IsNewHookResult(const TVMFFIAny& result, int32_t type_index) {
  return result.type_index == type_index && result.zero_padding == 0;
}

/*! \brief Calls a native `__any_hash__` hook of either generation. */
inline int64_t CallNativeAnyHash(void* hook, const Any& value) {
  using FAnyHash = TVMFFIAny (*)(const Any&);  // not noexcept: old hooks may throw
  FAnyHash hash_func = reinterpret_cast<FAnyHash>(hook);
  TVM_FFI_CHECK_NOTNULL(hash_func, InternalError);
#if TVM_FFI_INSPECT_NATIVE_HOOKS_
  LegacyHookSet& legacy = AnyHookColumns::Get().legacy;
  if (TVM_FFI_PREDICT_FALSE(legacy.Contains(hook))) {
    using FLegacyAnyHash = int64_t (*)(const Any&);
    return reinterpret_cast<FLegacyAnyHash>(hook)(value);
  }
#endif
  TVMFFIAny result = hash_func(value);
  if (TVM_FFI_PREDICT_TRUE(IsNewHookResult(result, TypeIndex::kTVMFFIInt))) return result.v_int64;
#if TVM_FFI_INSPECT_NATIVE_HOOKS_
  if (!IsNewHookResult(result, TypeIndex::kTVMFFIError)) {
    legacy.Insert(hook);
    return static_cast<int64_t>(FirstWord(result));
  }
#endif
  ThrowHookError(result);
}

/*! \brief Calls a native `__any_equal__` hook of either generation. */
inline bool CallNativeAnyEqual(void* hook, const Any& lhs, const Any& rhs) {
  using FAnyEqual = TVMFFIAny (*)(const Any&, const Any&);
  FAnyEqual equal_func = reinterpret_cast<FAnyEqual>(hook);
  TVM_FFI_CHECK_NOTNULL(equal_func, InternalError);
  // Unlike a hash, an old answer can never be mistaken for a new one, so nothing is remembered.
  TVMFFIAny result = equal_func(lhs, rhs);
  if (TVM_FFI_PREDICT_TRUE(IsNewHookResult(result, TypeIndex::kTVMFFIBool))) {
    return result.v_int64 != 0;
  }
#if TVM_FFI_INSPECT_NATIVE_HOOKS_
  // Only the low byte of an old result is defined.
  const uint8_t low_byte = static_cast<uint8_t>(FirstWord(result) & 0xff);
  if (low_byte <= 1) return low_byte != 0;
#endif
  ThrowHookError(result);
}

/*! \brief Calls the function object of a hook with borrowed arguments. */
TVM_FFI_NO_INLINE inline Any CallAnyHookFunction(const TVMFFIAny& entry, const AnyView* args,
                                                 int32_t num_args) {
  if (entry.type_index != TypeIndex::kTVMFFIFunction) {
    ThrowICheckFailed("entry.type_index == TypeIndex::kTVMFFIFunction", entry.type_index,
                      TypeIndex::kTVMFFIFunction);
  }
  const TVMFFIFunctionCell* cell = TVMFFIFunctionGetCellPtr(entry.v_obj);
  Any result_any;
  if (cell->cpp_call != nullptr) {
    using FCall = void (*)(const FunctionObj*, const AnyView*, int32_t, Any*);
    reinterpret_cast<FCall>(cell->cpp_call)(reinterpret_cast<const FunctionObj*>(entry.v_obj), args,
                                            num_args, &result_any);
  } else if (cell->safe_call(entry.v_obj, reinterpret_cast<const TVMFFIAny*>(args), num_args,
                             reinterpret_cast<TVMFFIAny*>(&result_any)) != 0) {
    ThrowSafeCallRaised();
  }
  return result_any;
}

TVM_FFI_NO_INLINE inline uint64_t CallAnyHashHook(const TVMFFIAny& entry, const Any& value) {
  if (entry.type_index == TypeIndex::kTVMFFIOpaquePtr) {
    return static_cast<uint64_t>(CallNativeAnyHash(entry.v_ptr, value));
  }
  AnyView args[] = {AnyView(value)};
  Any result_any = CallAnyHookFunction(entry, args, 1);
  if (result_any.type_index() != TypeIndex::kTVMFFIInt) {
    ThrowICheckFailed("result_any.type_index() == TypeIndex::kTVMFFIInt", result_any.type_index(),
                      TypeIndex::kTVMFFIInt);
  }
  return static_cast<uint64_t>(AnyUnsafe::TVMFFIAnyPtrFromAny(result_any)->v_int64);
}

TVM_FFI_NO_INLINE inline bool CallAnyEqualHook(const TVMFFIAny& entry, const Any& lhs,
                                               const Any& rhs) {
  if (entry.type_index == TypeIndex::kTVMFFIOpaquePtr) {
    return CallNativeAnyEqual(entry.v_ptr, lhs, rhs);
  }
  AnyView args[] = {AnyView(lhs), AnyView(rhs)};
  Any result_any = CallAnyHookFunction(entry, args, 2);
  TVM_FFI_ICHECK(result_any.type_index() == TypeIndex::kTVMFFIBool);
  return AnyUnsafe::TVMFFIAnyPtrFromAny(result_any)->v_int64 != 0;
}

/*! \brief Content of a string or bytes cell of either storage form. */
TVM_FFI_INLINE TVMFFIByteArray StrCellContent(const TVMFFIAny* cell) {
  return cell->type_index < TypeIndex::kTVMFFIStaticObjectBegin
             ? TVMFFISmallBytesGetContentByteArray(cell)
             : *TVMFFIBytesGetByteArrayPtr(cell->v_obj);
}

/*! \brief Hash of an object, a heap string or heap bytes. */
TVM_FFI_BINARY_LOCAL inline uint64_t HashObjectCell(const TVMFFIAny* cell, const Any& value) {
  const int32_t index = cell->type_index;
  if (index == TypeIndex::kTVMFFIStr || index == TypeIndex::kTVMFFIBytes) {
    const TVMFFIByteArray* content = TVMFFIBytesGetByteArrayPtr(cell->v_obj);
    return StableHashCombine(static_cast<uint64_t>(index),
                             StableHashBytes(content->data, content->size));
  }
  if (const TVMFFIAny* entry = AnyHookColumns::Find(AnyHookColumns::Get().hash, index)) {
    return StableHashCombine(static_cast<uint64_t>(index), CallAnyHashHook(*entry, value));
  }
  return StableHashCombine(static_cast<uint64_t>(index), cell->v_uint64);
}

/*! \brief Equality of two cells whose bits differ and whose indices are `lhs_index`, `rhs_index`.
 */
TVM_FFI_BINARY_LOCAL inline bool EqualDifferentCells(const TVMFFIAny* lhs, const TVMFFIAny* rhs,
                                                     const Any& lhs_any, const Any& rhs_any) {
  // Small and heap forms of a string are one kind, as are those of bytes.
  const auto kind_of = [](int32_t index) -> int32_t {
    if (index == TypeIndex::kTVMFFISmallStr) return TypeIndex::kTVMFFIStr;
    if (index == TypeIndex::kTVMFFISmallBytes) return TypeIndex::kTVMFFIBytes;
    return index;
  };
  const int32_t kind = kind_of(lhs->type_index);
  if (kind != kind_of(rhs->type_index)) return false;
  if (kind == TypeIndex::kTVMFFIStr || kind == TypeIndex::kTVMFFIBytes) {
    const TVMFFIByteArray a = StrCellContent(lhs);
    const TVMFFIByteArray b = StrCellContent(rhs);
    return a.size == b.size && std::memcmp(a.data, b.data, a.size) == 0;
  }
  if (kind < TypeIndex::kTVMFFIStaticObjectBegin) return false;
  if (const TVMFFIAny* entry = AnyHookColumns::Find(AnyHookColumns::Get().equal, kind)) {
    return CallAnyEqualHook(*entry, lhs_any, rhs_any);
  }
  return false;
}

}  // namespace detail

/*!
 * \brief Stable hash of a value: strings by content, objects by identity unless their type has an
 *        `__any_hash__` hook, everything else by its bits.
 *
 * Always inlined: it knows the hooks of earlier releases, which copies in other binaries do not.
 */
struct AnyHash {
  /*! \brief Hash of a value. */
  TVM_FFI_INLINE uint64_t operator()(const Any& src) const {
    const TVMFFIAny* cell = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(src);
    const int32_t index = cell->type_index;
    if (index >= TypeIndex::kTVMFFIStaticObjectBegin) return detail::HashObjectCell(cell, src);
    if (index == TypeIndex::kTVMFFISmallStr) {
      return detail::StableHashCombine(static_cast<uint64_t>(TypeIndex::kTVMFFIStr),
                                       detail::StableHashSmallStrBytes(cell));
    }
    if (index == TypeIndex::kTVMFFISmallBytes) {
      return detail::StableHashCombine(static_cast<uint64_t>(TypeIndex::kTVMFFIBytes),
                                       detail::StableHashSmallStrBytes(cell));
    }
    return detail::StableHashCombine(static_cast<uint64_t>(index), cell->v_uint64);
  }
};

/*!
 * \brief Equality that goes with AnyHash; no numeric conversion, so 1, 1.0 and true are three keys.
 */
struct AnyEqual {
  /*! \brief Whether two values are the same key. */
  TVM_FFI_INLINE bool operator()(const Any& lhs, const Any& rhs) const {
    const TVMFFIAny* a = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(lhs);
    const TVMFFIAny* b = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(rhs);
    if (a->type_index == b->type_index && a->zero_padding == b->zero_padding &&
        a->v_int64 == b->v_int64) {
      return true;
    }
    // Two cells that are neither strings nor objects are equal only bit by bit.
    if (a->type_index < TypeIndex::kTVMFFISmallStr || b->type_index < TypeIndex::kTVMFFISmallStr) {
      return false;
    }
    return detail::EqualDifferentCells(a, b, lhs, rhs);
  }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_ANY_HASH_DETAIL_H_

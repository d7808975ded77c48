// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/big_int.cc
 * \brief What the library knows about `ffi.BigInt`: its C entry points and its type attributes.
 *
 * The arithmetic is in the header. All hooks are `Function` objects, never native pointers:
 * binaries of earlier releases call native `__any_hash__` / `__any_equal__` hooks with another
 * convention.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace tvm {
namespace ffi {
namespace {

using detail::BigIntUnsafe;
namespace int_ops = detail::int_ops;

/*! \brief Borrows the words of a hook's argument. \throws TypeError when it is no integer. */
class Operand {
 public:
  explicit Operand(AnyView value) : cell_(value.CopyToTVMFFIAny()) {
    if (!TypeTraits<BigInt>::CheckAnyStrict(&cell_)) value.as_or_throw<BigInt>();
  }
  BigInt::ArrayView words() const { return BigIntUnsafe::GetArrayView(&cell_); }

 private:
  const TVMFFIAny cell_;
};

int64_t HashBigInt(AnyView value) {
  return int_ops::BitcastToInt64(value.as_or_throw<BigInt>().hash());
}

bool EqualBigInt(AnyView lhs, AnyView rhs) {
  const Operand left(lhs), right(rhs);
  return int_ops::EqualFallback(left.words(), right.words());
}

int32_t CompareBigInt(AnyView lhs, AnyView rhs) {
  const Operand left(lhs), right(rhs);
  return int_ops::CompareFallback(left.words(), right.words());
}

/*! \brief Strict decimal text: optional sign, then digits up to the end. */
BigInt ParseBigInt(const String& text) {
  std::string_view digits(text.data(), text.size());
  const bool negative = !digits.empty() && digits[0] == '-';
  if (negative || (!digits.empty() && digits[0] == '+')) digits.remove_prefix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    TVM_FFI_THROW(ValueError) << "Invalid decimal string for ffi.BigInt";
  }
  return int_ops::FromDecimalFallback(digits, negative);
}

/*! \brief Canonical value of native two's-complement words, copied. */
BigInt BigIntFromWords(TVMFFIByteArray bytes) {
  if (bytes.size % sizeof(int64_t) != 0) {
    TVM_FFI_THROW(ValueError) << "BigInt content must contain whole 64-bit words";
  }
  ObjectPtr<detail::BigIntObj> object = int_ops::NewWords(bytes.size / sizeof(int64_t));
  if (bytes.size != 0) {
    std::memcpy(BigIntUnsafe::GetMutableData(object), bytes.data, bytes.size);
  }
  return BigIntUnsafe::Normalize(std::move(object));
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<detail::BigIntObj>();
  // Hooks of the recursive operations get a callback for children, of which a BigInt has none.
  refl::TypeAttrDef<detail::BigIntObj>()
      .def("__any_hash__", HashBigInt)
      .def("__any_equal__", EqualBigInt)
      .def("__ffi_hash__", [](const Object* self, Function) { return HashBigInt(self); })
      .def("__ffi_eq__",
           [](const Object* lhs, const Object* rhs, Function) { return EqualBigInt(lhs, rhs); })
      .def("__ffi_compare__",
           [](const Object* lhs, const Object* rhs, Function) { return CompareBigInt(lhs, rhs); })
      .def("__data_to_json__",
           [](AnyView value) -> Any {
             return String(int_ops::ToStringFallback(value.as_or_throw<BigInt>()));
           })
      .def("__data_from_json__",
           [](AnyView text) -> Any { return ParseBigInt(text.as_or_throw<String>()); });
}

}  // namespace
}  // namespace ffi
}  // namespace tvm

int TVMFFIBigIntFromByteArray(const TVMFFIByteArray* input, TVMFFIAny* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  out->type_index = kTVMFFINone;
  out->zero_padding = 0;
  out->v_int64 = 0;
  tvm::ffi::TypeTraits<tvm::ffi::BigInt>::MoveToAny(tvm::ffi::BigIntFromWords(*input), out);
  TVM_FFI_SAFE_CALL_END();
}

TVMFFIByteArray TVMFFIBigIntGetContentByteArray(const TVMFFIAny* value) {
  const tvm::ffi::BigInt::ArrayView words = tvm::ffi::detail::BigIntUnsafe::GetArrayView(value);
  return TVMFFIByteArray{reinterpret_cast<const char*>(&words[0]), words.size() * sizeof(int64_t)};
}

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

/*! \brief Borrows the words of an argument that is known to be an Int or BigInt cell. */
class Operand {
 public:
  explicit Operand(AnyView value) : cell_(value.CopyToTVMFFIAny()) {}
  BigInt::ArrayView words() const { return BigIntUnsafe::GetArrayView(&cell_); }

 private:
  const TVMFFIAny cell_;
};

int64_t HashBigInt(AnyView value) {
  const BigInt::ArrayView words = Operand(value).words();
  return int_ops::BitcastToInt64(
      detail::StableHashBytes(&words[0], words.size() * sizeof(int64_t)));
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
  refl::TypeAttrDef<detail::BigIntObj>()
      .def("__any_hash__", HashBigInt)
      .def("__any_equal__", EqualBigInt)
      .def("__ffi_hash__", [](AnyView self, AnyView) { return HashBigInt(self); })
      .def("__ffi_eq__", [](AnyView lhs, AnyView rhs, AnyView) { return EqualBigInt(lhs, rhs); })
      .def("__ffi_compare__",
           [](AnyView lhs, AnyView rhs, AnyView) { return CompareBigInt(lhs, rhs); })
      .def("__data_to_json__",
           [](const BigInt& value) { return String(int_ops::ToStringFallback(value)); })
      .def("__data_from_json__", ParseBigInt);
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

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/dtype.h
 * \brief The `DLDataType` of a C++ element type, at compile time.
 *
 * \code{.cpp}
 * static_assert(dtype_trait<float>::value.bits == 32);
 * TVM_FFI_CHECK(tensor.dtype() == dtype_trait<__half>::value, TypeError);
 * \endcode
 *
 * Types without a DLPack counterpart (plain `char`, `wchar_t`, `long double`) have no `value`, so
 * using them fails to compile. The CUDA and HIP types are only declared here; neither SDK is
 * needed.
 */
#ifndef TVM_FFI_EXTRA_DTYPE_H_
#define TVM_FFI_EXTRA_DTYPE_H_

#include <dlpack/dlpack.h>
#include <tvm/ffi/base_detail.h>

#include <cstdint>
#include <type_traits>

struct __half;
struct __nv_bfloat16;
struct __nv_fp8_e4m3;
struct __nv_fp8_e5m2;
struct __nv_fp8_e8m0;
struct __nv_fp4_e2m1;
struct __nv_fp4x2_e2m1;
struct __hip_bfloat16;
struct hip_bfloat16;
struct __hip_fp8_e4m3;
struct __hip_fp8_e4m3_fnuz;
struct __hip_fp8_e5m2;
struct __hip_fp8_e5m2_fnuz;
struct __hip_fp4_e2m1;
struct __hip_fp4x2_e2m1;

namespace tvm {
namespace ffi {

/*!
 * \brief Maps an element type to its data type.
 * \tparam T The element type; specialisations have `static constexpr DLDataType value`.
 */
template <typename T>
struct dtype_trait {};

namespace detail {
namespace dtypes {

/*! \brief A fixed data type. */
template <DLDataTypeCode kCode, int kBits, int kLanes = 1>
struct constant_trait {
  static constexpr DLDataType value = {static_cast<uint8_t>(kCode), static_cast<uint8_t>(kBits),
                                       static_cast<uint16_t>(kLanes)};
};

/*! \brief Integers, by signedness and size. */
template <typename T>
struct integer_trait
    : constant_trait<std::is_signed_v<T> ? kDLInt : kDLUInt, static_cast<int>(sizeof(T) * 8)> {};

/*! \brief IEEE floats, by size. */
template <typename T>
struct float_trait : constant_trait<kDLFloat, static_cast<int>(sizeof(T) * 8)> {};

}  // namespace dtypes
}  // namespace detail

template <>
struct dtype_trait<signed char> : detail::dtypes::integer_trait<signed char> {};
template <>
struct dtype_trait<unsigned char> : detail::dtypes::integer_trait<unsigned char> {};
template <>
struct dtype_trait<signed short> : detail::dtypes::integer_trait<signed short> {};  // NOLINT(*)
template <>
struct dtype_trait<unsigned short> : detail::dtypes::integer_trait<unsigned short> {};  // NOLINT(*)
template <>
struct dtype_trait<signed int> : detail::dtypes::integer_trait<signed int> {};
template <>
struct dtype_trait<unsigned int> : detail::dtypes::integer_trait<unsigned int> {};
template <>
struct dtype_trait<signed long> : detail::dtypes::integer_trait<signed long> {};  // NOLINT(*)
template <>
struct dtype_trait<unsigned long> : detail::dtypes::integer_trait<unsigned long> {};  // NOLINT(*)
template <>
struct dtype_trait<signed long long>                       // NOLINT(*)
    : detail::dtypes::integer_trait<signed long long> {};  // NOLINT(*)
template <>
struct dtype_trait<unsigned long long>                       // NOLINT(*)
    : detail::dtypes::integer_trait<unsigned long long> {};  // NOLINT(*)

template <>
struct dtype_trait<float> : detail::dtypes::float_trait<float> {};
template <>
struct dtype_trait<double> : detail::dtypes::float_trait<double> {};
template <>
struct dtype_trait<bool> : detail::dtypes::constant_trait<kDLBool, 8> {};

template <>
struct dtype_trait<__half> : detail::dtypes::constant_trait<kDLFloat, 16> {};
template <>
struct dtype_trait<__nv_bfloat16> : detail::dtypes::constant_trait<kDLBfloat, 16> {};
template <>
struct dtype_trait<__nv_fp8_e4m3> : detail::dtypes::constant_trait<kDLFloat8_e4m3fn, 8> {};
template <>
struct dtype_trait<__nv_fp8_e5m2> : detail::dtypes::constant_trait<kDLFloat8_e5m2, 8> {};
template <>
struct dtype_trait<__nv_fp8_e8m0> : detail::dtypes::constant_trait<kDLFloat8_e8m0fnu, 8> {};
template <>
struct dtype_trait<__nv_fp4_e2m1> : detail::dtypes::constant_trait<kDLFloat4_e2m1fn, 4> {};
template <>
struct dtype_trait<__nv_fp4x2_e2m1> : detail::dtypes::constant_trait<kDLFloat4_e2m1fn, 4, 2> {};

template <>
struct dtype_trait<__hip_bfloat16> : detail::dtypes::constant_trait<kDLBfloat, 16> {};
template <>
struct dtype_trait<hip_bfloat16> : detail::dtypes::constant_trait<kDLBfloat, 16> {};
template <>
struct dtype_trait<__hip_fp8_e4m3> : detail::dtypes::constant_trait<kDLFloat8_e4m3fn, 8> {};
template <>
struct dtype_trait<__hip_fp8_e4m3_fnuz> : detail::dtypes::constant_trait<kDLFloat8_e4m3fnuz, 8> {};
template <>
struct dtype_trait<__hip_fp8_e5m2> : detail::dtypes::constant_trait<kDLFloat8_e5m2, 8> {};
template <>
struct dtype_trait<__hip_fp8_e5m2_fnuz> : detail::dtypes::constant_trait<kDLFloat8_e5m2fnuz, 8> {};
template <>
struct dtype_trait<__hip_fp4_e2m1> : detail::dtypes::constant_trait<kDLFloat4_e2m1fn, 4> {};
template <>
struct dtype_trait<__hip_fp4x2_e2m1> : detail::dtypes::constant_trait<kDLFloat4_e2m1fn, 4, 2> {};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_DTYPE_H_

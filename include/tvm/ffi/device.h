// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/device.h
 * \brief `DLDevice` as a value in `Any`, and its text form `name[:index]`.
 *
 * \code{.cpp}
 * Function f = Function::FromTyped([](DLDevice device) { return device.device_id; });
 * f("cuda:1");                      // text converts to a device
 * f(DLDevice{kDLCUDA, 1});
 * \endcode
 *
 * There is deliberately no comparison or hash: put devices in `Any` to use them as keys.
 */
#ifndef TVM_FFI_DEVICE_H_
#define TVM_FFI_DEVICE_H_

#include <dlpack/dlpack.h>
#include <tvm/ffi/string.h>
#include <tvm/ffi/type_traits.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tvm {
namespace ffi {

static_assert(sizeof(DLDevice) == 8 && alignof(DLDevice) == 4, "DLDevice is ABI");

namespace detail {

/*! \return The device type of an accepted name, nullopt for any other text. */
template <typename D = void>
std::optional<Late<DLDeviceType, D>> TryParseDLDeviceType(std::string_view name) {
  struct NamedType {
    std::string_view name;
    DLDeviceType type;
  };
  static constexpr NamedType kTypes[] = {
      {"cpu", kDLCPU},        {"cuda", kDLCUDA},   {"opencl", kDLOpenCL}, {"vulkan", kDLVulkan},
      {"metal", kDLMetal},    {"mps", kDLMetal},   {"vpi", kDLVPI},       {"rocm", kDLROCM},
      {"ext_dev", kDLExtDev}, {"wgpu", kDLWebGPU}, {"webgpu", kDLWebGPU}, {"hexagon", kDLHexagon},
      {"maia", kDLMAIA},      {"trn", kDLTrn},
  };
  for (const NamedType& entry : kTypes) {
    if (entry.name == name) return entry.type;
  }
  return std::nullopt;
}

/*! \return The value of one or more decimal digits up to INT32_MAX, nullopt for any other text. */
template <typename D = void>
std::optional<Late<int32_t, D>> TryParseDLDeviceIndex(std::string_view index) {
  if (index.empty()) return std::nullopt;
  int64_t value = 0;
  for (const char c : index) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
    if (value > std::numeric_limits<int32_t>::max()) return std::nullopt;
  }
  return static_cast<int32_t>(value);
}

/*! \return The device that `name[:index]` names, ignoring text after the first space. */
template <typename D = void>
std::optional<Late<DLDevice, D>> TryStringViewToDLDevice(std::string_view str) {
  str = str.substr(0, str.find(' '));
  const size_t colon = str.find(':');
  const auto type = TryParseDLDeviceType<D>(str.substr(0, colon));
  if (!type.has_value()) return std::nullopt;
  if (colon == std::string_view::npos) return DLDevice{*type, 0};
  const auto index = TryParseDLDeviceIndex<D>(str.substr(colon + 1));
  if (!index.has_value()) return std::nullopt;
  return DLDevice{*type, *index};
}

}  // namespace detail

namespace detail {

// A template of the one type it serves, see type_traits.h.
template <typename T>
struct DLDeviceTraits : public TypeTraitsBase {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIDevice;

  TVM_FFI_INLINE static void CopyToAnyView(const DLDevice& src, TVMFFIAny* result) {
    result->type_index = TypeIndex::kTVMFFIDevice;
    result->zero_padding = 0;
    result->v_device = src;
  }

  TVM_FFI_INLINE static void MoveToAny(DLDevice src, TVMFFIAny* result) {
    CopyToAnyView(src, result);
  }

  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFIDevice;
  }

  TVM_FFI_INLINE static T CopyFromAnyViewAfterCheck(const TVMFFIAny* src) { return src->v_device; }

  TVM_FFI_INLINE static T MoveFromAnyAfterCheck(TVMFFIAny* src) { return src->v_device; }

  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (CheckAnyStrict(src)) return src->v_device;
    return TryParse(src);
  }

  TVM_FFI_INLINE static std::string TypeStr() { return StaticTypeKey::kTVMFFIDevice; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"Device"})"; }

 private:
  static std::optional<T> TryParse(const TVMFFIAny* src) {
    const std::optional<Late<String, T>> text =
        TypeTraits<Late<String, T>>::TryCastFromAnyView(src);
    if (!text.has_value()) return std::nullopt;
    return TryStringViewToDLDevice<T>(std::string_view(text->data(), text->size()));
  }
};

}  // namespace detail

/*! \brief DLDevice: strict from device cells, converting also from well-formed text. */
template <>
struct TypeTraits<DLDevice> : public detail::DLDeviceTraits<DLDevice> {};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_DEVICE_H_

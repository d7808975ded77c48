// SPDX-License-Identifier: Apache-2.0
/*!
 * \file generated_init.cc
 * \brief `ffi._RegisterFFIInit`: the constructor that a type gets from its reflected fields.
 *
 * The fields are analysed once, when the constructor is registered. Their records are copied then,
 * because the type table moves them when something is registered for the type later.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/creator.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "./reflection_internal.h"

namespace tvm {
namespace ffi {
namespace reflection {
namespace {

/*! \brief The `ffi.GetKwargsObject` singleton, which separates positional from keyword arguments.
 */
const Object* KwargsMarker() {
  static const ObjectRef marker =
      Function::GetGlobalRequired("ffi.GetKwargsObject")().cast<ObjectRef>();
  return marker.get();
}

/*! \brief Callable behind a generated `__ffi_init__`; the fields include inherited ones. */
class GeneratedInit {
 public:
  explicit GeneratedInit(const TVMFFITypeInfo* type_info)
      : type_info_(type_info),
        name_(std::string(detail::TypeKeyOf(type_info)) + ".__ffi_init__()") {
    ForEachFieldInfo(type_info, [this](const TVMFFIFieldInfo* info) { fields_.push_back(*info); });
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (HasFlag(i, kTVMFFIFieldFlagBitMaskInitOff)) continue;
      if (!HasFlag(i, kTVMFFIFieldFlagBitMaskKwOnly)) positional_.push_back(i);
      // A field of a child type shadows the ancestor's field of the same name.
      index_of_name_[NameOf(i)] = i;
    }
    std::stable_partition(positional_.begin(), positional_.end(), [this](size_t i) {
      return !HasFlag(i, kTVMFFIFieldFlagBitMaskHasDefault);
    });
  }

  void operator()(PackedArgs args, Any* ret) const {
    int num_positional = CountPositional(args);
    ObjectPtr<Object> obj = CreateEmptyObject(type_info_);
    std::vector<bool> bound(fields_.size(), false);
    BindPositional(obj.get(), args.Slice(0, num_positional), &bound);
    if (num_positional < args.size()) {
      BindKeywords(obj.get(), args.Slice(num_positional + 1), &bound);
    }
    FillUnbound(obj.get(), bound);
    *ret = std::move(obj);
  }

 private:
  bool HasFlag(size_t i, int64_t flag) const { return (fields_[i].flags & flag) != 0; }
  std::string_view NameOf(size_t i) const {
    return std::string_view(fields_[i].name.data, fields_[i].name.size);
  }

  /*! \brief Number of arguments before the first KWARGS marker. */
  static int CountPositional(PackedArgs args) {
    const Object* marker = KwargsMarker();
    for (int i = 0; i < args.size(); ++i) {
      if (args[i].as<Object>() == marker) return i;
    }
    return args.size();
  }

  void BindPositional(Object* obj, PackedArgs args, std::vector<bool>* bound) const {
    if (static_cast<size_t>(args.size()) > positional_.size()) {
      TVM_FFI_THROW(TypeError) << name_ << " takes at most " << positional_.size()
                               << " positional argument(s), but " << args.size() << " were given";
    }
    for (int i = 0; i < args.size(); ++i) SetField(obj, positional_[i], args[i], bound);
  }

  void BindKeywords(Object* obj, PackedArgs args, std::vector<bool>* bound) const {
    if (args.size() % 2 != 0) {
      TVM_FFI_THROW(TypeError) << name_ << " KWARGS requires an even number of key-value arguments";
    }
    for (int i = 0; i < args.size(); i += 2) {
      String key = args[i].cast<String>();
      auto it = index_of_name_.find(std::string_view(key.data(), key.size()));
      if (it == index_of_name_.end()) {
        TVM_FFI_THROW(TypeError) << name_ << " got an unexpected keyword argument '" << key << "'";
      }
      if ((*bound)[it->second]) {
        TVM_FFI_THROW(TypeError) << name_ << " got multiple values for argument '" << key << "'";
      }
      SetField(obj, it->second, args[i + 1], bound);
    }
  }

  /*! \brief Apply defaults; fields outside the constructor without one keep the creator's value. */
  void FillUnbound(Object* obj, const std::vector<bool>& bound) const {
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (bound[i]) continue;
      if (HasFlag(i, kTVMFFIFieldFlagBitMaskHasDefault)) {
        if (CallFieldSetterToDefault(&fields_[i], detail::FieldAddress(obj, &fields_[i])) != 0) {
          RethrowFieldError("default for field", i);
        }
      } else if (!HasFlag(i, kTVMFFIFieldFlagBitMaskInitOff)) {
        const char* kind = HasFlag(i, kTVMFFIFieldFlagBitMaskKwOnly) ? "keyword-only " : "";
        TVM_FFI_THROW(TypeError) << name_ << " missing required " << kind << "argument: '"
                                 << NameOf(i) << "'";
      }
    }
  }

  void SetField(Object* obj, size_t i, AnyView value, std::vector<bool>* bound) const {
    if (CallFieldSetter(&fields_[i], detail::FieldAddress(obj, &fields_[i]),
                        reinterpret_cast<const TVMFFIAny*>(&value)) != 0) {
      RethrowFieldError("field", i);
    }
    (*bound)[i] = true;
  }

  /*! \brief Say which field the raised error is about; keeps its kind, backtrace and cause. */
  [[noreturn]] void RethrowFieldError(const char* what, size_t i) const {
    Error cause = ffi::detail::MoveFromSafeCallRaised();
    std::string message = name_ + " " + what + " '" + std::string(NameOf(i)) + "':\n  ";
    for (char c : cause.message()) {
      message += c;
      if (c == '\n') message += "  ";
    }
    throw Error(cause.kind(), message, cause.backtrace(), cause, std::nullopt);
  }

  const TVMFFITypeInfo* type_info_;
  /*! \brief Prefix of every error message. */
  std::string name_;
  std::vector<TVMFFIFieldInfo> fields_;
  /*! \brief Positional parameters: required fields first, then those with a default. */
  std::vector<size_t> positional_;
  /*! \brief All parameters; the names live as long as the type table. */
  std::unordered_map<std::string_view, size_t> index_of_name_;
};

void RegisterGeneratedInit(int32_t type_index) {
  Function init = Function::FromPacked(GeneratedInit(RequireTypeInfo(type_index)));
  detail::RegisterTypeAttr(type_index, type_attr::kInit.name, init);
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() { GlobalDef().def("ffi._RegisterFFIInit", RegisterGeneratedInit); }

}  // namespace reflection
}  // namespace ffi
}  // namespace tvm

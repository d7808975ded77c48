// SPDX-License-Identifier: Apache-2.0
/*!
 * \file dataclass_testing.h
 * \brief Objects and helpers that the tests of the data-class services share.
 */
#ifndef TVM_FFI_TESTS_CPP_EXTRA_DATACLASS_TESTING_H_
#define TVM_FFI_TESTS_CPP_EXTRA_DATACLASS_TESTING_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace dataclass_testing {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

/*! \brief Kind and message of what an action throws. */
inline std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

/*! \brief Object made by the constructor of a type. */
template <typename... Args>
Any Init(const char* type_key, Args&&... args) {
  const reflection::TypeAttrColumn constructors("__ffi_init__");
  return constructors[TypeKeyToIndex(type_key)].cast<Function>()(std::forward<Args>(args)...);
}

/*! \brief An empty list in `depth` lists. */
inline Any NestedLists(int depth) {
  List<Any> value;
  for (int i = 0; i < depth; ++i) value = List<Any>{value};
  return value;
}

/*!
 * \brief Object with one part and a hook for each service. The text "throw" as its part makes the
 *        hooks throw, "keep" makes the text hook store its callback in KeptCallback.
 */
class HookedObj : public Object {
 public:
  Any part;

  HookedObj() = default;
  explicit HookedObj(Any part) : part(std::move(part)) {}

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("dataclass_testing.Hooked", HookedObj, Object);
};

inline TypedFunction<String(AnyView)>& KeptCallback() {
  static TypedFunction<String(AnyView)> callback;
  return callback;
}

inline bool PartIs(const HookedObj* self, const char* text) {
  std::optional<String> part = self->part.as<String>();
  return part.has_value() && *part == text;
}

inline void ThrowOnRequest(const HookedObj* self) {
  if (PartIs(self, "throw")) TVM_FFI_THROW(ValueError) << "hook says no";
}

inline String HookedRepr(const HookedObj* self, const TypedFunction<String(AnyView)>& fn_repr) {
  ThrowOnRequest(self);
  if (PartIs(self, "keep")) KeptCallback() = fn_repr;
  return "<" + std::string(fn_repr(self->part)) + ">";
}

inline int64_t HookedHash(const HookedObj* self, const TypedFunction<int64_t(AnyView)>& fn_hash) {
  ThrowOnRequest(self);
  return fn_hash(self->part);
}

inline bool HookedEq(const HookedObj* self, const HookedObj* other,
                     const TypedFunction<bool(AnyView, AnyView)>& fn_eq) {
  ThrowOnRequest(self);
  return fn_eq(self->part, other->part);
}

/*! \brief The reverse of the order of the parts, so that it shows whether the hook was used. */
inline int32_t HookedCompare(const HookedObj* self, const HookedObj* other,
                             const TypedFunction<int32_t(AnyView, AnyView)>& fn_cmp) {
  ThrowOnRequest(self);
  return -fn_cmp(self->part, other->part);
}

/*! \brief Register the hooks once. */
inline void RegisterHooked() {
  [[maybe_unused]] static const bool registered = [] {
    reflection::ObjectDef<HookedObj>(reflection::init(false))
        .def_rw("part", &HookedObj::part)
        .def_type_attr("__ffi_repr__", &HookedRepr)
        .def_type_attr("__ffi_hash__", &HookedHash)
        .def_type_attr("__ffi_eq__", &HookedEq)
        .def_type_attr("__ffi_compare__", &HookedCompare);
    return true;
  }();
}

inline Any Hooked(Any part) { return ObjectRef(make_object<HookedObj>(std::move(part))); }

}  // namespace dataclass_testing

#endif  // TVM_FFI_TESTS_CPP_EXTRA_DATACLASS_TESTING_H_

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file reflection_extra.cc
 * \brief Reflection services: access paths and their text, and objects made from keys and values.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/access_path.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/creator.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "./reflection_internal.h"

namespace tvm {
namespace ffi {
namespace reflection {
namespace {

using ReprFunction = TypedFunction<String(AnyView)>;

/*! \brief Text of what stands between the brackets of an item step. */
std::string ItemText(const AccessStepObj* step, const ReprFunction& fn_repr) {
  if (step->kind == AccessKind::kArrayItem || step->kind == AccessKind::kArrayItemMissing) {
    return std::to_string(step->key.cast<int64_t>());
  }
  return fn_repr(step->key);
}

std::string StepText(const AccessStepObj* step, const ReprFunction& fn_repr) {
  switch (step->kind) {
    case AccessKind::kAttr:
      return "." + std::string(step->key.cast<String>());
    case AccessKind::kArrayItem:
    case AccessKind::kMapItem:
      return "[" + ItemText(step, fn_repr) + "]";
    case AccessKind::kAttrMissing:
    case AccessKind::kArrayItemMissing:
    case AccessKind::kMapItemMissing:
      return "[<missing:" + ItemText(step, fn_repr) + ">]";
  }
  TVM_FFI_THROW(ValueError) << "Unknown AccessKind " << static_cast<int32_t>(step->kind);
  TVM_FFI_UNREACHABLE();
}

String StepRepr(const AccessStepObj* step, const ReprFunction& fn_repr) {
  return StepText(step, fn_repr);
}

String PathRepr(const AccessPathObj* path, const ReprFunction& fn_repr) {
  std::string text = "<root>";
  for (const AccessStep& step : path->ToSteps()) text += StepText(step.get(), fn_repr);
  return text;
}

void RegisterAccessPath() {
  ObjectDef<AccessStepObj>(init(false))
      .def_ro("kind", &AccessStepObj::kind)
      .def_ro("key", &AccessStepObj::key)
      .def_type_attr("__ffi_repr__", &StepRepr);
  ObjectDef<AccessPathObj>(init(false))
      .def_ro("parent", &AccessPathObj::parent)
      .def_ro("step", &AccessPathObj::step)
      .def_ro("depth", &AccessPathObj::depth)
      .def_static("_root", &AccessPath::Root)
      .def("_extend", &AccessPathObj::Extend<>)
      .def("_attr", &AccessPathObj::Attr<>)
      .def("_array_item", &AccessPathObj::ArrayItem<>)
      .def("_map_item", &AccessPathObj::MapItem<>)
      .def("_attr_missing", &AccessPathObj::AttrMissing<>)
      .def("_array_item_missing", &AccessPathObj::ArrayItemMissing<>)
      .def("_map_item_missing", &AccessPathObj::MapItemMissing<>)
      .def("_is_prefix_of", &AccessPathObj::IsPrefixOf)
      .def("_to_steps", &AccessPathObj::ToSteps<>)
      .def("_path_equal", &AccessPathObj::PathEqual)
      .def_type_attr("__ffi_repr__", &PathRepr);
}

/*! \brief Field values given as alternating names and values; each pair may be used once. */
class FieldArguments {
 public:
  /*! \param args Names and values. A name that is no string raises TypeError. */
  explicit FieldArguments(PackedArgs args) : args_(args) {
    for (int i = 0; i + 1 < args.size(); i += 2) names_.push_back(args[i].cast<String>());
    used_.resize(names_.size(), false);
  }

  /*! \brief Value of the first unused pair of that name; marks it used. */
  std::optional<AnyView> Take(std::string_view name) {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (used_[i] || std::string_view(names_[i].data(), names_[i].size()) != name) continue;
      used_[i] = true;
      return args_[static_cast<int>(2 * i + 1)];
    }
    return std::nullopt;
  }

  /*! \brief Name of the first unused pair. */
  std::optional<String> FirstUnused() const {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (!used_[i]) return names_[i];
    }
    return std::nullopt;
  }

 private:
  PackedArgs args_;
  std::vector<String> names_;
  std::vector<bool> used_;
};

/*! \brief Type info of a type given by index or by key. */
const TVMFFITypeInfo* TypeInfoFromArgument(AnyView type) {
  if (std::optional<int32_t> type_index = type.try_cast<int32_t>()) {
    return RequireTypeInfo(*type_index);
  }
  String type_key = type.cast<String>();
  return detail::TypeInfoFromKey(std::string_view(type_key.data(), type_key.size()));
}

/*! \brief Body of `ffi.MakeObjectFromPackedArgs(type, name, value, ...)`. */
void MakeObjectFromPackedArgs(PackedArgs args, Any* ret) {
  const TVMFFITypeInfo* type_info = args.size() > 0 ? TypeInfoFromArgument(args[0]) : nullptr;
  TVM_FFI_ICHECK(args.size() % 2 == 1);
  FieldArguments fields(args.Slice(1));
  ObjectPtr<Object> obj = CreateEmptyObject(type_info);
  ForEachFieldInfo(type_info, [&](const TVMFFIFieldInfo* field_info) {
    std::string_view name(field_info->name.data, field_info->name.size);
    void* field_addr = detail::FieldAddress(obj.get(), field_info);
    if (std::optional<AnyView> value = fields.Take(name)) {
      TVM_FFI_CHECK_SAFE_CALL(
          CallFieldSetter(field_info, field_addr, reinterpret_cast<const TVMFFIAny*>(&*value)));
    } else if ((field_info->flags & kTVMFFIFieldFlagBitMaskHasDefault) != 0) {
      SetFieldToDefault(field_info, field_addr);
    } else {
      TVM_FFI_THROW(TypeError) << "Required field `" << name << "` not set in type `"
                               << detail::TypeKeyOf(type_info) << "`";
    }
  });
  if (std::optional<String> unknown = fields.FirstUnused()) {
    TVM_FFI_THROW(TypeError) << "Type `" << detail::TypeKeyOf(type_info)
                             << "` does not have field `" << *unknown << "`";
  }
  *ret = std::move(obj);
}

/*! \brief Columns that readers look up and keep, whether or not a type has an entry yet. */
void EnsureStructuralColumns() {
  for (const char* name :
       {"__s_equal__", "__s_hash__", "__s_visit__", "__s_mutate__", "__s_maybe_inplace_mutate__"}) {
    EnsureTypeAttrColumn(name);
  }
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  EnsureStructuralColumns();
  RegisterAccessPath();
  GlobalDef().def_packed("ffi.MakeObjectFromPackedArgs", MakeObjectFromPackedArgs);
}

}  // namespace reflection
}  // namespace ffi
}  // namespace tvm

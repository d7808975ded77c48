// SPDX-License-Identifier: Apache-2.0
/*!
 * \file testing_schema_object.cc
 * \brief `testing.SchemaAllTypes`: a class with one field for each kind of type schema.
 */
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <string>
#include <utility>

namespace tvm {
namespace ffi {
namespace testing {

class SchemaAllTypesRef;

class SchemaAllTypes : public Object {
 public:
  using IntArray = Array<int64_t>;
  using IntArrayMap = Map<String, IntArray>;

  bool v_bool = true;
  int64_t v_int;
  double v_float;
  DLDevice v_device{kDLCPU, 0};
  DLDataType v_dtype{kDLFloat, 32, 1};
  String v_string;
  Bytes v_bytes;
  Optional<int64_t> v_opt_int;
  Optional<String> v_opt_str;
  Array<int64_t> v_arr_int;
  Array<String> v_arr_str;
  Map<String, int64_t> v_map_str_int;
  IntArrayMap v_map_str_arr_int;
  Variant<String, IntArray, Map<String, int64_t>> v_variant = String("v");
  Optional<Array<Variant<int64_t, String>>> v_opt_arr_variant;

  SchemaAllTypes(int64_t v_int, double v_float, String v_string)
      : v_int(v_int), v_float(v_float), v_string(std::move(v_string)) {}

  int64_t AddInt(int64_t x) const { return v_int + x; }

  IntArray AppendInt(IntArray values, int64_t x) const {
    values.push_back(x);
    return values;
  }

  /*! \brief Both texts joined, or the one that is there. */
  Optional<String> MaybeConcat(Optional<String> lhs, Optional<String> rhs) const {
    if (!lhs.has_value()) return rhs;
    if (!rhs.has_value()) return lhs;
    std::string joined = *lhs;
    joined += *rhs;
    return String(std::move(joined));
  }

  /*! \brief `lhs` with the arrays of `rhs` appended key by key. */
  IntArrayMap MergeMap(IntArrayMap lhs, IntArrayMap rhs) const {
    for (const auto& item : rhs) {
      IntArray values = lhs.Get(item.first).value_or(IntArray());
      for (int64_t value : item.second) values.push_back(value);
      lhs.Set(item.first, values);
    }
    return lhs;
  }

  static inline SchemaAllTypesRef MakeWith(int64_t v_int, double v_float, String v_string);

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.SchemaAllTypes", SchemaAllTypes, Object);
};

class SchemaAllTypesRef : public ObjectRef {
 public:
  SchemaAllTypesRef(int64_t v_int, double v_float, String v_string)
      : ObjectRef(make_object<SchemaAllTypes>(v_int, v_float, std::move(v_string))) {}
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(SchemaAllTypesRef, ObjectRef, SchemaAllTypes);
};

SchemaAllTypesRef SchemaAllTypes::MakeWith(int64_t v_int, double v_float, String v_string) {
  return SchemaAllTypesRef(v_int, v_float, std::move(v_string));
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  using Self = SchemaAllTypes;
  refl::Metadata extras{{"bool_attr", true}, {"int_attr", 1}, {"str_attr", "hello"}};
  refl::ObjectDef<Self>()
      .def_rw("v_bool", &Self::v_bool, "bool field", extras)
      .def_rw("v_int", &Self::v_int, refl::default_value(0), "int field")
      .def_rw("v_float", &Self::v_float, refl::default_value(0.0), "float field")
      .def_rw("v_device", &Self::v_device, "device field")
      .def_rw("v_dtype", &Self::v_dtype, "dtype field")
      .def_rw("v_string", &Self::v_string, refl::default_value("s"), "string field")
      .def_rw("v_bytes", &Self::v_bytes, "bytes field")
      .def_rw("v_opt_int", &Self::v_opt_int, "optional int")
      .def_rw("v_opt_str", &Self::v_opt_str, "optional str")
      .def_rw("v_arr_int", &Self::v_arr_int, "array<int>")
      .def_rw("v_arr_str", &Self::v_arr_str, "array<str>")
      .def_rw("v_map_str_int", &Self::v_map_str_int, "map<str,int>")
      .def_rw("v_map_str_arr_int", &Self::v_map_str_arr_int, "map<str,array<int>>")
      .def_rw("v_variant", &Self::v_variant, "variant<str,array<int>,map<str,int>>")
      .def_rw("v_opt_arr_variant", &Self::v_opt_arr_variant, "optional<array<variant<int,str>>>")
      .def("add_int", &Self::AddInt, "add int method", extras)
      .def("append_int", &Self::AppendInt, "append int to array")
      .def("maybe_concat", &Self::MaybeConcat, "optional concat")
      .def("merge_map", &Self::MergeMap, "merge maps")
      .def_static("make_with", &Self::MakeWith, "Constructor with subset of fields");
}

}  // namespace testing
}  // namespace ffi
}  // namespace tvm

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file testing_schema.cc
 * \brief One function for each kind of type schema; most return their argument.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <utility>

namespace tvm {
namespace ffi {
namespace schema_test_impl {

template <typename T>
T Identity(T value) {
  return value;
}

void TensorViewInput(TensorView) {}
void NoReturn(int64_t) {}
void NoArgsNoReturn() {}
int64_t NoArgs() { return 1; }

/*! \brief Sets `map[key]` to the integers of `values` that are present, if there is a key. */
Map<String, Array<int64_t>> ArrMapOpt(const Array<Optional<int64_t>>& values,
                                      Map<String, Array<int64_t>> map,
                                      const Optional<String>& key) {
  if (key.has_value()) {
    Array<int64_t> present;
    for (const Optional<int64_t>& value : values) {
      if (value.has_value()) present.push_back(*value);
    }
    map.Set(*key, present);
  }
  return map;
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  using TypedCallback = TypedFunction<void(int64_t, float, Function)>;
  using IntOrStr = Variant<int64_t, String>;
  using IntOrStrOrArray = Variant<int64_t, String, Array<int64_t>>;
  refl::GlobalDef()
      .def("testing.schema_id_int", Identity<int64_t>,
           refl::Metadata{{"bool_attr", true}, {"int_attr", 1}, {"str_attr", "hello"}})
      .def("testing.schema_id_float", Identity<double>)
      .def("testing.schema_id_bool", Identity<bool>)
      .def("testing.schema_id_device", Identity<DLDevice>)
      .def("testing.schema_id_dtype", Identity<DLDataType>)
      .def("testing.schema_id_string", Identity<String>)
      .def("testing.schema_id_bytes", Identity<Bytes>)
      .def("testing.schema_id_func", Identity<Function>)
      .def("testing.schema_id_func_typed", Identity<TypedCallback>)
      .def("testing.schema_id_any", Identity<Any>)
      .def("testing.schema_id_object", Identity<ObjectRef>)
      .def("testing.schema_id_dltensor", Identity<DLTensor*>)
      .def("testing.schema_id_tensor", Identity<Tensor>)
      .def("testing.schema_tensor_view_input", TensorViewInput)
      .def("testing.schema_id_opt_int", Identity<Optional<int64_t>>)
      .def("testing.schema_id_opt_str", Identity<Optional<String>>)
      .def("testing.schema_id_opt_obj", Identity<Optional<ObjectRef>>);
  refl::GlobalDef()
      .def("testing.schema_id_arr_int", Identity<Array<int64_t>>)
      .def("testing.schema_id_arr_str", Identity<Array<String>>)
      .def("testing.schema_id_arr_obj", Identity<Array<ObjectRef>>)
      .def("testing.schema_id_arr", Identity<const ArrayObj*>)
      .def("testing.schema_id_list_int", Identity<List<int64_t>>)
      .def("testing.schema_id_list_str", Identity<List<String>>)
      .def("testing.schema_id_list_obj", Identity<List<ObjectRef>>)
      .def("testing.schema_id_map_str_int", Identity<Map<String, int64_t>>)
      .def("testing.schema_id_map_str_str", Identity<Map<String, String>>)
      .def("testing.schema_id_map_str_obj", Identity<Map<String, ObjectRef>>)
      .def("testing.schema_id_map", Identity<const MapObj*>)
      .def("testing.schema_id_dict_str_int", Identity<Dict<String, int64_t>>)
      .def("testing.schema_id_dict_str_str", Identity<Dict<String, String>>)
      .def("testing.schema_id_variant_int_str", Identity<IntOrStr>);
  refl::GlobalDef()
      .def_packed("testing.schema_packed", [](PackedArgs, Any*) {})
      .def("testing.schema_arr_map_opt", ArrMapOpt)
      .def("testing.schema_variant_mix", Identity<IntOrStrOrArray>, "variant passthrough")
      .def("testing.schema_no_args", NoArgs)
      .def("testing.schema_no_return", NoReturn)
      .def("testing.schema_no_args_no_return", NoArgsNoReturn);
}

}  // namespace schema_test_impl
}  // namespace ffi
}  // namespace tvm

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file object.cc
 * \brief C functions on objects, the opaque object, the sentinels, and the conversions of the
 *  built-in object types.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <utility>

#include "type_table.h"

namespace tvm {
namespace ffi {
namespace {

/*! \brief Owns a foreign pointer; releases it with the deleter it came with. */
class OpaqueObjectImpl : public Object, public TVMFFIOpaqueObjectCell {
 public:
  OpaqueObjectImpl(void* foreign, void (*deleter)(void* handle)) : deleter_(deleter) {
    this->handle = foreign;
  }
  ~OpaqueObjectImpl() {
    if (deleter_ != nullptr) deleter_(this->handle);
  }

  static constexpr int32_t _type_index = TypeIndex::kTVMFFIOpaquePyObject;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIOpaquePyObject, OpaqueObjectImpl,
                                     Object);

 private:
  void (*deleter_)(void* handle);
};

static_assert(sizeof(OpaqueObjectImpl) ==
                  sizeof(TVMFFIObject) + sizeof(TVMFFIOpaqueObjectCell) + sizeof(void*),
              "the cell follows the header directly");

/*!
 * \brief A bare object that stands for "no value here" wherever null is a value.
 *
 * Never released: bindings compare against the address for the life of the process.
 */
template <int kWhich>
ObjectRef Sentinel() {
  static const ObjectRef* sentinel = new ObjectRef(ObjectPtr<Object>(make_object<Object>()));
  return *sentinel;
}

Array<String> RegisteredTypeKeys() {
  Array<String> keys;
  for (const TVMFFITypeInfo* info : TypeTable::Global()->ListTypes()) {
    keys.push_back(String(info->type_key.data, info->type_key.size));
  }
  return keys;
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::GlobalDef()
      .def("ffi.GetRegisteredTypeKeys", RegisteredTypeKeys)
      .def("ffi.GetInvalidObject", Sentinel<0>)
      .def("ffi.GetKwargsObject", Sentinel<1>);

  refl::TypeAttrDef<Object>().def_convert<ObjectRef>();
  refl::TypeAttrDef<detail::StringObj>().def_convert<String>();
  refl::TypeAttrDef<detail::BytesObj>().def_convert<Bytes>();
  refl::TypeAttrDef<ErrorObj>().def_convert<Error>();
  refl::TypeAttrDef<FunctionObj>().def_convert<Function>();
  refl::TypeAttrDef<ShapeObj>().def_convert<Shape>();
  refl::TypeAttrDef<TensorObj>().def_convert<Tensor>();
  refl::TypeAttrDef<ArrayObj>().def_convert<Array<Any>>();
  refl::TypeAttrDef<MapObj>().def_convert<Map<Any, Any>>();
  refl::TypeAttrDef<ListObj>().def_convert<List<Any>>();
  refl::TypeAttrDef<DictObj>().def_convert<Dict<Any, Any>>();
}

}  // namespace ffi
}  // namespace tvm

using tvm::ffi::detail::ObjectUnsafe;

void TVMFFIGetVersion(TVMFFIVersion* out_version) {
  out_version->major = TVM_FFI_VERSION_MAJOR;
  out_version->minor = TVM_FFI_VERSION_MINOR;
  out_version->patch = TVM_FFI_VERSION_PATCH;
}

int TVMFFIObjectIncRef(TVMFFIObjectHandle obj) {
  ObjectUnsafe::IncRefObjectHandle(obj);
  return 0;
}

int TVMFFIObjectDecRef(TVMFFIObjectHandle obj) {
  ObjectUnsafe::DecRefObjectHandle(obj);
  return 0;
}

int TVMFFIObjectCreateOpaque(void* handle, int32_t type_index, void (*deleter)(void* handle),
                             TVMFFIObjectHandle* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  if (type_index != kTVMFFIOpaquePyObject) {
    TVM_FFI_THROW(RuntimeError) << "Only kTVMFFIOpaquePyObject is supported for now";
  }
  *out = ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(
      tvm::ffi::make_object<tvm::ffi::OpaqueObjectImpl>(handle, deleter));
  TVM_FFI_SAFE_CALL_END();
}

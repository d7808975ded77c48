// SPDX-License-Identifier: Apache-2.0
/*!
 * \file result.cc
 * \brief FFI values to Python values.
 *
 * Two entry points share everything but the ownership of what they get: `AnyToPy` consumes an owned
 * value (results, elements, fields), `AnyViewToPy` reads a borrowed one (arguments of callbacks),
 * which may also be one of the view-only kinds.
 */
#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

/*! \brief `ctypes.c_void_p(address)`; a NULL address gives `c_void_p(None)`. */
PyObject* PointerToPy(void* pointer) {
  static PyObject* c_void_p = nullptr;
  if (c_void_p == nullptr) {
    PyRef ctypes(PyImport_ImportModule("ctypes"));
    if (!ctypes) return nullptr;
    c_void_p = PyObject_GetAttrString(ctypes.get(), "c_void_p");
    if (c_void_p == nullptr) return nullptr;
  }
  if (pointer == nullptr) return PyObject_CallNoArgs(c_void_p);
  PyRef address(PyLong_FromVoidPtr(pointer));
  return address ? PyObject_CallOneArg(c_void_p, address.get()) : nullptr;
}

PyObject* BigIntToPy(TVMFFIObject* owned) {
  TVMFFIAny value;
  SetObject(&value, owned);
  TVMFFIByteArray content = TVMFFIBigIntGetContentByteArray(&value);
  PyObject* number =
      _PyLong_FromByteArray(reinterpret_cast<const unsigned char*>(content.data), content.size,
                            /*little_endian=*/!PY_BIG_ENDIAN, /*is_signed=*/1);
  DecRef(owned);
  return number;
}

PyObject* OpaqueToPy(TVMFFIObject* owned) {
  auto* value = static_cast<PyObject*>(TVMFFIOpaqueObjectGetCellPtr(owned)->handle);
  Py_INCREF(value);
  DecRef(owned);
  return value;
}

/*! \brief Build a value class through its `__from_tvm_ffi_object__(cls, obj)`. */
PyObject* NativeValueToPy(PyTypeObject* cls, TVMFFIObject* owned) {
  PyObject* object_class = PyDict_GetItemWithError(g_core_dict, g_names.class_object);
  if (object_class == nullptr) {
    DecRef(owned);
    return nullptr;
  }
  PyRef obj(NewWrapper(reinterpret_cast<PyTypeObject*>(object_class), owned));
  if (!obj) return nullptr;
  return PyObject_CallMethodObjArgs(reinterpret_cast<PyObject*>(cls), g_names.from_object,
                                    reinterpret_cast<PyObject*>(cls), obj.get(), nullptr);
}

/*! \brief Values that are not objects; `*handled` tells whether the index is one of them. */
PyObject* PlainToPy(const TVMFFIAny* any, bool* handled) {
  *handled = true;
  switch (any->type_index) {
    case kTVMFFINone:
      Py_RETURN_NONE;
    case kTVMFFIInt:
      return PyLong_FromLongLong(any->v_int64);
    case kTVMFFIBool:
      return PyBool_FromLong(any->v_int64 != 0);
    case kTVMFFIFloat:
      return PyFloat_FromDouble(any->v_float64);
    case kTVMFFIOpaquePtr:
      return PointerToPy(any->v_ptr);
    case kTVMFFIDataType:
      return DataTypeToPy(any->v_dtype);
    case kTVMFFIDevice:
      return DeviceToPy(any->v_device);
    case kTVMFFIDLTensorPtr:
      return NewTensorView(static_cast<DLTensor*>(any->v_ptr));
    case kTVMFFISmallStr:
      return PyUnicode_DecodeUTF8(any->v_bytes, any->small_str_len, nullptr);
    case kTVMFFISmallBytes:
      return PyBytes_FromStringAndSize(any->v_bytes, any->small_str_len);
    default:
      *handled = false;
      return nullptr;
  }
}

PyObject* Unhandled(int32_t type_index) {
  return PyErr_Format(PyExc_ValueError, "Unhandled type index %d", static_cast<int>(type_index));
}

PyObject* RValueRefToPy(const TVMFFIAny* view, const DLPackExchangeAPI* api) {
  auto** slot = static_cast<TVMFFIObject**>(view->v_ptr);
  TVMFFIObject* owned = *slot;
  if (owned == nullptr) {
    PyErr_SetString(PyExc_ValueError, "RValueRef already moved");
    return nullptr;
  }
  *slot = nullptr;
  return ObjectToPy(owned, api);
}

}  // namespace

PyObject* ObjectToPy(TVMFFIObject* owned, const DLPackExchangeAPI* api) {
  int32_t type_index = owned->type_index;
  switch (type_index) {
    case kTVMFFITensor:
      return api != nullptr ? TensorToFramework(owned, api, true) : NewTensor(owned);
    case kTVMFFIFunction:
      return NewFunction(owned);
    case kTVMFFIOpaquePyObject:
      return OpaqueToPy(owned);
    case kTVMFFIBigInt:
      return BigIntToPy(owned);
    default:
      break;
  }
  const TypeEntry* entry = GetTypeEntry(type_index);
  if (entry == nullptr) {
    DecRef(owned);
    return nullptr;
  }
  switch (entry->kind) {
    case ReturnKind::kString:
      return StringToPy(owned);
    case ReturnKind::kBytes:
      return BytesToPy(owned);
    case ReturnKind::kNativeValue:
      return NativeValueToPy(entry->cls, owned);
    default:
      break;
  }
  PyObject* self = NewWrapper(entry->cls, owned);
  if (self != nullptr && api != nullptr && PyType_IsSubtype(entry->cls, &ContainerBaseType)) {
    reinterpret_cast<ContainerWrapper*>(self)->api = api;
  }
  return self;
}

PyObject* AnyToPy(TVMFFIAny* owned, const DLPackExchangeAPI* api) {
  if (owned->type_index >= kTVMFFIStaticObjectBegin) return ObjectToPy(owned->v_obj, api);
  bool handled;
  PyObject* value = PlainToPy(owned, &handled);
  if (handled) return value;
  switch (owned->type_index) {
    case kTVMFFIRawStr:
      PyErr_SetString(PyExc_ValueError, "Return value cannot be RawStr");
      return nullptr;
    case kTVMFFIByteArrayPtr:
      PyErr_SetString(PyExc_ValueError, "Return value cannot be ByteArrayPtr");
      return nullptr;
    case kTVMFFIObjectRValueRef:
      PyErr_SetString(PyExc_ValueError, "Return value cannot be ObjectRValueRef");
      return nullptr;
    default:
      return Unhandled(owned->type_index);
  }
}

PyObject* AnyViewToPy(const TVMFFIAny* view, const DLPackExchangeAPI* api) {
  if (view->type_index >= kTVMFFIStaticObjectBegin) {
    IncRef(view->v_obj);
    if (view->type_index == kTVMFFITensor && api != nullptr) {
      return TensorToFramework(view->v_obj, api, /*fall_back=*/false);
    }
    return ObjectToPy(view->v_obj, api);
  }
  bool handled;
  PyObject* value = PlainToPy(view, &handled);
  if (handled) return value;
  switch (view->type_index) {
    case kTVMFFIRawStr:
      return PyUnicode_FromString(view->v_c_str);
    case kTVMFFIByteArrayPtr: {
      auto* content = static_cast<const TVMFFIByteArray*>(view->v_ptr);
      return PyBytes_FromStringAndSize(content->data, static_cast<Py_ssize_t>(content->size));
    }
    case kTVMFFIObjectRValueRef:
      return RValueRefToPy(view, api);
    default:
      return Unhandled(view->type_index);
  }
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

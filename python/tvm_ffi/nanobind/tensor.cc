// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tensor.cc
 * \brief `tvm_ffi.core.Tensor`: metadata and export of a tensor.
 *
 * `view` is the DLTensor that all members read: inside the owned object, or, for a callback
 * argument that only views a DLTensor, the borrowed one. Import and the exchange API are in
 * dlpack.cc.
 */
#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

PyTypeObject TensorType = {PyVarObject_HEAD_INIT(nullptr, 0)};
PyTypeObject* g_tensor_class = &TensorType;

namespace {

/*! \brief The DLTensor behind a wrapper; ValueError when there is none. */
DLTensor* ViewOf(PyObject* self) {
  auto* tensor = reinterpret_cast<TensorWrapper*>(self);
  if (tensor->view == nullptr) {
    TVMFFIObject* handle = RequireHandle(self);
    if (handle == nullptr) return nullptr;
    if (handle->type_index != kTVMFFITensor) {
      PyErr_SetString(PyExc_TypeError, "the object behind this wrapper is not a tensor");
      return nullptr;
    }
    tensor->view = TVMFFITensorGetDLTensorPtr(handle);
  }
  return tensor->view;
}

PyObject* TupleOf(const int64_t* values, int32_t count) {
  PyRef tuple(PyTuple_New(count));
  if (!tuple) return nullptr;
  for (int32_t i = 0; i < count; ++i) {
    PyObject* item = PyLong_FromLongLong(values[i]);
    if (item == nullptr) return nullptr;
    PyTuple_SET_ITEM(tuple.get(), i, item);
  }
  return tuple.release();
}

PyObject* GetShape(PyObject* self, void*) {
  DLTensor* t = ViewOf(self);
  return t != nullptr ? TupleOf(t->shape, t->ndim) : nullptr;
}

/*! \brief Row-major strides, in elements, of a shape without explicit ones. */
PyObject* CompactStrides(const int64_t* shape, int32_t ndim) {
  PyRef tuple(PyTuple_New(ndim));
  if (!tuple) return nullptr;
  int64_t stride = 1;
  for (int32_t i = ndim - 1; i >= 0; --i) {
    PyObject* item = PyLong_FromLongLong(stride);
    if (item == nullptr) return nullptr;
    PyTuple_SET_ITEM(tuple.get(), i, item);
    stride *= shape[i];
  }
  return tuple.release();
}

PyObject* GetStrides(PyObject* self, void*) {
  DLTensor* t = ViewOf(self);
  if (t == nullptr) return nullptr;
  return t->strides != nullptr ? TupleOf(t->strides, t->ndim) : CompactStrides(t->shape, t->ndim);
}

PyObject* GetNdim(PyObject* self, void*) {
  DLTensor* t = ViewOf(self);
  return t != nullptr ? PyLong_FromLong(t->ndim) : nullptr;
}

PyObject* GetDtype(PyObject* self, void*) {
  DLTensor* t = ViewOf(self);
  return t != nullptr ? DataTypeToPy(t->dtype) : nullptr;
}

PyObject* GetDevice(PyObject* self, void*) {
  DLTensor* t = ViewOf(self);
  return t != nullptr ? DeviceToPy(t->device) : nullptr;
}

PyObject* Numel(PyObject* self, PyObject*) {
  DLTensor* t = ViewOf(self);
  if (t == nullptr) return nullptr;
  int64_t numel = 1;
  for (int32_t i = 0; i < t->ndim; ++i) numel *= t->shape[i];
  return PyLong_FromLongLong(numel);
}

PyObject* Size(PyObject* self, PyObject* index) {
  DLTensor* t = ViewOf(self);
  if (t == nullptr) return nullptr;
  Py_ssize_t i = PyNumber_AsSsize_t(index, nullptr);  // clips what is out of range anyway
  if (i == -1 && PyErr_Occurred()) return nullptr;
  Py_ssize_t at = i < 0 ? i + t->ndim : i;
  if (at < 0 || at >= t->ndim) {
    return PyErr_Format(PyExc_IndexError, "Dimension %S out of range for tensor with %d dimensions",
                        index, static_cast<int>(t->ndim));
  }
  return PyLong_FromLongLong(t->shape[at]);
}

PyObject* DataPtr(PyObject* self, PyObject*) {
  DLTensor* t = ViewOf(self);
  if (t == nullptr) return nullptr;
  return PyLong_FromVoidPtr(static_cast<char*>(t->data) + t->byte_offset);
}

bool IsContiguous(const DLTensor& t) {
  if (t.strides == nullptr) return true;
  for (int32_t i = 0; i < t.ndim; ++i) {
    if (t.shape[i] == 0) return true;
  }
  int64_t expected = 1;
  for (int32_t i = t.ndim - 1; i >= 0; --i) {
    if (t.shape[i] == 1) continue;
    if (t.strides[i] != expected) return false;
    expected *= t.shape[i];
  }
  return true;
}

PyObject* IsContiguousMethod(PyObject* self, PyObject*) {
  DLTensor* t = ViewOf(self);
  return t != nullptr ? PyBool_FromLong(IsContiguous(*t)) : nullptr;
}

PyObject* DLPackDevice(PyObject* self, PyObject*) {
  DLTensor* t = ViewOf(self);
  if (t == nullptr) return nullptr;
  return Py_BuildValue("(ii)", static_cast<int>(t->device.device_type),
                       static_cast<int>(t->device.device_id));
}

// ---- export -------------------------------------------------------------------------------------

constexpr const char* kCapsuleName = "dltensor";
constexpr const char* kVersionedCapsuleName = "dltensor_versioned";

// A consumer renames the capsule, so a destructor that still sees the name owns the tensor.
template <typename Managed>
void DeleteCapsule(PyObject* capsule, const char* name) {
  if (!PyCapsule_IsValid(capsule, name)) return;
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, name));
  if (managed != nullptr && managed->deleter != nullptr) managed->deleter(managed);
}

void DeletePlain(PyObject* capsule) { DeleteCapsule<DLManagedTensor>(capsule, kCapsuleName); }
void DeleteVersioned(PyObject* capsule) {
  DeleteCapsule<DLManagedTensorVersioned>(capsule, kVersionedCapsuleName);
}

template <typename Managed>
PyObject* Export(PyObject* self, int (*to_dlpack)(TVMFFIObjectHandle, Managed**), const char* name,
                 PyCapsule_Destructor destructor) {
  TVMFFIObject* handle = RequireHandle(self);
  if (handle == nullptr || ViewOf(self) == nullptr) return nullptr;
  Managed* managed = nullptr;
  if (!CheckCode(to_dlpack(handle, &managed))) return nullptr;
  PyObject* capsule = PyCapsule_New(managed, name, destructor);
  if (capsule == nullptr) managed->deleter(managed);
  return capsule;
}

PyObject* ToDLPack(PyObject* self, PyObject*) {
  return Export<DLManagedTensor>(self, TVMFFITensorToDLPack, kCapsuleName, DeletePlain);
}

PyObject* ToDLPackVersioned(PyObject* self, PyObject*) {
  return Export<DLManagedTensorVersioned>(self, TVMFFITensorToDLPackVersioned,
                                          kVersionedCapsuleName, DeleteVersioned);
}

/*! \brief Refuse what a versioned export cannot do: another device, a copy. */
bool CheckExportRequest(PyObject* self, PyObject* dl_device, PyObject* copy) {
  if (dl_device != Py_None) {
    PyRef own(DLPackDevice(self, nullptr));
    if (!own) return false;
    int differs = PyObject_RichCompareBool(dl_device, own.get(), Py_NE);
    if (differs != 0) {
      if (differs > 0) {
        PyErr_SetString(PyExc_BufferError, "dl_device of different type not supported");
      }
      return false;
    }
  }
  int wants_copy = PyObject_IsTrue(copy);
  if (wants_copy > 0) PyErr_SetString(PyExc_BufferError, "copy not yet supported");
  return wants_copy == 0;
}

PyObject* DLPack(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"stream", "max_version", "dl_device", "copy", nullptr};
  PyObject *stream = Py_None, *max_version = Py_None, *dl_device = Py_None, *copy = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$OOOO:__dlpack__", const_cast<char**>(kNames),
                                   &stream, &max_version, &dl_device, &copy)) {
    return nullptr;
  }
  if (max_version == Py_None) return ToDLPack(self, nullptr);
  PyRef major(PySequence_GetItem(max_version, 0));
  if (!major) return nullptr;
  long version = PyLong_AsLong(major.get());
  if (version == -1 && PyErr_Occurred()) return nullptr;
  if (version < 0) {
    return PyErr_Format(PyExc_BufferError, "Unsupported max_version %S", max_version);
  }
  if (version < DLPACK_MAJOR_VERSION) return ToDLPack(self, nullptr);
  if (!CheckExportRequest(self, dl_device, copy)) return nullptr;
  return ToDLPackVersioned(self, nullptr);
}

PyMethodDef kMethods[] = {
    {"numel", Numel, METH_NOARGS, "Number of elements."},
    {"size", Size, METH_O, "Extent of one dimension; negative counts from the end."},
    {"data_ptr", DataPtr, METH_NOARGS, "Address of the first element."},
    {"is_contiguous", IsContiguousMethod, METH_NOARGS, "Whether the layout is compact row-major."},
    {"__dlpack_device__", DLPackDevice, METH_NOARGS, "Device as ``(type, id)``."},
    {"__dlpack__", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(DLPack)),
     METH_VARARGS | METH_KEYWORDS,
     "__dlpack__(*, stream=None, max_version=None, dl_device=None, copy=None)\n\n"
     "Export as a DLPack capsule, versioned when ``max_version`` asks for 1.0 or later."},
    {"_to_dlpack", ToDLPack, METH_NOARGS, "Export as an unversioned capsule."},
    {"_to_dlpack_versioned", ToDLPackVersioned, METH_NOARGS, "Export as a versioned capsule."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef kGetSet[] = {
    {"shape", GetShape, nullptr, "Extents as a tuple of ints.", nullptr},
    {"strides", GetStrides, nullptr, "Strides in elements as a tuple of ints.", nullptr},
    {"ndim", GetNdim, nullptr, "Number of dimensions.", nullptr},
    {"dtype", GetDtype, nullptr, "Data type of the elements.", nullptr},
    {"device", GetDevice, nullptr, "Where the data is.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

// ---- module functions ---------------------------------------------------------------------------

PyObject* MakeStridesFromShape(PyObject*, PyObject* shape) {
  if (!PyTuple_Check(shape)) {
    return PyErr_Format(PyExc_TypeError, "Expected tuple, got %s", Py_TYPE(shape)->tp_name);
  }
  Py_ssize_t ndim = PyTuple_GET_SIZE(shape);
  PyRef strides(PyTuple_New(ndim));
  PyRef stride(PyLong_FromLong(1));
  if (!strides || !stride) return nullptr;
  for (Py_ssize_t i = ndim - 1; i >= 0; --i) {
    PyRef next(PyNumber_Multiply(stride.get(), PyTuple_GET_ITEM(shape, i)));
    if (!next) return nullptr;
    PyTuple_SET_ITEM(strides.get(), i, stride.release());
    stride = std::move(next);
  }
  return strides.release();
}

PyObject* ShapeToTuple(PyObject*, PyObject* obj) {
  if (!IsCObject(obj) || RequireHandle(obj) == nullptr ||
      HandleOf(obj)->type_index != kTVMFFIShape) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "expected an ffi.Shape object");
    return nullptr;
  }
  const TVMFFIShapeCell* cell = TVMFFIShapeGetCellPtr(HandleOf(obj));
  return TupleOf(cell->data, static_cast<int32_t>(cell->size));
}

PyMethodDef kFunctions[] = {
    {"_make_strides_from_shape", MakeStridesFromShape, METH_O,
     "Compact row-major strides of a shape tuple."},
    {"_shape_obj_get_py_tuple", ShapeToTuple, METH_O, "Extents of an ``ffi.Shape`` object."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyObject* NewTensor(TVMFFIObject* owned) {
  PyObject* self = NewWrapper(g_tensor_class, owned);
  if (self != nullptr) {
    reinterpret_cast<TensorWrapper*>(self)->view = TVMFFITensorGetDLTensorPtr(owned);
  }
  return self;
}

PyObject* NewTensorView(DLTensor* view) {
  PyObject* self = NewWrapper(g_tensor_class, nullptr);
  if (self != nullptr) reinterpret_cast<TensorWrapper*>(self)->view = view;
  return self;
}

bool InitTensor(PyObject* module) {
  PyTypeObject* type = &TensorType;
  type->tp_name = "tvm_ffi.core.Tensor";
  type->tp_doc = "A managed n-dimensional array, exchanged with other packages through DLPack.";
  type->tp_base = &CObjectType;
  type->tp_basicsize = sizeof(TensorWrapper);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  type->tp_new = CObjectType.tp_new;
  type->tp_dealloc = CObjectType.tp_dealloc;
  type->tp_methods = kMethods;
  type->tp_getset = kGetSet;
  return AddType(module, type) && PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

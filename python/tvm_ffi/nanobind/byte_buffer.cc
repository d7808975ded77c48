// SPDX-License-Identifier: Apache-2.0
/*!
 * \file byte_buffer.cc
 * \brief Payloads for `load_module_from_bytes`: Python buffers as FFI bytes with as few copies as
 *        possible.
 *
 * A Python `bytes` object is immutable and NUL-terminated, so an FFI bytes object can refer to its
 * buffer and keep it alive. Every other buffer may change later and is copied exactly once.
 */
#include <cstdlib>

#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

constexpr Py_ssize_t kMaxSmall = 7;  // payloads up to this size travel inside the value

/*! \brief An `ffi.Bytes` object over a Python bytes object, or over content of its own. */
struct PayloadBytes {
  TVMFFIObject header;
  TVMFFIByteArray content;
  PyObject* owner;  // NULL: the content follows this struct
};

static_assert(offsetof(PayloadBytes, content) == 24, "the cell follows the object header");

void DeletePayload(void* self, int flags) {
  auto* payload = static_cast<PayloadBytes*>(self);
  if ((flags & kTVMFFIObjectDeleterFlagBitMaskStrong) && payload->owner != nullptr) {
    DropPyObject(payload->owner);
  }
  if (flags & kTVMFFIObjectDeleterFlagBitMaskWeak) std::free(payload);
}

PayloadBytes* NewPayload(size_t tail) {
  auto* payload = static_cast<PayloadBytes*>(std::malloc(sizeof(PayloadBytes) + tail));
  if (payload == nullptr) {
    PyErr_NoMemory();
    return nullptr;
  }
  InitHeader(&payload->header, kTVMFFIBytes, DeletePayload);
  payload->owner = nullptr;
  return payload;
}

PyObject* WrapPayload(PayloadBytes* payload) {
  PyObject* cls = PyDict_GetItemWithError(g_core_dict, g_names.class_object);
  return NewWrapper(reinterpret_cast<PyTypeObject*>(cls), &payload->header);
}

/*! \brief Refer to the buffer of a Python bytes object. */
PyObject* ShareBytes(PyObject* bytes) {
  PayloadBytes* payload = NewPayload(0);
  if (payload == nullptr) return nullptr;
  Py_INCREF(bytes);
  payload->owner = bytes;
  payload->content = {PyBytes_AS_STRING(bytes), static_cast<size_t>(PyBytes_GET_SIZE(bytes))};
  return WrapPayload(payload);
}

/*! \brief Copy a buffer, in C order, into a new FFI bytes object. */
PyObject* CopyBuffer(const Py_buffer& view) {
  if (view.len <= kMaxSmall) {
    char small[kMaxSmall];
    if (PyBuffer_ToContiguous(small, &view, view.len, 'C') < 0) return nullptr;
    return PyBytes_FromStringAndSize(small, view.len);
  }
  PayloadBytes* payload = NewPayload(static_cast<size_t>(view.len) + 1);
  if (payload == nullptr) return nullptr;
  auto* data = reinterpret_cast<char*>(payload + 1);
  if (PyBuffer_ToContiguous(data, &view, view.len, 'C') < 0) {
    DecRef(&payload->header);
    return nullptr;
  }
  data[view.len] = '\0';
  payload->content = {data, static_cast<size_t>(view.len)};
  return WrapPayload(payload);
}

/*! \brief The bytes object below a chain of memoryviews, or `obj` itself. Borrowed. */
PyObject* BaseOf(PyObject* obj) {
  while (PyMemoryView_Check(obj)) {
    PyObject* base = PyMemoryView_GET_BASE(obj);
    if (base == nullptr) break;
    obj = base;
  }
  return obj;
}

PyObject* AsPayload(PyObject*, PyObject* data) {
  if (PyBytes_Check(data)) {
    PyRef cached(PyBytes_CheckExact(data) ? nullptr
                                          : PyObject_GetAttr(data, g_names.cached_object));
    PyErr_Clear();
    if (PyBytes_GET_SIZE(data) <= kMaxSmall || (cached && cached.get() != Py_None)) {
      Py_INCREF(data);
      return data;
    }
    return ShareBytes(data);
  }
  // Our own tensors and other packages' ones without a buffer stay what they are: the call refuses
  // them by type. Only "this is no buffer" is forgiven here, a released view is an error.
  if (!PyObject_CheckBuffer(data)) {
    Py_INCREF(data);
    return data;
  }
  Py_buffer view;
  if (PyObject_GetBuffer(data, &view, PyBUF_FULL_RO) < 0) return nullptr;
  PyObject* payload;
  PyObject* base = BaseOf(data);
  if (view.len > kMaxSmall && PyBytes_Check(base) && PyBuffer_IsContiguous(&view, 'C') &&
      view.buf == PyBytes_AS_STRING(base) && view.len == PyBytes_GET_SIZE(base)) {
    payload = ShareBytes(base);
  } else {
    payload = CopyBuffer(view);
  }
  PyBuffer_Release(&view);
  return payload;
}

PyMethodDef kFunctions[] = {
    {"_as_payload", AsPayload, METH_O,
     "Turn a buffer into something that reaches native code as FFI bytes.\n\n"
     "``bytes`` (and memoryviews over a whole one) are shared, other buffers copied once, and\n"
     "anything that is no buffer comes back unchanged."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

bool InitByteBuffer(PyObject* module) { return PyModule_AddFunctions(module, kFunctions) == 0; }

}  // namespace python
}  // namespace ffi
}  // namespace tvm

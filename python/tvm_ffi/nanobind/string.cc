// SPDX-License-Identifier: Apache-2.0
/*!
 * \file string.cc
 * \brief Text and bytes across the boundary, and the helper type `ByteArrayArg`.
 *
 * A string argument of more than seven bytes needs a heap object for the duration of the call. Most
 * callees do not keep it, so medium-sized ones come from a small free list: a temporary that nobody
 * else holds after the call goes back there instead of through malloc and free.
 */

#include <cstdlib>

#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

constexpr Py_ssize_t kMaxSmall = 7;

/*! \brief An `ffi.String` or `ffi.Bytes` object whose content follows the cell. */
struct HeapString {
  TVMFFIObject header;
  TVMFFIByteArray content;
  char data[1];
};

static_assert(offsetof(HeapString, content) == 24, "the cell follows the object header");

constexpr size_t kBoxSize = 128;
constexpr Py_ssize_t kBoxCapacity =
    static_cast<Py_ssize_t>(kBoxSize - offsetof(HeapString, data)) - 1;  // one byte for the NUL
constexpr int kMaxFree = 32;

// Guarded by the GIL; unused where there is none.
HeapString* g_free[kMaxFree];
int g_num_free = 0;

void DeleteString(void* self, int flags) {
  if (flags & kTVMFFIObjectDeleterFlagBitMaskWeak) std::free(self);
}

/*! \brief Memory for `size` bytes of content: a box from the free list, or of exact size. */
HeapString* AllocateString(Py_ssize_t size, int32_t type_index) {
  void* memory;
  if (size > kBoxCapacity) {
    memory = std::malloc(offsetof(HeapString, data) + size + 1);
  } else if (g_num_free > 0) {
    memory = g_free[--g_num_free];
  } else {
    memory = std::malloc(kBoxSize);
  }
  if (memory == nullptr) {
    PyErr_NoMemory();
    return nullptr;
  }
  auto* obj = static_cast<HeapString*>(memory);
  InitHeader(&obj->header, type_index, DeleteString);
  return obj;
}

bool SetContent(ArgFrame* frame, const char* data, Py_ssize_t size, int32_t small_index,
                int32_t heap_index, TVMFFIAny* out) {
  if (size <= kMaxSmall) {
    out->type_index = small_index;
    out->small_str_len = static_cast<uint32_t>(size);
    out->v_int64 = 0;
    std::memcpy(out->v_bytes, data, static_cast<size_t>(size));
    return true;
  }
  HeapString* obj = AllocateString(size, heap_index);
  if (obj == nullptr) return false;
  std::memcpy(obj->data, data, static_cast<size_t>(size));
  obj->data[size] = '\0';
  obj->content = {obj->data, static_cast<size_t>(size)};
  SetPtr(out, heap_index, obj);
  return frame->Keep(&obj->header);
}

// ---- results ------------------------------------------------------------------------------------

/*! \brief A value class (`String`, `Bytes`) and the offset of its cached-object slot. */
struct ValueClass {
  PyTypeObject* type = nullptr;
  Py_ssize_t cached_offset = 0;  // 0: no slot, the attribute lives in the instance dictionary
};

ValueClass g_string, g_bytes;

bool InitValueClass(PyObject* cls, ValueClass* out) {
  out->type = reinterpret_cast<PyTypeObject*>(cls);
  PyObject* slot = ClassAttr(out->type, g_names.cached_object);
  if (slot != nullptr && Py_TYPE(slot) == &PyMemberDescr_Type) {
    out->cached_offset = reinterpret_cast<PyMemberDescrObject*>(slot)->d_member->offset;
  }
  return true;
}

/*! \brief Store the wrapper of `owned` as the cached object of a new `value`. */
PyObject* AttachCached(PyObject* value, const ValueClass& cls, TVMFFIObject* owned) {
  PyObject* object_class = PyDict_GetItemWithError(g_core_dict, g_names.class_object);
  PyRef hold(value);
  if (value == nullptr || object_class == nullptr) {
    DecRef(owned);
    return nullptr;
  }
  PyRef cached(NewWrapper(reinterpret_cast<PyTypeObject*>(object_class), owned));
  if (!cached) return nullptr;
  if (cls.cached_offset > 0) {
    auto** slot = reinterpret_cast<PyObject**>(reinterpret_cast<char*>(value) + cls.cached_offset);
    Py_XDECREF(*slot);
    *slot = cached.release();
  } else if (PyObject_SetAttr(value, g_names.cached_object, cached.get()) < 0) {
    return nullptr;
  }
  return hold.release();
}

PyObject* MakeValue(PyTypeObject* base, const ValueClass& cls, PyObject* plain) {
  PyRef hold(plain);
  if (plain == nullptr) return nullptr;
  PyRef args(PyTuple_Pack(1, plain));
  return args ? base->tp_new(cls.type, args.get(), nullptr) : nullptr;
}

// ---- ByteArrayArg -------------------------------------------------------------------------------

/*! \brief Holds a bytes object as a TVMFFIByteArray. */
struct ByteArrayArg {
  PyObject_HEAD TVMFFIByteArray content;
  PyObject* bytes;
};

PyTypeObject ByteArrayArgType = {PyVarObject_HEAD_INIT(nullptr, 0)};

PyObject* ByteArrayArgNew(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"b", nullptr};
  PyObject* source;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O", const_cast<char**>(kNames), &source)) {
    return nullptr;
  }
  if (!PyBytes_Check(source) && !PyByteArray_Check(source)) {
    PyErr_Format(PyExc_TypeError, "Expected bytes or bytearray, got %s", Py_TYPE(source)->tp_name);
    return nullptr;
  }
  PyRef bytes(PyBytes_FromObject(source));
  if (!bytes) return nullptr;
  auto* self = reinterpret_cast<ByteArrayArg*>(type->tp_alloc(type, 0));
  if (self == nullptr) return nullptr;
  self->bytes = bytes.release();
  self->content = {PyBytes_AS_STRING(self->bytes),
                   static_cast<size_t>(PyBytes_GET_SIZE(self->bytes))};
  return reinterpret_cast<PyObject*>(self);
}

void ByteArrayArgDealloc(PyObject* self) {
  Py_XDECREF(reinterpret_cast<ByteArrayArg*>(self)->bytes);
  Py_TYPE(self)->tp_free(self);
}

// ---- module functions ---------------------------------------------------------------------------

/*! \brief `_string_content(obj)`: the plain str or bytes in a string or bytes object. */
PyObject* ContentOf(PyObject*, PyObject* obj) {
  TVMFFIObject* handle = IsCObject(obj) ? RequireHandle(obj) : nullptr;
  if (handle == nullptr && PyErr_Occurred()) return nullptr;
  if (handle == nullptr ||
      (handle->type_index != kTVMFFIStr && handle->type_index != kTVMFFIBytes)) {
    return PyErr_Format(PyExc_TypeError, "expected a string or bytes object, got %s",
                        Py_TYPE(obj)->tp_name);
  }
  const TVMFFIByteArray* content = TVMFFIBytesGetByteArrayPtr(handle);
  auto size = static_cast<Py_ssize_t>(content->size);
  return handle->type_index == kTVMFFIStr ? PyUnicode_DecodeUTF8(content->data, size, nullptr)
                                          : PyBytes_FromStringAndSize(content->data, size);
}

PyMethodDef kFunctions[] = {
    {"_string_content", ContentOf, METH_O, "The plain value of an FFI string or bytes object."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

bool SetStr(ArgFrame* frame, PyObject* str, TVMFFIAny* out) {
  Py_ssize_t size;
  const char* data;
  if (PyUnicode_IS_COMPACT_ASCII(str)) {
    data = reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(str));
    size = PyUnicode_GET_LENGTH(str);
  } else {
    data = PyUnicode_AsUTF8AndSize(str, &size);
    if (data == nullptr) return false;
  }
  return SetContent(frame, data, size, kTVMFFISmallStr, kTVMFFIStr, out);
}

bool SetBytes(ArgFrame* frame, const char* data, Py_ssize_t size, TVMFFIAny* out) {
  return SetContent(frame, data, size, kTVMFFISmallBytes, kTVMFFIBytes, out);
}

bool RecycleString(TVMFFIObject* obj) {
#ifdef Py_GIL_DISABLED
  return false;
#else
  if (obj->deleter != DeleteString || g_num_free == kMaxFree || !IsUnique(obj)) return false;
  auto* str = reinterpret_cast<HeapString*>(obj);
  if (str->content.size > static_cast<size_t>(kBoxCapacity)) return false;
  g_free[g_num_free++] = str;
  return true;
#endif
}

PyObject* StringToPy(TVMFFIObject* owned) {
  const TVMFFIByteArray* content = TVMFFIBytesGetByteArrayPtr(owned);
  PyObject* plain =
      PyUnicode_DecodeUTF8(content->data, static_cast<Py_ssize_t>(content->size), nullptr);
  return AttachCached(MakeValue(&PyUnicode_Type, g_string, plain), g_string, owned);
}

PyObject* BytesToPy(TVMFFIObject* owned) {
  const TVMFFIByteArray* content = TVMFFIBytesGetByteArrayPtr(owned);
  PyObject* plain =
      PyBytes_FromStringAndSize(content->data, static_cast<Py_ssize_t>(content->size));
  return AttachCached(MakeValue(&PyBytes_Type, g_bytes, plain), g_bytes, owned);
}

bool SetStringClasses(PyObject* string_cls, PyObject* bytes_cls) {
  return InitValueClass(string_cls, &g_string) && InitValueClass(bytes_cls, &g_bytes);
}

bool InitString(PyObject* module) {
  PyTypeObject* type = &ByteArrayArgType;
  type->tp_name = "tvm_ffi.core.ByteArrayArg";
  type->tp_doc = "Holds a bytes object as a byte array of the C ABI.";
  type->tp_basicsize = sizeof(ByteArrayArg);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  type->tp_new = ByteArrayArgNew;
  type->tp_dealloc = ByteArrayArgDealloc;
  return AddType(module, type) && PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

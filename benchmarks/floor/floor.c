// SPDX-License-Identifier: Apache-2.0
//
// The floor of a Python call: a bare CPython type whose vectorcall packs its arguments into
// TVMFFIAny cells, releases the GIL (or not), calls a TVMFFISafeCallType and returns None.
//
// It supports exactly one kind of argument per instance, chosen at creation, checks only that the
// argument has that exact type, and converts no result. No binding that checks and converts can be
// faster; benchmarks report how close one comes.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <tvm/ffi/c_api.h>

#define FLOOR_MAX_ARGS 8

typedef int (*FloorPack)(PyObject* arg, TVMFFIAny* out);

// A Python object that holds one FFI object, the way every binding's wrapper does.
typedef struct {
  PyObject_HEAD TVMFFIObject* chandle;
} FloorObject;

typedef struct {
  PyObject_HEAD vectorcallfunc vectorcall;
  TVMFFISafeCallType safe_call;
  void* self;
  FloorPack pack;
  int release_gil;
} FloorFunction;

// A Python object that holds a value of 8 bytes, as wrappers of dtypes and devices do.
typedef struct {
  PyObject_HEAD int32_t type_index;
  int64_t bits;
} FloorValue;

static PyTypeObject FloorObjectType;
static PyTypeObject FloorValueType;

static int PackNone(PyObject* arg, TVMFFIAny* out) {
  if (arg != Py_None) return -1;
  out->type_index = kTVMFFINone;
  return 0;
}

static int PackInt(PyObject* arg, TVMFFIAny* out) {
  if (!PyLong_CheckExact(arg)) return -1;
  int overflow = 0;
  out->type_index = kTVMFFIInt;
  out->v_int64 = PyLong_AsLongLongAndOverflow(arg, &overflow);
  return overflow;
}

static int PackFloat(PyObject* arg, TVMFFIAny* out) {
  if (!PyFloat_CheckExact(arg)) return -1;
  out->type_index = kTVMFFIFloat;
  out->v_float64 = PyFloat_AS_DOUBLE(arg);
  return 0;
}

static int PackBool(PyObject* arg, TVMFFIAny* out) {
  if (!PyBool_Check(arg)) return -1;
  out->type_index = kTVMFFIBool;
  out->v_int64 = arg == Py_True;
  return 0;
}

// Text and bytes arrive at a callee as inline cells up to 7 bytes and as heap objects beyond. The
// callee may keep such an object, so each call makes one and drops its own reference afterwards.
typedef struct {
  TVMFFIObject header;
  TVMFFIByteArray content;
  char data[1];
} FloorText;

static void DeleteText(void* self, int flags) {
  if (flags & kTVMFFIObjectDeleterFlagBitMaskWeak) free(self);
}

static int PackText(const char* data, Py_ssize_t size, int32_t small_index, int32_t heap_index,
                    TVMFFIAny* out) {
  if (size <= 7) {
    out->type_index = small_index;
    out->small_str_len = (uint32_t)size;
    memcpy(out->v_bytes, data, (size_t)size);
    return 0;
  }
  FloorText* text = malloc(sizeof(FloorText) + (size_t)size);
  if (text == NULL) return -1;
  text->header.combined_ref_count = ((uint64_t)1 << 32) + 1;
  text->header.type_index = heap_index;
  text->header.__padding = 0;
  text->header.deleter = DeleteText;
  text->content.data = text->data;
  text->content.size = (size_t)size;
  memcpy(text->data, data, (size_t)size + 1);
  out->type_index = heap_index;
  out->v_obj = &text->header;
  return 0;
}

// Drops what PackText made; the other packers make no objects.
static void ReleaseTexts(TVMFFIAny* packed, Py_ssize_t count) {
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (packed[i].type_index == kTVMFFIStr || packed[i].type_index == kTVMFFIBytes) {
      TVMFFIObjectDecRef(packed[i].v_obj);
    }
  }
}

static int PackStr(PyObject* arg, TVMFFIAny* out) {
  if (!PyUnicode_CheckExact(arg)) return -1;
  Py_ssize_t size;
  const char* data = PyUnicode_AsUTF8AndSize(arg, &size);
  if (data == NULL) return -1;
  return PackText(data, size, kTVMFFISmallStr, kTVMFFIStr, out);
}

static int PackBytes(PyObject* arg, TVMFFIAny* out) {
  if (!PyBytes_CheckExact(arg)) return -1;
  return PackText(PyBytes_AS_STRING(arg), PyBytes_GET_SIZE(arg), kTVMFFISmallBytes, kTVMFFIBytes,
                  out);
}

static int PackObject(PyObject* arg, TVMFFIAny* out) {
  if (Py_TYPE(arg) != &FloorObjectType) return -1;
  TVMFFIObject* obj = ((FloorObject*)arg)->chandle;
  out->type_index = obj->type_index;
  out->v_obj = obj;
  return 0;
}

static int PackValue(PyObject* arg, TVMFFIAny* out) {
  if (Py_TYPE(arg) != &FloorValueType) return -1;
  out->type_index = ((FloorValue*)arg)->type_index;
  out->v_int64 = ((FloorValue*)arg)->bits;
  return 0;
}

static const struct {
  const char* name;
  FloorPack pack;
} kPackers[] = {{"none", PackNone},     {"int", PackInt},    {"float", PackFloat},
                {"bool", PackBool},     {"str", PackStr},    {"bytes", PackBytes},
                {"object", PackObject}, {"value", PackValue}};

static PyObject* FloorFunction_vectorcall(PyObject* callable, PyObject* const* args, size_t nargsf,
                                          PyObject* kwnames) {
  FloorFunction* self = (FloorFunction*)callable;
  Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  TVMFFIAny packed[FLOOR_MAX_ARGS];
  TVMFFIAny result;
  if (nargs > FLOOR_MAX_ARGS || kwnames != NULL) {
    PyErr_SetString(PyExc_TypeError, "floor: too many arguments");
    return NULL;
  }
  for (Py_ssize_t i = 0; i < nargs; ++i) {
    packed[i].zero_padding = 0;
    packed[i].v_int64 = 0;
    if (self->pack(args[i], &packed[i]) != 0) {
      PyErr_SetString(PyExc_TypeError, "floor: wrong argument type");
      return NULL;
    }
  }
  result.type_index = kTVMFFINone;
  result.zero_padding = 0;
  result.v_int64 = 0;
  int status;
  if (self->release_gil) {
    Py_BEGIN_ALLOW_THREADS status = self->safe_call(self->self, packed, (int32_t)nargs, &result);
    Py_END_ALLOW_THREADS
  } else {
    status = self->safe_call(self->self, packed, (int32_t)nargs, &result);
  }
  if (self->pack == PackStr || self->pack == PackBytes) ReleaseTexts(packed, nargs);
  if (status != 0 || result.type_index != kTVMFFINone) {
    PyErr_SetString(PyExc_RuntimeError, "floor: the callee failed or returned a value");
    return NULL;
  }
  Py_RETURN_NONE;
}

static PyTypeObject FloorFunctionType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_floor.Function",
    .tp_basicsize = sizeof(FloorFunction),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(FloorFunction, vectorcall),
    .tp_call = PyVectorcall_Call,
};

static PyTypeObject FloorObjectType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_floor.Object",
    .tp_basicsize = sizeof(FloorObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

static PyTypeObject FloorValueType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_floor.Value",
    .tp_basicsize = sizeof(FloorValue),
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

// function(handle: int, kind: str, release_gil: bool): the handle is of an ffi.Function that the
// caller keeps alive.
static PyObject* MakeFunction(PyObject* module, PyObject* args) {
  unsigned long long handle;
  const char* kind;
  int release_gil;
  if (!PyArg_ParseTuple(args, "Ksp", &handle, &kind, &release_gil)) return NULL;
  for (size_t i = 0; i < sizeof(kPackers) / sizeof(kPackers[0]); ++i) {
    if (strcmp(kPackers[i].name, kind) != 0) continue;
    FloorFunction* self = PyObject_New(FloorFunction, &FloorFunctionType);
    if (self == NULL) return NULL;
    // The cell follows the object header; c_api.h has an accessor for this in C++ only.
    const TVMFFIFunctionCell* cell =
        (const TVMFFIFunctionCell*)((const char*)(uintptr_t)handle + sizeof(TVMFFIObject));
    self->vectorcall = FloorFunction_vectorcall;
    self->safe_call = cell->safe_call;
    self->self = (void*)(uintptr_t)handle;
    self->pack = kPackers[i].pack;
    self->release_gil = release_gil;
    return (PyObject*)self;
  }
  return PyErr_Format(PyExc_ValueError, "floor: unknown argument kind %s", kind);
}

// object(handle: int): wraps an FFI object that the caller keeps alive.
static PyObject* MakeObject(PyObject* module, PyObject* arg) {
  unsigned long long handle = PyLong_AsUnsignedLongLong(arg);
  if (handle == (unsigned long long)-1 && PyErr_Occurred()) return NULL;
  FloorObject* self = PyObject_New(FloorObject, &FloorObjectType);
  if (self != NULL) self->chandle = (TVMFFIObject*)(uintptr_t)handle;
  return (PyObject*)self;
}

// value(type_index: int): a zero value of a type that is held inside TVMFFIAny.
static PyObject* MakeValue(PyObject* module, PyObject* arg) {
  long type_index = PyLong_AsLong(arg);
  if (type_index == -1 && PyErr_Occurred()) return NULL;
  FloorValue* self = PyObject_New(FloorValue, &FloorValueType);
  if (self != NULL) {
    self->type_index = (int32_t)type_index;
    self->bits = 0;
  }
  return (PyObject*)self;
}

static PyMethodDef kMethods[] = {
    {"function", MakeFunction, METH_VARARGS, "Wrap an ffi.Function handle for one argument kind."},
    {"object", MakeObject, METH_O, "Wrap an ffi.Object handle."},
    {"value", MakeValue, METH_O, "Make a zero value of a type index."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef kModule = {
    PyModuleDef_HEAD_INIT,
    "_floor",
    "The floor of a Python call into the FFI.",
    -1,
    kMethods,
    NULL,
    NULL,
    NULL,
    NULL,
};

PyMODINIT_FUNC PyInit__floor(void) {
  if (PyType_Ready(&FloorFunctionType) < 0 || PyType_Ready(&FloorObjectType) < 0 ||
      PyType_Ready(&FloorValueType) < 0) {
    return NULL;
  }
  return PyModule_Create(&kModule);
}

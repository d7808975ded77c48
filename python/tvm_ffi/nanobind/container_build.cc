// SPDX-License-Identifier: Apache-2.0
/*!
 * \file container_build.cc
 * \brief Making Array, List, Map and Dict from Python values: arguments of calls, and the
 *        constructors of the four container classes.
 *
 * Elements are converted by the rules of arguments, with a call context of their own.
 */
#include <cstdlib>
#include <new>

#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

/*! \brief Raise RecursionError when the conversion that `frame` began used its share of stack. */
bool TooDeep(const ArgFrame* frame) {
  char here;
  intptr_t used = reinterpret_cast<intptr_t>(frame) - reinterpret_cast<intptr_t>(&here);
  if ((used < 0 ? -used : used) <= kMaxStackBytes) return false;
  PyErr_SetString(PyExc_RecursionError,
                  "maximum nesting depth exceeded while converting an argument");
  return true;
}

/*!
 * \brief Elements of a container are converted with a context of their own; what they record
 *        afterwards reaches the surrounding call where that has recorded nothing itself.
 */
class NestedContext {
 public:
  explicit NestedContext(ArgFrame* frame) : frame_(frame), outer_(frame->ctx) {
    frame->ctx = CallContext();
  }
  ~NestedContext() {
    CallContext inner = frame_->ctx;
    frame_->ctx = outer_;
    if (outer_.device_type == -1) {
      frame_->ctx.device_type = inner.device_type;
      frame_->ctx.device_id = inner.device_id;
      frame_->ctx.stream = inner.stream;
    }
    if (outer_.api == nullptr) frame_->ctx.api = inner.api;
  }
  NestedContext(const NestedContext&) = delete;
  NestedContext& operator=(const NestedContext&) = delete;

 private:
  ArgFrame* frame_;
  CallContext outer_;
};

// ---- sequences ----------------------------------------------------------------------------------

/*!
 * \brief An `ffi.Array` or `ffi.List` allocated here: header and cell. The elements of an Array
 *        follow; a List has a buffer, which C++ code replaces by one of `operator new`.
 */
struct SequenceObject {
  TVMFFIObject header;
  TVMFFISeqCell cell;

  TVMFFIAny* elements() { return static_cast<TVMFFIAny*>(cell.data); }
};

static_assert(sizeof(SequenceObject) == 56, "array elements follow the sequence cell");

/*! \brief The last element of a sequence that only `value` refers to; NULL when there is none. */
TVMFFIAny* LastOfSoleSequence(const TVMFFIAny& value) {
  if (value.type_index != kTVMFFIArray && value.type_index != kTVMFFIList) return nullptr;
  if (!IsUnique(value.v_obj)) return nullptr;
  auto* sequence = reinterpret_cast<SequenceObject*>(value.v_obj);  // whoever made it
  return sequence->cell.size == 0 ? nullptr : sequence->elements() + sequence->cell.size - 1;
}

/*!
 * \brief Drop an element of a dying sequence.
 *
 * The last element of a sequence is dropped after it and not inside its deleter, as native code
 * does. So a chain of sequences, each the last element of the one before, needs no stack for its
 * length.
 */
void ReleaseElement(TVMFFIAny element) {
  while (TVMFFIAny* last = LastOfSoleSequence(element)) {
    TVMFFIAny next = *last;
    SetNone(last);
    ReleaseAny(&element);
    element = next;
  }
  ReleaseAny(&element);
}

void DeleteSequence(void* self, int flags) {
  auto* sequence = static_cast<SequenceObject*>(self);
  if (flags & kTVMFFIObjectDeleterFlagBitMaskStrong) {
    for (int64_t i = 0; i < sequence->cell.size; ++i) ReleaseElement(sequence->elements()[i]);
    if (sequence->cell.data_deleter != nullptr) sequence->cell.data_deleter(sequence->cell.data);
  }
  if (flags & kTVMFFIObjectDeleterFlagBitMaskWeak) std::free(sequence);
}

void FreeBuffer(void* buffer) { ::operator delete(buffer); }

/*! \brief A new empty sequence with room for `capacity` elements; NULL with MemoryError. */
SequenceObject* NewSequence(int32_t type_index, size_t capacity) {
  bool in_place = type_index == kTVMFFIArray;
  size_t buffer_size = capacity * sizeof(TVMFFIAny);
  auto* sequence = static_cast<SequenceObject*>(
      std::malloc(sizeof(SequenceObject) + (in_place ? buffer_size : 0)));
  void* buffer = sequence + 1;
  if (sequence != nullptr && !in_place) {
    buffer = capacity == 0 ? nullptr : ::operator new(buffer_size, std::nothrow);
  }
  if (sequence == nullptr || (buffer == nullptr && capacity != 0)) {
    std::free(sequence);
    PyErr_NoMemory();
    return nullptr;
  }
  InitHeader(&sequence->header, type_index, DeleteSequence);
  sequence->cell.data = buffer;
  sequence->cell.size = 0;
  sequence->cell.capacity = static_cast<int64_t>(capacity);
  sequence->cell.data_deleter = in_place ? nullptr : FreeBuffer;
  return sequence;
}

/*! \brief Convert the numbers at the beginning, which runs no Python code. */
void FillWithInts(PyObject* items, SequenceObject* sequence) {
  PyObject** source = PySequence_Fast_ITEMS(items);
  int64_t i = 0, value;
  for (; i < sequence->cell.capacity; ++i) {
    if (Py_TYPE(source[i]) != &PyLong_Type || !ReadCompactInt(source[i], &value)) break;
    SetInt(&sequence->elements()[i], kTVMFFIInt, value);
  }
  sequence->cell.size = i;
}

bool FillSequence(ArgFrame* frame, PyObject* items, SequenceObject* sequence) {
  FillWithInts(items, sequence);
  if (sequence->cell.size == sequence->cell.capacity) return true;
  if (TooDeep(frame)) return false;
  NestedContext nested(frame);
  for (Py_ssize_t i = sequence->cell.size; i < sequence->cell.capacity; ++i) {
    // A conversion may run Python code that shortens a list.
    if (i >= PySequence_Fast_GET_SIZE(items)) {
      PyErr_SetString(PyExc_RuntimeError, "list changed size during conversion");
      return false;
    }
    PyRef item = PyRef::Borrow(PySequence_Fast_GET_ITEM(items, i));
    if (!SetOwned(frame, item.get(), &sequence->elements()[i])) return false;
    ++sequence->cell.size;
  }
  return true;
}

// ---- maps ---------------------------------------------------------------------------------------

/*! \brief Keys and values in a row, converted, until the map has been made. */
class Pairs {
 public:
  explicit Pairs(Py_ssize_t count) : count_(count) {
    if (count <= kInline) return;
    size_t bytes = 2 * static_cast<size_t>(count) * sizeof(TVMFFIAny);
    values_ = static_cast<TVMFFIAny*>(PyMem_Malloc(bytes));
  }
  ~Pairs() {
    if (values_ != inline_) PyMem_Free(values_);
  }
  Pairs(const Pairs&) = delete;
  Pairs& operator=(const Pairs&) = delete;

  bool FillFromDict(ArgFrame* frame, PyObject* dict) {
    if (!Begin(frame)) return false;
    NestedContext nested(frame);
    Py_ssize_t position = 0, filled = 0;
    PyObject *key, *value;
    while (filled < count_ && PyDict_Next(dict, &position, &key, &value)) {
      if (!Set(frame, filled++, key, value)) return false;
    }
    if (filled == count_ && PyDict_GET_SIZE(dict) == count_) return true;
    PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during conversion");
    return false;
  }

  /*! \brief Take the items of another mapping: a list that nobody else has, of pairs. */
  bool FillFromItems(ArgFrame* frame, PyObject* items) {
    if (!Begin(frame)) return false;
    NestedContext nested(frame);
    for (Py_ssize_t i = 0; i < count_; ++i) {
      PyRef pair(PySequence_Tuple(PyList_GET_ITEM(items, i)));
      if (!pair) return false;
      if (PyTuple_GET_SIZE(pair.get()) != 2) {
        PyErr_SetString(PyExc_ValueError, "an item of a mapping must be a key and a value");
        return false;
      }
      if (!Set(frame, i, PyTuple_GET_ITEM(pair.get(), 0), PyTuple_GET_ITEM(pair.get(), 1))) {
        return false;
      }
    }
    return true;
  }

  /*! \brief A new map of what was filled in; NULL with the Python error set. */
  TVMFFIObject* Make(int32_t type_index) {
    static GlobalFunction make_map("ffi.Map"), make_dict("ffi.Dict");
    TVMFFIAny result = NoneAny();
    GlobalFunction& make = type_index == kTVMFFIMap ? make_map : make_dict;
    return make.Call(values_, static_cast<int32_t>(2 * count_), &result) ? result.v_obj : nullptr;
  }

 private:
  static constexpr Py_ssize_t kInline = 4;

  bool Begin(ArgFrame* frame) {
    if (values_ == nullptr) return PyErr_NoMemory(), false;
    return !TooDeep(frame);
  }

  bool Set(ArgFrame* frame, Py_ssize_t i, PyObject* key, PyObject* value) {
    // The borrowed views must outlive a conversion that replaces entries of the mapping.
    Py_INCREF(key);
    Py_INCREF(value);
    bool kept = frame->Keep(key);
    kept = frame->Keep(value) && kept;
    return kept && SetArg(frame, key, &values_[2 * i]) && SetArg(frame, value, &values_[2 * i + 1]);
  }

  Py_ssize_t count_;
  TVMFFIAny inline_[2 * kInline];
  TVMFFIAny* values_ = inline_;
};

// ---- constructors of the classes ----------------------------------------------------------------

/*! \brief Give a wrapper the object that its constructor made; consumes it. */
PyObject* FinishInit(PyObject* self, TVMFFIObject* owned) {
  if (owned == nullptr || !StoreHandle(self, owned)) return nullptr;
  Py_RETURN_NONE;
}

/*! \brief What a constructor is called and takes. */
struct Signature {
  const char* class_name;
  const char* argument;
  bool required;
};

/*! \brief Read the only argument, given by position or by name; NULL where it may be left out. */
bool ReadArgument(const Signature& signature, PyObject* const* args, Py_ssize_t nargs,
                  PyObject* names, PyObject** out) {
  const char* cls = signature.class_name;
  Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
  if (nargs > 1) {
    PyErr_Format(PyExc_TypeError, "%s.__init__() takes %s2 positional arguments but %zd were given",
                 cls, signature.required ? "" : "from 1 to ", nargs + 1);
    return false;
  }
  for (Py_ssize_t i = 0; i < named; ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    if (PyUnicode_CompareWithASCIIString(name, signature.argument) != 0) {
      PyErr_Format(PyExc_TypeError, "%s.__init__() got an unexpected keyword argument '%U'", cls,
                   name);
      return false;
    }
  }
  if (nargs + named > 1) {
    PyErr_Format(PyExc_TypeError, "%s.__init__() got multiple values for argument '%s'", cls,
                 signature.argument);
    return false;
  }
  if (nargs + named == 1) {
    *out = args[0];
  } else if (signature.required) {
    PyErr_Format(PyExc_TypeError, "%s.__init__() missing 1 required positional argument: '%s'", cls,
                 signature.argument);
    return false;
  }
  return true;
}

template <int32_t type_index>
PyObject* InitSequence(PyObject* self, PyObject* const* args, Py_ssize_t nargs, PyObject* names) {
  constexpr Signature kSignature = type_index == kTVMFFIArray
                                       ? Signature{"Array", "input_list", true}
                                       : Signature{"List", "input_list", false};
  PyObject* source = nullptr;
  if (!ReadArgument(kSignature, args, nargs, names, &source)) return nullptr;
  PyRef items(source == nullptr ? PyTuple_New(0)
              : PyList_CheckExact(source) || PyTuple_CheckExact(source)
                  ? PyRef::Borrow(source).release()
                  : PySequence_List(source));
  if (!items) return nullptr;
  ArgFrame frame;
  return FinishInit(self, SequenceFromPy(&frame, items.get(), type_index));
}

/*! \brief A new map of the items of any mapping; NULL with the Python error set. */
TVMFFIObject* MapFromMapping(ArgFrame* frame, PyObject* mapping, int32_t type_index) {
  PyRef view(PyObject_CallMethod(mapping, "items", nullptr));
  PyRef items(view ? PySequence_List(view.get()) : nullptr);
  if (!items) return nullptr;
  Pairs pairs(PyList_GET_SIZE(items.get()));
  return pairs.FillFromItems(frame, items.get()) ? pairs.Make(type_index) : nullptr;
}

template <int32_t type_index>
PyObject* InitMap(PyObject* self, PyObject* const* args, Py_ssize_t nargs, PyObject* names) {
  constexpr Signature kSignature = type_index == kTVMFFIMap
                                       ? Signature{"Map", "input_dict", true}
                                       : Signature{"Dict", "input_dict", false};
  PyObject* source = nullptr;
  if (!ReadArgument(kSignature, args, nargs, names, &source)) return nullptr;
  ArgFrame frame;
  if (source == nullptr || (source == Py_None && type_index == kTVMFFIDict)) {
    return FinishInit(self, Pairs(0).Make(type_index));
  }
  return FinishInit(self, PyDict_CheckExact(source) ? MapFromPy(&frame, source, type_index)
                                                    : MapFromMapping(&frame, source, type_index));
}

template <typename F>
PyCFunction AsMethod(F* f) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

PyMethodDef kConstructors[] = {
    {"__init__", AsMethod(InitSequence<kTVMFFIArray>), METH_FASTCALL | METH_KEYWORDS,
     "__init__($self, input_list)\n--\n\nMake an array of the elements."},
    {"__init__", AsMethod(InitSequence<kTVMFFIList>), METH_FASTCALL | METH_KEYWORDS,
     "__init__($self, input_list=())\n--\n\nMake a list of the elements."},
    {"__init__", AsMethod(InitMap<kTVMFFIMap>), METH_FASTCALL | METH_KEYWORDS,
     "__init__($self, input_dict)\n--\n\nMake a map of the entries."},
    {"__init__", AsMethod(InitMap<kTVMFFIDict>), METH_FASTCALL | METH_KEYWORDS,
     "__init__($self, input_dict=None)\n--\n\nMake a dict of the entries."},
};
const char* const kConstructorNames[] = {"_array_init", "_list_init", "_map_init", "_dict_init"};

}  // namespace

TVMFFIObject* SequenceFromPy(ArgFrame* frame, PyObject* items, int32_t type_index) {
  SequenceObject* sequence =
      NewSequence(type_index, static_cast<size_t>(PySequence_Fast_GET_SIZE(items)));
  if (sequence == nullptr) return nullptr;
  if (FillSequence(frame, items, sequence)) return &sequence->header;
  DecRef(&sequence->header);
  return nullptr;
}

TVMFFIObject* MapFromPy(ArgFrame* frame, PyObject* dict, int32_t type_index) {
  Pairs pairs(PyDict_GET_SIZE(dict));
  return pairs.FillFromDict(frame, dict) ? pairs.Make(type_index) : nullptr;
}

bool InitContainerConstructors(PyObject* module) {
  for (size_t i = 0; i < sizeof(kConstructors) / sizeof(kConstructors[0]); ++i) {
    PyRef method(PyDescr_NewMethod(&ContainerBaseType, &kConstructors[i]));
    if (!method || PyModule_AddObjectRef(module, kConstructorNames[i], method.get()) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file core.h
 * \brief What the files of the extension `tvm_ffi.core` share: the memory layout of its Python
 *        objects and the few operations that cross file borders.
 *
 * The way of a call is: Python arguments -> `TVMFFIAny[]` (args.cc) -> the cell's `safe_call`
 * (function.cc) -> Python result (result.cc). One file per Python type object; nanobind is used for
 * the module and its cold functions, everything on a hot path is a plain type slot.
 *
 * Conventions: functions that return `PyObject*` give a new reference or NULL with a Python error
 * set; `bool` functions give false with a Python error set. "Owned" values carry one FFI reference.
 */
#ifndef TVM_FFI_PYTHON_NANOBIND_CORE_H_
#define TVM_FFI_PYTHON_NANOBIND_CORE_H_

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlpack/dlpack.h>
#include <frameobject.h>
#include <structmember.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/extra/c_env_api.h>

#include <cstdint>
#include <cstring>

#ifndef Py_TPFLAGS_DISALLOW_INSTANTIATION
#define Py_TPFLAGS_DISALLOW_INSTANTIATION \
  0UL  // before 3.10, a type without tp_new had no instances
#endif

namespace tvm {
namespace ffi {
namespace python {

// ---- layouts of the Python objects --------------------------------------------------------------

/*! \brief `CObject`: owns one strong reference unless `handle` is NULL. Base of all wrappers. */
struct ObjectWrapper {
  PyObject_HEAD TVMFFIObject* handle;
};

/*! \brief `CContainerBase`: a wrapper whose elements are converted through `api` when it is set. */
struct ContainerWrapper {
  ObjectWrapper base;
  const DLPackExchangeAPI* api;
};

/*! \brief `Tensor`: either owns a handle (`view` points into it) or views a borrowed DLTensor. */
struct TensorWrapper {
  ObjectWrapper base;
  DLTensor* view;
};

/*! \brief `Function`: callable wrapper with an instance dictionary. */
struct FunctionWrapper {
  ObjectWrapper base;
  PyObject* dict;
  vectorcallfunc vectorcall;
  bool release_gil;
};

/*! \brief `DataType` and `Device`: plain values. */
struct DataTypeValue {
  PyObject_HEAD DLDataType value;
};
struct DeviceValue {
  PyObject_HEAD DLDevice value;
};

extern PyTypeObject CObjectType;
extern PyTypeObject ContainerBaseType;
extern PyTypeObject OpaquePyObjectType;
extern PyTypeObject ErrorType;
extern PyTypeObject FunctionType;
extern PyTypeObject TensorType;
extern PyTypeObject DataTypeType;
extern PyTypeObject DeviceType;

inline bool IsCObject(PyObject* obj) { return PyObject_TypeCheck(obj, &CObjectType); }
inline TVMFFIObject*& HandleOf(PyObject* wrapper) {
  return reinterpret_cast<ObjectWrapper*>(wrapper)->handle;
}

// ---- reference counts ---------------------------------------------------------------------------

inline constexpr uint64_t kBothOne = 0x100000001ull;

inline void IncRef(TVMFFIObject* obj) {
#ifdef _MSC_VER
  TVMFFIObjectIncRef(obj);
#else
  __atomic_fetch_add(&obj->combined_ref_count, 1, __ATOMIC_RELAXED);
#endif
}

/*! \brief Drop one strong reference; the common last-reference case is decided inline. */
inline void DecRef(TVMFFIObject* obj) {
#ifdef _MSC_VER
  TVMFFIObjectDecRef(obj);
#else
  if (__atomic_load_n(&obj->combined_ref_count, __ATOMIC_ACQUIRE) == kBothOne) {
    // Sole owner: nobody else can raise the count, so no read-modify-write is needed.
    __atomic_store_n(&obj->combined_ref_count, kBothOne - 1, __ATOMIC_RELAXED);
    if (obj->deleter != nullptr) obj->deleter(obj, kTVMFFIObjectDeleterFlagBitMaskBoth);
    return;
  }
  TVMFFIObjectDecRef(obj);
#endif
}

/*! \brief Whether nobody but the caller holds the object, weakly or strongly. */
inline bool IsUnique(const TVMFFIObject* obj) {
#ifdef _MSC_VER
  return obj->combined_ref_count == kBothOne;
#else
  return __atomic_load_n(&obj->combined_ref_count, __ATOMIC_ACQUIRE) == kBothOne;
#endif
}

/*! \brief Fill the header of an object that this extension allocated itself. */
inline void InitHeader(TVMFFIObject* obj, int32_t type_index, void (*deleter)(void*, int)) {
  std::memset(obj, 0, sizeof(TVMFFIObject));
  obj->combined_ref_count = kBothOne;
  obj->type_index = type_index;
  obj->deleter = deleter;
}

inline TVMFFIAny NoneAny() {
  TVMFFIAny any;
  std::memset(&any, 0, sizeof(any));
  return any;
}
inline void SetNone(TVMFFIAny* out) { std::memset(out, 0, sizeof(*out)); }
inline void SetInt(TVMFFIAny* out, int32_t type_index, int64_t value) {
  out->type_index = type_index;
  out->zero_padding = 0;
  out->v_int64 = value;
}
inline void SetFloat(TVMFFIAny* out, double value) {
  out->type_index = kTVMFFIFloat;
  out->zero_padding = 0;
  out->v_float64 = value;
}
inline void SetPtr(TVMFFIAny* out, int32_t type_index, void* value) {
  out->type_index = type_index;
  out->zero_padding = 0;
  out->v_int64 = 0;
  out->v_ptr = value;
}
inline void SetObject(TVMFFIAny* out, TVMFFIObject* obj) { SetPtr(out, obj->type_index, obj); }
inline void ReleaseAny(TVMFFIAny* any) {
  if (any->type_index >= kTVMFFIStaticObjectBegin) DecRef(any->v_obj);
}

// ---- arguments (args.cc) ------------------------------------------------------------------------

/*! \brief What the arguments of one call said about streams and tensors of frameworks. */
struct CallContext {
  const DLPackExchangeAPI* api = nullptr;
  int32_t device_type = -1;
  int32_t device_id = 0;
  void* stream = nullptr;
};

/*!
 * \brief Everything that converting the arguments of one call needs: its context and the
 *        temporaries that must live until the native call has returned.
 *
 * Lives on the C stack. Temporaries are released by the destructor with the GIL held.
 */
class ArgFrame {
 public:
  CallContext ctx;
  int value_depth = 0;  // nesting of __tvm_ffi_value__, bounded by kMaxValueDepth

  ArgFrame() = default;
  ~ArgFrame() {
    if (size_ != 0) ReleaseAll();
  }
  ArgFrame(const ArgFrame&) = delete;
  ArgFrame& operator=(const ArgFrame&) = delete;

  /*! \brief Take over one reference until the call is over. Fails only without memory. */
  bool Keep(TVMFFIObject* obj) {
    if (Push(reinterpret_cast<uintptr_t>(obj))) return true;
    DecRef(obj);
    return false;
  }
  bool Keep(PyObject* obj) {
    if (Push(reinterpret_cast<uintptr_t>(obj) | kPyTag)) return true;
    Py_DECREF(obj);
    return false;
  }
  int size() const { return size_; }
  /*! \brief If exactly one temporary was added since `mark` and it is `obj`, give it back. */
  bool TakeBack(int mark, TVMFFIObject* obj) {
    if (size_ != mark + 1 || items_[mark] != reinterpret_cast<uintptr_t>(obj)) return false;
    size_ = mark;
    return true;
  }
  /*! \brief Release everything now (the destructor does the same). */
  void ReleaseAll();

 private:
  static constexpr uintptr_t kPyTag = 1;
  static constexpr int kInline = 20;

  bool Push(uintptr_t item) {
    if (size_ == capacity_ && !Grow()) return false;
    items_[size_++] = item;
    return true;
  }
  bool Grow();

  int size_ = 0;
  int capacity_ = kInline;
  uintptr_t* items_ = inline_;
  uintptr_t inline_[kInline];
};

/*! \brief Bytes of C stack that nested containers may use before RecursionError (9,000 levels). */
inline constexpr intptr_t kMaxStackBytes = 3 << 20;
/*! \brief Longest chain of `__tvm_ffi_value__` results before RecursionError. */
inline constexpr int kMaxValueDepth = 10000;

/*! \brief Convert by the per-type table; `SetArg` handles the commonest builtins before it. */
bool SetArgByType(ArgFrame* frame, PyObject* arg, TVMFFIAny* out);
/*! \brief Convert an int outside int64 to a BigInt. */
bool SetBigInt(ArgFrame* frame, PyObject* arg, TVMFFIAny* out);
/*! \brief Convert one argument to a borrowed value; temporaries are kept by `frame`. */
inline bool SetArg(ArgFrame* frame, PyObject* arg, TVMFFIAny* out);
/*! \brief Convert to an owned value (container elements, callback results). */
bool SetOwned(ArgFrame* frame, PyObject* arg, TVMFFIAny* out);
/*!
 * \brief Whether `arg` is an instance of class `name` of a module, without importing the module: a
 *        package that was never imported has no instances.
 * \return 1, 0, or -1 with the Python error set.
 */
int IsInstanceOfLoaded(PyObject* arg, const char* module_name, const char* name);
/*! \brief The same for a module of an optional package. */
int IsInstanceOfFramework(PyObject* arg, const char* module_name, const char* name);
/*! \brief Whether the exchange API of tensor classes is switched off by the environment. */
bool SkipExchangeApi();
/*! \brief Whether a class has an attribute; that of its metaclass counts. */
inline bool ClassHas(PyTypeObject* type, PyObject* name) {
  return PyObject_HasAttr(reinterpret_cast<PyObject*>(type), name) != 0;
}
/*! \brief Number of Python types that were classified so far. */
size_t ArgDispatchSize();
/*! \brief Python-level classes of the core module (owned by it for the process). */
struct CoreClasses {
  PyObject *rvalue_ref, *convertible, *native_value, *string, *bytes;
};
extern CoreClasses g_core_classes;
/*! \brief Set the module names that classification needs. Called once by module init. */
bool InitArgs(PyObject* core);

// ---- strings and bytes (string.cc) --------------------------------------------------------------

/*! \brief Convert text or bytes to a small value or to a temporary heap object. */
bool SetStr(ArgFrame* frame, PyObject* str, TVMFFIAny* out);
bool SetBytes(ArgFrame* frame, const char* data, Py_ssize_t size, TVMFFIAny* out);
/*! \brief Put an unshared temporary string back into the free list; false if it is none. */
bool RecycleString(TVMFFIObject* obj);
/*! \brief Python values of heap strings and bytes; they take over the reference. */
PyObject* StringToPy(TVMFFIObject* owned);
PyObject* BytesToPy(TVMFFIObject* owned);
/*! \brief Remember the classes `String`/`Bytes` and where their cached object is stored. */
bool SetStringClasses(PyObject* string_cls, PyObject* bytes_cls);
bool InitString(PyObject* module);

// ---- results (result.cc) ------------------------------------------------------------------------

/*! \brief Convert an owned value to Python; the reference is consumed also on failure. */
PyObject* AnyToPy(TVMFFIAny* owned, const DLPackExchangeAPI* api);
/*! \brief Convert a borrowed value (argument of a Python callback). */
PyObject* AnyViewToPy(const TVMFFIAny* view, const DLPackExchangeAPI* api);
/*! \brief Convert an owned object. */
PyObject* ObjectToPy(TVMFFIObject* owned, const DLPackExchangeAPI* api);

// ---- classes per type index (type_registry.cc) --------------------------------------------------

enum class ReturnKind : uint8_t { kUnknown, kWrapper, kNativeValue, kString, kBytes };

struct TypeEntry {
  PyTypeObject* cls = nullptr;  // owned
  PyObject* info = nullptr;     // owned TypeInfo
  ReturnKind kind = ReturnKind::kUnknown;
};

/*! \brief The entry of a type index; makes a fallback class when the index has none. */
const TypeEntry* GetTypeEntry(int32_t type_index);
/*! \brief Whether `type_index` is `ancestor` or derived from it. */
bool IsInstanceOf(int32_t type_index, int32_t ancestor);
/*! \brief The value of a type attribute of exactly this type, or NULL. */
const TVMFFIAny* FindTypeAttr(int32_t type_index, const char* name);
bool InitTypeRegistry(PyObject* module);

// ---- schemas and types defined in Python (schema.cc, py_class.cc) -------------------------------

/*! \brief Whether an object is a `_TypeConverter`. */
bool IsConverter(PyObject* obj);
/*! \brief What a field setter gets as converter; lives as long as `converter`. */
void* ConverterContext(PyObject* converter);
/*! \brief The function a field setter calls to convert a value. */
int ConvertFieldValue(void* context, const TVMFFIAny* value, TVMFFIAny* result);
bool InitSchema(PyObject* module);
bool InitPyClass(PyObject* module);

// ---- objects (object.cc) ------------------------------------------------------------------------

/*! \brief A new instance of `cls` that owns `owned`. */
PyObject* NewWrapper(PyTypeObject* cls, TVMFFIObject* owned);
/*! \brief The handle of a wrapper, or NULL with ValueError naming the class when it has none. */
TVMFFIObject* RequireHandle(PyObject* wrapper);
/*!
 * \brief Whether a wrapper of `cls` may hold an object of a type; else TypeError.
 *
 * Members of Function, Tensor, Error and OpaquePyObject read the object's memory unchecked, so
 * every way to give a wrapper a handle, or a type index a class, asks here.
 */
bool CheckHolds(PyTypeObject* cls, int32_t type_index);
/*! \brief Replace the handle by an owned one (or none), which is consumed also on failure. */
bool StoreHandle(PyObject* self, TVMFFIObject* owned);
/*! \brief Call `fconstructor` (a wrapper of a function) and store the object it returns. */
bool InitHandleByConstructor(PyObject* self, PyObject* fconstructor, PyObject* const* args,
                             Py_ssize_t nargs);
/*! \brief Move the handle of `other` into `self`, releasing what `self` held. */
bool MoveHandle(PyObject* self, PyObject* other);
PyObject* ObjectRepr(PyObject* obj);
bool InitObject(PyObject* module);

// ---- functions (function.cc, callback.cc) -------------------------------------------------------

PyObject* NewFunction(TVMFFIObject* owned);
bool InitFunction(PyObject* module);

/*! \brief Whether Python code may still run; deleters can be called at process exit. */
bool PythonIsUsable();

/*!
 * \brief Run `body` with a thread state attached and return what it returns.
 *
 * While the interpreter finalizes, CPython ends daemon threads that ask for the GIL by unwinding
 * their stack. Such a thread has nothing to give back, so the release is a statement, which it
 * never reaches, and not a destructor.
 */
template <typename Body>
auto WithGil(Body body) {
  PyGILState_STATE state = PyGILState_Ensure();
  auto result = body();
  PyGILState_Release(state);
  return result;
}

/*! \brief A new native function that calls a Python callable. */
TVMFFIObject* NewCallback(PyObject* callable, const DLPackExchangeAPI* api);
/*! \brief Drop a callback that nobody else holds, with the GIL held; false if it is none. */
bool RecycleCallback(TVMFFIObject* obj);
/*! \brief Drop one reference from any thread, attaching a thread state first. */
void DropPyObject(void* py_object);

/*! \brief A global function that the extension itself calls; looked up once, NULL when absent. */
class GlobalFunction {
 public:
  explicit constexpr GlobalFunction(const char* name) : name_(name) {}
  TVMFFIObject* Get();
  /*! \brief Call it with the GIL held; false with the Python error set. */
  bool Call(TVMFFIAny* args, int32_t num_args, TVMFFIAny* result);

 private:
  const char* name_;
  TVMFFIObject* func_ = nullptr;
};

/*! \brief Call an FFI function object directly; translates failures to Python errors. */
bool CallObject(TVMFFIObject* func, TVMFFIAny* args, int32_t num_args, TVMFFIAny* result);

// ---- errors (error.cc) --------------------------------------------------------------------------

/*! \brief Turn the failure `code` of a native call into the current Python error. */
void RaiseFFIError(int code);
/*! \brief Turn the current Python error into the thread's raised FFI error and clear it. */
void SetRaisedFromPython();
/*! \brief Build (or refresh) the FFI error of an exception; new `Error` wrapper. */
PyObject* ErrorFromException(PyObject* exc, bool with_native_backtrace);
inline bool CheckCode(int code) {
  if (code == 0) return true;
  RaiseFFIError(code);
  return false;
}
bool InitError(PyObject* module);

// ---- tensors (tensor.cc, dlpack.cc) -------------------------------------------------------------

/*! \brief Wrap an owned tensor object, or view a borrowed DLTensor, as `_CLASS_TENSOR`. */
PyObject* NewTensor(TVMFFIObject* owned);
PyObject* NewTensorView(DLTensor* view);
/*! \brief Hand an owned tensor object to a framework. Consumes the reference. */
PyObject* TensorToFramework(TVMFFIObject* owned, const DLPackExchangeAPI* api, bool fall_back);
/*! \brief Set the class made for tensors (`core._CLASS_TENSOR`). */
extern PyTypeObject* g_tensor_class;
bool InitTensor(PyObject* module);

/*! \brief Import through a class's exchange API. NULL with the Python error set on failure. */
TVMFFIObject* TensorFromExchangeApi(PyObject* obj, const DLPackExchangeAPI* api, int alignment,
                                    bool contiguous, CallContext* ctx);
/*! \brief Record the framework's stream for a device, unless it is the CPU or one is recorded. */
void RecordWorkStream(const DLPackExchangeAPI* api, const DLDevice& device, CallContext* ctx);
/*! \brief Consume a DLPack capsule of either version. */
TVMFFIObject* TensorFromCapsule(PyObject* capsule, int alignment, bool contiguous);
/*! \brief Read `__dlpack_c_exchange_api__` (capsule or address); NULL with ValueError. */
const DLPackExchangeAPI* ReadExchangeApi(PyObject* attribute);
bool InitDLPack(PyObject* module);

// ---- optional packages (framework.cc) -----------------------------------------------------------

/*! \brief A module of an optional package if it is imported already, else NULL. Borrowed. */
PyObject* LoadedFramework(const char* module_name);
/*!
 * \brief Complete what an older torch lacks (`tvm_ffi._optional_torch_c_dlpack`), once and as soon
 *        as torch is there. Has to run before the first value of torch is classified.
 */
bool PrepareTorch();
/*!
 * \brief Stands in the place of an exchange API for a torch that publishes none. It has no members;
 *        `TensorToFramework` hands tensors to torch by plain DLPack instead.
 */
extern const DLPackExchangeAPI kTorchWithoutApi;
/*! \brief `torch.from_dlpack(tensor)`. */
PyObject* TensorToTorch(PyObject* tensor);
bool InitFramework(PyObject* module);
bool InitTestHelpers(PyObject* module);

// ---- dtype, device (dtype.cc, device.cc) --------------------------------------------------------

PyObject* DataTypeToPy(DLDataType dtype);
PyObject* DeviceToPy(DLDevice device);
/*! \brief Read a DataType or `tvm_ffi.dtype` instance. */
bool DataTypeFromPy(PyObject* obj, DLDataType* out);
/*! \brief Read a tuple `(code, bits, lanes)` / `(type, id)` of the DLPack protocols. */
bool DataTypeFromTuple(PyObject* tuple, DLDataType* out);
bool DeviceFromTuple(PyObject* tuple, DLDevice* out);
extern PyTypeObject* g_dtype_class;   // core._CLASS_DTYPE
extern PyTypeObject* g_device_class;  // core._CLASS_DEVICE
void SetDtypeClass(PyTypeObject* cls);
bool InitDataType(PyObject* module);
bool InitDevice(PyObject* module);

// ---- containers, fields, dataclasses, and the rest ----------------------------------------------

extern PySequenceMethods kContainerAsSequence;
extern PyMappingMethods kContainerAsMapping;
PyObject* ContainerIter(PyObject* self);
/*! \brief Visit the pairs of a Map or Dict in order, until `visit` gives false. */
bool ForEachPair(const TVMFFIObject* map,
                 bool (*visit)(void* context, const TVMFFIAny& key, const TVMFFIAny& value),
                 void* context);
bool InitContainer(PyObject* module);

/*! \brief A new Array or List of the elements of a list or tuple; owned, NULL on failure. */
TVMFFIObject* SequenceFromPy(ArgFrame* frame, PyObject* items, int32_t type_index);
/*! \brief A new Map or Dict of the entries of a dict; owned, NULL on failure. */
TVMFFIObject* MapFromPy(ArgFrame* frame, PyObject* dict, int32_t type_index);
/*! \brief Add the constructors of the container classes, to be their `__init__`. */
bool InitContainerConstructors(PyObject* module);

bool InitField(PyObject* module);
bool InitDataclass(PyObject* module);
/*! \brief A new `CAny` that takes over an owned value. */
PyObject* NewAnyHolder(TVMFFIAny owned);
/*! \brief The value of a `CAny`, or NULL for any other object. Borrowed. */
const TVMFFIAny* HeldAny(PyObject* obj);
bool InitAny(PyObject* module);
/*! \brief A callable that reads / writes one reflected field. */
PyObject* NewFieldGetter(int32_t owner, const TVMFFIFieldInfo* info);
PyObject* NewFieldSetter(int32_t owner, const TVMFFIFieldInfo* info);
bool InitRegistry(PyObject* module);
bool InitByteBuffer(PyObject* module);

// ---- module state (core.cc) ---------------------------------------------------------------------

/*! \brief The namespace of `tvm_ffi.core`; live configuration is read from it at each use. */
extern PyObject* g_core_dict;

/*! \brief Names used on hot or warm paths, interned once. */
struct Names {
  PyObject *tvm_ffi_object, *tvm_ffi_value, *tvm_ffi_int, *tvm_ffi_float, *tvm_ffi_opaque_ptr;
  PyObject *cuda_stream, *env_stream, *exchange_api, *dlpack, *dlpack_device, *dlpack_data_type;
  PyObject *cached_object, *from_object, *asobject, *tvm_ffi_error, *obj, *tvm_ffi_dtype;
  PyObject *value, *type_info, *error_name_to_type, *error_type_to_name, *with_append_backtrace;
  PyObject *traceback_to_str, *opaque_ptr_handlers, *device_type_name, *handle, *class_object;
};
extern Names g_names;

/*! \brief Look a class attribute up along the MRO without running any descriptor. Borrowed. */
inline PyObject* ClassAttr(PyTypeObject* type, PyObject* name) {
  return _PyType_Lookup(type, name);
}

/*! \brief Add a finished static type to the module. */
bool AddType(PyObject* module, PyTypeObject* type);

/*! \brief Whether the interpreter has begun to end. */
inline bool PythonIsFinalizing() {
#if PY_VERSION_HEX >= 0x030D0000
  return Py_IsFinalizing() != 0;
#else
  return _Py_IsFinalizing() != 0;
#endif
}

/*!
 * \brief Owns one Python reference within a scope.
 *
 * Once the interpreter finalizes, the destructor may be that of a daemon thread that CPython
 * unwinds without the GIL (see `WithGil`), so the reference is left to the end of the process.
 */
class PyRef {
 public:
  PyRef() = default;
  explicit PyRef(PyObject* obj) : obj_(obj) {}
  PyRef(PyRef&& other) noexcept : obj_(other.release()) {}
  PyRef& operator=(PyRef&& other) noexcept {
    Py_XDECREF(obj_);
    obj_ = other.release();
    return *this;
  }
  PyRef(const PyRef&) = delete;
  PyRef& operator=(const PyRef&) = delete;
  ~PyRef() {
    if (obj_ != nullptr && !PythonIsFinalizing()) Py_DECREF(obj_);
  }
  static PyRef Borrow(PyObject* obj) {
    Py_XINCREF(obj);
    return PyRef(obj);
  }
  PyObject* get() const { return obj_; }
  PyObject* release() {
    PyObject* obj = obj_;
    obj_ = nullptr;
    return obj;
  }
  explicit operator bool() const { return obj_ != nullptr; }

 private:
  PyObject* obj_ = nullptr;
};

inline TVMFFIByteArray ToByteArray(const char* text) { return {text, std::strlen(text)}; }
/*! \brief View the UTF-8 content of a `str`; the view lives as long as the object. */
inline bool ToByteArray(PyObject* str, TVMFFIByteArray* out) {
  Py_ssize_t size;
  out->data = PyUnicode_AsUTF8AndSize(str, &size);
  out->size = static_cast<size_t>(size);
  return out->data != nullptr;
}

// ---- inline part of argument conversion ---------------------------------------------------------

/*! \brief Read an int of one digit, which most are, without a call. */
inline bool ReadCompactInt(PyObject* number, int64_t* out) {
#if PY_VERSION_HEX >= 0x030C0000
  auto* compact = reinterpret_cast<PyLongObject*>(number);
  if (!PyUnstable_Long_IsCompact(compact)) return false;
  *out = PyUnstable_Long_CompactValue(compact);
  return true;
#else
  Py_ssize_t digits = Py_SIZE(number);
  if (digits < -1 || digits > 1) return false;
  // Zero has a digit too: zero.
  *out = digits * static_cast<int64_t>(reinterpret_cast<PyLongObject*>(number)->ob_digit[0]);
  return true;
#endif
}

inline bool SetArg(ArgFrame* frame, PyObject* arg, TVMFFIAny* out) {
  PyTypeObject* type = Py_TYPE(arg);
  if (type == &PyLong_Type) {
    int64_t compact;
    if (ReadCompactInt(arg, &compact)) {
      SetInt(out, kTVMFFIInt, compact);
      return true;
    }
    int overflow;
    int64_t value = PyLong_AsLongLongAndOverflow(arg, &overflow);
    if (overflow != 0) return SetBigInt(frame, arg, out);
    SetInt(out, kTVMFFIInt, value);
    return true;
  }
  if (type == &TensorType && HandleOf(arg) != nullptr) {
    SetPtr(out, kTVMFFITensor, HandleOf(arg));
    return true;
  }
  if (type == &PyFloat_Type) {
    SetFloat(out, PyFloat_AS_DOUBLE(arg));
    return true;
  }
  if (type == &PyUnicode_Type) return SetStr(frame, arg, out);
  if (arg == Py_None) {
    SetNone(out);
    return true;
  }
  if (type == &PyBool_Type) {
    SetInt(out, kTVMFFIBool, arg == Py_True);
    return true;
  }
  return SetArgByType(frame, arg, out);
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_PYTHON_NANOBIND_CORE_H_

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file py_class.cc
 * \brief Types that Python defines: their index, fields and methods in the native type table.
 *
 * The native table only grows. A definition that fails before it has registered a member gives its
 * index back with the key; after that, the index is abandoned and the key gets a new one.
 */
#include <nanobind/nanobind.h>

#include <string>
#include <unordered_map>

#include "type_registry.h"

namespace nb = nanobind;

namespace tvm {
namespace ffi {
namespace python {

namespace {

GlobalFunction g_make_getter("ffi.MakeFieldGetter");
GlobalFunction g_make_setter("ffi.MakeFieldSetter");
GlobalFunction g_register_columns("ffi._PyClassRegisterTypeAttrColumns");
GlobalFunction g_retire_key("ffi.PyClass.RetireKey");

/*! \brief Indices allocated here, and whether something was registered for them since. */
std::unordered_map<int32_t, bool> g_has_members;

// ---- indices ------------------------------------------------------------------------------------

/*! \brief A parent without room for children is a TypeError, as for Python's final classes. */
void RaiseAllocationFailure() {
  TVMFFIObjectHandle raised = nullptr;
  TVMFFIErrorMoveFromRaised(&raised);
  auto* error = static_cast<TVMFFIObject*>(raised);
  const TVMFFIByteArray& text = TVMFFIErrorGetCellPtr(error)->message;
  std::string message(text.data, text.size);
  DecRef(error);
  constexpr char kNoRoom[] = "Reach maximum number of sub-classes";
  size_t at = message.find(kNoRoom);
  if (at != std::string::npos) {
    PyErr_SetString(PyExc_TypeError, message.c_str() + at);
  } else {
    PyErr_SetString(PyExc_RuntimeError, message.c_str());
  }
}

int32_t AllocateIndex(const TVMFFIByteArray& key, int32_t depth, int32_t parent_index) {
  constexpr int32_t kReportFailure = -2, kNoChildSlots = 0, kChildrenMayOverflow = 1;
  int32_t type_index = TVMFFITypeGetOrAllocIndex(&key, kReportFailure, depth, kNoChildSlots,
                                                 kChildrenMayOverflow, parent_index);
  if (type_index >= 0) return type_index;
  RaiseAllocationFailure();
  throw nb::python_error();
}

/*! \brief `_register_py_class`: allocate an index for a new key below a parent. */
nb::object RegisterPyClass(nb::object parent, nb::str key, nb::object cls) {
  int32_t parent_index = IndexOfInfo(parent);
  RequireWrapperClass(parent_index, cls);
  TVMFFIByteArray text;
  ThrowIfError(ToByteArray(key.ptr(), &text));
  // A key of native code is taken even if Python never saw it: its objects have another layout.
  int32_t known_index = IndexOfKey(text);
  if (IsKnownKey(key) || (known_index >= 0 && g_has_members.count(known_index) == 0)) {
    PyErr_Format(PyExc_ValueError, "Type key '%U' is already registered", key.ptr());
    throw nb::python_error();
  }
  nb::list ancestors;
  for (nb::handle index : parent.attr("type_ancestors")) ancestors.append(index);
  ancestors.append(parent_index);
  int32_t type_index = AllocateIndex(text, static_cast<int32_t>(nb::len(ancestors)), parent_index);
  g_has_members.emplace(type_index, false);
  nb::object info =
      CoreAttr("TypeInfo")(cls, type_index, key, ancestors, nb::none(), nb::list(), parent);
  StoreInfo(type_index, info);
  StoreClass(type_index, cls, info);
  return info;
}

/*! \brief `_rollback_py_class`: forget a class whose definition failed; its key is free again. */
void RollbackPyClass(nb::object info) {
  int32_t type_index = IndexOfInfo(info);
  ForgetType(type_index, info);
  auto found = g_has_members.find(type_index);
  if (found == g_has_members.end() || !found->second) return;
  TVMFFIAny arg, result = NoneAny();
  SetInt(&arg, kTVMFFIInt, type_index);
  ThrowIfError(g_retire_key.Call(&arg, 1, &result));
  g_has_members.erase(found);
}

/*! \brief Types of native code keep their members to themselves. */
void RequirePyClass(int32_t type_index) {
  auto found = g_has_members.find(type_index);
  if (found == g_has_members.end()) {
    PyErr_Format(PyExc_ValueError, "the type of index %d was not defined in Python",
                 static_cast<int>(type_index));
    throw nb::python_error();
  }
  found->second = true;
}

// ---- members ------------------------------------------------------------------------------------

TVMFFIByteArray ViewOf(const nb::str& text) {
  TVMFFIByteArray view;
  ThrowIfError(ToByteArray(text.ptr(), &view));
  return view;
}

TVMFFIFieldGetter MakeGetter(int32_t static_index) {
  TVMFFIAny arg, result = NoneAny();
  SetInt(&arg, kTVMFFIInt, static_index);
  ThrowIfError(g_make_getter.Call(&arg, 1, &result));
  return reinterpret_cast<TVMFFIFieldGetter>(static_cast<intptr_t>(result.v_int64));
}

int64_t AddressOf(const void* pointer) {
  return static_cast<int64_t>(reinterpret_cast<intptr_t>(pointer));
}

/*! \brief A setter that converts by `converter`, which must live as long as the setter. */
TVMFFIAny MakeSetter(int32_t static_index, PyObject* converter) {
  TVMFFIAny args[3], result = NoneAny();
  SetInt(&args[0], kTVMFFIInt, static_index);
  SetInt(&args[1], kTVMFFIInt, AddressOf(ConverterContext(converter)));
  SetInt(&args[2], kTVMFFIInt, AddressOf(reinterpret_cast<void*>(&ConvertFieldValue)));
  ThrowIfError(g_make_setter.Call(args, 3, &result));
  return result;
}

/*!
 * \brief Register one field of a type defined in Python.
 * \param default_value CAny of the default or of its factory; None when there is neither.
 */
void RegisterNativeField(int32_t type_index, nb::str name, nb::str doc, nb::str metadata,
                         int64_t flags, int64_t size, int64_t alignment, int64_t offset,
                         int32_t static_index, nb::object default_value, nb::object converter) {
  RequirePyClass(RequireNativeIndex(type_index));
  if (!IsConverter(converter.ptr())) {
    PyErr_SetString(PyExc_TypeError, "converter must be a _TypeConverter");
    throw nb::python_error();
  }
  TVMFFIFieldInfo field;
  std::memset(&field, 0, sizeof(field));
  field.name = ViewOf(name);
  field.doc = ViewOf(doc);
  field.metadata = ViewOf(metadata);
  field.flags = flags;
  field.size = size;
  field.alignment = alignment;
  field.offset = offset;
  field.field_static_type_index = static_index;
  const TVMFFIAny* held = HeldAny(default_value.ptr());
  field.default_value_or_factory = held != nullptr ? *held : NoneAny();
  field.getter = MakeGetter(static_index);
  TVMFFIAny setter = MakeSetter(static_index, converter.ptr());
  field.setter = setter.v_obj;
  int code = TVMFFITypeRegisterField(type_index, &field);  // takes its own reference
  DecRef(setter.v_obj);
  ThrowIfError(CheckCode(code));
  converter.inc_ref();  // the type table never forgets the setter
}

void RegisterNativeMethod(int32_t type_index, nb::str name, nb::str metadata, nb::object func,
                          bool is_static) {
  RequirePyClass(RequireNativeIndex(type_index));
  TVMFFIMethodInfo method;
  std::memset(&method, 0, sizeof(method));
  method.name = ViewOf(name);
  method.metadata = ViewOf(metadata);
  method.flags = is_static ? kTVMFFIFieldFlagBitMaskIsStaticMethod : 0;
  ArgFrame frame;
  ThrowIfError(SetArg(&frame, func.ptr(), &method.method));
  if (method.method.type_index != kTVMFFIFunction) {
    PyErr_Format(PyExc_TypeError, "the method %R must be callable", name.ptr());
    throw nb::python_error();
  }
  ThrowIfError(CheckCode(TVMFFITypeRegisterMethod(type_index, &method)));
}

/*! \brief Give a type its constructors and, unless `structure_kind` is 0, its metadata. */
void FinishFields(int32_t type_index, int32_t total_size, int32_t structure_kind) {
  RequirePyClass(RequireNativeIndex(type_index));
  TVMFFIAny args[2], result = NoneAny();
  SetInt(&args[0], kTVMFFIInt, type_index);
  SetInt(&args[1], kTVMFFIInt, total_size);
  ThrowIfError(g_register_columns.Call(args, 2, &result));
  if (structure_kind == kTVMFFISEqHashKindUnsupported) return;
  TVMFFITypeMetadata metadata;
  std::memset(&metadata, 0, sizeof(metadata));
  metadata.total_size = total_size;
  metadata.structural_eq_hash_kind = static_cast<TVMFFISEqHashKind>(structure_kind);
  ThrowIfError(CheckCode(TVMFFITypeRegisterMetadata(type_index, &metadata)));
}

}  // namespace

void NoteMember(int32_t type_index) {
  auto found = g_has_members.find(type_index);
  if (found != g_has_members.end()) found->second = true;
}

bool InitPyClass(PyObject* module) {
  using namespace nb::literals;
  nb::module_ m = nb::borrow<nb::module_>(module);
  m.def("_register_py_class", &RegisterPyClass, "parent_type_info"_a, "type_key"_a, "type_cls"_a,
        "Allocate a type index for a class defined in Python.");
  m.def("_rollback_py_class", &RollbackPyClass, "type_info"_a,
        "Forget a class whose definition failed.");
  m.def("_register_native_field", &RegisterNativeField, "type_index"_a, "name"_a, "doc"_a,
        "metadata"_a, "flags"_a, "size"_a, "alignment"_a, "offset"_a, "static_index"_a,
        "default_value"_a.none(), "converter"_a, "Register one field of a type defined in Python.");
  m.def("_register_native_method", &RegisterNativeMethod, "type_index"_a, "name"_a, "metadata"_a,
        "func"_a, "is_static"_a, "Register one method of a type defined in Python.");
  m.def("_finish_fields", &FinishFields, "type_index"_a, "total_size"_a, "structure_kind"_a,
        "Register the constructors of a type whose fields are complete.");
  return true;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

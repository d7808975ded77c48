// SPDX-License-Identifier: Apache-2.0
/*!
 * \file type_registry.cc
 * \brief Which Python class and `TypeInfo` belong to a type index.
 *
 * `g_entries` is indexed by type index and read on every object result. A type nobody registered
 * gets a fallback class below its nearest registered ancestor when its first object arrives.
 * Entries are process-wide; the GIL guards them.
 */
#include "type_registry.h"

#include <nanobind/nanobind.h>

#include <deque>
#include <string>
#include <utility>

namespace nb = nanobind;

namespace tvm {
namespace ffi {
namespace python {

namespace {

// A deque, so that entries keep their address while registration of one type triggers another.
std::deque<TypeEntry> g_entries;
PyObject* g_info_by_class;  // dict: class -> TypeInfo
PyObject* g_info_by_key;    // dict: key -> TypeInfo

GlobalFunction g_registered_keys("ffi.GetRegisteredTypeKeys");

}  // namespace

void ThrowIfError(bool ok) {
  if (!ok) throw nb::python_error();
}

nb::object StealOrThrow(PyObject* obj) {
  if (obj == nullptr) throw nb::python_error();
  return nb::steal(obj);
}

nb::object CoreAttr(const char* name) {
  PyObject* value = PyDict_GetItemString(g_core_dict, name);
  if (value == nullptr) {
    PyErr_Format(PyExc_AttributeError, "tvm_ffi.core has no attribute %s", name);
    throw nb::python_error();
  }
  return nb::borrow(value);
}

namespace {

/*! \brief The entry of an index that the native type table has. */
TypeEntry& EntryAt(int32_t type_index) {
  if (static_cast<size_t>(type_index) >= g_entries.size()) g_entries.resize(type_index + 1);
  return g_entries[type_index];
}

nb::str TextOf(const TVMFFIByteArray& text) { return nb::str(text.data, text.size); }

nb::object TextOrNone(const TVMFFIByteArray& text) {
  return text.size == 0 ? nb::none() : nb::object(TextOf(text));
}

}  // namespace

int32_t IndexOfKey(const TVMFFIByteArray& key) {
  int32_t type_index = -1;
  if (TVMFFITypeKeyToIndex(&key, &type_index) == 0) return type_index;
  TVMFFIObjectHandle error = nullptr;
  TVMFFIErrorMoveFromRaised(&error);
  if (error != nullptr) DecRef(static_cast<TVMFFIObject*>(error));
  return -1;
}

namespace {

/*! \brief Whether the native type table has the index; asking it directly would end the process. */
bool IsNativeIndex(int32_t type_index) {
  static std::deque<bool> known;
  if (type_index < 0) return false;
  auto is_known = [&] {
    return static_cast<size_t>(type_index) < known.size() && known[type_index];
  };
  if (is_known()) return true;
  TVMFFIAny result = NoneAny();
  ThrowIfError(g_registered_keys.Call(nullptr, 0, &result));
  auto* keys = reinterpret_cast<TVMFFISeqCell*>(reinterpret_cast<char*>(result.v_obj) +
                                                sizeof(TVMFFIObject));
  for (int64_t i = 0; i < keys->size; ++i) {
    const TVMFFIAny& key = static_cast<TVMFFIAny*>(keys->data)[i];
    TVMFFIByteArray text = key.type_index == kTVMFFISmallStr
                               ? TVMFFISmallBytesGetContentByteArray(&key)
                               : *TVMFFIBytesGetByteArrayPtr(key.v_obj);
    int32_t index = IndexOfKey(text);
    if (index < 0) continue;
    if (static_cast<size_t>(index) >= known.size()) known.resize(index + 1);
    known[index] = true;
  }
  DecRef(result.v_obj);
  return is_known();
}

}  // namespace

int32_t RequireNativeIndex(int32_t type_index) {
  if (!IsNativeIndex(type_index)) {
    PyErr_Format(PyExc_ValueError, "Cannot find type index %d", static_cast<int>(type_index));
    throw nb::python_error();
  }
  return type_index;
}

int32_t IndexOfInfo(nb::handle info) {
  return RequireNativeIndex(nb::cast<int32_t>(info.attr("type_index")));
}

namespace {

// ---- building TypeInfo --------------------------------------------------------------------------

/*! \brief The name by which descriptors call the structural-equality flags of a field. */
nb::object StructuralFlag(int64_t flags) {
  if (flags & kTVMFFIFieldFlagBitMaskSEqHashIgnore) return nb::str("ignore");
  if (flags & kTVMFFIFieldFlagBitMaskSEqHashDefPattern) return nb::str("def-pattern");
  if (flags & kTVMFFIFieldFlagBitMaskSEqHashDefSimple) return nb::str("def-simple");
  return nb::none();
}

nb::object MakeField(int32_t type_index, const TVMFFIFieldInfo& field) {
  int64_t flags = field.flags;
  bool has_default = flags & kTVMFFIFieldFlagBitMaskHasDefault;
  bool is_factory = flags & kTVMFFIFieldFlagBitMaskDefaultFromFactory;
  nb::object missing = CoreAttr("MISSING"), value = missing, factory = missing;
  if (has_default) {
    nb::object stored = StealOrThrow(AnyViewToPy(&field.default_value_or_factory, nullptr));
    (is_factory ? factory : value) = std::move(stored);
  }
  using namespace nb::literals;
  return CoreAttr("TypeField")(
      TextOf(field.name), TextOrNone(field.doc), field.size, field.alignment, field.offset,
      field.field_static_type_index, (flags & kTVMFFIFieldFlagBitMaskWritable) == 0,
      TextOf(field.metadata), StealOrThrow(NewFieldGetter(type_index, &field)),
      StealOrThrow(NewFieldSetter(type_index, &field)),
      "c_init"_a = (flags & kTVMFFIFieldFlagBitMaskInitOff) == 0,
      "c_kw_only"_a = (flags & kTVMFFIFieldFlagBitMaskKwOnly) != 0, "c_has_default"_a = has_default,
      "c_default"_a = value, "c_default_factory"_a = factory,
      "c_repr"_a = (flags & kTVMFFIFieldFlagBitMaskReprOff) == 0,
      "c_compare"_a = (flags & kTVMFFIFieldFlagBitMaskCompareOff) == 0,
      "c_hash"_a = (flags & kTVMFFIFieldFlagBitMaskHashOff) == 0,
      "c_structural_eq"_a = StructuralFlag(flags));
}

nb::object MakeMethod(const TVMFFIMethodInfo& method) {
  nb::object func = StealOrThrow(AnyViewToPy(&method.method, nullptr));
  return CoreAttr("TypeMethod")(TextOf(method.name), TextOrNone(method.doc), func,
                                TextOf(method.metadata),
                                (method.flags & kTVMFFIFieldFlagBitMaskIsStaticMethod) != 0);
}

nb::list MakeMethods(const TVMFFITypeInfo* native) {
  nb::list methods;
  for (int32_t i = 0; i < native->num_methods; ++i) methods.append(MakeMethod(native->methods[i]));
  return methods;
}

nb::list MakeFields(const TVMFFITypeInfo* native) {
  nb::list fields;
  for (int32_t i = 0; i < native->num_fields; ++i) {
    fields.append(MakeField(native->type_index, native->fields[i]));
  }
  return fields;
}

nb::object InfoOf(int32_t type_index);

/*! \brief Describe a type of the native table; the parents' descriptions are made first. */
nb::object MakeInfo(int32_t type_index, nb::handle type_cls) {
  const TVMFFITypeInfo* native = TVMFFIGetTypeInfo(type_index);
  nb::list ancestors;
  nb::object parent = nb::none();
  for (int32_t i = 0; i < native->type_depth; ++i) {
    ancestors.append(native->type_ancestors[i]->type_index);
  }
  if (native->type_depth > 0) {
    parent = InfoOf(native->type_ancestors[native->type_depth - 1]->type_index);
  }
  return CoreAttr("TypeInfo")(type_cls, type_index, TextOf(native->type_key), ancestors,
                              MakeFields(native), MakeMethods(native), parent);
}

}  // namespace

bool IsKnownKey(nb::handle key) {
  int known = PyDict_Contains(g_info_by_key, key.ptr());
  ThrowIfError(known >= 0);
  return known != 0;
}

void StoreInfo(int32_t type_index, nb::handle info) {
  TypeEntry& entry = EntryAt(type_index);
  PyObject* old = entry.info;
  entry.info = info.inc_ref().ptr();
  Py_XDECREF(old);
  nb::object key = info.attr("type_key");
  TVMFFIByteArray text;
  ThrowIfError(ToByteArray(key.ptr(), &text));
  // The key of a type whose definition failed belongs to its next definition.
  if (IndexOfKey(text) != type_index) return;
  ThrowIfError(PyDict_SetItem(g_info_by_key, key.ptr(), info.ptr()) == 0);
}

namespace {

/*! \brief The description of a type, made without a class when nobody registered one. */
nb::object InfoOf(int32_t type_index) {
  TypeEntry& entry = EntryAt(type_index);
  if (entry.info == nullptr) StoreInfo(type_index, MakeInfo(type_index, nb::none()));
  return nb::borrow(EntryAt(type_index).info);
}

ReturnKind KindOfClass(PyTypeObject* cls) {
  PyObject* string_class = PyDict_GetItemString(g_core_dict, "String");
  PyObject* bytes_class = PyDict_GetItemString(g_core_dict, "Bytes");
  PyObject* native_class = PyDict_GetItemString(g_core_dict, "PyNativeObject");
  if (reinterpret_cast<PyObject*>(cls) == string_class) return ReturnKind::kString;
  if (reinterpret_cast<PyObject*>(cls) == bytes_class) return ReturnKind::kBytes;
  if (PyType_IsSubtype(cls, reinterpret_cast<PyTypeObject*>(native_class))) {
    return ReturnKind::kNativeValue;
  }
  return ReturnKind::kWrapper;
}

bool IsWrapperClass(nb::handle cls) {
  nb::object native_value = CoreAttr("PyNativeObject");
  auto* type = reinterpret_cast<PyTypeObject*>(cls.ptr());
  return PyType_IsSubtype(type, &CObjectType) ||
         PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(native_value.ptr()));
}

}  // namespace

void StoreClass(int32_t type_index, nb::handle cls, nb::handle info) {
  TypeEntry& entry = EntryAt(type_index);
  auto* type = reinterpret_cast<PyTypeObject*>(cls.ptr());
  entry.kind = KindOfClass(type);
  PyTypeObject* old = entry.cls;
  cls.inc_ref();
  entry.cls = type;
  Py_XDECREF(old);
  ThrowIfError(PyDict_SetItem(g_info_by_class, cls.ptr(), info.ptr()) == 0);
}

namespace {

/*! \brief Remove what a table has for `key`, provided that it is `info`. */
void RemoveEntry(PyObject* table, nb::handle key, nb::handle info) {
  PyObject* current = PyDict_GetItemWithError(table, key.ptr());
  ThrowIfError(current != nullptr || !PyErr_Occurred());
  if (current == info.ptr()) ThrowIfError(PyDict_DelItem(table, key.ptr()) == 0);
}

}  // namespace

void ForgetType(int32_t type_index, nb::handle info) {
  nb::object cls = info.attr("type_cls"), key = info.attr("type_key");
  // The key and the class may belong to a later definition.
  RemoveEntry(g_info_by_key, key, info);
  RemoveEntry(g_info_by_class, cls, info);
  TypeEntry& entry = EntryAt(type_index);
  if (entry.info != info.ptr()) return;
  PyObject* old_info = entry.info;
  PyTypeObject* old_cls = entry.cls;
  entry = TypeEntry();
  Py_XDECREF(old_info);
  Py_XDECREF(old_cls);
}

/*!
 * \brief Check the class for a type index.
 *
 * Objects are wrapped by filling instances of the class, so it must have their layout. The classes
 * of values, such as dtypes, are only known by their index.
 */
void RequireWrapperClass(int32_t type_index, nb::handle cls) {
  if (PyType_Check(cls.ptr()) && (type_index < kTVMFFIStaticObjectBegin || IsWrapperClass(cls))) {
    auto* type = reinterpret_cast<PyTypeObject*>(cls.ptr());
    ThrowIfError(type_index < kTVMFFIStaticObjectBegin || CheckHolds(type, type_index));
    return;
  }
  PyErr_Format(PyExc_TypeError, "expected a class derived from tvm_ffi.Object, got %R", cls.ptr());
  throw nb::python_error();
}

namespace {

bool IsPythonClass(nb::handle cls) {
  return PyType_Check(cls.ptr()) &&
         PyType_HasFeature(reinterpret_cast<PyTypeObject*>(cls.ptr()), Py_TPFLAGS_HEAPTYPE);
}

/*! \brief Describe a type for a class that can't hold its objects; these get another class. */
nb::object RegisterPlainClass(int32_t type_index, nb::object cls) {
  nb::object info = MakeInfo(type_index, cls);
  StoreInfo(type_index, info);
  ThrowIfError(PyDict_SetItem(g_info_by_class, cls.ptr(), info.ptr()) == 0);
  return info;
}

/*! \brief `_register_object_by_index`: build a fresh description and install class and info. */
nb::object RegisterByIndex(int32_t type_index, nb::object cls) {
  RequireNativeIndex(type_index);
  if (type_index >= kTVMFFIDynObjectBegin && IsPythonClass(cls) && !IsWrapperClass(cls)) {
    return RegisterPlainClass(type_index, cls);
  }
  RequireWrapperClass(type_index, cls);
  auto* type = reinterpret_cast<PyTypeObject*>(cls.ptr());
  PyTypeObject* old = EntryAt(type_index).cls;
  if (old != nullptr && type->tp_basicsize > old->tp_basicsize) {
    nb::object key = InfoOf(type_index).attr("type_key");
    PyErr_Format(PyExc_ValueError,
                 "Type '%S' already has a registered class (%R); re-registering it with the larger "
                 "wrapper class %R is not supported. Register the class before any object of this "
                 "type is materialized (which auto-creates a fallback).",
                 key.ptr(), reinterpret_cast<PyObject*>(old), cls.ptr());
    throw nb::python_error();
  }
  nb::object info = MakeInfo(type_index, cls);
  StoreInfo(type_index, info);
  StoreClass(type_index, cls, info);
  return info;
}

/*! \brief Make the class of a type that nobody registered. */
void MakeFallbackClass(int32_t type_index) {
  nb::object info = InfoOf(type_index);
  CoreAttr("_import_class_of_key")(info.attr("type_key"));
  if (EntryAt(type_index).cls != nullptr) return;
  nb::object parent = info.attr("parent_type_info");
  nb::object base = CoreAttr("_CLASS_OBJECT");
  if (!parent.is_none()) {
    const TypeEntry* entry = GetTypeEntry(nb::cast<int32_t>(parent.attr("type_index")));
    if (entry == nullptr) throw nb::python_error();
    base = nb::borrow(reinterpret_cast<PyObject*>(entry->cls));
  }
  nb::object cls = CoreAttr("_make_fallback_class")(base, info);
  if (info.attr("type_cls").is_none()) info.attr("type_cls") = cls;
  StoreClass(type_index, cls, info);
}

void SetTypeClass(nb::object info, nb::object cls) {
  int32_t type_index = IndexOfInfo(info);
  RequireWrapperClass(type_index, cls);
  if (!info.attr("type_cls").is_none()) {
    nb::object key = info.attr("type_key");
    PyErr_Format(PyExc_AssertionError, "Type already registered for %U", key.ptr());
    throw nb::python_error();
  }
  info.attr("type_cls") = cls;
  StoreClass(type_index, cls, info);
}

nb::object LookupOrRegisterByKey(nb::str key) {
  PyObject* known = PyDict_GetItemWithError(g_info_by_key, key.ptr());
  if (known != nullptr) return nb::borrow(known);
  TVMFFIByteArray text;
  ThrowIfError(ToByteArray(key.ptr(), &text));
  int32_t type_index = IndexOfKey(text);
  if (type_index < 0) {
    PyErr_Format(PyExc_ValueError, "Cannot find type key: %U", key.ptr());
    throw nb::python_error();
  }
  return InfoOf(type_index);
}

// ---- type attributes ----------------------------------------------------------------------------

const TVMFFIAny* FindAttr(const TVMFFITypeAttrColumn* column, int32_t type_index) {
  int32_t at = type_index - column->begin_index;
  if (at < 0 || at >= column->size) return nullptr;
  const TVMFFIAny* cell = &column->data[at];
  return cell->type_index == kTVMFFINone ? nullptr : cell;
}

nb::object LookupTypeAttr(int32_t type_index, nb::str name, bool ancestor) {
  TVMFFIByteArray text;
  ThrowIfError(ToByteArray(name.ptr(), &text));
  const TVMFFITypeAttrColumn* column = TVMFFIGetTypeAttrColumn(&text);
  if (column == nullptr || type_index < 0) return nb::none();
  const TVMFFIAny* cell = FindAttr(column, type_index);
  if (cell == nullptr && ancestor && IsNativeIndex(type_index)) {
    const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(type_index);
    for (int32_t depth = info->type_depth - 1; depth >= 0 && cell == nullptr; --depth) {
      cell = FindAttr(column, info->type_ancestors[depth]->type_index);
    }
  }
  return cell == nullptr ? nb::none() : StealOrThrow(AnyViewToPy(cell, nullptr));
}

void RegisterTypeAttr(int32_t type_index, nb::str name, nb::object value) {
  RequireNativeIndex(type_index);
  TVMFFIByteArray text;
  ThrowIfError(ToByteArray(name.ptr(), &text));
  ArgFrame frame;
  TVMFFIAny any;
  ThrowIfError(SetArg(&frame, value.ptr(), &any) &&
               CheckCode(TVMFFITypeRegisterAttr(type_index, &text, &any)));
  NoteMember(type_index);
}

nb::object ClassToInfo(nb::object cls) {
  PyObject* info = PyDict_GetItemWithError(g_info_by_class, cls.ptr());
  if (info == nullptr && PyErr_Occurred()) throw nb::python_error();
  return info != nullptr ? nb::borrow(info) : nb::none();
}

nb::object IndexToInfo(int32_t type_index) {
  if (type_index < 0 || static_cast<size_t>(type_index) >= g_entries.size()) return nb::none();
  PyObject* info = g_entries[type_index].info;
  return info != nullptr ? nb::borrow(info) : nb::none();
}

nb::object KeyToIndex(nb::handle key) {
  TVMFFIByteArray text;
  if (!PyUnicode_Check(key.ptr())) {
    PyErr_Format(PyExc_TypeError, "Argument 'type_key' has incorrect type (expected str, got %s)",
                 Py_TYPE(key.ptr())->tp_name);
    throw nb::python_error();
  }
  ThrowIfError(ToByteArray(key.ptr(), &text));
  int32_t type_index = IndexOfKey(text);
  return type_index < 0 ? nb::none() : nb::object(nb::int_(type_index));
}

/*! \brief The key of an index; there may be no Python description of the type yet. */
nb::str IndexToKey(int32_t type_index) {
  return TextOf(TVMFFIGetTypeInfo(RequireNativeIndex(type_index))->type_key);
}

/*! \brief Whether a type is another one or derived from it; False for indices of no type. */
bool IsTypeOrDerived(int32_t type_index, int32_t ancestor) {
  return IsNativeIndex(type_index) && IsInstanceOf(type_index, ancestor);
}

nb::list ReadBackFields(int32_t type_index) {
  return MakeFields(TVMFFIGetTypeInfo(RequireNativeIndex(type_index)));
}

nb::list ReadBackMethods(int32_t type_index) {
  return IsNativeIndex(type_index) ? MakeMethods(TVMFFIGetTypeInfo(type_index)) : nb::list();
}

/*! \brief `metadata.total_size` of a type, or None when it has no native metadata. */
nb::object NativeTotalSize(int32_t type_index) {
  if (!IsNativeIndex(type_index)) return nb::none();
  const TVMFFITypeMetadata* metadata = TVMFFIGetTypeInfo(type_index)->metadata;
  return metadata == nullptr ? nb::none() : nb::object(nb::int_(metadata->total_size));
}

}  // namespace

const TypeEntry* GetTypeEntry(int32_t type_index) {
  if (static_cast<size_t>(type_index) < g_entries.size() && g_entries[type_index].cls != nullptr) {
    return &g_entries[type_index];
  }
  try {
    MakeFallbackClass(type_index);
  } catch (nb::python_error& error) {
    error.restore();
    return nullptr;
  }
  return &g_entries[type_index];
}

bool IsInstanceOf(int32_t type_index, int32_t ancestor) {
  if (type_index == ancestor) return true;
  if (type_index < ancestor) return false;
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(type_index);
  for (int32_t depth = info->type_depth - 1; depth >= 0; --depth) {
    if (info->type_ancestors[depth]->type_index == ancestor) return true;
  }
  return false;
}

const TVMFFIAny* FindTypeAttr(int32_t type_index, const char* name) {
  TVMFFIByteArray text = ToByteArray(name);
  const TVMFFITypeAttrColumn* column = TVMFFIGetTypeAttrColumn(&text);
  return column != nullptr ? FindAttr(column, type_index) : nullptr;
}

bool InitTypeRegistry(PyObject* module) {
  g_info_by_class = PyDict_New();
  g_info_by_key = PyDict_New();
  if (g_info_by_class == nullptr || g_info_by_key == nullptr) return false;
  using namespace nb::literals;
  nb::module_ m = nb::borrow<nb::module_>(module);
  m.def("_register_object_by_index", &RegisterByIndex, "type_index"_a, "type_cls"_a,
        "Install the Python class of a type index; returns its TypeInfo.");
  m.def("_object_type_key_to_index", &KeyToIndex, "type_key"_a,
        "Type index of a key, None when unknown.");
  m.def("_set_type_cls", &SetTypeClass, "type_info"_a, "type_cls"_a,
        "Attach a class to a TypeInfo that has none.");
  m.def("_lookup_or_register_type_info_from_type_key", &LookupOrRegisterByKey, "type_key"_a,
        "TypeInfo of a key; ValueError when the key is unknown.");
  m.def("_lookup_type_attr", &LookupTypeAttr, "type_index"_a, "attr_key"_a, "ancestor"_a = false,
        "Value of a type attribute or None.");
  m.def("_register_type_attr", &RegisterTypeAttr, "type_index"_a, "attr_key"_a, "value"_a.none(),
        "Store a type attribute; RuntimeError when it is set already.");
  m.def("_type_cls_to_type_info", &ClassToInfo, "type_cls"_a, "TypeInfo of exactly this class.");
  m.def("_type_index_to_type_info", &IndexToInfo, "type_index"_a,
        "TypeInfo of an index that Python has seen, else None.");
  m.def("_type_index_to_key", &IndexToKey, "type_index"_a,
        "Type key of an index; ValueError when no type has it.");
  m.def("_is_type_or_derived", &IsTypeOrDerived, "type_index"_a, "ancestor"_a,
        "Whether a type is another one or derived from it.");
  m.def("_read_back_fields", &ReadBackFields, "type_index"_a,
        "The fields of the native table as TypeField objects.");
  m.def("_read_back_methods", &ReadBackMethods, "type_index"_a,
        "The methods of the native table as TypeMethod objects.");
  m.def("_native_total_size", &NativeTotalSize, "type_index"_a,
        "Size of an instance by the native metadata, None without metadata.");
  return true;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

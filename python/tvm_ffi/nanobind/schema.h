// SPDX-License-Identifier: Apache-2.0
/*!
 * \file schema.h
 * \brief The native form of a `TypeSchema`, and the two ways to convert a value by it.
 *
 * A schema becomes a tree of nodes (schema.cc). `FitValue` (schema_fit.cc) converts FFI values that
 * fit as they are or need no Python; it takes neither the GIL nor an error. `ConvertPy`
 * (schema_convert.cc) converts Python values, knows all protocols and says why a value does not
 * fit. Trees are immutable once built, so both may run on any number of threads.
 */
#ifndef TVM_FFI_PYTHON_NANOBIND_SCHEMA_H_
#define TVM_FFI_PYTHON_NANOBIND_SCHEMA_H_

#include <vector>

#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

enum class NodeKind : uint8_t {
  kAny,
  kNone,
  kInt,
  kFloat,
  kBool,
  kStr,
  kBytes,
  kDevice,
  kDataType,
  kPointer,
  kTensor,
  kCallable,
  kSequence,
  kTuple,
  kMapping,
  kOptional,
  kUnion,
  kObject
};

/*! \brief One type of a schema. Lives as long as the process once a field uses it. */
struct SchemaNode {
  NodeKind kind = NodeKind::kAny;
  /*! \brief Whether a tuple has a length, which is the number of `args`. */
  bool has_length = false;
  /*! \brief Type index of the container to build, or of the object to have. */
  int32_t target = kTVMFFIAny;
  /*! \brief Global function that builds the container; kept by the process. */
  TVMFFIObject* make = nullptr;
  /*! \brief What error messages say that was expected; owned `str`. */
  PyObject* expected = nullptr;
  std::vector<SchemaNode> args;
};

/*! \brief How a value relates to a schema, as far as that is known without Python. */
enum class Fit : uint8_t {
  kSame,     // it is the converted value
  kChanged,  // it converts, but a container of it has to be copied
  kNo,       // no conversion exists
  kUnknown   // Python has to decide, or to say why not
};

/*!
 * \brief Convert a borrowed value without Python.
 * \param out Set to an owned value for kSame and kChanged.
 */
Fit FitValue(const SchemaNode& node, const TVMFFIAny& value, TVMFFIAny* out);

enum class Converted : uint8_t {
  kDone,
  kMismatch,  // the reason is in the conversion
  kRaised     // a Python error is set that is not about the schema
};

/*! \brief What the conversion of one value needs: temporaries, and why it failed. */
struct Conversion {
  ArgFrame frame;
  PyRef reason;  // `str`, after kMismatch
};

/*! \brief Convert a Python value; `*out` is owned after kDone. Needs the GIL. */
Converted ConvertPy(Conversion* conversion, const SchemaNode& node, PyObject* value,
                    TVMFFIAny* out);

/*! \brief Owned values that become the elements of one container. */
class OwnedValues {
 public:
  OwnedValues() = default;
  ~OwnedValues() {
    for (TVMFFIAny& value : values_) ReleaseAny(&value);
  }
  OwnedValues(const OwnedValues&) = delete;
  OwnedValues& operator=(const OwnedValues&) = delete;

  void Reserve(size_t size) { values_.reserve(size); }
  void Add(TVMFFIAny owned) { values_.push_back(owned); }
  TVMFFIAny* data() { return values_.data(); }
  int32_t size() const { return static_cast<int32_t>(values_.size()); }
  /*! \brief Call the constructor of `node` with the values; returns the code of the call. */
  int Build(const SchemaNode& node, TVMFFIAny* out);

 private:
  std::vector<TVMFFIAny> values_;
};

inline bool IsObject(const TVMFFIAny& value) {
  return value.type_index >= kTVMFFIStaticObjectBegin;
}
inline bool IsSequenceIndex(int32_t type_index) {
  return type_index == kTVMFFIArray || type_index == kTVMFFIList;
}
inline bool IsMappingIndex(int32_t type_index) {
  return type_index == kTVMFFIMap || type_index == kTVMFFIDict;
}
inline const TVMFFISeqCell* SequenceCell(const TVMFFIObject* obj) {
  return reinterpret_cast<const TVMFFISeqCell*>(obj + 1);
}
/*! \brief A second owner of a value. */
inline TVMFFIAny Share(const TVMFFIAny& value) {
  if (IsObject(value)) IncRef(value.v_obj);
  return value;
}
/*!
 * \brief Whether a value reads as a Python value that does not remember it.
 *
 * A container with such an element is copied, as if the element had been changed.
 */
inline bool IsForgotten(int32_t type_index) {
  return type_index == kTVMFFISmallStr || type_index == kTVMFFISmallBytes ||
         type_index == kTVMFFIShape || type_index == kTVMFFIOpaquePyObject;
}
/*! \brief Whether conversion left a container's cell as it is. */
inline bool IsSameCell(const TVMFFIAny& before, const TVMFFIAny& after) {
  return before.type_index == after.type_index && before.v_int64 == after.v_int64 &&
         !IsForgotten(before.type_index);
}
/*! \brief The schema of an element; a tuple may have one for each. */
const SchemaNode& ElementNode(const SchemaNode& node, int64_t i);
/*! \brief The function of a type's attribute `__ffi_convert__`, or NULL. Borrowed. */
TVMFFIObject* ConvertHook(int32_t type_index);
/*! \brief The schema inside all `Optional`s. */
inline const SchemaNode& Required(const SchemaNode& node) {
  return node.kind == NodeKind::kOptional ? Required(node.args[0]) : node;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_PYTHON_NANOBIND_SCHEMA_H_

// SPDX-License-Identifier: Apache-2.0
// Text of what the type and function tables hold, in the form of the *_expected.inc files: one
// record per line, made through the C interface as other languages read it.
#ifndef TESTS_CPP_REFLECTION_DUMP_H_
#define TESTS_CPP_REFLECTION_DUMP_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace reflection_dump {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

inline constexpr const char* kAttrNames[] = {"__ffi_new__",
                                             "__ffi_init__",
                                             "__ffi_convert__",
                                             "__ffi_shallow_copy__",
                                             "__ffi_type_final__",
                                             "__any_hash__",
                                             "__any_equal__",
                                             "__ffi_enum__",
                                             "__ffi_repr__",
                                             "__ffi_hash__",
                                             "__ffi_eq__",
                                             "__ffi_compare__",
                                             "__s_equal__",
                                             "__s_hash__",
                                             "__s_visit__",
                                             "__s_mutate__",
                                             "__s_maybe_inplace_mutate__",
                                             "__data_to_json__",
                                             "__data_from_json__"};

inline std::string ToStd(const TVMFFIByteArray& bytes) {
  return bytes.size == 0 ? std::string() : std::string(bytes.data, bytes.size);
}

inline std::string DefaultText(const TVMFFIFieldInfo& field) {
  if ((field.flags & kTVMFFIFieldFlagBitMaskHasDefault) == 0) return "-";
  const TVMFFIAny& value = field.default_value_or_factory;
  std::ostringstream os;
  os << value.type_index << ":";
  if (value.type_index == kTVMFFIFloat) {
    os.setf(std::ios::fixed);
    os.precision(1);
    os << value.v_float64;
  } else if (value.type_index == kTVMFFISmallStr) {
    os << std::string(AnyView::CopyFromTVMFFIAny(value).cast<String>());
  } else {
    os << value.v_int64;
  }
  return os.str();
}

inline std::string AttrsText(int32_t type_index) {
  std::string text;
  for (const char* name : kAttrNames) {
    TVMFFIByteArray key = refl::AsByteArray(name);
    if (TVMFFIGetTypeAttrColumn(&key) == nullptr) continue;
    AnyView value = refl::TypeAttrColumn(name)[type_index];
    if (value == nullptr) continue;
    text += text.empty() ? "" : " ";
    text += std::string(name) + "=";
    text += std::string(name) == "__ffi_enum__" ? "enum" : std::to_string(value.type_index());
    if (value.type_index() == kTVMFFIBool) text += value.cast<bool>() ? ":1" : ":0";
  }
  return text;
}

inline void DumpType(const std::string& type_key, std::ostream& os) {
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(TypeKeyToIndex(type_key));
  os << "type\t" << type_key << "\t";
  if (info->type_depth > 0) os << ToStd(info->type_ancestors[info->type_depth - 1]->type_key);
  os << "\t";
  if (info->metadata == nullptr) {
    os << "-\n";
  } else {
    os << info->metadata->total_size << " " << info->metadata->structural_eq_hash_kind << " "
       << (info->metadata->creator != nullptr) << "\n";
  }
  for (int32_t i = 0; i < info->num_fields; ++i) {
    const TVMFFIFieldInfo& f = info->fields[i];
    os << "field\t" << ToStd(f.name) << "\t" << f.offset << " " << f.size << " " << f.alignment
       << " " << f.flags << " " << f.field_static_type_index << "\t" << DefaultText(f) << "\t"
       << ToStd(f.doc) << "\t" << ToStd(f.metadata) << "\n";
  }
  for (int32_t i = 0; i < info->num_methods; ++i) {
    const TVMFFIMethodInfo& m = info->methods[i];
    os << "method\t" << ToStd(m.name) << "\t" << m.flags << "\t" << ToStd(m.doc) << "\t"
       << ToStd(m.metadata) << "\n";
  }
  os << "attrs\t" << AttrsText(info->type_index) << "\n";
}

/*! \brief Sorted names that start with `prefix`. */
template <typename Names>
std::vector<std::string> NamesWith(const std::string& prefix, const Names& all) {
  std::vector<std::string> names;
  for (const String& name : all) {
    std::string text = name;
    if (text.rfind(prefix, 0) == 0) names.push_back(text);
  }
  std::sort(names.begin(), names.end());
  return names;
}

inline std::vector<std::string> TypeKeysWith(const std::string& prefix) {
  return NamesWith(
      prefix, Function::GetGlobalRequired("ffi.GetRegisteredTypeKeys")().cast<Array<String>>());
}

inline std::vector<std::string> FunctionsWith(const std::string& prefix) {
  return NamesWith(prefix, Function::ListGlobalNames());
}

inline void DumpFunction(const std::string& name, std::ostream& os) {
  Function metadata = Function::GetGlobalRequired("ffi.GetGlobalFuncMetadata");
  os << "function\t" << name << "\t" << std::string(metadata(name).cast<String>()) << "\n";
}

/*! \brief The records of a text; those of types without attributes lose their empty last field. */
inline std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream is(text);
  for (std::string line; std::getline(is, line);) {
    while (!line.empty() && line.back() == '\t' && line.rfind("attrs", 0) == 0) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

}  // namespace reflection_dump
#endif  // TESTS_CPP_REFLECTION_DUMP_H_

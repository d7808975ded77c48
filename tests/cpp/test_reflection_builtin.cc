// SPDX-License-Identifier: Apache-2.0
// The types and global functions that every process has: their reflection data equals the
// published one. Frontends, stub generators and serializers of other languages read it.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/object.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "./reflection_dump.h"

namespace {

using namespace reflection_dump;  // NOLINT(build/namespaces)

const char kExpected[] =
#include "./builtin_expected.inc"
    ;

/*! \brief The expected records of each type and function, by name. */
std::map<std::string, std::vector<std::string>> ExpectedByName() {
  std::map<std::string, std::vector<std::string>> by_name;
  std::string name;
  for (const std::string& line : Lines(kExpected)) {
    if (line.rfind("type\t", 0) == 0 || line.rfind("function\t", 0) == 0) {
      size_t begin = line.find('\t') + 1;
      name = line.substr(0, 1) + ":" + line.substr(begin, line.find('\t', begin) - begin);
    }
    by_name[name].push_back(line);
  }
  return by_name;
}

TEST(BuiltinReflection, TypesEqualThePublishedOnes) {
  int checked = 0;
  for (const auto& [name, lines] : ExpectedByName()) {
    if (name[0] != 't') continue;
    std::ostringstream os;
    DumpType(name.substr(2), os);
    EXPECT_EQ(Lines(os.str()), lines) << name;
    ++checked;
  }
  EXPECT_EQ(checked, 28);
}

TEST(BuiltinReflection, FunctionsEqualThePublishedOnes) {
  int checked = 0;
  for (const auto& [name, lines] : ExpectedByName()) {
    if (name[0] != 'f') continue;
    std::ostringstream os;
    DumpFunction(name.substr(2), os);
    EXPECT_EQ(Lines(os.str()), lines) << name;
    ++checked;
  }
  EXPECT_EQ(checked, 100);
}

TEST(BuiltinReflection, TheLibraryAddsLittle) {
  const auto expected = ExpectedByName();
  std::set<std::string> added;
  for (const std::string& name : FunctionsWith("ffi.")) {
    // Loaders of modules are registered by whoever brings one.
    if (name.rfind("ffi.Module.load_from_", 0) == 0) continue;
    if (expected.count("f:" + name) == 0) added.insert(name);
  }
  // What loaders of libraries in memory open them with, and how a Python class gives up its key.
  EXPECT_EQ(added,
            (std::set<std::string>{"ffi.ModuleLoadFromBytes", "ffi.Module.load_library_with_image",
                                   "ffi.PyClass.RetireKey"}));
  for (const std::string& key : TypeKeysWith("ffi.")) EXPECT_EQ(expected.count("t:" + key), 1U);
}

// Every structural and recursive hash starts from the hash of a type key.
TEST(BuiltinReflection, HashesOfTypeKeysAreThePublishedOnes) {
  const std::map<std::string, uint64_t> hashes = {
      {"ffi.Array", 0x811300c104284401},         {"ffi.List", 0x073959a12faa06c3},
      {"ffi.Map", 0x66acedc0a716b876},           {"ffi.Dict", 0x2fc59098b8d363a4},
      {"ffi.Shape", 0x98b3ac768e268d1e},         {"ffi.Object", 0x33a211b274fa0106},
      {"ffi.Tensor", 0xa0c01a8167c48cc0},        {"ffi.Function", 0xb3b21b94552cae3d},
      {"ffi.String", 0x9cffcd16e9064976},        {"ffi.Bytes", 0x5ddcbe18da0b4aa8},
      {"ffi.StructuralKey", 0xa7f1d484b1477f69}, {"testing.TestIntPair", 0xf813b851d765001f}};
  for (const auto& [key, hash] : hashes) {
    EXPECT_EQ(TVMFFIGetTypeInfo(TypeKeyToIndex(key))->type_key_hash, hash) << key;
  }
}

TEST(BuiltinReflection, StaticTypesHaveTheirIndices) {
  const std::map<std::string, int32_t> indices = {{"None", 0},
                                                  {"int", 1},
                                                  {"bool", 2},
                                                  {"float", 3},
                                                  {"void*", 4},
                                                  {"DataType", 5},
                                                  {"Device", 6},
                                                  {"DLTensor*", 7},
                                                  {"const char*", 8},
                                                  {"TVMFFIByteArray*", 9},
                                                  {"ObjectRValueRef", 10},
                                                  {"ffi.SmallStr", 11},
                                                  {"ffi.SmallBytes", 12},
                                                  {"ffi.Unchanged", 13},
                                                  {"ffi.Object", 64},
                                                  {"ffi.String", 65},
                                                  {"ffi.Bytes", 66},
                                                  {"ffi.Error", 67},
                                                  {"ffi.Function", 68},
                                                  {"ffi.Shape", 69},
                                                  {"ffi.Tensor", 70},
                                                  {"ffi.Array", 71},
                                                  {"ffi.Map", 72},
                                                  {"ffi.Module", 73},
                                                  {"ffi.OpaquePyObject", 74},
                                                  {"ffi.List", 75},
                                                  {"ffi.Dict", 76},
                                                  {"ffi.VisitInterrupt", 77},
                                                  {"ffi.BigInt", 78}};
  for (const auto& [key, index] : indices) EXPECT_EQ(TypeKeyToIndex(key), index) << key;
  for (const std::string& key : TypeKeysWith("ffi.")) {
    if (indices.count(key) != 0) continue;
    EXPECT_GE(TypeKeyToIndex(key), 128) << key;
  }
}

}  // namespace

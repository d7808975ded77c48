// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tests/cpp/extra/module_testing.h
 * \brief What the module tests share: a module made in the test, loaders with a scope, error
 * access.
 */
#ifndef TVM_FFI_TESTS_MODULE_TESTING_H_
#define TVM_FFI_TESTS_MODULE_TESTING_H_

#include <gtest/gtest.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/memory.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace tvm {
namespace ffi {
namespace testing {

/*! \brief Module with functions given by the test: name -> constant that the function returns. */
class TableModuleObj : public ModuleObj {
 public:
  explicit TableModuleObj(std::map<std::string, int> table, const char* kind = "table")
      : table_(std::move(table)), kind_(kind) {}

  const char* kind() const override { return kind_; }
  Optional<Function> GetFunction(const String& name) override {
    ++num_lookups;
    if (on_lookup) on_lookup(name);
    auto it = table_.find(name);
    if (it == table_.end()) return std::nullopt;
    return Function::FromTyped(
        [self = GetRef<Module>(this), value = it->second]() { return value; });
  }

  int num_lookups = 0;
  std::function<void(const String&)> on_lookup;

 private:
  std::map<std::string, int> table_;
  const char* kind_;
};

inline Module MakeTable(std::map<std::string, int> table, const char* kind = "table") {
  return Module(make_object<TableModuleObj>(std::move(table), kind));
}

inline TableModuleObj* AsTable(const Module& module) {
  return static_cast<TableModuleObj*>(module.operator->());
}

/*! \brief Registers a loader for a kind as long as it lives. */
class ScopedLoader {
 public:
  template <typename FLoad>
  ScopedLoader(const std::string& kind, FLoad load)
      : ScopedLoader(kind, Function::FromTyped(std::move(load))) {}
  ScopedLoader(const std::string& kind, Function load)
      : key_("ffi.Module.load_from_bytes." + kind) {
    Function::SetGlobal(key_, std::move(load), true);
  }
  ~ScopedLoader() { Function::RemoveGlobal(key_); }
  ScopedLoader(const ScopedLoader&) = delete;
  ScopedLoader& operator=(const ScopedLoader&) = delete;

 private:
  std::string key_;
};

/*! \brief Run `body` and return the Error it throws; a null Error and a test failure if none. */
template <typename FBody>
Error CatchError(FBody body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error("none", "", "");
}

template <typename FBody>
void ExpectError(const std::string& kind, const std::string& message, FBody body) {
  Error error = CatchError(std::move(body));
  EXPECT_EQ(error.kind(), kind);
  EXPECT_EQ(error.message(), message);
}

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::string FixturePath(const std::string& name) {
  return std::string(TVM_FFI_TEST_FIXTURE_DIR) + "/lib" + name + ".so";
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

/*! \brief Call function `name` of a module without arguments. */
template <typename T>
T CallNamed(const Module& module, const std::string& name) {
  return module->GetFunction(name).value()().template cast<T>();
}

}  // namespace testing
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_TESTS_MODULE_TESTING_H_

// SPDX-License-Identifier: Apache-2.0
//
// What the sources of one side share. A side is a library built from these sources against one
// package; two sides meet in one process. Each registers helpers as global functions under its own
// prefix and drives every subject against a peer's helpers, writing a transcript. A transcript
// holds nothing that depends on who drives, who helps or which runtime they meet in: all must be
// equal.
#ifndef TESTS_ABI_SIDE_SIDE_H_
#define TESTS_ABI_SIDE_SIDE_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#define ABI_STRINGIFY_(x) #x
#define ABI_STRINGIFY(x) ABI_STRINGIFY_(x)
// Name of a global function of this side.
#define ABI_NAME(name) ABI_STRINGIFY(ABI_SIDE) "." name

// Ends the subject with an error that names the place.
#define ABI_EXPECT(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      TVM_FFI_THROW(AssertionError) << __FILE__ << ':' << __LINE__ << ": " << #condition; \
    }                                                                                     \
  } while (false)

// Defines the driver of a subject: ABI_SUBJECT(strings) { ... uses peer and out ... }
#define ABI_SUBJECT(name)                                               \
  static void Drive_##name(const Peer& peer, Transcript& out);          \
  static const bool kSubject_##name = AddSubject(#name, &Drive_##name); \
  static void Drive_##name([[maybe_unused]] const Peer& peer, Transcript& out)

namespace ABI_SIDE {

namespace ffi = tvm::ffi;
namespace refl = tvm::ffi::reflection;
using ffi::Any;
using ffi::AnyView;
using ffi::Array;
using ffi::Function;
using ffi::String;

// The helpers of the side that is played against, which may be this one.
class Peer {
 public:
  explicit Peer(std::string prefix) : prefix_(std::move(prefix)) {}
  Function operator[](const char* name) const {
    return Function::GetGlobalRequired(prefix_ + "." + name);
  }

 private:
  std::string prefix_;
};

// Lines of words.
class Transcript {
 public:
  template <typename... Words>
  void operator()(const Words&... words) {
    std::ostringstream line;
    line << std::boolalpha;
    ((line << words << ' '), ...);
    lines_.push_back(String(line.str()));
  }
  Array<String> lines() const { return Array<String>(lines_.begin(), lines_.end()); }

 private:
  std::vector<String> lines_;
};

using Subject = void (*)(const Peer&, Transcript&);
bool AddSubject(const char* name, Subject subject);

// Small deterministic random numbers.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}
  uint64_t Below(uint64_t n) {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return (state_ >> 33) % n;
  }

 private:
  uint64_t state_;
};

// Kind and message of what `action` throws.
template <typename F>
std::string ErrorOf(const F& action) {
  try {
    action();
  } catch (const ffi::Error& error) {
    return error.kind() + ": " + error.message();
  }
  return "no error";
}

// Whether the other side has not described this class yet: its type key is shared, and the side
// that was loaded first describes it for both.
template <typename Obj>
bool IsUndefined() {
  return TVMFFIGetTypeInfo(Obj::_GetOrAllocRuntimeTypeIndex())->metadata == nullptr;
}

}  // namespace ABI_SIDE
#endif  // TESTS_ABI_SIDE_SIDE_H_

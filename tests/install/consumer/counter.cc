// SPDX-License-Identifier: Apache-2.0
// Registers a type, a function and a loader; includes every header like main.cc does.
#include "counter.h"

#include "every_header.h"

namespace consumer {
namespace {

/*! \brief A module whose one function counts from where the payload says. */
class CounterModuleObj final : public ffi::ModuleObj {
 public:
  explicit CounterModuleObj(Counter counter) : counter_(std::move(counter)) {}
  const char* kind() const final { return "counter"; }
  ffi::Optional<ffi::Function> GetFunction(const ffi::String& name) final {
    if (name != "add") return std::nullopt;
    return ffi::Function::FromTyped(
        [counter = counter_](int64_t amount) { return counter->Add(amount); });
  }

 private:
  Counter counter_;
};

ffi::Module LoadCounter(const ffi::Bytes& payload) {
  return ffi::Module(ffi::make_object<CounterModuleObj>(
      Counter(ffi::make_object<CounterObj>("loaded", static_cast<int64_t>(payload.size())))));
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = ffi::reflection;
  refl::ObjectDef<CounterObj>()
      .def(refl::init<ffi::String, int64_t>())
      .def_ro("name", &CounterObj::name, "What is counted.")
      .def_rw("count", &CounterObj::count)
      .def("add", &CounterObj::Add, "Adds and returns the new count.");
  refl::GlobalDef()
      .def("consumer.divide",
           [](int64_t a, int64_t b) {
             if (b == 0) TVM_FFI_THROW(ZeroDivisionError) << "cannot divide " << a << " by zero";
             return a / b;
           })
      .def("ffi.Module.load_from_bytes.counter", LoadCounter);
}

}  // namespace
}  // namespace consumer

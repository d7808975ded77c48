// SPDX-License-Identifier: Apache-2.0
/*!
 * \file testing.cc
 * \brief Plain `testing.*` functions: errors, packed calls, signals, C symbols, exported symbols.
 *
 * TestRaiseError and TestApply are looked for in backtraces, so they stay exported and out of line.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>

#include "./testing_objects.h"

namespace tvm {
namespace ffi {
namespace {

/*! \brief x + 1, wrapping at the ends of the range. */
int AddOneWrapping(int x) { return static_cast<int>(static_cast<unsigned>(x) + 1U); }

}  // namespace

/*! \brief Throws an error of the given kind whose backtrace names this function once. */
TVM_FFI_NO_INLINE void TestRaiseError(String kind, String msg) {
  throw Error(kind, msg, TVMFFIBacktrace(__FILE__, __LINE__, TVM_FFI_FUNC_SIG, 0));
}

/*! \brief Calls argument 0 with the remaining arguments. */
TVM_FFI_NO_INLINE void TestApply(PackedArgs args, Any* ret) {
  if (args.size() < 1) TVM_FFI_THROW(TypeError) << "testing.apply takes at least one argument";
  // The caller holds the function, so no reference is taken.
  const FunctionObj* func = args[0].cast<const FunctionObj*>();
  if (func == nullptr) {
    TVM_FFI_THROW(TypeError) << "Cannot convert from type `None` to `ffi.Function`";
  }
  func->CallPacked(args.data() + 1, args.size() - 1, ret);
}

/*! \brief Safe-call function that adds one to its int argument. */
int __add_one_c_symbol(void* /*self*/, const TVMFFIAny* args, int32_t /*num_args*/,
                       TVMFFIAny* ret) {
  TVM_FFI_SAFE_CALL_BEGIN();
  int x = reinterpret_cast<const AnyView*>(args)[0].cast<int>();
  *reinterpret_cast<Any*>(ret) = AddOneWrapping(x);
  TVM_FFI_SAFE_CALL_END();
}

/*!
 * \brief __add_one_c_symbol with the packed C interface that MLIR generates.
 * \param packed_args Addresses of: handle, arguments, number of arguments, result, return code.
 */
void _mlir_add_one_c_symbol(void** packed_args) {
  void* handle = *static_cast<void**>(packed_args[0]);
  const TVMFFIAny* args = *static_cast<const TVMFFIAny**>(packed_args[1]);
  int32_t num_args = *static_cast<int32_t*>(packed_args[2]);
  TVMFFIAny* result = *static_cast<TVMFFIAny**>(packed_args[3]);
  *static_cast<int*>(packed_args[4]) = __add_one_c_symbol(handle, args, num_args, result);
}

namespace {

void Echo(PackedArgs args, Any* ret) {
  if (args.size() < 1) TVM_FFI_THROW(TypeError) << "testing.echo takes at least one argument";
  *ret = args[0];
}

/*! \brief Sleeps in steps of one second and stops as soon as a signal is pending. */
void RunCheckSignal(int nsec) {
  for (int i = 0; i < nsec; ++i) {
    if (TVMFFIEnvCheckSignals() != 0) throw ::tvm::ffi::EnvErrorAlreadySet();
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  std::fputs("Function finished without catching signal\n", stdout);
  std::fflush(stdout);
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::GlobalDef()
      .def("testing.test_raise_error", TestRaiseError)
      .def("testing.add_one", AddOneWrapping)
      .def_packed("testing.nop", [](PackedArgs, Any*) {})
      .def_packed("testing.echo", Echo)
      .def_packed("testing.apply", TestApply)
      .def("testing.run_check_signal", RunCheckSignal)
      .def("testing.object_use_count",
           [](const Object* obj) { return static_cast<int64_t>(obj->use_count()); })
      .def("testing.get_add_one_c_symbol",
           []() { return reinterpret_cast<int64_t>(&__add_one_c_symbol); })
      .def("testing.get_mlir_add_one_c_symbol",
           []() { return reinterpret_cast<int64_t>(&_mlir_add_one_c_symbol); })
      .def("testing.optional_tensor_view_has_value",
           [](Optional<TensorView> view) { return view.has_value(); });
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIEnvModRegisterSystemLibSymbol(
      "__tvm_ffi_testing.add_one", reinterpret_cast<void*>(&__add_one_c_symbol)));
}

}  // namespace ffi
}  // namespace tvm

/*! \brief Link anchor: calling it makes a binary depend on this library. Returns 0. */
extern "C" TVM_FFI_DLL_EXPORT int TVMFFITestingDummyTarget() { return 0; }

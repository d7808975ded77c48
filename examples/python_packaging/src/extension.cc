// SPDX-License-Identifier: Apache-2.0
//
// The three ways to export: a symbol of this library, global functions, and a class.
#include <tvm/ffi/tvm_ffi.h>

#include <cstdint>

namespace my_ffi_extension {

namespace ffi = tvm::ffi;

/*! \brief A symbol: callers have the library, and get the function from it. */
int64_t AddTwo(int64_t x) { return x + 2; }

TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_two, AddTwo);

int64_t AddOne(int64_t x) { return x + 1; }

void RaiseError(const ffi::String& message) { TVM_FFI_THROW(RuntimeError) << message; }

/*! \brief A class: the data, which every language shares. */
class IntPairObj : public ffi::Object {
 public:
  IntPairObj(int64_t a, int64_t b) : a(a), b(b) {}

  int64_t Sum() const { return a + b; }

  int64_t a;
  int64_t b;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("my_ffi_extension.IntPair", IntPairObj, ffi::Object);
};

/*! \brief What loading the library makes known: names in the registry, for all languages. */
TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = ffi::reflection;
  refl::GlobalDef()
      .def("my_ffi_extension.add_one", AddOne)
      .def("my_ffi_extension.raise_error", RaiseError);
  refl::ObjectDef<IntPairObj>()
      .def(refl::init<int64_t, int64_t>())
      .def_rw("a", &IntPairObj::a, "The first number.")
      .def_rw("b", &IntPairObj::b, "The second number.")
      .def("sum", &IntPairObj::Sum, "Adds the two.");
}

}  // namespace my_ffi_extension

// SPDX-License-Identifier: Apache-2.0
//
// A consumer library that test_published_headers.py compiles twice, against the published package's
// headers and against ours, and loads into both runtimes. It uses only names that both have.
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

namespace abi_test {

namespace ffi = tvm::ffi;

int64_t Add(int64_t a, int64_t b) { return a + b; }

ffi::String Repeat(const ffi::String& text, int64_t times) {
  std::string out;
  for (int64_t i = 0; i < times; ++i) out.append(text.data(), text.size());
  return out;
}

ffi::Array<ffi::Any> Reverse(const ffi::Array<ffi::Any>& values) {
  ffi::Array<ffi::Any> out;
  for (size_t i = values.size(); i > 0; --i) out.push_back(values[i - 1]);
  return out;
}

// Grows a map made by the other side far enough to change its layout, and shrinks it again.
ffi::Map<ffi::String, int64_t> GrowMap(ffi::Map<ffi::String, int64_t> map, int64_t count) {
  for (int64_t i = 0; i < count; ++i) map.Set("key" + std::to_string(i), i);
  for (int64_t i = 0; i < count; i += 2) map.erase("key" + std::to_string(i));
  return map;
}

// Sums the values of `keys` that `map` has, by look-up.
int64_t SumOf(const ffi::Map<ffi::Any, int64_t>& map, const ffi::Array<ffi::Any>& keys) {
  int64_t sum = 0;
  for (const ffi::Any& key : keys) {
    if (map.count(key)) sum += map.at(key);
  }
  return sum;
}

void AddOne(ffi::TensorView x, ffi::TensorView y) {
  for (int64_t i = 0; i < x.size(0); ++i) {
    static_cast<float*>(y.data_ptr())[i] = static_cast<float*>(x.data_ptr())[i] + 1;
  }
}

ffi::Shape ShapeOf(ffi::TensorView x) { return ffi::Shape(x.shape().begin(), x.shape().end()); }

void Fail(const ffi::String& message) { TVM_FFI_THROW(ValueError) << message; }

ffi::Any CallBack(const ffi::Function& f, ffi::Any value) { return f(value); }

ffi::Optional<ffi::String> FirstLetter(const ffi::Optional<ffi::String>& text) {
  if (!text.has_value() || text.value().size() == 0) return std::nullopt;
  return ffi::String(text.value().data(), 1);
}

// A module whose vtable, layout and deleter belong to this library.
class EchoModuleObj : public ffi::ModuleObj {
 public:
  explicit EchoModuleObj(ffi::Bytes payload) : payload_(std::move(payload)) {}
  const char* kind() const final { return "echo"; }
  ffi::Optional<ffi::Function> GetFunction(const ffi::String& name) final {
    if (name != "payload") return std::nullopt;
    ffi::Module self = ffi::GetRef<ffi::Module>(this);
    return ffi::Function::FromTyped([self, this]() { return payload_; });
  }
  ffi::String InspectSource(const ffi::String& format) const final { return "echo:" + format; }

 private:
  ffi::Bytes payload_;
};

ffi::Module MakeEchoModule(const ffi::Bytes& payload) {
  return ffi::Module(ffi::make_object<EchoModuleObj>(payload));
}

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef().def("ffi.Module.load_from_bytes.abi_echo", MakeEchoModule);
}

}  // namespace abi_test

TVM_FFI_DLL_EXPORT_TYPED_FUNC(add, abi_test::Add);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(repeat, abi_test::Repeat);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(reverse, abi_test::Reverse);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(grow_map, abi_test::GrowMap);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sum_of, abi_test::SumOf);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, abi_test::AddOne);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(shape_of, abi_test::ShapeOf);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(fail, abi_test::Fail);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(call_back, abi_test::CallBack);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(first_letter, abi_test::FirstLetter);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(make_echo_module, abi_test::MakeEchoModule);

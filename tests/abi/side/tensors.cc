// SPDX-License-Identifier: Apache-2.0
//
// Tensors allocated, exported, imported, viewed and freed by different sides.
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/dtype.h>

#include <cstdlib>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::Shape;
using ffi::Tensor;
using ffi::TensorView;

struct HostMemory {
  int64_t fill;
  void AllocData(DLTensor* tensor) {
    ++live_objects;
    const size_t size = ffi::GetDataSize(*tensor);
    tensor->data = std::malloc(size + 1);
    for (size_t i = 0; i < size; ++i)
      static_cast<char*>(tensor->data)[i] = static_cast<char>(fill + i);
  }
  void FreeData(DLTensor* tensor) {
    --live_objects;
    std::free(tensor->data);
  }
};

constexpr DLDevice kHost{kDLCPU, 0};

Tensor MakeTensor(const Shape& shape, DLDataType dtype, const Optional<Shape>& strides) {
  if (strides.has_value()) {
    return Tensor::FromNDAllocStrided(HostMemory{3}, shape, *strides, dtype, kHost);
  }
  return Tensor::FromNDAlloc(HostMemory{3}, shape, dtype, kHost);
}

template <typename T>
void DescribeInto(const T& tensor, std::ostringstream& text) {
  text << "shape";
  for (int64_t extent : tensor.shape()) text << ' ' << extent;
  text << " strides";
  for (int64_t stride : tensor.strides()) text << ' ' << stride;
  text << " dtype " << tensor.dtype() << " ndim " << tensor.ndim() << " numel " << tensor.numel()
       << " offset " << tensor.byte_offset() << " contiguous " << tensor.IsContiguous()
       << " device " << tensor.device().device_type << " bytes " << ffi::GetDataSize(tensor);
  if (tensor.numel() > 0) text << " first " << int{static_cast<const char*>(tensor.data_ptr())[0]};
  if (tensor.ndim() > 0) text << " last " << tensor.size(-1) << ' ' << tensor.stride(-1);
}

String DescribeTensor(const Tensor& tensor) {
  std::ostringstream text;
  DescribeInto(tensor, text);
  return String(text.str());
}
String DescribeView(TensorView view) {
  std::ostringstream text;
  DescribeInto(view, text);
  return String(text.str());
}
String DescribeRaw(DLTensor* tensor) { return DescribeView(TensorView(tensor)); }

void* Export(const Tensor& tensor, bool versioned) {
  if (versioned) return tensor.ToDLPackVersioned();
  return tensor.ToDLPack();
}
Tensor Import(void* managed, bool versioned) {
  if (versioned)
    return Tensor::FromDLPackVersioned(static_cast<DLManagedTensorVersioned*>(managed));
  return Tensor::FromDLPack(static_cast<DLManagedTensor*>(managed), 1, false);
}
Tensor Strided(const Tensor& tensor, const Shape& shape, const Shape& strides, int64_t offset) {
  return tensor.as_strided(shape, strides, offset);
}
void Scale(TensorView view, double factor) {
  for (int64_t i = 0; i < view.numel(); ++i) static_cast<float*>(view.data_ptr())[i] *= factor;
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("tensor_make"), &MakeTensor)
      .def(ABI_NAME("tensor_describe"), &DescribeTensor)
      .def(ABI_NAME("tensor_describe_view"), &DescribeView)
      .def(ABI_NAME("tensor_describe_raw"), &DescribeRaw)
      .def(ABI_NAME("tensor_export"), &Export)
      .def(ABI_NAME("tensor_import"), &Import)
      .def(ABI_NAME("tensor_strided"), &Strided)
      .def(ABI_NAME("tensor_scale"), &Scale)
      .def(ABI_NAME("tensor_live"), [] { return live_objects; });
}

struct Case {
  Shape shape;
  const char* dtype;
  Optional<Shape> strides;
};

}  // namespace

ABI_SUBJECT(tensors) {
  const Case cases[] = {{Shape({2, 3}), "float32", std::nullopt},
                        {Shape(std::vector<int64_t>{}), "int64", std::nullopt},
                        {Shape({4, 0, 4}), "int16", std::nullopt},
                        {Shape({9}), "bool", std::nullopt},
                        {Shape({3, 3}), "float4_e2m1fn", std::nullopt},
                        {Shape({2, 3}), "float16x4", Shape({1, 2})},
                        {Shape({1, 5, 1}), "uint8", Shape({99, 1, 7})}};
  for (const Case& c : cases) {
    const int64_t before = live_objects, theirs_before = peer["tensor_live"]().cast<int64_t>();
    {
      const Tensor own = MakeTensor(c.shape, ffi::StringToDLDataType(c.dtype), c.strides);
      const Tensor theirs = peer["tensor_make"](c.shape, c.dtype, c.strides).cast<Tensor>();
      const String text = DescribeTensor(theirs);
      out(text);
      ABI_EXPECT(peer["tensor_describe"](own).cast<String>() == text);
      ABI_EXPECT(peer["tensor_describe_view"](own).cast<String>() == text);
      ABI_EXPECT(peer["tensor_describe_view"](TensorView(theirs)).cast<String>() == text);
      ABI_EXPECT(peer["tensor_describe_raw"](own).cast<String>() == text);
      ABI_EXPECT(DescribeView(theirs) == text);
      for (bool versioned : {false, true}) {
        const Tensor again = Import(peer["tensor_export"](own, versioned).cast<void*>(), versioned);
        const Tensor theirs_again =
            peer["tensor_import"](Export(theirs, versioned), versioned).cast<Tensor>();
        ABI_EXPECT(DescribeTensor(again) == text && DescribeTensor(theirs_again) == text);
        out(versioned, own.use_count(), theirs.use_count(), again.data_ptr() == own.data_ptr());
      }
      ABI_EXPECT(own.use_count() == 1 && theirs.use_count() == 1);
    }
    ABI_EXPECT(live_objects == before);
    ABI_EXPECT(peer["tensor_live"]().cast<int64_t>() == theirs_before);
  }
}

ABI_SUBJECT(tensor_views) {
  Tensor own = MakeTensor(Shape({4, 6}), DLDataType{kDLFloat, 32, 1}, std::nullopt);
  for (int i = 0; i < 24; ++i) static_cast<float*>(own.data_ptr())[i] = static_cast<float>(i);
  const int64_t before = live_objects;
  Tensor part = peer["tensor_strided"](own, Shape({2, 3}), Shape({12, 2}), 3).cast<Tensor>();
  peer["tensor_scale"](own, 2.0);
  out(static_cast<float*>(part.data_ptr())[2], part.IsContiguous(), own.use_count());
  own = Tensor();
  ABI_EXPECT(live_objects == before);  // the part holds the whole
  part = Tensor();
  ABI_EXPECT(live_objects < before);
  out(ErrorOf([&] {
    part = Tensor();
    DescribeView(TensorView(part));
  }));
  const Function describe = peer["tensor_describe_view"];
  const std::string text = ErrorOf([&] { describe(1); });
  out(text.substr(text.find("Expected")));
}

}  // namespace ABI_SIDE

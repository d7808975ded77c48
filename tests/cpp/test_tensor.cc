// SPDX-License-Identifier: Apache-2.0
// Tensor and TensorView: layout, factories, DLPack import and export, views, conversions.
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::FieldAt;
using Values = std::vector<int64_t>;

constexpr DLDataType kFloat32 = {kDLFloat, 32, 1};
constexpr DLDevice kCPU = {kDLCPU, 0};
constexpr DLDevice kOpenCL = {kDLOpenCL, 0};

Values ToVector(ShapeView view) { return Values(view.begin(), view.end()); }

// Counts its allocations; may refuse.
struct CountingAlloc {
  int* live;
  void AllocData(DLTensor* tensor, bool fail = false) {
    if (fail) TVM_FFI_THROW(ValueError) << "no memory";
    ++*live;
    tensor->data = std::malloc(GetDataSize(*tensor));
  }
  void FreeData(DLTensor* tensor) {
    --*live;
    std::free(tensor->data);
  }
};

struct CPUAlloc {
  void AllocData(DLTensor* tensor) { tensor->data = std::malloc(GetDataSize(*tensor)); }
  void FreeData(DLTensor* tensor) { std::free(tensor->data); }
};

Tensor Empty(ShapeView shape, DLDataType dtype = kFloat32, DLDevice device = kCPU) {
  return Tensor::FromNDAlloc(CPUAlloc(), shape, dtype, device);
}

// A DLPack producer on the stack of the test.
template <typename TManaged>
struct Producer {
  float data[6] = {0, 1, 2, 3, 4, 5};
  int64_t shape[2] = {2, 3};
  int64_t strides[2] = {1, 2};
  int deleted = 0;
  TManaged managed{};

  explicit Producer(bool with_strides) {
    managed.dl_tensor.data = data;
    managed.dl_tensor.device = kCPU;
    managed.dl_tensor.ndim = 2;
    managed.dl_tensor.dtype = kFloat32;
    managed.dl_tensor.shape = shape;
    managed.dl_tensor.strides = with_strides ? strides : nullptr;
    managed.manager_ctx = this;
    managed.deleter = [](TManaged* self) { ++static_cast<Producer*>(self->manager_ctx)->deleted; };
  }
};

TEST(Tensor, LayoutIsHeaderAndDLTensor) {
  Tensor tensor = Empty({2, 3});
  const char* base = reinterpret_cast<const char*>(tensor.GetDLTensorPtr()) - 24;
  EXPECT_EQ(FieldAt<void*>(static_cast<const ObjectRef&>(tensor), 24), tensor.data_ptr());
  EXPECT_EQ(reinterpret_cast<const char*>(tensor.shape().data()), base + 80);
  EXPECT_EQ(reinterpret_cast<const char*>(tensor.strides().data()), base + 96);
  EXPECT_EQ(tensor.type_index(), static_cast<int32_t>(kTVMFFITensor));
  static_assert(sizeof(TensorObj) == 72);
  static_assert(sizeof(detail::TensorObjFromDLPack<DLManagedTensor>) == 80);
  static_assert(sizeof(TensorView) == 48);
}

TEST(Tensor, FromNDAllocDescribesARowMajorTensor) {
  Tensor tensor = Empty({1, 2, 3});
  EXPECT_EQ(ToVector(tensor.shape()), (Values{1, 2, 3}));
  EXPECT_EQ(ToVector(tensor.sizes()), (Values{1, 2, 3}));
  EXPECT_EQ(ToVector(tensor.strides()), (Values{6, 3, 1}));
  EXPECT_EQ(tensor.ndim(), 3);
  EXPECT_EQ(tensor.dim(), 3);
  EXPECT_EQ(tensor.numel(), 6);
  EXPECT_EQ(tensor.size(-3), 1);
  EXPECT_EQ(tensor.stride(-1), 1);
  EXPECT_EQ(tensor.size(2), 3);
  EXPECT_EQ(tensor.byte_offset(), 0u);
  EXPECT_TRUE(tensor.IsContiguous());
  EXPECT_TRUE(tensor.is_contiguous());
  EXPECT_EQ(tensor.dtype().bits, 32);
  EXPECT_EQ(tensor.device().device_type, kDLCPU);
  Tensor same = Any(tensor).cast<Tensor>();
  EXPECT_TRUE(same.same_as(tensor));
  EXPECT_FFI_ERROR(tensor.size(3), "IndexError",
                   "Index 3 out of bounds for tensor with 3 dimensions");
  EXPECT_FFI_ERROR(tensor.stride(-4), "IndexError",
                   "Index -4 out of bounds for tensor with 3 dimensions");
}

TEST(Tensor, TheAllocatorFreesOnce) {
  int live = 0;
  {
    Tensor tensor = Tensor::FromNDAlloc(CountingAlloc{&live}, {4}, kFloat32, kCPU);
    Tensor copy = tensor;
    EXPECT_EQ(live, 1);
  }
  EXPECT_EQ(live, 0);
  EXPECT_FFI_ERROR(Tensor::FromNDAlloc(CountingAlloc{&live}, {4}, kFloat32, kCPU, true),
                   "ValueError", "no memory");
  EXPECT_EQ(live, 0);
}

TEST(Tensor, FromNDAllocStrided) {
  Tensor tensor = Tensor::FromNDAllocStrided(CPUAlloc(), {2, 3}, {1, 2}, kFloat32, kCPU);
  EXPECT_EQ(ToVector(tensor.strides()), (Values{1, 2}));
  EXPECT_FALSE(tensor.IsContiguous());
  DLDataType int16 = {kDLInt, 16, 1};
  Tensor empty = Tensor::FromNDAllocStrided(CPUAlloc(), {4, 0, 4}, {0, 0, 0}, int16, kCPU);
  EXPECT_EQ(empty.numel(), 0);
  EXPECT_TRUE(empty.IsContiguous());
  EXPECT_TRUE(empty.is_contiguous());
  EXPECT_FFI_ERROR(Tensor::FromNDAllocStrided(CPUAlloc(), {2, 3}, {1}, kFloat32, kCPU),
                   "ValueError",
                   "Check failed: (shape.size() == strides.size()) is false: shape and strides "
                   "must have the same size.");
}

TEST(Tensor, ScalarHasOneElement) {
  Tensor scalar = Empty(ShapeView());
  EXPECT_EQ(scalar.ndim(), 0);
  EXPECT_EQ(scalar.numel(), 1);
  EXPECT_TRUE(scalar.IsContiguous());
  EXPECT_EQ(scalar.strides().size(), 0u);
}

TEST(Tensor, DataSizesPackSubByteTypes) {
  EXPECT_EQ(GetDataSize(1, {kDLUInt, 1, 1}), 1u);
  EXPECT_EQ(GetDataSize(8, {kDLUInt, 1, 1}), 1u);
  EXPECT_EQ(GetDataSize(9, {kDLUInt, 1, 1}), 2u);
  EXPECT_EQ(GetDataSize(9, {kDLBool, 8, 1}), 9u);
  EXPECT_EQ(GetDataSize(2, {kDLFloat4_e2m1fn, 4, 1}), 1u);
  EXPECT_EQ(GetDataSize(3, {kDLInt, 4, 1}), 2u);
  EXPECT_EQ(GetDataSize(3, {kDLFloat, 32, 4}), 48u);
  Tensor tensor = Empty({2, 3});
  EXPECT_EQ(GetDataSize(tensor), 24u);
  EXPECT_EQ(GetDataSize(TensorView(tensor)), 24u);
  EXPECT_EQ(GetDataSize(*tensor.GetDLTensorPtr()), 24u);
}

TEST(Tensor, ContiguityIgnoresExtentsOfOne) {
  int64_t shape[3] = {2, 1, 3};
  int64_t strides[3] = {3, 999, 1};
  DLTensor tensor{};
  tensor.ndim = 3;
  tensor.shape = shape;
  EXPECT_TRUE(IsContiguous(tensor));
  tensor.strides = strides;
  EXPECT_TRUE(IsContiguous(tensor));
  strides[0] = 4;
  EXPECT_FALSE(IsContiguous(tensor));
  shape[1] = 0;
  EXPECT_TRUE(IsContiguous(tensor));
}

TEST(Tensor, AlignmentCountsTheAddressOnlyWhereItIsOne) {
  DLTensor tensor{};
  tensor.data = reinterpret_cast<void*>(0x1008);
  tensor.byte_offset = 8;
  tensor.device = kCPU;
  EXPECT_TRUE(IsAligned(tensor, 16));
  EXPECT_FALSE(IsAligned(tensor, 32));
  tensor.device = kOpenCL;
  EXPECT_TRUE(IsAligned(tensor, 8));
  EXPECT_FALSE(IsAligned(tensor, 16));
}

TEST(Tensor, DirectAddressDevices) {
  for (DLDeviceType type : {kDLCPU, kDLCUDA, kDLCUDAHost, kDLCUDAManaged, kDLROCM, kDLROCMHost}) {
    EXPECT_TRUE(IsDirectAddressDevice(DLDevice{type, 0})) << type;
  }
  for (DLDeviceType type : {kDLOpenCL, kDLVulkan, kDLMetal, kDLVPI, kDLExtDev, kDLOneAPI}) {
    EXPECT_FALSE(IsDirectAddressDevice(DLDevice{type, 0})) << type;
  }
}

TEST(TensorDLPack, ExportHoldsTheTensorUntilDeleted) {
  Tensor tensor = Empty({2, 3});
  DLManagedTensor* exported = tensor.ToDLPack();
  EXPECT_EQ(tensor.use_count(), 2);
  EXPECT_EQ(exported->dl_tensor.data, tensor.data_ptr());
  EXPECT_EQ(exported->dl_tensor.shape, tensor.shape().data());
  {
    Tensor imported = Tensor::FromDLPack(exported);
    EXPECT_EQ(imported.use_count(), 1);
    EXPECT_EQ(imported.data_ptr(), tensor.data_ptr());
    EXPECT_EQ(tensor.use_count(), 2);
  }
  EXPECT_EQ(tensor.use_count(), 1);
}

TEST(TensorDLPack, ImportHasTheAddressOfAnOrdinaryFunction) {
  Tensor (*import)(DLManagedTensor*, size_t, bool) = &Tensor::FromDLPack;
  Tensor tensor = Empty({2, 3});
  EXPECT_EQ(import(tensor.ToDLPack(), 0, false).data_ptr(), tensor.data_ptr());
}

TEST(TensorDLPack, VersionedExportCarriesVersionAndNoFlags) {
  Tensor tensor = Empty({2, 3});
  DLManagedTensorVersioned* exported = tensor.ToDLPackVersioned();
  EXPECT_EQ(exported->version.major, static_cast<uint32_t>(DLPACK_MAJOR_VERSION));
  EXPECT_EQ(exported->version.minor, static_cast<uint32_t>(DLPACK_MINOR_VERSION));
  EXPECT_EQ(exported->flags, 0u);
  {
    Tensor imported = Tensor::FromDLPackVersioned(exported);
    EXPECT_EQ(imported.data_ptr(), tensor.data_ptr());
  }
  EXPECT_EQ(tensor.use_count(), 1);
}

TEST(TensorDLPack, ImportFillsInMissingStridesAndKeepsTheShape) {
  Producer<DLManagedTensor> producer(/*with_strides=*/false);
  {
    Tensor tensor = Tensor::FromDLPack(&producer.managed, alignof(float), true);
    EXPECT_EQ(ToVector(tensor.strides()), (Values{3, 1}));
    EXPECT_EQ(tensor.shape().data(), producer.shape);
    EXPECT_EQ(reinterpret_cast<const char*>(tensor.strides().data()),
              reinterpret_cast<const char*>(tensor.GetDLTensorPtr()) - 24 + 80);
    EXPECT_EQ(producer.deleted, 0);
  }
  EXPECT_EQ(producer.deleted, 1);
}

TEST(TensorDLPack, ImportKeepsGivenStrides) {
  Producer<DLManagedTensorVersioned> producer(/*with_strides=*/true);
  producer.managed.version = {99, 0};
  producer.managed.flags = DLPACK_FLAG_BITMASK_READ_ONLY | DLPACK_FLAG_BITMASK_IS_COPIED;
  {
    Tensor tensor = Tensor::FromDLPackVersioned(&producer.managed);
    EXPECT_EQ(tensor.strides().data(), producer.strides);
  }
  EXPECT_EQ(producer.deleted, 1);
}

TEST(TensorDLPack, ARefusedImportLeavesTheProducerItsTensor) {
  Producer<DLManagedTensorVersioned> producer(/*with_strides=*/true);
  EXPECT_FFI_ERROR(Tensor::FromDLPackVersioned(&producer.managed, 0, true), "RuntimeError",
                   "FromDLPack: Tensor is not contiguous.");
  producer.managed.dl_tensor.byte_offset = 1;
  EXPECT_FFI_ERROR(Tensor::FromDLPackVersioned(&producer.managed, 4, true), "RuntimeError",
                   "FromDLPack: Data is not aligned to 4 bytes.");
  producer.managed.flags = DLPACK_FLAG_BITMASK_IS_SUBBYTE_TYPE_PADDED;
  EXPECT_FFI_ERROR(Tensor::FromDLPackVersioned(&producer.managed), "RuntimeError",
                   "Subbyte type padded is not yet supported");
  EXPECT_EQ(producer.deleted, 0);
}

TEST(TensorDLPack, ImportWithoutADeleterIsAllowed) {
  Producer<DLManagedTensor> producer(/*with_strides=*/true);
  producer.managed.deleter = nullptr;
  Tensor tensor = Tensor::FromDLPack(&producer.managed);
  EXPECT_EQ(tensor.numel(), 6);
}

TEST(TensorCApi, RoundTripAndErrors) {
  Producer<DLManagedTensor> producer(/*with_strides=*/true);
  TVMFFIObjectHandle handle = nullptr;
  EXPECT_EQ(TVMFFITensorFromDLPack(&producer.managed, 0, 1, &handle), -1);
  EXPECT_EQ(handle, nullptr);
  TVMFFIErrorMoveFromRaised(&handle);
  EXPECT_NE(handle, nullptr);
  TVMFFIObjectDecRef(handle);
  ASSERT_EQ(TVMFFITensorFromDLPack(&producer.managed, 0, 0, &handle), 0);
  DLManagedTensorVersioned* versioned = nullptr;
  ASSERT_EQ(TVMFFITensorToDLPackVersioned(handle, &versioned), 0);
  TVMFFIObjectDecRef(handle);
  EXPECT_EQ(producer.deleted, 0);
  ASSERT_EQ(TVMFFITensorFromDLPackVersioned(versioned, 0, 0, &handle), 0);
  DLManagedTensor* exported = nullptr;
  ASSERT_EQ(TVMFFITensorToDLPack(handle, &exported), 0);
  EXPECT_EQ(exported->dl_tensor.data, producer.data);
  exported->deleter(exported);
  TVMFFIObjectDecRef(handle);
  EXPECT_EQ(producer.deleted, 1);
}

TEST(TensorCApi, UnsafeViewCopiesTheDescriptionAndKeepsTheSource) {
  Tensor source = Empty({2, 3});
  DLTensor prototype = *source.GetDLTensorPtr();
  int64_t shape[1] = {3};
  int64_t strides[1] = {2};
  prototype.ndim = 1;
  prototype.shape = shape;
  prototype.strides = strides;
  prototype.byte_offset = 4;
  TVMFFIObjectHandle source_handle = detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(source);
  TVMFFIObjectHandle handle = nullptr;
  ASSERT_EQ(TVMFFITensorCreateUnsafeView(source_handle, &prototype, &handle), 0);
  EXPECT_EQ(source.use_count(), 2);
  const DLTensor* view = TVMFFITensorGetDLTensorPtr(handle);
  shape[0] = 99;
  EXPECT_EQ(view->shape[0], 3);
  EXPECT_EQ(view->strides[0], 2);
  EXPECT_EQ(view->byte_offset, 4u);
  EXPECT_EQ(view->data, source.data_ptr());
  EXPECT_EQ(reinterpret_cast<const char*>(view->shape), static_cast<const char*>(handle) + 80);
  TVMFFIObjectDecRef(handle);
  EXPECT_EQ(source.use_count(), 1);
  prototype.strides = nullptr;
  EXPECT_EQ(TVMFFITensorCreateUnsafeView(source_handle, &prototype, &handle), -1);
  TVMFFIErrorMoveFromRaised(&handle);
  Error error = detail::ObjectUnsafe::ObjectRefFromObjectPtr<Error>(
      detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(static_cast<TVMFFIObject*>(handle)));
  EXPECT_EQ(error.kind(), "InternalError");
  EXPECT_EQ(error.message(), "Check not null: prototype.strides ");
}

TEST(TensorCApi, ANegativeNumberOfDimensionsIsRefused) {
  auto refused = [](int code) {
    EXPECT_EQ(code, -1);
    const Error error = detail::MoveFromSafeCallRaised();
    return error.kind() + ": " + error.message();
  };
  const std::string text =
      "ValueError: Check failed: (tensor.ndim >= 0) is false: a tensor cannot have -1 dimensions";
  for (bool with_strides : {true, false}) {
    Producer<DLManagedTensor> old_form(with_strides);
    Producer<DLManagedTensorVersioned> producer(with_strides);
    old_form.managed.dl_tensor.ndim = producer.managed.dl_tensor.ndim = -1;
    TVMFFIObjectHandle handle = nullptr;
    EXPECT_EQ(refused(TVMFFITensorFromDLPack(&old_form.managed, 0, 0, &handle)), text);
    EXPECT_EQ(refused(TVMFFITensorFromDLPackVersioned(&producer.managed, 0, 0, &handle)), text);
    Tensor source = Empty({2});
    EXPECT_EQ(refused(TVMFFITensorCreateUnsafeView(
                  detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(source),
                  &producer.managed.dl_tensor, &handle)),
              text);
    EXPECT_EQ(handle, nullptr);
    EXPECT_EQ(old_form.deleted + producer.deleted, 0) << "the producer keeps its tensor";
  }
}

TEST(Tensor, FromEnvAllocAdoptsTheResult) {
  auto alloc = [](DLTensor* prototype, TVMFFIObjectHandle* out) -> int {
    EXPECT_EQ(prototype->data, nullptr);
    EXPECT_EQ(prototype->strides, nullptr);
    Tensor tensor = Empty(ShapeView(prototype->shape, static_cast<size_t>(prototype->ndim)),
                          prototype->dtype, prototype->device);
    *out = detail::ObjectUnsafe::MoveObjectRefToTVMFFIObjectPtr(std::move(tensor));
    return 0;
  };
  Tensor tensor = Tensor::FromEnvAlloc(alloc, {5}, kFloat32, kCPU);
  EXPECT_EQ(tensor.use_count(), 1);
  EXPECT_EQ(tensor.numel(), 5);
  auto refuse = [](DLTensor*, TVMFFIObjectHandle*) -> int {
    TVMFFIErrorSetRaisedFromCStr("RuntimeError", "nothing left");
    return -1;
  };
  EXPECT_FFI_ERROR(Tensor::FromEnvAlloc(refuse, {5}, kFloat32, kCPU), "RuntimeError",
                   "nothing left");
}

TEST(Tensor, AsStridedMovesTheAddressOnTheHost) {
  Tensor tensor = Empty({2, 3});
  Tensor view = tensor.as_strided({3}, {2}, 1);
  EXPECT_EQ(tensor.use_count(), 2);
  EXPECT_EQ(static_cast<char*>(view.data_ptr()), static_cast<char*>(tensor.data_ptr()) + 4);
  EXPECT_EQ(view.byte_offset(), 0u);
  EXPECT_EQ(ToVector(view.strides()), (Values{2}));
  Tensor again = view.as_strided({1}, {1}, 1);
  tensor = Tensor();
  view = Tensor();
  EXPECT_EQ(again.numel(), 1);
}

TEST(Tensor, AsStridedSetsTheOffsetOfOpaqueHandles) {
  Tensor tensor = Empty({8}, kFloat32, kOpenCL);
  Tensor view = tensor.as_strided({2}, {1}, 3);
  EXPECT_EQ(view.data_ptr(), tensor.data_ptr());
  EXPECT_EQ(view.byte_offset(), 12u);
  EXPECT_EQ(view.as_strided({1}, {1}, 1).byte_offset(), 16u);
}

TEST(Tensor, AsStridedErrors) {
  Tensor tensor = Empty({2});
  EXPECT_FFI_ERROR(tensor.as_strided({1}, {1}, -1), "InternalError",
                   "Check failed: elem_offset_as_i64 >= 0 (-1 vs. 0) : ");
  EXPECT_FFI_ERROR(tensor.as_strided(ShapeView(), ShapeView()), "InternalError",
                   "Check not null: prototype.strides ");
  EXPECT_EQ(tensor.as_strided(Shape(), Shape()).numel(), 1);
}

TEST(Tensor, StridesOfAnObjectWithoutThemAreAnError) {
  ObjectPtr<TensorObj> obj = make_object<TensorObj>();
  *static_cast<DLTensor*>(obj.get()) = DLTensor{};
  obj->ndim = 1;
  EXPECT_FFI_ERROR(Tensor(obj).strides(), "InternalError",
                   "Check failed: (obj->strides != nullptr || obj->ndim == 0) is false: ");
}

TEST(TensorView, DescribesWithoutOwning) {
  Tensor tensor = Empty({2, 3});
  TensorView view = tensor;
  EXPECT_EQ(tensor.use_count(), 1);
  EXPECT_EQ(view.data_ptr(), tensor.data_ptr());
  EXPECT_EQ(ToVector(view.shape()), (Values{2, 3}));
  EXPECT_EQ(ToVector(view.sizes()), (Values{2, 3}));
  EXPECT_EQ(ToVector(view.strides()), (Values{3, 1}));
  EXPECT_EQ(view.numel(), 6);
  EXPECT_EQ(view.dim(), 2);
  EXPECT_EQ(view.size(-1), 3);
  EXPECT_EQ(view.stride(0), 3);
  EXPECT_EQ(view.byte_offset(), 0u);
  EXPECT_TRUE(view.is_contiguous());
  EXPECT_EQ(view.dtype().code, kDLFloat);
  Tensor other = Empty({7});
  view = other;
  EXPECT_EQ(view.ndim(), 1);
  static_assert(!std::is_constructible_v<TensorView, Tensor&&>);
  static_assert(!std::is_assignable_v<TensorView&, Tensor&&>);
  static_assert(!std::is_default_constructible_v<TensorView>);
}

TEST(TensorView, RefusesNull) {
  Tensor null;
  EXPECT_FFI_ERROR(TensorView(null), "InternalError",
                   "Check failed: (tensor.defined()) is false: ");
  EXPECT_FFI_ERROR(TensorView(static_cast<const DLTensor*>(nullptr)), "InternalError",
                   "Check failed: (tensor != nullptr) is false: ");
}

TEST(TensorView, StridesOfATensorWithoutThemAreAnError) {
  int64_t shape[1] = {2};
  DLTensor tensor{};
  tensor.ndim = 1;
  tensor.shape = shape;
  EXPECT_FFI_ERROR(TensorView(&tensor).strides(), "InternalError",
                   "Check failed: (tensor_.strides != nullptr || tensor_.ndim == 0) is false: ");
}

TEST(TensorView, AsStridedPointsAtTheGivenArrays) {
  Tensor tensor = Empty({2, 3});
  TensorView view = tensor;
  const int64_t shape[1] = {2};
  const int64_t strides[1] = {3};
  TensorView part = view.as_strided(ShapeView(shape, 1), ShapeView(strides, 1), 1);
  EXPECT_EQ(part.shape().data(), shape);
  EXPECT_EQ(static_cast<char*>(part.data_ptr()), static_cast<char*>(tensor.data_ptr()) + 4);
  EXPECT_FFI_ERROR(view.as_strided({1}, {1, 2}), "InternalError",
                   "Check failed: shape.size() == strides.size() (1 vs. 2) : ");
  EXPECT_FFI_ERROR(view.as_strided({1}, {1}, -2), "InternalError",
                   "Check failed: elem_offset_as_i64 >= 0 (-2 vs. 0) : ");
}

TEST(TensorTraits, ParametersAcceptTensorsAndViews) {
  Function numel = Function::FromTyped([](TensorView view) { return view.numel(); });
  Function ndim = Function::FromTyped([](DLTensor* tensor) { return tensor->ndim; });
  Tensor tensor = Empty({2, 3});
  DLTensor* raw = const_cast<DLTensor*>(tensor.GetDLTensorPtr());
  EXPECT_EQ(numel(tensor).cast<int>(), 6);
  EXPECT_EQ(numel(raw).cast<int>(), 6);
  TensorView view = tensor;
  EXPECT_EQ(numel(view).cast<int>(), 6);
  EXPECT_EQ(ndim(tensor).cast<int>(), 2);
  EXPECT_EQ(ndim(view).cast<int>(), 2);
  EXPECT_FFI_ERROR(numel(nullptr), "TypeError",
                   "Mismatched type on argument #0 when calling: `(0: DLTensor*) -> int`. Expected "
                   "`DLTensor*` but got `None`");
  Function optional =
      Function::FromTyped([](Optional<TensorView> view) { return view.has_value(); });
  EXPECT_FALSE(optional(nullptr).cast<bool>());
  EXPECT_TRUE(optional(tensor).cast<bool>());
}

TEST(TensorTraits, OwnershipRules) {
  Tensor tensor = Empty({2});
  DLTensor* raw = const_cast<DLTensor*>(tensor.GetDLTensorPtr());
  EXPECT_FFI_ERROR(Any(raw), "RuntimeError",
                   "DLTensor* cannot be held in Any as it does not retain ownership, use Tensor "
                   "instead");
  EXPECT_FFI_ERROR(AnyView(static_cast<DLTensor*>(nullptr)), "InternalError",
                   "Check not null: src ");
  EXPECT_FFI_ERROR(AnyView(raw).cast<Tensor>(), "TypeError",
                   "Cannot convert from type `DLTensor*` to `ffi.Tensor`");
  EXPECT_FFI_ERROR(Any(1).cast<DLTensor*>(), "TypeError",
                   "Cannot convert from type `int` to `DLTensor*`");
  EXPECT_FALSE(AnyView(tensor).as<DLTensor*>().has_value());
  EXPECT_EQ(*AnyView(raw).as<DLTensor*>(), raw);
  EXPECT_FALSE(Any().cast<Tensor>().defined());
  EXPECT_EQ(Any(Tensor()).type_index(), static_cast<int32_t>(kTVMFFINone));
  static_assert(!detail::storage_enabled_v<TensorView> && !detail::storage_enabled_v<DLTensor*>);
}

TEST(TensorTraits, TypeTextAndSchema) {
  EXPECT_EQ(TypeTraits<Tensor>::TypeStr(), "ffi.Tensor");
  EXPECT_EQ(TypeTraits<Tensor>::TypeSchema(), R"({"type":"ffi.Tensor"})");
  EXPECT_EQ(TypeTraits<TensorView>::TypeStr(), "DLTensor*");
  EXPECT_EQ(TypeTraits<DLTensor*>::TypeSchema(), R"({"type":"DLTensor*"})");
  EXPECT_EQ(TypeTraits<TensorView>::field_static_type_index,
            static_cast<int32_t>(kTVMFFIDLTensorPtr));
}

}  // namespace

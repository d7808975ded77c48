// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/tensor.h
 * \brief Tensor and TensorView: n-dimensional arrays in DLPack's description.
 *
 * A TensorObj is an object header followed by a DLTensor. Tensor is a counted handle on one, made
 * by an allocator, by a framework's allocator, or by import from DLPack. TensorView is a plain copy
 * of a DLTensor that owns nothing: kernels take it as parameter type, because it also accepts a
 * bare `DLTensor*`. Shapes and strides count elements; `byte_offset` counts bytes from `data`.
 *
 * \code
 * struct CPUAlloc {
 *   void AllocData(DLTensor* t) { t->data = std::malloc(GetDataSize(*t)); }
 *   void FreeData(DLTensor* t) { std::free(t->data); }
 * };
 * Tensor t = Tensor::FromNDAlloc(CPUAlloc(), {2, 3}, DLDataType{kDLFloat, 32, 1},
 *                                DLDevice{kDLCPU, 0});
 * \endcode
 */
#ifndef TVM_FFI_CONTAINER_TENSOR_H_
#define TVM_FFI_CONTAINER_TENSOR_H_

#include <dlpack/dlpack.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/type_traits.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace tvm {
namespace ffi {

/*!
 * \brief Whether `data` of a tensor on the device is an address to which a byte offset can be
 * added. On other devices it is an opaque handle.
 */
inline bool IsDirectAddressDevice(const DLDevice& device) {
  int32_t type = static_cast<int32_t>(device.device_type);
  return type <= kDLCUDAHost || type == kDLCUDAManaged || type == kDLROCM || type == kDLROCMHost;
}

/*! \brief Whether the elements lie densely in row-major order. Extents of 1 have no say. */
inline bool IsContiguous(const DLTensor& arr) {
  if (arr.strides == nullptr) return true;
  for (int32_t i = 0; i < arr.ndim; ++i) {
    if (arr.shape[i] == 0) return true;
  }
  uint64_t expected = 1;
  for (int32_t i = arr.ndim; i-- > 0;) {
    if (arr.shape[i] == 1) continue;
    if (static_cast<uint64_t>(arr.strides[i]) != expected) return false;
    expected *= static_cast<uint64_t>(arr.shape[i]);
  }
  return true;
}

/*! \brief Whether the first element is aligned to `alignment` bytes, as far as can be told. */
inline bool IsAligned(const DLTensor& arr, size_t alignment) {
  size_t offset = static_cast<size_t>(arr.byte_offset);
  if (IsDirectAddressDevice(arr.device)) {
    offset += reinterpret_cast<size_t>(arr.data);
  }
  return offset % alignment == 0;
}

/*! \brief Bytes of `numel` elements; types narrower than a byte are packed. */
inline size_t GetDataSize(size_t numel, DLDataType dtype) {
  uint64_t bits = static_cast<uint64_t>(numel) * dtype.bits * dtype.lanes;
  return static_cast<size_t>((bits + 7) / 8);
}

/*! \brief Bytes of the elements of a dense tensor of this shape. */
inline size_t GetDataSize(const DLTensor& arr) {
  ShapeView shape(arr.shape, static_cast<size_t>(arr.ndim));
  return GetDataSize(static_cast<size_t>(shape.Product()), arr.dtype);
}

namespace detail {

/*! \brief Position of a possibly negative dimension index. \throw IndexError When out of range. */
inline int64_t NormalizeDim(int64_t idx, int32_t ndim) {
  int64_t position = idx >= 0 ? idx : idx + ndim;
  if (TVM_FFI_PREDICT_FALSE(position < 0 || position >= ndim)) {
    TVM_FFI_THROW(IndexError) << "Index " << idx << " out of bounds for tensor with " << ndim
                              << " dimensions";
  }
  return position;
}

/*!
 * \brief Moves the start of `tensor` by a number of elements. Where addresses are direct, the whole
 * byte offset goes into `data`.
 */
inline void AdvanceData(DLTensor* tensor, size_t element_offset) {
  tensor->byte_offset += GetDataSize(element_offset, tensor->dtype);
  if (tensor->byte_offset != 0 && IsDirectAddressDevice(tensor->device)) {
    tensor->data = static_cast<char*>(tensor->data) + tensor->byte_offset;
    tensor->byte_offset = 0;
  }
}

}  // namespace detail

/*! \brief Tensor object. Where data, shape and strides live is up to the concrete class. */
class TensorObj : public Object, public DLTensor {
 public:
  /// \cond Doxygen_Suppress
  static constexpr const int32_t _type_index = TypeIndex::kTVMFFITensor;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFITensor, TensorObj, Object);
  /// \endcond

  /*!
   * \brief Exports the tensor. The result holds a reference to this object; its receiver must call
   * its deleter.
   */
  DLManagedTensor* ToDLPack() const { return Export<DLManagedTensor>(); }

  /*! \brief Same, in the versioned form of DLPack. */
  DLManagedTensorVersioned* ToDLPackVersioned() const {
    DLManagedTensorVersioned* managed = Export<DLManagedTensorVersioned>();
    managed->version.major = DLPACK_MAJOR_VERSION;
    managed->version.minor = DLPACK_MINOR_VERSION;
    managed->flags = 0;
    return managed;
  }

 private:
  template <typename TManaged>
  TManaged* Export() const {
    TManaged* managed = new TManaged();
    managed->dl_tensor = *static_cast<const DLTensor*>(this);
    managed->manager_ctx = const_cast<TensorObj*>(this);
    managed->deleter = DropExport<TManaged>;
    detail::ObjectUnsafe::IncRefObjectHandle(const_cast<TensorObj*>(this));
    return managed;
  }

  template <typename TManaged>
  static void DropExport(TManaged* managed) {
    detail::ObjectUnsafe::DecRefObjectHandle(managed->manager_ctx);
    delete managed;
  }
};

static_assert(sizeof(TensorObj) == sizeof(TVMFFIObject) + sizeof(DLTensor),
              "TensorObj is read by every binding through this layout");

namespace detail {

/*!
 * \brief Tensor whose data comes from an allocator; shape and strides lie behind the object.
 * \tparam TNDAlloc Copyable, with `void AllocData(DLTensor*, extra...)`, which must set `data`, and
 * `void FreeData(DLTensor*)`.
 */
template <typename TNDAlloc>
class TensorObjFromNDAlloc : public TensorObj {
 public:
  using Self = TensorObjFromNDAlloc<TNDAlloc>;

  /*! \brief Row-major strides. */
  template <typename... ExtraArgs>
  TensorObjFromNDAlloc(TNDAlloc alloc, ffi::ShapeView shape, DLDataType dtype, DLDevice device,
                       ExtraArgs&&... extra_args)
      : alloc_(alloc) {
    Describe(shape, dtype, device);
    FillStridesFromShape(shape, this->strides);
    alloc_.AllocData(static_cast<DLTensor*>(this), std::forward<ExtraArgs>(extra_args)...);
  }

  /*! \brief Given strides, as many as extents. */
  template <typename... ExtraArgs>
  TensorObjFromNDAlloc(TNDAlloc alloc, ffi::ShapeView shape, ffi::ShapeView strides,
                       DLDataType dtype, DLDevice device, ExtraArgs&&... extra_args)
      : alloc_(alloc) {
    Describe(shape, dtype, device);
    this->data = nullptr;
    std::copy(strides.begin(), strides.end(), this->strides);
    alloc_.AllocData(static_cast<DLTensor*>(this), std::forward<ExtraArgs>(extra_args)...);
  }

  ~TensorObjFromNDAlloc() { alloc_.FreeData(static_cast<DLTensor*>(this)); }

 private:
  void Describe(ffi::ShapeView shape, DLDataType dtype, DLDevice device) {
    this->device = device;
    this->ndim = static_cast<int32_t>(shape.size());
    this->dtype = dtype;
    this->byte_offset = 0;
    this->shape = reinterpret_cast<int64_t*>(reinterpret_cast<char*>(this) + sizeof(Self));
    this->strides = this->shape + shape.size();
    std::copy(shape.begin(), shape.end(), this->shape);
  }

  TNDAlloc alloc_;
};

/*! \brief Tensor that owns a DLPack export. Strides the producer left out lie behind the object. */
template <typename TDLPackManagedTensor>
class TensorObjFromDLPack : public TensorObj {
 public:
  using Self = TensorObjFromDLPack<TDLPackManagedTensor>;

  explicit TensorObjFromDLPack(TDLPackManagedTensor* tensor) : tensor_(tensor) {
    *static_cast<DLTensor*>(this) = tensor->dl_tensor;
    if (LacksStrides(tensor)) {
      this->strides = reinterpret_cast<int64_t*>(reinterpret_cast<char*>(this) + sizeof(Self));
      FillStridesFromShape(ShapeView(this->shape, static_cast<size_t>(this->ndim)), this->strides);
    }
  }

  ~TensorObjFromDLPack() {
    if (tensor_->deleter != nullptr) {
      (*tensor_->deleter)(tensor_);
    }
  }

  /*! \brief Whether the object has to keep row-major strides itself. */
  static bool LacksStrides(const TDLPackManagedTensor* tensor) {
    return tensor->dl_tensor.strides == nullptr && tensor->dl_tensor.ndim != 0;
  }

 private:
  TDLPackManagedTensor* tensor_;
};

static_assert(sizeof(TensorObjFromDLPack<DLManagedTensor>) == sizeof(TensorObj) + sizeof(void*));

/*!
 * \brief The part of `Tensor` that takes over DLPack exports. A template, so that files which
 * import none do not compile it.
 */
template <typename TTensor>
class TensorFromDLPack : public ObjectRef {
 public:
  using ObjectRef::ObjectRef;

  /*!
   * \brief Takes over a DLPack export. On an error the caller still owns it.
   * \param require_alignment Needed alignment of the first element in bytes, or 0.
   * \param require_contiguous Whether the elements must lie densely in row-major order.
   * \throw RuntimeError When a requirement is not met.
   */
  static TTensor FromDLPack(DLManagedTensor* tensor, size_t require_alignment = 0,
                            bool require_contiguous = false) {
    CheckImport(tensor->dl_tensor, require_alignment, require_contiguous);
    return Import(tensor);
  }

  /*! \brief Same, for the versioned form. Tensors with padded sub-byte elements are refused. */
  static TTensor FromDLPackVersioned(DLManagedTensorVersioned* tensor, size_t require_alignment = 0,
                                     bool require_contiguous = false) {
    CheckImport(tensor->dl_tensor, require_alignment, require_contiguous);
    if (tensor->flags & DLPACK_FLAG_BITMASK_IS_SUBBYTE_TYPE_PADDED) {
      TVM_FFI_THROW(RuntimeError) << "Subbyte type padded is not yet supported";
    }
    return Import(tensor);
  }

 private:
  static void CheckImport(const DLTensor& tensor, size_t require_alignment,
                          bool require_contiguous) {
    if (require_alignment != 0 && !tvm::ffi::IsAligned(tensor, require_alignment)) {
      TVM_FFI_THROW(RuntimeError) << "FromDLPack: Data is not aligned to " << require_alignment
                                  << " bytes.";
    }
    if (require_contiguous && !tvm::ffi::IsContiguous(tensor)) {
      TVM_FFI_THROW(RuntimeError) << "FromDLPack: Tensor is not contiguous.";
    }
  }

  template <typename TManaged>
  static TTensor Import(TManaged* tensor) {
    using ObjectType = TensorObjFromDLPack<TManaged>;
    size_t own_strides =
        ObjectType::LacksStrides(tensor) ? static_cast<size_t>(tensor->dl_tensor.ndim) : 0;
    return TTensor(make_inplace_array_object<ObjectType, int64_t>(own_strides, tensor));
  }
};

}  // namespace detail

/*! \brief Counted handle on a tensor object. May be null; the accessors then must not be used. */
class Tensor : public detail::TensorFromDLPack<Tensor> {
 public:
  Tensor() = default;
  /*! \brief Refers to an object, which may be null. */
  explicit Tensor(ObjectPtr<TensorObj> n) : TensorFromDLPack(std::move(n)) {}
  /*! \brief A null reference, to be filled by the caller. */
  explicit Tensor(UnsafeInit tag) : TensorFromDLPack(tag) {}
  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(Tensor);

  // ---- description ----

  /*! \brief Start of the storage, without `byte_offset`. */
  void* data_ptr() const { return get()->data; }
  /*! \brief Where the storage is. */
  DLDevice device() const { return get()->device; }
  /*! \brief Number of dimensions. */
  int32_t ndim() const { return get()->ndim; }
  /*! \brief Type of the elements. */
  DLDataType dtype() const { return get()->dtype; }
  /*! \brief Extents; valid while the tensor lives. */
  ShapeView shape() const {
    const TensorObj* obj = get();
    return ShapeView(obj->shape, static_cast<size_t>(obj->ndim));
  }
  /*! \brief Distances in elements; valid while the tensor lives. */
  ShapeView strides() const {
    const TensorObj* obj = get();
    TVM_FFI_ICHECK(obj->strides != nullptr || obj->ndim == 0);
    return ShapeView(obj->strides, static_cast<size_t>(obj->ndim));
  }
  /*! \brief Extent of a dimension; negative counts from the end. \throw IndexError */
  int64_t size(int64_t idx) const {
    const TensorObj* obj = get();
    return obj->shape[detail::NormalizeDim(idx, obj->ndim)];
  }
  /*! \brief Stride of a dimension; negative counts from the end. \throw IndexError */
  int64_t stride(int64_t idx) const {
    const TensorObj* obj = get();
    return obj->strides[detail::NormalizeDim(idx, obj->ndim)];
  }
  /*! \brief Number of elements. */
  int64_t numel() const { return this->shape().Product(); }
  /*! \brief Distance in bytes of the first element from `data_ptr()`. */
  uint64_t byte_offset() const { return get()->byte_offset; }
  /*! \brief Whether the elements lie densely in row-major order. */
  bool IsContiguous() const { return tvm::ffi::IsContiguous(*get()); }
  /*! \brief Whether the first element lies at a multiple of `alignment` bytes. */
  bool IsAligned(size_t alignment) const { return tvm::ffi::IsAligned(*get(), alignment); }

  // ---- other names, as PyTorch has them ----

  /*! \brief The same as ndim(). */
  int32_t dim() { return ndim(); }
  /*! \brief The same as shape(). */
  ShapeView sizes() const { return shape(); }
  /*! \brief The same as IsContiguous(). */
  bool is_contiguous() const { return IsContiguous(); }

  // ---- making tensors ----

  /*!
   * \brief Another view of the storage, which the result keeps alive through this tensor. Nothing
   * is checked against the storage's bounds.
   * \param shape Extents.
   * \param strides As many distances in elements; its pointer must not be null.
   * \param element_offset Where the view starts, in elements from this tensor's start.
   */
  template <typename D = void>
  Tensor as_strided(ShapeView shape, ShapeView strides,
                    std::optional<detail::Late<int64_t, D>> element_offset = std::nullopt) const {
    const TensorObj* obj = get();
    DLTensor prototype = *static_cast<const DLTensor*>(obj);
    prototype.shape = const_cast<int64_t*>(shape.data());
    prototype.ndim = static_cast<int32_t>(shape.size());
    prototype.strides = const_cast<int64_t*>(strides.data());
    detail::Late<int64_t, D> elem_offset_as_i64 = element_offset.value_or(0);
    TVM_FFI_ICHECK_GE(elem_offset_as_i64, 0);
    detail::AdvanceData(&prototype, static_cast<size_t>(elem_offset_as_i64));
    TVMFFIObjectHandle out;
    Object* source = const_cast<TensorObj*>(obj);
    TVM_FFI_CHECK_SAFE_CALL(TVMFFITensorCreateUnsafeView(source, &prototype, &out));
    return AdoptHandle(out);
  }

  /*! \brief Exports to DLPack; see TensorObj::ToDLPack. */
  DLManagedTensor* ToDLPack() const { return get()->ToDLPack(); }
  /*! \brief The same in the versioned form of DLPack. */
  DLManagedTensorVersioned* ToDLPackVersioned() const { return get()->ToDLPackVersioned(); }

  /*!
   * \brief New row-major tensor.
   * \param alloc Its `AllocData(DLTensor*, extra...)` must set `data`; its `FreeData(DLTensor*)`
   * runs when the tensor dies. The module with its code must stay loaded until then.
   * \param shape Extents.
   * \param dtype Type of the elements.
   * \param device Where the allocator allocates.
   * \param extra_args Passed to `AllocData`.
   */
  template <typename TNDAlloc, typename... ExtraArgs>
  static Tensor FromNDAlloc(TNDAlloc alloc, ffi::ShapeView shape, DLDataType dtype, DLDevice device,
                            ExtraArgs&&... extra_args) {
    return Tensor(make_inplace_array_object<detail::TensorObjFromNDAlloc<TNDAlloc>, int64_t>(
        shape.size() * 2, alloc, shape, dtype, device, std::forward<ExtraArgs>(extra_args)...));
  }

  /*! \brief New tensor with given strides. \throw ValueError When the lengths differ. */
  template <typename TNDAlloc, typename... ExtraArgs>
  static Tensor FromNDAllocStrided(TNDAlloc alloc, ffi::ShapeView shape, ffi::ShapeView strides,
                                   DLDataType dtype, DLDevice device, ExtraArgs&&... extra_args) {
    TVM_FFI_CHECK(shape.size() == strides.size(), ValueError)
        << "shape and strides must have the same size.";
    return Tensor(make_inplace_array_object<detail::TensorObjFromNDAlloc<TNDAlloc>, int64_t>(
        shape.size() * 2, alloc, shape, strides, dtype, device,
        std::forward<ExtraArgs>(extra_args)...));
  }

  /*!
   * \brief New tensor from a C allocator.
   * \param env_alloc Usually `TVMFFIEnvTensorAlloc`, which asks the framework in use. It gets a
   * prototype with device, dtype, shape and ndim, and returns 0 and an owned tensor handle.
   * \param shape Extents.
   * \param dtype Type of the elements.
   * \param device Where to allocate.
   * \throw The error that the allocator raised.
   */
  static Tensor FromEnvAlloc(int (*env_alloc)(DLTensor*, TVMFFIObjectHandle*), ffi::ShapeView shape,
                             DLDataType dtype, DLDevice device) {
    DLTensor prototype{};
    prototype.device = device;
    prototype.dtype = dtype;
    prototype.shape = const_cast<int64_t*>(shape.data());
    prototype.ndim = static_cast<int32_t>(shape.size());
    TVMFFIObjectHandle out = nullptr;
    TVM_FFI_CHECK_SAFE_CALL(env_alloc(&prototype, &out));
    return AdoptHandle(out);
  }

  /*! \brief The embedded description; valid while the tensor lives. */
  const DLTensor* GetDLTensorPtr() const { return get(); }

  /// \cond Doxygen_Suppress
  static constexpr bool _type_is_nullable = true;
  using ContainerType = TensorObj;
  /// \endcond

 protected:
  /*! \brief The object, null for a null handle. */
  const TensorObj* get() const { return static_cast<const TensorObj*>(data_.get()); }
  /*! \brief The object for writing, null for a null handle. */
  TensorObj* get_mutable() const { return static_cast<TensorObj*>(data_.get()); }

 private:
  static Tensor AdoptHandle(TVMFFIObjectHandle handle) {
    return Tensor(
        detail::ObjectUnsafe::ObjectPtrFromOwned<TensorObj>(static_cast<TVMFFIObject*>(handle)));
  }
};

namespace detail {

template <typename T>
struct TensorViewTraits;

}  // namespace detail

/*!
 * \brief Non-owning description of a tensor; exactly a DLTensor. Storage, shape and strides must
 * outlive it. Use it for parameters; it can be neither stored in an `Any` nor returned.
 */
class TensorView {
 public:
  /*! \brief View of a defined tensor. */
  TensorView(const Tensor& tensor) {  // NOLINT(*)
    TVM_FFI_ICHECK(tensor.defined());
    tensor_ = *tensor.GetDLTensorPtr();
  }
  /*! \brief View of what `tensor`, which must not be null, describes. */
  TensorView(const DLTensor* tensor) {  // NOLINT(*)
    TVM_FFI_ICHECK(tensor != nullptr);
    tensor_ = *tensor;
  }
  TensorView(const TensorView&) = default;
  TensorView(TensorView&&) = default;
  TensorView& operator=(const TensorView&) = default;
  TensorView& operator=(TensorView&&) = default;
  TensorView& operator=(const Tensor& tensor) { return *this = TensorView(tensor); }
  // A view of a temporary would dangle at once.
  TensorView(Tensor&& tensor) = delete;  // NOLINT(*)
  TensorView& operator=(Tensor&& tensor) = delete;

  /*! \brief Start of the storage, without `byte_offset`. */
  void* data_ptr() const { return tensor_.data; }
  /*! \brief Where the storage is. */
  DLDevice device() const { return tensor_.device; }
  /*! \brief Number of dimensions. */
  int32_t ndim() const { return tensor_.ndim; }
  /*! \brief Type of the elements. */
  DLDataType dtype() const { return tensor_.dtype; }
  /*! \brief Extents. */
  ShapeView shape() const { return ShapeView(tensor_.shape, static_cast<size_t>(tensor_.ndim)); }
  /*! \brief Number of elements. */
  int64_t numel() const { return this->shape().Product(); }
  /*! \brief Distances in elements. */
  ShapeView strides() const {
    TVM_FFI_ICHECK(tensor_.strides != nullptr || tensor_.ndim == 0);
    return ShapeView(tensor_.strides, static_cast<size_t>(tensor_.ndim));
  }
  /*! \brief Extent of a dimension; negative counts from the end. \throw IndexError */
  int64_t size(int64_t idx) const { return tensor_.shape[detail::NormalizeDim(idx, tensor_.ndim)]; }
  /*! \brief Stride of a dimension; negative counts from the end. \throw IndexError */
  int64_t stride(int64_t idx) const {
    return tensor_.strides[detail::NormalizeDim(idx, tensor_.ndim)];
  }
  /*! \brief Distance in bytes of the first element from `data_ptr()`. */
  uint64_t byte_offset() const { return tensor_.byte_offset; }
  /*! \brief Whether the elements lie densely in row-major order. */
  bool IsContiguous() const { return tvm::ffi::IsContiguous(tensor_); }

  /*! \brief The same as ndim(). */
  int32_t dim() const { return ndim(); }
  /*! \brief The same as shape(). */
  ShapeView sizes() const { return shape(); }
  /*! \brief The same as IsContiguous(). */
  bool is_contiguous() const { return IsContiguous(); }

  /*!
   * \brief Another view of the storage. The result points at the given shape and strides, which
   * must outlive it.
   * \throw InternalError When the lengths differ or the offset is negative.
   */
  template <typename D = void>
  TensorView as_strided(
      ShapeView shape, ShapeView strides,
      std::optional<detail::Late<int64_t, D>> element_offset = std::nullopt) const {
    if (shape.size() != strides.size()) {
      detail::ThrowICheckFailed("shape.size() == strides.size()",
                                static_cast<int64_t>(shape.size()),
                                static_cast<int64_t>(strides.size()));
    }
    DLTensor prototype = tensor_;
    prototype.shape = const_cast<int64_t*>(shape.data());
    prototype.ndim = static_cast<int32_t>(shape.size());
    prototype.strides = const_cast<int64_t*>(strides.data());
    detail::Late<int64_t, D> elem_offset_as_i64 = element_offset.value_or(0);
    TVM_FFI_ICHECK_GE(elem_offset_as_i64, 0);
    detail::AdvanceData(&prototype, static_cast<size_t>(elem_offset_as_i64));
    return TensorView(&prototype);
  }

 private:
  DLTensor tensor_;

  template <typename>
  friend struct detail::TensorViewTraits;
};

static_assert(sizeof(TensorView) == sizeof(DLTensor) && __is_trivially_copyable(TensorView));

/*! \brief Bytes of the elements of a dense tensor of this shape. */
inline size_t GetDataSize(const Tensor& tensor) {
  return GetDataSize(static_cast<size_t>(tensor.numel()), tensor.dtype());
}
inline size_t GetDataSize(const TensorView& tensor) {
  return GetDataSize(static_cast<size_t>(tensor.numel()), tensor.dtype());
}

namespace detail {

// A template of the one type it serves, see type_traits.h.
template <typename T>
struct DLTensorPtrTraits : public TypeTraitsBase {
  static constexpr bool storage_enabled = false;
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIDLTensorPtr;

  TVM_FFI_INLINE static void CopyToAnyView(DLTensor* src, TVMFFIAny* result) {
    TVM_FFI_ICHECK_NOTNULL(src);
    result->type_index = TypeIndex::kTVMFFIDLTensorPtr;
    result->zero_padding = 0;
    TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(result);
    result->v_ptr = src;
  }

  TVM_FFI_INLINE static void MoveToAny(DLTensor*, TVMFFIAny*) {
    TVM_FFI_THROW(RuntimeError) << "DLTensor* cannot be held in Any as it does not retain "
                                   "ownership, use Tensor instead";
  }

  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFIDLTensorPtr;
  }

  TVM_FFI_INLINE static T CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return static_cast<DLTensor*>(src->v_ptr);
  }

  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFIDLTensorPtr) {
      return static_cast<DLTensor*>(src->v_ptr);
    }
    if (src->type_index == TypeIndex::kTVMFFITensor) {
      return TVMFFITensorGetDLTensorPtr(src->v_obj);
    }
    return std::nullopt;
  }

  TVM_FFI_INLINE static std::string TypeStr() { return StaticTypeKey::kTVMFFIDLTensorPtr; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"DLTensor*"})"; }
};

}  // namespace detail

/*! \brief Borrowed description; also accepts tensor objects, but can never be stored. */
template <>
struct TypeTraits<DLTensor*> : public detail::DLTensorPtrTraits<DLTensor*> {};

namespace detail {

// A template of the one type it serves, see type_traits.h.
template <typename T>
struct TensorViewTraits : public TypeTraitsBase {
  static constexpr bool storage_enabled = false;
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIDLTensorPtr;

  TVM_FFI_INLINE static void CopyToAnyView(const TensorView& src, TVMFFIAny* result) {
    TypeTraits<DLTensor*>::CopyToAnyView(const_cast<DLTensor*>(&src.tensor_), result);
  }

  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFIDLTensorPtr;
  }

  TVM_FFI_INLINE static T CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return TensorView(static_cast<DLTensor*>(src->v_ptr));
  }

  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    const auto tensor = TypeTraits<Late<DLTensor*, T>>::TryCastFromAnyView(src);
    if (!tensor.has_value()) return std::nullopt;
    return TensorView(*tensor);
  }

  TVM_FFI_INLINE static std::string TypeStr() { return StaticTypeKey::kTVMFFIDLTensorPtr; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"DLTensor*"})"; }
};

}  // namespace detail

/*! \brief Shown as a `DLTensor*` to the view's own struct; accepts what `DLTensor*` accepts. */
template <>
struct TypeTraits<TensorView> : public detail::TensorViewTraits<TensorView> {};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_TENSOR_H_

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file dlpack/dlpack.h
 * \brief The DLPack 1.3 exchange structs: how one framework hands a tensor to another without a
 * copy.
 *
 * Layouts, names and constants are those of the DLPack interface, so a struct made by any DLPack
 * producer can be read here and the other way round. The file is valid C11 and C++17. Owning
 * tensors of this project are `tvm::ffi::Tensor`; use these structs only at the border.
 */
#ifndef DLPACK_DLPACK_H_
#define DLPACK_DLPACK_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define DLPACK_EXTERN_C extern "C"
#else
#define DLPACK_EXTERN_C
#endif

/*! \brief Interface version these structs belong to. */
#define DLPACK_MAJOR_VERSION 1
/*! \brief Grows with additions that keep every existing offset. */
#define DLPACK_MINOR_VERSION 3

#ifdef _WIN32
#ifdef DLPACK_EXPORTS
#define DLPACK_DLL __declspec(dllexport)
#else
#define DLPACK_DLL __declspec(dllimport)
#endif
#else
#define DLPACK_DLL
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*! \brief Version a producer stamps on what it exports. A reader refuses another major version. */
typedef struct {
  /*! \brief Changes when the layout changes. */
  uint32_t major;
  /*! \brief Changes when only meanings are added. */
  uint32_t minor;
} DLPackVersion;

/*! \brief Kind of memory a tensor lives in. */
#ifdef __cplusplus
typedef enum : int32_t {
#else
typedef enum {
#endif
  /*! \brief Host memory. */
  kDLCPU = 1,
  /*! \brief CUDA device memory. */
  kDLCUDA = 2,
  /*! \brief Page-locked host memory of CUDA. */
  kDLCUDAHost = 3,
  /*! \brief OpenCL buffer. */
  kDLOpenCL = 4,
  /*! \brief Vulkan buffer. */
  kDLVulkan = 7,
  /*! \brief Metal buffer. */
  kDLMetal = 8,
  /*! \brief Verilog simulator buffer. */
  kDLVPI = 9,
  /*! \brief ROCm device memory. */
  kDLROCM = 10,
  /*! \brief Page-locked host memory of ROCm. */
  kDLROCMHost = 11,
  /*! \brief Free for experiments; its meaning is private to the two sides. */
  kDLExtDev = 12,
  /*! \brief CUDA managed (unified) memory. */
  kDLCUDAManaged = 13,
  /*! \brief oneAPI unified shared memory. */
  kDLOneAPI = 14,
  /*! \brief WebGPU buffer. */
  kDLWebGPU = 15,
  /*! \brief Qualcomm Hexagon. */
  kDLHexagon = 16,
  /*! \brief Microsoft MAIA. */
  kDLMAIA = 17,
  /*! \brief AWS Trainium. */
  kDLTrn = 18,
} DLDeviceType;

/*! \brief One device: the kind and its ordinal. */
typedef struct {
  /*! \brief Kind of memory. */
  DLDeviceType device_type;
  /*! \brief Ordinal among the devices of that kind; 0 for host memory. */
  int32_t device_id;
} DLDevice;

/*! \brief Meaning of `DLDataType::code`. */
typedef enum {
  /*! \brief Two's-complement integer. */
  kDLInt = 0U,
  /*! \brief Unsigned integer. */
  kDLUInt = 1U,
  /*! \brief IEEE 754 binary floating point. */
  kDLFloat = 2U,
  /*! \brief Pointer-like value without arithmetic. */
  kDLOpaqueHandle = 3U,
  /*! \brief bfloat16. */
  kDLBfloat = 4U,
  /*! \brief Complex number, real part first; bits count both parts. */
  kDLComplex = 5U,
  /*! \brief Truth value. */
  kDLBool = 6U,
  /*! \brief 8-bit float, 3 exponent and 4 mantissa bits. */
  kDLFloat8_e3m4 = 7U,
  /*! \brief 8-bit float, 4 exponent and 3 mantissa bits, with infinities. */
  kDLFloat8_e4m3 = 8U,
  /*! \brief 8-bit float, exponent bias 11, finite, unsigned zero. */
  kDLFloat8_e4m3b11fnuz = 9U,
  /*! \brief 8-bit float, 4 exponent and 3 mantissa bits, finite. */
  kDLFloat8_e4m3fn = 10U,
  /*! \brief As `e4m3fn` with unsigned zero. */
  kDLFloat8_e4m3fnuz = 11U,
  /*! \brief 8-bit float, 5 exponent and 2 mantissa bits. */
  kDLFloat8_e5m2 = 12U,
  /*! \brief As `e5m2`, finite, with unsigned zero. */
  kDLFloat8_e5m2fnuz = 13U,
  /*! \brief 8-bit power-of-two scale. */
  kDLFloat8_e8m0fnu = 14U,
  /*! \brief 6-bit float, 2 exponent and 3 mantissa bits. */
  kDLFloat6_e2m3fn = 15U,
  /*! \brief 6-bit float, 3 exponent and 2 mantissa bits. */
  kDLFloat6_e3m2fn = 16U,
  /*! \brief 4-bit float, 2 exponent and 1 mantissa bit. */
  kDLFloat4_e2m1fn = 17U,
} DLDataTypeCode;

/*!
 * \brief Element type: `lanes` numbers of `bits` bits of the kind `code`.
 *
 * `float32` is {kDLFloat, 32, 1}; a vector of four is {kDLFloat, 32, 4}.
 */
typedef struct {
  /*! \brief A `DLDataTypeCode`, one byte wide. */
  uint8_t code;
  /*! \brief Width of one lane in bits. */
  uint8_t bits;
  /*! \brief Lanes per element, 1 for scalars. */
  uint16_t lanes;
} DLDataType;

/*! \brief A strided view of memory that somebody else owns. */
typedef struct {
  /*! \brief Start of the allocation (or of the view, where devices have direct addresses). */
  void* data;
  /*! \brief Where `data` lives. */
  DLDevice device;
  /*! \brief Number of dimensions; 0 is a scalar. */
  int32_t ndim;
  /*! \brief Element type. */
  DLDataType dtype;
  /*! \brief `ndim` extents, in elements. */
  int64_t* shape;
  /*! \brief `ndim` strides, in elements (not bytes). NULL means compact row-major order. */
  int64_t* strides;
  /*! \brief Bytes from `data` to the first element. */
  uint64_t byte_offset;
} DLTensor;

/*!
 * \brief A tensor with its destructor, in the form without a version.
 *
 * Whoever holds the struct owns it and calls `deleter` exactly once, from any thread.
 */
typedef struct DLManagedTensor {
  /*! \brief The tensor. */
  DLTensor dl_tensor;
  /*! \brief Private to the producer. */
  void* manager_ctx;
  /*! \brief Releases the tensor and this struct. May be NULL: nothing to release. */
  void (*deleter)(struct DLManagedTensor* self);
} DLManagedTensor;

/*! \brief The consumer must not write to the data. */
#define DLPACK_FLAG_BITMASK_READ_ONLY (1UL << 0UL)
/*! \brief The producer made a private copy for this export. */
#define DLPACK_FLAG_BITMASK_IS_COPIED (1UL << 1UL)
/*! \brief Elements narrower than a byte take a whole byte each instead of being packed. */
#define DLPACK_FLAG_BITMASK_IS_SUBBYTE_TYPE_PADDED (1UL << 2UL)

/*!
 * \brief A tensor with its destructor, version and flags.
 *
 * Version, context, deleter and flags come first, so that a reader of another major version can
 * still call `deleter`.
 */
typedef struct DLManagedTensorVersioned {
  /*! \brief Version the producer was built with. */
  DLPackVersion version;
  /*! \brief Private to the producer. */
  void* manager_ctx;
  /*! \brief Releases the tensor and this struct. May be NULL: nothing to release. */
  void (*deleter)(struct DLManagedTensorVersioned* self);
  /*! \brief Combination of the `DLPACK_FLAG_BITMASK_*` constants. */
  uint64_t flags;
  /*! \brief The tensor. */
  DLTensor dl_tensor;
} DLManagedTensorVersioned;

/*!
 * \brief Allocates an uninitialised tensor like `prototype` (dtype, ndim, shape, device).
 * \return 0 on success. On failure nonzero, after one call `SetError(error_ctx, kind, message)`.
 * \note `*out` is owned by the caller on success and unspecified on failure. Must not throw.
 */
typedef int (*DLPackManagedTensorAllocator)(DLTensor* prototype, DLManagedTensorVersioned** out,
                                            void* error_ctx,
                                            void (*SetError)(void* error_ctx, const char* kind,
                                                             const char* message));

/*!
 * \brief Exports a Python tensor without synchronising any stream.
 * \return 0 on success, -1 with a Python exception set.
 * \note `*out` is owned by the caller. Needs the GIL.
 */
typedef int (*DLPackManagedTensorFromPyObjectNoSync)(void* py_object,
                                                     DLManagedTensorVersioned** out);

/*!
 * \brief Fills `*out` with a view of a Python tensor, without synchronising any stream.
 * \return 0 on success, -1 with a Python exception set.
 * \note The view lives no longer than `py_object`. Needs the GIL.
 */
typedef int (*DLPackDLTensorFromPyObjectNoSync)(void* py_object, DLTensor* out);

/*!
 * \brief Reads the stream on which the framework currently queues work for a device.
 * \return 0 on success, -1 with a Python exception set.
 * \note The stream stays owned by the framework.
 */
typedef int (*DLPackCurrentWorkStream)(DLDeviceType device_type, int32_t device_id,
                                       void** out_current_stream);

/*!
 * \brief Turns a tensor into a Python object of the framework, without synchronising any stream.
 * \return 0 on success, -1 with a Python exception set.
 * \note Takes over `tensor`; `*out_py_object` is a new reference. Needs the GIL.
 */
typedef int (*DLPackManagedTensorToPyObjectNoSync)(DLManagedTensorVersioned* tensor,
                                                   void** out_py_object);

/*! \brief Start of every version of the exchange table, so that tables of older versions link up.
 */
typedef struct DLPackExchangeAPIHeader {
  /*! \brief Version of the table that follows. */
  DLPackVersion version;
  /*! \brief The table of an older major version, or NULL. */
  struct DLPackExchangeAPIHeader* prev_api;
} DLPackExchangeAPIHeader;

/*!
 * \brief Function table that a Python tensor type publishes as `__dlpack_c_exchange_api__`, a
 *  capsule named `dlpack_exchange_api`. The table lives as long as the process.
 */
typedef struct DLPackExchangeAPI {
  /*! \brief Version and link to older tables. */
  DLPackExchangeAPIHeader header;
  /*! \brief Allocator of the framework. */
  DLPackManagedTensorAllocator managed_tensor_allocator;
  /*! \brief Python object to owning tensor. */
  DLPackManagedTensorFromPyObjectNoSync managed_tensor_from_py_object_no_sync;
  /*! \brief Owning tensor to Python object. */
  DLPackManagedTensorToPyObjectNoSync managed_tensor_to_py_object_no_sync;
  /*! \brief Python object to borrowed view. May be NULL. */
  DLPackDLTensorFromPyObjectNoSync dltensor_from_py_object_no_sync;
  /*! \brief Current stream of a device. */
  DLPackCurrentWorkStream current_work_stream;
} DLPackExchangeAPI;

#ifdef __cplusplus
}  // extern "C"
#endif

// Every framework that exchanges tensors relies on these numbers.
#if UINTPTR_MAX == UINT64_MAX
#ifdef __cplusplus
#define DLPACK_ASSERT_(cond) static_assert(cond, #cond)
#else
#define DLPACK_ASSERT_(cond) _Static_assert(cond, #cond)
#endif
DLPACK_ASSERT_(sizeof(DLPackVersion) == 8 && offsetof(DLPackVersion, minor) == 4);
DLPACK_ASSERT_(sizeof(DLDevice) == 8 && offsetof(DLDevice, device_id) == 4);
DLPACK_ASSERT_(sizeof(DLDataType) == 4 && offsetof(DLDataType, bits) == 1);
DLPACK_ASSERT_(offsetof(DLDataType, lanes) == 2);
DLPACK_ASSERT_(sizeof(DLTensor) == 48 && offsetof(DLTensor, device) == 8);
DLPACK_ASSERT_(offsetof(DLTensor, ndim) == 16 && offsetof(DLTensor, dtype) == 20);
DLPACK_ASSERT_(offsetof(DLTensor, shape) == 24 && offsetof(DLTensor, strides) == 32);
DLPACK_ASSERT_(offsetof(DLTensor, byte_offset) == 40);
DLPACK_ASSERT_(sizeof(DLManagedTensor) == 64 && offsetof(DLManagedTensor, manager_ctx) == 48);
DLPACK_ASSERT_(offsetof(DLManagedTensor, deleter) == 56);
DLPACK_ASSERT_(sizeof(DLManagedTensorVersioned) == 80);
DLPACK_ASSERT_(offsetof(DLManagedTensorVersioned, manager_ctx) == 8);
DLPACK_ASSERT_(offsetof(DLManagedTensorVersioned, deleter) == 16);
DLPACK_ASSERT_(offsetof(DLManagedTensorVersioned, flags) == 24);
DLPACK_ASSERT_(offsetof(DLManagedTensorVersioned, dl_tensor) == 32);
DLPACK_ASSERT_(sizeof(DLPackExchangeAPIHeader) == 16);
DLPACK_ASSERT_(offsetof(DLPackExchangeAPIHeader, prev_api) == 8);
DLPACK_ASSERT_(sizeof(DLPackExchangeAPI) == 56);
DLPACK_ASSERT_(offsetof(DLPackExchangeAPI, managed_tensor_allocator) == 16);
DLPACK_ASSERT_(offsetof(DLPackExchangeAPI, managed_tensor_from_py_object_no_sync) == 24);
DLPACK_ASSERT_(offsetof(DLPackExchangeAPI, managed_tensor_to_py_object_no_sync) == 32);
DLPACK_ASSERT_(offsetof(DLPackExchangeAPI, dltensor_from_py_object_no_sync) == 40);
DLPACK_ASSERT_(offsetof(DLPackExchangeAPI, current_work_stream) == 48);
#undef DLPACK_ASSERT_
#endif

#endif  // DLPACK_DLPACK_H_

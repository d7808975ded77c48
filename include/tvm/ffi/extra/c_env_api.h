// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/c_env_api.h
 * \brief What a function may ask of its environment: the current stream, a tensor allocator,
 *  pending signals, and the symbols that module loaders exchange with generated code.
 *
 * The host (a framework binding) sets these, kernels read them:
 *
 * \code{.cpp}
 * auto stream = static_cast<cudaStream_t>(TVMFFIEnvGetStream(kDLCUDA, device_id));
 * \endcode
 *
 * The conventions on status codes, ownership and threads are those of `tvm/ffi/c_api.h`.
 */
#ifndef TVM_FFI_EXTRA_C_ENV_API_H_
#define TVM_FFI_EXTRA_C_ENV_API_H_

#include <tvm/ffi/c_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/*! \brief A stream of some device runtime, such as a `cudaStream_t`. Never owned here. */
typedef void* TVMFFIStreamHandle;

//---------------------------------------------------------------------------------------------
// Streams
//---------------------------------------------------------------------------------------------

/*!
 * \brief Sets the calling thread's current stream of a device.
 * \param device_type A DLDeviceType.
 * \param device_id Ordinal of the device, not negative.
 * \param stream The stream; must outlive its use as the current one.
 * \param opt_out_original_stream Receives the previous stream (NULL if never set) unless it is
 * NULL; untouched on failure.
 * \return 0, or -1 with the error in the thread's slot: `ValueError` for a negative number.
 * \note Nothing is owned. The setting is per thread.
 */
TVM_FFI_DLL int TVMFFIEnvSetStream(int32_t device_type, int32_t device_id,
                                   TVMFFIStreamHandle stream,
                                   TVMFFIStreamHandle* opt_out_original_stream);

/*!
 * \brief Returns the calling thread's current stream of a device.
 * \param device_type A DLDeviceType.
 * \param device_id Ordinal of the device.
 * \return The stream; NULL (the default stream) when none was set. Never fails.
 * \note Nothing is owned. The setting is per thread.
 */
TVM_FFI_DLL TVMFFIStreamHandle TVMFFIEnvGetStream(int32_t device_type, int32_t device_id);

//---------------------------------------------------------------------------------------------
// Tensor allocation
//---------------------------------------------------------------------------------------------

/*!
 * \brief Sets the allocator of the calling thread.
 * \param allocator The allocator; NULL clears it.
 * \param write_to_global_context Nonzero: also makes it the default of threads without their own.
 * \param opt_out_original_allocator Receives the thread's previous allocator unless it is NULL;
 *  NULL is stored when the thread had none, even if there is a default.
 * \return 0, or -1 with the error in the thread's slot.
 * \note Nothing is owned. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIEnvSetDLPackManagedTensorAllocator(
    DLPackManagedTensorAllocator allocator, int write_to_global_context,
    DLPackManagedTensorAllocator* opt_out_original_allocator);

/*!
 * \brief Returns the allocator in force: the calling thread's own, else the default.
 * \return The allocator, or NULL when there is neither. Never fails.
 * \note Nothing is owned. Safe from any thread.
 */
TVM_FFI_DLL DLPackManagedTensorAllocator TVMFFIEnvGetDLPackManagedTensorAllocator(void);

/*!
 * \brief Allocates an uninitialised tensor with the allocator in force.
 * \param prototype Gives dtype, ndim, shape and device; the rest is not looked at.
 * \param out Receives the tensor object; untouched on failure.
 * \return 0, or nonzero with the error in the thread's slot: what the allocator reported, or a
 *  `RuntimeError` when no allocator is set or it gave no tensor.
 * \note The caller owns `*out`. Safe from any thread, as far as the allocator is.
 */
TVM_FFI_DLL int TVMFFIEnvTensorAlloc(DLTensor* prototype, TVMFFIObjectHandle* out);

//---------------------------------------------------------------------------------------------
// Signals and the host's own functions
//---------------------------------------------------------------------------------------------

/*!
 * \brief Lets the host handle pending signals; long-running functions call it now and then.
 * \return 0 to go on. -1 when the host wants the function to end: the host's own exception is set,
 *  the thread's slot is **not**, and a C++ caller throws `tvm::ffi::EnvErrorAlreadySet()`.
 * \note Acquires and releases the host's lock (GIL). Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIEnvCheckSignals(void);

/*!
 * \brief Registers a function of the host; a later registration replaces an earlier one.
 * \param name `PyErr_CheckSignals`, `PyGILState_Ensure` or `PyGILState_Release`.
 * \param symbol Its address, valid for the process; NULL clears the entry.
 * \return 0, or -1 with a `ValueError` for any other name.
 * \note Nothing is owned. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIEnvRegisterCAPI(const char* name, void* symbol);

//---------------------------------------------------------------------------------------------
// Symbols of modules
//---------------------------------------------------------------------------------------------

/*!
 * \brief Finds a function in the imports of a module, else among the global functions.
 * \param library_ctx Value of the `__tvm_ffi__library_ctx` variable of the calling library, which
 *  is not an object handle.
 * \param func_name Name of the function.
 * \param out Receives the function; untouched on failure.
 * \return 0, or -1 with a `RuntimeError` when there is no such function.
 * \note `*out` is borrowed: the module keeps it. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIEnvModLookupFromImports(TVMFFIObjectHandle library_ctx, const char* func_name,
                                              TVMFFIObjectHandle* out);

/*!
 * \brief Registers a pointer that later loaded libraries receive in a variable of that name.
 * \param name Name of the variable, copied.
 * \param symbol The pointer, valid for the process.
 * \return 0, or -1 with the error in the thread's slot.
 * \note Nothing is owned; the last registration of a name wins. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIEnvModRegisterContextSymbol(const char* name, void* symbol);

/*!
 * \brief Registers a symbol of the running program as part of the system library.
 * \param name Name of the symbol, copied.
 * \param symbol Its address, valid for the process.
 * \return 0, always. A changed address replaces the old one, with a warning on stderr.
 * \note Nothing is owned. Safe from any thread, also before `main`.
 */
TVM_FFI_DLL int TVMFFIEnvModRegisterSystemLibSymbol(const char* name, void* symbol);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // TVM_FFI_EXTRA_C_ENV_API_H_

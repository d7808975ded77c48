// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/c_api.h
 * \brief The C ABI of libtvm_ffi: the tagged value, the object header, the calling convention and
 *  the exported functions. Every other language layer is built on this file alone.
 *
 * C++ code normally includes `tvm/ffi/tvm_ffi.h` instead. From C:
 *
 * \code{.c}
 * TVMFFIByteArray name = {"testing.add_one", 15};
 * TVMFFIObjectHandle func = NULL;
 * if (TVMFFIFunctionGetGlobal(&name, &func) == 0 && func != NULL) {
 *   TVMFFIAny arg = {0}, result = {0};
 *   arg.type_index = kTVMFFIInt;
 *   arg.v_int64 = 41;
 *   if (TVMFFIFunctionCall(func, &arg, 1, &result) == 0) printf("%d\n", (int)result.v_int64);
 *   TVMFFIObjectDecRef(func);
 * }
 * \endcode
 *
 * Conventions that hold unless a function says otherwise:
 *  - Status: a function returning `int` returns 0 on success. On failure it returns nonzero
 *    (normally -1) and leaves an error in the calling thread's slot, to be fetched with
 *    \ref TVMFFIErrorMoveFromRaised.
 *  - Out-parameters: the old content is ignored, never released. On success they hold something
 *    the caller owns; on failure they are untouched.
 *  - Inputs are borrowed for the call; what the callee keeps it references or copies itself.
 *  - Pointers must not be NULL.
 *  - Threads: every function may be called from any thread at any time, also before `main`.
 */
#ifndef TVM_FFI_C_API_H_
#define TVM_FFI_C_API_H_

#include <dlpack/dlpack.h>
#include <stdint.h>

// Linkage of the declarations below. A user who predefines TVM_FFI_DLL defines TVM_FFI_DLL_EXPORT
// too.
#if !defined(TVM_FFI_DLL) && defined(__EMSCRIPTEN__)
#include <emscripten/emscripten.h>
#define TVM_FFI_DLL EMSCRIPTEN_KEEPALIVE
#define TVM_FFI_DLL_EXPORT EMSCRIPTEN_KEEPALIVE
#endif
#if !defined(TVM_FFI_DLL) && defined(_MSC_VER)
#ifdef TVM_FFI_EXPORTS
#define TVM_FFI_DLL __declspec(dllexport)
#else
#define TVM_FFI_DLL __declspec(dllimport)
#endif
#define TVM_FFI_DLL_EXPORT __declspec(dllexport)
#endif
#ifndef TVM_FFI_DLL
#define TVM_FFI_DLL __attribute__((visibility("default")))
#define TVM_FFI_DLL_EXPORT __attribute__((visibility("default")))
#endif

/*! \brief Weak linkage for a definition that may occur in several binaries. */
#ifdef _MSC_VER
#define TVM_FFI_WEAK __declspec(selectany)
#else
#define TVM_FFI_WEAK __attribute__((weak))
#endif

/*! \brief Lets the compiler merge repeated calls with equal arguments. */
#if defined(__GNUC__) || defined(__clang__)
#define TVM_FFI_ATTRIBUTE_PURE __attribute__((__pure__))
#else
#define TVM_FFI_ATTRIBUTE_PURE
#endif

/*! \brief Major version of the ABI. */
#define TVM_FFI_VERSION_MAJOR 0
/*! \brief Minor version of the ABI. */
#define TVM_FFI_VERSION_MINOR 1
/*! \brief Patch version of the ABI. */
#define TVM_FFI_VERSION_PATCH 16

#ifdef __cplusplus
extern "C" {
#endif

/*! \brief Version of a built library. */
typedef struct TVMFFIVersion {
  /*! \brief See TVM_FFI_VERSION_MAJOR. */
  uint32_t major;
  /*! \brief See TVM_FFI_VERSION_MINOR. */
  uint32_t minor;
  /*! \brief See TVM_FFI_VERSION_PATCH. */
  uint32_t patch;
} TVMFFIVersion;

//---------------------------------------------------------------------------------------------
// Type indices
//---------------------------------------------------------------------------------------------

/*!
 * \brief What a \ref TVMFFIAny holds. Below 64: the value itself. From 64 on: a counted object.
 *
 * Compiled consumers inline the comparison with 64 (counted or not) and with 8 (needs conversion
 * before it can be kept), so the ranges never move.
 */
#ifdef __cplusplus
enum TVMFFITypeIndex : int32_t {
#else
typedef enum {
#endif
  /*! \brief "Anything", in the annotation of a field. No value carries it. */
  kTVMFFIAny = -1,
  /*! \brief Null. */
  kTVMFFINone = 0,
  /*! \brief 64-bit signed integer in `v_int64`. */
  kTVMFFIInt = 1,
  /*! \brief 0 or 1 in `v_int64`. */
  kTVMFFIBool = 2,
  /*! \brief Double in `v_float64`. */
  kTVMFFIFloat = 3,
  /*! \brief Untyped pointer in `v_ptr`. */
  kTVMFFIOpaquePtr = 4,
  /*! \brief Element type in `v_dtype`; the other four bytes are zero. */
  kTVMFFIDataType = 5,
  /*! \brief Device in `v_device`. */
  kTVMFFIDevice = 6,
  /*! \brief Borrowed `DLTensor*` in `v_ptr`. */
  kTVMFFIDLTensorPtr = 7,
  /*! \brief Borrowed NUL-terminated string in `v_c_str`. Only in views. */
  kTVMFFIRawStr = 8,
  /*! \brief Borrowed `TVMFFIByteArray*` in `v_ptr`. Only in views. */
  kTVMFFIByteArrayPtr = 9,
  /*! \brief `v_ptr` points at a slot whose object the callee may take over. Only in views. */
  kTVMFFIObjectRValueRef = 10,
  /*! \brief String of at most 7 bytes in `v_bytes`, its length in `small_str_len`. */
  kTVMFFISmallStr = 11,
  /*! \brief Bytes of at most 7 bytes in `v_bytes`, their number in `small_str_len`. */
  kTVMFFISmallBytes = 12,
  /*! \brief Marker "no new value" of structural mutation. */
  kTVMFFIUnchanged = 13,
  /*! \brief First index of counted objects. */
  kTVMFFIStaticObjectBegin = 64,
  /*! \brief Any object. */
  kTVMFFIObject = 64,
  /*! \brief String on the heap. */
  kTVMFFIStr = 65,
  /*! \brief Bytes on the heap. */
  kTVMFFIBytes = 66,
  /*! \brief Error. */
  kTVMFFIError = 67,
  /*! \brief Function. */
  kTVMFFIFunction = 68,
  /*! \brief Tuple of int64. */
  kTVMFFIShape = 69,
  /*! \brief Tensor. */
  kTVMFFITensor = 70,
  /*! \brief Immutable sequence. */
  kTVMFFIArray = 71,
  /*! \brief Immutable map. */
  kTVMFFIMap = 72,
  /*! \brief Loaded module. */
  kTVMFFIModule = 73,
  /*! \brief Foreign (Python) object that only travels through. */
  kTVMFFIOpaquePyObject = 74,
  /*! \brief Mutable sequence. */
  kTVMFFIList = 75,
  /*! \brief Mutable map. */
  kTVMFFIDict = 76,
  /*! \brief Early end of a structural visit. */
  kTVMFFIVisitInterrupt = 77,
  /*! \brief Integer outside the range of int64. */
  kTVMFFIBigInt = 78,
  /*! \brief One past the last assigned static index. */
  kTVMFFIStaticObjectEnd = 79,
  /*! \brief First index handed out at run time. */
  kTVMFFIDynObjectBegin = 128
#ifdef __cplusplus
};
#else
} TVMFFITypeIndex;
#endif

//---------------------------------------------------------------------------------------------
// Objects and values
//---------------------------------------------------------------------------------------------

/*! \brief Points at a \ref TVMFFIObject header. */
typedef void* TVMFFIObjectHandle;

/*! \brief What a deleter is asked to do. */
#ifdef __cplusplus
enum TVMFFIObjectDeleterFlagBitMask : int32_t {
#else
typedef enum {
#endif
  /*! \brief The last strong reference went: destroy the content. */
  kTVMFFIObjectDeleterFlagBitMaskStrong = 1 << 0,
  /*! \brief The last weak reference went: free the memory. */
  kTVMFFIObjectDeleterFlagBitMaskWeak = 1 << 1,
  /*! \brief Both, in that order. */
  kTVMFFIObjectDeleterFlagBitMaskBoth = 3
#ifdef __cplusplus
};
#else
} TVMFFIObjectDeleterFlagBitMask;
#endif

/*!
 * \brief Header of every object.
 *
 * The strong count sits in the low half of `combined_ref_count`, the weak count in the high half;
 * all strong references together hold one weak reference, so a new object starts at 0x100000001.
 * Consumers inline the counting, which makes these 24 bytes the most frozen part of the ABI.
 */
typedef struct TVMFFIObject {
  /*! \brief Strong count in bits 0-31, weak count in bits 32-63. */
  uint64_t combined_ref_count;
  /*! \brief Run-time type, at least kTVMFFIStaticObjectBegin. */
  int32_t type_index;
  /*! \brief Zero. */
  uint32_t __padding;
#ifndef TVM_FFI_DOXYGEN_MODE
  union {
#endif
    /*!
     * \brief Destroys and/or frees the object as `flags` (TVMFFIObjectDeleterFlagBitMask) says.
     *  `self` is the header. NULL: nothing to do, as for static objects. The binary that holds the
     *  function stays loaded until the last strong and weak reference is gone.
     */
    void (*deleter)(void* self, int flags);
    /*! \brief Keeps the header at 24 bytes on 32-bit targets. */
    int64_t __ensure_align;
#ifndef TVM_FFI_DOXYGEN_MODE
  };
#endif
} TVMFFIObject;

/*!
 * \brief The 16-byte tagged value that crosses every language border.
 *
 * All 16 bytes count: equality and hashing read raw words, so unused bytes are zero. As an owned
 * value it holds one strong reference when `type_index >= 64`; as a view it holds none.
 */
typedef struct TVMFFIAny {
  /*! \brief A TVMFFITypeIndex; for objects equal to the header's index. */
  int32_t type_index;
#ifndef TVM_FFI_DOXYGEN_MODE
  union {
#endif
    /*! \brief Zero for everything but small strings and bytes. */
    uint32_t zero_padding;
    /*! \brief Number of bytes of a small string or small bytes, 0 to 7. */
    uint32_t small_str_len;
#ifndef TVM_FFI_DOXYGEN_MODE
  };
  union {
#endif
    /*! \brief Integers and booleans. */
    int64_t v_int64;
    /*! \brief Floats. */
    double v_float64;
    /*! \brief Pointers. */
    void* v_ptr;
    /*! \brief NUL-terminated strings of views. */
    const char* v_c_str;
    /*! \brief Objects; never NULL, a null reference is kTVMFFINone. */
    TVMFFIObject* v_obj;
    /*! \brief Element types. */
    DLDataType v_dtype;
    /*! \brief Devices. */
    DLDevice v_device;
    /*! \brief Content of small strings, zero-filled to the end. */
    char v_bytes[8];
    /*! \brief The payload as one word, for hashing and comparison. */
    uint64_t v_uint64;
#ifndef TVM_FFI_DOXYGEN_MODE
  };
#endif
} TVMFFIAny;

/*! \brief A run of bytes; in the object cell of strings and bytes, `data[size]` is NUL. */
typedef struct TVMFFIByteArray {
  /*! \brief First byte. */
  const char* data;
  /*! \brief Number of bytes. */
  size_t size;
} TVMFFIByteArray;

/*! \brief Cell of `ffi.Shape`. */
typedef struct TVMFFIShapeCell {
  /*! \brief The extents. */
  const int64_t* data;
  /*! \brief Their number. */
  size_t size;
} TVMFFIShapeCell;

/*! \brief Cell of `ffi.Array` and `ffi.List`; the C++ sequence classes inherit from it. */
#ifdef __cplusplus
struct TVMFFISeqCell {
#else
typedef struct TVMFFISeqCell {
#endif
  /*! \brief `size` owned TVMFFIAny elements. */
  void* data;
  /*! \brief Number of elements. */
  int64_t size;
  /*! \brief Number of elements that fit into `data`. */
  int64_t capacity;
  /*! \brief Frees `data`; NULL when the elements lie in the object itself. */
  void (*data_deleter)(void*);
#ifdef __cplusplus
};
#else
} TVMFFISeqCell;
#endif

/*! \brief How `TVMFFIErrorCell::update_backtrace` combines the new text with the old. */
#ifdef __cplusplus
enum TVMFFIBacktraceUpdateMode : int32_t {
#else
typedef enum {
#endif
  /*! \brief The new text takes the place of the old. */
  kTVMFFIBacktraceUpdateModeReplace = 0,
  /*! \brief The new text follows the old. */
  kTVMFFIBacktraceUpdateModeAppend = 1
#ifdef __cplusplus
};
#else
} TVMFFIBacktraceUpdateMode;
#endif

/*! \brief Cell of `ffi.Error`. The object owns everything it points at. */
typedef struct TVMFFIErrorCell {
  /*! \brief Error class, such as `ValueError`. */
  TVMFFIByteArray kind;
  /*! \brief Text; NUL-terminated. */
  TVMFFIByteArray message;
  /*! \brief Frames, most recent call first; see \ref TVMFFIBacktrace. Changes on update. */
  TVMFFIByteArray backtrace;
  /*!
   * \brief Replaces or extends `backtrace`, copying the text. Never NULL. Not thread-safe: call it
   *  while nobody else reads the error.
   */
  void (*update_backtrace)(TVMFFIObjectHandle self, const TVMFFIByteArray* backtrace,
                           int32_t update_mode);
  /*! \brief The error that led to this one, or NULL. A strong reference. */
  TVMFFIObjectHandle cause_chain;
  /*! \brief Any object that says more about the failure, or NULL. A strong reference. */
  TVMFFIObjectHandle extra_context;
} TVMFFIErrorCell;

/*!
 * \brief The calling convention of every function.
 *
 * \param handle The function object (its header). Symbols that a module loader calls get NULL.
 * \param args `num_args` borrowed views; may be NULL when there are none.
 * \param num_args Number of arguments.
 * \param result Holds None or any uncounted cell on entry; an owned value on success; on failure
 *  nothing that needs releasing.
 * \return 0 on success; nonzero (normally -1) with the error in the thread's slot. Must not throw.
 */
typedef int (*TVMFFISafeCallType)(void* handle, const TVMFFIAny* args, int32_t num_args,
                                  TVMFFIAny* result);

/*! \brief Cell of `ffi.Function`. */
typedef struct TVMFFIFunctionCell {
  /*! \brief The function for callers of every language. */
  TVMFFISafeCallType safe_call;
  /*! \brief A C++ function that throws, for C++ callers; NULL for functions of other languages. */
  void* cpp_call;
} TVMFFIFunctionCell;

/*! \brief Cell of an opaque foreign object. */
typedef struct TVMFFIOpaqueObjectCell {
  /*! \brief The foreign object. */
  void* handle;
} TVMFFIOpaqueObjectCell;

//---------------------------------------------------------------------------------------------
// Reflection records
//---------------------------------------------------------------------------------------------

/*! \brief Bits of `TVMFFIFieldInfo::flags` and `TVMFFIMethodInfo::flags`. */
#ifdef __cplusplus
enum TVMFFIFieldFlagBitMask : int32_t {
#else
typedef enum {
#endif
  /*! \brief Bindings may assign the field. */
  kTVMFFIFieldFlagBitMaskWritable = 1 << 0,
  /*! \brief `default_value_or_factory` is meaningful. */
  kTVMFFIFieldFlagBitMaskHasDefault = 1 << 1,
  /*! \brief On methods: there is no `self` argument. */
  kTVMFFIFieldFlagBitMaskIsStaticMethod = 1 << 2,
  /*! \brief Structural equality and hash skip the field. */
  kTVMFFIFieldFlagBitMaskSEqHashIgnore = 1 << 3,
  /*! \brief The field opens a pattern definition region. */
  kTVMFFIFieldFlagBitMaskSEqHashDefPattern = 1 << 4,
  /*! \brief The default is what the stored function returns when called without arguments. */
  kTVMFFIFieldFlagBitMaskDefaultFromFactory = 1 << 5,
  /*! \brief The generic repr leaves the field out. */
  kTVMFFIFieldFlagBitMaskReprOff = 1 << 6,
  /*! \brief Recursive comparison leaves the field out. */
  kTVMFFIFieldFlagBitMaskCompareOff = 1 << 7,
  /*! \brief The recursive hash leaves the field out. */
  kTVMFFIFieldFlagBitMaskHashOff = 1 << 8,
  /*! \brief The generated constructor has no parameter for the field. */
  kTVMFFIFieldFlagBitMaskInitOff = 1 << 9,
  /*! \brief The parameter is keyword-only; ignored together with InitOff. */
  kTVMFFIFieldFlagBitMaskKwOnly = 1 << 10,
  /*! \brief `setter` is a function object called as (field address, value). */
  kTVMFFIFieldFlagBitSetterIsFunctionObj = 1 << 11,
  /*! \brief The field opens a simple definition region. */
  kTVMFFIFieldFlagBitMaskSEqHashDefSimple = 1 << 12
#ifdef __cplusplus
};
#else
} TVMFFIFieldFlagBitMask;
#endif

/*!
 * \brief Reads a field.
 * \param field Address of the header plus the field's offset.
 * \param result Receives an owned value.
 * \return 0, or nonzero with the error in the thread's slot and `result` untouched.
 */
typedef int (*TVMFFIFieldGetter)(void* field, TVMFFIAny* result);

/*!
 * \brief Converts `value` (borrowed) and assigns it to a field.
 * \param field Address of the header plus the field's offset.
 * \param value The new value.
 * \return 0, or nonzero with the error in the thread's slot and the field unchanged.
 */
typedef int (*TVMFFIFieldSetter)(void* field, const TVMFFIAny* value);

/*!
 * \brief Makes an instance whose fields still have to be set.
 * \param result Receives a strong reference.
 * \return 0, or nonzero with the error in the thread's slot and `result` untouched.
 */
typedef int (*TVMFFIObjectCreator)(TVMFFIObjectHandle* result);

/*! \brief How structural equality and hash treat objects of a type. */
#ifdef __cplusplus
enum TVMFFISEqHashKind : int32_t {
#else
typedef enum {
#endif
  /*! \brief They raise an error. */
  kTVMFFISEqHashKindUnsupported = 0,
  /*! \brief By content; sharing does not matter. */
  kTVMFFISEqHashKindTreeNode = 1,
  /*! \brief A variable: may stand for another one inside a definition region. */
  kTVMFFISEqHashKindFreeVar = 2,
  /*! \brief By content and by sharing. */
  kTVMFFISEqHashKindDAGNode = 3,
  /*! \brief As a tree node, without variables below: equal pointers are equal. */
  kTVMFFISEqHashKindConstTreeNode = 4,
  /*! \brief By pointer. */
  kTVMFFISEqHashKindUniqueInstance = 5
#ifdef __cplusplus
};
#else
} TVMFFISEqHashKind;
#endif

/*! \brief What variables reached inside a field mean. */
#ifdef __cplusplus
enum TVMFFIDefRegionKind : int32_t {
#else
typedef enum {
#endif
  /*! \brief Uses: bound already, or compared by identity. */
  kTVMFFIDefRegionKindNone = 0,
  /*! \brief The variable and those in its type are defined here; wins over inner kinds. */
  kTVMFFIDefRegionKindPattern = 1,
  /*! \brief Only the variable itself is defined here; without effect inside a pattern region. */
  kTVMFFIDefRegionKindSimple = 2
#ifdef __cplusplus
};
#else
} TVMFFIDefRegionKind;
#endif

/*! \brief Record of one reflected field. */
typedef struct TVMFFIFieldInfo {
  /*! \brief Name. */
  TVMFFIByteArray name;
  /*! \brief Documentation, or {NULL, 0}. */
  TVMFFIByteArray doc;
  /*! \brief JSON object text; carries at least `type_schema`. */
  TVMFFIByteArray metadata;
  /*! \brief TVMFFIFieldFlagBitMask. */
  int64_t flags;
  /*! \brief Size of the field in bytes. */
  int64_t size;
  /*! \brief Its alignment in bytes. */
  int64_t alignment;
  /*! \brief Bytes from the object header to the field. */
  int64_t offset;
  /*! \brief Reads the field. */
  TVMFFIFieldGetter getter;
  /*! \brief A TVMFFIFieldSetter, or a function object when the flag says so. */
  void* setter;
  /*! \brief Default value or factory when the flags say so, else None. */
  TVMFFIAny default_value_or_factory;
  /*! \brief Declared type as a hint; the value's own index is what counts. */
  int32_t field_static_type_index;
} TVMFFIFieldInfo;

/*! \brief Record of one reflected method, and of a global function. */
typedef struct TVMFFIMethodInfo {
  /*! \brief Name. */
  TVMFFIByteArray name;
  /*! \brief Documentation, or {NULL, 0}. */
  TVMFFIByteArray doc;
  /*! \brief JSON object text, or {NULL, 0}. */
  TVMFFIByteArray metadata;
  /*! \brief TVMFFIFieldFlagBitMask. */
  int64_t flags;
  /*! \brief The function. Instance methods take the object first. */
  TVMFFIAny method;
} TVMFFIMethodInfo;

/*! \brief Facts about a type beyond its place in the hierarchy. */
typedef struct TVMFFITypeMetadata {
  /*! \brief Documentation, or {NULL, 0}. */
  TVMFFIByteArray doc;
  /*! \brief Makes an empty instance; NULL when the type cannot. */
  TVMFFIObjectCreator creator;
  /*! \brief `sizeof` the C++ class, 0 when unknown. */
  int32_t total_size;
  /*! \brief Structural equality and hash. */
  TVMFFISEqHashKind structural_eq_hash_kind;
} TVMFFITypeMetadata;

/*!
 * \brief One attribute of all types. The cell of type `t` is `data[t - begin_index]` when that lies
 *  within `size`; None means unset. Base types are not consulted.
 *
 * The struct keeps its address for the life of the process. `data` and `size` change when the
 * column grows; an array once seen stays readable.
 */
typedef struct TVMFFITypeAttrColumn {
  /*! \brief The cells; NULL when there are none. */
  const TVMFFIAny* data;
  /*! \brief Number of cells. */
  int32_t size;
  /*! \brief Type index of `data[0]`. */
  int32_t begin_index;
} TVMFFITypeAttrColumn;

/*!
 * \brief Entry of the type table. It keeps its address for the life of the process.
 *
 * `fields`, `methods` and `metadata` may be set and grow later. Read the count before the array:
 * whatever array is seen then holds at least that many records, and is never freed.
 */
#ifdef __cplusplus
struct TVMFFITypeInfo {
#else
typedef struct TVMFFITypeInfo {
#endif
  /*! \brief Index of the type; greater than its parent's. */
  int32_t type_index;
  /*! \brief Number of ancestors. */
  int32_t type_depth;
  /*! \brief Unique name; NUL-terminated. */
  TVMFFIByteArray type_key;
  /*! \brief `type_depth` entries, the root first; NULL for roots. */
  const struct TVMFFITypeInfo** type_ancestors;
  /*! \brief Hash of the key. */
  uint64_t type_key_hash;
  /*! \brief Number of own fields, without inherited ones. */
  int32_t num_fields;
  /*! \brief Number of own methods. */
  int32_t num_methods;
  /*! \brief Own fields, or NULL. */
  const TVMFFIFieldInfo* fields;
  /*! \brief Own methods, or NULL. */
  const TVMFFIMethodInfo* methods;
  /*! \brief Metadata, or NULL until registered. */
  const TVMFFITypeMetadata* metadata;
#ifdef __cplusplus
};
#else
} TVMFFITypeInfo;
#endif

//---------------------------------------------------------------------------------------------
// Custom allocation of object storage
//---------------------------------------------------------------------------------------------

/*! \brief Lies in the 8 bytes before a body that a \ref TVMFFICustomAllocator allocated. */
typedef struct TVMFFIObjectAllocHeader {
  /*! \brief Releases the whole block. `ptr` is the body, which must not be read any more. */
  void (*delete_space)(void* ptr);
} TVMFFIObjectAllocHeader;

/*! \brief A source of object storage. */
typedef struct TVMFFICustomAllocator {
  /*!
   * \brief Returns uninitialised storage for a body of `size` bytes, aligned to `alignment`, with
   *  an initialised \ref TVMFFIObjectAllocHeader right before it. On failure returns NULL with the
   *  error in the thread's slot. May be called from several threads at once.
   */
  void* (*allocate)(size_t size, size_t alignment, int32_t type_index, void* context);
  /*! \brief Handed to `allocate`. */
  void* context;
} TVMFFICustomAllocator;

//---------------------------------------------------------------------------------------------
// Functions: version
//---------------------------------------------------------------------------------------------

/*!
 * \brief Reports the version of the loaded library. The signature holds for all versions.
 * \param out_version Receives the three numbers. Never fails.
 * \note Safe from any thread.
 */
TVM_FFI_DLL void TVMFFIGetVersion(TVMFFIVersion* out_version);

//---------------------------------------------------------------------------------------------
// Functions: objects
//---------------------------------------------------------------------------------------------

/*!
 * \brief Adds a strong reference.
 * \param obj The object; the caller holds a strong reference already.
 * \return 0, always.
 * \note The caller owns one reference more. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIObjectIncRef(TVMFFIObjectHandle obj);

/*!
 * \brief Drops a strong reference; the last one runs the deleter.
 * \param obj The object, or NULL: nothing happens.
 * \return 0, always.
 * \note The caller owns one reference less. Safe from any thread; the deleter runs in this one.
 */
TVM_FFI_DLL int TVMFFIObjectDecRef(TVMFFIObjectHandle obj);

/*!
 * \brief Wraps a foreign pointer into an object that travels through the ABI unchanged.
 * \param handle The foreign pointer.
 * \param type_index Must be kTVMFFIOpaquePyObject.
 * \param deleter Called with `handle` when the last strong reference goes, or NULL.
 * \param out Receives the new object; untouched on failure.
 * \return 0, or -1 with a `RuntimeError` for any other type index.
 * \note The object takes over `handle` on success only. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIObjectCreateOpaque(void* handle, int32_t type_index,
                                         void (*deleter)(void* handle), TVMFFIObjectHandle* out);

/*!
 * \brief Reports the installed custom allocator.
 * \return The allocator; never NULL. It stays owned by whoever installed it.
 * \note Safe from any thread.
 */
TVM_FFI_DLL TVMFFICustomAllocator* TVMFFIGetCustomAllocator(void);

/*!
 * \brief Installs a custom allocator.
 * \param allocator The allocator, which must stay valid for the process; NULL restores the
 *  built-in one.
 * \return 0, always.
 * \note Nothing is taken over or released. Install once, at start-up.
 */
TVM_FFI_DLL int TVMFFISetCustomAllocator(TVMFFICustomAllocator* allocator);

/*!
 * \brief Looks a type key up.
 * \param type_key The key.
 * \param out_tindex Receives the index; untouched on failure.
 * \return 0, or -1 with an `InternalError` when the key is unknown.
 * \note Safe from any thread.
 */
TVM_FFI_DLL int TVMFFITypeKeyToIndex(const TVMFFIByteArray* type_key, int32_t* out_tindex);

//---------------------------------------------------------------------------------------------
// Functions: functions
//---------------------------------------------------------------------------------------------

/*!
 * \brief Makes a function object from a C callback.
 * \param self Handed to the callback as `handle`. When `self` and `deleter` are both NULL the
 *  callback gets the function object itself.
 * \param safe_call The callback.
 * \param deleter Called with `self` when the function object dies, or NULL.
 * \param out Receives the new function; untouched on failure.
 * \return 0, or -1 with the error in the thread's slot.
 * \note The function takes over `self` on success only. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIFunctionCreate(void* self, TVMFFISafeCallType safe_call,
                                     void (*deleter)(void* self), TVMFFIObjectHandle* out);

/*!
 * \brief Looks a global function up.
 * \param name The name.
 * \param out Receives a new strong reference, or NULL when there is no such function.
 * \return 0 in both cases; -1 with the error in the thread's slot when the look-up itself failed,
 *  `out` untouched.
 * \note The caller owns `*out`. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIFunctionGetGlobal(const TVMFFIByteArray* name, TVMFFIObjectHandle* out);

/*!
 * \brief Turns a borrowed view into a value that can be kept: objects are referenced, raw strings
 *  and byte arrays copied, an rvalue reference is moved out of its slot.
 * \param any_view The view.
 * \param out Receives the owned value; untouched on failure.
 * \return 0, or -1 with an `InternalError` when the rvalue slot was empty already.
 * \note The caller owns `*out`. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIAnyViewToOwnedAny(const TVMFFIAny* any_view, TVMFFIAny* out);

/*!
 * \brief Calls a function object.
 * \param func The function.
 * \param args `num_args` borrowed views.
 * \param num_args Number of arguments.
 * \param result Must hold an uncounted cell (best: 16 zero bytes). Owned by the caller on success;
 *  on failure it holds nothing to release.
 * \return What the function returns: 0, or nonzero with the error in the thread's slot.
 * \note As safe from several threads as the function itself.
 */
TVM_FFI_DLL int TVMFFIFunctionCall(TVMFFIObjectHandle func, TVMFFIAny* args, int32_t num_args,
                                   TVMFFIAny* result);

//---------------------------------------------------------------------------------------------
// Functions: errors
//---------------------------------------------------------------------------------------------

/*!
 * \brief Takes the error out of the calling thread's slot.
 * \param result Receives the error, or NULL when the slot is empty. Never fails.
 * \note The caller owns `*result`; the slot is empty afterwards. Slots are per thread.
 */
TVM_FFI_DLL void TVMFFIErrorMoveFromRaised(TVMFFIObjectHandle* result);

/*!
 * \brief Puts an error into the calling thread's slot, releasing what was there.
 * \param error The error, borrowed; NULL only empties the slot. Never fails.
 * \note The slot holds its own reference. Slots are per thread.
 */
TVM_FFI_DLL void TVMFFIErrorSetRaised(TVMFFIObjectHandle error);

/*!
 * \brief Makes an error with the current backtrace and puts it into the calling thread's slot.
 * \param kind Error class, such as `ValueError`.
 * \param message Text.
 * \note Both strings are copied. Slots are per thread.
 */
TVM_FFI_DLL void TVMFFIErrorSetRaisedFromCStr(const char* kind, const char* message);

/*!
 * \brief As \ref TVMFFIErrorSetRaisedFromCStr, with the text in parts, so that compiled code can
 *  share them between messages.
 * \param kind Error class, such as `ValueError`.
 * \param message_parts `num_parts` strings that together are the text; NULL ones are skipped.
 * \param num_parts Number of parts; 0 gives an empty text.
 * \note All strings are copied. Slots are per thread.
 */
TVM_FFI_DLL void TVMFFIErrorSetRaisedFromCStrParts(const char* kind, const char** message_parts,
                                                   int32_t num_parts);

/*!
 * \brief Makes an error object without raising it.
 * \param kind Error class.
 * \param message Text.
 * \param backtrace Frames as \ref TVMFFIBacktrace writes them; may be empty.
 * \param out Receives the error; untouched on failure.
 * \return 0, or -1 when memory ran out, with the thread's slot left alone.
 * \note The strings are copied; the caller owns `*out`. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIErrorCreate(const TVMFFIByteArray* kind, const TVMFFIByteArray* message,
                                  const TVMFFIByteArray* backtrace, TVMFFIObjectHandle* out);

/*!
 * \brief As \ref TVMFFIErrorCreate, with the error that led to this one and extra context.
 * \param kind Error class.
 * \param message Text.
 * \param backtrace Frames; may be empty.
 * \param cause_chain An error object, or NULL.
 * \param extra_context Any object, or NULL.
 * \param out Receives the error; untouched on failure.
 * \return 0, or -1 when memory ran out, with the thread's slot left alone.
 * \note Strings are copied, objects referenced; the caller owns `*out`. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIErrorCreateWithCauseAndExtraContext(
    const TVMFFIByteArray* kind, const TVMFFIByteArray* message, const TVMFFIByteArray* backtrace,
    TVMFFIObjectHandle cause_chain, TVMFFIObjectHandle extra_context, TVMFFIObjectHandle* out);

//---------------------------------------------------------------------------------------------
// Functions: tensors
//---------------------------------------------------------------------------------------------

/*!
 * \brief Wraps a DLPack tensor.
 * \param from The tensor.
 * \param require_alignment Bytes the data must be aligned to; 0 asks for nothing.
 * \param require_contiguous Nonzero: the tensor must be compact and row-major.
 * \param out Receives the tensor object; untouched on failure.
 * \return 0, or -1 with a `RuntimeError` when a requirement is not met.
 * \note `from` is taken over on success only. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFITensorFromDLPack(DLManagedTensor* from, int32_t require_alignment,
                                       int32_t require_contiguous, TVMFFIObjectHandle* out);

/*!
 * \brief Exports a tensor object as a DLPack struct that shares its data.
 * \param from The tensor object, borrowed.
 * \param out Receives the struct; untouched on failure.
 * \return 0, or -1 with the error in the thread's slot.
 * \note The caller owns `*out`, which keeps the tensor object alive. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFITensorToDLPack(TVMFFIObjectHandle from, DLManagedTensor** out);

/*!
 * \brief Wraps a versioned DLPack tensor.
 * \param from The tensor.
 * \param require_alignment Bytes the data must be aligned to; 0 asks for nothing.
 * \param require_contiguous Nonzero: the tensor must be compact and row-major.
 * \param out Receives the tensor object; untouched on failure.
 * \return 0, or -1 with a `RuntimeError` when a requirement is not met or sub-byte elements are
 *  padded.
 * \note `from` is taken over on success only. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFITensorFromDLPackVersioned(DLManagedTensorVersioned* from,
                                                int32_t require_alignment,
                                                int32_t require_contiguous,
                                                TVMFFIObjectHandle* out);

/*!
 * \brief Exports a tensor object as a versioned DLPack struct that shares its data.
 * \param from The tensor object, borrowed.
 * \param out Receives the struct; untouched on failure.
 * \return 0, or -1 with the error in the thread's slot.
 * \note The caller owns `*out`, which keeps the tensor object alive. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFITensorToDLPackVersioned(TVMFFIObjectHandle from,
                                              DLManagedTensorVersioned** out);

/*!
 * \brief Makes a tensor object that looks at the data of another one. Nothing is checked.
 * \param source The tensor object that owns the data, borrowed.
 * \param prototype Data, device, dtype, ndim, shape, strides (not NULL) and byte offset.
 * \param out Receives the view; untouched on failure.
 * \return 0, or -1 with the error in the thread's slot.
 * \note The view references `source` and copies shape and strides. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFITensorCreateUnsafeView(TVMFFIObjectHandle source, const DLTensor* prototype,
                                             TVMFFIObjectHandle* out);

//---------------------------------------------------------------------------------------------
// Functions: strings, bytes, integers and element types
//---------------------------------------------------------------------------------------------

/*!
 * \brief Makes a string: inline up to 7 bytes, else on the heap.
 * \param input The bytes, copied; {NULL, 0} is the empty string.
 * \param out Receives the owned string; untouched on failure.
 * \return 0, or -1 with the error in the thread's slot.
 * \note The caller owns `*out`. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIStringFromByteArray(const TVMFFIByteArray* input, TVMFFIAny* out);

/*!
 * \brief Makes a bytes value: inline up to 7 bytes, else on the heap.
 * \param input The bytes, copied; {NULL, 0} is the empty value.
 * \param out Receives the owned bytes; untouched on failure.
 * \return 0, or -1 with the error in the thread's slot.
 * \note The caller owns `*out`. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIBytesFromByteArray(const TVMFFIByteArray* input, TVMFFIAny* out);

/*!
 * \brief Makes an integer of any size from native 64-bit words.
 * \param input Two's-complement words, least significant first, in any alignment; empty is 0.
 * \param out Receives an int when the value fits 64 bits, else a BigInt. Set to None on failure.
 * \return 0, or -1 with a `ValueError` when the size is not a multiple of 8.
 * \note The words are copied; the caller owns `*out`. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIBigIntFromByteArray(const TVMFFIByteArray* input, TVMFFIAny* out);

/*!
 * \brief Shows the words of an int or BigInt cell, in the form that
 *  \ref TVMFFIBigIntFromByteArray takes. Never fails.
 * \param value An int or BigInt cell.
 * \return At least one word, borrowed from `value`.
 * \note The view lives as long as `value` and its object. Safe from any thread.
 */
TVM_FFI_DLL TVMFFIByteArray TVMFFIBigIntGetContentByteArray(const TVMFFIAny* value);

/*!
 * \brief Parses an element type such as `float16x4`.
 * \param str The text; need not be NUL-terminated.
 * \param out Receives the element type; untouched on failure.
 * \return 0, or -1 with a `ValueError`.
 * \note Nothing to own. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIDataTypeFromString(const TVMFFIByteArray* str, DLDataType* out);

/*!
 * \brief Prints an element type.
 * \param dtype The element type.
 * \param out Receives an owned string, on the heap whatever its length; untouched on failure.
 * \return 0, or -1 with a `ValueError` when the code has no name.
 * \note The caller owns `*out`. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIDataTypeToString(const DLDataType* dtype, TVMFFIAny* out);

//---------------------------------------------------------------------------------------------
// Functions: registration
//---------------------------------------------------------------------------------------------

/*!
 * \brief Registers a global function.
 * \param name The name, copied.
 * \param f The function, borrowed; NULL registers a null function.
 * \param allow_override Nonzero: replaces a function of that name.
 * \return 0, or -1 with a `RuntimeError` when the name is taken.
 * \note The table holds its own reference. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIFunctionSetGlobal(const TVMFFIByteArray* name, TVMFFIObjectHandle f,
                                        int allow_override);

/*!
 * \brief Registers a global function together with its documentation and metadata.
 * \param method_info The record; everything in it is copied or referenced.
 * \param allow_override Nonzero: replaces a function of that name.
 * \return 0, or -1: `RuntimeError` when the name is taken, `TypeError` when `method` is not a
 *  function.
 * \note The table holds its own reference. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIFunctionSetGlobalFromMethodInfo(const TVMFFIMethodInfo* method_info,
                                                      int allow_override);

/*!
 * \brief Appends a field to a type.
 * \param type_index The type.
 * \param info The record; everything in it is copied or referenced, for good.
 * \return 0, or -1 with an `InternalError` when the type is unknown or has a field of that name.
 *  A field of an ancestor may be shadowed; stderr then gets a warning.
 * \note Safe from any thread, also against readers of the type's record.
 */
TVM_FFI_DLL int TVMFFITypeRegisterField(int32_t type_index, const TVMFFIFieldInfo* info);

/*!
 * \brief Appends a method to a type. Names may repeat.
 * \param type_index The type.
 * \param info The record; everything in it is copied or referenced, for good.
 * \return 0, or -1 with an `InternalError` when the type is unknown.
 * \note Safe from any thread, also against readers of the type's record.
 */
TVM_FFI_DLL int TVMFFITypeRegisterMethod(int32_t type_index, const TVMFFIMethodInfo* info);

/*!
 * \brief Sets the metadata of a type, once.
 * \param type_index The type.
 * \param metadata The record, copied.
 * \return 0, or -1: `InternalError` when the type is unknown, `RuntimeError` when it has metadata.
 * \note Safe from any thread, also against readers of the type's record.
 */
TVM_FFI_DLL int TVMFFITypeRegisterMetadata(int32_t type_index, const TVMFFITypeMetadata* metadata);

/*!
 * \brief Sets one cell of an attribute column, creating the column if needed.
 * \param type_index The type, registered or not; kTVMFFINone only creates the column.
 * \param attr_name Name of the attribute, copied.
 * \param attr_value The value, kept for good; None leaves the cell free.
 * \return 0, or -1 with a `RuntimeError` when the cell is taken.
 * \note Safe from any thread, also against readers of the column.
 */
TVM_FFI_DLL int TVMFFITypeRegisterAttr(int32_t type_index, const TVMFFIByteArray* attr_name,
                                       const TVMFFIAny* attr_value);

/*!
 * \brief Finds an attribute column.
 * \param attr_name Name of the attribute.
 * \return The column, owned by the library and valid for good, or NULL when there is none.
 * \note Safe from any thread.
 */
TVM_FFI_DLL const TVMFFITypeAttrColumn* TVMFFIGetTypeAttrColumn(const TVMFFIByteArray* attr_name);

//---------------------------------------------------------------------------------------------
// Functions: backtraces
//---------------------------------------------------------------------------------------------

/*!
 * \brief Writes down the current call stack, most recent call first, one line per frame:
 *  `  File "<file>", line <n>, in <function>`.
 * \param filename File of the first line, or NULL.
 * \param lineno Its line number.
 * \param func Its function, or NULL. With both given, the caller's own frame is replaced by them.
 * \param cross_ffi_boundary Nonzero: goes on past the frames of the interpreter or of
 *  TVMFFIFunctionCall, where the walk otherwise stops.
 * \return The text; never NULL. It is borrowed and holds until the thread's next call.
 * \note Never fails. Safe from any thread. `TVM_TRACEBACK_LIMIT` bounds the number of frames.
 */
TVM_FFI_DLL const TVMFFIByteArray* TVMFFIBacktrace(const char* filename, int lineno,
                                                   const char* func, int cross_ffi_boundary);

//---------------------------------------------------------------------------------------------
// Functions: types
//---------------------------------------------------------------------------------------------

/*!
 * \brief Returns the index of a type key, registering the key when it is new.
 * \param type_key The key, copied.
 * \param static_type_index The index to take; -1 to have one allocated; -2 to have one allocated
 * and contradictory arguments reported instead of ending the process.
 * \param type_depth Number of ancestors.
 * \param num_child_slots Indices to reserve right after this one for child types.
 * \param child_slots_can_overflow Zero: child types are limited to the reserved slots.
 * \param parent_type_index Parent; -1 for none; -2 only asks whether the key is registered.
 * \return The index; -2 when only asked and the key is unknown. A known key returns its index
 *  whatever the other arguments say. Contradictory arguments end the process, unless
 *  `static_type_index` is -2: then -1 is returned, with an `InternalError` in the thread's slot.
 * \note Safe from any thread.
 */
TVM_FFI_DLL int32_t TVMFFITypeGetOrAllocIndex(const TVMFFIByteArray* type_key,
                                              int32_t static_type_index, int32_t type_depth,
                                              int32_t num_child_slots,
                                              int32_t child_slots_can_overflow,
                                              int32_t parent_type_index);

/*!
 * \brief Finds the entry of a type.
 * \param type_index A registered index. Any other ends the process.
 * \return The entry, owned by the library and valid for good.
 * \note Safe from any thread.
 */
TVM_FFI_DLL const TVMFFITypeInfo* TVMFFIGetTypeInfo(int32_t type_index) TVM_FFI_ATTRIBUTE_PURE;

//---------------------------------------------------------------------------------------------
// Functions: one-time initialisation
//---------------------------------------------------------------------------------------------

/*!
 * \brief Initialises `*handle_addr` once, however many threads ask.
 * \param handle_addr The handle; NULL until initialised, and again after a failure.
 * \param init_func Stores a non-NULL handle and returns 0, or returns nonzero with the error in the
 *  thread's slot. It may initialise other handles. Callers that want the same handle wait for it.
 * \return 0; what `init_func` returned when that is nonzero; -1 with a `RuntimeError` when it
 *  stored NULL, or when it needs this handle itself, also by way of another thread.
 * \note Whoever deinitialises the handle releases what it points at. Safe from any thread.
 */
TVM_FFI_DLL int TVMFFIHandleInitOnce(void** handle_addr, int (*init_func)(void** result));

/*!
 * \brief Releases a handle of \ref TVMFFIHandleInitOnce once, however many threads ask.
 * \param handle_addr The handle; NULL afterwards, even when `deinit_func` fails.
 * \param deinit_func Releases the handle it is given; called by one of the threads, and only when
 *  the handle was initialised.
 * \return What `deinit_func` returned, or 0 without a call.
 * \note Safe from any thread. The handle may be initialised again.
 */
TVM_FFI_DLL int TVMFFIHandleDeinitOnce(void** handle_addr, int (*deinit_func)(void* handle));

#ifdef __cplusplus
}  // extern "C"
#endif

//---------------------------------------------------------------------------------------------
// Access to object cells, C++ only: address arithmetic, nothing is checked or owned.
//---------------------------------------------------------------------------------------------
#ifdef __cplusplus

/*! \brief Returns the type index in the header of `obj`. */
inline int32_t TVMFFIObjectGetTypeIndex(TVMFFIObjectHandle obj) {
  return static_cast<TVMFFIObject*>(obj)->type_index;
}

/*! \brief Returns the content of a small string or small bytes; borrowed from `value`. */
inline TVMFFIByteArray TVMFFISmallBytesGetContentByteArray(const TVMFFIAny* value) {
  return TVMFFIByteArray{value->v_bytes, static_cast<size_t>(value->small_str_len)};
}

/*! \brief Returns the cell of a heap string or heap bytes. */
inline TVMFFIByteArray* TVMFFIBytesGetByteArrayPtr(TVMFFIObjectHandle obj) {
  return reinterpret_cast<TVMFFIByteArray*>(static_cast<TVMFFIObject*>(obj) + 1);
}

/*! \brief Returns the cell of an error. */
inline TVMFFIErrorCell* TVMFFIErrorGetCellPtr(TVMFFIObjectHandle obj) {
  return reinterpret_cast<TVMFFIErrorCell*>(static_cast<TVMFFIObject*>(obj) + 1);
}

/*! \brief Returns the cell of a function. */
inline TVMFFIFunctionCell* TVMFFIFunctionGetCellPtr(TVMFFIObjectHandle obj) {
  return reinterpret_cast<TVMFFIFunctionCell*>(static_cast<TVMFFIObject*>(obj) + 1);
}

/*! \brief Returns the cell of an opaque foreign object. */
inline TVMFFIOpaqueObjectCell* TVMFFIOpaqueObjectGetCellPtr(TVMFFIObjectHandle obj) {
  return reinterpret_cast<TVMFFIOpaqueObjectCell*>(static_cast<TVMFFIObject*>(obj) + 1);
}

/*! \brief Returns the cell of a shape. */
inline TVMFFIShapeCell* TVMFFIShapeGetCellPtr(TVMFFIObjectHandle obj) {
  return reinterpret_cast<TVMFFIShapeCell*>(static_cast<TVMFFIObject*>(obj) + 1);
}

/*! \brief Returns the DLTensor inside a tensor object. */
inline DLTensor* TVMFFITensorGetDLTensorPtr(TVMFFIObjectHandle obj) {
  return reinterpret_cast<DLTensor*>(static_cast<TVMFFIObject*>(obj) + 1);
}

/*! \brief Makes a device from two numbers, for languages without enums. */
inline DLDevice TVMFFIDLDeviceFromIntPair(int32_t device_type, int32_t device_id) {
  return DLDevice{static_cast<DLDeviceType>(device_type), device_id};
}

#endif  // __cplusplus

//---------------------------------------------------------------------------------------------
// The layouts that compiled consumers of every language have built in (64-bit targets).
//---------------------------------------------------------------------------------------------
#if UINTPTR_MAX == UINT64_MAX
#ifdef __cplusplus
#define TVM_FFI_LAYOUT_(cond) static_assert(cond, #cond)
#else
#define TVM_FFI_LAYOUT_(cond) _Static_assert(cond, #cond)
#endif
#define TVM_FFI_AT_(type, field, at) TVM_FFI_LAYOUT_(offsetof(type, field) == (at))

TVM_FFI_LAYOUT_(sizeof(TVMFFIVersion) == 12);
TVM_FFI_LAYOUT_(sizeof(TVMFFITypeIndex) == 4);
TVM_FFI_LAYOUT_(sizeof(TVMFFISEqHashKind) == 4);

TVM_FFI_LAYOUT_(sizeof(TVMFFIObject) == 24);
TVM_FFI_AT_(TVMFFIObject, combined_ref_count, 0);
TVM_FFI_AT_(TVMFFIObject, type_index, 8);
TVM_FFI_AT_(TVMFFIObject, __padding, 12);
TVM_FFI_AT_(TVMFFIObject, deleter, 16);

TVM_FFI_LAYOUT_(sizeof(TVMFFIAny) == 16);
TVM_FFI_AT_(TVMFFIAny, type_index, 0);
TVM_FFI_AT_(TVMFFIAny, zero_padding, 4);
TVM_FFI_AT_(TVMFFIAny, small_str_len, 4);
TVM_FFI_AT_(TVMFFIAny, v_int64, 8);
TVM_FFI_AT_(TVMFFIAny, v_bytes, 8);

TVM_FFI_LAYOUT_(sizeof(TVMFFIByteArray) == 16);
TVM_FFI_AT_(TVMFFIByteArray, size, 8);
TVM_FFI_LAYOUT_(sizeof(TVMFFIShapeCell) == 16);
TVM_FFI_AT_(TVMFFIShapeCell, size, 8);

TVM_FFI_LAYOUT_(sizeof(TVMFFISeqCell) == 32);
TVM_FFI_AT_(TVMFFISeqCell, size, 8);
TVM_FFI_AT_(TVMFFISeqCell, capacity, 16);
TVM_FFI_AT_(TVMFFISeqCell, data_deleter, 24);

TVM_FFI_LAYOUT_(sizeof(TVMFFIErrorCell) == 72);
TVM_FFI_AT_(TVMFFIErrorCell, message, 16);
TVM_FFI_AT_(TVMFFIErrorCell, backtrace, 32);
TVM_FFI_AT_(TVMFFIErrorCell, update_backtrace, 48);
TVM_FFI_AT_(TVMFFIErrorCell, cause_chain, 56);
TVM_FFI_AT_(TVMFFIErrorCell, extra_context, 64);

TVM_FFI_LAYOUT_(sizeof(TVMFFIFunctionCell) == 16);
TVM_FFI_AT_(TVMFFIFunctionCell, cpp_call, 8);
TVM_FFI_LAYOUT_(sizeof(TVMFFIOpaqueObjectCell) == 8);

TVM_FFI_LAYOUT_(sizeof(TVMFFIFieldInfo) == 120);
TVM_FFI_AT_(TVMFFIFieldInfo, doc, 16);
TVM_FFI_AT_(TVMFFIFieldInfo, metadata, 32);
TVM_FFI_AT_(TVMFFIFieldInfo, flags, 48);
TVM_FFI_AT_(TVMFFIFieldInfo, size, 56);
TVM_FFI_AT_(TVMFFIFieldInfo, alignment, 64);
TVM_FFI_AT_(TVMFFIFieldInfo, offset, 72);
TVM_FFI_AT_(TVMFFIFieldInfo, getter, 80);
TVM_FFI_AT_(TVMFFIFieldInfo, setter, 88);
TVM_FFI_AT_(TVMFFIFieldInfo, default_value_or_factory, 96);
TVM_FFI_AT_(TVMFFIFieldInfo, field_static_type_index, 112);

TVM_FFI_LAYOUT_(sizeof(TVMFFIMethodInfo) == 72);
TVM_FFI_AT_(TVMFFIMethodInfo, doc, 16);
TVM_FFI_AT_(TVMFFIMethodInfo, metadata, 32);
TVM_FFI_AT_(TVMFFIMethodInfo, flags, 48);
TVM_FFI_AT_(TVMFFIMethodInfo, method, 56);

TVM_FFI_LAYOUT_(sizeof(TVMFFITypeMetadata) == 32);
TVM_FFI_AT_(TVMFFITypeMetadata, creator, 16);
TVM_FFI_AT_(TVMFFITypeMetadata, total_size, 24);
TVM_FFI_AT_(TVMFFITypeMetadata, structural_eq_hash_kind, 28);

TVM_FFI_LAYOUT_(sizeof(TVMFFITypeAttrColumn) == 16);
TVM_FFI_AT_(TVMFFITypeAttrColumn, size, 8);
TVM_FFI_AT_(TVMFFITypeAttrColumn, begin_index, 12);

TVM_FFI_LAYOUT_(sizeof(TVMFFITypeInfo) == 72);
TVM_FFI_AT_(TVMFFITypeInfo, type_depth, 4);
TVM_FFI_AT_(TVMFFITypeInfo, type_key, 8);
TVM_FFI_AT_(TVMFFITypeInfo, type_ancestors, 24);
TVM_FFI_AT_(TVMFFITypeInfo, type_key_hash, 32);
TVM_FFI_AT_(TVMFFITypeInfo, num_fields, 40);
TVM_FFI_AT_(TVMFFITypeInfo, num_methods, 44);
TVM_FFI_AT_(TVMFFITypeInfo, fields, 48);
TVM_FFI_AT_(TVMFFITypeInfo, methods, 56);
TVM_FFI_AT_(TVMFFITypeInfo, metadata, 64);

TVM_FFI_LAYOUT_(sizeof(TVMFFIObjectAllocHeader) == 8);
TVM_FFI_LAYOUT_(sizeof(TVMFFICustomAllocator) == 16);
TVM_FFI_AT_(TVMFFICustomAllocator, context, 8);

#undef TVM_FFI_AT_
#undef TVM_FFI_LAYOUT_
#endif  // 64-bit

#endif  // TVM_FFI_C_API_H_

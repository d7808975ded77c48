// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/module.h
 * \brief Modules: reference counted objects that hand out functions by name.
 *
 * Use a module for code that arrives at run time: a shared library, a GPU image, the output of a
 * JIT. For a function that is always there, register a global function instead
 * (tvm/ffi/reflection/registry.h).
 *
 * \code
 * ffi::Module lib = ffi::Module::LoadFromFile("build/add.so");
 * int sum = lib->GetFunction("add").value()(1, 2).cast<int>();
 *
 * // a payload that is already in memory, for instance fetched from a registry
 * ffi::Module image = ffi::Module::LoadFromBytes("cubin", payload);
 * \endcode
 *
 * The layout and the vtable of ModuleObj are binary interface: compiled subclasses and generated
 * code rely on both.
 */
#ifndef TVM_FFI_EXTRA_MODULE_H_
#define TVM_FFI_EXTRA_MODULE_H_

#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/base.h>
#include <tvm/ffi/function.h>

#include <cstdint>

namespace tvm {
namespace ffi {

class Module;

/*!
 * \brief Base class of all modules; derive from it to make a new kind.
 *
 * Rules for subclasses:
 * - Create them with make_object<MyModuleObj>(...) and wrap the pointer in a Module. Do not declare
 *   object info: every module shares the type index of ffi.Module.
 * - For the same reason `as<MyModuleObj>()` accepts *any* module. Compare the text of kind() before
 *   down-casting.
 * - A function returned by GetFunction should hold a Module reference to its module, so that it
 * stays callable after the caller dropped the module.
 * - Overriding the one-argument look-ups hides the two-argument ones for calls through the
 * subclass.
 *
 * An object handle (TVMFFIObjectHandle, the payload of an Any) points to the object header, which
 * lies behind the vtable pointer: it is not the address of the ModuleObj. Convert with static_cast
 * only.
 *
 * Imports are not synchronised: do not change them while another thread uses the module.
 */
class TVM_FFI_EXTRA_CXX_API ModuleObj : public Object {
 public:
  // The order of the virtual functions is binary interface (12 slots, no virtual destructor). The
  // first one that is not inline, ImportModule, places the vtable in libtvm_ffi.

  /*! \brief The kind of the module, e.g. `library`; a NUL-terminated string that outlives the
   * module. */
  virtual const char* kind() const = 0;

  /*! \brief What the module can do: a combination of Module::ModulePropertyMask bits. */
  virtual int GetPropertyMask() const { return 0; }

  /*!
   * \brief Look up a function of this module; imports are not searched.
   * \param name The name of the function.
   * \return The function, or nullopt when the module has none of that name.
   */
  virtual Optional<Function> GetFunction(const String& name) = 0;

  /*! \brief Whether this module itself has a function of that name. */
  virtual bool ImplementsFunction(const String& name) { return GetFunction(name).has_value(); }

  /*! \brief Documentation of a function of this module, or nullopt. */
  virtual Optional<String> GetFunctionDoc(const String& /*name*/) { return std::nullopt; }

  /*!
   * \brief Metadata of a function of this module, or nullopt.
   * \return JSON text; `type_schema` holds the schema, itself as JSON text.
   */
  virtual Optional<String> GetFunctionMetadata(const String& /*name*/) { return std::nullopt; }

  /*!
   * \brief Write the module to a file; works if the mask has kCompilationExportable.
   *
   * The arguments are the path of the file to write and one of GetWriteFormats().
   * \throws RuntimeError unless overridden.
   */
  virtual void WriteToFile(const String& /*file_name*/, const String& /*format*/) const {
    TVM_FFI_THROW(RuntimeError) << "Module[" << kind() << "] does not support WriteToFile";
  }

  /*! \brief The formats WriteToFile accepts. */
  virtual Array<String> GetWriteFormats() const { return Array<String>(); }

  /*!
   * \brief Serialise the module; works if the mask has kBinarySerializable.
   * \return Bytes from which the loader `ffi.Module.load_from_bytes.<kind>` makes the module again.
   * \throws RuntimeError unless overridden.
   */
  virtual Bytes SaveToBytes() const {
    TVM_FFI_THROW(RuntimeError) << "Module[" << kind() << "] does not support SaveToBytes";
    TVM_FFI_UNREACHABLE();
  }

  /*!
   * \brief Readable source of the module.
   *
   * The argument says which form, chosen by the module; empty for its default.
   * \return The text, empty when there is none.
   */
  virtual String InspectSource(const String& /*format*/) const { return String(); }

  /*!
   * \brief Append a module to the imports; the same one may be imported several times.
   * \throws RuntimeError if `other` is or reaches this module.
   */
  virtual void ImportModule(const Module& other);

  /*! \brief Drop all imports. Answers cached by TVMFFIEnvModLookupFromImports stay. */
  virtual void ClearImports();

  /*!
   * \brief Look up a function here and, if asked to, in everything imported.
   * \param name The name of the function.
   * \param query_imports Whether to continue in the imports, depth first in order of import. Each
   * module is asked once, cycles included.
   * \return The first answer, or nullopt.
   */
  Optional<Function> GetFunction(const String& name, bool query_imports);

  /*! \brief Whether GetFunction(name, query_imports) would find the function. */
  bool ImplementsFunction(const String& name, bool query_imports);

  /*! \brief Documentation found by the same search as GetFunction(name, query_imports). */
  Optional<String> GetFunctionDoc(const String& name, bool query_imports);

  /*! \brief Metadata found by the same search as GetFunction(name, query_imports). */
  Optional<String> GetFunctionMetadata(const String& name, bool query_imports);

  /*! \brief The imported modules in order; every element is a Module. */
  const Array<Any>& imports() const { return imports_; }

  /*! \brief Access for the runtime's own sources, defined there. */
  struct InternalUnsafe;

  /// \cond Doxygen_Suppress
  static constexpr const int32_t _type_index = TypeIndex::kTVMFFIModule;
  static constexpr bool _type_mutable = true;
  static constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIModule, ModuleObj, Object);
  /// \endcond

 protected:
  friend struct InternalUnsafe;

  /*! \brief The imported modules, kept as Any. */
  Array<Any> imports_;

 private:
  /*! \brief Owns what TVMFFIEnvModLookupFromImports has handed out as weak handles. */
  Map<String, Function> import_lookup_cache_;
};

// Generated code and compiled subclasses have these numbers built in.
static_assert(sizeof(void*) != 8 || sizeof(ModuleObj) == 48,
              "ModuleObj layout is binary interface");
static_assert(alignof(ModuleObj) == alignof(TVMFFIObject),
              "ModuleObj alignment is binary interface");

/*!
 * \brief Reference to a module; never null.
 * \sa ModuleObj
 */
class Module : public ObjectRef {
 public:
  /*! \brief Bits of ModuleObj::GetPropertyMask, stated by the author of the module. */
  enum ModulePropertyMask : int {
    /*! \brief SaveToBytes works and a loader `ffi.Module.load_from_bytes.<kind>` reads the result.
     */
    kBinarySerializable = 0b001,
    /*! \brief GetFunction returns functions that can be called. */
    kRunnable = 0b010,
    /*! \brief WriteToFile works for the formats of GetWriteFormats (object or source code). */
    kCompilationExportable = 0b100
  };

  /*!
   * \brief Wrap a module object.
   * \throws InternalError for a null pointer.
   */
  explicit Module(const ObjectPtr<ModuleObj>& ptr) : ObjectRef(ptr) {
    TVM_FFI_ICHECK(ptr != nullptr);
  }

  /*!
   * \brief Load a module from a file, by the loader registered for its extension.
   *
   * The text after the last dot names the format; `dll`, `dylib` and `dso` mean `so`. The loader is
   * the global function `ffi.Module.load_from_file.<format>`, called with the path and the format.
   *
   * \param file_name Path of the file.
   * \return The module. Unless it is kept (or pinned with ffi.ModuleGlobalsAdd), its code is
   * unloaded when the last reference to it and to its functions goes.
   * \throws RuntimeError if there is no extension or no loader for it, whatever the loader throws,
   * and what static initialisers of the file threw while it was opened.
   */
  TVM_FFI_EXTRA_CXX_API static Module LoadFromFile(const String& file_name);

  /*!
   * \brief Load a module from a payload that is already in memory.
   *
   * This function only dispatches: it looks up the global function
   * `ffi.Module.load_from_bytes.<kind>` and calls it with the bytes. The runtime itself understands
   * no format. To add one, register a function `(Bytes) -> Module` under that name, in C++
   *
   * \code
   * TVM_FFI_STATIC_INIT_BLOCK() {
   *   namespace refl = tvm::ffi::reflection;
   *   refl::GlobalDef().def("ffi.Module.load_from_bytes.cubin", LoadCubin);  // Module
   * LoadCubin(Bytes)
   * }
   * \endcode
   *
   * or from any other language. Every language in the process has the kind from then on, and
   * modules of that kind embedded in a shared library are read by the same loader. The CUDA
   * launcher, include/tvm/ffi/extra/cuda/cubin_launcher.h, is the template for a loader: keep its
   * CubinModule in a subclass of ModuleObj and return launch functions that hold a reference to the
   * module.
   *
   * No lock is held while the loader runs; threads may load at the same time and loaders may load
   * further modules.
   *
   * \param kind Which loader to use, compared byte by byte: case, blanks and dots count, no
   * aliases.
   * \param bytes The payload, not copied and not checked. A loader that needs it after returning
   * keeps the Bytes. Loading code from an untrusted source is running it.
   * \return What the loader returned, of whatever kind. Not pinned.
   * \throws RuntimeError that names the full key and the kinds registered now if there is no
   * loader, TypeError if the loader returned something other than a module, and whatever it throws.
   */
  TVM_FFI_EXTRA_CXX_API static Module LoadFromBytes(const String& kind, const Bytes& bytes);

  /*!
   * \brief Visit all context symbols (TVMFFIEnvModRegisterContextSymbol) in order of registration.
   *
   * For module classes that open code by their own means: fill the variables of these names in the
   * code before it runs. A name may come up several times; the last value wins.
   *
   * \param callback Called with name and value. What it throws ends the walk and is passed on.
   */
  TVM_FFI_EXTRA_CXX_API static void VisitContextSymbols(
      const TypedFunction<void(String, void*)>& callback);

  /// \cond Doxygen_Suppress
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(Module, ObjectRef, ModuleObj);
  /// \endcond
};

static_assert(sizeof(Module) == sizeof(void*), "Module is one pointer");

/*!
 * \brief Symbols by which a compiled library talks to the module loader.
 *
 * An underscore after the prefix marks a symbol with a special meaning, so that a function `name`,
 * which is exported as `__tvm_ffi_<name>`, cannot collide unless its own name starts with an
 * underscore.
 */
namespace symbol {
/*! \brief Prefix of exported functions; they have the signature TVMFFISafeCallType. */
constexpr const char* tvm_ffi_symbol_prefix = "__tvm_ffi_";
/*! \brief The entry function of a library. */
constexpr const char* tvm_ffi_main = "__tvm_ffi_main";
/*! \brief A `void*` variable that the loader sets to the ModuleObj* of the library. */
constexpr const char* tvm_ffi_library_ctx = "__tvm_ffi__library_ctx";
/*! \brief A byte array with serialised modules embedded in the library. */
constexpr const char* tvm_ffi_library_bin = "__tvm_ffi__library_bin";
/*! \brief Prefix of functions that return the metadata of an exported function as JSON text. */
constexpr const char* tvm_ffi_metadata_prefix = "__tvm_ffi__metadata_";
/*! \brief Prefix of functions that return the documentation of an exported function. */
constexpr const char* tvm_ffi_doc_prefix = "__tvm_ffi__doc_";
}  // namespace symbol

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_MODULE_H_

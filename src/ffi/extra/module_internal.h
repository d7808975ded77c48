// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/extra/module_internal.h
 * \brief What the module sources share: opened libraries, library modules, the dispatch by kind.
 *
 * Private to libtvm_ffi; nothing declared here is exported.
 */
#ifndef TVM_FFI_SRC_EXTRA_MODULE_INTERNAL_H_
#define TVM_FFI_SRC_EXTRA_MODULE_INTERNAL_H_

#include <tvm/ffi/extra/module.h>

#include <memory>
#include <string>
#include <string_view>

namespace tvm {
namespace ffi {

/*!
 * \brief A place to look up symbols: a shared library opened with dlopen, or the system library.
 *
 * Library modules share ownership of it; the destructor closes it.
 */
class Library {
 public:
  virtual ~Library() = default;

  /*!
   * \brief Address of a symbol, null when absent.
   * \param name Taken up to its first NUL.
   */
  virtual void* GetSymbol(const std::string& name) = 0;

  /*! \brief Address of the exported function `name`, null when absent. */
  virtual void* GetFunctionSymbol(std::string_view name) {
    return GetSymbol(std::string(symbol::tvm_ffi_symbol_prefix).append(name));
  }
};

struct TVM_FFI_BINARY_LOCAL ModuleObj::InternalUnsafe {
  /*! \brief The imports, for writing without the checks of ImportModule. */
  static Array<Any>* GetImports(ModuleObj* module) { return &module->imports_; }

  /*!
   * \brief Find a function for generated code: in the imports of the module, then among the
   * globals.
   * \return Weak handle of the function, owned by the cache of the module.
   */
  static void* GetFunctionFromImports(ModuleObj* module, const char* name);

  /*! \brief Register the reflection data of ffi.Module. */
  static void RegisterReflection();
};

/*!
 * \brief Make the module of a library that was just opened, with all modules embedded in it.
 * \param library The library; shared by the library modules made here.
 * \return The library module, or the first module of the embedded blob if the library has one.
 */
Module CreateLibraryModule(const std::shared_ptr<Library>& library);

/*!
 * \brief The one dispatch by kind, behind Module::LoadFromBytes and the reader of embedded modules.
 * \sa Module::LoadFromBytes
 */
Module LoadModuleFromBytes(const String& kind, const Bytes& bytes);

/*!
 * \brief Keep the loaded image (library) that holds an address mapped for the rest of the process.
 *
 * For code that is about to be referred to by something that does not keep its library open. Does
 * nothing for addresses outside every image and where the platform has no way to ask.
 */
void KeepImageMapped(const void* address);

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_EXTRA_MODULE_INTERNAL_H_

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/loaders/so_loader.cc
 * \brief Loader for kind `so`: the bytes of a shared object become a module, no file is written.
 *
 * Registers `ffi.Module.load_from_bytes.so` when this library is loaded, from any language:
 *
 * \code
 * ffi::Module::LoadFromFile("libtvm_ffi_loaders.so");  // once; the library then stays loaded
 * ffi::Module kernels = ffi::Module::LoadFromBytes("so", payload);
 * \endcode
 *
 * The module is the one that loading the same bytes from a file would give: library module, context
 * symbols, embedded modules. Each load is a library of its own with its own static variables, even
 * for equal bytes; only GNU unique symbols (function-local statics of inline functions, in code
 * built with default visibility) are shared, as between any two libraries. `$ORIGIN` in the
 * payload's run path means nothing, so its dependencies must be loaded already or be found by the
 * system's search. A payload with symbols for debuggers is kept as long as it is loaded, so that
 * backtraces can name its functions and lines.
 */
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>

#include <string>
#include <string_view>

#include "elf_check.h"
#include "loadable.h"
#include "memory_file.h"

namespace tvm_ffi_loaders {
namespace {

namespace ffi = tvm::ffi;

std::string ReplaceAll(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/*!
 * \brief Restate an error of the file loader for someone who never saw a path.
 *
 * When the dynamic loader refused, its own words are the message; they name a missing dependency.
 */
ffi::Error ExplainForPayload(const ffi::Error& error, const std::string& path, size_t num_bytes) {
  const std::string refused = "Failed to load dynamic shared library " + path + " ";
  const std::string message = error.message();
  const size_t at = message.find(refused);
  if (at == std::string::npos) {
    return ffi::Error(error.kind(), ReplaceAll(message, path, "the `so` payload"),
                      error.backtrace());
  }
  const std::string reason = ReplaceAll(message.substr(at + refused.size()), path, "the payload");
  return ffi::Error("RuntimeError",
                    "Cannot open the `so` payload of " + std::to_string(num_bytes) +
                        " bytes, the dynamic loader reports: " + reason,
                    error.backtrace());
}

ffi::Module LoadSharedObject(const ffi::Bytes& bytes) {
  const std::string_view image(bytes.data(), bytes.size());
  CheckSharedObject(image);
  const MemoryFile file(image, LoadableRanges(image));
  const auto load = ffi::Function::GetGlobalRequired("ffi.Module.load_library_with_image");
  try {
    // The file is gone after this, so backtraces need the bytes.
    return load(file.path(), HasDebugSymbols(image) ? bytes : ffi::Bytes()).cast<ffi::Module>();
  } catch (const ffi::Error& error) {
    if (error.message().find(file.path()) == std::string::npos) throw;
    throw ExplainForPayload(error, file.path(), bytes.size());
  }
}

}  // namespace
}  // namespace tvm_ffi_loaders

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::GlobalDef().def("ffi.Module.load_from_bytes.so", tvm_ffi_loaders::LoadSharedObject);
}

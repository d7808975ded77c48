// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/extra/library_module_dynamic_lib.cc
 * \brief Libraries opened with the platform's dynamic loader, and the file loader for format `so`.
 *
 * Static initialisers run while the library is opened, on the opening thread. They cannot throw
 * through the dynamic loader; a registration block that fails leaves its error in the thread's
 * raised-error slot and OpenLibrary raises it from there.
 */
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "../backtrace.h"
#include "../fork_safe_mutex.h"
#include "../library_image.h"
#include "../registration_count.h"
#include "module_internal.h"

#if defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace tvm {
namespace ffi {
namespace {

// ---- platform ----------------------------------------------------------------------------------

#if defined(_WIN32)

void* OpenImage(const std::string& path) {
  return LoadLibraryW(std::wstring(path.begin(), path.end()).c_str());
}
std::string OpenFailure() { return std::string(); }
void CloseImage(void* handle) { FreeLibrary(static_cast<HMODULE>(handle)); }
void* FindSymbol(void* handle, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle), name));
}

#else

void* OpenImage(const std::string& path) { return dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL); }
std::string OpenFailure() {
  const char* text = dlerror();
  return text != nullptr ? text : "";
}
void CloseImage(void* handle) {
  dlclose(handle);
  ForgetBacktraceNames();  // the next library may be mapped to the same addresses
}
void* FindSymbol(void* handle, const char* name) { return dlsym(handle, name); }

#endif

// ---- errors of static initialisers -------------------------------------------------------------

/*!
 * \brief Takes the error that static initialisers raise while a library is opened.
 *
 * An error that was in the slot before belongs to someone else (the initialiser of an outer library
 * that opens this one) and is put back at the end.
 */
class RaisedErrorScope {
 public:
  RaisedErrorScope() : outer_(detail::MoveFromSafeCallRaised()) {}
  RaisedErrorScope(const RaisedErrorScope&) = delete;
  RaisedErrorScope& operator=(const RaisedErrorScope&) = delete;
  ~RaisedErrorScope() {
    if (outer_.defined()) detail::SetSafeCallRaised(outer_);
  }

  /*! \brief The error raised since construction; a null Error when there is none. */
  Error Take() { return detail::MoveFromSafeCallRaised(); }

 private:
  Error outer_;
};

/*!
 * \brief Libraries whose static initialisers failed, so that opening them again fails again.
 *
 * Initialisers run once per mapping: without this table the second attempt would hand out the
 * half-initialised library as if nothing had happened. Such libraries are never closed (tables of
 * the process refer to their code), so handles stay unique.
 */
class HalfInitializedLibraries {
 public:
  /*! \brief Never destroyed: the errors may be needed during static destruction. */
  static HalfInitializedLibraries* Global() {
    static HalfInitializedLibraries* instance = new HalfInitializedLibraries();
    return instance;
  }

  void Add(void* handle, const Error& error) {
    std::lock_guard<ForkSafeMutex> lock(mutex_);
    errors_.emplace(handle, error);
  }

  std::optional<Error> Find(void* handle) {
    std::lock_guard<ForkSafeMutex> lock(mutex_);
    auto it = errors_.find(handle);
    if (it == errors_.end()) return std::nullopt;
    return it->second;
  }

 private:
  ForkSafeMutex mutex_;
  std::unordered_map<void*, Error> errors_;
};

Error ExplainHalfInitialized(const Error& cause, const std::string& path) {
  return Error(
      cause.kind(),
      cause.message() + "\nThis was raised by a static initialiser of " + path +
          " while the library was being opened. The library is half-initialised and stays "
          "mapped: what it had registered before the error stays callable, what comes after "
          "is missing.",
      cause.backtrace());
}

// ---- library -----------------------------------------------------------------------------------

class DynamicLibrary final : public Library {
 public:
  explicit DynamicLibrary(const String& path) {
    // The name appears in the published message.
    lib_handle_ = HasEmbeddedNul(path) ? nullptr : OpenImage(path);
    TVM_FFI_ICHECK(lib_handle_ != nullptr)
        << "Failed to load dynamic shared library " << path << " "
        << (HasEmbeddedNul(path) ? "the path contains a NUL character" : OpenFailure());
  }

  ~DynamicLibrary() final {
    if (keep_open_) return;
    if (image_ != nullptr) DropLibraryImage(image_);
    CloseImage(lib_handle_);
  }

  void* GetSymbol(const std::string& name) final { return FindSymbol(lib_handle_, name.c_str()); }

  void KeepOpen() { keep_open_ = true; }
  /*! \brief Keep what the library was opened from, for backtraces, as long as it is open. */
  void KeepImage(const Bytes& image) {
    image_ = KeepLibraryImage(lib_handle_, image);
    ForgetBacktraceNames();  // initialisers may have been met without it
  }
  void* handle() const { return lib_handle_; }

 private:
  static bool HasEmbeddedNul(const String& path) {
    return std::string_view(path.data(), path.size()).find('\0') != std::string_view::npos;
  }

  void* lib_handle_;
  LibraryImage* image_ = nullptr;
  bool keep_open_ = false;
};

/*!
 * \brief Open a library, and keep it open for good when its initialisers registered anything.
 * \param path What to open.
 * \param image What stands there, if the path is good for opening only; else empty.
 * \throws What an initialiser threw, at this opening or an earlier one.
 */
std::shared_ptr<Library> OpenLibrary(const String& path, const Bytes& image) {
  RaisedErrorScope raised;
  const uint64_t registrations_before = NumRegistrations();
  std::shared_ptr<DynamicLibrary> library;
  try {
    library = std::make_shared<DynamicLibrary>(path);
  } catch (...) {
    raised.Take();  // opening failed as a whole, which the caller hears about
    throw;
  }
  if (image.size() != 0) library->KeepImage(image);
  Error init_error = raised.Take();
  if (init_error.defined() || NumRegistrations() != registrations_before) library->KeepOpen();
  if (init_error.defined()) {
    Error explained = ExplainHalfInitialized(init_error, path);
    HalfInitializedLibraries::Global()->Add(library->handle(), explained);
    throw explained;
  }
  if (std::optional<Error> earlier = HalfInitializedLibraries::Global()->Find(library->handle())) {
    throw *earlier;
  }
  return library;
}

}  // namespace

void KeepImageMapped(const void* address) {
#if defined(RTLD_NODELETE) && defined(RTLD_NOLOAD)
  Dl_info info;
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr) return;
  // Opening what is open already only adds the flag, which outlives the handle.
  if (void* handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE)) {
    dlclose(handle);
  }
#endif
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::GlobalDef()
      .def("ffi.Module.load_from_file.so",
           [](const String& path, const String& /*format*/) {
             return CreateLibraryModule(OpenLibrary(path, Bytes()));
           })
      // For loaders of payloads in memory: `path` may lead nowhere once the library is open.
      // Backtraces take lines and names of static functions from `image`, its content, which is
      // kept as long as the library.
      .def("ffi.Module.load_library_with_image", [](const String& path, const Bytes& image) {
        return CreateLibraryModule(OpenLibrary(path, image));
      });
}

}  // namespace ffi
}  // namespace tvm

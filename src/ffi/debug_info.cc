// SPDX-License-Identifier: Apache-2.0
/*!
 * \file debug_info.cc
 * \brief Functions, files and lines of code addresses, read by libbacktrace from DWARF and symbol
 *  tables.
 *
 * libbacktrace knows one set of modules per state: those that were loaded when it was first asked.
 * Here each module gets a state of its own, in addresses relative to its load address, when an
 * address of it is first met. So modules loaded later are seen, only the modules that frames come
 * from are read, and loading the same file again and again reads it once. A state cannot be freed,
 * therefore their number is bounded.
 *
 * A state learns its one module from `dl_iterate_phdr`, which is defined below for the archive of
 * libbacktrace that is linked into this library, and for nothing else.
 */
#include "debug_info.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <string_view>

#include TVM_FFI_LIBBACKTRACE_HEADER
#include "library_image.h"

namespace tvm {
namespace ffi {
namespace {

/*! \brief Most files whose information is kept; addresses in further ones have names only. */
constexpr int kMaxModuleFiles = 512;

/*!
 * \brief Most bytes of libraries opened from memory that are kept for their readers: unlike those
 * of files, the system cannot drop them.
 */
constexpr size_t kMaxImageBytes = size_t{64} << 20;

/*!
 * \brief What tells one file from another, also when it is replaced under the same name. A library
 *  that was opened from memory has a hash of its content for an inode, and no device.
 */
struct FileIdentity {
  dev_t device;
  ino_t inode;
  off_t size;
  timespec modified;

  bool operator==(const FileIdentity& other) const {
    return device == other.device && inode == other.inode && size == other.size &&
           modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec;
  }
};

/*! \brief A file that code was loaded from, and its reader. Never freed: the reader cannot be. */
struct ModuleFile {
  FileIdentity identity;
  std::string path;
  backtrace_state* reader;
  ModuleFile* next;
};

std::atomic<ModuleFile*> module_files{nullptr};
std::atomic<int> num_module_files{0};
std::atomic<size_t> num_image_bytes{0};

/*! \brief Stands for libraries whose information is not read. */
const ModuleFile* NoModuleFile() {
  static const auto* const none = new ModuleFile{};
  return none;
}

/*! \brief Whether this thread is in libbacktrace, which sees one module then. */
thread_local bool reading = false;

void IgnoreError(void* /*data*/, const char* /*message*/, int /*error_number*/) {}

/*!
 * \brief Opens the file that a module was mapped from and tells which it is.
 * \return Whether it is still the same: its first page, with the program headers and mostly the
 *  build id, is compared with memory, as files of just-in-time compilers come and go.
 */
bool IdentifyFile(const char* path, const void* mapped_begin, FileIdentity* identity) {
  constexpr size_t kCompared = 4096;
  const auto* header = static_cast<const ElfW(Ehdr)*>(mapped_begin);
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_phoff + size_t{header->e_phnum} * sizeof(ElfW(Phdr)) > kCompared) {
    return false;
  }
  const auto* segments =
      reinterpret_cast<const ElfW(Phdr)*>(static_cast<const char*>(mapped_begin) + header->e_phoff);
  size_t compared = 0;
  for (int i = 0; i < header->e_phnum && compared == 0; ++i) {
    if (segments[i].p_type == PT_LOAD && segments[i].p_offset == 0) {
      compared = std::min<size_t>(segments[i].p_filesz, kCompared);
    }
  }
  // Something else may stand there by now, a pipe that waits for its other end even.
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return false;
  char begin[kCompared];
  struct stat status;
  const bool same = compared != 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                    pread(file, begin, compared, 0) == static_cast<ssize_t>(compared) &&
                    std::memcmp(begin, mapped_begin, compared) == 0;
  close(file);
  if (same) *identity = {status.st_dev, status.st_ino, status.st_size, status.st_mtim};
  return same;
}

/*! \brief The reader that is known for a file, or NULL. */
ModuleFile* FindKnown(const FileIdentity& identity) {
  ModuleFile* known = module_files.load(std::memory_order_acquire);
  while (known != nullptr && !(known->identity == identity)) known = known->next;
  return known;
}

/*! \brief Makes a reader for a file, which nobody else sees yet. NULL beyond the bound. */
ModuleFile* MakeModuleFile(const char* path, const FileIdentity& identity) {
  if (num_module_files.fetch_add(1, std::memory_order_relaxed) >= kMaxModuleFiles) {
    num_module_files.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  auto* made = new ModuleFile{identity, path, nullptr, nullptr};
  made->reader = backtrace_create_state(made->path.c_str(), /*threaded=*/1, IgnoreError, nullptr);
  return made;
}

/*! \brief Lets others find a reader. Two threads may make one each, which costs memory only. */
void Publish(ModuleFile* made) {
  made->next = module_files.load(std::memory_order_relaxed);
  while (!module_files.compare_exchange_weak(made->next, made, std::memory_order_release,
                                             std::memory_order_relaxed)) {
  }
}

/*! \brief The reader for the file that a module was mapped from, or NULL. */
ModuleFile* ReaderOfFile(const link_map* module, const void* mapped_begin) {
  // Only the program itself has no name.
  const char* path = module->l_name[0] != '\0' ? module->l_name : "/proc/self/exe";
  FileIdentity identity;
  if (!IdentifyFile(path, mapped_begin, &identity)) return nullptr;
  ModuleFile* file = FindKnown(identity);
  if (file != nullptr) return file;
  file = MakeModuleFile(path, identity);
  if (file != nullptr) Publish(file);
  return file;
}

/*! \brief Bytes as a file without a name in the file system, as long as this object lives. */
class ImageFile {
 public:
  explicit ImageFile(std::string_view bytes)
      : file_(memfd_create("tvm_ffi_debug_info", MFD_CLOEXEC)) {
    while (file_ >= 0 && !bytes.empty()) {
      const ssize_t written = write(file_, bytes.data(), bytes.size());
      if (written <= 0) return;  // what is missing has no lines
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  }
  ImageFile(const ImageFile&) = delete;
  ImageFile& operator=(const ImageFile&) = delete;
  ~ImageFile() {
    if (file_ >= 0) close(file_);
  }
  std::string Path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

int IgnoreLocation(void* /*data*/, uintptr_t /*pc*/, const char* /*file*/, int /*line*/,
                   const char* /*function*/) {
  return 0;
}

/*! \brief Makes the reader for a library that was opened from memory; NULL beyond the bounds. */
ModuleFile* MakeImageReader(std::string_view bytes, const FileIdentity& identity) {
  if (num_image_bytes.fetch_add(bytes.size(), std::memory_order_relaxed) + bytes.size() >
      kMaxImageBytes) {
    num_image_bytes.fetch_sub(bytes.size(), std::memory_order_relaxed);
    return nullptr;
  }
  const ImageFile content(bytes);
  ModuleFile* made = MakeModuleFile(content.Path().c_str(), identity);
  if (made == nullptr) return nullptr;
  if (made->reader != nullptr) {
    // The first question makes it map what it needs, while the file is there.
    reading = true;
    backtrace_pcinfo(made->reader, 0, IgnoreLocation, IgnoreError, nullptr);
    reading = false;
  }
  Publish(made);
  return made;
}

/*! \brief The reader for a library that was opened from memory. Equal ones share it. */
const ModuleFile* ReaderOfImage(const LibraryImage& image) {
  if (const void* known = image.reader.load(std::memory_order_acquire)) {
    return static_cast<const ModuleFile*>(known);
  }
  const std::string_view bytes(image.bytes.data(), image.bytes.size());
  const FileIdentity identity{0, std::hash<std::string_view>()(bytes),
                              static_cast<off_t>(bytes.size()), timespec{}};
  const ModuleFile* file = FindKnown(identity);
  if (file == nullptr) file = MakeImageReader(bytes, identity);
  if (file == nullptr) file = NoModuleFile();
  image.reader.store(file, std::memory_order_release);
  return file;
}

/*! \brief Where libbacktrace's callbacks put what they are told; nothing may be thrown there. */
struct Answer {
  std::vector<CodeLocation>* locations;
  std::string symbol;
};

int AddLocation(void* data, uintptr_t /*pc*/, const char* file, int line, const char* function) {
  if (file == nullptr && function == nullptr) return 0;
  try {
    CodeLocation location;
    if (function != nullptr) location.function = function;
    if (file != nullptr) location.file = file;
    location.line = line;
    static_cast<Answer*>(data)->locations->push_back(std::move(location));
    return 0;
  } catch (...) {
    return 1;
  }
}

void SetSymbol(void* data, uintptr_t /*pc*/, const char* name, uintptr_t /*value*/,
               uintptr_t /*size*/) {
  try {
    if (name != nullptr) static_cast<Answer*>(data)->symbol = name;
  } catch (...) {  // NOLINT(bugprone-empty-catch)
    // out of memory: no name
  }
}

/*!
 * \brief Whether a module is the C library, whose frames tell nothing worth the reading: they start
 *  a program or a thread.
 */
bool IsCLibrary(const link_map* module) {
  static const link_map* const c_library = [] {
    Dl_info info;
    void* found = nullptr;
    dladdr1(reinterpret_cast<void*>(&gnu_get_libc_version), &info, &found, RTLD_DL_LINKMAP);
    return static_cast<const link_map*>(found);
  }();
  return module == c_library;
}

bool IsMangled(const std::string& name) { return name.compare(0, 2, "_Z") == 0; }

}  // namespace

void FindCodeLocations(uintptr_t pc, std::vector<CodeLocation>* out) {
  Dl_info info;
  link_map* module = nullptr;
  if (dladdr1(reinterpret_cast<void*>(pc), &info, reinterpret_cast<void**>(&module),
              RTLD_DL_LINKMAP) == 0 ||
      module == nullptr || IsCLibrary(module)) {
    return;
  }
  const LibraryImage* image = FindLibraryImage(module);
  const ModuleFile* file =
      image != nullptr ? ReaderOfImage(*image) : ReaderOfFile(module, info.dli_fbase);
  if (file == nullptr || file->reader == nullptr) return;

  Answer answer{out, {}};
  const uintptr_t address = pc - module->l_addr;
  reading = true;
  backtrace_pcinfo(file->reader, address, AddLocation, IgnoreError, &answer);
  backtrace_syminfo(file->reader, address, SetSymbol, IgnoreError, &answer);
  reading = false;
  // Debug information of functions without external linkage names them without their scope.
  if (out->empty() && !answer.symbol.empty()) out->emplace_back();
  if (!out->empty() && !IsMangled(out->back().function) &&
      (out->back().function.empty() || IsMangled(answer.symbol))) {
    out->back().function = std::move(answer.symbol);
  }
}

}  // namespace ffi
}  // namespace tvm

/*!
 * \brief Stands in for the C library's function, for the archives linked into this library: a
 *  thread that is reading sees the one module of its reader, loaded at address 0. The unwinder may
 *  be linked in too; it gets the real answer.
 */
extern "C" __attribute__((visibility("hidden"))) int dl_iterate_phdr(
    int (*callback)(dl_phdr_info* info, size_t size, void* data), void* data) {
  if (tvm::ffi::reading) {
    dl_phdr_info info{};
    info.dlpi_name = "";  // the file that the reader was made for
    return callback(&info, sizeof(info), data);
  }
  static const auto c_library =
      reinterpret_cast<decltype(&dl_iterate_phdr)>(dlsym(RTLD_NEXT, "dl_iterate_phdr"));
  return c_library == nullptr ? 0 : c_library(callback, data);
}

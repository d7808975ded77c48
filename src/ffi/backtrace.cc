// SPDX-License-Identifier: Apache-2.0
/*!
 * \file backtrace.cc
 * \brief TVMFFIBacktrace: the call stack as text, and the handler that prints it on SIGSEGV.
 *
 * The walk uses the unwinder of the C++ runtime. Frames get function, file and line from debug
 * information where the build has a reader for it (debug_info.h), else names from dynamic symbol
 * tables. Finding these and demangling costs microseconds to milliseconds, and errors are thrown
 * again and again from the same places, so each thread remembers the finished text lines of every
 * code address it has met; a walk over known frames only copies text. On x86-64 it also remembers
 * its last walks with the places of their return addresses, and skips a walk when these are all
 * unchanged. Per thread, because a walk then needs no lock: not against other throwing threads, not
 * in a forked child.
 */
#include "backtrace.h"

#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "debug_info.h"

#if !defined(_WIN32)
#include <pthread.h>
#include <unistd.h>
#endif

#if TVM_FFI_USE_LIBBACKTRACE && !defined(_MSC_VER) && !defined(__EMSCRIPTEN__)
#define TVM_FFI_WALK_STACK_ 1
#include <cxxabi.h>
#include <dlfcn.h>
#include <unwind.h>
#else
#define TVM_FFI_WALK_STACK_ 0
#endif

// Where the return address of a frame is known to lie right below its canonical frame address.
#if TVM_FFI_WALK_STACK_ && defined(__x86_64__) && defined(__linux__)
#define TVM_FFI_REMEMBER_WALKS_ 1
#else
#define TVM_FFI_REMEMBER_WALKS_ 0
#endif

namespace tvm {
namespace ffi {
namespace {

constexpr int kDefaultLimit = 512;

/*! \brief Whether `text` starts with one of the given strings. */
template <size_t N>
bool StartsWithAny(std::string_view text, const std::string_view (&prefixes)[N]) {
  for (std::string_view prefix : prefixes) {
    if (text.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

/*! \brief Frames that tell the reader nothing: this library's own way of calling and throwing. */
bool IsExcludedFunction(std::string_view function) {
  // The second TVMFFIErrorSetRaisedFromCStr form is covered by the first.
  static constexpr std::string_view kPrefixes[] = {
      "tvm::ffi::Function",           "tvm::ffi::detail::", "TVMFFIBacktrace", "__libc_",
      "TVMFFIErrorSetRaisedFromCStr", "ffi_call_",
  };
  return StartsWithAny(function, kPrefixes);
}

bool IsExcludedFile(std::string_view file) {
  static constexpr std::string_view kParts[] = {
      "include/tvm/ffi/error.h",
      "include/tvm/ffi/function_detail.h",
      "include/tvm/ffi/function.h",
      "include/tvm/ffi/any.h",
      "include/c++/",
  };
  for (std::string_view part : kParts) {
    if (file.find(part) != std::string_view::npos) return true;
  }
  return false;
}

void AppendLine(std::string* out, std::string_view file, int line, std::string_view function) {
  out->append("  File \"").append(file).append("\", line ").append(std::to_string(line));
  out->append(", in ").append(function).append("\n");
}

#if TVM_FFI_WALK_STACK_

/*! \brief Grows whenever remembered names may be wrong. */
std::atomic<uint64_t> name_generation{0};

/*! \brief Most frames a thread remembers, about a megabyte of text. */
constexpr size_t kMaxRememberedFrames = 8192;

/*! \brief Frames where the code of this process hands over to an interpreter or another language.
 */
bool IsBoundaryFunction(std::string_view function) {
  static constexpr std::string_view kPrefixes[] = {
      "TVMFFIFunctionCall", "slot_tp_call", "object_is_not_callable", "_Py", "PyObject",
  };
  return StartsWithAny(function, kPrefixes);
}

/*! \brief `TVM_TRACEBACK_LIMIT`, if it is a whole number that fits an int. */
int TracebackLimit() {
  const char* text = std::getenv("TVM_TRACEBACK_LIMIT");
  if (text == nullptr || *text == '\0') return kDefaultLimit;
  errno = 0;
  char* end = nullptr;
  long long value = std::strtoll(text, &end, 10);  // NOLINT(google-runtime-int)
  if (errno != 0 || *end != '\0' || value < 0 || value > std::numeric_limits<int>::max()) {
    return kDefaultLimit;
  }
  return static_cast<int>(value);
}

/*! \brief What is known about a function at a code address. */
struct FrameFunction {
  bool boundary = false;
  /*! \brief Never printed. */
  bool hidden = false;
  /*! \brief Its finished line. */
  std::string line;
};

/*! \brief The function at a code address and those inlined there, innermost first. */
using Frame = std::vector<FrameFunction>;

std::string Demangled(const std::string& name) {
  // Plain names of C functions can read like encoded types.
  if (name.compare(0, 2, "_Z") != 0) return name;
  int status = 0;
  char* demangled = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  std::string result = status == 0 && demangled != nullptr ? demangled : name;
  std::free(demangled);
  return result;
}

/*! \brief The finished line of a function; an empty name stands for the address. */
FrameFunction MakeFrameFunction(uintptr_t pc, const CodeLocation& location) {
  std::string name = Demangled(location.function);
  if (name.empty()) {
    char address[2 + 16 + 1];
    std::snprintf(address, sizeof(address), "0x%016llx",
                  static_cast<unsigned long long>(pc));  // NOLINT(google-runtime-int)
    name = address;
  }
  FrameFunction function;
  function.boundary = IsBoundaryFunction(name);
  function.hidden = IsExcludedFunction(name) || IsExcludedFile(location.file) ||
                    (location.file.empty() && name.compare(0, 3, "0x0") == 0);
  AppendLine(&function.line, location.file.empty() ? "<unknown>" : location.file, location.line,
             name);
  return function;
}

Frame ResolveFrame(uintptr_t pc) {
  std::vector<CodeLocation> locations;
#if TVM_FFI_HAS_LIBBACKTRACE
  if (FindCodeLocations != nullptr) FindCodeLocations(pc, &locations);
#endif
  Dl_info info;
  if (locations.empty()) locations.emplace_back();
  if (locations.back().function.empty() && dladdr(reinterpret_cast<void*>(pc), &info) != 0 &&
      info.dli_sname != nullptr) {
    locations.back().function = info.dli_sname;
  }
  Frame frame;
  for (const CodeLocation& location : locations) frame.push_back(MakeFrameFunction(pc, location));
  return frame;
}

using FrameMemory = std::unordered_map<uintptr_t, Frame>;

/*! \brief A place on the stack and the return address found there. */
struct ReturnSlot {
  const uintptr_t* place;
  uintptr_t address;
};

#if TVM_FFI_REMEMBER_WALKS_

/*! \brief Longest walk worth remembering, in frames. */
constexpr size_t kMaxRememberedSlots = 128;

/*!
 * \brief A finished walk. It is valid again when a walk starts at the same place of the same stack
 *  and every return address on its way is the one it was.
 *
 * A frame of variable size could in principle move while stale copies of all these addresses stay
 * in their old places; the text would then name the callers of the earlier walk.
 */
struct RememberedWalk {
  uintptr_t frame_address = 0;
  uintptr_t start_ip = 0;
  bool cross_ffi_boundary = false;
  int frames_to_skip = 0;
  int num_lines = 0;
  std::string text;
  std::vector<ReturnSlot> slots;

  __attribute__((no_sanitize("address"))) bool StackIsUnchanged() const {
    for (const ReturnSlot& slot : slots) {
      if (*slot.place != slot.address) return false;
    }
    return true;
  }
};

/*! \brief Addresses of a thread's stack, empty if unknown. */
struct StackRange {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool Contains(uintptr_t address) const { return begin <= address && address < end; }
};

StackRange FindStackRange() {
  StackRange range;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return range;
  void* begin = nullptr;
  size_t size = 0;
  if (pthread_attr_getstack(&attributes, &begin, &size) == 0) {
    range.begin = reinterpret_cast<uintptr_t>(begin);
    range.end = range.begin + size;
  }
  pthread_attr_destroy(&attributes);
  return range;
}

#endif  // TVM_FFI_REMEMBER_WALKS_

/*! \brief One walk up the stack. */
struct Walk {
  std::string* out;
  /*! \brief NULL: look every frame up anew. */
  FrameMemory* memory;
  /*! \brief The walk proper starts at the frame with this return address. */
  uintptr_t start_ip;
  bool started;
  bool cross_ffi_boundary;
  int frames_to_skip;
  int lines_left;
  /*! \brief If not NULL, receives the return addresses after the first. */
  std::vector<ReturnSlot>* slots;

  /*!
   * \brief Looks at a frame and returns whether to go on.
   * \param ip Address in the frame's function.
   * \param ip_is_return_address Whether it follows a call.
   * \param cfa Frame address of the function that was called there.
   */
  bool Visit(uintptr_t ip, bool ip_is_return_address, uintptr_t cfa) {
    if (started) {
      if (slots != nullptr && ip != 0) {
        slots->push_back(ReturnSlot{reinterpret_cast<const uintptr_t*>(cfa) - 1, ip});
      }
    } else {
      if (ip != start_ip) return true;
      started = true;
    }
    if (ip == 0 || lines_left <= 0) return false;
    // A return address may already belong to the next function.
    const uintptr_t pc = ip_is_return_address ? ip - 1 : ip;
    if (memory == nullptr) return Append(ResolveFrame(pc));
    auto it = memory->find(pc);
    if (it == memory->end()) {
      if (memory->size() >= kMaxRememberedFrames) memory->clear();
      it = memory->emplace(pc, ResolveFrame(pc)).first;
    }
    return Append(it->second);
  }

  bool Append(const Frame& frame) {
    for (const FrameFunction& function : frame) {
      if (lines_left <= 0 || (function.boundary && !cross_ffi_boundary)) return false;
      if (frames_to_skip > 0) {
        --frames_to_skip;
      } else if (!function.hidden) {
        out->append(function.line);
        --lines_left;
      }
    }
    return true;
  }
};

/*! \brief Called by the unwinder for each frame; nothing may be thrown through it. */
_Unwind_Reason_Code VisitFrame(_Unwind_Context* context, void* data) noexcept {
  try {
    int before_instruction = 0;
    uintptr_t ip = static_cast<uintptr_t>(_Unwind_GetIPInfo(context, &before_instruction));
    uintptr_t cfa = static_cast<uintptr_t>(_Unwind_GetCFA(context));
    bool go_on = static_cast<Walk*>(data)->Visit(ip, before_instruction == 0, cfa);
    return go_on ? _URC_NO_REASON : _URC_END_OF_STACK;
  } catch (...) {
    return _URC_END_OF_STACK;  // out of memory: the text ends here
  }
}

#endif  // TVM_FFI_WALK_STACK_

/*! \brief What a thread keeps between calls. */
struct ThreadState {
  /*! \brief While a backtrace is made; a signal handler that asks for another one gets none. */
  volatile std::sig_atomic_t busy = 0;
  std::string text;
  TVMFFIByteArray result{"", 0};
#if TVM_FFI_WALK_STACK_
  FrameMemory memory;
  uint64_t generation = 0;
  void AppendWalk(uintptr_t start_ip, uintptr_t frame_address, bool cross_ffi_boundary,
                  int frames_to_skip, int lines_left);
  void ForgetIfOutdated();
#endif
#if TVM_FFI_REMEMBER_WALKS_
  RememberedWalk walks[16];
  StackRange stack = FindStackRange();
  RememberedWalk* FindWalk(uintptr_t start_ip, uintptr_t frame_address) {
    // Frames are aligned to 16 bytes, code is not.
    return &walks[((frame_address >> 4) ^ start_ip) % 16];
  }
#endif
};

#if TVM_FFI_WALK_STACK_

void ThreadState::ForgetIfOutdated() {
  const uint64_t current = name_generation.load(std::memory_order_acquire);
  if (generation == current) return;
  memory.clear();
#if TVM_FFI_REMEMBER_WALKS_
  for (RememberedWalk& walk : walks) walk.frame_address = 0;
#endif
  generation = current;
}

#if TVM_FFI_REMEMBER_WALKS_

/*!
 * \brief Whether the places of the return addresses can be read in later calls from the same frame:
 *  all of them lie in this thread's own stack, above that frame, and hold what the unwinder said.
 */
__attribute__((no_sanitize("address"))) bool CanRemember(const std::vector<ReturnSlot>& slots,
                                                         uintptr_t frame_address,
                                                         const StackRange& stack) {
  if (slots.size() > kMaxRememberedSlots || !stack.Contains(frame_address)) return false;
  for (const ReturnSlot& slot : slots) {
    const uintptr_t place = reinterpret_cast<uintptr_t>(slot.place);
    if (place <= frame_address || !stack.Contains(place) || place % sizeof(place) != 0)
      return false;
    if (*slot.place != slot.address) return false;
  }
  return true;
}

void ThreadState::AppendWalk(uintptr_t start_ip, uintptr_t frame_address, bool cross_ffi_boundary,
                             int frames_to_skip, int lines_left) {
  RememberedWalk* known = FindWalk(start_ip, frame_address);
  if (known->frame_address == frame_address && known->start_ip == start_ip &&
      known->cross_ffi_boundary == cross_ffi_boundary && known->frames_to_skip == frames_to_skip &&
      known->num_lines < lines_left && known->StackIsUnchanged()) {
    text.append(known->text);
    return;
  }
  known->frame_address = 0;
  known->slots.clear();
  const size_t begin = text.size();
  Walk walk{&text,          &memory,    start_ip,     false, cross_ffi_boundary,
            frames_to_skip, lines_left, &known->slots};
  _Unwind_Backtrace(VisitFrame, &walk);
  // A walk that the limit may have cut short is not remembered.
  if (walk.lines_left <= 0 || !CanRemember(known->slots, frame_address, stack)) return;
  known->start_ip = start_ip;
  known->cross_ffi_boundary = cross_ffi_boundary;
  known->frames_to_skip = frames_to_skip;
  known->num_lines = lines_left - walk.lines_left;
  known->text.assign(text, begin, std::string::npos);
  known->frame_address = frame_address;
}

#else

void ThreadState::AppendWalk(uintptr_t start_ip, uintptr_t /*frame_address*/,
                             bool cross_ffi_boundary, int frames_to_skip, int lines_left) {
  Walk walk{&text,          &memory,    start_ip, false, cross_ffi_boundary,
            frames_to_skip, lines_left, nullptr};
  _Unwind_Backtrace(VisitFrame, &walk);
}

#endif  // TVM_FFI_REMEMBER_WALKS_
#endif  // TVM_FFI_WALK_STACK_

/*! \brief Marks a thread's state as being changed. */
struct BusyScope {
  explicit BusyScope(ThreadState* state) : state(state) { state->busy = 1; }
  ~BusyScope() { state->busy = 0; }
  ThreadState* state;
};

// A plain pointer, so that errors can be thrown at any time, also by destructors that run while the
// thread ends.
thread_local ThreadState* thread_state = nullptr;

void ReleaseThreadState() { delete std::exchange(thread_state, nullptr); }

#if defined(_WIN32)

struct ThreadStateGuard {
  bool armed = false;
  ~ThreadStateGuard() { ReleaseThreadState(); }
};
thread_local ThreadStateGuard thread_state_guard;

void ReleaseAtThreadExit() { thread_state_guard.armed = true; }

#else

// Thread-specific data goes after the thread_local variables, and again if its destructors make new
// data, so that even the state of an error thrown that late is released.
void ReleaseAtThreadExit() {
  static const pthread_key_t key = [] {
    pthread_key_t made;
    pthread_key_create(&made, [](void*) { ReleaseThreadState(); });
    return made;
  }();
  pthread_setspecific(key, thread_state);
}

#endif

ThreadState* GetThreadState() {
  if (thread_state == nullptr) {
    thread_state = new ThreadState();
    ReleaseAtThreadExit();
  }
  return thread_state;
}

}  // namespace

void ForgetBacktraceNames() noexcept {
#if TVM_FFI_WALK_STACK_
  name_generation.fetch_add(1, std::memory_order_release);
#endif
}

}  // namespace ffi
}  // namespace tvm

#if defined(_MSC_VER)
#define TVM_FFI_BACKTRACE_NOINLINE_ __declspec(noinline)
#else
#define TVM_FFI_BACKTRACE_NOINLINE_ __attribute__((noinline))
#endif

TVM_FFI_BACKTRACE_NOINLINE_
const TVMFFIByteArray* TVMFFIBacktrace(const char* filename, int lineno, const char* func,
                                       int cross_ffi_boundary) {
  using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
  static const TVMFFIByteArray kEmpty{"", 0};
  try {
    ThreadState* state = GetThreadState();
    if (state->busy != 0) return &kEmpty;
    BusyScope scope(state);
    std::string& text = state->text;
    text.clear();
    const bool has_location = filename != nullptr && func != nullptr;
    if (has_location && !IsExcludedFunction(func) && !IsExcludedFile(filename)) {
      AppendLine(&text, filename, lineno, func);
    }
#if TVM_FFI_WALK_STACK_
    state->ForgetIfOutdated();
    // The frame that the location stands for is the one this call returns to. Without a location
    // nothing is left out; this function itself would be excluded by its name.
    const int lines_left = TracebackLimit() - (text.empty() ? 0 : 1);
    if (lines_left > 0) {
      state->AppendWalk(
          reinterpret_cast<uintptr_t>(__builtin_extract_return_addr(__builtin_return_address(0))),
          reinterpret_cast<uintptr_t>(__builtin_frame_address(0)), cross_ffi_boundary != 0,
          has_location ? 1 : 0, lines_left);
    }
#endif
    state->result = TVMFFIByteArray{text.data(), text.size()};
    return &state->result;
  } catch (...) {
    return &kEmpty;  // out of memory
  }
}

#if TVM_FFI_WALK_STACK_ && TVM_FFI_BACKTRACE_ON_SEGFAULT

namespace tvm {
namespace ffi {
namespace {

/*! \brief Seconds after which the process dies without a complete backtrace. */
constexpr unsigned kSecondsForReport = 10;

/*! \brief Writes without the locks of stdio, which the fault may have left locked. */
void WriteToStderr(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

/*! \brief Lets the process die of the signal. */
void DieOfSegfault(int /*signal*/) {
  std::signal(SIGSEGV, SIG_DFL);
  sigset_t segfault;
  sigemptyset(&segfault);
  sigaddset(&segfault, SIGSEGV);
  pthread_sigmask(SIG_UNBLOCK, &segfault, nullptr);
  std::raise(SIGSEGV);
}

/*! \brief Prints where the fault happened and lets the process die of it all the same. */
void HandleSegfault(int /*signal*/) {
  // A fault inside this handler ends the process at once: the signal is blocked here. A fault in
  // the memory allocator may leave it locked, in which case the alarm ends the process.
  std::signal(SIGALRM, DieOfSegfault);
  alarm(kSecondsForReport);
  WriteToStderr("!!!!!!! Segfault encountered !!!!!!!\n");
  std::string text;
  // The thread's remembered frames may be in the middle of a change, so they are not used.
  Walk walk{&text, nullptr, 0, true, true, 0, TracebackLimit(), nullptr};
  _Unwind_Backtrace(VisitFrame, &walk);
  text.append("\n");
  WriteToStderr(text);
  DieOfSegfault(SIGSEGV);
}

// On the alternative stack of threads that have one, so that an overflow of the stack is reported.
__attribute__((constructor)) void InstallSegfaultHandler() {
  struct sigaction action {};
  action.sa_handler = HandleSegfault;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_WALK_STACK_ && TVM_FFI_BACKTRACE_ON_SEGFAULT

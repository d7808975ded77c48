// SPDX-License-Identifier: Apache-2.0
// The text of backtraces: format, limits, what is left out, and the segfault handler.
#include <gtest/gtest.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#if defined(__linux__)
#include <pthread.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>
#endif

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using tvm::ffi::Error;
using tvm::ffi::Function;
using tvm::ffi::Module;

std::string ToString(const TVMFFIByteArray* text) { return std::string(text->data, text->size); }

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(text.substr(begin, end - begin));
  }
  EXPECT_EQ(begin, text.size()) << "every line ends with a newline";
  return lines;
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

/*! \brief Sets TVM_TRACEBACK_LIMIT for a scope. */
class WithLimit {
 public:
  explicit WithLimit(const char* value) { setenv("TVM_TRACEBACK_LIMIT", value, 1); }
  ~WithLimit() { unsetenv("TVM_TRACEBACK_LIMIT"); }
};

/*!
 * \brief The error that TestRaiseError of the fixture library raises. The test program itself has
 * no dynamic symbols that could name its frames.
 */
Error RaiseInFixture() {
  Function raise = Function::GetGlobalRequired("testing.test_raise_error");
  try {
    raise("ValueError", "message");
  } catch (const Error& error) {
    return error;
  }
  return Error("none", "nothing was raised", "");
}

/*! \brief A backtrace taken below `depth` named frames (TestApply of the fixture library). */
std::string BacktraceBelow(int depth, const char* filename, const char* function) {
  std::string text;
  Function apply = Function::GetGlobalRequired("testing.apply");
  Function innermost =
      Function::FromTyped([&]() { text = ToString(TVMFFIBacktrace(filename, 1, function, 1)); });
  Function call = innermost;
  for (int i = 0; i < depth; ++i) {
    call = Function::FromTyped([apply, inner = call]() { apply(inner); });
  }
  call();
  return text;
}

TEST(Backtrace, GivenLocationIsTheFirstLine) {
  std::string text = ToString(TVMFFIBacktrace("some/file.cc", 42, "int Foo(int)", 0));
  ASSERT_FALSE(Lines(text).empty());
  EXPECT_EQ(Lines(text)[0], "  File \"some/file.cc\", line 42, in int Foo(int)");
}

TEST(Backtrace, EveryLineHasTheDocumentedForm) {
  std::regex form("  File \"[^\"]*\", line [0-9]+, in .+");
  for (const std::string& line : Lines(ToString(TVMFFIBacktrace("f.cc", 1, "f", 1)))) {
    EXPECT_TRUE(std::regex_match(line, form)) << line;
  }
}

TEST(Backtrace, HalfALocationIsIgnored) {
  EXPECT_EQ(Count(ToString(TVMFFIBacktrace("only_file.cc", 1, nullptr, 0)), "only_file.cc"), 0u);
  EXPECT_EQ(Count(ToString(TVMFFIBacktrace(nullptr, 1, "only_function", 0)), "only_function"), 0u);
}

TEST(Backtrace, OwnMachineryIsLeftOut) {
  EXPECT_EQ(Count(ToString(TVMFFIBacktrace(nullptr, 0, nullptr, 1)), "TVMFFIBacktrace"), 0u);
  EXPECT_EQ(Count(ToString(TVMFFIBacktrace("a/include/tvm/ffi/error.h", 1, "marker", 0)), "marker"),
            0u);
  EXPECT_EQ(Count(ToString(TVMFFIBacktrace("f.cc", 1, "tvm::ffi::detail::Marker()", 0)), "Marker"),
            0u);
}

TEST(Backtrace, ThrowerIsListedOnce) {
  std::string text = RaiseInFixture().backtrace();
  EXPECT_EQ(Count(text, "TestRaiseError"), 1u) << text;
  EXPECT_NE(Lines(text)[0].find("TestRaiseError"), std::string::npos) << text;
  EXPECT_EQ(Count(text, "tvm::ffi::detail::"), Count(Lines(text)[0], "tvm::ffi::detail::")) << text;
}

TEST(Backtrace, RepeatedThrowGivesTheSameText) {
  // The second throw is answered from memory.
  std::string texts[2];
  for (std::string& text : texts) text = RaiseInFixture().backtrace();
  EXPECT_EQ(texts[0], texts[1]);
}

TEST(Backtrace, NamedFramesFollowInnermostFirst) {
  std::string text = BacktraceBelow(3, "f.cc", "f");
  EXPECT_EQ(Lines(text)[0], "  File \"f.cc\", line 1, in f");
  EXPECT_EQ(Count(text, "TestApply"), 3u) << text;
}

TEST(Backtrace, FollowsTheStackOfEachCall) {
  // Walks are remembered; another way to the same place must not be answered from memory.
  for (int round = 0; round < 3; ++round) {
    for (int depth = 0; depth < 6; ++depth) {
      EXPECT_EQ(Count(BacktraceBelow(depth, "f.cc", "f"), "TestApply"), static_cast<size_t>(depth));
    }
  }
}

TEST(Backtrace, DeepStackIsCutAtTheDefaultLimit) {
  EXPECT_EQ(Lines(BacktraceBelow(600, "f.cc", "f")).size(), 512u);
}

#if defined(__linux__)
ucontext_t fiber_caller;
std::string fiber_text;
void FiberMain() { fiber_text = ToString(TVMFFIBacktrace("fiber.cc", 1, "fiber", 1)); }

TEST(Backtrace, WorksOnAStackThatIsNotTheThreads) {
  std::vector<char> stack(256 * 1024);
  for (int round = 0; round < 3; ++round) {
    ucontext_t fiber;
    ASSERT_EQ(getcontext(&fiber), 0);
    fiber.uc_stack.ss_sp = stack.data();
    fiber.uc_stack.ss_size = stack.size();
    fiber.uc_link = &fiber_caller;
    makecontext(&fiber, FiberMain, 0);
    fiber_text.clear();
    ASSERT_EQ(swapcontext(&fiber_caller, &fiber), 0);
    ASSERT_FALSE(fiber_text.empty());
    EXPECT_EQ(Lines(fiber_text)[0], "  File \"fiber.cc\", line 1, in fiber");
  }
}
#endif

TEST(Backtrace, LimitBoundsTheNumberOfLines) {
  ASSERT_GE(Lines(BacktraceBelow(3, "f.cc", "f")).size(), 4u);
  {
    WithLimit limit("0");
    EXPECT_EQ(Lines(BacktraceBelow(3, "f.cc", "f")).size(), 1u) << "the given line is always there";
    EXPECT_EQ(BacktraceBelow(3, nullptr, nullptr), "");
  }
  for (size_t lines : {1, 2, 3}) {
    WithLimit limit(std::to_string(lines).c_str());
    EXPECT_EQ(Lines(BacktraceBelow(3, "f.cc", "f")).size(), lines);
    EXPECT_EQ(Lines(BacktraceBelow(3, nullptr, nullptr)).size(), lines);
  }
}

TEST(Backtrace, MalformedLimitMeansTheDefault) {
  const std::string expected = BacktraceBelow(3, "f.cc", "f");
  for (const char* text : {"", "-1", "1x", "x", "2147483648", "99999999999999999999", "1.0"}) {
    WithLimit limit(text);
    EXPECT_EQ(Lines(BacktraceBelow(3, "f.cc", "f")).size(), Lines(expected).size()) << text;
  }
}

TEST(Backtrace, EachThreadHasItsOwnText) {
  const TVMFFIByteArray* mine = TVMFFIBacktrace("mine.cc", 1, "mine", 0);
  std::string before = ToString(mine);
  std::thread([&]() {
    const TVMFFIByteArray* other = TVMFFIBacktrace("other.cc", 1, "other", 0);
    EXPECT_NE(other, mine);
    EXPECT_EQ(Count(ToString(other), "mine.cc"), 0u);
  }).join();
  EXPECT_EQ(ToString(mine), before);
}

TEST(Backtrace, ConcurrentThrowsAreIndependent) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([]() {
      for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(Count(RaiseInFixture().backtrace(), "TestRaiseError"), 1u);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

struct ThrowsAtThreadExit {
  std::string* text;
  ~ThrowsAtThreadExit() { *text = ToString(TVMFFIBacktrace("late.cc", 1, "late", 0)); }
};

TEST(Backtrace, WorksInDestructorsOfAnEndingThread) {
  std::string text;
  std::thread([&]() {
    // Destroyed after the thread's remembered frames, which are made later.
    thread_local ThrowsAtThreadExit late{&text};
    (void)late;
    TVMFFIBacktrace("early.cc", 1, "early", 0);
  }).join();
  ASSERT_FALSE(text.empty());
  EXPECT_EQ(Lines(text)[0], "  File \"late.cc\", line 1, in late");
}

TEST(Backtrace, ErrorRaisedFromCCarriesOne) {
  TVMFFIErrorSetRaisedFromCStr("ValueError", "x");
  Error error = tvm::ffi::detail::MoveFromSafeCallRaised();
  EXPECT_EQ(Count(error.backtrace(), "TVMFFIErrorSetRaisedFromCStr"), 0u) << error.backtrace();
}

#if defined(__linux__)

/*! \brief A fixture library (fixtures/traced.cc), loaded for the life of the object. */
class TracedLibrary {
 public:
  explicit TracedLibrary(const std::string& path) : module_(Module::LoadFromFile(path)) {}

  /*! \brief Source line in Inlined (0), Internal (1) or Exported (2) that calls the next one. */
  int line(int function) const {
    return module_->GetFunction("traced_line").value()(function).cast<int>();
  }
  /*! \brief A backtrace taken below the functions of the library. */
  std::string Backtrace() const {
    std::string text;
    void (*take)(void*) = [](void* data) {
      *static_cast<std::string*>(data) = ToString(TVMFFIBacktrace("f.cc", 1, "f", 1));
    };
    module_->GetFunction("traced_call")
        .value()(reinterpret_cast<void*>(take), static_cast<void*>(&text));
    return text;
  }

  static std::string Path(const std::string& name) {
    return std::string(TVM_FFI_TEST_FIXTURE_DIR) + "/lib" + name + ".so";
  }

 private:
  Module module_;
};

/*! \brief A library file of its own, so that nothing is known of it. Removed with the object. */
class TemporaryCopy {
 public:
  explicit TemporaryCopy(const std::string& path)
      : path_(std::filesystem::temp_directory_path() /
              ("tvm_ffi_traced_" + std::to_string(getpid()) + ".so")) {
    std::filesystem::copy_file(path, path_, std::filesystem::copy_options::overwrite_existing);
  }
  ~TemporaryCopy() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/*! \brief Whether the text has a frame of traced.cc at the line, in a function of that name. */
[[maybe_unused]] bool HasTracedFrame(const std::string& text, int line,
                                     const std::string& function) {
  std::regex form("  File \"[^\"]*traced\\.cc\", line " + std::to_string(line) + ", in [^\n]*" +
                  function);
  return std::regex_search(text, form);
}

void ExpectTracedFrames(const TracedLibrary& library) {
  const std::string text = library.Backtrace();
#if TVM_FFI_TEST_HAS_LIBBACKTRACE
  EXPECT_TRUE(HasTracedFrame(text, library.line(0), "Inlined")) << text;
  EXPECT_TRUE(HasTracedFrame(text, library.line(1), "traced::Internal\\(")) << text;
  EXPECT_TRUE(HasTracedFrame(text, library.line(2), "traced::Exported\\(")) << text;
  EXPECT_LT(text.find("Inlined"), text.find("Internal"));
  EXPECT_LT(text.find("Internal"), text.find("Exported"));
#else
  EXPECT_EQ(Count(text, "  File \"<unknown>\", line 0, in traced::Exported("), 1u) << text;
#endif
}

TEST(BacktraceDebugInfo, FramesCarryFileAndLine) {
  ExpectTracedFrames(TracedLibrary(TracedLibrary::Path("fixture_traced")));
}

TEST(BacktraceDebugInfo, WithoutItExportedFunctionsHaveNames) {
  TracedLibrary library(TracedLibrary::Path("fixture_traced_stripped"));
  const std::string text = library.Backtrace();
  EXPECT_EQ(Count(text, "  File \"<unknown>\", line 0, in traced::Exported("), 1u) << text;
  EXPECT_EQ(Count(text, "  File \"<unknown>\", line 0, in __tvm_ffi_traced_call"), 1u) << text;
}

TEST(BacktraceDebugInfo, LibrariesLoadedLaterAreSeen) {
  TracedLibrary first(TracedLibrary::Path("fixture_traced"));
  ExpectTracedFrames(first);
  TemporaryCopy copy(TracedLibrary::Path("fixture_traced"));
  ExpectTracedFrames(TracedLibrary(copy.path()));
}

TEST(BacktraceDebugInfo, ReloadedLibraryIsFoundAtItsNewAddress) {
  TemporaryCopy copy(TracedLibrary::Path("fixture_traced"));
  { ExpectTracedFrames(TracedLibrary(copy.path())); }
  // Takes the room that the first loading left.
  TracedLibrary other(TracedLibrary::Path("fixture_traced_stripped"));
  ExpectTracedFrames(TracedLibrary(copy.path()));
}

TEST(BacktraceDebugInfo, FileThatWasReplacedIsNotBelieved) {
  // The reader must not tell lines of another build, nor mind that the file is gone.
  TemporaryCopy copy(TracedLibrary::Path("fixture_traced"));
  TracedLibrary library(copy.path());
  std::filesystem::remove(copy.path());
  std::filesystem::copy_file(TracedLibrary::Path("fixture_traced_stripped"), copy.path());
  const std::string replaced = library.Backtrace();
  EXPECT_EQ(Count(replaced, "line 0, in traced::Exported("), 1u) << replaced;

  TemporaryCopy gone(TracedLibrary::Path("fixture_traced"));
  TracedLibrary orphan(gone.path());
  std::filesystem::remove(gone.path());
  EXPECT_EQ(Count(orphan.Backtrace(), "in traced::Exported("), 1u);
}

TEST(BacktraceDebugInfo, ThreadsMayReadOneLibraryAtOnce) {
  TemporaryCopy copy(TracedLibrary::Path("fixture_traced"));
  TracedLibrary library(copy.path());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&]() { ExpectTracedFrames(library); });
  for (std::thread& thread : threads) thread.join();
}

// ---- unusual places -----------------------------------------------------------------------------

TEST(Backtrace, SmallStackIsEnough) {
  // What remains of an ordinary stack when deep recursion meets an error.
  constexpr size_t kStackSize = 64 * 1024;
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kStackSize), 0);
  std::string text;
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* data) -> void* {
                  TemporaryCopy copy(TracedLibrary::Path("fixture_traced"));
                  *static_cast<std::string*>(data) = TracedLibrary(copy.path()).Backtrace();
                  return nullptr;
                },
                &text),
            0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(Count(text, "in traced::Exported("), 1u) << text;
}

__attribute__((noinline)) int RecurseAndThrow(int depth) {
  if (depth < 0) return 0;
  if (depth == 0) TVM_FFI_THROW(ValueError) << "deep";
  const int below = RecurseAndThrow(depth - 1);
  asm volatile("");
  return below + 1;
}

TEST(Backtrace, DeepRecursionIsCutAtTheLimit) {
  try {
    RecurseAndThrow(10000);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_LE(Lines(error.backtrace()).size(), 512u);
    EXPECT_NE(error.backtrace().find("RecurseAndThrow"), std::string::npos);
  }
}

std::string signal_text;
std::atomic<int> num_signals{0};
/*! \brief Whether the thread is in the call that signals are to interrupt. */
std::atomic<bool> in_call{false};

TEST(Backtrace, WorksInASignalHandler) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { signal_text = ToString(TVMFFIBacktrace("s.cc", 1, "s", 1)); };
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  BacktraceBelow(1, "f.cc", "f");
  Function apply = Function::GetGlobalRequired("testing.apply");
  apply(Function::FromTyped([]() { std::raise(SIGUSR1); }));
  sigaction(SIGUSR1, &before, nullptr);
  ASSERT_FALSE(signal_text.empty());
  EXPECT_EQ(Lines(signal_text)[0], "  File \"s.cc\", line 1, in s");
  EXPECT_EQ(Count(signal_text, "TestApply"), 1u) << "the walk goes on below the signal\n"
                                                 << signal_text;
}

#if !defined(__SANITIZE_THREAD__)  // it delays signals
TEST(Backtrace, SignalWhileOneIsMadeLeavesItWhole) {
  // The handler must not change what the interrupted call is working on.
  struct sigaction action {};
  struct sigaction before {};
  action.sa_flags = SA_RESTART;
  action.sa_handler = [](int) {
    // A result lasts until the thread's next call, which this is: not while one is being read.
    if (!in_call.load()) return;
    TVMFFIBacktrace("s.cc", 1, "s", 0);
    num_signals.fetch_add(1);
  };
  ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
  WithLimit limit("8");
  in_call.store(true);
  for (int i = 0; i < 3; ++i) std::raise(SIGALRM);  // its own frames are known now
  in_call.store(false);
  const std::string expected = ToString(TVMFFIBacktrace("f.cc", 1, "f", 0));
  struct itimerval often {
    {0, 1000}, { 0, 1000 }
  };
  struct itimerval never {};
  setitimer(ITIMER_REAL, &often, nullptr);
  std::string wrong;
  while (num_signals.load() < 40 && wrong.empty()) {
    in_call.store(true);
    const TVMFFIByteArray* text = TVMFFIBacktrace("f.cc", 1, "f", 0);
    in_call.store(false);
    if (text->size == 0 || std::string_view(text->data, 10) != "  File \"f.") {
      // A handler that ran after the call may have replaced the text, never torn it.
      const std::string_view seen(text->data, text->size);
      if (seen.substr(0, 10) != "  File \"s.") wrong = std::string(seen) + "?";
    }
  }
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_EQ(wrong, "");
  EXPECT_EQ(Lines(expected)[0], "  File \"f.cc\", line 1, in f");
}
#endif

#endif  // defined(__linux__)

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Sanitizers have their own handler and do not let the process die of the signal.
TEST(BacktraceDeathTest, SegfaultPrintsABacktraceAndStillKills) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(std::raise(SIGSEGV), testing::KilledBySignal(SIGSEGV),
              "!!!!!!! Segfault encountered !!!!!!!\n  File \"");
}

TEST(BacktraceDeathTest, SegfaultWhileStderrIsLockedStillKills) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        std::thread([]() { flockfile(stderr); }).join();
        std::raise(SIGSEGV);
      },
      testing::KilledBySignal(SIGSEGV), "!!!!!!! Segfault encountered !!!!!!!");
}

/*! \brief Overflows the stack. */
__attribute__((noinline)) int RecurseForever(volatile int* depth) {
  volatile int frame[1024];
  frame[0] = *depth = *depth + 1;
  if (frame[0] < 0) return 0;
  return RecurseForever(depth) + frame[0];
}

TEST(BacktraceDeathTest, StackOverflowIsReportedOnTheAlternativeStack) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        std::vector<char> stack(256 * 1024);
        stack_t alternative{};
        alternative.ss_sp = stack.data();
        alternative.ss_size = stack.size();
        sigaltstack(&alternative, nullptr);
        volatile int depth = 0;
        RecurseForever(&depth);
      },
      testing::KilledBySignal(SIGSEGV), "!!!!!!! Segfault encountered !!!!!!!");
}
#endif

}  // namespace

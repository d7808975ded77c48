// SPDX-License-Identifier: Apache-2.0
// The text of backtraces: format, limits, what is left out, and the segfault handler.
#include <gtest/gtest.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#if defined(__linux__)
#include <ucontext.h>
#endif

#include <csignal>
#include <cstdlib>
#include <regex>
#include <string>
#include <thread>
#include <vector>

namespace {

using tvm::ffi::Error;
using tvm::ffi::Function;

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

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Sanitizers have their own handler and do not let the process die of the signal.
TEST(BacktraceDeathTest, SegfaultPrintsABacktraceAndStillKills) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(std::raise(SIGSEGV), testing::KilledBySignal(SIGSEGV),
              "!!!!!!! Segfault encountered !!!!!!!\n  File \"");
}
#endif

}  // namespace

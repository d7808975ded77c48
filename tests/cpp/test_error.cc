// SPDX-License-Identifier: Apache-2.0
// Behaviour of error.h: the Error exception, the throw and check macros, the raised-error slot, and
// blocks that throw while the program is being loaded.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "core_objects.h"

namespace {

using namespace core_tests;

TEST(ErrorLayout, IsAnExceptionWithOneReference) {
  EXPECT_EQ(sizeof(Error), 16u);
  EXPECT_EQ(sizeof(ErrorObj), 96u);
  EXPECT_EQ(sizeof(detail::ErrorObjFromStd), 192u);
  EXPECT_TRUE((std::is_base_of_v<std::exception, Error>));
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<Error>);
  Error error("ValueError", "text", "");
  EXPECT_EQ(static_cast<const void*>(static_cast<const std::exception*>(&error)), &error);
  const char* ref = reinterpret_cast<const char*>(static_cast<const ObjectRef*>(&error));
  EXPECT_EQ(ref - reinterpret_cast<const char*>(&error), 8);
  EXPECT_FALSE(Error::_type_is_nullable);
  EXPECT_EQ(error.type_index(), TypeIndex::kTVMFFIError);
}

TEST(ErrorTest, KeepsKindMessageAndBacktrace) {
  Error error("TypeError", "here", "test0\ntest1\ntest2\n");
  EXPECT_EQ(error.kind(), "TypeError");
  EXPECT_EQ(error.message(), "here");
  EXPECT_STREQ(error.what(), "here");
  EXPECT_EQ(error.backtrace(), "test0\ntest1\ntest2\n");
  EXPECT_EQ(error.TracebackMostRecentCallLast(), "test2\ntest1\ntest0\n");
  EXPECT_EQ(error.FullMessage(),
            "Traceback (most recent call last):\ntest2\ntest1\ntest0\nTypeError: here\n");
  TVMFFIByteArray bytes{"line\nrest", 5};
  EXPECT_EQ(Error("A", "b", &bytes).backtrace(), "line\n");
}

TEST(ErrorTest, TracebackDropsEmptyLinesAndAnUnfinishedOne) {
  EXPECT_EQ(Error("A", "b", "x\n\ny\nunfinished").TracebackMostRecentCallLast(), "y\nx\n");
  EXPECT_EQ(Error("A", "b", "").TracebackMostRecentCallLast(), "");
  EXPECT_EQ(Error("A", "b", "no line end").TracebackMostRecentCallLast(), "");
  EXPECT_EQ(Error("A", "b", "\n\nz\n").TracebackMostRecentCallLast(), "z\n");
}

TEST(ErrorTest, BacktraceIsReplacedOrAppended) {
  Error error("A", "b", "one\n");
  Error shared = error;
  TVMFFIByteArray more{"two\n", 4};
  error.UpdateBacktrace(&more, kTVMFFIBacktraceUpdateModeAppend);
  EXPECT_EQ(shared.backtrace(), "one\ntwo\n");
  error.UpdateBacktrace(&more, 7);
  EXPECT_EQ(error.backtrace(), "one\ntwo\ntwo\n") << "every other mode appends";
  error.UpdateBacktrace(&more, kTVMFFIBacktraceUpdateModeReplace);
  EXPECT_EQ(shared.backtrace(), "two\n");
}

TEST(ErrorTest, OwnsItsCauseAndContext) {
  IntRef context(5);
  {
    Error cause("KeyError", "inner", "");
    Error error("ValueError", "outer", "", cause, ObjectRef(context));
    EXPECT_EQ(context.use_count(), 2);
    EXPECT_EQ(cause.use_count(), 2);
    ASSERT_TRUE(error.cause_chain().has_value());
    EXPECT_EQ(error.cause_chain()->message(), "inner");
    ASSERT_TRUE(error.extra_context().has_value());
    EXPECT_TRUE(error.extra_context()->same_as(context));
  }
  EXPECT_EQ(context.use_count(), 1);
  Error plain("A", "b", "");
  EXPECT_FALSE(plain.cause_chain().has_value());
  EXPECT_FALSE(plain.extra_context().has_value());
}

TEST(ErrorTest, ALongChainOfCausesIsReleased) {
  // Not by recursion, which would overflow the stack.
  Error first("First", "message", "");
  {
    Error last = first;
    for (int i = 0; i < 300000; ++i) last = Error("Later", "message", "", last, std::nullopt);
    EXPECT_EQ(first.use_count(), 2);
  }
  EXPECT_EQ(first.use_count(), 1);
}

TEST(ErrorTest, AnErrorHeldElsewhereKeepsItsCauses) {
  Error middle("Middle", "message", "", Error("First", "message", ""), std::nullopt);
  { Error last("Last", "message", "", middle, std::nullopt); }
  ASSERT_TRUE(middle.cause_chain().has_value());
  EXPECT_EQ(middle.cause_chain()->kind(), "First");
}

TEST(ErrorTest, IsAValue) {
  Error error("ValueError", "text", "");
  Any any = error;
  EXPECT_EQ(any.type_index(), TypeIndex::kTVMFFIError);
  ASSERT_TRUE(any.as<Error>().has_value());
  EXPECT_EQ(any.as<Error>()->message(), "text");
  EXPECT_EQ(any.cast<Error>().use_count(), 3);
  EXPECT_EQ(EnvErrorAlreadySet().kind(), "EnvErrorAlreadySet");
  EXPECT_EQ(EnvErrorAlreadySet().message(), "");
}

int ThrowsFromHere(int x) { TVM_FFI_THROW(ValueError) << "value is " << x << "!"; }

TEST(Throw, StreamsTheMessageAndRecordsThePlace) {
  const Error error = CatchError([] { ThrowsFromHere(3); });
  EXPECT_EQ(error.kind(), "ValueError");
  EXPECT_EQ(error.message(), "value is 3!");
  const std::string first_line = error.backtrace().substr(0, error.backtrace().find('\n'));
  EXPECT_NE(first_line.find("test_error.cc\", line "), std::string::npos) << error.backtrace();
  EXPECT_NE(first_line.find("ThrowsFromHere(int)"), std::string::npos) << error.backtrace();
  const std::string full = error.FullMessage();
  EXPECT_NE(full.find("ThrowsFromHere"), std::string::npos);
  EXPECT_NE(full.find("ValueError: value is 3!\n"), std::string::npos);
}

TEST(Throw, AcceptsAnyKindAndAnEmptyMessage) {
  const Error error = CatchError([] { TVM_FFI_THROW(MyOwnKind); });
  EXPECT_EQ(error.kind(), "MyOwnKind");
  EXPECT_EQ(error.message(), "");
}

TEST(Throw, LoggingFormPrintsTheFullMessageFirst) {
  testing::internal::CaptureStderr();
  const Error error = CatchError([] { TVM_FFI_LOG_AND_THROW(IOError) << "disk"; });
  const std::string printed = testing::internal::GetCapturedStderr();
  EXPECT_EQ(printed, error.FullMessage());
  testing::internal::CaptureStderr();
  CatchError([] { TVM_FFI_THROW(IOError) << "disk"; });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Throw, BuilderTakesCauseAndContext) {
  Error cause("KeyError", "inner", "");
  TVMFFIByteArray backtrace{"frame\n", 6};
  const Error error = CatchError([&] {
    detail::ErrorBuilder("ValueError", &backtrace, false, cause, ObjectRef(IntRef(1))).stream()
        << "outer";
  });
  EXPECT_EQ(error.message(), "outer");
  EXPECT_EQ(error.backtrace(), "frame\n");
  EXPECT_TRUE(error.cause_chain()->same_as(cause));
  EXPECT_NE(error.extra_context()->as<IntObj>(), nullptr);
  const Error from_string = CatchError([] {
    detail::ErrorBuilder(std::string("K"), std::string("frame\n"), false).stream() << "m";
  });
  EXPECT_EQ(from_string.backtrace(), "frame\n");
}

TEST(Check, ConditionShowsItsText) {
  const int value = -5;
  TVM_FFI_CHECK(value < 0, ValueError) << "not evaluated";
  const Error error = CatchError([&] { TVM_FFI_CHECK(value >= 0, ValueError) << "got " << value; });
  EXPECT_EQ(error.kind(), "ValueError");
  EXPECT_EQ(error.message(), "Check failed: (value >= 0) is false: got -5");
  const Error internal = CatchError([&] { TVM_FFI_ICHECK(value == 1); });
  EXPECT_EQ(internal.kind(), "InternalError");
  EXPECT_EQ(internal.message(), "Check failed: (value == 1) is false: ");
}

TEST(Check, ComparisonsShowBothValues) {
  const int x = 1;
  const int y = 2;
  auto text = [](auto&& f) { return CatchError(f).message(); };
  EXPECT_EQ(text([&] { TVM_FFI_ICHECK_EQ(x, y) << "hello"; }),
            "Check failed: x == y (1 vs. 2) : hello");
  EXPECT_EQ(text([&] { TVM_FFI_ICHECK_GT(x, y); }), "Check failed: x > y (1 vs. 2) : ");
  EXPECT_EQ(text([&] { TVM_FFI_ICHECK_GE(x, y); }), "Check failed: x >= y (1 vs. 2) : ");
  EXPECT_EQ(text([&] { TVM_FFI_ICHECK_LT(y, x); }), "Check failed: y < x (2 vs. 1) : ");
  EXPECT_EQ(text([&] { TVM_FFI_ICHECK_LE(y, x); }), "Check failed: y <= x (2 vs. 1) : ");
  EXPECT_EQ(text([&] { TVM_FFI_ICHECK_NE(x, x); }), "Check failed: x != x (1 vs. 1) : ");
  EXPECT_EQ(text([&] { TVM_FFI_CHECK_EQ(x + 1, y * 2, IndexError); }),
            "Check failed: x + 1 == y * 2 (2 vs. 4) : ");
  EXPECT_EQ(CatchError([&] { TVM_FFI_CHECK_LT(y, x, IndexError); }).kind(), "IndexError");
  EXPECT_EQ(text([&] { TVM_FFI_CHECK_EQ(std::string("a"), "b", ValueError); }),
            "Check failed: std::string(\"a\") == \"b\" (a vs. b) : ");
}

TEST(Check, OperandsAreEvaluatedOnceAndMixedSignsCompile) {
  int calls = 0;
  auto next = [&] { return ++calls; };
  TVM_FFI_ICHECK_EQ(next(), 1);
  EXPECT_EQ(calls, 1);
  CatchError([&] { TVM_FFI_ICHECK_EQ(next(), 7); });
  EXPECT_EQ(calls, 2);
  TVM_FFI_ICHECK_LT(1, static_cast<size_t>(2));
  TVM_FFI_ICHECK_GE(static_cast<uint64_t>(2), 2);
}

TEST(Check, NotNullYieldsItsValue) {
  int value = 3;
  int* ptr = &value;
  EXPECT_EQ(*TVM_FFI_CHECK_NOTNULL(ptr, ValueError), 3);
  EXPECT_EQ(TVM_FFI_ICHECK_NOTNULL(ptr), ptr);
  ptr = nullptr;
  const Error error = CatchError([&] { (void)TVM_FFI_CHECK_NOTNULL(ptr, ValueError); });
  EXPECT_EQ(error.kind(), "ValueError");
  EXPECT_EQ(error.message(), "Check not null: ptr ");
}

TEST(Check, DebugChecksFollowNDEBUG) {
  int evaluated = 0;
  auto fail = [&] {
    ++evaluated;
    return false;
  };
  const Error error = CatchError([&] { TVM_FFI_DCHECK(fail()) << "debug"; });
  const Error eq = CatchError([&] { TVM_FFI_DCHECK_EQ(fail(), true); });
  int* null = nullptr;
  const Error null_error = CatchError([&] { (void)TVM_FFI_DCHECK_NOTNULL(null); });
#ifdef NDEBUG
  EXPECT_EQ(evaluated, 0);
  EXPECT_EQ(error.kind(), "NoError");
  EXPECT_EQ(eq.kind(), "NoError");
  EXPECT_EQ(null_error.kind(), "NoError");
#else
  EXPECT_EQ(evaluated, 2);
  EXPECT_EQ(error.message(), "Check failed: (fail()) is false: debug");
  EXPECT_EQ(eq.kind(), "InternalError");
  EXPECT_EQ(null_error.message(), "Check not null: null ");
#endif
}

TEST(RaisedSlot, HoldsOneErrorPerThread) {
  Error error("ValueError", "raised", "");
  detail::SetSafeCallRaised(error);
  EXPECT_EQ(error.use_count(), 2);
  std::thread([] {
    TVMFFIObjectHandle handle = nullptr;
    TVMFFIErrorMoveFromRaised(&handle);
    EXPECT_EQ(handle, nullptr) << "another thread has its own slot";
  }).join();
  Error taken = detail::MoveFromSafeCallRaised();
  EXPECT_TRUE(taken.same_as(error));
  EXPECT_FALSE(detail::MoveFromSafeCallRaised().defined());
}

TEST(RaisedSlot, FailedCallWithoutAnErrorIsStillAnError) {
  const Error error = CatchError([] { TVM_FFI_CHECK_SAFE_CALL(-1); });
  EXPECT_EQ(error.kind(), "InternalError");
  EXPECT_EQ(error.message(), "a call returned a non-zero code without raising an error");
}

int SafeCallBody(int how) {
  TVM_FFI_SAFE_CALL_BEGIN();
  if (how == 1) TVM_FFI_THROW(KeyError) << "ours";
  if (how == 2) throw std::runtime_error("theirs");
  if (how == 3) throw 5;
  if (how == 4) return 17;
  TVM_FFI_SAFE_CALL_END();
}

TEST(SafeCall, TurnsExceptionsIntoRaisedErrors) {
  EXPECT_EQ(SafeCallBody(0), 0);
  EXPECT_EQ(SafeCallBody(4), 17);
  EXPECT_EQ(SafeCallBody(1), -1);
  EXPECT_EQ(detail::MoveFromSafeCallRaised().kind(), "KeyError");
  EXPECT_EQ(SafeCallBody(2), -1);
  Error std_error = detail::MoveFromSafeCallRaised();
  EXPECT_EQ(std_error.kind(), "InternalError");
  EXPECT_EQ(std_error.message(), "theirs");
  EXPECT_EQ(std_error.backtrace(), "");
  EXPECT_THROW(SafeCallBody(3), int) << "foreign exceptions propagate";
}

TEST(SafeCall, AnyNonZeroCodeThrowsTheRaisedError) {
  for (int code : {1, -1, -2}) {
    const Error error = CatchError([&] {
      TVMFFIErrorSetRaisedFromCStr("ValueError", "from C");
      TVM_FFI_CHECK_SAFE_CALL(code);
    });
    EXPECT_EQ(error.message(), "from C");
  }
  int calls = 0;
  auto ok = [&] { return ++calls, 0; };
  TVM_FFI_CHECK_SAFE_CALL(ok());
  EXPECT_EQ(calls, 1);
}

// ---- blocks that throw while a binary is loaded ----

int blocks_run = 0;
TVM_FFI_STATIC_INIT_BLOCK() { ++blocks_run; }
TVM_FFI_STATIC_INIT_BLOCK() { ++blocks_run; }

void FailingBlock() { TVM_FFI_THROW(ValueError) << "kind registered twice"; }

TEST(StaticInit, SeveralBlocksOfAFileRun) { EXPECT_EQ(blocks_run, 2); }

TEST(StaticInit, ErrorOfABlockIsLeftForTheLoader) {
  testing::internal::CaptureStderr();
  detail::RunStaticInit(FailingBlock);
  const std::string printed = testing::internal::GetCapturedStderr();
  EXPECT_NE(printed.find("ValueError: kind registered twice"), std::string::npos) << printed;
  Error error = detail::MoveFromSafeCallRaised();
  ASSERT_TRUE(error.defined());
  EXPECT_EQ(error.kind(), "ValueError");
  EXPECT_EQ(error.message(), "kind registered twice");
  EXPECT_NE(error.backtrace(), "");
}

TEST(StaticInit, TheFirstErrorStaysWhateverLaterBlocksDo) {
  void (*later_blocks[])() = {
      [] {},
      [] { TVM_FFI_THROW(IndexError) << "a later error"; },
      [] { detail::SetSafeCallRaised(Error("KeyError", "handled", "")); },
      [] { detail::MoveFromSafeCallRaised(); },
  };
  testing::internal::CaptureStderr();
  for (void (*later)() : later_blocks) {
    for (auto run : {detail::RunStaticInit, detail::RunStaticInitPlain}) {
      detail::RunStaticInit(FailingBlock);
      run(later);
      Error error = detail::MoveFromSafeCallRaised();
      ASSERT_TRUE(error.defined());
      EXPECT_EQ(error.message(), "kind registered twice");
    }
  }
  testing::internal::GetCapturedStderr();
}

TEST(StaticInit, ErrorsThatABlockHandlesAreNoFailure) {
  for (auto run : {detail::RunStaticInit, detail::RunStaticInitPlain}) {
    run([] { detail::SetSafeCallRaised(Error("KeyError", "handled", "")); });
    EXPECT_FALSE(detail::MoveFromSafeCallRaised().defined());
  }
}

TEST(StaticInit, ForeignExceptionsOfABlockBecomeInternalErrors) {
  testing::internal::CaptureStderr();
  detail::RunStaticInit([] { throw std::runtime_error("theirs"); });
  Error std_error = detail::MoveFromSafeCallRaised();
  ASSERT_TRUE(std_error.defined());
  EXPECT_EQ(std_error.kind(), "InternalError");
  EXPECT_EQ(std_error.message(), "theirs");
  detail::RunStaticInit([] { throw 5; });
  Error unknown = detail::MoveFromSafeCallRaised();
  ASSERT_TRUE(unknown.defined());
  EXPECT_EQ(unknown.kind(), "InternalError");
  detail::RunStaticInitPlain([] { throw std::runtime_error("plain"); });
  Error plain = detail::MoveFromSafeCallRaised();
  ASSERT_TRUE(plain.defined());
  EXPECT_EQ(plain.message(), "plain");
  testing::internal::GetCapturedStderr();
}

}  // namespace

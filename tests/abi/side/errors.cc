// SPDX-License-Identifier: Apache-2.0
//
// Errors with causes and context: made and thrown by one side, caught, extended and thrown again by
// the other.
#include <tvm/ffi/error.h>
#include <tvm/ffi/expected.h>

#include <stdexcept>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::Error;

Error MakeError(const String& kind, const String& message, const Optional<Error>& cause,
                const Optional<ObjectRef>& context) {
  std::optional<Error> cause_chain;
  std::optional<ObjectRef> extra_context;
  if (cause.has_value()) cause_chain = *cause;
  if (context.has_value()) extra_context = *context;
  return Error(std::string(kind), std::string(message), "first line\n", cause_chain, extra_context);
}

void Throw(const Error& error) { throw error; }

void ThrowOfKind(const String& what) {
  if (what == "throw") TVM_FFI_THROW(KeyError) << "no entry " << 42;
  if (what == "check") TVM_FFI_CHECK_LT(2, 1, ValueError) << "wrong order";
  if (what == "internal") TVM_FFI_ICHECK(what.empty()) << "must be empty";
  if (what == "std") throw std::runtime_error("a standard exception");
  if (what == "range") throw std::out_of_range("out of a standard range");
  Function::FromPacked([](const AnyView*, int32_t, Any*) -> void {
    TVM_FFI_THROW(StopIteration) << "from below";
  })();
}

// Calls and adds to the error on its way.
void CallAndWrap(const Function& f) {
  try {
    f();
  } catch (const Error& error) {
    throw Error("RuntimeError", "wrapped", "", error, std::nullopt);
  }
}
void CallAndPass(const Function& f) { f(); }

String Describe(const Error& error) {
  std::ostringstream text;
  text << error.kind() << ": " << error.message() << " [" << error.backtrace() << "] "
       << error.what();
  if (auto cause = error.cause_chain()) text << " <- " << Describe(*cause);
  if (auto context = error.extra_context()) text << " with " << context->GetTypeKey();
  return String(text.str());
}

void Append(Error error, const String& line, bool append) {
  TVMFFIByteArray bytes{line.data(), line.size()};
  error.UpdateBacktrace(
      &bytes, append ? kTVMFFIBacktraceUpdateModeAppend : kTVMFFIBacktraceUpdateModeReplace);
}

// Leaves an error in the thread's slot, and takes one from there.
void Raise(const Error& error) { ffi::detail::SetSafeCallRaised(error); }
Any TakeRaised() {
  TVMFFIObjectHandle handle = nullptr;
  TVMFFIErrorMoveFromRaised(&handle);
  if (handle == nullptr) return nullptr;
  return ffi::detail::ObjectUnsafe::ObjectRefFromObjectPtr<ObjectRef>(
      ffi::detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(static_cast<TVMFFIObject*>(handle)));
}

ffi::Expected<int64_t> Checked(int64_t x) {
  TVM_FFI_RET_CHECK_GE(x, 0, ValueError) << "negative";
  return x * 2;
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("error_make"), &MakeError)
      .def(ABI_NAME("error_throw"), &Throw)
      .def(ABI_NAME("error_throw_kind"), &ThrowOfKind)
      .def(ABI_NAME("error_wrap"), &CallAndWrap)
      .def(ABI_NAME("error_pass"), &CallAndPass)
      .def(ABI_NAME("error_describe"), &Describe)
      .def(ABI_NAME("error_append"), &Append)
      .def(ABI_NAME("error_raise"), &Raise)
      .def(ABI_NAME("error_take"), &TakeRaised)
      .def(ABI_NAME("error_checked"), &Checked);
}

template <typename F>
Error Catch(const F& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& exception) {  // calls between C++ functions pass these on
    return Error("std", exception.what(), "ThrowOfKind");
  }
  return Error("NoError", "", "");
}

}  // namespace

ABI_SUBJECT(errors) {
  const Error cause = peer["error_make"]("IOError", "the cause", nullptr, nullptr).cast<Error>();
  const Error own = MakeError("ValueError", "a message that is long", cause, Base(1));
  const Error theirs =
      peer["error_make"]("ValueError", "a message that is long", cause, Base(1)).cast<Error>();
  out(Describe(own));
  ABI_EXPECT(Describe(own) == Describe(theirs));
  ABI_EXPECT(peer["error_describe"](own).cast<String>() == Describe(theirs));
  ABI_EXPECT(own.cause_chain()->same_as(*theirs.cause_chain()));
  for (const Error& error : {own, theirs}) {
    const Error caught = Catch([&] { peer["error_throw"](error); });
    ABI_EXPECT(caught.same_as(error));
    const Error passed =
        Catch([&] { peer["error_pass"](Function::FromTyped([&] { throw error; })); });
    ABI_EXPECT(passed.same_as(error));
    out(passed.kind(), passed.message());
    const Error wrapped = Catch(
        [&] { peer["error_wrap"](Function::FromTyped([&] { peer["error_throw"](error); })); });
    ABI_EXPECT(wrapped.cause_chain()->same_as(error));
    out(wrapped.kind(), wrapped.message(), wrapped.cause_chain()->cause_chain()->kind());
  }
}

ABI_SUBJECT(kinds_of_errors) {
  for (const char* what : {"throw", "check", "internal", "std", "range", "nested"}) {
    const Error theirs = Catch([&] { peer["error_throw_kind"](what); });
    out(what, theirs.kind(), theirs.message());
    // The place where it was thrown is on the stack that the error carries.
    out(theirs.backtrace().find("ThrowOfKind") != std::string::npos);
    const Error through =
        Catch([&] { peer["error_pass"](Function::FromTyped([&] { ThrowOfKind(what); })); });
    out(through.kind(), through.message());
  }
}

ABI_SUBJECT(backtraces) {
  const Error theirs = peer["error_make"]("E", "m", nullptr, nullptr).cast<Error>();
  Error own = MakeError("E", "m", std::nullopt, std::nullopt);
  const std::string long_line(100, 'x');
  peer["error_append"](own, "second line\n", true);
  Append(theirs, "second line\n", true);
  peer["error_append"](own, String(long_line + "\n"), true);
  Append(theirs, String(long_line + "\n"), true);
  out(own.backtrace(), own.FullMessage());
  ABI_EXPECT(own.backtrace() == theirs.backtrace() && own.FullMessage() == theirs.FullMessage());
  peer["error_append"](own, "only this", false);
  out(own.backtrace(), own.TracebackMostRecentCallLast());
}

ABI_SUBJECT(raised_slot) {
  const Error own = MakeError("E", "in the slot", std::nullopt, std::nullopt);
  Raise(own);
  ABI_EXPECT(peer["error_take"]().same_as(own));
  peer["error_raise"](own);
  ABI_EXPECT(TakeRaised().same_as(own));
  out(TakeRaised() == nullptr, own.use_count());
}

ABI_SUBJECT(expected_errors) {
  const Function checked = peer["error_checked"];
  out(checked(4).cast<int64_t>(), checked(-4).GetTypeKey(),
      checked.CallExpected<int64_t>(-4).error().message());
  const auto result = checked(-1).cast<ffi::Expected<int64_t>>();
  out(result.is_err(), ErrorOf([&] { result.value(); }), result.value_or(9));
}

}  // namespace ABI_SIDE

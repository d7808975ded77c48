// SPDX-License-Identifier: Apache-2.0
/*!
 * \file error.cc
 * \brief `tvm_ffi.core.Error`, and errors in both directions.
 *
 * An FFI error stores its frames innermost first; a Python traceback is the reverse. Going out, the
 * frames of a Python exception are written in front of the native ones; coming in, every stored
 * frame is added below the exception's traceback, so each frame shows once, in true order. An
 * exception remembers the FFI error it came from (`__tvm_ffi_error__`), and that same error is
 * raised again when it crosses the border once more.
 */

#include <string>
#include <string_view>

#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

PyTypeObject ErrorType = {PyVarObject_HEAD_INIT(nullptr, 0)};

namespace {

PyObject* TextOf(const TVMFFIByteArray& text) {
  return PyUnicode_DecodeUTF8(text.data, static_cast<Py_ssize_t>(text.size), "replace");
}

TVMFFIErrorCell* CellOf(PyObject* self) {
  TVMFFIObject* handle = RequireHandle(self);
  return handle != nullptr ? TVMFFIErrorGetCellPtr(handle) : nullptr;
}

// ---- the type -----------------------------------------------------------------------------------

bool TextArgument(PyObject* value, TVMFFIByteArray* out) {
  if (!PyUnicode_Check(value)) {
    PyErr_Format(PyExc_AttributeError, "'%s' object has no attribute 'encode'",
                 Py_TYPE(value)->tp_name);
    return false;
  }
  return ToByteArray(value, out);
}

int ErrorInit(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"kind", "message", "backtrace", nullptr};
  PyObject *kind, *message, *backtrace;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOO:Error", const_cast<char**>(kNames), &kind,
                                   &message, &backtrace)) {
    return -1;
  }
  TVMFFIByteArray texts[3];
  if (!TextArgument(kind, &texts[0]) || !TextArgument(message, &texts[1]) ||
      !TextArgument(backtrace, &texts[2])) {
    return -1;
  }
  TVMFFIObjectHandle out = nullptr;
  if (TVMFFIErrorCreate(&texts[0], &texts[1], &texts[2], &out) != 0) {
    PyErr_SetString(PyExc_MemoryError, "Failed to create error object");
    return -1;
  }
  TVMFFIObject* old = HandleOf(self);
  HandleOf(self) = static_cast<TVMFFIObject*>(out);
  if (old != nullptr) DecRef(old);
  return 0;
}

PyObject* GetKind(PyObject* self, void*) {
  TVMFFIErrorCell* cell = CellOf(self);
  return cell != nullptr ? TextOf(cell->kind) : nullptr;
}

PyObject* GetMessage(PyObject* self, void*) {
  TVMFFIErrorCell* cell = CellOf(self);
  return cell != nullptr ? TextOf(cell->message) : nullptr;
}

PyObject* GetBacktrace(PyObject* self, void*) {
  TVMFFIErrorCell* cell = CellOf(self);
  return cell != nullptr ? TextOf(cell->backtrace) : nullptr;
}

PyObject* GetExtraContext(PyObject* self, void*) {
  TVMFFIErrorCell* cell = CellOf(self);
  if (cell == nullptr) return nullptr;
  auto* context = static_cast<TVMFFIObject*>(cell->extra_context);
  if (context == nullptr) Py_RETURN_NONE;
  IncRef(context);
  return ObjectToPy(context, nullptr);
}

void ReplaceBacktrace(TVMFFIObject* error, const TVMFFIByteArray& text) {
  TVMFFIErrorGetCellPtr(error)->update_backtrace(error, &text, kTVMFFIBacktraceUpdateModeReplace);
}

PyObject* UpdateBacktrace(PyObject* self, PyObject* text) {
  TVMFFIByteArray content;
  if (RequireHandle(self) == nullptr || !TextArgument(text, &content)) return nullptr;
  ReplaceBacktrace(HandleOf(self), content);
  Py_RETURN_NONE;
}

/*! \brief The exception class registered for a kind; RuntimeError for unknown ones. Borrowed. */
PyObject* ClassOfKind(PyObject* kind) {
  PyObject* table = PyDict_GetItemWithError(g_core_dict, g_names.error_name_to_type);
  PyObject* cls = table != nullptr ? PyDict_GetItemWithError(table, kind) : nullptr;
  return cls != nullptr ? cls : PyExc_RuntimeError;
}

/*! \brief The Python exception of an error wrapper, with the stored frames in its traceback. */
PyObject* PyError(PyObject* self, PyObject*) {
  PyRef kind(GetKind(self, nullptr));
  if (!kind) return nullptr;
  PyRef message(GetMessage(self, nullptr));
  if (!message) return nullptr;
  PyRef exc(PyObject_CallOneArg(ClassOfKind(kind.get()), message.get()));
  if (!exc) return nullptr;
  PyObject* hook = PyDict_GetItemWithError(g_core_dict, g_names.with_append_backtrace);
  if (hook != nullptr && hook != Py_None) {
    PyRef text(GetBacktrace(self, nullptr));
    if (!text) return nullptr;
    PyObject* args[] = {exc.get(), text.get()};
    exc = PyRef(PyObject_Vectorcall(hook, args, 2, nullptr));
    if (!exc) return nullptr;
  }
  if (PyObject_SetAttr(exc.get(), g_names.tvm_ffi_error, self) < 0) return nullptr;
  return exc.release();
}

PyObject* ErrorReduce(PyObject* self, PyObject*) {
  if (HandleOf(self) == nullptr) {
    PyObject* maker = PyDict_GetItemString(g_core_dict, "_new_object");
    return maker != nullptr ? Py_BuildValue("O(O)", maker, &ErrorType) : nullptr;
  }
  return Py_BuildValue("O(NNN)", &ErrorType, GetKind(self, nullptr), GetMessage(self, nullptr),
                       GetBacktrace(self, nullptr));
}

PyMethodDef kErrorMethods[] = {
    {"update_backtrace", UpdateBacktrace, METH_O, "Replace the stored backtrace."},
    {"py_error", PyError, METH_NOARGS, "The Python exception of this error."},
    {"__reduce__", ErrorReduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef kErrorGetSet[] = {
    {"kind", GetKind, nullptr, "Name of the error class.", nullptr},
    {"message", GetMessage, nullptr, "Text of the error.", nullptr},
    {"backtrace", GetBacktrace, nullptr, "Stored frames, innermost call first.", nullptr},
    {"extra_context", GetExtraContext, nullptr, "Attached payload object or None.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

// ---- tracebacks ---------------------------------------------------------------------------------

#if PY_VERSION_HEX >= 0x030B0000
constexpr int kFirstInstruction = 0;

/*!
 * \brief `code` with its lines, but without columns.
 *
 * CPython 3.11 and 3.12 mark the columns of the failed instruction under the source line of an
 * uncaught exception. Column 0 to 0, which PyCode_NewEmpty stores, makes that an empty line.
 */
PyRef WithoutColumns(const PyRef& code) {
  // One entry of the location table covers up to eight instructions; the first is all we show.
  constexpr unsigned char kEntry = 0x80, kNoColumns = 13, kLengthOne = 0, kSameLine = 0;
  const unsigned char table[] = {kEntry | kNoColumns << 3 | kLengthOne, kSameLine};
  PyRef replace(PyObject_GetAttrString(code.get(), "replace"));
  PyRef no_args(PyTuple_New(0));
  PyRef named(Py_BuildValue("{s:y#}", "co_linetable", table, Py_ssize_t{sizeof(table)}));
  if (!replace || !no_args || !named) return PyRef();
  return PyRef(PyObject_Call(replace.get(), no_args.get(), named.get()));
}
#else
constexpr int kFirstInstruction = -1;

PyRef WithoutColumns(const PyRef& code) { return PyRef::Borrow(code.get()); }
#endif

/*! \brief A code object that reports file, first line and function; kept for later errors. */
PyRef CodeFor(PyObject* filename, int lineno, PyObject* func) {
  static PyObject* cache = nullptr;
  constexpr Py_ssize_t kMaxCached = 4096;  // frames of generated code must not pile up forever
  if (cache == nullptr) cache = PyDict_New();
  PyRef key(Py_BuildValue("(OiO)", filename, lineno, func));
  if (cache == nullptr || !key) return PyRef();
  PyObject* code = PyDict_GetItemWithError(cache, key.get());
  if (code != nullptr || PyErr_Occurred()) return PyRef::Borrow(code);
  const char* file_text = PyUnicode_AsUTF8(filename);
  const char* func_text = PyUnicode_AsUTF8(func);
  if (file_text == nullptr || func_text == nullptr) return PyRef();
  PyRef made(reinterpret_cast<PyObject*>(PyCode_NewEmpty(file_text, func_text, lineno)));
  if (made) made = WithoutColumns(made);
  if (!made) return PyRef();
  if (PyDict_GET_SIZE(cache) >= kMaxCached) PyDict_Clear(cache);
  if (PyDict_SetItem(cache, key.get(), made.get()) < 0) return PyRef();
  return made;
}

/*!
 * \brief A new traceback whose outermost entry is a made-up frame and whose next one is `tb`.
 *
 * The frame is not linked to any running frame, so that an exception kept alive keeps no locals of
 * the frames that handled it.
 */
PyObject* PrependFrame(PyObject* tb, PyObject* filename, int lineno, PyObject* func) {
  static PyObject* globals = PyDict_New();
  PyRef code = CodeFor(filename, lineno, func);
  if (!code || globals == nullptr) return nullptr;
  PyRef frame(reinterpret_cast<PyObject*>(PyFrame_New(
      PyThreadState_Get(), reinterpret_cast<PyCodeObject*>(code.get()), globals, nullptr)));
  if (!frame) return nullptr;
  return PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyTraceBack_Type), "OOii", tb,
                               frame.get(), kFirstInstruction, lineno);
}

PyObject* AppendTraceback(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  if (nargs != 4 || !PyUnicode_Check(args[1]) || !PyUnicode_Check(args[3])) {
    PyErr_SetString(PyExc_TypeError, "expected (traceback or None, filename, lineno, func)");
    return nullptr;
  }
  long lineno = PyLong_AsLong(args[2]);
  if (lineno == -1 && PyErr_Occurred()) return nullptr;
  return PrependFrame(args[0], args[1], static_cast<int>(lineno), args[3]);
}

/*! \brief One parsed line `File "<file>", line <n>, in <func>`; false if it has another form. */
bool ParseFrameLine(std::string_view line, std::string_view* file, int* lineno,
                    std::string_view* func) {
  constexpr std::string_view kFile = "File \"", kLine = "\", line ", kIn = ", in ";
  size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return false;
  line.remove_prefix(begin);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) {
    line.remove_suffix(1);
  }
  if (line.substr(0, kFile.size()) != kFile) return false;
  line.remove_prefix(kFile.size());
  // The file name may itself contain the separators: take the first place where all of it matches.
  for (size_t at = line.find(kLine, 1); at != std::string_view::npos;
       at = line.find(kLine, at + 1)) {
    size_t digits = at + kLine.size(), end = digits;
    int64_t number = 0;
    while (end < line.size() && line[end] >= '0' && line[end] <= '9' && number < INT32_MAX) {
      number = 10 * number + (line[end++] - '0');
    }
    if (end == digits || line.substr(end, kIn.size()) != kIn) continue;
    if (end + kIn.size() == line.size()) return false;
    *file = line.substr(0, at);
    *lineno = static_cast<int>(number < INT32_MAX ? number : INT32_MAX);
    *func = line.substr(end + kIn.size());
    return true;
  }
  return false;
}

PyObject* TextOfView(std::string_view text) {
  return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
}

/*! \brief Call `visit(file, lineno, func)` for each parsed line; stops when it gives false. */
template <typename Visitor>
bool ForEachFrame(std::string_view text, Visitor visit) {
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end), file, func;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    int lineno;
    if (!ParseFrameLine(line, &file, &lineno, &func)) continue;
    PyRef file_text(TextOfView(file)), func_text(TextOfView(func));
    if (!file_text || !func_text || !visit(file_text.get(), lineno, func_text.get())) return false;
  }
  return true;
}

/*! \brief `_parse_backtrace(text)`: a list of `(filename, lineno, func)`. */
PyObject* ParseBacktrace(PyObject*, PyObject* text) {
  TVMFFIByteArray content;
  if (!TextArgument(text, &content)) return nullptr;
  PyRef list(PyList_New(0));
  if (!list) return nullptr;
  bool ok = ForEachFrame({content.data, content.size}, [&](PyObject* file, int line, PyObject* f) {
    PyRef entry(Py_BuildValue("(OiO)", file, line, f));
    return entry && PyList_Append(list.get(), entry.get()) == 0;
  });
  return ok ? list.release() : nullptr;
}

/*! \brief `_extend_traceback(tb, text)`: add every stored frame below a traceback. */
PyObject* ExtendTraceback(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  TVMFFIByteArray content;
  if (nargs != 2) {
    PyErr_SetString(PyExc_TypeError, "expected (traceback or None, text)");
    return nullptr;
  }
  if (!TextArgument(args[1], &content)) return nullptr;
  PyRef tb = PyRef::Borrow(args[0]);
  bool ok = ForEachFrame({content.data, content.size}, [&](PyObject* file, int line, PyObject* f) {
    tb = PyRef(PrependFrame(tb.get(), file, line, f));
    return static_cast<bool>(tb);
  });
  return ok ? tb.release() : nullptr;
}

/*! \brief The text line of one traceback entry. */
bool AppendEntry(PyObject* tb, std::string* lines) {
  auto* entry = reinterpret_cast<PyTracebackObject*>(tb);
  PyRef code(reinterpret_cast<PyObject*>(PyFrame_GetCode(entry->tb_frame)));
  PyRef file(PyObject_GetAttrString(code.get(), "co_filename"));
  PyRef func(PyObject_GetAttrString(code.get(), "co_name"));
  PyRef line(PyObject_GetAttrString(tb, "tb_lineno"));
  if (!file || !func || !line) return false;
  PyRef text(
      PyUnicode_FromFormat("  File \"%U\", line %S, in %U\n", file.get(), line.get(), func.get()));
  if (!text) return false;
  PyRef utf8(PyUnicode_AsEncodedString(text.get(), "utf-8", "replace"));
  if (!utf8) return false;
  lines->insert(0, PyBytes_AS_STRING(utf8.get()), PyBytes_GET_SIZE(utf8.get()));
  return true;
}

/*! \brief `_render_traceback(tb)`: the stored form of a traceback, innermost call first. */
PyObject* RenderTraceback(PyObject*, PyObject* tb) {
  std::string lines;
  while (tb != nullptr && tb != Py_None) {
    if (!PyTraceBack_Check(tb)) {
      PyErr_Format(PyExc_TypeError, "expected a traceback or None, got %s", Py_TYPE(tb)->tp_name);
      return nullptr;
    }
    if (!AppendEntry(tb, &lines)) return nullptr;
    tb = reinterpret_cast<PyObject*>(reinterpret_cast<PyTracebackObject*>(tb)->tb_next);
  }
  return TextOfView(lines);
}

// ---- Python exception -> FFI error --------------------------------------------------------------

/*! \brief The kind registered for exactly this exception class. Borrowed. */
PyObject* KindOf(PyObject* exc) {
  static PyObject* fallback = PyUnicode_InternFromString("RuntimeError");
  PyObject* table = PyDict_GetItemWithError(g_core_dict, g_names.error_type_to_name);
  PyObject* kind = table != nullptr
                       ? PyDict_GetItemWithError(table, reinterpret_cast<PyObject*>(Py_TYPE(exc)))
                       : nullptr;
  return kind != nullptr && PyUnicode_Check(kind) ? kind : fallback;
}

/*! \brief UTF-8 text of `str(obj)`; a text that cannot be had or encoded is replaced, not raised.
 */
std::string TextOfObject(PyObject* obj) {
  PyRef text(PyObject_Str(obj));
  PyRef utf8(text ? PyUnicode_AsEncodedString(text.get(), "utf-8", "replace") : nullptr);
  if (utf8)
    return {PyBytes_AS_STRING(utf8.get()), static_cast<size_t>(PyBytes_GET_SIZE(utf8.get()))};
  PyErr_Clear();
  return "<exception str() failed>";
}

/*! \brief The exception's traceback rendered by the hook; empty when there is none. */
std::string RenderedTraceback(PyObject* exc) {
  PyObject* hook = PyDict_GetItemWithError(g_core_dict, g_names.traceback_to_str);
  if (hook == nullptr || hook == Py_None) return {};
  PyRef tb(PyException_GetTraceback(exc));
  PyRef text(PyObject_CallOneArg(hook, tb ? tb.get() : Py_None));
  if (text) return TextOfObject(text.get());
  PyErr_Clear();
  return {};
}

TVMFFIByteArray ViewOf(const std::string& text) { return {text.data(), text.size()}; }

/*! \brief Fetch the current Python error as a normalized exception that has its traceback. */
PyRef FetchException() {
#if PY_VERSION_HEX >= 0x030C0000
  return PyRef(PyErr_GetRaisedException());
#else
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr && value != nullptr) PyException_SetTraceback(value, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return PyRef(value);
#endif
}

PyObject* ConvertToError(PyObject*, PyObject* exc) {
  if (!PyExceptionInstance_Check(exc)) {
    PyErr_Format(PyExc_TypeError, "expected an exception, got %s", Py_TYPE(exc)->tp_name);
    return nullptr;
  }
  return ErrorFromException(exc, /*with_native_backtrace=*/false);
}

/*! \brief Raise what static initialisers left in the thread's slot when a library was opened. */
PyObject* RaisePending(PyObject*, PyObject*) {
  TVMFFIObjectHandle raised = nullptr;
  TVMFFIErrorMoveFromRaised(&raised);
  if (raised == nullptr) Py_RETURN_NONE;
  TVMFFIErrorSetRaised(raised);
  DecRef(static_cast<TVMFFIObject*>(raised));
  RaiseFFIError(-1);
  return nullptr;
}

PyMethodDef kFunctions[] = {
    {"_raise_pending", RaisePending, METH_NOARGS,
     "Raise the error that static initialisers of a library left behind, if there is one."},
    {"_convert_to_ffi_error", ConvertToError, METH_O, "The FFI error of a Python exception."},
    {"_append_traceback",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(AppendTraceback)), METH_FASTCALL,
     "``(tb, filename, lineno, func)``: a traceback with one more frame on the outside."},
    {"_extend_traceback",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(ExtendTraceback)), METH_FASTCALL,
     "``(tb, backtrace)``: a traceback with all stored frames on the outside."},
    {"_parse_backtrace", ParseBacktrace, METH_O, "The stored frames as tuples."},
    {"_render_traceback", RenderTraceback, METH_O, "A traceback in its stored form."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyObject* ErrorFromException(PyObject* exc, bool with_native_backtrace) {
  std::string backtrace = RenderedTraceback(exc);
  if (with_native_backtrace) {
    const TVMFFIByteArray* native = TVMFFIBacktrace(nullptr, 0, nullptr, 0);
    backtrace.append(native->data, native->size);
  }
  PyRef known(PyObject_GetAttr(exc, g_names.tvm_ffi_error));
  if (!known) {
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return nullptr;
    PyErr_Clear();
  } else if (PyObject_TypeCheck(known.get(), &ErrorType) && HandleOf(known.get()) != nullptr) {
    ReplaceBacktrace(HandleOf(known.get()), ViewOf(backtrace));
    return known.release();
  }
  std::string kind = TextOfObject(KindOf(exc)), message = TextOfObject(exc);
  TVMFFIByteArray texts[] = {ViewOf(kind), ViewOf(message), ViewOf(backtrace)};
  TVMFFIObjectHandle out = nullptr;
  if (TVMFFIErrorCreate(&texts[0], &texts[1], &texts[2], &out) != 0) return PyErr_NoMemory();
  return NewWrapper(&ErrorType, static_cast<TVMFFIObject*>(out));
}

void SetRaisedFromPython() {
  PyRef exc = FetchException();
  PyRef error(exc ? ErrorFromException(exc.get(), /*with_native_backtrace=*/true) : nullptr);
  if (error) {
    TVMFFIErrorSetRaised(HandleOf(error.get()));
    return;
  }
  PyErr_Clear();
  TVMFFIErrorSetRaisedFromCStr("RuntimeError", "a Python error could not be translated");
}

void RaiseFFIError(int code) {
  // -2 is the older way to say that the Python error is set already.
  if (code == -2 && PyErr_Occurred()) return;
  TVMFFIObjectHandle raised = nullptr;
  TVMFFIErrorMoveFromRaised(&raised);
  if (raised == nullptr) {
    if (PyErr_Occurred()) return;
    PyErr_Format(PyExc_RuntimeError, "a native function failed with code %d but raised no error",
                 code);
    return;
  }
  PyRef error(NewWrapper(&ErrorType, static_cast<TVMFFIObject*>(raised)));
  if (!error) return;
  const TVMFFIByteArray& kind = TVMFFIErrorGetCellPtr(HandleOf(error.get()))->kind;
  if (std::string_view(kind.data, kind.size) == "EnvErrorAlreadySet") {
    if (!PyErr_Occurred()) {
      PyErr_SetString(PyExc_SystemError, "ffi.Function returned NULL without setting an exception");
    }
    return;
  }
  PyRef exc(PyError(error.get(), nullptr));
  if (exc) PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exc.get())), exc.get());
}

bool InitError(PyObject* module) {
  PyTypeObject* type = &ErrorType;
  type->tp_name = "tvm_ffi.core.Error";
  type->tp_doc = "Error(kind, message, backtrace)\n\nAn FFI error object; not an exception itself.";
  type->tp_base = &CObjectType;
  type->tp_basicsize = sizeof(ObjectWrapper);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  type->tp_new = CObjectType.tp_new;
  type->tp_dealloc = CObjectType.tp_dealloc;
  type->tp_init = ErrorInit;
  type->tp_methods = kErrorMethods;
  type->tp_getset = kErrorGetSet;
  return AddType(module, type) && PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

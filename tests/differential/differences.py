# SPDX-License-Identifier: Apache-2.0
"""Where this package means to differ: per subject and case, our outcome and the reason.

What the published package dies of needs no entry: there any exception will do.
"""

BINDING = "the text comes from the binding layer, Cython there and CPython here"
WORDING = "a text of our own, in place of the published wording"
PLAIN = "a Python function, whose signature can be seen, in place of a Cython one"
CHECKED = "wrong use is an error here; the published package reads whatever lies in memory"

DIFFERENCES: dict[str, dict[str, tuple[str, str]]] = {
    "scalars": {
        "echo()": (
            "raised TypeError('testing.echo takes at least one argument',) of kind TypeError",
            CHECKED,
        ),
        "echo(Pointer(2**70))": (
            "raised OverflowError('int too big to convert',)",
            BINDING,
        ),
    },
    "text": {
        "String()": (
            'raised TypeError("String.__new__() missing 1 required positional argument: '
            "'value'\",)",
            BINDING,
        ),
        'String("x", "y")': (
            "raised TypeError('String.__new__() takes 2 positional arguments but 3 were given',)",
            BINDING,
        ),
    },
    "containers": {
        "Array(5)": (
            "raised TypeError(\"'int' object is not iterable\",)",
            "says what is wrong with the argument, not how it is passed on",
        ),
    },
    "dtypes": {
        'dtype("float32").with_lanes("x")': (
            "raised TypeError(\"'str' object cannot be interpreted as an integer\",)",
            BINDING,
        ),
        "DataType()": (
            "raised TypeError(\"DataType() missing required argument 'dtype_str' (pos 1)\",)",
            BINDING,
        ),
        'echo(HasDtype((2, "x", 4)))': (
            "raised TypeError(\"'str' object cannot be interpreted as an integer\",)",
            BINDING,
        ),
        "device(2.5)": (
            "raised TypeError('an integer is required',)",
            "a device type is a whole number; half of one is a mistake",
        ),
        "tvm_ffi.core._env_set_current_stream(2, 0, -1)": (
            'raised OverflowError("can\'t convert negative int to unsigned",)',
            BINDING,
        ),
    },
    "tensors": {
        'tensor().size("x")': (
            "raised TypeError(\"'str' object cannot be interpreted as an integer\",)",
            BINDING,
        ),
        "from_dlpack(np.zeros(4), 8)": (
            "raised TypeError('from_dlpack() takes at most 1 positional argument (2 given)',)",
            BINDING,
        ),
        "tvm_ffi.core._make_strides_from_shape([2])": (
            "raised TypeError('Expected tuple, got list',)",
            BINDING,
        ),
    },
    "functions": {
        "apply()": (
            "raised TypeError('testing.apply takes at least one argument',) of kind TypeError",
            CHECKED,
        ),
        'core.Error("ValueError", "message")': (
            "raised TypeError(\"Error() missing required argument 'backtrace' (pos 3)\",)",
            BINDING,
        ),
        'core.ByteArrayArg("x")': (
            "raised TypeError('Expected bytes or bytearray, got str',)",
            BINDING,
        ),
        "type(tvm_ffi.testing.make_unregistered_object()).__doc__": (
            "'Auto-generated fallback class for testing.TestUnregisteredObject.\\n"
            "This class is generated because the class is not registered.\\n"
            "Please do not rely on its members by name in new code,\\n"
            "register a class for the type key instead.'",
            WORDING,
        ),
    },
    "dataclasses_py": {
        "d.init_property(len).func is len": (
            "True",
            "the annotation is read when the property gets its name, so any callable will do",
        ),
    },
    "signatures": {
        "case_methods_of_tvm_ffi[ObjectConvertible]": ("{('asobject', 'PO:self')}", PLAIN),
        "case_methods_of_tvm_ffi_testing[TestIntPair]": ("{('sum', 'PO:self, VA:args')}", PLAIN),
        "case_methods_of_tvm_ffi_testing[TestObjectBase]": (
            "{('add_i64', 'PO:self, VA:args')}",
            PLAIN,
        ),
    },
}

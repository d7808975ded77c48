// SPDX-License-Identifier: Apache-2.0
//! [`Module`]: functions loaded from a file or from memory.
//!
//! Everything goes through the registered functions of the library. Modules are not pinned: a
//! function keeps the code that it belongs to alive, a module nothing else.

use tvm_ffi_sys::TVMFFITypeIndex as TypeIndex;

use crate::cached_global_func;
use crate::collections::Array;
use crate::derive;
use crate::error::Result;
use crate::function::Function;
use crate::object::{Object, ObjectArc, ObjectCore};
use crate::reflection::FieldGetter;
use crate::string::{Bytes, String};

/// What a module handle points to. The C++ object starts earlier, with its vtable.
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.Module"]
#[type_index(TypeIndex::kTVMFFIModule)]
#[type_final]
pub struct ModuleObj {
    object: Object,
}

/// A loaded module, shared by reference count.
#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
pub struct Module {
    data: ObjectArc<ModuleObj>,
}

impl Module {
    /// Loads a module from a file, by the loader registered for its suffix
    /// (`ffi.Module.load_from_file.<suffix>`).
    ///
    /// Errors: a missing or unusable file (`InternalError`), a suffix without loader
    /// (`RuntimeError`).
    pub fn load_from_file<Str: AsRef<str>>(file_name: Str) -> Result<Module> {
        let file_name = String::from(file_name);
        cached_global_func!("ffi.ModuleLoadFromFile")
            .call_tuple((&file_name,))?
            .try_into()
    }

    /// Makes a module of a payload in memory, by the loader registered for its kind
    /// (`ffi.Module.load_from_bytes.<kind>`). No file is involved.
    ///
    /// Slices and vectors are copied once; an owned [`Bytes`] is passed without a copy. The payload
    /// need not live longer than the call. In most kinds a payload is code, so loading one from an
    /// untrusted source runs it.
    ///
    /// Errors: a kind without loader (a `RuntimeError` that names the missing key), a loader that
    /// returns no module (`TypeError`), and whatever the loader raises. A published 0.1.15 library
    /// has no in-memory loading: `RuntimeError`, `Function ffi.ModuleLoadFromBytes not found`.
    ///
    /// ```
    /// use tvm_ffi::{Module, RUNTIME_ERROR};
    ///
    /// let error = Module::load_from_bytes("nobody-loads-this", b"payload").err().unwrap();
    /// assert_eq!(error.kind(), RUNTIME_ERROR);
    /// ```
    pub fn load_from_bytes<Str: AsRef<str>, B: Into<Bytes>>(kind: Str, bytes: B) -> Result<Module> {
        let (kind, bytes) = (String::from(kind), bytes.into());
        // Not cached: a library without the function must give an error, not a panic.
        Function::get_global("ffi.ModuleLoadFromBytes")?
            .call_tuple((&kind, &bytes))?
            .try_into()
    }

    /// The function `name` of the module or its imports; a `TypeError` when there is none.
    pub fn get_function<Str: AsRef<str>>(&self, name: Str) -> Result<Function> {
        let name = String::from(name);
        cached_global_func!("ffi.ModuleGetFunction")
            .call_tuple((self, &name, true))?
            .try_into()
    }

    /// Whether the module (or one of its imports, when asked) has the function `name`.
    pub fn implements_function<Str: AsRef<str>>(
        &self,
        name: Str,
        query_imports: bool,
    ) -> Result<bool> {
        let name = String::from(name);
        cached_global_func!("ffi.ModuleImplementsFunction")
            .call_tuple((self, &name, query_imports))?
            .try_into()
    }

    /// JSON text about the function `name`, such as its type schema; `None` without any.
    pub fn get_function_metadata<Str: AsRef<str>>(
        &self,
        name: Str,
        query_imports: bool,
    ) -> Result<Option<String>> {
        let name = String::from(name);
        cached_global_func!("ffi.ModuleGetFunctionMetadata")
            .call_tuple((self, &name, query_imports))?
            .try_into()
    }

    /// Documentation of the function `name`; `None` without any.
    pub fn get_function_doc<Str: AsRef<str>>(
        &self,
        name: Str,
        query_imports: bool,
    ) -> Result<Option<String>> {
        let name = String::from(name);
        cached_global_func!("ffi.ModuleGetFunctionDoc")
            .call_tuple((self, &name, query_imports))?
            .try_into()
    }

    /// Kind of the module, e.g. `library`.
    pub fn kind(&self) -> Result<String> {
        cached_global_func!("ffi.ModuleGetKind")
            .call_tuple((self,))?
            .try_into()
    }

    /// The modules that this one imports.
    pub fn imports(&self) -> Result<Array<Module>> {
        FieldGetter::new(ModuleObj::type_index(), "imports_")?.get(&*self.data)
    }

    /// Adds an import; a `RuntimeError` when it would close a cycle.
    pub fn import_module(&self, other: &Module) -> Result<()> {
        cached_global_func!("ffi.ModuleImportModule")
            .call_tuple((self, other))?
            .try_into()
    }

    /// Removes all imports.
    pub fn clear_imports(&self) -> Result<()> {
        cached_global_func!("ffi.ModuleClearImports")
            .call_tuple((self,))?
            .try_into()
    }

    /// Properties as a bit mask: 1 can be serialised, 2 can be run, 4 can be compiled into a
    /// library.
    pub fn property_mask(&self) -> Result<i64> {
        cached_global_func!("ffi.ModuleGetPropertyMask")
            .call_tuple((self,))?
            .try_into()
    }

    /// Source text of the module in a format, empty when it has none.
    pub fn inspect_source<Str: AsRef<str>>(&self, format: Str) -> Result<String> {
        let format = String::from(format);
        cached_global_func!("ffi.ModuleInspectSource")
            .call_tuple((self, &format))?
            .try_into()
    }

    /// Formats that [`Self::write_to_file`] accepts.
    pub fn write_formats(&self) -> Result<Array<String>> {
        cached_global_func!("ffi.ModuleGetWriteFormats")
            .call_tuple((self,))?
            .try_into()
    }

    /// Writes the module to a file in a format.
    pub fn write_to_file<Name: AsRef<str>, Format: AsRef<str>>(
        &self,
        file_name: Name,
        format: Format,
    ) -> Result<()> {
        let (file_name, format) = (String::from(file_name), String::from(format));
        cached_global_func!("ffi.ModuleWriteToFile")
            .call_tuple((self, &file_name, &format))?
            .try_into()
    }
}

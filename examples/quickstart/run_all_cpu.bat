@echo off
rem SPDX-License-Identifier: Apache-2.0
rem
rem Builds the CPU kernel library and calls it from NumPy and from C++.
setlocal
cd /d "%~dp0"

rem Programs find tvm_ffi.dll on the PATH.
for /f "delims=" %%d in ('tvm-ffi-config --libdir') do set "PATH=%%d;%PATH%"

cmake . -B build -DEXAMPLE_NAME="compile_cpu" -DCMAKE_BUILD_TYPE=RelWithDebInfo || exit /b 1
cmake --build build --config RelWithDebInfo || exit /b 1
python load\load_numpy.py || exit /b 1

cmake . -B build -DEXAMPLE_NAME="load_cpp" -DCMAKE_BUILD_TYPE=RelWithDebInfo || exit /b 1
cmake --build build --config RelWithDebInfo || exit /b 1
build\load_cpp.exe || exit /b 1

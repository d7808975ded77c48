@echo off
rem SPDX-License-Identifier: Apache-2.0
rem
rem Builds the kernel library and the program that loads it, and runs the program.
setlocal
cd /d "%~dp0"

rem Programs find tvm_ffi.dll on the PATH.
for /f "delims=" %%d in ('tvm-ffi-config --libdir') do set "PATH=%%d;%PATH%"

cmake . -B build -DEXAMPLE_NAME="kernel" -DCMAKE_BUILD_TYPE=RelWithDebInfo || exit /b 1
cmake --build build --config RelWithDebInfo || exit /b 1
cmake . -B build -DEXAMPLE_NAME="load" -DCMAKE_BUILD_TYPE=RelWithDebInfo || exit /b 1
cmake --build build --config RelWithDebInfo || exit /b 1
build\load.exe || exit /b 1

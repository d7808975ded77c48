#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs every test: C++ (plain and under sanitizers), fuzzers, Python, cross-language, ABI, Rust.
# Each runner prints its own summary line; the first failure ends the script.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

need_cargo
need_clang
need_command make make
need_command g++ g++
need_file /usr/include/gtest/gtest.h libgtest-dev
# The examples: a registry on loopback, and OpenCL on the CPU.
need_command docker-registry docker-registry
need_file /usr/include/CL/cl.h opencl-headers
need_file /etc/OpenCL/vendors/pocl.icd pocl-opencl-icd
install_package
# The CUDA packages are headers and a compiler that needs no GPU: real images for the loader's tests.
pip_install pytest pytest-timeout hypothesis "oras>=0.2.40,<0.3" "nvidia-cuda-nvrtc==13.0.*" \
  "nvidia-cuda-runtime==13.0.*" "nvidia-cuda-crt==13.0.*" "nvidia-cuda-nvcc==13.0.*" \
  "nvidia-nvvm==13.0.*" "nvidia-cuda-cccl==13.0.*" "cuda-bindings==13.*"
# What the wheel says of the systems that it runs on.
pip_install "auditwheel>=6.1"
# Type checkers; pyright runs on the Node.js of a wheel.
pip_install "mypy<3" "pyright[nodejs]<2"
# A published consumer, which must run on this runtime as it is; its own requirement is the published
# package.
pip_install --no-deps apache-tvm-ffi-orcjit==0.1.3
# The pages of the documentation are tests, too.
pip_install -r docs/requirements.txt

say "formatting and lints"
bash scripts/lint.sh

bash scripts/sanitize.sh

say "fuzzers, a fixed number of inputs each"
bash scripts/fuzz.sh --short

say "Python, cross-language and ABI tests"
python -m pytest -q -p no:cacheprovider tests

say "Rust: lints, documentation, tests"
bash scripts/rust.sh

say "documentation, where a warning is an error"
bash scripts/docs.sh

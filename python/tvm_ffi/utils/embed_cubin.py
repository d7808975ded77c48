# SPDX-License-Identifier: Apache-2.0
"""Embeds a CUDA image (or any file) into an object file that uses ``TVM_FFI_EMBED_CUBIN``.

    python -m tvm_ffi.utils.embed_cubin --input-obj in.o --output-obj out.o --cubin k.cubin --name k

The output object defines what the macro ``TVM_FFI_EMBED_CUBIN(name)`` of
``tvm/ffi/extra/cuda/cubin_launcher.h`` declares: ``__tvm_ffi__cubin_<name>``, 16-byte aligned, and
``__tvm_ffi__cubin_<name>_end``. Both are local to the object, so that two objects of one link may
embed images of the same name. Needs GNU ``ld`` and ``objcopy``.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_ALIGNMENT = 16  # what the driver's own tools give an image


def _run(step: str, command: list[str], cwd: Path, verbose: bool) -> None:
    """Run one tool; raise RuntimeError with everything it said when it fails."""
    if verbose:
        print(f"{step}: {' '.join(command)}")
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(
            f"{step} failed with status {result.returncode}\n"
            f"Command: {' '.join(command)}\n"
            f"stdout: {result.stdout}\n"
            f"stderr: {result.stderr}"
        )


def embed_cubin(
    cubin_path: Path,
    input_obj_path: Path,
    output_obj_path: Path,
    name: str,
    verbose: bool = False,
) -> None:
    """Merge an image into an object file.

    Parameters
    ----------
    cubin_path
        The image: a cubin, a fatbin, or any other file, byte for byte, even an empty one.
    input_obj_path
        The relocatable object that names the image in ``TVM_FFI_EMBED_CUBIN``.
    output_obj_path
        Where the merged object goes; may be the input itself.
    name
        Name of the image, a C identifier.
    verbose
        Whether to print every step and its command.

    Raises
    ------
    FileNotFoundError
        If an input does not exist.
    ValueError
        If the name is no C identifier, so that no C++ source can refer to it.
    RuntimeError
        If ``ld`` or ``objcopy`` fails.

    """
    if not cubin_path.exists():
        raise FileNotFoundError(f"CUBIN file not found: {cubin_path}")
    if not input_obj_path.exists():
        raise FileNotFoundError(f"Input object file not found: {input_obj_path}")
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"The name of an image must be a C identifier, got {name!r}")

    start = f"__tvm_ffi__cubin_{name}"
    image, image_obj, merged = f"embedded_{name}.cubin", f"cubin_{name}.o", f"merged_{name}.o"
    raw = f"_binary_embedded_{name}_cubin"  # ld makes symbol names of the file name
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)

        def run(step: str, *command: str) -> None:
            _run(step, list(command), directory, verbose)

        shutil.copyfile(cubin_path, directory / image)
        run("ld (binary)", "ld", "-r", "-b", "binary", "-o", image_obj, image)
        run(
            "objcopy (add stack section)",
            *("objcopy", "--add-section", ".note.GNU-stack=/dev/null"),
            *("--set-section-flags", ".note.GNU-stack=noload,readonly", image_obj),
        )
        run(
            "objcopy",
            *("objcopy", "--rename-section", ".data=.rodata,alloc,load,readonly,data,contents"),
            *("--set-section-alignment", f".data={_ALIGNMENT}"),
            *("--redefine-sym", f"{raw}_start={start}"),
            *("--redefine-sym", f"{raw}_end={start}_end"),
            # Nobody needs the size, and as a global it would clash between two objects.
            *("--strip-symbol", f"{raw}_size", image_obj),
        )
        run("ld (merge)", "ld", "-r", "-o", merged, str(input_obj_path.resolve()), image_obj)
        run(
            "objcopy (localize symbols)",
            *("objcopy", "--localize-symbol", start, "--localize-symbol", f"{start}_end", merged),
        )
        shutil.copyfile(directory / merged, output_obj_path)


def _parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tvm_ffi.utils.embed_cubin",
        description="Embed a CUDA image into an object file for TVM_FFI_EMBED_CUBIN.",
    )
    add = parser.add_argument
    add("--output-obj", metavar="PATH", type=Path, required=True, help="merged object to write")
    add("--input-obj", metavar="PATH", type=Path, required=True, help="object that uses the image")
    add("--cubin", metavar="PATH", type=Path, required=True, help="image to embed")
    add("--name", metavar="NAME", required=True, help="name given to TVM_FFI_EMBED_CUBIN")
    add("-v", "--verbose", action="store_true", help="print every step")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit status.

    0: success, 1: a file or tool is missing, 2: a tool failed or the name is no identifier,
    3: anything else.
    """
    args = _parse_args(argv)
    output = args.output_obj.resolve()
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        embed_cubin(args.cubin.resolve(), args.input_obj.resolve(), output, args.name, args.verbose)
    except FileNotFoundError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except (RuntimeError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except Exception as error:
        print(f"Unexpected error: {error}", file=sys.stderr)
        traceback.print_exc()
        return 3
    if not args.verbose:
        print(f"✓ Created {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

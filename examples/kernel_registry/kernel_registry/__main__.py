# SPDX-License-Identifier: Apache-2.0
"""Command line: ``python -m kernel_registry push | list | pull | verify``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from .architecture import default_architecture
from .artifact import Payload
from .errors import KernelRegistryError
from .progress import ProgressLine
from .registry import KernelRegistry

Command = Callable[[KernelRegistry, argparse.Namespace], None]


def payload_of(text: str) -> Payload:
    """Read the payload that ``KIND[:ARCHITECTURE]=FILE`` names."""
    label, separator, file = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"'{text}' is not KIND[:ARCHITECTURE]=FILE")
    kind, _, architecture = label.partition(":")
    path = Path(file)
    try:
        data = path.read_bytes()
        return Payload(kind, architecture or default_architecture(kind), data, path.name)
    except (OSError, ValueError, KernelRegistryError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def push(registry: KernelRegistry, options: argparse.Namespace) -> None:
    """Push the payloads and print the reference that names just them."""
    print(registry.push(options.reference, options.payload))


def list_layers(registry: KernelRegistry, options: argparse.Namespace) -> None:
    """Print a line per payload."""
    for layer in registry.layers(options.reference):
        fields = (layer.kind, layer.architecture, str(layer.size), layer.digest, layer.title)
        print("\t".join(fields))


def pull(registry: KernelRegistry, options: argparse.Namespace) -> None:
    """Write one payload to a file or to standard output."""
    progress = ProgressLine(options.reference, sys.stderr)
    data = registry.pull(options.reference, options.kind, options.architecture, progress)
    if options.output:
        options.output.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)


def verify(registry: KernelRegistry, options: argparse.Namespace) -> None:
    """Pull every payload and check it; the first bad one ends the program."""
    for layer in registry.layers(options.reference):
        registry.pull_layer(options.reference, layer, ProgressLine(str(layer), sys.stderr))
        print(f"{layer}: {layer.size} bytes, {layer.digest} is right")


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    main_parser = argparse.ArgumentParser(prog="kernel_registry", description=__doc__)
    main_parser.add_argument("--plain-http", action="store_true", help="http instead of https")
    commands = main_parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Command, text: str) -> argparse.ArgumentParser:
        result = commands.add_parser(name, help=text, description=text)
        result.set_defaults(function=function)
        result.add_argument("reference", help="host[:port]/repository:tag or ...@sha256:...")
        return result

    pushing = command("push", push, "make an artifact of files")
    pushing.add_argument("payload", nargs="+", type=payload_of, metavar="KIND[:ARCHITECTURE]=FILE")
    command("list", list_layers, "print kind, architecture, size, digest and name of each payload")
    pulling = command("pull", pull, "write one payload to standard output or to a file")
    pulling.add_argument("--kind", required=True, help="kind of loader, such as so or cubin")
    pulling.add_argument("--architecture", help="such as sm_90; default: what this machine has")
    pulling.add_argument("-o", "--output", type=Path, help="file to write")
    command("verify", verify, "pull every payload and check its digest")
    return main_parser


def main() -> int:
    """Run the command line and return its exit status."""
    options = parser().parse_args()
    try:
        options.function(KernelRegistry(plain_http=options.plain_http), options)
    except (KernelRegistryError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""``BigInt`` against Python's ``int``: the same seeded numbers and operations on both sides."""

from __future__ import annotations

import operator
import random
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

HERE = Path(__file__).resolve().parent
NUM_CASES = 6000


def truncdiv(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def words(a: int, _: int) -> str:
    """Give the fewest 64-bit two's-complement words, as hexadecimal bytes, lowest first."""
    num_words = (a if a >= 0 else ~a).bit_length() // 64 + 1
    return a.to_bytes(8 * num_words, "little", signed=True).hex()


OPERATIONS: dict[str, Callable[[int, int], object]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "truncdiv": truncdiv,
    "truncmod": lambda a, b: a - truncdiv(a, b) * b,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "~": lambda a, _: ~a,
    "<": operator.lt,
    "==": operator.eq,
    "words": words,
    "double": lambda a, _: float(a),
}


def random_number(rng: random.Random) -> int:
    """Give a number of up to 600 bits, often with long runs of equal bits at a word's edge."""
    bits = rng.choice([0, 1, 8, 31, 53, 62, 63, 64, 65, 127, 128, 129, 192, 256, 600])
    shape = rng.randrange(4)
    if shape == 0:
        number = rng.getrandbits(bits) if bits else 0
    elif shape == 1:
        number = (1 << bits) + rng.randrange(-2, 3)
    elif shape == 2:
        number = ((1 << bits) - 1) << rng.choice([0, 1, 63, 64])
    else:
        number = rng.getrandbits(bits + 1) << 64 | rng.getrandbits(3)
    return -number if rng.random() < 0.5 else number


def expected(operation: str, a: int, b: int) -> object:
    try:
        return OPERATIONS[operation](a, b)
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        return type(error).__name__


def make_cases(seed: int) -> list[tuple[str, int, int]]:
    rng = random.Random(seed)
    cases = []
    for i in range(NUM_CASES):
        operation = list(OPERATIONS)[i % len(OPERATIONS)]
        a, b = random_number(rng), random_number(rng)
        if operation in ("<<", ">>"):
            b = rng.randrange(-1, 300)
        elif operation == "double" and rng.random() < 0.2:
            a <<= rng.randrange(300, 1000)
        elif rng.random() < 0.1:
            b = a + rng.randrange(-1, 2)
        cases.append((operation, a, b))
    return cases


@pytest.fixture(scope="module", params=["builtins", "portable"])
def calculator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the calculator under sanitizers, with and without the compiler's builtins."""
    config = [sys.executable, "-m", "tvm_ffi.config"]
    flags = subprocess.check_output([*config, "--cxxflags"], text=True).split()
    link = subprocess.check_output([*config, "--ldflags", "--libs"], text=True).split()
    libdir = subprocess.check_output([*config, "--libdir"], text=True).strip()
    if request.param == "portable":
        flags.append("-DTVM_FFI_BIGINT_FORCE_PORTABLE")
    output = tmp_path_factory.mktemp("big_int") / "calculator"
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    subprocess.check_call(
        ["c++", "-O1", "-Wall", "-Wextra", "-Werror", *sanitizers, *flags]
        + [str(HERE / "big_int_calculator.cc"), "-o", str(output), *link, f"-Wl,-rpath,{libdir}"]
    )
    return output


def run(calculator: Path, lines: list[str]) -> list[str]:
    result = subprocess.run(
        [str(calculator)], input="\n".join(lines), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.parametrize("seed", [1, 2])
def test_operations_agree(seed: int, calculator: Path) -> None:
    cases = make_cases(seed)
    results = run(calculator, [f"{operation} {a} {b}" for operation, a, b in cases])
    assert len(results) == len(cases)
    for case, result in zip(cases, results):
        wanted = expected(*case)
        if isinstance(wanted, float):
            assert float.fromhex(result) == wanted, case
        else:
            assert result == str(wanted), case


def test_words_of_any_length_are_read(calculator: Path) -> None:
    rng = random.Random(3)
    contents = [rng.randbytes(8 * rng.randrange(1, 9)) for _ in range(500)]
    contents += [fill * 8 * length for fill in (b"\0", b"\xff") for length in (1, 2, 5)]
    results = run(calculator, [f"unwords {content.hex()} 0" for content in contents])
    assert results == [str(int.from_bytes(content, "little", signed=True)) for content in contents]


def test_long_texts_agree(calculator: Path) -> None:
    rng = random.Random(4)
    texts = ["".join(rng.choices("0123456789", k=rng.randrange(1, 3000))) for _ in range(50)]
    texts += [sign + "0" * zeros + "1" for sign in ("", "-", "+") for zeros in (0, 18, 19, 40)]
    results = run(calculator, [f"+ {text} 0" for text in texts])
    assert results == [str(int(text)) for text in texts]

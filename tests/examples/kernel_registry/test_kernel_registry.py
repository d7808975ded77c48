# SPDX-License-Identifier: Apache-2.0
"""examples/kernel_registry against a real OCI registry on loopback."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tvm_ffi
import tvm_ffi.loaders
from kernel_registry import (
    ANY,
    AccessDeniedError,
    ArtifactNotFoundError,
    DigestCache,
    DigestMismatchError,
    InvalidArtifactError,
    KernelRegistry,
    KindNotFoundError,
    Payload,
    RegistryUnavailableError,
    TruncatedError,
    UnknownArchitectureError,
    WrongArchitectureError,
    default_architecture,
    host_architecture,
)
from kernel_registry.artifact import digest_of, layer_of, read_manifest, write_manifest
from kernel_registry.client import Client
from local_registry import LocalRegistry
from misbehaving_proxy import Proxy
from oras.container import Container

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "kernel_registry"
CUBIN = b"\x7fELF a cubin for an architecture that is chosen but not loaded here"


def new_registry(**options: object) -> KernelRegistry:
    return KernelRegistry(plain_http=True, **options)


def payloads(library: bytes) -> list[Payload]:
    return [
        Payload("so", host_architecture(), library, "libadd_one.so"),
        Payload("so", "sparc", b"for another machine"),
        Payload("cubin", "sm_80", CUBIN + b"80"),
        Payload("cubin", "sm_90", CUBIN + b"90"),
    ]


def through(proxy: Proxy, reference: str) -> str:
    """Return the reference by way of the proxy."""
    return proxy.host + reference[reference.index("/") :]


def check_add_one(mod: tvm_ffi.Module) -> None:
    x = np.arange(5, dtype="float32")
    y = np.zeros_like(x)
    mod.add_one(x, y)
    np.testing.assert_array_equal(y, x + 1)


def test_pushed_library_is_loaded_and_runs(repository: str, library: bytes) -> None:
    new_registry().push(f"{repository}:v1", payloads(library))
    check_add_one(new_registry().load(f"{repository}:v1", "so"))


def test_push_returns_the_reference_of_just_this_artifact(repository: str, library: bytes) -> None:
    first = new_registry().push(f"{repository}:v1", [Payload("so", ANY, library)])
    second = new_registry().push(f"{repository}:v1", [Payload("so", ANY, b"another")])
    assert first.startswith(f"{repository}@sha256:")
    assert new_registry().pull(first, "so") == library
    assert new_registry().pull(second, "so") == b"another"
    assert new_registry().pull(f"{repository}:v1", "so") == b"another"


def test_layers_tell_kind_architecture_size_digest_and_name(
    repository: str, library: bytes
) -> None:
    new_registry().push(f"{repository}:v1", payloads(library))
    layers = new_registry().layers(f"{repository}:v1")
    assert [(layer.kind, layer.architecture) for layer in layers] == [
        ("so", host_architecture()),
        ("so", "sparc"),
        ("cubin", "sm_80"),
        ("cubin", "sm_90"),
    ]
    assert layers[0].size == len(library)
    assert layers[0].digest == digest_of(library)
    assert layers[0].title == "libadd_one.so"


def test_layer_is_picked_by_kind_and_architecture(repository: str, library: bytes) -> None:
    registry = new_registry()
    registry.push(f"{repository}:v1", payloads(library))
    assert registry.pull(f"{repository}:v1", "cubin", "sm_90") == CUBIN + b"90"
    assert registry.pull(f"{repository}:v1", "cubin", "sm_80") == CUBIN + b"80"
    assert registry.pull(f"{repository}:v1", "so") == library


def test_exact_architecture_goes_before_any(repository: str) -> None:
    registry = new_registry()
    registry.push(
        f"{repository}:v1", [Payload("opencl", ANY, b"portable"), Payload("opencl", "gpu", b"gpu")]
    )
    assert registry.pull(f"{repository}:v1", "opencl", "gpu") == b"gpu"
    assert registry.pull(f"{repository}:v1", "opencl", "cpu") == b"portable"
    assert registry.pull(f"{repository}:v1", "opencl") == b"portable"


@pytest.mark.parametrize("data", [b"", b"x", bytearray(b"bytearray"), memoryview(b"view")])
def test_payload_of_any_buffer_type_comes_back(repository: str, data: bytes) -> None:
    registry = new_registry()
    registry.push(f"{repository}:v1", [Payload("blob", ANY, data)])
    assert registry.pull(f"{repository}:v1", "blob", ANY) == bytes(data)


def test_pull_reports_progress(repository: str) -> None:
    data = bytes(range(256)) * 16384
    new_registry().push(f"{repository}:v1", [Payload("blob", ANY, data)])
    seen: list[tuple[int, int]] = []
    new_registry().pull(
        f"{repository}:v1", "blob", ANY, lambda received, total: seen.append((received, total))
    )
    assert len(seen) >= 4
    assert seen == sorted(seen)
    assert seen[-1] == (len(data), len(data))


def test_kind_of_any_registered_loader_works(repository: str) -> None:
    given = []

    def loader(payload: bytes) -> tvm_ffi.Module:
        given.append(bytes(payload))
        return tvm_ffi.system_lib()

    tvm_ffi.register_global_func("ffi.Module.load_from_bytes.registry_test", loader)
    try:
        new_registry().push(f"{repository}:v1", [Payload("registry_test", ANY, b"its payload")])
        new_registry().load(f"{repository}:v1", "registry_test", ANY)
    finally:
        tvm_ffi.remove_global_func("ffi.Module.load_from_bytes.registry_test")
    assert given == [b"its payload"]


def test_missing_loader_is_the_error_of_the_runtime(repository: str) -> None:
    new_registry().push(f"{repository}:v1", [Payload("no_loader", ANY, b"x")])
    with pytest.raises(RuntimeError, match=r"ffi\.Module\.load_from_bytes\.no_loader"):
        new_registry().load(f"{repository}:v1", "no_loader", ANY)


# Caching.


def test_second_pull_of_a_digest_asks_nobody(repository: str, library: bytes, proxy: Proxy) -> None:
    pinned = through(proxy, new_registry().push(f"{repository}:v1", payloads(library)))
    registry = new_registry()
    first = registry.pull(pinned, "so")
    asked = len(proxy.requests)
    assert registry.pull(pinned, "so") is first
    assert len(proxy.requests) == asked


def test_same_payload_under_another_tag_is_not_downloaded_again(
    repository: str, library: bytes, proxy: Proxy
) -> None:
    for tag in ("v1", "v2"):
        new_registry().push(f"{repository}:{tag}", [Payload("so", ANY, library, tag)])
    registry = new_registry()
    first = registry.pull(through(proxy, f"{repository}:v1"), "so")
    assert registry.pull(through(proxy, f"{repository}:v2"), "so") is first
    assert len(proxy.blob_requests()) == 1


def test_threads_share_a_registry(repository: str) -> None:
    data = {name: name.encode() * 100_000 for name in ("a", "b", "c", "d")}
    registry = new_registry()
    pinned = registry.push(f"{repository}:v1", [Payload(k, ANY, v) for k, v in data.items()])
    with ThreadPoolExecutor(4) as pool:
        pulled = pool.map(lambda kind: registry.pull(pinned, kind, ANY), list(data) * 3)
        assert list(pulled) == list(data.values()) * 3


def test_moved_tag_is_noticed(repository: str) -> None:
    registry = new_registry()
    for content in (b"first", b"second"):
        registry.push(f"{repository}:latest", [Payload("blob", ANY, content)])
        assert registry.pull(f"{repository}:latest", "blob", ANY) == content


def test_cache_drops_what_was_not_used_for_longest() -> None:
    cache = DigestCache(max_bytes=10)
    cache.put("a", b"12345")
    cache.put("b", b"12345")
    cache.get("a")
    cache.put("c", b"123")
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (b"12345", None, b"123")
    cache.put("too large", bytes(11))
    assert cache.get("too large") is None
    cache.clear()
    assert len(cache) == 0


def test_damaged_payload_is_not_cached(
    repository: str, server: LocalRegistry, library: bytes
) -> None:
    registry = new_registry()
    registry.push(f"{repository}:v1", [Payload("blob", ANY, b"content of this test")])
    file = server.blob_file(digest_of(b"content of this test"))
    file.write_bytes(b"CONTENT of this test")
    with pytest.raises(DigestMismatchError):
        registry.pull(f"{repository}:v1", "blob", ANY)
    file.write_bytes(b"content of this test")
    assert registry.pull(f"{repository}:v1", "blob", ANY) == b"content of this test"


# Artifacts that are not what they should be.


def push_own(repository: str, server: LocalRegistry) -> tuple[str, Path]:
    """Push content that no other test has; return its reference and where the server keeps it."""
    content = repository.encode() * 100
    reference = f"{repository}:v1"
    new_registry().push(reference, [Payload("blob", ANY, content)])
    return reference, server.blob_file(digest_of(content))


def test_tampered_payload(repository: str, server: LocalRegistry) -> None:
    reference, file = push_own(repository, server)
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    with pytest.raises(DigestMismatchError) as caught:
        new_registry().pull(reference, "blob", ANY)
    text = str(caught.value)
    assert f"its digest is {digest_of(content)}, not sha256:{file.parent.name}" in text
    assert f"where: {reference}, blob for any, sha256:{file.parent.name}" in text
    assert "what to do: do not use it; find out who changed it" in text


def test_payload_that_grew(repository: str, server: LocalRegistry) -> None:
    reference, file = push_own(repository, server)
    size = file.stat().st_size
    file.write_bytes(file.read_bytes() + b"more")
    with pytest.raises(DigestMismatchError, match=f"sends more than the {size} bytes"):
        new_registry().pull(reference, "blob", ANY)


def test_payload_truncated_in_the_registry(repository: str, server: LocalRegistry) -> None:
    reference, file = push_own(repository, server)
    content = file.read_bytes()
    file.write_bytes(content[:50])
    message = f"Only 50 of {len(content)} bytes arrived: the registry holds no more"
    with pytest.raises(TruncatedError, match=message) as caught:
        new_registry().pull(reference, "blob", ANY)
    assert caught.value.hint == "pull again; if it stays like this, push the payload again"


def test_connection_that_breaks_during_a_pull(
    repository: str, server: LocalRegistry, proxy: Proxy
) -> None:
    reference, file = push_own(repository, server)
    proxy.cut_blobs_after = 70
    message = rf"Only \d+ of {file.stat().st_size} bytes arrived: the connection broke"
    with pytest.raises(TruncatedError, match=message):
        new_registry().pull(through(proxy, reference), "blob", ANY)


def test_payload_that_the_registry_lost(repository: str, server: LocalRegistry) -> None:
    reference, file = push_own(repository, server)
    file.unlink()
    with pytest.raises(ArtifactNotFoundError, match="404 Not Found .*BLOB_UNKNOWN") as caught:
        new_registry().pull(reference, "blob", ANY)
    assert caught.value.where.startswith(f"{reference}, blob for any, sha256:")


def test_tampered_manifest(repository: str, server: LocalRegistry) -> None:
    pinned = new_registry().push(
        f"{repository}:v1", [Payload("blob", "sm_80", repository.encode())]
    )
    file = server.blob_file(pinned.partition("@")[2])
    file.write_bytes(file.read_bytes().replace(b"sm_80", b"sm_90"))
    for reference in (pinned, f"{repository}:v1"):
        with pytest.raises(DigestMismatchError, match="The manifest is not the one"):
            new_registry().pull(reference, "blob", "sm_90")


@pytest.mark.parametrize("suffix", [":v2", "@sha256:" + "0" * 64, "-other:v1"])
def test_reference_to_nothing(repository: str, suffix: str) -> None:
    new_registry().push(f"{repository}:v1", [Payload("blob", ANY, b"x")])
    with pytest.raises(ArtifactNotFoundError) as caught:
        new_registry().pull(repository + suffix, "blob", ANY)
    assert caught.value.where == repository + suffix
    assert "what to do: check repository, tag and digest" in str(caught.value)


def test_wrong_architecture_names_those_that_are_there(repository: str, library: bytes) -> None:
    new_registry().push(f"{repository}:v1", payloads(library))
    with pytest.raises(WrongArchitectureError) as caught:
        new_registry().pull(f"{repository}:v1", "cubin", "sm_100")
    assert "no payload of kind 'cubin' for sm_100, but for sm_80, sm_90" in str(caught.value)
    assert "compile the kernels for sm_100" in caught.value.hint


def test_missing_kind_names_those_that_are_there(repository: str) -> None:
    new_registry().push(f"{repository}:v1", [Payload("so", ANY, b"x")])
    with pytest.raises(KindNotFoundError, match="no payload of kind 'ptx', but so for any"):
        new_registry().pull(f"{repository}:v1", "ptx")


def test_kind_without_a_default_architecture(repository: str) -> None:
    with pytest.raises(UnknownArchitectureError, match="No default architecture .* 'blob'"):
        new_registry().pull(f"{repository}:v1", "blob")


class FakeDriver:
    """Answers like libcuda with one device of compute capability 10.3."""

    def __getattr__(self, name: str) -> object:
        return lambda *args: 0

    def cuDeviceGetAttribute(self, out: object, attribute: int, device: object) -> int:
        out._obj.value = {75: 10, 76: 3}[attribute]
        return 0


def test_cubin_for_the_gpu_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda name: FakeDriver())
    assert default_architecture("cubin") == "sm_103"


def test_cubin_on_a_machine_without_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_library(name: str) -> None:
        raise OSError(f"{name}: not found")

    monkeypatch.setattr("ctypes.CDLL", no_library)
    with pytest.raises(UnknownArchitectureError, match="there is no CUDA driver .*not found"):
        default_architecture("cubin")


def test_manifest_of_something_else(repository: str) -> None:
    registry = new_registry()
    container = Container(f"{repository}:image")
    client = Client(container, plain_http=True, timeout=10)
    manifest = json.loads(write_manifest([]))
    manifest["artifactType"] = "application/vnd.example.cake"
    client.put_manifest(container, json.dumps(manifest).encode())
    with pytest.raises(InvalidArtifactError, match=r"of type 'application/vnd\.example\.cake'"):
        registry.layers(f"{repository}:image")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"mediaType": "text/plain"}, "Layer 0 has media type 'text/plain'"),
        ({"digest": "md5:00"}, "Layer 0 has digest 'md5:00'"),
        ({"size": -1}, "Layer 0 has size -1"),
        ({"annotations": None}, "Layer 0 has no annotation org.tvm-ffi.module.architecture"),
    ],
)
def test_manifest_with_a_bad_layer(change: dict[str, object], complaint: str) -> None:
    manifest = json.loads(write_manifest([layer_of(Payload("so", ANY, b"x"))]))
    manifest["layers"][0].update(change)
    with pytest.raises(InvalidArtifactError, match=complaint):
        read_manifest(json.dumps(manifest).encode(), "a test")


@pytest.mark.parametrize("text", [b"", b"not json", b"[]", b"{}", b"\xff"])
def test_manifest_that_is_none(text: bytes) -> None:
    with pytest.raises(InvalidArtifactError, match="where: a test"):
        read_manifest(text, "a test")


# Registries that do not serve.


def test_no_registry_there_fails_at_once() -> None:
    with pytest.raises(RegistryUnavailableError, match="check host and port") as caught:
        new_registry().pull("127.0.0.1:1/kernels:v1", "so")
    assert caught.value.where == "127.0.0.1:1/kernels:v1"


def test_https_to_a_plain_http_registry(repository: str) -> None:
    with pytest.raises(RegistryUnavailableError, match="--plain-http"):
        KernelRegistry().layers(f"{repository}:v1")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AccessDeniedError),
        (403, AccessDeniedError),
        (500, RegistryUnavailableError),
        (503, RegistryUnavailableError),
        (429, RegistryUnavailableError),
    ],
)
def test_refusals(proxy: Proxy, status: int, error: type[Exception]) -> None:
    proxy.answer_status = status
    with pytest.raises(error) as caught:
        new_registry().layers(f"{proxy.host}/kernels:v1")
    assert f"where: {proxy.host}/kernels:v1" in str(caught.value)


# What is refused before anything is sent.


@pytest.mark.parametrize("kind", ["", "two words", "a/b", "x" * 65])
def test_kind_that_cannot_be_in_a_media_type(kind: str) -> None:
    with pytest.raises(ValueError, match="cannot be the kind of a payload in a registry"):
        Payload(kind, ANY, b"x")


def test_two_payloads_for_the_same_machine(repository: str) -> None:
    twice = [Payload("so", ANY, b"x"), Payload("so", ANY, b"y")]
    with pytest.raises(ValueError, match="at most one payload for a kind and architecture"):
        new_registry().push(f"{repository}:v1", twice)
    with pytest.raises(ValueError, match="at least one payload"):
        new_registry().push(f"{repository}:v1", [])


# No file on the way.

NO_FILE_PROGRAM = """
import os, sys, tempfile
import numpy as np
import tvm_ffi, tvm_ffi.loaders
from kernel_registry import KernelRegistry

opened = []

def watch(event, args):
    if event == "open" and (args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
        opened.append(args[0])
    elif event in ("os.mkdir", "os.rename", "os.link", "tempfile.mkstemp", "tempfile.mkdtemp"):
        opened.append((event, args))

sys.addaudithook(watch)
mod = KernelRegistry(plain_http=True).load(sys.argv[1], "so")
x = np.arange(3, dtype="float32"); y = np.zeros_like(x)
mod.add_one(x, y)
print(opened, y.tolist())
"""


def test_no_file_is_made_between_registry_and_module(
    repository: str, library: bytes, tmp_path: Path
) -> None:
    """Neither Python opens one for writing, nor does one appear where programs put theirs."""
    new_registry().push(f"{repository}:v1", payloads(library))
    environment = {
        "PYTHONPATH": str(EXAMPLE),
        "PATH": "/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    places = {name: tmp_path / name for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME")}
    for place in places.values():
        place.mkdir()
    working_directory = tmp_path / "cwd"
    working_directory.mkdir()
    result = subprocess.run(
        [sys.executable, "-c", NO_FILE_PROGRAM, f"{repository}:v1"],
        env={**environment, **{name: str(place) for name, place in places.items()}},
        cwd=working_directory,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert result.stdout == "[] [1.0, 2.0, 3.0]\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_failed_pulls_leave_no_descriptor_and_nothing_cached(
    repository: str, server: LocalRegistry
) -> None:
    reference, file = push_own(repository, server)
    content = file.read_bytes()
    cache = DigestCache()

    def fail() -> None:
        registry = new_registry(cache=cache)
        for error, stored in (
            (DigestMismatchError, content[:-1] + b"!"),
            (TruncatedError, content[:10]),
        ):
            file.write_bytes(stored)
            with pytest.raises(error):
                registry.pull(reference, "blob", ANY)
        with pytest.raises(KindNotFoundError):
            registry.pull(reference, "so")
        with pytest.raises(ArtifactNotFoundError):
            registry.pull(f"{repository}:nothing", "blob", ANY)

    def descriptors() -> int:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    fail()
    before = descriptors()
    for _ in range(3):
        fail()
    assert descriptors() == before
    file.write_bytes(content)
    assert new_registry(cache=cache).pull(reference, "blob", ANY) == content


def test_unloaded_module_leaves_no_descriptor(repository: str, library: bytes) -> None:
    registry = new_registry()
    pinned = registry.push(f"{repository}:v1", payloads(library))
    registry.pull(pinned, "so")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        check_add_one(registry.load(pinned, "so", keep_module_alive=False))
        gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == before

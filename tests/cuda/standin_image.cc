// SPDX-License-Identifier: Apache-2.0
//
// Reads images as the compiler and `fatbinary` of CUDA 13 write them. It is for the tests' own
// images, so it trusts them.
#include "standin_image.h"

#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace standin {
namespace {

constexpr int kReservedShared = 1024;  // of a block's, counted by the image, not by limits
constexpr uint32_t kFatbinMagic = 0xBA55ED50;
constexpr size_t kFatbinHeaderBytes = 16;

// Attribute 0x17 of a .nv.info.<kernel> section describes one parameter: position and offset in 16
// bits each, and the size in the upper bits of the last word.
void ReadParams(const char* data, size_t size, KernelInfo* kernel) {
  for (size_t at = 0; at + 4 <= size;) {
    uint8_t format = data[at], attribute = data[at + 1];
    uint16_t length;
    std::memcpy(&length, data + at + 2, sizeof(length));
    if (format != 4) length = 0;  // the value is the 16 bits themselves
    if (format == 4 && attribute == 0x17 && length == 12) {
      uint16_t position, offset;
      uint32_t bits;
      std::memcpy(&position, data + at + 8, sizeof(position));
      std::memcpy(&offset, data + at + 10, sizeof(offset));
      std::memcpy(&bits, data + at + 12, sizeof(bits));
      kernel->params[position] = {offset, bits >> 18};
    }
    at += 4 + length;
  }
}

std::unique_ptr<Library> ReadCubin(const char* image) {
  Elf64_Ehdr header;
  std::memcpy(&header, image, sizeof(header));
  auto library = std::make_unique<Library>();
  library->runs_here = ((header.e_flags >> 8) & 0xff) == kArchitecture;
  auto sections = reinterpret_cast<const Elf64_Shdr*>(image + header.e_shoff);
  const char* names = image + sections[header.e_shstrndx].sh_offset;
  const std::string prefix = ".nv.info.";
  for (int i = 0; i < header.e_shnum; ++i) {
    std::string name = names + sections[i].sh_name;
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    auto kernel = std::make_unique<KernelInfo>();
    kernel->name = name.substr(prefix.size());
    ReadParams(image + sections[i].sh_offset, sections[i].sh_size, kernel.get());
    library->kernels[kernel->name] = std::move(kernel);
  }
  for (int i = 0; i < header.e_shnum; ++i) {
    std::string name = names + sections[i].sh_name;
    for (auto& [kernel_name, kernel] : library->kernels) {
      if (name == ".nv.shared." + kernel_name) {
        kernel->static_shared_bytes = static_cast<int>(sections[i].sh_size) - kReservedShared;
      }
    }
  }
  return library;
}

// The number of bytes of a PTX type such as `.u64`.
size_t PtxTypeBytes(std::string_view type) {
  return std::strtoul(type.data() + type.find_first_of("0123456789"), nullptr, 10) / 8;
}

// The text between `begin` and `end` behind position `at`, which moves behind it.
std::string_view Between(std::string_view text, std::string_view begin, std::string_view end,
                         size_t* at) {
  const size_t from = text.find(begin, *at);
  if (from == std::string_view::npos) {
    *at = from;
    return {};
  }
  const size_t start = from + begin.size();
  *at = text.find(end, start);
  return text.substr(start, *at - start);
}

// `.entry name( .param .u64 name_param_0, ... )`
std::unique_ptr<Library> ReadPtx(std::string_view text) {
  auto library = std::make_unique<Library>();
  size_t at = 0;
  while (true) {
    const std::string_view entry = Between(text, ".entry ", ")", &at);
    if (at == std::string_view::npos) return library;
    auto kernel = std::make_unique<KernelInfo>();
    kernel->name = entry.substr(0, entry.find('('));
    size_t offset = 0, param_at = 0;
    while (true) {
      const std::string_view type = Between(entry, ".param ", " ", &param_at);
      if (param_at == std::string_view::npos) break;
      kernel->params[kernel->params.size()] = {offset, PtxTypeBytes(type)};
      offset += PtxTypeBytes(type);
    }
    library->kernels[kernel->name] = std::move(kernel);
  }
}

// The first cubin in a fatbin.
std::unique_ptr<Library> ReadFatbin(const char* image) {
  uint64_t num_bytes;
  std::memcpy(&num_bytes, image + 8, sizeof(num_bytes));
  const std::string_view body(image + kFatbinHeaderBytes, num_bytes);
  const size_t at = body.find(std::string_view(ELFMAG, SELFMAG));
  return at == std::string_view::npos ? nullptr : ReadCubin(body.data() + at);
}

}  // namespace

std::unique_ptr<Library> ReadImage(const char* image) {
  if (std::memcmp(image, ELFMAG, SELFMAG) == 0) return ReadCubin(image);
  if (std::memcmp(image, &kFatbinMagic, sizeof(kFatbinMagic)) == 0) return ReadFatbin(image);
  if (std::strstr(image, ".version") != nullptr) return ReadPtx(image);
  return nullptr;
}

}  // namespace standin

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/loaders/elf_check.cc
 * \brief Checks the ELF headers of a payload against its size and against this library's own
 * header.
 */
#include "elf_check.h"

#include <elf.h>
#include <link.h>
#include <tvm/ffi/error.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

/*! \brief ELF header of the library this file is linked into, provided by the linker. */
extern "C" __attribute__((visibility("hidden"))) const ElfW(Ehdr) __ehdr_start;

namespace tvm_ffi_loaders {
namespace {

using Header = ElfW(Ehdr);
using ProgramHeader = ElfW(Phdr);
using SectionHeader = ElfW(Shdr);

std::string Describe(std::string_view image) {
  return "The `so` payload of " + std::to_string(image.size()) + " bytes";
}

std::string FirstBytes(std::string_view image) {
  if (image.empty()) return "it is empty";
  std::string text = "it starts with";
  for (unsigned char byte : image.substr(0, SELFMAG)) {
    char hex[4];
    std::snprintf(hex, sizeof(hex), " %02x", byte);
    text += hex;
  }
  return text;
}

const char* ClassName(unsigned char elf_class) {
  switch (elf_class) {
    case ELFCLASS32:
      return "32-bit";
    case ELFCLASS64:
      return "64-bit";
    default:
      return "of an unknown class";
  }
}

/*! \brief `<name> (<number>)` for the machines people meet, the number alone for others. */
std::string MachineName(uint16_t machine) {
  const char* name = "machine";
  switch (machine) {
    case EM_386:
      name = "x86";
      break;
    case EM_X86_64:
      name = "x86-64";
      break;
    case EM_ARM:
      name = "arm";
      break;
    case EM_AARCH64:
      name = "aarch64";
      break;
    case EM_PPC64:
      name = "ppc64";
      break;
    case EM_S390:
      name = "s390x";
      break;
    case EM_RISCV:
      name = "riscv";
      break;
    case EM_CUDA:
      name = "CUDA";
      break;
    case EM_AMDGPU:
      name = "AMD GPU";
      break;
    default:
      break;
  }
  return std::string(name) + " (" + std::to_string(machine) + ")";
}

/*! \brief Throws unless `image` holds `count` elements of `element_size` bytes at `offset`. */
void CheckRange(std::string_view image, uint64_t offset, uint64_t count, uint64_t element_size,
                const char* what) {
  const uint64_t size = image.size();
  if (offset <= size && count <= (size - offset) / std::max<uint64_t>(element_size, 1)) return;
  TVM_FFI_THROW(ValueError) << Describe(image) << " is truncated: its " << what << " of "
                            << count * element_size << " bytes at offset " << offset
                            << " lies beyond its end";
}

void CheckIdentification(std::string_view image) {
  const size_t length = std::min<size_t>(image.size(), SELFMAG);
  if (length == 0 || image.substr(0, length) != std::string_view(ELFMAG, length)) {
    TVM_FFI_THROW(ValueError) << Describe(image) << " is not an ELF file: " << FirstBytes(image);
  }
  CheckRange(image, 0, EI_NIDENT, 1, "identification");
  const auto elf_class = static_cast<unsigned char>(image[EI_CLASS]);
  if (elf_class != __ehdr_start.e_ident[EI_CLASS]) {
    TVM_FFI_THROW(ValueError) << Describe(image) << " is " << ClassName(elf_class)
                              << ", but this process is "
                              << ClassName(__ehdr_start.e_ident[EI_CLASS]);
  }
  if (static_cast<unsigned char>(image[EI_DATA]) != __ehdr_start.e_ident[EI_DATA]) {
    TVM_FFI_THROW(ValueError) << Describe(image) << " has the wrong byte order for this process";
  }
}

Header ReadHeader(std::string_view image) {
  CheckRange(image, 0, 1, sizeof(Header), "ELF header");
  Header header;
  std::memcpy(&header, image.data(), sizeof(header));
  if (header.e_machine != __ehdr_start.e_machine) {
    TVM_FFI_THROW(ValueError) << Describe(image) << " is built for the wrong architecture: "
                              << MachineName(header.e_machine) << ", but this process runs on "
                              << MachineName(__ehdr_start.e_machine);
  }
  if (header.e_type != ET_DYN) {
    TVM_FFI_THROW(ValueError) << Describe(image) << " is an ELF file but not a shared object (type "
                              << header.e_type
                              << (header.e_type == ET_REL
                                      ? ", an object file that is not linked yet)"
                                      : ")");
  }
  return header;
}

void CheckSegments(std::string_view image, const Header& header) {
  if (header.e_phnum == 0 || header.e_phentsize != sizeof(ProgramHeader)) {
    TVM_FFI_THROW(ValueError) << Describe(image) << " has no program headers to load it by";
  }
  CheckRange(image, header.e_phoff, header.e_phnum, sizeof(ProgramHeader), "program header table");
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    ProgramHeader segment;
    std::memcpy(&segment, image.data() + header.e_phoff + i * sizeof(segment), sizeof(segment));
    if (segment.p_type == PT_NULL) continue;
    CheckRange(image, segment.p_offset, segment.p_filesz, 1, "segment");
  }
}

void CheckSections(std::string_view image, const Header& header) {
  if (header.e_shoff == 0) return;  // stripped of its section headers, which loading does not need
  CheckRange(image, header.e_shoff, header.e_shnum, sizeof(SectionHeader), "section header table");
}

}  // namespace

void CheckSharedObject(std::string_view image) {
  CheckIdentification(image);
  const Header header = ReadHeader(image);
  CheckSegments(image, header);
  CheckSections(image, header);
}

}  // namespace tvm_ffi_loaders

// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/loaders/loadable.cc
 * \brief Collects the pages that the headers and the segments of an ELF file lie in.
 */
#include "loadable.h"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace tvm_ffi_loaders {
namespace {

/*! \brief The pages that `num_bytes` bytes at `offset` lie in, which the image holds. */
FileRange PagesOf(size_t offset, size_t num_bytes, size_t image_size) {
  const auto page_size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t end = offset + num_bytes;
  const size_t rest = end % page_size;
  const size_t until_page_end = rest == 0 ? 0 : page_size - rest;
  return {offset - offset % page_size, end + std::min(until_page_end, image_size - end)};
}

/*! \brief Sorts ranges and joins those that touch. */
std::vector<FileRange> Joined(std::vector<FileRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const FileRange& a, const FileRange& b) { return a.begin < b.begin; });
  std::vector<FileRange> joined;
  for (const FileRange& range : ranges) {
    if (joined.empty() || range.begin > joined.back().end) {
      joined.push_back(range);
    } else {
      joined.back().end = std::max(joined.back().end, range.end);
    }
  }
  return joined;
}

/*! \brief A copy of the T at `offset`, as the image need not be aligned. */
template <typename T>
T ReadAt(std::string_view image, size_t offset) {
  T value;
  std::memcpy(&value, image.data() + offset, sizeof(value));
  return value;
}

}  // namespace

std::vector<FileRange> LoadableRanges(std::string_view image) {
  const auto header = ReadAt<ElfW(Ehdr)>(image, 0);
  std::vector<FileRange> ranges{
      PagesOf(0, sizeof(header), image.size()),
      PagesOf(header.e_phoff, size_t{header.e_phnum} * sizeof(ElfW(Phdr)), image.size())};
  for (size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = ReadAt<ElfW(Phdr)>(image, header.e_phoff + i * sizeof(ElfW(Phdr)));
    if (segment.p_type == PT_NULL || segment.p_filesz == 0) continue;
    ranges.push_back(PagesOf(segment.p_offset, segment.p_filesz, image.size()));
  }
  return Joined(std::move(ranges));
}

bool HasDebugSymbols(std::string_view image) {
  const auto header = ReadAt<ElfW(Ehdr)>(image, 0);
  if (header.e_shoff == 0) return false;
  for (size_t i = 0; i < header.e_shnum; ++i) {
    const auto section = ReadAt<ElfW(Shdr)>(image, header.e_shoff + i * sizeof(ElfW(Shdr)));
    if (section.sh_type == SHT_SYMTAB) return true;
  }
  return false;
}

}  // namespace tvm_ffi_loaders

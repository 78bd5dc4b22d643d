#include "io/memory.h"

#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

#include <link.h>
#include <malloc.h>

namespace sragent {
namespace {

/// dl_iterate_phdr(3) calls it for each object. What the loader relocated lies in segments that can
/// be written (elf(5)), which are left alone.
int forget_pages(dl_phdr_info* object, std::size_t /*size*/, void* /*unused*/) {
  if (object->dlpi_addr == ::getauxval(AT_SYSINFO_EHDR)) return 0;  // the kernel's own, no file
  const auto page = static_cast<ElfW(Addr)>(::sysconf(_SC_PAGESIZE));
  for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const auto begin = object->dlpi_addr + segment.p_vaddr;
    const auto from = begin / page * page;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address is what the loader gives
    static_cast<void>(
        ::madvise(reinterpret_cast<void*>(from), begin + segment.p_memsz - from, MADV_DONTNEED));
  }
  return 0;
}

}  // namespace

void give_back_start_memory() {
  static_cast<void>(::malloc_trim(0));
  static_cast<void>(::dl_iterate_phdr(forget_pages, nullptr));
}

}  // namespace sragent

#pragma once

namespace sragent {

/// Gives back what only the start needed: free memory of the heap (malloc_trim(3)), and the pages
/// of code and constants of this program and its libraries, of which the kernel maps in again
/// those that are used (madvise(2), MADV_DONTNEED on a mapping of a file that nobody writes to).
/// Nothing is lost by it; a failure is none. A breakpoint or uprobe that somebody set in this
/// process is lost. Any thread.
void give_back_start_memory();

}  // namespace sragent

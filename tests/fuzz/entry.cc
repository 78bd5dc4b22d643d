// Where libFuzzer comes in; compiled once for each target, with its name.

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sragent::fuzz::SRAGENT_FUZZ_TARGET({data, size});
  return 0;
}

#include <cstdio>
#include <exception>
#include <string_view>
#include <vector>

#include "cli/cli.h"
#include "core/exit_codes.h"

int main(int argc, char** argv) {
  try {
    const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return sragent::run_cli(words);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "sr-agent: %s\n", e.what());
    return sragent::kExitInternal;
  }
}

#pragma once

#include <map>
#include <string>
#include <vector>

/// What is done with a directory of container scripts, stock ones or ours, and what came of it.
namespace podlab {

/// What is compared, each as text: a difference is then read at once.
using Traces = std::map<std::string, std::string>;

/// The scripts of the folder in the place of the entrypoint and preStop scripts. A step that does
/// not come about is a failure of the test that runs it.
struct StockCase {
  std::string name{};
  Traces (*run)(const std::string& scripts) = nullptr;
};

[[nodiscard]] const std::vector<StockCase>& stock_cases();

}  // namespace podlab

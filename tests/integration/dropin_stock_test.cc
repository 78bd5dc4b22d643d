#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "dropin_stock_cases.h"
#include "fe_lab.h"
#include "worker_lab.h"

/// What a directory of stock container scripts does, and what the wrappers do in its place, by the
/// same test body: statements at the FE, the server's words, links and files, exit status. The
/// directory is the user's (`scripts/test --stock DIR`); without one the comparison itself is
/// tested.
namespace podlab {

void PrintTo(const StockCase& value, std::ostream* out) {
  *out << value.name;
}

namespace {

namespace fs = std::filesystem;

std::string stock_folder() {
  const char* folder = std::getenv("SRAGENT_STOCK");
  return folder == nullptr ? std::string{} : folder;
}

std::string name_of(const testing::TestParamInfo<StockCase>& one) {
  return one.param.name;
}

class DropIn_Stock : public testing::TestWithParam<StockCase> {};

TEST_P(DropIn_Stock, AndTheWrapperDoTheSame) {
  const auto folder = stock_folder();
  if (folder.empty()) GTEST_SKIP() << "scripts/test --stock DIR names the stock scripts";
  const auto stock = GetParam().run(folder);
  if (HasFailure()) FAIL() << "the stock scripts did not come that far in the lab";
  EXPECT_EQ(GetParam().run(SRAGENT_SCRIPTS), stock);
}

INSTANTIATE_TEST_SUITE_P(By, DropIn_Stock, testing::ValuesIn(stock_cases()), name_of);

/// Puts a script into the folder that is ours but for what `before` does first.
void write_script(const std::string& folder, const std::string& name, const std::string& before) {
  const auto path = folder + "/" + name;
  write_text(path, "#!/bin/bash\n" + before + "\nexec " SRAGENT_SCRIPTS "/" + name + " \"$@\"\n");
  fs::permissions(path, fs::perms{0755});
}

std::string scripts_that(const std::string& folder, const std::string& before) {
  fs::create_directories(folder);
  for (const auto& entry : fs::directory_iterator(SRAGENT_SCRIPTS)) {
    if (entry.path().extension() == ".sh")
      write_script(folder, entry.path().filename().string(), before);
  }
  return folder;
}

/// A folder that goes with the object.
class ScriptFolder {
 public:
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  OperatorNet net_{};
  std::string path_{root_of(net_.be(2)) + "/scripts"};
};

class DropIn_StockCase : public testing::TestWithParam<StockCase> {};

TEST_P(DropIn_StockCase, FindsNothingInScriptsThatDoTheSame) {
  const ScriptFolder folder;
  const auto ours = GetParam().run(SRAGENT_SCRIPTS);
  EXPECT_FALSE(ours.empty());
  EXPECT_EQ(GetParam().run(scripts_that(folder.path(), ":")), ours);
}

INSTANTIATE_TEST_SUITE_P(By, DropIn_StockCase, testing::ValuesIn(stock_cases()), name_of);

/// Another thing done before ours, and what of the case's traces is then another.
struct Difference {
  std::string name{};
  std::string in{};  ///< Name of the case.
  std::string before{};
  std::set<std::string> traces{};
};

void PrintTo(const Difference& value, std::ostream* out) {
  *out << value.name;
}

class DropIn_StockComparison : public testing::TestWithParam<Difference> {};

TEST_P(DropIn_StockComparison, FindsWhatIsDoneOtherwise) {
  const ScriptFolder folder;
  const auto& cases = stock_cases();
  const auto one = std::find_if(
      cases.begin(), cases.end(), [](const auto& each) { return each.name == GetParam().in; });
  ASSERT_NE(one, cases.end());
  const auto ours = one->run(SRAGENT_SCRIPTS);
  std::set<std::string> found;
  for (const auto& [name, text] : one->run(scripts_that(folder.path(), GetParam().before)))
    if (ours.at(name) != text) found.insert(name);
  EXPECT_EQ(found, GetParam().traces);
}

constexpr const char* kOwnStatus =
    "case $0 in *_entrypoint.sh) " SRAGENT_SCRIPTS "/${0##*/} \"$@\"; exit 9 ;; esac";

INSTANTIATE_TEST_SUITE_P(
    Of,
    DropIn_StockComparison,
    testing::Values(Difference{"AnotherName", "Be", "export HOST_TYPE=IP", {"statements"}},
                    Difference{"AMissingLink", "Be", "unset CONFIGMAP_MOUNT_PATH", {"conf"}},
                    Difference{"AHookThatFails",
                               "Be",
                               "case $0 in *_prestop.sh) exit 3 ;; esac",
                               {"hook", "after the hook"}},
                    Difference{"AWarehouseThatIsForgotten",
                               "Warehouse",
                               "unset KUBE_STARROCKS_MULTI_WAREHOUSE",
                               {"statements", "warehouse"}},
                    Difference{
                        "AnOptionThatIsForgotten", "LogConsole", "unset LOG_CONSOLE", {"be", "cn"}},
                    Difference{"AnotherExitStatus",
                               "Crash",
                               kOwnStatus,
                               {"be by signal", "be by status", "cn by signal", "cn by status"}}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace podlab

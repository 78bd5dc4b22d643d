#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/leaving.h"
#include "core/reason.h"
#include "core/start.h"

namespace sragent {
namespace {

const std::filesystem::path kSource{SRAGENT_SOURCE_DIR};

/// Lines of a document from the heading on, up to the next of the same level.
std::vector<std::string> section(const std::string& document, const std::string& heading) {
  std::vector<std::string> out;
  std::ifstream in(kSource / document);
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("## ", 0) == 0) inside = line.rfind(heading, 0) == 0;
    if (inside) out.push_back(line);
  }
  return out;
}

/// Cells of a row of a table, without blanks around; empty: no row.
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  if (line.rfind('|', 0) != 0) return out;
  for (std::size_t at = 1, end = 0; (end = line.find('|', at)) != std::string::npos; at = end + 1) {
    const auto first = line.find_first_not_of(' ', at);
    const auto last = line.find_last_not_of(' ', end - 1);
    out.push_back(first < end ? line.substr(first, last - first + 1) : "");
  }
  return out;
}

/// What stands between backquotes if the whole cell does; else nothing.
std::string quoted(const std::string& cell) {
  const bool whole = cell.size() > 2 && cell.front() == '`' && cell.back() == '`';
  return whole ? cell.substr(1, cell.size() - 2) : "";
}

TEST(LeavingDocument, ShowsTheTableAsItIs) {
  const std::string begin = "<!-- diagram";
  const std::string end = "<!-- end of diagram -->\n";
  const auto path = kSource / "docs/leaving.md";
  std::string text;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    text += line + "\n";
  const auto first = text.find('\n', text.find(begin)) + 1;
  const auto last = text.find(end);
  ASSERT_LT(first, text.size());
  ASSERT_LT(last, text.size());
  const auto diagram = "\n" + leave_diagram() + "\n";
  if (std::getenv("SRAGENT_WRITE_DOCS") != nullptr) {
    std::ofstream(path) << text.substr(0, first) << diagram << text.substr(last);
  } else {
    EXPECT_EQ(text.substr(first, last - first), diagram)
        << "SRAGENT_WRITE_DOCS=1 ctest -R LeavingDocument writes it anew";
  }
}

TEST(OperationsDocument, HasARowForEachReasonWordAndForNoOther) {
  std::multiset<std::string> documented;
  for (const auto& line : section("docs/operations.md", "## Reason words")) {
    const auto row = cells(line);
    if (!row.empty() && !quoted(row.front()).empty()) documented.insert(quoted(row.front()));
  }
  std::multiset<std::string> known;
  for (int i = 1; i < kReasonCount; ++i)  // 0 is "none": nothing to say
    known.emplace(to_string(static_cast<Reason>(i)));
  EXPECT_EQ(documented, known);
}

TEST(OperationsDocument, SaysForEachWordWhatItMeans) {
  for (const auto& line : section("docs/operations.md", "## Reason words")) {
    const auto row = cells(line);
    if (row.empty() || quoted(row.front()).empty()) continue;
    ASSERT_TRUE(row.size() == 2 || row.size() == 4) << line;
    EXPECT_FALSE(row.at(1).empty()) << line;
    EXPECT_FALSE(row.back().empty()) << line;
  }
}

/// Reason words that docs/operations.md says are not said by this version.
std::set<std::string> reserved_words() {
  std::set<std::string> out;
  bool there = false;
  for (const auto& line : section("docs/operations.md", "## Reason words")) {
    there = there || line.find("reserved") != std::string::npos;
    const auto row = cells(line);
    if (there && !row.empty() && !quoted(row.front()).empty()) out.insert(quoted(row.front()));
  }
  return out;
}

TEST(TroubleshootingDocument, TellsSymptomCauseCommandAndCureOfEachReasonWord) {
  std::multiset<std::string> documented;
  const auto reserved = reserved_words();
  for (const auto& line : section("docs/troubleshooting.md", "## By reason word")) {
    const auto row = cells(line);
    if (row.empty() || quoted(row.front()).empty()) continue;
    documented.insert(quoted(row.front()));
    EXPECT_EQ(line.find("reserved") != std::string::npos, reserved.contains(quoted(row.front())))
        << line;
    ASSERT_EQ(row.size(), 5U) << line;
    for (const auto& cell : row)
      EXPECT_FALSE(cell.empty()) << line;
    EXPECT_NE(row.at(3).find('`'), std::string::npos) << "no command: " << line;
  }
  std::multiset<std::string> known;
  for (int i = 1; i < kReasonCount; ++i)
    known.emplace(to_string(static_cast<Reason>(i)));
  EXPECT_EQ(documented, known);
}

TEST(StartRulesDocument, HasTheRowsOfTheCodeInTheirOrder) {
  std::vector<std::string> documented;
  for (const auto& line : section("docs/start-rules.md", "## 2.")) {
    const auto row = cells(line);
    const bool numbered = !row.empty() && !row.front().empty() &&
                          row.front().find_first_not_of("0123456789b") == std::string::npos;
    if (numbered) documented.push_back(row.front());
  }
  std::vector<std::string> known;
  for (const auto& rule : start_rules())
    known.emplace_back(rule.name);
  EXPECT_EQ(documented, known);
}

TEST(ArchitectureDocument, NamesAFileThatExistsForEachBehaviour) {
  int files = 0;
  for (const auto& line : section("docs/architecture.md", "## Where each behaviour lives")) {
    const auto row = cells(line);
    if (row.size() != 2 || quoted(row.at(1)).empty()) continue;
    ++files;
    EXPECT_TRUE(std::filesystem::is_regular_file(kSource / quoted(row.at(1)))) << line;
  }
  EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace sragent

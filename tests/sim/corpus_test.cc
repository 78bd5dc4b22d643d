// Replays every statement on record and compares the simulator's answer with the recorded one:
// kind of answer, column names, wire types, lengths, values, error codes, states and texts.
// The record is explained in corpus/README.md. What the world did around the statements is read off
// the recorded rows as typed facts (corpus_cluster.h); what is compared is what StarRocks makes of
// it.

#include <algorithm>
#include <iostream>
#include <regex>

#include <gtest/gtest.h>

#include "corpus_lines.h"

namespace srsim::testing {
namespace {

/// Lines that are not compared or may differ: exactly so many.
struct Exception {
  std::string file;      ///< "" = any
  std::string sql;       ///< regular expression over the statement
  std::string note;      ///< regular expression over the note
  std::string mismatch;  ///< regular expression over what differs
  std::string reason;
  int lines{};
  int hits{};
};

std::vector<Exception> exceptions() {
  return {
      {"",
       ".*",
       ".*",
       "^no answer",
       "the recorder saw no answer (refused, closed or timed out): nothing to compare; such ports "
       "are tests of the processes",
       43},
      {"bootstrap_experiments",
       ".*",
       ".*",
       "^polled",
       "a summary of many polls, not an answer",
       64},
      {"leaderless",
       "show backend blacklist",
       ".*",
       "rows",
       "AUTO entries come from failed RPCs of running queries, which the simulator does not run",
       2},
  };
}

bool is_forward_failure(const std::string& message) {
  return message.starts_with("java.net.") || message == "Socket is closed by peer." ||
         message == "Internal error processing forward" ||
         message.starts_with("(JE 18.3.20) Could not determine master");
}

class Replay {
 public:
  /// What differs, or empty.
  std::string run(const Line& line) {
    if (std::string missing = not_an_answer(line); !missing.empty()) return missing;
    CorpusCluster& cluster = cluster_of(line);
    const std::string node = node_of(line);
    FakeView& view = cluster.fe(node);
    cluster.set_time(static_cast<Millis>(line.time * 1000));
    set_leader(line, cluster, node);
    set_world(line, cluster, view, node);
    const SqlResult result = execute(session(line, view), view, line.text("sql"));
    const StatementResult& last = result.results.back();
    return compare(line, last);
  }

 private:
  static std::string node_of(const Line& line) {
    if (line.experiment()) return "fe" + line.text("who").substr(3, 1);
    std::string node = line.text("node");
    if (node != "me") return node;
    return line.note().find("ex-leader") != std::string::npos ? "fe1" : "fe0";
  }

  /// Which recorded cluster a line belongs to; section "Corpus" of corpus/README.md gives the
  /// machines, the times are those of the wipes between the runs.
  static std::string key_of(const Line& line) {
    const std::string version = line.text("version");
    const std::string node = line.text("node");
    if (line.experiment()) return "experiment";
    if (version == "3.3-92d3ab2") return "ip";
    if (version == "main-70d1c24") return line.time > 1795249600 ? "main_data" : "main";
    if (line.time > 1795250300 && (node == "fe3" || node == "fe4")) return "role";
    if (line.time > 1795249600 && line.time < 1795249700 && node == "fe0") return "trap";
    if (line.time > 1795251300) return "last";
    return line.time > 1795250820 ? "slow" : "first";
  }

  CorpusCluster& cluster_of(const Line& line) {
    const std::string key = key_of(line);
    auto& slot = clusters_[key];
    if (slot && key != "experiment") return *slot;
    CorpusCluster::Origin origin{.profile = line.text("version")};
    origin.ip_mode = key == "ip";
    origin.mode = key == "main_data" ? RunMode::kSharedData : RunMode::kSharedNothing;
    origin.nodes_recorded = key != "slow" && key != "last";
    if (key == "experiment") origin.domain = "fx.lab";
    slot = std::make_unique<CorpusCluster>(origin);
    if (key == "main_data") slot->found("fe4", 2);
    if (key == "role") slot->found("fe3", 1);
    if (key == "trap") slot->found("fe0", 1);
    return *slot;
  }

  static void set_leader(const Line& line, CorpusCluster& cluster, const std::string& node) {
    static const std::regex numbered(R"((?:fe-|10\.89\.0\.1)(\d).*)");
    std::string leader = cluster.leader().empty() ? node : cluster.leader();
    if (line.text("node_role") == "leader") leader = node;
    for (const RecordedRow& row : recorded_rows(line)) {
      const auto role = row.find("Role");
      std::smatch match;
      if (role == row.end() || role->second != "LEADER") continue;
      const std::string host = row.at("IP").value_or("");
      if (std::regex_match(host, match, numbered)) leader = "fe" + match[1].str();
    }
    if (recorded_error(line) == "can not drop current master node.") {
      std::smatch match;
      const std::string sql = line.text("sql");
      if (std::regex_search(sql, match, std::regex(R"('fe-(\d))"))) leader = "fe" + match[1].str();
    }
    cluster.set_leader(leader);
  }

  static bool leaderless(const Line& line) {
    const std::string note = line.note();
    return note.find("leaderless") != std::string::npos ||
           note.find("isolated follower (") != std::string::npos ||
           note.find("only leader is dead") != std::string::npos;
  }

  static void set_world(const Line& line,
                        CorpusCluster& cluster,
                        FakeView& view,
                        const std::string& node) {
    const std::string sql = lower(line.text("sql"));
    const std::string error = recorded_error(line);
    if (line.experiment()) prepare_experiment(line, cluster, node);
    const bool alone = is_forward_failure(error) || leaderless(line);
    if (alone) {
      view.leads = false;
      view.leader = nullptr;
      view.forward_error = is_forward_failure(error) ? error : "(was not to be forwarded)";
      static const std::regex age(R"(\+(\d+)s)");
      std::smatch match;
      const std::string note = line.note();
      if (std::regex_search(note, match, age)) view.readable = std::stoi(match[1]) < 300;
    }
    if (error.find("Commit policy") != std::string::npos) {
      view.leads = true;
      view.group_view.error = error;
    }
    const std::string named = error.empty() && !line.experiment() ? named_fe(line) : "";
    if (!named.empty() && sql.starts_with("alter system drop follower")) cluster.freeze(named);
    if (!named.empty() && sql.starts_with("alter system add")) cluster.thaw(named);
    if (!has_rows(line)) return;
    const bool local = alone || sql.starts_with("show proc");
    const auto rows = recorded_rows(line);
    const std::string answering = local ? node : cluster.leader();
    if (sql.find("frontends") != std::string::npos) cluster.observe_frontends(answering, rows);
    if (sql.find("backends") != std::string::npos) cluster.observe_nodes(NodeKind::kBackend, rows);
    if (sql.find("compute") != std::string::npos && sql.find("nodes") != std::string::npos)
      cluster.observe_nodes(NodeKind::kComputeNode, rows);
    if (sql == "show processlist") observe_processes(view, rows);
    if (sql == "show databases" && line.experiment()) {
      for (const RecordedRow& row : rows)
        add_database(view, row.at("Database").value_or(""));
    }
    if (line.experiment()) view.leads = node == cluster.leader();
  }

  /// The FE that an ADD or DROP names: "fe2" of 'fe-2.fe.lab:9010' and of '10.89.0.12:9010'.
  static std::string named_fe(const Line& line) {
    static const std::regex numbered(R"(['"]\s*(?:fe-|10\.89\.0\.1)(\d))");
    std::smatch match;
    const std::string sql = line.text("sql");
    return std::regex_search(sql, match, numbered) ? "fe" + match[1].str() : "";
  }

  static void add_database(FakeView& view, const std::string& name) {
    if (name != "information_schema" && name != "sys") view.change(entry::put_database(name));
  }

  /// Experiments wipe and restart at will, so each line starts from a cluster of its own: the FE
  /// that answers, and for a DROP the FE that is dropped.
  static void prepare_experiment(const Line& line,
                                 CorpusCluster& cluster,
                                 const std::string& node) {
    const std::string leader = cluster.leader().empty() ? node : cluster.leader();
    if (!has_rows(line)) cluster.found(leader, 1);
    cluster.set_leader(leader);
    std::smatch match;
    const std::string sql = line.text("sql");
    if (!std::regex_search(sql, match, std::regex(R"(drop follower '(fe-\d\.fx\.lab):9010')")))
      return;
    const std::string host = match[1];
    if (cluster.fe(leader).own.host != host) {
      cluster.fe(leader).change(entry::put_frontend(
          {.id = 2, .name = host + "_9010_1", .host = host, .edit_log_port = 9010}));
    }
  }

  static void observe_processes(FakeView& view, const std::vector<RecordedRow>& rows) {
    view.process_rows.clear();
    for (const RecordedRow& row : rows) {
      const auto value = [&](const char* name) { return row.at(name).value_or(""); };
      std::tm parts{};
      const std::string started = value("ConnectionStartTime");
      strptime(started.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
      view.process_rows.push_back(
          {.connection_id = static_cast<std::uint32_t>(std::stoul(value("Id"))),
           .user = value("User"),
           .peer = value("Host"),
           .db = value("Db"),
           .in_query = value("Command") == "Query",
           .connected = timegm(&parts) * 1000,
           .seconds = std::stoll(value("Time")),
           .sql = value("Info")});
    }
  }

  Session& session(const Line& line, const FakeView& view) {
    const bool continued = line.note() == "after set role all";
    const std::string user = line.text("as_user").empty() ? "root" : line.text("as_user");
    if (!continued) session_ = open_session(*view.catalog(), user);
    return session_;
  }

  std::map<std::string, std::unique_ptr<CorpusCluster>> clusters_{};
  Session session_{};
};

bool matches(const Exception& exception, const Line& line, const std::string& mismatch) {
  const auto fits = [](const std::string& pattern, const std::string& text) {
    return std::regex_search(text, std::regex(pattern));
  };
  return (exception.file.empty() || exception.file == line.file) &&
         fits(exception.sql, line.text("sql")) && fits(exception.note, line.note()) &&
         fits(exception.mismatch, mismatch);
}

TEST(Corpus, EveryRecordedStatementIsAnsweredAsRecorded) {
  auto excepted = exceptions();
  Replay replay;
  int same = 0;
  int spared = 0;
  for (const Line& line : read_lines()) {
    if (!line.text("as_user").empty() && line.record.contains("result") &&
        line.record["result"].front().value("phase", "") == "connect") {
      continue;  // the login itself: Corpus.EveryRecordedLoginRefusalIsRepeated
    }
    const std::string mismatch = replay.run(line);
    if (mismatch.empty()) {
      ++same;
      continue;
    }
    const auto exception = std::ranges::find_if(
        excepted, [&](const Exception& e) { return matches(e, line, mismatch); });
    if (exception != excepted.end()) {
      ++exception->hits;
      ++spared;
      continue;
    }
    ADD_FAILURE() << line.file << " t=" << std::fixed << line.time << " " << line.text("version")
                  << " " << line.text("node") << " | " << line.text("sql") << " | " << line.note()
                  << "\n    " << mismatch;
  }
  std::cout << "corpus: " << same << " statements compared equal, " << spared << " excepted\n";
  for (const Exception& exception : excepted) {
    std::cout << "  " << exception.hits << " x " << exception.reason << "\n";
    EXPECT_EQ(exception.hits, exception.lines) << exception.reason;
  }
  EXPECT_EQ(same, 906);
}

}  // namespace
}  // namespace srsim::testing

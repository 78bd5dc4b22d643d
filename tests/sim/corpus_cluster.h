#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fake_view.h"

namespace srsim::testing {

/// A recorded row by column name; an empty optional is SQL NULL.
using RecordedRow = std::map<std::string, std::optional<std::string>>;

/// A recorded cluster as the replay rebuilds it. Membership comes from the replayed statements;
/// what the world around them did (heartbeats, the replication group, other objects that took ids)
/// is read off the recorded rows as typed facts, never as text, before the statement runs.
class CorpusCluster {
 public:
  struct Origin {
    std::string profile{};
    std::string domain{"fe.lab"};
    bool ip_mode{};
    RunMode mode{RunMode::kSharedNothing};
    bool nodes_recorded{true};  ///< every ADD of a BE or CN is on record
  };

  explicit CorpusCluster(Origin origin);

  /// The FE called "fe0" to "fe4".
  [[nodiscard]] FakeView& fe(const std::string& node);
  void set_leader(const std::string& node);
  [[nodiscard]] const std::string& leader() const { return leader_; }
  /// Founds the cluster at `node`, as far as no recorded row has shown it yet.
  void found(const std::string& node, int id);

  /// Facts behind rows of SHOW FRONTENDS as `node` answers it.
  void observe_frontends(const std::string& node, const std::vector<RecordedRow>& rows);
  /// Facts behind rows of SHOW BACKENDS or SHOW COMPUTE NODES.
  void observe_nodes(NodeKind kind, const std::vector<RecordedRow>& rows);
  /// `node` replays nothing any more: a follower that was dropped while it runs.
  void freeze(const std::string& node);
  /// It started anew.
  void thaw(const std::string& node) { fe(node).use(shared_); }
  void set_time(Millis now);

 private:
  void load_frontends(const std::vector<RecordedRow>& rows);
  static void adopt_name(FakeView& view, const RecordedRow& row);
  void adopt_node_ids(NodeKind kind, const std::vector<RecordedRow>& rows);
  void set_tablets(std::int64_t node_id, int wanted);
  void change(const JournalEntry& entry);
  [[nodiscard]] std::string host_of(const std::string& node) const;
  [[nodiscard]] Millis time_of(const RecordedRow& row, const char* column) const;

  Origin origin_;
  std::shared_ptr<FakeView::Shared> shared_{std::make_shared<FakeView::Shared>()};
  std::map<std::string, std::unique_ptr<FakeView>> fes_{};
  std::string leader_{};
  bool known_{};
  bool nodes_known_{};
};

}  // namespace srsim::testing

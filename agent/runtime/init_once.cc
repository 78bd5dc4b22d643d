#include "runtime/init_once.h"

#include <algorithm>
#include <array>
#include <thread>

#include "core/exit_codes.h"
#include "core/words.h"
#include "io/clock.h"
#include "runtime/conf_links.h"
#include "runtime/hold_asks.h"
#include "runtime/membership_statement.h"
#include "runtime/node_parts.h"
#include "runtime/start_facts.h"
#include "runtime/start_observation.h"
#include "runtime/state_folder.h"
#include "starrocks/conf_files.h"
#include "starrocks/sql_text.h"

namespace sragent {
namespace {

constexpr Millis kPause{1'000};
constexpr int kMovesAside = 3;

InitResult ended(int code, Reason reason, std::string detail) {
  InitResult out;
  out.code = code;
  out.reason = reason;
  out.detail = std::move(detail);
  return out;
}

InitResult refused(const Error& error) {
  const auto reason =
      error.kind == ErrorKind::kIo ? Reason::kPathNotWritable : Reason::kConfigInvalid;
  return ended(refusal_exit_code(error), reason, error.what);
}

std::string host_of(const std::string& address) {
  return address.substr(0, address.rfind(':'));
}

/// The decision of one FE, made and prepared on one thread.
class FeInit {
 public:
  FeInit(const OneShot& shot, FeConf conf, StateFolder state, InitOptions options)
      : context_(shot.look),
        session_(shot.node.session),
        conf_(std::move(conf)),
        state_(std::move(state)),
        options_(options),
        policy_(start_policy(*shot.look.config)) {
    context_.me.edit_log_port = conf_.edit_log_port;
    context_.fe_query_port = conf_.query_port;
    context_.fe_http_port = conf_.http_port;
  }

  InitResult run() {
    const auto until = now() + options_.patience;
    recall_statement();
    while (true) {
      read_disk();
      look_ = disk_decides(disk_.meta, policy_) ? LookResult{} : look();
      decide();
      if (auto result = act()) return *std::move(result);
      if (now() >= until) return as_decided(kExitUndecidable);
      std::this_thread::sleep_for(context_.clock.to_real(kPause));
    }
  }

 private:
  [[nodiscard]] Instant now() const { return context_.clock.now(); }

  /// A statement of an earlier run may still be on its way (row 17).
  void recall_statement() {
    const auto note = state_.read().statement;
    if (note) memory_.statement_at = now() - statement_age(*note, Clock::unix_ms());
  }

  void read_disk() {
    disk_.files = state_.read();
    disk_.meta = classify_meta(state_.read_meta());
    disk_.certificate = state_.birth_certificate(disk_.files);
    AnnotationWatch pod;
    pod.look(context_.config->node.annotations_file);
    policy_.hold = !standing_asks(pod.all(), *context_.config, context_.clock).asks.empty();
  }

  [[nodiscard]] LookResult look() const {
    LookWishes wishes;
    wishes.consent = wants_consent(context_.me, policy_, disk_.meta, memory_);
    return look_around(context_, wishes);
  }

  void decide() {
    const auto at = now();
    if (!waiting_since_) waiting_since_ = at;
    context_.me.role = role_of(*context_.config, context_.me, disk_.meta, look_.lists);
    auto outcome = decide_start(context_.me,
                                policy_,
                                start_observation(disk_, look_, waiting_since_),
                                std::move(memory_),
                                at);
    decision_ = std::move(outcome.decision);
    memory_ = std::move(outcome.memory);
  }

  [[nodiscard]] InitResult as_decided(int code) const {
    auto out = ended(code, decision_.reason, decision_.detail);
    out.rule = decision_.rule;
    out.action = action_text(decision_.action);
    return out;
  }

  [[nodiscard]] InitResult failed(const Error& error) const {
    auto out = as_decided(error.kind == ErrorKind::kIo ? kExitPath : kExitUndecidable);
    out.detail = error.what;
    return out;
  }

  /// nullopt: look again.
  std::optional<InitResult> act() {
    const auto& action = decision_.action;
    if (std::holds_alternative<Wait>(action)) return wait();
    if (std::holds_alternative<Refuse>(action))
      return as_decided(refusal_exit_code(decision_.reason));
    if (std::holds_alternative<MoveAside>(action)) return move_aside();
    if (const auto* join = std::get_if<Join>(&action); join != nullptr && !options_.dry_run)
      return prepare_join(*join);
    auto out = as_decided(kExitDone);
    out.values = values();
    return out;
  }

  /// Only where the rules want several readings another look of this run can help.
  [[nodiscard]] std::optional<InitResult> wait() const {
    constexpr std::array<std::string_view, 7> kTimeHelps{"16", "17", "19", "19b", "22", "25", "32"};
    const bool helps =
        decision_.reason != Reason::kIdentityConflict &&
        std::find(kTimeHelps.begin(), kTimeHelps.end(), decision_.rule) != kTimeHelps.end();
    if (helps) return std::nullopt;
    return as_decided(kExitUndecidable);
  }

  std::optional<InitResult> move_aside() {
    if (options_.dry_run || ++moves_ > kMovesAside) return as_decided(kExitUndecidable);
    const auto moved = state_.move_aside(decision_.detail);
    if (!moved) return failed(moved.error());
    return std::nullopt;
  }

  /// Reads the list anew on a connection to the leader and decides by it again.
  [[nodiscard]] LeaderSession ask_leader(const Join& join) {
    auto out = ask_leader_again(context_, join.leader_host, look_);
    read_disk();
    decide();
    return out;
  }

  std::optional<InitResult> prepare_join(const Join& decided) {
    const Join planned = decided;  // ask_leader decides anew
    const auto leader = ask_leader(planned);
    const auto* join = std::get_if<Join>(&decision_.action);
    const bool same = join != nullptr && join->step == planned.step &&
                      join->leader_host == planned.leader_host &&
                      join->cluster_id == planned.cluster_id;
    if (!same || !leader.sql) return std::nullopt;
    if (auto kept = state_.remember(planned.cluster_id); !kept) return failed(kept.error());
    if (planned.step != JoinStep::kReuseRow) return send(planned, *leader.sql);
    return joined();
  }

  std::optional<InitResult> send(const Join& join, SqlSession& session) {
    const auto& me = context_.me;
    const bool drop = join.step == JoinStep::kDropOwnRow;
    const auto text = drop ? drop_frontend(me.role, me.host, me.edit_log_port)
                           : add_frontend(me.role, me.host, me.edit_log_port);
    if (!text) return failed(text.error());
    if (auto noted = state_.write(StatementNote{*text, join.leader_host, Clock::unix_ms()}); !noted)
      return failed(noted.error());
    memory_.statement_at = now();
    const auto sent = send_fe_statement(context_, session, *text, look_.lists.front());
    if (sent.unsent) {
      memory_.statement_at.reset();
      if (auto cleared = state_.clear_statement(); !cleared) return failed(cleared.error());
      return std::nullopt;
    }
    if (!sent.answered) return std::nullopt;  // row 17: nothing is sent for 35 s
    memory_.statement_at.reset();
    if (auto cleared = state_.clear_statement(); !cleared) return failed(cleared.error());
    const auto* row = sent.list ? find_row(*sent.list, me.host) : nullptr;
    const bool listed = row != nullptr && row->port == me.edit_log_port &&
                        (row->role == RowRole::kObserver) == (me.role == FeRole::kObserver);
    if (!drop && listed) return joined();
    if (sent.error && row == nullptr && !drop) return failed(*sent.error);
    return std::nullopt;
  }

  [[nodiscard]] InitResult joined() const {
    auto out = as_decided(kExitDone);
    out.values = values();
    return out;
  }

  [[nodiscard]] std::string role_word() const {
    const bool observer = context_.me.role == FeRole::kObserver;
    if (std::holds_alternative<Resume>(decision_.action)) return "resume";
    if (std::holds_alternative<Found>(decision_.action)) return "master";
    return observer ? "observer" : "follower";
  }

  [[nodiscard]] DecisionValues values() const {
    std::string helper;
    ClusterId id = disk_.meta.cluster_id;
    auto host_type = context_.me.host_type;
    if (const auto* join = std::get_if<Join>(&decision_.action)) {
      helper = host_port(join->leader_host, join->leader_port);
      id = join->cluster_id;
    }
    if (const auto* finish = std::get_if<Finish>(&decision_.action)) helper = finish->helper;
    if (const auto* resume = std::get_if<Resume>(&decision_.action)) host_type = resume->host_type;
    const auto leader =
        helper.empty() ? std::string{} : host_of(helper) + ":" + std::to_string(conf_.query_port);
    const auto at = Clock::unix_ms();
    DecisionValues out{{"KIND", "fe"},
                       {"FE_ROLE", role_word()},
                       {"FE_LEADER", leader},
                       {"FE_HELPER", helper},
                       {"HOST_TYPE", std::string{to_string(host_type)}},
                       {"CLUSTER_ID", id},
                       {"DECISION", std::string{action_name(decision_.action)}},
                       {"ROW", std::string{decision_.rule}},
                       {"SESSION", session_},
                       {"DECIDED_UNIX_MS", std::to_string(at)}};
    if (const auto* found = std::get_if<Found>(&decision_.action)) {
      const auto left = std::max(Millis{0}, context_.clock.to_real(found->until - now()));
      out.emplace_back("EXPIRES_UNIX_MS", std::to_string(at + left.count()));
    }
    return out;
  }

  LookContext context_;
  std::string session_;
  FeConf conf_;
  StateFolder state_;
  InitOptions options_;
  StartPolicy policy_;
  DiskView disk_{};
  LookResult look_{};
  StartMemory memory_{};
  StartDecision decision_{};
  std::optional<Instant> waiting_since_{};
  int moves_ = 0;
};

InitResult init_fe(const OneShot& shot, const InitOptions& options) {
  const auto& config = *shot.look.config;
  auto conf = load_fe_conf(server_conf_context(config, NodeKind::kFe));
  if (!conf) return refused(conf.error());
  const auto dir = state_dir_of(config, conf->meta_dir);
  auto state = options.dry_run
                   ? Result<StateFolder>{StateFolder::peek(dir, conf->meta_dir, conf->log_dir)}
                   : StateFolder::open(dir, conf->meta_dir, conf->log_dir);
  if (!state) return refused(state.error());
  return FeInit{shot, *conf, *std::move(state), options}.run();
}

/// A BE or CN needs to know who leads; its server starts without (S24).
InitResult init_worker(const OneShot& shot) {
  const auto context = worker_context(shot);
  if (!context) return refused(context.error());
  const auto found = find_leader(*context);
  if (found.leader.empty()) return ended(kExitUndecidable, found.reason, found.detail);
  const auto& me = context->self;
  InitResult out = ended(kExitDone, Reason::kNone, "the leader is " + found.leader);
  out.action = "Start";
  out.values = {{"KIND", std::string{to_string(me.kind)}},
                {"FE_LEADER", host_port(found.leader, context->look.fe_query_port)},
                {"CLUSTER_ID", found.cluster_id},
                {"NODE_ADDRESS", host_port(me.host, me.heartbeat_port)},
                {"SESSION", shot.node.session},
                {"DECIDED_UNIX_MS", std::to_string(Clock::unix_ms())}};
  const bool other_disk = !found.stored_id.empty() && found.stored_id != found.cluster_id;
  if (!other_disk) return out;
  return ended(kExitIdentity,
               Reason::kIdentityConflict,
               "the disk belongs to cluster " + found.stored_id + ", the FEs are cluster " +
                   found.cluster_id);
}

/// As node.service takes it.
std::string service_words(const Config& config) {
  std::vector<std::string> words;
  for (const auto& one : config.node.service)
    words.push_back(one.port == 0 ? one.host : host_port(one.host, one.port));
  return joined(words, ",");
}

}  // namespace

InitResult init_once(const OneShot& shot, const InitOptions& options) {
  if (!options.dry_run) {
    if (const auto linked = link_server_conf(*shot.look.config, shot.node.kind); !linked)
      return refused(linked.error());
  }
  auto out = shot.node.kind == NodeKind::kFe ? init_fe(shot, options) : init_worker(shot);
  if (!out.values.empty()) out.values.emplace_back("SERVICE", service_words(*shot.look.config));
  return out;
}

}  // namespace sragent

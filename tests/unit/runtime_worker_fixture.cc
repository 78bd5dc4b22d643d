#include "runtime_worker_fixture.h"

#include <poll.h>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "io/files.h"

namespace sragent::test {

namespace entry = srsim::entry;

WorkerFe::WorkerFe(std::uint16_t port) : port_(port == 0 ? closed_port() : port) {}

void WorkerFe::start() {
  srsim::MysqlServer::Options options;
  options.port = port_;
  server_ = std::make_unique<srsim::MysqlServer>(cluster_.fe, options);
  ASSERT_EQ(server_->start(), "");
}

void WorkerFe::start_with_member() {
  ASSERT_EQ(run("ALTER SYSTEM ADD BACKEND \"127.0.0.1:9050\""), "OK");
  heartbeat();
  start();
}

std::size_t WorkerFe::rows(bool be) const {
  const auto kind = be ? srsim::NodeKind::kBackend : srsim::NodeKind::kComputeNode;
  return cluster_.fe.catalog()->nodes_of(kind).size();
}

void WorkerFe::heartbeat() {
  const auto catalog = cluster_.fe.catalog();
  ASSERT_FALSE(catalog->nodes.empty());
  cluster_.alive(catalog->nodes.begin()->first);
}

void WorkerFe::set_root_password(const std::string& password) {
  auto root = cluster_.fe.catalog()->users.at("root");
  root.password_hash = srsim::native_password_hash(password);
  cluster_.fe.change(entry::put_user(root));
}

void WorkerFe::restart_leader() {
  auto health = cluster_.fe.catalog()->frontends.begin()->second.health;
  health.start_time += 60'000;
  cluster_.fe.change(entry::frontend_health("fe-0.lab_9010_1", health));
}

void answer_healthy(int fd) {
  static_cast<void>(receive_until(fd, "\r\n\r\n"));
  send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
}

WorkerNode::WorkerNode(std::uint16_t fe_port, const std::string& script) {
  EXPECT_TRUE(mkdir_p(dir_ / "be/bin"));
  EXPECT_TRUE(mkdir_p(dir_ / "storage"));
  if (!script.empty()) {
    const auto path = dir_ / "be/bin/start_be.sh";
    put_file(path, "#!/bin/sh\n" + script + "\n");
    EXPECT_EQ(::chmod(path.c_str(), 0755), 0);
  }
  node_.kind = NodeKind::kBe;
  node_.pod = "kube-be-0";
  node_.address = "127.0.0.1";
  node_.addresses = {"127.0.0.1"};
  node_.host = "127.0.0.1";
  node_.session = "0011223344556677";
  config.node.root = dir_.path();
  config.node.runtime_dir = dir_.path();
  config.node.host_type = HostTypeSetting::kIp;
  config.fe.helper = {"127.0.0.1", fe_port};
  conf.http_port = closed_port();
  conf.storage_roots = {storage()};
  conf.log_dir = dir_.path();
  conf.sys_log_dir = dir_.path();
}

void WorkerNode::begin() {
  ResolverOptions options;
  options.servers = {"127.0.0.1:" + std::to_string(closed_port())};
  auto resolver = Resolver::start(options);
  ASSERT_TRUE(resolver);
  auto state = StateFolder::open(storage() + "/.sr-agent", storage(), dir_.path());
  ASSERT_TRUE(state);
  auto event = EventFd::create();
  ASSERT_TRUE(event);
  workers_ = std::make_shared<WorkerPool>("test", WorkerLimits{.threads = 8});
  state_ = std::make_unique<StateFolder>(*std::move(state));
  shell_ = std::make_unique<Shell>(Shell{config,
                                         node_,
                                         clock_,
                                         std::shared_ptr<Resolver>{*std::move(resolver)},
                                         workers_,
                                         std::make_shared<Credentials>(config.sql),
                                         *state_,
                                         server_});
  book_ = std::make_shared<IdentityBook>(Self{}, NodeKind::kBe);
  auto mail = std::make_shared<Mailbox<WorkerNews>>(*std::move(event));
  agent_ = std::make_unique<WorkerAgent>(*shell_, conf, book_, mail);
}

WorkerNode::~WorkerNode() {
  if (agent_) agent_->on_stop();
  workers_.reset();
  end_server();
}

void WorkerNode::end_server() {
  if (!server_.running()) return;
  server_.kill();
  EXPECT_TRUE(eventually([&] {
    server_.on_reaped(reap_all());
    return !server_.running();
  }));
}

void WorkerNode::restart_container() {
  agent_->on_stop();
  end_server();
  begin();
}

void WorkerNode::take(const Wish& wish) {
  if (wish.end_container && !end_code_) end_code_ = wish.end_container;
}

void WorkerNode::turn() {
  const bool ran = server_.running();
  const bool ended = server_.on_reaped(reap_all());
  if (ran && ended && !end_code_) take(agent_->on_server_end(*server_.exit_status(), clock_.now()));
  if (end_code_) return;
  take(agent_->on_wake(clock_.now()));
  turned_ = clock_.now();
  const auto wish = agent_->on_tick(turned_);
  call_again_ = wish.call_again.value_or(turned_);
  take(wish);
}

bool WorkerNode::turn_until(const std::function<bool()>& condition) {
  return eventually([&] {
    turn();
    if (condition()) return true;
    pollfd wake{agent_->wake_fd(), POLLIN, 0};
    static_cast<void>(::poll(&wake, 1, 5));
    return false;
  });
}

void WorkerNode::turn_for(Millis span) {
  const auto until = clock_.now() + span;
  EXPECT_TRUE(turn_until([&] { return clock_.now() >= until; }));
}

NodeStatus WorkerNode::status() const {
  NodeStatus out;
  agent_->describe(out);
  return out;
}

std::optional<std::string> WorkerNode::command(const std::string& line) {
  return agent_->command(line, clock_.now());
}

}  // namespace sragent::test

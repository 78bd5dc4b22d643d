#include "worker_lab.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "sim_http.h"

namespace podlab {

bool detail_has(const Pod& pod, const std::string& part) {
  return pod.status("detail").find(part) != std::string::npos;
}

std::string root_of(const Pod& pod) {
  return pod.home().substr(0, pod.home().rfind('/'));
}

srsim::NodeSpec bare_fe(PodNet& net, int ordinal) {
  const Pod& pod = net.fe(ordinal);
  srsim::NodeSpec out{pod.fqdn(), pod.ip(), root_of(pod), "fe", {}};
  out.env = {{"SR_SIM_IP", pod.ip()},
             {"SR_SIM_HOSTNAME", pod.fqdn()},
             {"SR_SIM_DNS", net.dns().address()},
             {"SR_SIM_TIME_SCALE", "5"},
             {"SR_SIM_CONTROL", pod.ip() + ":7070"}};
  return out;
}

bool found(srsim::SimNode& fe) {
  fe.start();
  return wait_until([&] {
    const auto list = fe.sql("SHOW FRONTENDS");
    return list.ok && srsim::cell(list.row("IP", fe.name()), "Role") == "LEADER";
  });
}

nlohmann::json status_of(const Pod& pod) {
  auto out = nlohmann::json::parse(pod.agent("/v1/status"), nullptr, false);
  return out.is_object() ? out : nlohmann::json::object();
}

int rows(PodNet& net, const std::string& statement, const std::string& host) {
  const auto answer = net.fe(0).sql(statement);
  if (!answer.ok) return -1;
  int out = 0;
  for (const auto& row : answer.rows)
    if (srsim::cell(row, "IP") == host) ++out;
  return out;
}

std::string row_cell(PodNet& net,
                     const std::string& statement,
                     const std::string& host,
                     const std::string& column) {
  return srsim::cell(net.fe(0).sql(statement).row("IP", host), column);
}

int probe(const Pod& pod, const std::string& path) {
  int status = 0;
  static_cast<void>(pod.agent(path, &status));
  return status;
}

bool wait_probe(const Pod& pod, const std::string& path, int status, const std::string& part) {
  return wait_until(
      [&] {
        int got = 0;
        const auto body = pod.agent(path, &got);
        return got == status && body.find(part) != std::string::npos;
      },
      milliseconds(120000));
}

int server_starts(const Pod& pod) {
  const auto starts = srsim::count_of(pod.file("log/fe.log"), "StarRocks FE starting") +
                      srsim::count_of(pod.file("log/be.INFO"), "BE started successfully") +
                      srsim::count_of(pod.file("log/cn.INFO"), "CN started successfully");
  return static_cast<int>(starts);
}

bool wait_healthy(const Pod& pod, std::uint16_t port) {
  const auto healthy = [&] {
    const auto reply = srsim::http_call(
        pod.ip(), {pod.ip(), port}, {"GET", "/api/health", {}, {}}, srsim::milliseconds(2000));
    return reply && reply->status == 200;
  };
  // Longer than others wait: some servers make 10,000 orphans first, beside dozens of other tests.
  return wait_until(healthy, srsim::milliseconds(120000));
}

bool wait_settled(const Pod& pod) {
  return wait_until(
      [&] {
        const auto status = status_of(pod);
        return !status.empty() && status["row"]["alive"] == "yes" && status["phase"] == "running";
      },
      milliseconds(60000));
}

std::string control(const Pod& pod, const std::string& target) {
  const auto reply =
      srsim::http_call("", {pod.ip(), 7070}, {"GET", target, {}, {}}, milliseconds(2000));
  return reply ? reply->body : std::string{};
}

void as_user(Pod& pod, const std::string& user, const std::string& password) {
  pod.set_env("SR_AGENT_USER", user);
  pod.set_env("MYSQL_PWD", password);
}

void add_node(PodNet& net, const std::string& kind, const std::string& address) {
  const auto done = net.fe(0).sql("ALTER SYSTEM ADD " + kind + " '" + address + "'");
  EXPECT_TRUE(done.ok) << done.error;
}

void replace_script(const Pod& pod, const std::string& kind, const std::string& text) {
  const auto path = pod.home() + "/bin/start_" + kind + ".sh";
  std::ofstream(path, std::ios::trunc) << text;
  std::filesystem::permissions(path, std::filesystem::perms{0755});
}

void preload(Pod& pod, const std::string& library) {
  pod.set_env("LD_PRELOAD", library);
  // The address sanitizer wants to be the first library.
  const char* options = std::getenv("ASAN_OPTIONS");
  pod.set_env("ASAN_OPTIONS",
              (options == nullptr ? std::string{} : std::string{options} + ":") +
                  "verify_asan_link_order=0");
}

}  // namespace podlab

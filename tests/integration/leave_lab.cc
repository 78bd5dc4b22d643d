#include "leave_lab.h"

#include <sstream>

#include "fe_lab.h"
#include "worker_lab.h"

namespace podlab {

bool marked(const Pod& fe, const std::string& id) {
  return !fe.sql("SHOW BACKEND BLACKLIST").row("BackendId", id).empty();
}

int marks_of(PodNet& net, const Pod& be) {
  const auto id = row_cell(net, kBackends, be.fqdn(), "BackendId");
  int out = 0;
  for (int i = 0; i < 3; ++i)
    out += marked(net.fe(i), id) ? 1 : 0;
  return out;
}

int count_in_audit(const Pod& fe, const std::string& begin) {
  std::istringstream in(fe.file("log/fe.audit.log"));
  int out = 0;
  for (std::string line; std::getline(in, line);)
    if (line.find("Stmt=" + begin) != std::string::npos) ++out;
  return out;
}

int leader_of(PodNet& net, int asked, int count) {
  const auto list = net.frontends(asked);
  for (int i = 0; i < count; ++i)
    if (srsim::cell(list.row("IP", net.fe(i).fqdn()), "Role") == "LEADER") return i;
  return -1;
}

FeGroup::FeGroup(const std::string& version) : net({.version = version}) {
  up = net.start_frontends(3) && all_sealed(net);
  leader = leader_of(net, 0);
}

bool said(const Pod& pod, const std::string& part) {
  return pod.console().find(part) != std::string::npos;
}

bool in_phase(const Pod& pod, const std::string& word) {
  const auto status = status_of(pod);
  return status.contains("leaving") && status["leaving"].is_object() &&
         status["leaving"]["phase"] == word;
}

std::string last_phase(const Pod& pod) {
  const auto text = pod.console();
  const auto at = text.rfind("leaving_phase from=");
  if (at == std::string::npos) return "look";
  const auto to = text.find("to=", at) + 3;
  return text.substr(to, text.find_first_of(" \n", to) - to);
}

}  // namespace podlab

#include "leave_lab.h"

#include <sstream>

namespace podlab {

bool marked(const Pod& fe, const std::string& id) {
  return !fe.sql("SHOW BACKEND BLACKLIST").row("BackendId", id).empty();
}

int count_in_audit(const Pod& fe, const std::string& begin) {
  std::istringstream in(fe.file("log/fe.audit.log"));
  int out = 0;
  for (std::string line; std::getline(in, line);)
    if (line.find("Stmt=" + begin) != std::string::npos) ++out;
  return out;
}

bool said(const Pod& pod, const std::string& part) {
  return pod.console().find(part) != std::string::npos;
}

}  // namespace podlab

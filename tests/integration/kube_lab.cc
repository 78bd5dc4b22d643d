#include "kube_lab.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <utility>

#include "fe_lab.h"
#include "test_certs.h"

namespace podlab {

namespace fs = std::filesystem;

KubeApi::KubeApi(std::string folder, std::string address)
    : folder_(std::move(folder)), address_(std::move(address)) {
  fs::create_directories(folder_);
  write_text(folder_ + "/namespace", "ns");
  token("the-token\n");
  write_text(folder_ + "/deployment.json",
             R"({"spec":{"selector":{"matchLabels":{"app":"cn","tier":"x y"}}}})");
  trust(start());
}

KubeApi::~KubeApi() {
  end();
}

std::string KubeApi::start() {
  const testcerts::Authority ca("kubernetes");
  const auto pair = ca.issue(address_);
  write_text(folder_ + "/cert", pair.certificate);
  write_text(folder_ + "/key", pair.key);
  const std::vector<std::string> words{"/usr/bin/env",
                                       "python3",
                                       KUBE_API,
                                       address_,
                                       "6443",
                                       folder_ + "/cert",
                                       folder_ + "/key",
                                       folder_};
  pid_ = fork();
  if (pid_ == 0) {
    std::vector<char*> argv;
    argv.reserve(words.size());
    for (const auto& word : words)
      argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(126);
  }
  return ca.pem();
}

void KubeApi::end() const {
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool KubeApi::up() const {
  return wait_until([&] {
    return std::system(("bash -c 'exec 3<>/dev/tcp/" + address_ + "/6443' 2>/dev/null").c_str()) ==
           0;
  });
}

void KubeApi::pods(const std::vector<std::string>& ips, const std::string& more) const {
  std::string items;
  for (const auto& ip : ips) {
    items +=
        (items.empty() ? "" : ",") + (R"({"status":{"phase":"Running","podIP":")" + ip + R"("}})");
  }
  const auto text = R"({"metadata":{"continue":")" + more + R"("},"items":[)" + items + "]}";
  write_text(folder_ + "/own.json", text);
  write_text(folder_ + "/pods.json", text);
}

void KubeApi::no_pods() const {
  fs::remove(folder_ + "/own.json");
  fs::remove(folder_ + "/pods.json");
}

void KubeApi::token(const std::string& text) const {
  write_text(folder_ + "/token", text);
}

void KubeApi::answer_patches(int status) const {
  write_text(folder_ + "/patch_status", std::to_string(status));
}

std::string KubeApi::change_ca() {
  end();
  return start();
}

void KubeApi::trust(const std::string& pem) const {
  write_text(folder_ + "/ca.crt", pem);
}

std::string KubeApi::asked() const {
  return read_text(folder_ + "/asked");
}

std::vector<nlohmann::json> KubeApi::conditions() const {
  std::vector<nlohmann::json> out;
  std::istringstream lines(read_text(folder_ + "/patched"));
  for (std::string line; std::getline(lines, line);) {
    auto body = nlohmann::json::parse(line, nullptr, false);
    if (!body.is_discarded()) out.push_back(body["status"]["conditions"][0]);
  }
  return out;
}

}  // namespace podlab

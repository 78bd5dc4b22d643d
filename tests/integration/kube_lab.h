#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace podlab {

/// The Kubernetes API of kube_api.py at `address`:6443, with a certificate of its own.
class KubeApi {
 public:
  /// `folder` becomes what a service account's is: token, ca.crt, namespace.
  KubeApi(std::string folder, std::string address);
  ~KubeApi();
  KubeApi(const KubeApi&) = delete;
  KubeApi& operator=(const KubeApi&) = delete;

  /// It accepts connections.
  [[nodiscard]] bool up() const;
  void pods(const std::vector<std::string>& ips, const std::string& more = {}) const;
  void no_pods() const;
  void token(const std::string& text) const;
  /// Starts it anew with a certificate of another CA, which is returned as PEM: ca.crt stays.
  [[nodiscard]] std::string change_ca();
  /// `pem` becomes ca.crt.
  void trust(const std::string& pem) const;
  /// Every PATCH is answered with this from now on.
  void answer_patches(int status) const;
  /// The paths that were asked, a line each.
  [[nodiscard]] std::string asked() const;
  /// The conditions of the PATCHes that were accepted, oldest first.
  [[nodiscard]] std::vector<nlohmann::json> conditions() const;

 private:
  /// With a CA of its own, which is returned as PEM.
  std::string start();
  void end() const;

  std::string folder_;
  std::string address_;
  pid_t pid_ = -1;
};

}  // namespace podlab

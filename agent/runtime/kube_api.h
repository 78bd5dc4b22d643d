#pragma once

#include <string>

#include "config/config.h"
#include "core/result.h"
#include "io/http_client.h"

/// Questions to the Kubernetes API, with token and CA as their files hold them now: the kubelet
/// replaces them. Errors as http_get; kNotFound: no token file. Any thread; blocks.
namespace sragent {

[[nodiscard]] Result<HttpResponse> kube_get(const KubernetesConfig& config,
                                            const std::string& path,
                                            std::size_t max_bytes,
                                            Deadline until);
/// A strategic merge patch.
[[nodiscard]] Result<HttpResponse> kube_patch(const KubernetesConfig& config,
                                              const std::string& path,
                                              std::string body,
                                              Deadline until);

/// The token as it is now. Errors as read_file.
[[nodiscard]] Result<std::string> account_token(const KubernetesConfig& config);
/// The namespace that the service account is of; empty: not told.
[[nodiscard]] std::string account_namespace(const KubernetesConfig& config);

}  // namespace sragent

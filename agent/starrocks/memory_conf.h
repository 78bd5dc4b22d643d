#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/host_check.h"
#include "starrocks/conf_file.h"

/// How much memory the server's settings give it. Pure.
/// Source: bin/start_fe.sh, bin/common.sh, be/src/util/parse_util.cpp, be/src/util/mem_info.cpp.
namespace sragent {

/// `mem_limit` of be.conf or cn.conf, which is 90% where it is not set: "80%", "100G", "1.5t" or
/// bytes. kBadConfig: a value with which the server does not start.
[[nodiscard]] Result<MemoryWish> worker_memory(const ConfFile& file);

/// The largest heap that the options of fe.conf or of the environment give the FE's JVM: the last
/// -Xmx or -XX:MaxHeapSize, else -XX:MaxRAMPercentage. kNotFound: no option says it. kGarbled: an
/// option that only a shell could read, or options for several JDKs that differ.
[[nodiscard]] Result<MemoryWish> fe_heap(const ConfFile& file, const EnvMap& env);

/// The part of its container's memory that the start script sets the heap to, in percent, where
/// FE_ENABLE_AUTO_JVM_XMX_DETECT is "true"; nullopt: it does not.
[[nodiscard]] std::optional<double> fe_auto_heap(const ConfFile& file, const EnvMap& env);

/// Where the settings of the file move what the host is expected to have.
[[nodiscard]] HostWants host_wants(const ConfFile& file);

}  // namespace sragent

#include "starrocks/start_log.h"

#include <array>

#include "core/text.h"

namespace sragent {
namespace {

constexpr std::string_view kBlock = "Success load StarRocks meta block";

struct Stage {
  std::string_view part{};
  std::string_view meaning{};
};

constexpr std::array kStages{
    Stage{"StarRocks FE starting, version", "begins"},
    Stage{"please add it first", "waits to be added by the leader"},
    Stage{"start to download image.", "fetches the image"},
    Stage{"start to setup bdb environment", "sets up its replication"},
    Stage{"replicated environment is all set", "waits for its role"},
    Stage{"state change done, current role", "has its role"},
    Stage{"start load image from", "loads the image"},
    Stage{kBlock, "loads the image"},
    Stage{"finished to load image", "has loaded the image"},
    Stage{"begin to transfer FE type", "takes its role"},
    Stage{"start to replay", "replays the journal"},
    Stage{"start to replay journal from", "replays the journal as the new leader"},
    Stage{"replay journal cost too much time", "replays the journal"},
    Stage{"replay too many journals", "replays the journal"},
    Stage{"leader finished to replay journal", "has replayed the journal"},
    Stage{"FE started successfully", "has started"},
};

bool has(std::string_view line, std::string_view part) {
  return line.find(part) != std::string_view::npos;
}

/// "start to replay journal from A to B": what a new leader has before it.
void read_promotion(std::string_view line, FeStartLog& out) {
  constexpr std::string_view kFrom = "start to replay journal from ";
  const auto at = line.find(kFrom);
  if (at == std::string_view::npos) return;
  out.position = number_after(line, kFrom);
  out.target = number_after(line.substr(at + kFrom.size()), " to ");
}

void read_line(std::string_view line, FeStartLog& out) {
  if (has(line, kStages.front().part)) out = {};
  for (const auto& stage : kStages)
    if (has(line, stage.part)) out.stage = stage.meaning;
  read_promotion(line, out);
  // Heartbeats tell other FEs' ids under the same name.
  if (has(line, "replay journal cost too much time") || has(line, "replay too many journals"))
    if (const auto id = number_after(line, "replayedJournalId: ")) out.position = id;
  if (const auto at = line.find(kBlock); at != std::string_view::npos)
    out.block = line.substr(at + kBlock.size());
  if (has(line, "meta out of date")) {
    if (const auto time = number_after(line, "synchronized time: "))
      out.synchronized = std::to_string(*time);
  }
}

}  // namespace

FeStartLog read_start_log(std::string_view tail) {
  FeStartLog out;
  while (!tail.empty()) {
    const auto end = tail.find('\n');
    read_line(tail.substr(0, end), out);
    tail.remove_prefix(end == std::string_view::npos ? tail.size() : end + 1);
  }
  return out;
}

std::string_view read_worker_step(std::string_view tail) {
  constexpr std::string_view kStep = " start step ";
  const auto at = tail.rfind(kStep);
  if (at == std::string_view::npos) return {};
  const auto step = tail.substr(at + 1);
  return step.substr(0, step.find_first_of("\r\n"));
}

}  // namespace sragent

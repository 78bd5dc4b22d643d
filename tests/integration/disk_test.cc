#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "namespace_lab.h"
#include "worker_lab.h"

/// The metadata volume runs out of room: S67.
namespace podlab {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::uint64_t kGiB = kMiB << 10U;

class S67_MetadataDisk : public NamespaceTest {};

/// One FE whose metadata lie on a volume of `bytes`.
struct OneFe {
  explicit OneFe(std::uint64_t bytes)
      : volume((fs::create_directories(fe.meta()), fe.meta()), bytes) {
    net.serve_name("fe", 0, true);
  }
  PodNet net{{.fe_count = 1, .all_names = false}};
  Pod& fe{net.fe(0)};
  SmallVolume volume;
};

TEST_F(S67_MetadataDisk, AStartThatNeedsMoreRoomWaitsForItAndNamesThePath) {
  OneFe lab{4 * kGiB};
  lab.fe.set_env("SR_SIM_FREE_BYTES", "real");
  lab.fe.start();
  EXPECT_TRUE(wait_probe(lab.fe, "/readyz", 503, "disk_low")) << lab.fe.console();
  EXPECT_TRUE(detail_has(lab.fe, lab.fe.meta()));
  EXPECT_TRUE(detail_has(lab.fe, "needs 5"));
  EXPECT_TRUE(lab.fe.running());
  EXPECT_EQ(probe(lab.fe, "/livez"), 200);
  const auto starts = status_of(lab.fe)["server"]["starts"];
  EXPECT_TRUE(looks_on(lab.fe));
  EXPECT_EQ(status_of(lab.fe)["server"]["starts"], starts) << "it does not loop";
  lab.volume.resize(8 * kGiB);
  EXPECT_TRUE(wait_sealed(lab.fe)) << lab.fe.console();
  EXPECT_TRUE(said(lab.fe, "room_again"));
}

TEST_F(S67_MetadataDisk, WhereRefusalsExitTheContainerEndsAndItsLastWordsNameTheCause) {
  OneFe lab{4 * kGiB};
  lab.fe.set_env("SR_SIM_FREE_BYTES", "real");
  lab.fe.set_env("SR_AGENT_ON_REFUSAL", "exit");
  lab.fe.start();
  EXPECT_EQ(lab.fe.wait_exit(), 255) << lab.fe.console();
  EXPECT_NE(lab.fe.termination_message().find("disk_low"), std::string::npos)
      << lab.fe.termination_message();
}

TEST_F(S67_MetadataDisk, IsWarnedOfWhileItFillsAndTheNodeServesOn) {
  OneFe lab{64 * kMiB};
  lab.fe.add_conf("bdbje_reserved_disk_size = 1048576");
  ASSERT_TRUE(lab.net.start_frontends(1) && wait_sealed(lab.fe));
  EXPECT_TRUE(wait_probe(lab.fe, "/readyz", 200, ""));
  EXPECT_FALSE(said(lab.fe, "disk_low path=" + lab.fe.meta() + " "));
  write_text(lab.fe.meta() + "/filler", std::string(56 * kMiB, 'x'));
  EXPECT_TRUE(wait_until([&] { return said(lab.fe, "disk_low path=" + lab.fe.meta() + " "); }))
      << lab.fe.console();
  EXPECT_TRUE(wait_until([&] { return said(lab.fe, "hours_left="); }));
  EXPECT_TRUE(wait_probe(lab.fe, "/readyz", 200, ""));
  EXPECT_NE(lab.fe.agent("/metrics").find("sr_agent_host_check_ok{check=\"disk\""),
            std::string::npos);
  const auto [code, text] = lab.fe.verb({"status"});
  EXPECT_EQ(code, 0);
  EXPECT_NE(text.find("left at the present rate"), std::string::npos) << text;
}

/// BDB-JE ends the process at its own limit (je.freeDisk, bdbje_reserved_disk_size).
TEST_F(S67_MetadataDisk, AServerThatEndsAtItsOwnLimitIsStartedOnceThereIsThatMuchRoom) {
  OneFe lab{64 * kMiB};
  lab.fe.add_conf("bdbje_reserved_disk_size = " + std::to_string(32 * kMiB));
  ASSERT_TRUE(lab.net.start_frontends(1) && wait_sealed(lab.fe));
  const auto filler = lab.fe.meta() + "/filler";
  write_text(filler, std::string(48 * kMiB, 'x'));
  std::ofstream(lab.fe.home() + "/log/fe.log", std::ios::app)
      << "2026-11-21 08:24:16.000Z ERROR (main|1) [X.y():1] Disk usage is not within je.maxDisk or "
         "je.freeDisk limits and write operations are prohibited\n";
  control(lab.fe, "/exit?code=255");
  EXPECT_TRUE(lab.fe.wait_reason("disk_low")) << lab.fe.console();
  EXPECT_TRUE(detail_has(lab.fe, lab.fe.meta())) << lab.fe.status("detail");
  EXPECT_TRUE(lab.fe.running());
  const auto starts = status_of(lab.fe)["server"]["starts"];
  EXPECT_TRUE(looks_on(lab.fe));
  EXPECT_EQ(status_of(lab.fe)["server"]["starts"], starts) << "it does not loop";
  fs::remove(filler);
  EXPECT_TRUE(wait_probe(lab.fe, "/readyz", 200, "")) << lab.fe.console();
  EXPECT_TRUE(said(lab.fe, "room_again"));
}

}  // namespace
}  // namespace podlab

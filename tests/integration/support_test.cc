#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// One archive for a ticket, and nothing secret in it: S72.
namespace podlab {
namespace {

namespace fs = std::filesystem;

/// Every file of the archive, by GNU tar.
std::map<std::string, std::string> unpacked(const Pod& pod, const std::string& archive) {
  const auto folder = root_of(pod) + "/unpacked";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const auto line = "tar -xf " + archive + " -C " + folder;
  std::map<std::string, std::string> out;
  if (std::system(line.c_str()) != 0) return out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) out[fs::relative(entry.path(), folder)] = read_text(entry.path());
  return out;
}

TEST(S72_Support, HasWhatTellsOfTheNodeAndNoneOfItsSecrets) {
  PodNet net({.fe_count = 1});
  srsim::SimNode fe{bare_fe(net, 0)};
  ASSERT_TRUE(found(fe));
  auto& be = net.be(0);
  const std::vector<std::string> secrets{"pw-of-a-file",
                                         "pw \"to\" come",
                                         "pw/of?the=env",
                                         "key-of-s3",
                                         "the-token-text",
                                         "pw-in-a-log",
                                         "pw-in-a-url",
                                         "pw-in-a-probe",
                                         "pw-in-a-command",
                                         "pw-in-the-output",
                                         "pw-in-an-annotation",
                                         "pw-in-a-result",
                                         "pw-in-a-reason"};
  ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('" + secrets[0] + "')").ok);
  const auto folder = root_of(be);
  write_text(folder + "/pw", secrets[0] + "\n");
  write_text(folder + "/next", secrets[1] + "\n");
  fs::create_directories(folder + "/account");
  write_text(folder + "/account/token", secrets[4]);
  be.set_env("SR_AGENT_SQL__PASSWORD_FILE", folder + "/pw");
  be.set_env("SR_AGENT_SQL__NEXT_PASSWORD_FILE", folder + "/next");
  be.set_env("SR_AGENT_KUBERNETES__ACCOUNT_DIR", folder + "/account");
  be.set_env("MYSQL_PWD", secrets[2]);
  be.set_env("S3_SECRET_KEY", secrets[2]);
  be.add_conf("aws_s3_secret_key = " + secrets[3]);
  write_text(
      folder + "/sr-agent.toml",
      "[[probe]]\nname = \"web\"\nkind = \"http\"\nurl = \"http://self:8040/api/health?token=" +
          secrets[7] +
          "\"\n"
          "[[probe]]\nname = \"own\"\nkind = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", "
          "\"sleep 60; :\", \"x\", \"--password=" +
          secrets[8] +
          "\"]\ndeadline_ms = 60000\n"
          "[[probe]]\nname = \"says\"\nkind = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", "
          "\"cat " +
          folder + "/result; exit 1\"]\n");
  write_text(folder + "/result", "refused: password=" + secrets[11] + "\n");
  write_text(folder + "/podinfo",
             "backup/url=\"mysql://root:" + secrets[10] +
                 "@fe:9030/db\"\n"
                 "sr-agent.starrocks.com/run-mode-reason=\"password: " +
                 secrets[12] + "\"\n");
  be.set_env("SR_AGENT_NODE__ANNOTATIONS_FILE", folder + "/podinfo");
  be.set_env("SR_AGENT_CONFIG", folder + "/sr-agent.toml");
  be.start();
  ASSERT_TRUE(wait_settled(be)) << be.console();
  write_text(be.home() + "/log/be.out", "connect to fe with password=" + secrets[9] + "\n");
  const auto log = be.home() + "/log/be.INFO";
  write_text(log,
             read_text(log) + "I CREATE USER u IDENTIFIED BY '" + secrets[5] +
                 "'\nW GET http://root:" + secrets[6] + "@fe:8030/api/x " + secrets[3] +
                 "\nE used " + secrets[0] + " and " + secrets[4] + "\n");

  const auto archive = folder + "/out.tar";
  const auto [code, text] = be.verb({"support", "--write", archive});
  ASSERT_EQ(code, 0) << text;
  EXPECT_NE(text.find(archive), std::string::npos);
  EXPECT_EQ(fs::status(archive).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  auto files = unpacked(be, archive);
  for (const auto* name : {"agent/status.json",
                           "agent/explain.txt",
                           "agent/journal.jsonl",
                           "agent/metrics.txt",
                           "agent/config.toml",
                           "agent/readyz.txt",
                           "server/be.conf",
                           "server/be.INFO",
                           "server/data.txt",
                           "host/checks.txt",
                           "host/processes.txt",
                           "host/environment.txt"}) {
    EXPECT_FALSE(files[name].empty()) << name;
    EXPECT_EQ(files[name].find("cannot be had"), std::string::npos) << name << files[name];
  }
  EXPECT_NE(files["agent/status.json"].find("registered and alive"), std::string::npos);
  EXPECT_NE(files["agent/metrics.txt"].find("sr_agent_"), std::string::npos);
  EXPECT_NE(files["server/be.conf"].find("aws_s3_secret_key"), std::string::npos);
  EXPECT_NE(files["server/be.INFO"].find("CREATE USER u IDENTIFIED BY [redacted]"),
            std::string::npos);
  EXPECT_FALSE(files["server/be.out"].empty());
  EXPECT_NE(files["host/annotations"].find("run-mode-reason"), std::string::npos);
  EXPECT_NE(files["agent/status.json"].find("refused: password="), std::string::npos);
  EXPECT_NE(files["host/processes.txt"].find("sleep 60; : x --password="), std::string::npos)
      << files["host/processes.txt"];
  EXPECT_NE(files["agent/config.toml"].find("--password="), std::string::npos);
  EXPECT_NE(files["host/environment.txt"].find("MYSQL_PWD=[redacted]"), std::string::npos);
  for (const auto& [name, content] : files) {
    for (const auto& secret : secrets)
      EXPECT_EQ(content.find(secret), std::string::npos) << name << " has " << secret;
  }
}

TEST(S72_Support, WorksWithoutAnAgentAndWithAMistakeInTheConfiguration) {
  PodNet net({.fe_count = 1});
  auto& be = net.be(0);
  be.set_env("SR_AGENT_LOG__LEVEL", "loud");
  be.set_env("COMPONENT_NAME", "be");
  const auto archive = root_of(be) + "/out.tar";
  const auto [code, text] = be.verb({"support", "--write", archive});
  EXPECT_EQ(code, 0) << text;
  auto files = unpacked(be, archive);
  EXPECT_NE(files["agent/status.txt"].find("no agent answers"), std::string::npos);
  EXPECT_NE(files["agent/config-mistakes.txt"].find("SR_AGENT_LOG__LEVEL"), std::string::npos);
  EXPECT_FALSE(files["server/be.conf"].empty());
  const auto [no, why] = be.verb({"support", "--write", "/dev/null/out.tar"});
  EXPECT_EQ(no, 1);
  EXPECT_NE(why.find("--write -"), std::string::npos) << why;
}

}  // namespace
}  // namespace podlab

#include "runtime/conf_links.h"

#include <unistd.h>

#include "io/files.h"
#include "io/mounts.h"
#include "runtime/log.h"
#include "starrocks/conf_links.h"
#include "starrocks/start_command.h"

namespace sragent {
namespace {

ConfThere there_of(const PathEntry& entry) {
  if (entry.link) return ConfThere::kLink;
  if (entry.kind == FileKind::kAbsent) return ConfThere::kNothing;
  return entry.kind == FileKind::kDirectory ? ConfThere::kFolder : ConfThere::kFile;
}

bool is_mount_point(const std::string& mountinfo, const std::string& path) {
  const auto mount = mount_of(mountinfo, path);
  return mount && mount->point == path;
}

/// One line instead of the chain of refusals that the server's scripts would print.
Error not_linked(const Error& why, const std::string& path, const std::string& mount) {
  return {ErrorKind::kIo,
          path + ": cannot be linked to " + mount + ": " + why.what + " (uid " +
              std::to_string(::geteuid()) +
              "); make this folder writable for the uid, or mount the file there by subPath"};
}

class Linker {
 public:
  Linker(std::string conf, std::string mount)
      : conf_(std::move(conf)), mount_(std::move(mount)), mountinfo_(read_mountinfo()) {}

  Result<void> link(const std::string& name) {
    const auto path = conf_ + "/" + name;
    remove_unfinished(conf_, name);
    const auto place = look(name);
    if (!place) return tl::unexpected(not_linked(place.error(), path, mount_));
    const auto step = plan_link(*place, mount_);
    if (auto done = carry_out(step, path, name); !done)
      return tl::unexpected(not_linked(done.error(), path, mount_));
    return {};
  }

  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  [[nodiscard]] Result<ConfPlace> look(const std::string& name) const {
    const auto path = conf_ + "/" + name;
    auto entry = entry_at(path);
    if (!entry) return tl::unexpected(std::move(entry).error());
    const auto backup = entry_at(path + ".bak");
    if (!backup) return tl::unexpected(backup.error());
    return ConfPlace{name,
                     there_of(*entry),
                     entry->points_to,
                     backup->kind != FileKind::kAbsent,
                     is_mount_point(mountinfo_, path)};
  }

  Result<void> carry_out(LinkStep step, const std::string& path, const std::string& name) {
    switch (step) {
      case LinkStep::kNothing:
        return {};
      case LinkStep::kLeave:
        notes_.push_back(path + ": is a mount of its own: left as it is, not linked to " + mount_ +
                         "; a subPath mount does not follow changes of its ConfigMap");
        return {};
      case LinkStep::kBlocked:
        return tl::unexpected(Error{ErrorKind::kIo, "it is a folder, and its .bak exists"});
      case LinkStep::kBackUpAndLink:
        if (auto kept = rename_aside(path, path + ".bak"); !kept) return kept;
        [[fallthrough]];
      case LinkStep::kLink:
        break;
    }
    auto done = put_link(link_text(mount_, name), path);
    if (done) log_info("conf_linked", {{"path", path}, {"to", link_text(mount_, name)}});
    return done;
  }

  std::string conf_;
  std::string mount_;
  std::string mountinfo_;
  std::vector<std::string> notes_{};
};

std::vector<std::string> names_of(const std::vector<DirEntry>& entries) {
  std::vector<std::string> out;
  out.reserve(entries.size());
  for (const auto& entry : entries)
    out.push_back(entry.name);
  return linked_names(out);
}

}  // namespace

Result<std::vector<std::string>> link_server_conf(const Config& config, NodeKind kind) {
  const auto& mount = config.node.config_mount;
  if (mount.empty()) return std::vector<std::string>{};
  const auto entries = list_dir(mount);
  if (!entries && entries.error().kind == ErrorKind::kNotFound)
    return std::vector{mount + ": no such folder; the server's own conf/ is used as it is"};
  if (!entries) return tl::unexpected(Error{ErrorKind::kIo, entries.error().what});
  const auto conf = server_home(config.node.root, kind) + "/conf";
  Linker linker{conf, mount};
  for (const auto& name : names_of(*entries))
    if (auto done = linker.link(name); !done) return tl::unexpected(std::move(done).error());
  return linker.notes();
}

}  // namespace sragent

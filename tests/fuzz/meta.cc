// The metadata folder of an FE with the agent's own files beside it, as a start finds them.
// Sections behind lines "---": ROLE, VERSION, intent, sealed, left. An empty one is no file, "0" an
// empty file. The last three are lines key=value that get their frame here; with '!' before they
// are taken as they are. A first line "jdb" puts a log file there.

#include "core/meta.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fuzz.h"
#include "starrocks/meta_dir.h"
#include "starrocks/state_text.h"

namespace sragent::fuzz {
namespace {

namespace fs = std::filesystem;

/// A folder that lives as long as the process.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "fuzz-meta-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "a temporary folder");
    path_ = name;
    for (const auto* part : {"/image", "/bdb", "/.sr-agent"})
      fs::create_directory(path_ + part);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  Folder(Folder&&) = delete;
  Folder& operator=(Folder&&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  void put(const std::string& name, std::string_view text) const {
    const auto path = path_ + "/" + name;
    if (text.empty()) {
      fs::remove(path);
      return;
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (text != "0" && text != "0\n") file << text;
  }

 private:
  std::string path_{};
};

std::string framed(std::string_view kind, std::string_view text) {
  if (text.empty()) return {};
  if (text.starts_with('!')) return std::string{text.substr(1)};
  starrocks_detail::StateWriter out(kind);
  for (const auto line : lines_of(text)) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    out.put(line.substr(0, equals), line.substr(equals + 1));
  }
  return out.finish();
}

void require_files(const MetaFiles& files) {
  const bool damaged =
      files.role == FileState::kUnreadable || files.version == FileState::kUnreadable;
  require(damaged == !files.damage.empty(), "damage is told where there is some, and only there");
  require_printable(files.damage, "damage");
  if (files.role == FileState::kParsed)
    require(files.role_port != 0 && !files.role_host.empty(), "ROLE has host and port");
  if (files.version == FileState::kParsed) {
    require(!files.version_id.empty(), "VERSION has an id");
    require(files.version_id.find_first_not_of("0123456789") == std::string::npos, "of digits");
  }
}

void require_state(const MetaFiles& files, const MetaState& state) {
  require_printable(state.detail, "the detail of metadata");
  switch (state.kind) {
    case MetaKind::kSealed:
      require(files.role == FileState::kParsed && files.version == FileState::kParsed &&
                  files.has_jdb && !state.cluster_id.empty(),
              "only whole metadata is sealed");
      break;
    case MetaKind::kEmpty:
      require(!files.any_regular_file, "empty is empty");
      break;
    case MetaKind::kJoinIntent:
      require(!state.helper.empty() && !state.cluster_id.empty(), "a join knows its cluster");
      break;
    case MetaKind::kDamaged:
      require(!state.detail.empty(), "damage has a detail");
      break;
    case MetaKind::kFoundIntent:
    case MetaKind::kUnfinished:
    case MetaKind::kLeft:
      break;
  }
}

/// ROLE as the server writes it back gives the same.
void require_role_again(std::string_view text) {
  const auto role = parse_role(text);
  if (!role) return require_printable(role.error().what, "an error of ROLE");
  require(role->node_name.starts_with(role->host), "the node name begins with the host");
  const auto plain = role->node_name.find_first_of(" \\=:#!\n\r\t\f") == std::string::npos;
  if (!plain) return;
  std::string again = "role=" + std::string{to_string(role->role)} + "\nname=" + role->node_name;
  if (role->host_type_key) again += "\nhostType=";
  if (role->host_type_value) again += to_string(role->host_type);
  const auto read = parse_role(again);
  require(read && read->host == role->host && read->port == role->port &&
              read->role == role->role && read->host_type_value == role->host_type_value,
          "ROLE is the same after writing and reading");
}

}  // namespace

void meta(Bytes data) {
  static const Folder folder;
  auto text = text_of(data);
  constexpr std::string_view kJdb = "jdb\n";
  const bool jdb = text.starts_with(kJdb);
  if (jdb) text.remove_prefix(kJdb.size());
  const auto role = take_section(text);
  const auto version = take_section(text);
  folder.put("bdb/00000000.jdb", jdb ? "log" : "");
  folder.put("image/ROLE", role);
  folder.put("image/VERSION", version);
  for (const auto name : {state_names::kIntent, state_names::kSealed, state_names::kLeft})
    folder.put(".sr-agent/" + std::string{name}, framed(name, take_section(text)));
  const auto state = read_state_files(folder.path() + "/.sr-agent");
  for (const auto& broken : state.broken)
    require_printable(broken.what(), "what is broken");
  const auto files = read_meta_dir(folder.path(), state);
  require_files(files);
  require_state(files, classify_meta(files));
  require_role_again(role);
}

}  // namespace sragent::fuzz

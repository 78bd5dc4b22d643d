// fe.conf, be.conf, cn.conf. First the kind, then lines NAME=value of the environment, then behind
// a line "---" the file.

#include "fuzz.h"
#include "starrocks/conf_file.h"
#include "starrocks/memory_conf.h"
#include "starrocks/properties.h"

namespace sragent::fuzz {
namespace {

ConfContext context_of(std::string_view head) {
  ConfContext out;
  const auto kind = take_line(head);
  out.kind = kind == "be" ? NodeKind::kBe : kind == "cn" ? NodeKind::kCn : NodeKind::kFe;
  out.home = "/opt/starrocks/fe";
  for (const auto line : lines_of(head)) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    out.env[std::string{line.substr(0, equals)}] = line.substr(equals + 1);
  }
  return out;
}

void require_notes(const std::vector<ConfNote>& notes, int lines) {
  for (const auto& note : notes) {
    require(note.line >= 0 && note.line <= lines, "a note names a line of the file");
    require_printable(note.text, "a note on a conf file");
  }
}

/// java.util.Properties.store, as far as a reader must undo it.
std::string java_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == '\t' || c == '\f') {
      out += '\\';
      out += c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : 'f';
    } else {
      if (std::string_view{" \\=:#!"}.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

void require_properties(std::string_view text) {
  const auto once = parse_properties(text);
  if (!once) return require_printable(once.error().what, "an error of a properties file");
  std::string written;
  for (const auto& [key, value] : *once)
    written += java_escaped(key) + "=" + java_escaped(value) + "\n";
  const auto again = parse_properties(written);
  require(again && *again == *once, "properties are the same after writing and reading");
}

template <typename T>
void require_view(const Result<T>& view, std::string_view name) {
  if (view) {
    for (const auto& warning : view->warnings)
      require_printable(warning, "a warning on a conf file");
    return;
  }
  require(view.error().kind == ErrorKind::kBadConfig, "a bad conf is kBadConfig");
  require(view.error().what.starts_with(name), "an error names the file");
  require_printable(view.error().what, "an error of a conf file");
}

/// A size or a part of the memory, and one of them; or an error for people.
void require_memory(const ConfFile& file, const ConfContext& context) {
  const bool fe = context.kind == NodeKind::kFe;
  const auto wish = fe ? fe_heap(file, context.env) : worker_memory(file);
  if (wish) {
    require(wish->bytes.has_value() != wish->percent.has_value(), "a size or a part");
    require(!wish->bytes || *wish->bytes > 0, "no memory is 0");
    require(!wish->percent || *wish->percent > 0, "no part is 0");
    require_printable(wish->said, "what a conf file says of memory");
  } else {
    require_printable(wish.error().what, "an error on memory");
  }
  const auto wants = host_wants(file);
  require(wants.clock_ms > 0 && wants.flood_percent > 0 && wants.flood_percent <= 100,
          "wants are within their bounds");
}

void require_fe(const ConfFile& file, const ConfContext& context) {
  const auto view = read_fe_conf(file, context, conf_name(context.kind));
  require_view(view, conf_name(context.kind));
  for (const auto& [key, value] : file.values)
    require(!value.empty(), "an FE takes its default for an empty value");
  if (!view) return;
  require(view->http_port != 0 && view->rpc_port != 0, "no port is 0");
  require(view->query_port != 0 && view->edit_log_port != 0, "no port is 0");
  require(!view->meta_dir.empty(), "there is a meta_dir");
}

void require_be(const ConfFile& file, const ConfContext& context) {
  const auto view = read_be_conf(file, context, conf_name(context.kind));
  require_view(view, conf_name(context.kind));
  if (!view) return;
  require(view->heartbeat_port != 0 && view->be_port != 0, "no port is 0");
  for (const auto& root : view->storage_roots)
    require(!root.empty(), "no storage root is empty");
}

/// A comment at the end says nothing. (An empty line first, in case the last one goes on.)
void require_comment_ignored(std::string_view text,
                             const ConfFile& file,
                             const ConfContext& context) {
  const auto with = parse_conf(std::string{text} + "\n\n# a comment\n", context);
  require(with.values == file.values, "a comment changes no value");
  require(with.exported == file.exported, "a comment changes nothing exported");
}

}  // namespace

void conf(Bytes data) {
  auto text = text_of(data);
  const auto context = context_of(take_section(text));
  const auto file = parse_conf(text, context);
  const int lines = static_cast<int>(text.size()) + 1;
  require_notes(file.garbage, lines);
  require_notes(file.unresolved, lines);
  require_notes(file.warnings, lines);
  if (context.kind == NodeKind::kFe) {
    require_fe(file, context);
  } else {
    require_be(file, context);
  }
  require_memory(file, context);
  require_comment_ignored(text, file, context);
  require_properties(text);
}

}  // namespace sragent::fuzz

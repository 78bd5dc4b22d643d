// The agent's notes in its state folder: first the kind, then lines key=value that get their frame
// here; a text that begins with "sr-agent " is taken as it is.

#include <array>

#include "fuzz.h"
#include "starrocks/state_file.h"
#include "starrocks/state_text.h"

namespace sragent::fuzz {
namespace {

/// Reads, writes, reads; and no changed or shortened copy passes for a whole one.
template <typename Note>
void require_note(std::string_view text, Result<Note> (*parse)(std::string_view)) {
  const auto note = parse(text);
  if (!note) return require_printable(note.error().what, "an error of a state file");
  const auto written = to_text(*note);
  const auto again = parse(written);
  require(again && *again == *note, "a note is the same after writing and reading");
  const auto at = text.size() * 7 % written.size();
  auto changed = written;
  changed[at] = static_cast<char>(changed[at] ^ 1);
  require(!parse(changed), "a changed note is refused");
  require(!parse(written.substr(0, at)), "a note that ends early is refused");
}

std::string framed(std::string_view kind, std::string_view body) {
  starrocks_detail::StateWriter out(kind);
  for (const auto line : lines_of(body)) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    out.put(line.substr(0, equals), line.substr(equals + 1));
  }
  return out.finish();
}

void require_statement_age(std::string_view text) {
  const auto note = parse_statement(text);
  if (!note) return;
  constexpr std::int64_t kNow = 1'795'247'317'453;
  const auto age = statement_age(*note, kNow);
  require(age >= Millis{0}, "no statement is younger than just sent");
  require(note->sent_unix_ms < kNow || age == Millis{0}, "a clock that went back is just now");
}

}  // namespace

void state(Bytes data) {
  auto rest = text_of(data);
  const bool whole = rest.starts_with("sr-agent ");
  const auto kind = whole ? std::string_view{} : take_line(rest);
  const std::string text = whole ? std::string{rest} : framed(kind, rest);
  require_note<IntentNote>(text, parse_intent);
  require_note<SealedNote>(text, parse_sealed);
  require_note<LeftNote>(text, parse_left);
  require_note<Certificate>(text, parse_certificate);
  require_note<RememberedNote>(text, parse_remembered);
  require_note<MembersNote>(text, parse_members);
  require_note<StatementNote>(text, parse_statement);
  require_note<WorkerNote>(text, parse_worker);
  require_note<SeenNote>(text, parse_seen);
  require_statement_age(text);
  if (const auto note = parse_worker(text))
    require(worker_note(worker_memory(*note)) == *note, "a worker remembers what is written");
}

}  // namespace sragent::fuzz

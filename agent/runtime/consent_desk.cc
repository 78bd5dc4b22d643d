#include "runtime/consent_desk.h"

#include "core/words.h"
#include "io/random.h"

namespace sragent {
namespace {

constexpr int kLetters = 8;

std::string draw() {
  constexpr std::uint64_t kAlphabet = 26;
  auto bits = random_bits();
  std::string out;
  for (int i = 0; i < kLetters; ++i, bits /= kAlphabet)
    out += static_cast<char>('a' + bits % kAlphabet);
  return out;
}

tl::unexpected<Error> rejected(std::string what) {
  return tl::unexpected(Error{ErrorKind::kRejected, std::move(what)});
}

}  // namespace

bool ConsentDesk::see(const std::optional<ConsentMatter>& matter) {
  open_ = matter.has_value();
  if (!open_ || (drawn_ && drawn_->matter == *matter)) return false;
  drawn_ = Offer{draw(), *matter};
  return true;
}

Result<ConsentMatter> ConsentDesk::check(std::string_view answer) const {
  if (offer() == nullptr) {
    return rejected(
        "nothing here needs a person's consent now; 'sr-agent explain' tells what it waits for");
  }
  if (answer != drawn_->challenge) {
    return rejected(
        "these are not the letters that this process asks for now; 'sr-agent explain' prints them "
        "with what they permit (they change with each use, each start, and with what is seen)");
  }
  return drawn_->matter;
}

void ConsentDesk::use() {
  drawn_.reset();
  open_ = false;
}

std::string permits(const ConsentMatter& matter) {
  if (matter.kind == ConsentKind::kMoveAside)
    return "the unfinished metadata is moved aside and the start begins anew";
  return "what is remembered of cluster " + joined(matter.ids) +
         " counts no more at this node: it may found or join another";
}

std::string consent_command(std::string_view challenge) {
  return "sr-agent init --consent " + std::string{challenge} + " --reason TEXT";
}

}  // namespace sragent

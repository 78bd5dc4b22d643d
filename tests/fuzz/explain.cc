// What `explain --from` is given: a start decision with everything that it was made of.

#include "fuzz.h"
#include "runtime/journal.h"
#include "runtime/observation_json.h"

namespace sragent::fuzz {

void explain(Bytes data) {
  const auto text = text_of(data);
  const auto found = parse_start_case(text);
  if (!found) return require_printable(found.error().what, "an error of a recorded case");
  const auto written = to_json(*found);
  const auto again = parse_start_case(written);
  require(again && to_json(*again) == written, "a case is the same after writing and reading");
  require(explain_text(*found) == explain_text(*again), "the same case, the same decision");
  require(explain_json(*found) == explain_json(*again), "in JSON too");
  require_printable(journal_line({}, found->seen, found->now), "a line of the journal");
}

}  // namespace sragent::fuzz

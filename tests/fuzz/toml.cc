// sr-agent.toml.

#include "config_promises.h"
#include "fuzz.h"

namespace sragent::fuzz {

void toml(Bytes data) {
  ConfigSources sources;
  sources.file_name = "fuzz.toml";
  sources.file_text = text_of(data);
  require_config_promises(load_config(sources));
}

}  // namespace sragent::fuzz

#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace sidecache::config {

// Its content, read no further than a little over `most` octets; nullopt: it cannot be read.
std::optional<std::string> read_small_file(const std::string& path, std::size_t most);

}  // namespace sidecache::config

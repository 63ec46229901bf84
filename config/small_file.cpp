#include "config/small_file.hpp"

#include <array>
#include <fstream>

namespace sidecache::config {

std::optional<std::string> read_small_file(const std::string& path, std::size_t most) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string content;
    std::array<char, 4096> piece;
    while (content.size() <= most && file.read(piece.data(), piece.size()).gcount() > 0) content.append(piece.data(), static_cast<std::size_t>(file.gcount()));
    return content;
}

}  // namespace sidecache::config

// What the operator wrote, whichever way: one tree in which every node remembers where it was written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::config {

enum class Layer : std::uint8_t { file, environment, flag };  // a later one wins

struct Place {
    std::string file;  // "sidecache.yaml", "--listen", "SIDECACHE_ORIGIN"
    int line = 0;      // of the key; 0 where there are no lines
};

struct Value {
    enum class Kind : std::uint8_t { null, scalar, sequence, map };

    Kind kind = Kind::null;
    Layer layer = Layer::file;
    bool expands = false;            // ${NAME} in its text stands for the environment's value
    std::string text;                // of a scalar
    std::vector<std::string> names;  // of a map: the key of each child
    std::vector<Value> children;     // of a sequence or map
    Place place;

    const Value* find(std::string_view name) const;
    Value* find(std::string_view name);
};

Value make_scalar(std::string text, Layer layer, std::string file);
Value make_sequence(const std::vector<std::string>& texts, Layer layer, const std::string& file);

// "timeouts.head" -> {"timeouts", "head"}
std::vector<std::string> split_path(std::string_view path);
// "10.0.0.0/8, ::1" -> two texts without the blanks around them
std::vector<std::string> split_list(std::string_view text);

// Writes `value` at `path` below the map `root`, with the maps in between. A number chooses an element of a sequence; the next
// free one appends. Returns what is wrong with the path, as the end of a sentence, or nothing.
std::optional<std::string> put(Value& root, const std::vector<std::string>& path, Value value);

}  // namespace sidecache::config

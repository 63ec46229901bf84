#include "config/value.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sidecache::config {
namespace {

constexpr std::size_t deepest = 16;  // far more than any key; keeps a hostile --set from building a deep tree

std::optional<std::size_t> parse_index(std::string_view text) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return index;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

template <typename Each>
void split(std::string_view text, char separator, Each&& each) {
    for (;;) {
        const auto end = text.find(separator);
        each(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

Value& child_of_map(Value& map, const std::string& name) {
    if (Value* known = map.find(name)) return *known;
    map.names.push_back(name);
    return map.children.emplace_back();
}

}  // namespace

const Value* Value::find(std::string_view name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? nullptr : &children[static_cast<std::size_t>(found - names.begin())];
}

Value* Value::find(std::string_view name) { return const_cast<Value*>(std::as_const(*this).find(name)); }

Value make_scalar(std::string text, Layer layer, std::string file) {
    Value value;
    value.kind = Value::Kind::scalar;
    value.layer = layer;
    value.text = std::move(text);
    value.place.file = std::move(file);
    return value;
}

Value make_sequence(const std::vector<std::string>& texts, Layer layer, const std::string& file) {
    Value value;
    value.kind = Value::Kind::sequence;
    value.layer = layer;
    value.place.file = file;
    for (const auto& text : texts) value.children.push_back(make_scalar(text, layer, file));
    return value;
}

std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> names;
    split(path, '.', [&](std::string_view name) { names.emplace_back(name); });
    return names;
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> texts;
    split(text, ',', [&](std::string_view element) { texts.emplace_back(trimmed(element)); });
    return texts;
}

std::optional<std::string> put(Value& root, const std::vector<std::string>& path, Value value) {
    if (path.size() > deepest) return "no key is that deep";
    Value* at = &root;
    std::string so_far;
    for (const auto& name : path) {
        if (name.empty()) return "a name between two dots is empty";
        if (at->kind == Value::Kind::null) {
            at->kind = name == "0" ? Value::Kind::sequence : Value::Kind::map;
            if (at->place.file.empty()) at->place = value.place;
        }
        if (at->kind == Value::Kind::sequence) {
            const auto index = parse_index(name);
            const auto size = at->children.size();
            if (!index || *index > size) {
                return "'" + so_far + "' is a list: expected a number from 0 to " + std::to_string(size) + ", got '" + name + "'";
            }
            if (*index == size) at->children.emplace_back();
            at = &at->children[*index];
        } else if (at->kind == Value::Kind::scalar) {
            return "'" + so_far + "' is not a map";
        } else {
            at = &child_of_map(*at, name);
        }
        so_far += (so_far.empty() ? "" : ".") + name;
    }
    *at = std::move(value);
    return std::nullopt;
}

}  // namespace sidecache::config

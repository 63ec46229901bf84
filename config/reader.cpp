#include "config/reader.hpp"

#include "config/wording.hpp"

#include <algorithm>
#include <cctype>

namespace sidecache::config {
namespace {

constexpr std::string_view kind_name(const Value& value) {
    switch (value.kind) {
        case Value::Kind::null:
            return "nothing";
        case Value::Kind::scalar:
            return "a text";
        case Value::Kind::sequence:
            return "a list";
        case Value::Kind::map:
            return "a map";
    }
    return {};
}

std::string expected_kind(std::string_view expected, const Value& value) {
    std::string out = "expected " + std::string(expected) + ", got ";
    return out + (value.kind == Value::Kind::scalar ? in_quotes(value.text) : std::string(kind_name(value)));
}

bool says_nothing(const Value& value, const std::vector<std::string_view>& accepted) {
    if (value.kind != Value::Kind::scalar) return value.children.empty();
    return is_off(value.text) || value.text == "0" || std::find(accepted.begin(), accepted.end(), value.text) != accepted.end();
}

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name(std::string_view text) {
    return !text.empty() && begins_name(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return begins_name(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

std::string environment_name(std::string_view path) {
    std::string name = "SIDECACHE_";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        name += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
    }
    return name;
}

Reader::Reader(Reading& reading, const Value* map, std::string path, Layer layer)
    : reading_(reading), map_(map), path_(std::move(path)), layer_(map != nullptr ? map->layer : layer) {
    if (map_ != nullptr) place_ = map_->place;
}

std::string Reader::path_of(std::string_view key) const {
    return path_.empty() || key.empty() ? path_ + std::string(key) : path_ + "." + std::string(key);
}

const Value* Reader::from_environment(std::string_view key) {
    const std::string name = environment_name(path_of(key));
    auto text = reading_.environment ? reading_.environment(name) : std::nullopt;
    if (!text || text->empty()) return nullptr;  // an empty variable is how compose files say "not set"
    return &reading_.found.emplace_back(make_scalar(std::move(*text), Layer::environment, name));
}

const Value* Reader::child(std::string_view key, bool from_environment_too) {
    asked_.emplace_back(key);
    reading_.asked.push_back(path_of(key));
    const Value* written = map_ != nullptr ? map_->find(key) : nullptr;
    const Layer layer = written != nullptr ? written->layer : layer_;
    if (from_environment_too && layer < Layer::environment) {
        if (const Value* found = from_environment(key)) return found;
    }
    return written;
}

void Reader::problem(const Place& place, std::string_view key, std::string what, std::string hint) {
    reading_.problems.push_back({place.file, place.line, path_of(key), std::move(what), std::move(hint)});
}

void Reader::missing(std::string_view key, std::string what, std::string hint) {
    if (reading_.whole) problem(place_, key, std::move(what), std::move(hint));
}

bool Reader::is_left_out(std::string_view key) const {
    const Value* value = map_ != nullptr ? map_->find(key) : nullptr;
    return value == nullptr || (value->kind != Value::Kind::scalar && value->children.empty());
}

std::optional<std::string> Reader::expanded(const std::string& text, const Place& place, const std::string& path) {
    std::string out;
    std::size_t at = 0;
    for (;;) {
        const auto open = text.find("${", at);
        if (open == std::string::npos) return out + text.substr(at);
        if (open > at && text[open - 1] == '$') {  // $${ stands for ${
            out.append(text, at, open - 1 - at).append("${");
            at = open + 2;
            continue;
        }
        out.append(text, at, open - at);
        const auto close = text.find('}', open);
        const auto name = close == std::string::npos ? std::string{} : text.substr(open + 2, close - open - 2);
        const auto value = is_name(name) && reading_.environment ? reading_.environment(name) : std::nullopt;
        if (!value) {
            reading_.problems.push_back({place.file, place.line, path,
                                         is_name(name) ? "${" + name + "} is not set in the environment"
                                                       : expected_got("${NAME}", text.substr(open, close - open + 1)),
                                         "write $${ for a plain ${"});
            return std::nullopt;
        }
        out += *value;
        at = close + 1;
    }
}

std::optional<Reader::Scalar> Reader::scalar_of(const Value& value, std::string path, std::string_view expected) {
    if (value.kind != Value::Kind::scalar) {
        reading_.problems.push_back({value.place.file, value.place.line, std::move(path), expected_kind(expected, value), {}});
        return std::nullopt;
    }
    if (!value.expands) return Scalar{std::move(path), value.text, value.place};
    auto text = expanded(value.text, value.place, path);
    if (!text) return std::nullopt;
    return Scalar{std::move(path), std::move(*text), value.place};
}

std::optional<Reader::Scalar> Reader::scalar_at(std::string_view key, std::string_view expected) {
    const Value* value = child(key, true);
    if (value == nullptr) return std::nullopt;
    return scalar_of(*value, path_of(key), expected);
}

std::optional<Given<std::vector<Reader::Scalar>>> Reader::scalars_at(std::string_view key, std::string_view expected) {
    const Value* value = child(key, true);
    if (value == nullptr || value->kind == Value::Kind::null) return std::nullopt;
    Given<std::vector<Scalar>> out{{}, value->place};
    if (value->layer == Layer::environment && value->kind == Value::Kind::scalar) {
        for (auto& text : split_list(value->text)) out.value.push_back({path_of(key), std::move(text), value->place});
    } else if (value->kind == Value::Kind::sequence) {
        for (std::size_t i = 0; i < value->children.size(); ++i) {
            auto scalar = scalar_of(value->children[i], path_of(key) + "." + std::to_string(i), expected);
            if (scalar) out.value.push_back(std::move(*scalar));
        }
    } else {
        auto scalar = scalar_of(*value, path_of(key), std::string(expected) + ", or a list of them");
        if (scalar) out.value.push_back(std::move(*scalar));
    }
    return out;
}

const Value* Reader::collection(std::string_view key, Value::Kind kind, std::string_view expected) {
    const Value* value = child(key, false);
    if (value == nullptr || value->kind == Value::Kind::null) return nullptr;
    if (value->kind == kind) return value;
    problem(value->place, key, expected_kind(expected, *value));
    return nullptr;
}

std::vector<std::pair<std::string, Reader::Scalar>> Reader::named_scalars_at(std::string_view key, std::string_view expected) {
    std::vector<std::pair<std::string, Scalar>> out;
    const Value* map = collection(key, Value::Kind::map, "a map from names to values");
    if (map == nullptr) return out;
    for (std::size_t i = 0; i < map->children.size(); ++i) {
        auto scalar = scalar_of(map->children[i], path_of(key) + "." + map->names[i], expected);
        if (scalar) out.emplace_back(map->names[i], std::move(*scalar));
    }
    return out;
}

void Reader::section(std::string_view key, const ReadSection& read) {
    Reader inner(reading_, collection(key, Value::Kind::map, "a map of keys"), path_of(key), layer_);
    read(inner);
    inner.refuse_unknown();
}

void Reader::sections(std::string_view key, const ReadSection& read) {
    const Value* list = collection(key, Value::Kind::sequence, "a list of maps");
    for (std::size_t i = 0; list != nullptr && i < list->children.size(); ++i) {
        const Value& element = list->children[i];
        const std::string path = path_of(key) + "." + std::to_string(i);
        if (element.kind != Value::Kind::map) {
            reading_.problems.push_back(
                {element.place.file, element.place.line, path, expected_kind("a map of keys", element), {}});
            continue;
        }
        Reader inner(reading_, &element, path);
        read(inner);
        inner.refuse_unknown();
    }
}

void Reader::named_sections(std::string_view key, const ReadNamedSection& read) {
    const Value* map = collection(key, Value::Kind::map, "a map from names to maps");
    for (std::size_t i = 0; map != nullptr && i < map->children.size(); ++i) {
        const Value& element = map->children[i];
        const std::string path = path_of(key) + "." + map->names[i];
        if (element.kind == Value::Kind::scalar || element.kind == Value::Kind::sequence) {
            reading_.problems.push_back(
                {element.place.file, element.place.line, path, expected_kind("a map of keys", element), {}});
            continue;
        }
        Reader inner(reading_, &element, path);
        read(map->names[i], inner);
        inner.refuse_unknown();
    }
}

void Reader::not_built(std::string_view key, std::string_view hint, const std::vector<std::string_view>& accepted,
                       const std::vector<std::string_view>& below) {
    const auto refuse = [&](const Value* value, std::string_view at) {
        if (value != nullptr && !says_nothing(*value, accepted)) problem(value->place, at, "not built yet", std::string(hint));
    };
    refuse(child(key, true), key);
    for (const auto name : below) {
        const std::string at = std::string(key) + "." + std::string(name);
        reading_.asked.push_back(path_of(at));
        refuse(from_environment(at), at);
    }
}

void Reader::refuse_unknown() {
    for (std::size_t i = 0; map_ != nullptr && i < map_->names.size(); ++i) {
        const std::string& name = map_->names[i];
        if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
        auto hint = did_you_mean(name, asked_);
        if (hint.empty()) hint = "known here: " + joined(asked_);
        problem(map_->children[i].place, name, "unknown key", std::move(hint));
    }
}

}  // namespace sidecache::config

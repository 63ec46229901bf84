#include "cache/relations/pointer.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace sidecache::relations {
namespace {

namespace json = boost::json;

// RFC 6901 §3, §4.
std::optional<std::string> unescape(std::string_view token) {
    std::string text;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
            text += token[i];
            continue;
        }
        ++i;
        if (i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
        text += token[i] == '0' ? '~' : '/';
    }
    return text;
}

const json::value* member(const json::value& value, const std::string& token) {
    if (const json::object* object = value.if_object()) return object->if_contains(token);
    const json::array* array = value.if_array();
    const bool is_index = !token.empty() && token.size() < 10 && (token.size() == 1 || token.front() != '0') && std::ranges::all_of(token, [](char c) { return c >= '0' && c <= '9'; });
    return array != nullptr && is_index ? array->if_contains(std::stoul(token)) : nullptr;
}

bool append_scalar(const json::value& value, std::vector<std::string>& out) {
    switch (value.kind()) {
        case json::kind::null: return true;
        case json::kind::bool_: out.emplace_back(value.get_bool() ? "true" : "false"); return true;
        case json::kind::int64: out.push_back(std::to_string(value.get_int64())); return true;
        case json::kind::uint64: out.push_back(std::to_string(value.get_uint64())); return true;
        case json::kind::string: out.emplace_back(value.get_string()); return !value.get_string().empty();
        case json::kind::double_:
        case json::kind::array:
        case json::kind::object: break;
    }
    return false;
}

}  // namespace

std::optional<Pointer> Pointer::parse(std::string_view text) {
    Pointer pointer;
    if (!text.starts_with('/')) return std::nullopt;
    while (!text.empty()) {
        text.remove_prefix(1);
        const std::size_t end = std::min(text.find('/'), text.size());
        auto token = unescape(text.substr(0, end));
        if (!token) return std::nullopt;
        pointer.tokens_.push_back(*std::move(token));
        text.remove_prefix(end);
    }
    return pointer;
}

bool Pointer::append_texts(const json::value& document, std::vector<std::string>& out) const {
    if (const json::array* rows = document.if_array()) {
        return std::ranges::all_of(*rows, [&](const json::value& row) { return !row.is_array() && append_texts(row, out); });
    }
    const json::value* value = &document;
    for (const std::string& token : tokens_) {
        value = member(*value, token);
        if (value == nullptr) return false;
    }
    const json::array* list = value->if_array();
    if (list == nullptr) return append_scalar(*value, out);
    return std::ranges::all_of(*list, [&out](const json::value& each) { return append_scalar(each, out); });
}

}  // namespace sidecache::relations

#include "cache/jwt/claims.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>

namespace sidecache::jwt {
namespace {

namespace json = boost::json;

// RFC 6901 §4: ~1 is '/', ~0 is '~'. nullopt for another escape (§3).
std::optional<std::string> unescape(std::string_view step) {
    std::string plain;
    for (std::size_t i = 0; i < step.size(); ++i) {
        if (step[i] != '~') {
            plain += step[i];
            continue;
        }
        if (++i == step.size() || (step[i] != '0' && step[i] != '1')) return std::nullopt;
        plain += step[i] == '0' ? '~' : '/';
    }
    return plain;
}

// RFC 6901 §4: digits without a leading zero. "-", the element after the last, is never there.
const json::value* element_of(const json::array& array, std::string_view step) noexcept {
    if (step.empty() || (step.front() == '0' && step.size() > 1)) return nullptr;
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (error != std::errc() || end != step.data() + step.size()) return nullptr;
    return array.if_contains(index);
}

const json::value* member_of(const json::object& object, std::string_view step) noexcept {
    return object.if_contains(json::string_view(step.data(), step.size()));
}

const json::value* child_of(const json::value& value, std::string_view step) noexcept {
    if (const json::object* object = value.if_object()) return member_of(*object, step);
    if (const json::array* array = value.if_array()) return element_of(*array, step);
    return nullptr;
}

std::string as_json(const json::value& value) { return json::serialize(value); }

}  // namespace

std::optional<ClaimPath> ClaimPath::parse(std::string_view pointer) {
    if (!pointer.starts_with('/')) return std::nullopt;
    std::vector<std::string> steps;
    for (std::size_t start = 1;;) {
        const std::size_t end = std::min(pointer.find('/', start), pointer.size());
        auto step = unescape(pointer.substr(start, end - start));
        if (!step) return std::nullopt;
        steps.push_back(*std::move(step));
        if (end == pointer.size()) return ClaimPath(std::move(steps));
        start = end + 1;
    }
}

const json::value* ClaimPath::find(const json::object& claims) const noexcept {
    const json::value* found = member_of(claims, steps_.front());
    for (std::size_t i = 1; found && i < steps_.size(); ++i) found = child_of(*found, steps_[i]);
    return found;
}

Claims::Claims(json::object claims, std::optional<http::SystemTime> expires_at)
    : claims_(std::make_shared<const json::object>(std::move(claims))), expires_at_(expires_at) {}

std::optional<std::string> Claims::text_at(const ClaimPath& path) const {
    const json::value* value = path.find(*claims_);
    return value ? text_of(*value) : std::nullopt;
}

std::optional<std::string> text_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::string: {
            const json::string& text = value.get_string();
            // So that no string has the text of an array, nor that of another string in quotes.
            if (text.starts_with('"') || text.starts_with('[')) return as_json(value);
            return std::string(text.data(), text.size());
        }
        case json::kind::int64:
            return std::to_string(value.get_int64());
        case json::kind::uint64:
            return std::to_string(value.get_uint64());
        case json::kind::bool_:
            return value.get_bool() ? "true" : "false";
        case json::kind::array:
            if (!std::ranges::all_of(value.get_array(), [](const json::value& element) { return element.is_string(); }))
                return std::nullopt;
            return as_json(value);
        case json::kind::null:
        case json::kind::double_:
        case json::kind::object:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace sidecache::jwt

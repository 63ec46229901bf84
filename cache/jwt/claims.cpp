#include "cache/jwt/claims.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace sidecache::jwt {
namespace {

namespace json = boost::json;

std::string as_json(const json::value& value) { return json::serialize(value); }

}  // namespace

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

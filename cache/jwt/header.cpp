#include "cache/jwt/header.hpp"

#include "cache/http/field.hpp"
#include "cache/jwt/base64url.hpp"
#include "cache/json/strict.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace sidecache::jwt {
namespace {

namespace json = boost::json;

bool is_extended(const json::object& header) {
    // crit: RFC 7515 §4.1.11, no extension is understood here. b64: RFC 7797 §3. enc and zip: JWE, RFC 7516 §4.1.
    constexpr std::array<json::string_view, 4> extensions{"crit", "b64", "enc", "zip"};
    return std::ranges::any_of(extensions, [&](json::string_view name) { return header.contains(name); });
}

// RFC 7519 §5.2: the content is a token again.
bool is_nested(const json::object& header) {
    const json::string* content_type = strict_json::string_member(header, "cty");
    return content_type && (http::iequals({content_type->data(), content_type->size()}, "JWT") ||
                            http::iequals({content_type->data(), content_type->size()}, "application/jwt"));
}

// A member that must be a string where it stands. False if it is something else.
bool take_string(const json::object& header, std::string_view name, std::optional<std::string>& out) {
    if (const json::string* text = strict_json::string_member(header, name)) {
        out.emplace(text->data(), text->size());
        return true;
    }
    return !header.contains(json::string_view(name.data(), name.size()));
}

}  // namespace

Result<Header> read_header(std::string_view part) {
    const auto text = decode_base64url(part);
    if (!text) return Fault::malformed;
    const auto header = strict_json::parse_object(*text);
    if (!header) return Fault::malformed;
    if (is_extended(*header) || is_nested(*header)) return Fault::unsupported;
    const json::string* name = strict_json::string_member(*header, "alg");
    if (!name) return Fault::malformed;  // RFC 7515 §4.1.1
    const auto algorithm = algorithm_of({name->data(), name->size()});
    if (!algorithm) return Fault::algorithm;
    Header result{*algorithm, {}, {}};
    if (!take_string(*header, "kid", result.key_id) || !take_string(*header, "typ", result.type)) return Fault::malformed;
    return result;
}

}  // namespace sidecache::jwt

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "config/sections.hpp"
#include "config/small_file.hpp"
#include "config/units.hpp"

#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using principals::NamedField;
using principals::Principal;

constexpr std::size_t most_principals = 64;

Form<std::string> token_of(std::string expected) {
    return {expected, [expected](std::string_view text) -> Parsed<std::string> {
                if (!http::is_token(text)) return refused<std::string>(expected, text);
                return {std::string(text), {}, {}};
            }};
}

Form<std::string> field_name() {
    return {"a field name such as Authorization", [](std::string_view text) -> Parsed<std::string> {
                if (!http::is_token(text)) return refused<std::string>("a field name such as Authorization", text);
                std::string lower;
                for (const char c : text) lower += http::to_lower(c);
                return {lower, {}, {}};
            }};
}

Form<jwt::ClaimPath> claim_path() {
    const std::string expected = "a JSON Pointer such as /role";
    return {expected, [expected](std::string_view text) -> Parsed<jwt::ClaimPath> {
                auto path = jwt::ClaimPath::parse(text);
                if (!path) return refused<jwt::ClaimPath>(expected, text);
                return {std::move(path), {}, {}};
            }};
}

using Keys = std::shared_ptr<const jwt::KeySet>;
using Parse = jwt::KeySet::Parsed<jwt::KeySet> (*)(std::string_view);

// The keys in the file; what is wrong is never answered with the text of it.
Form<Keys> key_file(std::string expected, Parse parse) {
    return {expected, [expected, parse](std::string_view path) -> Parsed<Keys> {
                const auto content = read_small_file(std::string(path), jwt::max_key_file_size);
                if (!content) return {std::nullopt, "cannot be read: " + std::string(path), "expected " + expected};
                auto keys = parse(*content);
                if (!keys) return {std::nullopt, std::string(path) + ": " + keys.error(), {}};
                return {std::make_shared<const jwt::KeySet>(std::move(*keys)), {}, {}};
            }};
}

struct TokenKeys {
    std::optional<Given<std::string>> header;
    std::optional<Given<jwt::ClaimPath>> claim;
    std::optional<Given<Keys>> keys;
    std::optional<Given<Keys>> secret;
    jwt::Expectations expected{};
};

TokenKeys read_token_keys(Reader& section) {
    TokenKeys token;
    token.header = section.get("jwt", field_name());
    token.claim = section.get("claim", claim_path());
    token.keys = section.get("keys", key_file("a file with a JWK Set or public keys in PEM", &jwt::KeySet::parse));
    token.secret = section.get("secret", key_file("a file with a secret of at least 32 characters", &jwt::KeySet::from_secret));
    if (const auto issuer = section.get("issuer", text("the iss of the tokens"))) token.expected.issuer = issuer->value;
    if (const auto audiences = section.list("audience", text("an aud of the tokens, or any"))) {
        for (const auto& [audience, place] : audiences->value) {
            if (audience == "any") {
                token.expected.any_audience = true;
            } else {
                token.expected.audiences.push_back(audience);
            }
        }
    }
    section.read("leeway", token.expected.leeway, whole_seconds(0s, 10min));
    return token;
}

void read_token(Reader& section, Principal& principal) {
    TokenKeys token = read_token_keys(section);
    if (!token.header) {
        if (token.claim) section.problem(token.claim->place, "claim", "stands without jwt", "add jwt: Authorization");
        return;
    }
    if (section.is_left_out("claim")) section.missing("claim", "missing", "expected such as claim: /role");
    if (section.is_left_out("keys") && section.is_left_out("secret")) {
        section.missing("keys", "missing", "expected such as keys: /run/secrets/jwks.json, or secret: FILE for HS256");
    }
    if (token.keys && token.secret) section.problem(token.secret->place, "secret", "stands beside keys", "leave one of them out");
    if (!token.claim || (!token.keys && !token.secret)) return;
    const std::string pointer = section.get("claim", text("a JSON Pointer such as /role"))->value;
    principal.definition += " jwt " + token.header->value + " " + pointer;
    principal.token.emplace(principals::TokenRule{NamedField(token.header->value), token.claim->value, token.keys ? token.keys->value : token.secret->value,
                                                  std::move(token.expected)});
}

void read_opaque(Reader& section, Principal& principal) {
    if (const auto header = section.get("header", field_name())) {
        principal.header.emplace(header->value);
        principal.definition += " header " + header->value;
    }
    if (const auto cookies = section.list("cookie", token_of("a cookie's name"))) {
        for (const auto& [cookie, place] : cookies->value) {
            principal.cookies.push_back(cookie);
            principal.definition += " cookie " + cookie;
        }
    }
    if (const auto role = section.get("role_header", field_name())) {
        principal.role_header = role->value;
        principal.definition += " role " + role->value;
    }
}

Principal read_principal(const std::string& name, Reader& section) {
    Principal principal{.name = name};
    section.read("recheck", principal.recheck, whole_seconds(1s, 24h));
    // What was filled to be rechecked later than this is of another principal: an end is remembered for no longer than `recheck`.
    principal.definition = name + " " + std::to_string(principal.recheck.count());
    const auto jwt = section.get("jwt", field_name());
    read_token(section, principal);
    read_opaque(section, principal);
    const bool is_opaque = principal.header || !principal.cookies.empty();
    if (jwt && (is_opaque || !principal.role_header.empty())) {
        section.problem(jwt->place, "jwt", "stands beside header, cookie or role_header", "a principal is either a verified token or an opaque credential");
    }
    const bool names_nothing = section.is_left_out("jwt") && section.is_left_out("header") && section.is_left_out("cookie");
    if (names_nothing) section.missing("cookie", "missing", "say by what the application knows who asks: cookie, header or jwt");
    return principal;
}

}  // namespace

void read_principals(Reader& top, Settings& settings) {
    top.named_sections("principals", [&](const std::string& name, Reader& section) {
        settings.principals.push_back(read_principal(name, section));
        if (settings.principals.size() == most_principals + 1) {
            section.problem(section.place(), {}, "more than " + std::to_string(most_principals) + " principals", {});
        }
    });
}

}  // namespace sidecache::config

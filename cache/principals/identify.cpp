#include "cache/principals/identify.hpp"

#include "cache/jwt/bearer.hpp"
#include "cache/principals/cookies.hpp"

namespace sidecache::principals {
namespace {

using secret::keyed_digest;

// The value of the only line of a field; nothing where there is none.
struct OnlyLine {
    std::size_t lines = 0;
    std::string_view value{};
};
OnlyLine only_line(http::HeaderView fields, const NamedField& named) noexcept {
    OnlyLine found;
    for (const http::Field& field : fields) {
        if (!named.is(field)) continue;
        ++found.lines;
        found.value = field.value;
    }
    return found;
}

Identity identify_opaque(const Principal& principal, const http::RequestView& request) noexcept {
    Identity identity;
    secret::Digest all = keyed_digest({"credential", principal.definition});
    bool is_any_there = false;
    const auto add = [&](std::string_view name, bool is_there, std::string_view value) {
        all = keyed_digest({secret::view_of(all), name, is_there ? "+" : "-", value});
        is_any_there = is_any_there || is_there;
    };
    if (principal.header) {
        const OnlyLine line = only_line(request.fields, *principal.header);
        if (line.lines > 1 || (line.lines == 1 && line.value.empty())) return identity;
        add(principal.header->name, line.lines == 1, line.value);
    }
    for (const std::string& name : principal.cookies) {
        const FoundCookie cookie = find_cookie(request.fields, name);
        if (cookie.kind == FoundCookie::Kind::unclear) return identity;
        add(name, cookie.kind == FoundCookie::Kind::found, cookie.value);
    }
    identity.kind = is_any_there ? Identity::Kind::known : Identity::Kind::anonymous;
    identity.credential = identity.partition = all;
    return identity;
}

}  // namespace

Identity Identifier::identify(const Principal& principal, const http::RequestView& request, http::SystemTime now) {
    // A credential that the principal does not name: the application may go by it all the same.
    if (request.names.has(http::FieldName::authorization) && !principal.names(http::FieldName::authorization)) return {};
    return principal.token ? identify_token(principal, request, now) : identify_opaque(principal, request);
}

Identity Identifier::identify_token(const Principal& principal, const http::RequestView& request, http::SystemTime now) {
    const TokenRule& rule = *principal.token;
    Identity identity;
    const OnlyLine line = only_line(request.fields, rule.header);
    if (line.lines == 0) {
        identity.kind = Identity::Kind::anonymous;
        return identity;
    }
    const auto token = rule.header.id == http::FieldName::authorization ? jwt::bearer_token(line.value) : std::optional(line.value);
    if (line.lines > 1 || !token || token->size() > rule.expected.max_token_size) return identity;
    identity.credential = keyed_digest({"token", principal.definition, *token});

    auto known = tokens_.find(identity.credential);
    if (known == tokens_.end() || known->second.expires <= now) {
        const auto claims = jwt::verify(*token, *rule.keys, rule.expected, now);
        if (!claims || !claims->expires_at()) return identity;
        const auto claim = claims->text_at(rule.claim);
        if (!claim) return identity;
        if (tokens_.size() >= limit_) tokens_.clear();
        const Verified verified{keyed_digest({"claim", principal.definition, *claim}), *claims->expires_at() + rule.expected.leeway};
        known = tokens_.insert_or_assign(identity.credential, verified).first;
    }
    identity.kind = Identity::Kind::known;
    identity.is_verified = true;
    identity.partition = known->second.partition;
    identity.expires = known->second.expires;
    return identity;
}

}  // namespace sidecache::principals

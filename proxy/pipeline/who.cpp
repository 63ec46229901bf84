#include "proxy/pipeline/who.hpp"

#include "cache/http/list.hpp"

#include <algorithm>

namespace sidecache::pipeline {
namespace {

using principals::Identity;
using std::chrono::steady_clock;

// A refused token is refused as long as it would be believed, but for no longer than this: then the origin is asked again.
constexpr std::chrono::hours longest_refusal{24};

// Does the answer give the client another credential, or take this one away?
bool sets_credential(const principals::Principal& principal, const http::ResponseView& response) {
    if (principal.cookies.empty() || !response.names.has(http::FieldName::set_cookie)) return false;
    return std::ranges::any_of(response.fields, [&](const http::Field& field) {
        if (field.id != http::FieldName::set_cookie) return false;
        const std::string_view name = http::trim(field.value.substr(0, field.value.find_first_of("=;")));
        return std::ranges::any_of(principal.cookies, [&](const std::string& named) { return http::iequals(name, named); });
    });
}

// The role that the answer tells: of several lines, or an empty one, none can be believed.
std::optional<std::string_view> told_role(const principals::Principal& principal, const http::ResponseView& response) {
    std::optional<std::string_view> role;
    for (const http::Field& field : response.fields) {
        if (!http::iequals(field.name, principal.role_header)) continue;
        if (role || field.value.empty()) return std::nullopt;
        role = field.value;
    }
    return role;
}

secret::Digest digest_of_role(const principals::Principal& principal, std::string_view role) { return secret::keyed_digest({"role", principal.definition, role}); }

void end(Shared& shared, const principals::Principal& principal, const Identity& identity, bool for_good) {
    const auto now = steady_clock::now();
    if (!principal.role_header.empty()) {
        shared.standings.unbind(identity.credential);
    } else if (identity.is_verified) {
        // Its partition is that of others as well: it is this token that nothing serves any more.
        const auto left = identity.expires - std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        const std::chrono::seconds time = for_good ? std::clamp<std::chrono::seconds>(left, principal.recheck, longest_refusal) : principal.recheck;
        shared.standings.refuse(identity.credential, now + time, now);
    } else {
        // Whatever is filling now was asked for before: it ends as well. What was stored serves no longer than this by itself.
        shared.standings.end(identity.credential, shared.fill_number.load(std::memory_order_relaxed), now + principal.recheck, now);
    }
}

// A logout on a route of no principal, or of another one, ends the cookie all the same.
void end_what_is_set(Shared& shared, const Snapshot& snapshot, const http::RequestView& request, const http::ResponseView& response) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    for (const principals::Principal& principal : snapshot.principals) {
        if (!sets_credential(principal, response)) continue;
        const Identity identity = principals::Identifier().identify(principal, request, now);
        if (identity.kind == Identity::Kind::known) end(shared, principal, identity, true);
    }
}

}  // namespace

policy::Covered Who::covered() const noexcept {
    if (!has_partition()) return {};
    policy::Covered covered;
    covered.cookies = !principal->cookies.empty();
    if (principal->header) covered.header = principal->header->name;
    if (principal->token) covered.header = principal->token->header.name;
    return covered;
}

Who who_asks(const Snapshot& snapshot, const policy::Rules& rules, const http::RequestView& request, principals::Identifier& identifier,
             const principals::Standings& standings) {
    Who who;
    if (!rules.principal) return who;
    who.principal = &snapshot.principals[*rules.principal];
    who.identity = identifier.identify(*who.principal, request, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    const auto go_alone = [&who](std::string_view why) {
        who.kind = Who::Kind::alone;
        who.detail = why;
        return who;
    };
    switch (who.identity.kind) {
        case Identity::Kind::unclear: return go_alone("principal-unclear");
        case Identity::Kind::anonymous: who.kind = Who::Kind::anonymous; return who;
        case Identity::Kind::known: break;
    }
    const auto standing = standings.of(who.identity.credential, steady_clock::now());
    if (standing.is_refused) return go_alone("principal-refused");
    who.kind = Who::Kind::known;
    who.ended_at = standing.ended_at;
    // Applications often know sessions as well: with a cookie beside a header or a token that alone was named, whose answer it is is less than certain.
    who.is_private_cache = !(who.principal->cookies.empty() && request.names.has(http::FieldName::cookie));
    if (!who.principal->role_header.empty()) {
        if (!standing.role) return go_alone("principal-without-role");
        who.partition = *standing.role;
        return who;
    }
    who.partition = who.identity.partition;
    who.is_opaque = !who.identity.is_verified;
    return who;
}

bool is_still_served(const principals::Standings& standings, const Who& who, std::uint64_t fill_number) noexcept {
    if (who.kind != Who::Kind::known) return true;
    const auto standing = standings.of(who.identity.credential, steady_clock::now());
    if (standing.is_refused || fill_number < standing.ended_at) return false;
    return who.principal->role_header.empty() || (standing.role && *standing.role == who.partition);
}

void end_everybody(Shared& shared) { shared.standings.end_all(shared.fill_number.load(std::memory_order_relaxed)); }

bool tells_another_role(const Who& who, const http::ResponseView& response) {
    if (who.kind != Who::Kind::known || who.principal->role_header.empty()) return false;
    const bool is_told = std::ranges::any_of(response.fields, [&who](const http::Field& field) { return http::iequals(field.name, who.principal->role_header); });
    if (!is_told) return false;
    const auto role = told_role(*who.principal, response);
    return !role || digest_of_role(*who.principal, *role) != who.partition;
}

void note_answer(Shared& shared, const Snapshot& snapshot, const Who& who, const policy::Rules& rules, const http::RequestView& request,
                 const http::ResponseView& response) {
    if (response.status < 200) return;
    const bool is_refused = response.status >= 400 && response.status < 500;  // then nothing was changed
    if (rules.ends_principal == policy::EndsPrincipal::everybody && policy::is_write(request, rules) && !is_refused) end_everybody(shared);
    if (!snapshot.principals.empty() && response.names.has(http::FieldName::set_cookie)) end_what_is_set(shared, snapshot, request, response);
    if (who.principal == nullptr || who.identity.kind != Identity::Kind::known) return;
    const bool is_logout = rules.ends_principal == policy::EndsPrincipal::sender && response.status < 400;
    if (response.status == 401 || is_logout) {
        end(shared, *who.principal, who.identity, true);
    } else if (response.status == 403) {
        end(shared, *who.principal, who.identity, false);
    } else if (!who.principal->role_header.empty() && response.status < 400 && !sets_credential(*who.principal, response)) {
        const auto now = steady_clock::now();
        // Asked for before all were ended, it may be the role that was taken away.
        const bool is_late = shared.standings.of(who.identity.credential, now).ended_at != who.ended_at;
        if (const auto role = told_role(*who.principal, response); role && !is_late) {
            shared.standings.bind(who.identity.credential, digest_of_role(*who.principal, *role), now + who.principal->recheck, now);
        }
    }
}

}  // namespace sidecache::pipeline

// Who asks, as far as this exchange may act on it: the partition of the cache that it reads and fills, if any.
#pragma once

#include "cache/policy/rules.hpp"
#include "cache/policy/storage.hpp"
#include "cache/policy/vary.hpp"
#include "cache/principals/identify.hpp"
#include "cache/principals/standings.hpp"
#include "proxy/pipeline/shared.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace sidecache::pipeline {

struct Who {
    enum class Kind : std::uint8_t {
        anyone,     // the route names no principal: one cache for all
        anonymous,  // nobody in particular: a partition that is a shared cache
        known,      // a partition that is a private cache
        alone,      // nothing stored serves it, nothing of it is stored; `detail` says why
    } kind = Kind::anyone;
    const principals::Principal* principal = nullptr;  // of the snapshot that the exchange began with
    principals::Identity identity{};
    secret::Digest partition{};
    bool is_private_cache = true;  // else the rules of shared caches hold in its partition too
    bool is_opaque = false;        // the credential cannot be judged here: reuse ends `recheck` after the origin accepted it
    std::uint64_t ended_at = 0;    // fills before this number began before the origin refused the credential, or before a logout
    std::string_view detail{};

    bool has_partition() const noexcept { return kind == Kind::anonymous || kind == Kind::known; }
    policy::Audience audience() const noexcept { return kind != Kind::known || !is_private_cache ? policy::Audience::everybody : is_opaque ? policy::Audience::credential : policy::Audience::principal; }
    policy::Covered covered() const noexcept;
};

// No allocation for a credential that was seen before.
Who who_asks(const Snapshot& snapshot, const policy::Rules& rules, const http::RequestView& request, principals::Identifier& identifier,
             const principals::Standings& standings);

// Asked again after each wait, since the origin may have refused the credential meanwhile: is it still served from its partition? `fill_number`: of the fill, or of
// the stored response, that would serve it.
bool is_still_served(const principals::Standings& standings, const Who& who, std::uint64_t fill_number) noexcept;

// Does the answer tell another role than the one whose partition the request was asked in, or none for certain? Then it is of no use to that partition.
bool tells_another_role(const Who& who, const http::ResponseView& response);

// A write that may have changed anybody's permissions: whatever was asked for before serves no partition any more.
void end_everybody(Shared& shared);

// What the origin's answer says of the credential: 401 and 403, a logout, a role; and, whatever the route, of each credential of the request that it sets anew.
void note_answer(Shared& shared, const Snapshot& snapshot, const Who& who, const policy::Rules& rules, const http::RequestView& request,
                 const http::ResponseView& response);

}  // namespace sidecache::pipeline

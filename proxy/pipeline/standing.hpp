// Is who asks still served from a partition? Asked again after each wait: the origin may have refused the credential meanwhile.
#pragma once

#include "proxy/pipeline/who.hpp"

#include <chrono>
#include <cstdint>

namespace sidecache::pipeline {

// `fill_number`: of the fill, or of the stored response, that would serve it.
inline bool is_still_served(const principals::Standings& standings, const Who& who, std::uint64_t fill_number) noexcept {
    if (who.kind != Who::Kind::known) return true;
    const auto standing = standings.of(who.identity.credential, std::chrono::steady_clock::now());
    if (standing.is_refused || fill_number < standing.ended_at) return false;
    return who.principal->role_header.empty() || (standing.role && *standing.role == who.partition);
}

}  // namespace sidecache::pipeline

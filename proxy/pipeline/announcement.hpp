// Invalidations by hand: writes that did not come through here, announced at the admin door once they are committed (CONSISTENCY A2), and PURGE.
#pragma once

#include "proxy/pipeline/shared.hpp"
#include "proxy/runtime/loop.hpp"
#include "proxy/runtime/task.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::pipeline {

struct Announcement {
    std::vector<std::string> groups;  // names, as in Cache-Groups
    std::vector<std::string> uris;    // each alone, whatever its query
    std::vector<std::string> paths;   // each with all below it
    bool everything = false;
    bool is_soft = false;             // what is named is stale from now on, and still answers where what is stale may
    std::string problem;              // else a sentence: what was expected
};

// {"groups": ["staff"], "uris": ["/doctors/5/"], "paths": ["/doctors/5/"], "everything": true, "soft": false}: any of them, each once, nothing else.
Announcement read_announcement(std::string_view json);

// What it comes to.
struct Invalidation {
    std::vector<policy::Group> groups;  // each once
    bool is_soft = false;
    std::atomic<std::uint64_t> Counts::*counted = &Counts::writes_announced;
    std::string problem{};  // else a sentence: why nothing is invalidated
};
Invalidation invalidation_of(const Snapshot& snapshot, std::string_view json);
// Of PURGE at the HTTP door: its target, in every variant and whatever its query; softly, if the request says `Soft-Purge: 1`.
Invalidation invalidation_of(const Snapshot& snapshot, const http::RequestView& request);

struct Announced {
    int status = 200;
    std::string json;  // {"epoch": n, "groups": k}, once everything named is invalidated; with "soft": true where it was softened: then the epoch is as it was
};

// On any loop. 400, 503: nothing was invalidated; 504: not all nodes of the fleet have heard of it in time, and it is told on.
runtime::Task<Announced> invalidate(runtime::Loop& loop, Shared& shared, Invalidation invalidation);

}  // namespace sidecache::pipeline

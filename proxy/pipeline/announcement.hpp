// Invalidations by hand: writes that did not come through here, announced at the admin door once they are committed (CONSISTENCY A2), and PURGE.
#pragma once

#include "proxy/pipeline/shared.hpp"

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

struct Announced {
    int status = 200;
    std::string json;  // {"epoch": n, "groups": k}, once everything named is invalidated; with "soft": true where it was softened: then the epoch is as it was
};

// Any thread. Where it is not 200, nothing was invalidated.
Announced invalidate(Shared& shared, const Snapshot& snapshot, std::string_view json);

// PURGE at the HTTP door: its target, in every variant and whatever its query; softly, if the request says `Soft-Purge: 1`.
Announced purge(Shared& shared, const Snapshot& snapshot, const http::RequestView& request);

}  // namespace sidecache::pipeline

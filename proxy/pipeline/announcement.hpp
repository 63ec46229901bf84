// Writes that did not come through here, announced at the admin door once they are committed (CONSISTENCY A2).
#pragma once

#include "proxy/pipeline/shared.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::pipeline {

struct Announcement {
    std::vector<std::string> groups;  // names, as in Cache-Groups
    std::vector<std::string> paths;   // each with all below it
    bool everything = false;
    std::string problem;              // else a sentence: what was expected
};

// {"groups": ["staff"], "paths": ["/doctors/5/"], "everything": true}: any of them, each once, nothing else.
Announcement read_announcement(std::string_view json);

struct Announced {
    int status = 200;
    std::string json;  // {"epoch": n, "groups": k}, once everything named is invalidated
};

// Any thread. Where it is not 200, nothing was invalidated.
Announced invalidate(Shared& shared, const Snapshot& snapshot, std::string_view json);

}  // namespace sidecache::pipeline

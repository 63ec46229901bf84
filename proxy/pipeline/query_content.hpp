// The content of a QUERY, read whole before anything else is done with it: a part of its key, and of each request to the origin on its behalf.
#pragma once

#include "proxy/pipeline/interfaces.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace sidecache::pipeline {

struct QueryContent {
    std::string bytes;
    std::string key;  // what follows the target in the key: policy::content_key
};
using QueryContentPtr = std::shared_ptr<const QueryContent>;  // shared with fills, which outlive the client

// What was read of a content.
struct Gathered {
    std::string bytes;
    bool is_whole = false;  // else there are more than `limit`, these first, unless there is a fault
    ContentFault fault = ContentFault::none;
};
runtime::Task<Gathered> gather(ContentSource& content, std::size_t limit);

}  // namespace sidecache::pipeline

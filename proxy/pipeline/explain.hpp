// Why a URL would hit, miss, not be stored or be validated: the pipeline's own judgement of a request that nobody sent, told as JSON.
#pragma once

#include "proxy/http1/limits.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/shared.hpp"

#include <string>
#include <string_view>

namespace sidecache::pipeline {

struct Explanation {
    int status = 200;
    std::string json;
};

// `query` as read_question has it; `limits` those of the HTTP door. The request is judged as one of an untrusted client on this machine. Any thread:
// what is shared is only read, without a trace in counters or in the order of eviction. Shows neither content nor credentials.
Explanation explain(const Shared& shared, const Snapshot& snapshot, const http1::HeadLimits& limits, std::string_view query, const Arrival& now);

}  // namespace sidecache::pipeline

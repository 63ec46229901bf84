#include "benchmarks/hit_ratio/replay.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace hit_ratio {

namespace {

void ask(const Trace& trace, Policy& policy, Bytes cap, std::size_t begin, std::size_t end, Hits& hits) {
    for (std::size_t at = begin; at < end; ++at) {
        const Key key = trace.requests[at];
        const Bytes size = trace.sizes[key];
        ++hits.requests;
        hits.bytes_asked += size;
        if (policy.find(key)) {
            ++hits.hits;
            hits.bytes_hit += size;
        } else if (cap == 0 || size <= cap) {
            policy.put(key, trace.charge(key));
        }
    }
}

void insist_on_budget(const Policy& policy) {
    const Bytes held = policy.held();
    if (held > policy.budget()) throw std::logic_error("holds " + std::to_string(held) + " bytes of a budget of " + std::to_string(policy.budget()));
}

}  // namespace

Hits& Hits::operator+=(const Hits& other) {
    requests += other.requests;
    hits += other.hits;
    bytes_asked += other.bytes_asked;
    bytes_hit += other.bytes_hit;
    return *this;
}

Hits replay(const Trace& trace, Policy& policy, Bytes cap) {
    constexpr std::size_t between_looks = 64;  // the store's answer takes each of its locks
    Hits hits;
    for (std::size_t begin = 0; begin < trace.requests.size(); begin += between_looks) {
        ask(trace, policy, cap, begin, std::min(begin + between_looks, trace.requests.size()), hits);
        insist_on_budget(policy);
    }
    return hits;
}

Hits replay_concurrently(const Trace& trace, Policy& policy, Bytes cap, unsigned threads) {
    constexpr std::size_t at_once = 16;  // few, so that no thread is far ahead of another
    std::atomic<std::size_t> next{0};
    std::vector<Hits> counted(threads);
    {
        std::barrier start(threads);
        std::vector<std::jthread> workers;
        for (Hits& hits : counted) {
            workers.emplace_back([&] {
                Hits own;  // counters of neighbours share cache lines
                start.arrive_and_wait();
                for (std::size_t begin; (begin = next.fetch_add(at_once)) < trace.requests.size();) {
                    ask(trace, policy, cap, begin, std::min(begin + at_once, trace.requests.size()), own);
                }
                hits = own;
            });
        }
    }
    insist_on_budget(policy);
    Hits sum;
    for (const Hits& hits : counted) sum += hits;
    return sum;
}

}  // namespace hit_ratio

// What is made anew of a stored head at each hit (proxy/http): Age, Cache-Status, Content-Length; and a hit's place in a gather write.
#include "benchmarks/micro/inputs.hpp"
#include "benchmarks/micro/measure.hpp"
#include "proxy/http/hit_batch.hpp"
#include "proxy/http/patch.hpp"
#include "tests/unit/cache/fill/responses.hpp"

namespace sidecache::micro {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view shown_key = "GET records records.example /api/doctors/?page=2";

policy::Outcome fresh_hit() {
    policy::Outcome outcome;
    outcome.served = policy::Served::hit;
    outcome.ttl = 48s;
    return outcome;
}

void patch(benchmark::State& state, std::string_view key, std::string_view expected) {
    const ParsedRequest request(browser_head);
    const door::Options options;
    const policy::Outcome outcome = fresh_hit();
    door::Patch patch;
    patch.age = 12s;
    patch.content_length = 1024;
    patch.key = key;
    std::string out;
    out.reserve(1024);
    measure(state, [&] {
        out.clear();
        benchmark::DoNotOptimize(&patch);
        benchmark::ClobberMemory();
        door::append_patch(out, patch, outcome, request.head, true, options);
        return out.data();
    });
    insist(state, out == expected, "other fields than expected");
}
BENCHMARK_CAPTURE(patch, hit, "", "Content-Length: 1024\r\nAge: 12\r\nCache-Status: sidecache; hit; ttl=48\r\n\r\n")->Name("patch/hit");
BENCHMARK_CAPTURE(patch, key, shown_key,
                  "Content-Length: 1024\r\nAge: 12\r\nCache-Status: sidecache; hit; ttl=48; key=\"GET records records.example /api/doctors/?page=2\"\r\n\r\n")
    ->Name("patch/hit_with_key");

// One hit of a full batch: its patch, its record, and its pieces.
void batch(benchmark::State& state, bool is_not_modified) {
    const ParsedRequest request(browser_head);
    const door::Options options;
    const testing::Fields fields{{"Content-Type", "application/json"}, {"Cache-Control", "public, max-age=60"}, {"Vary", "Accept, Accept-Encoding"},
                                 {"ETag", "\"5d41402abc4b2a76b9719d911017c592\""}, {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Via", "1.1 sidecache"}};
    const auto stored = testing::make_stored(fill::Content::make_complete(std::string(1024, 'x')), fields, {});
    door::HitBatch hits;
    std::size_t written = 0;
    const auto add = [&] {
        pipeline::Hit hit;
        hit.response = stored.get();
        hit.outcome = fresh_hit();
        hit.age = 12s;
        hit.is_not_modified = is_not_modified;
        hits.add(request.head, hit, options);
        if (hits.is_full()) {
            written += hits.pieces().size();
            hits.clear();
        }
        return written;
    };
    while (add() == 0) {}  // so that no batch is the first
    measure(state, add);
}
BENCHMARK_CAPTURE(batch, hit, false)->Name("patch/batch/hit");
BENCHMARK_CAPTURE(batch, not_modified, true)->Name("patch/batch/not_modified");

}  // namespace
}  // namespace sidecache::micro

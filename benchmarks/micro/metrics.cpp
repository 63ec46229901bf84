// What one exchange costs to count and to hand to the log, and what a scrape costs (proxy/telemetry).
#include "benchmarks/micro/measure.hpp"
#include "proxy/telemetry/log_ring.hpp"
#include "tests/unit/proxy/telemetry/scrape.hpp"

namespace sidecache::micro {
namespace {

using telemetry::ExchangeRecord;
using telemetry::Telemetry;

ExchangeRecord a_miss(telemetry::RouteId route) {
    ExchangeRecord record = telemetry::a_hit(route);
    record.outcome.served = policy::Served::miss;
    record.outcome.forward = policy::Forward::uri_miss;
    record.duration = std::chrono::milliseconds(21);
    record.origin_time = std::chrono::milliseconds(20);
    record.origin_queries = 3;
    return record;
}

// Counted alone: what is logged has benchmarks of its own.
void record(benchmark::State& state, ExchangeRecord (*make)(telemetry::RouteId)) {
    Telemetry telemetry(telemetry::no_log(), 1);
    ExchangeRecord record = make(telemetry.route_id("doctors"));
    record.age = record.outcome.served == policy::Served::hit ? std::chrono::seconds(12) : std::chrono::seconds(-1);
    telemetry::Recorder& recorder = telemetry.recorder(0);
    measure(state, [&] {
        benchmark::DoNotOptimize(&record);
        benchmark::ClobberMemory();
        recorder.record(record);
        return &recorder;
    });
    insist(state, telemetry::scrape(telemetry).sum("sidecache_requests_total") == static_cast<double>(state.iterations()) + 1, "not all was counted");
}
BENCHMARK_CAPTURE(record, hit, telemetry::a_hit)->Name("metrics/record/hit");
BENCHMARK_CAPTURE(record, miss, a_miss)->Name("metrics/record/miss");

// Into the queue, and by whoever drains it at once out again, as nobody reads it: the log thread's own work is formatting.
void log(benchmark::State& state) {
    telemetry::LogRing ring(8'192);
    ExchangeRecord record = telemetry::a_hit(0);
    bool is_pushed = true;
    std::size_t drained = 0;
    measure(state, [&] {
        benchmark::DoNotOptimize(&record);
        benchmark::ClobberMemory();
        is_pushed &= ring.try_push(record);
        return drained += ring.drain([](const telemetry::LogRecord&) {});
    });
    insist(state, is_pushed && drained == static_cast<std::size_t>(state.iterations()) + 1, "not all was queued");
}
BENCHMARK(log)->Name("metrics/log");

// As /metrics answers it: two workers, the labels of the example's routes, and as many readers as the program has.
void scrape(benchmark::State& state) {
    constexpr int routes = 12;
    constexpr int readers = 45;
    Telemetry telemetry(telemetry::no_log(), 2);
    for (int route = 0; route < routes; ++route) {
        const telemetry::RouteId id = telemetry.route_id("route " + std::to_string(route));
        for (unsigned worker = 0; worker < 2; ++worker) {
            telemetry.recorder(worker).record(telemetry::a_hit(id));
            telemetry.recorder(worker).record(a_miss(id));
        }
    }
    for (int reader = 0; reader < readers; ++reader) {
        telemetry.add_reader(Telemetry::Kind::counter, "sidecache_number_" + std::to_string(reader) + "_total", "What it counts, in a sentence of usual length.", {}, [] { return 1.0; });
    }
    std::string text;
    measure(state, [&] {
        text = telemetry.exposition();
        return text.data();
    });
    insist(state, text.find("sidecache_number_44_total 1") != std::string::npos, "a reader was not read");
    state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(scrape)->Name("metrics/scrape");

}  // namespace
}  // namespace sidecache::micro

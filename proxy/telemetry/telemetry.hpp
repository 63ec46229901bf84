// Metrics and logs. Workers write to cells and queues of their own; scrapes and the log thread read them.
#pragma once

#include "proxy/telemetry/exchange_record.hpp"
#include "proxy/telemetry/options.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::telemetry {

struct Histogram;

// One worker's side: no lock, no allocation, no system call. Only that worker calls it.
class Recorder {
public:
    void record(const ExchangeRecord& record) noexcept;
    void record(const FetchRecord& record) noexcept;

    ~Recorder();

private:
    friend class Telemetry;
    class Impl;
    explicit Recorder(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

class Telemetry {
public:
    // Starts the log thread. Throws std::runtime_error if the access log cannot be opened. `version` as sidecache_build_info tells it.
    Telemetry(const LogOptions& options, unsigned workers, std::string_view version = "unknown");
    ~Telemetry();  // writes what is still queued

    Recorder& recorder(unsigned worker) noexcept;

    // The stable id of a route's label, for ExchangeRecord; at start and at each reload. At most 1,000 labels, then that of "other".
    RouteId route_id(std::string_view label);

    // A number that somebody else keeps, read at scrape by any thread. `name` as published, by Prometheus conventions (…_total for counters).
    enum class Kind { counter, gauge, histogram };
    using Labels = std::vector<std::pair<std::string, std::string>>;
    void add_reader(Kind kind, std::string name, std::string help, Labels labels, std::function<double()> read);

    // The same of a histogram: the sum of these, each of which one thread writes.
    void add_histogram(std::string name, std::string help, Labels labels, std::vector<const Histogram*> parts);

    // The text exposition format, as /metrics answers it.
    std::string exposition();

    // One structured line about the program itself (start, reload, drain, an error of ours), to stderr. `fields` are name/value pairs.
    void log(Level level, std::string_view event, std::vector<LogField> fields = {});

    // After the access log's file was renamed: goes on in a new one. If that cannot be opened it says so and keeps the old one.
    void reopen();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sidecache::telemetry

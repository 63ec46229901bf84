// Numbers that other rooms keep, read at scrape.
#pragma once

#include "proxy/telemetry/telemetry.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace sidecache::telemetry {

struct ReaderFamily {
    struct Series {
        Telemetry::Labels labels;
        std::function<double()> read;             // of a counter or a gauge
        std::vector<const Histogram*> parts{};    // of a histogram
    };
    Telemetry::Kind kind;
    std::string name;
    std::string help;
    std::vector<Series> series;
};

// Any thread.
class Readers {
public:
    // Readers of one name are one family, of the kind and help given first; the same labels again replace the reader.
    void add(Telemetry::Kind kind, std::string name, std::string help, ReaderFamily::Series series);

    template <typename Visit>
    void visit(Visit&& visit) const {
        const std::scoped_lock guard(lock_);
        for (const ReaderFamily& family : families_) visit(family);
    }

private:
    mutable std::mutex lock_;
    std::vector<ReaderFamily> families_;
};

}  // namespace sidecache::telemetry

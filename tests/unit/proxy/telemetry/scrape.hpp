// The text exposition format, taken apart.
#pragma once

#include "proxy/telemetry/telemetry.hpp"

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

namespace sidecache::telemetry {

struct Family {
    std::string kind;
    std::string help;
    auto operator<=>(const Family&) const = default;
};

struct Scrape {
    std::map<std::string, Family> families;
    std::map<std::string, double> series;  // by name and labels, as they stand in the exposition

    double value(const std::string& name_and_labels) const {
        const auto found = series.find(name_and_labels);
        return found == series.end() ? -1 : found->second;
    }
    double sum(const std::string& name) const {  // over all labels
        double total = 0;
        for (const auto& [key, value] : series) {
            if (key.substr(0, key.find('{')) == name) total += value;
        }
        return total;
    }
};

inline Scrape scrape(Telemetry& telemetry) {
    Scrape result;
    std::istringstream lines(telemetry.exposition());
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash, what, name, rest;
        if (line.starts_with('#')) {
            words >> hash >> what >> name >> std::ws;
            std::getline(words, rest);
            Family& family = result.families[name];
            (what == "HELP" ? family.help : family.kind) = rest;
        } else if (const std::size_t space = line.rfind(' '); space != std::string::npos) {
            result.series[line.substr(0, space)] = std::strtod(line.c_str() + space, nullptr);
        }
    }
    return result;
}

inline LogOptions no_log() {
    LogOptions options;
    options.access = "off";
    options.slow = {};
    return options;
}

// A hit of 12 us with every field set that costs something.
inline ExchangeRecord a_hit(RouteId route) {
    ExchangeRecord record;
    record.started = std::chrono::sys_days(std::chrono::January / 31 / 2026) + std::chrono::milliseconds(7);
    record.duration = std::chrono::microseconds(12);
    record.outcome.served = policy::Served::hit;
    record.route = route;
    record.status = 200;
    record.method = "GET";
    record.path = "/api/patients/42/";
    record.request_id = "0b6e9f6e-6a53-4c5f-9f3c-2f8f3b6f1a22";
    record.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    record.bytes_out = 1'024;
    return record;
}

}  // namespace sidecache::telemetry

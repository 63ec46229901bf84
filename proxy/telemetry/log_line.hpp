// A record of the access log as one line, in JSON or in text.
#pragma once

#include "proxy/telemetry/log_record.hpp"
#include "proxy/telemetry/options.hpp"
#include "proxy/telemetry/route_labels.hpp"
#include "proxy/telemetry/timestamp.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::telemetry {

class LogLine {
public:
    LogLine(Format format, const RouteLabels& labels) : format_(format), labels_(labels) {}

    void append(std::string& out, const LogRecord& record);

    // The same facts for the program log, of an exchange that took too long.
    std::vector<LogField> fields(const LogRecord& record) const;

private:
    const Format format_;
    const RouteLabels& labels_;
    Timestamp timestamp_;
};

}  // namespace sidecache::telemetry

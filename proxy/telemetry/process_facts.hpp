// What the kernel knows of this process.
#pragma once

namespace sidecache::telemetry {

struct ProcessFacts {
    double resident_bytes = 0;
    double cpu_seconds = 0;
    double open_fds = 0;
    double max_fds = 0;
    double start_seconds = 0;  // since the Unix epoch
};

// 0 for what cannot be read.
ProcessFacts read_process_facts();

}  // namespace sidecache::telemetry

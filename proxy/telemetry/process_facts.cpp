#include "proxy/telemetry/process_facts.hpp"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <system_error>

namespace sidecache::telemetry {
namespace {

double seconds_of(const timeval& time) noexcept {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double read_resident_bytes() {
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double count_open_fds(double max_fds) {
    std::error_code error;
    const std::filesystem::directory_iterator descriptors("/proc/self/fd", error);
    if (error == std::errc::too_many_files_open) return max_fds;  // none is left to count them with
    if (error) return 0;
    return static_cast<double>(std::distance(begin(descriptors), end(descriptors))) - 1;  // without that of the listing itself
}

// The moment the machine started, from /proc/stat.
double read_boot_seconds() {
    std::ifstream file("/proc/stat");
    for (std::string word; file >> word;) {
        double seconds = 0;
        if (word == "btime" && file >> seconds) return seconds;
    }
    return 0;
}

double read_start_seconds() {
    std::ifstream file("/proc/self/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = text.rfind(')');  // the name of the program may hold anything
    if (name_end == std::string::npos) return 0;
    std::istringstream fields(text.substr(name_end + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number) fields >> field;  // proc(5): the third follows the name, the 22nd is starttime
    return read_boot_seconds() + std::strtod(field.c_str(), nullptr) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessFacts read_process_facts() {
    static const double start_seconds = read_start_seconds();
    ProcessFacts facts;
    facts.resident_bytes = read_resident_bytes();
    facts.start_seconds = start_seconds;
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) facts.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        facts.max_fds =
            limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity() : static_cast<double>(limit.rlim_cur);
    }
    facts.open_fds = count_open_fds(facts.max_fds);
    return facts;
}

}  // namespace sidecache::telemetry

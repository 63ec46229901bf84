// Any bytes as configuration file: no crash, no exception out of load(), and each problem a line of text.
#include "config/load.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

using namespace sidecache;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const int file = ::memfd_create("config", 0);  // load() reads files, not texts; this one has no disk below it
    static const std::string name = "/proc/self/fd/" + std::to_string(file);
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) std::abort();

    const char* const arguments[] = {"sidecache", "--config", name.c_str(), "--check"};
    const auto environment = [](std::string_view variable) -> std::optional<std::string> {
        return variable == "NAME" ? std::optional<std::string>("${NAME}") : std::nullopt;
    };
    const auto invocation = config::load(4, arguments, environment);
    for (const auto& problem : invocation.problems) {
        if (problem.what.empty() || config::to_string(problem).find('\n') != std::string::npos) std::abort();
    }
    if (invocation.problems.empty() && invocation.settings.origin.servers.empty()) std::abort();
    return 0;
}

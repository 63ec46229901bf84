// sidecache: start, signals, end.
#include "config/load.hpp"
#include "proxy/healthcheck.hpp"
#include "proxy/server.hpp"
#include "proxy/telemetry/log_output.hpp"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdlib>
#include <exception>
#include <iostream>

namespace {

using namespace sidecache;

constexpr int exit_operator_erred = 2;  // bad configuration, address in use: nothing was served

std::optional<std::string> environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// Stored contents come in all sizes and live long: what is large goes to pages of its own and back to the system when it is evicted, instead of
// leaving holes. (glibc would raise the threshold to 32 MiB by itself: measured under churn, 65 % above the memory budget instead of 15 %.)
void tune_allocator() {
    ::mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

// A connection is a descriptor: as many as the system lets this process have.
void raise_descriptor_limit(const config::Settings& settings) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const bool has_queries = !settings.query_listen.empty();
    const std::size_t clients = settings.door.connections + (has_queries ? settings.query.connections : 0);
    const std::size_t wanted = clients + settings.origin.pool_max * settings.origin.servers.size() + 64;
    if (limit.rlim_cur < wanted) {
        std::cerr << "sidecache: this process may open " << limit.rlim_cur << " files, and limits.connections with " << (has_queries ? "query.connections and " : "")
                  << "origins.*.pool.max wants " << wanted
                  << ": raise the limit (ulimit -n) or lower them\n";
    }
}

// Also while it serves: nobody may be reading.
bool report(const std::vector<config::ConfigProblem>& problems) {
    std::string text;
    for (const config::ConfigProblem& problem : problems) text += "sidecache: " + config::to_string(problem) + "\n";
    telemetry::LogOutput("stderr").write(text);
    return !problems.empty();
}

// Signals come to this thread alone, one at a time: SIGTERM and SIGINT end it, SIGHUP reloads, SIGUSR1 reopens the log file.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return signals;
}

int serve(int argc, const char* const* argv, const config::Settings& settings) {
    raise_descriptor_limit(settings);
    const sigset_t signals = block_signals();
    Server server(settings);
    std::cout << "sidecache: " << "origin " << settings.origin.servers.front().text << "\n" << server.start() << std::flush;
    for (;;) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal == SIGUSR1) {
            server.reopen_logs();
        } else if (signal == SIGHUP) {
            const config::Invocation again = config::load(argc, argv, environment);
            if (report(again.problems)) {
                server.telemetry().log(telemetry::Level::error, "reload_refused", {{"problems", std::to_string(again.problems.size())}});
            } else {
                server.reload(again.settings);
            }
            server.reopen_logs();
        } else {
            server.telemetry().log(telemetry::Level::info, "draining");
            return server.drain() ? 0 : 1;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    tune_allocator();
    try {
        const config::Invocation invocation = config::load(argc, argv, environment);
        switch (invocation.command) {
            case config::Command::help:
            case config::Command::version: std::cout << invocation.text; return 0;
            case config::Command::check:
                if (report(invocation.problems)) return exit_operator_erred;
                std::cout << "sidecache: the configuration is good\n";
                return 0;
            case config::Command::healthcheck:
                if (report(invocation.problems)) return exit_operator_erred;
                return check_health(*invocation.settings.admin);
            case config::Command::serve: break;
        }
        if (report(invocation.problems)) return exit_operator_erred;
        return serve(argc, argv, invocation.settings);
    } catch (const std::exception& error) {
        std::cerr << "sidecache: " << error.what() << "\n";
        return exit_operator_erred;
    }
}

// open_loop: asks a server at a rate that does not depend on how it answers, and tells how long requests took from when they were due.
#include "benchmarks/open_loop/generator.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

// Heads of requests without content, one after the other.
std::vector<std::string> read_requests(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::string> requests;
    for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end) {
        const std::size_t found = text.find("\r\n\r\n", begin);
        if (found == std::string::npos) throw std::invalid_argument("--requests: the last one has no end");
        end = found + 4;
        requests.push_back(text.substr(begin, end - begin));
    }
    if (requests.empty()) throw std::invalid_argument("--requests: expected a file of heads of requests, got " + path);
    return requests;
}

// One line of JSON; microseconds. By status, where any is taken.
void tell(const open_loop::Report& report, bool by_status) {
    const auto us = [](const std::vector<std::uint64_t>& sorted, double share) { return static_cast<double>(open_loop::quantile(sorted, share)) / 1000; };
    std::cout << R"({"requests": )" << report.latencies.size() << R"(, "unanswered": )" << report.unanswered << R"(, "closed": )" << report.closed
              << R"(, "bad": )" << report.bad << R"(, "bytes": )" << report.bytes << R"(, "p50_us": )" << us(report.latencies, 0.5) << R"(, "p90_us": )"
              << us(report.latencies, 0.9) << R"(, "p99_us": )" << us(report.latencies, 0.99) << R"(, "p999_us": )" << us(report.latencies, 0.999)
              << R"(, "max_us": )" << us(report.latencies, 1) << R"(, "lag_p99_us": )" << us(report.lags, 0.99);
    if (by_status) {
        std::cout << R"(, "waited": )" << report.waited << R"(, "statuses": {)";
        const char* separator = "";
        for (const auto& [status, responses] : report.statuses) std::cout << std::exchange(separator, ", ") << '"' << status << R"(": )" << responses;
        std::cout << "}";
    }
    std::cout << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    open_loop::Options options;
    std::string requests;
    double warm_up = options.warm_up.count();
    double measured = options.measured.count();
    double patience = options.patience.count();
    CLI::App app{"Asks a server of 127.0.0.1 at a given rate, whatever it answers, and tells how long requests took from when they were due, as a line of JSON."};
    app.add_option("--port", options.port, "of the server")->required();
    app.add_option("--requests", requests, "a file of heads of requests, which are sent by turns")->required()->check(CLI::ExistingFile);
    app.add_option("--rate", options.rate, "requests due in a second, as a Poisson process")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--connections", options.connections, "a request that finds all of them busy waits")->check(CLI::Range(1, 100'000))->capture_default_str();
    app.add_option("--most-connections", options.most_connections, "opened one by one while all others are busy; less than --connections: none");
    app.add_option("--warm-up", warm_up, "seconds that do not count")->check(CLI::NonNegativeNumber)->capture_default_str();
    app.add_option("--seconds", measured, "that count")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--patience", patience, "seconds at the end for what is not answered yet")->check(CLI::NonNegativeNumber)->capture_default_str();
    app.add_flag("--any-status", options.takes_any_status, "a response of any status is an answer, and they are told by status; else what is no 200 is bad");
    app.add_flag("--sleep", options.sleeps, "until something comes or is due, instead of looking at the clock all the time: where it has no CPU for itself");
    app.add_option("--seed", options.seed, "of the times at which requests are due")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    options.warm_up = std::chrono::duration<double>(warm_up);
    options.measured = std::chrono::duration<double>(measured);
    options.patience = std::chrono::duration<double>(patience);
    try {
        options.requests = read_requests(requests);
        const bool by_status = options.takes_any_status;
        tell(open_loop::Generator(std::move(options)).run(), by_status);
    } catch (const std::exception& error) {
        std::cerr << "open_loop: " << error.what() << "\n";
        return 2;
    }
}

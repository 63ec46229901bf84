// hit_ratio: replays traces through the store and through the policies of the literature, each counted in bytes.
#include "benchmarks/hit_ratio/comparison.hpp"
#include "benchmarks/hit_ratio/report.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <exception>
#include <filesystem>
#include <iostream>
#include <vector>

namespace {

using Paths = std::vector<std::filesystem::path>;

// False if the store stays further below the best than it may.
bool run(const hit_ratio::Options& options, const Paths& files, const std::filesystem::path& json) {
    std::vector<hit_ratio::Comparison> comparisons;
    for (const auto& file : files) {
        comparisons.push_back(compare(hit_ratio::read_trace(file, options.unknown_size), options));
        tell(std::cout, comparisons.back());
        std::cout.flush();
    }
    if (!json.empty()) write_json(json, options, comparisons);
    bool is_near = true;
    for (const auto& each : comparisons) is_near &= judge(std::cout, each);
    return is_near;
}

}  // namespace

int main(int argc, char** argv) {
    hit_ratio::Options options;
    Paths files;
    std::filesystem::path json;
    CLI::App app{"Replays traces, 'key size' a line, through the store and through the policies of the literature. Fails where the store has fewer hits than is asked."};
    app.add_option("TRACE", files, "text, or text compressed by gzip")->required()->check(CLI::ExistingFile);
    app.add_option("--share", options.shares, "budgets as shares of the footprint; 0.01 is 1 %")
        ->check(CLI::Range(1e-6, 1.0))
        ->delimiter(',')
        ->allow_extra_args(false)
        ->capture_default_str();
    app.add_option("--cap", options.cap, "bytes of the largest object that any policy stores; 0: all")->capture_default_str();
    app.add_option("--unknown-size", options.unknown_size, "bytes of each object where a trace says 1 for all")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--runs", options.runs, "of the store, each with other hashes: the mean is told")->check(CLI::Range(1, 1000))->capture_default_str();
    app.add_option("--threads", options.threads, "also so many threads at once on one store")->check(CLI::Range(2, 1024));
    app.add_option("--json", json, "a file for all figures");
    CLI11_PARSE(app, argc, argv);
    try {
        return run(options, files, json) ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "hit_ratio: " << error.what() << "\n";
        return 2;
    }
}

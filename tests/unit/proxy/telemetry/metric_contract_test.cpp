// The names that are published: in the exposition, in docs/metrics.md and before Prometheus's own linter.
#include "proxy/telemetry/metric_table.hpp"
#include "tests/unit/proxy/telemetry/scrape.hpp"
#include "tests/unit/proxy/telemetry/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sidecache::telemetry {
namespace {

std::string name_of(MetricKind kind) {
    switch (kind) {
        case MetricKind::counter: return "counter";
        case MetricKind::gauge: return "gauge";
        case MetricKind::histogram: return "histogram";
    }
    return {};
}

// One exchange of every outcome, so that every family has a series.
std::unique_ptr<Telemetry> busy_telemetry() {
    auto telemetry = std::make_unique<Telemetry>(no_log(), 1, "1.2.3");
    ExchangeRecord record = a_hit(telemetry->route_id("patients"));
    record.origin_time = std::chrono::milliseconds(3);
    record.age = std::chrono::seconds(3);
    for (int served = 0; served < policy::served_count; ++served) {
        record.outcome.served = static_cast<policy::Served>(served);
        telemetry->recorder(0).record(record);
    }
    return telemetry;
}

// The rows of the first table of docs/metrics.md: name, then kind, labels and help.
std::map<std::string, std::vector<std::string>> documented() {
    std::map<std::string, std::vector<std::string>> rows;
    int section = 0;
    for (const std::string& line : read_lines(SIDECACHE_SOURCE_DIR "/docs/metrics.md")) {
        if (line.starts_with("## ")) ++section;
        if (section != 1 || !line.starts_with("| `")) continue;
        std::vector<std::string> cells{""};
        for (std::size_t at = 1; at < line.size(); ++at) {
            if (line.compare(at, 2, "\\|") == 0) {
                cells.back() += line[++at];
            } else if (line[at] == '|') {
                cells.emplace_back();
            } else {
                cells.back() += line[at];
            }
        }
        cells.pop_back();
        for (std::string& cell : cells) {
            cell.erase(0, cell.find_first_not_of(' '));
            cell.erase(cell.find_last_not_of(' ') + 1);
        }
        const std::string name = cells.front().substr(1, cells.front().size() - 2);
        rows[name] = {cells.begin() + 1, cells.end()};
    }
    return rows;
}

TEST(MetricContract, TheDocumentSaysWhatTheTableSays) {
    std::map<std::string, std::vector<std::string>> declared;
    for (const Metric& metric : metric_table) {
        declared[std::string(metric.name)] = {name_of(metric.kind), std::string(metric.labels), std::string(metric.help)};
    }
    EXPECT_EQ(declared, documented());
}

TEST(MetricContract, EveryFamilyOfTheExpositionIsInTheDocumentAndViceVersa) {
    std::map<std::string, Family> expected;
    for (const auto& [name, cells] : documented()) expected[name] = {cells.at(0), cells.at(2)};
    EXPECT_EQ(scrape(*busy_telemetry()).families, expected);
}

TEST(MetricContract, EveryFamilyHasTheLabelsThatTheTableDeclares) {
    const Scrape seen = scrape(*busy_telemetry());
    for (const Metric& metric : metric_table) {
        const std::string name = std::string(metric.name) + (metric.kind == MetricKind::histogram ? "_sum" : "");
        const auto found = seen.series.lower_bound(name);
        ASSERT_NE(found, seen.series.end()) << name;
        ASSERT_EQ(found->first.substr(0, found->first.find('{')), name);
        std::string labels;
        const std::string& key = found->first;
        for (std::size_t at = key.find('{'); at != std::string::npos; at = key.find(',', at + 1)) {
            if (!labels.empty()) labels += ", ";
            labels += key.substr(at + 1, key.find('=', at) - at - 1);
        }
        EXPECT_EQ(labels, metric.labels) << name;
    }
}

TEST(MetricContract, PrometheusFindsNothingToMend) {
    if (std::system("command -v promtool > /dev/null") != 0) GTEST_SKIP() << "promtool is not installed";
    TemporaryFolder folder;
    const auto telemetry = busy_telemetry();
    telemetry->add_reader(Telemetry::Kind::gauge, "sidecache_stored_bytes", "Bytes.", {{"tier", "me\"mory\n"}},
                          [] { return 1.0; });
    std::ofstream(folder.file("metrics")) << telemetry->exposition();
    const std::string command = "promtool check metrics < " + folder.file("metrics") + " > " + folder.file("problems") + " 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << read_file(folder.file("problems"));
    EXPECT_EQ(read_file(folder.file("problems")), "");
}

}  // namespace
}  // namespace sidecache::telemetry

#include "tests/unit/proxy/telemetry/scrape.hpp"
#include "tests/unit/proxy/telemetry/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <filesystem>
#include <set>
#include <thread>

namespace sidecache::telemetry {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

LogOptions to(const std::string& where) {
    LogOptions options;
    options.access = where;
    return options;
}

std::size_t tasks() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

TEST(AccessLog, IsWrittenToTheLastLineAtTheEnd) {
    const TemporaryFolder folder;
    const std::string path = folder.file("access.log");
    constexpr unsigned workers = 3;
    constexpr int exchanges = 2'000;
    {
        Telemetry telemetry(to(path), workers);
        const RouteId route = telemetry.route_id("patients");
        std::vector<std::thread> threads;
        for (unsigned worker = 0; worker < workers; ++worker) {
            threads.emplace_back([&, worker] {
                for (int count = 0; count < exchanges; ++count) {
                    const std::string id = std::to_string(worker) + "-" + std::to_string(count);
                    ExchangeRecord record = a_hit(route);
                    record.request_id = id;
                    telemetry.recorder(worker).record(record);
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
    }
    std::set<std::string> ids;
    for (const std::string& line : read_lines(path)) {
        const boost::json::object object = boost::json::parse(line).as_object();
        EXPECT_EQ(object.at("route").as_string(), "patients");
        ids.insert(std::string(object.at("id").as_string()));
    }
    EXPECT_EQ(ids.size(), workers * exchanges) << "each once";
}

TEST(AccessLog, WhatAFullQueueDropsIsCounted) {
    const TemporaryFolder folder;
    const std::string path = folder.file("access.log");
    LogOptions options = to(path);
    options.queue = 2;
    constexpr int exchanges = 20'000;
    double dropped = 0;
    {
        Telemetry telemetry(options, 1);
        for (int count = 0; count < exchanges; ++count) telemetry.recorder(0).record(a_hit(RouteId{0}));
        dropped = scrape(telemetry).value("sidecache_log_dropped_total");
        EXPECT_EQ(scrape(telemetry).sum("sidecache_requests_total"), exchanges) << "metrics drop nothing";
    }
    EXPECT_GT(dropped, 0);
    EXPECT_EQ(static_cast<double>(read_lines(path).size()) + dropped, exchanges);
}

TEST(AccessLog, GoesToStdout) {
    testing::internal::CaptureStdout();
    { Telemetry(to("stdout"), 1).recorder(0).record(a_hit(RouteId{0})); }
    EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr(R"("path":"/api/patients/42/","status":200)"));
}

TEST(AccessLog, GoesToStderr) {
    testing::internal::CaptureStderr();
    { Telemetry(to("stderr"), 1).recorder(0).record(a_hit(RouteId{0})); }
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(R"("path":"/api/patients/42/","status":200)"));
}

TEST(AccessLog, TextHasOneLineForEachExchange) {
    const TemporaryFolder folder;
    LogOptions options = to(folder.file("access.log"));
    options.format = Format::text;
    { Telemetry(options, 1).recorder(0).record(a_hit(RouteId{0})); }
    const auto lines = read_lines(options.access);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], HasSubstr(R"(] "GET /api/patients/42/" 200 1024 outcome=hit route=other)"));
}

TEST(AccessLog, OffHasNoThreadAndDropsNothing) {
    const std::size_t before = tasks();
    Telemetry telemetry(no_log(), 1);
    EXPECT_EQ(tasks(), before);
    for (int count = 0; count < 10'000; ++count) telemetry.recorder(0).record(a_hit(RouteId{0}));
    telemetry.reopen();
    EXPECT_EQ(scrape(telemetry).value("sidecache_log_dropped_total"), 0);
}

TEST(AccessLog, ReopenedGoesOnInANewFile) {
    const TemporaryFolder folder;
    const std::string path = folder.file("access.log");
    {
        Telemetry telemetry(to(path), 1);
        ExchangeRecord record = a_hit(RouteId{0});
        record.request_id = "before";
        telemetry.recorder(0).record(record);
        std::filesystem::rename(path, path + ".1");
        telemetry.reopen();
        record.request_id = "after";
        telemetry.recorder(0).record(record);
    }
    EXPECT_THAT(read_file(path), HasSubstr(R"("id":"after")"));
    EXPECT_THAT(read_file(path + ".1"), Not(HasSubstr("after")));
    EXPECT_THAT(read_file(path + ".1") + read_file(path), HasSubstr(R"("id":"before")"));
}

TEST(AccessLog, AReopenThatFailsIsToldAndTheOldFileKept) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.file("logs"));
    testing::internal::CaptureStderr();
    {
        Telemetry telemetry(to(folder.file("logs/access.log")), 1);
        std::filesystem::rename(folder.file("logs"), folder.file("moved"));
        telemetry.reopen();
        telemetry.recorder(0).record(a_hit(RouteId{0}));
    }
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(R"("level":"error","event":"access_log_reopen_failed")"));
    EXPECT_EQ(read_lines(folder.file("moved/access.log")).size(), 1U);
}

TEST(AccessLog, AFullDiskIsToldOnceAndItsLinesAreCounted) {
    testing::internal::CaptureStderr();
    {
        LogOptions options = to("/dev/full");
        options.queue = 1'024;
        Telemetry telemetry(options, 2);
        // Enough for several writes: each queue alone holds more than one.
        for (int count = 0; count < 1'000; ++count) {
            telemetry.recorder(0).record(a_hit(RouteId{0}));
            telemetry.recorder(1).record(a_hit(RouteId{0}));
        }
        const auto give_up = std::chrono::steady_clock::now() + 30s;
        while (scrape(telemetry).value("sidecache_log_dropped_total") < 2'000 && std::chrono::steady_clock::now() < give_up) {
            std::this_thread::yield();
        }
        EXPECT_EQ(scrape(telemetry).value("sidecache_log_dropped_total"), 2'000);
    }
    const std::string told = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1) << told;
    const boost::json::object line = boost::json::parse(told).as_object();
    EXPECT_EQ(line.at("event").as_string(), "access_log_write_failed");
    EXPECT_EQ(line.at("output").as_string(), "/dev/full");
    EXPECT_EQ(line.at("reason").as_string(), "No space left on device");
}

TEST(SlowExchanges, GetAWarningEvenWithoutAnAccessLog) {
    testing::internal::CaptureStderr();
    {
        LogOptions options = to("off");
        options.slow = 250ms;
        Telemetry telemetry(options, 1);
        ExchangeRecord record = a_hit(telemetry.route_id("patients"));
        record.duration = 249ms;
        telemetry.recorder(0).record(record);
        record.duration = 250ms;
        telemetry.recorder(0).record(record);
    }
    const boost::json::object line = boost::json::parse(testing::internal::GetCapturedStderr()).as_object();
    EXPECT_EQ(line.at("level").as_string(), "warning");
    EXPECT_EQ(line.at("event").as_string(), "slow");
    EXPECT_EQ(line.at("route").as_string(), "patients");
    EXPECT_EQ(line.at("path").as_string(), "/api/patients/42/");
    EXPECT_EQ(line.at("duration_ms").to_number<double>(), 250.0);
}

TEST(SlowExchanges, AreNotWarnedOfAtLevelErrorOrWithoutALimit) {
    testing::internal::CaptureStderr();
    {
        LogOptions options = to("off");
        options.level = Level::error;
        ExchangeRecord record = a_hit(RouteId{0});
        record.duration = 1h;
        Telemetry(options, 1).recorder(0).record(record);
        Telemetry(no_log(), 1).recorder(0).record(record);
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace sidecache::telemetry

#include "tests/unit/proxy/telemetry/scrape.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace sidecache::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(Metrics, EachExchangeIsCountedByRouteOutcomeAndStatusClass) {
    Telemetry telemetry(no_log(), 1);
    ExchangeRecord record = a_hit(telemetry.route_id("patients"));
    telemetry.recorder(0).record(record);
    telemetry.recorder(0).record(record);
    record.status = 304;
    telemetry.recorder(0).record(record);
    record.outcome.served = policy::Served::hit_stale;
    telemetry.recorder(0).record(record);

    const Scrape seen = scrape(telemetry);
    EXPECT_EQ(seen.value(R"(sidecache_requests_total{route="patients",outcome="hit",status_class="2xx"})"), 2);
    EXPECT_EQ(seen.value(R"(sidecache_requests_total{route="patients",outcome="hit",status_class="3xx"})"), 1);
    EXPECT_EQ(seen.value(R"(sidecache_requests_total{route="patients",outcome="hit_stale",status_class="3xx"})"), 1);
    EXPECT_EQ(seen.sum("sidecache_requests_total"), 4);
    EXPECT_EQ(seen.value(R"(sidecache_request_duration_seconds_count{route="patients",outcome="hit",status_class="2xx"})"), 2);
    EXPECT_EQ(seen.value(R"(sidecache_request_duration_seconds_count{route="patients",outcome="hit",status_class="3xx"})"), 1);
    EXPECT_EQ(seen.value(R"(sidecache_request_duration_seconds_count{route="patients",outcome="hit_stale",status_class="3xx"})"), 1);
    EXPECT_EQ(seen.value("sidecache_sent_bytes_total"), 4 * 1'024);
}

TEST(Metrics, AFetchInTheBackgroundCountsForTheOriginAndForNoClient) {
    Telemetry telemetry(no_log(), 1);
    telemetry.recorder(0).record(FetchRecord{telemetry.route_id("patients"), 30ms, 40});
    telemetry.recorder(0).record(FetchRecord{telemetry.route_id("patients"), 30ms, -1});

    const Scrape seen = scrape(telemetry);
    EXPECT_EQ(seen.value(R"(sidecache_origin_requests_total{route="patients"})"), 2);
    EXPECT_EQ(seen.value(R"(sidecache_origin_queries_total{route="patients"})"), 40);
    EXPECT_EQ(seen.sum("sidecache_requests_total"), 0);
}

TEST(Metrics, AStatusThatIsNoneIsToldAsNone) {
    Telemetry telemetry(no_log(), 1);
    ExchangeRecord record = a_hit(RouteId{0});
    for (const int status : {0, 99, 600, -1}) {
        record.status = status;
        telemetry.recorder(0).record(record);
    }
    EXPECT_EQ(scrape(telemetry).value(R"(sidecache_requests_total{route="other",outcome="hit",status_class="none"})"), 4);
}

TEST(Metrics, DurationsAreHistogramsWithCumulativeBuckets) {
    Telemetry telemetry(no_log(), 1);
    ExchangeRecord record = a_hit(telemetry.route_id("patients"));
    for (const auto duration : {100us, 101us, 2'500us, 20'000'000us}) {
        record.duration = duration;
        telemetry.recorder(0).record(record);
    }
    const Scrape seen = scrape(telemetry);
    const auto bucket = [&](const std::string& bound) {
        return seen.value(R"(sidecache_request_duration_seconds_bucket{route="patients",outcome="hit",status_class="2xx",le=")" + bound + "\"}");
    };
    EXPECT_EQ(bucket("0.0001"), 1);
    EXPECT_EQ(bucket("0.00025"), 2);
    EXPECT_EQ(bucket("0.001"), 2);
    EXPECT_EQ(bucket("0.0025"), 3);
    EXPECT_EQ(bucket("10"), 3);
    EXPECT_EQ(bucket("+Inf"), 4);
    EXPECT_EQ(seen.value(R"(sidecache_request_duration_seconds_count{route="patients",outcome="hit",status_class="2xx"})"), 4);
    EXPECT_NEAR(seen.value(R"(sidecache_request_duration_seconds_sum{route="patients",outcome="hit",status_class="2xx"})"), 20.002701, 1e-9);
}

TEST(Metrics, AgesAreAHistogramOfWhatWasServedOutOfMemory) {
    Telemetry telemetry(no_log(), 1);
    ExchangeRecord record = a_hit(telemetry.route_id("patients"));
    telemetry.recorder(0).record(record);  // of no age
    for (const auto age : {0s, 1s, 2s, 3600s, 200'000s}) {
        record.age = age;
        telemetry.recorder(0).record(record);
    }
    const Scrape seen = scrape(telemetry);
    const auto bucket = [&](const std::string& bound) { return seen.value(R"(sidecache_served_age_seconds_bucket{route="patients",le=")" + bound + "\"}"); };
    EXPECT_EQ(bucket("1"), 2);
    EXPECT_EQ(bucket("2.5"), 3);
    EXPECT_EQ(bucket("2500"), 3);
    EXPECT_EQ(bucket("5000"), 4);
    EXPECT_EQ(bucket("100000"), 4);
    EXPECT_EQ(bucket("+Inf"), 5);
    EXPECT_NEAR(seen.value(R"(sidecache_served_age_seconds_sum{route="patients"})"), 203'603, 1e-6);
}

TEST(Metrics, TheOriginIsCountedWhereItWasAsked) {
    Telemetry telemetry(no_log(), 1);
    ExchangeRecord record = a_hit(telemetry.route_id("patients"));
    telemetry.recorder(0).record(record);
    record.outcome.served = policy::Served::miss;
    record.origin_time = 30ms;
    record.origin_queries = 12;
    telemetry.recorder(0).record(record);
    record.origin_queries = 0;
    telemetry.recorder(0).record(record);
    record.origin_queries = -1;
    telemetry.recorder(0).record(record);

    const Scrape seen = scrape(telemetry);
    EXPECT_EQ(seen.value(R"(sidecache_origin_requests_total{route="patients"})"), 3);
    EXPECT_EQ(seen.value(R"(sidecache_origin_queries_total{route="patients"})"), 12);
    EXPECT_EQ(seen.value(R"(sidecache_origin_duration_seconds_count{route="patients"})"), 3);
    EXPECT_EQ(seen.value(R"(sidecache_origin_duration_seconds_bucket{route="patients",le="0.025"})"), 0);
    EXPECT_EQ(seen.value(R"(sidecache_origin_duration_seconds_bucket{route="patients",le="0.05"})"), 3);
}

TEST(Metrics, ErrorsAreCountedByTheNamesOfRfc9209AndAreThereFromTheStart) {
    Telemetry telemetry(no_log(), 1);
    ExchangeRecord record = a_hit(RouteId{0});
    record.error = http::ProxyError::connection_refused;
    telemetry.recorder(0).record(record);
    const Scrape seen = scrape(telemetry);
    EXPECT_EQ(seen.value(R"(sidecache_errors_total{error="connection_refused"})"), 1);
    EXPECT_EQ(seen.value(R"(sidecache_errors_total{error="proxy_configuration_error"})"), 0);
    EXPECT_EQ(seen.sum("sidecache_errors_total"), 1);
}

TEST(Metrics, WorkersAddUpWhileTheyAreScraped) {
    constexpr unsigned workers = 4;
    constexpr int exchanges = 20'000;
    Telemetry telemetry(no_log(), workers);
    const RouteId route = telemetry.route_id("patients");
    std::atomic<unsigned> working = workers;
    std::vector<std::thread> threads;
    for (unsigned worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            ExchangeRecord record = a_hit(route);
            record.bytes_in = 3;
            for (int count = 0; count < exchanges; ++count) telemetry.recorder(worker).record(record);
            --working;
        });
    }
    double before = 0;
    for (int reload = 0; working != 0; ++reload) {
        telemetry.route_id("route " + std::to_string(reload));  // while records are written
        const double now = scrape(telemetry).sum("sidecache_requests_total");
        EXPECT_GE(now, before);
        before = now;
    }
    for (std::thread& thread : threads) thread.join();

    const Scrape seen = scrape(telemetry);
    EXPECT_EQ(seen.sum("sidecache_requests_total"), workers * exchanges);
    EXPECT_EQ(seen.sum("sidecache_request_duration_seconds_count"), workers * exchanges);
    EXPECT_EQ(seen.value("sidecache_received_bytes_total"), 3.0 * workers * exchanges);
    EXPECT_EQ(seen.value("sidecache_sent_bytes_total"), 1'024.0 * workers * exchanges);
}

TEST(Metrics, ARouteKeepsItsIdAcrossReloads) {
    Telemetry telemetry(no_log(), 2);
    const RouteId patients = telemetry.route_id("patients");
    const RouteId doctors = telemetry.route_id("doctors");
    EXPECT_NE(patients, doctors);
    EXPECT_EQ(telemetry.route_id("patients"), patients);
    EXPECT_EQ(telemetry.route_id("other"), RouteId{0}) << "as of an exchange that matched no route";
}

TEST(Metrics, PastAThousandLabelsARouteIsOther) {
    Telemetry telemetry(no_log(), 1);
    for (int number = 0; number < 1'000; ++number) EXPECT_EQ(telemetry.route_id(std::to_string(number)), number + 1);
    EXPECT_EQ(telemetry.route_id("one too many"), RouteId{0});
    EXPECT_EQ(telemetry.route_id("999"), RouteId{1'000}) << "known ones go on";
    telemetry.recorder(0).record(a_hit(RouteId{1'000}));
    EXPECT_EQ(scrape(telemetry).value(R"(sidecache_requests_total{route="999",outcome="hit",status_class="2xx"})"), 1);
}

TEST(Metrics, AnIdThatNobodyWasGivenIsOther) {
    Telemetry telemetry(no_log(), 1);
    for (const RouteId route : {RouteId{5}, RouteId{1'001}, RouteId{65'535}}) telemetry.recorder(0).record(a_hit(route));
    EXPECT_EQ(scrape(telemetry).value(R"(sidecache_requests_total{route="other",outcome="hit",status_class="2xx"})"), 3);
}

TEST(Metrics, LabelsAreEscapedAndUtf8) {
    Telemetry telemetry(no_log(), 1);
    telemetry.recorder(0).record(a_hit(telemetry.route_id("a\"b\\c\nd\xFF")));
    EXPECT_EQ(scrape(telemetry).value(
                  "sidecache_requests_total{route=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\",outcome=\"hit\",status_class=\"2xx\"}"),
              1);
}

TEST(Metrics, TheVersionIsTold) {
    Telemetry telemetry(no_log(), 1, "1.2.3");
    EXPECT_EQ(scrape(telemetry).value(R"(sidecache_build_info{version="1.2.3"})"), 1);
}

TEST(Metrics, TheProcessIsToldAsPrometheusClientsDo) {
    Telemetry telemetry(no_log(), 1);
    const Scrape seen = scrape(telemetry);
    EXPECT_GT(seen.value("process_resident_memory_bytes"), 1e6);
    EXPECT_GT(seen.value("process_cpu_seconds_total"), 0);
    EXPECT_GE(seen.value("process_open_fds"), 3);
    EXPECT_LT(seen.value("process_open_fds"), seen.value("process_max_fds"));
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    EXPECT_LE(seen.value("process_start_time_seconds"), now + 2) << "the kernel tells its start in whole seconds";
    EXPECT_GT(seen.value("process_start_time_seconds"), now - 86'400);
}

}  // namespace
}  // namespace sidecache::telemetry

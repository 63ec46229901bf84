#include "proxy/telemetry/log_line.hpp"
#include "tests/unit/proxy/telemetry/scrape.hpp"

#include <gtest/gtest.h>
#include <boost/json/src.hpp>

namespace sidecache::telemetry {
namespace {

using namespace std::chrono_literals;

std::string line_of(const ExchangeRecord& record, Format format) {
    RouteLabels labels;
    labels.add("patients");
    LogRecord kept;
    kept.assign(record);
    std::string out;
    LogLine(format, labels).append(out, kept);
    return out;
}

boost::json::object parsed(const ExchangeRecord& record) {
    const std::string line = line_of(record, Format::json);
    EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line";
    return boost::json::parse(line).as_object();
}

std::string path_of(const boost::json::object& object) { return std::string(object.at("path").as_string()); }

ExchangeRecord a_failed_miss() {
    ExchangeRecord record = a_hit(RouteId{1});
    record.duration = 1'234'567us;
    record.origin_time = 1'200ms;
    record.outcome.served = policy::Served::error;
    record.outcome.forward = policy::Forward::uri_miss;
    record.status = 504;
    record.bytes_in = 17;
    record.origin_queries = 0;
    record.error = http::ProxyError::http_response_timeout;
    return record;
}

TEST(JsonLine, TellsEveryField) {
    const boost::json::object expected{
        {"time", "2026-01-31T00:00:00.007Z"},
        {"method", "GET"},
        {"path", "/api/patients/42/"},
        {"status", 504},
        {"bytes_out", 1'024},
        {"outcome", "error"},
        {"fwd", "uri-miss"},
        {"route", "patients"},
        {"duration_ms", 1'234.567},
        {"origin_ms", 1'200.0},
        {"origin_queries", 0},
        {"bytes_in", 17},
        {"error", "http_response_timeout"},
        {"id", "0b6e9f6e-6a53-4c5f-9f3c-2f8f3b6f1a22"},
        {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    };
    EXPECT_EQ(boost::json::serialize(parsed(a_failed_miss())), boost::json::serialize(expected));
}

TEST(JsonLine, LeavesOutWhatIsNotKnown) {
    ExchangeRecord record = a_hit(RouteId{1});
    record.request_id = record.traceparent = {};
    const boost::json::object object = parsed(record);
    for (const char* absent : {"fwd", "origin_ms", "origin_queries", "error", "id", "traceparent"})
        EXPECT_FALSE(object.contains(absent)) << absent;
    EXPECT_EQ(object.at("duration_ms").as_double(), 0.012);
}

TEST(JsonLine, APathThatIsNoTextIsStillJson) {
    ExchangeRecord record = a_hit(RouteId{1});
    std::string path = "/\"\\\x01\n\x7F\xC3\xA9\xFF";
    path += '\0';
    record.path = path;
    std::string expected = "/\"\\\x01\n\x7F\xC3\xA9\xEF\xBF\xBD";
    expected += '\0';
    EXPECT_EQ(path_of(parsed(record)), expected);
}

TEST(JsonLine, EveryByteComesBackOrIsReplaced) {
    for (int byte = 0; byte < 256; ++byte) {
        ExchangeRecord record = a_hit(RouteId{1});
        const std::string path{'/', static_cast<char>(byte), '/'};
        record.path = path;
        EXPECT_EQ(path_of(parsed(record)), byte < 0x80 ? path : "/\xEF\xBF\xBD/");
    }
}

TEST(JsonLine, ALongPathIsCutAndMarked) {
    ExchangeRecord record = a_hit(RouteId{1});
    const std::string path = "/" + std::string(255, 'p');
    record.path = path;
    EXPECT_EQ(path_of(parsed(record)), path);
    const std::string longer = path + "p";
    record.path = longer;
    EXPECT_EQ(path_of(parsed(record)), path + "\xE2\x80\xA6");
    EXPECT_EQ(parsed(record).at("id").as_string(), record.request_id) << "what follows it is whole";
}

TEST(TextLine, IsLikeTheCommonLogFormat) {
    EXPECT_EQ(line_of(a_failed_miss(), Format::text),
              "- - - [2026-01-31T00:00:00.007Z] \"GET /api/patients/42/\" 504 1024 outcome=error fwd=uri-miss route=patients "
              "duration_ms=1234.567 origin_ms=1200.000 origin_queries=0 bytes_in=17 error=http_response_timeout "
              "id=0b6e9f6e-6a53-4c5f-9f3c-2f8f3b6f1a22 traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n");
}

TEST(TextLine, NothingFromOutsideStartsAnotherLineOrField) {
    ExchangeRecord record = a_hit(RouteId{1});
    record.path = "/\" 200 1 outcome=hit\n";
    record.request_id = "a route=b";
    const std::string line = line_of(record, Format::text);
    EXPECT_NE(line.find(R"("GET /\" 200 1 outcome=hit\x0a" 200 1024)"), std::string::npos) << line;
    EXPECT_NE(line.find(R"( id="a route=b")"), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace sidecache::telemetry

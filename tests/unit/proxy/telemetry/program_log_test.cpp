#include "tests/unit/proxy/telemetry/scrape.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace sidecache::telemetry {
namespace {

std::string told(Format format, Level level, Level of_line) {
    LogOptions options = no_log();
    options.format = format;
    options.level = level;
    Telemetry telemetry(options, 1);
    testing::internal::CaptureStderr();
    telemetry.log(of_line, "start", {{"listen", "127.0.0.1:8080"}, {"why", "a \"quoted\"\nline {} %v"}});
    return testing::internal::GetCapturedStderr();
}

TEST(ProgramLog, IsOneLineOfJson) {
    const std::string line = told(Format::json, Level::info, Level::warning);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    boost::json::object object = boost::json::parse(line).as_object();
    const std::string time(object.at("time").as_string());
    EXPECT_EQ(time.size(), 24U) << time;
    EXPECT_EQ(time[10], 'T');
    EXPECT_EQ(time.back(), 'Z');
    object.erase("time");
    const boost::json::object expected{
        {"level", "warning"}, {"event", "start"}, {"listen", "127.0.0.1:8080"}, {"why", "a \"quoted\"\nline {} %v"}};
    EXPECT_EQ(object, expected);
}

TEST(ProgramLog, IsOneLineOfText) {
    const std::string line = told(Format::text, Level::info, Level::info);
    EXPECT_EQ(line.substr(24), " info start listen=127.0.0.1:8080 why=\"a \\\"quoted\\\"\\x0aline {} %v\"\n");
}

TEST(ProgramLog, TellsItsLevelAndAbove) {
    for (const Level level : {Level::debug, Level::info, Level::warning, Level::error}) {
        for (const Level of_line : {Level::debug, Level::info, Level::warning, Level::error}) {
            EXPECT_EQ(!told(Format::json, level, of_line).empty(), of_line >= level);
        }
    }
}

TEST(ProgramLog, NeedsNoFields) {
    Telemetry telemetry(no_log(), 1);
    testing::internal::CaptureStderr();
    telemetry.log(Level::error, "drained");
    EXPECT_NE(testing::internal::GetCapturedStderr().find(R"("level":"error","event":"drained"})"), std::string::npos);
}

}  // namespace
}  // namespace sidecache::telemetry

#include "tests/unit/proxy/telemetry/scrape.hpp"

#include <gtest/gtest.h>

namespace sidecache::telemetry {
namespace {

TEST(Readers, OneNameWithSeveralLabelsIsOneFamily) {
    Telemetry telemetry(no_log(), 1);
    telemetry.add_reader(Telemetry::Kind::gauge, "sidecache_stored_bytes", "Bytes of stored responses.", {{"tier", "memory"}},
                         [] { return 7.0; });
    telemetry.add_reader(Telemetry::Kind::gauge, "sidecache_stored_bytes", "Bytes of stored responses.", {{"tier", "redis"}},
                         [] { return 9.0; });
    const std::string text = telemetry.exposition();
    EXPECT_EQ(text.find("# TYPE sidecache_stored_bytes"), text.rfind("# TYPE sidecache_stored_bytes"));
    const Scrape seen = scrape(telemetry);
    EXPECT_EQ(seen.families.at("sidecache_stored_bytes"), (Family{"gauge", "Bytes of stored responses."}));
    EXPECT_EQ(seen.value(R"(sidecache_stored_bytes{tier="memory"})"), 7);
    EXPECT_EQ(seen.value(R"(sidecache_stored_bytes{tier="redis"})"), 9);
}

TEST(Readers, AreReadAtEachScrape) {
    Telemetry telemetry(no_log(), 1);
    double value = 1;
    telemetry.add_reader(Telemetry::Kind::counter, "sidecache_evictions_total", "Evictions.", {}, [&] { return value; });
    EXPECT_EQ(scrape(telemetry).value("sidecache_evictions_total"), 1);
    value = 2;
    EXPECT_EQ(scrape(telemetry).value("sidecache_evictions_total"), 2);
    EXPECT_EQ(scrape(telemetry).families.at("sidecache_evictions_total").kind, "counter");
}

TEST(Readers, TheSameSeriesAgainReplacesItsReader) {
    Telemetry telemetry(no_log(), 1);
    for (const double value : {1.0, 2.0}) {
        telemetry.add_reader(Telemetry::Kind::gauge, "sidecache_servers_up", "Servers.", {{"server", "a"}},
                             [value] { return value; });
    }
    EXPECT_EQ(scrape(telemetry).sum("sidecache_servers_up"), 2);
}

TEST(Readers, HelpAndLabelsCannotBreakTheExposition) {
    Telemetry telemetry(no_log(), 1);
    telemetry.add_reader(Telemetry::Kind::gauge, "sidecache_odd", "two\nlines \\ here", {{"server", "\"\xFF\n"}},
                         [] { return 1.0; });
    const Scrape seen = scrape(telemetry);
    EXPECT_EQ(seen.families.at("sidecache_odd").help, "two\\nlines \\\\ here");
    EXPECT_EQ(seen.value("sidecache_odd{server=\"\\\"\xEF\xBF\xBD\\n\"}"), 1);
}

}  // namespace
}  // namespace sidecache::telemetry

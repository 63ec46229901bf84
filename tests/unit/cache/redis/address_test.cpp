#include "cache/redis/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sidecache::redis {
namespace {

Address parsed(std::string_view url) {
    Address address;
    EXPECT_EQ(parse_url(url, address), "") << url;
    return address;
}
std::string problem(std::string_view url) {
    Address address;
    address.host = "untouched";
    const std::string problem = parse_url(url, address);
    EXPECT_EQ(address.host, "untouched") << url;
    return problem;
}

TEST(RedisUrl, NamesAHostAPortAndADatabase) {
    const Address address = parsed("redis://cache-1:6380/3");
    EXPECT_EQ(address.host, "cache-1");
    EXPECT_EQ(address.port, 6380);
    EXPECT_EQ(address.database, 3u);
    EXPECT_EQ(address.text(), "redis://cache-1:6380/3");
}

TEST(RedisUrl, LeavesOutWhatIsUsual) {
    for (const std::string_view url : {"redis://cache-1", "redis://cache-1/", "redis://cache-1:6379"}) {
        const Address address = parsed(url);
        EXPECT_EQ(address.text(), "redis://cache-1:6379/0") << url;
        EXPECT_EQ(address.user, "");
        EXPECT_EQ(address.password, "");
    }
}

TEST(RedisUrl, NamesAnIpv6AddressInBrackets) {
    EXPECT_EQ(parsed("redis://[::1]:7000").host, "::1");
    EXPECT_EQ(parsed("redis://[::1]").text(), "redis://[::1]:6379/0");
}

TEST(RedisUrl, CarriesAUserAndAPasswordThatItsTextDoesNotShow) {
    const Address both = parsed("redis://app:s%40cret%2F@cache-1/0");
    EXPECT_EQ(both.user, "app");
    EXPECT_EQ(both.password, "s@cret/");
    EXPECT_EQ(both.text(), "redis://cache-1:6379/0");
    const Address password = parsed("redis://:a@b:c@cache-1");
    EXPECT_EQ(password.user, "");
    EXPECT_EQ(password.password, "a@b:c");
}

TEST(RedisUrl, NamesSentinelsAndTheirMaster) {
    const Address address = parsed("redis+sentinel://app:secret@one,two:5000,[::1]/records/2");
    ASSERT_EQ(address.sentinels.size(), 3u);
    EXPECT_EQ(address.sentinels[0].host, "one");
    EXPECT_EQ(address.sentinels[0].port, 26379);
    EXPECT_EQ(address.sentinels[1].port, 5000);
    EXPECT_EQ(address.sentinels[2].host, "::1");
    EXPECT_EQ(address.master, "records");
    EXPECT_EQ(address.database, 2u);
    EXPECT_EQ(address.password, "secret");
    EXPECT_EQ(address.text(), "redis+sentinel://one:26379,two:5000,[::1]:26379/records/2");
    for (const std::string_view url : {"redis+sentinel://", "redis+sentinel://one", "redis+sentinel://one/", "redis+sentinel:///records"}) {
        EXPECT_EQ(problem(url), "expected redis+sentinel://HOST:26379,HOST:26379/NAME-OF-THE-MASTER") << url;
    }
    EXPECT_NE(problem("redis+sentinel://one:x/records"), "");
    EXPECT_NE(problem("redis+sentinel://one,,two/records"), "");
}

TEST(RedisUrl, NamesServersOfACluster) {
    const Address address = parsed("redis+cluster://app:secret@one,two:7001,[::1]");
    ASSERT_EQ(address.cluster.size(), 3u);
    EXPECT_EQ(address.cluster[0], (HostPort{"one", 6379}));
    EXPECT_EQ(address.cluster[1], (HostPort{"two", 7001}));
    EXPECT_EQ(address.cluster[2], (HostPort{"::1", 6379}));
    EXPECT_EQ(address.password, "secret");
    EXPECT_EQ(address.text(), "redis+cluster://one:6379,two:7001,[::1]:6379");
    EXPECT_EQ(parsed("redis+cluster://one/0").cluster.size(), 1u);
    EXPECT_EQ(problem("redis+cluster://"), "expected redis+cluster://HOST:6379,HOST:6379");
    EXPECT_EQ(problem("redis+cluster://one/1"), "a cluster has database 0 alone: leave out what follows the servers");
}

TEST(RedisUrl, AsksForTlsOfEachKind) {
    EXPECT_EQ(parsed("rediss+cluster://one").text(), "rediss+cluster://one:6379");
    EXPECT_EQ(parsed("rediss+sentinel://one/records").text(), "rediss+sentinel://one:26379/records/0");
    EXPECT_TRUE(parsed("rediss://one").is_tls);
    EXPECT_TRUE(parsed("rediss+cluster://one").is_tls);
    EXPECT_FALSE(parsed("redis+cluster://one").is_tls);
    EXPECT_NE(problem("redisss://one"), "");
}

TEST(RedisUrl, NamesAUnixSocket) {
    const Address plain = parsed("unix:/run/redis/redis.sock");
    EXPECT_EQ(plain.unix_path, "/run/redis/redis.sock");
    EXPECT_EQ(plain.text(), "unix:/run/redis/redis.sock");
    EXPECT_EQ(parsed("unix:/run/redis.sock?db=2").database, 2u);
}

TEST(RedisUrl, SaysWhatIsWrongAndNeverThePassword) {
    struct Case {
        std::string_view url, says;
    };
    for (const Case& each : {Case{"http://cache-1", "expected redis://"}, Case{"cache-1:6379", "expected redis://"}, Case{"", "expected redis://"},
                             Case{"redis://", "expected a host"}, Case{"redis://:secret@", "expected a host"}, Case{"redis://secret@cache-1", "expected user:password"},
                             Case{"redis://:sec%ret@cache-1", "two hexadecimal digits"}, Case{"redis://:sec%2@cache-1", "two hexadecimal digits"},
                             Case{"redis://cache-1:", "expected a port"}, Case{"redis://cache-1:0", "from 1 to 65535"}, Case{"redis://cache-1:65536", "from 1 to 65535"},
                             Case{"redis://cache-1:x", "from 1 to 65535"}, Case{"redis://cache-1/x", "number of a database"}, Case{"redis://cache-1/-1", "number of a database"},
                             Case{"redis://[::1", "expected ]"}, Case{"redis://[::1]x", "expected :port"}, Case{"redis://[::1]:", "expected a port"},
                             Case{"unix:run/redis.sock", "absolute path"}, Case{"unix:/run/r?x=1", "?db=N"}, Case{"unix:/run/r?db=", "number of a database"}}) {
        EXPECT_THAT(problem(each.url), ::testing::HasSubstr(each.says)) << each.url;
        EXPECT_THAT(problem(each.url), ::testing::Not(::testing::HasSubstr("secret"))) << each.url;
    }
}

}  // namespace
}  // namespace sidecache::redis

#include "config/addresses.hpp"

#include <gtest/gtest.h>

namespace sidecache::config {
namespace {

ListenAddress listen_at(std::string_view text) { return listen_address().parse(text).value.value(); }

TEST(ListenAddresses, AreALiteralAddressAndAPort) {
    const auto v4 = listen_at("127.0.0.1:8080");
    EXPECT_EQ(v4.text, "127.0.0.1:8080");
    EXPECT_EQ(v4.host, "127.0.0.1");
    EXPECT_EQ(v4.port, 8080);
    EXPECT_EQ(v4.unix_path, "");
    const auto v6 = listen_at("[0:0::1]:0");
    EXPECT_EQ(v6.host, "::1");
    EXPECT_EQ(v6.port, 0);
    EXPECT_EQ(listen_at("*:80").host, "*");
}

TEST(ListenAddresses, MayBeAUnixSocket) {
    const auto address = listen_at("unix:/run/sidecache/http.sock");
    EXPECT_EQ(address.unix_path, "/run/sidecache/http.sock");
    EXPECT_EQ(address.host, "");
}

TEST(ListenAddresses, OfAnotherFormAreRefusedWithWhatWasProbablyMeant) {
    const std::string other = "or [::1]:8080, *:8080, unix:/run/sidecache/http.sock";
    const std::vector<std::pair<std::string, std::string>> table{{":8080", "did you mean '*:8080'?"},
                                                                 {"8080", "did you mean '127.0.0.1:8080'?"},
                                                                 {"localhost:8080", "did you mean '127.0.0.1:8080'?"},
                                                                 {"http://127.0.0.1:80", "write it without http://"},
                                                                 {"127.0.0.1", other},
                                                                 {"127.0.0.1:", other},
                                                                 {"127.0.0.1:65536", other},
                                                                 {"127.0.0.1:80x", other},
                                                                 {"127.0.0.256:80", other},
                                                                 {"example.org:80", other},
                                                                 {"[::1]", other},
                                                                 {"[::1]80", other},
                                                                 {"[::1", other},
                                                                 {"[127.0.0.1]:80", other},
                                                                 {"::1:80", other},
                                                                 {"", other}};
    for (const auto& [text, hint] : table) {
        const auto parsed = listen_address().parse(text);
        EXPECT_EQ(parsed.what, "expected an address such as 127.0.0.1:8080, got '" + text + "'");
        EXPECT_EQ(parsed.hint, hint) << text;
    }
    EXPECT_EQ(listen_address().parse("unix:x").what, "expected unix: and an absolute path of at most 107 bytes, got 'unix:x'");
    EXPECT_FALSE(listen_address().parse("unix:/" + std::string(107, 'x')).value);
}

TEST(ListenAddresses, OverlapWhereOneIncludesTheOther) {
    const std::vector<std::pair<std::string, std::string>> overlapping{
        {"127.0.0.1:80", "127.0.0.1:80"}, {"*:80", "127.0.0.1:80"},  {"[::1]:80", "*:80"},  {"0.0.0.0:80", "127.0.0.1:80"},
        {"[::]:80", "[::1]:80"},          {"[::1]:80", "[0::1]:80"}, {"unix:/a", "unix:/a"}};
    for (const auto& [a, b] : overlapping) EXPECT_TRUE(overlap(listen_at(a), listen_at(b))) << a << " " << b;

    const std::vector<std::pair<std::string, std::string>> apart{{"127.0.0.1:80", "127.0.0.1:81"}, {"127.0.0.1:80", "[::1]:80"},
                                                                 {"0.0.0.0:80", "[::1]:80"},       {"127.0.0.1:0", "127.0.0.1:0"},
                                                                 {"unix:/a", "unix:/b"},           {"unix:/a", "*:80"}};
    for (const auto& [a, b] : apart) EXPECT_FALSE(overlap(listen_at(a), listen_at(b))) << a << " " << b;
}

origin::ServerAddress server_at(std::string_view text) { return server_address().parse(text).value.value(); }

TEST(ServerAddresses, AreAnHttpUrlWithoutPath) {
    const auto name = server_at("http://app-1:8000/");
    EXPECT_EQ(name.text, "http://app-1:8000");
    EXPECT_EQ(name.host, "app-1");
    EXPECT_EQ(name.port, 8000);
    EXPECT_EQ(name.authority, "app-1:8000");
    const auto v6 = server_at("http://[::1]:8000");
    EXPECT_EQ(v6.host, "::1");
    EXPECT_EQ(v6.authority, "[::1]:8000");
}

TEST(ServerAddresses, HavePort80WhereNoneIsWritten) {
    EXPECT_EQ(server_at("http://app").port, 80);
    EXPECT_EQ(server_at("http://app").authority, "app");
    EXPECT_EQ(server_at("HTTP://app:8000").text, "http://app:8000");
    EXPECT_EQ(server_at("http://[::1]").port, 80);
}

TEST(ServerAddresses, MayBeAUnixSocket) {
    for (const std::string text : {"unix:/run/app.sock", "http+unix:/run/app.sock"}) {
        EXPECT_EQ(server_at(text).unix_path, "/run/app.sock");
        EXPECT_EQ(server_at(text).host, "");
        EXPECT_EQ(server_at(text).authority, "localhost");
        EXPECT_EQ(server_at(text).text, text);
    }
}

TEST(ServerAddresses, WithAPathAreRefusedWithASentence) {
    const auto parsed = server_address().parse("http://app:8000/api");
    EXPECT_EQ(parsed.what, "expected no path after the host, got '/api'");
    EXPECT_EQ(parsed.hint, "each request keeps its own path; write 'http://app:8000'");
    EXPECT_EQ(server_address().parse("http://app?x").what, "expected no path after the host, got '?x'");
}

TEST(ServerAddresses, WithAPasswordAreRefusedWithoutTellingIt) {
    const auto parsed = server_address().parse("http://user:secret@app");
    EXPECT_EQ(parsed.what, "expected no user or password before the host");
    EXPECT_EQ(parsed.hint, "");
}

TEST(ServerAddresses, ByHttpsAreNotBuiltYet) {
    EXPECT_EQ(server_address().parse("https://app").what, "not built yet");
    EXPECT_EQ(server_address().parse("https://app").hint, "https to an origin; use http:// or unix:");
}

TEST(ServerAddresses, OfAnotherFormAreRefused) {
    for (const std::string text :
         {"", "app", "ftp://app", "http://", "http://:80", "http://a b", "http://[::1", "http://[app]:80", "http://app:"}) {
        EXPECT_EQ(server_address().parse(text).what,
                  "expected an origin server such as http://127.0.0.1:8000, got '" + text + "'");
    }
    EXPECT_EQ(server_address().parse("app:8000").hint, "did you mean 'http://app:8000'?");
    EXPECT_EQ(server_address().parse("http://app:0").what, "expected a port from 1 to 65535, got '0'");
    EXPECT_EQ(server_address().parse("http://app:80x").what, "expected a port from 1 to 65535, got '80x'");
    EXPECT_EQ(server_address().parse("unix:app").what,
              "expected unix: and an absolute path of at most 107 bytes, got 'unix:app'");
}

std::string network_of(std::string_view text) {
    const auto parsed = network().parse(text).value.value();
    return std::visit([](const auto& any) { return any.to_string(); }, parsed);
}

TEST(Networks, AreOfBothVersionsOrOneAddress) {
    EXPECT_EQ(network_of("10.0.0.0/8"), "10.0.0.0/8");
    EXPECT_EQ(network_of("10.1.2.3/8"), "10.0.0.0/8");
    EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1/32");
    EXPECT_EQ(network_of("fd00::/8"), "fd00::/8");
    EXPECT_EQ(network_of("::1"), "::1/128");
    for (const std::string text :
         {"", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "any", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/8/8"}) {
        EXPECT_EQ(network().parse(text).what, "expected a network such as 10.0.0.0/8, got '" + text + "'");
    }
}

}  // namespace
}  // namespace sidecache::config

#include "proxy/admin/admin_door.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::admin {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A client's end of one connection; what does not come within half a minute never comes.
class Visitor {
public:
    explicit Visitor(const std::string& address) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{30, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        at.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
        ::connect(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at);
    }
    ~Visitor() { ::close(socket_); }
    Visitor(const Visitor&) = delete;
    Visitor& operator=(const Visitor&) = delete;

    void send(std::string_view bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    // Until the text ends so.
    std::string read_until(std::string_view end) {
        std::string all;
        char byte = 0;
        while (all.size() < end.size() || all.compare(all.size() - end.size(), end.size(), end) != 0) {
            if (::recv(socket_, &byte, 1, 0) != 1) return all + "<END>";
            all += byte;
        }
        return all;
    }
    std::string read_all() { return read_until("<never>"); }

private:
    int socket_;
};

class TheAdminDoor : public ::testing::Test {
protected:
    std::string ask(std::string_view method, std::string_view target) {
        Visitor visitor(address);
        visitor.send(request(method, target, "close"));
        return visitor.read_all();
    }
    static std::string request(std::string_view method, std::string_view target, std::string_view connection) {
        return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: test\r\nConnection: " + std::string(connection) + "\r\n\r\n";
    }

    static runtime::Task<Answer> invalidated(std::string_view json) { co_return Answer{json.empty() ? 400 : 200, "invalidated " + std::string(json) + "\n"}; }

    std::atomic<bool> is_healthy{true};
    std::atomic<bool> is_ready{true};
    std::atomic<int> scrapes{0};
    runtime::Listening listening{{"127.0.0.1:0", "127.0.0.1", 0, {}}, 1};
    const std::string address = listening.text();
    std::vector<std::string> exceptions;  // read once the door is gone
    std::unique_ptr<AdminDoor> door = std::make_unique<AdminDoor>(
        listening,
        Answers{[this] { return "scrapes " + std::to_string(++scrapes) + "\n"; },
                [this](std::string& json) {
                    json = is_healthy ? R"({"stuck":0})" : R"({"stuck":1})";
                    return is_healthy.load();
                },
                [this](std::string& json) {
                    if (!is_healthy) throw std::runtime_error("asked in vain");
                    json = is_ready ? R"({"ready":true})" : R"({"ready":false})";
                    return is_ready.load();
                },
                [](std::string_view query) { return Answer{query.empty() ? 400 : 200, "explained " + std::string(query) + "\n"}; },
                [](runtime::Loop&, std::string_view json) { return invalidated(json); }},
        [this](std::string_view task, std::string_view what) { exceptions.push_back(std::string(task) + ": " + std::string(what)); });
};

TEST_F(TheAdminDoor, AnswersHealthzWith503WhileItIsNotHealthyAndSaysWhy) {
    EXPECT_THAT(ask("GET", "/healthz"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\n{\"stuck\":0}<END>")));
    is_healthy = false;
    EXPECT_THAT(ask("GET", "/healthz"), AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("\r\n\r\n{\"stuck\":1}<END>")));
    is_healthy = true;
    EXPECT_THAT(ask("GET", "/healthz"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\n{\"stuck\":0}<END>")));
}

TEST_F(TheAdminDoor, AnswersReadyzWith503WhileItIsNotReady) {
    EXPECT_THAT(ask("GET", "/readyz"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\n{\"ready\":true}<END>")));
    is_ready = false;
    EXPECT_THAT(ask("GET", "/readyz"), AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("\r\n\r\n{\"ready\":false}<END>")));
    EXPECT_THAT(ask("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(TheAdminDoor, ForbidsToStoreWhatItSays) {
    for (const auto* path : {"/healthz", "/readyz", "/metrics"}) EXPECT_THAT(ask("GET", path), HasSubstr("\r\nCache-Control: no-store\r\n"));
}

TEST_F(TheAdminDoor, TellsMetricsAnewEachTime) {
    EXPECT_THAT(ask("GET", "/metrics"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nscrapes 1\n<END>")));
    EXPECT_THAT(ask("GET", "/metrics?name[]=up"),
                AllOf(HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), EndsWith("scrapes 2\n<END>")));
}

TEST_F(TheAdminDoor, AnswersHeadWithTheLengthOfWhatGetWouldSay) {
    is_healthy = false;
    EXPECT_THAT(ask("HEAD", "/healthz"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\nContent-Length: 11\r\n"), EndsWith("\r\n\r\n<END>")));
}

TEST_F(TheAdminDoor, ChangesNothingAndKnowsNoOtherPath) {
    for (const auto* path : {"/healthz", "/readyz", "/metrics"}) {
        EXPECT_THAT(ask("POST", path), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: GET, HEAD\r\n")));
    }
    EXPECT_EQ(scrapes, 0);
    for (const auto* path : {"/", "/health", "/healthz/", "/metricsx"}) EXPECT_THAT(ask("GET", path), StartsWith("HTTP/1.1 404 "));
}

TEST_F(TheAdminDoor, KeepsAConnectionForTheNextProbe) {
    Visitor visitor(address);
    for (const bool healthy : {true, false, true}) {
        is_healthy = healthy;
        visitor.send(request("GET", "/healthz", "keep-alive"));
        EXPECT_THAT(visitor.read_until("}"), StartsWith(healthy ? "HTTP/1.1 200 " : "HTTP/1.1 503 "));
    }
}

TEST_F(TheAdminDoor, AnswersWhileAnotherVisitorSaysNothing) {
    const Visitor silent(address);
    Visitor halting(address);
    halting.send("GET /healthz HTTP/1.1\r\nHo");
    EXPECT_THAT(ask("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
    halting.send("st: test\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(halting.read_all(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(TheAdminDoor, TurnsAwayWhoComesWhile64AreConnectedAndServesThemAgainAfterwards) {
    {
        std::vector<std::unique_ptr<Visitor>> crowd;
        for (int number = 0; number < 64; ++number) {
            crowd.push_back(std::make_unique<Visitor>(address));
            crowd.back()->send(request("GET", "/healthz", "keep-alive"));
            ASSERT_THAT(crowd.back()->read_until("}"), StartsWith("HTTP/1.1 200 "));
        }
        Visitor late(address);
        EXPECT_EQ(late.read_all(), "<END>");
    }
    std::string answer;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (answer.rfind("HTTP/1.1 200 ", 0) != 0 && std::chrono::steady_clock::now() < until) answer = ask("GET", "/healthz");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
}

TEST_F(TheAdminDoor, OutlivesAnAnswerThatFails) {
    is_healthy = false;
    EXPECT_EQ(ask("GET", "/readyz"), "<END>");
    EXPECT_THAT(ask("GET", "/healthz"), StartsWith("HTTP/1.1 503 "));
    door.reset();
    EXPECT_THAT(exceptions, ::testing::ElementsAre("admin connection: asked in vain"));
}

TEST_F(TheAdminDoor, EndsWhileVisitorsAreConnected) {
    Visitor visitor(address);
    visitor.send(request("GET", "/healthz", "keep-alive"));
    EXPECT_THAT(visitor.read_until("}"), StartsWith("HTTP/1.1 200 "));
    door.reset();
    EXPECT_EQ(visitor.read_all(), "<END>");
    EXPECT_THAT(Visitor(address).read_all(), Not(HasSubstr("HTTP")));
}

TEST_F(TheAdminDoor, HandsTheQueryToWhoExplains) {
    EXPECT_THAT(ask("GET", "/explain?url=/a?b&host=c"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\r\nCache-Control: no-store\r\n"), EndsWith("explained url=/a?b&host=c\n<END>")));
    EXPECT_THAT(ask("GET", "/explain"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(ask("HEAD", "/explain?url=/a"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\n<END>")));
    EXPECT_THAT(ask("POST", "/explain?url=/a"), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: GET, HEAD\r\n")));
}

class Announcement : public TheAdminDoor {
protected:
    std::string announce(std::string_view json, std::string_view fields = {}) {
        Visitor visitor(address);
        visitor.send("POST /invalidate HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + std::string(fields) + "Content-Length: " + std::to_string(json.size()) + "\r\n\r\n");
        visitor.send(json);
        return visitor.read_all();
    }
};

TEST_F(Announcement, IsHandedOnWhole) {
    EXPECT_THAT(announce("{}"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("invalidated {}\n<END>")));
    EXPECT_THAT(announce(""), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(announce(std::string(64 * 1024, 'x')), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Announcement, OfMoreThan64KiBIs413) {
    EXPECT_THAT(announce(std::string(64 * 1024 + 1, 'x')), AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("64 KiB"), Not(HasSubstr("invalidated"))));
    EXPECT_THAT(announce(std::string(256 * 1024, 'x')), StartsWith("HTTP/1.1 413 "));
}

TEST_F(Announcement, IsAPost) {
    for (const auto* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
        EXPECT_THAT(ask(method, "/invalidate"), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: POST\r\n"))) << method;
    }
}

TEST_F(Announcement, OfAPageInABrowserIsRefused) { EXPECT_THAT(announce("{}", "Origin: http://elsewhere.example\r\n"), AllOf(StartsWith("HTTP/1.1 403 "), Not(HasSubstr("invalidated")))); }

}  // namespace
}  // namespace sidecache::admin

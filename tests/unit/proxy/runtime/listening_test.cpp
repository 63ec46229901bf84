#include "proxy/runtime/listening.hpp"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace sidecache::runtime {
namespace {

ListenAddress tcp(std::uint16_t port, const std::string& host = "127.0.0.1") { return {host + ":" + std::to_string(port), host, port, {}}; }
ListenAddress unix_at(const std::string& path) { return {"unix:" + path, {}, 0, path}; }

std::string failure_of(const ListenAddress& address) {
    try {
        const Listening listening(address, 1);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "no failure";
}

std::uint16_t port_of(int socket) {
    sockaddr_storage at{};
    socklen_t size = sizeof at;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(at).sin6_port : reinterpret_cast<sockaddr_in&>(at).sin_port);
}

bool can_connect(const std::string& path) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::strncpy(at.sun_path, path.c_str(), sizeof at.sun_path - 1);
    const bool is_connected = ::connect(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    ::close(socket);
    return is_connected;
}

class ListeningTest : public ::testing::Test {
protected:
    ListeningTest() {
        std::string name = (std::filesystem::temp_directory_path() / "listening-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        path = folder / "door.sock";
    }
    ~ListeningTest() override { std::filesystem::remove_all(folder); }
    std::filesystem::path folder;
    std::filesystem::path path;
};
using ListeningOnTcp = ListeningTest;
using ListeningOnUnix = ListeningTest;

TEST_F(ListeningOnTcp, GivesEveryWorkerASocketOfTheSamePort) {
    Listening listening(tcp(0), 3);
    const int one = listening.release(0);
    const int two = listening.release(1);
    const int three = listening.release(2);
    EXPECT_NE(one, two);
    EXPECT_NE(port_of(one), 0);
    EXPECT_EQ(port_of(one), port_of(two));
    EXPECT_EQ(port_of(one), port_of(three));
    EXPECT_EQ(listening.text(), "127.0.0.1:" + std::to_string(port_of(one)));
    EXPECT_EQ(listening.family(), AF_INET);
    for (const int socket : {one, two, three}) ::close(socket);
}

TEST_F(ListeningOnTcp, IsRefusedWhereAnotherListens) {
    Listening first(tcp(0), 1);
    const int socket = first.release(0);
    const std::uint16_t port = port_of(socket);
    const std::string text = "127.0.0.1:" + std::to_string(port);
    EXPECT_EQ(failure_of(tcp(port)), "cannot listen on " + text + ": the address is in use");
    ::close(socket);
    // Its socket is gone, its claim is not: it may still drain beside us.
    EXPECT_EQ(failure_of(tcp(port)), "cannot listen on " + text + ": the address is in use");
}

TEST_F(ListeningOnTcp, IsRefusedAlsoWhereTheOtherSharesItsPort) {
    const int other = ::socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    ::setsockopt(other, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(other, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    ASSERT_EQ(::listen(other, 1), 0);
    EXPECT_NE(failure_of(tcp(port_of(other))).find("the address is in use"), std::string::npos);
    ::close(other);
}

TEST_F(ListeningOnTcp, MayBeTakenAgainAtOnceAfterItEnded) {
    std::uint16_t port = 0;
    {
        Listening first(tcp(0), 2);
        const int socket = first.release(0);
        port = port_of(socket);
        ::close(socket);
    }
    const Listening second(tcp(port), 2);
    EXPECT_EQ(second.text(), "127.0.0.1:" + std::to_string(port));
}

TEST_F(ListeningOnTcp, OfAnyPortTakesNoneThatADrainingProcessClaims) {
    // As many as a common limit of open files allows. Listeners end and their claims stay, as of processes that drain.
    std::vector<Listening> draining;
    std::set<std::string> claimed;
    while (draining.size() < 700) {
        Listening& one = draining.emplace_back(tcp(0), 1);
        ::close(one.release(0));
        EXPECT_TRUE(claimed.insert(one.text()).second) << one.text();
    }
    // Without another try, one in ten or more of these would fail.
    for (int i = 0; i < 300; ++i) {
        const Listening listening(tcp(0), 2);
        EXPECT_FALSE(claimed.contains(listening.text()));
    }
}

TEST_F(ListeningOnTcp, SaysWhatIsWrongWithAnAddressThatIsNotHere) {
    EXPECT_EQ(failure_of(tcp(18'080, "192.0.2.1")), "cannot listen on 192.0.2.1:18080: this machine has no such address");
    EXPECT_NE(failure_of(tcp(18'080, "not an address")).find("cannot listen on not an address:18080: "), std::string::npos);
}

TEST_F(ListeningOnTcp, MovesWithItsClaim) {
    Listening first(tcp(0), 1);
    const Listening moved(std::move(first));
    const auto port = static_cast<std::uint16_t>(std::stoi(moved.text().substr(moved.text().find(':') + 1)));
    EXPECT_NE(failure_of(tcp(port)).find("in use"), std::string::npos);
}

TEST_F(ListeningOnUnix, GivesAllWorkersTheSameSocketAndRemovesItAtItsEnd) {
    {
        Listening listening(unix_at(path), 2);
        EXPECT_EQ(listening.text(), "unix:" + path.string());
        EXPECT_EQ(listening.family(), AF_UNIX);
        EXPECT_TRUE(can_connect(path));
        const int one = listening.release(0);
        const int two = listening.release(1);
        EXPECT_NE(one, two);
        ::close(one);
        EXPECT_TRUE(can_connect(path));
        ::close(two);
    }
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(path)));
}

TEST_F(ListeningOnUnix, ReplacesWhatADeadProcessLeftBehind) {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::strncpy(at.sun_path, path.c_str(), sizeof at.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    ::close(dead);  // the file stays
    ASSERT_FALSE(can_connect(path));
    const Listening listening(unix_at(path), 1);
    EXPECT_TRUE(can_connect(path));
}

TEST_F(ListeningOnUnix, IsRefusedWhereALivingOneListensWhichGoesOn) {
    const Listening first(unix_at(path), 1);
    EXPECT_EQ(failure_of(unix_at(path)), "cannot listen on unix:" + path.string() + ": the address is in use");
    EXPECT_TRUE(can_connect(path));
}

TEST_F(ListeningOnUnix, RemovesNothingThatIsNoSocket) {
    std::ofstream(path) << "precious";
    EXPECT_NE(failure_of(unix_at(path)).find("cannot listen on unix:" + path.string()), std::string::npos);
    EXPECT_EQ(std::filesystem::file_size(path), 8u);
}

TEST_F(ListeningOnUnix, MayBeTriedAgainAfterAFailure) {
    std::ofstream(path) << "in the way";
    ASSERT_NE(failure_of(unix_at(path)), "no failure");
    std::filesystem::remove(path);
    EXPECT_EQ(failure_of(unix_at(path)), "no failure");
}

TEST_F(ListeningOnUnix, SaysThatAPathIsTooLong) {
    const std::string far = folder / std::string(200, 'x');
    EXPECT_EQ(failure_of(unix_at(far)), "cannot listen on unix:" + far + ": the path is too long");
}

TEST_F(ListeningOnUnix, KnowsALivingOneByAnotherSpellingOfItsPath) {
    const Listening first(unix_at(path), 1);
    EXPECT_NE(failure_of(unix_at(folder / "." / "door.sock")), "no failure");
    EXPECT_TRUE(can_connect(path));
}

}  // namespace
}  // namespace sidecache::runtime

// Debian's redis-server as a child of the test, on a Unix socket in a folder of its own, and where it has replicas on a port of loopback; ended with it.
#pragma once

#include "cache/resp/command.hpp"
#include "cache/resp/reader.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sidecache::testing {

// A port of loopback that nobody else is given while this lives, and on which a server may listen: bound, and never listened on itself.
class ReservedPort {
public:
    ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int yes = 1;
        ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("no port on loopback");
        }
        number_ = ntohs(address.sin_port);
    }
    ~ReservedPort() { ::close(socket_); }
    ReservedPort(const ReservedPort&) = delete;
    ReservedPort& operator=(const ReservedPort&) = delete;
    std::string text() const { return std::to_string(number_); }

private:
    int socket_;
    std::uint16_t number_ = 0;
};

class RedisProcess {
public:
    using Arguments = std::vector<std::string>;  // of its configuration, such as "--replicaof"

    explicit RedisProcess(Arguments more = {}) : more_(std::move(more)) {
        std::string name = (std::filesystem::temp_directory_path() / "sidecache-redis-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for redis-server");
        folder_ = name;
        start();
    }
    ~RedisProcess() {
        kill();
        std::filesystem::remove_all(folder_);
    }
    RedisProcess(const RedisProcess&) = delete;
    RedisProcess& operator=(const RedisProcess&) = delete;

    std::string socket() const { return folder_ + "/redis.sock"; }

    // Again after a `kill`, with nothing of what was there.
    void start() {
        child_ = ::fork();
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const int log = ::open((folder_ + "/log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
            ::dup2(log, 1);
            ::dup2(log, 2);
            Arguments words{"redis-server", "--port", "0", "--unixsocket", socket(), "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0", "--dir", folder_};
            words.insert(words.end(), more_.begin(), more_.end());
            std::vector<char*> arguments;
            for (std::string& word : words) arguments.push_back(word.data());
            arguments.push_back(nullptr);
            ::execvp("redis-server", arguments.data());
            std::_Exit(127);
        }
        connect();
    }
    void kill() {
        ::close(connection_);
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        std::filesystem::remove(socket());
    }
    void pause() { ::kill(child_, SIGSTOP); }
    void resume() { ::kill(child_, SIGCONT); }

    resp::Value command(const std::vector<std::string>& arguments) {
        std::string out;
        resp::append_command(out, std::vector<std::string_view>(arguments.begin(), arguments.end()));
        if (::send(connection_, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size())) throw std::runtime_error("redis-server takes no more");
        for (;;) {
            if (auto value = reader_.next()) return *std::move(value);
            char buffer[65536];
            const ssize_t size = ::recv(connection_, buffer, sizeof buffer, 0);
            if (size <= 0) throw std::runtime_error("redis-server does not answer");
            reader_.feed({buffer, static_cast<std::size_t>(size)});
        }
    }

private:
    void connect() {
        const std::string path = socket();
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        for (;;) {
            connection_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (::connect(connection_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) break;
            ::close(connection_);
            if (::waitpid(child_, nullptr, WNOHANG) != 0 || std::chrono::steady_clock::now() > until) throw std::runtime_error("redis-server does not start; see " + folder_);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        const timeval patience{60, 0};
        ::setsockopt(connection_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    Arguments more_;
    std::string folder_;
    pid_t child_ = -1;
    int connection_ = -1;
    resp::Reader reader_{{}};
};

}  // namespace sidecache::testing

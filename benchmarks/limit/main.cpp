// limit: gives every request one fixed response, as cheaply as the kernel allows. What benchmarks divide by, and their origin.
#include "benchmarks/limit/responder.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace {

struct Options {
    std::string listen = "127.0.0.1:0";
    std::size_t size = 1024;
    std::size_t workers = 1;
    std::vector<std::string> fields;
    std::string counter;
    bool is_known = false;
    bool confirms = false;
};

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

sockaddr_in parse_address(const std::string& text) {
    const std::size_t colon = std::min(text.rfind(':'), text.size());
    const std::string_view digits = std::string_view(text).substr(std::min(colon + 1, text.size()));  // none without a colon
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
    const bool is_port = error == std::errc() && end == digits.end();
    if (!is_port || ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
        throw std::invalid_argument("--listen: expected an address such as 127.0.0.1:0, got '" + text + "'");
    }
    address.sin_port = htons(port);
    return address;
}

// Binds, and tells in `address` which port the kernel chose if none was asked for.
int listen_on(sockaddr_in& address) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) fail("socket");
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    socklen_t size = sizeof address;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0) fail("bind");
    if (::listen(listener, 4096) != 0) fail("listen");
    if (::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
    return listener;
}

std::string lines_of(const std::vector<std::string>& fields) {
    std::string lines;
    for (const std::string& field : fields) lines += field + "\r\n";
    return lines;
}

std::string make_confirmation(const Options& options) { return "HTTP/1.1 304 Not Modified\r\n" + lines_of(options.fields) + "\r\n"; }

std::string make_response(const Options& options) {
    if (options.is_known) return make_confirmation(options);
    constexpr std::string_view text = R"({"name": "Dr. Ada Example", "specialty": "Cardiology", "languages": ["en", "de"]}, )";
    std::string response = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + lines_of(options.fields);
    response += "Content-Length: " + std::to_string(options.size) + "\r\n\r\n";
    for (std::size_t left = options.size; left > 0;) {
        const std::string_view piece = text.substr(0, left);
        response += piece;
        left -= piece.size();
    }
    return response;
}

// Sixteen bytes of a file, so that somebody else can read how many were answered without asking, which would be one more.
limit::Counts& open_counter(const std::string& path) {
    static limit::Counts own;
    if (path.empty()) return own;
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, sizeof(limit::Counts)) != 0) fail("--counter: " + path);
    void* memory = ::mmap(nullptr, sizeof(limit::Counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (memory == MAP_FAILED) fail("--counter: " + path);
    return *new (memory) limit::Counts;
}

[[noreturn]] void serve(const Options& options) {
    limit::Counts& counts = open_counter(options.counter);
    const std::string confirmation = options.confirms ? make_confirmation(options) : std::string();
    sockaddr_in address = parse_address(options.listen);
    std::vector<std::unique_ptr<limit::Responder>> responders;
    for (std::size_t i = 0; i < options.workers; ++i) {
        responders.push_back(std::make_unique<limit::Responder>(listen_on(address), make_response(options), confirmation, counts));
    }
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < options.workers; ++i)
        threads.emplace_back([responder = responders[i].get()] { responder->run(); });
    std::array<char, INET_ADDRSTRLEN> host{};
    ::inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
    std::cout << "listening on " << host.data() << ":" << ntohs(address.sin_port) << std::endl;
    responders.front()->run();
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"Answers every request with one fixed response, as cheaply as the kernel allows."};
    app.add_option("--listen", options.listen, "IPv4 address and port; port 0: any free one")->capture_default_str();
    app.add_option("--size", options.size, "bytes of content")->capture_default_str();
    app.add_option("--workers", options.workers, "threads, each with its own SO_REUSEPORT socket")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    app.add_option("--field", options.fields,
                   "a field line of the response, such as 'Cache-Control: max-age=60'; may be given again")
        ->allow_extra_args(false);
    app.add_option("--counter", options.counter, "a file that holds, as 8 bytes each, how many requests were answered, and how many of them with --confirm's 304");
    app.add_flag("--known", options.is_known, "answer 304, as if everybody had asked whether it is as it was");
    app.add_flag("--confirm", options.confirms, "answer 304 to If-None-Match, whatever it says; of clients that wait for each answer");
    CLI11_PARSE(app, argc, argv);
    try {
        serve(options);
    } catch (const std::exception& error) {
        std::cerr << "limit: " << error.what() << "\n";
        return 2;
    }
}

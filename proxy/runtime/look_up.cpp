#include "proxy/runtime/look_up.hpp"

#include "proxy/runtime/event.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace sidecache::runtime {
namespace {

std::atomic<int> look_ups{0};

// Between who waits and who looks up: each may be gone before the other.
struct Found {
    std::mutex lock;
    Event* waiting = nullptr;  // null: nobody waits any more
    std::optional<Endpoints> endpoints;
};

// False if nobody could be asked.
bool start(const std::shared_ptr<Found>& found, const std::string& host, std::uint16_t port, const AskForAddresses& ask) {
    if (look_ups.fetch_add(1) >= most_look_ups) {
        look_ups.fetch_sub(1);
        return false;
    }
    try {
        std::thread([found, host, port, ask] {
            Endpoints endpoints = ask(host, port);
            look_ups.fetch_sub(1);
            const std::scoped_lock guard(found->lock);
            found->endpoints = std::move(endpoints);
            if (found->waiting != nullptr) found->waiting->set();
        }).detach();
    } catch (const std::system_error&) {  // no thread is to be had
        look_ups.fetch_sub(1);
        return false;
    }
    return true;
}

}  // namespace

int ask_the_system(Endpoints& found, const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (code != 0) return code;
    for (const addrinfo* each = list; each != nullptr; each = each->ai_next) found.emplace_back(each->ai_addr, each->ai_addrlen, each->ai_protocol);
    ::freeaddrinfo(list);
    return 0;
}

Endpoints addresses_of(const std::string& host, std::uint16_t port) {
    Endpoints found;
    ask_the_system(found, host, port, AI_ADDRCONFIG);
    return found;
}

Task<std::optional<Endpoints>> look_up(Loop& loop, std::string host, std::uint16_t port, SteadyTime until, AskForAddresses ask) {
    boost::system::error_code is_a_name;
    const auto literal = boost::asio::ip::make_address(host, is_a_name);
    if (!is_a_name) {
        Endpoints endpoints;
        endpoints.emplace_back(boost::asio::ip::tcp::endpoint(literal, port));
        co_return endpoints;
    }
    Event event(loop);
    const auto found = std::make_shared<Found>();
    found->waiting = &event;
    // However this ends: the event goes with it.
    struct Leaving {
        Found& found;
        ~Leaving() {
            const std::scoped_lock guard(found.lock);
            found.waiting = nullptr;
        }
    } const leaving{*found};
    if (!start(found, host, port, ask)) co_return std::nullopt;
    co_await event.wait(until);
    const std::scoped_lock guard(found->lock);
    co_return std::move(found->endpoints);
}

}  // namespace sidecache::runtime

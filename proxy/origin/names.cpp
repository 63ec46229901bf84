#include "proxy/origin/names.hpp"

#include "proxy/runtime/look_up.hpp"

#include <netdb.h>

#include <boost/asio/local/stream_protocol.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace sidecache::origin {
namespace {

http::ProxyError error_of(int code) {
    return code == EAI_AGAIN ? http::ProxyError::dns_timeout : http::ProxyError::dns_error;
}

Addresses look_up(const ServerAddress& server, int flags) {
    Addresses found;
    if (!server.unix_path.empty()) {
        found.endpoints.emplace_back(boost::asio::local::stream_protocol::endpoint(server.unix_path));
        return found;
    }
    const int code = runtime::ask_the_system(found.endpoints, server.host, server.port, flags);
    if (code != 0) found.error = error_of(code);
    return found;
}

}  // namespace

Addresses ask_the_system(const ServerAddress& server) { return look_up(server, AI_ADDRCONFIG); }

struct Names::Shared {
    LookUp look_up;
    std::vector<ServerAddress> servers;
    std::vector<std::size_t> named;  // those that need the thread
    std::chrono::milliseconds every{};
    std::mutex lock;
    std::condition_variable changed;
    bool is_ended = false;
    std::atomic<bool> has_looked{false};
    std::atomic<std::uint64_t> changes{0};
    std::vector<std::shared_ptr<const Addresses>> addresses;

    void look_up_again_and_again() {
        for (std::unique_lock guard(lock); !is_ended;) {
            bool all_known = true;
            for (const std::size_t index : named) {
                guard.unlock();
                auto found = std::make_shared<const Addresses>(look_up(servers[index]));
                guard.lock();
                if (found->endpoints.empty()) all_known = false;
                if (!found->endpoints.empty() || addresses[index]->endpoints.empty()) {
                    const bool is_other = found->endpoints != addresses[index]->endpoints;
                    addresses[index] = std::move(found);
                    if (is_other) changes.fetch_add(1, std::memory_order_release);
                }
                if (!addresses[index]->endpoints.empty()) has_looked.store(true, std::memory_order_release);
            }
            has_looked.store(true, std::memory_order_release);
            const auto pause = all_known ? every : std::min<std::chrono::milliseconds>(every, std::chrono::seconds(1));
            changed.wait_for(guard, pause, [this] { return is_ended; });
        }
    }
};

Names::Names(const Options& options, LookUp look_up_named) : shared_(std::make_shared<Shared>()) {
    shared_->look_up = std::move(look_up_named);
    shared_->servers = options.servers;
    shared_->every = options.resolve;
    for (std::size_t index = 0; index < options.servers.size(); ++index) {
        auto literal = look_up(options.servers[index], AI_NUMERICHOST);
        if (literal.endpoints.empty()) {
            shared_->named.push_back(index);
            literal.error = http::ProxyError::dns_timeout;  // until the first look-up is back
        }
        shared_->addresses.push_back(std::make_shared<const Addresses>(std::move(literal)));
    }
    shared_->has_looked = shared_->named.size() < options.servers.size();
    if (!shared_->named.empty()) {
        std::thread([shared = shared_] { shared->look_up_again_and_again(); }).detach();
    }
}

Names::~Names() {
    const std::scoped_lock guard(shared_->lock);
    shared_->is_ended = true;
    shared_->changed.notify_all();
}

bool Names::has_looked() const noexcept { return shared_->has_looked.load(std::memory_order_acquire); }

std::shared_ptr<const Addresses> Names::of(std::size_t server) const {
    const std::scoped_lock guard(shared_->lock);
    return shared_->addresses[server];
}

bool Names::has(std::size_t server, const Endpoint& endpoint) const {
    const auto addresses = of(server);
    return std::find(addresses->endpoints.begin(), addresses->endpoints.end(), endpoint) != addresses->endpoints.end();
}

std::uint64_t Names::changes() const noexcept { return shared_->changes.load(std::memory_order_acquire); }

}  // namespace sidecache::origin

// What is found where a name is looked up, as the test says it.
#pragma once

#include "proxy/origin/names.hpp"
#include "tests/unit/proxy/origin/scripted_server.hpp"
#include "tests/unit/proxy/runtime/loops.hpp"

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace sidecache::testing {

inline origin::Endpoint endpoint_of(const ScriptedServer& server) {
    const sockaddr_in at = server.address();
    return origin::Endpoint(&at, sizeof at);
}

// For one name: its look-ups follow each other.
class ScriptedNames {
public:
    explicit ScriptedNames(std::vector<origin::Endpoint> endpoints) { script_->endpoints = std::move(endpoints); }

    origin::LookUp look_up() const {
        return [script = script_](const origin::ServerAddress&) { return script->look_up(); };
    }
    // Returns when that is known; no endpoints: the look-up fails. False if nobody looks it up.
    [[nodiscard]] bool change(std::vector<origin::Endpoint> endpoints) {
        std::unique_lock guard(script_->lock);
        script_->endpoints = std::move(endpoints);
        // What the next look-up finds is known when the one after it begins.
        return script_->begun.wait_for(guard, patience, [&, enough = script_->count + 2] { return script_->count >= enough; });
    }

private:
    // Shared with the thread that looks up, which may live longer than the test.
    struct Script {
        std::mutex lock;
        std::condition_variable begun;
        std::size_t count = 0;
        std::vector<origin::Endpoint> endpoints;

        origin::Addresses look_up() {
            const std::scoped_lock guard(lock);
            ++count;
            begun.notify_all();
            origin::Addresses found;
            found.endpoints = endpoints;
            if (endpoints.empty()) found.error = http::ProxyError::dns_error;
            return found;
        }
    };
    std::shared_ptr<Script> script_ = std::make_shared<Script>();
};

}  // namespace sidecache::testing

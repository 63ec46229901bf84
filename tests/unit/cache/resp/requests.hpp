// Requests as a RequestReader finds them in octets.
#pragma once

#include "cache/resp/request_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::testing {

using Words = std::vector<std::string>;

inline Words arguments_of(const resp::RequestReader& reader) { return {reader.arguments().begin(), reader.arguments().end()}; }

// All requests in `octets`, and where they end.
struct Requests {
    std::vector<Words> requests{};
    std::string problem{};  // what ended them
    std::size_t size = 0;   // octets of the whole ones
    friend bool operator==(const Requests&, const Requests&) = default;
};

// As a connection takes them, where `octets` arrive in pieces that end at `cuts`. Each look is at another block of memory.
inline Requests requests_in(std::string_view octets, std::vector<std::size_t> cuts = {}, const resp::RequestLimits& limits = {}) {
    Requests found;
    resp::RequestReader reader;
    cuts.push_back(octets.size());
    for (const std::size_t cut : cuts) {
        for (;;) {
            const std::string unread(octets.substr(found.size, cut - found.size));
            const auto state = reader.look(unread, limits);
            if (state == resp::RequestReader::State::broken) {
                found.problem = reader.problem();
                return found;
            }
            if (state == resp::RequestReader::State::need_more) break;
            found.requests.push_back(arguments_of(reader));
            found.size += reader.size();
            reader.begin();
        }
    }
    return found;
}

}  // namespace sidecache::testing

// Talking to sessions of the query door, in lines as people type them.
#pragma once

#include "cache/resp/request_reader.hpp"
#include "proxy/query/session.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::testing {

// What sessions share, and what time it is.
struct Household {
    memory::Store store{{.size = 8'000'000}, 4};
    keyspace::Keyspace keyspace{store, 16, 1};
    query::Tally tally;
    memory::Reader reader{store.readers()};
    query::Options options;
    keyspace::Time now{std::chrono::seconds(1'700'000'000)};

    void sweep() {
        for (std::size_t step = 0; step < memory::Store::sweep_steps; ++step) store.sweep(now);
    }
};

class Talk {
public:
    explicit Talk(Household& household) : household_(household), session({household.keyspace, household.tally, household.reader, 0}, household.options, {7, "127.0.0.1:5000"}, out_) {}

    // The reply in the octets of the protocol, but a space for the end of each of its lines: "*2 $1 a :1".
    std::string say(std::string_view line) {
        resp::RequestReader reader;
        if (reader.look(std::string(line) + "\n", {}) != resp::RequestReader::State::request) return std::string(reader.problem());
        return say_words(reader.arguments());
    }
    std::string say_words(query::Arguments words) {
        out_.clear();
        session.run(words, household_.now);
        std::string reply;
        for (std::size_t at = 0; at < out_.size();) {
            const std::size_t end = out_.find("\r\n", at);
            if (at != 0) reply += ' ';
            reply.append(out_, at, end - at);
            at = end == std::string::npos ? end : end + 2;
        }
        return reply;
    }

private:
    Household& household_;
    std::string out_;

public:
    query::Session session;
};

}  // namespace sidecache::testing

// Feeds arbitrary octets to what reads requests of Redis' protocol, whole and in pieces: the requests are the same, and none is over a limit. Two sessions then run
// them with little memory: each request has one reply that a client can read, and what is counted is what is there. The first octets choose the cuts.
#include "cache/resp/reader.hpp"
#include "cache/resp/request_reader.hpp"
#include "proxy/query/session.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::query {
namespace {

void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "broken invariant: %s\n", what);
    std::abort();
}

using State = resp::RequestReader::State;
using Words = std::vector<std::string>;

constexpr resp::RequestLimits limits{.arguments = 16, .argument = 1'024, .request = 4'096};

struct Requests {
    std::vector<Words> requests;
    std::size_t size = 0;
    State last = State::need_more;
    bool operator==(const Requests&) const = default;
};

void check_limits(const resp::RequestReader& reader) {
    require(reader.arguments().size() <= limits.arguments, "no more arguments than the limit");
    for (const std::string_view argument : reader.arguments()) require(argument.size() <= limits.argument, "no argument is larger than the limit");
    require(reader.size() <= limits.request + 1, "no request is larger than the limit, but for the end of its line");
}

// Each look is at a block of its own size, so that reading past the end, or where it was before, is seen. `cut` tells the size of the next piece.
template <typename Cut>
Requests read(std::string_view octets, Cut&& cut) {
    Requests found;
    resp::RequestReader reader;
    std::size_t least = 0;  // where the request that is being read ends, at the earliest
    for (std::size_t here = 0; here < octets.size();) {
        here = std::min(octets.size(), here + std::max<std::size_t>(cut(), 1));
        for (;;) {
            const std::vector<char> unread(octets.begin() + static_cast<std::ptrdiff_t>(found.size), octets.begin() + static_cast<std::ptrdiff_t>(here));
            found.last = reader.look({unread.data(), unread.size()}, limits);
            if (found.last == State::broken) {
                require(!reader.problem().empty(), "what is broken is told");
                return found;
            }
            if (found.last == State::need_more) {
                require(reader.missing(unread.size()) >= 1, "something is missing");
                least = here + reader.missing(unread.size());
                break;
            }
            check_limits(reader);
            found.requests.emplace_back(reader.arguments().begin(), reader.arguments().end());
            found.size += reader.size();
            require(reader.size() >= 1 && found.size <= here, "a request is of what has come");
            require(found.size >= std::min(least, here), "no less was missing than was said");
            least = 0;
            reader.begin();
        }
    }
    return found;
}

class Door {
public:
    explicit Door(bool has_password) {
        options_.request = limits;
        options_.databases = 4;
        options_.transaction = 2'000;
        options_.reply = 4'000;
        options_.watches = 4;
        if (has_password) options_.password = "pw";
        for (std::size_t i = 0; i < 2; ++i) {
            sessions_[i] = std::make_unique<Session>(Session::House{keyspace_, tally_, reader_, i}, options_, Session::Peer{i, "unix"}, out_);
        }
    }

    // Sees to it that there is one reply to each.
    void run(const Words& words) {
        now_ += std::chrono::milliseconds(1);
        if (words.empty()) {  // the other one's turn
            turn_ ^= 1;
            for (std::size_t step = 0; step < memory::Store::sweep_steps; ++step) store_.sweep(now_);
        }
        if (sessions_[turn_]->is_over()) return;
        // What reads replies here knows RESP2 alone.
        if (words.size() > 1 && http::iequals(words[0], "hello") && words[1] == "3") return;
        const std::vector<std::string_view> arguments(words.begin(), words.end());
        out_.clear();
        sessions_[turn_]->run(arguments, now_);
        require(out_.size() <= 3 * options_.reply, "no reply is much larger than the limit");
        // With another one behind it, so that what is missing of the first, or too much, is seen.
        resp::Reader reader({});
        reader.feed(out_);
        reader.feed("+end\r\n");
        const bool has_reply = !words.empty() && !http::iequals(words[0], "post") && !http::iequals(words[0], "host:");
        require(!has_reply || reader.next(), "each request has a reply that can be read");
        const auto end = reader.next();
        require(end && end->kind == resp::Value::Kind::status && end->text == "end", "and only one");
        require(store_.stats().bytes <= budget, "memory is bounded");
    }

    void check() {
        std::int64_t standing = 0;
        for (std::size_t shard = 0; shard < store_.shards(); ++shard) {
            store_.look_through(shard, [](std::uint64_t) { return true; }, [&](const memory::Entry& entry) { standing += entry.is_ended() ? 0 : 1; });
        }
        require(standing == keyspace_.all_values(), "what is counted is what is there");
        for (std::size_t database = 0; database < keyspace_.databases(); ++database) check_walk(database);
    }

private:
    void check_walk(std::size_t database) {
        std::vector<std::string> names;
        std::uint64_t cursor = 0;
        do {
            cursor = keyspace_.scan(database, cursor, 3, now_, [&](const keyspace::Value& value) {
                require(value.text().size() <= limits.argument, "no value is larger than the limit");
                names.emplace_back(keyspace::Keyspace::name_of(value));
            });
        } while (cursor != 0);
        std::sort(names.begin(), names.end());
        require(std::adjacent_find(names.begin(), names.end()) == names.end(), "a walk shows each once");
        for (const std::string& name : names) require(keyspace_.find(database, name, now_) != nullptr, "and what is there");
        require(static_cast<std::int64_t>(names.size()) <= keyspace_.values(database), "and no more than are counted");
    }

    static constexpr std::size_t budget = 32 * 1024;
    memory::Store store_{{.size = budget}, 2};
    keyspace::Keyspace keyspace_{store_, 4, 2};
    memory::Reader reader_{store_.readers()};
    Tally tally_;
    Options options_;
    std::string out_;
    std::array<std::unique_ptr<Session>, 2> sessions_;
    std::size_t turn_ = 0;
    Time now_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace
}  // namespace sidecache::query

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace sidecache::query;
    if (size < 2) return 0;
    const std::string_view octets(reinterpret_cast<const char*>(data) + 2, size - 2);
    const Requests whole = read(octets, [&] { return octets.size(); });
    unsigned random = data[0] * 256U + data[1];
    const Requests cut = read(octets, [&] {
        random = random * 1'103'515'245U + 12'345U;
        return (random >> 16) % (1 + data[1] % 32U);
    });
    require(cut == whole, "cuts do not matter");
    Door door(data[0] % 4 == 0);
    for (const Words& words : whole.requests) door.run(words);
    door.check();
    return 0;
}

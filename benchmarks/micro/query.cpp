// Commands of the query door, from their octets to those of their replies (proxy/query, cache/keyspace), among a hundred thousand values.
#include "benchmarks/micro/measure.hpp"

#include "cache/resp/command.hpp"
#include "cache/resp/request_reader.hpp"
#include "proxy/query/session.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::micro {
namespace {

using namespace std::string_view_literals;

const keyspace::Time now = std::chrono::system_clock::now();

std::string request(std::initializer_list<std::string_view> arguments) {
    std::string out;
    resp::append_command(out, arguments);
    return out;
}

// As Django names them.
std::string key_of(std::size_t number) { return ":1:views.decorators.cache.cache_page.records." + std::to_string(number); }

// A client of a door whose keyspace is full of values of 1 KiB, and the requests that it sends one after the other.
class Client {
public:
    static constexpr std::size_t values = 100'000;

    Client() : store_({.size = std::size_t{512} << 20}), keyspace_(store_, 16, 2), session_({keyspace_, tally_, looker_, 0}, options_, {1, "unix"}, out_) {
        for (std::size_t i = 0; i < values; ++i) keyspace_.set(0, key_of(i), std::string(1'024, 'x'), keyspace::never);
        order_.resize(values);
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::shuffle(order_.begin(), order_.end(), std::minstd_rand(1));
    }

    const std::vector<std::size_t>& order() const noexcept { return order_; }
    std::uint64_t hits() const noexcept { return tally_.hits.value(); }
    std::uint64_t misses() const noexcept { return tally_.misses.value(); }
    std::uint64_t errors() const noexcept { return tally_.errors.value(); }

    // All that is in `octets`; the replies.
    std::string_view send(std::string_view octets) {
        out_.clear();
        while (reader_.look(octets, options_.request) == resp::RequestReader::State::request) {
            session_.run(reader_.arguments(), now);
            octets.remove_prefix(reader_.size());
            reader_.begin();
        }
        return out_;
    }

private:
    memory::Store store_;
    keyspace::Keyspace keyspace_;
    query::Tally tally_;
    memory::Reader looker_{store_.readers()};
    query::Options options_;
    std::string out_;
    query::Session session_;
    resp::RequestReader reader_;
    std::vector<std::size_t> order_;
};

Client& client() {
    static Client made;
    return made;
}

// So many values in turn, of each `at_once` asked for in one read.
void get(benchmark::State& state, std::size_t among, std::size_t at_once) {
    std::vector<std::string> requests(among / at_once);
    for (std::size_t i = 0; i < requests.size() * at_once; ++i) requests[i / at_once] += request({"GET", key_of(client().order()[i])});
    client().send(requests[0]);
    std::size_t next = 0;
    const std::uint64_t before = client().misses();
    measure(state, [&] {
        const std::string_view replies = client().send(requests[next]);
        if (++next == requests.size()) next = 0;
        return replies.data();
    });
    insist(state, client().misses() == before, "not all was found");
}
BENCHMARK_CAPTURE(get, hot, 16, 1)->Name("query/get/hot");
BENCHMARK_CAPTURE(get, all, Client::values, 1)->Name("query/get/cold");
BENCHMARK_CAPTURE(get, pipeline, 160, 16)->Name("query/get/16_at_once");

void missing(benchmark::State& state) {
    const std::string asked = request({"GET", "nothing"});
    const std::uint64_t before = client().hits();
    measure(state, [&] { return client().send(asked).data(); });
    insist(state, client().hits() == before, "something was found");
}
BENCHMARK(missing)->Name("query/get/missing");

void many(benchmark::State& state) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < 16; ++i) keys.push_back(key_of(client().order()[i]));
    std::vector<std::string_view> arguments{"MGET"};
    arguments.insert(arguments.end(), keys.begin(), keys.end());
    std::string asked;
    resp::append_command(asked, arguments);
    const std::uint64_t before = client().misses();
    measure(state, [&] { return client().send(asked).data(); });
    insist(state, client().misses() == before, "not all was found");
}
BENCHMARK(many)->Name("query/get/mget_16");

void set(benchmark::State& state, std::string_view option) {
    std::vector<std::string> requests;
    const std::string value(1'024, 'y');
    for (std::size_t i = 0; i < 16; ++i) {
        const std::string key = key_of(client().order()[i]);
        requests.push_back(option.empty() ? request({"SET", key, value}) : request({"SET", key, value, option, "300"}));
    }
    std::size_t next = 0;
    bool is_good = true;
    measure(state, [&] {
        is_good &= client().send(requests[next]) == "+OK\r\n";
        next = (next + 1) % requests.size();
        return is_good;
    });
    insist(state, is_good, "not all was set");
}
BENCHMARK_CAPTURE(set, forever, "")->Name("query/set");
BENCHMARK_CAPTURE(set, for_a_while, "EX")->Name("query/set/ex");

void incr(benchmark::State& state) {
    const std::string asked = request({"INCR", "counter"});
    const std::uint64_t before = client().errors();
    measure(state, [&] { return client().send(asked).data(); });
    insist(state, client().errors() == before, "an error was answered");
}
BENCHMARK(incr)->Name("query/incr");

}  // namespace
}  // namespace sidecache::micro

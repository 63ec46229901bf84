// Finding what is stored (cache/memory), among a thousand entries and among a million.
#include "benchmarks/micro/entries.hpp"
#include "benchmarks/micro/measure.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <random>
#include <vector>

namespace sidecache::micro {
namespace {

// A store, and the keys of all that is in it one behind the other in the order in which they are asked for, as requests bring theirs: what is cold is the store's.
class Stocked {
public:
    explicit Stocked(std::size_t entries) : store_({.size = entries * (bytes_each + memory::index_overhead)}) {
        for (std::size_t i = 0; i < entries; ++i) store_.put(make_item(key_of_patient(i), bytes_each));
        std::vector<std::size_t> order(entries);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::shuffle(order.begin(), order.end(), std::minstd_rand(1));
        texts_.reserve(entries * 64);
        asked_.reserve(entries);
        for (const std::size_t i : order) {
            const std::string key = key_of_patient(i);
            asked_.push_back({policy::hash_key(key), texts_.size(), key.size()});
            texts_ += key;
        }
    }

    std::size_t size() const noexcept { return asked_.size(); }
    const memory::Entry* find(const memory::Reader::Look& look, std::size_t i) const {
        const Asked& asked = asked_[i];
        return store_.find(look, asked.hash, std::string_view(texts_).substr(asked.begin, asked.size));
    }
    memory::Store& store() noexcept { return store_; }

    // Where the next run goes on, so that it finds nothing in a CPU's cache which the last one left there.
    std::size_t take(std::size_t turns) noexcept { return turn_.fetch_add(turns) % size(); }

private:
    static constexpr std::size_t bytes_each = 1024;
    struct Asked {
        policy::Hash128 hash;
        std::size_t begin;
        std::size_t size;
    };
    memory::Store store_;
    std::string texts_;
    std::vector<Asked> asked_;
    std::atomic<std::size_t> turn_{0};
};

// Made when they are first asked for, and kept: a million takes a second.
Stocked& thousand() {
    static Stocked stocked(1'000);
    return stocked;
}
Stocked& million() {
    static Stocked stocked(1'000'000);
    return stocked;
}

// The first `among` of those stored in turn; 0: all of them, so that of a million none is in a CPU's cache when its turn comes.
void find(benchmark::State& state, Stocked& (*get)(), std::size_t among) {
    Stocked& stocked = get();
    if (among == 0) among = stocked.size();
    std::size_t i = stocked.take(static_cast<std::size_t>(state.max_iterations)) % among;
    std::size_t found = 0;
    memory::Reader reader(stocked.store().readers());
    {
        const Allocations counted(state);
        for (auto _ : state) {
            const memory::Reader::Look look(reader);
            const memory::Entry* entry = stocked.find(look, i);
            if (++i == among) i = 0;
            benchmark::DoNotOptimize(entry);
            found += entry != nullptr;
        }
    }
    insist(state, found == static_cast<std::size_t>(state.iterations()), "not all was found");
}
BENCHMARK_CAPTURE(find, thousand_hot, thousand, 16)->Name("lookup/1k/hot");
BENCHMARK_CAPTURE(find, thousand_all, thousand, 0)->Name("lookup/1k/cold");
BENCHMARK_CAPTURE(find, million_hot, million, 16)->Name("lookup/1M/hot");
BENCHMARK_CAPTURE(find, million_all, million, 0)->Name("lookup/1M/cold");
BENCHMARK_CAPTURE(find, million_threads, million, 0)->Name("lookup/1M/cold")->Threads(2);
// Everybody asks for one page: nobody writes anything that the others read.
BENCHMARK_CAPTURE(find, one, thousand, 1)->Name("lookup/one")->Threads(1)->Threads(2);

void missing(benchmark::State& state) {
    Stocked& stocked = million();
    std::vector<policy::Hash128> hashes;
    const std::string key = key_of_patient(stocked.size());
    for (std::size_t i = 0; i < 65'536; ++i) hashes.push_back(policy::hash_key(key_of_patient(stocked.size() + i)));
    std::size_t next = 0;
    bool is_found = false;
    memory::Reader reader(stocked.store().readers());
    measure(state, [&] {
        const memory::Reader::Look look(reader);
        const memory::Entry* entry = stocked.store().find(look, hashes[next], key);
        next = (next + 1) % hashes.size();
        is_found |= entry != nullptr;
        return entry;
    });
    insist(state, !is_found, "something was found that is not there");
}
BENCHMARK(missing)->Name("lookup/1M/missing");

}  // namespace
}  // namespace sidecache::micro

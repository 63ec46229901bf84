// Storing in a full store (cache/memory): each newcomer costs somebody's place.
#include "benchmarks/micro/entries.hpp"
#include "benchmarks/micro/measure.hpp"

#include <vector>

namespace sidecache::micro {
namespace {

constexpr std::size_t stored = 16'384;
constexpr std::size_t bytes_each = 1024 - memory::index_overhead;
constexpr std::size_t budget = stored * 1024;

// Four times what the store holds, put in turn: who comes again has been evicted, and been forgotten as a ghost. All are made before, since what an entry's own
// memory costs is not the store's.
std::vector<memory::EntryPtr> make_newcomers() {
    std::vector<memory::EntryPtr> newcomers;
    for (std::size_t i = 0; i < 4 * stored; ++i) newcomers.push_back(make_item(key_of_patient(i), bytes_each));
    return newcomers;
}

class Full {
public:
    Full() {
        for (std::size_t i = 0; i < 3 * stored; ++i) put_next();
    }
    bool put_next() {
        const bool is_put = store_.put(newcomers_[next_]);
        next_ = (next_ + 1) % newcomers_.size();
        return is_put;
    }
    // The one put so many turns ago.
    memory::EntryPtr find_put(std::size_t turns_ago) {
        const memory::EntryPtr& entry = newcomers_[(next_ + newcomers_.size() - turns_ago) % newcomers_.size()];
        return store_.find(policy::hash_key(entry->key()), entry->key());
    }
    memory::Store& store() noexcept { return store_; }

private:
    const std::vector<memory::EntryPtr> newcomers_ = make_newcomers();
    memory::Store store_{{.size = budget}};
    std::size_t next_ = 0;
};

// Nobody asks for anything twice: newcomers leave by the small queue.
void put(benchmark::State& state) {
    Full full;
    bool is_put = true;
    const std::uint64_t before = full.store().stats().evictions;
    measure(state, [&] { return is_put &= full.put_next(); });
    insist(state, is_put && full.store().stats().evictions == before + static_cast<std::uint64_t>(state.iterations()) + 1, "not each newcomer evicted one");
}
BENCHMARK(put)->Name("eviction/put");

// Each is asked for once soon after it came, so that it moves to the main queue and leaves by it: a find, a put, and what the put has to move.
void put_asked(benchmark::State& state) {
    Full full;
    bool is_found = true;
    measure(state, [&] {
        full.put_next();
        is_found &= full.find_put(100) != nullptr;
        return is_found;
    });
    insist(state, is_found, "what came last was not found");
}
BENCHMARK(put_asked)->Name("eviction/put_and_asked");

// One of a mebibyte takes the place of 1024 others, of each shard in turn: its worker does nothing else meanwhile. They come back while no time is taken.
void put_large(benchmark::State& state) {
    constexpr std::size_t displaced = 1024;
    Full full;
    const memory::EntryPtr large = make_item("GET\nrecords\nrecords.example\n/api/report/", displaced * 1024 - memory::index_overhead);
    const std::uint64_t before = full.store().stats().evictions;
    bool is_put = true;
    {
        const Allocations counted(state);
        for (auto _ : state) {
            is_put &= full.store().put(large);
            benchmark::DoNotOptimize(is_put);
            state.PauseTiming();
            full.store().erase(*large);
            for (std::size_t i = 0; i < displaced; ++i) is_put &= full.put_next();
            state.ResumeTiming();
        }
    }
    insist(state, is_put && full.store().stats().evictions == before + displaced * static_cast<std::uint64_t>(state.iterations()), "it displaced another number");
}
BENCHMARK(put_large)->Name("eviction/put_large");

}  // namespace
}  // namespace sidecache::micro

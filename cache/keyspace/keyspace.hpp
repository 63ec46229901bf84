// Numbered databases of keys and values, in the memory tier: what the query door answers from. Bounded with all else there: what is worth least
// is evicted, as in a Redis with maxmemory-policy allkeys-*.
#pragma once

#include "cache/keyspace/gate.hpp"
#include "cache/keyspace/value.hpp"
#include "cache/keyspace/watches.hpp"
#include "cache/memory/store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::keyspace {

class Keyspace {
public:
    Keyspace(memory::Store& store, std::size_t databases, std::size_t workers);

    Gate& gate() noexcept { return gate_; }
    std::size_t databases() const noexcept { return generations_.size(); }

    memory::Stats memory() const { return store_.stats(); }  // of all that is in the store

    // Of all databases. Any thread, without a pass: it takes one.
    std::int64_t all_values();

    // The rest only with a pass of the gate: of one key beside others, else alone. `database` is below `databases`.
    ValuePtr find(std::size_t database, std::string_view key, Time now) const;
    // The same without a lock of the store: it stays as long as the look lasts.
    const Value* find(const memory::Reader::Look& look, std::size_t database, std::string_view key, Time now) const;
    memory::Readers& readers() const noexcept { return store_.readers(); }
    // False: there is no room, and what stood there stays.
    bool set(std::size_t database, std::string_view key, std::string_view text, Time expires);
    bool erase(std::size_t database, std::string_view key, Time now);  // false: there was none
    // A key's name, of a value of this keyspace.
    static std::string_view name_of(const Value& value) noexcept { return value.key().substr(prefix); }

    void flush(std::size_t database);                   // alone; in no time, however much it holds: the sweep takes it away
    void swap(std::size_t one, std::size_t other, Time now);  // alone

    // For who wants to know whether a key is changed from now on, until that goes, which needs no pass. What goes of itself (expired, evicted, flushed) is
    // not said: whoever watches looks whether it is there still.
    Watches::Watch watch(std::size_t database, std::string_view key) { return {watches_, database, key}; }

    std::int64_t values(std::size_t database) const noexcept { return generation(database).values(); }
    std::int64_t expiring(std::size_t database) const noexcept { return generation(database).expiring(); }

    // Goes on with a walk through a database from `cursor`, 0 at first, until about `count` values were shown or some ten thousand looked at; the cursor to go
    // on from, 0 at the end. What is there from the first call to the last is shown once, what came or went meanwhile once or not at all.
    // `show` is called while a lock is held: it must not come back here.
    std::uint64_t scan(std::size_t database, std::uint64_t cursor, std::size_t count, Time now, const std::function<void(const Value&)>& show) const;

private:
    static constexpr std::size_t prefix = 1 + sizeof(std::uint64_t);  // octets before the name in a key's text

    // The text of a key, and its hash.
    class KeyText {
    public:
        KeyText(std::uint64_t generation, std::string_view key);
        std::string_view view() const noexcept { return {large_.empty() ? small_.data() : large_.data(), size_}; }
        policy::Hash128 hash() const noexcept { return hash_; }

    private:
        std::array<char, 256> small_;
        std::string large_;
        const std::size_t size_;
        policy::Hash128 hash_;
    };

    const Generation& generation(std::size_t database) const noexcept { return *generations_[database]; }
    GenerationPtr next_generation() { return GenerationPtr(new Generation(++last_)); }

    memory::Store& store_;
    Watches watches_;
    Gate gate_;
    const std::size_t looker_on_;  // the lock of who is no worker
    std::uint64_t last_ = 0;       // number of a generation
    std::vector<GenerationPtr> generations_;
};

}  // namespace sidecache::keyspace

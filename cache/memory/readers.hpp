// Those who look into the store without a lock (epoch-based reclamation: Fraser, "Practical lock-freedom", 2004, §5.2.3). What is taken out is kept until nobody can
// still be looking at it: each reader says in a cache line of its own when it began, and writes nothing else.
#pragma once

#include "cache/memory/entry.hpp"

#include <boost/container/small_vector.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace sidecache::memory {

// What was taken out of the store, and nobody who begins to look now can find.
struct Removed {
    boost::container::small_vector<EntryPtr, 3> entries;  // a put replaces one, or evicts a few
    std::vector<std::shared_ptr<const void>> tables;      // of an index
    bool empty() const noexcept { return entries.empty() && tables.empty(); }
    // For one more entry: what is out of the index has an owner from then on, whatever fails.
    void make_room() {
        if (entries.size() == entries.capacity()) entries.reserve(2 * entries.capacity());
    }
};

class Readers {
public:
    Readers() = default;
    ~Readers();
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;

    // Released once all have ended who began before. Any thread that holds no lock of the store.
    void retire(Removed removed);

    // Releases what nobody can be looking at any more. Retiring does it too; this is for when nothing is retired for long.
    void release() { retire({}); }

    std::size_t retired() const;  // entries that are not released yet

private:
    friend class Reader;
    // A cache line each: saying when one began slows no other. They stay until all of this goes, so that who retires needs no lock to ask them.
    struct alignas(64) Seat {
        std::atomic<std::uint64_t> since{0};  // 0: it looks at nothing
        std::atomic<bool> is_taken{true};
        Seat* next = nullptr;
    };
    struct Retired {
        std::uint64_t at;
        Removed removed;
    };

    Seat& take_seat();
    std::uint64_t oldest() const noexcept;  // who began first, of those who look now

    // What looks read stands apart from what retiring writes.
    alignas(64) std::atomic<std::uint64_t> clock_{1};
    std::atomic<Seat*> seats_{nullptr};
    alignas(64) std::atomic<bool> has_retired_{false};
    mutable std::mutex lock_;
    std::deque<Retired> retired_;  // the oldest first
};

// One who looks; used by one thread at a time.
class Reader {
public:
    explicit Reader(Readers& readers) : readers_(readers), seat_(readers.take_seat()) {}
    ~Reader() { seat_.is_taken.store(false, std::memory_order_release); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // As long as it lasts, what is found stays. Short, and never across a wait: meanwhile nothing that is taken out gives its memory back. May be nested.
    class Look {
    public:
        explicit Look(Reader& reader) noexcept : reader_(reader) {
            // Before any look at the store, in the one order of all sequentially consistent operations: who retires either sees this, or is seen.
            if (reader_.depth_++ == 0) reader_.seat_.since.store(reader_.readers_.clock_.load(std::memory_order_acquire), std::memory_order_seq_cst);
        }
        ~Look() {
            if (--reader_.depth_ == 0) reader_.seat_.since.store(0, std::memory_order_release);
        }
        Look(const Look&) = delete;
        Look& operator=(const Look&) = delete;

    private:
        Reader& reader_;
    };

private:
    Readers& readers_;
    Readers::Seat& seat_;
    unsigned depth_ = 0;
};

}  // namespace sidecache::memory

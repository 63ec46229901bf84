// Where a shard's entries are found: a table of words with open addressing. Who looks takes no lock and writes nothing (it is one of `Readers`, or holds the shard's
// lock); who changes it holds the lock.
#pragma once

#include "cache/memory/entry.hpp"
#include "cache/memory/readers.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace sidecache::memory {

// It costs about this much beside each entry's own charge: a word for each of its slots, of which between 3 and 7 in 8 are taken.
inline constexpr std::size_t index_overhead = 14;

class Index {
public:
    Index();
    ~Index();
    Index(const Index&) = delete;
    Index& operator=(const Index&) = delete;

    // The hash is no cryptographic one: an attacker may find two keys in one place, so the texts decide.
    Entry* find(Place place, std::string_view key) const noexcept;
    Entry* find(Place place) const noexcept;  // whatever stands there first

    // Of one whose key is not there. What it outgrew is to be retired.
    void insert(Entry& entry, Removed& removed);
    // Both have one key; gives back what stood there.
    EntryPtr replace(const Entry& present, Entry& entry) noexcept;
    EntryPtr erase(const Entry& entry) noexcept;

    std::size_t size() const noexcept { return size_; }

    // Calls `each(entry)` for those of whose places the upper 16 bits `wants`, which are known without a look at the entry.
    template <typename Wants, typename Each>
    void for_each(Wants&& wants, Each&& each) const {
        const Table& table = *table_.load(std::memory_order_relaxed);
        for (std::size_t i = 0; i <= table.mask; ++i) {
            const Word word = table.words[i].load(std::memory_order_relaxed);
            if (is_entry(word) && wants(static_cast<std::uint16_t>(word >> pointer_bits))) each(std::as_const(*entry_of(word)));
        }
    }

private:
    // An entry's address, and above it the upper 16 bits of its place: most others are told from it without a look at them.
    using Word = std::uint64_t;
    static constexpr unsigned pointer_bits = 48;  // of x86-64 and AArch64, unless a program asks for more
    static constexpr Word pointer_mask = (Word{1} << pointer_bits) - 1;
    static constexpr Word empty = 0;
    static constexpr Word erased = 1;  // an entry was here: the search goes on behind it
    static bool is_entry(Word word) noexcept { return (word & pointer_mask) > erased; }
    static Entry* entry_of(Word word) noexcept { return reinterpret_cast<Entry*>(word & pointer_mask); }
    static Word word_of(const Entry& entry) noexcept;

    struct Table {
        explicit Table(std::size_t slots) : mask(slots - 1), words(std::make_unique<std::atomic<Word>[]>(slots)) {}
        const std::size_t mask;
        const std::unique_ptr<std::atomic<Word>[]> words;
    };

    struct Found {
        std::atomic<Word>* word = nullptr;
        Entry* entry = nullptr;
    };
    // The words are read and written in the one order of all sequentially consistent operations, as Readers asks. (A load costs nothing more for it.)
    template <typename IsIt>
    Found search(std::uint32_t slot, IsIt&& is_it) const noexcept;
    std::atomic<Word>& word_for(const Entry& entry) const noexcept;
    void rebuild(std::size_t slots, Removed& removed);

    std::shared_ptr<Table> owned_;
    std::atomic<const Table*> table_;
    std::size_t size_ = 0;
    std::size_t used_ = 0;  // slots that are not empty
};

}  // namespace sidecache::memory

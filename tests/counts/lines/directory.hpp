// Which thread's cache has which line: caches without end, one for each thread, kept coherent as MESI keeps them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lines {

enum class Access : std::uint8_t { read, write };

// What somebody who asks "why?" is told of an access.
using Mark = std::uint16_t;

// A line passes between caches where a thread reads what another one wrote last, or writes what another one has.
// It has room for so many lines: another one is not followed, and told of by `left_out`. The caller takes care that threads come one at a time.
template <std::size_t capacity>
class Directory {
public:
    static constexpr unsigned most_threads = 8;

    struct Passed {
        bool is_so = false;
        Mark from = 0;  // of the access by which the other thread came to have it
    };

    // Whether an access would find the line in its own cache, and leave everything as it is.
    bool has(unsigned thread, std::uintptr_t line, Access access) const noexcept {
        const Entry& entry = entries_[place_of(line)];
        if (entry.line != line) return false;
        return access == Access::read ? (entry.holders & bit(thread)) != 0 : entry.holders == bit(thread) && entry.writer == thread + 1;
    }

    Passed touch(unsigned thread, std::uintptr_t line, Access access, Mark mark) noexcept {
        if (has(thread, line, access)) return {};
        Entry* const entry = enter(line);
        if (entry == nullptr) return {};
        const unsigned others = entry->holders & ~bit(thread);
        const Passed passed{others != 0 && (access == Access::write || entry->writer != 0), entry->mark};
        if (access == Access::write) {
            entry->holders = bit(thread);
            entry->writer = static_cast<std::uint8_t>(thread + 1);
        } else {
            entry->holders |= bit(thread);
        }
        entry->mark = mark;
        return passed;
    }

    std::uint64_t left_out() const noexcept { return left_out_; }

private:
    static constexpr std::size_t most_lines = capacity - capacity / 4;  // so that a free place is found soon

    struct Entry {
        std::uintptr_t line = 0;  // 0: free; nobody has a variable there
        Mark mark = 0;
        std::uint8_t holders = 0;  // a bit for each thread
        std::uint8_t writer = 0;   // from 1; 0: nobody
    };

    static constexpr std::uint8_t bit(unsigned thread) noexcept { return static_cast<std::uint8_t>(1U << thread); }

    // Where the line stands, or would.
    std::size_t place_of(std::uintptr_t line) const noexcept {
        std::size_t place = (line * 0x9e3779b97f4a7c15U >> 20) % capacity;
        while (entries_[place].line != 0 && entries_[place].line != line) place = (place + 1) % capacity;
        return place;
    }

    Entry* enter(std::uintptr_t line) noexcept {
        Entry& entry = entries_[place_of(line)];
        if (entry.line == 0) {
            if (lines_ == most_lines) {
                ++left_out_;
                return nullptr;
            }
            ++lines_;
            entry.line = line;
        }
        return &entry;
    }

    std::array<Entry, capacity> entries_{};
    std::size_t lines_ = 0;
    std::uint64_t left_out_ = 0;
};

}  // namespace lines

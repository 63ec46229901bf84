// The fills under way, by key: who comes first leads, who comes later follows.
#pragma once

#include "cache/fill/fill.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <mutex>
#include <optional>
#include <utility>

namespace sidecache::fill {

class FillTable;

// The right and the duty to lead a fill: one that goes without an answer fails the fill, so that nobody waits in vain.
class Lead {
public:
    Lead() = default;
    Lead(FillTable& table, FillPtr fill) : table_(&table), fill_(std::move(fill)) {}
    Lead(Lead&& other) noexcept : table_(other.table_), fill_(std::move(other.fill_)) {}
    Lead& operator=(Lead&& other) noexcept {
        std::swap(table_, other.table_);
        std::swap(fill_, other.fill_);
        return *this;
    }
    ~Lead();

    explicit operator bool() const noexcept { return fill_ != nullptr; }
    Fill& operator*() const noexcept { return *fill_; }
    Fill* operator->() const noexcept { return fill_.get(); }
    const FillPtr& fill() const noexcept { return fill_; }

    // Takes the fill out of the table: later requests find another way. Whoever follows goes on reading.
    void retire();

private:
    FillTable* table_ = nullptr;
    FillPtr fill_;
};

class FillTable {
public:
    struct Joined {
        FillPtr fill;
        Lead lead;  // set for the one who leads
    };
    // Finds the fill of this key, or starts one from `make_start()` (called under a lock: it must not wait). If that returns nullopt, none is
    // started and neither member is set.
    template <typename MakeStart>
    Joined join(policy::Hash128 hash, std::string_view key, MakeStart&& make_start) {
        Part& part = part_of(hash);
        const std::scoped_lock guard(part.lock);
        const auto present = part.fills.find(hash);
        if (present != part.fills.end() && present->second->start().key == key) return {present->second, {}};
        std::optional<Fill::Start> start = make_start();
        if (!start) return {};
        const FillPtr fill(new Fill(std::move(*start)));
        // Two keys with one hash: the later one replaces the earlier in the table, whose fill goes on unlisted.
        part.fills.insert_or_assign(hash, fill);
        return {fill, Lead(*this, fill)};
    }

    // A fill that nobody else finds.
    Joined start_alone(Fill::Start start) {
        const FillPtr fill(new Fill(std::move(start)));
        return {fill, Lead(*this, fill)};
    }

    // The key gets a new leader with the next `join`; the fill itself goes on for those who share it.
    void detach(const Fill& fill);

private:
    struct Part {
        std::mutex lock;
        boost::unordered_flat_map<policy::Hash128, FillPtr, policy::Hash128Hasher> fills;
    };
    static constexpr std::size_t part_count = 64;
    Part& part_of(policy::Hash128 hash) noexcept { return parts_[hash.high % part_count]; }

    std::array<Part, part_count> parts_;
};

}  // namespace sidecache::fill

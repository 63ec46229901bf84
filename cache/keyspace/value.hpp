// A value under a key of a database, as the memory tier holds it beside stored responses: immutable; who changes it puts another in its place.
#pragma once

#include "cache/memory/entry.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace sidecache::keyspace {

using memory::Time;
inline constexpr Time never = Time::max();

// What a database holds between two flushes. Its number is in the text of each key: a flush ends all of it by going on to another.
class Generation : public boost::intrusive_ref_counter<Generation, boost::thread_safe_counter> {
public:
    explicit Generation(std::uint64_t number) : number_(number) {}

    std::uint64_t number() const noexcept { return number_; }
    void end() noexcept { has_ended_.store(true, std::memory_order_relaxed); }
    bool has_ended() const noexcept { return has_ended_.load(std::memory_order_relaxed); }

    // Also those that have expired and were not swept yet, as Redis counts them.
    std::int64_t values() const noexcept { return values_.load(std::memory_order_relaxed); }
    std::int64_t expiring() const noexcept { return expiring_.load(std::memory_order_relaxed); }
    void count(std::int64_t values, bool is_expiring) noexcept {
        values_.fetch_add(values, std::memory_order_relaxed);
        if (is_expiring) expiring_.fetch_add(values, std::memory_order_relaxed);
    }

private:
    const std::uint64_t number_;
    std::atomic<bool> has_ended_{false};
    std::atomic<std::int64_t> values_{0};
    std::atomic<std::int64_t> expiring_{0};
};

using GenerationPtr = boost::intrusive_ptr<Generation>;

// Its text stands behind its key.
class Value final : public memory::Entry {
public:
    static boost::intrusive_ptr<Value> make(policy::Hash128 hash, std::string_view key_text, std::string_view text, Time expires, GenerationPtr generation) {
        return new (Behind{key_text.size() + text.size()}) Value(hash, key_text, text, expires, std::move(generation));
    }

    std::string_view text() const noexcept { return {block() + key_end(), size_}; }
    Time expires() const noexcept { return kept_until(); }
    bool is_expiring() const noexcept { return kept_until() != never; }

    void came() noexcept override { generation_->count(1, is_expiring()); }
    void went() noexcept override { generation_->count(-1, is_expiring()); }
    bool is_ended() const noexcept override { return generation_->has_ended(); }
    std::size_t charge() const noexcept override { return key_end() + size_ + memory::block_overhead; }

private:
    Value(policy::Hash128 hash, std::string_view key_text, std::string_view text, Time expires, GenerationPtr generation) noexcept
        : Entry(hash, key_text, expires, sizeof(Value), true), size_(static_cast<std::uint32_t>(text.size())), generation_(std::move(generation)) {
        text.copy(block() + key_end(), text.size());
    }

    const std::uint32_t size_;
    const GenerationPtr generation_;
};

using ValuePtr = boost::intrusive_ptr<const Value>;

}  // namespace sidecache::keyspace

// The store of the proxy itself, asked as its pipeline asks it: found on a request, put on a miss.
#pragma once

#include "benchmarks/hit_ratio/policy.hpp"

#include "cache/memory/store.hpp"

#include <string>
#include <string_view>

namespace hit_ratio {

// Safe under many threads, as the store is.
class SidecacheStore final : public Policy {
public:
    // `salt` goes into every key, so that each run has other hashes, and with them other shards.
    explicit SidecacheStore(Bytes budget, unsigned salt = 0) : Policy(budget), salt_(std::to_string(salt) + "/"), store_({.size = budget}) {}

    bool find(Key key) override {
        const std::string text = text_of(key);
        return store_.find(sidecache::policy::hash_key(text), text) != nullptr;
    }

    // `bytes` with what the store counts for its index, so at least sidecache::memory::index_overhead.
    void put(Key key, Bytes bytes) override {
        const std::string text = text_of(key);
        const auto hash = sidecache::policy::hash_key(text);
        if (store_.admit(hash, bytes)) store_.put(sidecache::memory::make_entry<Object>(hash, text, bytes - sidecache::memory::index_overhead));
    }

    Bytes held() const override { return store_.stats().bytes; }

private:
    class Object final : public sidecache::memory::Entry {
    public:
        Object(sidecache::memory::Room, sidecache::policy::Hash128 hash, std::string_view key, Bytes charge)
            : Entry(hash, key, sidecache::memory::Time::max(), sizeof(Object)), charge_(charge) {}
        std::size_t charge() const noexcept override { return charge_; }

    private:
        const Bytes charge_;
    };

    std::string text_of(Key key) const { return salt_ + std::to_string(key); }

    const std::string salt_;
    sidecache::memory::Store store_;
};

}  // namespace hit_ratio

// What the memory tier holds: immutable, counted, with a key and a size. It knows neither HTTP nor RESP.
#pragma once

#include "cache/policy/key.hpp"

#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sidecache::memory {

class Entry : public boost::intrusive_ref_counter<Entry, boost::thread_safe_counter> {
public:
    Entry(policy::Hash128 hash, std::string key) : hash_(hash), key_(std::move(key)) {}
    virtual ~Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    policy::Hash128 hash() const noexcept { return hash_; }
    std::string_view key() const noexcept { return key_; }

    // Bytes that this entry keeps alive, itself included. Must not change while it is in the store.
    virtual std::size_t charge() const noexcept = 0;

protected:
    std::size_t key_bytes() const noexcept { return key_.capacity(); }

private:
    friend class Shard;
    const policy::Hash128 hash_;
    const std::string key_;

    // The store's own notes (S3-FIFO): guarded by the shard's lock, but for the count of recent hits.
    boost::intrusive::list_member_hook<> queue_hook_;
    std::size_t charged_ = 0;
    bool is_in_main_ = false;
    std::atomic<std::uint8_t> recent_hits_{0};
};

using EntryPtr = boost::intrusive_ptr<Entry>;

}  // namespace sidecache::memory

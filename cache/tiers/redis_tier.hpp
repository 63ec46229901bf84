// Responses and marks in Redis, for all nodes of a fleet: read by each worker on a connection of its own, written by one thread behind them, so that nobody waits for it.
// Whatever goes wrong there is a miss: Redis decides nothing (CONSISTENCY 1.3, Redis tier).
#pragma once

#include "cache/fill/stored_response.hpp"
#include "cache/forms/stored_form.hpp"
#include "cache/redis/pool.hpp"
#include "cache/seal/seal_keys.hpp"
#include "cache/tiers/lease.hpp"
#include "proxy/runtime/event.hpp"
#include "proxy/runtime/loop.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sidecache::tiers {

struct TierOptions {
    std::string prefix = "sidecache:";
    redis::PipeOptions pipe{};
    std::shared_ptr<const seal::SealKeys> keys;          // null: in clear
    forms::Compression compression{};
    std::size_t max_object = std::size_t{1} << 20;       // octets of content; larger ones are not written
    std::size_t queue = 1'024;                           // responses that wait to be written; over it they are not
    std::size_t queue_size = std::size_t{32} << 20;      // octets of content of these
};

// Counted facts, by any thread; read at scrape.
struct TierCounts {
    std::atomic<std::uint64_t> hits{0};                                // answered out of it
    std::atomic<std::uint64_t> validators{0};                          // found, not to be reused as they are: the origin was asked whether they still hold
    std::atomic<std::uint64_t> outdated{0};                            // found, and of no use
    std::atomic<std::uint64_t> misses{0};                              // nothing there
    std::atomic<std::uint64_t> failures{0};                            // Redis did not answer in time, or at all
    std::array<std::atomic<std::uint64_t>, forms::refusal_count> refused{};   // what was there is nothing of ours
    std::atomic<std::uint64_t> unsealed{0};                            // or not sealed as it has to be
    std::atomic<std::uint64_t> leases_taken{0};
    std::atomic<std::uint64_t> leases_awaited{0};                      // of another node, which has stored what was asked for
    std::atomic<std::uint64_t> leases_in_vain{0};                      // which has not, in time
    std::atomic<std::uint64_t> written{0};
    std::atomic<std::uint64_t> write_failures{0};
    std::atomic<std::uint64_t> too_large{0};
    std::atomic<std::uint64_t> dropped{0};                             // over the limits of the queue
};

// What a key text is called in Redis: with keys one name for each of them, the first to write under.
std::vector<std::string> tier_names(const TierOptions& options, std::string_view key);

class TierReader {
public:
    TierReader(runtime::Loop& loop, const TierOptions& options, TierCounts& counts) : options_(options), counts_(counts), pool_(loop, options.pipe) {}

    // The forms that stand under these keys, parallel to them; empty: nothing, or nothing that can be opened. nullopt: Redis did not answer.
    runtime::Task<std::optional<std::vector<std::string>>> read(std::vector<std::string> keys);

    struct Leased {
        std::optional<Lease> lease;  // none: another node has it
        std::vector<std::string> forms;
    };
    // The same, and before it the lease of the first key for so long, if nobody has it: then what is found was stored before, and what is not, by nobody.
    runtime::Task<std::optional<Leased>> read_or_lease(std::vector<std::string> keys, std::chrono::milliseconds time);
    void close() noexcept { pool_.close(); }
    const redis::PipeCounts& counts() const noexcept { return pool_.counts(); }

private:
    struct Asked {
        std::vector<std::string> names;
        std::vector<std::size_t> names_of_key;
    };
    Asked append_reads(std::vector<redis::Command>& commands, const std::vector<std::string>& keys) const;
    std::vector<std::string> forms_of(const Asked& asked, std::span<resp::Value> values);

    const TierOptions& options_;
    TierCounts& counts_;
    redis::Pool pool_;
};

class TierWriter {
public:
    using Tell = std::function<void(std::string_view)>;

    TierWriter(const TierOptions& options, TierCounts& counts, Tell tell);
    ~TierWriter();  // as `stop`
    TierWriter(const TierWriter&) = delete;
    TierWriter& operator=(const TierWriter&) = delete;

    void start();
    // What waits is not written.
    void stop();

    // Any thread. `mark`: what leads to it from its primary key; null where that is its own.
    void offer(fill::StoredResponsePtr response, boost::intrusive_ptr<const fill::VaryMark> mark);

    // Any thread. What leads to responses of a path whose queries differ in what does not matter; null: nothing does.
    void offer_mark(boost::intrusive_ptr<const fill::SearchMark> mark);

    // Any thread: once what was offered before is written.
    void release(Lease lease);
    void erase(std::string_view key);

    const redis::PipeCounts& redis_counts() const noexcept { return pool_.counts(); }

private:
    struct Offer {
        fill::StoredResponsePtr response{};
        boost::intrusive_ptr<const fill::VaryMark> mark{};
        boost::intrusive_ptr<const fill::SearchMark> search_mark{};  // nothing else then
        std::optional<Lease> ended{};                                // nor then
        std::string erased{};                                        // a key: nor then
    };
    void add_unlimited(Offer offer);

    runtime::Task<> write_until_stopped();
    runtime::Task<> write_all();
    runtime::Task<> write(std::vector<Offer> offers);
    std::vector<Offer> take();
    template <typename Filed>
    void add(std::vector<redis::Command>& commands, const Filed& filed, const forms::Moment& now) const;

    const TierOptions& options_;
    TierCounts& counts_;
    Tell tell_;
    runtime::Loop loop_;
    redis::Pool pool_;
    runtime::Event has_more_;
    std::mutex lock_;
    std::deque<Offer> offers_;
    std::size_t offered_size_ = 0;
    bool is_stopping_ = false;  // on the loop's thread alone
    std::thread thread_;
};

}  // namespace sidecache::tiers

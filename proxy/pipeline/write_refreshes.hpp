// What writes have ended though it was asked for often, so that it is fetched again before the next reader comes (`routes.N.refresh_on_write`): which responses
// that may be, which are due, and the budget of fetching them. It asks nobody: whoever calls `next` does.
#pragma once

#include "cache/epochs/epochs.hpp"
#include "cache/fill/stored_response.hpp"
#include "cache/memory/store.hpp"
#include "proxy/pipeline/options.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::pipeline {

struct Repeat;  // the request that brought a response, to be sent again as it was

class WriteRefreshes {
public:
    struct Moment {
        std::chrono::system_clock::time_point wall;
        epochs::BootTime boot;
    };

    // One of `writes.refresh.concurrency`; given back when it goes.
    class Permit {
    public:
        Permit() = default;
        explicit Permit(std::atomic<std::size_t>& taken) : taken_(&taken) { taken_->fetch_add(1, std::memory_order_relaxed); }
        Permit(Permit&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
        Permit& operator=(Permit&& other) noexcept {
            std::swap(taken_, other.taken_);
            return *this;
        }
        ~Permit() {
            if (taken_ != nullptr) taken_->fetch_sub(1, std::memory_order_relaxed);
        }

    private:
        std::atomic<std::size_t>* taken_ = nullptr;
    };

    struct Due {
        policy::Hash128 hash;
        std::string key;
        std::shared_ptr<const Repeat> repeat;
        Permit permit;
    };

    struct Counts {
        std::atomic<std::uint64_t> started{0};
        std::atomic<std::uint64_t> paid{0};   // of these, that have answered a request since
        // Left to the next request:
        std::atomic<std::uint64_t> cold{0};   // it had fewer hits than `writes.refresh.hits`
        std::atomic<std::uint64_t> late{0};   // a request came first, or its time was over before there was room in the budget
        std::atomic<std::uint64_t> ended{0};  // who asked for it does not ask any more: a credential that was refused, or too old
    };

    // Any thread, all of them. A response was filed that `repeat` would bring again. Over `writes.refresh.candidates` the oldest is forgotten.
    void note(const RefreshOptions& options, const fill::StoredResponse& filed, std::shared_ptr<const Repeat> repeat);

    // The next to be fetched again, of those that were asked for most first; nullopt: none now. Of what a write under way may yet end, or what a hold keeps from being
    // reused, none before that is over.
    std::optional<Due> next(const RefreshOptions& options, const memory::Store& store, const epochs::Epochs& epochs, const Moment& now);

    // No request is kept any more.
    void forget();

    std::size_t candidates() const;
    Counts counts;

private:
    struct Candidate {
        policy::Hash128 hash;
        std::string key;
        std::shared_ptr<const Repeat> repeat;
        std::uint8_t hits = 0;            // when it was found ended
        epochs::BootTime not_before{};  // it had to wait, and is looked at again then
    };
    // What has become of it.
    enum class State : std::uint8_t { good, ended, gone };
    static State state_of(const Candidate& candidate, const memory::Store& store, const epochs::Epochs& epochs, const Moment& now, fill::StoredResponsePtr& response);

    void look_through(const RefreshOptions& options, const memory::Store& store, const epochs::Epochs& epochs, const Moment& now);
    void remove(std::size_t index);
    bool take_from_rate(const RefreshOptions& options, epochs::BootTime now);
    void tell_size() noexcept { size_.store(candidates_.size() + due_.size(), std::memory_order_relaxed); }

    mutable std::mutex lock_;
    std::vector<Candidate> candidates_;
    boost::unordered_flat_map<policy::Hash128, std::size_t, policy::Hash128Hasher> index_;  // into candidates_
    std::size_t oldest_ = 0;                                                 // where the next newcomer stands when there is no room
    std::vector<Candidate> due_;       // least asked for first
    bool has_news_ = false;            // noted since it was last looked through
    std::uint64_t seen_clock_ = 0;     // and the clock then
    epochs::BootTime looked_{};        // and when
    epochs::BootTime rate_until_{};    // the budget of the rate is used up to here (GCRA, ITU-T I.371)
    std::atomic<std::size_t> size_{0};
    std::atomic<std::size_t> running_{0};
};

}  // namespace sidecache::pipeline

// One fetch from the origin on behalf of the cache: what a leader does once and followers share.
#pragma once

#include "cache/epochs/epochs.hpp"
#include "cache/fill/stored_response.hpp"
#include "cache/policy/search_key.hpp"
#include "cache/policy/storage.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sidecache::fill {

// What the head of the origin's answer made of the fill.
struct Answer {
    StoredResponsePtr response;   // complete or still filling
    policy::Storage storage = policy::Storage::store;  // not `store`: it belongs to the leader's client alone
    bool is_confirmed = false;    // the origin answered 304: an earlier content with a new epoch
    int origin_status = 0;
    std::optional<policy::VarySpec> vary;  // of the answer; nullopt where it could not be read (never shared then)
    std::string own_fields{};     // lines of the origin's answer that are the leader's client's alone, no part of the response
    std::optional<http::NoVarySearch> search{};  // of the answer
    bool is_combined = false;     // with parts that were stored before: older than the fill
    bool may_not_be_kept = false;  // not known before it is there: a part that is stored only with what is stored already, or what a full store weighs as it grows
    std::int32_t origin_queries = -1;  // as the origin told of its answer; -1: it did not
    bool is_filed_only = false;   // what it brought is in the store: there is no response to share
    bool is_from_tier = false;    // and the origin was not asked for it
};

class Fill : public boost::intrusive_ref_counter<Fill, boost::thread_safe_counter> {
public:
    struct Start {
        policy::Hash128 hash;         // of the key that it is filed under
        std::string key;
        policy::ExactKey exact;       // the primary key of its request; the key above may stand for more than this query, or for a variant
        epochs::Stamp stamp;          // read before anything of the request can leave
        epochs::BootTime begun;
        std::uint64_t number = 0;     // order of starts in this process
        policy::Groups groups;        // of the request; those of the response come with the head
    };
    explicit Fill(Start start) : start_(std::move(start)) {}

    const Start& start() const noexcept { return start_; }
    std::size_t listeners() const;  // who waits on it, the leader's client included

    enum class Phase : std::uint8_t { waiting, answered, failed };
    struct View {
        Phase phase = Phase::waiting;
        Answer answer;              // when answered
        http::ProxyError error{};   // when failed
    };
    View view() const;
    Phase phase() const;

    // Interim responses (1xx) so far, whole heads, for the leader's client; having passed on `from` of them, it asks for the rest.
    std::vector<std::string> interim(std::size_t from) const;
    void add_interim(std::string head);  // the first eight are kept

    void answer(Answer answer);
    // The answer's response with what only its whole content told, for who looks from now on.
    void complete(StoredResponsePtr response);
    void fail(http::ProxyError error);

    // CONSISTENCY 1.1 share(R, F), first clause: what this fill brings was asked for after the request was received.
    bool began_after(epochs::BootTime received) const noexcept { return start_.begun > received; }

private:
    friend class Following;
    void wake_locked();

    const Start start_;
    mutable std::mutex lock_;
    View view_;
    std::vector<std::string> interim_;
    boost::intrusive::list<Listener, boost::intrusive::constant_time_size<true>> listeners_;
};
using FillPtr = boost::intrusive_ptr<Fill>;

// Registration of one who waits on a fill; it stops hearing when this goes.
class Following {
public:
    Following(FillPtr fill, Listener& listener);
    ~Following();
    Following(const Following&) = delete;
    Following& operator=(const Following&) = delete;

private:
    FillPtr fill_;
    Listener& listener_;
};

}  // namespace sidecache::fill

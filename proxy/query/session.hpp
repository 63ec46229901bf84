// What one connection has said so far that counts for its next commands, and the way of a command: known, allowed, queued or run.
#pragma once

#include "proxy/query/call.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::query {

class Session {
public:
    // What a worker's sessions share; outlives them.
    struct House {
        keyspace::Keyspace& keyspace;
        Tally& tally;
        memory::Reader& reader;
        std::size_t worker;
    };
    struct Peer {
        std::uint64_t id;
        std::string address;
    };

    // Replies go to the end of `out`.
    Session(const House& house, const Options& options, Peer peer, std::string& out);

    // Does what a request asks for. `arguments` need not live longer.
    void run(Arguments arguments, Time now);
    // The request cannot be read: says why, and is over.
    void refuse(std::string_view problem);
    bool is_over() const noexcept { return is_over_; }  // the connection closes once its replies are sent

    // Before a password is given, where one is asked for, little is listened to (as Redis).
    const resp::RequestLimits& request_limits() const noexcept;

    std::size_t database() const noexcept { return database_; }
    const Peer& peer() const noexcept { return peer_; }

    // What commands change.
    void select(std::size_t database) noexcept { database_ = database; }
    void give_name(std::string_view name) { name_ = name; }
    const std::string& name() const noexcept { return name_; }
    bool is_right_password(std::string_view password) const noexcept;
    void let_in() noexcept { is_let_in_ = true; }
    bool is_let_in() const noexcept { return is_let_in_; }
    void end() noexcept { is_over_ = true; }
    void begin_anew();

    bool is_queueing() const noexcept { return is_queueing_; }
    void begin_transaction() noexcept { is_queueing_ = true; }
    void end_transaction();
    void watch(Call& call, std::string_view key);
    void unwatch() noexcept;
    std::size_t watches() const noexcept { return watched_.size(); }
    std::size_t watched_size() const noexcept { return watched_size_; }  // octets of their keys
    // All that was queued, as an array of replies; or none of it.
    void run_transaction(Call& call);

private:
    struct Queued {
        const Command* command;
        std::vector<std::string> arguments;
    };
    struct Watched {
        keyspace::Watches::Watch watch;
        bool was_there;
    };

    // With a pass of the gate, where the command needs one.
    void run_passed(const Command& command, Arguments arguments, Time now);
    void run_known(const Command& command, Arguments arguments, Time now);
    void queue(const Command& command, Arguments arguments);
    void refuse_unknown(Arguments arguments);
    void refuse_arity(const Command& command, const Call& call);
    void fail(std::string_view error);  // also the transaction that this would have been in
    bool is_as_watched(Time now) const;

    const House house_;
    const Options& options_;
    const Peer peer_;
    resp::ReplyWriter reply_;
    std::size_t database_ = 0;
    std::string name_;
    bool is_let_in_;
    bool is_over_ = false;

    bool is_queueing_ = false;
    bool has_failed_ = false;  // the transaction: one of its commands could not be queued
    std::vector<Queued> queued_;
    std::size_t queued_size_ = 0;  // octets of their arguments
    std::vector<Watched> watched_;
    std::size_t watched_size_ = 0;
};

}  // namespace sidecache::query

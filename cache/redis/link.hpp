// One connection to a Redis server, on which commands are asked and answered in turn.
#pragma once

#include "cache/redis/channel.hpp"
#include "cache/redis/cluster.hpp"
#include "cache/redis/options.hpp"
#include "cache/redis/traffic.hpp"
#include "cache/resp/reader.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::redis {

using Command = std::vector<std::string>;

class Link {
public:
    // `traffic`: of this connection, if anybody wants to know; it outlives the link.
    Link(runtime::Loop& loop, Options options, Traffic* traffic = nullptr);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    bool is_open() const noexcept { return channel_ != nullptr; }
    runtime::Task<Trouble> open();
    void close() noexcept;   // nobody waits on it
    void cancel() noexcept;  // who waits on it hears that it is closed
    void give_up() noexcept; // the same, and it is not opened any more
    // Of an open one, which is closed then, for who speaks on it in another way.
    std::unique_ptr<Channel> take() noexcept;

    struct Replies {
        Trouble trouble = Trouble::none;
        std::vector<resp::Value> values{};  // of each command, unless there is trouble: then nobody knows which were carried out
    };
    // All of them in one write; the replies in their order. With trouble the link is closed, since what still comes answers nothing that is asked later.
    runtime::Task<Replies> ask(std::vector<Command> commands, std::chrono::milliseconds deadline);

    // Which server of the cluster owns what, as this one of it says: asked on a connection of its own. nullopt: it does not answer, or is cut off from the others.
    static runtime::Task<std::optional<SlotMap>> ask_for_slots(runtime::Loop& loop, Options options, HostPort server, Link* outer = nullptr);

private:
    class Inner;

    runtime::Task<Trouble> open_somewhere();
    runtime::Task<Trouble> open_by_guides();
    // With its own password: the address has that of the master.
    runtime::Task<std::optional<HostPort>> ask_for_master(HostPort sentinel);
    runtime::Task<std::optional<HostPort>> ask_for_owner(HostPort server);
    runtime::Task<Trouble> open_at(HostPort server);
    runtime::Task<Trouble> connect(std::string host, std::uint16_t port);
    runtime::Task<Trouble> secure(std::string host);
    runtime::Task<Replies> exchange(const std::vector<Command>& commands, runtime::SteadyTime until);

    runtime::Loop& loop_;
    Options options_;
    Traffic* traffic_;
    std::optional<HostPort> last_guide_;  // who named a server that took us: asked first
    bool is_given_up_ = false;
    Link* inner_ = nullptr;               // to a guide, while it is asked
    std::vector<HostPort> known_;  // masters of a cluster, as they were told last: those of its address may all have gone
    std::unique_ptr<Channel> channel_;
    std::optional<resp::Reader> reader_;
};

}  // namespace sidecache::redis

// One worker's connection to Redis, on which many ask at once: commands go out in the order in which they are asked, and replies come in it. Who has waited for
// `deadline` goes on without; a connection from which nothing comes is given up, and made anew by the next who asks.
#pragma once

#include "cache/redis/breaker.hpp"
#include "cache/redis/link.hpp"
#include "cache/resp/reader.hpp"
#include "proxy/runtime/event.hpp"
#include "proxy/telemetry/histogram.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace sidecache::redis {

struct PipeOptions {
    Options link{};
    std::chrono::milliseconds deadline{20};  // of one who asks
    std::chrono::milliseconds stuck{1'000};  // without a reply to who asked first: then the connection is given up
    std::size_t waiting = 1'024;             // commands without a reply
    std::size_t unsent = std::size_t{16} << 20;  // octets
    Breaker::Options breaker{};
};

// Counted facts of all pipes of one loop; read at scrape.
struct PipeCounts : Traffic {
    std::atomic<std::uint64_t> asked{0};  // commands
    std::atomic<std::uint64_t> moves{0};  // replies of a cluster: of another server's slot,
    std::atomic<std::uint64_t> asks{0};   // or of one that is on its way to another server
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::int64_t> waiting{0};    // commands
    std::atomic<std::int64_t> left_alone{0};  // pipes whose breaker is not closed
    telemetry::Histogram latency{};           // of those who asked and were answered, or waited for that in vain
};

class Pipe {
    struct Asked;
    struct State;

public:
    Pipe(runtime::Loop& loop, PipeOptions options, std::shared_ptr<PipeCounts> counts = std::make_shared<PipeCounts>());
    ~Pipe();
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    // The replies to all of these, in their order. With trouble nobody knows which were carried out.
    runtime::Task<Link::Replies> ask(std::vector<Command> commands);

    // The same in two steps, so that somebody may ask at several pipes at once. The deadline counts from the first.
    struct Pending {
        std::shared_ptr<State> state{};
        std::shared_ptr<Asked> asked{};     // null: it came to `trouble` at once
        Trouble trouble = Trouble::closed;
    };
    Pending begin(const std::vector<Command>& commands);
    static runtime::Task<Link::Replies> finish(Pending pending);

    // Who waits hears that it is closed, and nobody may ask any more. Its tasks on the loop end.
    void close() noexcept;

    const PipeCounts& counts() const noexcept { return *state_->counts; }

private:
    struct Asked {
        explicit Asked(runtime::Loop& loop) : answered(loop) {}
        runtime::Event answered;
        std::size_t expected = 0;
        std::size_t received = 0;
        Link::Replies replies{};
        bool is_done = false;
        runtime::SteadyTime since{};
        runtime::SteadyTime ended{};  // once it is done
    };
    // Of the connection's tasks as well, which may outlive the pipe for a moment.
    struct State {
        State(runtime::Loop& loop_, PipeOptions options_, std::shared_ptr<PipeCounts> counts_)
            : loop(loop_), options(std::move(options_)), breaker(options.breaker), counts(std::move(counts_)), has_more(loop_) {}
        ~State();
        runtime::Loop& loop;
        PipeOptions options;
        Breaker breaker;
        std::shared_ptr<PipeCounts> counts;
        std::deque<std::shared_ptr<Asked>> asked;  // without all of their replies, the oldest first
        std::size_t waiting = 0;                   // commands of these
        std::string unsent;
        runtime::Event has_more;                   // to send
        std::unique_ptr<Channel> channel;
        bool is_running = false;
        bool is_closed = false;
        bool is_left_alone = false;                // and counted
    };

    static runtime::Task<> run(std::shared_ptr<State> state);
    static runtime::Task<Trouble> serve(std::shared_ptr<State> state);
    static runtime::Task<> send(std::shared_ptr<State> state, std::shared_ptr<bool> is_over);
    static Trouble hand_out(State& state, resp::Reader& reader);
    static void count_waiting(State& state, std::ptrdiff_t more);
    static void fail_all(State& state, Trouble trouble);
    static void note(State& state, Trouble trouble);
    static void give_up_if_stuck(State& state) noexcept;

    std::shared_ptr<State> state_;
};

}  // namespace sidecache::redis

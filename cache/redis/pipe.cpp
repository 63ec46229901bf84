#include "cache/redis/pipe.hpp"

#include "cache/resp/command.hpp"
#include "proxy/runtime/loop.hpp"
#include "proxy/runtime/rest.hpp"

#include <string_view>
#include <utility>

namespace sidecache::redis {

using runtime::Io;
using runtime::Task;
using std::chrono::steady_clock;

Pipe::State::~State() {
    if (is_left_alone) counts->left_alone.fetch_sub(1, std::memory_order_relaxed);
}

Pipe::Pipe(runtime::Loop& loop, PipeOptions options, std::shared_ptr<PipeCounts> counts) : state_(std::make_shared<State>(loop, std::move(options), std::move(counts))) {}
Pipe::~Pipe() { close(); }

void Pipe::close() noexcept {
    state_->is_closed = true;
    state_->has_more.set();
    boost::system::error_code ignored;
    if (state_->channel != nullptr) state_->channel->stream().socket().cancel(ignored);
}

void Pipe::note(State& state, Trouble trouble) {
    state.counts->note(trouble);
    // That others ask too much, or that it is left alone, is no news of the server.
    if (trouble != Trouble::busy && trouble != Trouble::paused) state.breaker.note(trouble == Trouble::none, steady_clock::now());
    const bool is_left_alone = state.breaker.state() != Breaker::State::closed;
    if (std::exchange(state.is_left_alone, is_left_alone) != is_left_alone) state.counts->left_alone.fetch_add(is_left_alone ? 1 : -1, std::memory_order_relaxed);
}

void Pipe::count_waiting(State& state, std::ptrdiff_t more) {
    state.waiting = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(state.waiting) + more);
    state.counts->waiting.fetch_add(more, std::memory_order_relaxed);
}

Task<Link::Replies> Pipe::ask(std::vector<Command> commands) {
    Pending pending = begin(commands);
    co_return co_await finish(std::move(pending));
}

Pipe::Pending Pipe::begin(const std::vector<Command>& commands) {
    State& state = *state_;
    if (state.is_closed) return {state_, nullptr, Trouble::closed};
    if (state.waiting + commands.size() > state.options.waiting || state.unsent.size() > state.options.unsent) {
        note(state, Trouble::busy);
        give_up_if_stuck(state);
        return {state_, nullptr, Trouble::busy};
    }
    const auto now = steady_clock::now();
    if (!state.breaker.may_try(now)) {
        note(state, Trouble::paused);
        return {state_, nullptr, Trouble::paused};
    }
    const auto asked = std::make_shared<Asked>(state.loop);
    asked->expected = commands.size();
    asked->since = now;
    for (const Command& command : commands) resp::append_command(state.unsent, std::vector<std::string_view>(command.begin(), command.end()));
    state.asked.push_back(asked);
    count_waiting(state, static_cast<std::ptrdiff_t>(commands.size()));
    state.counts->asked.fetch_add(commands.size(), std::memory_order_relaxed);
    if (!std::exchange(state.is_running, true)) state.loop.spawn("redis", run(state_));
    state.has_more.set();
    return {state_, asked, Trouble::none};
}

Task<Link::Replies> Pipe::finish(Pending pending) {
    if (pending.asked == nullptr) co_return Link::Replies{pending.trouble};
    State& state = *pending.state;
    Asked& asked = *pending.asked;
    // `finish` may come when all is here.
    if (!asked.is_done) co_await asked.answered.wait(asked.since + state.options.deadline);
    if (!asked.is_done) {
        // Its replies are still to come, for nobody: they keep their place.
        asked.replies = Link::Replies{Trouble::timeout};
        give_up_if_stuck(state);
    }
    state.counts->latency.observe((asked.is_done ? asked.ended : steady_clock::now()) - asked.since);
    note(state, asked.replies.trouble);
    co_return Link::Replies{asked.replies.trouble, std::move(asked.replies.values)};
}

void Pipe::give_up_if_stuck(State& state) noexcept {
    if (state.channel == nullptr || state.asked.empty() || steady_clock::now() - state.asked.front()->since <= state.options.stuck) return;
    boost::system::error_code ignored;
    state.channel->stream().socket().cancel(ignored);
}

void Pipe::fail_all(State& state, Trouble trouble) {
    const auto now = steady_clock::now();
    for (const std::shared_ptr<Asked>& asked : std::exchange(state.asked, {})) {
        asked->replies = Link::Replies{trouble};
        asked->is_done = true;
        asked->ended = now;
        asked->answered.set();
    }
    count_waiting(state, -static_cast<std::ptrdiff_t>(state.waiting));
    state.unsent.clear();
}

// Whatever ends it, who asks next may begin anew.
Task<> Pipe::run(std::shared_ptr<State> state) {
    Trouble trouble = Trouble::closed;
    try {
        trouble = co_await serve(state);
    } catch (const std::exception&) {
        state->channel.reset();  // no memory, most likely: who asked hears that it is closed
    }
    state->is_running = false;
    fail_all(*state, trouble);
}

// From the connection's beginning to its end: what came of it.
Task<Trouble> Pipe::serve(std::shared_ptr<State> state) {
    Link link(state->loop, state->options.link);
    const Trouble opened = co_await link.open();
    if (opened != Trouble::none || state->is_closed) co_return opened == Trouble::none ? Trouble::closed : opened;
    state->channel = link.take();
    state->counts->connections.fetch_add(1, std::memory_order_relaxed);
    const auto is_over = std::make_shared<bool>(false);
    state->loop.spawn("redis sender", send(state, is_over));
    resp::Reader reader(state->options.link.limits);
    std::array<char, 16 * 1024> buffer;
    Trouble trouble = Trouble::none;
    while (trouble == Trouble::none) {
        const auto read = co_await state->channel->read_some(buffer);
        if (read.io != Io::ok || state->is_closed) {
            trouble = Trouble::closed;
        } else {
            state->counts->received.fetch_add(read.bytes, std::memory_order_relaxed);
            reader.feed({buffer.data(), read.bytes});
            trouble = hand_out(*state, reader);
        }
    }
    *is_over = true;
    state->has_more.set();
    // Whoever still sends on it is waited for: it is theirs as well.
    while (is_over.use_count() > 1) {
        boost::system::error_code ignored;
        state->channel->stream().socket().cancel(ignored);
        co_await runtime::rest_until(state->loop, steady_clock::now() + std::chrono::milliseconds(1));
    }
    state->channel.reset();
    co_return trouble;
}

Trouble Pipe::hand_out(State& state, resp::Reader& reader) {
    while (auto value = reader.next()) {
        if (state.asked.empty()) return Trouble::protocol;  // nobody asked for it
        state.counts->note_reply(*value);
        Asked& first = *state.asked.front();
        if (first.replies.trouble == Trouble::none) first.replies.values.push_back(*std::move(value));
        count_waiting(state, -1);
        if (++first.received < first.expected) continue;
        first.is_done = true;
        first.ended = steady_clock::now();
        first.answered.set();
        state.asked.pop_front();
    }
    return reader.is_broken() ? Trouble::protocol : Trouble::none;
}

Task<> Pipe::send(std::shared_ptr<State> state, std::shared_ptr<bool> is_over) {
    while (!*is_over) {
        if (state->unsent.empty()) {
            co_await state->has_more.wait(runtime::SteadyTime::max());
            continue;
        }
        const std::string octets = std::exchange(state->unsent, {});
        const Io io = co_await state->channel->write(octets, state->options.stuck);
        if (io != Io::ok) co_return;
        state->channel->stream().expect_nothing();
        state->counts->sent.fetch_add(octets.size(), std::memory_order_relaxed);
    }
}

}  // namespace sidecache::redis

#include "cache/redis/pool.hpp"

#include "cache/redis/cluster.hpp"
#include "proxy/runtime/loop.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace sidecache::redis {

using runtime::Task;
using std::chrono::steady_clock;

namespace {

// Between two times that the cluster is asked who owns what: longer each time that it brings nothing new.
constexpr std::chrono::milliseconds between_maps{250};
constexpr std::chrono::milliseconds longest_between_maps{5'000};

// Is it news of a server, of which the cluster may know better?
bool is_of_server(Trouble trouble) noexcept { return trouble != Trouble::none && trouble != Trouble::busy && trouble != Trouble::paused; }

const std::string& key_of(const Command& command) { return command.front() == "EVAL" ? command.at(3) : command.at(1); }

// In the place of a reply, where others of the same question were answered.
resp::Value unanswered(Trouble trouble) {
    resp::Value value;
    value.kind = resp::Value::Kind::error;
    value.text = "UNANSWERED " + std::string(name_of(trouble));
    return value;
}

// One command on its way: where its reply belongs, and who is asked.
struct Errand {
    std::size_t place;
    HostPort server;
    bool is_asking;  // the server is told before that it is not the owner yet
};

// The errands to one server.
struct Part {
    std::vector<Errand> errands;
    Pipe::Pending pending;
};

}  // namespace

struct Pool::State {
    State(runtime::Loop& loop_, PipeOptions options_) : loop(loop_), options(std::move(options_)) {}

    bool is_cluster() const noexcept { return !options.link.address.cluster.empty(); }
    Pipe& pipe_to(const HostPort& server);
    std::optional<std::vector<Errand>> errands_for(const std::vector<Command>& commands) const;
    std::vector<Part> send(std::vector<Errand> errands, const std::vector<Command>& commands);
    // The replies to where they belong; what was redirected.
    std::vector<Errand> take(const Part& part, Link::Replies replies, Link::Replies& all);

    runtime::Loop& loop;
    PipeOptions options;
    std::shared_ptr<PipeCounts> counts = std::make_shared<PipeCounts>();
    std::map<HostPort, std::unique_ptr<Pipe>> pipes;  // without a cluster: one
    std::optional<SlotMap> slots;                     // of a cluster, as it was told last
    std::vector<std::shared_ptr<runtime::Event>> waiting_for_slots;
    steady_clock::time_point asked_for_slots{};
    std::chrono::milliseconds between{between_maps};
    std::minstd_rand random{std::random_device{}()};
    bool is_learning = false;
    bool is_closed = false;
};

Pool::Pool(runtime::Loop& loop, PipeOptions options) : state_(std::make_shared<State>(loop, std::move(options))) {}
Pool::~Pool() { close(); }
const PipeCounts& Pool::counts() const noexcept { return *state_->counts; }

void Pool::close() noexcept {
    state_->is_closed = true;
    state_->pipes.clear();
    for (const auto& waiting : state_->waiting_for_slots) waiting->set();
}

Pipe& Pool::State::pipe_to(const HostPort& server) {
    std::unique_ptr<Pipe>& pipe = pipes[server];
    if (pipe != nullptr) return *pipe;
    PipeOptions its = options;
    if (is_cluster()) its.link = options_at(std::move(its.link), server);
    pipe = std::make_unique<Pipe>(loop, std::move(its), counts);
    return *pipe;
}

Task<Link::Replies> Pool::ask(std::vector<Command> commands) {
    const std::shared_ptr<State> state = state_;
    if (state->is_closed) co_return Link::Replies{Trouble::closed};
    if (state->is_cluster()) co_return co_await ask_cluster(state, std::move(commands));
    const HostPort server;
    Pipe::Pending pending = state->pipe_to(server).begin(commands);
    co_return co_await Pipe::finish(std::move(pending));
}

// To the owners as far as they are known, and once more to whom those name: who is not right either has not heard of it yet, and the error is the reply.
Task<Link::Replies> Pool::ask_cluster(std::shared_ptr<State> state, std::vector<Command> commands) {
    if (!state->slots) co_await wait_for_slots(state);
    if (state->is_closed) co_return Link::Replies{Trouble::closed};
    auto errands = state->errands_for(commands);
    if (!errands) {
        state->counts->note(Trouble::unreachable);
        learn(state);
        co_return Link::Replies{Trouble::unreachable};
    }
    Link::Replies all;
    all.values.resize(commands.size());
    bool is_answered = false;
    for (int round = 0; round < 2 && !errands->empty() && !state->is_closed; ++round) {
        std::vector<Part> parts = state->send(*std::exchange(errands, std::vector<Errand>()), commands);
        for (Part& part : parts) {
            Link::Replies replies = co_await Pipe::finish(std::move(part.pending));
            is_answered = is_answered || replies.trouble == Trouble::none;
            if (replies.trouble != Trouble::none) all.trouble = replies.trouble;
            for (Errand& errand : state->take(part, std::move(replies), all)) errands->push_back(std::move(errand));
        }
        const bool was_moved = std::ranges::any_of(*errands, [](const Errand& errand) { return !errand.is_asking; });
        if (was_moved) state->between = between_maps;
        if (is_of_server(all.trouble) || was_moved) learn(state);  // a server that fails may have a successor
    }
    if (is_answered) all.trouble = Trouble::none;
    if (!is_answered) all.values.clear();
    co_return all;
}

// nullopt: one of them is nobody's, as far as is known.
std::optional<std::vector<Errand>> Pool::State::errands_for(const std::vector<Command>& commands) const {
    std::vector<Errand> errands;
    for (std::size_t place = 0; place < commands.size(); ++place) {
        const HostPort* const owner = slots ? slots->owner_of(slot_of(key_of(commands[place]))) : nullptr;
        if (owner == nullptr) return std::nullopt;
        errands.push_back(Errand{place, *owner, false});
    }
    return errands;
}

std::vector<Part> Pool::State::send(std::vector<Errand> errands, const std::vector<Command>& commands) {
    std::map<HostPort, Part> parts;
    for (Errand& errand : errands) parts[errand.server].errands.push_back(std::move(errand));
    std::vector<Part> sent;
    for (auto& [server, part] : parts) {
        std::vector<Command> its;
        for (const Errand& errand : part.errands) {
            if (errand.is_asking) its.push_back({"ASKING"});
            its.push_back(commands[errand.place]);
        }
        part.pending = pipe_to(server).begin(its);
        sent.push_back(std::move(part));
    }
    return sent;
}

std::vector<Errand> Pool::State::take(const Part& part, Link::Replies replies, Link::Replies& all) {
    std::vector<Errand> redirected;
    for (const Errand& errand : part.errands) {
        if (replies.trouble != Trouble::none) all.values[errand.place] = unanswered(replies.trouble);
    }
    if (replies.trouble != Trouble::none) return redirected;
    auto reply = replies.values.begin();
    for (const Errand& errand : part.errands) {
        if (errand.is_asking) ++reply;  // that was ASKING's
        if (auto redirection = parse_redirection(*reply, errand.server)) {
            const bool is_asking = redirection->kind == Redirection::Kind::ask;
            (is_asking ? counts->asks : counts->moves).fetch_add(1, std::memory_order_relaxed);
            redirected.push_back(Errand{errand.place, std::move(redirection->to), is_asking});
        }
        all.values[errand.place] = std::move(*reply++);
    }
    return redirected;
}

// Not more often than that: whoever cannot be told meanwhile has a miss.
void Pool::learn(const std::shared_ptr<State>& state) {
    const auto now = steady_clock::now();
    if (state->is_learning || state->is_closed || now - state->asked_for_slots < state->between) return;
    state->is_learning = true;
    state->asked_for_slots = now;
    state->loop.spawn("redis cluster", learn_slots(state));
}

Task<> Pool::wait_for_slots(std::shared_ptr<State> state) {
    learn(state);
    // Nobody waits again for what was waited for in vain.
    const auto now = steady_clock::now();
    if (!state->is_learning || now - state->asked_for_slots > state->options.deadline) co_return;
    const auto learnt = std::make_shared<runtime::Event>(state->loop);
    state->waiting_for_slots.push_back(learnt);
    co_await learnt->wait(now + state->options.deadline);
    std::erase(state->waiting_for_slots, learnt);
}

// Any of its servers tells all of it. Pipes to who is no master any more are closed.
Task<> Pool::learn_slots(std::shared_ptr<State> state) {
    std::vector<HostPort> servers = state->options.link.address.cluster;
    if (state->slots) servers.insert(servers.end(), state->slots->masters().begin(), state->slots->masters().end());
    std::ranges::shuffle(servers, state->random);  // not all ask the same one
    std::optional<SlotMap> slots;
    try {
        for (const HostPort& server : servers) {
            if (slots || state->is_closed) break;
            slots = co_await Link::ask_for_slots(state->loop, state->options.link, server);
        }
    } catch (const std::exception&) {
        slots.reset();  // no memory, most likely: as if nobody had answered
    }
    const bool is_news = slots && (!state->slots || *slots != *state->slots);
    state->between = is_news ? between_maps : std::min(2 * state->between, longest_between_maps);
    if (slots) {
        state->slots = std::move(slots);
        std::erase_if(state->pipes, [&](const auto& each) { return std::ranges::find(state->slots->masters(), each.first) == state->slots->masters().end(); });
    }
    state->is_learning = false;
    for (const auto& learnt : std::exchange(state->waiting_for_slots, {})) learnt->set();
}

}  // namespace sidecache::redis

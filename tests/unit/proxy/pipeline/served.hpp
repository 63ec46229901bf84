// A pipeline on a running loop before a server that the test plays, and what came of a request.
#pragma once

#include "proxy/pipeline/pipeline.hpp"
#include "tests/unit/cache/http/fields.hpp"
#include "tests/unit/proxy/origin/pooled.hpp"
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::testing {

class NoContent final : public pipeline::ContentSource {
public:
    runtime::Task<Piece> next() override { co_return Piece{{}, true, pipeline::ContentFault::none}; }
    std::optional<std::string_view> whole() const override { return std::string_view(); }
    void take_whole() override {}
    bool is_malformed_already() const override { return false; }
    std::optional<std::uint64_t> length() const override { return 0; }
    const std::string& trailers() const override { return trailers_; }
    void abandon() noexcept override {}

private:
    std::string trailers_;
};

class InterimList final : public pipeline::InterimSink {
public:
    runtime::Task<> send_interim(std::string_view head) override {
        heads.emplace_back(head);
        co_return;
    }
    std::vector<std::string> heads;
};

struct Served {
    std::atomic<int> status{0};  // set as soon as there is a reply
    std::string content;
    policy::Outcome outcome;
    std::optional<http::ProxyError> error;  // in the content
    std::vector<std::string> interim;
    Countdown ended{1};
};

inline constexpr int all_pieces = 1'000'000;

// As a door does: reads the body, at most so many pieces of it, and closes it.
inline runtime::Task<> serve_one(pipeline::Pipeline& pipeline, std::string text, int pieces, Served& out) {
    const pipeline::OwnedRequest message = read_message(text);
    NoContent content;
    InterimList interim;
    const pipeline::Arrival arrival = pipeline::Arrival::now();
    pipeline::Request request{{message, stranger, "id"}, arrival, content, interim};
    pipeline::Reply reply = co_await pipeline.serve(request);
    out.outcome = reply.outcome;
    out.interim = interim.heads;
    out.status = reply.status;
    for (int count = 0; reply.body != nullptr && count < pieces; ++count) {
        const auto piece = co_await reply.body->next();
        if (!piece) {
            out.error = piece.error();
            break;
        }
        out.content.append(piece.value().bytes);
        if (piece.value().is_end) break;
    }
    if (reply.body != nullptr) co_await reply.body->close();
    out.ended.count();
}

class ServedTest : public PooledTest {
protected:
    ~ServedTest() override {
        // Tasks that still run use the pipeline: they go first.
        for (std::size_t left = 1; left != 0;) on_loop([&] { left = loop->tasks(); });
    }
    void make_pipeline() {
        make_pool();
        pipeline.emplace(*loop, shared, *pool, telemetry.recorder(0), std::make_shared<const pipeline::Snapshot>(snapshot));
    }
    void start(Served& out, std::string_view line, std::string_view fields = {}, int pieces = all_pieces) {
        std::string text = std::string(line) + " HTTP/1.1\r\nHost: api.example\r\n" + std::string(fields) + "\r\n";
        loop->spawn("serve", serve_one(*pipeline, std::move(text), pieces, out));
    }
    static void finish(Served& out) { ASSERT_TRUE(out.ended.await(patience)) << "still waits"; }

    // Waits until `is_so()` holds, asked on the loop.
    template <typename IsSo>
    void await_on_loop(IsSo is_so) {
        const auto until = in(patience);
        for (bool holds = false; !holds;) {
            on_loop([&] { holds = is_so(); });
            ASSERT_LT(std::chrono::steady_clock::now(), until);
        }
    }
    bool is_held(std::string_view path) const {
        policy::Groups groups;
        const Fields none{};
        groups_of_request(groups, pipeline::group_space(snapshot), make_request("GET", path, none));
        return shared.epochs.is_held(std::span(groups.data(), groups.size()), epochs::BootClock::now());
    }
    std::uint64_t ticks() const { return shared.epochs.clock(); }

    pipeline::Snapshot snapshot = make_snapshot();
    pipeline::Shared shared{{}, {.slots = std::size_t{1} << 16}, 1, 64};
    telemetry::Telemetry telemetry{{.access = "off"}, 1};
    std::optional<pipeline::Pipeline> pipeline;
};

}  // namespace sidecache::testing

#include "proxy/pipeline/kept_answer.hpp"

#include "proxy/runtime/loop.hpp"

namespace sidecache::pipeline {
namespace {

runtime::Task<> read(std::shared_ptr<Conversation> conversation, std::shared_ptr<KeptAnswer> kept, std::size_t size) {
    origin::Exchange& exchange = conversation->exchange;
    while (!kept->is_enough && !exchange.is_complete()) {
        const auto piece = co_await exchange.read_content();
        if (!piece) {
            kept->error = piece.error();
            break;
        }
        kept->bytes.append(piece.value());
        kept->is_over = kept->bytes.size() > size;
        if (kept->is_over) break;
    }
    kept->is_reading = false;
    kept->changed.set();
}

}  // namespace

runtime::Task<std::shared_ptr<KeptAnswer>> keep_answer(runtime::Loop& loop, std::shared_ptr<Conversation> conversation, std::size_t size, std::chrono::milliseconds wait) {
    const auto kept = std::make_shared<KeptAnswer>(loop);
    const auto until = std::chrono::steady_clock::now() + wait;
    loop.spawn("kept answer", read(std::move(conversation), kept, size));
    for (bool is_told = true; is_told && kept->is_reading;) is_told = co_await kept->changed.wait(until);
    kept->is_enough = true;
    co_return kept;
}

}  // namespace sidecache::pipeline

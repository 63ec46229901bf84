#include "proxy/pipeline/upload.hpp"

#include "proxy/http1/content.hpp"
#include "proxy/runtime/loop.hpp"

#include <array>
#include <string>
#include <utility>

namespace sidecache::pipeline {
namespace {

using runtime::Task;

// False: the origin takes no more; whoever reads its answer learns why.
Task<bool> send_piece(origin::Exchange& exchange, std::string_view bytes, bool is_chunked) {
    if (bytes.empty()) co_return true;
    if (!is_chunked) {
        const auto sent = co_await exchange.send(bytes);
        co_return sent.has_value();
    }
    std::array<char, 20> size;
    std::string framed(size.data(), http1::write_chunk_head(size.data(), bytes.size()));
    framed.append(bytes).append("\r\n");
    const auto sent = co_await exchange.send(framed);
    co_return sent.has_value();
}

Task<> upload(std::shared_ptr<Conversation> conversation, std::string begun, std::chrono::milliseconds first_byte) {
    ContentSource& content = *conversation->content;
    origin::Exchange& exchange = conversation->exchange;
    const bool is_chunked = !content.length().has_value();
    if (conversation->copy) conversation->copy->add(begun);
    const bool has_begun = co_await send_piece(exchange, begun, is_chunked);
    while (has_begun) {
        const ContentSource::Piece piece = co_await content.next();
        conversation->fault = piece.fault;
        if (piece.fault != ContentFault::none) {
            exchange.abort();  // what it has is not whole
            break;
        }
        if (conversation->copy) conversation->copy->add(piece.bytes);
        const bool is_piece_sent = co_await send_piece(exchange, piece.bytes, is_chunked);
        if (!is_piece_sent) break;
        if (!piece.is_end) continue;
        bool is_sent = true;
        if (is_chunked) {
            const std::string end = "0\r\n" + content.trailers() + "\r\n";
            const auto sent = co_await exchange.send(end);
            is_sent = sent.has_value();
        }
        if (is_sent) {
            exchange.request_is_sent();
            exchange.expect_answer_within(first_byte);
        }
        break;
    }
    conversation->is_uploading = false;
    conversation->content = nullptr;
    conversation->ended->set();
}

}  // namespace

Task<bool> Conversation::hear_to_end(runtime::SteadyTime until) {
    while (!exchange.is_complete()) {
        const auto piece = co_await exchange.read_content();
        if (!piece || std::chrono::steady_clock::now() >= until) co_return false;
    }
    co_return true;
}

void start_upload(runtime::Loop& loop, const std::shared_ptr<Conversation>& conversation, ContentSource& content, std::string begun,
                  std::chrono::milliseconds first_byte) {
    conversation->is_uploading = true;
    conversation->ended.emplace(loop);
    conversation->content = &content;
    loop.spawn("upload", upload(conversation, std::move(begun), first_byte));
}

runtime::Task<> end_upload(Conversation& conversation) {
    while (conversation.is_uploading) {
        conversation.content->abandon();
        conversation.exchange.abort();
        co_await conversation.ended->wait(std::chrono::steady_clock::now() + std::chrono::seconds(1));
    }
}

}  // namespace sidecache::pipeline

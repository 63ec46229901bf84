// Sends a request's content to the origin while the answer may come already.
#pragma once

#include "proxy/origin/exchange.hpp"
#include "proxy/pipeline/interfaces.hpp"
#include "proxy/runtime/event.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::pipeline {

// What is kept of content that passes by.
struct ContentCopy {
    std::size_t limit;
    std::string bytes{};
    bool is_over = false;

    void add(std::string_view piece) {
        is_over = is_over || piece.size() > limit - bytes.size();
        if (!is_over) bytes.append(piece);
    }
};

// The exchange with the origin and the upload into it: kept together, since both may outlive the head.
struct Conversation {
    explicit Conversation(origin::Exchange exchange_) : exchange(std::move(exchange_)) {}

    // What is left of the answer, for nobody: an origin may commit as late as with its last byte. False: it broke off, or is not over by then.
    runtime::Task<bool> hear_to_end(runtime::SteadyTime until);

    origin::Exchange exchange;
    bool is_uploading = false;
    ContentFault fault = ContentFault::none;  // of the client
    std::optional<runtime::Event> ended{};    // of the upload, if there is one
    ContentSource* content = nullptr;         // while it uploads
    std::optional<ContentCopy> copy{};        // of what is uploaded, if somebody wants to read it
};

// Starts it: `begun` was read from the content already. The owner of `content` must await `end_upload` before the content goes.
void start_upload(runtime::Loop& loop, const std::shared_ptr<Conversation>& conversation, ContentSource& content, std::string begun,
                  std::chrono::milliseconds first_byte);

// Ends it, if it still runs: nothing more is read from the client or sent to the origin.
runtime::Task<> end_upload(Conversation& conversation);

}  // namespace sidecache::pipeline

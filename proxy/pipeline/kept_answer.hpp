// The answer to a write, kept back until its content has told which other rows it changed (CONSISTENCY 1.1 write, 2; S15).
#pragma once

#include "proxy/pipeline/upload.hpp"
#include "proxy/runtime/event.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace sidecache::pipeline {

struct KeptAnswer {
    explicit KeptAnswer(runtime::Loop& loop) : changed(loop) {}

    // All of it is here.
    bool is_whole(origin::Exchange& exchange) const { return !is_reading && !error && exchange.is_complete(); }

    std::string bytes;                       // read, and not handed out yet
    bool is_over = false;                    // they were more than was to be kept
    std::optional<http::ProxyError> error;   // after them
    bool is_reading = true;                  // nobody else may read from the exchange so long
    bool is_enough = false;                  // no more than the read that is under way
    runtime::Event changed;
};

// Reads content until all of it, or more than `size` bytes of it, are here, or `wait` has passed.
runtime::Task<std::shared_ptr<KeptAnswer>> keep_answer(runtime::Loop& loop, std::shared_ptr<Conversation> conversation, std::size_t size, std::chrono::milliseconds wait);

}  // namespace sidecache::pipeline

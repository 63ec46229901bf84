// The admin door: /metrics, /healthz, /readyz, /explain and /invalidate on a thread of its own, so that it answers while the workers are stuck.
#pragma once

#include "proxy/runtime/listening.hpp"
#include "proxy/runtime/loop.hpp"
#include "proxy/runtime/task.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sidecache::admin {

struct Answer {
    int status = 200;
    std::string json;
};

struct Answers {
    std::function<std::string()> metrics;                // the text exposition format
    std::function<bool(std::string& json)> is_healthy;   // and why: a JSON object
    std::function<bool(std::string& json)> is_ready;
    std::function<Answer(std::string_view query)> explain;  // of the target, without '?'
    std::function<runtime::Task<Answer>(runtime::Loop& loop, std::string_view json)> invalidate;  // the text stands until it is done
};

class AdminDoor {
public:
    AdminDoor(runtime::Listening& listening, Answers answers, runtime::Loop::OnException on_exception);
    ~AdminDoor();  // as `stop`
    // Ends its thread; what waits for an answer stays as it is until it is destroyed.
    void stop();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sidecache::admin

// The admin door: /metrics, /healthz and /readyz on a thread of its own, so that it answers while the workers are stuck.
#pragma once

#include "proxy/runtime/listening.hpp"
#include "proxy/runtime/loop.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sidecache::admin {

struct Answers {
    std::function<std::string()> metrics;                // the text exposition format
    std::function<bool(std::string& json)> is_healthy;   // and why: a JSON object
    std::function<bool(std::string& json)> is_ready;
};

class AdminDoor {
public:
    AdminDoor(runtime::Listening& listening, Answers answers, runtime::Loop::OnException on_exception);
    ~AdminDoor();  // ends its thread

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sidecache::admin

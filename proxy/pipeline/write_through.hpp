// The answer to a write that may answer a later GET of the same URI (RFC 9110 §9.3.3), as it is streamed to its client.
#pragma once

#include "proxy/pipeline/assessment.hpp"
#include "proxy/pipeline/write_fence.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace sidecache::pipeline {

class WriteThrough {
public:
    // The request that it stands for: the write's own, as if it had been a GET. `start` was made before it left.
    struct Asked {
        std::shared_ptr<const Snapshot> snapshot;
        std::size_t route;
        policy::RequestFacts facts;
        Who who;
        OwnedRequest message;
        fill::Fill::Start start;
        WallTime sent;
    };
    // At the head of the answer, before the write ticks; null: it may not be stored.
    static std::unique_ptr<WriteThrough> begin(Shared& shared, Asked asked, const http1::ResponseHead& head);

    const policy::Groups& groups() const noexcept { return assessment_.groups; }

    void append(std::string_view bytes);

    // The whole answer has come and the write has ticked for the last time; nothing of its last byte was delivered yet.
    void file(const WriteFence& fence, std::string_view trailers);

private:
    WriteThrough(Shared& shared, Asked asked) : shared_(shared), asked_(std::move(asked)) {}
    Inquiry inquiry() const;

    Shared& shared_;
    const Asked asked_;
    WallTime answered_;
    Assessment assessment_;
    fill::StoredResponsePtr head_;  // with the content to come
};

}  // namespace sidecache::pipeline

// The content of one request as it comes from the client.
#pragma once

#include "proxy/http/options.hpp"
#include "proxy/http1/content.hpp"
#include "proxy/pipeline/interfaces.hpp"
#include "proxy/runtime/input.hpp"
#include "proxy/runtime/stream.hpp"

namespace sidecache::door {

class RequestContent final : public pipeline::ContentSource {
public:
    RequestContent(runtime::Stream& stream, runtime::Input& input, const Options& options, const http1::RequestHead& head, std::uint64_t limit);

    runtime::Task<Piece> next() override;
    std::optional<std::string_view> whole() const override;
    bool is_malformed_already() const override;
    void take_whole() override;
    std::optional<std::uint64_t> length() const override { return length_; }
    const std::string& trailers() const override { return decoder_.trailers(); }
    void abandon() noexcept override;

    bool is_ended() const noexcept { return decoder_.is_done(); }
    std::uint64_t received() const noexcept { return received_; }

    // Takes what is left of it if that is here already. False: the connection cannot be used for another request.
    bool skip_rest();

private:
    runtime::Stream& stream_;
    runtime::Input& input_;
    const Options& options_;
    std::optional<std::uint64_t> length_;
    http1::ContentDecoder decoder_;
    std::uint64_t limit_;
    std::uint64_t received_ = 0;
};

}  // namespace sidecache::door

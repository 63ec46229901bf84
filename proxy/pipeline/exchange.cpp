#include "proxy/pipeline/exchange.hpp"

#include <cassert>
#include <functional>

namespace sidecache::pipeline {

Arrival Arrival::now() noexcept {
    return {epochs::BootClock::now(), std::chrono::system_clock::now(), std::chrono::steady_clock::now(), true};
}

OwnedRequest::OwnedRequest(std::string_view head, const http1::HeadLimits& limits) : bytes_(head) {
    [[maybe_unused]] const auto rejection = http1::parse_request_head(bytes_, limits, fields_, head_);
    assert(!rejection);
}

OwnedRequest::OwnedRequest(const OwnedRequest& other) : bytes_(other.bytes_), fields_(other.fields_), head_(other.head_) {
    // What is a view into the other's bytes becomes one into these; the rest are texts of the program.
    const auto move_over = [this, &other](std::string_view& text) {
        const std::less<const char*> before;
        const char* const begin = other.bytes_.data();
        if (!before(text.data(), begin) && before(text.data(), begin + other.bytes_.size())) text = {bytes_.data() + (text.data() - begin), text.size()};
    };
    for (http::Field& field : fields_) {
        move_over(field.name);
        move_over(field.value);
    }
    http::RequestView& view = head_.view;
    for (std::string_view* const text : {&head_.target, &view.method_text, &view.authority, &view.path, &view.query}) move_over(*text);
    view.fields = fields_;
}

}  // namespace sidecache::pipeline

#include "proxy/pipeline/exchange.hpp"

#include <functional>
#include <utility>

namespace sidecache::pipeline {

Arrival Arrival::now() noexcept {
    return {epochs::BootClock::now(), std::chrono::system_clock::now(), std::chrono::steady_clock::now(), true};
}

OwnedRequest::OwnedRequest(std::string_view bytes, const http1::RequestHead& head) {
    const auto owned = std::make_shared<Owned>(Owned{std::string(bytes), http1::Fields(head.view.fields.begin(), head.view.fields.end()), head});
    // What is a view into the bytes given becomes one into ours; the rest are texts of the program.
    const auto move_over = [&](std::string_view& text) {
        const std::less<const char*> before;
        const char* const begin = bytes.data();
        if (!before(text.data(), begin) && before(text.data(), begin + bytes.size())) text = {owned->bytes.data() + (text.data() - begin), text.size()};
    };
    for (http::Field& field : owned->fields) {
        move_over(field.name);
        move_over(field.value);
    }
    http::RequestView& view = owned->head.view;
    for (std::string_view* const text : {&owned->head.target, &view.method_text, &view.authority, &view.path, &view.query}) move_over(*text);
    view.fields = owned->fields;
    owned_ = owned;
}

}  // namespace sidecache::pipeline

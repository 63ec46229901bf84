#include "proxy/pipeline/exchange.hpp"

#include <cstddef>
#include <cstring>
#include <functional>
#include <new>
#include <span>
#include <type_traits>

namespace sidecache::pipeline {

Arrival Arrival::now() noexcept {
    return {epochs::BootClock::now(), std::chrono::system_clock::now(), std::chrono::steady_clock::now(), true};
}

OwnedRequest::OwnedRequest(std::string_view bytes, const http1::RequestHead& head) {
    using Unit = std::max_align_t;
    static_assert(std::is_trivially_destructible_v<http1::RequestHead> && std::is_trivially_copyable_v<http::Field>);
    static_assert(sizeof(http1::RequestHead) % alignof(http::Field) == 0);
    const http::HeaderView fields = head.view.fields;
    const std::size_t size = sizeof head + fields.size_bytes() + bytes.size();
    const auto block = std::make_shared_for_overwrite<Unit[]>((size + sizeof(Unit) - 1) / sizeof(Unit));
    auto* const own_head = new (block.get()) http1::RequestHead(head);
    auto* const own_fields = reinterpret_cast<http::Field*>(own_head + 1);
    auto* const own_bytes = reinterpret_cast<char*>(own_fields + fields.size());
    std::uninitialized_copy(fields.begin(), fields.end(), own_fields);
    std::memcpy(own_bytes, bytes.data(), bytes.size());

    // What is a view into the bytes given becomes one into ours; the rest are texts of the program.
    const auto move_over = [&](std::string_view& text) {
        const std::less<const char*> before;
        const char* const begin = bytes.data();
        if (!before(text.data(), begin) && before(text.data(), begin + bytes.size())) text = {own_bytes + (text.data() - begin), text.size()};
    };
    for (http::Field& field : std::span(own_fields, fields.size())) {
        move_over(field.name);
        move_over(field.value);
    }
    http::RequestView& view = own_head->view;
    for (std::string_view* const text : {&own_head->target, &view.method_text, &view.authority, &view.path, &view.query}) move_over(*text);
    view.fields = {own_fields, fields.size()};
    head_ = {block, own_head};
}

}  // namespace sidecache::pipeline

#include "proxy/pipeline/interim.hpp"

#include "proxy/http1/write.hpp"
#include "proxy/pipeline/forwarding.hpp"

namespace sidecache::pipeline {
namespace {
// An origin that sends interim responses without end is not answering.
constexpr int interim_limit = 32;
}  // namespace

std::optional<http::Result<void>> final_of(origin::Exchange& exchange, const origin::Exchange::TakenHead& head) {
    if (!head) return std::nullopt;
    exchange.note(head->has_value());
    if (!*head) return head->error();
    const int status = head->value()->view.status;
    return status >= 200 || status == 101 ? std::optional(http::Result<void>()) : std::nullopt;
}

runtime::Task<> tell_interim(const Snapshot& snapshot, const http::ResponseView& response, InterimSink* interim) {
    if (interim == nullptr) co_return;
    const std::string text = make_interim_head(snapshot, response);
    co_await interim->send_interim(text);
}

runtime::Task<http::Result<void>> read_final_head(const Snapshot& snapshot, origin::Exchange& exchange, http::Method method, runtime::SteadyTime until, InterimSink* interim,
                                                  int passed) {
    for (int count = passed; count < interim_limit; ++count) {
        auto head = exchange.take_head(method);
        while (!head) {
            co_await exchange.receive(until);
            head = exchange.take_head(method);
        }
        const auto final = final_of(exchange, head);
        if (final) co_return *final;
        co_await tell_interim(snapshot, head->value()->view, interim);
    }
    co_return http::ProxyError::http_protocol_error;
}

std::string make_interim_head(const Snapshot& snapshot, const http::ResponseView& response) {
    std::string head;
    http1::append_status_line(head, response.status);
    for (const http::Field& field : response.fields) {
        if (!http1::is_hop_by_hop(field, response.fields) && !is_kept_from_clients(snapshot, field)) http1::append_field(head, field.name, field.value);
    }
    http1::append_end(head);
    return head;
}

}  // namespace sidecache::pipeline

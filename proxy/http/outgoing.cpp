#include "proxy/http/outgoing.hpp"

#include "cache/http/list.hpp"
#include "proxy/http/patch.hpp"
#include "proxy/http1/content.hpp"

namespace sidecache::door {
namespace {

bool may_have_content(const pipeline::Reply& reply) { return reply.status != 204 && reply.status != 304 && reply.status != 101; }

}  // namespace

Outgoing::Outgoing(pipeline::Reply& reply, const http1::RequestHead& request, const Options& options)
    : reply_(reply), request_(request), has_content_(reply.body != nullptr && request.view.method != http::Method::head && may_have_content(reply)) {
    Patch patch;
    patch.age = reply.age;
    patch.origin_time = reply.origin_time;
    patch.key = reply.key;
    patch.content_length = reply.content_length;
    if (reply.status == 204 || reply.status == 101) patch.content_length.reset();
    if (has_content_ && !patch.content_length) {
        // RFC 9112 §6.3: without a length, chunks; HTTP/1.0 knows only the end of the connection.
        patch.is_chunked = request.minor_version != 0;
        reply.must_close = reply.must_close || !patch.is_chunked;
    } else if (!has_content_ && !patch.content_length && request.view.method != http::Method::head && may_have_content(reply)) {
        patch.content_length = 0;
    }
    is_chunked_ = patch.is_chunked;
    append_patch(reply.head, patch, reply.outcome, request, !reply.must_close || reply.status == 101, options);
}

void Outgoing::add_head() {
    gather(reply_.head);
    has_begun_ = true;
    is_whole_ = !has_content_;
}

void Outgoing::add(const http::Result<pipeline::Body::Piece>& piece) {
    if (!piece) {
        failure_ = piece.error();
        return;
    }
    const auto [bytes, is_end] = piece.value();
    if (!has_begun_) add_head();
    is_whole_ = is_end;
    content_ += bytes.size();
    content_added_ = bytes.size();
    end_.clear();
    if (is_chunked_ && !bytes.empty()) {
        gather({chunk_head_.data(), http1::write_chunk_head(chunk_head_.data(), bytes.size())});
        end_ = "\r\n";
    }
    if (is_chunked_ && is_end) {
        // Trailers only to a client that says that it reads them (RFC 9110 §6.5.1).
        const bool wants_trailers = http::has_token(request_.view.fields, http::FieldName::te, "trailers");
        end_.append("0\r\n").append(wants_trailers ? reply_.body->trailers() : std::string_view()).append("\r\n");
    }
    gather(bytes);
    gather(end_);
}

void Outgoing::gather(std::string_view bytes) noexcept {
    if (bytes.empty()) return;
    pieces_[unwritten_.size()] = {const_cast<char*>(bytes.data()), bytes.size()};
    unwritten_ = {pieces_.data(), unwritten_.size() + 1};
}

}  // namespace sidecache::door

// What is changed in a message on its way through: hop-by-hop fields, Via, Host, Forwarded and X-Forwarded-* (RFC 9110 §7.6, RFC 7239).
#pragma once

#include "cache/fill/stored_response.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/query_content.hpp"
#include "proxy/pipeline/scope.hpp"
#include "proxy/pipeline/shared.hpp"

#include <string>
#include <vector>

namespace sidecache::pipeline {

// May the connection become a tunnel (RFC 9110 §7.8)? Not with content on its way, and not for another kind of HTTP or for TLS: in such a tunnel
// requests would pass unseen, writes among them.
bool may_upgrade(const http1::RequestHead& request);

// How the content of a request to the origin is framed.
struct RequestFraming {
    enum class Kind : std::uint8_t { none, length, chunked } kind = Kind::none;
    std::uint64_t length = 0;
    bool has_come = false;  // the content, or its beginning, is here: nobody waits for 100 (Continue)
};

RequestFraming framing_of(const QueryContent& content);

// The head of the client's request as it goes to the origin, with its empty line. Of the fields that override the method `overrides` go along.
std::string make_forwarded_head(const Snapshot& snapshot, const OwnedRequest& message, const Peer& peer, std::string_view id,
                                RequestFraming framing, http::FieldSet overrides = {});

// The head of a fill: the client's conditions are left out, so that the answer is whole; those of `stored`, if any, are put in, and the ranges of its scope.
std::string make_fill_head(const Snapshot& snapshot, const OwnedRequest& message, const Peer& peer, std::string_view id,
                           const fill::StoredResponse* stored, const Scope& scope = {}, RequestFraming framing = {});

// The fields of the origin's answer that go to the client: end-to-end ones, with Via, and Date if there was none. Views into the answer and into what was made.
// Its room may be used again.
struct EndToEnd {
    std::vector<http::Field> fields;
    std::string made_via;
    std::string made_date;
};
void select_end_to_end(EndToEnd& out, const Snapshot& snapshot, const http1::ResponseHead& response, std::chrono::system_clock::time_point now,
                       bool drop_age);

// Is it a field in which the application tells us alone of its users (`principals.NAME.role_header`)?
bool tells_a_role(const Snapshot& snapshot, std::string_view field_name);
// What is stored keeps these, and clients do not get them (`headers.groups`).
http::FieldSet withheld_from_clients(const Snapshot& snapshot);
// Does nobody get it who is sent this message as it comes? Either of both.
bool is_kept_from_clients(const Snapshot& snapshot, const http::Field& field);
// Trailer lines without those fields.
std::string trailers_for_clients(const Snapshot& snapshot, const std::string& trailers);

// Takes the fields that are left out of what is shared out of `fields`; returns their lines, which are for the leader's client alone (RFC 9111 §5.2.2.4, §5.2.2.7).
std::string take_left_out(std::vector<http::Field>& fields, const std::vector<std::string_view>& left_out);

// How many queries the origin says that its answer took (X-Query-Count); -1: it does not say.
std::int32_t queries_of(const http::ResponseView& response);

}  // namespace sidecache::pipeline

// The text of a stored form: reason phrase, fields, those that clients get instead, and trailers. Only what may be sent as it is comes out of it.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "cache/forms/octet_reader.hpp"
#include "cache/forms/octet_writer.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sidecache::forms {

// "OK" of a head that begins with "HTTP/1.1 200 OK"; nullopt if it begins otherwise.
std::optional<std::string_view> reason_of(std::string_view head, int status) noexcept;

// No field of these says how a message is framed: whoever writes to the tier has no say in that.
bool are_storable(const http::FieldSet& names) noexcept;
void append_fields(OctetWriter& writer, const fill::StoredResponse& response);

struct HeadLimits {
    std::size_t octets;
    std::size_t fields;
};
struct ReadHead {
    std::string status_line;
    boost::container::small_vector<http::Field, 48> fields;  // views into what was read
    policy::ClientFields clients;
};
std::string read_status_line(OctetReader& reader, int status);
void read_fields(OctetReader& reader, ReadHead& head, const HeadLimits& limits);
std::string_view read_trailers(OctetReader& reader, std::size_t limit) noexcept;

}  // namespace sidecache::forms

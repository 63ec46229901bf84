#include "proxy/http1/read_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <functional>
#include <limits>

namespace sidecache::http1 {
namespace {

namespace beast = boost::beast;

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

// Keeps views of what Beast finds; no message, no fields container. Its opinion on framing is asked only in so far as it
// refuses more: `framing.hpp` decides.
class Reader final : public beast::http::basic_parser<false> {
public:
    Reader(std::string_view bytes, std::size_t max_fields, Fields& fields, RawSection& section)
        : bytes_(bytes), max_fields_(max_fields), fields_(fields), section_(section) {
        // Limits are judged elsewhere, with the status that belongs to each.
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
        this->body_limit(boost::none);
        this->skip(true);
    }

    // Reads `bytes`, which must be used up to their end. An error tells why not.
    beast::error_code read_whole(std::string_view bytes) {
        beast::error_code error;
        const std::size_t used = this->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
        if (!error && used != bytes.size()) error = beast::http::error::unexpected_body;
        return error;
    }

    RawStatus status() const { return status_; }

private:
    using Error = beast::error_code;

    void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int, Error&) override {}

    void on_response_impl(int status, beast::string_view, int version, Error&) override { status_ = {status, version % 10}; }

    void on_field_impl(beast::http::field, beast::string_view name_text, beast::string_view value_text, Error& error) override {
        const http::Field field{http::field_name(view_of(name_text)), view_of(name_text), view_of(value_text)};
        if (is_folded(field)) {
            error = beast::http::error::bad_value;
            return;
        }
        if (fields_.size() == max_fields_) {
            error = beast::http::error::header_limit;
            return;
        }
        if (section_.names.has(field.id)) section_.repeated.insert(field.id);
        section_.names.insert(field.id);
        fields_.push_back(field);
    }

    // RFC 9112 §5.2: Beast unfolds lines, into a buffer of its own or, where the first line is empty, by beginning after the
    // CRLF.
    bool is_folded(const http::Field& field) const {
        const std::less<const char*> before;
        const char* place = field.name.data() + field.name.size() + 1;
        const char* const value = field.value.data();
        if (before(value, place) || before(bytes_.data() + bytes_.size(), value)) return true;
        while (place != value && *place != '\r') ++place;
        return place != value;
    }

    void on_header_impl(Error&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, Error&) override {}
    std::size_t on_body_impl(beast::string_view, Error&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, Error&) override { return 0; }
    void on_finish_impl(Error&) override {}

    std::string_view bytes_;
    std::size_t max_fields_;
    Fields& fields_;
    RawSection& section_;
    RawStatus status_;
};

}  // namespace

bool read_response(std::string_view head, std::size_t max_fields, Fields& fields, RawStatus& status, RawSection& out) {
    Reader reader(head, max_fields, fields, out);
    if (reader.read_whole(head)) return false;
    status = reader.status();
    return true;
}

}  // namespace sidecache::http1

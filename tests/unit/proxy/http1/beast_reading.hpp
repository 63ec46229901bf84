// What Boost.Beast reads in a head: our own reader may be stricter than one that others use, and never laxer (but for Proxy-Connection), nor read anything else.
#pragma once

#include "proxy/http1/head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::http1::testing {

template <bool is_request>
class BeastReading final : public boost::beast::http::basic_parser<is_request> {
public:
    explicit BeastReading(std::string_view head) {
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
        this->body_limit(boost::none);
        this->skip(true);
        boost::beast::error_code error;
        const std::size_t used = this->put(boost::asio::const_buffer(head.data(), head.size()), error);
        is_read_ = !error && used == head.size();
    }

    bool is_read() const { return is_read_; }

    // Does it take a head that we took, in HTTP/1.0 or 1.1, for the same request?
    bool agrees_with(const RequestHead& ours) const {
        return is_read_ && method_ == ours.view.method_text && target_ == ours.target && has_same_fields(ours.view.fields, http::FieldName::host);  // an absolute target has replaced Host
    }
    // The same response? (Of equal lengths that are repeated ours keeps one.)
    bool agrees_with(const ResponseHead& ours) const {
        if (!is_read_ || status_ != ours.view.status || version_ != 10 + ours.minor_version) return false;
        return ours.view.names.has(http::FieldName::content_length) || has_same_fields(ours.view.fields, std::nullopt);
    }

private:
    bool has_same_fields(http::HeaderView ours, std::optional<http::FieldName> any_value) const {
        if (fields_.size() != ours.size()) return false;
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            if (fields_[i].first != ours[i].name || (ours[i].id != any_value && fields_[i].second != ours[i].value)) return false;
        }
        return true;
    }

    using Error = boost::beast::error_code;
    using Text = boost::beast::string_view;
    static std::string text_of(Text text) { return {text.data(), text.size()}; }

    void on_request_impl(boost::beast::http::verb, Text method, Text target, int, Error&) override {
        method_ = text_of(method);
        target_ = text_of(target);
    }
    void on_response_impl(int status, Text, int version, Error&) override {
        status_ = status;
        version_ = version;
    }
    void on_field_impl(boost::beast::http::field, Text name, Text value, Error&) override { fields_.emplace_back(text_of(name), text_of(value)); }
    void on_header_impl(Error&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, Error&) override {}
    std::size_t on_body_impl(Text, Error&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text, Error&) override { return 0; }
    void on_finish_impl(Error&) override {}

    bool is_read_ = false;
    std::string method_, target_;
    int status_ = 0;
    int version_ = 0;  // 11 is 1.1
    std::vector<std::pair<std::string, std::string>> fields_;
};

// Beast reads no higher version than 1.1, and judges Proxy-Connection, which means nothing here and is never forwarded.
inline bool is_comparable(std::string_view, const ResponseHead& ours) { return !ours.view.names.has(http::FieldName::proxy_connection); }
inline bool is_comparable(std::string_view head, const RequestHead& ours) {
    const std::string_view line = head.substr(0, head.find('\r'));
    return (line.ends_with("HTTP/1.1") || line.ends_with("HTTP/1.0")) && !ours.view.names.has(http::FieldName::proxy_connection);
}

}  // namespace sidecache::http1::testing

// Header sections, requests and responses from literals.
#pragma once

#include "cache/http/message.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::testing {

// Names and values are literals: only views are kept.
class Fields {
public:
    Fields(std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
        for (const auto& [name, value] : lines) fields_.push_back({http::field_name(name), name, value});
    }
    operator http::HeaderView() const { return fields_; }
    http::FieldSet names() const { return http::names_of(fields_); }
    http::HeaderView view() const { return fields_; }

private:
    std::vector<http::Field> fields_;
};

inline http::RequestView make_request(std::string_view method, std::string_view path, const Fields& fields) {
    http::RequestView request;
    request.method = http::method_of(method);
    request.method_text = method;
    request.authority = "api.example";
    const std::size_t question = path.find('?');
    request.path = path.substr(0, question);
    request.has_query = question != std::string_view::npos;
    if (request.has_query) request.query = path.substr(question + 1);
    request.fields = fields;
    request.names = fields.names();
    return request;
}

inline http::ResponseView make_response(int status, const Fields& fields) { return {status, fields, fields.names()}; }

}  // namespace sidecache::testing

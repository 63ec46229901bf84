#include "proxy/pipeline/question.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/field.hpp"
#include "cache/http/list.hpp"
#include "proxy/http1/target_form.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace sidecache::pipeline {
namespace {

constexpr std::string_view known = "Known parameters are url, method, host and header; within a value, & is written %26, % is written %25 and + is written %2B.";

// application/x-www-form-urlencoded; nullopt for a broken escape, or for what would end a line of the head.
std::optional<std::string> decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i] == '+' ? ' ' : text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? http::hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? http::hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        const auto code = static_cast<unsigned char>(c);
        if (code < 0x20 || code == 0x7F) return std::nullopt;
        out += c;
    }
    return out;
}

struct Given {
    std::optional<std::string> url, method, host;
    std::vector<std::string> headers;
};

// A sentence where something is wrong.
std::string take(Given& given, std::string_view name, std::string value) {
    if (name == "header") {
        given.headers.push_back(std::move(value));
        return {};
    }
    std::optional<std::string>* place = name == "url" ? &given.url : name == "method" ? &given.method : name == "host" ? &given.host : nullptr;
    if (place == nullptr) return "There is a parameter that is not known. " + std::string(known);
    if (place->has_value()) return std::string(name) + " is given twice; once is expected.";
    *place = std::move(value);
    return {};
}

std::string read_parameters(Given& given, std::string_view query) {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view parameter = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const std::size_t equals = std::min(parameter.find('='), parameter.size());
        const std::string_view value = equals == parameter.size() ? std::string_view{} : parameter.substr(equals + 1);
        auto plain = decode(value);
        if (!plain) return "A value has a broken escape or a control character. " + std::string(known);
        if (std::string problem = take(given, parameter.substr(0, equals), *std::move(plain)); !problem.empty()) return problem;
    }
    return {};
}

// "http://host/path" is the path at that host; a TLS proxy before us sends https likewise.
std::string split_url(Given& given) {
    std::string& url = *given.url;
    const std::size_t scheme = http::iequals(url.substr(0, 7), "http://") ? 7 : http::iequals(url.substr(0, 8), "https://") ? 8 : 0;
    if (scheme == 0) return url.starts_with('/') ? "" : "url is neither a path that begins with / nor absolute with http:// or https://.";
    const std::size_t end = std::min(url.find_first_of("/?", scheme), url.size());
    const std::string authority = url.substr(scheme, end - scheme);
    if (given.host && *given.host != authority) return "url names another host than host does; one of them is expected.";
    given.host = authority;
    url = url.substr(end);
    if (!url.starts_with('/')) url.insert(0, "/");
    return {};
}

std::string read_headers(Given& given, std::string& lines) {
    for (const std::string& header : given.headers) {
        const std::size_t colon = std::min(header.find(':'), header.size());
        const std::string name = header.substr(0, colon);
        if (colon == header.size() || !http::is_token(name)) return "header is not of the form Name: value.";
        const std::string_view value = http::trim(std::string_view(header).substr(colon + 1));
        if (!http::iequals(name, "host")) {
            lines.append(name).append(": ").append(value).append("\r\n");
        } else if (given.host && *given.host != value) {
            return "The host is given twice; once is expected.";
        } else {
            given.host = std::string(value);
        }
    }
    return {};
}

std::string write_head(Given& given, std::string& head) {
    if (!given.url || given.url->empty()) return "url is missing: a path such as /doctors/5/, or an absolute URL. " + std::string(known);
    if (std::string problem = split_url(given); !problem.empty()) return problem;
    std::string lines;
    if (std::string problem = read_headers(given, lines); !problem.empty()) return problem;
    if (!given.host) return "The host is missing: give host=..., as clients send it in Host, or an absolute url.";
    if (!http1::is_valid_authority(*given.host)) return "The host is no host name or address with an optional port.";
    http::RequestView view;
    if (http1::split_target(*given.url, view)) return "url has a character that must be escaped.";
    const std::string method = given.method.value_or("GET");
    if (!http::is_token(method)) return "method is no method, such as GET.";
    head = method + " " + *given.url + " HTTP/1.1\r\nHost: " + *given.host + "\r\n" + lines + "\r\n";
    return {};
}

}  // namespace

Question read_question(std::string_view query) {
    Given given;
    Question question;
    question.problem = read_parameters(given, query);
    if (question.problem.empty()) question.problem = write_head(given, question.head);
    return question;
}

}  // namespace sidecache::pipeline

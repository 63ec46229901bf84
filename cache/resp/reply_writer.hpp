// Writes replies in Redis' protocol, RESP2 or RESP3, whichever the client asked for.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::resp {

class ReplyWriter {
public:
    explicit ReplyWriter(std::string& out) : out_(out) {}

    bool is_resp3() const noexcept { return is_resp3_; }
    void speak(bool resp3) noexcept { is_resp3_ = resp3; }

    void ok() { out_ += "+OK\r\n"; }
    void status(std::string_view word) { line('+', word); }
    // With its kind: "ERR syntax error". An octet that would end the line early is a space.
    void error(std::string_view text) {
        const std::size_t begin = out_.size() + 1;
        line('-', text);
        for (std::size_t i = begin; i + 2 < out_.size(); ++i) {
            if (out_[i] == '\r' || out_[i] == '\n') out_[i] = ' ';
        }
    }
    void integer(std::int64_t number) { counted(':', number); }
    void boolean(bool is) { integer(is ? 1 : 0); }
    void text(std::string_view octets) {
        counted('$', static_cast<std::int64_t>(octets.size()));
        out_.append(octets).append("\r\n");
    }
    void nil() { out_ += is_resp3_ ? "_\r\n" : "$-1\r\n"; }
    void nil_array() { out_ += is_resp3_ ? "_\r\n" : "*-1\r\n"; }
    // So many values follow.
    void array(std::size_t items) { counted('*', static_cast<std::int64_t>(items)); }
    // So many pairs follow: of RESP2, an array of twice as many.
    void map(std::size_t pairs) { counted(is_resp3_ ? '%' : '*', static_cast<std::int64_t>(is_resp3_ ? pairs : 2 * pairs)); }
    // Text for people.
    void verbatim(std::string_view octets) {
        if (!is_resp3_) return text(octets);
        counted('=', static_cast<std::int64_t>(octets.size() + 4));
        out_.append("txt:").append(octets).append("\r\n");
    }

    std::size_t size() const noexcept { return out_.size(); }
    // Takes back what was written since `size` was so many.
    void take_back(std::size_t size) { out_.resize(size); }

private:
    void line(char kind, std::string_view text) {
        out_ += kind;
        out_.append(text).append("\r\n");
    }
    void counted(char kind, std::int64_t number) {
        char digits[24];
        digits[0] = kind;
        char* end = std::to_chars(digits + 1, digits + sizeof digits, number).ptr;
        *end++ = '\r';
        *end++ = '\n';
        out_.append(digits, end);
    }

    std::string& out_;
    bool is_resp3_ = false;
};

}  // namespace sidecache::resp

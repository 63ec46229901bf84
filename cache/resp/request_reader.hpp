// Reads requests in Redis' protocol out of octets as they arrive: arrays of bulk strings, and lines of words ("inline commands").
// hiredis cannot: its reader takes no lines, allocates as many items as are announced, and has no limits (docs/architecture.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::resp {

struct RequestLimits {
    std::size_t arguments = 65'536;                     // of one request, its name among them
    std::size_t argument = std::size_t{4} << 20;        // octets of one argument
    std::size_t request = std::size_t{16} << 20;        // octets of one request
    static constexpr std::size_t line = 64 * 1024;      // octets of an inline request (as Redis)
};

class RequestReader {
public:
    enum class State : std::uint8_t {
        need_more,
        request,  // `arguments` are there: none of them, where a line or an array was empty
        broken,   // `problem` says why: nothing that follows can be read
    };

    // Looks at all that is unread, whose first octet is the request's: what was looked at before is not looked at again, though it may stand
    // elsewhere now. `arguments` are views into it, or, of a line with quotes, into the reader: until the next `look`.
    State look(std::string_view unread, const RequestLimits& limits);

    std::span<const std::string_view> arguments() const noexcept { return arguments_; }
    std::size_t size() const noexcept { return at_; }  // octets of the request
    // Octets that are still missing, as far as is known by now; at least one.
    std::size_t missing(std::size_t unread) const noexcept { return at_ + expected_ > unread ? at_ + expected_ - unread : 1; }
    // As Redis words it, without "ERR ".
    std::string_view problem() const noexcept { return problem_; }

    // The request was consumed: the next one begins at the first octet that is unread.
    void begin();

private:
    struct Place {
        std::size_t at;
        std::size_t size;
    };

    State look_at_line(std::string_view unread, const RequestLimits& limits);
    State look_at_array(std::string_view unread, const RequestLimits& limits);
    State break_with(std::string problem);
    State refuse_number(std::string_view line, const char* of_many_digits, const char* of_none);
    bool split(std::string_view line);

    std::size_t at_ = 0;        // all before it was understood
    std::size_t expected_ = 0;  // octets of the argument that is being read, with its end; 0: its length is not known yet
    std::size_t left_ = 0;      // arguments that are still to come
    bool is_array_ = false;     // its length is known
    std::vector<Place> places_;
    std::vector<std::string_view> arguments_;
    std::vector<std::string> words_;  // of a line
    std::string problem_;
};

}  // namespace sidecache::resp

// JSON Pointer (RFC 6901): "/sub", "/realm_access/roles/0", "/https:~1~1example.com~1role".
#pragma once

#include <boost/json/fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::strict_json {

class Pointer {
public:
    // nullopt if it is no JSON Pointer, and for "", which is the whole document.
    static std::optional<Pointer> parse(std::string_view text);

    // The value it points to; nullptr where there is none.
    const boost::json::value* find(const boost::json::object& document) const noexcept;
    const boost::json::value* find(const boost::json::value& document) const noexcept;

private:
    explicit Pointer(std::vector<std::string> steps) : steps_(std::move(steps)) {}
    std::vector<std::string> steps_;
};

}  // namespace sidecache::strict_json

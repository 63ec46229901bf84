// Entity tags and their comparison (RFC 9110 §8.8.3).
#pragma once

#include <optional>
#include <string_view>

namespace sidecache::http {

struct EntityTag {
    bool is_weak = false;
    std::string_view opaque;  // with its quotes
    friend bool operator==(const EntityTag&, const EntityTag&) = default;
};

// nullopt if the text is no entity-tag.
std::optional<EntityTag> parse_entity_tag(std::string_view text) noexcept;

bool strong_match(const EntityTag& a, const EntityTag& b) noexcept;  // RFC 9110 §8.8.3.2
bool weak_match(const EntityTag& a, const EntityTag& b) noexcept;

// Does a field value of If-None-Match or If-Match ("*" or a list) name `tag` by weak / strong comparison?
bool any_weak_match(std::string_view list, const EntityTag& tag) noexcept;
bool any_strong_match(std::string_view list, const EntityTag& tag) noexcept;

}  // namespace sidecache::http

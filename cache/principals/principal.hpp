// Who asks, as the configuration says it: by which fields or cookies of a request the application knows its user, or the role of one.
#pragma once

#include "cache/http/field.hpp"
#include "cache/jwt/verify.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sidecache::principals {

// A field of requests, named once.
struct NamedField {
    explicit NamedField(std::string text) : name(std::move(text)), id(http::field_name(name)) {}
    bool is(const http::Field& field) const noexcept { return field.id == id && (id != http::FieldName::other || http::iequals(field.name, name)); }
    std::string name;
    http::FieldName id;
};

// A verified JWT in a field, and the claim that partitions: several tokens may make one partition.
struct TokenRule {
    NamedField header;
    jwt::ClaimPath claim;
    std::shared_ptr<const jwt::KeySet> keys;
    jwt::Expectations expected{};
};

// Either `token`, or an opaque credential of a header, of cookies, or of both together.
struct Principal {
    std::string name;
    std::optional<NamedField> header{};
    std::vector<std::string> cookies{};      // names, case-sensitive (RFC 6265 §5.3)
    std::optional<TokenRule> token{};
    std::chrono::seconds recheck{60};        // longest reuse since the origin accepted an opaque credential
    std::string role_header{};               // response field by which the application tells the role of who asked; empty: none
    std::string definition{};                // what partitions are made by: another definition makes other partitions

    bool names(http::FieldName id) const noexcept { return (header && header->id == id) || (token && token->header.id == id); }
};

}  // namespace sidecache::principals

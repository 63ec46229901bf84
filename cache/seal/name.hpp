// What a key text is called in Redis: HMAC-SHA-256 of it, 160 bits in base64url, so that who reads Redis sees neither URLs nor principals, nor can try guesses.
//
// A name depends on the key that made it. The first key's is the one to write under; what was written before a rotation stands under an older one, so a
// look-up asks for all of them, and so does what deletes by name. Each key beyond the first costs one digest more (half a microsecond) and one name more in
// the same command (MGET, UNLINK), until it is taken out of the configuration. In a cluster the names lie in different slots, and one command becomes several.
//
// Not for what all nodes must find in one place at all times, such as the count of a group: during a rotation two nodes have different first keys.
#pragma once

#include "cache/seal/seal_keys.hpp"

#include <array>
#include <span>
#include <string_view>

namespace sidecache::seal {

// Letters, digits, "-" and "_": neither Redis' patterns nor its hash tags nor a terminal make anything of it.
struct Name {
    std::array<char, 27> text{};

    std::string_view view() const noexcept { return {text.data(), text.size()}; }
    operator std::string_view() const noexcept { return view(); }
    bool operator==(const Name&) const = default;
};

// Names of one text, one for each key, in their order.
class Names {
public:
    std::span<const Name> all() const noexcept { return {names_.data(), count_}; }
    const Name& current() const noexcept { return names_.front(); }
    std::span<const Name> older() const noexcept { return all().subspan(1); }

private:
    friend Result<Names> names_of(const SealKeys& keys, std::string_view text);
    std::array<Name, SealKeys::max_keys> names_;
    std::size_t count_ = 0;
};

// Let the text begin with what kind of thing it names, or equal texts of two kinds are seen to be equal.
Result<Name> name_of(const SealKeys& keys, std::string_view text);
Result<Names> names_of(const SealKeys& keys, std::string_view text);

}  // namespace sidecache::seal

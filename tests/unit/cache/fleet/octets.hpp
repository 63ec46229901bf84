// All of a model's state in octets, so that two states are compared by one digest of them.
#pragma once

#include "cache/epochs/boot_time.hpp"
#include "cache/fleet/turn.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace sidecache::fleet::model {

// Two halves of 64 bits: of some million states, that any two share both is out of the question.
struct Digest {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    friend bool operator==(const Digest&, const Digest&) = default;
    friend std::size_t hash_value(const Digest& digest) { return digest.first; }
};

class Octets {
public:
    explicit Octets(int lease) : lease_(lease) {}

    // By whose clock the times that follow are.
    void go_by(epochs::BootTime now) { now_ = now; }

    // All numbers of a model are small.
    template <typename T>
    void add(const T& value) requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) {
        bytes_.push_back(static_cast<char>(value));
    }
    // A lease or more ago is long ago; what is over is over.
    void add_past(epochs::BootTime time) { add(std::min<std::int64_t>((now_ - time) / std::chrono::seconds(1), lease_)); }
    void add_end(epochs::BootTime time) { add(std::max<std::int64_t>((time - now_) / std::chrono::seconds(1), 0)); }
    // Only which of them are the same matters, and which came later.
    void add_grant(NodeId node, Grant grant) {
        grants_.push_back({node, grant, bytes_.size()});
        add(0);
    }

    Digest digest() {
        number_grants();
        while (bytes_.size() % sizeof(std::uint64_t) != 0) add(0);
        Digest digest{0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f};
        for (std::size_t at = 0; at < bytes_.size(); at += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes_.data() + at, sizeof word);
            digest.first = mix(digest.first ^ word);
            digest.second = mix(std::rotl(digest.second, 7) + word);
        }
        return digest;
    }

private:
    struct Granted {
        NodeId node = 0;
        Grant grant = 0;
        std::size_t at = 0;
    };

    void number_grants() {
        std::ranges::sort(grants_, {}, [](const Granted& each) { return std::pair(each.node, each.grant); });
        char number = 0;
        for (std::size_t i = 0; i < grants_.size(); ++i) {
            const bool is_first = i == 0 || grants_[i - 1].node != grants_[i].node;
            if (is_first) {
                number = 0;
            } else if (grants_[i - 1].grant != grants_[i].grant) {
                ++number;
            }
            bytes_[grants_[i].at] = number;
        }
    }
    static std::uint64_t mix(std::uint64_t value) {
        value *= 0xff51afd7ed558ccd;
        value ^= value >> 32;
        value *= 0xc4ceb9fe1a85ec53;
        return value ^ (value >> 29);
    }

    int lease_;
    epochs::BootTime now_{};
    boost::container::small_vector<char, 512> bytes_;
    boost::container::small_vector<Granted, 16> grants_;
};

}  // namespace sidecache::fleet::model

// Where the heads of answers are read to: one worker's, lent to an exchange for as long as it is read from.
#pragma once

#include "proxy/http1/head.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::origin {

struct HeadRoom {
    std::string bytes;     // what the views point into
    http1::Fields fields;
};

class HeadRooms {
public:
    static constexpr std::size_t spare = 64;  // so many are kept for the next to ask, unless a head made them large
    static constexpr std::size_t usual_bytes = 1024;
    static constexpr std::size_t usual_fields = 24;
    static constexpr std::size_t large_bytes = 4 * usual_bytes;
    static constexpr std::size_t large_fields = 4 * usual_fields;

    struct GiveBack {
        HeadRooms* rooms = nullptr;
        void operator()(HeadRoom* room) const noexcept { rooms->give_back(std::unique_ptr<HeadRoom>(room)); }
    };
    using Lent = std::unique_ptr<HeadRoom, GiveBack>;

    HeadRooms() { spares_.reserve(spare); }

    Lent take() {
        if (spares_.empty()) return make();
        Lent taken(spares_.back().release(), GiveBack{this});
        spares_.pop_back();
        return taken;
    }

private:
    Lent make() {
        auto room = std::make_unique<HeadRoom>();
        room->bytes.reserve(usual_bytes);
        room->fields.reserve(usual_fields);
        return Lent(room.release(), GiveBack{this});
    }
    void give_back(std::unique_ptr<HeadRoom> room) noexcept {
        const bool is_large = room->bytes.capacity() > large_bytes || room->fields.capacity() > large_fields;
        if (spares_.size() < spare && !is_large) spares_.push_back(std::move(room));
    }

    std::vector<std::unique_ptr<HeadRoom>> spares_;  // the last given back is the first lent: it is still in the processor's cache
};

}  // namespace sidecache::origin

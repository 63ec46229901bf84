#include "cache/resp/reader.hpp"

#include <hiredis/hiredis.h>

#include <new>
#include <utility>

namespace sidecache::resp {
namespace {

// hiredis has kinds of its own, and asks for objects as it goes: those of an array are made with it, so that they do not move.
Value* place_of(const redisReadTask* task) {
    if (task->parent == nullptr) return new Value();
    return &static_cast<Value*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
}

Value::Kind kind_of(int type) {
    switch (type) {
        case REDIS_REPLY_STATUS: return Value::Kind::status;
        case REDIS_REPLY_ERROR: return Value::Kind::error;
        default: return Value::Kind::text;
    }
}

}  // namespace

struct Reader::Parts {
    explicit Parts(const Limits& limits_) : limits(limits_), reader(redisReaderCreateWithFunctions(&functions)) {
        if (reader == nullptr) throw std::bad_alloc();
        reader->privdata = this;
    }
    ~Parts() { redisReaderFree(reader); }

    static void* make_text(const redisReadTask* task, char* octets, std::size_t size) {
        Value* value = place_of(task);
        value->kind = kind_of(task->type);
        value->text.assign(octets, size);
        return value;
    }
    static void* make_array(const redisReadTask* task, int items) {
        // Told before any of them came: what is made for them must not be more than what may come.
        const auto* parts = static_cast<const Parts*>(task->privdata);
        if (items < 0 || static_cast<std::size_t>(items) > parts->limits.items) return nullptr;
        Value* value = place_of(task);
        value->kind = Value::Kind::array;
        value->items.resize(static_cast<std::size_t>(items));
        return value;
    }
    static void* make_integer(const redisReadTask* task, long long number) {
        Value* value = place_of(task);
        value->kind = Value::Kind::integer;
        value->integer = number;
        return value;
    }
    static void* make_nil(const redisReadTask* task) { return place_of(task); }
    static void free_object(void* object) { delete static_cast<Value*>(object); }

    static redisReplyObjectFunctions functions;
    Limits limits;
    redisReader* reader;
};

redisReplyObjectFunctions Reader::Parts::functions{make_text, make_array, make_integer, make_nil, free_object};

Reader::Reader(const Limits& limits) : parts_(std::make_unique<Parts>(limits)) {}
Reader::~Reader() = default;

void Reader::feed(std::string_view octets) {
    if (is_broken_) return;
    if (redisReaderFeed(parts_->reader, octets.data(), octets.size()) != REDIS_OK) is_broken_ = true;
}

std::optional<Value> Reader::next() {
    if (is_broken_) return std::nullopt;
    void* object = nullptr;
    if (redisReaderGetReply(parts_->reader, &object) != REDIS_OK) {
        is_broken_ = true;
        return std::nullopt;
    }
    if (object == nullptr) {
        is_broken_ = parts_->reader->len - parts_->reader->pos > parts_->limits.size;
        return std::nullopt;
    }
    const std::unique_ptr<Value> value(static_cast<Value*>(object));
    return std::move(*value);
}

}  // namespace sidecache::resp

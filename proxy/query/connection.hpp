// One client of the query door: all commands that came with one read are run, and their replies leave in one write.
#pragma once

#include "cache/resp/request_reader.hpp"
#include "proxy/query/door.hpp"
#include "proxy/query/session.hpp"
#include "proxy/runtime/input.hpp"
#include "proxy/runtime/stream.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace sidecache::query {

class Connection final : private Resting {
public:
    Connection(QueryDoor& door, runtime::Socket socket, std::uint64_t id);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    runtime::Task<> run();
    runtime::Task<> refuse();

private:
    void allow_end() noexcept override { stream_.set_idle(true); }

    // Runs what is whole in the buffer, until all is or there is enough to send; how many they were.
    std::size_t run_commands();
    bool begin_read(bool is_idle);  // false: nothing more is read
    std::size_t most_unread() const noexcept;
    void clear_replies();
    runtime::Task<> linger();

    QueryDoor& door_;
    const std::shared_ptr<const Options> options_;
    runtime::Stream stream_;
    runtime::Input input_;
    resp::RequestReader reader_;
    Session session_;
    bool needs_more_ = false;  // nothing whole is left in the buffer
    bool is_refused_ = false;  // what it sends cannot be read
};

}  // namespace sidecache::query

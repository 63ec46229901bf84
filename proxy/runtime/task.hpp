// The coroutine type of the house: Asio's awaitable on the concrete executor of a worker's loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sidecache::runtime {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

template <typename T = void>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_task{};

// For who suspends a task without an operation of Asio's: a function object that is awaited gets the frame of the coroutine that awaits it, and takes the task out of it.
using Frame = asio::detail::awaitable_frame_base<Executor>;
using Waiting = asio::detail::awaitable_thread<Executor>;  // a task with all the coroutines that it is made of; `launch` goes on with it

}  // namespace sidecache::runtime

#include "proxy/admin/admin_door.hpp"

#include "proxy/runtime/acceptor.hpp"
#include "proxy/runtime/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <thread>

namespace sidecache::admin {
namespace {

namespace beast = boost::beast;
namespace asio = boost::asio;
using runtime::Task;

// Whoever scrapes or probes is quick, small and few.
constexpr std::chrono::seconds patience{10};
constexpr int connection_limit = 64;

using Stream = beast::basic_stream<asio::generic::stream_protocol, runtime::Executor>;
using Request = beast::http::request<beast::http::string_body>;
using Response = beast::http::response<beast::http::string_body>;

Response answer(const Answers& answers, const Request& request) {
    Response response;
    response.version(request.version());
    response.keep_alive(request.keep_alive());
    response.set(beast::http::field::cache_control, "no-store");
    response.set(beast::http::field::content_type, "application/json");
    const std::string_view target(request.target().data(), request.target().size());
    const std::string_view path = target.substr(0, target.find('?'));
    const bool is_known = path == "/metrics" || path == "/healthz" || path == "/readyz";
    if (!is_known) {
        response.result(beast::http::status::not_found);
        response.body() = "{\"detail\":\"There are /metrics, /healthz and /readyz here.\"}\n";
    } else if (request.method() != beast::http::verb::get && request.method() != beast::http::verb::head) {
        response.result(beast::http::status::method_not_allowed);
        response.set(beast::http::field::allow, "GET, HEAD");
        response.body() = "{\"detail\":\"Only GET and HEAD.\"}\n";
    } else if (path == "/metrics") {
        response.set(beast::http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
        response.body() = answers.metrics();
    } else {
        const bool is_good = path == "/healthz" ? answers.is_healthy(response.body()) : answers.is_ready(response.body());
        response.result(is_good ? beast::http::status::ok : beast::http::status::service_unavailable);
    }
    response.prepare_payload();
    if (request.method() == beast::http::verb::head) response.body().clear();
    return response;
}

class Counted {
public:
    explicit Counted(int& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    int& count_;
};

}  // namespace

class AdminDoor::Impl {
public:
    Impl(runtime::Listening& listening, Answers answers, runtime::Loop::OnException on_exception)
        : answers_(std::move(answers)), loop_(std::move(on_exception)), acceptor_(loop_, listening.release(0), listening.family()) {
        loop_.spawn("admin", accept_all());
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~Impl() {
        loop_.stop();
        thread_.join();
    }

private:
    Task<> accept_all() {
        for (;;) {
            std::optional<runtime::Socket> socket = co_await acceptor_.accept();
            if (!socket) co_return;
            if (connections_ < connection_limit) loop_.spawn("admin connection", serve(std::move(*socket)));
        }
    }

    Task<> serve(runtime::Socket socket) {
        const Counted counted(connections_);
        Stream stream(std::move(socket));
        beast::flat_buffer buffer;
        for (bool keep_alive = true; keep_alive;) {
            beast::http::request_parser<beast::http::string_body> parser;
            parser.header_limit(16 * 1024);
            parser.body_limit(64 * 1024);
            stream.expires_after(patience);
            const auto [read_error, read_size] = co_await beast::http::async_read(stream, buffer, parser, asio::as_tuple(runtime::use_task));
            if (read_error) break;
            const Request request = parser.release();
            Response response = answer(answers_, request);
            keep_alive = response.keep_alive();
            stream.expires_after(patience);
            const auto [write_error, write_size] = co_await beast::http::async_write(stream, response, asio::as_tuple(runtime::use_task));
            if (write_error) break;
        }
    }

    Answers answers_;
    int connections_ = 0;
    runtime::Loop loop_;
    runtime::Acceptor acceptor_;
    std::thread thread_;
};

AdminDoor::AdminDoor(runtime::Listening& listening, Answers answers, runtime::Loop::OnException on_exception)
    : impl_(std::make_unique<Impl>(listening, std::move(answers), std::move(on_exception))) {}
AdminDoor::~AdminDoor() = default;

}  // namespace sidecache::admin

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

#include <array>
#include <thread>

namespace sidecache::admin {
namespace {

namespace beast = boost::beast;
namespace asio = boost::asio;
using runtime::Task;

// Whoever scrapes or probes is quick, small and few.
constexpr std::chrono::seconds patience{10};
constexpr int connection_limit = 64;
constexpr std::size_t content_limit = 64 * 1024;
constexpr std::size_t rest_limit = 1024 * 1024;

using Stream = beast::basic_stream<asio::generic::stream_protocol, runtime::Executor>;
using Request = beast::http::request<beast::http::string_body>;
using Response = beast::http::response<beast::http::string_body>;

using Status = beast::http::status;
using Verb = beast::http::verb;

void refuse(Response& response, Status status, std::string_view sentence) {
    response.result(status);
    response.body() = "{\"detail\":\"" + std::string(sentence) + "\"}\n";
}

void refuse_method(Response& response, std::string_view allowed) {
    refuse(response, Status::method_not_allowed, "Only " + std::string(allowed) + ".");
    response.set(beast::http::field::allow, {allowed.data(), allowed.size()});
}

void take(Response& response, Answer told) {
    response.result(static_cast<unsigned>(told.status));
    response.body() = std::move(told.json);
}

Response make_response(unsigned version, bool keep_alive) {
    Response response;
    response.version(version);
    response.keep_alive(keep_alive);
    response.set(beast::http::field::cache_control, "no-store");
    response.set(beast::http::field::content_type, "application/json");
    return response;
}

void read(const Answers& answers, std::string_view path, std::string_view query, Response& response) {
    if (path == "/metrics") {
        response.set(beast::http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
        response.body() = answers.metrics();
    } else if (path == "/explain") {
        take(response, answers.explain(query));
    } else {
        const bool is_good = path == "/healthz" ? answers.is_healthy(response.body()) : answers.is_ready(response.body());
        response.result(is_good ? Status::ok : Status::service_unavailable);
    }
}

Task<Response> answer(const Answers& answers, runtime::Loop& loop, const Request& request) {
    Response response = make_response(request.version(), request.keep_alive());
    const std::string_view target(request.target().data(), request.target().size());
    const std::string_view path = target.substr(0, target.find('?'));
    const std::string_view query = path.size() == target.size() ? std::string_view{} : target.substr(path.size() + 1);
    const bool is_read = request.method() == Verb::get || request.method() == Verb::head;
    if (path == "/invalidate") {
        if (request.method() != Verb::post) {
            refuse_method(response, "POST");
        } else if (request.count(beast::http::field::origin) != 0) {
            refuse(response, Status::forbidden, "No page of a browser may ask for this.");
        } else {
            Answer told = co_await answers.invalidate(loop, request.body());
            take(response, std::move(told));
        }
    } else if (path != "/metrics" && path != "/healthz" && path != "/readyz" && path != "/explain") {
        refuse(response, Status::not_found, "There are /metrics, /healthz, /readyz, /explain?url=... and POST /invalidate here.");
    } else if (!is_read) {
        refuse_method(response, "GET, HEAD");
    } else {
        read(answers, path, query, response);
    }
    response.prepare_payload();
    if (request.method() == Verb::head) response.body().clear();
    co_return response;
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
    ~Impl() { stop(); }
    void stop() {
        if (!thread_.joinable()) return;
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
            parser.body_limit(content_limit);
            stream.expires_after(patience);
            const auto [read_error, read_size] = co_await beast::http::async_read(stream, buffer, parser, asio::as_tuple(runtime::use_task));
            if (read_error == beast::http::error::body_limit) co_await refuse_content(stream);
            if (read_error) break;
            const Request request = parser.release();
            Response response = co_await answer(answers_, loop_, request);
            keep_alive = response.keep_alive();
            stream.expires_after(patience);
            const auto [write_error, write_size] = co_await beast::http::async_write(stream, response, asio::as_tuple(runtime::use_task));
            if (write_error) break;
        }
    }

    // What still comes is read for a while, so that the answer is not lost in a reset.
    Task<> refuse_content(Stream& stream) {
        Response response = make_response(11, false);
        refuse(response, Status::payload_too_large, "At most 64 KiB of content are read here.");
        response.prepare_payload();
        stream.expires_after(patience);
        const auto [write_error, write_size] = co_await beast::http::async_write(stream, response, asio::as_tuple(runtime::use_task));
        boost::system::error_code error = write_error;
        if (!error) stream.socket().shutdown(asio::socket_base::shutdown_send, error);
        std::array<char, 4096> rest;
        for (std::size_t count = 0; !error && count < rest_limit;) {
            const auto [read_error, size] = co_await stream.async_read_some(asio::buffer(rest), asio::as_tuple(runtime::use_task));
            error = read_error;
            count += size;
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
void AdminDoor::stop() { impl_->stop(); }

}  // namespace sidecache::admin

#include "proxy/runtime/listening.hpp"

#include "cache/switches/switches.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace sidecache::runtime {
namespace {

constexpr int backlog = 4096;
// How many free ports are tried at most where any will do. One on which nobody listens may be claimed all the same: its process drains.
constexpr unsigned ports_tried = 16;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    int family() const noexcept { return storage.ss_family; }
    std::uint16_t port() const noexcept {
        return ntohs(family() == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
    }
    void set_port(std::uint16_t port) noexcept {
        (family() == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(storage).sin6_port : reinterpret_cast<sockaddr_in&>(storage).sin_port) = htons(port);
    }
};

struct InUse : std::runtime_error {
    using std::runtime_error::runtime_error;
};

[[noreturn]] void fail(const ListenAddress& address, int error) {
    std::string what = "cannot listen on " + address.text + ": ";
    if (error == EADDRINUSE) {
        throw InUse(what + "the address is in use");
    }
    if (error == EADDRNOTAVAIL) {
        what += "this machine has no such address";
    } else {
        what += std::strerror(error);
    }
    throw std::runtime_error(what);
}

SocketAddress resolve(const ListenAddress& address) {
    addrinfo hints{};
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    const bool is_any = address.host.empty() || address.host == "*";
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(is_any ? "::" : address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
    if (code != 0) throw std::runtime_error("cannot listen on " + address.text + ": " + ::gai_strerror(code));
    SocketAddress result;
    std::memcpy(&result.storage, list->ai_addr, list->ai_addrlen);
    result.size = list->ai_addrlen;
    ::freeaddrinfo(list);
    return result;
}

int open_socket(int family) { return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

void set(int socket, int level, int option, int value) noexcept { ::setsockopt(socket, level, option, &value, sizeof value); }

Descriptor bind_tcp(const ListenAddress& address, SocketAddress& at, bool is_shared) {
    Descriptor socket(open_socket(at.family()));
    if (socket.get() < 0) fail(address, errno);
    set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (is_shared) set(socket.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (at.family() == AF_INET6) set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, address.host == "*" || address.host.empty() ? 0 : 1);
    if (::bind(socket.get(), at.get(), at.size) != 0) fail(address, errno);
    if (at.port() == 0 && ::getsockname(socket.get(), at.get(), &at.size) != 0) fail(address, errno);
    return socket;
}

// An abstract Unix socket is a name that one process of this network namespace can hold, and that ends with the process.
Descriptor claim(const ListenAddress& address, const std::string& name) {
    Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const std::string text = "sidecache-listens-on-" + name;
    const std::size_t size = std::min(text.size(), sizeof at.sun_path - 1);
    std::memcpy(at.sun_path + 1, text.data() + (text.size() - size), size);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size);
    if (socket.get() < 0 || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), length) != 0) fail(address, errno);
    return socket;
}

std::string text_of(const SocketAddress& at) {
    char host[NI_MAXHOST];
    SocketAddress copy = at;
    if (::getnameinfo(copy.get(), copy.size, host, sizeof host, nullptr, 0, NI_NUMERICHOST) != 0) return "?";
    const std::string port = ":" + std::to_string(at.port());
    return at.family() == AF_INET6 ? "[" + std::string(host) + "]" + port : host + port;
}

// What listening at one address of TCP takes.
struct Taken {
    std::vector<Descriptor> sockets;
    Descriptor claim;
    std::string text;
};

Taken take(const ListenAddress& address, SocketAddress at, unsigned workers) {
    Taken taken;
    // Without SO_REUSEPORT, and so refused where anybody listens; with it, a second process would bind silently beside the first.
    // For port 0 the kernel chooses one on which nobody listens, and it is kept from then on.
    if (at.port() == 0 || switches::is_off(switches::Rule::claimed)) {
        taken.sockets.push_back(bind_tcp(address, at, true));
    } else {
        bind_tcp(address, at, false);
    }
    taken.text = text_of(at);
    if (!switches::is_off(switches::Rule::claimed)) taken.claim = claim(address, taken.text);
    while (taken.sockets.size() < workers) taken.sockets.push_back(bind_tcp(address, at, true));
    for (const Descriptor& socket : taken.sockets) {
        if (::listen(socket.get(), backlog) != 0) fail(address, errno);
    }
    return taken;
}

// Of port 0: of the first free port that also nobody claims.
Taken take_one_of(const ListenAddress& address, const SocketAddress& at, unsigned workers) {
    for (unsigned left = at.port() == 0 ? ports_tried : 1;; --left) {
        try {
            return take(address, at, workers);
        } catch (const InUse&) {
            if (left == 1) throw;
        }
    }
}

Descriptor listen_unix(const ListenAddress& address) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (address.unix_path.size() >= sizeof at.sun_path) throw std::runtime_error("cannot listen on " + address.text + ": the path is too long");
    std::memcpy(at.sun_path, address.unix_path.c_str(), address.unix_path.size() + 1);
    // What a process that was killed left behind may go, but not what somebody listens on, and nothing that is no socket.
    {
        const Descriptor probe(open_socket(AF_UNIX));
        if (::connect(probe.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 || errno == EAGAIN) fail(address, EADDRINUSE);
    }
    struct stat status {};
    if (::stat(address.unix_path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(address.unix_path.c_str());
    Descriptor socket(open_socket(AF_UNIX));
    // Before it has a name, so that its file is at no time open to more than it shall be; what the umask took away, after.
    if (socket.get() >= 0 && address.unix_mode && ::fchmod(socket.get(), *address.unix_mode) != 0) fail(address, errno);
    if (socket.get() < 0 || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) fail(address, errno);
    if (address.unix_mode && ::chmod(at.sun_path, *address.unix_mode) != 0) fail(address, errno);
    if (::listen(socket.get(), backlog) != 0) fail(address, errno);
    return socket;
}

// One name for one file, however its path is spelled.
std::string canonical(const std::string& path) {
    std::error_code error;
    const auto folder = std::filesystem::canonical(std::filesystem::absolute(path, error).parent_path(), error);
    return error ? path : (folder / std::filesystem::path(path).filename()).string();
}

}  // namespace

Descriptor::~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Listening::Listening(const ListenAddress& address, unsigned workers) {
    if (!address.unix_path.empty()) {
        text_ = "unix:" + address.unix_path;
        family_ = AF_UNIX;
        claim_ = claim(address, "unix:" + canonical(address.unix_path));
        sockets_.push_back(listen_unix(address));
        unix_path_ = address.unix_path;
        while (sockets_.size() < workers) sockets_.emplace_back(::fcntl(sockets_.front().get(), F_DUPFD_CLOEXEC, 0));
        return;
    }
    const SocketAddress at = resolve(address);
    family_ = at.family();
    Taken taken = take_one_of(address, at, workers);
    sockets_ = std::move(taken.sockets);
    claim_ = std::move(taken.claim);
    text_ = std::move(taken.text);
}

Listening::~Listening() {
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

Listening::Listening(Listening&& other) noexcept
    : sockets_(std::move(other.sockets_)),
      claim_(std::move(other.claim_)),
      family_(other.family_),
      text_(other.text_),
      unix_path_(std::exchange(other.unix_path_, {})) {}

}  // namespace sidecache::runtime

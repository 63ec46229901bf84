// Addresses to listen on, and the sockets made of them: claimed for this process alone (CONSISTENCY 1.5, S26).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::runtime {

// "127.0.0.1:8080", "[::1]:8080", "*:8080" (all of IPv4 and IPv6), "unix:/run/x.sock". Port 0 asks for a free one.
struct ListenAddress {
    std::string text;
    std::string host;
    std::uint16_t port = 0;
    std::string unix_path;  // empty for TCP
    std::optional<unsigned> unix_mode{};  // permissions of its file; nullopt: as the process's umask has it
};

// A file descriptor with an owner.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int descriptor) noexcept : descriptor_(descriptor) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : descriptor_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    int get() const noexcept { return descriptor_; }
    int release() noexcept { return std::exchange(descriptor_, -1); }

private:
    int descriptor_ = -1;
};

// Listening sockets of one address, one per worker, among which the kernel spreads connections (SO_REUSEPORT); of a Unix address, the same
// socket for all. Closes them when it goes; whoever takes one over calls `release`.
class Listening {
public:
    // Throws std::runtime_error with a sentence for the operator: in use, no such address, not permitted.
    Listening(const ListenAddress& address, unsigned workers);
    ~Listening();
    Listening(Listening&&) noexcept;
    Listening& operator=(Listening&&) = delete;

    int release(unsigned worker) noexcept { return sockets_[worker].release(); }                        // its socket, non-blocking
    const std::string& text() const noexcept { return text_; }    // with the port that was chosen
    int family() const noexcept { return family_; }

private:
    std::vector<Descriptor> sockets_;
    Descriptor claim_;  // held until the process ends: a second process that binds beside this one would serve what this one's writes replace
    int family_ = 0;
    std::string text_;
    std::string unix_path_;
};

}  // namespace sidecache::runtime

// TLS for connections to Redis: whom to trust, and one session over memory, without I/O. OpenSSL does the protocol (RFC 8446, RFC 5246).
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sidecache::redis {

struct TlsOptions {
    std::string ca;           // a file of certificates in PEM; empty: those that the system trusts
    std::string certificate;  // of this node, with those above it, in PEM; empty: it shows none
    std::string key;          // of that certificate, in PEM
};

// Immutable after it was made, and shared by all connections.
class TlsContext {
public:
    // The error is a sentence for the operator.
    static boost::system::result<std::shared_ptr<const TlsContext>, std::string> make(const TlsOptions& options);

    struct State;
    explicit TlsContext(std::unique_ptr<State> state);
    ~TlsContext();
    const State& state() const noexcept { return *state_; }

private:
    std::unique_ptr<State> state_;
};

// The client's side. TLS 1.2 at least; the server's certificate has to be of `host`, a name or an address (RFC 9525).
class TlsSession {
public:
    TlsSession(const TlsContext& context, std::string_view host);
    ~TlsSession();
    TlsSession(TlsSession&&) noexcept;
    TlsSession& operator=(TlsSession&&) noexcept;

    enum class Step : std::uint8_t { done, wants_input, ended, failed };
    Step shake_hands();
    void feed(std::string_view received);
    // Of what is to be said; `take_output` has it then.
    Step encrypt(std::string_view plain);
    // Some of what was received, into `to`.
    Step decrypt(std::span<char> to, std::size_t& bytes);
    // What is to be sent, in its order, from all of the above.
    std::string take_output();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sidecache::redis

#include "cache/redis/tls.hpp"

#include "cache/secret/openssl.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>

namespace sidecache::redis {
namespace {

using secret::ErrorScope;
using secret::Release;

std::string last_error() {
    char text[256];
    ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
    return text;
}

int size_of(std::size_t size) noexcept { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

struct TlsContext::State {
    std::unique_ptr<SSL_CTX, Release<&SSL_CTX_free>> context;
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

boost::system::result<std::shared_ptr<const TlsContext>, std::string> TlsContext::make(const TlsOptions& options) {
    const ErrorScope errors;
    auto state = std::make_unique<State>();
    state->context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* const context = state->context.get();
    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return "OpenSSL has no TLS: " + last_error();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    const bool is_trusting = options.ca.empty() ? SSL_CTX_set_default_verify_paths(context) == 1 : SSL_CTX_load_verify_locations(context, options.ca.c_str(), nullptr) == 1;
    if (!is_trusting) return "no certificates to trust in " + (options.ca.empty() ? std::string("the system's store") : options.ca) + ": " + last_error();
    if (options.certificate.empty()) return std::shared_ptr<const TlsContext>(std::make_shared<TlsContext>(std::move(state)));
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1) return "no certificate in " + options.certificate + ": " + last_error();
    const bool has_key = SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) == 1 && SSL_CTX_check_private_key(context) == 1;
    if (!has_key) return "no key of that certificate in " + options.key + ": " + last_error();
    return std::shared_ptr<const TlsContext>(std::make_shared<TlsContext>(std::move(state)));
}

struct TlsSession::State {
    std::unique_ptr<SSL, Release<&SSL_free>> ssl;
    BIO* received = nullptr;  // of the session, as the next
    BIO* to_send = nullptr;

    Step step_of(int result) const noexcept {
        switch (SSL_get_error(ssl.get(), result)) {
            case SSL_ERROR_NONE: return Step::done;
            case SSL_ERROR_WANT_READ: return Step::wants_input;
            case SSL_ERROR_ZERO_RETURN: return Step::ended;
            default: return Step::failed;
        }
    }
};

TlsSession::TlsSession(const TlsContext& context, std::string_view host) : state_(std::make_unique<State>()) {
    const ErrorScope errors;
    state_->ssl.reset(SSL_new(context.state().context.get()));
    state_->received = BIO_new(BIO_s_mem());
    state_->to_send = BIO_new(BIO_s_mem());
    SSL* const ssl = state_->ssl.get();
    if (ssl == nullptr || state_->received == nullptr || state_->to_send == nullptr) throw std::bad_alloc();
    SSL_set_bio(ssl, state_->received, state_->to_send);
    SSL_set_connect_state(ssl);
    const std::string name(host);
    boost::system::error_code is_a_name;
    boost::asio::ip::make_address(name, is_a_name);
    const bool is_set = is_a_name ? SSL_set1_host(ssl, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, name.c_str()) == 1
                                  : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
    if (!is_set) throw std::bad_alloc();
}

TlsSession::~TlsSession() = default;
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;

TlsSession::Step TlsSession::shake_hands() {
    const ErrorScope errors;
    ERR_clear_error();
    return state_->step_of(SSL_do_handshake(state_->ssl.get()));
}

void TlsSession::feed(std::string_view received) {
    while (!received.empty()) {
        const int taken = BIO_write(state_->received, received.data(), size_of(received.size()));
        if (taken <= 0) throw std::bad_alloc();  // it grows as it must
        received.remove_prefix(static_cast<std::size_t>(taken));
    }
}

TlsSession::Step TlsSession::encrypt(std::string_view plain) {
    const ErrorScope errors;
    ERR_clear_error();
    while (!plain.empty()) {
        const int taken = SSL_write(state_->ssl.get(), plain.data(), size_of(plain.size()));
        if (taken <= 0) return Step::failed;  // its output is memory: there is nothing to wait for
        plain.remove_prefix(static_cast<std::size_t>(taken));
    }
    return Step::done;
}

TlsSession::Step TlsSession::decrypt(std::span<char> to, std::size_t& bytes) {
    const ErrorScope errors;
    ERR_clear_error();
    const int got = SSL_read(state_->ssl.get(), to.data(), size_of(to.size()));
    bytes = got > 0 ? static_cast<std::size_t>(got) : 0;
    return state_->step_of(got);
}

std::string TlsSession::take_output() {
    std::string out(BIO_ctrl_pending(state_->to_send), '\0');
    if (!out.empty() && BIO_read(state_->to_send, out.data(), size_of(out.size())) != size_of(out.size())) throw std::bad_alloc();
    return out;
}

}  // namespace sidecache::redis

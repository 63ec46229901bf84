#include "proxy/http/peer.hpp"

#include "proxy/runtime/acceptor.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace sidecache::door {
namespace {

bool is_trusted(const std::string& address, const pipeline::Options& options) {
    boost::system::error_code error;
    const auto ip = boost::asio::ip::make_address(address, error);
    if (error) return false;
    if (ip.is_v4()) {
        return std::any_of(options.trusted_v4.begin(), options.trusted_v4.end(), [&](const auto& network) {
            return network.canonical() == boost::asio::ip::make_network_v4(ip.to_v4(), network.prefix_length()).canonical();
        });
    }
    return std::any_of(options.trusted_v6.begin(), options.trusted_v6.end(), [&](const auto& network) {
        return network.canonical() == boost::asio::ip::make_network_v6(ip.to_v6(), network.prefix_length()).canonical();
    });
}

}  // namespace

pipeline::Peer peer_of(const runtime::Socket& socket, const pipeline::Options& options) {
    pipeline::Peer peer;
    peer.address = runtime::peer_address(socket);
    peer.is_trusted = is_trusted(peer.address, options);
    return peer;
}

}  // namespace sidecache::door

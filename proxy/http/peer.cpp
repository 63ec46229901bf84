#include "proxy/http/peer.hpp"

#include "proxy/runtime/acceptor.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace sidecache::door {
namespace {

bool is_in(const std::string& address, const pipeline::Networks& networks) {
    boost::system::error_code error;
    const auto ip = boost::asio::ip::make_address(address, error);
    if (error) return false;
    if (ip.is_v4()) {
        return std::any_of(networks.v4.begin(), networks.v4.end(), [&](const auto& network) {
            return network.canonical() == boost::asio::ip::make_network_v4(ip.to_v4(), network.prefix_length()).canonical();
        });
    }
    return std::any_of(networks.v6.begin(), networks.v6.end(), [&](const auto& network) {
        return network.canonical() == boost::asio::ip::make_network_v6(ip.to_v6(), network.prefix_length()).canonical();
    });
}

}  // namespace

pipeline::Peer peer_of(const runtime::Socket& socket, const pipeline::Options& options) {
    pipeline::Peer peer;
    peer.address = runtime::peer_address(socket);
    peer.is_trusted = is_in(peer.address, options.trusted);
    peer.may_purge = is_in(peer.address, options.purgers);
    return peer;
}

}  // namespace sidecache::door

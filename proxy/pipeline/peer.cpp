#include "proxy/pipeline/peer.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace sidecache::pipeline {
namespace {

bool is_in(const std::string& address, const Networks& networks) {
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

Peer peer_at(std::string address, const Options& options) {
    Peer peer;
    peer.is_trusted = is_in(address, options.trusted);
    peer.may_purge = is_in(address, options.purgers);
    peer.address = std::move(address);
    return peer;
}

}  // namespace sidecache::pipeline

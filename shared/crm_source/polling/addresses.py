"""Which addresses are of the open internet."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IPV4_THROUGH_IPV6 = IPv6Network("64:ff9b::/96")  # RFC 6052: how a network that has only IPv6 reaches IPv4
# What clouds, and IANA's registries of special purposes, keep for services beside a machine, though the standard
# library takes them for public.
RESERVED = tuple(
    map(
        IPv4Network,
        (
            "168.63.129.16/32",  # Azure: the platform's DNS, DHCP and agent
            "192.0.0.0/24",  # IETF protocol assignments; Oracle Cloud has 192.0.0.192
            "192.88.99.0/24",  # RFC 7526: relays of 6to4, which are no more
            "161.26.0.0/16",  # IBM Cloud: services of the infrastructure
            "166.8.0.0/14",  # IBM Cloud: private endpoints of services
            "100.64.0.0/10",  # RFC 6598; Alibaba Cloud has 100.100.100.200 there
        ),
    )
)


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open internet, and no group or special purpose either."""
    address: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address in IPV4_THROUGH_IPV6:
            address = IPv4Address(int(address) & 0xFFFFFFFF)
        elif address.is_site_local or address.sixtofour or address.ipv4_mapped:
            return False
    if isinstance(address, IPv4Address) and any(address in one for one in RESERVED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved

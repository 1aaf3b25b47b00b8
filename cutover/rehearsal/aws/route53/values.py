"""Whether a record's value is of its type; the type's own grammar is dnspython's."""

from ipaddress import AddressValueError, IPv4Address, IPv6Address

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype


def fault_of(record_type: str, value: str) -> str | None:
    """What is wrong with the value, in Route 53's words where they are known, or None."""
    if record_type == "A":
        return _address_fault(IPv4Address, "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)", value)
    if record_type == "AAAA":
        return _address_fault(IPv6Address, "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)", value)
    if record_type in {"TXT", "SPF"} and not (value.startswith('"') and value.endswith('"') and len(value) > 1):
        return _fatal("InvalidCharacterString (Value should be enclosed in quotation marks)", value)
    try:
        rdata_of(record_type, value)
    except (dns.exception.DNSException, ValueError) as error:
        return _fatal(f"Invalid{record_type}Value ({error})", value)
    return None


def rdata_of(record_type: str, value: str) -> dns.rdata.Rdata:
    """The value as the name server sends it; names without a trailing dot are absolute."""
    kind = dns.rdatatype.from_text(record_type)
    return dns.rdata.from_text(dns.rdataclass.IN, kind, value, origin=dns.name.root, relativize=False)


def _address_fault(address: type[IPv4Address] | type[IPv6Address], problem: str, value: str) -> str | None:
    try:
        address(value)
    except AddressValueError:
        return _fatal(problem, value)
    return None


def _fatal(problem: str, value: str) -> str:
    return f"Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''"

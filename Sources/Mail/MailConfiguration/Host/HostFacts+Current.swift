// SPDX-License-Identifier: Apache-2.0

import Glibc

extension HostFacts {
    /// Asks the system for its name and its addresses; what it does not tell is left out.
    package static func current() -> HostFacts {
        var name = [CChar](repeating: 0, count: 256)
        let known = unsafe gethostname(&name, name.count - 1) == 0
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return HostFacts(
            hostName: known && !bytes.isEmpty ? String(decoding: bytes, as: UTF8.self) : "localhost",
            interfaces: currentInterfaces()
        )
    }

    private static func currentInterfaces() -> [Interface] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&first) == 0 else { return [] }
        defer { unsafe freeifaddrs(first) }
        var found: [Interface] = []
        var next = unsafe first
        while let entry = unsafe next {
            unsafe next = entry.pointee.ifa_next
            guard unsafe entry.pointee.ifa_flags & UInt32(IFF_UP) != 0,
                let address = unsafe bytes(of: entry.pointee.ifa_addr)
            else { continue }
            let mask = unsafe bytes(of: entry.pointee.ifa_netmask) ?? [UInt8](repeating: 0xFF, count: address.count)
            let length = mask.reduce(0) { $0 + $1.nonzeroBitCount }
            found.append(Interface(address: address, prefixLength: length))
        }
        return found
    }

    /// The bytes of an IPv4 or IPv6 socket address, nil for other families.
    private static func bytes(of address: UnsafeMutablePointer<sockaddr>?) -> [UInt8]? {
        guard let address = unsafe address else { return nil }
        let raw = UnsafeRawPointer(address)
        switch Int32(unsafe address.pointee.sa_family) {
        case AF_INET:
            return unsafe withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { unsafe Array($0) }
        case AF_INET6:
            return unsafe withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { unsafe Array($0) }
        default: return nil
        }
    }
}

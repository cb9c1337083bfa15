// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Names of hosts and ports through the system's name service; it blocks: for start-up and commands only.
package enum NameLookup {
    /// Ports that mail configurations name, so that no services(5) needs to be installed.
    private static let mailPorts: [String: UInt16] = [
        "smtp": 25, "lmtp": 24, "pop3": 110, "imap": 143, "imap2": 143, "smtps": 465, "submissions": 465, "ssmtp": 465,
        "urd": 465, "submission": 587, "imaps": 993, "pop3s": 995, "sieve": 4190,
    ]

    /// The TCP port that a number or a name of services(5) stands for; nil when there is none.
    package static func port(_ text: String) -> UInt16? {
        if let number = UInt16(text) { return number }
        if let known = mailPorts[text.lowercased()] { return known }
        return unsafe addresses(host: nil, service: text).first?.port
    }

    /// The addresses of a host name or of an address in text form, with `port`; empty when it is not known.
    package static func addresses(of host: String, port: UInt16) -> [SocketAddress] {
        if let address = SocketAddress(host: host, port: port) { return [address] }
        return unsafe addresses(host: host, service: "\(port)")
    }

    @unsafe
    private static func addresses(host: String?, service: String) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, service, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe address(entry.pointee), !found.contains(address) { found.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }

    @unsafe
    private static func address(_ entry: addrinfo) -> SocketAddress? {
        guard let start = unsafe entry.ai_addr else { return nil }
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(entry.ai_addrlen)))
        guard bytes.count >= 8 else { return nil }
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        switch unsafe entry.ai_family {
        case AF_INET: return .ipv4(Array(bytes[4..<8]), port: port)
        case AF_INET6 where bytes.count >= 24: return .ipv6(Array(bytes[8..<24]), port: port)
        default: return nil
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// A `service` section: how a program runs, and where it listens.
package struct DovecotService: Equatable, Sendable {
    /// A TCP listener.
    package struct InetListener: Equatable, Sendable {
        package let name: String?
        /// Addresses and names; empty means those of the setting `listen`.
        package let addresses: [String]
        /// 0 means that it does not listen.
        package let port: Int
        /// Whether TLS begins at once.
        package let isTLS: Bool
        /// Whether the proxy protocol of HAProxy precedes the session.
        package let usesProxyProtocol: Bool
        package let place: DovecotNode.Place
    }

    /// A Unix-domain socket or a named pipe.
    package struct UnixListener: Equatable, Sendable {
        /// A path; below `base_dir` where it is not absolute.
        package let path: String
        /// The mode; 0 means that it does not listen.
        package let mode: UInt32
        /// An account, or empty for that of the service.
        package let user: String
        /// A group, or empty for that of the service.
        package let group: String
        /// Whether it is a named pipe.
        package let isFIFO: Bool
        package let place: DovecotNode.Place
    }

    package let name: String
    package let inetListeners: [InetListener]
    package let unixListeners: [UnixListener]
    /// The most sessions of a process; nil means `default_client_limit`.
    package let clientLimit: Int?
    /// The most processes; nil means `default_process_limit`.
    package let processLimit: Int?
    /// How many processes wait idly.
    package let processMinimum: Int?
    /// After how many sessions a process ends; 0 means never, nil that nothing is set.
    package let serviceCount: Int?
    /// The account it shall run as; nil where nothing is set.
    package let user: String?
    package let group: String?

    init(_ section: DovecotScope.Section, _ diagnostics: inout [Diagnostic]) {
        var reader = DovecotReader(section.scope)
        name = section.name ?? ""
        if section.name == nil { reader.report(.error, section.place, "the section service has no name") }
        clientLimit = reader.integer("client_limit")
        processLimit = reader.integer("process_limit")
        processMinimum = reader.integer("process_min_avail")
        serviceCount = reader.integer("service_count")
        user = reader.text("user")
        group = reader.text("group")
        inetListeners = section.scope.sections("inet_listener").map { Self.inet($0, &reader) }
        unixListeners = (section.scope.sections("unix_listener") + section.scope.sections("fifo_listener")).compactMap {
            Self.unix($0, &reader)
        }
        diagnostics += reader.diagnostics
    }

    private static func inet(_ section: DovecotScope.Section, _ outer: inout DovecotReader) -> InetListener {
        var reader = DovecotReader(section.scope)
        let port = reader.integer("port", in: 0...65535)
        if section.scope.values["port"] == nil, !section.scope.values.isEmpty {
            reader.report(.warning, section.place, "the section inet_listener has no port and does not listen")
        }
        let listener = InetListener(
            name: section.name,
            addresses: reader.list(section.scope.values["address"] == nil ? "listen" : "address"),
            port: port ?? 0,
            isTLS: reader.boolean("ssl", default: false),
            usesProxyProtocol: reader.boolean("haproxy", default: false),
            place: section.place
        )
        outer.take(reader)
        return listener
    }

    private static func unix(_ section: DovecotScope.Section, _ outer: inout DovecotReader) -> UnixListener? {
        var reader = DovecotReader(section.scope)
        defer { outer.take(reader) }
        guard let path = reader.text("path") ?? section.name, !path.isEmpty else {
            reader.report(.error, section.place, "the section \(section.kind) has no path")
            return nil
        }
        return UnixListener(
            path: path,
            mode: reader.mode("mode") ?? 0o600,
            user: section.scope.text("user") ?? "",
            group: section.scope.text("group") ?? "",
            isFIFO: section.kind == "fifo_listener",
            place: section.place
        )
    }
}

// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// The map of relais. A MARK a floor, a line a target: a target depends on its own floor or on lower ones, never on a
// higher one, and daemons never on each other (libexec/check-floors holds that).

import PackageDescription

/// What every Swift target is compiled with: Swift 6 mode, warnings as errors, no silent unsafe code.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Tests run as the administrator does, so they may use Foundation and need no unsafe markers.
let relaxed: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

let errno: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

func library(_ floor: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)", swiftSettings: strict)
}

func daemon(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["POSIX", "EventLoop", "Logs", "MailConfiguration", "Service"] + dependencies,
        path: "Sources/Daemons/\(name)",
        swiftSettings: strict
    )
}

func tests(_ floor: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        path: "Tests/\(floor)/\(name)Tests",
        swiftSettings: relaxed
    )
}

let package = Package(
    name: "relais",
    products: [
        /// Preloaded into daemons by the tests that count what they do.
        .library(name: "AllocationCounter", type: .dynamic, targets: ["AllocationCounter"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // MARK: System: module maps and minimal C shims, no logic
        .target(name: "CLinux", path: "Sources/System/CLinux"),
        .systemLibrary(name: "COpenSSL", path: "Sources/System/COpenSSL", pkgConfig: "openssl"),
        .systemLibrary(name: "CCrypto", path: "Sources/System/CCrypto", pkgConfig: "libcrypto"),
        .systemLibrary(name: "CCap", path: "Sources/System/CCap", pkgConfig: "libcap"),
        .systemLibrary(name: "CLMDB", path: "Sources/System/CLMDB", pkgConfig: "lmdb"),
        .systemLibrary(name: "CLDAP", path: "Sources/System/CLDAP", pkgConfig: "ldap"),
        .systemLibrary(name: "CCrypt", path: "Sources/System/CCrypt", pkgConfig: "libcrypt"),

        // MARK: Base: the operating system, the event loop, TLS, logs, frames, tables
        /// Finding and copying in spans of bytes.
        library("Base", "ByteSpans"),
        /// Owned descriptors, files, processes, privileges, sandbox.
        library("Base", "POSIX", ["CLinux", "CCap", errno]),
        /// One thread: epoll, timers, signals, connections, listeners, offloaded file work.
        library(
            "Base",
            "EventLoop",
            ["POSIX", "CLinux", errno, .product(name: "DequeModule", package: "swift-collections")]
        ),
        /// OpenSSL contexts and sessions on a descriptor.
        library("Base", "TLS", ["EventLoop", "COpenSSL"]),
        /// The log handler: syslog, a file, or standard error.
        library("Base", "Logs", ["POSIX", "CLinux", errno, logging]),
        /// The codec and the framing of internal protocols.
        library("Base", "IPC", ["POSIX", "EventLoop", errno]),
        /// Connections of OpenLDAP's libldap on descriptors that are connected already; every call blocks.
        library("Base", "LDAP", ["POSIX", "CLDAP"]),
        /// LMDB files as caches: verified before they are opened, never flushed.
        library("Base", "LMDB", ["POSIX", "CLinux", "CLMDB", errno]),
        /// Lookup tables: `static: inline: texthash: hash: cidr: regexp:` and so on.
        library("Base", "LookupTables", ["POSIX", "CLinux", "CLMDB", errno]),

        // MARK: Mail: what a message, a queue, a mailbox, a configuration is
        /// Addresses of RFC 5321 and RFC 5322.
        library("Mail", "MailAddress"),
        /// Header fields, MIME structure, dates, encoded words.
        library("Mail", "MailMessage", ["ByteSpans", "MailAddress"]),
        /// The envelope of a message and the outcome of a delivery, with the one codec of both.
        library("Mail", "MailEnvelope"),
        /// Queue files: reserve, write, commit, mark, remove.
        library("Mail", "MailQueue", ["POSIX", "CLinux", "MailAddress", "MailEnvelope", errno]),
        /// Mailboxes: Maildir(++) and mbox behind one set of types.
        library("Mail", "MailStore", ["ByteSpans", "POSIX", "LMDB", "CLinux", "MailMessage", "MailboxNames", errno]),
        /// The encoding of mailbox names, on the wire and on disk.
        library("Mail", "MailboxNames"),
        /// Enhanced status codes, RFC 3463.
        library("Mail", "MailStatus"),
        /// Delivery status notifications, RFC 3464.
        library("Mail", "DeliveryStatus", ["MailAddress", "MailMessage", "MailStatus"]),
        /// main.cf, master.cf, dovecot.conf; parameters are rows of data.
        library("Mail", "MailConfiguration", ["POSIX", errno]),
        /// From an address to a transport: domains' classes, aliases, rewriting.
        library("Mail", "MailRouting", ["MailAddress", "MailConfiguration", "LookupTables"]),
        /// Who may send what to whom: the restriction lists of smtpd, a row and a file each.
        library(
            "Mail",
            "SMTPAccess",
            ["MailAddress", "MailConfiguration", "MailRouting", "MailStatus", "LookupTables"]
        ),

        /// `ldap:` tables without the directory: their files, what is asked, how results are joined (ldap_table(5)).
        library("Mail", "LDAPTables", ["MailConfiguration"]),

        // MARK: Protocols: engines without input and output, clock or log
        library("Protocols", "SMTPProtocol", ["ByteSpans", "MailAddress", "MailStatus", "SASL"]),
        library("Protocols", "IMAPProtocol", ["ByteSpans", "MailboxNames"]),
        library("Protocols", "POP3Protocol", ["ByteSpans", "SASL"]),
        library("Protocols", "SASL"),
        library("Protocols", "AuthProtocol", ["SASL"]),

        // MARK: Service: the skeletons, clients of our own services, drivers
        /// The messages that the daemons send each other, a file each.
        library("Service", "InternalProtocols", ["IPC", "MailEnvelope"]),
        /// The service skeleton: inherit, read the configuration, open, drop rights, sandbox, serve.
        library(
            "Service",
            "Service",
            [
                "POSIX", "EventLoop", "Logs", "IPC", "MailConfiguration", "InternalProtocols", "SASL", "AuthProtocol",
                "MailAddress", "MailEnvelope", "LookupTables", errno, logging,
            ]
        ),
        /// What deliveries that end on this host share: head lines, loops, aliases, forwarding, writing to mailboxes.
        library(
            "Service",
            "FinalDelivery",
            [
                "Service", "InternalProtocols", "POSIX", "EventLoop", "MailAddress", "MailConfiguration",
                "MailEnvelope",
                "MailMessage", "MailRouting", "MailStore", "LookupTables", errno,
            ]
        ),
        /// What an instance consists of: its services and their listeners, its accounts, its folders.
        library("Service", "Instance", ["POSIX", "MailConfiguration", "MailQueue", "SMTPAccess", errno]),
        /// What imap-login and pop3-login share.
        library(
            "Service",
            "LoginService",
            [
                "Service", "POSIX", "TLS", "EventLoop", "Logs", "IPC", "MailConfiguration", "InternalProtocols", "SASL",
                "AuthProtocol", errno, logging,
            ]
        ),

        /// What imapd and pop3d share: taking sessions over, becoming the user.
        library(
            "Service",
            "MailSession",
            [
                "Service", "POSIX", "EventLoop", "Logs", "IPC", "MailConfiguration", "MailStore", "InternalProtocols",
                "AuthProtocol", errno, logging,
            ]
        ),

        /// Sources that block: a pool of threads, a deadline and a breaker for each.
        library(
            "Service",
            "BlockingPool",
            ["EventLoop", "POSIX", .product(name: "DequeModule", package: "swift-collections")]
        ),
        /// The directory behind `ldap:` tables, asked by libldap in the threads of a pool.
        library("Service", "LDAPDirectory", ["BlockingPool", "POSIX", "LDAP", "LDAPTables", "CLinux", errno]),

        // MARK: Daemons: an executable each
        daemon("master", ["Instance", "IPC", "InternalProtocols", "CLinux", errno, logging]),
        daemon(
            "smtpd",
            [
                "TLS", "SMTPProtocol", "SMTPAccess", "SASL", "AuthProtocol", "MailAddress", "MailStatus", "MailRouting",
                "LookupTables",
                "InternalProtocols", "MailEnvelope",
                errno, logging,
            ]
        ),
        daemon(
            "cleanup",
            [
                "IPC", "InternalProtocols", "MailEnvelope", "MailQueue", "MailMessage", "MailAddress", "MailRouting",
                "LookupTables",
                errno,
                logging,
            ]
        ),
        daemon(
            "qmgr",
            [
                "IPC", "InternalProtocols", "MailEnvelope", "MailQueue", "MailAddress", "MailStatus", "MailRouting",
                "LookupTables",
                errno, logging,
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        daemon(
            "bounce",
            [
                "IPC", "InternalProtocols", "MailEnvelope", "MailMessage", "MailAddress", "MailStatus",
                "DeliveryStatus",
                errno, logging,
            ]
        ),
        daemon(
            "virtual",
            [
                "FinalDelivery", "MailEnvelope", "MailStore", "MailAddress", "LookupTables", "MailRouting", errno,
                logging,
            ]
        ),
        daemon(
            "local",
            [
                "FinalDelivery", "MailEnvelope", "MailStore", "LookupTables", "MailRouting", errno, logging,
            ]
        ),
        daemon("auth", ["SASL", "AuthProtocol", "LookupTables", "CCrypt", "CCrypto", errno, logging]),
        daemon(
            "proxymap",
            [
                "BlockingPool", "LDAPDirectory", "LDAPTables", "LookupTables", "IPC", "InternalProtocols", errno,
                logging,
            ]
        ),
        daemon("imap-login", ["LoginService", "IMAPProtocol", "AuthProtocol", "SASL", errno, logging]),
        daemon("pop3-login", ["LoginService", "POP3Protocol", "AuthProtocol", "SASL", errno, logging]),
        daemon(
            "imapd",
            [
                "MailSession", "CLinux", "IMAPProtocol", "MailStore", "MailMessage", "MailAddress", "InternalProtocols",
                "AuthProtocol",
                "IPC", errno, logging,
            ]
        ),
        daemon(
            "pop3d",
            [
                "MailSession", "POP3Protocol", "MailStore", "MailMessage", "InternalProtocols", "AuthProtocol", "IPC",
                errno,
                logging,
            ]
        ),

        // MARK: Commands
        .executableTarget(
            name: "mailctl",
            dependencies: [
                "Instance", "POSIX", "IPC", "EventLoop", "MailConfiguration", "MailEnvelope", "MailQueue",
                "InternalProtocols", "LookupTables", "MailRouting", errno,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Commands/mailctl",
            swiftSettings: strict
        ),

        // MARK: Tests, which mirror the floors
        .target(
            name: "TestSupport",
            dependencies: ["POSIX", "EventLoop"],
            path: "Tests/Support",
            swiftSettings: relaxed
        ),
        /// Stands in for the daemons that a daemon under test speaks with.
        .target(
            name: "DaemonDoubles",
            dependencies: ["POSIX", "CLinux", "IPC", "InternalProtocols", "MailEnvelope"],
            path: "Tests/Doubles",
            swiftSettings: relaxed
        ),
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        /// A daemon that the tests of master start.
        .executableTarget(
            name: "echo-worker",
            dependencies: ["POSIX", "EventLoop", "MailConfiguration", "Service"],
            path: "Tests/EchoWorker",
            swiftSettings: strict
        ),
        /// A disk for tests of power cuts and of failing disks, by FUSE.
        .executableTarget(name: "powercut-disk", path: "Tests/PowerCutDisk"),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "TestSupport", "EventLoop", "LookupTables", "POSIX", "MailEnvelope", "MailQueue", "MailStore", "LMDB",
                "Service",
            ],
            path: "Tests/EndToEnd",
            swiftSettings: relaxed
        ),
        tests("Base", "ByteSpans"),
        tests("Base", "POSIX", [errno]),
        tests("Base", "TLS", ["POSIX", "EventLoop"]),
        tests("Base", "EventLoop", ["POSIX", "TLS", "CLinux", errno]),
        tests("Base", "IPC", ["EventLoop", "POSIX"]),
        tests("Base", "Logs", ["POSIX", logging]),
        tests("Base", "LMDB", ["POSIX"]),
        tests("Base", "LookupTables"),
        tests("Mail", "MailAddress"),
        tests("Mail", "MailMessage", ["MailAddress"]),
        tests("Mail", "MailEnvelope"),
        tests("Mail", "MailQueue", ["MailAddress", "MailEnvelope", "POSIX", "CLinux"]),
        tests("Mail", "MailStore", ["LMDB", "MailMessage", "MailboxNames", "POSIX"]),
        tests("Mail", "MailboxNames"),
        tests("Mail", "MailStatus"),
        tests("Mail", "DeliveryStatus", ["MailAddress", "MailMessage", "MailStatus"]),
        tests("Mail", "MailConfiguration"),
        tests("Mail", "MailRouting", ["MailAddress", "MailConfiguration", "LookupTables"]),
        tests("Mail", "LDAPTables", ["MailConfiguration"]),
        tests("Mail", "SMTPAccess", ["MailAddress", "MailConfiguration", "MailRouting", "MailStatus", "LookupTables"]),
        tests("Protocols", "SMTPProtocol", ["MailAddress", "MailStatus", "SASL"]),
        tests("Protocols", "IMAPProtocol"),
        tests("Protocols", "POP3Protocol", ["SASL"]),
        tests("Protocols", "SASL"),
        tests("Protocols", "AuthProtocol", ["SASL"]),
        tests("Service", "InternalProtocols", ["IPC", "MailEnvelope"]),
        tests("Service", "Service", ["EventLoop", "IPC", "POSIX"]),
        tests("Service", "MailSession", ["AuthProtocol", "InternalProtocols", "MailConfiguration", "MailStore"]),
        tests("Service", "BlockingPool", ["EventLoop"]),
        tests("Service", "LDAPDirectory", ["BlockingPool", "EventLoop", "LDAPTables", "POSIX"]),
        tests(
            "Daemons",
            "proxymap",
            ["EventLoop", "IPC", "InternalProtocols", "LookupTables", "MailConfiguration", "POSIX", "Service"]
        ),
        tests(
            "Daemons",
            "local",
            [
                "DaemonDoubles", "EventLoop", "FinalDelivery", "IPC", "InternalProtocols", "MailEnvelope", "MailStore",
                "POSIX",
                "Service", errno,
            ]
        ),
        tests(
            "Daemons",
            "bounce",
            ["DaemonDoubles", "IPC", "InternalProtocols", "MailEnvelope", "POSIX"]
        ),
        tests(
            "Service",
            "FinalDelivery",
            [
                "DaemonDoubles", "EventLoop", "InternalProtocols", "LookupTables", "MailAddress", "MailEnvelope",
                "MailRouting", "MailStore", "POSIX", "Service", errno,
            ]
        ),
        tests(
            "Daemons",
            "smtpd",
            [
                "EventLoop", "InternalProtocols", "IPC", "MailConfiguration", "POSIX", "SMTPAccess", "SMTPProtocol",
                "Service", logging,
            ]
        ),
        tests("Service", "Instance", ["MailConfiguration", "POSIX"]),
        tests(
            "Commands",
            "mailctl",
            ["master", "qmgr", "echo-worker", "InternalProtocols", "MailEnvelope", "MailQueue", "POSIX", "IPC"]
        ),
        tests(
            "Daemons",
            "auth",
            [
                "AuthProtocol", "EventLoop", "MailConfiguration", "POSIX", "SASL", "Service", errno, logging,
            ]
        ),
        tests(
            "Service",
            "LoginService",
            [
                "imap-login", "pop3-login", "AuthProtocol", "EventLoop", "IPC", "InternalProtocols", "POSIX", "SASL",
                "Service", "TLS", logging,
            ]
        ),
        tests("Daemons", "imapd", ["EventLoop", "IMAPProtocol", "MailConfiguration", "MailMessage", "MailStore"]),
        tests("Daemons", "pop3d", ["EventLoop", "InternalProtocols", "MailSession", "MailStore", "POSIX", logging]),
        tests("Daemons", "cleanup"),
        tests(
            "Daemons",
            "qmgr",
            ["MailEnvelope", "MailQueue", .product(name: "DequeModule", package: "swift-collections")]
        ),
        tests(
            "Daemons",
            "virtual",
            ["FinalDelivery", "LookupTables", "MailAddress", "MailConfiguration", "MailStore", "Service"]
        ),
        /// The kept fuzz corpus, given to the targets that `libexec/fuzz` runs with libFuzzer (Fuzz/Package.swift).
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "auth", "AuthProtocol", "IMAPProtocol", "InternalProtocols", "IPC", "LDAPTables", "LookupTables",
                "MailAddress", "MailConfiguration", "MailEnvelope", "MailMessage", "MailQueue", "MailStore",
                "MailboxNames", "POP3Protocol", "POSIX",
                "SASL", "SMTPProtocol", "TestSupport",
            ],
            path: "Fuzz",
            exclude: ["Package.swift", "Sources", "Corpus", "Dictionaries", "Driver", "Entry"],
            sources: ["Targets", "Tests"],
            swiftSettings: relaxed
        ),
        tests("Daemons", "master", ["echo-worker", "Instance", "InternalProtocols", "POSIX"]),
    ]
)

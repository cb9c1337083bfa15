// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// The fuzz targets (Targets/) with libFuzzer as their driver; `libexec/fuzz` builds and runs them. A package of its own,
// because the coverage that libFuzzer needs is compiled into every module, which are built here once more for that.

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"]),
]
let errno: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

/// A module of relais: `Sources` is a link to the sources, so that the modules are those of one package.
func library(_ path: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(
        name: String(path.split(separator: "/")[1]),
        dependencies: dependencies,
        path: "Sources/\(path)",
        exclude: exclude,
        swiftSettings: settings
    )
}

let package = Package(
    name: "relais-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .target(name: "CLinux", path: "Sources/System/CLinux"),
        .systemLibrary(name: "CCap", path: "Sources/System/CCap", pkgConfig: "libcap"),
        .systemLibrary(name: "CLMDB", path: "Sources/System/CLMDB", pkgConfig: "lmdb"),
        library("Base/ByteSpans"),
        library("Base/POSIX", ["CLinux", "CCap", errno]),
        library(
            "Base/EventLoop",
            ["POSIX", "CLinux", errno, .product(name: "DequeModule", package: "swift-collections")]
        ),
        library("Base/IPC", ["POSIX", "EventLoop", errno]),
        library("Base/LMDB", ["POSIX", "CLinux", "CLMDB", errno]),
        library("Base/LookupTables", ["POSIX", "CLinux", "CLMDB", errno]),
        library("Mail/MailAddress"),
        library("Mail/MailMessage", ["ByteSpans", "MailAddress"]),
        library("Mail/MailEnvelope"),
        library("Mail/MailQueue", ["POSIX", "CLinux", "MailAddress", "MailEnvelope", errno]),
        library("Mail/MailboxNames"),
        library("Mail/MailStore", ["ByteSpans", "POSIX", "CLinux", "LMDB", "MailMessage", "MailboxNames", errno]),
        library("Mail/MailStatus"),
        library("Mail/MailConfiguration", ["POSIX", errno]),
        library("Mail/LDAPTables", ["MailConfiguration"]),
        library("Protocols/SASL"),
        library("Protocols/SMTPProtocol", ["ByteSpans", "MailAddress", "MailStatus", "SASL"]),
        library("Protocols/IMAPProtocol", ["ByteSpans", "MailboxNames"]),
        library("Protocols/POP3Protocol", ["ByteSpans", "SASL"]),
        library("Protocols/AuthProtocol", ["SASL"]),
        library("Service/InternalProtocols", ["IPC", "MailEnvelope"]),
        // Of the daemon only what reads a passwd-file.
        .target(
            name: "auth",
            dependencies: ["AuthProtocol"],
            path: "Sources/Daemons/auth",
            sources: ["Databases/PasswdFileEntry.swift", "Databases/PasswdFileTable.swift"],
            swiftSettings: settings
        ),
        .target(name: "FuzzEntry", path: "Entry"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "FuzzEntry", "auth", "MailAddress", "MailEnvelope", "MailMessage", "MailQueue", "MailStore",
                "MailboxNames",
                "MailConfiguration",
                "SMTPProtocol", "IMAPProtocol", "POP3Protocol", "AuthProtocol", "SASL", "IPC", "InternalProtocols",
                "LDAPTables", "LookupTables", "POSIX", "MailStatus",
            ],
            path: ".",
            sources: ["Targets", "Driver"],
            swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library", "-sanitize=fuzzer,address"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]
        ),
    ]
)

// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import MailConfiguration
internal import POSIX

/// `mailctl status`: what runs.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows what runs: services, processes, sessions; exit status 3 when nothing does."
    )

    @OptionGroup var option: ConfigurationOption
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
        let main = try option.main()
        let status = try onLoop { () -> MasterStatus in
            let frames = try await ServiceConversation.master(main)
            frames.send(ControlOrder(.status))
            return try await frames.receive(MasterStatus.self)
        }
        guard !json else { return Output.line(status.json.line) }
        Output.line(
            "relais \(status.version) has been running for \(Quantity.duration(status.uptime)): master is process \(status.pid), \(Quantity.count(status.reloads, "reload"))"
        )
        Output.line("configuration \(status.configDirectory), queue \(status.queueDirectory)")
        if let line = Self.confinement(landlock: Sandbox.landlockVersion) { Output.line(line) }
        Output.line()
        for line in Self.table(status, isNarrow: (Output.width ?? 200) < 110).lines(width: Output.width) {
            Output.line(line)
        }
        for service in status.services where service.pause > 0 {
            Output.line()
            Output.line(
                Output.styled(
                    "\(service.name) crashes when it starts; the next attempt is in \(Quantity.duration(service.pause)). The log tells why.",
                    .red
                )
            )
        }
    }

    /// What the kernel lacks of what confines the daemons; nil where it has all.
    static func confinement(landlock version: Int) -> String? {
        guard version < Sandbox.completeLandlockVersion else { return nil }
        guard version > 0 else { return "the kernel has no Landlock: user ids and seccomp alone confine the daemons" }
        let missing = [
            (2, "moving files between folders"), (3, "cutting files short"), (5, "controls of devices"),
            (6, "signals and abstract sockets"),
        ]
        let names = missing.filter { version < $0.0 }.map(\.1).joined(separator: ", ")
        return "the kernel has Landlock \(version), which does not know: \(names)"
    }

    /// A row a service; on a narrow terminal without what can be guessed.
    static func table(_ status: MasterStatus, isNarrow: Bool) -> TextTable {
        var columns: [(String, TextTable.Alignment)] = [("SERVICE", .left), ("STATE", .left), ("PROC", .right)]
        columns += [("SESSIONS", .right), ("TOTAL", .right), ("CRASHES", .right), ("LISTENS ON", .left)]
        if !isNarrow {
            columns.insert(("PROGRAM", .left), at: 1)
            columns.insert(("STARTS", .right), at: 6)
        }
        var table = TextTable(columns)
        for service in status.services {
            let limit = service.limit == 0 ? "" : "/\(service.limit)"
            var cells: [TextTable.Cell] = [
                TextTable.Cell(service.name), state(service),
                TextTable.Cell("\(service.workers.count)\(limit)"),
                TextTable.Cell("\(service.workers.reduce(0) { $0 + $1.sessions })"),
                TextTable.Cell("\(service.workers.reduce(0) { $0 + $1.total })"),
                TextTable.Cell("\(service.crashes)", service.crashes > 0 ? .red : nil),
                TextTable.Cell(shortened(service.listeners, status.queueDirectory).joined(separator: " "), .dim),
            ]
            if !isNarrow {
                cells.insert(TextTable.Cell(service.program), at: 1)
                cells.insert(TextTable.Cell("\(service.starts)"), at: 6)
            }
            table.add(cells)
        }
        return table
    }

    private static func state(_ service: MasterStatus.Service) -> TextTable.Cell {
        if service.pause > 0 { return TextTable.Cell("throttled", .red) }
        if service.workers.isEmpty { return TextTable.Cell("waiting", .dim) }
        let states = Set(service.workers.map(\.state))
        for (state, style) in [
            ("ready", Output.Style.green), ("starting", .yellow), ("full", .yellow), ("leaving", .dim),
        ]
        where states.contains(state) { return TextTable.Cell(state, style) }
        return TextTable.Cell("")
    }

    /// Paths below the queue's folder without it.
    private static func shortened(_ listeners: [String], _ queue: String) -> [String] {
        listeners.map { $0.hasPrefix("\(queue)/") ? String($0.dropFirst(queue.count + 1)) : $0 }
    }
}

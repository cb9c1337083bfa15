// SPDX-License-Identifier: Apache-2.0
package import IPC

/// What runs: master's answer to `ControlOrder.Action.status`.
package struct MasterStatus: WireMessage, Equatable {
    package static let kind: UInt8 = 62

    /// A process.
    package struct Worker: Sendable, Equatable {
        package var pid: Int
        /// `starting`, `ready`, `full` or `leaving`.
        package var state: String
        /// Sessions (or requests) now.
        package var sessions: Int
        /// Sessions since its start.
        package var total: Int
        /// Nanoseconds since it was started.
        package var uptime: Int

        package init(pid: Int, state: String, sessions: Int, total: Int, uptime: Int) {
            self.pid = pid
            self.state = state
            self.sessions = sessions
            self.total = total
            self.uptime = uptime
        }
    }

    /// A service with its processes.
    package struct Service: Sendable, Equatable {
        package var name: String
        /// `inet`, `unix`, … as in master.cf; `dovecot` for services of dovecot.conf.
        package var kind: String
        /// The executable's name.
        package var program: String
        /// Where it listens.
        package var listeners: [String]
        /// The most processes, 0 without a limit.
        package var limit: Int
        package var workers: [Worker]
        /// Processes started since master's start.
        package var starts: Int
        /// Processes that have crashed or failed since master's start.
        package var crashes: Int
        /// Nanoseconds until it may be started again after a crash, 0 when it may now.
        package var pause: Int

        package init(
            name: String,
            kind: String,
            program: String,
            listeners: [String],
            limit: Int,
            workers: [Worker],
            starts: Int,
            crashes: Int,
            pause: Int
        ) {
            self.name = name
            self.kind = kind
            self.program = program
            self.listeners = listeners
            self.limit = limit
            self.workers = workers
            self.starts = starts
            self.crashes = crashes
            self.pause = pause
        }
    }

    package var version: String
    package var pid: Int
    /// Nanoseconds since master's start.
    package var uptime: Int
    /// Successful reloads.
    package var reloads: Int
    package var configDirectory: String
    package var queueDirectory: String
    package var services: [Service]

    package init(
        version: String,
        pid: Int,
        uptime: Int,
        reloads: Int,
        configDirectory: String,
        queueDirectory: String,
        services: [Service]
    ) {
        self.version = version
        self.pid = pid
        self.uptime = uptime
        self.reloads = reloads
        self.configDirectory = configDirectory
        self.queueDirectory = queueDirectory
        self.services = services
    }

    package init(from fields: FieldReader) throws(WireError) {
        version = try fields.text(1)
        pid = try fields.number(2)
        uptime = try fields.number(3)
        reloads = try fields.number(4)
        configDirectory = try fields.text(5)
        queueDirectory = try fields.text(6)
        services = []
        for service in try fields.nested(7) { services.append(try Service(from: service)) }
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, version)
        fields.put(2, pid)
        fields.put(3, uptime)
        fields.put(4, reloads)
        fields.put(5, configDirectory)
        fields.put(6, queueDirectory)
        for service in services {
            fields.put(7) { fields in service.encode(into: &fields) }
        }
    }
}

extension MasterStatus.Service {
    init(from fields: FieldReader) throws(WireError) {
        name = try fields.text(1)
        kind = try fields.text(2)
        program = try fields.text(3)
        listeners = fields.texts(4)
        limit = try fields.number(5)
        starts = try fields.number(6)
        crashes = try fields.number(7)
        pause = try fields.number(8)
        workers = []
        for worker in try fields.nested(9) {
            workers.append(
                MasterStatus.Worker(
                    pid: try worker.number(1),
                    state: try worker.text(2),
                    sessions: try worker.number(3),
                    total: try worker.number(4),
                    uptime: try worker.number(5)
                )
            )
        }
    }

    func encode(into fields: inout FieldWriter) {
        fields.put(1, name)
        fields.put(2, kind)
        fields.put(3, program)
        fields.put(4, listeners)
        fields.put(5, limit)
        fields.put(6, starts)
        fields.put(7, crashes)
        fields.put(8, pause)
        for worker in workers {
            fields.put(9) { fields in
                fields.put(1, worker.pid)
                fields.put(2, worker.state)
                fields.put(3, worker.sessions)
                fields.put(4, worker.total)
                fields.put(5, worker.uptime)
            }
        }
    }
}

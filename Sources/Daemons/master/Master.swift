// SPDX-License-Identifier: Apache-2.0
internal import Service

/// master: binds every listener, starts the daemons that serve them, and watches over them.
///
/// It is the one process that stays root, because it binds low ports, makes sockets for others and starts processes
/// that change their identity. So it does little: it reads configuration files that root owns, accepts no connection
/// from outside, and of its workers hears three numbers. It has no sandbox of its own; its children make theirs.
@main
struct Master {
    static let rights = Rights(user: .root)

    static func main() {
        MasterStart.run(CommandLine.arguments)
    }
}

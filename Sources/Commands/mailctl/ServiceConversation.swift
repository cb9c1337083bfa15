// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import Instance
internal import InternalProtocols
internal import MailConfiguration
internal import POSIX
internal import SystemPackage

/// Connections to master and qmgr, with failures that say what to do.
@Loop
enum ServiceConversation {
    /// Connects to master.
    static func master(_ main: MainConfiguration) async throws -> FrameConnection {
        let path = InstanceConfiguration.controlSocket(main)
        return try await open(path, as: InternalProtocol.control, main)
    }

    /// Connects to qmgr.
    static func queueManager(_ main: MainConfiguration) async throws -> FrameConnection {
        let path = "\(main[GeneralParameters.queueDirectory])/public/qmgr"
        return try await open(path, as: InternalProtocol.queueManager, main)
    }

    private static func open(
        _ path: String,
        as wireProtocol: WireProtocol,
        _ main: MainConfiguration
    ) async throws -> FrameConnection {
        let frames: FrameConnection
        do throws(Errno) {
            frames = FrameConnection(try Connection(try Descriptor.connect(toPath: path), carriesDescriptors: true))
        } catch {
            throw failure(error, path, main)
        }
        frames.connection.timeout = .seconds(30)
        do throws(IPCError) {
            try await frames.introduce(as: wireProtocol)
        } catch {
            throw CommandFailure(
                "\(path) does not answer as it should: \(describe(error))",
                advice: "is mailctl of the version that runs? \"mailctl status\" and the log tell more"
            )
        }
        return frames
    }

    /// Whether the failure means that no instance runs.
    nonisolated static func isAbsence(_ error: any Error) -> Bool {
        (error as? CommandFailure)?.status == 3
    }

    private static func failure(_ error: Errno, _ path: String, _ main: MainConfiguration) -> CommandFailure {
        switch error {
        case .noSuchFileOrDirectory, .connectionRefused:
            return CommandFailure(
                "relais is not running (nobody answers at \(path))",
                advice: "start it with: mailctl -c \(main.directory) start",
                status: 3
            )
        case .permissionDenied:
            return CommandFailure(
                "\(path): \(error)",
                advice: "only root and the group of \(main[GeneralParameters.mailOwner]) may ask; try it with sudo"
            )
        default: return CommandFailure("\(path): \(error)")
        }
    }

    /// A broken conversation in words.
    static func describe(_ error: IPCError) -> String {
        switch error {
        case .connection(.timedOut): "no answer within 30 seconds"
        case .connection(let error): "\(error)"
        case .wire(.mismatch(let text)): "it speaks \(text)"
        case .wire(let error): "\(error)"
        case .ended: "it has closed the connection"
        case .unreachable(let text), .busy(let text): text
        case .refused(let uid): "uid \(uid) is refused"
        }
    }
}
